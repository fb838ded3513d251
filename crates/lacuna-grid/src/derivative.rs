//! Spectral differentiation on a periodic grid.
//!
//! (Du)_i = Σ_k (i 2πk/L) û_k e^{i 2πk x_i/L}, exact for resolved modes. For even n the highest
//! frequency has no derivative on the grid and is dropped, which keeps D antisymmetric.

use std::f64::consts::PI;

use lacuna_core::{LinearOperator, Pool, Scalar};
use num_complex::Complex64;

use crate::transform::Transform;
use crate::{Boundary, Grid, GridError};

/// The first derivative on a periodic grid; an n × n antisymmetric operator.
#[derive(Clone, Debug)]
pub struct SpectralDerivative {
    transform: Transform,
    length: f64,
}

impl SpectralDerivative {
    /// Plans the transforms for `grid`.
    ///
    /// # Errors
    /// If the grid is not periodic.
    pub fn new(grid: &Grid) -> Result<Self, GridError> {
        if grid.axes()[0].boundary != Boundary::Periodic {
            return Err(GridError::Boundary {
                operator: "spectral differentiation",
                needed: "periodic",
            });
        }
        Ok(Self { transform: Transform::new(grid.len()), length: grid.axes()[0].length })
    }
}

impl SpectralDerivative {
    /// `out` = the antiderivative of x less its mean, with zero mean itself: (Dx)⁻¹ on the
    /// frequencies that have a derivative. Both of length n.
    pub fn integrate<D: Scalar>(&self, x: &[f64], pool: &mut Pool<D>, out: &mut [f64]) {
        let n = self.transform.len();
        let mut spectrum = pool.take_complexes(self.transform.spectrum_len());
        self.transform.forward(x, pool, &mut spectrum);
        spectrum[0] = Complex64::new(0.0, 0.0);
        for (k, entry) in spectrum.iter_mut().enumerate().skip(1) {
            let frequency = 2.0 * PI * k as f64 / self.length;
            *entry *= Complex64::new(0.0, -1.0 / (frequency * n as f64));
        }
        if n.is_multiple_of(2) {
            spectrum[n / 2] = Complex64::new(0.0, 0.0);
        }
        self.transform.inverse(&mut spectrum, pool, out);
        pool.give_complexes(spectrum);
    }
}

impl LinearOperator for SpectralDerivative {
    fn n_rows(&self) -> usize {
        self.transform.len()
    }

    fn n_cols(&self) -> usize {
        self.transform.len()
    }

    fn apply<D: Scalar>(&self, x: &[f64], pool: &mut Pool<D>, out: &mut [f64]) {
        let n = self.transform.len();
        let mut spectrum = pool.take_complexes(self.transform.spectrum_len());
        self.transform.forward(x, pool, &mut spectrum);
        for (k, entry) in spectrum.iter_mut().enumerate() {
            let frequency = 2.0 * PI * k as f64 / self.length;
            *entry *= Complex64::new(0.0, frequency / n as f64);
        }
        if n.is_multiple_of(2) {
            spectrum[n / 2] = Complex64::new(0.0, 0.0);
        }
        self.transform.inverse(&mut spectrum, pool, out);
        pool.give_complexes(spectrum);
    }

    fn apply_transpose<D: Scalar>(&self, y: &[f64], pool: &mut Pool<D>, out: &mut [f64]) {
        self.apply(y, pool, out);
        for out in out {
            *out = -*out;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;

    #[test]
    fn differentiates_resolved_modes_exactly_and_is_antisymmetric() {
        for n in [9, 16, 65] {
            let axis = Axis { origin: 0.5, length: 2.0, cells: n, boundary: Boundary::Periodic };
            let grid = Grid::new(vec![axis]).unwrap();
            let derivative = SpectralDerivative::new(&grid).unwrap();
            let mut pool = Pool::<f64>::new();
            let k = PI * 3.0;
            let x: Vec<f64> = grid.nodes().coordinates().to_vec();
            let u: Vec<f64> = x.iter().map(|x| (k * x).sin()).collect();
            let (mut du, mut transpose) = (vec![0.0; n], vec![0.0; n]);
            derivative.apply(&u, &mut pool, &mut du);
            for (du, x) in du.iter().zip(&x) {
                assert!((du - k * (k * x).cos()).abs() < 1e-12 * k);
            }
            derivative.apply_transpose(&u, &mut pool, &mut transpose);
            assert!(du.iter().zip(&transpose).all(|(a, b)| a == &-b));
            derivative.integrate(&du, &mut pool, &mut transpose);
            assert!(u.iter().zip(&transpose).all(|(a, b)| (a - b).abs() < 1e-14));
        }
    }
}
