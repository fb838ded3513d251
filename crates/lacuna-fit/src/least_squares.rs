//! Linear least squares by QR and SVD, with directions that the data do not support left out.
//!
//! min ‖b + A x‖: A = Q R, R = U S Vᵀ, so x = −V S⁺ (Q U)ᵀ b. Normal equations are never formed:
//! they lose half the digits. A direction i is left out
//!
//! - when s_i ≤ `rank_tolerance` · s_1 (numerically zero), or
//! - when its coefficient u_iᵀ b stands below `significance` times the rms of what cannot be
//!   fitted at all: the discrete Picard condition. Such a direction would add noise divided by
//!   a small s_i to the solution and nothing to the fit. Source: Hansen, SIAM Rev. 34 (1992).

use faer::{ColRef, Mat, MatMut, MatRef};
use lacuna_core::{EvalError, Matrix};

use crate::orthogonal::Orthogonal;

/// Size of a parameter that the norm does not see, relative to the norm's largest entry.
const UNSEEN: f64 = 1e-10;

/// The solution of a linear least-squares problem.
#[derive(Clone, Debug)]
pub struct LeastSquares {
    /// The minimiser x, length n; of minimal norm over the directions kept.
    pub x: Vec<f64>,
    /// Number of directions kept.
    pub rank: usize,
}

/// Minimises ‖b + A x‖ as [`solve_least_squares`], with ‖N x‖ in place of ‖x‖ for what is smallest.
///
/// With N = Q R the problem is solved for y = R x.
///
/// # Errors
/// If A, b or N holds a value that is not finite.
pub fn solve_least_squares_in_norm(
    a: MatRef<'_, f64>,
    b: &[f64],
    norm: MatRef<'_, f64>,
    rank_tolerance: f64,
    significance: f64,
) -> Result<LeastSquares, EvalError> {
    // Parameters that N does not see at all, as when a class is finer than the grid, are kept small.
    let (rows, n) = (norm.nrows(), norm.ncols());
    let mut stacked = Mat::zeros(rows + n, n);
    stacked.as_mut().subrows_mut(0, rows).copy_from(norm);
    let floor = UNSEEN * norm.norm_max();
    for i in 0..n {
        stacked[(rows + i, i)] = floor;
    }
    let qr = stacked.qr();
    let r = qr.thin_R();
    // A R⁻¹, as the transpose of R⁻ᵀ Aᵀ.
    let mut scaled = a.transpose().to_owned();
    r.transpose().solve_lower_triangular_in_place(scaled.as_mut());
    let mut solution = solve_least_squares(scaled.transpose(), b, rank_tolerance, significance)?;
    let x = faer::MatMut::from_column_major_slice_mut(&mut solution.x, n, 1);
    r.solve_upper_triangular_in_place(x);
    Ok(solution)
}

/// Minimises ‖b + A x‖ for A of size m × n.
///
/// # Errors
/// If A or b holds a value that is not finite.
pub fn solve_least_squares(
    a: MatRef<'_, f64>,
    b: &[f64],
    rank_tolerance: f64,
    significance: f64,
) -> Result<LeastSquares, EvalError> {
    const NOT_FINITE: EvalError = EvalError::NonFinite { quantity: "the least-squares matrix" };
    let (m, n) = (a.nrows(), a.ncols());
    if !a.is_all_finite() || b.iter().any(|b| !b.is_finite()) {
        return Err(NOT_FINITE);
    }
    let (left, singular_values, right) = if m >= n {
        let qr = a.qr();
        let svd = qr.thin_R().thin_svd().map_err(|_| NOT_FINITE)?;
        (qr.compute_thin_Q() * svd.U(), svd.S().column_vector().to_owned(), svd.V().to_owned())
    } else {
        let svd = a.thin_svd().map_err(|_| NOT_FINITE)?;
        (svd.U().to_owned(), svd.S().column_vector().to_owned(), svd.V().to_owned())
    };
    let singular_values: Vec<f64> = singular_values.iter().copied().collect();
    let floor = rank_tolerance * singular_values.first().copied().unwrap_or(0.0);
    let coefficients: Vec<f64> = (0..singular_values.len())
        .map(|i| left.col(i).transpose() * faer::ColRef::from_slice(b))
        .collect();
    let total: f64 = b.iter().map(|b| b * b).sum();
    let regular = singular_values.iter().take_while(|&&s| s > floor).count();
    let noise = unexplained_rms(a, b, &left, &coefficients[..regular]).max(1e-16 * total.sqrt());

    let kept: Vec<usize> =
        (0..regular).filter(|&i| coefficients[i].abs() > significance * noise).collect();
    let mut x = vec![0.0; n];
    for &i in &kept {
        let step = -coefficients[i] / singular_values[i];
        for (x, v) in x.iter_mut().zip(right.col(i).iter()) {
            *x += step * v;
        }
    }
    Ok(LeastSquares { x, rank: kept.len() })
}

/// Solves min ‖b + A x‖ for one A after another of the same size, in the same memory.
///
/// As [`solve_least_squares`] without a significance; for A of more rows than columns.
#[derive(Default)]
pub(crate) struct Eliminator {
    qr: Orthogonal,
    triangle: Matrix,
    range: Matrix,
    solution: Vec<f64>,
}

impl Eliminator {
    /// Room for A of size m × n, to be filled before [`solve`](Self::solve).
    pub(crate) fn matrix(&mut self, m: usize, n: usize) -> MatMut<'_, f64> {
        self.qr.matrix(m, n)
    }

    /// Solves for the A that [`matrix`](Self::matrix) was filled with.
    ///
    /// # Errors
    /// If A or b holds a value that is not finite.
    pub(crate) fn solve(&mut self, b: &[f64], rank_tolerance: f64) -> Result<(), EvalError> {
        const NOT_FINITE: EvalError = EvalError::NonFinite { quantity: "the least-squares matrix" };
        let (m, n) = (self.qr.filled().nrows(), self.qr.filled().ncols());
        if !self.qr.filled().is_all_finite() || b.iter().any(|b| !b.is_finite()) {
            return Err(NOT_FINITE);
        }
        let size = m.min(n);
        self.qr.factor();
        self.qr.copy_upper(n, &mut self.triangle);
        let svd = self.triangle.as_ref().thin_svd().map_err(|_| NOT_FINITE)?;
        let values = svd.S().column_vector();
        let floor = rank_tolerance * values.iter().next().copied().unwrap_or(0.0);
        let rank = values.iter().take_while(|&&s| s > floor).count();
        let mut range = self.range.reshape(m, rank);
        range.fill(0.0);
        range.as_mut().subrows_mut(0, size).copy_from(svd.U().subcols(0, rank));
        self.qr.apply(range.as_mut());
        self.solution.clear();
        self.solution.resize(n, 0.0);
        for i in 0..rank {
            let coefficient = range.as_ref().col(i).transpose() * ColRef::from_slice(b);
            let step = -coefficient / values[i];
            for (x, v) in self.solution.iter_mut().zip(svd.V().col(i).iter()) {
                *x += step * v;
            }
        }
        Ok(())
    }

    /// The minimiser x, of minimal norm.
    pub(crate) fn solution(&self) -> &[f64] {
        &self.solution
    }

    /// Orthonormal basis of the range of A.
    pub(crate) fn range(&self) -> MatRef<'_, f64> {
        self.range.as_ref()
    }
}

/// Root mean square, per degree of freedom, of the part of b outside the given directions.
fn unexplained_rms(a: MatRef<'_, f64>, b: &[f64], left: &Mat<f64>, coefficients: &[f64]) -> f64 {
    let mut rest = b.to_vec();
    for (i, c) in coefficients.iter().enumerate() {
        for (rest, u) in rest.iter_mut().zip(left.col(i).iter()) {
            *rest -= c * u;
        }
    }
    let freedom = a.nrows().saturating_sub(coefficients.len()).max(1);
    (rest.iter().map(|r| r * r).sum::<f64>() / freedom as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_well_posed_problems_of_any_shape() {
        for (m, n) in [(1, 1), (3, 2), (64, 8), (65, 64), (2, 5)] {
            let a = Mat::from_fn(m, n, |i, j| ((i * 3 + j * j * 7 + 1) as f64).sin());
            let b: Vec<f64> = (0..m).map(|i| (i as f64).cos()).collect();
            let solution = solve_least_squares(a.as_ref(), &b, 1e-13, 0.0).unwrap();
            // The residual is orthogonal to the range of A.
            let residual: Vec<f64> = (0..m)
                .map(|i| b[i] + (0..n).map(|j| a[(i, j)] * solution.x[j]).sum::<f64>())
                .collect();
            for j in 0..n {
                let overlap: f64 = (0..m).map(|i| a[(i, j)] * residual[i]).sum();
                assert!(overlap.abs() < 1e-11, "{m}x{n}: {overlap}");
            }
        }
    }

    #[test]
    fn an_eliminator_agrees_and_can_be_used_again() {
        let mut eliminator = Eliminator::default();
        for (m, n) in [(64, 8), (3, 2), (65, 20), (4, 6)] {
            let a = Mat::from_fn(m, n, |i, j| ((i * 3 + j * j * 7 + 1) as f64).sin());
            let b: Vec<f64> = (0..m).map(|i| (i as f64).cos()).collect();
            let expected = solve_least_squares(a.as_ref(), &b, 1e-13, 0.0).unwrap();
            eliminator.matrix(m, n).copy_from(&a);
            eliminator.solve(&b, 1e-13).unwrap();
            assert_eq!(eliminator.range().ncols(), expected.rank);
            for (x, expected) in eliminator.solution().iter().zip(&expected.x) {
                assert!((x - expected).abs() < 1e-11, "{m} × {n}: {x} {expected}");
            }
        }
    }

    #[test]
    fn directions_without_signal_are_left_out() {
        // A smooth right-hand side seen through a filter that decays to 1e-14.
        let n = 15;
        let m = 60;
        let basis = |i: usize, k: usize| {
            (std::f64::consts::PI * k as f64 * (i as f64 + 0.5) / m as f64).cos()
        };
        let a = Mat::from_fn(m, n, |i, k| basis(i, k) * 0.1f64.powi(k as i32));
        let noise = |i: usize| 1e-9 * ((i * i) as f64 * 0.7).sin();
        let b: Vec<f64> = (0..m).map(|i| -(basis(i, 0) + 0.05 * basis(i, 1)) + noise(i)).collect();
        let solution = solve_least_squares(a.as_ref(), &b, 1e-15, 4.0).unwrap();
        assert!(solution.rank <= 4, "{}", solution.rank);
        assert!((solution.x[0] - 1.0).abs() < 1e-8);
        assert!((solution.x[1] - 0.5).abs() < 1e-7);
    }

    #[test]
    fn values_that_are_not_finite_are_refused() {
        let a = Mat::from_fn(3, 1, |_, _| f64::NAN);
        assert!(solve_least_squares(a.as_ref(), &[1.0; 3], 1e-13, 0.0).is_err());
    }
}
