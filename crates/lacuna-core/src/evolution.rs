//! The equation in time: du/dt = R(u), semi-discretised at the nodes of its grid.
//!
//! An equation that evolves supplies R, one implicit Euler step with its coefficients frozen, and
//! its free energy. A stepper makes of these a method of any order. All vectors have length n; a
//! time is in the equation's own unit.
//!
//! The frozen step solves (u₁ − u)/τ = L(v) u₁ + s with R(u) = L(u) u + s: linear in u₁. Its fixed
//! points at v = u are the zeros of R, whatever τ.

use crate::{EvalResult, Pool};

/// A free energy, and how large the terms are of which it is the sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreeEnergy {
    /// Its value.
    pub value: f64,
    /// The sum of the absolute values of its terms: its round-off is a few ulp of this.
    pub scale: f64,
}

/// An equation in time, with functions and conditions held fixed.
pub trait Evolution: Send {
    /// Quadrature weights of the nodes.
    fn weights(&self) -> &[f64];

    /// The conserved ∫u, where the state is a density: it then stays positive as well.
    fn mass(&self) -> Option<f64>;

    /// `out = R(u)`.
    fn rate(&mut self, u: &[f64], out: &mut [f64]) -> EvalResult;

    /// `out = R'(u) v`, for integrators that linearise and for stability.
    fn rate_product(&mut self, u: &[f64], v: &[f64], out: &mut [f64]) -> EvalResult;

    /// `out = u₁` with (u₁ − u)/τ = L(frozen) u₁ + s. For a density of mass M, u₁ is positive and has
    /// the mass of u to round-off, for every τ > 0.
    fn frozen_step(
        &mut self,
        frozen: &[f64],
        u: &[f64],
        time_step: f64,
        out: &mut [f64],
    ) -> EvalResult;

    /// The free energy, where the equation has one that decreases along its solutions.
    fn free_energy(&mut self, u: &[f64]) -> Option<FreeEnergy>;
}

/// Scales a density to the mass it keeps; anything else stays as it is.
pub fn restore_mass(evolution: &dyn Evolution, u: &mut [f64]) {
    let Some(mass) = evolution.mass() else { return };
    let present = crate::sums::dot(evolution.weights(), u);
    if present > 0.0 {
        let factor = mass / present;
        u.iter_mut().for_each(|u| *u *= factor);
    }
}

/// The matrix of R'(u), column by column.
///
/// # Errors
/// If the rate cannot be evaluated.
pub fn rate_jacobian(evolution: &mut dyn Evolution, u: &[f64]) -> EvalResult<faer::Mat<f64>> {
    let n = u.len();
    let mut pool = Pool::<f64>::new();
    let (mut unit, mut column) = (pool.take_reals(n), pool.take_reals(n));
    unit.fill(0.0);
    let mut jacobian = faer::Mat::zeros(n, n);
    for j in 0..n {
        unit[j] = 1.0;
        evolution.rate_product(u, &unit, &mut column)?;
        unit[j] = 0.0;
        for (i, &entry) in column.iter().enumerate() {
            jacobian[(i, j)] = entry;
        }
    }
    Ok(jacobian)
}
