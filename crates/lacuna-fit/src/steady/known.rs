//! How the predictions of all data answer to what is said to be known.
//!
//! With a known scalar or function multiplied by 1 + h, at the same unknown functions, the steady states
//! are u(h) and the score residuals r(h). ∂u/∂h at h = 0 is taken by central differences.

use faer::Mat;
use lacuna_core::{EvalResult, Functions as _};

use super::nominal::Nominal;
use crate::Information;

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
        let mut out = Mat::zeros(rows.last().map_or(0, |last| last.end), 1);
        for &e in experiments {
            let (below, above) =
                (self.state_with(e, part, -STEP)?, self.state_with(e, part, STEP)?);
            let change = Mat::from_fn(above.len(), 1, |i, _| (above[i] - below[i]) / (2.0 * STEP));
            let own = out.as_mut().subrows_mut(rows[e].start, rows[e].len());
            let mut residuals = vec![0.0; rows[e].len()];
            // As `sensitivity`, to which this is one more column.
            let (u, information) = (&self.states[e], Information::Expected);
            let observations = &self.problem.states[e].observations;
            observations.linearise(u, change.as_ref(), information, &mut residuals, own)?;
        }
        Ok(out.col(0).iter().copied().collect())
    }

    fn state_with(&self, e: usize, part: KnownPart, h: f64) -> EvalResult<Vec<f64>> {
        let mut functions = self.problem.functions(e, &self.values);
        let mut conditions = self.problem.states[e].conditions.clone();
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
        self.problem.solve_under(&functions, &conditions, &self.states[e])
    }
}
