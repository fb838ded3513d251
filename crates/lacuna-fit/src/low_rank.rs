//! Rank-revealing factorisation A ≈ Q R of tall or wide matrices of small numerical rank.
//!
//! Gram-Schmidt with column pivoting (Businger, Golub 1965), stopped when every remaining column
//! is below a tolerance; each new direction is orthogonalised against the earlier ones a second
//! time, which keeps Q orthonormal to round-off. Cost 4 m n r for A of size m × n and rank r.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

/// A ≈ Q R with Q (m × r) orthonormal and R (r × n).
#[derive(Clone, Debug)]
pub(crate) struct LowRank {
    pub q: Mat<f64>,
    pub r: Mat<f64>,
}

/// Factors `a` (overwritten) until the remaining columns are below `tolerance` times the largest.
pub(crate) fn factor_low_rank(mut a: Mat<f64>, tolerance: f64) -> LowRank {
    let (m, n) = (a.nrows(), a.ncols());
    let limit = m.min(n);
    let mut q = Mat::<f64>::zeros(m, limit);
    let mut r = Mat::<f64>::zeros(limit, n);
    let mut row = Mat::<f64>::zeros(1, n);
    let mut norms: Vec<f64> = (0..n).map(|j| a.col(j).squared_norm_l2()).collect();
    let largest = norms.iter().copied().fold(0.0, f64::max);
    let floor = tolerance * tolerance * largest;
    let mut rank = 0;
    while rank < limit {
        let Some(pivot) = (0..n).max_by(|&i, &j| norms[i].total_cmp(&norms[j])) else { break };
        if !(norms[pivot] > floor) {
            break;
        }
        q.col_mut(rank).copy_from(a.col(pivot));
        for k in 0..rank {
            let overlap = q.col(k).transpose() * q.col(rank);
            let (earlier, mut rest) = q.as_mut().split_at_col_mut(rank);
            let new = rest.as_mut().col_mut(0);
            for (new, old) in new.iter_mut().zip(earlier.col(k).iter()) {
                *new -= overlap * old;
            }
        }
        let norm = q.col(rank).norm_l2();
        for entry in q.col_mut(rank).iter_mut() {
            *entry /= norm;
        }
        let direction = q.col(rank).as_mat();
        matmul(row.as_mut(), Accum::Replace, direction.transpose(), a.as_ref(), 1.0, Par::Seq);
        matmul(a.as_mut(), Accum::Add, direction, row.as_ref(), -1.0, Par::Seq);
        r.row_mut(rank).copy_from(row.row(0));
        for (j, norm) in norms.iter_mut().enumerate() {
            *norm = a.col(j).squared_norm_l2();
        }
        rank += 1;
    }
    LowRank { q: q.subcols(0, rank).to_owned(), r: r.subrows(0, rank).to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reproduces_matrices_of_any_shape_and_rank() {
        for (m, n, rank) in [(1, 1, 1), (3, 2, 2), (64, 65, 5), (65, 64, 64), (20, 100, 20)] {
            let left = Mat::from_fn(m, rank, |i, j| ((i * 7 + j * 3 + 1) as f64).sin());
            let right = Mat::from_fn(rank, n, |i, j| ((i * 5 + j * 11 + 2) as f64).cos());
            let a = &left * &right;
            let LowRank { q, r } = factor_low_rank(a.clone(), 1e-13);
            assert!(q.ncols() <= rank);
            assert!((&q * &r - &a).norm_l2() < 1e-12 * a.norm_l2());
            let identity = Mat::<f64>::identity(q.ncols(), q.ncols());
            assert!((q.transpose() * &q - identity).norm_l2() < 1e-13);
        }
    }

    #[test]
    fn a_zero_matrix_has_rank_zero() {
        assert_eq!(factor_low_rank(Mat::zeros(4, 3), 1e-13).q.ncols(), 0);
    }
}
