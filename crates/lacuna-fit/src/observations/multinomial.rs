//! Counts of N individuals over bins, given N: p = μ/S, S = Σμ, N = Σc, φ = −Σ c ln p.
//!
//! With s = √p, a unit vector, and the residuals r = √N (p − c/N)/s, Σ s r = 0. The derivative
//! ∂φ/∂μ = N/S − c/μ is D r with D = √N s/μ, and the Fisher information N (diag 1/(S μ) − 1 1ᵀ/S²)
//! is D (I − s sᵀ) D, so that K = (I − s sᵀ) D L: the projection leaves r as it is.

use std::sync::Arc;

use lacuna_core::EvalResult;

use super::ln_gamma::ln_gamma;
use super::{Likelihood, Weighting, check_positive, select};
use crate::random::Random;

#[derive(Clone, Debug)]
pub(super) struct Multinomial {
    counts: Vec<f64>,
    total: f64,
}

impl Multinomial {
    /// Counts that need not be whole numbers.
    pub(super) fn new(counts: Vec<f64>) -> Self {
        let total = counts.iter().sum();
        Self { counts, total }
    }
}

impl Likelihood for Multinomial {
    fn evaluate(&self, values: &mut [f64]) -> EvalResult<f64> {
        check_positive("expected count", values)?;
        let sum: f64 = values.iter().sum();
        let mut phi = 0.0;
        for (value, c) in values.iter_mut().zip(&self.counts) {
            let mean = self.total * *value / sum;
            phi -= c * (*value / sum).ln();
            *value = if self.total > 0.0 { (mean - c) / mean.sqrt() } else { 0.0 };
        }
        Ok(phi)
    }

    fn weighting(&self, mut predicted: Vec<f64>) -> Weighting {
        let sum: f64 = predicted.iter().sum();
        let direction = predicted.iter().map(|mu| (mu / sum).sqrt()).collect();
        for d in &mut predicted {
            *d = (self.total / (sum * *d)).sqrt();
        }
        Weighting { diagonal: predicted, direction: Some(direction) }
    }

    fn n_data(&self) -> usize {
        self.counts.len()
    }

    fn n_observed(&self) -> usize {
        self.total.round() as usize
    }

    fn predicted(&self, predicted: &[f64], out: &mut [f64]) {
        let sum: f64 = predicted.iter().sum();
        for (out, mu) in out.iter_mut().zip(predicted) {
            *out = self.total * mu / sum;
        }
    }

    fn log_density(&self, predicted: &[f64]) -> Vec<f64> {
        let sum: f64 = predicted.iter().sum();
        let per_individual =
            if self.total > 0.0 { ln_gamma(self.total + 1.0) / self.total } else { 0.0 };
        let density =
            |(c, mu): (&f64, &f64)| c * ((mu / sum).ln() + per_individual) - ln_gamma(c + 1.0);
        self.counts.iter().zip(predicted).map(density).collect()
    }

    fn expected_counts(&self, predicted: &[f64]) -> Option<Vec<f64>> {
        let mut out = vec![0.0; predicted.len()];
        self.predicted(predicted, &mut out);
        Some(out)
    }

    fn subset(&self, data: &[usize]) -> Arc<dyn Likelihood> {
        Arc::new(Self::new(select(&self.counts, data)))
    }

    fn exact(&self, predicted: &[f64], precision: f64) -> Arc<dyn Likelihood> {
        let sum: f64 = predicted.iter().sum();
        let total = self.total / (precision * precision);
        Arc::new(Self::new(predicted.iter().map(|mu| total * mu / sum).collect()))
    }

    fn resample(&self, predicted: &[f64], random: &mut Random) -> Arc<dyn Likelihood> {
        let mut sum = 0.0;
        let ends: Vec<f64> = predicted
            .iter()
            .map(|mu| {
                sum += mu;
                sum
            })
            .collect();
        let mut counts = vec![0.0; predicted.len()];
        for _ in 0..self.n_observed() {
            let place = sum * random.uniform();
            let bin = ends.partition_point(|&end| end <= place);
            counts[bin.min(predicted.len() - 1)] += 1.0;
        }
        Arc::new(Self::new(counts))
    }
}
