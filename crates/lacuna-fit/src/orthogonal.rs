//! QR factorisation in memory that is kept from one use to the next.

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::householder;
use faer::linalg::qr::no_pivoting::factor;
use faer::{Conj, MatMut, MatRef, Par};
use lacuna_core::Matrix;

/// A = Q R by Householder reflections: R above the diagonal, the reflections below.
#[derive(Default)]
pub(crate) struct Orthogonal {
    factors: Matrix,
    coefficients: Matrix,
    memory: Memory,
}

/// Scratch memory that only grows.
#[derive(Default)]
struct Memory {
    buffer: Option<(usize, MemBuffer)>,
}

impl Memory {
    fn of(&mut self, need: StackReq) -> &mut MemStack {
        let size = need.unaligned_bytes_required();
        self.buffer.take_if(|(held, _)| *held < size);
        let (_, buffer) = self.buffer.get_or_insert_with(|| (size, MemBuffer::new(need)));
        MemStack::new(buffer)
    }
}

impl Orthogonal {
    /// Room for A of size m × n, to be filled before [`factor`](Self::factor).
    pub(crate) fn matrix(&mut self, m: usize, n: usize) -> MatMut<'_, f64> {
        self.factors.reshape(m, n)
    }

    /// A as it was filled.
    pub(crate) fn filled(&self) -> MatRef<'_, f64> {
        self.factors.as_ref()
    }

    /// Factors what [`matrix`](Self::matrix) was filled with.
    pub(crate) fn factor(&mut self) {
        let (m, n) = (self.factors.nrows(), self.factors.ncols());
        let size = m.min(n);
        if size == 0 {
            self.coefficients.reshape(1, 0);
            return;
        }
        let block = factor::recommended_block_size::<f64>(m, n);
        let mut coefficients = self.coefficients.reshape(block, size);
        coefficients.fill(0.0);
        let need =
            factor::qr_in_place_scratch::<f64>(m, n, block, Par::Seq, faer::prelude::default());
        let memory = self.memory.of(need);
        let options = faer::prelude::default();
        factor::qr_in_place(self.factors.as_mut(), coefficients, Par::Seq, memory, options);
    }

    /// R and what is below it: of the first min(m, n) rows only the upper triangle has meaning.
    pub(crate) fn upper(&self) -> MatRef<'_, f64> {
        let size = self.factors.nrows().min(self.factors.ncols());
        self.factors.as_ref().subrows(0, size)
    }

    /// The upper triangle of the first `columns` columns of R, zeros below, into `out`.
    pub(crate) fn copy_upper(&self, columns: usize, out: &mut Matrix) {
        let size = self.factors.nrows().min(columns);
        let r = self.factors.as_ref();
        let mut out = out.reshape(size, columns);
        for j in 0..columns {
            for i in 0..size {
                out[(i, j)] = if i <= j { r[(i, j)] } else { 0.0 };
            }
        }
    }

    /// `x` (m rows) becomes Q x.
    pub(crate) fn apply(&mut self, x: MatMut<'_, f64>) {
        let size = self.factors.nrows().min(self.factors.ncols());
        let basis = self.factors.as_ref().subcols(0, size);
        let coefficients = self.coefficients.as_ref();
        let need = householder::apply_block_householder_sequence_on_the_left_in_place_scratch::<f64>(
            basis.nrows(),
            coefficients.nrows(),
            x.ncols(),
        );
        householder::apply_block_householder_sequence_on_the_left_in_place_with_conj(
            basis,
            coefficients,
            Conj::No,
            x,
            Par::Seq,
            self.memory.of(need),
        );
    }
}

#[cfg(test)]
mod tests {
    use faer::Mat;

    use super::*;

    #[test]
    fn q_times_r_is_the_matrix_again_and_again() {
        let mut qr = Orthogonal::default();
        for (m, n) in [(30, 20), (5, 5), (4, 9), (1, 1), (60, 3)] {
            let a = Mat::from_fn(m, n, |i, j| ((i * 3 + j * j * 7 + 1) as f64).sin());
            qr.matrix(m, n).copy_from(&a);
            qr.factor();
            let mut r = Matrix::default();
            qr.copy_upper(n, &mut r);
            let mut product = Mat::zeros(m, n);
            product.as_mut().subrows_mut(0, m.min(n)).copy_from(r.as_ref());
            qr.apply(product.as_mut());
            assert!((&product - &a).norm_l2() < 1e-13 * a.norm_l2(), "{m} × {n}");
        }
    }
}
