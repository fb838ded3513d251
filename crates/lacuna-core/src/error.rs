//! What can go wrong while an equation or an objective is evaluated.

use crate::Form;

/// Result of an evaluation.
pub type EvalResult<T = ()> = Result<T, EvalError>;

/// An evaluation that could not be carried out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The equation has no residual of this form.
    #[error("`{model}` has no `{form}` residual; it offers {available}")]
    UnsupportedForm {
        /// Name of the equation.
        model: &'static str,
        /// What was asked for.
        form: Form,
        /// Comma-separated names of what it has.
        available: String,
    },
    /// A value left the set on which the equation is defined.
    #[error("{quantity} is {value} at index {index}, but must be {requirement}")]
    OutOfDomain {
        /// Which quantity.
        quantity: &'static str,
        /// Its value.
        value: f64,
        /// Where in its array.
        index: usize,
        /// What would be right.
        requirement: &'static str,
    },
    /// A computation gave NaN or an infinite value.
    #[error("{quantity} is not finite")]
    NonFinite {
        /// Which quantity.
        quantity: &'static str,
    },
    /// No steady state was found near the last one: none exists there, or the branch was lost.
    #[error("no steady state was found on the branch of the last one ({quantity})")]
    LostBranch {
        /// What was noticed.
        quantity: &'static str,
    },
    /// No steady state was found at all.
    #[error(
        "no steady state was found for experiment {} (relative residual {residual:.1e}); say where the \
         search starts with `initial`",
        experiment + 1
    )]
    NoState {
        /// Index of the experiment.
        experiment: usize,
        /// ‖T(u) − u‖ relative to ‖u‖ at the best state met.
        residual: f64,
    },
    /// An array has the wrong length.
    #[error("{quantity} has length {found}, expected {expected}")]
    Shape {
        /// Which array.
        quantity: &'static str,
        /// Its length.
        found: usize,
        /// The right length.
        expected: usize,
    },
}
