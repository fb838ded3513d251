//! T with W, V, σ and κ held fixed: the spectrum of κW/σ is computed once.
//!
//! With C v = κ (W*v)/σ, p = h T/M and ⟨p, ·⟩ = Σ p_i ·, so that Σ p_i = 1,
//!
//! - (∂T/∂u) v = −T ∘ (C v − ⟨p, C v⟩): two transforms and no exponential;
//! - (∂T/∂u)ᵀ y = −Cᵀ (T ∘ y − p ⟨T, y⟩).

use lacuna_core::sums::dot;
use lacuna_core::{Conditions, EvalResult, Functions, Pool, StateMap, Tabulated};
use num_complex::Complex64;

use super::AggregationDiffusion;

pub(super) struct FixedFunctions<'a> {
    model: &'a AggregationDiffusion,
    mass: f64,
    diffusion: f64,
    /// Spectrum of κW/σ.
    kernel: Vec<Complex64>,
    /// V/σ.
    potential: Vec<f64>,
    /// T at the state of the derivative.
    density: Vec<f64>,
    /// p there.
    share: Vec<f64>,
    scratch: Vec<f64>,
    pool: Pool<f64>,
}

impl<'a> FixedFunctions<'a> {
    pub(super) fn new(
        model: &'a AggregationDiffusion,
        functions: &'a Tabulated,
        conditions: &Conditions,
    ) -> Self {
        let n = model.grid.len();
        let scalar = |slot| functions.values(slot)[0];
        let diffusion = scalar(AggregationDiffusion::DIFFUSION);
        let strength = scalar(AggregationDiffusion::COUPLING) / diffusion;
        let mut pool = Pool::new();
        let mut kernel = vec![0.0; n];
        model.unfold(functions.values(AggregationDiffusion::KERNEL), &mut kernel);
        kernel.iter_mut().for_each(|w| *w *= strength);
        let mut spectrum = vec![Complex64::default(); model.convolution.spectrum_len()];
        model.convolution.spectrum(&kernel, &mut pool, &mut spectrum);
        let potential = functions.values(AggregationDiffusion::POTENTIAL);
        Self {
            model,
            mass: conditions.mass,
            diffusion,
            kernel: spectrum,
            potential: potential.iter().map(|v| v / diffusion).collect(),
            density: vec![0.0; n],
            share: vec![0.0; n],
            scratch: vec![0.0; n],
            pool,
        }
    }
}

impl StateMap for FixedFunctions<'_> {
    fn map(&mut self, u: &[f64], out: &mut [f64]) -> EvalResult {
        super::check_diffusion(self.diffusion)?;
        self.model.convolution.apply_to_spectrum(u, &self.kernel, &mut self.pool, out);
        out.iter_mut().zip(&self.potential).for_each(|(out, v)| *out += v);
        let weights = self.model.grid.weights();
        super::gibbs(self.mass, |density| dot(weights, density), out)
    }

    fn set_state(&mut self, _: &[f64], map: &[f64]) {
        self.density.copy_from_slice(map);
        let weights = self.model.grid.weights();
        for ((share, t), w) in self.share.iter_mut().zip(map).zip(weights) {
            *share = w * t / self.mass;
        }
    }

    fn product(&mut self, v: &[f64], out: &mut [f64]) -> EvalResult {
        self.model.convolution.apply_to_spectrum(v, &self.kernel, &mut self.pool, out);
        let level = dot(&self.share, out);
        for (out, t) in out.iter_mut().zip(&self.density) {
            *out = t * (level - *out);
        }
        Ok(())
    }

    fn adjoint_product(&mut self, y: &[f64], out: &mut [f64]) -> EvalResult {
        let total = dot(&self.density, y);
        let parts = self.density.iter().zip(&self.share).zip(y);
        for (scratch, ((t, p), y)) in self.scratch.iter_mut().zip(parts) {
            *scratch = p * total - t * y;
        }
        let Self { model, kernel, scratch, pool, .. } = self;
        model.convolution.correlate_with_spectrum(scratch, kernel, pool, out);
        Ok(())
    }
}
