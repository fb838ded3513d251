//! Independent counts c with means ν = E μ, E the exposure: φ = Σ ν − c ln ν, r = (ν − c)/√ν,
//! D = E/√ν.

use std::sync::Arc;

use lacuna_core::EvalResult;

use super::ln_gamma::ln_gamma;
use super::{Likelihood, Weighting, check_counts, check_positive, check_shape, select};
use crate::random::Random;

#[derive(Clone, Debug)]
pub(super) struct Poisson {
    counts: Vec<f64>,
    exposure: f64,
}

impl Poisson {
    pub(super) fn new(len: usize, counts: Vec<f64>, exposure: f64) -> EvalResult<Self> {
        check_shape("counts", counts.len(), len)?;
        check_counts(&counts)?;
        check_positive("exposure", &[exposure])?;
        Ok(Self { counts, exposure })
    }
}

impl Likelihood for Poisson {
    fn evaluate(&self, values: &mut [f64]) -> EvalResult<f64> {
        check_positive("expected count", values)?;
        let mut phi = 0.0;
        for (value, c) in values.iter_mut().zip(&self.counts) {
            let mean = self.exposure * *value;
            phi += mean - c * mean.ln();
            *value = (mean - c) / mean.sqrt();
        }
        Ok(phi)
    }

    fn weighting(&self, mut predicted: Vec<f64>) -> Weighting {
        for d in &mut predicted {
            *d = (self.exposure / *d).sqrt();
        }
        Weighting { diagonal: predicted, direction: None }
    }

    fn n_data(&self) -> usize {
        self.counts.len()
    }

    fn n_observed(&self) -> usize {
        self.counts.iter().sum::<f64>().round() as usize
    }

    fn predicted(&self, predicted: &[f64], out: &mut [f64]) {
        for (out, mu) in out.iter_mut().zip(predicted) {
            *out = self.exposure * mu;
        }
    }

    fn log_density(&self, predicted: &[f64]) -> Vec<f64> {
        let density = |(c, mu): (&f64, &f64)| {
            let mean = self.exposure * mu;
            c * mean.ln() - mean - ln_gamma(c + 1.0)
        };
        self.counts.iter().zip(predicted).map(density).collect()
    }

    fn expected_counts(&self, predicted: &[f64]) -> Option<Vec<f64>> {
        Some(predicted.iter().map(|mu| self.exposure * mu).collect())
    }

    fn subset(&self, data: &[usize]) -> Arc<dyn Likelihood> {
        Arc::new(Self { counts: select(&self.counts, data), exposure: self.exposure })
    }

    fn exact(&self, predicted: &[f64], precision: f64) -> Arc<dyn Likelihood> {
        let exposure = self.exposure / (precision * precision);
        let counts = predicted.iter().map(|mu| exposure * mu).collect();
        Arc::new(Self { counts, exposure })
    }

    fn resample(&self, predicted: &[f64], random: &mut Random) -> Arc<dyn Likelihood> {
        let counts = predicted.iter().map(|mu| draw(self.exposure * mu, random)).collect();
        Arc::new(Self { counts, exposure: self.exposure })
    }
}

/// A Poisson count by inversion, the outcomes taken from the mode outwards: of order √mean steps.
fn draw(mean: f64, random: &mut Random) -> f64 {
    let mode = mean.floor();
    let at_mode = (mode * mean.ln() - mean - ln_gamma(mode + 1.0)).exp();
    let mut rest = random.uniform() - at_mode;
    let (mut above, mut below) = (mode, mode);
    let (mut p_above, mut p_below) = (at_mode, at_mode);
    while rest >= 0.0 && p_above + p_below > 0.0 {
        above += 1.0;
        p_above *= mean / above;
        rest -= p_above;
        if rest < 0.0 {
            return above;
        }
        p_below *= below / mean;
        below -= 1.0;
        rest -= p_below;
        if rest < 0.0 {
            return below;
        }
    }
    mode
}
