//! The `lacuna` command: recover functions missing from partial differential equations.
//!
//! Exit code 0: done; 1: failed or not converged; 2: invalid input.

#[macro_use]
mod say;
mod arguments;
mod commands;
mod interrupt;
mod progress;
mod report;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Verb};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) if told.use_stderr() => {
            complain!("{}", told.render().to_string().trim_end_matches('\n'));
            return ExitCode::from(2);
        }
        Err(told) => told.exit(),
    };
    interrupt::install();
    if let Some(threads) = arguments.common.threads {
        // Only the first call can fail, and this is it.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let common = &arguments.common;
    let outcome = match &arguments.verb {
        Verb::Recover { problem } => commands::recover::run(problem.as_deref(), common),
        Verb::Solve { problem, set } => commands::solve::run(problem.as_deref(), set, common),
        Verb::Diagnose { problem } => commands::diagnose::run(problem.as_deref(), common),
        Verb::Design { problem } => commands::design::run(problem.as_deref(), common),
        Verb::Predict(arguments) => commands::predict::run(arguments, common),
        Verb::Branches { problem } => commands::branches::run(problem.as_deref(), common),
        Verb::Check { problem } => commands::check::run(problem.as_deref(), common),
        Verb::Init { dir } => commands::init::run(dir, common),
        Verb::Example { name } => commands::example::run(name.as_deref(), common),
    };
    match outcome {
        Ok(commands::Outcome::Done) => ExitCode::SUCCESS,
        Ok(commands::Outcome::NotConverged) => ExitCode::from(1),
        Err(error) => {
            complain!("error: {error}");
            ExitCode::from(if error.is_invalid_input() { 2 } else { 1 })
        }
    }
}
