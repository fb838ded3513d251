//! Suite `checks`: what profiles of the likelihood cover (`coverage.rs`), and which wrong models the
//! checks of residuals expose (`power.rs`).
//!
//! `cargo xtask suite checks [--quick] [--out DIR]` writes `checks.md` and `checks.json` into DIR: by
//! default `docs/results`, or with `--quick` the folder `checks` beside the program.

mod coverage;
mod power;
mod report;
mod simulated;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite checks [--quick] [--out DIR]";
/// Why something could not be measured, to pass between threads.
type Failure = Box<dyn Error + Send + Sync>;

/// All that was measured.
#[derive(Debug, Serialize)]
struct Results {
    schema: u32,
    command: &'static str,
    quick: bool,
    machine: Machine,
    minutes: f64,
    coverage: Vec<coverage::Coverage>,
    power: Vec<power::Power>,
}

/// Runs the suite and writes its results.
///
/// # Errors
/// If an argument is unknown, a problem cannot be set up, or a file cannot be written.
pub fn run(args: &[String]) -> Outcome {
    let mut quick = false;
    let mut out = None;
    let mut args = args.iter().filter(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--quick" => quick = true,
            "--out" => out = Some(PathBuf::from(args.next().ok_or(USAGE)?)),
            _ => return Err(USAGE.into()),
        }
    }
    let out = match out {
        Some(out) => out,
        None if quick => {
            let program = std::env::current_exe()?;
            program.ancestors().nth(2).ok_or("the suite runs from a target folder")?.join("checks")
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results"),
    };
    let results = measure(quick).map_err(|failure| -> Box<dyn Error> { failure })?;
    fs::create_dir_all(&out)?;
    fs::write(out.join("checks.md"), report::markdown(&results))?;
    fs::write(out.join("checks.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("checks.md").display());
    Ok(())
}

fn measure(quick: bool) -> Result<Results, Failure> {
    let begin = Instant::now();
    let stage = |name: &str| eprintln!("{:5.0} s  {name} …", begin.elapsed().as_secs_f64());
    stage("profiles");
    let coverage = coverage::measure(if quick { 16 } else { 400 })?;
    stage("wrong models");
    let power = power::measure(if quick { 4 } else { 100 })?;
    Ok(Results {
        schema: 1,
        command: "cargo xtask suite checks",
        quick,
        machine: Machine::here(),
        minutes: begin.elapsed().as_secs_f64() / 60.0,
        coverage,
        power,
    })
}
