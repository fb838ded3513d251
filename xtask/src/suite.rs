//! `cargo xtask suite [NAME [ARGS]]`: reproduces a table of results.
//!
//! The suites need the crates, and `xtask` depends on none of them: it starts the program `suite`
//! of `lacuna-benches`, whose table (`benches/src/bin/suite.rs`) holds the names.

use std::path::Path;

use crate::process::{Cargo, Failure};

/// Runs the suite that `args` names first, built for release; without arguments, lists the suites.
///
/// # Errors
/// Cargo could not be started, the name is unknown (what exists is listed), or the suite failed.
pub fn run(root: &Path, args: &[String]) -> Result<(), Failure> {
    let fixed =
        ["run", "--release", "--quiet", "--package", "lacuna-benches", "--bin", "suite", "--"];
    Cargo::new(root, fixed.into_iter().chain(args.iter().map(String::as_str))).run()
}
