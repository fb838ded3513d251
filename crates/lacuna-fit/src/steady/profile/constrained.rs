//! The objective of the modal problem with one linear functional held fixed.
//!
//! With z = c/√s, the whitened coefficients (length d), and the unit vector n ∝ √s ∘ a the functional
//! is ψ = ψ₀ + ν t, t = nᵀz, ν = ‖√s ∘ a‖. A reflection H = I − 2 v vᵀ/vᵀv with H e₁ = ± n gives
//!
//! ```text
//! z(t, y) = H (± t, y),   y of length d − 1,   ∂z/∂y = H without its first column,
//! ```
//!
//! so that y runs over all z of one t, without a basis of the complement being formed.

use faer::{Mat, MatMut};
use lacuna_core::{EvalResult, Objective};

use crate::steady::map::Whitened;

/// H, and the sign in H e₁ = ± n.
#[derive(Clone, Debug)]
pub(super) struct Reflection {
    v: Vec<f64>,
    /// 2/vᵀv.
    factor: f64,
    sign: f64,
}

impl Reflection {
    /// For a unit vector n.
    pub(super) fn new(n: &[f64]) -> Self {
        let sign = if n[0] > 0.0 { -1.0 } else { 1.0 };
        let mut v: Vec<f64> = n.iter().map(|n| -sign * n).collect();
        v[0] += 1.0;
        let square: f64 = v.iter().map(|v| v * v).sum();
        Self { v, factor: 2.0 / square, sign }
    }

    /// H x, in place.
    fn reflect(&self, x: &mut [f64]) {
        let along: f64 = self.factor * self.v.iter().zip(&*x).map(|(v, x)| v * x).sum::<f64>();
        x.iter_mut().zip(&self.v).for_each(|(x, v)| *x -= along * v);
    }

    /// z(t, y).
    pub(super) fn point(&self, t: f64, y: &[f64]) -> Vec<f64> {
        let mut z = Vec::with_capacity(y.len() + 1);
        z.push(self.sign * t);
        z.extend_from_slice(y);
        self.reflect(&mut z);
        z
    }

    /// y of z.
    pub(super) fn rest(&self, z: &[f64]) -> Vec<f64> {
        let mut x = z.to_vec();
        self.reflect(&mut x);
        x.remove(0);
        x
    }
}

/// φ(z(t, y)) over y.
pub(super) struct Constrained<'a> {
    pub whitened: &'a Whitened<'a>,
    pub reflection: &'a Reflection,
    pub t: f64,
}

impl Objective for Constrained<'_> {
    fn n_params(&self) -> usize {
        self.whitened.n_params() - 1
    }
    fn n_residuals(&self) -> usize {
        self.whitened.n_residuals()
    }
    fn residuals(&self, y: &[f64], out: &mut [f64]) -> EvalResult {
        self.cost(y, out).map(|_| ())
    }
    fn cost(&self, y: &[f64], out: &mut [f64]) -> EvalResult<f64> {
        self.whitened.cost(&self.reflection.point(self.t, y), out)
    }
    fn linearise(&self, y: &[f64], out: &mut [f64], mut jacobian: MatMut<'_, f64>) -> EvalResult {
        let z = self.reflection.point(self.t, y);
        let Reflection { v, factor, .. } = self.reflection;
        let mut full = Mat::zeros(self.n_residuals(), z.len());
        self.whitened.linearise(&z, out, full.as_mut())?;
        let image = &full * faer::ColRef::from_slice(v);
        for (j, v) in v.iter().enumerate().skip(1) {
            let weight = factor * v;
            let columns = jacobian.as_mut().col_mut(j - 1).iter_mut().zip(full.col(j).iter());
            columns.zip(image.iter()).for_each(|((to, from), image)| *to = from - weight * image);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reflection_keeps_lengths_and_the_functional() {
        for first in [0.6, -0.6, 0.0] {
            let n = [first, 0.0, f64::sqrt(1.0 - first * first)];
            let reflection = Reflection::new(&n);
            let z = reflection.point(1.5, &[0.3, -2.0]);
            let along: f64 = n.iter().zip(&z).map(|(n, z)| n * z).sum();
            let square: f64 = z.iter().map(|z| z * z).sum();
            assert!((along - 1.5).abs() < 1e-14, "{along}");
            assert!((square - (1.5 * 1.5 + 0.3 * 0.3 + 4.0)).abs() < 1e-13, "{square}");
            let y = reflection.rest(&z);
            assert!((y[0] - 0.3).abs() < 1e-14 && (y[1] + 2.0).abs() < 1e-14);
        }
    }
}
