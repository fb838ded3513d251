//! `cargo xtask deny`: licences, sources and duplicates of all dependencies, by `deny.toml`.
//!
//! Advisories need their database, which is fetched: off-line they are left out.

use std::path::Path;

use crate::process::{Cargo, Failure};
use crate::tools::Tool;

/// What is checked without a network.
const OFFLINE: [&str; 3] = ["bans", "licenses", "sources"];

/// The same where cargo-deny is there already: CI depends on nothing that has to be installed.
///
/// # Errors
/// A dependency breaks a rule.
pub fn run_where_installed(root: &Path) -> Result<(), Failure> {
    if (Tool { name: "deny" }).is_installed(root) {
        return run(root);
    }
    println!("deny: skipped, since cargo-deny is not installed; `cargo xtask deny` installs it");
    Ok(())
}

/// Checks; where cargo-deny is neither there nor can be installed that is said, and no failure.
///
/// # Errors
/// A dependency breaks a rule.
pub fn run(root: &Path) -> Result<(), Failure> {
    let tools = match (Tool { name: "deny" }).folder(root) {
        Ok(tools) => tools,
        Err(failure) => {
            println!("deny: skipped, since cargo-deny cannot be had: {failure}");
            return Ok(());
        }
    };
    let cargo = |args: &[&str]| {
        let path = crate::tools::path_with(&tools);
        Cargo::new(root, ["deny", "--locked"].iter().chain(args)).env("PATH", &path)
    };
    if cargo(&["fetch", "db"]).run().is_ok() {
        cargo(&["check", "advisories"]).run()?;
    } else {
        println!("deny: advisories left out, since their database cannot be fetched");
    }
    let mut args = vec!["--offline", "check"];
    args.extend(OFFLINE);
    cargo(&args).run()
}
