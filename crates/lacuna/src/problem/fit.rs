//! `[fit]` and `[solve]`: how unknowns are found, and how steady states are.

use lacuna_core::Form;
use serde::{Deserialize, Serialize};

use super::names::named_enum;

named_enum! {
    /// What is minimised.
    pub enum Formulation {
        /// The first that suits the equation and the data.
        Auto = "auto",
        /// T(û) − û.
        FixedPoint = "fixed-point",
        /// √û times the logarithm of the same; needs û > 0.
        LogFixedPoint = "log-fixed-point",
        /// The equation itself, by differentiating the data.
        Strong = "strong",
        /// The data minus the steady state.
        SteadyState = "steady-state",
    }
}

impl Formulation {
    /// The residual it asks for; none if the choice is left open.
    pub fn form(self) -> Option<Form> {
        match self {
            Self::FixedPoint => Some(Form::FixedPoint),
            Self::LogFixedPoint => Some(Form::LogFixedPoint),
            Self::Strong => Some(Form::Strong),
            Self::Auto | Self::SteadyState => None,
        }
    }
}

impl From<Form> for Formulation {
    fn from(form: Form) -> Self {
        match form {
            Form::FixedPoint => Self::FixedPoint,
            Form::LogFixedPoint => Self::LogFixedPoint,
            Form::Strong => Self::Strong,
        }
    }
}

named_enum! {
    /// What minimises it.
    pub enum Optimiser {
        /// The one that suits the residual and the surrogates.
        Auto = "auto",
        /// Variable projection: linear parameters are eliminated.
        Projection = "projection",
        /// Levenberg-Marquardt.
        LevenbergMarquardt = "levenberg-marquardt",
        /// Limited-memory BFGS.
        Lbfgs = "lbfgs",
        /// Adam.
        Adam = "adam",
    }
}

/// `[fit]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FitSpec {
    /// `formulation`; default auto.
    pub formulation: Formulation,
    /// `optimiser`; default auto.
    pub optimiser: Optimiser,
    /// `restarts`: random starts, of which the best is kept; default 8.
    pub restarts: usize,
    /// `seed` from which all random numbers derive; default 0.
    pub seed: u64,
    /// `max_iterations` of one restart; by default as the optimiser has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<usize>,
    /// `tolerance` of the optimiser; by default as the optimiser has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// `smoothness`: weight of the smoothness prior on every unknown function, relative to what
    /// the data see of it; by default 1e-11, and 0 where one linear solve fits the data exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smoothness: Option<f64>,
    /// `folds` of the cross-validation on held-out points; default 5, none if 0 or 1.
    pub folds: usize,
}

impl Default for FitSpec {
    fn default() -> Self {
        Self {
            formulation: Formulation::Auto,
            optimiser: Optimiser::Auto,
            restarts: 8,
            seed: 0,
            max_iterations: None,
            tolerance: None,
            smoothness: None,
            folds: 5,
        }
    }
}

/// `[solve]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SolveSpec {
    /// `initial`: an expression in x from which the search for a steady state starts; by default
    /// the observed state, or a uniform one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial: Option<String>,
    /// `tolerance` on the residual; by default as the solver has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// `max_iterations`; by default as the solver has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<usize>,
}
