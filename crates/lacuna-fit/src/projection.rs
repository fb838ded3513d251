//! Variable projection: parameters in which the residual is affine are eliminated exactly.
//!
//! With θ = (α, c) and r = r_0(α) + B(α) c, the best c for given α is c(α) = −B⁺ r_0, which leaves
//! a smaller problem in α with residual P r_0, P = I − B B⁺, whose Jacobian is P ∂r/∂α at c(α) to
//! first order in the residual (Kaufman 1975). Golub, Pereyra, SIAM J. Numer. Anal. 10 (1973).
//! When every parameter is linear one least-squares solve is the whole job.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use lacuna_core::{EvalResult, FactoredJacobian, Flow, Matrix, Objective, Step, Stop};

use crate::counted::Counted;
use crate::least_squares::Eliminator;
use crate::{
    Fit, FitError, LevenbergMarquardt, Optimiser, solve_least_squares, solve_least_squares_in_norm,
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
        let (base, basis) = projected.affine_parts()?;
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
    last: Mutex<Elimination>,
}

/// What is known at one α, and the memory for it.
#[derive(Default)]
struct Elimination {
    /// α, to which what follows belongs if `valid`.
    alpha: Vec<f64>,
    valid: bool,
    /// θ = (α, 0), then (α, c(α)).
    theta: Vec<f64>,
    /// r_0(α).
    base: Vec<f64>,
    /// c(α), and an orthonormal basis of the range of B(α).
    solver: Eliminator,
    /// The Jacobian with respect to all of θ.
    full: FactoredJacobian,
    overlaps: Matrix,
    /// A vector of the length of θ, and one of the length of r.
    vector: Vec<f64>,
    projected: Vec<f64>,
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
        let last = Mutex::new(Elimination::default());
        Self { objective, template, linear, nonlinear, rank_tolerance, last }
    }

    fn nonlinear_part(&self, theta: &[f64]) -> Vec<f64> {
        self.nonlinear.iter().map(|&i| theta[i]).collect()
    }

    fn place_linear(&self, linear: &[f64], theta: &mut [f64]) {
        for (&i, &c) in self.linear.iter().zip(linear) {
            theta[i] = c;
        }
    }

    fn place_nonlinear(&self, alpha: &[f64], theta: &mut [f64]) {
        for (&i, &a) in self.nonlinear.iter().zip(alpha) {
            theta[i] = a;
        }
    }

    /// r_0 and B of a problem that is linear in every parameter.
    fn affine_parts(&self) -> EvalResult<(Vec<f64>, Mat<f64>)> {
        let m = self.objective.n_residuals();
        let mut base = vec![0.0; m];
        let mut basis = Mat::zeros(m, self.linear.len());
        self.objective.linear_basis(&self.template, &mut base, basis.as_mut())?;
        Ok((base, basis))
    }

    /// The elimination at α, computed unless it was the last.
    fn eliminate(&self, alpha: &[f64]) -> EvalResult<MutexGuard<'_, Elimination>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.valid && last.alpha == alpha {
            return Ok(last);
        }
        last.valid = false;
        let Elimination { theta, base, solver, .. } = &mut *last;
        theta.clone_from(&self.template);
        self.place_nonlinear(alpha, theta);
        let m = self.objective.n_residuals();
        base.resize(m, 0.0);
        let basis = solver.matrix(m, self.linear.len());
        self.objective.linear_basis(theta, base, basis)?;
        solver.solve(base, self.rank_tolerance)?;
        self.place_linear(solver.solution(), theta);
        last.alpha.clear();
        last.alpha.extend_from_slice(alpha);
        last.valid = true;
        Ok(last)
    }

    /// θ = (α, c(α)); keeps c as it is where it cannot be computed.
    fn complete_into(&self, alpha: &[f64], theta: &mut [f64]) {
        self.place_nonlinear(alpha, theta);
        if let Ok(done) = self.eliminate(alpha) {
            theta.copy_from_slice(&done.theta);
        }
    }
}

/// `x` loses its part in the span of `range`.
fn project_out(range: MatRef<'_, f64>, mut x: MatMut<'_, f64>, overlaps: &mut Matrix) {
    let mut overlaps = overlaps.reshape(range.ncols(), x.ncols());
    let (matrix, to) = (x.as_ref(), overlaps.as_mut());
    matmul(to, Accum::Replace, range.transpose(), matrix, 1.0, Par::Seq);
    matmul(x.as_mut(), Accum::Add, range, overlaps.as_ref(), -1.0, Par::Seq);
}

fn project_residual(range: MatRef<'_, f64>, residual: &mut [f64], overlaps: &mut Matrix) {
    let m = residual.len();
    project_out(range, MatMut::from_column_major_slice_mut(residual, m, 1), overlaps);
}

impl Objective for Projected<'_> {
    fn n_params(&self) -> usize {
        self.nonlinear.len()
    }

    fn n_residuals(&self) -> usize {
        self.objective.n_residuals()
    }

    fn residuals(&self, alpha: &[f64], out: &mut [f64]) -> EvalResult {
        let mut done = self.eliminate(alpha)?;
        let Elimination { base, solver, overlaps, .. } = &mut *done;
        out.copy_from_slice(base);
        project_residual(solver.range(), out, overlaps);
        Ok(())
    }

    fn linearise(
        &self,
        alpha: &[f64],
        residuals: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) -> EvalResult {
        let mut factored = FactoredJacobian::default();
        self.linearise_factored(alpha, residuals, &mut factored)?;
        jacobian.copy_from(factored.product());
        Ok(())
    }

    fn linearise_factored(
        &self,
        alpha: &[f64],
        residuals: &mut [f64],
        jacobian: &mut FactoredJacobian,
    ) -> EvalResult {
        let mut done = self.eliminate(alpha)?;
        let Elimination { theta, solver, full, overlaps, .. } = &mut *done;
        self.objective.linearise_factored(theta, residuals, full)?;
        project_residual(solver.range(), residuals, overlaps);
        jacobian.has_right = full.has_right;
        if full.has_right {
            std::mem::swap(&mut jacobian.left, &mut full.left);
            select_columns(full.right.as_ref(), &self.nonlinear, &mut jacobian.right);
        } else {
            select_columns(full.left.as_ref(), &self.nonlinear, &mut jacobian.left);
        }
        project_out(solver.range(), jacobian.left.as_mut(), overlaps);
        Ok(())
    }

    fn jvp(&self, alpha: &[f64], delta: &[f64], out: &mut [f64]) -> EvalResult {
        let mut done = self.eliminate(alpha)?;
        let Elimination { theta, solver, overlaps, vector, .. } = &mut *done;
        vector.clear();
        vector.resize(theta.len(), 0.0);
        self.place_nonlinear(delta, vector);
        self.objective.jvp(theta, vector, out)?;
        project_residual(solver.range(), out, overlaps);
        Ok(())
    }

    fn vjp(&self, alpha: &[f64], y: &[f64], out: &mut [f64]) -> EvalResult {
        let mut done = self.eliminate(alpha)?;
        let Elimination { theta, solver, overlaps, vector, projected, .. } = &mut *done;
        projected.clear();
        projected.extend_from_slice(y);
        project_residual(solver.range(), projected, overlaps);
        vector.resize(theta.len(), 0.0);
        self.objective.vjp(theta, projected, vector)?;
        out.iter_mut().zip(&self.nonlinear).for_each(|(out, &i)| *out = vector[i]);
        Ok(())
    }
}

fn select_columns(a: MatRef<'_, f64>, columns: &[usize], out: &mut Matrix) {
    let mut out = out.reshape(a.nrows(), columns.len());
    for (to, &from) in columns.iter().enumerate() {
        out.as_mut().col_mut(to).copy_from(a.col(from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// r_i = c e^(−a t_i) + d e^(−b t_i) − y_i, t in [0, 2], with θ = (a, b, c, d).
    struct Decay;

    const LEN: usize = 30;

    fn time(i: usize) -> f64 {
        2.0 * i as f64 / (LEN - 1) as f64
    }

    impl Objective for Decay {
        fn n_params(&self) -> usize {
            4
        }
        fn n_residuals(&self) -> usize {
            LEN
        }
        fn residuals(&self, t: &[f64], out: &mut [f64]) -> EvalResult {
            for (i, out) in out.iter_mut().enumerate() {
                let term = |rate: f64| (-rate * time(i)).exp();
                let observed = term(0.7) - 2.0 * term(3.0) + 0.01 * (7.0 * time(i)).sin();
                *out = t[2] * term(t[0]) + t[3] * term(t[1]) - observed;
            }
            Ok(())
        }
        fn linearise(&self, t: &[f64], r: &mut [f64], mut j: MatMut<'_, f64>) -> EvalResult {
            for i in 0..LEN {
                let term = |rate: f64| (-rate * time(i)).exp();
                j[(i, 0)] = -t[2] * time(i) * term(t[0]);
                j[(i, 1)] = -t[3] * time(i) * term(t[1]);
                j[(i, 2)] = term(t[0]);
                j[(i, 3)] = term(t[1]);
            }
            self.residuals(t, r)
        }
        #[allow(clippy::single_range_in_vec_init, reason = "one range of parameters is meant")]
        fn linear_params(&self) -> &[Range<usize>] {
            &[2..4]
        }
    }

    #[test]
    fn products_are_those_of_the_projected_jacobian() {
        let projected = Projected::new(&Decay, &[0.0; 4], 1e-13);
        let (alpha, delta) = ([0.5, 2.0], [0.3, -1.1]);
        let y: Vec<f64> = (0..LEN).map(|i| (i as f64).sin()).collect();
        let (mut residuals, mut jacobian) = (vec![0.0; LEN], Mat::zeros(LEN, 2));
        projected.linearise(&alpha, &mut residuals, jacobian.as_mut()).unwrap();
        let (mut image, mut pulled) = (vec![0.0; LEN], vec![0.0; 2]);
        projected.jvp(&alpha, &delta, &mut image).unwrap();
        projected.vjp(&alpha, &y, &mut pulled).unwrap();
        for i in 0..LEN {
            let expected = jacobian[(i, 0)] * delta[0] + jacobian[(i, 1)] * delta[1];
            assert!((image[i] - expected).abs() < 1e-12, "{i}: {} {expected}", image[i]);
        }
        for (j, pulled) in pulled.iter().enumerate() {
            let expected: f64 = (0..LEN).map(|i| jacobian[(i, j)] * y[i]).sum();
            assert!((pulled - expected).abs() < 1e-12, "{j}: {pulled} {expected}");
        }
    }

    #[test]
    fn a_jacobian_that_is_never_formed_leads_to_the_same_minimum() {
        let start = [0.2, 4.0, 0.0, 0.0];
        let formed = VariableProjection::default();
        let mut matrix_free = formed.clone();
        matrix_free.outer.matrix_free_above = 0;
        let expected = formed.minimise(&Decay, &start, &mut |_| Flow::Continue).unwrap();
        let found = matrix_free.minimise(&Decay, &start, &mut |_| Flow::Continue).unwrap();
        assert!(
            (found.cost / expected.cost - 1.0).abs() < 1e-6,
            "{} {}",
            found.cost,
            expected.cost
        );
        for (found, expected) in found.theta.iter().zip(&expected.theta) {
            assert!((found - expected).abs() < 1e-3, "{found} {expected}");
        }
    }
}
