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
    /// Everything CI checks: fmt, clippy, test, doc, and one recovery with the release build
    Ci,
    /// Check the style rules (also part of `cargo test --workspace`)
    Tidy,
    /// Run a reproducible suite of results, or list the suites
    Suite {
        /// The suite's name, then its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
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
