//! What every optimiser takes and returns.

use lacuna_core::{Flow, Objective, Step, Stop};

use crate::{Counts, FitError};

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Most iterations.
    pub max_iterations: usize,
    /// Converged when the cost ½ ‖r‖² is at most this.
    pub target_cost: f64,
    /// Also converged when the last `patience` iterations together lowered the cost by less than
    /// the factor `1 − worthwhile`.
    pub patience: usize,
    /// See `patience`.
    pub worthwhile: f64,
    /// Also converged when the last iteration lowered the cost by less than this: for costs that
    /// are negative log-probabilities, whose differences mean something and whose size does not.
    pub smallest_decrease: f64,
    /// Also converged when the last five iterations together lowered such a cost by less than this:
    /// a function class with more parameters than the data can tell apart creeps on for ever.
    pub smallest_progress: f64,
}

/// Iterations that [`Limits::smallest_progress`] is asked of.
const PROGRESS_OVER: usize = 5;

impl Limits {
    /// No limit but the number of iterations, which is 100.
    pub const NONE: Self = Self {
        max_iterations: 100,
        target_cost: f64::NEG_INFINITY,
        patience: usize::MAX,
        worthwhile: 0.0,
        smallest_decrease: 0.0,
        smallest_progress: 0.0,
    };

    /// Why to stop after the iterations whose costs are in `history`, if at all.
    pub(crate) fn reached(&self, history: &[f64]) -> Option<Stop> {
        let &last = history.last()?;
        if !last.is_finite() {
            return Some(Stop::NonFinite);
        }
        let best = history.iter().copied().fold(f64::INFINITY, f64::min);
        if best <= self.target_cost {
            return Some(Stop::Converged);
        }
        let done = history.len() - 1;
        if done > 0 && (history[done - 1] - last).abs() < self.smallest_decrease {
            return Some(Stop::Converged);
        }
        if done >= PROGRESS_OVER
            && (history[done - PROGRESS_OVER] - last).abs() < self.smallest_progress
        {
            return Some(Stop::Converged);
        }
        if done >= self.patience {
            let before =
                history[..=done - self.patience].iter().copied().fold(f64::INFINITY, f64::min);
            if best >= (1.0 - self.worthwhile) * before {
                return Some(Stop::Converged);
            }
        }
        (done >= self.max_iterations).then_some(Stop::MaxIterations)
    }
}

/// The outcome of one minimisation.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The best parameters found.
    pub theta: Vec<f64>,
    /// Their cost ½ ‖r‖².
    pub cost: f64,
    /// Why the iteration ended.
    pub stop: Stop,
    /// Cost of every iterate, the start first.
    pub history: Vec<f64>,
    /// Evaluations done.
    pub counts: Counts,
}

/// A method that minimises ½ ‖r(θ)‖².
pub trait Optimiser: Send + Sync {
    /// Its name in the problem file.
    fn name(&self) -> &'static str;

    /// Minimises `objective` from `theta`, reporting every iterate to `watch`, which may ask to
    /// stop; the best result so far is then returned with [`Stop::Interrupted`]. Not converging is
    /// an outcome, not an error.
    ///
    /// # Errors
    /// If the objective cannot be evaluated at the start.
    fn minimise(
        &self,
        objective: &dyn Objective,
        theta: &[f64],
        watch: &mut dyn FnMut(&Step<'_>) -> Flow,
    ) -> Result<Fit, FitError>;
}
