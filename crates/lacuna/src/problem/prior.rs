//! `[prior]`, `prior` of a function, and `[bands]`.
//!
//! The prior on an unknown function f is Gaussian. In modes k of a domain of length L it has
//! variances s_k = A² ρ_k/Σρ, ρ_k = (1 + (2πkℓ/L)²)^(−p): order p, length scale ℓ in the units of
//! x, amplitude A (root mean square of f) in the units of f.

use serde::{Deserialize, Serialize};

use super::names::named_enum;

named_enum! {
    /// What chooses the parameters of the priors that are not given.
    pub enum PriorChoice {
        /// Laplace's approximation of the marginal likelihood.
        MarginalLikelihood = "marginal-likelihood",
        /// Generalised cross-validation.
        Gcv = "gcv",
        /// The corner of the L-curve.
        LCurve = "l-curve",
        /// The discrepancy principle.
        Discrepancy = "discrepancy",
        /// Nothing: every unknown function gives its `prior`.
        Fixed = "fixed",
    }
}

/// `[prior]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriorSpec {
    /// `choice`; default marginal-likelihood.
    pub choice: PriorChoice,
}

impl Default for PriorSpec {
    fn default() -> Self {
        Self { choice: PriorChoice::MarginalLikelihood }
    }
}

/// `prior` of an unknown function. What is given is held fixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FunctionPrior {
    /// `order` p, between 1 and 3; by default all are weighed by the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<f64>,
    /// `length_scale` ℓ, positive, in the units of x.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_scale: Option<f64>,
    /// `amplitude` A, positive, in the units of the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amplitude: Option<f64>,
}

named_enum! {
    /// How bands are found.
    pub enum BandMethod {
        /// Laplace's approximation in function space, or sampling of the posterior where that cannot be
        /// trusted.
        Laplace = "laplace",
        /// An ensemble of fits to resampled data.
        Ensemble = "ensemble",
        /// No bands.
        None = "none",
    }
}

/// `[bands]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BandsSpec {
    /// `method`; default laplace.
    pub method: BandMethod,
    /// `samples`; default 200.
    pub samples: usize,
}

impl Default for BandsSpec {
    fn default() -> Self {
        Self { method: BandMethod::Laplace, samples: 200 }
    }
}
