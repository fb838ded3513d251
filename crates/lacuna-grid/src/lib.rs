//! Discretisation: grids, quadrature, convolution, differentiation, diffusion, interpolation.
//!
//! Points carry one coordinate per dimension throughout. Grids are built from one [`Axis`] per
//! dimension; one dimension is available now.
#![deny(missing_docs)]

mod conservative;
mod convolution;
mod derivative;
mod diffusion;
mod error;
mod functionals;
mod grid;
mod refinement;
mod transform;
mod trigonometric;

pub use conservative::solve_conservative_cycle;
pub use convolution::Convolution;
pub use derivative::SpectralDerivative;
pub use diffusion::solve_tridiagonal;
pub use error::GridError;
pub use functionals::{Condensed, Functionals};
pub use grid::{Axis, Boundary, Grid};
pub use refinement::PeriodicRefinement;
pub use trigonometric::trigonometric_interpolation;
