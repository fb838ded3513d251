//! What a recovery returns: plain data, ready to be written, plotted or compared.
//!
//! Functions that the equation determines only up to a constant are given with zero mean over
//! their domain. Errors are relative L² norms, after the mean is removed from both sides for such
//! functions: ‖f − f*‖ / ‖f*‖.

use std::time::Duration;

use lacuna_core::{Argument, Stop};
use lacuna_fit::HeldOut;
use lacuna_identify::{Band, Posterior};
use serde::Serialize;

use crate::problem::Formulation;
use crate::{Checks, Diagnosed, Lean, RecoveredParameter, Units};

/// The outcome of fitting the unknown functions of a problem.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// How the best restart ended.
    pub stop: Stop,
    /// Wall-clock time of the fit, without reading and writing.
    pub elapsed: Duration,
    /// Seed from which all restarts derive.
    pub seed: u64,
    /// What was minimised.
    pub formulation: Formulation,
    /// Name of the optimiser used.
    pub optimiser: &'static str,
    /// Final cost of the best restart: ½ ‖r‖², or the negative logarithm of the posterior density
    /// up to a constant.
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
    /// What the data said of prior and noise, where observations were fitted as they are.
    pub inference: Option<Inference>,
    /// What the data leave open of the functions, for predictions.
    pub posterior: Option<Posterior>,
    /// The relative error of exact data that the posterior assumes; none where their noise is known
    /// or was found.
    pub assumed_noise: Option<f64>,
    /// Whether the data determine the unknowns; nothing where that could not be examined.
    pub diagnosis: Option<Diagnosed>,
    /// What could expose a wrong model.
    pub checks: Checks,
    /// What it was computed in: the units of θ and of the posterior.
    pub units: Units,
    /// What the result leans on, worst first.
    pub leans: Vec<Lean>,
}

impl Recovery {
    /// What of the result is not a finite number, if anything is.
    pub fn not_finite(&self) -> Option<String> {
        let finite = |numbers: &[f64]| numbers.iter().all(|number| number.is_finite());
        let band = |band: &Option<Band>| {
            band.as_ref().is_none_or(|band| finite(&band.lower) && finite(&band.upper))
        };
        let function = |f: &&RecoveredFunction| {
            !(finite(&f.values) && finite(&f.theta) && f.offset.is_finite() && band(&f.band))
        };
        let state = |s: &&FittedState| {
            !(finite(&s.observed) && band(&s.band) && s.predicted.as_deref().is_none_or(finite))
        };
        if let Some(f) = self.functions.iter().find(function) {
            return Some(format!("the function {}", f.name));
        }
        let state = self.states.iter().find(state);
        state.map(|s| format!("the state of experiment {}", s.name))
    }

    /// Whether the best restart converged.
    pub fn is_converged(&self) -> bool {
        self.stop == Stop::Converged
    }

    /// What the result leans on most, in words.
    pub fn leans_most(&self) -> Option<String> {
        crate::leans::worst(&self.leans).map(Lean::in_words)
    }
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
    /// The highest mode of a Fourier series that the data asked to be finer than it is by default.
    pub finer: Option<usize>,
    /// Whether it is determined only up to a constant and was given zero mean.
    pub gauge: bool,
    /// Equally spaced points over its whole domain, at least 201 (one NaN for a scalar).
    pub x: Vec<f64>,
    /// Its values at `x`.
    pub values: Vec<f64>,
    /// The truth at `x`, with zero mean if `gauge`, when the problem gives it.
    pub truth: Option<Vec<f64>>,
    /// Relative L² error against the truth, unless that vanishes.
    pub relative_l2_error: Option<f64>,
    /// Its parameters, of the function in the units of computation ([`Recovery::units`]).
    pub theta: Vec<f64>,
    /// Constant added to f(x; θ) to give it zero mean.
    pub offset: f64,
    /// Its pointwise band at `x`.
    pub band: Option<Band>,
    /// The prior it was found with.
    pub prior: Option<RecoveredPrior>,
    /// Intervals of x in which there are data, for a function of position; empty where that has no
    /// meaning.
    pub support: Vec<[f64; 2]>,
    /// The parameters of a closed form; empty for other classes.
    pub parameters: Vec<RecoveredParameter>,
}

impl RecoveredFunction {
    /// Where `values` are: `x`, and 0 for a scalar.
    pub(crate) fn points(&self) -> Vec<f64> {
        if self.argument == Argument::None { vec![0.0] } else { self.x.clone() }
    }
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
    /// The pointwise band of `predicted`.
    pub band: Option<Band>,
    /// What was measured, where observations were fitted as they are; `observed` then holds the
    /// predicted state.
    pub measured: Option<MeasuredState>,
}

/// The observations of one state.
#[derive(Clone, Debug, Serialize)]
pub struct MeasuredState {
    /// What they are, e.g. "values".
    pub kind: &'static str,
    /// How many.
    pub count: usize,
    /// Mean square of the residuals in units of the noise: about 1 where equation and noise are
    /// right. Positions have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_square_residual: Option<f64>,
    /// The noise level that was found, where it was unknown: a standard deviation in the unit of the
    /// data, or of their logarithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
}

/// The prior of a recovered function.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RecoveredPrior {
    /// Sobolev order.
    pub order: f64,
    /// Root mean square, in the unit of the function (of its logarithm, where it is positive).
    pub amplitude: f64,
    /// Length scale, in the unit of x.
    pub length_scale: f64,
}

/// What the data said of prior and noise.
#[derive(Clone, Debug)]
pub struct Inference {
    /// How the strength of the prior was chosen.
    pub prior_choice: &'static str,
    /// Logarithm of the evidence (Laplace), up to a constant of the data.
    pub log_evidence: f64,
    /// How the bands were found.
    pub bands: &'static str,
    /// Prediction of held-out data.
    pub held_out: Option<HeldOut>,
    /// Prediction of held-out states.
    pub held_out_states: Option<HeldOut>,
    /// Steps that were refused because a state left its branch.
    pub refused_steps: usize,
}

impl Inference {
    /// How well data were predicted that the fit had not seen, in words.
    pub fn in_words(&self, held_out: &HeldOut) -> String {
        let HeldOut { folds, mean_log_density, residual_rms } = held_out;
        let residual = match residual_rms {
            Some(rms) => format!("residual {rms:.2} of what is expected, "),
            None => String::new(),
        };
        format!("{residual}log-likelihood {mean_log_density:.3} a datum ({folds} folds)")
    }
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
