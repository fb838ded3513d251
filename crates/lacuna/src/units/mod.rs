//! Units: a problem is computed in units of its own, in which everything is of order one.
//!
//! Four base units make those of every quantity: a length, a time, the state u, and the coupling κ
//! (which has one of its own, as only κW matters). With x = L x', u = U u', t = T t', κ = C κ' a slot
//! of dimension lengthˡ timeᵗ uˢ κᶜ is Lˡ Tᵗ Uˢ Cᶜ times its number in these units, and the equations
//! keep their form:
//!
//! - aggregation-diffusion: σ, V in L²/T, W in L²/(T C M) with the mass M = U L, mass in M;
//! - diffusion-reaction: a in L²/T, k in 1/T, f in U/T.
//!
//! `choose.rs` takes the units from the problem and its data, so that a problem written in other
//! units is computed with the same numbers, up to round-off. At the door (`problem.rs`) problem, data
//! and known functions go into these units; results leave them at the exit (`results.rs`). People and
//! files see the units of the problem only.

mod choose;
mod problem;
mod results;

use serde::{Deserialize, Serialize};

pub(crate) use self::choose::choose;
use crate::problem::ModelKind;

/// Powers of the base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dimension {
    /// Of length.
    pub length: i32,
    /// Of time.
    pub time: i32,
    /// Of the state u.
    pub state: i32,
    /// Of the coupling κ.
    pub coupling: i32,
}

/// What one unit of computation is in the units of the problem.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Units {
    /// L: of positions and displacements.
    pub length: f64,
    /// T.
    pub time: f64,
    /// U: of the state u.
    pub state: f64,
    /// C: of the coupling κ.
    pub coupling: f64,
}

impl Default for Units {
    /// The units of the problem itself.
    fn default() -> Self {
        Self { length: 1.0, time: 1.0, state: 1.0, coupling: 1.0 }
    }
}

impl Units {
    /// One unit of a quantity.
    pub fn of(&self, dimension: Dimension) -> f64 {
        let Dimension { length, time, state, coupling } = dimension;
        self.length.powi(length)
            * self.time.powi(time)
            * self.state.powi(state)
            * self.coupling.powi(coupling)
    }

    /// One unit of a function or scalar of an equation; 1 for what the equation does not have.
    pub fn of_part(&self, kind: ModelKind, name: &str) -> f64 {
        kind.part(name).map_or(1.0, |part| self.of(part.dimension))
    }

    /// One unit of ∫u.
    pub fn mass(&self) -> f64 {
        self.state * self.length
    }
}

/// Multiplies all numbers.
pub(crate) fn scale(values: &mut [f64], factor: f64) {
    values.iter_mut().for_each(|value| *value *= factor);
}

/// A number for people to five digits, however small or large it is.
pub fn number(value: f64) -> String {
    number_among(value, value, 4)
}

/// A number for people beside others, of which `largest` is: with `decimals`, and with an exponent
/// where these would hide them all or print long zeros.
pub fn number_among(value: f64, largest: f64, decimals: usize) -> String {
    if largest == 0.0 || (1e-2..1e5).contains(&largest.abs()) {
        format!("{value:.decimals$}")
    } else {
        format!("{value:.decimals$e}")
    }
}

/// A number for people after a change of units: without the digits of round-off.
pub(crate) fn shown(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}
