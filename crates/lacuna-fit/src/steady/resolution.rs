//! How many modes a fit needs: more, until the answer stays.
//!
//! The modes of the highest quarter of wave numbers stand for all that are left out. They are too few
//! where the data see them, 1 − Σ_jj/s_j > 0.1 for one of them, and their part of the function,
//! Σ (c_j² + Σ_jj), is more than 2 % of its whole posterior variance Σ Σ_jj: what lies beyond could
//! then move the function or its band.

use super::map::ModalFit;
use super::mixture::Mixture;
use super::modes::{FunctionPrior, Modes};
use super::problem::SteadyProblem;

/// Largest wave number that is tried.
const HIGHEST: usize = 128;
const SEEN: f64 = 0.1;
const PART: f64 = 0.02;

/// The coefficients on finer modes, where an unknown needs them; its prior in `problem` becomes finer.
pub(super) fn refine(
    problem: &mut SteadyProblem,
    fit: &ModalFit,
    mixture: &Mixture,
) -> Option<Vec<f64>> {
    let mut coefficients = Vec::new();
    let mut refined = false;
    let mut start = 0;
    for (unknown, prior) in problem.unknowns.iter_mut().zip(&fit.eta.priors) {
        let own = &fit.coefficients[start..start + prior.modes.len()];
        let variance: Vec<f64> =
            (start..start + own.len()).map(|j| mixture.covariance[(j, j)]).collect();
        start += own.len();
        unknown.prior = prior.clone();
        let resolution = prior.modes.resolution();
        let slot = &problem.model.slots()[unknown.slot];
        let finer = Modes::new(slot, 2 * resolution);
        if 2 * resolution <= HIGHEST && finer.len() > own.len() && needs_more(prior, own, &variance)
        {
            coefficients.extend_from_slice(own);
            coefficients.resize(coefficients.len() + finer.len() - own.len(), 0.0);
            unknown.prior = prior.with_modes(finer);
            refined = true;
        } else {
            coefficients.extend_from_slice(own);
        }
    }
    refined.then_some(coefficients)
}

fn needs_more(prior: &FunctionPrior, c: &[f64], variance: &[f64]) -> bool {
    let resolution = prior.modes.resolution();
    let numbers = prior.modes.wave_numbers();
    let high: Vec<usize> = (0..c.len()).filter(|&j| 4 * numbers[j] > 3 * resolution).collect();
    let sd = prior.standard_deviations();
    let seen = high.iter().any(|&j| 1.0 - variance[j] / (sd[j] * sd[j]) > SEEN);
    let part: f64 = high.iter().map(|&j| c[j] * c[j] + variance[j]).sum();
    resolution > 0 && seen && part > PART * variance.iter().sum::<f64>()
}
