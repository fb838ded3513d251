//! A smooth state through the observations of one experiment, before any equation.
//!
//! A density is u = M exp(g)/∫exp(g) with ln u smooth: g is a sum of modes with a Gaussian prior of
//! order 2 whose strength follows from the data. Its posterior variance says where the state is
//! known and where it is a guess.

use faer::{Mat, MatMut};
use lacuna_core::{EvalResult, Flow, Slot};

use super::evidence::{NoisePart, PriorChoice};
use super::map::{Ask, ModalProblem, fit_modes, posterior};
use super::modes::{FunctionPrior, Link, Modes, PriorOptions};
use crate::{FitError, Information, Observations};

const ORDER: f64 = 2.0;

/// A smoothed density.
pub(crate) struct Smoothed {
    /// Values at the nodes, of mass M.
    pub u: Vec<f64>,
    /// Posterior variance of ln u there.
    pub variance: Vec<f64>,
}

struct LogDensity<'a> {
    modes: &'a Modes,
    weights: &'a [f64],
    mass: f64,
    observations: Observations,
    unknown_noise: bool,
    log_noise: f64,
}

impl LogDensity<'_> {
    fn density(&self, c: &[f64]) -> Vec<f64> {
        let g = self.modes.values() * faer::ColRef::from_slice(c);
        let highest = g.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut u: Vec<f64> = g.iter().map(|g| (g - highest).exp()).collect();
        let total: f64 = u.iter().zip(self.weights).map(|(u, w)| u * w).sum();
        u.iter_mut().for_each(|u| *u *= self.mass / total);
        u
    }

    /// ∂ ln u/∂c, n × d: the modes without their mean under u.
    fn log_directions(&self, u: &[f64]) -> Mat<f64> {
        let modes = self.modes.values();
        let share: Vec<f64> = u.iter().zip(self.weights).map(|(u, w)| u * w / self.mass).collect();
        let means = modes.transpose() * faer::ColRef::from_slice(&share);
        Mat::from_fn(modes.nrows(), modes.ncols(), |i, j| modes[(i, j)] - means[j])
    }
}

impl ModalProblem for LogDensity<'_> {
    fn n_modes(&self) -> usize {
        self.modes.len()
    }
    fn n_scores(&self) -> usize {
        self.observations.len()
    }
    fn evaluate(&self, c: &[f64], residuals: &mut [f64]) -> EvalResult<f64> {
        self.observations.evaluate(&self.density(c), residuals)
    }
    fn linearise(
        &self,
        c: &[f64],
        information: Information,
        residuals: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) -> EvalResult<f64> {
        let u = self.density(c);
        let log = self.log_directions(&u);
        let du = Mat::from_fn(log.nrows(), log.ncols(), |i, j| u[i] * log[(i, j)]);
        self.observations.linearise(&u, du.as_ref(), information, residuals, jacobian)
    }
    fn n_data(&self) -> usize {
        self.observations.n_scores()
    }
    fn noise_parts(&self) -> Vec<NoisePart> {
        let part = NoisePart {
            rows: 0..self.observations.len(),
            count: self.observations.n_independent(),
            log_factor: self.log_noise,
        };
        self.unknown_noise.then_some(part).into_iter().collect()
    }
    fn scale_noise(&mut self, _: usize, factor: f64) {
        self.observations.scale_noise(factor);
        self.log_noise += factor.ln();
    }
}

/// Smooths the observations of a density of mass `mass` on the domain of `slot`, a function of
/// position.
pub(crate) fn smooth(
    slot: &Slot,
    mass: f64,
    observations: Observations,
    unknown_noise: bool,
) -> Result<Smoothed, FitError> {
    // ln u is known up to a constant, as a potential is.
    let slot = Slot { gauge: true, ..slot.clone() };
    let modes = Modes::new(&slot, Modes::RESOLUTION);
    let options = PriorOptions::default().or_order(ORDER);
    let prior = FunctionPrior::new(modes.clone(), Link::Identity, 1.0, options);
    let start = vec![0.0; modes.len()];
    let mut problem = LogDensity {
        modes: &modes,
        weights: &slot.weights,
        mass,
        observations,
        unknown_noise,
        log_noise: 0.0,
    };
    let go_on: Ask<'_> = &|| Flow::Continue;
    let choice = PriorChoice::MarginalLikelihood;
    let fit = fit_modes(&mut problem, vec![prior], choice, &start, go_on)?;
    let u = problem.density(&fit.coefficients);
    let log = problem.log_directions(&u);
    let covariance = posterior(fit.jacobian(), &fit.eta.priors)?;
    let spread = &log * &covariance;
    let variance = (0..u.len()).map(|i| spread.row(i) * log.row(i).transpose()).collect();
    Ok(Smoothed { u, variance })
}
