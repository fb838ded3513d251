//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Recover the functions missing from partial differential equations.
///
/// Without a problem file a command runs on the built-in example.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Recover the unknown functions of a problem from its data
    Recover {
        /// Problem file; without one, the built-in example
        problem: Option<PathBuf>,
    },
    /// Solve for the steady states of a problem whose functions are all known
    Solve {
        /// Problem file or recovered model.json; without one, a built-in example
        problem: Option<PathBuf>,
        /// Give a scalar of the equation another value, e.g. coupling=0.15
        #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
        set: Vec<Assignment>,
    },
    /// Say whether the data, or planned measurements, determine the unknowns
    Diagnose {
        /// Problem file; without one, the built-in example
        problem: Option<PathBuf>,
    },
    /// Follow the steady states of a known problem along one of its scalars, with their stability
    Branches {
        /// Problem file or recovered model.json; without one, a built-in example
        problem: Option<PathBuf>,
    },
    /// Check a problem and its data, and say what would be done
    Check {
        /// Problem file; without one, the built-in example
        problem: Option<PathBuf>,
    },
    /// Write a commented problem file with data to start from
    Init {
        /// Folder to write into
        #[arg(default_value = ".")]
        dir: PathBuf,
    },
    /// List the built-in examples, or write one into a folder
    Example {
        /// Its name; without one, all are listed
        name: Option<String>,
    },
}

/// Options of every command.
#[derive(Args, Debug)]
pub struct Common {
    /// Folder for results [default: lacuna-out; for `example`, the example's name]
    #[arg(long, global = true, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Seed from which all random numbers derive, in place of the problem's
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Number of threads [default: one a core]; results do not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// Print nothing but errors and what --json asks for
    #[arg(long, global = true)]
    pub quiet: bool,
    /// Print the summary as JSON
    #[arg(long, global = true)]
    pub json: bool,
}

impl Common {
    /// The folder for results.
    pub fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| "lacuna-out".into())
    }

    /// Whether to print for people.
    pub fn talks(&self) -> bool {
        !self.quiet && !self.json
    }
}

/// A scalar and its new value.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Its name.
    pub name: String,
    /// The value.
    pub value: f64,
}

fn assignment(text: &str) -> Result<Assignment, String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err("write NAME=VALUE, e.g. coupling=0.15".into());
    };
    match value.trim().parse() {
        Ok(value) => Ok(Assignment { name: name.trim().into(), value }),
        Err(_) => Err(format!("`{value}` is not a number")),
    }
}

fn threads(text: &str) -> Result<usize, String> {
    text.parse::<NonZeroUsize>()
        .map(NonZeroUsize::get)
        .map_err(|_| "give a whole number of threads, at least 1".into())
}
