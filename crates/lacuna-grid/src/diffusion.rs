//! Tridiagonal systems, for finite-volume diffusion on a bounded axis.
//!
//! Thomas' algorithm: lower_i x_{i−1} + diagonal_i x_i + upper_i x_{i+1} = rhs_i in O(n) without
//! pivoting, stable for the diagonally dominant matrices of diffusion.

use lacuna_core::{Pool, Scalar};

/// Solves a tridiagonal system in place: `rhs` becomes the solution. All slices have length n;
/// `lower[0]` and `upper[n − 1]` are not read.
pub fn solve_tridiagonal<D: Scalar>(
    lower: &[D],
    diagonal: &[D],
    upper: &[D],
    pool: &mut Pool<D>,
    rhs: &mut [D],
) {
    let n = rhs.len();
    let mut ratio = pool.take_scalars(n);
    let mut pivot = diagonal[0];
    rhs[0] /= pivot;
    for i in 1..n {
        ratio[i] = upper[i - 1] / pivot;
        pivot = diagonal[i] - lower[i] * ratio[i];
        rhs[i] = (rhs[i] - lower[i] * rhs[i - 1]) / pivot;
    }
    for i in (0..n - 1).rev() {
        rhs[i] -= ratio[i + 1] * rhs[i + 1];
    }
    pool.give_scalars(ratio);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_diagonally_dominant_systems() {
        for n in [1, 2, 3, 64, 65] {
            let entry = |i: usize, s: f64| 1.0 + 0.5 * (i as f64 * s).sin();
            let lower: Vec<f64> = (0..n).map(|i| -entry(i, 0.3)).collect();
            let upper: Vec<f64> = (0..n).map(|i| -entry(i, 0.7)).collect();
            let diagonal: Vec<f64> = (0..n).map(|i| 0.1 - lower[i] - upper[i]).collect();
            let x: Vec<f64> = (0..n).map(|i| (i as f64).cos()).collect();
            let mut rhs: Vec<f64> = (0..n)
                .map(|i| {
                    let left = if i > 0 { lower[i] * x[i - 1] } else { 0.0 };
                    let right = if i + 1 < n { upper[i] * x[i + 1] } else { 0.0 };
                    left + diagonal[i] * x[i] + right
                })
                .collect();
            solve_tridiagonal(&lower, &diagonal, &upper, &mut Pool::new(), &mut rhs);
            for (a, b) in rhs.iter().zip(&x) {
                assert!((a - b).abs() < 1e-12);
            }
        }
    }
}
