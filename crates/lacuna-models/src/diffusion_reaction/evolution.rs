//! The equation in time: ∂_t u = (a u')' − k u + f on the finite volumes of its steady states.
//!
//! du/dt = −(A_a u − b_a) − k u + f, linear in u: the frozen step is the implicit Euler step itself,
//! (I + τ (A_a + k)) u₁ = u + τ (f + b_a), one tridiagonal solve. Its fixed points are those of T.
//!
//! Energy: E(u) = h (½ uᵀ A_a u − b_aᵀ u + ½ uᵀ k u − fᵀ u), of which the equation is the gradient
//! flow, dE/dt = −‖du/dt‖². The implicit step decreases it where A_a + k is positive definite.

use lacuna_core::{Conditions, EvalResult, Evolution, FreeEnergy, Functions, Pool, Tabulated};
use lacuna_grid::solve_tridiagonal;

use super::{DiffusionReaction, check_conductivity, divergence};

pub(super) struct Reaction<'a> {
    model: &'a DiffusionReaction,
    functions: &'a Tabulated,
    conditions: &'a Conditions,
    still: Conditions,
    jumps: Vec<f64>,
    scratch: Vec<f64>,
    off: Vec<f64>,
    diagonal: Vec<f64>,
    pool: Pool<f64>,
}

impl<'a> Reaction<'a> {
    pub(super) fn new(
        model: &'a DiffusionReaction,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Self {
        let n = model.grid.len();
        let still = Conditions { boundary_values: vec![0.0, 0.0], ..conditions.clone() };
        let zeros = |n| vec![0.0; n];
        Self {
            model,
            functions,
            conditions,
            still,
            jumps: zeros(n + 1),
            scratch: zeros(n),
            off: zeros(n + 1),
            diagonal: zeros(n),
            pool: Pool::new(),
        }
    }

    fn of(&self, slot: usize) -> &'a [f64] {
        self.functions.values(slot)
    }

    /// Values at the ends times what multiplies them in b_a, to be added to the first and last node.
    fn end_terms(&self) -> [f64; 2] {
        let a = self.of(DiffusionReaction::CONDUCTIVITY);
        let factor = 2.0 * self.model.grid.cell().powi(-2);
        let ends = &self.conditions.boundary_values;
        [factor * a[0] * ends[0], factor * a[a.len() - 1] * ends[1]]
    }
}

impl Evolution for Reaction<'_> {
    fn weights(&self) -> &[f64] {
        self.model.grid.weights()
    }

    fn mass(&self) -> Option<f64> {
        None
    }

    fn rate(&mut self, u: &[f64], out: &mut [f64]) -> EvalResult {
        self.model.jumps(u, self.conditions, &mut self.jumps);
        divergence(self.of(DiffusionReaction::CONDUCTIVITY), &self.jumps, out);
        let (k, f) = (self.of(DiffusionReaction::RATE), self.of(DiffusionReaction::SOURCE));
        for i in 0..out.len() {
            out[i] = f[i] - k[i] * u[i] - out[i];
        }
        Ok(())
    }

    fn rate_product(&mut self, _: &[f64], v: &[f64], out: &mut [f64]) -> EvalResult {
        self.model.jumps(v, &self.still, &mut self.jumps);
        divergence(self.of(DiffusionReaction::CONDUCTIVITY), &self.jumps, out);
        let k = self.of(DiffusionReaction::RATE);
        for i in 0..out.len() {
            out[i] = -k[i] * v[i] - out[i];
        }
        Ok(())
    }

    fn frozen_step(&mut self, _: &[f64], u: &[f64], time_step: f64, out: &mut [f64]) -> EvalResult {
        let a = self.of(DiffusionReaction::CONDUCTIVITY);
        check_conductivity(a)?;
        let (k, f) = (self.of(DiffusionReaction::RATE), self.of(DiffusionReaction::SOURCE));
        let n = u.len();
        let factor = time_step * self.model.grid.cell().powi(-2);
        for (off, a) in self.off.iter_mut().zip(a) {
            *off = -a * factor;
        }
        for i in 0..n {
            let left = if i == 0 { 2.0 } else { 1.0 } * self.off[i];
            let right = if i + 1 == n { 2.0 } else { 1.0 } * self.off[i + 1];
            self.diagonal[i] = 1.0 + time_step * k[i] - left - right;
            out[i] = u[i] + time_step * f[i];
        }
        let [lower, upper] = self.end_terms();
        out[0] += time_step * lower;
        out[n - 1] += time_step * upper;
        solve_tridiagonal(&self.off[..n], &self.diagonal, &self.off[1..], &mut self.pool, out);
        Ok(())
    }

    fn free_energy(&mut self, u: &[f64]) -> Option<FreeEnergy> {
        self.model.jumps(u, &self.still, &mut self.jumps);
        divergence(self.of(DiffusionReaction::CONDUCTIVITY), &self.jumps, &mut self.scratch);
        let (k, f) = (self.of(DiffusionReaction::RATE), self.of(DiffusionReaction::SOURCE));
        let [lower, upper] = self.end_terms();
        let last = u.len() - 1;
        let (mut value, mut scale) = (0.0, 0.0);
        for (i, (&u, &w)) in u.iter().zip(self.model.grid.weights()).enumerate() {
            let ends = if i == 0 { lower } else { 0.0 } + if i == last { upper } else { 0.0 };
            let quadratic = 0.5 * u * (self.scratch[i] + k[i] * u);
            let linear = u * (f[i] + ends);
            value += w * (quadratic - linear);
            scale += w * (quadratic.abs() + linear.abs());
        }
        Some(FreeEnergy { value, scale })
    }
}
