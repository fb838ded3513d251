//! The evolution linearised at a steady state u.
//!
//! L v = ∇·(σ∇v + κ v ∇(W*u) + κ u ∇(W*v) + v ∇V) = −A H v, with A = −∇·(u ∇·), H = σ/u + κ W*,
//! both acting on functions of zero mean. Since (I − ∂T/∂u) v = (u/σ) Π H v, Π h = h − ∫u h/∫u,
//!
//!   L = −B⁻¹ (I − ∂T/∂u),  B f = (u/σ) Π A⁻¹ f,
//!
//! and A⁻¹ f = φ is two integrations: u φ' = −F − c with F' = f, and c such that ∫φ' = 0.
//!
//! A is symmetric and positive whatever positive u it is made with, so for an even W the signs of
//! the eigenvalues of L = −A H are those of H alone. Where u spans more digits than the
//! integrations keep, A is therefore made with u + 1e-8 max u.

use lacuna_core::sums::dot;
use lacuna_core::{Functions, Pool, Tabulated};

use super::AggregationDiffusion;

/// Smallest density in A, relative to the largest.
const RANGE: f64 = 1e-8;
/// V varies if its range is above this part of σ + max |V|.
const CONSTANT: f64 = 1e-14;

impl AggregationDiffusion {
    /// Whether V does not depend on x.
    pub(super) fn is_translation_invariant(&self, functions: &Tabulated) -> bool {
        let potential = functions.values(Self::POTENTIAL);
        let lowest = potential.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = potential.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let scale = functions.values(Self::DIFFUSION)[0].abs() + highest.abs();
        highest - lowest <= CONSTANT * scale
    }

    /// `rate` becomes B `rate`.
    pub(super) fn undo_transport(
        &self,
        u: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        rate: &mut [f64],
    ) {
        let n = u.len();
        let largest = u.iter().copied().fold(0.0, f64::max);
        let smallest = u.iter().copied().fold(f64::INFINITY, f64::min);
        let floor = if smallest < RANGE * largest { RANGE * largest } else { 0.0 };
        let mut flux = pool.take_reals(n);
        let mut resistance = pool.take_reals(n);
        self.derivative.integrate(rate, pool, &mut flux);
        for (resistance, u) in resistance.iter_mut().zip(u) {
            *resistance = (u + floor).recip();
        }
        let level = dot(&flux, &resistance) / resistance.iter().sum::<f64>();
        for (flux, resistance) in flux.iter_mut().zip(&resistance) {
            *flux = (level - *flux) * resistance;
        }
        self.derivative.integrate(&flux, pool, rate);
        let mean = dot(u, rate) / u.iter().sum::<f64>();
        let diffusion = functions.values(Self::DIFFUSION)[0];
        for (rate, u) in rate.iter_mut().zip(u) {
            *rate = u / diffusion * (*rate - mean);
        }
        pool.give_reals(flux);
        pool.give_reals(resistance);
    }
}
