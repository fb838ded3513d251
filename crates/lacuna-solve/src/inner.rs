//! The inner product of functions on a grid: ⟨x, y⟩ = Σ_i w_i x_i y_i ≈ ∫ x y.
//!
//! w (length n) are the quadrature weights of the nodes. In this product the cost of a solve does
//! not depend on how unevenly the nodes are spaced.

use lacuna_core::sums::{weighted_dot, weighted_square_distance};

/// ⟨x, y⟩.
pub(crate) fn dot(weights: &[f64], x: &[f64], y: &[f64]) -> f64 {
    weighted_dot(weights, x, y)
}

/// ‖x‖ = √⟨x, x⟩.
pub(crate) fn norm(weights: &[f64], x: &[f64]) -> f64 {
    weighted_dot(weights, x, x).sqrt()
}

/// ‖x − y‖.
pub(crate) fn distance(weights: &[f64], x: &[f64], y: &[f64]) -> f64 {
    weighted_square_distance(weights, x, y).sqrt()
}

/// Σ_i w_i x_i ≈ ∫ x, by Neumaier's compensated summation: right to about one rounding.
pub(crate) fn integral(weights: &[f64], x: &[f64]) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    for (w, x) in weights.iter().zip(x) {
        let term = w * x;
        let next = sum + term;
        lost += if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
        sum = next;
    }
    sum + lost
}

/// `y += a x`.
pub(crate) fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_survives_cancellation() {
        let x = [1.0, 1e100, 1.0, -1e100];
        assert_eq!(integral(&[1.0; 4], &x), 2.0);
    }

    #[test]
    fn distance_is_the_norm_of_the_difference() {
        let (w, x, y) = ([0.5, 2.0], [3.0, 1.0], [1.0, 2.0]);
        assert_eq!(distance(&w, &x, &y), norm(&w, &[2.0, -1.0]));
        assert_eq!(dot(&w, &x, &y), 0.5 * 3.0 + 2.0 * 2.0);
    }
}
