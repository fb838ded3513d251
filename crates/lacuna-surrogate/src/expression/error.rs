//! What can be wrong with an expression.

/// An expression that cannot be read. Positions count characters from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// There is nothing to read.
    #[error("the expression is empty; write e.g. `sin(2*pi*x)`, or `0`")]
    Empty,
    /// A name that means nothing.
    #[error("`{text}`, character {position}: unknown name `{name}`{}; known are {available}", did_you_mean(.suggestion))]
    UnknownName {
        /// The whole expression.
        text: String,
        /// Where the name starts.
        position: usize,
        /// The name.
        name: String,
        /// Comma-separated names that would be understood there.
        available: String,
        /// The one closest to it, if one is close.
        suggestion: Option<String>,
    },
    /// Something else belongs here.
    #[error("`{text}`, character {position}: found {found}, expected {expected}")]
    Unexpected {
        /// The whole expression.
        text: String,
        /// Where it is.
        position: usize,
        /// What is there.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// A parenthesis is opened but not closed.
    #[error("`{text}`, character {position}: this `(` is never closed; add a `)`")]
    Unclosed {
        /// The whole expression.
        text: String,
        /// Where it is opened.
        position: usize,
    },
    /// A parenthesis is closed but not opened.
    #[error("`{text}`, character {position}: this `)` closes nothing; remove it or add a `(`")]
    Unopened {
        /// The whole expression.
        text: String,
        /// Where it is closed.
        position: usize,
    },
    /// A function is given too few or too many arguments.
    #[error("`{text}`, character {position}: `{function}` takes {expected}, not {found}")]
    ArgumentCount {
        /// The whole expression.
        text: String,
        /// Where the function is called.
        position: usize,
        /// Its name.
        function: String,
        /// How many it is given.
        found: usize,
        /// How many it takes, in words.
        expected: &'static str,
    },
    /// More nested parentheses or signs than the reader allows.
    #[error("`{text}`, character {position}: nested more than {limit} deep; write it flatter")]
    TooDeep {
        /// The whole expression.
        text: String,
        /// Where the limit is reached.
        position: usize,
        /// The limit.
        limit: usize,
    },
    /// A parameter cannot have this name or value.
    #[error("parameter `{name}` = {value}: {requirement}")]
    Parameter {
        /// Its name.
        name: String,
        /// Its initial value.
        value: f64,
        /// What would be right.
        requirement: &'static str,
    },
}

fn did_you_mean(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}
