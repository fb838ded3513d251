//! Tests of what `fit_steady` is made of: modes, evidence, and derivatives of observed states.
#![allow(clippy::unwrap_used, reason = "tests")]

mod departures;
mod derivatives;
mod evidence;
mod modes;

use std::sync::Arc;

use lacuna_core::{Model, Symmetry};
use lacuna_grid::{Axis, Boundary, Grid};
use lacuna_models::{AggregationDiffusion, DiffusionReaction};

pub(crate) fn grid(cells: usize, boundary: Boundary) -> Grid {
    Grid::new(vec![Axis { origin: 0.0, length: 2.0, cells, boundary }]).unwrap()
}

pub(crate) fn aggregation(cells: usize, symmetry: Symmetry) -> Arc<dyn Model> {
    Arc::new(AggregationDiffusion::new(grid(cells, Boundary::Periodic), symmetry).unwrap())
}

pub(crate) fn reaction(cells: usize) -> Arc<dyn Model> {
    Arc::new(DiffusionReaction::new(grid(cells, Boundary::Dirichlet)).unwrap())
}
