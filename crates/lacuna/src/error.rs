//! What can go wrong with the input of a recovery or the writing of its results.
//!
//! Every message reads `place: what is wrong; what would be right`, where the place is a file with
//! the line when there is one. The faults themselves carry fields: [`ProblemFault`] for the problem
//! file, [`DataFault`] for data files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use lacuna_core::EvalError;
use lacuna_fit::FitError;
use lacuna_grid::GridError;
use lacuna_identify::design::DesignError;
use lacuna_surrogate::SurrogateError;

use crate::FolderFault;
use crate::data::DataFault;
use crate::problem::{ProblemFault, Suggestion};

/// Result of the facade.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An input that cannot be used, or an output that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The problem does not make sense.
    #[error("{place}: {fault}")]
    Problem {
        /// Where in the problem file.
        place: Place,
        /// What is wrong and what would be right.
        fault: Box<ProblemFault>,
    },
    /// A data file does not make sense.
    #[error("{place}: {fault}")]
    Data {
        /// Where in the data file.
        place: Place,
        /// What is wrong and what would be right.
        fault: Box<DataFault>,
    },
    /// A file exists but cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file would be overwritten.
    #[error("{}: exists already with other content; move it away, choose another folder, or give --overwrite", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A folder cannot take the results of a run.
    #[error("{}: {fault}", path.display())]
    Folder {
        /// The folder, or the file in it that stands in the way.
        path: PathBuf,
        /// Why.
        fault: FolderFault,
    },
    /// The work failed after the input was found to be in order.
    #[error("{place}: the fit failed: {source}; {}", remedy(source))]
    Failed {
        /// Where in the problem file the work is asked for.
        place: Place,
        /// What failed.
        source: FitError,
    },
    /// Something given on the command line cannot be used.
    #[error("{option}: {source}")]
    Option {
        /// The option as it was given.
        option: String,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// There is no built-in example of this name.
    #[error("no built-in example `{name}`; {suggestion}")]
    NoExample {
        /// The name given.
        name: String,
        /// What may have been meant.
        suggestion: Suggestion,
    },
    /// The domain cannot be discretised as asked.
    #[error("{place}: {source}")]
    Grid {
        /// Where in the problem file.
        place: Place,
        /// What is wrong.
        source: GridError,
    },
    /// A function class refuses what it is given.
    #[error("{place}: [{key}]: {source}")]
    Function {
        /// Where in the problem file.
        place: Place,
        /// Its key.
        key: String,
        /// What is wrong.
        source: Box<SurrogateError>,
    },
    /// A function is unknown where all have to be known.
    #[error(
        "{place}: `{name}` is unknown, and steady states need every function; give it an `expression` or `table`, or `recover` it and solve the resulting model.json"
    )]
    StillUnknown {
        /// The problem file.
        place: Place,
        /// The function.
        name: &'static str,
    },
    /// Every term of the equation is unknown.
    #[error(
        "{place}: every term of the equation holds an unknown ({names}), so the data determine them only up to a common factor; give one of them"
    )]
    NoScale {
        /// Where in the problem file.
        place: Place,
        /// The unknowns.
        names: String,
    },
    /// A known function without a value where the equation needs one.
    #[error(
        "{place}: {name} is {value} at x = {x} and is not integrable there; write an expression that stays \
         finite, e.g. with `max(abs(x), 0.01)` in the place of `x`"
    )]
    Infinite {
        /// Where in the problem file.
        place: Place,
        /// Which function.
        name: &'static str,
        /// The argument.
        x: f64,
        /// The value there.
        value: f64,
    },
    /// A start that cannot be a state.
    #[error(
        "{place}: `{key}` gives u = {value} at x = {x}; it must be finite, and not negative where u is a density"
    )]
    Initial {
        /// Where in the problem file.
        place: Place,
        /// Its key.
        key: String,
        /// A point.
        x: f64,
        /// The value there.
        value: f64,
    },
    /// An initial state that cannot be one.
    #[error(
        "the initial state `{given}` gives u = {value} at x = {x}; it must be finite, and not negative where u is a density"
    )]
    InitialState {
        /// The expression or file.
        given: String,
        /// A point.
        x: f64,
        /// The value there.
        value: f64,
    },
    /// An expression given beside the problem cannot be read.
    #[error("the {what} `{given}` cannot be read: {source}")]
    GivenExpression {
        /// What it is for.
        what: &'static str,
        /// What was given.
        given: String,
        /// What is wrong with it.
        source: Box<SurrogateError>,
    },
    /// A condition given beside the problem has no meaning for its equation.
    #[error("a {what} has no meaning for `{model}`: {reason}")]
    NoSuchCondition {
        /// Which condition.
        what: &'static str,
        /// Name of the equation.
        model: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// The equation has no form in time.
    #[error("`{model}` has no form in time; leave `--time` out to predict its steady states")]
    NoEvolution {
        /// Name of the equation.
        model: &'static str,
    },
    /// A time that cannot be reached.
    #[error("the time {time} cannot be integrated to; it must be finite and positive")]
    Time {
        /// The time given.
        time: f64,
    },
    /// The equation has no scalar of this name.
    #[error("the equation has no scalar `{name}`; {suggestion}")]
    NoScalar {
        /// The name given.
        name: String,
        /// What may have been meant.
        suggestion: Suggestion,
    },
    /// A saved model cannot be used.
    #[error("{place}: not a usable model: {message}")]
    Model {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// The fit cannot be set up or carried out.
    #[error("{place}: {source}")]
    Fit {
        /// Where in the problem file.
        place: Place,
        /// What is wrong.
        source: FitError,
    },
    /// No design can be chosen.
    #[error("{place}: {source}")]
    Design {
        /// Where in the problem file.
        place: Place,
        /// What is wrong.
        source: DesignError,
    },
    /// The equation cannot be evaluated.
    #[error("{source}")]
    Evaluation {
        /// What is wrong.
        source: EvalError,
    },
}

impl Error {
    /// The error for an unknown example, naming the nearest of `names` or all of them.
    pub fn no_such_example(name: &str, names: impl IntoIterator<Item = &'static str>) -> Self {
        Self::NoExample { name: name.into(), suggestion: Suggestion::new(name, names) }
    }

    /// The same of work that had begun: its input was in order.
    pub(crate) fn while_working(self) -> Self {
        match self {
            Self::Fit { place, source } => Self::Failed { place, source },
            other => other,
        }
    }

    /// The same of what was given by `option`, e.g. `--set coupling=-1`.
    #[must_use]
    pub fn of_option(self, option: impl Into<String>) -> Self {
        let option = option.into();
        match self {
            // The problem is in order but for the option.
            Self::Problem { fault, .. } => Self::Problem { place: Place::file(option), fault },
            other => Self::Option { option, source: Box::new(other) },
        }
    }

    /// Whether the input is at fault, so that the command ends with exit code 2.
    pub fn is_invalid_input(&self) -> bool {
        match self {
            Self::Problem { .. }
            | Self::Data { .. }
            | Self::Read { .. }
            | Self::Exists { .. }
            | Self::Folder { .. }
            | Self::NoExample { .. }
            | Self::NoScale { .. }
            | Self::Infinite { .. }
            | Self::Initial { .. }
            | Self::InitialState { .. }
            | Self::GivenExpression { .. }
            | Self::NoSuchCondition { .. }
            | Self::NoEvolution { .. }
            | Self::Time { .. }
            | Self::NoScalar { .. }
            | Self::Grid { .. }
            | Self::Function { .. }
            | Self::StillUnknown { .. }
            | Self::Model { .. } => true,
            Self::Fit { source, .. } => !matches!(source, FitError::Optimiser { .. }),
            Self::Design { source, .. } => !matches!(source, DesignError::Evaluation(_)),
            Self::Option { source, .. } => source.is_invalid_input(),
            Self::Evaluation { .. } | Self::Failed { .. } | Self::Write { .. } => false,
        }
    }
}

/// What to do about work that failed.
fn remedy(source: &FitError) -> &'static str {
    match source {
        FitError::Evaluation(EvalError::NoState { .. } | EvalError::LostBranch { .. }) => {
            "start the search elsewhere (`initial` of the experiments, `seed`), or check the known functions"
        }
        _ => {
            "look for values or noise levels of an absurd size; if there are none the data may say too little: \
             add data, give their `noise`, or hold the priors fixed ([prior] choice = \"fixed\"); `lacuna \
             diagnose` says what the data can determine"
        }
    }
}

/// A place in an input: a file, with line and column (from 1) when they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, or a name for input that comes from no file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column in characters, from 1.
    pub column: Option<u32>,
}

impl Place {
    /// A file as a whole.
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), line: None, column: None }
    }

    /// A line of a file.
    pub fn line(file: &Path, line: u32) -> Self {
        Self { file: file.to_owned(), line: Some(line), column: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        Ok(())
    }
}
