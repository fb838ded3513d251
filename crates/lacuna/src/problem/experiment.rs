//! `[[experiments]]`: one steady state each, under known conditions.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::list::one_or_many;
use super::{MissingValue, NoiseSpec, ObservationKind, TableFormat};

/// Where a state would be measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PlannedPoints {
    /// So many, equally spaced over the domain: a whole number.
    Count(f64),
    /// At these positions.
    At(Vec<f64>),
}

/// One entry of `[[experiments]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExperimentSpec {
    /// `name` for reports; by default the experiment's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `data`: CSV files with what was observed, one or several that belong together. Not needed to
    /// solve, only to recover.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<PathBuf>,
    /// `observation`: what the data are; by default as their columns say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observation: Option<ObservationKind>,
    /// `columns`: the names that the files give to `x`, `u` and so on; other columns are then ignored.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// `missing`: cells that stand for no value; rows with one are skipped.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingValue>,
    /// `noise`; by default the column `sd`, else none where the data are dense, else unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseSpec>,
    /// `exposure`: expected individuals for each unit of ∫u. Counts are then Poisson, otherwise
    /// multinomial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<f64>,
    /// `points`: where u would be measured, if there are no data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<PlannedPoints>,
    /// `initial`: an expression in x from which the search for this steady state starts; of several
    /// it picks one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial: Option<String>,
    /// `push`: a known expression in x, added to V in this experiment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<String>,
    /// `mass`: ∫u over the domain; default 1.
    pub mass: f64,
    /// `normalise`: whether to scale the data to have `mass`.
    pub normalise: bool,
    /// `boundary_values` at the lower and upper end of each axis, for Dirichlet boundaries;
    /// default 0.
    pub boundary_values: Vec<f64>,
    /// Every other key is a scalar of the equation that differs from `[model]`. An unknown scalar
    /// is known in the experiments that give it.
    #[serde(flatten)]
    pub scalars: BTreeMap<String, f64>,
}

impl Default for ExperimentSpec {
    fn default() -> Self {
        Self {
            name: None,
            data: Vec::new(),
            observation: None,
            columns: BTreeMap::new(),
            missing: Vec::new(),
            noise: None,
            exposure: None,
            points: None,
            initial: None,
            push: None,
            mass: 1.0,
            normalise: false,
            boundary_values: vec![0.0, 0.0],
            scalars: BTreeMap::new(),
        }
    }
}

impl ExperimentSpec {
    /// How its files are written.
    pub(crate) fn format(&self) -> TableFormat<'_> {
        TableFormat { columns: &self.columns, missing: &self.missing, snapshots: None }
    }
}
