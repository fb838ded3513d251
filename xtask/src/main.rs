//! `cargo xtask COMMAND`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::process::Failure;

/// Development commands of lacuna.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything CI checks: fmt, clippy, deny, test, doc, and one recovery with the release build
    Ci,
    /// Check the style rules (also part of `cargo test --workspace`)
    Tidy,
    /// Run a reproducible suite of results, or list the suites
    Suite {
        /// The suite's name, then its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Run the fuzz targets on what is read from files, a minute each
    Fuzz {
        /// One of them: problem, table, model or expression
        target: Option<String>,
        /// How long each runs
        #[arg(long, value_name = "N", default_value_t = 60)]
        seconds: u32,
    },
    /// Check licences, sources, duplicates and advisories of all dependencies
    Deny,
    /// Run the criterion benches: `cargo bench --package lacuna-benches ARGS`
    Bench {
        /// Arguments of `cargo bench`; those after `--` go to criterion
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    let root = xtask::root();
    let outcome = match Cli::parse().command {
        Command::Ci => xtask::ci::run(&root),
        Command::Tidy => tidy(&root),
        Command::Suite { args } => xtask::suite::run(&root, &args),
        Command::Fuzz { target, seconds } => xtask::fuzz::run(&root, target.as_deref(), seconds),
        Command::Deny => xtask::deny::run(&root),
        Command::Bench { args } => xtask::bench::run(&root, &args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn tidy(root: &std::path::Path) -> Result<(), Failure> {
    let findings = xtask::tidy::run(root)?;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: nothing found");
        return Ok(());
    }
    Err(Failure::Untidy { findings: findings.len() })
}
