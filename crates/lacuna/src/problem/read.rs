//! From text to a [`Problem`].

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Deserialize;
use toml::de::DeTable;

use super::function::RawFunction;
use super::location::LineIndex;
use super::{LoadedProblem, Locations, Problem, ProblemFault, schema, shape};
use crate::data::read_text;
use crate::{Error, Place, Result};

impl Problem {
    /// Reads a problem file.
    ///
    /// # Errors
    /// If there is no such file, or it does not hold a valid problem. Data files are not read.
    pub fn from_path(path: &Path) -> Result<LoadedProblem> {
        let text = read_text(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => {
                Error::Problem { place: Place::file(path), fault: Box::new(ProblemFault::NoFile) }
            }
            _ => Error::Read { path: path.to_owned(), source },
        })?;
        let base_dir = path.parent().unwrap_or(Path::new(""));
        parse(&text, path, base_dir)
    }

    /// Reads a problem from text, with its data in `base_dir`.
    ///
    /// # Errors
    /// If the text is not a valid problem. Data files are not read.
    pub fn from_str(text: &str, base_dir: &Path) -> Result<LoadedProblem> {
        parse(text, Path::new("problem"), base_dir)
    }
}

fn parse(text: &str, file: &Path, base_dir: &Path) -> Result<LoadedProblem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        let place = LineIndex::new(text).place(file, Some(0..1));
        return Err(Error::Problem { place, fault: Box::new(ProblemFault::Json) });
    }
    let not_toml = |error: toml::de::Error| Error::Problem {
        place: LineIndex::new(text).place(file, error.span()),
        fault: Box::new(ProblemFault::Syntax { message: describe(&error, text) }),
    };
    let root = DeTable::parse(text).map_err(not_toml)?;
    let locations = Locations::new(file, text, root.get_ref());
    let at = |located| locations.error(located);
    shape::check_table("", root.get_ref(), schema::ROOT).map_err(at)?;

    let functions: RawFunctions = toml::from_str(text).map_err(not_toml)?;
    for (name, function) in functions.functions {
        function.read(&name).map_err(at)?;
    }
    let problem: Problem = toml::from_str(text).map_err(not_toml)?;
    problem.check(&locations).map_err(at)?;
    Ok(LoadedProblem::made(problem, base_dir.to_owned(), locations, text))
}

/// The functions alone, so that their faults keep their places.
#[derive(Deserialize)]
struct RawFunctions {
    #[serde(default)]
    functions: BTreeMap<String, RawFunction>,
}

/// What the parser says, in one line, and what it says it of.
fn describe(error: &toml::de::Error, text: &str) -> String {
    let lines = error.message().lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.collect::<Vec<_>>().join("; ");
    let culprit = error.span().and_then(|span| text.get(span)).map(str::trim);
    match culprit.filter(|culprit| !culprit.is_empty() && !culprit.contains('\n')) {
        Some(culprit) => format!("not valid TOML: {message} (at `{culprit}`)"),
        None => format!("not valid TOML: {message}"),
    }
}
