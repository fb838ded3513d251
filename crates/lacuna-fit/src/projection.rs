//! Variable projection: parameters in which the residual is affine are eliminated exactly.
//!
//! With θ = (α, c) and r = r_0(α) + B(α) c, the best c for given α is c(α) = −B⁺ r_0, which leaves
//! a smaller problem in α with residual P r_0, P = I − B B⁺, whose Jacobian is P ∂r/∂α at c(α) to
//! first order in the residual (Kaufman 1975). Golub, Pereyra, SIAM J. Numer. Anal. 10 (1973).
//! When every parameter is linear one least-squares solve is the whole job.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, Par};
use lacuna_core::{EvalResult, FactoredJacobian, Flow, Objective, Step, Stop};

use crate::counted::Counted;
use crate::{
    Fit, FitError, LeastSquares, LevenbergMarquardt, Optimiser, solve_least_squares,
    solve_least_squares_in_norm,
};

/// Variable projection around Levenberg-Marquardt.
#[derive(Clone, Debug)]
pub struct VariableProjection {
    /// The method for the parameters that remain.
    pub outer: LevenbergMarquardt,
    /// Singular values of B below this fraction of the largest count as zero.
    pub rank_tolerance: f64,
    /// In a problem that is linear as a whole, directions whose signal stands below this many
    /// standard deviations of the residual are left out; see [`solve_least_squares`].
    pub significance: f64,
}

impl Default for VariableProjection {
    fn default() -> Self {
        Self { outer: LevenbergMarquardt::default(), rank_tolerance: 1e-13, significance: 4.0 }
    }
}

impl Optimiser for VariableProjection {
    fn name(&self) -> &'static str {
        "projection"
    }

    fn minimise(
        &self,
        objective: &dyn Objective,
        theta: &[f64],
        watch: &mut dyn FnMut(&Step<'_>) -> Flow,
    ) -> Result<Fit, FitError> {
        if objective.linear_params().is_empty() {
            return Err(FitError::NothingLinear);
        }
        let counted = Counted::new(objective);
        let projected = Projected::new(&counted, theta, self.rank_tolerance);
        if projected.n_params() == 0 {
            return self.solve_once(&counted, &projected, watch);
        }
        let start = projected.nonlinear_part(theta);
        let mut full = theta.to_vec();
        let mut watch_full = |step: &Step<'_>| {
            projected.complete_into(step.theta, &mut full);
            watch(&Step { theta: &full, ..*step })
        };
        let fit = self.outer.minimise(&projected, &start, &mut watch_full)?;
        let mut theta = theta.to_vec();
        projected.complete_into(&fit.theta, &mut theta);
        Ok(Fit { theta, counts: counted.counts(), ..fit })
    }
}

impl VariableProjection {
    /// One direct solve for a problem that is linear in every parameter.
    fn solve_once(
        &self,
        counted: &Counted<'_>,
        projected: &Projected<'_>,
        watch: &mut dyn FnMut(&Step<'_>) -> Flow,
    ) -> Result<Fit, FitError> {
        let (base, basis) = projected.affine_parts(&[])?;
        let tolerance = self.rank_tolerance;
        let significance = self.significance;
        let (basis, b) = (basis.as_ref(), base.as_slice());
        let solution = match counted.linear_norm(&projected.template) {
            Some(norm) => {
                solve_least_squares_in_norm(basis, b, norm.as_ref(), tolerance, significance)?
            }
            None => solve_least_squares(basis, b, tolerance, significance)?,
        };
        let mut theta = vec![0.0; counted.n_params()];
        projected.place_linear(&solution.x, &mut theta);
        let mut residuals = vec![0.0; counted.n_residuals()];
        counted.residuals(&theta, &mut residuals)?;
        let half_square = |r: &[f64]| 0.5 * r.iter().map(|r| r * r).sum::<f64>();
        let (before, cost) = (half_square(&base), half_square(&residuals));
        let flow = watch(&Step { iteration: 1, cost, gradient: None, theta: &theta });
        let stop = if flow == Flow::Stop { Stop::Interrupted } else { Stop::Converged };
        Ok(Fit { theta, cost, stop, history: vec![before, cost], counts: counted.counts() })
    }
}

/// The reduced objective over the nonlinear parameters α.
struct Projected<'a> {
    objective: &'a dyn Objective,
    /// θ with its linear part zero; the nonlinear part is a placeholder.
    template: Vec<f64>,
    linear: Vec<usize>,
    nonlinear: Vec<usize>,
    rank_tolerance: f64,
    /// The last elimination: a trial step that is accepted is linearised and reported next.
    memo: Mutex<Option<Arc<Elimination>>>,
}

/// What is known at one α.
struct Elimination {
    alpha: Vec<f64>,
    /// r_0(α).
    base: Vec<f64>,
    /// c(α), and an orthonormal basis of the range of B(α).
    solution: LeastSquares,
}

impl<'a> Projected<'a> {
    fn new(objective: &'a dyn Objective, theta: &[f64], rank_tolerance: f64) -> Self {
        let linear: Vec<usize> =
            objective.linear_params().iter().cloned().flat_map(Range::into_iter).collect();
        let nonlinear = (0..theta.len()).filter(|i| !linear.contains(i)).collect();
        let mut template = theta.to_vec();
        for &i in &linear {
            template[i] = 0.0;
        }
        let memo = Mutex::new(None);
        Self { objective, template, linear, nonlinear, rank_tolerance, memo }
    }

    fn nonlinear_part(&self, theta: &[f64]) -> Vec<f64> {
        self.nonlinear.iter().map(|&i| theta[i]).collect()
    }

    fn place_linear(&self, linear: &[f64], theta: &mut [f64]) {
        for (&i, &c) in self.linear.iter().zip(linear) {
            theta[i] = c;
        }
    }

    /// r_0(α) and B(α).
    fn affine_parts(&self, alpha: &[f64]) -> EvalResult<(Vec<f64>, Mat<f64>)> {
        let m = self.objective.n_residuals();
        let mut theta = self.template.clone();
        for (&i, &a) in self.nonlinear.iter().zip(alpha) {
            theta[i] = a;
        }
        let mut base = vec![0.0; m];
        let mut basis = Mat::zeros(m, self.linear.len());
        self.objective.linear_basis(&theta, &mut base, basis.as_mut())?;
        Ok((base, basis))
    }

    fn eliminate(&self, alpha: &[f64]) -> EvalResult<Arc<Elimination>> {
        let memo = || self.memo.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = memo().as_ref().filter(|last| last.alpha == alpha) {
            return Ok(last.clone());
        }
        let (base, basis) = self.affine_parts(alpha)?;
        let solution = solve_least_squares(basis.as_ref(), &base, self.rank_tolerance, 0.0)?;
        let done = Arc::new(Elimination { alpha: alpha.to_vec(), base, solution });
        *memo() = Some(done.clone());
        Ok(done)
    }

    /// θ = (α, c(α)); keeps c as it is where it cannot be computed.
    fn complete_into(&self, alpha: &[f64], theta: &mut [f64]) {
        for (&i, &a) in self.nonlinear.iter().zip(alpha) {
            theta[i] = a;
        }
        if let Ok(done) = self.eliminate(alpha) {
            self.place_linear(&done.solution.x, theta);
        }
    }
}

/// `x` loses its part in the span of `range`.
fn project_out(range: &Mat<f64>, mut x: MatMut<'_, f64>) {
    let overlap = range.transpose() * x.as_ref();
    matmul(x.as_mut(), Accum::Add, range.as_ref(), overlap.as_ref(), -1.0, Par::Seq);
}

fn project_residual(range: &Mat<f64>, residual: &mut [f64]) {
    let m = residual.len();
    project_out(range, MatMut::from_column_major_slice_mut(residual, m, 1));
}

impl Objective for Projected<'_> {
    fn n_params(&self) -> usize {
        self.nonlinear.len()
    }

    fn n_residuals(&self) -> usize {
        self.objective.n_residuals()
    }

    fn residuals(&self, alpha: &[f64], out: &mut [f64]) -> EvalResult {
        let done = self.eliminate(alpha)?;
        out.copy_from_slice(&done.base);
        project_residual(&done.solution.range, out);
        Ok(())
    }

    fn linearise(
        &self,
        alpha: &[f64],
        residuals: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) -> EvalResult {
        let factored = self.linearise_factored(alpha, residuals)?;
        match factored.right {
            Some(right) => jacobian.copy_from(&factored.left * &right),
            None => jacobian.copy_from(&factored.left),
        }
        Ok(())
    }

    fn linearise_factored(
        &self,
        alpha: &[f64],
        residuals: &mut [f64],
    ) -> EvalResult<FactoredJacobian> {
        let done = self.eliminate(alpha)?;
        let solution = &done.solution;
        let mut theta = self.template.clone();
        for (&i, &a) in self.nonlinear.iter().zip(alpha) {
            theta[i] = a;
        }
        self.place_linear(&solution.x, &mut theta);
        let full = self.objective.linearise_factored(&theta, residuals)?;
        project_residual(&solution.range, residuals);
        let mut factored = match full.right {
            Some(right) => FactoredJacobian {
                left: full.left,
                right: Some(select_columns(&right, &self.nonlinear)),
            },
            None => {
                FactoredJacobian { left: select_columns(&full.left, &self.nonlinear), right: None }
            }
        };
        project_out(&solution.range, factored.left.as_mut());
        Ok(factored)
    }
}

fn select_columns(a: &Mat<f64>, columns: &[usize]) -> Mat<f64> {
    let mut out = Mat::zeros(a.nrows(), columns.len());
    for (to, &from) in columns.iter().enumerate() {
        out.col_mut(to).copy_from(a.col(from));
    }
    out
}
