//! Levenberg-Marquardt for ½ ‖r(θ)‖², by orthogonal factorisations only.
//!
//! Each step solves min ‖r + J δ‖² + λ ‖δ‖². With J = left · right, rightᵀ = Z R_z (QR) and
//! left R_zᵀ = Q T (QR) the step is δ = Z z with min ‖Qᵀ r + T z‖² + λ ‖z‖², solved by the QR of T
//! above √λ I. The first two factorisations serve every trial λ, which costs one small third; JᵀJ,
//! which would lose half the digits, is never formed, and neither is any Q. λ multiplies the
//! identity (a scale taken from the current JᵀJ fails where units saturate), and follows the gain
//! ratio.
//!
//! Source: Levenberg (1944), Marquardt (1963); Moré, LNM 630 (1978); damping update of Nielsen,
//! IMM-REP-1999-05.

use std::ops::Range;

use argmin::core::{Error, KV, Problem, Solver, State, TerminationReason};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder;
use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Qr;
use faer::{Accum, Col, ColRef, Conj, Mat, MatMut, MatRef, Par};
use lacuna_core::{EvalError, FactoredJacobian, Flow, Objective, Step};

use crate::argmin_adapter::{Adapter, VectorState, run};
use crate::{Fit, FitError, Limits, Optimiser};

/// Levenberg-Marquardt.
#[derive(Clone, Debug)]
pub struct LevenbergMarquardt {
    /// When to stop.
    pub limits: Limits,
    /// First λ, as a fraction of the largest squared singular value of J.
    pub initial_damping: f64,
}

impl Default for LevenbergMarquardt {
    fn default() -> Self {
        let limits =
            Limits { max_iterations: 300, target_cost: 0.0, patience: 20, worthwhile: 0.03 };
        Self { limits, initial_damping: 1e-3 }
    }
}

impl Optimiser for LevenbergMarquardt {
    fn name(&self) -> &'static str {
        "levenberg-marquardt"
    }

    fn minimise(
        &self,
        objective: &dyn Objective,
        theta: &[f64],
        watch: &mut dyn FnMut(&Step<'_>) -> Flow,
    ) -> Result<Fit, FitError> {
        let solver = Iteration {
            initial_damping: self.initial_damping,
            damping: f64::NAN,
            growth: 2.0,
            model: None,
        };
        run(solver, objective, theta, self.limits, watch)
    }
}

/// The linear model of r at the current iterate, reduced to a triangle.
struct LinearModel {
    /// T: J Z = Q T, min(m, k) × k, upper triangular (or trapezoidal).
    triangle: Mat<f64>,
    /// Qᵀ r.
    rotated: Col<f64>,
    /// Z, p × k with orthonormal columns, block by block; `None` stands for the identity.
    row_space: Option<Vec<RowSpace>>,
    n_params: usize,
}

/// Part of the row space of J: that of some rows of `right`, which share no column with others.
struct RowSpace {
    rows: Range<usize>,
    columns: Range<usize>,
    /// Z R_z, the transpose of those rows and columns.
    qr: Qr<f64>,
}

impl RowSpace {
    /// Number of directions.
    fn rank(&self) -> usize {
        self.rows.len().min(self.columns.len())
    }

    /// The directions times the coordinates in the first entries of `x`, of length p.
    fn expand(&self, x: MatMut<'_, f64>) {
        let (basis, factor) = (self.qr.Q_basis(), self.qr.Q_coeff());
        let scratch = householder::apply_block_householder_sequence_on_the_left_in_place_scratch::<
            f64,
        >(basis.nrows(), factor.nrows(), 1);
        let mut memory = MemBuffer::new(scratch);
        householder::apply_block_householder_sequence_on_the_left_in_place_with_conj(
            basis,
            factor,
            Conj::No,
            x,
            Par::Seq,
            MemStack::new(&mut memory),
        );
    }
}

/// The rows of `right` in groups that have no column in common; rows of zeros are left out.
fn row_spaces(right: MatRef<'_, f64>) -> Vec<RowSpace> {
    let mut groups: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for i in 0..right.nrows() {
        let row = right.row(i);
        let Some(first) = row.iter().position(|&x| x != 0.0) else { continue };
        let last = row.iter().rposition(|&x| x != 0.0).unwrap_or(first);
        let (mut rows, mut columns) = (i..i + 1, first..last + 1);
        while let Some((r, c)) =
            groups.pop_if(|(_, c)| c.start < columns.end && columns.start < c.end)
        {
            rows = r.start..rows.end;
            columns = c.start.min(columns.start)..c.end.max(columns.end);
        }
        groups.push((rows, columns));
    }
    let space = |(rows, columns): (Range<usize>, Range<usize>)| {
        let part = right.get(rows.clone(), columns.clone());
        RowSpace { rows, columns, qr: part.transpose().qr() }
    };
    groups.into_iter().map(space).collect()
}

impl LinearModel {
    fn new(jacobian: FactoredJacobian, residuals: &[f64]) -> Result<Self, EvalError> {
        let FactoredJacobian { left, right } = jacobian;
        let row_space = right.as_ref().map(|right| row_spaces(right.as_ref()));
        let n_params = right.map_or(left.ncols(), |right| right.ncols());
        let rank = match &row_space {
            None => n_params,
            Some(spaces) => spaces.iter().map(RowSpace::rank).sum(),
        };
        // [J Z, r]: its triangular factor is [T, Qᵀ r] above one more row.
        let m = left.nrows();
        let mut reduced = Mat::zeros(m, rank + 1);
        match &row_space {
            None => reduced.subcols_mut(0, rank).copy_from(&left),
            Some(spaces) => {
                let mut start = 0;
                for space in spaces {
                    let target = reduced.subcols_mut(start, space.rank());
                    let left = left.subcols(space.rows.start, space.rows.len());
                    let right = space.qr.thin_R().transpose();
                    matmul(target, Accum::Replace, left, right, 1.0, Par::Seq);
                    start += space.rank();
                }
            }
        }
        reduced.col_mut(rank).copy_from(ColRef::from_slice(residuals));
        if !reduced.is_all_finite() {
            return Err(EvalError::NonFinite { quantity: "the Jacobian" });
        }
        let qr = reduced.qr();
        let kept = m.min(rank);
        let triangle = qr.R().get(..kept, ..rank).to_owned();
        let rotated = qr.R().col(rank).get(..kept).to_owned();
        Ok(Self { triangle, rotated, row_space, n_params })
    }

    /// The largest singular value of J.
    fn largest_singular_value(&self) -> f64 {
        let values = self.triangle.singular_values().unwrap_or_default();
        values.first().copied().unwrap_or(0.0)
    }

    /// The step δ = Z z for damping λ.
    fn step(&self, damping: f64) -> DampedStep {
        // [T, Qᵀ r; √λ I, 0] = Q' [S, s; 0, ·]: z = −S⁻¹ s.
        let (rows, rank) = (self.triangle.nrows(), self.triangle.ncols());
        let mut stacked = Mat::zeros(rows + rank, rank + 1);
        stacked.as_mut().submatrix_mut(0, 0, rows, rank).copy_from(&self.triangle);
        stacked.as_mut().submatrix_mut(0, rank, rows, 1).copy_from(self.rotated.as_mat());
        for i in 0..rank {
            stacked[(rows + i, i)] = damping.sqrt();
        }
        let qr = stacked.qr();
        let mut z = qr.R().get(..rank, rank..).to_owned() * faer::Scale(-1.0);
        qr.R().get(..rank, ..rank).solve_upper_triangular_in_place(z.as_mut());
        if !z.is_all_finite() {
            return DampedStep { delta: vec![0.0; self.n_params], predicted: 0.0 };
        }
        let change = &self.triangle * &z;
        let predicted = 0.5 * change.squared_norm_l2() + damping * z.squared_norm_l2();
        DampedStep { delta: self.expand(z.as_ref()), predicted }
    }

    /// Z z.
    fn expand(&self, z: MatRef<'_, f64>) -> Vec<f64> {
        let Some(spaces) = &self.row_space else { return z.col(0).iter().copied().collect() };
        let mut delta = vec![0.0; self.n_params];
        let mut start = 0;
        for space in spaces {
            let p = space.columns.len();
            let mut part =
                MatMut::from_column_major_slice_mut(&mut delta[space.columns.clone()], p, 1);
            part.as_mut().subrows_mut(0, space.rank()).copy_from(z.subrows(start, space.rank()));
            space.expand(part);
            start += space.rank();
        }
        delta
    }
}

/// A step of the linear model.
struct DampedStep {
    /// δ, of length p.
    delta: Vec<f64>,
    /// Decrease of the cost that the linear model promises: ½ ‖J δ‖² + λ ‖δ‖².
    predicted: f64,
}

struct Iteration {
    initial_damping: f64,
    damping: f64,
    growth: f64,
    model: Option<LinearModel>,
}

/// A decrease below this fraction of the cost is round-off.
const ROUND_OFF: f64 = 1e-14;
/// Rejected trials in one iteration before giving up.
const MAX_TRIALS: usize = 40;

impl Iteration {
    fn linearise(&mut self, objective: &dyn Objective, theta: &[f64]) -> Result<f64, EvalError> {
        let mut residuals = vec![0.0; objective.n_residuals()];
        let jacobian = objective.linearise_factored(theta, &mut residuals)?;
        self.model = Some(LinearModel::new(jacobian, &residuals)?);
        Ok(half_square(&residuals))
    }
}

fn half_square(r: &[f64]) -> f64 {
    0.5 * r.iter().map(|r| r * r).sum::<f64>()
}

impl<'p> Solver<Adapter<'p>, VectorState> for Iteration {
    fn name(&self) -> &str {
        "Levenberg-Marquardt"
    }

    fn init(
        &mut self,
        problem: &mut Problem<Adapter<'p>>,
        state: VectorState,
    ) -> Result<(VectorState, Option<KV>), Error> {
        let theta = state.param.clone().unwrap_or_default();
        let cost =
            problem.problem("jacobian_count", |p| Ok(self.linearise(p.objective, &theta)?))?;
        let largest = self.model.as_ref().map_or(0.0, LinearModel::largest_singular_value);
        self.damping = self.initial_damping * largest * largest;
        Ok((state.cost(cost), None))
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<Adapter<'p>>,
        state: VectorState,
    ) -> Result<(VectorState, Option<KV>), Error> {
        let theta = state.param.clone().unwrap_or_default();
        let cost = state.cost;
        let mut trial_residuals =
            vec![0.0; problem.problem("", |p| Ok(p.objective.n_residuals()))?];
        for _ in 0..MAX_TRIALS {
            let Some(model) = &self.model else { break };
            let DampedStep { delta, predicted } = model.step(self.damping);
            if predicted.is_nan() || predicted <= ROUND_OFF * cost {
                return Ok((state.terminate_with(TerminationReason::SolverConverged), None));
            }
            let trial: Vec<f64> = theta.iter().zip(&delta).map(|(t, d)| t + d).collect();
            let evaluated = problem.problem("residual_count", |p| {
                Ok(p.objective.residuals(&trial, &mut trial_residuals))
            })?;
            let trial_cost =
                if evaluated.is_ok() { half_square(&trial_residuals) } else { f64::INFINITY };
            let gain = (cost - trial_cost) / predicted;
            if gain > 1e-4 {
                self.damping *= (1.0 - (2.0 * gain - 1.0).powi(3)).max(1.0 / 3.0);
                self.growth = 2.0;
                let cost = problem
                    .problem("jacobian_count", |p| Ok(self.linearise(p.objective, &trial)?))?;
                return Ok((state.param(trial).cost(cost), None));
            }
            self.damping *= self.growth;
            self.growth *= 2.0;
        }
        Ok((state.terminate_with(TerminationReason::SolverExit("no decrease".into())), None))
    }
}

#[cfg(test)]
mod tests {
    use faer::MatMut;
    use lacuna_core::{EvalResult, Stop};

    use super::*;

    /// Rosenbrock: r = (10(y − x²), 1 − x); minimum 0 at (1, 1).
    struct Rosenbrock;

    impl Objective for Rosenbrock {
        fn n_params(&self) -> usize {
            2
        }
        fn n_residuals(&self) -> usize {
            2
        }
        fn residuals(&self, t: &[f64], out: &mut [f64]) -> EvalResult {
            out.copy_from_slice(&[10.0 * (t[1] - t[0] * t[0]), 1.0 - t[0]]);
            Ok(())
        }
        fn linearise(&self, t: &[f64], r: &mut [f64], mut j: MatMut<'_, f64>) -> EvalResult {
            j[(0, 0)] = -20.0 * t[0];
            j[(0, 1)] = 10.0;
            j[(1, 0)] = -1.0;
            j[(1, 1)] = 0.0;
            self.residuals(t, r)
        }
    }

    #[test]
    fn finds_the_minimum_of_rosenbrock_with_little_work() {
        let fit = LevenbergMarquardt::default()
            .minimise(&Rosenbrock, &[-1.2, 1.0], &mut |_| Flow::Continue)
            .unwrap();
        assert_eq!(fit.stop, Stop::Converged);
        assert!((fit.theta[0] - 1.0).abs() < 1e-8 && (fit.theta[1] - 1.0).abs() < 1e-8);
        assert!(fit.counts.derivatives <= 25, "{:?}", fit.counts);
        assert!(fit.counts.residuals <= 35, "{:?}", fit.counts);
    }

    #[test]
    fn a_watcher_can_stop_and_keeps_the_best() {
        let mut seen = 0;
        let fit = LevenbergMarquardt::default()
            .minimise(&Rosenbrock, &[-1.2, 1.0], &mut |_| {
                seen += 1;
                if seen == 4 { Flow::Stop } else { Flow::Continue }
            })
            .unwrap();
        assert_eq!(fit.stop, Stop::Interrupted);
        assert_eq!(fit.history.len(), 4);
        let best = fit.history.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(fit.cost, best);
    }

    #[test]
    fn a_start_that_is_not_finite_is_an_error() {
        let start = [f64::NAN, 1.0];
        let result =
            LevenbergMarquardt::default().minimise(&Rosenbrock, &start, &mut |_| Flow::Continue);
        assert!(result.is_err());
    }
}
