//! Recovery from observations as they are: sparse, irregular, noisy, counted.
//!
//! The steady states u_e(F) are solved for and compared with each datum where it was made
//! (`problem.rs`), under a Gaussian prior on the unknown functions (`modes.rs`):
//!
//! 1. every density is smoothed by itself (`smoothing.rs`), and the logarithmic equation solved at
//!    the smoothed states (`start.rs`): a first guess, which picks the branch of each state;
//! 2. the most probable functions as sums of modes, with the strength, length scale and order of the
//!    prior and unknown noise levels from the data (`map.rs`, `evidence.rs`), first at the maximum of
//!    the evidence, then at the mean of what it leaves open (`mixture.rs`); with more modes where the
//!    data see the last ones (`resolution.rs`);
//! 3. the function classes of the problem in the place of the modes, from several starts led to that
//!    result, with the same prior (`surrogate.rs`);
//! 4. the posterior of the modes at the result: normal for given hyperparameters, a mixture over them, or
//!    draws where that cannot be trusted (`sampling.rs`).
//!
//! Closed forms are themselves in step 2, by their parameters (`closed_form.rs`).

mod alternative;
mod approach;
mod closed_form;
mod closed_form_fit;
mod departures;
mod dominant;
mod ensemble;
mod evidence;
mod grid_tangents;
mod held_out;
mod hyperparameters;
mod known;
mod linearised;
mod map;
mod mixture;
mod modal_problem;
mod modes;
mod nominal;
mod posterior_draw;
mod prior_draw;
mod prior_fit;
mod problem;
mod profile;
mod resolution;
mod sampling;
mod smoothing;
mod start;
mod surrogate;
#[cfg(test)]
mod tests;
mod wall;

use std::sync::Arc;

use faer::{Mat, MatRef};
use lacuna_core::{Argument, EvalResult, Flow, Function, Model, Points, Pool, Slot, Step, Stop};
use rayon::prelude::*;

pub use self::alternative::Alternative;
pub use self::closed_form::{ClosedForm, PRIOR_SD, UNDETERMINED};
use self::closed_form_fit::Fisher;
pub use self::closed_form_fit::{FittedParameter, fitted_parameters};
pub use self::departures::{Departure, DepartureKind};
pub use self::evidence::PriorChoice;
pub use self::grid_tangents::GridTangents;
pub use self::held_out::{HeldOut, deal};
pub use self::known::KnownPart;
pub use self::linearised::{LinearisedFit, LinearisedState};
use self::map::{Ask, ModalFit, ModalProblem};
pub use self::mixture::{Component, Mixture, Normal, NormalMixture};
use self::modes::columns;
pub use self::modes::{FunctionPrior, Link, Modes, PriorOptions, Wave};
pub use self::nominal::{Nominal, ScalingDirection, Sensitivity, smoothed_states};
pub use self::prior_draw::prior_draw;
use self::prior_fit::{PriorFit, fit_prior};
pub use self::problem::ObservedState;
use self::problem::{ModalUnknown, SteadyProblem};
pub use self::profile::{
    FittedModes, Functional, Profile, ProfileEnd, ProfileInterval, ProfileOptions, ProfilePoint,
    ProfileRequest,
};
use self::smoothing::{Smoothed, smooth};
use self::surrogate::{Class, SurrogateObjective};
pub use self::wall::Wall;
use crate::multi_start::derive_seed;
use crate::pilot::approximate;
use crate::{Fit, FitError, LevenbergMarquardt, Limits, Optimiser, Start, Unknown};

/// One unknown, what is known of it beforehand, and its class.
#[derive(Clone)]
pub struct SteadyUnknown {
    /// Slot and class.
    pub unknown: Unknown,
    /// Whether it is positive: its logarithm is then what the prior is for.
    pub positive: bool,
    /// What is fixed of its prior.
    pub prior: PriorOptions,
}

fn check(
    model: &dyn Model,
    unknowns: &[SteadyUnknown],
    states: &[ObservedState],
) -> Result<(), FitError> {
    if unknowns.is_empty() {
        return Err(FitError::NothingUnknown);
    }
    if states.is_empty() {
        return Err(FitError::NoExperiments);
    }
    let slots = model.slots();
    let of_state = |u: &&SteadyUnknown| slots[u.unknown.slot].argument == Argument::State;
    match unknowns.iter().find(of_state) {
        Some(u) => Err(FitError::StateArgument { name: slots[u.unknown.slot].name }),
        None => Ok(()),
    }
}

/// How [`fit_steady`] goes about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SteadyOptions {
    /// How the strength of the prior is chosen.
    pub choice: PriorChoice,
    /// Starts of the function classes.
    pub restarts: usize,
    /// Starts of closed forms about their initial parameters.
    pub starts: usize,
    /// From which all random numbers derive.
    pub seed: u64,
    /// When one start has converged; φ counts in units of log-probability.
    pub limits: Limits,
}

impl Default for SteadyOptions {
    fn default() -> Self {
        // A twentieth of a unit of log-probability is far within what the data leave open.
        let limits = Limits { smallest_decrease: 1e-4, smallest_progress: 0.05, ..Limits::NONE };
        Self { choice: PriorChoice::default(), restarts: 4, starts: 4, seed: 0, limits }
    }
}

/// What [`fit_steady`] found.
pub struct SteadyFit {
    /// Every start of the function classes.
    pub starts: Vec<Start>,
    /// The best of them.
    pub best: usize,
    /// The prior of every unknown.
    pub priors: Vec<FunctionPrior>,
    /// The posterior of the coefficients of all modes, unknown by unknown, around the result.
    pub mixture: Mixture,
    /// Factor by which the standard deviations of each experiment were multiplied.
    pub noise_factors: Vec<f64>,
    /// ‖score residuals‖² of each experiment: about the number of data where the model is right.
    pub chi_squares: Vec<f64>,
    /// ln of the evidence (Laplace), up to a constant of the data.
    pub log_evidence: f64,
    /// How often a step was refused because a state left its branch.
    pub refused_steps: usize,
    problem: SteadyProblem,
    classes: Vec<Class>,
    fisher: Option<Fisher>,
    values: Vec<Vec<f64>>,
    coefficients: Vec<f64>,
}

/// A state of the recovered equation.
#[derive(Clone, Debug)]
pub struct StateBand {
    /// The state at the nodes, length n.
    pub u: Vec<f64>,
    /// Its posterior standard deviation there.
    pub sd: Vec<f64>,
}

/// Recovers the unknown functions from observations of steady states.
///
/// `watch` sees every iterate of every start of the function classes, and before that a step without
/// θ and cost (not a number) now and then; it may stop the run.
///
/// # Errors
/// [`FitError::NoExperiments`], [`FitError::NothingUnknown`], [`FitError::StateArgument`], or an
/// evaluation that fails at the start.
pub fn fit_steady(
    model: Arc<dyn Model>,
    unknowns: &[SteadyUnknown],
    states: Vec<ObservedState>,
    options: &SteadyOptions,
    watch: &(dyn Fn(usize, &Step<'_>) -> Flow + Sync),
) -> Result<SteadyFit, FitError> {
    check(model.as_ref(), unknowns, &states)?;
    let smoothed = smooth_all(model.as_ref(), &states)?;
    let mut problem = set_up(model.clone(), unknowns, states, &smoothed);
    // Before there are iterates of the classes: nothing to show but the question whether to go on.
    let ask: Ask<'_> =
        &|| watch(0, &Step { iteration: 0, cost: f64::NAN, gradient: None, theta: &[] });
    let mut found = fit_prior(&mut problem, &smoothed, options.choice, options.starts, ask)?;
    if !problem.closed_forms()[0] {
        let sampled =
            sampling::sample(&problem, &found.regions, &found.mixture, options.seed, ask)?;
        found.mixture = sampled.unwrap_or(found.mixture);
    }
    let walls = wall::walls(&problem, found.fit())?;
    found.mixture = wall::divide(found.mixture, walls);
    let starts = fit_classes(&problem, unknowns, found.fit(), options, watch)?;
    conclude(problem, unknowns, found, starts)
}

fn smooth_all(model: &dyn Model, states: &[ObservedState]) -> Result<Vec<Smoothed>, FitError> {
    let position = model.slots().iter().find(|s| s.argument == Argument::Position);
    let Some(slot) = position.filter(|_| model.is_density()) else { return Ok(Vec::new()) };
    states
        .par_iter()
        .map(|s| {
            let observations = s.observations.clone().condensed();
            smooth(slot, s.conditions.mass, observations, s.unknown_noise)
        })
        .collect()
}

/// The problem over modes, with every function in its natural unit.
fn set_up(
    model: Arc<dyn Model>,
    unknowns: &[SteadyUnknown],
    states: Vec<ObservedState>,
    smoothed: &[Smoothed],
) -> SteadyProblem {
    let modal = |unknown: &SteadyUnknown| {
        let (prior, center) = prior_of(model.as_ref(), unknown);
        ModalUnknown { slot: unknown.unknown.slot, prior, center, offset: Vec::new() }
    };
    let modal: Vec<ModalUnknown> = unknowns.iter().map(modal).collect();
    let n = model.n_nodes();
    let smoothed = |e: usize| smoothed.get(e).map_or_else(|| vec![0.0; n], |s| s.u.clone());
    let guess = |(e, state): (usize, &ObservedState)| {
        state.initial.clone().filter(|u| u.len() == n).unwrap_or_else(|| smoothed(e))
    };
    let guesses: Vec<Vec<f64>> = states.iter().enumerate().map(guess).collect();
    let condensed = |state: ObservedState| {
        let observations = state.observations.condensed();
        ObservedState { observations, ..state }
    };
    let states = states.into_iter().map(condensed).collect();
    let mut problem = SteadyProblem::new(model, modal, states, guesses.clone());
    let at_start = problem.values(&vec![0.0; problem.n_modes()]);
    for s in 0..problem.unknowns.len() {
        let (slot, prior) = (problem.unknowns[s].slot, &problem.unknowns[s].prior);
        if prior.link == Link::Exponential || prior.modes.closed_form().is_some() {
            continue;
        }
        let unit = |e: usize| {
            let functions = problem.functions(e, &at_start);
            problem.model.natural_scale(slot, &guesses[e], &functions)
        };
        let unit = smallest_unit((0..guesses.len()).map(unit));
        problem.unknowns[s].prior = prior.clone().in_unit(unit);
    }
    problem
}

/// The smallest of the natural units of an unknown in several experiments; 1 where there is none.
fn smallest_unit(units: impl Iterator<Item = f64>) -> f64 {
    let unit = units.fold(f64::INFINITY, f64::min);
    if unit > 0.0 && unit.is_finite() { unit } else { 1.0 }
}

/// The prior of an unknown in units of 1, and g where all coefficients are zero.
fn prior_of(model: &dyn Model, unknown: &SteadyUnknown) -> (FunctionPrior, f64) {
    let slot = &model.slots()[unknown.unknown.slot];
    let link = if unknown.positive { Link::Exponential } else { Link::Identity };
    let modes = modes_of(unknown, slot);
    let is_form = modes.closed_form().is_some();
    let prior = FunctionPrior::new(modes, link, 1.0, unknown.prior);
    let center = match (link, slot.argument) {
        _ if is_form => 0.0,
        (Link::Exponential, _) => typical(unknown, &slot.points).max(f64::MIN_POSITIVE).ln(),
        (Link::Identity, Argument::None) => typical(unknown, &slot.points),
        (Link::Identity, _) => 0.0,
    };
    (prior, center)
}

/// The coordinates in which an unknown is sought.
fn modes_of(unknown: &SteadyUnknown, slot: &Slot) -> Modes {
    match ClosedForm::new(&unknown.unknown.function, slot, unknown.positive) {
        Some(form) => Modes::of_closed_form(slot, form),
        None => Modes::new(slot, Modes::RESOLUTION),
    }
}

/// The mean of a class where it starts.
fn typical(unknown: &SteadyUnknown, points: &Points) -> f64 {
    let function = &unknown.unknown.function;
    let mut values = vec![0.0; points.len()];
    function.values(&function.initial(0), points, &mut Pool::new(), &mut values);
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The function classes, each start led to the modal fit first.
fn fit_classes(
    problem: &SteadyProblem,
    unknowns: &[SteadyUnknown],
    fit: &ModalFit,
    options: &SteadyOptions,
    watch: &(dyn Fn(usize, &Step<'_>) -> Flow + Sync),
) -> Result<Vec<Start>, FitError> {
    let pilot = problem.values(&fit.coefficients);
    let coordinates = by_unknown(problem, &fit.coefficients);
    let method = LevenbergMarquardt { limits: options.limits, ..LevenbergMarquardt::default() };
    let idle = Step { iteration: 0, cost: f64::NAN, gradient: None, theta: &[] };
    // Led to the modal fit, one is as good as any: the others are not begun where time is up.
    let begins = |index: &usize| *index == 0 || watch(*index, &idle) == Flow::Continue;
    let outcomes: Vec<Result<Start, FitError>> = (0..options.restarts.max(1))
        .into_par_iter()
        .filter(begins)
        .map(|index| {
            let seed = derive_seed(options.seed, index as u64);
            let mut theta = Vec::new();
            for (s, unknown) in unknowns.iter().enumerate() {
                let slot = &problem.model.slots()[unknown.unknown.slot];
                let function = unknown.unknown.function.as_ref();
                if problem.unknowns[s].prior.modes.closed_form().is_some() {
                    theta.extend(coordinates[s]);
                    continue;
                }
                let random = function.initial(derive_seed(seed, s as u64));
                theta.extend(approximate(slot, function, &pilot[s], &random).unwrap_or(random));
            }
            let own = problem.clone();
            let objective = SurrogateObjective::new(&own, classes(&own, unknowns));
            // A class may be far coarser than the modes.
            own.approach(&objective.values(&theta))?;
            let fit = method.minimise(&objective, &theta, &mut |step| watch(index, step))?;
            // θ of a closed form is its coordinates up to here.
            let fit = Fit { theta: objective.theta(&fit.theta), ..fit };
            Ok(Start { index, seed, fit })
        })
        .collect();
    let mut starts = Vec::new();
    let mut first_error = None;
    for outcome in outcomes {
        match outcome {
            Ok(start) => starts.push(start),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) if starts.is_empty() => Err(error),
        _ => Ok(starts),
    }
}

/// Most values of modes at points: with 5793 points and fewer there are all modes.
const MOST_VALUES: usize = 1 << 25;

fn classes(problem: &SteadyProblem, unknowns: &[SteadyUnknown]) -> Vec<Class> {
    let mut end = 0;
    let class = |(unknown, modal): (&SteadyUnknown, &ModalUnknown)| {
        let slot = &problem.model.slots()[modal.slot];
        let start = end;
        end += unknown.unknown.function.n_params();
        let (function, modes): (Arc<dyn Function>, Modes) = match modal.prior.modes.closed_form() {
            Some(form) => (Arc::new(form.clone()), modal.prior.modes.clone()),
            None => {
                // All modes of the grid, but no more than memory should hold: the prior has
                // nothing left to say of those above.
                let most = (MOST_VALUES / slot.points.len().max(1)).max(4 * Modes::RESOLUTION);
                (unknown.unknown.function.clone(), Modes::new(slot, most))
            }
        };
        Class {
            function,
            prior: modal.prior.with_modes(modes),
            center: modal.center,
            points: slot.points.clone(),
            range: start..end,
        }
    };
    unknowns.iter().zip(&problem.unknowns).map(class).collect()
}

/// The part of every unknown in coefficients of all.
fn by_unknown<'a>(problem: &SteadyProblem, mut c: &'a [f64]) -> Vec<&'a [f64]> {
    let part = |unknown: &ModalUnknown| {
        let (own, rest) = c.split_at(unknown.prior.modes.len());
        c = rest;
        own
    };
    problem.unknowns.iter().map(part).collect()
}

/// The posterior at the best start.
fn conclude(
    problem: SteadyProblem,
    unknowns: &[SteadyUnknown],
    found: PriorFit,
    starts: Vec<Start>,
) -> Result<SteadyFit, FitError> {
    let mut best = 0;
    for (i, start) in starts.iter().enumerate() {
        if start.fit.cost < starts[best].fit.cost {
            best = i;
        }
    }
    let PriorFit { mut regions, mixture } = found;
    let fit = regions.swap_remove(0).fit;
    let classes = classes(&problem, unknowns);
    let objective = SurrogateObjective::new(&problem, classes.clone());
    let coordinates = objective.coordinates(&starts[best].fit.theta);
    let values = objective.values(&coordinates);
    drop(objective);
    let mut residuals = vec![0.0; problem.n_scores()];
    problem.approach(&values)?;
    problem.evaluate_at(&values, &mut residuals)?;
    let log_evidence = fit.log_evidence(problem.log_noise())?;
    let parameters = match problem.closed_forms()[0] {
        true => Some(Fisher::new(&problem, &values, &fit.eta.priors)?),
        false => None,
    };
    let mut rows = residuals.as_slice();
    let chi_squares = problem
        .states
        .iter()
        .map(|s| {
            let (own, rest) = rows.split_at(s.observations.len());
            rows = rest;
            own.iter().map(|r| r * r).sum()
        })
        .collect();
    Ok(SteadyFit {
        best,
        priors: fit.eta.priors,
        mixture,
        noise_factors: problem.noise_factors(),
        chi_squares,
        log_evidence,
        refused_steps: problem.n_refused(),
        fisher: parameters,
        starts,
        values,
        coefficients: fit.coefficients,
        problem,
        classes,
    })
}

impl SteadyFit {
    /// The parameters of unknown `s`; none where it is not a closed form.
    pub fn parameters(&self, s: usize) -> Vec<FittedParameter> {
        let Some(Fisher { covariance, .. }) = &self.fisher else { return Vec::new() };
        let start = columns(&self.priors)[s].start;
        let own = fitted_parameters(&self.priors[s], |i, j| covariance[(start + i, start + j)]);
        let theta = &self.theta()[self.classes[s].range.clone()];
        own.into_iter().zip(theta).map(|(p, &value)| FittedParameter { value, ..p }).collect()
    }

    /// Data less the directions that were fitted, where all noise levels were found from the data; of a
    /// fit with closed forms.
    pub fn degrees_of_freedom(&self) -> Option<f64> {
        self.fisher.as_ref().and_then(|fisher| fisher.freedom)
    }

    /// The parameters of all classes, one unknown after the other.
    pub fn theta(&self) -> &[f64] {
        &self.starts[self.best].fit.theta
    }

    /// How the best start ended.
    pub fn stop(&self) -> Stop {
        self.starts[self.best].fit.stop
    }

    /// Posterior standard deviation of g (F, or ln F where it is positive) of unknown `s` at `x`.
    pub fn standard_deviation(&self, s: usize, x: &[f64]) -> Vec<f64> {
        let modes = &self.priors[s].modes;
        let start = columns(&self.priors)[s].start;
        let own = self.covariance().as_ref().submatrix(start, start, modes.len(), modes.len());
        standard_deviations(modes.at(x).as_ref(), own)
    }

    /// The mean square of the coefficients of all modes around the result (d × d), walls where nobody is
    /// left out: no state shows them.
    pub fn covariance(&self) -> &Mat<f64> {
        &self.mixture.covariance
    }

    /// The posterior of g of unknown `s` at `x`: one normal distribution a component, by point; the waves
    /// beyond the modes, which the data do not see, included.
    pub fn marginals(&self, s: usize, x: &[f64]) -> Vec<NormalMixture> {
        let modes = self.priors[s].modes.at(x);
        let start = columns(&self.priors)[s].start;
        let d = modes.ncols();
        let mut out = vec![NormalMixture::default(); x.len()];
        let mut last: Option<(&Arc<Mat<f64>>, Vec<f64>)> = None;
        for component in &self.mixture.components {
            let covariance = &component.covariance;
            let sd = match last.take() {
                Some((own, sd)) if Arc::ptr_eq(own, covariance) => sd,
                _ => {
                    let own = covariance.as_ref().as_ref().submatrix(start, start, d, d);
                    standard_deviations(modes.as_ref(), own)
                }
            };
            let shift = &modes * faer::ColRef::from_slice(&component.shift[start..start + d]);
            let beyond = component.eta.priors[s].variance_beyond().sqrt();
            for (i, out) in out.iter_mut().enumerate() {
                let sd = sd[i].hypot(beyond);
                out.0.push(Normal { weight: component.weight, mean: shift[i], sd });
            }
            last = Some((covariance, sd));
        }
        out
    }

    /// The state of experiment `e` of the recovered equation, and its posterior standard deviation.
    ///
    /// # Errors
    /// If it cannot be computed.
    pub fn state(&self, e: usize) -> EvalResult<StateBand> {
        let (u, directions) = self.problem.state_directions(e, &self.values)?;
        let sd = standard_deviations(directions.as_ref(), self.covariance().as_ref());
        Ok(StateBand { u, sd })
    }

    /// What is predicted for each datum of experiment `e`, in the unit of the data.
    ///
    /// # Errors
    /// If the state cannot be computed.
    pub fn predicted(&self, e: usize) -> EvalResult<Vec<f64>> {
        let states = self.problem.steady_states(&self.values)?;
        let observations = &self.problem.states[e].observations;
        let mut out = vec![0.0; observations.n_data()];
        observations.predicted(&states[e], &mut out);
        Ok(out)
    }

    /// The log-likelihood of each datum of experiment `e`, constants included.
    ///
    /// # Errors
    /// If the state cannot be computed.
    pub fn log_density(&self, e: usize) -> EvalResult<Vec<f64>> {
        let states = self.problem.steady_states(&self.values)?;
        self.problem.states[e].observations.log_density(&states[e])
    }

    /// The log-likelihood of all data of experiment `e` for any state at the nodes, constants included.
    ///
    /// # Errors
    /// If the data cannot be had of such a state.
    pub fn log_likelihood(&self, e: usize, u: &[f64]) -> EvalResult<f64> {
        Ok(self.problem.states[e].observations.log_density(u)?.iter().sum())
    }

    /// The functions as found in modes: values of each unknown at the points of its slot.
    pub fn modal_values(&self) -> Vec<Vec<f64>> {
        self.problem.values(&self.coefficients)
    }
}

/// √(row Σ rowᵀ) of every row.
fn standard_deviations(rows: MatRef<'_, f64>, covariance: MatRef<'_, f64>) -> Vec<f64> {
    let spread = rows * covariance;
    (0..rows.nrows()).map(|i| (spread.row(i) * rows.row(i).transpose()).max(0.0).sqrt()).collect()
}
