//! Files of predictions: `states/K.csv`, `predictions.csv` with a row for each, and `summary.json`.
//!
//! A steady state has the columns `x,value,lower,upper`, a transient `t,x,value,lower,upper`, time by
//! time. Without a band lower = upper = value.

use std::path::Path;

use lacuna_identify::Band;
use lacuna_solve::Stability;
use serde::Serialize;

use super::{DrawShares, Predicted, Prediction};
use crate::Result;
use crate::data::{write_csv, write_whole};
use crate::output::{make_dir, write_json};

/// Version of the format of `summary.json` after `predict`.
pub const PREDICTION_SCHEMA: &str = "lacuna-prediction/1";

/// The content of `summary.json` after `predict`.
#[derive(Clone, Debug, Serialize)]
pub struct PredictionSummary<'a> {
    /// [`PREDICTION_SCHEMA`].
    pub schema: &'static str,
    /// Version of lacuna.
    pub version: &'static str,
    /// Wall-clock time in seconds.
    pub seconds: f64,
    /// Seed of the draws.
    pub seed: u64,
    /// Every prediction.
    pub predictions: Vec<PredictedSummary<'a>>,
}

/// One prediction in `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct PredictedSummary<'a> {
    name: &'a str,
    kind: &'static str,
    conditions: &'a [(String, String)],
    stop: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    residual: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_steps: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_steps: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    largest_energy_growth: Option<f64>,
    /// Whether it is stable; a transient is where the steady state near its end is.
    #[serde(skip_serializing_if = "Option::is_none")]
    stable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unstable_directions: Option<usize>,
    /// The real part of the leading eigenvalue, 1/time.
    #[serde(skip_serializing_if = "Option::is_none")]
    growth_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    draws: Option<DrawShares>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bands: Option<&'static str>,
    #[serde(skip_serializing_if = "is_zero")]
    lost_draws: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    determined_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unseen_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_half_width: Option<f64>,
    warnings: &'a [String],
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl<'a> PredictionSummary<'a> {
    /// The summary of predictions.
    pub fn new(predictions: &'a [Prediction], seed: u64, seconds: f64) -> Self {
        Self {
            schema: PREDICTION_SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            seconds,
            seed,
            predictions: predictions.iter().map(PredictedSummary::new).collect(),
        }
    }
}

impl<'a> PredictedSummary<'a> {
    fn new(prediction: &'a Prediction) -> Self {
        let stability = prediction.stability.as_ref();
        let mut summary = Self {
            name: &prediction.name,
            kind: "state",
            conditions: &prediction.conditions,
            stop: prediction.outcome.stop().code(),
            residual: None,
            from: None,
            end: None,
            time_steps: None,
            frozen_steps: None,
            largest_energy_growth: None,
            stable: stability.map(Stability::is_stable),
            unstable_directions: stability.map(|s| s.unstable_directions),
            growth_rate: growth_rate(prediction),
            draws: prediction.shares,
            bands: prediction.bands,
            lost_draws: prediction.lost_draws,
            determined_share: prediction.determination.and_then(|d| d.share),
            unseen_share: prediction.determination.and_then(|d| d.unseen),
            relative_half_width: prediction.determination.map(|d| d.relative_half_width),
            warnings: &prediction.warnings,
        };
        match &prediction.outcome {
            Predicted::State { residual, from, .. } => {
                summary.residual = residual.is_finite().then_some(*residual);
                summary.from = Some(from);
            }
            Predicted::Transient { t, counts, largest_energy_growth, .. } => {
                summary.kind = "transient";
                summary.end = t.last().copied();
                summary.time_steps = Some(counts.accepted);
                summary.frozen_steps = Some(counts.frozen_steps);
                summary.largest_energy_growth = *largest_energy_growth;
            }
        }
        summary
    }
}

fn growth_rate(prediction: &Prediction) -> Option<f64> {
    prediction.stability.as_ref()?.eigenvalues.first().map(|lambda| lambda.re)
}

/// One row a prediction: what it is of, whether it is stable, and how sure that is.
fn table(predictions: &[Prediction]) -> String {
    let number = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:?}"));
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = String::from(
        "prediction,file,conditions,from,stop,stable,unstable_directions,growth_rate,\
         draws_exists,draws_stable,draws_reached,relative_half_width\n",
    );
    for prediction in predictions {
        let from = match &prediction.outcome {
            Predicted::State { from, .. } => from.as_str(),
            Predicted::Transient { .. } => "in time",
        };
        let stability = prediction.stability.as_ref();
        let shares = prediction.shares;
        let cells = [
            prediction.name.clone(),
            format!("states/{}.csv", prediction.name),
            quoted(&super::steady::in_words(&prediction.conditions)),
            quoted(from),
            prediction.outcome.stop().code().to_owned(),
            stability.map_or_else(String::new, |s| s.is_stable().to_string()),
            stability.map_or_else(String::new, |s| s.unstable_directions.to_string()),
            number(growth_rate(prediction)),
            number(shares.map(|s| s.exists)),
            number(shares.and_then(|s| s.stable)),
            number(shares.and_then(|s| s.reached)),
            number(prediction.determination.map(|d| d.relative_half_width)),
        ];
        text += &cells.join(",");
        text.push('\n');
    }
    text
}

/// Writes `states/K.csv` for every prediction, `predictions.csv` and `summary.json` into `out`, which is
/// made if needed.
///
/// # Errors
/// If a file cannot be written.
pub fn write_predictions(
    out: &Path,
    predictions: &[Prediction],
    summary: &PredictionSummary<'_>,
) -> Result<()> {
    let states = out.join("states");
    make_dir(&states)?;
    for (k, prediction) in predictions.iter().enumerate() {
        let path = states.join(format!("{}.csv", k + 1));
        let x = &prediction.x;
        match &prediction.outcome {
            Predicted::State { u, band, .. } => {
                let (lower, upper) = edges(u, band.as_ref());
                write_csv(&path, &["x", "value", "lower", "upper"], &[x, u, lower, upper])?;
            }
            Predicted::Transient { t, u, bands, .. } => {
                let mut columns: [Vec<f64>; 5] = Default::default();
                for (i, (t, u)) in t.iter().zip(u).enumerate() {
                    let (lower, upper) = edges(u, bands.get(i));
                    columns[0].extend(std::iter::repeat_n(*t, x.len()));
                    for (column, part) in columns[1..].iter_mut().zip([x, u, lower, upper]) {
                        column.extend_from_slice(part);
                    }
                }
                let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
                write_csv(&path, &["t", "x", "value", "lower", "upper"], &columns)?;
            }
        }
    }
    write_whole(&out.join("predictions.csv"), &table(predictions))?;
    write_json(&out.join("summary.json"), summary)
}

fn edges<'a>(u: &'a Vec<f64>, band: Option<&'a Band>) -> (&'a Vec<f64>, &'a Vec<f64>) {
    band.map_or((u, u), |band| (&band.lower, &band.upper))
}
