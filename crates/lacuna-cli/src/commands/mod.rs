//! One file a command.

pub mod branches;
pub mod check;
pub mod design;
pub mod diagnose;
pub mod example;
pub mod init;
pub mod predict;
pub mod recover;
pub mod solve;

use std::path::{Path, PathBuf};

use lacuna::examples::Example;
use lacuna::problem::{LoadedProblem, Problem};
use lacuna::{Error, ResultsFolder, write_json};

use crate::arguments::Common;
use crate::interrupt;

/// How a command ended, if it did not fail.
pub enum Outcome {
    /// All was done.
    Done,
    /// Results were written, but did not reach the accuracy asked for.
    NotConverged,
}

/// Result of a command.
pub type Result<T = Outcome> = lacuna::Result<T>;

/// A problem, its text, and what to call it.
struct Input {
    title: String,
    text: String,
    loaded: LoadedProblem,
}

/// Reads a problem file for `verb`, or writes the built-in `example` into `input` below the folder for
/// results and reads that.
fn read_problem(path: Option<&Path>, verb: &str, example: &str, common: &Common) -> Result<Input> {
    read_problem_with_input_in(path, example, &common.out(verb).join("input"), common)
}

/// The folder for results of `verb`, for this run alone, whose work begins now; `inputs` are the files that
/// it has read.
fn claim(verb: &str, inputs: &[PathBuf], common: &Common) -> Result<ResultsFolder> {
    let folder = ResultsFolder::open(&common.out(verb), inputs, common.overwrite)?;
    interrupt::work_begins();
    Ok(folder)
}

/// What a run leaves that failed although its input was in order.
#[derive(serde::Serialize)]
struct Failure {
    schema: &'static str,
    version: &'static str,
    stop: &'static str,
    message: String,
}

/// The error of work that failed, left in `summary.json` too if the input was in order.
fn failed(folder: &mut ResultsFolder, error: Error) -> Error {
    if !error.is_invalid_input() {
        let failure = Failure {
            schema: "lacuna-failure/1",
            version: env!("CARGO_PKG_VERSION"),
            stop: "failed",
            message: error.to_string(),
        };
        let written = write_json(&folder.aside().join("summary.json"), &failure);
        if let Err(error) = written.and_then(|()| folder.put_in_place()) {
            complain!("warning: {error}");
        }
    }
    error
}

/// Results that are complete end with `Done`, if all their numbers are finite.
fn outcome(complete: bool, folder: &ResultsFolder) -> Outcome {
    let not_finite = folder.not_finite();
    for file in not_finite {
        complain!(
            "warning: {} holds numbers that are not finite",
            folder.path().join(file).display()
        );
    }
    if complete && not_finite.is_empty() { Outcome::Done } else { Outcome::NotConverged }
}

/// The same with the folder into which the example is written.
fn read_problem_with_input_in(
    path: Option<&Path>,
    example: &str,
    folder: &Path,
    common: &Common,
) -> Result<Input> {
    let (path, title) = match path {
        Some(path) => (path.to_owned(), path.display().to_string()),
        None => {
            let Some(example) = Example::find(example) else {
                unreachable!("the built-in example exists")
            };
            let path = example.write_over(folder, common.overwrite)?;
            (path, format!("built-in example {}", example.name))
        }
    };
    let mut loaded = Problem::from_path(&path)?;
    if let Some(seed) = common.seed {
        loaded.problem.fit.seed = seed;
    }
    Ok(Input { title, text: loaded.text().to_owned(), loaded })
}

/// Conditions of an experiment as one phrase, e.g. `diffusion = 0.1, coupling = 0.2`.
fn phrase(conditions: &[(String, String)]) -> String {
    let words: Vec<String> = conditions.iter().map(|(n, v)| format!("{n} = {v}")).collect();
    words.join(", ")
}

/// Prints a value as JSON.
fn print_json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => say!("{text}"),
        Err(error) => complain!("warning: no JSON: {error}"),
    }
}
