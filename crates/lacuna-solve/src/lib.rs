//! Differentiable solvers for equations with functions inside them.
//!
//! A steady state satisfies u = T(u; f), with u (length n) the state at the nodes of a grid and f
//! the functions of the equation. [`steady_state`] finds it; [`TangentSolver`] differentiates it
//! by the implicit function theorem, (I − ∂T/∂u) δu = (∂T/∂f) δf. Both rest on the matrix-free
//! [`Gmres`] and on exact products with ∂T/∂u by dual numbers, so a new equation needs no
//! derivative of its own. [`evolve`]
//! follows the equation in time.
#![deny(missing_docs)]

mod anderson;
mod branches;
mod density;
mod evolution;
mod fixed_point;
mod gmres;
mod inner;
mod newton;
mod record;
mod response;
mod sensitivity;
mod settle;
mod state_derivative;
mod steady;

pub use anderson::AndersonOptions;
pub use branches::{
    Branch, BranchEnd, BranchOptions, BranchProgress, BranchStart, BranchState, Diagram,
    Eigenvalue, Event, LeadingModes, Origin, Stability, branches, leading_modes, same_state,
    stability,
};
pub use evolution::{EvolutionCounts, EvolutionOptions, EvolutionStep, Transient, evolve};
pub use gmres::{Gmres, GmresOptions, GmresOutcome};
pub use newton::NewtonOptions;
pub use record::{Method, SolveCounts, SolveStep};
pub use response::Response;
pub use sensitivity::{Tangent, TangentOptions, TangentSolver, map_tangent, tangent_solve};
pub use settle::{SettleOptions, Settled, pushed, settle};
pub use steady::{Stage, SteadyState, SteadyStateOptions, steady_state};
