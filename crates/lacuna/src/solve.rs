//! Steady states of a problem whose functions are all known.

use lacuna_core::{Flow, Model, Stop};
use lacuna_solve::{
    NewtonOptions, SolveCounts, SolveStep, Stability, Stage, SteadyStateOptions, leading_modes,
    steady_state,
};

use crate::predict::unstable_in_words;
use crate::setup::expression;
use crate::units::shown;
use crate::{Error, Result, Setup};

/// Accuracy of eigenvalues, of which the sign is wanted.
const EIGENVALUES: f64 = 1e-8;

/// One steady state.
#[derive(Clone, Debug)]
pub struct SolvedState {
    /// Name for people and files: the experiment's own, or its number from 1.
    pub name: String,
    /// Its conditions, for people.
    pub conditions: Vec<(String, String)>,
    /// Nodes of the grid.
    pub x: Vec<f64>,
    /// The state at the nodes.
    pub u: Vec<f64>,
    /// How the solve ended.
    pub stop: Stop,
    /// ‖T(u) − u‖ relative to ‖u‖.
    pub residual: f64,
    /// What the evolution linearised there says; none where the solve did not converge, or the equation
    /// does not say how a state evolves.
    pub stability: Option<Stability>,
    /// Every iteration.
    pub history: Vec<SolveStep>,
    /// The work it took.
    pub counts: SolveCounts,
}

impl SolvedState {
    /// What a reader should know of an unstable state.
    pub fn warning(&self) -> Option<String> {
        let stability = self.stability.as_ref().filter(|stability| !stability.is_stable())?;
        Some(format!(
            "state {} is {}: the system leaves it; `lacuna predict` gives the stable states it goes to",
            self.name,
            unstable_in_words(stability)
        ))
    }
}

/// Solves for the steady state of every experiment, or of the equation itself if there is none.
///
/// The search starts from `initial` of the experiment or of `[solve]`, else from `guesses` (one an experiment), else from
/// the observed state, else from a uniform one.
///
/// # Errors
/// If a function is unknown, a guess cannot be read, or the equation cannot be evaluated. Not
/// converging is an outcome: see [`SolvedState::stop`].
pub fn solve(
    setup: &Setup,
    guesses: &[Vec<f64>],
    watch: &mut dyn FnMut(usize, &SolveStep) -> Flow,
) -> Result<Vec<SolvedState>> {
    let spec = &setup.loaded.problem.solve;
    let mut options = SteadyStateOptions::default();
    if let Some(tolerance) = spec.tolerance {
        options.tolerance = tolerance;
    }
    if let Some(max_iterations) = spec.max_iterations {
        for stage in &mut options.stages {
            match stage {
                Stage::Newton(newton) => {
                    *newton = NewtonOptions { max_iterations, ..newton.clone() };
                }
                Stage::Anderson(anderson) => anderson.max_iterations = max_iterations,
            }
        }
    }
    let mut states = Vec::new();
    let guesses = &setup.units().states(guesses)[..];
    for index in 0..setup.n_experiments() {
        let functions = setup.known_functions(index)?;
        let guess = initial_state(setup, guesses, index)?;
        let conditions = setup.conditions(index);
        let model: &dyn Model = setup.model.as_ref();
        let mut report = |step: &SolveStep| watch(index, step);
        let found =
            steady_state(model, &functions, &conditions, &guess, &options, Some(&mut report))
                .map_err(|source| Error::Evaluation { source })?;
        let spec = setup.loaded.problem.experiments.get(index);
        let interrupted = found.stop == Stop::Interrupted;
        let modes = if found.stop.is_converged() {
            leading_modes(model, &functions, &conditions, &found.u, 1, EIGENVALUES).ok().flatten()
        } else {
            None
        };
        states.push(setup.solved_as_given(SolvedState {
            name: spec.and_then(|s| s.name.clone()).unwrap_or_else(|| (index + 1).to_string()),
            conditions: setup.conditions_in_words(index),
            x: setup.grid.nodes().coordinates().to_vec(),
            u: found.u,
            stop: found.stop,
            residual: found.residual,
            stability: modes.map(|modes| modes.stability),
            history: found.history,
            counts: found.counts,
        }));
        if interrupted {
            break;
        }
    }
    Ok(states)
}

/// Where the search for the state of one experiment starts, if the problem says so.
///
/// # Errors
/// If the expression cannot be parsed or is no state.
pub(crate) fn given_start(setup: &Setup, index: usize) -> Result<Option<Vec<f64>>> {
    match (own_start(setup, index)?, &setup.loaded.problem.solve.initial) {
        (Some(guess), _) => Ok(Some(guess)),
        (None, Some(text)) => start(setup, text, "solve.initial".to_owned()).map(Some),
        (None, None) => Ok(None),
    }
}

/// The same, if the experiment itself says so: it then picks the branch also where there are data.
///
/// # Errors
/// As [`given_start`].
pub(crate) fn own_start(setup: &Setup, index: usize) -> Result<Option<Vec<f64>>> {
    let own = setup.loaded.problem.experiments.get(index).and_then(|e| e.initial.as_ref());
    own.map(|text| start(setup, text, format!("experiments.{index}.initial"))).transpose()
}

fn start(setup: &Setup, text: &str, key: String) -> Result<Vec<f64>> {
    let unit = setup.units().state;
    let guess = expression(&setup.loaded, text, &key, unit)?.values(setup.grid.nodes());
    let usable = |u: &f64| u.is_finite() && (*u >= 0.0 || !setup.model.is_density());
    match guess.iter().position(|u| !usable(u)) {
        Some(node) => Err(Error::Initial {
            place: setup.loaded.place(&key),
            key,
            x: shown(setup.grid.nodes().get(node)[0] * setup.units().length),
            value: shown(guess[node] * unit),
        }),
        None => Ok(guess),
    }
}

/// A uniform density, or zero.
pub(crate) fn uniform_start(setup: &Setup, index: usize) -> Vec<f64> {
    let length: f64 = setup.grid.weights().iter().sum();
    let level = if setup.model.is_density() { setup.conditions(index).mass / length } else { 0.0 };
    vec![level; setup.grid.len()]
}

pub(crate) fn initial_state(setup: &Setup, guesses: &[Vec<f64>], index: usize) -> Result<Vec<f64>> {
    let n = setup.grid.len();
    if let Some(guess) = given_start(setup, index)? {
        return Ok(guess);
    }
    if let Some(guess) = guesses.get(index).filter(|guess| guess.len() == n) {
        return Ok(guess.clone());
    }
    if let Some(observation) = setup.observation(index, false)? {
        return Ok(observation.at_nodes);
    }
    Ok(uniform_start(setup, index))
}
