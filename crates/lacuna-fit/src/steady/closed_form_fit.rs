//! How closed forms take part in a fit: their starts, their units, and what is left of their parameters.

use rayon::prelude::*;

use super::closed_form::UNDETERMINED;
use super::map::{Ask, ModalFit, fit_modes, most_probable, posterior};
use super::modes::{FunctionPrior, Modes};
use super::problem::SteadyProblem;
use super::smoothing::Smoothed;
use super::{PriorChoice, SteadyUnknown, first_guess};
use crate::FitError;
use crate::random::Random;

/// How far the starts of closed forms lie apart, relative to their parameters.
const STRAY: f64 = 0.15;
/// How often closed forms are moved to their fit.
const RECENTRINGS: usize = 1;

/// Of several starts of the closed forms about the parameters given, the one that leads to the most
/// probable coordinates. The first is at those parameters; the others are further and further away.
pub(super) fn best_start(
    problem: &SteadyProblem,
    smoothed: &[Smoothed],
    starts: usize,
    ask: Ask<'_>,
) -> Result<Vec<f64>, FitError> {
    let guess = first_guess(problem, smoothed)?;
    let priors: Vec<FunctionPrior> = problem.unknowns.iter().map(|u| u.prior.clone()).collect();
    let outcomes: Vec<Result<(Vec<f64>, f64), FitError>> = (0..starts.max(1))
        .into_par_iter()
        .map(|index| {
            let mut random = Random::new(index as u64);
            let mut c = guess.clone();
            let mut start = 0;
            for prior in &priors {
                let own = start..start + prior.modes.len();
                start = own.end;
                if prior.modes.closed_form().is_some() {
                    let spread = STRAY * index as f64;
                    c[own].iter_mut().for_each(|c| *c += spread * random.normal());
                }
            }
            most_probable(&problem.clone(), &priors, &c, None, ask)
        })
        .collect();
    let mut best: Option<(Vec<f64>, f64)> = None;
    let mut first_error = None;
    for outcome in outcomes {
        match outcome {
            Ok(found) if best.as_ref().is_none_or(|b| found.1 < b.1) => best = Some(found),
            Ok(_) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match (best, first_error) {
        (Some((c, _)), _) => Ok(c),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(guess),
    }
}

/// The fit again with every closed form about the parameters found: its prior then pulls nowhere, and
/// its units no longer depend on the values it was started from.
pub(super) fn settle_forms(
    problem: &mut SteadyProblem,
    mut fit: ModalFit,
    choice: PriorChoice,
    ask: Ask<'_>,
) -> Result<ModalFit, FitError> {
    for _ in 0..RECENTRINGS {
        let covariance = posterior(&fit.jacobian, &fit.priors)?;
        let sd: Vec<f64> = (0..covariance.nrows()).map(|j| covariance[(j, j)].sqrt()).collect();
        for (unknown, prior) in problem.unknowns.iter_mut().zip(&fit.priors) {
            unknown.prior = prior.clone();
        }
        let mut c = fit.coefficients.clone();
        problem.recentre(&mut c, &sd);
        let priors = problem.unknowns.iter().map(|u| u.prior.clone()).collect();
        fit = fit_modes(problem, priors, choice, &c, ask)?;
    }
    Ok(fit)
}

/// Moves every closed form to the parameters in `theta` of the classes.
pub(super) fn settle_at(
    problem: &mut SteadyProblem,
    theta: &[f64],
    unknowns: &[SteadyUnknown],
    fit: &mut ModalFit,
) {
    let (mut first, mut start) = (0, 0);
    for (s, unknown) in unknowns.iter().enumerate() {
        let theta = &theta[first..first + unknown.unknown.function.n_params()];
        first += theta.len();
        let modal = &mut problem.unknowns[s];
        let own = start..start + modal.prior.modes.len();
        start = own.end;
        if let Some(form) = modal.prior.modes.closed_form() {
            let found = form.theta(&fit.coefficients[own.clone()]);
            let moved = form.moved(theta, &vec![1.0; form.len()]);
            fit.coefficients[own].copy_from_slice(&moved.coordinates(&found));
            let slot = &problem.model.slots()[modal.slot];
            modal.prior.modes = Modes::of_closed_form(slot, moved);
            fit.priors[s].modes = modal.prior.modes.clone();
        }
    }
}

/// A parameter of a closed form, as a fit left it.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedParameter {
    /// Its name.
    pub name: String,
    /// Its estimate.
    pub value: f64,
    /// Its standard error, from Fisher's information at the fit.
    pub standard_error: f64,
    /// Whether the data bound it at all: its standard error is below [`UNDETERMINED`] times its size.
    pub determined: bool,
    /// Its correlations with all parameters of the same closed form.
    pub correlations: Vec<f64>,
}

/// The parameters of an unknown with this prior about the fit, and this covariance of its coordinates;
/// none where it is not a closed form.
pub fn fitted_parameters(
    prior: &FunctionPrior,
    covariance: impl Fn(usize, usize) -> f64,
) -> Vec<FittedParameter> {
    let Some(form) = prior.modes.closed_form() else { return Vec::new() };
    let sd: Vec<f64> = (0..form.len()).map(|j| covariance(j, j).max(0.0).sqrt()).collect();
    let names = form.names().into_iter().enumerate();
    names
        .map(|(j, name)| FittedParameter {
            name,
            value: form.origin()[j],
            standard_error: form.unit()[j] * sd[j],
            determined: sd[j] < UNDETERMINED,
            correlations: (0..form.len())
                .map(|k| match k == j {
                    true => 1.0,
                    false => covariance(j, k) / (sd[j] * sd[k]).max(f64::MIN_POSITIVE),
                })
                .collect(),
        })
        .collect()
}
