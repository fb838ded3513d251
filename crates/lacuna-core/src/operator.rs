//! Real linear operators, and how they act on dual numbers.
//!
//! A linear operator commutes with differentiation: L(x + ε ẋ) = L x + ε L ẋ. It is therefore
//! applied to each part of a dual vector in turn, and is itself only ever written over `f64`.

use crate::{Pool, Scalar};

/// A real linear map from R^`n_cols` to R^`n_rows`.
pub trait LinearOperator: Send + Sync {
    /// Length of the result.
    fn n_rows(&self) -> usize;
    /// Length of the argument.
    fn n_cols(&self) -> usize;
    /// `out = L x`, with scratch space from `pool`.
    fn apply<D: Scalar>(&self, x: &[f64], pool: &mut Pool<D>, out: &mut [f64]);
    /// `out = Lᵀ y`.
    fn apply_transpose<D: Scalar>(&self, y: &[f64], pool: &mut Pool<D>, out: &mut [f64]);
}

/// `out = L x` for scalars that may carry tangents.
pub fn apply_lifted<D: Scalar>(
    operator: &impl LinearOperator,
    x: &[D],
    pool: &mut Pool<D>,
    out: &mut [D],
) {
    let mut part_in = pool.take_reals(x.len());
    let mut parts_out = pool.take_reals(out.len() * (D::TANGENTS + 1));
    let n = out.len();
    for part in 0..=D::TANGENTS {
        for (target, x) in part_in.iter_mut().zip(x) {
            *target = if part == 0 { x.value() } else { x.tangent(part - 1) };
        }
        let target = &mut parts_out[part * n..(part + 1) * n];
        if part > 0 && part_in.iter().all(|&v| v == 0.0) {
            target.fill(0.0);
        } else {
            operator.apply(&part_in, pool, target);
        }
    }
    for (i, out) in out.iter_mut().enumerate() {
        *out = D::assemble(parts_out[i], |t| parts_out[(t + 1) * n + i]);
    }
    pool.give_reals(part_in);
    pool.give_reals(parts_out);
}
