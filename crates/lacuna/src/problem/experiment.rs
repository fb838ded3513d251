//! `[[experiments]]`: one steady state each, under known conditions.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::list::one_or_many;
use super::{NoiseSpec, ObservationKind};

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
    /// `noise`; by default the column `sd`, else none where the data are dense, else unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseSpec>,
    /// `exposure`: expected individuals for each unit of ∫u. Counts are then Poisson, otherwise
    /// multinomial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<f64>,
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
            noise: None,
            exposure: None,
            push: None,
            mass: 1.0,
            normalise: false,
            boundary_values: vec![0.0, 0.0],
            scalars: BTreeMap::new(),
        }
    }
}
