//! The equation in time: finite volumes with exponential fitting (Scharfetter-Gummel).
//!
//! With ξ = κ W*u + V at the nodes (the same convolution as in T), cells of width h around the
//! nodes, and δ_i = (ξ_{i+1} − ξ_i)/σ across the face between node i and its right neighbour,
//!
//!   du_i/dt = −(F_i − F_{i−1})/h,   F_i = (σ/h) (B(δ_i) u_i − B(−δ_i) u_{i+1}),   B(z) = z/(e^z − 1).
//!
//! F vanishes where u_{i+1}/u_i = e^{−δ_i}: the steady states of the scheme are the fixed points of
//! T on the same grid, to round-off. With ξ frozen the implicit Euler step is a conservative cyclic
//! M-matrix, so it keeps mass and sign for every time step. Of second order in h.
//!
//! Free energy, where W is even: E = ∫ u (σ log u + V + ½ κ W*u). Along solutions E decreases; the
//! frozen step decreases it for every time step where κ Ŵ ≤ 0 (attraction), since
//! E(u₁) − E(u) ≤ ⟨σ log u₁ + V + κ W*u, u₁ − u⟩ + ½ κ ⟨W*(u₁ − u), u₁ − u⟩ and the first term is
//! −τ times a dissipation.
//!
//! Source: Scharfetter and Gummel, IEEE Trans. Electron Devices 16 (1969) 64; Schlichting and Seis,
//! IMA J. Numer. Anal. 42 (2022) 2361.

use lacuna_core::{Conditions, EvalResult, Evolution, FreeEnergy, Functions, Pool, Tabulated};
use lacuna_grid::solve_conservative_cycle;
use num_complex::Complex64;

use super::AggregationDiffusion;

/// A kernel whose mirror images differ by more than this part of its size is not even.
const EVEN: f64 = 1e-10;

pub(super) struct Drift<'a> {
    model: &'a AggregationDiffusion,
    mass: f64,
    diffusion: f64,
    /// Spectrum of κW.
    kernel: Vec<Complex64>,
    is_even: bool,
    potential: &'a [f64],
    /// B(δ_i) and B(−δ_i) at the face right of node i.
    to_right: Vec<f64>,
    to_left: Vec<f64>,
    scratch: Vec<f64>,
    second: Vec<f64>,
    pool: Pool<f64>,
}

impl<'a> Drift<'a> {
    pub(super) fn new(
        model: &'a AggregationDiffusion,
        functions: &'a Tabulated,
        conditions: &Conditions,
    ) -> Self {
        let n = model.grid.len();
        let coupling = functions.values(AggregationDiffusion::COUPLING)[0];
        let mut pool = Pool::new();
        let mut kernel = vec![0.0; n];
        model.unfold(functions.values(AggregationDiffusion::KERNEL), &mut kernel);
        let size = kernel.iter().fold(0.0, |size: f64, w| size.max(w.abs()));
        let is_even = (1..n).all(|j| (kernel[j] - kernel[n - j]).abs() <= EVEN * size);
        kernel.iter_mut().for_each(|w| *w *= coupling);
        let mut spectrum = vec![Complex64::default(); model.convolution.spectrum_len()];
        model.convolution.spectrum(&kernel, &mut pool, &mut spectrum);
        let zeros = || vec![0.0; n];
        Self {
            model,
            mass: conditions.mass,
            diffusion: functions.values(AggregationDiffusion::DIFFUSION)[0],
            kernel: spectrum,
            is_even,
            potential: functions.values(AggregationDiffusion::POTENTIAL),
            to_right: zeros(),
            to_left: zeros(),
            scratch: zeros(),
            second: zeros(),
            pool,
        }
    }

    /// `scratch` becomes κ W*u.
    fn interaction(&mut self, u: &[f64]) {
        let Self { model, kernel, scratch, pool, .. } = self;
        model.convolution.apply_to_spectrum(u, kernel, pool, scratch);
    }

    /// `scratch` becomes δ(u).
    fn jumps(&mut self, u: &[f64]) -> EvalResult {
        super::check_diffusion(self.diffusion)?;
        self.interaction(u);
        self.scratch.iter_mut().zip(self.potential).for_each(|(xi, v)| *xi += v);
        difference(&mut self.scratch, 1.0 / self.diffusion);
        Ok(())
    }

    fn face_weights(&mut self, u: &[f64]) -> EvalResult {
        self.jumps(u)?;
        let faces = self.to_right.iter_mut().zip(&mut self.to_left).zip(&self.scratch);
        for ((right, left), &jump) in faces {
            let Bernoulli { here, opposite } = bernoulli(jump);
            (*right, *left) = (here, opposite);
        }
        Ok(())
    }

    /// σ/h².
    fn exchange(&self) -> f64 {
        self.diffusion / self.model.grid.cell().powi(2)
    }
}

/// `x_i` becomes (x_{i+1} − x_i) · factor, on the circle.
fn difference(x: &mut [f64], factor: f64) {
    let first = x[0];
    let last = x.len() - 1;
    for i in 0..last {
        x[i] = (x[i + 1] - x[i]) * factor;
    }
    x[last] = (first - x[last]) * factor;
}

/// B(z) and B(−z).
struct Bernoulli {
    here: f64,
    opposite: f64,
}

/// Without cancellation: B(−|z|) = B(|z|) + |z|.
fn bernoulli(z: f64) -> Bernoulli {
    let size = z.abs();
    let small = if size < 1e-6 { 1.0 - 0.5 * size } else { size / size.exp_m1() };
    let large = small + size;
    if z < 0.0 {
        Bernoulli { here: large, opposite: small }
    } else {
        Bernoulli { here: small, opposite: large }
    }
}

/// B'(z) = B(z) (1 − B(−z))/z, by its series near 0.
fn bernoulli_slope(z: f64) -> f64 {
    if z.abs() < 0.05 {
        let square = z * z;
        -0.5 + z * (1.0 / 6.0 - square * (1.0 / 180.0 - square / 5040.0))
    } else {
        let Bernoulli { here, opposite } = bernoulli(z);
        here * (1.0 - opposite) / z
    }
}

/// `out_i = −exchange (flux_i − flux_{i−1})`.
fn divergence(flux: &[f64], exchange: f64, out: &mut [f64]) {
    let mut before = flux[flux.len() - 1];
    for (out, &flux) in out.iter_mut().zip(flux) {
        *out = exchange * (before - flux);
        before = flux;
    }
}

impl Evolution for Drift<'_> {
    fn weights(&self) -> &[f64] {
        self.model.grid.weights()
    }

    fn mass(&self) -> Option<f64> {
        Some(self.mass)
    }

    fn rate(&mut self, u: &[f64], out: &mut [f64]) -> EvalResult {
        self.face_weights(u)?;
        let n = u.len();
        for i in 0..n {
            let next = if i + 1 == n { u[0] } else { u[i + 1] };
            self.second[i] = self.to_right[i] * u[i] - self.to_left[i] * next;
        }
        divergence(&self.second, self.exchange(), out);
        Ok(())
    }

    fn rate_product(&mut self, u: &[f64], v: &[f64], out: &mut [f64]) -> EvalResult {
        self.jumps(u)?;
        let (n, inverse) = (u.len(), 1.0 / self.diffusion);
        let mut moved = self.pool.take_reals(n);
        self.model.convolution.apply_to_spectrum(v, &self.kernel, &mut self.pool, &mut moved);
        difference(&mut moved, inverse);
        for i in 0..n {
            let next = if i + 1 == n { 0 } else { i + 1 };
            let Bernoulli { here, opposite } = bernoulli(self.scratch[i]);
            let slope = bernoulli_slope(self.scratch[i]);
            // d/dδ of −B(−δ) is B'(−δ) = −1 − B'(δ).
            let turn = slope * u[i] - (1.0 + slope) * u[next];
            self.second[i] = here * v[i] - opposite * v[next] + turn * moved[i];
        }
        divergence(&self.second, self.exchange(), out);
        self.pool.give_reals(moved);
        Ok(())
    }

    fn frozen_step(
        &mut self,
        frozen: &[f64],
        u: &[f64],
        time_step: f64,
        out: &mut [f64],
    ) -> EvalResult {
        self.face_weights(frozen)?;
        let factor = time_step * self.exchange();
        self.to_right.iter_mut().for_each(|rate| *rate *= factor);
        self.to_left.iter_mut().for_each(|rate| *rate *= factor);
        out.copy_from_slice(u);
        solve_conservative_cycle(&self.to_right, &self.to_left, &mut self.pool, out);
        Ok(())
    }

    fn free_energy(&mut self, u: &[f64]) -> Option<FreeEnergy> {
        if !self.is_even {
            return None;
        }
        self.interaction(u);
        let (mut value, mut scale) = (0.0, 0.0);
        let nodes = u.iter().zip(self.model.grid.weights()).zip(&self.scratch).zip(self.potential);
        for (((&u, &w), &interaction), &v) in nodes {
            let entropy = if u > 0.0 { self.diffusion * u * u.ln() } else { 0.0 };
            let potential = u * (v + 0.5 * interaction);
            value += w * (entropy + potential);
            // Rounding of u changes u ln u by (1 + ln u) of it.
            let rounded = entropy.abs() + self.diffusion * u;
            scale += w * (rounded + u * (v.abs() + 0.5 * interaction.abs()));
        }
        Some(FreeEnergy { value, scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_a_face_are_those_of_exponential_fitting() {
        for z in [-700.0, -30.0, -1.0, -0.049, -1e-3, -1e-7, 0.0, 1e-7, 0.05, 2.0, 40.0, 690.0] {
            let Bernoulli { here, opposite } = bernoulli(z);
            assert!(here >= 0.0 && opposite >= 0.0);
            assert!((opposite - here - z).abs() <= 1e-15 * (1.0 + z.abs()));
            // B(z) e^z = B(−z).
            if z.abs() < 30.0 {
                assert!((here * z.exp() - opposite).abs() < 1e-13 * opposite.max(1.0));
            }
            let step = 1e-5;
            let slope = (bernoulli(z + step).here - bernoulli(z - step).here) / (2.0 * step);
            assert!((bernoulli_slope(z) - slope).abs() < 1e-8, "{z}");
        }
    }
}
