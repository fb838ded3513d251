//! How far to trust what was recovered.
//!
//! A [`Band`] holds, point by point, where a function or a state lies with 95 % and with 50 %
//! probability: by Laplace's approximation of the posterior in function space, or as quantiles of an
//! ensemble of fits to simulated data. [`diagnose`] says, before or after a fit, whether data of a given
//! design determine the unknown functions at all. Functions known up to a constant are compared without it.
#![deny(missing_docs)]

mod band;
mod diagnosis;

pub use band::{Band, LEVELS, ensemble_band, laplace_band, state_band};
pub use diagnosis::{BAND, Diagnosis, Finding, UNSEEN, UnknownDiagnosis, Verdict, diagnose, scale};
