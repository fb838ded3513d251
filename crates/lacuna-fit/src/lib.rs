//! Fitting: formulations, optimisers and multi-start.
//!
//! A [`FieldObjective`] turns an equation, observed states and function classes into a
//! least-squares [`Objective`](lacuna_core::Objective) over a flat parameter vector; an
//! [`Optimiser`] minimises it; [`multi_start`] does so from several random starts in parallel.
//! The optimisers are implemented on `argmin`, which no other crate names.
#![deny(missing_docs)]

mod adam;
mod argmin_adapter;
mod counted;
mod error;
mod field_objective;
mod krylov_step;
mod lbfgs;
mod least_squares;
mod levenberg_marquardt;
mod linear_model;
mod low_rank;
mod multi_start;
mod normal;
mod observations;
mod optimiser;
mod orthogonal;
mod pilot;
mod projection;
mod random;
mod roughness;
mod steady;

pub use adam::Adam;
pub use counted::Counts;
pub use error::FitError;
pub use field_objective::{Experiment, FieldObjective, SlotTerms, Unknown};
pub use lbfgs::Lbfgs;
pub use least_squares::{LeastSquares, solve_least_squares, solve_least_squares_in_norm};
pub use levenberg_marquardt::LevenbergMarquardt;
pub use multi_start::{Start, derive_seed, multi_start, polish_best};
pub use observations::{GroupedScores, Information, Observations, WithinGroups};
pub use optimiser::{Fit, Limits, Optimiser};
pub use pilot::Pilot;
pub use projection::VariableProjection;
pub use steady::{
    Alternative, ClosedForm, Component, Departure, DepartureKind, FittedModes, FittedParameter,
    FunctionPrior, Functional, GridTangents, HeldOut, KnownPart, LinearisedFit, LinearisedState,
    Link, Mixture, Modes, Nominal, Normal, NormalMixture, ObservedState, PRIOR_SD, PriorChoice,
    PriorOptions, Profile, ProfileEnd, ProfileInterval, ProfileOptions, ProfilePoint,
    ProfileRequest, ScalingDirection, Sensitivity, StateBand, SteadyFit, SteadyOptions,
    SteadyUnknown, UNDETERMINED, Wall, Wave, deal, fit_steady, fitted_parameters, prior_draw,
    smoothed_states,
};
