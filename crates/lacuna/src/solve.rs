//! Steady states of a problem whose functions are all known.

use lacuna_core::{Flow, Model, Stop};
use lacuna_solve::{
    NewtonOptions, SolveCounts, SolveStep, Stage, SteadyStateOptions, steady_state,
};

use crate::setup::expression;
use crate::{Error, Result, Setup};

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
    /// Every iteration.
    pub history: Vec<SolveStep>,
    /// The work it took.
    pub counts: SolveCounts,
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
        states.push(SolvedState {
            name: spec.and_then(|s| s.name.clone()).unwrap_or_else(|| (index + 1).to_string()),
            conditions: setup.conditions_in_words(index),
            x: setup.grid.nodes().coordinates().to_vec(),
            u: found.u,
            stop: found.stop,
            residual: found.residual,
            history: found.history,
            counts: found.counts,
        });
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
    let guess = expression(&setup.loaded, text, &key)?.values(setup.grid.nodes());
    let usable = |u: &f64| u.is_finite() && (*u >= 0.0 || !setup.model.is_density());
    match guess.iter().position(|u| !usable(u)) {
        Some(node) => Err(Error::Initial {
            place: setup.loaded.place(&key),
            key,
            x: setup.grid.nodes().get(node)[0],
            value: guess[node],
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
