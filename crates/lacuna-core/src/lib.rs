//! The vocabulary of `lacuna`: scalars, functions, models, objectives and outcomes.
//!
//! An equation and a function class are each written once, with methods generic over a
//! [`Scalar`] (`f64`, one dual direction, or eight): [`SteadyModel`] and [`Surrogate`]. Blanket
//! implementations erase them to the object-safe [`Model`] and [`Function`], which is what every
//! other crate sees. No algorithm and no IO live here.
#![deny(missing_docs)]

mod coarse;
mod dyn_model;
pub mod elementary;
mod error;
mod evolution;
mod function;
mod interval;
mod matrix;
mod model;
mod objective;
mod operator;
mod points;
mod pool;
mod scalar;
mod slot;
mod state_map;
mod stop;
pub mod sums;
mod tabulated;
pub mod taylor;

pub use coarse::{Coarse, Transfer};
pub use error::{EvalError, EvalResult};
pub use evolution::{Evolution, FreeEnergy, rate_jacobian, restore_mass};
pub use function::{Function, Surrogate};
pub use interval::Interval;
pub use matrix::Matrix;
pub use model::{Form, Functions, Linearisation, Model, SteadyModel, unsupported_form};
pub use objective::{FactoredJacobian, Flow, Objective, Step};
pub use operator::{LinearOperator, apply_lifted};
pub use points::Points;
pub use pool::Pool;
pub use scalar::{Dual, LANES, Lanes, Scalar};
pub use slot::{Argument, Conditions, Scaling, Slot, Symmetry, Undetermined};
pub use state_map::{DualStateMap, StateMap};
pub use stop::Stop;
pub use tabulated::{Bound, Tabulated};
