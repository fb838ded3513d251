//! How much work a fit did.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use faer::MatMut;
use lacuna_core::{EvalResult, FactoredJacobian, Objective};

/// Evaluations of an objective.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Evaluations of r, alone or with the basis of its linear parameters.
    pub residuals: usize,
    /// Evaluations of the Jacobian or the gradient.
    pub derivatives: usize,
}

/// An objective that counts its evaluations.
pub(crate) struct Counted<'a> {
    objective: &'a dyn Objective,
    residuals: AtomicUsize,
    derivatives: AtomicUsize,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(objective: &'a dyn Objective) -> Self {
        Self { objective, residuals: AtomicUsize::new(0), derivatives: AtomicUsize::new(0) }
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            residuals: self.residuals.load(Ordering::Relaxed),
            derivatives: self.derivatives.load(Ordering::Relaxed),
        }
    }

    fn count_residual(&self) -> &dyn Objective {
        self.residuals.fetch_add(1, Ordering::Relaxed);
        self.objective
    }

    fn count_derivative(&self) -> &dyn Objective {
        self.derivatives.fetch_add(1, Ordering::Relaxed);
        self.objective
    }
}

impl Objective for Counted<'_> {
    fn n_params(&self) -> usize {
        self.objective.n_params()
    }
    fn n_residuals(&self) -> usize {
        self.objective.n_residuals()
    }
    fn residuals(&self, theta: &[f64], out: &mut [f64]) -> EvalResult {
        self.count_residual().residuals(theta, out)
    }
    fn cost(&self, theta: &[f64], r: &mut [f64]) -> EvalResult<f64> {
        self.count_residual().cost(theta, r)
    }
    fn linearise(&self, theta: &[f64], r: &mut [f64], jacobian: MatMut<'_, f64>) -> EvalResult {
        self.count_derivative().linearise(theta, r, jacobian)
    }
    fn linearise_factored(
        &self,
        theta: &[f64],
        r: &mut [f64],
        jacobian: &mut FactoredJacobian,
    ) -> EvalResult {
        self.count_derivative().linearise_factored(theta, r, jacobian)
    }
    fn value_and_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> EvalResult<f64> {
        self.count_derivative().value_and_gradient(theta, gradient)
    }
    fn jvp(&self, theta: &[f64], delta: &[f64], out: &mut [f64]) -> EvalResult {
        self.count_derivative().jvp(theta, delta, out)
    }
    fn vjp(&self, theta: &[f64], y: &[f64], out: &mut [f64]) -> EvalResult {
        self.count_derivative().vjp(theta, y, out)
    }
    fn linear_params(&self) -> &[Range<usize>] {
        self.objective.linear_params()
    }
    fn linear_basis(&self, theta: &[f64], r: &mut [f64], basis: MatMut<'_, f64>) -> EvalResult {
        self.count_residual().linear_basis(theta, r, basis)
    }
    fn linear_norm(&self, theta: &[f64]) -> Option<faer::Mat<f64>> {
        self.objective.linear_norm(theta)
    }
}
