//! How far to trust what was recovered.
//!
//! A [`Band`] holds, point by point, where a function or a state lies with 95 % and with 50 %
//! probability: by Laplace's approximation of the posterior in function space, or as quantiles of an
//! ensemble of fits to simulated data. [`diagnose`] says, before or after a fit, whether data of a given
//! design determine the unknown functions at all; [`design`] chooses what to measure next;
//! [`check_residuals`] compares what a fit leaves with what a right model would leave, and
//! [`disagreement`] equally good fits with each other. A [`Posterior`] is passed on to states and
//! transients under other conditions by a [`Setting`]. Functions known up to a constant are compared
//! without it.
#![deny(missing_docs)]

mod band;
mod checks;
pub mod design;
mod diagnosis;
mod leans;
mod null_space;
mod posterior;
mod prediction;
mod seen;
mod student;

pub use band::{Band, LEVELS, ensemble_band, laplace_band, state_band};
pub use checks::{
    DepartureCheck, Disagreement, ExperimentCheck, Places, ResidualCheckOptions, ResidualChecks,
    Tested, check_residuals, disagreement,
};
pub use diagnosis::{BAND, Diagnosis, Finding, UNSEEN, UnknownDiagnosis, Verdict, diagnose, scale};
pub use leans::Leaning;
pub use posterior::Posterior;
pub use prediction::{Draws, LinearisedState, Setting, UncertainSlot, draws, solve_near};
pub use student::student_95;
