//! Equations with unknown functions, written once over dual-number scalars. One file an equation.
#![deny(missing_docs)]

mod aggregation_diffusion;
mod diffusion_reaction;

pub use aggregation_diffusion::AggregationDiffusion;
pub use diffusion_reaction::DiffusionReaction;
