//! `cargo xtask bench [ARGS]`: the criterion benches of `lacuna-benches`.

use std::path::Path;

use crate::process::{Cargo, Failure};

/// Runs `cargo bench --package lacuna-benches ARGS`.
///
/// # Errors
/// Cargo could not be started, or a bench failed.
pub fn run(root: &Path, args: &[String]) -> Result<(), Failure> {
    let fixed = ["bench", "--package", "lacuna-benches"];
    Cargo::new(root, fixed.into_iter().chain(args.iter().map(String::as_str))).run()
}
