//! `[design]`: what to measure next, and at what cost.

use serde::{Deserialize, Serialize};

use super::list::one_or_many;
use super::names::named_enum;
use super::{ExperimentSpec, NominalChoice, PlannedPoints};

named_enum! {
    /// What a design makes small, over plausible truths on average.
    pub enum DesignCriterion {
        /// Mean posterior variance of the unknowns, each relative to its prior's scale.
        A = "A",
        /// The volume of what remains possible: ½ ln det of the posterior covariance.
        D = "D",
        /// The largest posterior variance in any direction, relative to the priors' scales.
        E = "E",
        /// The posterior variance of one linear functional.
        Functional = "functional",
    }
}

/// A linear functional of one unknown (of its logarithm, where it is positive): its value `at` a
/// point, a Fourier `mode`, its integral `from` … `to`, or of a scalar the scalar itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionalSpec {
    /// The unknown.
    pub function: String,
    /// A point of its domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// The number k of a mode, cos and sin 2πkx/L; cos πkx/L between two ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<usize>,
    /// Where its integral begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Where its integral ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
}

/// Gaussian noise of the measurements to come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DesignNoise {
    /// A number: the standard deviation of every value, in the units of u.
    Sd(f64),
    /// `{ relative = 0.03, floor = 0.01 }`: of the variance floor² + (relative · u)².
    Floored {
        /// The standard deviation relative to u.
        relative: f64,
        /// The least standard deviation, in the units of u.
        floor: f64,
    },
    /// `{ relative = 0.05 }`: the standard deviation of log u.
    Relative {
        /// The standard deviation of log u.
        relative: f64,
    },
    /// `{ rms = 0.02 }`: the standard deviation relative to the root mean square of the state.
    Rms {
        /// The standard deviation relative to the root mean square of the state.
        rms: f64,
    },
}

/// One entry of `[[design.experiments]]`: an experiment that could be made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DesignExperiment {
    /// `cost` of its first measurement beside that of the measurement; default 0.
    #[serde(default)]
    pub cost: f64,
    /// Its conditions.
    #[serde(flatten)]
    pub experiment: ExperimentSpec,
}

/// `[design]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DesignSpec {
    /// `budget`: the most that may be spent; default 20.
    pub budget: f64,
    /// `criterion`; default A.
    pub criterion: DesignCriterion,
    /// `functional`, where that is the criterion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub functional: Option<FunctionalSpec>,
    /// `points` of every experiment that may be measured; default 64.
    pub points: PlannedPoints,
    /// `noise`; by default that of the data there are, else 0.02 of the root mean square.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<DesignNoise>,
    /// `cost` of one measurement; default 1.
    pub cost: f64,
    /// `replicates`: how often one point may be measured; default 1.
    pub replicates: usize,
    /// `truths`: how many plausible truths the design is made for; default 8.
    pub truths: usize,
    /// `nominal`: around which they lie; by default a fit to the data, else the prior.
    pub nominal: NominalChoice,
    /// `unknowns` to determine; by default all.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub unknowns: Vec<String>,
    /// `existing`: whether the experiments of the problem may be measured again; default true.
    pub existing: bool,
    /// `[[design.experiments]]`: others that could be made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<DesignExperiment>,
}

impl Default for DesignSpec {
    fn default() -> Self {
        Self {
            budget: 20.0,
            criterion: DesignCriterion::A,
            functional: None,
            points: PlannedPoints::Count(64.0),
            noise: None,
            cost: 1.0,
            replicates: 1,
            truths: 8,
            nominal: NominalChoice::Auto,
            unknowns: Vec::new(),
            existing: true,
            experiments: Vec::new(),
        }
    }
}

impl DesignSpec {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
