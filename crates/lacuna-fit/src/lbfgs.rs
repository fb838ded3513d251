//! Limited-memory BFGS: argmin's, with its Hager-Zhang line search.
//!
//! Source: Nocedal, Wright, *Numerical Optimization*, ch. 7; Hager, Zhang, SIAM J. Optim. 16 (2005).

use argmin::solver::linesearch::HagerZhangLineSearch;
use argmin::solver::quasinewton::LBFGS;
use lacuna_core::{Flow, Objective, Step};

use crate::argmin_adapter::run;
use crate::{Fit, FitError, Limits, Optimiser};

/// Limited-memory BFGS.
#[derive(Clone, Debug)]
pub struct Lbfgs {
    /// When to stop.
    pub limits: Limits,
    /// Number of past steps remembered.
    pub memory: usize,
}

impl Default for Lbfgs {
    fn default() -> Self {
        let limits = Limits {
            max_iterations: 5_000,
            patience: 500,
            worthwhile: 0.05,
            target_cost: 0.0,
            ..Limits::NONE
        };
        Self { limits, memory: 30 }
    }
}

impl Optimiser for Lbfgs {
    fn name(&self) -> &'static str {
        "lbfgs"
    }

    fn minimise(
        &self,
        objective: &dyn Objective,
        theta: &[f64],
        watch: &mut dyn FnMut(&Step<'_>) -> Flow,
    ) -> Result<Fit, FitError> {
        let failed = |e: argmin::core::Error| FitError::Optimiser { message: e.to_string() };
        let solver = LBFGS::new(HagerZhangLineSearch::new(), self.memory)
            .with_tolerance_cost(0.0)
            .and_then(|s| s.with_tolerance_grad(1e-14))
            .map_err(failed)?;
        run(solver, objective, theta, self.limits, watch)
    }
}
