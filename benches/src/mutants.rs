//! Suite `mutants`: problems, tables and models from the examples, changed at random, through every command.
//!
//! `cargo xtask suite mutants [--count N] [--from N]` runs the test of the same name of `lacuna-cli` with a
//! release build and more mutants than a run of all tests has.

use std::process::Command;

use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite mutants [--count N] [--from N]";
const COUNT: u64 = 10_000;

/// Runs the suite.
///
/// # Errors
/// An option cannot be read, or a mutant did what none may do.
pub fn run(args: &[String]) -> Outcome {
    let (mut count, mut from) = (COUNT, 0);
    for pair in args.chunks(2) {
        match pair {
            [option, number] if option == "--count" => count = number.parse()?,
            [option, number] if option == "--from" => from = number.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    let test = ["test", "--release", "--package", "lacuna-cli", "--test", "mutants", "--"];
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(test)
        .arg("--nocapture")
        .env("LACUNA_MUTANTS", count.to_string())
        .env("LACUNA_MUTANTS_FROM", from.to_string())
        .status()?;
    if status.success() { Ok(()) } else { Err("mutants failed; they are listed above".into()) }
}
