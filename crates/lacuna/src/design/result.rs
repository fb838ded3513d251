//! What a design returns: plain data, and its file `design.json`.

use std::collections::BTreeMap;
use std::time::Duration;

use lacuna_core::{Argument, Stop};
use serde::Serialize;

/// Schema of `design.json`.
pub const DESIGN_SCHEMA: &str = "lacuna-design/1";

/// What to measure next, and what that is worth.
#[derive(Clone, Debug)]
pub struct Designed {
    /// Every point to measure, by experiment and place.
    pub points: Vec<ChosenPoint>,
    /// Every experiment that may be measured, chosen or not.
    pub experiments: Vec<DesignedExperiment>,
    /// What was made small.
    pub criterion: Expected,
    /// Every unknown, in the order of the equation.
    pub unknowns: Vec<DesignedUnknown>,
    /// The criterion with the first n measurements, in the order in which they gain most: from 0 to
    /// all.
    pub gain: Vec<f64>,
    /// The budget, and what of it is spent.
    pub budget: f64,
    /// What the design costs.
    pub cost: f64,
    /// Where the plausible truths come from: "fit", "truth" or "prior".
    pub nominal: &'static str,
    /// How many truths the design is made for.
    pub truths: usize,
    /// Noise of a measurement, in words.
    pub noise: String,
    /// Remarks a reader should see.
    pub remarks: Vec<String>,
    /// Converged when no exchange improves it, or interrupted.
    pub stop: Stop,
    /// Wall-clock time without reading and writing.
    pub elapsed: Duration,
}

/// One point to measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChosenPoint {
    /// Name of its experiment.
    pub experiment: String,
    /// The point.
    pub x: f64,
    /// How often to measure there.
    pub replicates: usize,
    /// What that costs, without the opening cost of the experiment.
    pub cost: f64,
}

/// One experiment that may be measured.
#[derive(Clone, Debug)]
pub struct DesignedExperiment {
    /// Its name or number.
    pub name: String,
    /// Its conditions, for people.
    pub conditions: Vec<(String, String)>,
    /// Cost of its measurements, the opening cost included.
    pub cost: f64,
    /// Measurements to make.
    pub points: usize,
    /// Whether the problem has data of it.
    pub has_data: bool,
    /// Where values of it were measured already.
    pub data_x: Vec<f64>,
    /// Those values.
    pub data_u: Vec<f64>,
    /// Nodes of the grid.
    pub x: Vec<f64>,
    /// Its state at the first truth.
    pub state: Vec<f64>,
    /// The lowest state of all truths.
    pub lowest: Vec<f64>,
    /// The highest.
    pub highest: Vec<f64>,
    /// The points to measure.
    pub chosen: Vec<f64>,
    /// The state at the first truth there.
    pub chosen_u: Vec<f64>,
}

/// A criterion and its values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expected {
    /// Its name in the problem file.
    pub name: &'static str,
    /// What it is.
    pub meaning: String,
    /// Its value with the design.
    pub value: f64,
    /// Its value without.
    pub before: f64,
    /// What no design of this budget can go below.
    #[serde(skip)]
    pub bound: Option<f64>,
    /// How far the value is above the bound, relative to the bound; for D to what can be gained.
    #[serde(skip)]
    pub gap: Option<f64>,
}

/// One unknown, with and without the design.
#[derive(Clone, Debug)]
pub struct DesignedUnknown {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: &'static str,
    /// What it depends on.
    pub argument: Argument,
    /// Whether it is positive, so that bands are of its logarithm.
    pub positive: bool,
    /// Whether the criterion counts it.
    pub counts: bool,
    /// 95 % bands relative to its scale, root mean square over domain and truths.
    pub relative_band: BandBeforeAndAfter,
    /// Points of its domain; one 0 for a scalar.
    pub x: Vec<f64>,
    /// The first truth there, with zero mean if only that is determined.
    pub nominal: Vec<f64>,
    /// Predicted standard deviation there without the design (of the logarithm, where positive).
    pub sd_before: Vec<f64>,
    /// With it.
    pub sd: Vec<f64>,
}

/// A relative 95 % band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandBeforeAndAfter {
    /// Without the design.
    pub before: f64,
    /// With it.
    pub after: f64,
}

/// The content of `design.json`.
#[derive(Serialize)]
pub struct DesignSummary<'a> {
    schema: &'static str,
    version: &'static str,
    stop: &'static str,
    points: &'a [ChosenPoint],
    experiments: Vec<ExperimentSummary<'a>>,
    criterion: &'a Expected,
    bound: Option<f64>,
    gap: Option<f64>,
    predicted: BTreeMap<&'a str, UnknownSummary>,
    gain: Vec<(usize, f64)>,
    budget: f64,
    cost: f64,
    nominal: &'static str,
    truths: usize,
    noise: &'a str,
    remarks: &'a [String],
    seconds: f64,
}

#[derive(Serialize)]
struct ExperimentSummary<'a> {
    name: &'a str,
    conditions: BTreeMap<&'a str, &'a str>,
    cost: f64,
    points: usize,
    has_data: bool,
}

#[derive(Serialize)]
struct UnknownSummary {
    relative_band_before: f64,
    relative_band: f64,
    counts: bool,
}

impl Designed {
    /// What is written to `design.json`.
    pub fn summary(&self) -> DesignSummary<'_> {
        DesignSummary {
            schema: DESIGN_SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            stop: self.stop.code(),
            points: &self.points,
            experiments: self
                .experiments
                .iter()
                .map(|e| ExperimentSummary {
                    name: &e.name,
                    conditions: e
                        .conditions
                        .iter()
                        .map(|(n, v)| (n.as_str(), v.as_str()))
                        .collect(),
                    cost: e.cost,
                    points: e.points,
                    has_data: e.has_data,
                })
                .collect(),
            criterion: &self.criterion,
            bound: self.criterion.bound,
            gap: self.criterion.gap,
            predicted: self
                .unknowns
                .iter()
                .map(|u| {
                    let summary = UnknownSummary {
                        relative_band_before: u.relative_band.before,
                        relative_band: u.relative_band.after,
                        counts: u.counts,
                    };
                    (u.name.as_str(), summary)
                })
                .collect(),
            gain: self.gain.iter().copied().enumerate().collect(),
            budget: self.budget,
            cost: self.cost,
            nominal: self.nominal,
            truths: self.truths,
            noise: &self.noise,
            remarks: &self.remarks,
            seconds: self.elapsed.as_secs_f64(),
        }
    }

    /// `experiment,x` of every measurement, replicates one by one: a form to take to the measurement.
    pub fn form(&self) -> String {
        let mut text = "experiment,x\n".to_owned();
        for point in &self.points {
            let name = point.experiment.replace('"', "\"\"");
            let quoted = name.contains([',', '"', '\n']);
            for _ in 0..point.replicates {
                match quoted {
                    true => text += &format!("\"{name}\",{}\n", point.x),
                    false => text += &format!("{name},{}\n", point.x),
                }
            }
        }
        text
    }
}
