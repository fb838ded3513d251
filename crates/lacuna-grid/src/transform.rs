//! The fast Fourier transform of real periodic samples, with buffers from a pool.
//!
//! forward: X_k = Σ_j x_j e^{−2πijk/n}, k = 0…n/2; inverse, not normalised: x_j = Σ_k X_k e^{2πijk/n}
//! over all n frequencies. Two real vectors x, y share one complex transform of x + i y.
//! Source: the crates `realfft` and `rustfft`.

use std::fmt;
use std::sync::Arc;

use lacuna_core::elementary::vectorised;
use lacuna_core::{Pool, Scalar};
use num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};

/// Planned transforms of length n.
#[derive(Clone)]
pub(crate) struct Transform {
    n: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    pair_forward: Arc<dyn Fft<f64>>,
    pair_inverse: Arc<dyn Fft<f64>>,
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transform").field("n", &self.n).finish_non_exhaustive()
    }
}

impl Transform {
    pub(crate) fn new(n: usize) -> Self {
        let mut real = RealFftPlanner::new();
        let mut complex = FftPlanner::new();
        Self {
            n,
            forward: real.plan_fft_forward(n),
            inverse: real.plan_fft_inverse(n),
            pair_forward: complex.plan_fft_forward(n),
            pair_inverse: complex.plan_fft_inverse(n),
        }
    }

    /// n.
    pub(crate) fn len(&self) -> usize {
        self.n
    }

    /// n/2 + 1.
    pub(crate) fn spectrum_len(&self) -> usize {
        self.n / 2 + 1
    }

    /// `out` = X for `x` of length n.
    pub(crate) fn forward<D: Scalar>(&self, x: &[f64], pool: &mut Pool<D>, out: &mut [Complex64]) {
        let mut input = pool.take_reals(self.n);
        input.copy_from_slice(x);
        self.forward_in_place(&mut input, pool, out);
        pool.give_reals(input);
    }

    /// The same; `x` is overwritten.
    pub(crate) fn forward_in_place<D: Scalar>(
        &self,
        x: &mut [f64],
        pool: &mut Pool<D>,
        out: &mut [Complex64],
    ) {
        let mut scratch = pool.take_complexes(self.forward.get_scratch_len());
        self.forward
            .process_with_scratch(x, out, &mut scratch)
            .unwrap_or_else(|_| unreachable!("buffer lengths are fixed by the plan"));
        pool.give_complexes(scratch);
    }

    /// `out` = n x for the spectrum of x, which is overwritten.
    pub(crate) fn inverse<D: Scalar>(
        &self,
        spectrum: &mut [Complex64],
        pool: &mut Pool<D>,
        out: &mut [f64],
    ) {
        // A real signal has real entries at zero and, for even n, at the highest frequency.
        spectrum[0].im = 0.0;
        if self.n.is_multiple_of(2) {
            spectrum[self.n / 2].im = 0.0;
        }
        let mut scratch = pool.take_complexes(self.inverse.get_scratch_len());
        self.inverse
            .process_with_scratch(spectrum, out, &mut scratch)
            .unwrap_or_else(|_| unreachable!("buffer lengths are fixed by the plan"));
        pool.give_complexes(scratch);
    }

    /// Multiplies the spectra of x and y by n `scale factors` (length n/2 + 1), given z = x + i y of
    /// length n: one transform each way for both.
    pub(crate) fn filter_pair<D: Scalar>(
        &self,
        z: &mut [Complex64],
        factors: &[Complex64],
        scale: f64,
        pool: &mut Pool<D>,
    ) {
        let room = self.pair_forward.get_inplace_scratch_len();
        let mut scratch =
            pool.take_complexes(room.max(self.pair_inverse.get_inplace_scratch_len()));
        self.pair_forward.process_with_scratch(z, &mut scratch);
        let (positive, negative) = z.split_at_mut(factors.len());
        vectorised(|| {
            for (z, f) in positive.iter_mut().zip(factors) {
                *z *= f * scale;
            }
            // Frequency −k has the conjugate factor.
            for (z, f) in negative.iter_mut().rev().zip(&factors[1..]) {
                *z *= f.conj() * scale;
            }
        });
        self.pair_inverse.process_with_scratch(z, &mut scratch);
        pool.give_complexes(scratch);
    }
}
