//! A least-squares objective over a flat parameter vector θ.
//!
//! Cost: φ(θ) = ½ ‖r(θ)‖², r: R^p → R^m. More generally φ may be any function with Jᵀr = ∇φ whose
//! second derivative JᵀJ approximates, such as a negative log-likelihood with its score residuals
//! and Fisher information; Gauss-Newton steps are then scoring steps.

use std::ops::Range;

use faer::{Mat, MatMut, MatRef};

use crate::{EvalResult, Matrix};

/// Residuals r(θ) and their derivatives.
///
/// Implementations are shared between threads; scratch space is theirs to manage.
pub trait Objective: Send + Sync {
    /// Length p of θ.
    fn n_params(&self) -> usize;

    /// Length m of r.
    fn n_residuals(&self) -> usize;

    /// `out = r(θ)`, length m.
    fn residuals(&self, theta: &[f64], out: &mut [f64]) -> EvalResult;

    /// φ(θ), with r(θ) left in `residuals` (length m).
    fn cost(&self, theta: &[f64], residuals: &mut [f64]) -> EvalResult<f64> {
        self.residuals(theta, residuals)?;
        Ok(0.5 * residuals.iter().map(|r| r * r).sum::<f64>())
    }

    /// `residuals = r(θ)` and `jacobian = ∂r/∂θ` (m × p) in one pass.
    fn linearise(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) -> EvalResult;

    /// `residuals = r(θ)`, and `jacobian` = the Jacobian as a product of small rank where there is one.
    ///
    /// Functions of few variables move in far fewer directions than they have parameters, so an
    /// objective that knows its functions returns J = left · right with r ≪ min(m, p).
    fn linearise_factored(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        jacobian: &mut FactoredJacobian,
    ) -> EvalResult {
        jacobian.has_right = false;
        let left = jacobian.left.reshape(self.n_residuals(), self.n_params());
        self.linearise(theta, residuals, left)
    }

    /// φ(θ) and its gradient Jᵀ r, length p.
    fn value_and_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> EvalResult<f64> {
        let (m, p) = (self.n_residuals(), self.n_params());
        let mut residuals = vec![0.0; m];
        let mut jacobian = faer::Mat::zeros(m, p);
        self.linearise(theta, &mut residuals, jacobian.as_mut())?;
        transpose_product(jacobian.as_ref(), &residuals, gradient);
        Ok(0.5 * residuals.iter().map(|r| r * r).sum::<f64>())
    }

    /// `out = J(θ) δ`, with δ of length p and out of length m.
    fn jvp(&self, theta: &[f64], delta: &[f64], out: &mut [f64]) -> EvalResult {
        let (m, p) = (self.n_residuals(), self.n_params());
        let mut residuals = vec![0.0; m];
        let mut jacobian = faer::Mat::zeros(m, p);
        self.linearise(theta, &mut residuals, jacobian.as_mut())?;
        out.fill(0.0);
        for (j, &d) in delta.iter().enumerate() {
            for (out, &column) in out.iter_mut().zip(jacobian.col_as_slice(j)) {
                *out += column * d;
            }
        }
        Ok(())
    }

    /// `out = J(θ)ᵀ y`, with y of length m and out of length p.
    fn vjp(&self, theta: &[f64], y: &[f64], out: &mut [f64]) -> EvalResult {
        let (m, p) = (self.n_residuals(), self.n_params());
        let mut residuals = vec![0.0; m];
        let mut jacobian = faer::Mat::zeros(m, p);
        self.linearise(theta, &mut residuals, jacobian.as_mut())?;
        transpose_product(jacobian.as_ref(), y, out);
        Ok(())
    }

    /// Ranges of parameters in which r is jointly affine, the others held fixed. Variable
    /// projection may eliminate them.
    fn linear_params(&self) -> &[Range<usize>] {
        &[]
    }

    /// `residuals = r(θ)` and `basis = ∂r/∂θ` restricted to the columns of
    /// [`linear_params`](Objective::linear_params), in their order.
    fn linear_basis(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        mut basis: MatMut<'_, f64>,
    ) -> EvalResult {
        let mut jacobian = faer::Mat::zeros(self.n_residuals(), self.n_params());
        self.linearise(theta, residuals, jacobian.as_mut())?;
        let columns = self.linear_params().iter().cloned().flatten();
        for (to, from) in columns.enumerate() {
            basis.as_mut().col_mut(to).copy_from(jacobian.col(from));
        }
        Ok(())
    }

    /// N (rows × linear parameters) such that ‖N c‖ measures the size of the functions that the
    /// [`linear_params`](Objective::linear_params) c stand for. Where the data leave c open, the
    /// smallest is preferred. `None` stands for the identity.
    fn linear_norm(&self, theta: &[f64]) -> Option<Mat<f64>> {
        let _ = theta;
        None
    }
}

/// A Jacobian J = left · right, in memory that serves many evaluations.
#[derive(Clone, Debug, Default)]
pub struct FactoredJacobian {
    /// m × r.
    pub left: Matrix,
    /// r × p.
    pub right: Matrix,
    /// Whether `right` holds; the identity stands in its place otherwise.
    pub has_right: bool,
}

impl FactoredJacobian {
    /// J, multiplied out.
    pub fn product(&self) -> Mat<f64> {
        if self.has_right {
            self.left.as_ref() * self.right.as_ref()
        } else {
            self.left.as_ref().to_owned()
        }
    }
}

fn transpose_product(matrix: MatRef<'_, f64>, y: &[f64], out: &mut [f64]) {
    for (j, out) in out.iter_mut().enumerate() {
        *out = matrix.col(j).iter().zip(y).map(|(a, b)| a * b).sum();
    }
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop now and keep the best result so far.
    Stop,
}

/// What an optimiser reports after each iteration.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Iterations done, from 0 for the start.
    pub iteration: usize,
    /// φ(θ) = ½ ‖r‖² at the current iterate.
    pub cost: f64,
    /// ‖∇φ‖∞ at the current iterate, where the method knows it.
    pub gradient: Option<f64>,
    /// The current iterate.
    pub theta: &'a [f64],
}
