//! What the data of an experiment observe, and the noise on it: keys of `[[experiments]]`.

use serde::{Deserialize, Serialize};

use super::names::named_enum;

named_enum! {
    /// `observation`: what a row of data says of the state u.
    pub enum ObservationKind {
        /// u(x_i): columns `x,u`.
        Values = "values",
        /// The mean of u over a cell: columns `lower,upper,u`.
        Averages = "averages",
        /// ∫ φ(x) u dx: columns `functional,u`, the first an expression in x.
        Functionals = "functionals",
        /// Individuals in bins: columns `lower,upper,count`.
        Counts = "counts",
        /// Positions of individuals: a single column.
        Positions = "positions",
    }
}

named_enum! {
    /// Noise whose level is not known.
    pub enum UnknownNoise {
        /// Gaussian with one sd for the experiment.
        Absolute = "unknown",
        /// Log-normal with one sd of log u for the experiment.
        Relative = "unknown-relative",
    }
}

/// `noise` of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NoiseSpec {
    /// A number: the standard deviation of every value, in the units of u.
    Sd(f64),
    /// `{ relative = 0.05 }`: log-normal, with this standard deviation of log u.
    Relative {
        /// The standard deviation of log u.
        relative: f64,
    },
    /// `"unknown"` or `"unknown-relative"`.
    Unknown(UnknownNoise),
}
