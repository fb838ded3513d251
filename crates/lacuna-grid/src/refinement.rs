//! From a periodic grid to one with a multiple of its nodes and back.
//!
//! Both grids share their first node, so that restriction takes every (n/m)-th value. Refinement
//! is the trigonometric interpolant of the m coarse values (the highest frequency of an even m as
//! a cosine) at all n fine nodes, by two transforms: exact for what the coarse grid resolves.

use lacuna_core::{Pool, Transfer};
use num_complex::Complex64;

use crate::transform::Transform;

/// Transfer between m and n = stride · m equally spaced periodic nodes.
///
/// ```
/// use lacuna_core::Transfer;
/// use lacuna_grid::PeriodicRefinement;
///
/// let wave = |n: usize, i: usize| (std::f64::consts::TAU * i as f64 / n as f64).cos();
/// let coarse: Vec<f64> = (0..8).map(|i| wave(8, i)).collect();
/// let fine = PeriodicRefinement::new(8, 4).refine(&coarse);
/// assert!((0..32).all(|i| (fine[i] - wave(32, i)).abs() < 1e-15));
/// ```
#[derive(Clone, Debug)]
pub struct PeriodicRefinement {
    coarse: Transform,
    fine: Transform,
}

impl PeriodicRefinement {
    /// Plans the transfer between `coarse` nodes and `stride` times as many.
    pub fn new(coarse: usize, stride: usize) -> Self {
        Self { coarse: Transform::new(coarse), fine: Transform::new(coarse * stride) }
    }
}

impl Transfer for PeriodicRefinement {
    /// Values at the fine nodes of the interpolant of `coarse`, length m.
    fn refine(&self, coarse: &[f64]) -> Vec<f64> {
        let m = self.coarse.len();
        let mut pool = Pool::<f64>::new();
        let mut spectrum = vec![Complex64::default(); self.fine.spectrum_len()];
        self.coarse.forward(coarse, &mut pool, &mut spectrum[..self.coarse.spectrum_len()]);
        for entry in &mut spectrum {
            *entry /= m as f64;
        }
        if m.is_multiple_of(2) && self.fine.len() > m {
            // Half of it belongs to the frequency −m/2.
            spectrum[m / 2] = Complex64::new(0.5 * spectrum[m / 2].re, 0.0);
        }
        let mut fine = vec![0.0; self.fine.len()];
        self.fine.inverse(&mut spectrum, &mut pool, &mut fine);
        fine
    }

    /// The values of `fine` (length n) at the coarse nodes.
    fn restrict(&self, fine: &[f64]) -> Vec<f64> {
        fine.iter().step_by(self.fine.len() / self.coarse.len()).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    #[test]
    fn resolved_functions_are_refined_exactly_and_restricted_back() {
        let f = |x: f64| 0.3 + (TAU * x).sin() - 0.2 * (3.0 * TAU * x).cos();
        for (m, stride) in [(9, 1), (9, 2), (10, 4), (64, 3)] {
            let sample = |n: usize| (0..n).map(|i| f(i as f64 / n as f64)).collect::<Vec<f64>>();
            let (coarse, fine) = (sample(m), sample(m * stride));
            let refinement = PeriodicRefinement::new(m, stride);
            let refined = refinement.refine(&coarse);
            assert!(refined.iter().zip(&fine).all(|(a, b)| (a - b).abs() < 1e-14));
            let back = refinement.restrict(&refined);
            assert!(back.iter().zip(&coarse).all(|(a, b)| (a - b).abs() < 1e-14));
        }
    }

    #[test]
    fn unresolved_values_are_still_interpolated() {
        let coarse: Vec<f64> = (0..8).map(|i| f64::from(i * i % 5)).collect();
        let refinement = PeriodicRefinement::new(8, 2);
        let back = refinement.restrict(&refinement.refine(&coarse));
        assert!(back.iter().zip(&coarse).all(|(a, b)| (a - b).abs() < 1e-14));
    }
}
