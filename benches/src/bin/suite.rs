//! `cargo xtask suite [NAME [ARGS]]`: the table of suites.

use std::process::ExitCode;

use lacuna_benches::suite::{Suite, dispatch};

/// Every suite. A row is
/// `Suite { name: "recovery", description: "…", run: lacuna_benches::recovery::run }`.
const SUITES: &[Suite] = &[];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(SUITES, &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
