//! The places of functions in an equation, and the conditions under which it holds.

use crate::{Interval, Points};

/// What a function of an equation depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing: a scalar such as σ or κ.
    None,
    /// The position x in the domain.
    Position,
    /// The displacement r between two positions.
    Displacement,
    /// The value of the state.
    State,
}

/// A symmetry under x → −x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Symmetry {
    /// None.
    #[default]
    None,
    /// f(−x) = f(x).
    Even,
    /// f(−x) = −f(x).
    Odd,
}

/// The place of one function in an equation.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name in the problem file, e.g. `W` or `diffusion`.
    pub name: &'static str,
    /// One phrase for reports, e.g. "interaction kernel".
    pub description: &'static str,
    /// What it depends on.
    pub argument: Argument,
    /// Whether it is determined only up to a constant; it is then reported with zero mean.
    pub gauge: bool,
    /// Whether it has to be positive for the equation to make sense.
    pub positive: bool,
    /// A symmetry the equation was told of: `points` then hold one of each pair of mirror images.
    pub symmetry: Symmetry,
    /// Where the equation needs its values; for functions of the state, where it is reported.
    pub points: Points,
    /// Quadrature weight of each of `points`, for means and norms of the function.
    pub weights: Vec<f64>,
    /// The whole domain of its argument, one entry a dimension; empty for a scalar.
    pub domain: Vec<Interval>,
    /// Its value when the problem does not give it.
    pub default: Option<f64>,
}

/// Known conditions of one experiment that are not functions of the equation.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditions {
    /// ∫u over the domain, for equations that conserve it.
    pub mass: f64,
    /// Values at the lower and upper end of each axis, for Dirichlet boundaries.
    pub boundary_values: Vec<f64>,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { mass: 1.0, boundary_values: vec![0.0, 0.0] }
    }
}

/// One function of a change that leaves an equation as it is: f becomes s^power f.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// The slot of the function.
    pub slot: usize,
    /// The power of the common factor s.
    pub power: i32,
}

/// Why steady states leave a function open, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undetermined {
    /// A short name.
    pub code: &'static str,
    /// The reason.
    pub reason: &'static str,
    /// What would help.
    pub remedy: &'static str,
}
