//! Everything that can be wrong with a data file.

use super::Extent;
use crate::problem::{ObservationKind, Suggestion, quoted};
use lacuna_surrogate::ExpressionError;

/// What is wrong with a data file, and what would be right.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DataFault {
    /// The file does not exist.
    #[error("no such data file")]
    NoFile,
    /// The file has no content.
    #[error("the file is empty; it needs a header such as `{header}` and one row a point")]
    Empty {
        /// The header it should have.
        header: &'static str,
    },
    /// Columns are separated by something else than commas.
    #[error(
        "columns are separated by {separator}; separate them by commas, and write decimals with a point"
    )]
    Separator {
        /// What separates them.
        separator: &'static str,
    },
    /// The first row holds numbers.
    #[error("the first row is `{found}`, but must be a header such as `{header}`")]
    NoHeader {
        /// The first row.
        found: String,
        /// The header it should be.
        header: &'static str,
    },
    /// A column without which the file has no meaning.
    #[error(
        "there is no column `{column}`, only {}; the header should be `{header}`",
        quoted(found)
    )]
    MissingColumn {
        /// The column.
        column: &'static str,
        /// The columns there are.
        found: Vec<String>,
        /// The header it should have.
        header: &'static str,
    },
    /// A column that the problem names and the file does not have.
    #[error(
        "there is no column `{name}`, which `columns` of the experiment gives for `{column}`, only {}",
        quoted(found)
    )]
    NoNamedColumn {
        /// What it would be.
        column: String,
        /// Its name.
        name: String,
        /// The columns there are.
        found: Vec<String>,
    },
    /// A column that means nothing.
    #[error(
        "unknown column `{column}`: drop it, or in an experiment say which to read, as by `columns = {{ x = \
         \"..\", u = \"..\" }}`; {suggestion}"
    )]
    UnknownColumn {
        /// The column.
        column: String,
        /// What it may have been meant to be.
        suggestion: Suggestion,
    },
    /// A column that is there twice.
    #[error("the column `{column}` is there twice; keep one")]
    RepeatedColumn {
        /// The column.
        column: &'static str,
    },
    /// Something the contract has but this version has not.
    #[error("{what} are not available yet; {remedy}")]
    NotAvailable {
        /// What the file holds.
        what: &'static str,
        /// What to do instead.
        remedy: &'static str,
    },
    /// A row of the wrong length.
    #[error(
        "the row has {}, but the header has {}{}",
        count(*found, "cell"), count(*expected, "column"),
        if *index { "; if the first are numbers of rows, write the file without them (in R: `row.names = \
         FALSE`), and if numbers have decimal commas, write points" } else { "" }
    )]
    Ragged {
        /// Number of cells.
        found: usize,
        /// Number of columns.
        expected: usize,
        /// Whether the first cell may be the number of the row.
        index: bool,
    },
    /// Text that is not UTF-8.
    #[error("the row is not written in UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// A cell without content.
    #[error(
        "the cell in column `{column}` is empty; write a number or drop the row; in an experiment `missing = \
         \"\"` skips such rows"
    )]
    EmptyCell {
        /// The column.
        column: &'static str,
    },
    /// A cell that is not a number.
    #[error("`{text}` in column `{column}` is not a number")]
    NotANumber {
        /// The column.
        column: &'static str,
        /// The cell.
        text: String,
    },
    /// A number as Fortran writes it.
    #[error(
        "`{text}` in column `{column}` is a number of Fortran; write its exponent with E, as in `{}`",
        text.replace(['d', 'D'], "E")
    )]
    FortranExponent {
        /// The column.
        column: &'static str,
        /// The cell.
        text: String,
    },
    /// A number that is NaN or infinite.
    #[error(
        "`{text}` in column `{column}` is not finite; correct it or drop the row; in an experiment `missing = \
         \"{text}\"` skips such rows"
    )]
    NotFinite {
        /// The column.
        column: &'static str,
        /// The cell.
        text: String,
    },
    /// Fewer points than needed.
    #[error("there are only {}; {what} needs at least {needed}", count(*found, "point"))]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
        /// What they describe.
        what: &'static str,
    },
    /// Two points with the same argument.
    #[error("x = {x} was already given on line {first_line}; keep one of the two rows")]
    Duplicate {
        /// The argument.
        x: f64,
        /// The line of the first, from 1.
        first_line: u32,
    },
    /// A point outside the domain.
    #[error(
        "x = {x} lies outside the domain [{}, {}]; set `origin` and `length` in [domain]{}",
        extent.origin, extent.end(),
        if *degrees { ", or convert degrees to radians" } else { "" }
    )]
    OutsideDomain {
        /// The point.
        x: f64,
        /// The domain.
        extent: Extent,
        /// Whether it looks like an angle in degrees.
        degrees: bool,
    },
    /// The two ends of a periodic domain are given different values.
    #[error(
        "x = {x} is the same point as x = {first_x} on line {first_line} since the domain is \
         periodic, but u is {u:?} here and {first_u:?} there; drop one of the two rows"
    )]
    PeriodicEnds {
        /// The upper end.
        x: f64,
        /// The value there.
        u: f64,
        /// The lower end.
        first_x: f64,
        /// The value there.
        first_u: f64,
        /// Its line, from 1.
        first_line: u32,
    },
    /// A gap too wide to interpolate.
    #[error(
        "the data are too sparse to interpolate: between x = {from} and x = {to} there is a gap of \
         {} % of the domain, more than {} %; the formulation `steady-state` needs no interpolation", percent(*fraction), percent(*limit)
    )]
    Sparse {
        /// Where the gap begins.
        from: f64,
        /// Where it ends.
        to: f64,
        /// Its share of the domain.
        fraction: f64,
        /// The largest share allowed.
        limit: f64,
    },
    /// Data that are no values of a state, where a state is needed.
    #[error(
        "the columns are those of {found}, which cannot be interpolated to a state; the formulation \
         `steady-state` needs no interpolation"
    )]
    NotValues {
        /// What they are.
        found: ObservationKind,
    },
    /// A noise level that is zero or negative.
    #[error(
        "sd = {sd} is not positive; give the standard deviation of the noise, or drop the column"
    )]
    NoiseNotPositive {
        /// The noise level.
        sd: f64,
    },
    /// A cell or bin whose ends make no sense.
    #[error(
        "the cell from {lower} to {upper} has no width or is wider than the domain; `lower` must be \
         less than `upper`, unless a cell of at most half a circle crosses its end"
    )]
    Bin {
        /// Its lower end.
        lower: f64,
        /// Its upper end.
        upper: f64,
    },
    /// A place on a circle that is more than one turn away.
    #[error(
        "{x} lies more than one turn outside of the domain [{}, {}]; drop the row if that stands for a \
         missing value, else set `origin` and `length` in [domain]",
        extent.origin, extent.end()
    )]
    ManyTurns {
        /// The place.
        x: f64,
        /// The domain.
        extent: Extent,
    },
    /// A number that stands for a missing value.
    #[error(
        "{value} in column `{column}` is far from all other rows and looks like a code for a missing \
         value; drop the row, or write `missing = {value}` in the experiment, which skips such rows"
    )]
    Code {
        /// The column.
        column: &'static str,
        /// The number.
        value: f64,
    },
    /// A density that noise cannot have made negative.
    #[error(
        "u = {u} is negative{}, and u is a density; correct the row or drop it",
        match sd {
            Some(sd) => format!(" by {:.3e} standard deviations", -u / sd),
            None => ", further from zero than the other values are".to_owned(),
        }
    )]
    NegativeDensity {
        /// The value.
        u: f64,
        /// Its standard deviation, if it is known.
        sd: Option<f64>,
    },
    /// A bin that shares individuals with another.
    #[error(
        "the bin from {lower} to {upper} overlaps another; add the counts of equal bins, and give \
         replicates experiments of their own"
    )]
    Overlap {
        /// Its lower end.
        lower: f64,
        /// Its upper end.
        upper: f64,
    },
    /// A count that is negative or no whole number.
    #[error("count = {count} is not a whole number of individuals; densities go in a column `u`")]
    NotACount {
        /// The count.
        count: f64,
    },
    /// A weight that cannot be read.
    #[error("`functional`: {source}")]
    Expression {
        /// What is wrong with it.
        source: ExpressionError,
    },
    /// Files of one experiment of which only some give noise levels.
    #[error("only some files of the experiment have a column `sd`; give it in all or in none")]
    SomeNoise,
    /// Noise given by the data and by the problem.
    #[error(
        "the column `sd` gives the noise, and so does `noise` of the experiment in the problem \
         file; drop one"
    )]
    NoiseTwice,
    /// Files of one experiment that observe different things.
    #[error(
        "the columns are those of {found}, but the first file of the experiment has {first}; \
         give each an experiment of its own"
    )]
    Mixed {
        /// What it observes.
        found: ObservationKind,
        /// What the first observes.
        first: ObservationKind,
    },
    /// A value that is zero or negative under multiplicative noise.
    #[error(
        "u = {u:?} is not positive, and relative noise is log-normal; give `noise` as a standard \
         deviation, or correct the row or drop it"
    )]
    RelativeNotPositive {
        /// The value.
        u: f64,
    },
    /// A density that is zero or negative where its logarithm is taken.
    #[error(
        "u = {u:?} is not positive, and the formulation `log-fixed-point` takes the logarithm of u; \
         write `formulation = \"fixed-point\"`, or correct the row or drop it"
    )]
    NotPositive {
        /// The density.
        u: f64,
    },
    /// A mass other than that of the experiment.
    #[error(
        "the data have mass {0}, which differs from the expected {expected} by {1} %; write \
         `mass = {0}` in their [[experiments]], or `normalise = true` to scale them",
        rounded(*found, 1e6), percent((found - expected).abs() / expected)
    )]
    Mass {
        /// ∫u of the data.
        found: f64,
        /// What it should be.
        expected: f64,
    },
}

fn percent(fraction: f64) -> f64 {
    rounded(100.0 * fraction, 10.0)
}

/// To a multiple of 1/parts, so that it prints with few digits.
fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
