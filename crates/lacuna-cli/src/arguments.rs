//! The command line.

use std::fmt;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// Choose what to measure next: the best points of existing and possible experiments
    Design {
        /// Problem file; without one, a built-in example
        problem: Option<PathBuf>,
    },
    /// Predict steady states or a transient under other conditions, with bands
    Predict(Predict),
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

/// What to predict.
#[derive(Args, Debug)]
pub struct Predict {
    /// Recovered model.json, or a problem file whose functions are all known; without one, a
    /// built-in example
    pub problem: Option<PathBuf>,
    /// Give a scalar of the equation another value, e.g. coupling=0.4
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub set: Vec<Assignment>,
    /// A known expression in x added to V, in place of any push of the experiments
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub push: Option<String>,
    /// Another mass ∫u
    #[arg(long, value_name = "M", value_parser = positive)]
    pub mass: Option<f64>,
    /// Where the search for a steady state or a transient starts: an expression in x, or a CSV file
    /// x,u
    #[arg(long, value_name = "FILE_OR_EXPR", allow_hyphen_values = true)]
    pub initial: Option<String>,
    /// Integrate in time to T instead of looking for steady states
    #[arg(long, value_name = "T", value_parser = positive)]
    pub time: Option<f64>,
    /// Number of equally spaced times at which a transient is written, besides its start
    #[arg(long, value_name = "N", default_value_t = 20, requires = "time",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub times: u32,
    /// How bands are made: auto is linearised for steady states and samples for transients
    #[arg(long, value_enum, default_value_t = Bands::Auto)]
    pub bands: Bands,
    /// Number of draws, where bands are made by samples
    #[arg(long, value_name = "N", default_value_t = 200,
          value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pub samples: u32,
}

/// How bands of predictions are made.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Bands {
    /// By the derivative for steady states, by draws for transients
    Auto,
    /// By the derivative
    Linearised,
    /// By draws from the posterior
    Samples,
    /// No bands
    None,
}

/// Options of every command.
#[derive(Args, Debug)]
pub struct Common {
    /// Folder for results [default: lacuna-out; of other verbs than recover lacuna-out-VERB; for
    /// `example`, the example's name]
    #[arg(long, global = true, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace files in the place of results that lacuna has not written there
    #[arg(long, global = true)]
    pub overwrite: bool,
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
    /// The folder for results of `verb`.
    pub fn out(&self, verb: &str) -> PathBuf {
        let default = || match verb {
            "recover" => "lacuna-out".into(),
            _ => format!("lacuna-out-{verb}").into(),
        };
        self.out.clone().unwrap_or_else(default)
    }

    /// Whether to print for people.
    pub fn talks(&self) -> bool {
        !self.quiet && !self.json
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--set {}={}", self.name, self.value)
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

fn positive(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        Ok(value) => Err(format!("{value} is not a positive number")),
        Err(_) => Err(format!("`{text}` is not a number")),
    }
}

/// More threads than any machine has cores would only take memory.
const MOST_THREADS: usize = 1024;

fn threads(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if (1..=MOST_THREADS).contains(&count) => Ok(count),
        _ => Err(format!("give a whole number of threads, at least 1 and at most {MOST_THREADS}")),
    }
}
