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

use std::fs;
use std::path::Path;

use lacuna::examples::Example;
use lacuna::problem::{LoadedProblem, Problem};

use crate::arguments::Common;

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

/// Reads a problem file, or writes the built-in `example` into `input` below the folder for
/// results and reads that.
fn read_problem(path: Option<&Path>, example: &str, common: &Common) -> Result<Input> {
    read_problem_with_input_in(path, example, &common.out().join("input"), common)
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
            let path = example.write(folder)?;
            (path, format!("built-in example {}", example.name))
        }
    };
    let mut loaded = Problem::from_path(&path)?;
    if let Some(seed) = common.seed {
        loaded.problem.fit.seed = seed;
    }
    let text = fs::read_to_string(&path)
        .map_err(|source| lacuna::Error::Read { path: path.clone(), source })?;
    Ok(Input { title, text, loaded })
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
        Err(error) => eprintln!("warning: no JSON: {error}"),
    }
}
