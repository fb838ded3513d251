//! `[[experiments]]`: one steady state each, under known conditions.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One entry of `[[experiments]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExperimentSpec {
    /// `name` for reports; by default the experiment's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `data`: the observed state, a CSV file. Not needed to solve, only to recover.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
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
            data: None,
            push: None,
            mass: 1.0,
            normalise: false,
            boundary_values: vec![0.0, 0.0],
            scalars: BTreeMap::new(),
        }
    }
}
