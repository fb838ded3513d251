//! How closed forms take part in a fit: their starts, their units, and what is left of their parameters.

use faer::Mat;
use lacuna_core::EvalResult;
use rayon::prelude::*;

use super::closed_form::UNDETERMINED;
use super::map::{Ask, ModalFit, ModalProblem, fit_modes, most_probable, posterior};
use super::modes::FunctionPrior;
use super::problem::SteadyProblem;
use super::smoothing::Smoothed;
use super::{PriorChoice, start};
use crate::random::Random;
use crate::{FitError, Information};

/// How far the starts of closed forms lie apart, relative to their parameters.
const STRAY: f64 = 0.15;

/// Of several starts of the closed forms about the parameters given, the one that leads to the most
/// probable coordinates. The first is at those parameters; the others are further and further away. The
/// closed forms are moved there.
pub(super) fn best_start(
    problem: &mut SteadyProblem,
    smoothed: &[Smoothed],
    starts: usize,
    ask: Ask<'_>,
) -> Result<Vec<f64>, FitError> {
    let guess = start::starts(problem, smoothed)?.swap_remove(0);
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
    let mut c = match (best, first_error) {
        (Some((c, _)), _) => c,
        (None, Some(error)) => return Err(error),
        (None, None) => guess,
    };
    let sd = vec![1.0; c.len()];
    problem.recentre(&mut c, &sd);
    Ok(c)
}

/// The fit again with every closed form about the parameters found: its prior then pulls nowhere, and
/// its units no longer depend on the values it was started from.
pub(super) fn settle_forms(
    problem: &mut SteadyProblem,
    fit: ModalFit,
    choice: PriorChoice,
    ask: Ask<'_>,
) -> Result<ModalFit, FitError> {
    let covariance = posterior(fit.jacobian(), &fit.eta.priors)?;
    let sd: Vec<f64> = (0..covariance.nrows()).map(|j| covariance[(j, j)].sqrt()).collect();
    for (unknown, prior) in problem.unknowns.iter_mut().zip(&fit.eta.priors) {
        unknown.prior = prior.clone();
    }
    let mut c = fit.coefficients;
    problem.recentre(&mut c, &sd);
    let priors = problem.unknowns.iter().map(|u| u.prior.clone()).collect();
    fit_modes(problem, priors, choice, &c, ask)
}

/// What the data say of all coordinates at the noise levels that were found.
pub(super) struct Fisher {
    /// The inverse of Fisher's information and the prior's, d × d.
    pub covariance: Mat<f64>,
    /// Data less directions that were fitted, where all noise levels were found from the data.
    pub freedom: Option<f64>,
}

impl Fisher {
    pub(super) fn new(
        problem: &SteadyProblem,
        values: &[Vec<f64>],
        priors: &[FunctionPrior],
    ) -> EvalResult<Self> {
        let (m, d) = (problem.n_scores(), problem.n_modes());
        let mut residuals = vec![0.0; m];
        let mut jacobian = Mat::zeros(m, d);
        let observed = Information::Observed;
        problem.linearise_modes(values, observed, &mut residuals, jacobian.as_mut())?;
        let covariance = posterior(&jacobian, priors)?;
        let all_unknown = problem.states.iter().all(|s| s.unknown_noise);
        let freedom = all_unknown.then(|| {
            let spread = &jacobian * &covariance;
            let used = (0..m).map(|i| spread.row(i) * jacobian.row(i).transpose()).sum::<f64>();
            (problem.n_data() as f64 - used).max(1.0)
        });
        Ok(Self { covariance, freedom })
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
