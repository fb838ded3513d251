//! Function classes: what may stand in the place of an unknown (or known) function of an equation.
//!
//! | class | f(x; θ) | linear in θ |
//! |---|---|---|
//! | [`Network`] | fully connected network | its output layer |
//! | [`Fourier`] | Fourier, cosine or sine series | yes |
//! | [`Spline`] | cubic B-spline on uniform knots | yes |
//! | [`Expression`] | closed form in x, with or without parameters | no |
//! | [`Table`] | cubic spline through given points | no parameters |
//! | [`Constant`], [`Known`] | a number | yes; no parameters |
//! | [`Scaled`] | any of these in other units | as it |
//!
//! Constraints hold by construction, for every θ: periodicity and symmetry through the class's own
//! options, sign through [`Positive`], the gauge ∫f = 0 through [`ZeroMean`]. Each class implements
//! [`lacuna_core::Surrogate`]; its hand-written derivatives are tested against dual numbers.
#![deny(missing_docs)]

mod calculus;
mod columns;
mod constant;
mod describe;
mod domain;
mod error;
mod expression;
mod fourier;
pub mod interpolation;
mod linear;
mod network;
mod positive;
mod random;
mod scaled;
mod spline;
mod table;
mod zero_mean;

pub use constant::{Constant, Known};
pub use describe::Describe;
pub use error::SurrogateError;
pub use expression::{CellMean, Expression, ExpressionError, ExpressionOptions, Mean};
pub use fourier::{Fourier, FourierBasis, FourierOptions};
pub use lacuna_core::Interval;
pub use linear::{Basis, Linear};
pub use network::{Activation, Network, NetworkOptions};
pub use positive::Positive;
pub use scaled::Scaled;
pub use spline::{Spline, SplineBasis, SplineOptions};
pub use table::Table;
pub use zero_mean::ZeroMean;
