//! What can be wrong with the specification of a function.

use crate::ExpressionError;

/// A function class that cannot be built as specified.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SurrogateError {
    /// The domain does not have the one dimension the class is written for.
    #[error("a {class} has one argument, but the domain has {found} dimensions; give one interval")]
    Dimension {
        /// Which class.
        class: &'static str,
        /// Number of intervals given.
        found: usize,
    },
    /// The ends of an interval are not finite and increasing.
    #[error(
        "the interval [{lower}, {upper}] is empty or not finite; its lower end must be below its upper end"
    )]
    Interval {
        /// Lower end.
        lower: f64,
        /// Upper end.
        upper: f64,
    },
    /// An option has a value that makes no sense.
    #[error("`{option}` of a {class} is {found}, but must be {requirement}")]
    Option {
        /// Which class.
        class: &'static str,
        /// Which option.
        option: &'static str,
        /// Its value.
        found: String,
        /// What would be right.
        requirement: &'static str,
    },
    /// The symmetry f(−x) = ±f(x) needs an interval that x → −x maps onto itself.
    #[error("a {class} on [{lower}, {upper}] cannot be even or odd about x = 0; {requirement}")]
    Symmetry {
        /// Which class.
        class: &'static str,
        /// Lower end of the interval.
        lower: f64,
        /// Upper end of the interval.
        upper: f64,
        /// What would be right.
        requirement: &'static str,
    },
    /// Two arrays that belong together have different lengths.
    #[error("{quantity} has length {found}, expected {expected}")]
    Shape {
        /// Which array.
        quantity: &'static str,
        /// Its length.
        found: usize,
        /// The right length.
        expected: usize,
    },
    /// Too few data for an interpolant.
    #[error(
        "{found} distinct points do not determine a cubic spline; at least {required} are needed"
    )]
    TooFewPoints {
        /// How many there are.
        found: usize,
        /// How many there must be.
        required: usize,
    },
    /// Two data have the same argument.
    #[error("entries {first} and {second} have the same argument {x}; keep one of them")]
    DuplicatePoint {
        /// Index of one, counted from 0 in the order given.
        first: usize,
        /// Index of the other.
        second: usize,
        /// Their common argument.
        x: f64,
    },
    /// The two ends of periodic data disagree.
    #[error(
        "the data are periodic, but take the values {lower} and {upper} at the two ends {x_lower} and {x_upper}; make them equal or drop one"
    )]
    PeriodicEnds {
        /// Argument at the lower end.
        x_lower: f64,
        /// Argument at the upper end.
        x_upper: f64,
        /// Value at the lower end.
        lower: f64,
        /// Value at the upper end.
        upper: f64,
    },
    /// A number is NaN or infinite.
    #[error("{quantity} is {value} at entry {index}; it must be finite")]
    NonFinite {
        /// Which quantity.
        quantity: &'static str,
        /// Its value.
        value: f64,
        /// Where in its array, counted from 0.
        index: usize,
    },
    /// A scalar that must be positive is not.
    #[error("{quantity} is {value}, but must be positive and finite")]
    NotPositive {
        /// Which quantity.
        quantity: &'static str,
        /// Its value.
        value: f64,
    },
    /// A closed-form expression cannot be read.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
}
