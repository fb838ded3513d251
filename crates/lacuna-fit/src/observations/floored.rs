//! Independent normal errors of which the level grows with the value, above a floor:
//! v(μ) = s₀² + (ρ μ)².
//!
//! The level is that of the predicted value: weights from the data would count low values as precise
//! and pull every fit down. With t = (μ − y)/√v, g = v'/v = 2ρ²μ/v,
//!
//! ```text
//! φ = ½ Σ t² + ln v,   ∂φ/∂μ = t/√v + ½ g (1 − t²),   Fisher information D² = 1/v + ½ g²,
//! r = D⁻¹ ∂φ/∂μ.
//! ```
//!
//! Residuals for checks are t.
//!
//! Source: Carroll and Ruppert, Transformation and Weighting in Regression (1988), chapters 2 and 3.

use std::f64::consts::TAU;
use std::sync::Arc;

use lacuna_core::EvalResult;

use super::gaussian::Gaussian;
use super::{Likelihood, Weighting, check, check_positive, check_shape, select};
use crate::random::Random;

#[derive(Clone, Debug)]
pub(super) struct Floored {
    values: Vec<f64>,
    /// ρ.
    relative: f64,
    /// s₀.
    floor: f64,
}

impl Floored {
    pub(super) fn new(len: usize, values: Vec<f64>, relative: f64, floor: f64) -> EvalResult<Self> {
        check_shape("values", values.len(), len)?;
        check("value", &values, "finite", f64::is_finite)?;
        check_positive("relative standard deviation", &[relative])?;
        check_positive("floor of the standard deviation", &[floor])?;
        Ok(Self { values, relative, floor })
    }

    fn variance(&self, mu: f64) -> f64 {
        self.floor * self.floor + (self.relative * mu).powi(2)
    }

    /// g = v'/v.
    fn growth(&self, mu: f64) -> f64 {
        2.0 * self.relative * self.relative * mu / self.variance(mu)
    }

    fn information(&self, mu: f64) -> f64 {
        1.0 / self.variance(mu) + 0.5 * self.growth(mu).powi(2)
    }
}

impl Likelihood for Floored {
    fn evaluate(&self, values: &mut [f64]) -> EvalResult<f64> {
        let mut phi = 0.0;
        for (r, y) in values.iter_mut().zip(&self.values) {
            let (mu, v) = (*r, self.variance(*r));
            let t = (mu - y) / v.sqrt();
            // In units of the floor, so that φ has none.
            phi += 0.5 * t * t + 0.5 * (v / (self.floor * self.floor)).ln();
            let score = t / v.sqrt() + 0.5 * self.growth(mu) * (1.0 - t * t);
            *r = score / self.information(mu).sqrt();
        }
        Ok(phi)
    }

    fn weighting(&self, mut predicted: Vec<f64>) -> Weighting {
        predicted.iter_mut().for_each(|mu| *mu = self.information(*mu).sqrt());
        Weighting { diagonal: predicted, direction: None }
    }

    fn is_curved(&self) -> bool {
        true
    }

    fn curvature(&self, predicted: &[f64]) -> Option<Vec<f64>> {
        let of = |(mu, y): (&f64, &f64)| {
            let (v, g) = (self.variance(*mu), self.growth(*mu));
            let t = (mu - y) / v.sqrt();
            // g' = 2ρ²/v − g².
            let slope = 2.0 * self.relative * self.relative / v - g * g;
            // ∂t/∂μ = 1/√v − ½ g t.
            let by = 1.0 / v.sqrt() - 0.5 * g * t;
            by / v.sqrt() - 0.5 * g * t / v.sqrt() + 0.5 * slope * (1.0 - t * t) - g * t * by
        };
        Some(predicted.iter().zip(&self.values).map(of).collect())
    }

    fn standardise(&self, values: &mut [f64]) -> EvalResult<Option<Vec<f64>>> {
        let mut slopes = Vec::with_capacity(values.len());
        for (r, y) in values.iter_mut().zip(&self.values) {
            let sd = self.variance(*r).sqrt();
            *r = (*r - y) / sd;
            // In the mean: ∂t/∂μ also holds −½ g t.
            slopes.push(1.0 / sd);
        }
        Ok(Some(slopes))
    }

    fn n_data(&self) -> usize {
        self.values.len()
    }

    fn predicted(&self, predicted: &[f64], out: &mut [f64]) {
        out.copy_from_slice(predicted);
    }

    fn log_density(&self, predicted: &[f64]) -> Vec<f64> {
        let of = |(mu, y): (&f64, &f64)| {
            let v = self.variance(*mu);
            -0.5 * (mu - y).powi(2) / v - 0.5 * (TAU * v).ln()
        };
        predicted.iter().zip(&self.values).map(of).collect()
    }

    fn subset(&self, data: &[usize]) -> Arc<dyn Likelihood> {
        Arc::new(Self { values: select(&self.values, data), ..*self })
    }

    fn resample(&self, predicted: &[f64], random: &mut Random) -> Arc<dyn Likelihood> {
        let draw = |mu: &f64| mu + self.variance(*mu).sqrt() * random.normal();
        Arc::new(Self { values: predicted.iter().map(draw).collect(), ..*self })
    }

    fn exact(&self, predicted: &[f64], precision: f64) -> Arc<dyn Likelihood> {
        // With levels that do not answer to μ: the score of exact data is then zero.
        let sd = predicted.iter().map(|mu| precision * self.variance(*mu).sqrt()).collect();
        Arc::new(Gaussian { values: predicted.to_vec(), sd })
    }

    fn with_noise_scaled(&self, factor: f64) -> Option<Arc<dyn Likelihood>> {
        let (relative, floor) = (self.relative * factor, self.floor * factor);
        Some(Arc::new(Self { values: self.values.clone(), relative, floor }))
    }
}
