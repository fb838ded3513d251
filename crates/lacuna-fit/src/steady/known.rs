//! How the predictions of all data answer to what is said to be known.
//!
//! With a known scalar or function multiplied by 1 + h the score residuals at the same unknown functions
//! are r(h). Their derivative at h = 0 is taken by central differences of the steady states.

use lacuna_core::{EvalResult, Functions as _};

use super::nominal::Nominal;

/// h.
const STEP: f64 = 1e-4;

/// Something that a problem says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownPart {
    /// The known part of the function or scalar in a slot.
    Slot(usize),
    /// ∫u.
    Mass,
    /// The value at an end of a bounded domain, in units of the largest value of the state, as it may
    /// be 0.
    BoundaryValue(usize),
}

impl Nominal {
    /// Whether an experiment has such a part, other than zero.
    pub fn has_known(&self, part: KnownPart, e: usize) -> bool {
        let conditions = &self.problem.states[e].conditions;
        match part {
            KnownPart::Slot(slot) => self.problem.known(e).values(slot).iter().any(|v| *v != 0.0),
            KnownPart::Mass => self.problem.model.is_density(),
            KnownPart::BoundaryValue(end) => end < conditions.boundary_values.len(),
        }
    }

    /// ∂r/∂h (length m) where a part that is known is multiplied by 1 + h in these experiments.
    ///
    /// # Errors
    /// If a state cannot be followed there.
    pub fn known_response(&self, part: KnownPart, experiments: &[usize]) -> EvalResult<Vec<f64>> {
        let rows = self.problem.rows();
        let mut out = vec![0.0; rows.last().map_or(0, |last| last.end)];
        for &e in experiments {
            let below = self.scores_with(e, part, -STEP)?;
            let above = self.scores_with(e, part, STEP)?;
            let pairs = above.iter().zip(&below);
            let own = out[rows[e].clone()].iter_mut().zip(pairs);
            own.for_each(|(out, (a, b))| *out = (a - b) / (2.0 * STEP));
        }
        Ok(out)
    }

    fn scores_with(&self, e: usize, part: KnownPart, h: f64) -> EvalResult<Vec<f64>> {
        let state = &self.problem.states[e];
        let mut functions = self.problem.functions(e, &self.values);
        let mut conditions = state.conditions.clone();
        match part {
            KnownPart::Slot(slot) => {
                let known = self.problem.known(e).values(slot).iter();
                let values = functions.values_mut(slot).iter_mut();
                values.zip(known).for_each(|(to, known)| *to += h * known);
            }
            KnownPart::Mass => conditions.mass *= 1.0 + h,
            KnownPart::BoundaryValue(end) => {
                let size = self.states[e].iter().fold(0.0f64, |m, u| m.max(u.abs()));
                conditions.boundary_values[end] += h * size;
            }
        }
        let u = self.problem.solve_under(&functions, &conditions, &self.states[e])?;
        let mut scores = vec![0.0; state.observations.len()];
        state.observations.evaluate(&u, &mut scores)?;
        Ok(scores)
    }
}
