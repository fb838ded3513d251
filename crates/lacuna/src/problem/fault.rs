//! Everything that can be wrong with a problem.

use std::fmt;
use std::path::PathBuf;

use lacuna_surrogate::ExpressionError;

use super::function::SurrogateKind;
use super::model::ModelKind;
use super::nearest::{Suggestion, quoted};

/// What is wrong with a problem, and what would be right.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemFault {
    /// The problem file does not exist.
    #[error("no such problem file; `lacuna init` writes one to start from")]
    NoFile,
    /// The text is not TOML, or not of the shape the contract has.
    #[error("{message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// The text is JSON, as a saved model is.
    #[error(
        "this is JSON, such as a recovered model, and not a problem file; `lacuna solve`, `predict` and \
         `branches` take a model whose name ends in .json"
    )]
    Json,
    /// Several experiments of one name.
    #[error(
        "experiments {first} and {second} are both called `{name}`; give each a `name` of its own"
    )]
    RepeatedName {
        /// Number of one, from 1.
        first: usize,
        /// Number of the other.
        second: usize,
        /// The name.
        name: String,
    },
    /// A key that means nothing where it stands.
    #[error("unknown key `{key}` in {section}; {suggestion}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        section: Section,
        /// What it may have been meant to be.
        suggestion: Suggestion,
    },
    /// Values at the ends that the data contradict.
    #[error(
        "`boundary_values` is not given, so u = {differs}; write e.g. `{example}`, or `boundary_values = \
         [0, 0]` if u does fall to zero there"
    )]
    BoundaryValues {
        /// What is assumed, and what the data say.
        differs: String,
        /// What may be right.
        example: String,
    },
    /// A key without which the problem has no meaning.
    #[error("missing key `{key}` in {section}; write `{example}`")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// Where it should stand.
        section: Section,
        /// How it is written.
        example: &'static str,
    },
    /// A section without which the problem has no meaning.
    #[error("missing section [{key}]; it needs at least `{example}`")]
    MissingSection {
        /// The section.
        key: &'static str,
        /// The least it holds.
        example: &'static str,
    },
    /// A value of the wrong type.
    #[error("`{key}` must be {expected}, but is {found}")]
    WrongType {
        /// The path of the key.
        key: String,
        /// What it is.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A value that is none of the names allowed.
    #[error("`{key}` cannot be `{value}`; {suggestion}")]
    UnknownValue {
        /// The path of the key.
        key: String,
        /// Its value.
        value: String,
        /// What it may have been meant to be.
        suggestion: Suggestion,
    },
    /// A value that makes no sense.
    #[error("`{key}` must be {requirement}, but is {found}")]
    OutOfRange {
        /// The path of the key.
        key: String,
        /// Its value.
        found: String,
        /// What it should be.
        requirement: String,
    },
    /// A function of the equation is not given at all.
    #[error(
        "`{model}` needs the function `{name}` ({description}): add a section [functions.{name}] \
         with `expression = \"{example}\"` (or whatever it is) if it is known, or with \
         `surrogate = \"network\"` if it is to be recovered"
    )]
    MissingFunction {
        /// The equation.
        model: ModelKind,
        /// The function.
        name: &'static str,
        /// What it is.
        description: &'static str,
        /// An expression it could have.
        example: &'static str,
    },
    /// A function or scalar the equation does not have.
    #[error("`{model}` has no `{name}`; {suggestion}")]
    NoSuchPart {
        /// The equation.
        model: ModelKind,
        /// The name given.
        name: String,
        /// What the equation has.
        suggestion: Suggestion,
    },
    /// A closed form that has to be positive starts where it is not.
    #[error(
        "`{name}` has to be positive, and with the initial values of its parameters it is {value} at \
         x = {x}; choose others, or write `constraint = \"positive\"`"
    )]
    StartNotPositive {
        /// The function.
        name: &'static str,
        /// Where.
        x: f64,
        /// Its value there.
        value: f64,
    },
    /// A function given in several ways.
    #[error(
        "{section} has {}; keep one: `surrogate` if the function is unknown, `expression`, `table` \
         or `model` if it is known",
        quoted(keys)
    )]
    SeveralSources {
        /// The function.
        section: Section,
        /// The ways in which it is given.
        keys: Vec<&'static str>,
    },
    /// A function given in no way.
    #[error(
        "{section} says nothing of its function; write `surrogate = \"network\"` if it is unknown, \
         `expression`, `table` or `model` if it is known"
    )]
    NoSource {
        /// The function.
        section: Section,
    },
    /// An option of another surrogate.
    #[error(
        "`{key}` is an option of `surrogate = \"{owner}\"`, but {section} has \
         `surrogate = \"{kind}\"`, whose options are {}", quoted(kind.options())
    )]
    ForeignOption {
        /// The option.
        key: &'static str,
        /// The surrogate it belongs to.
        owner: SurrogateKind,
        /// The function.
        section: Section,
        /// The surrogate it has.
        kind: SurrogateKind,
    },
    /// An option of unknown functions on a known one.
    #[error(
        "`{key}` is an option of unknown functions, but {section} is known; drop it, or give a `surrogate` instead"
    )]
    OptionOfUnknown {
        /// The option.
        key: &'static str,
        /// The function.
        section: Section,
    },
    /// Two options that exclude each other.
    #[error("{section} cannot be both {first} and {second}; drop one")]
    Contradiction {
        /// The function.
        section: Section,
        /// One option.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A boundary the equation is not posed with.
    #[error("`{model}` is not posed with a `{found}` boundary; write `boundary = \"{expected}\"`")]
    Boundary {
        /// The equation.
        model: ModelKind,
        /// The boundary given.
        found: &'static str,
        /// The boundary it is posed with.
        expected: &'static str,
    },
    /// A key of an experiment that the equation has no use for.
    #[error("`{key}` in {section} has no meaning: {reason}; drop it")]
    Meaningless {
        /// The key.
        key: &'static str,
        /// Where it stands.
        section: Section,
        /// Why.
        reason: &'static str,
    },
    /// The functions at which a diagnosis should be made are not there.
    #[error("`nominal = \"{nominal}\"` needs {needs}; or write `nominal = \"prior\"`")]
    NoNominal {
        /// What was asked for.
        nominal: &'static str,
        /// What is missing.
        needs: String,
    },
    /// A scalar that neither the model nor some experiment gives.
    #[error(
        "missing key `{key}` in [model] ({description}); write `{key} = 0.1` if it is known, `{key} = {{ unknown = true, initial = 0.1 }}` if not"
    )]
    MissingScalar {
        /// The scalar.
        key: &'static str,
        /// What it is.
        description: &'static str,
    },
    /// An expression that cannot be read.
    #[error("`{key}`: {source}")]
    Expression {
        /// The path of the key.
        key: String,
        /// What is wrong with it.
        source: ExpressionError,
    },
    /// A table in the problem itself whose arrays do not belong together.
    #[error("`{key}` must have as many `x` as `value`, at least 4, but has {x} and {value}")]
    TableShape {
        /// The path of the key.
        key: String,
        /// Number of arguments.
        x: usize,
        /// Number of values.
        value: usize,
    },
    /// Something the contract has but this version has not.
    #[error("{what} is not available yet; {remedy}")]
    NotAvailable {
        /// What was asked for.
        what: String,
        /// What to do instead.
        remedy: &'static str,
    },
    /// Nothing to recover from.
    #[error(
        "there is nothing to recover from: add at least one [[experiments]] with `data = \"state.csv\"`"
    )]
    NoExperiments,
    /// An experiment without data.
    #[error("{section} has no data to recover from; write `data = \"state.csv\"`")]
    NoData {
        /// The experiment.
        section: Section,
    },
    /// Nothing to recover.
    #[error(
        "nothing is unknown: give at least one function a `surrogate`, or a scalar `{{ unknown = true, initial = 1.0 }}`"
    )]
    NothingUnknown,
    /// A data file that does not exist.
    #[error("no such data file `{}`; paths are relative to the problem file", path.display())]
    NoDataFile {
        /// Where it was looked for.
        path: PathBuf,
    },
}

/// A section of a problem file, for people: `[model]`, `[functions.W]`, `experiment 2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section(String);

impl Section {
    /// From the path of its key; empty for the whole file.
    pub fn new(path: &str) -> Self {
        let parts: Vec<&str> = path.split('.').collect();
        Self(match parts[..] {
            [""] => "the problem file".to_owned(),
            ["experiments", index] => match index.parse::<usize>() {
                Ok(index) => format!("experiment {}", index + 1),
                Err(_) => path.to_owned(),
            },
            [_] | ["functions", _] => format!("[{path}]"),
            _ => format!("`{}`", for_people(path)),
        })
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key path with entries of arrays counted from 1: `experiments[1].data`, `domain.cells[1]`.
pub(super) fn for_people(path: &str) -> String {
    let mut text = String::new();
    for part in path.split('.') {
        match part.parse::<usize>() {
            Ok(index) => text.push_str(&format!("[{}]", index + 1)),
            Err(_) if text.is_empty() => text.push_str(part),
            Err(_) => {
                text.push('.');
                text.push_str(part);
            }
        }
    }
    text
}

/// A fault at the key of a problem, before it is known where that key stands in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Located {
    /// Path of the key, entries of arrays counted from 0: `experiments.0.data`.
    pub(super) key: String,
    /// The fault.
    pub(super) fault: Box<ProblemFault>,
}

impl Located {
    pub(super) fn new(key: impl Into<String>, fault: ProblemFault) -> Self {
        Self { key: key.into(), fault: Box::new(fault) }
    }
}
