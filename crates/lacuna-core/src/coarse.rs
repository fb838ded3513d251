//! The same problem with fewer nodes, as a cheap way to a good first guess.

use crate::{Model, Tabulated};

/// An equation and its functions on a coarser grid, and the way between the grids.
pub struct Coarse<'a> {
    /// The equation there.
    pub model: &'a dyn Model,
    /// The functions at its points.
    pub functions: Tabulated,
    /// Transfer of states.
    pub transfer: &'a dyn Transfer,
}

/// Transfer of states between two grids.
pub trait Transfer: Send + Sync {
    /// The coarse state that stands for a fine one.
    fn restrict(&self, fine: &[f64]) -> Vec<f64>;

    /// The fine state that a coarse one stands for.
    fn refine(&self, coarse: &[f64]) -> Vec<f64>;
}
