//! What a solve did: a line an iteration, the work it took, and the best state it met.

use lacuna_core::Flow;

use crate::fixed_point::Iterate;

/// The method of one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Newton-Krylov.
    Newton,
    /// Anderson-accelerated Picard iteration.
    Anderson,
}

/// One iteration of a solve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolveStep {
    /// Index into [`SteadyStateOptions::stages`](crate::SteadyStateOptions::stages).
    pub stage: usize,
    /// Its method.
    pub method: Method,
    /// Iterations done in this stage, from 0 for its start.
    pub iteration: usize,
    /// ‖T(u) − u‖ relative to the larger of ‖u‖ and ‖T(u)‖, after the iteration.
    pub residual: f64,
    /// Products with the Jacobian that the linear solve took; 0 for Anderson.
    pub krylov_iterations: usize,
    /// Length of the step: 1 for a full Newton step, the damping β for Anderson, 0 at the start.
    /// At single nodes a density may move less, to stay positive.
    pub step_length: f64,
}

/// The work of a solve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SolveCounts {
    /// Evaluations of T over `f64`.
    pub map_evaluations: usize,
    /// Evaluations of T over dual numbers.
    pub jacobian_products: usize,
    /// Accepted Newton steps.
    pub newton_iterations: usize,
    /// GMRES iterations, over all Newton steps.
    pub krylov_iterations: usize,
    /// Anderson or Picard steps.
    pub picard_iterations: usize,
}

/// Keeps the history and the best state, and asks the caller whether to go on.
pub(crate) struct Record<'w> {
    pub(crate) history: Vec<SolveStep>,
    pub(crate) best: Iterate,
    pub(crate) stage: usize,
    watch: Option<&'w mut dyn FnMut(&SolveStep) -> Flow>,
}

impl<'w> Record<'w> {
    pub(crate) fn new(
        start: &Iterate,
        watch: Option<&'w mut dyn FnMut(&SolveStep) -> Flow>,
    ) -> Self {
        Self { history: Vec::new(), best: start.clone(), stage: 0, watch }
    }

    /// Records an iteration that arrived at `at`.
    pub(crate) fn step(
        &mut self,
        method: Method,
        iteration: usize,
        at: &Iterate,
        krylov_iterations: usize,
        step_length: f64,
    ) -> Flow {
        if at.residual < self.best.residual {
            self.best.copy_from(at);
        }
        let (stage, residual) = (self.stage, at.residual);
        let step = SolveStep { stage, method, iteration, residual, krylov_iterations, step_length };
        self.history.push(step);
        self.watch.as_mut().map_or(Flow::Continue, |watch| watch(&step))
    }
}
