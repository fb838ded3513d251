//! What can be wrong with a fit before it starts.

use lacuna_core::EvalError;

/// A fit that cannot be set up or carried out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// The objective could not be evaluated at the start.
    #[error(transparent)]
    Evaluation(#[from] EvalError),
    /// Nothing is unknown.
    #[error("no function is unknown; give at least one a surrogate")]
    NothingUnknown,
    /// There is no data.
    #[error("there is no experiment to fit")]
    NoExperiments,
    /// The work was stopped before there was anything to show.
    #[error("interrupted before there was a result")]
    Interrupted,
    /// A function of the state cannot be fitted by this formulation.
    #[error("`{name}` depends on the state; such functions cannot be fitted yet")]
    StateArgument {
        /// The function's name.
        name: &'static str,
    },
    /// A formulation without parameters in which the residual is linear.
    #[error(
        "variable projection needs parameters in which the residual is linear, and there are none; use `levenberg-marquardt`"
    )]
    NothingLinear,
    /// Something that cannot be profiled.
    #[error("a profile needs {requirement}")]
    Functional {
        /// What would be right.
        requirement: &'static str,
    },
    /// The optimisation library failed.
    #[error("the optimiser failed: {message}")]
    Optimiser {
        /// What it said.
        message: String,
    },
}
