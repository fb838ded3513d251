//! Rank-revealing factorisation A ≈ Q R of tall or wide matrices of small numerical rank.
//!
//! Gram-Schmidt with column pivoting (Businger, Golub 1965), stopped when every remaining column
//! is below a tolerance; each new direction is orthogonalised against the earlier ones a second
//! time, which keeps Q orthonormal to round-off. A itself is left alone while the norms of the
//! remaining columns can be trusted to follow from those of R; only when they have shrunk too far
//! is Q R subtracted from it, many directions in one product. Cost 4 m n r for A of size m × n and
//! rank r.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use lacuna_core::Matrix;

/// A ≈ Q R with Q (m × r) orthonormal and R (r × n), and the memory to compute it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LowRank {
    /// A, which is overwritten.
    a: Matrix,
    /// Q, with more columns than rank.
    q: Matrix,
    /// Rᵀ, with more columns than rank.
    rows: Matrix,
    overlaps: Matrix,
    norms: Vec<f64>,
    rank: usize,
}

/// Squared norms are updated by subtraction until the largest has fallen to this fraction: they
/// then still hold six digits.
const TRUSTED: f64 = 1e-10;

impl LowRank {
    /// Room for A of size m × n, to be filled before [`factor`](Self::factor).
    pub(crate) fn matrix(&mut self, m: usize, n: usize) -> MatMut<'_, f64> {
        self.a.reshape(m, n)
    }

    /// A, before [`factor`](Self::factor).
    pub(crate) fn filled(&self) -> MatRef<'_, f64> {
        self.a.as_ref()
    }

    /// r.
    pub(crate) fn rank(&self) -> usize {
        self.rank
    }

    /// Q.
    pub(crate) fn q(&self) -> MatRef<'_, f64> {
        self.q.as_ref().subcols(0, self.rank)
    }

    /// R.
    pub(crate) fn r(&self) -> MatRef<'_, f64> {
        self.rows.as_ref().subcols(0, self.rank).transpose()
    }

    /// Factors A until the remaining columns are below `tolerance` times the largest.
    pub(crate) fn factor(&mut self, tolerance: f64) {
        let Self { a, q, rows, overlaps, norms, rank } = self;
        let (m, n) = (a.nrows(), a.ncols());
        let limit = m.min(n);
        let mut q = q.reshape(m, limit);
        // The transpose of R, whose columns are written one after the other.
        let mut rows = rows.reshape(n, limit);
        squared_norms(a.as_ref(), norms);
        let mut largest = maximum(norms);
        let floor = tolerance * tolerance * largest;
        // A is short of the directions before this one, not of those after it.
        let mut subtracted = 0;
        *rank = 0;
        while *rank < limit {
            let done = *rank;
            let Some(pivot) = (0..n).max_by(|&i, &j| norms[i].total_cmp(&norms[j])) else { break };
            if subtracted < done && norms[pivot] <= floor.max(TRUSTED * largest) {
                let new = q.as_ref().subcols(subtracted, done - subtracted);
                let parts = rows.as_ref().subcols(subtracted, done - subtracted);
                matmul(a.as_mut(), Accum::Add, new, parts.transpose(), -1.0, Par::Seq);
                subtracted = done;
                squared_norms(a.as_ref(), norms);
                largest = maximum(norms);
                continue;
            }
            if norms[pivot] <= floor {
                break;
            }
            let (earlier, mut rest) = q.as_mut().split_at_col_mut(done);
            let (earlier, mut new) = (earlier.as_ref(), rest.as_mut().subcols_mut(0, 1));
            new.copy_from(a.as_ref().subcols(pivot, 1));
            let parts = rows.as_ref().subrows(pivot, 1);
            let parts = parts.subcols(subtracted, done - subtracted).transpose();
            let since = earlier.subcols(subtracted, done - subtracted);
            matmul(new.as_mut(), Accum::Add, since, parts, -1.0, Par::Seq);
            let mut overlaps = overlaps.reshape(done, 1);
            let new_ref = new.as_ref();
            matmul(overlaps.as_mut(), Accum::Replace, earlier.transpose(), new_ref, 1.0, Par::Seq);
            matmul(new.as_mut(), Accum::Add, earlier, overlaps.as_ref(), -1.0, Par::Seq);
            normalise(new.as_mut());
            let row = rows.as_mut().subcols_mut(done, 1);
            matmul(row, Accum::Replace, a.as_ref().transpose(), new.as_ref(), 1.0, Par::Seq);
            for (norm, part) in norms.iter_mut().zip(rows.as_ref().col(done).iter()) {
                *norm -= part * part;
            }
            *rank += 1;
        }
    }
}

fn squared_norms(a: MatRef<'_, f64>, norms: &mut Vec<f64>) {
    norms.clear();
    norms.extend((0..a.ncols()).map(|j| a.col(j).squared_norm_l2()));
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
    use faer::Mat;

    use super::*;

    #[test]
    fn reproduces_matrices_of_any_shape_and_rank() {
        let mut low_rank = LowRank::default();
        for (m, n, rank) in [(1, 1, 1), (3, 2, 2), (64, 65, 5), (65, 64, 64), (20, 100, 20)] {
            let left = Mat::from_fn(m, rank, |i, j| ((i * 7 + j * 3 + 1) as f64).sin());
            let right = Mat::from_fn(rank, n, |i, j| ((i * 5 + j * 11 + 2) as f64).cos());
            let a = &left * &right;
            low_rank.matrix(m, n).copy_from(&a);
            low_rank.factor(1e-13);
            let (q, r) = (low_rank.q(), low_rank.r());
            assert!(low_rank.rank() <= rank);
            assert!((q * r - &a).norm_l2() < 1e-12 * a.norm_l2());
            let identity = Mat::<f64>::identity(q.ncols(), q.ncols());
            assert!((q.transpose() * q - identity).norm_l2() < 1e-13);
        }
    }

    #[test]
    fn a_zero_matrix_has_rank_zero() {
        let mut low_rank = LowRank::default();
        low_rank.matrix(4, 3).fill(0.0);
        low_rank.factor(1e-13);
        assert_eq!(low_rank.q().ncols(), 0);
    }
}
