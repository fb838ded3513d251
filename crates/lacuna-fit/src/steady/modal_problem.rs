//! Observed steady states as a negative log-likelihood of the coefficients of modes.

use faer::MatMut;
use lacuna_core::EvalResult;

use super::evidence::NoisePart;
use super::map::ModalProblem;
use super::modes::Link;
use super::problem::{ModalUnknown, SteadyProblem};
use crate::Information;

/// |g| beyond which e^g is no number to compute with.
const FARTHEST: f64 = 600.0;

impl ModalProblem for SteadyProblem {
    fn n_modes(&self) -> usize {
        self.unknowns.iter().map(|u| u.prior.modes.len()).sum()
    }

    fn n_scores(&self) -> usize {
        self.n_rows()
    }

    fn evaluate(&self, c: &[f64], residuals: &mut [f64]) -> EvalResult<f64> {
        self.evaluate_at(&self.values(c), residuals)
    }

    fn linearise(
        &self,
        c: &[f64],
        information: Information,
        residuals: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) -> EvalResult<f64> {
        self.linearise_along(c, &self.values(c), information, residuals, jacobian)
    }

    fn n_data(&self) -> usize {
        self.states.iter().map(|s| s.observations.n_scores()).sum()
    }

    fn noise_parts(&self) -> Vec<NoisePart> {
        let parts = self.rows().into_iter().zip(&self.states).zip(&self.noise);
        let unknown = parts.filter(|((_, state), _)| state.unknown_noise);
        unknown
            .map(|((rows, state), factor)| NoisePart {
                rows,
                count: state.observations.n_independent(),
                log_factor: factor.ln(),
            })
            .collect()
    }

    fn scale_noise(&mut self, index: usize, factor: f64) {
        let unknown = self.states.iter_mut().zip(&mut self.noise).filter(|(s, _)| s.unknown_noise);
        if let Some((state, noise)) = unknown.into_iter().nth(index) {
            state.observations.scale_noise(factor);
            *noise *= factor;
        }
    }
}

impl ModalUnknown {
    /// F for g.
    pub(crate) fn value(&self, g: f64) -> f64 {
        match self.prior.link {
            Link::Identity => g,
            // Neither 0 nor infinite, however far a draw goes.
            Link::Exponential => g.clamp(-FARTHEST, FARTHEST).exp(),
        }
    }
}
