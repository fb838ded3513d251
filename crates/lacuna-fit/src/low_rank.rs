//! Rank-revealing factorisation A ≈ Q R of tall or wide matrices of small numerical rank.
//!
//! Gram-Schmidt with column pivoting (Businger, Golub 1965), stopped when every remaining column
//! is below a tolerance; each new direction is orthogonalised against the earlier ones a second
//! time, which keeps Q orthonormal to round-off. A itself is left alone while the norms of the
//! remaining columns can be trusted to follow from those of R; only when they have shrunk too far
//! is Q R subtracted from it, many directions in one product. Cost 4 m n r for A of size m × n and
//! rank r.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// A ≈ Q R with Q (m × r) orthonormal and R (r × n).
#[derive(Clone, Debug)]
pub(crate) struct LowRank {
    pub q: Mat<f64>,
    pub r: Mat<f64>,
}

/// Squared norms are updated by subtraction until the largest has fallen to this fraction: they
/// then still hold six digits.
const TRUSTED: f64 = 1e-10;

/// Factors `a` (overwritten) until the remaining columns are below `tolerance` times the largest.
pub(crate) fn factor_low_rank(mut a: Mat<f64>, tolerance: f64) -> LowRank {
    let (m, n) = (a.nrows(), a.ncols());
    let limit = m.min(n);
    let mut q = Mat::<f64>::zeros(m, limit);
    // The transpose of R, whose columns are written one after the other.
    let mut rows = Mat::<f64>::zeros(n, limit);
    let mut overlaps = Mat::<f64>::zeros(limit, 1);
    let mut norms = squared_norms(a.as_ref());
    let mut largest = maximum(&norms);
    let floor = tolerance * tolerance * largest;
    // A is short of the directions before this one, not of those after it.
    let mut subtracted = 0;
    let mut rank = 0;
    while rank < limit {
        let Some(pivot) = (0..n).max_by(|&i, &j| norms[i].total_cmp(&norms[j])) else { break };
        if subtracted < rank && norms[pivot] <= floor.max(TRUSTED * largest) {
            let (new, parts) = (q.subcols(subtracted, rank - subtracted), rows.as_ref());
            let parts = parts.subcols(subtracted, rank - subtracted);
            matmul(a.as_mut(), Accum::Add, new, parts.transpose(), -1.0, Par::Seq);
            subtracted = rank;
            norms = squared_norms(a.as_ref());
            largest = maximum(&norms);
            continue;
        }
        if norms[pivot] <= floor {
            break;
        }
        let (earlier, mut rest) = q.as_mut().split_at_col_mut(rank);
        let (earlier, mut new) = (earlier.as_ref(), rest.as_mut().subcols_mut(0, 1));
        new.copy_from(a.subcols(pivot, 1));
        let parts = rows.subrows(pivot, 1).subcols(subtracted, rank - subtracted).transpose();
        let since = earlier.subcols(subtracted, rank - subtracted);
        matmul(new.as_mut(), Accum::Add, since, parts, -1.0, Par::Seq);
        let mut overlaps = overlaps.as_mut().subrows_mut(0, rank);
        let new_ref = new.as_ref();
        matmul(overlaps.as_mut(), Accum::Replace, earlier.transpose(), new_ref, 1.0, Par::Seq);
        matmul(new.as_mut(), Accum::Add, earlier, overlaps.as_ref(), -1.0, Par::Seq);
        normalise(new.as_mut());
        let row = rows.as_mut().subcols_mut(rank, 1);
        matmul(row, Accum::Replace, a.transpose(), new.as_ref(), 1.0, Par::Seq);
        for (norm, part) in norms.iter_mut().zip(rows.col(rank).iter()) {
            *norm -= part * part;
        }
        rank += 1;
    }
    LowRank { q: q.subcols(0, rank).to_owned(), r: rows.subcols(0, rank).transpose().to_owned() }
}

fn squared_norms(a: MatRef<'_, f64>) -> Vec<f64> {
    (0..a.ncols()).map(|j| a.col(j).squared_norm_l2()).collect()
}

fn maximum(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn normalise(mut column: MatMut<'_, f64>) {
    let norm = column.norm_l2();
    for entry in column.as_mut().col_mut(0).iter_mut() {
        *entry /= norm;
    }
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
