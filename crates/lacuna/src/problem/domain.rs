//! `[domain]`: where the equation holds and how it is divided.
//!
//! Axis d is [origin_d, origin_d + length_d], divided into cells_d equal cells.

use serde::{Deserialize, Serialize};

use super::list::one_or_many;
use super::names::named_enum;
use crate::data::Extent;

named_enum! {
    /// What holds at the ends of the domain.
    pub enum Boundary {
        /// The ends are the same point.
        Periodic = "periodic",
        /// The state is given there: `boundary_values` of each experiment.
        Dirichlet = "dirichlet",
        /// No flux passes (not available yet).
        NoFlux = "no-flux",
    }
}

named_enum! {
    /// What positions are measured in.
    pub enum Unit {
        /// Angles in radians, or any unit of length.
        Radians = "radians",
        /// Angles in degrees: origin, length, data and the arguments of functions.
        Degrees = "degrees",
    }
}

/// `[domain]`, one entry a dimension in each array. A plain number stands for an array of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DomainSpec {
    /// `boundary`.
    pub boundary: Boundary,
    /// `origin`: lower ends; default 0.
    #[serde(default = "default_origin", deserialize_with = "one_or_many")]
    pub origin: Vec<f64>,
    /// `length`; default 1.
    #[serde(default = "default_length", deserialize_with = "one_or_many")]
    pub length: Vec<f64>,
    /// `cells`: how many along each axis; default 256.
    #[serde(default = "default_cells", deserialize_with = "one_or_many")]
    pub cells: Vec<usize>,
    /// `unit` of positions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
}

fn default_origin() -> Vec<f64> {
    vec![0.0]
}

fn default_length() -> Vec<f64> {
    vec![1.0]
}

fn default_cells() -> Vec<usize> {
    vec![256]
}

impl DomainSpec {
    /// The unit interval in 256 cells.
    pub fn new(boundary: Boundary) -> Self {
        Self {
            boundary,
            origin: default_origin(),
            length: default_length(),
            cells: default_cells(),
            unit: None,
        }
    }

    /// Number of dimensions.
    pub fn dim(&self) -> usize {
        self.origin.len().max(self.length.len()).max(self.cells.len())
    }

    /// The interval of a one-dimensional domain: its first axis.
    pub fn extent(&self) -> Extent {
        Extent {
            origin: self.origin.first().copied().unwrap_or(0.0),
            length: self.length.first().copied().unwrap_or(1.0),
            periodic: self.boundary == Boundary::Periodic,
        }
    }
}
