//! The equation with a quarter of the nodes: every fourth value of each function.

use lacuna_core::{Coarse, Functions, Tabulated};
use lacuna_grid::{Axis, Grid, PeriodicRefinement};

use super::AggregationDiffusion;

/// The coarser equation and the way there, made when first asked for.
pub(super) struct CoarseGrid {
    model: AggregationDiffusion,
    refinement: PeriodicRefinement,
}

/// Nodes of this grid for one of the coarse grid.
const STRIDE: usize = 4;

impl AggregationDiffusion {
    fn coarse_grid(&self) -> Option<&CoarseGrid> {
        let make = || {
            let axis = self.grid.axes()[0];
            let cells = axis.cells / STRIDE;
            let grid = Grid::new(vec![Axis { cells, ..axis }]).ok()?;
            let model = Self::new(grid, self.kernel_symmetry).ok()?;
            let refinement = PeriodicRefinement::new(cells, STRIDE);
            Some(Box::new(CoarseGrid { model, refinement }))
        };
        if !self.grid.len().is_multiple_of(STRIDE) {
            return None;
        }
        self.coarse.get_or_init(make).as_deref()
    }

    pub(super) fn on_coarse_grid<'a>(&'a self, functions: &Tabulated) -> Option<Coarse<'a>> {
        let CoarseGrid { model, refinement } = self.coarse_grid()?;
        let every = |slot: usize, stride: usize| -> Vec<f64> {
            functions.values(slot).iter().step_by(stride).copied().collect()
        };
        let values = vec![
            every(Self::KERNEL, STRIDE),
            every(Self::POTENTIAL, STRIDE),
            every(Self::DIFFUSION, 1),
            every(Self::COUPLING, 1),
        ];
        let functions = Tabulated::from_values(values);
        Some(Coarse { model, functions, transfer: refinement })
    }
}
