//! Independent normal errors: φ = ½‖r‖², r = (μ − y)/s, D = 1/s.

use std::f64::consts::TAU;
use std::sync::Arc;

use lacuna_core::EvalResult;

use super::{Likelihood, LinearResiduals, Weighting, check, check_positive, check_shape, select};
use crate::random::Random;

#[derive(Clone, Debug)]
pub(super) struct Gaussian {
    pub(super) values: Vec<f64>,
    pub(super) sd: Vec<f64>,
}

impl Gaussian {
    pub(super) fn new(len: usize, values: Vec<f64>, sd: Vec<f64>) -> EvalResult<Self> {
        check_shape("values", values.len(), len)?;
        check_shape("standard deviations", sd.len(), len)?;
        check("value", &values, "finite", f64::is_finite)?;
        check_positive("standard deviation", &sd)?;
        Ok(Self { values, sd })
    }
}

impl Likelihood for Gaussian {
    fn evaluate(&self, values: &mut [f64]) -> EvalResult<f64> {
        for ((r, y), sd) in values.iter_mut().zip(&self.values).zip(&self.sd) {
            *r = (*r - y) / sd;
        }
        Ok(0.5 * values.iter().map(|r| r * r).sum::<f64>())
    }

    fn weighting(&self, _predicted: Vec<f64>) -> Weighting {
        Weighting { diagonal: self.sd.iter().map(|sd| 1.0 / sd).collect(), direction: None }
    }

    fn linear_residuals(&self) -> Option<LinearResiduals> {
        let scale: Vec<f64> = self.sd.iter().map(|sd| 1.0 / sd).collect();
        let at_zero = self.values.iter().zip(&scale).map(|(y, d)| -y * d).collect();
        Some(LinearResiduals { scale, at_zero })
    }

    fn n_data(&self) -> usize {
        self.values.len()
    }

    fn predicted(&self, predicted: &[f64], out: &mut [f64]) {
        out.copy_from_slice(predicted);
    }

    fn log_density(&self, predicted: &[f64]) -> Vec<f64> {
        let data = self.values.iter().zip(&self.sd).zip(predicted);
        let density = |((y, sd), mu): ((&f64, &f64), &f64)| {
            -0.5 * ((mu - y) / sd).powi(2) - sd.ln() - 0.5 * TAU.ln()
        };
        data.map(density).collect()
    }

    fn subset(&self, data: &[usize]) -> Arc<dyn Likelihood> {
        Arc::new(Self { values: select(&self.values, data), sd: select(&self.sd, data) })
    }

    fn resample(&self, predicted: &[f64], random: &mut Random) -> Arc<dyn Likelihood> {
        let draw = |(mu, sd): (&f64, &f64)| mu + sd * random.normal();
        let values = predicted.iter().zip(&self.sd).map(draw).collect();
        Arc::new(Self { values, sd: self.sd.clone() })
    }

    fn exact(&self, predicted: &[f64], precision: f64) -> Arc<dyn Likelihood> {
        let sd = self.sd.iter().map(|sd| sd * precision).collect();
        Arc::new(Self { values: predicted.to_vec(), sd })
    }

    fn with_noise_scaled(&self, factor: f64) -> Option<Arc<dyn Likelihood>> {
        let sd = self.sd.iter().map(|sd| sd * factor).collect();
        Some(Arc::new(Self { values: self.values.clone(), sd }))
    }
}
