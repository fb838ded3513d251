//! `[branches]`: which steady states are followed, along which scalar.

use serde::{Deserialize, Serialize};

use super::list::one_or_many;

/// `[branches]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BranchesSpec {
    /// `parameter`: the scalar that varies; by default the last one of the equation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// `from`: where its range starts; default 0, or a tenth of the problem's own value for a
    /// scalar that has to be positive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// `to`: where it ends; default twice the largest of the problem's own values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// `start`: expressions in x near which branches start, at `start_at`; by default
    /// `[solve] initial`, or the uniform state.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub start: Vec<String>,
    /// `start_at`: the value of the parameter there; default `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_at: Option<f64>,
    /// `experiment`, from 1, whose conditions hold; default 1.
    pub experiment: usize,
    /// `values` of the parameter at which states are written; by default the problem's own.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<f64>,
    /// `step`: the first step, relative to the range and to the norm of the state; default 0.01.
    pub step: f64,
    /// `min_step`: the shortest; default 1e-7.
    pub min_step: f64,
    /// `max_step`: the longest; default 0.05.
    pub max_step: f64,
    /// `max_points` of a branch in one direction; default 1000.
    pub max_points: usize,
    /// `max_branches`; default 20.
    pub max_branches: usize,
    /// `switching`: whether branches that leave a branch point are followed; default true.
    pub switching: bool,
    /// `deflation`: whether states that no branch leads to are searched for; default true.
    pub deflation: bool,
}

impl Default for BranchesSpec {
    fn default() -> Self {
        Self {
            parameter: None,
            from: None,
            to: None,
            start: Vec::new(),
            start_at: None,
            experiment: 1,
            values: Vec::new(),
            step: 0.01,
            min_step: 1e-7,
            max_step: 0.05,
            max_points: 1000,
            max_branches: 20,
            switching: true,
            deflation: true,
        }
    }
}
