//! The files a run leaves: `functions/NAME.csv`, `states/K.csv`, `summary.json`, `model.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lacuna_core::Argument;
use lacuna_fit::HeldOut;
use lacuna_identify::{Band, Verdict};
use serde::Serialize;

use crate::data::write_csv;
use crate::solve::SolvedState;
use crate::{
    Checks, Error, Lean, MeasuredState, RecoveredParameter, RecoveredPrior, Recovery, Restart,
    Result, parameters,
};

/// Version of the format of `summary.json`.
pub const SUMMARY_SCHEMA: &str = "lacuna-summary/1";

/// The content of `summary.json` after `recover`.
#[derive(Clone, Debug, Serialize)]
pub struct Summary<'a> {
    /// [`SUMMARY_SCHEMA`].
    pub schema: &'static str,
    /// Version of lacuna.
    pub version: &'static str,
    /// How the best restart ended, in one word.
    pub stop: &'static str,
    /// The same in words.
    pub message: String,
    /// Wall-clock time of the fit in seconds.
    pub seconds: f64,
    /// Seed of the run.
    pub seed: u64,
    /// What was minimised.
    pub formulation: String,
    /// What minimised it.
    pub optimiser: &'static str,
    /// Final cost ½ ‖r‖².
    pub cost: f64,
    /// Every unknown, by name.
    pub functions: BTreeMap<&'a str, FunctionSummary<'a>>,
    /// Every experiment, by name.
    pub states: BTreeMap<&'a str, StateSummary>,
    /// Every restart.
    pub restarts: &'a [Restart],
    /// Index of the restart that was kept.
    pub best_restart: usize,
    /// Remarks.
    pub warnings: &'a [String],
    /// What the data said of prior and noise, where observations were fitted as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inference: Option<InferenceSummary>,
    /// What could expose a wrong model.
    pub checks: &'a Checks,
    /// What the result leans on, worst first.
    pub leans: &'a [Lean],
}

/// One unknown in `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionSummary<'a> {
    /// What it is.
    pub description: &'a str,
    /// Its function class.
    pub surrogate: &'a str,
    /// Whether it is known up to a constant only and given with zero mean.
    pub zero_mean: bool,
    /// Its value, for a scalar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Relative L² error when the truth is given, means removed for functions of zero mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative_l2_error: Option<f64>,
    /// Whether the data determine it: the verdict of the diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<&'static str>,
    /// The 95 % band of a scalar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// Root mean square over the domain of half the width of the 95 % band.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub band_half_width: Option<f64>,
    /// The prior it was found with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior: Option<RecoveredPrior>,
    /// The parameters of a closed form.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub parameters: &'a [RecoveredParameter],
}

/// [`Inference`](crate::Inference) in `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct InferenceSummary {
    /// How the strength of the prior was chosen.
    pub prior_choice: &'static str,
    /// Logarithm of the evidence, up to a constant of the data.
    pub log_evidence: f64,
    /// How the bands were found.
    pub bands: &'static str,
    /// Prediction of held-out data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOutSummary>,
    /// Prediction of held-out states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out_states: Option<HeldOutSummary>,
    /// Steps that were refused because a state left its branch.
    pub refused_steps: usize,
}

/// Held-out data in `summary.json`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct HeldOutSummary {
    /// Folds.
    pub folds: usize,
    /// Mean log-likelihood of a held-out datum.
    pub mean_log_density: f64,
    /// Root mean square of the residuals in units of the noise; positions have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual_rms: Option<f64>,
}

impl From<HeldOut> for HeldOutSummary {
    fn from(HeldOut { folds, mean_log_density, residual_rms }: HeldOut) -> Self {
        Self { folds, mean_log_density, residual_rms }
    }
}

/// One experiment in `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct StateSummary {
    /// How the search for the recovered equation's steady state ended.
    pub stop: Option<&'static str>,
    /// ‖predicted − observed‖ / ‖observed‖ in L².
    pub relative_l2_misfit: Option<f64>,
    /// What was measured, where observations were fitted as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<MeasuredState>,
}

impl<'a> Summary<'a> {
    /// The summary of a recovery.
    pub fn new(recovery: &'a Recovery) -> Self {
        let verdict = |name: &str| {
            let diagnosis = recovery.diagnosis.as_ref()?;
            diagnosis.verdict(name).map(Verdict::code)
        };
        let functions = recovery.functions.iter().map(|f| {
            let summary = FunctionSummary {
                description: f.description,
                surrogate: &f.surrogate,
                zero_mean: f.gauge,
                value: (f.argument == Argument::None).then(|| f.values[0]),
                relative_l2_error: f.relative_l2_error,
                verdict: verdict(&f.name),
                interval: f.band.as_ref().filter(|_| f.argument == Argument::None).map(interval),
                band_half_width: f.band.as_ref().map(half_width),
                prior: f.prior,
                parameters: &f.parameters,
            };
            (f.name.as_str(), summary)
        });
        let states = recovery.states.iter().map(|s| {
            let summary = StateSummary {
                stop: s.predicted_stop.map(lacuna_core::Stop::code),
                relative_l2_misfit: s.relative_l2_misfit,
                measured: s.measured.clone(),
            };
            (s.name.as_str(), summary)
        });
        Self {
            schema: SUMMARY_SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            stop: recovery.stop.code(),
            message: recovery.stop.to_string(),
            seconds: recovery.elapsed.as_secs_f64(),
            seed: recovery.seed,
            formulation: recovery.formulation.to_string(),
            optimiser: recovery.optimiser,
            cost: recovery.cost,
            functions: functions.collect(),
            states: states.collect(),
            restarts: &recovery.restarts,
            best_restart: recovery.best_restart,
            warnings: &recovery.warnings,
            inference: recovery.inference.as_ref().map(|inference| InferenceSummary {
                prior_choice: inference.prior_choice,
                log_evidence: inference.log_evidence,
                bands: inference.bands,
                held_out: inference.held_out.map(Into::into),
                held_out_states: inference.held_out_states.map(Into::into),
                refused_steps: inference.refused_steps,
            }),
            checks: &recovery.checks,
            leans: &recovery.leans,
        }
    }
}

fn interval(band: &Band) -> [f64; 2] {
    [band.lower[0], band.upper[0]]
}

fn half_width(band: &Band) -> f64 {
    let square = |(lower, upper): (&f64, &f64)| (0.5 * (upper - lower)).powi(2);
    let total: f64 = band.lower.iter().zip(&band.upper).map(square).sum();
    (total / band.lower.len().max(1) as f64).sqrt()
}

const BAND_HEADERS: [&str; 4] = ["lower", "upper", "lower_50", "upper_50"];

fn band_columns(band: &Band) -> [&[f64]; 4] {
    [&band.lower, &band.upper, &band.lower_half, &band.upper_half]
}

/// Writes the functions, states and summary of a recovery into `out`, which is made if needed.
///
/// # Errors
/// If a file cannot be written.
pub fn write_recovery(out: &Path, recovery: &Recovery) -> Result<()> {
    make_dir(&out.join("functions"))?;
    for function in recovery.functions.iter().filter(|f| f.argument != Argument::None) {
        let path = out.join("functions").join(format!("{}.csv", function.name));
        let mut headers = vec!["x", "value"];
        let mut columns: Vec<&[f64]> = vec![&function.x, &function.values];
        if let Some(band) = &function.band {
            headers.extend(BAND_HEADERS);
            columns.extend(band_columns(band));
        }
        write_csv(&path, &headers, &columns)?;
        if !function.parameters.is_empty() {
            let path = out.join("functions").join(format!("{}-parameters.csv", function.name));
            crate::data::write_whole(&path, &parameters::csv(&function.parameters))?;
        }
    }
    make_dir(&out.join("states"))?;
    for (k, state) in recovery.states.iter().enumerate() {
        let path = out.join("states").join(format!("{}.csv", k + 1));
        match &state.predicted {
            Some(predicted) if state.measured.is_some() => {
                let mut headers = vec!["x", "value"];
                let mut columns: Vec<&[f64]> = vec![&state.x, predicted];
                if let Some(band) = &state.band {
                    headers.extend(BAND_HEADERS);
                    columns.extend(band_columns(band));
                }
                write_csv(&path, &headers, &columns)?;
            }
            Some(predicted) => {
                let headers = ["x", "value", "observed"];
                write_csv(&path, &headers, &[&state.x, predicted, &state.observed])?;
            }
            None => write_csv(&path, &["x", "observed"], &[&state.x, &state.observed])?,
        }
    }
    write_json(&out.join("summary.json"), &Summary::new(recovery))
}

/// Writes `states/K.csv` for every state solved for.
///
/// # Errors
/// If a file cannot be written.
pub fn write_states(out: &Path, states: &[SolvedState]) -> Result<()> {
    make_dir(&out.join("states"))?;
    for (k, state) in states.iter().enumerate() {
        let path = out.join("states").join(format!("{}.csv", k + 1));
        write_csv(&path, &["x", "value"], &[&state.x, &state.u])?;
    }
    Ok(())
}

/// Writes a value as indented JSON, complete or not at all.
///
/// # Errors
/// If the file cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Error::Write { path: path.to_owned(), source: e.into() })?;
    crate::data::write_whole(path, &(text + "\n"))
}

/// Writes text, complete or not at all.
///
/// # Errors
/// If the file cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<()> {
    crate::data::write_whole(path, text)
}

/// Makes a folder and those above it.
///
/// # Errors
/// If that is not possible.
pub fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|source| Error::Write { path: path.to_owned(), source })
}
