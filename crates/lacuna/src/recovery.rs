//! What a recovery returns: plain data, ready to be written, plotted or compared.
//!
//! Functions that the equation determines only up to a constant are given with zero mean over
//! their domain. Errors are relative L² norms, after the mean is removed from both sides for such
//! functions: ‖f − f*‖ / ‖f*‖.

use std::time::Duration;

use lacuna_core::{Argument, Form, Stop};
use serde::Serialize;

/// The outcome of fitting the unknown functions of a problem.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// How the best restart ended.
    pub stop: Stop,
    /// Wall-clock time of the fit, without reading and writing.
    pub elapsed: Duration,
    /// Seed from which all restarts derive.
    pub seed: u64,
    /// The residual that was minimised.
    pub formulation: Form,
    /// Name of the optimiser used.
    pub optimiser: &'static str,
    /// Final cost ½ ‖r‖² of the best restart.
    pub cost: f64,
    /// Every unknown that was recovered, in the order of the equation.
    pub functions: Vec<RecoveredFunction>,
    /// One state per experiment.
    pub states: Vec<FittedState>,
    /// Every restart, in order of its index; the best is `best_restart`.
    pub restarts: Vec<Restart>,
    /// Index into `restarts` of the one that was kept.
    pub best_restart: usize,
    /// Remarks a reader should see, e.g. restarts that disagree.
    pub warnings: Vec<String>,
}

/// One recovered function or scalar.
#[derive(Clone, Debug)]
pub struct RecoveredFunction {
    /// Its name in the problem file, e.g. `W`.
    pub name: String,
    /// What it is, e.g. "interaction kernel".
    pub description: &'static str,
    /// What it depends on; `Argument::None` for a scalar, which has one point.
    pub argument: Argument,
    /// The function class and its size, for people, e.g. "network 16-16, tanh, even, 321 parameters".
    pub surrogate: String,
    /// Whether it is determined only up to a constant and was given zero mean.
    pub gauge: bool,
    /// Equally spaced points over its whole domain, at least 201 (one NaN for a scalar).
    pub x: Vec<f64>,
    /// Its values at `x`.
    pub values: Vec<f64>,
    /// The truth at `x`, with zero mean if `gauge`, when the problem gives it.
    pub truth: Option<Vec<f64>>,
    /// Relative L² error against the truth.
    pub relative_l2_error: Option<f64>,
    /// Its parameters.
    pub theta: Vec<f64>,
    /// Constant added to f(x; θ) to give it zero mean.
    pub offset: f64,
}

/// One observed state and what the recovered equation makes of it.
#[derive(Clone, Debug)]
pub struct FittedState {
    /// Name for people and files: the experiment's number from 1.
    pub name: String,
    /// Where the data came from.
    pub source: String,
    /// Its conditions, for people, e.g. `[("coupling", "0.1")]`.
    pub conditions: Vec<(String, String)>,
    /// Observed points, as read.
    pub data_x: Vec<f64>,
    /// Observed values, as read.
    pub data_u: Vec<f64>,
    /// Nodes of the grid.
    pub x: Vec<f64>,
    /// The observed state at the nodes.
    pub observed: Vec<f64>,
    /// The steady state of the recovered equation at the nodes, found from the observed one.
    pub predicted: Option<Vec<f64>>,
    /// How the search for `predicted` ended.
    pub predicted_stop: Option<Stop>,
    /// ‖predicted − observed‖ / ‖observed‖ in L².
    pub relative_l2_misfit: Option<f64>,
}

/// One run of the optimiser from one random start.
#[derive(Clone, Debug, Serialize)]
pub struct Restart {
    /// Its index, from 0.
    pub index: usize,
    /// Its seed.
    pub seed: u64,
    /// How it ended, as [`Stop::code`].
    pub stop: &'static str,
    /// Final cost ½ ‖r‖².
    pub cost: f64,
    /// Iterations done.
    pub iterations: usize,
    /// Evaluations of r.
    pub residual_evaluations: usize,
    /// Evaluations of the Jacobian or gradient.
    pub derivative_evaluations: usize,
    /// Cost after each iteration, the start first.
    pub history: Vec<f64>,
}
