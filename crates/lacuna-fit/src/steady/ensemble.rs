//! Draws from the posterior without Laplace's approximation: the whole fit again with other data.
//!
//! Draw i takes the prior and the noise levels of one component of the posterior's mixture, drawn by
//! their weights. It minimises the negative log-likelihood of data simulated at the result (same design),
//! with the prior centred at ẑ + ξ, ξ standard normal, and is moved by the shift of its component. For
//! a linear problem the deviations from ĉ have exactly the posterior covariance; for others they show
//! how the estimate really varies, branches and curvature included. Where the posterior was sampled
//! (`sampling.rs`), its draws are taken as they are.

use lacuna_core::Flow;
use rayon::prelude::*;

use super::map::{Ask, most_probable, set_noise};
use super::modes::columns;
use super::{FunctionPrior, SteadyFit};
use crate::multi_start::derive_seed;
use crate::random::Random;

impl SteadyFit {
    /// Coefficients of all modes in `count` draws; those whose states could not be followed are
    /// left out. The same for the same seed.
    pub fn draws(&self, count: usize, seed: u64, ask: &(dyn Fn() -> Flow + Sync)) -> Vec<Vec<f64>> {
        let Ok(states) = self.problem.steady_states(&self.problem.values(&self.coefficients))
        else {
            return Vec::new();
        };
        (0..count)
            .into_par_iter()
            .filter_map(|index| {
                if ask() == Flow::Stop {
                    return None;
                }
                let seed = derive_seed(seed, index as u64);
                let mut random = Random::new(derive_seed(seed, u64::MAX));
                let component = &self.mixture.components[self.mixture.place(random.uniform())];
                if self.mixture.sampled {
                    let parts = self.coefficients.iter().zip(&component.shift);
                    return Some(parts.map(|(c, shift)| c + shift).collect());
                }
                let priors = &component.eta.priors;
                let sd = priors.iter().flat_map(FunctionPrior::standard_deviations);
                let mut problem = self.problem.clone();
                set_noise(&mut problem, &component.eta.log_noise);
                for (e, (state, u)) in problem.states.iter_mut().zip(&states).enumerate() {
                    let own = derive_seed(seed, e as u64);
                    state.observations = state.observations.resample(u, own).ok()?;
                }
                problem.start_from(states.clone());
                let center: Vec<f64> = self
                    .coefficients
                    .iter()
                    .zip(sd)
                    .map(|(c, sd)| c / sd + random.normal())
                    .collect();
                let ask: Ask<'_> = &|| ask();
                let start = &self.coefficients;
                let (c, _) = most_probable(&problem, priors, start, Some(&center), ask).ok()?;
                Some(c.iter().zip(&component.shift).map(|(c, shift)| c + shift).collect())
            })
            .collect()
    }

    /// Deviations of g of unknown `s` at `x` in each of the draws from the result.
    pub fn deviations(&self, s: usize, x: &[f64], draws: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let modes = &self.priors[s].modes;
        let own = columns(&self.priors)[s].clone();
        let (form, at) = (modes.closed_form(), modes.at(x));
        draws
            .iter()
            .map(|draw| {
                let change: Vec<f64> =
                    own.clone().map(|j| draw[j] - self.coefficients[j]).collect();
                if let Some(form) = form {
                    // The origin of a closed form is the fit.
                    return form.change(x, &change);
                }
                (&at * faer::ColRef::from_slice(&change)).iter().copied().collect()
            })
            .collect()
    }

    /// States of experiment `e` in each of the draws that has one.
    pub fn drawn_states(&self, e: usize, draws: &[Vec<f64>]) -> Vec<Vec<f64>> {
        draws
            .par_iter()
            .filter_map(|draw| {
                let states = self.problem.steady_states(&self.problem.values(draw)).ok()?;
                Some(states[e].clone())
            })
            .collect()
    }
}
