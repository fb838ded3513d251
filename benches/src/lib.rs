//! What the benches and the suites share: fixtures, and the suites themselves, one module each.
//!
//! A *bench* (`cargo xtask bench`) times one piece of code with criterion. A *suite*
//! (`cargo xtask suite NAME`) reproduces a table of results: problems × methods → error, seconds.
//! A suite is a module here with `pub fn run(args: &[String]) -> suite::Outcome`, and a row in
//! the table of `src/bin/suite.rs`.

pub mod branches;
pub mod checks;
pub mod designs;
pub mod faults;
pub mod fixtures;
pub mod honesty;
pub mod limits;
pub mod machine;
pub mod methods;
pub mod mutants;
pub mod noise;
pub mod peers;
pub mod predict;
pub mod statistics;
pub mod suite;
pub mod trust;
pub mod verdicts;
