//! To functions that are far from the last ones, with the states on their branches.

use lacuna_core::{EvalError, EvalResult};

use super::problem::SteadyProblem;

/// How often the whole way is halved at most.
const HALVINGS: i32 = 6;

impl SteadyProblem {
    /// Makes functions the reference: in smaller steps where a state jumps, and at last from where it jumps to.
    pub(super) fn approach(&self, values: &[Vec<f64>]) -> EvalResult {
        let Some(from) = self.reference() else { return self.refer(values).map(drop) };
        let (mut done, mut step) = (0.0, 1.0);
        while done < 1.0 {
            let at = f64::min(done + step, 1.0);
            let between = |(from, to): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
                from.iter().zip(to).map(|(from, to)| from + at * (to - from)).collect()
            };
            let next: Vec<Vec<f64>> = from.iter().zip(values).map(between).collect();
            match self.refer(if at < 1.0 { &next } else { values }) {
                Ok(_) => done = at,
                Err(EvalError::LostBranch { .. }) if step > 0.5_f64.powi(HALVINGS) => step *= 0.5,
                Err(EvalError::LostBranch { .. }) => {
                    // The functions are what is reported, and their state is one that they have.
                    self.start_from(self.steady_states(&from)?);
                    return self.refer(values).map(drop);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
