//! Modes and hyperparameters together: from the most probable start, with more modes until the answer stays.

use lacuna_core::Flow;

use super::closed_form_fit::{best_start, settle_forms};
use super::evidence::PriorChoice;
use super::map::{Ask, ModalFit, fit_modes, linearise, most_probable, set_noise};
use super::mixture::{Mixture, Region};
use super::problem::SteadyProblem;
use super::smoothing::Smoothed;
use super::{dominant, resolution, start};
use crate::FitError;

/// Modes with their prior, and what is left open of both.
pub(super) struct PriorFit {
    /// The fit, and others that the data hardly tell from it.
    pub regions: Vec<Region>,
    pub mixture: Mixture,
}

impl PriorFit {
    pub(super) fn fit(&self) -> &ModalFit {
        &self.regions[0].fit
    }
}

/// Modes and hyperparameters; `problem` becomes the one they belong to.
///
/// From the most probable of the starts that the states can follow; from the next where that ends without
/// a fit.
pub(super) fn fit_prior(
    problem: &mut SteadyProblem,
    smoothed: &[Smoothed],
    choice: PriorChoice,
    starts: usize,
    ask: Ask<'_>,
) -> Result<PriorFit, FitError> {
    if problem.closed_forms()[0] {
        let start = best_start(problem, smoothed, starts, ask)?;
        return fit_prior_from(problem, start, choice, ask);
    }
    let mut first_error = None;
    for start in start::starts(problem, smoothed)? {
        let mut own = problem.clone();
        match fit_prior_from(&mut own, start, choice, ask) {
            Ok(found) => {
                *problem = own;
                return Ok(found);
            }
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or(FitError::NoExperiments))
}

/// With more modes until the answer stays.
fn fit_prior_from(
    problem: &mut SteadyProblem,
    mut start: Vec<f64>,
    choice: PriorChoice,
    ask: Ask<'_>,
) -> Result<PriorFit, FitError> {
    loop {
        let found = fit_on_modes(problem, &start, choice, ask)?;
        // Not where it ends here: the problem then has more modes than what was found.
        let goes_on = ask() == Flow::Continue;
        match goes_on.then(|| resolution::refine(problem, found.fit(), &found.mixture)).flatten() {
            Some(finer) => start = finer,
            None => return dominant::with_others(problem, found, ask),
        }
    }
}

fn fit_on_modes(
    problem: &mut SteadyProblem,
    start: &[f64],
    choice: PriorChoice,
    ask: Ask<'_>,
) -> Result<PriorFit, FitError> {
    let priors = problem.unknowns.iter().map(|u| u.prior.clone()).collect();
    let mut fit = fit_modes(problem, priors, choice, start, ask)?;
    if problem.closed_forms()[0] {
        fit = settle_forms(problem, fit, choice, ask)?;
    }
    let all = vec![true; fit.eta.dominants().len()];
    let region = explore(problem, fit, all, ask)?;
    let regions = vec![region];
    let mixture = Mixture::new(&regions)?;
    Ok(PriorFit { regions, mixture })
}

/// What is left open around a fit, and the fit at the mean of the hyperparameters.
pub(super) fn explore(
    problem: &mut SteadyProblem,
    fit: ModalFit,
    among: Vec<bool>,
    ask: Ask<'_>,
) -> Result<Region, FitError> {
    let mut region = Region::new(fit, among)?;
    let fit = &mut region.fit;
    set_noise(problem, &fit.eta.log_noise);
    (fit.coefficients, fit.cost) =
        most_probable(problem, &fit.eta.priors, &fit.coefficients, None, ask)?;
    let linearised = linearise(problem, &fit.coefficients)?;
    region.linearise(linearised);
    Ok(region)
}
