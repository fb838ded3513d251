//! Recovery from states that are known at the nodes: the field formulations.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use lacuna_core::{Bound, Flow, Form, Model, Step, Stop};
use lacuna_fit::{
    Adam, FieldObjective, Fit, FitError, FittedParameter, Lbfgs, LevenbergMarquardt, Limits,
    Optimiser, Start, VariableProjection, fitted_parameters, multi_start, polish_best,
};
use lacuna_identify::{BAND, Posterior};
use lacuna_solve::{SteadyStateOptions, steady_state};

use crate::checks::{self, Checks};
use crate::data::Roughness;
use crate::diagnose::plan::values_at_slot;
use crate::diagnose::{self, Conclusion};
use crate::leans::leans;
use crate::misfit::{REMEDY, explains_nothing};
use crate::problem::{self, Formulation, LoadedProblem};
use crate::recovered::{disagreements, recovered, restart, too_few_states};
use crate::setup::{Observation, Truth};
use crate::task::steadfast;
use crate::{
    Error, FittedState, Progress, RecoveredFunction, RecoveredParameter, Recovery, Result, Setup,
};

/// Default weight of the smoothness prior where restarts have to agree on one function.
const SMOOTHNESS: f64 = 1e-11;
/// Relative roughness of values that are known to the last digits of a number.
const ROUND_OFF: f64 = 1e-9;
/// Data are exact when functions exist that leave less than this share of the residual.
const EXACT: f64 = 1e-7;
/// A state is missed when it is further off than exact values by this factor.
const MISSED: f64 = 3.0;
/// Two fits are equally good when their costs differ by less than this factor.
const EQUALLY_GOOD: f64 = 1.5;

/// What a recovery from states known at the nodes will do, before it does it.
pub struct Plan {
    /// The problem, ready to compute.
    pub setup: Setup,
    /// The observed states.
    pub observations: Vec<Observation>,
    /// The residual that will be minimised.
    pub form: Form,
    /// The method that will minimise it.
    pub optimiser: Box<dyn Optimiser>,
    /// The same, stricter, for the best start.
    polish: Option<Box<dyn Optimiser>>,
    /// How many random starts; one where the start does not matter.
    pub restarts: usize,
    /// Weight of the smoothness prior relative to what the data see of each unknown; 0 for none.
    pub smoothness: f64,
    /// Remarks a reader should see before the fit.
    pub warnings: Vec<String>,
    /// The true function of each unknown, where the problem gives it.
    truths: Vec<Option<Truth>>,
    objective: FieldObjective,
    /// Noise of the values as they show it, relative to their root mean square; 0 where they show none.
    roughness: f64,
    /// The result, where finding out whether the data are exact took the direct solve itself.
    solved: Option<(Fit, Duration)>,
}

impl Plan {
    /// Reads the data of a problem and decides how its unknowns are found.
    ///
    /// # Errors
    /// If the data cannot be read or do not suit the equation, or the equation lacks the
    /// formulation.
    pub fn new(loaded: &LoadedProblem) -> Result<Self> {
        loaded.require_recoverable()?;
        let setup = Setup::new(loaded)?;
        let loaded = &setup.loaded.clone();
        let fit = &loaded.problem.fit;
        let form = fit.formulation.form().unwrap_or(setup.model.forms()[0]);
        let mut observations = Vec::new();
        let mut experiments = Vec::new();
        for index in 0..setup.n_experiments() {
            let takes_log = form == Form::LogFixedPoint;
            let Some(observation) = setup.observation(index, takes_log)? else { continue };
            experiments.push(setup.experiment(index, observation.at_nodes.clone())?);
            observations.push(observation);
        }
        let unknowns = setup.unknowns.iter().map(|u| u.unknown.clone()).collect();
        let failed = |source| Error::Fit { place: loaded.place("fit"), source };
        let objective = FieldObjective::new(setup.model.clone(), form, unknowns, experiments)
            .map_err(failed)?;
        if objective.is_homogeneous() {
            let names = setup.unknowns.iter().map(|u| u.name).collect::<Vec<_>>().join(", ");
            return Err(Error::NoScale { place: loaded.place("model"), names });
        }
        let truths =
            setup.unknowns.iter().map(|u| setup.truth(u.name)).collect::<Result<Vec<_>>>()?;

        let all_linear = objective.n_linear_params() == objective_len(&objective);
        let some_linear = objective.n_linear_params() > 0;
        let mut warnings: Vec<String> =
            too_few_states(&setup, observations.len()).into_iter().collect();
        for index in 0..setup.n_experiments() {
            if let Some(measured) = loaded.read_measurements(index)? {
                warnings.extend(measured.remarks.iter().cloned());
            }
        }
        let roughness = roughness(&observations);
        if roughness > loaded.problem.diagnose.noise {
            warnings.push(format!(
                "the values are rough, by about {roughness:.1e} of their root mean square, and the \
                 formulation `{form}` takes them as exact: errors in them go into the functions \
                 unsmoothed, and bands assume that level; use `formulation = \"{}\"`, which averages \
                 over them",
                Formulation::SteadyState
            ));
        }
        if fit.optimiser == problem::Optimiser::Projection && !some_linear {
            return Err(failed(FitError::NothingLinear));
        }
        let optimiser = optimiser(fit, some_linear, SCREENING);
        let direct = all_linear && optimiser.name() == "projection";
        let restarts = if direct { 1 } else { fit.restarts };
        let solved = match fit.smoothness {
            // Rounding errors are noise to a direct solve, however small its residual.
            None if direct && roughness < ROUND_OFF => {
                solve_exactly(&objective, optimiser.as_ref()).map_err(failed)?
            }
            _ => None,
        };
        let default = if solved.is_some() { 0.0 } else { SMOOTHNESS.max(roughness * roughness) };
        let smoothness = fit.smoothness.unwrap_or(default);
        let seen =
            objective.visibility(&objective.initial(fit.seed)).map_err(|e| failed(e.into()))?;
        for (unknown, _) in setup.unknowns.iter().zip(&seen).filter(|(_, seen)| **seen == 0.0) {
            warnings.push(format!(
                "the data say nothing of {} under these conditions; what is reported of it is \
                 arbitrary",
                unknown.name
            ));
        }
        let weights: Vec<f64> = seen.iter().map(|v| smoothness * v).collect();
        let objective = objective.with_smoothness(&weights);
        let polish = (!direct).then(|| self::optimiser(fit, some_linear, POLISHING));
        Ok(Self {
            setup,
            observations,
            form,
            optimiser,
            polish,
            restarts,
            smoothness,
            warnings,
            truths,
            objective,
            roughness,
            solved,
        })
    }

    /// Carries it out. `watch` sees every iterate of every restart, from several threads, and may
    /// stop the run; the best result so far is then returned.
    ///
    /// # Errors
    /// If no restart could be evaluated.
    pub fn run(&self, watch: &(dyn Fn(&Progress) -> Flow + Sync)) -> Result<Recovery> {
        let begin = Instant::now();
        let stopped = AtomicBool::new(false);
        let watch = &steadfast(watch, &stopped);
        let seed = self.setup.loaded.problem.fit.seed;
        let report = |restart: usize, step: &Step<'_>| {
            let (iteration, cost) = (step.iteration, step.cost);
            watch(&Progress { restart, restarts: self.restarts, iteration, cost })
        };
        let optimiser = self.optimiser.as_ref();
        let failed = |source| Error::Fit { place: self.setup.loaded.place("fit"), source };
        let mut starts = match &self.solved {
            Some((fit, _)) => vec![replay(Start::direct(seed, fit.clone()), &report)],
            None => multi_start(&self.objective, optimiser, self.restarts, seed, &report)
                .map_err(failed)?,
        };
        let best_restart = match &self.polish {
            Some(polish) => polish_best(&self.objective, polish.as_ref(), &mut starts, &report)
                .map_err(failed)?,
            None => 0,
        };
        // Stopped by the user: there may have been a better one among those cut short.
        let interrupted = || {
            let idle =
                Progress { restart: 0, restarts: self.restarts, iteration: 0, cost: f64::NAN };
            watch(&idle) == Flow::Stop
        };
        let theta = &starts[best_restart].fit.theta;
        let before = self.solved.as_ref().map_or(Duration::ZERO, |(_, elapsed)| *elapsed);
        let elapsed = before + begin.elapsed();

        let mut functions: Vec<RecoveredFunction> = self
            .setup
            .unknowns
            .iter()
            .zip(self.objective.ranges())
            .zip(&self.truths)
            .map(|((unknown, range), truth)| {
                recovered(&self.setup, unknown, &theta[range.clone()], truth.as_ref())
            })
            .collect();
        let states = (0..self.observations.len())
            .map(|index| self.fitted_state(index, theta))
            .collect::<Result<Vec<_>>>()?;
        let mut warnings = self.warnings.clone();
        let rival = |cost: f64| cost <= EQUALLY_GOOD * starts[best_restart].fit.cost;
        let ranges = self.objective.ranges();
        let none = |_: usize, _: &[f64]| None;
        let restarts = disagreements(&self.setup, ranges, &starts, best_restart, &rival, &none);
        let checks = Checks::new(None, restarts.iter().filter_map(checks::restart).collect());
        warnings.extend(checks.remarks(&|_| false));
        warnings.extend(states.iter().filter_map(|state| {
            let stop = state.predicted_stop.filter(|stop| !stop.is_converged())?;
            Some(format!(
                "the steady state of the recovered equation for experiment {} {stop}",
                state.name
            ))
        }));
        let noise = self.noise(&states);
        let conclusion = if interrupted() { None } else { self.conclude(theta, noise) };
        let posterior = conclusion.as_ref().and_then(|c| c.posterior.clone());
        if let Some(posterior) = &posterior {
            parameters_of(posterior, &mut functions);
        }
        let misfits = self.misfits(&states);
        let stop = match starts[best_restart].fit.stop {
            _ if interrupted() => Stop::Interrupted,
            Stop::Converged if !misfits.is_empty() => Stop::Misfit,
            stop => stop,
        };
        warnings.splice(0..0, misfits);
        // The experiments of a diagnosis are all those of the problem.
        let all: Vec<usize> = (0..self.setup.n_experiments()).collect();
        let nominal = conclusion.as_ref().map(|c| &c.nominal);
        let leans = nominal.map(|nominal| leans(&self.setup, nominal, &all, &functions));
        let mut recovery = Recovery {
            units: *self.setup.units(),
            leans: leans.unwrap_or_default(),
            stop,
            elapsed,
            seed,
            formulation: self.form.into(),
            optimiser: self.optimiser.name(),
            cost: starts[best_restart].fit.cost,
            functions,
            states,
            restarts: starts.iter().map(restart).collect(),
            best_restart,
            warnings,
            inference: None,
            posterior,
            assumed_noise: Some(noise),
            diagnosis: conclusion.map(|c| c.diagnosed),
            checks,
        };
        recovery.warnings.extend(self.misses(&recovery).map(|missed| {
            format!(
                "{missed}; bands and verdict assume {noise:.1e} instead, but the formulation `{}` lets \
                 errors of the values into the functions unsmoothed; use `formulation = \"{}\"`, \
                 which finds their level and averages over them",
                self.form,
                Formulation::SteadyState
            )
        }));
        Ok(self.setup.recovery_as_given(recovery))
    }

    /// The largest relative misfit of a state; infinite where a state was not found.
    fn misfit(states: &[FittedState]) -> f64 {
        let misfit = |state: &FittedState| match state.predicted_stop {
            Some(stop) if stop.is_converged() => state.relative_l2_misfit.unwrap_or(f64::INFINITY),
            _ => f64::INFINITY,
        };
        states.iter().map(misfit).fold(0.0, f64::max)
    }

    /// What bands assume of the values: more than the problem says where they are rougher, or the
    /// states further off.
    fn noise(&self, states: &[FittedState]) -> f64 {
        let assumed = self.setup.loaded.problem.diagnose.noise.max(self.roughness);
        let misfit = Self::misfit(states);
        if misfit.is_finite() && misfit > MISSED * assumed { misfit } else { assumed }
    }

    /// In words, whether the states lie further from the data than exact data allow.
    pub(crate) fn misses(&self, recovery: &Recovery) -> Option<String> {
        let assumed = self.setup.loaded.problem.diagnose.noise.max(self.roughness);
        let misfit = Self::misfit(&recovery.states);
        if misfit <= MISSED * assumed {
            return None;
        }
        Some(if misfit.is_finite() {
            format!(
                "the recovered equation misses the states by {misfit:.1e} of their norm, far more \
                 than the {assumed} that is assumed of exact values"
            )
        } else {
            "the recovered equation has no steady state at the data".to_owned()
        })
    }

    /// Experiments that the recovered equation does not describe at all, in words.
    fn misfits(&self, states: &[FittedState]) -> Vec<String> {
        let weights = self.setup.model.weights();
        let explains_nothing = |state: &&FittedState| {
            let Some(predicted) = state.predicted.as_ref() else { return false };
            state.predicted_stop.is_some_and(Stop::is_converged)
                && explains_nothing(&state.observed, predicted, weights)
        };
        let words = |state: &FittedState| {
            format!(
                "the recovered equation does not describe experiment {}: its steady state explains \
                 nothing of how the data vary; {REMEDY}",
                state.name
            )
        };
        states.iter().filter(explains_nothing).map(words).collect()
    }

    /// At the recovered functions, with values known up to `noise` of their root mean square.
    fn conclude(&self, theta: &[f64], noise: f64) -> Option<Conclusion> {
        let unknowns = self.setup.unknowns.iter().zip(self.objective.ranges()).enumerate();
        let values: Vec<Vec<f64>> = unknowns
            .map(|(s, (unknown, range))| {
                let function = unknown.unknown.function.clone();
                let theta = theta[range.clone()].to_vec();
                values_at_slot(&self.setup, s, &[Bound { function, theta }])
            })
            .collect();
        let mut loaded = self.setup.loaded.clone();
        loaded.problem.diagnose.noise = noise;
        diagnose::of_values(&loaded, &values)
    }

    fn fitted_state(&self, index: usize, theta: &[f64]) -> Result<FittedState> {
        let Observation { data, at_nodes } = &self.observations[index];
        let functions = self.objective.functions(theta, index);
        let conditions = self.setup.conditions(index);
        let model: &dyn Model = self.setup.model.as_ref();
        let options = SteadyStateOptions::default();
        let found = steady_state(model, &functions, &conditions, at_nodes, &options, None).ok();
        let norm = |v: &mut dyn Iterator<Item = f64>| -> f64 {
            v.zip(model.weights()).map(|(v, w)| w * v * v).sum::<f64>().sqrt()
        };
        let misfit = found.as_ref().map(|found| {
            norm(&mut found.u.iter().zip(at_nodes).map(|(p, o)| p - o))
                / norm(&mut at_nodes.iter().copied())
        });
        let spec = &self.setup.loaded.problem.experiments[index];
        Ok(FittedState {
            name: spec.name.clone().unwrap_or_else(|| (index + 1).to_string()),
            source: data.path.display().to_string(),
            conditions: self.setup.conditions_in_words(index),
            data_x: data.x.clone(),
            data_u: data.u.clone(),
            x: self.setup.grid.nodes().coordinates().to_vec(),
            observed: at_nodes.clone(),
            predicted_stop: found.as_ref().map(|found| found.stop),
            predicted: found.map(|found| found.u),
            relative_l2_misfit: misfit,
            band: None,
            measured: None,
        })
    }
}

/// Standard errors and intervals of the parameters of closed forms, at the noise that is assumed.
fn parameters_of(posterior: &Posterior, functions: &mut [RecoveredFunction]) {
    for (s, function) in functions.iter_mut().enumerate() {
        let start = posterior.columns(s).start;
        let covariance = |i: usize, j: usize| posterior.covariance()[(start + i, start + j)];
        let fitted = fitted_parameters(&posterior.priors()[s], covariance);
        for (parameter, fitted) in function.parameters.iter_mut().zip(fitted) {
            let fitted = FittedParameter { value: parameter.value, ..fitted };
            *parameter = RecoveredParameter::new(fitted, BAND);
        }
    }
}

/// The largest noise that values show.
fn roughness(observations: &[Observation]) -> f64 {
    let of = |observation: &Observation| {
        let found = Roughness::of(&observation.data.x, &observation.data.u);
        if found.is_noise { found.level } else { 0.0 }
    };
    observations.iter().map(of).fold(0.0, f64::max)
}

/// One direct solve, if it fits the data so well that no noise is left for a prior to suppress.
fn solve_exactly(
    objective: &FieldObjective,
    optimiser: &dyn Optimiser,
) -> Result<Option<(Fit, Duration)>, FitError> {
    let begin = Instant::now();
    let start = vec![0.0; objective_len(objective)];
    let fit = optimiser.minimise(objective, &start, &mut |_| Flow::Continue)?;
    let exact = fit.cost <= EXACT * EXACT * fit.history[0];
    Ok(exact.then(|| (fit, begin.elapsed())))
}

/// Reports a direct solve that was done already.
fn replay(mut start: Start, report: &dyn Fn(usize, &Step<'_>) -> Flow) -> Start {
    let Fit { cost, ref theta, .. } = start.fit;
    let step = Step { iteration: 1, cost, gradient: None, theta };
    if report(0, &step) == Flow::Stop {
        start.fit.stop = Stop::Interrupted;
    }
    start
}

fn objective_len(objective: &FieldObjective) -> usize {
    objective.ranges().last().map_or(0, |range| range.end)
}

/// When the methods built on least squares stop.
#[derive(Clone, Copy)]
struct Strictness {
    patience: usize,
    worthwhile: f64,
}

/// To compare random starts.
const SCREENING: Strictness = Strictness { patience: 6, worthwhile: 0.3 };
/// For the best of them.
const POLISHING: Strictness = Strictness { patience: 10, worthwhile: 1e-3 };

/// The optimiser a problem asks for, or the one that suits its residual.
fn optimiser(
    fit: &problem::FitSpec,
    some_linear: bool,
    strictness: Strictness,
) -> Box<dyn Optimiser> {
    let adjust = |limits: Limits| Limits {
        max_iterations: fit.max_iterations.unwrap_or(limits.max_iterations),
        worthwhile: fit.tolerance.unwrap_or(limits.worthwhile),
        ..limits
    };
    let levenberg_marquardt = || {
        let default = LevenbergMarquardt::default();
        let Strictness { patience, worthwhile } = strictness;
        let limits = Limits { patience, worthwhile, ..default.limits };
        LevenbergMarquardt { limits: adjust(limits), ..default }
    };
    let projection =
        || VariableProjection { outer: levenberg_marquardt(), ..VariableProjection::default() };
    match fit.optimiser {
        problem::Optimiser::Auto if some_linear => Box::new(projection()),
        problem::Optimiser::Auto | problem::Optimiser::LevenbergMarquardt => {
            Box::new(levenberg_marquardt())
        }
        problem::Optimiser::Projection => Box::new(projection()),
        problem::Optimiser::Lbfgs => {
            let default = Lbfgs::default();
            Box::new(Lbfgs { limits: adjust(default.limits), ..default })
        }
        problem::Optimiser::Adam => {
            let default = Adam::default();
            Box::new(Adam { limits: adjust(default.limits), ..default })
        }
    }
}
