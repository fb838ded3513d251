//! Recover the functions missing from partial differential equations.
//!
//! Observed steady states of a known equation determine a function inside it: an interaction
//! kernel, an external potential, a reaction rate. A problem file names the equation, what is known
//! and the data; [`recover`] puts a function class in the place of each unknown, fits it through
//! the equation and returns a [`Recovery`]. [`solve`](solve()) finds steady states of equations
//! that are fully known, recovered ones ([`SavedModel`]) included.
//!
//! The parts are crates of their own, re-exported here: [`core`], [`grid`], [`models`],
//! [`surrogate`], [`steady`], [`fit`], [`identify`].
#![deny(missing_docs)]

mod branches;
mod builder;
mod checks;
mod contradictions;
pub mod data;
mod design;
mod diagnose;
mod discretisation;
mod error;
pub mod examples;
mod finer;
mod leans;
mod likelihood;
mod memory;
mod misfit;
mod observe;
mod output;
mod parameters;
mod predict;
pub mod problem;
mod profiles;
mod recover;
mod recover_steady;
mod recovered;
mod recovery;
mod results_folder;
mod saved_check;
mod saved_model;
mod saved_posterior;
mod setup;
mod singular;
mod solve;
mod symmetric;
mod task;
mod units;

pub use lacuna_core as core;
pub use lacuna_fit as fit;
pub use lacuna_grid as grid;
pub use lacuna_identify as identify;
pub use lacuna_models as models;
pub use lacuna_solve as steady;
pub use lacuna_surrogate as surrogate;

pub use branches::{
    BRANCHES_SCHEMA, BranchDiagram, BranchPlan, BranchSummary, BranchesSummary, EventSummary,
    NamedState, write_branches,
};
pub use builder::{ProblemBuilder, aggregation_diffusion, diffusion_reaction};
pub use checks::{Check, CheckedNumber, Checks, LEVEL};
pub use design::{
    BandBeforeAndAfter, ChosenPoint, DESIGN_SCHEMA, DesignPlan, DesignProgress, DesignSummary,
    Designed, DesignedExperiment, DesignedUnknown, Expected, design,
};
pub use diagnose::{
    DIAGNOSIS_SCHEMA, DiagnosePlan, Diagnosed, DiagnosisSummary, Examination, ExaminedExperiment,
    ExaminedUnknown, KernelModes, ModeRow, NominalSource, Reason,
};
pub use error::{Error, Place, Result};
pub use lacuna_core::{Argument, Flow, Form, Stop};
pub use leans::{Lean, Moved};
pub use misfit::ABSURD;
pub use output::{
    FunctionSummary, HeldOutSummary, InferenceSummary, SUMMARY_SCHEMA, StateSummary, Summary,
    make_dir, write_json, write_recovery, write_states, write_text,
};
pub use parameters::RecoveredParameter;
pub use predict::{
    BandMethod, Changes, Determination, DrawShares, Initial, PREDICTION_SCHEMA, PredictOptions,
    Predicted, Prediction, PredictionSummary, Predictor, TransientOptions, write_predictions,
};
pub use profiles::{ProfilePoints, ProfiledNumber, profiles, requested};
pub use recover::Plan;
pub use recover_steady::SteadyPlan;
pub use recovery::{
    FittedState, Inference, MeasuredState, RecoveredFunction, RecoveredPrior, Recovery, Restart,
};
pub use results_folder::{FolderFault, ResultsFolder};
pub use saved_model::{MODEL_SCHEMA, SavedFunction, SavedModel};
pub use saved_posterior::{SavedPosterior, SavedPrior};
pub use setup::{NamedUnknown, Observation, Setup, Truth};
pub use solve::{SolvedState, solve};
pub use task::{Progress, Task, recover};
pub use units::{Dimension, Units, number, number_among};

/// Runs the Rust of the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
