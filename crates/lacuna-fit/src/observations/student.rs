//! Independent errors of Student's t distribution: heavy tails, so that outliers count little.
//!
//! With t = (μ − y)/s, s the scale, ν the degrees of freedom and the weights w = (ν + 1)/(ν + t²),
//!
//! ```text
//! φ = ½(ν + 1) Σ ln(1 + t²/ν),   ∂φ/∂μ = w t/s,   D = √w/s,   r = √w t,
//! ∂²φ/∂μ² = w (ν − t²)/(ν + t²)/s²,               negative for |t| > √ν.
//! ```
//!
//! t is a normal variable over √(χ²_ν/ν); w is the mean of that χ²/ν once t is known, and the sum ½‖r‖² with
//! the weights held is above φ but for a constant (iteratively reweighted least squares, an EM
//! algorithm): steps of it always descend. ‖r‖² = m is where φ + m ln s is stationary in s, so that unknown
//! scales are found from ‖r‖² as those of normal errors are. KᵀK knows the weights and is too large, in the
//! mean by (ν + 3)/(ν + 1): what the data say of μ is ∂²φ/∂μ², in the mean (ν + 1)/((ν + 3) s²). Residuals for checks are normal scores Φ⁻¹(F(t)),
//! F the distribution of t: standard normal where all is right.
//!
//! Source: Lange, Little and Taylor, J. Amer. Statist. Assoc. 84 (1989) 881; Dunn and Smyth, J. Comput.
//! Graph. Stat. 5 (1996) 236.

use std::f64::consts::{PI, TAU};
use std::sync::Arc;

use lacuna_core::EvalResult;

use super::ln_gamma::ln_gamma;
use super::{Likelihood, Weighting, check, check_positive, check_shape, select};
use crate::normal::normal_quantile;
use crate::random::Random;

#[derive(Clone, Debug)]
pub(super) struct Student {
    values: Vec<f64>,
    /// s.
    scale: Vec<f64>,
    /// ν.
    freedom: f64,
}

impl Student {
    pub(super) fn new(
        len: usize,
        values: Vec<f64>,
        scale: Vec<f64>,
        freedom: f64,
    ) -> EvalResult<Self> {
        check_shape("values", values.len(), len)?;
        check_shape("scales", scale.len(), len)?;
        check("value", &values, "finite", f64::is_finite)?;
        check_positive("scale", &scale)?;
        check_positive("degrees of freedom", &[freedom])?;
        Ok(Self { values, scale, freedom })
    }

    /// t of every datum.
    fn deviations<'a>(&'a self, predicted: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let data = self.values.iter().zip(&self.scale).zip(predicted);
        data.map(|((y, s), mu)| (mu - y) / s)
    }

    /// w.
    fn weight(&self, t: f64) -> f64 {
        (self.freedom + 1.0) / (self.freedom + t * t)
    }

    /// ln of the density of t at 0.
    fn log_constant(&self) -> f64 {
        let nu = self.freedom;
        ln_gamma(0.5 * (nu + 1.0)) - ln_gamma(0.5 * nu) - 0.5 * (nu * PI).ln()
    }

    fn with_scale(&self, factor: f64) -> Self {
        let scale = self.scale.iter().map(|s| s * factor).collect();
        Self { scale, ..self.clone() }
    }
}

impl Likelihood for Student {
    fn evaluate(&self, values: &mut [f64]) -> EvalResult<f64> {
        let nu = self.freedom;
        let mut phi = 0.0;
        for ((r, y), s) in values.iter_mut().zip(&self.values).zip(&self.scale) {
            let t = (*r - y) / s;
            phi += 0.5 * (nu + 1.0) * (t * t / nu).ln_1p();
            *r = self.weight(t).sqrt() * t;
        }
        Ok(phi)
    }

    fn weighting(&self, predicted: Vec<f64>) -> Weighting {
        let deviations = self.deviations(&predicted).zip(&self.scale);
        let diagonal = deviations.map(|(t, s)| self.weight(t).sqrt() / s).collect();
        Weighting { diagonal, direction: None }
    }

    fn expected(&self, _predicted: &[f64]) -> Option<Vec<f64>> {
        let root = ((self.freedom + 1.0) / (self.freedom + 3.0)).sqrt();
        Some(self.scale.iter().map(|s| root / s).collect())
    }

    fn is_curved(&self) -> bool {
        true
    }

    fn curvature(&self, predicted: &[f64]) -> Option<Vec<f64>> {
        let nu = self.freedom;
        let of = |(t, s): (f64, &f64)| self.weight(t) * (nu - t * t) / (nu + t * t) / (s * s);
        Some(self.deviations(predicted).zip(&self.scale).map(of).collect())
    }

    fn standardise(&self, values: &mut [f64]) -> EvalResult<Option<Vec<f64>>> {
        let mut slopes = Vec::with_capacity(values.len());
        for ((r, y), s) in values.iter_mut().zip(&self.values).zip(&self.scale) {
            let t = (*r - y) / s;
            *r = normal_quantile(student_tail(t.abs(), self.freedom)).abs().copysign(t);
            let density =
                self.log_constant() - 0.5 * (self.freedom + 1.0) * (t * t / self.freedom).ln_1p();
            slopes.push((density + 0.5 * *r * *r + 0.5 * TAU.ln()).exp() / s);
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
        let nu = self.freedom;
        let constant = self.log_constant();
        let of = |(t, s): (f64, &f64)| constant - s.ln() - 0.5 * (nu + 1.0) * (t * t / nu).ln_1p();
        self.deviations(predicted).zip(&self.scale).map(of).collect()
    }

    fn subset(&self, data: &[usize]) -> Arc<dyn Likelihood> {
        let (values, scale) = (select(&self.values, data), select(&self.scale, data));
        Arc::new(Self { values, scale, freedom: self.freedom })
    }

    fn resample(&self, predicted: &[f64], random: &mut Random) -> Arc<dyn Likelihood> {
        let draw = |(mu, s): (&f64, &f64)| {
            let width = (random.chi_square(self.freedom) / self.freedom).sqrt();
            mu + s * random.normal() / width
        };
        let values = predicted.iter().zip(&self.scale).map(draw).collect();
        Arc::new(Self { values, ..self.clone() })
    }

    fn exact(&self, predicted: &[f64], precision: f64) -> Arc<dyn Likelihood> {
        Arc::new(Self { values: predicted.to_vec(), ..self.with_scale(precision) })
    }

    fn with_noise_scaled(&self, factor: f64) -> Option<Arc<dyn Likelihood>> {
        Some(Arc::new(self.with_scale(factor)))
    }
}

/// The probability of more than `t` ≥ 0: half the regularised incomplete beta function I_x(ν/2, ½) at
/// x = ν/(ν + t²).
fn student_tail(t: f64, freedom: f64) -> f64 {
    let x = freedom / (freedom + t * t);
    0.5 * incomplete_beta(x, 1.0 - x, 0.5 * freedom, 0.5)
}

/// I_x(a, b), `y` = 1 − x, by its continued fraction (Lentz).
fn incomplete_beta(x: f64, y: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    // It converges fast below the mean.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(y, x, b, a);
    }
    const TERMS: usize = 500;
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut c, mut d) = (1.0, 1.0 / guard(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for k in 1..TERMS {
        let k = k as f64;
        let even = k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k));
        let odd = -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / guard(1.0 + term * d);
            c = guard(1.0 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0f64).abs() < 1e-16 {
            break;
        }
    }
    let front = a * x.ln() + b * y.ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    front.exp() * fraction / a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_closed_forms() {
        for t in [0.0f64, 0.3, 1.0, 2.5, 40.0] {
            let cauchy = 0.5 - t.atan() / PI;
            assert!((student_tail(t, 1.0) - cauchy).abs() < 1e-13, "{t}");
            let share = t * t / (4.0 + t * t);
            let four = 0.5 - 0.75 * share.sqrt() * (1.0 - share / 3.0);
            assert!((student_tail(t, 4.0) - four).abs() < 1e-13, "{t}: {four}");
        }
        // The density falls as 12 t⁻⁵, so P(T > t) → 3 t⁻⁴ far out.
        assert!((student_tail(1e5, 4.0) * 1e20 / 3.0 - 1.0).abs() < 1e-6);
    }
}
