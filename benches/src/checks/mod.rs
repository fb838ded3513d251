//! Suite `checks`: what profiles of the likelihood cover (`coverage.rs`), which wrong models the checks
//! expose (`power.rs`, `equations.rs`), and how often they doubt right ones (`right.rs`).
//!
//! `cargo xtask suite checks [--quick] [--only PART] [--out DIR]`, PART one of `profiles`, `models`,
//! `equations`, `right`, writes `checks.md` and `checks.json` into DIR: by
//! default `docs/results`, or with `--quick` the folder `checks` beside the program.

mod coverage;
mod equations;
mod power;
mod problems;
mod report;
mod right;
mod simulated;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite checks [--quick] [--only PART] [--out DIR]";
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
    equations: Vec<equations::Exposed>,
    right: Vec<right::Alarms>,
}

/// Runs the suite and writes its results.
///
/// # Errors
/// If an argument is unknown, a problem cannot be set up, or a file cannot be written.
pub fn run(args: &[String]) -> Outcome {
    let mut quick = false;
    let (mut out, mut only) = (None, None);
    let mut args = args.iter().filter(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--quick" => quick = true,
            "--only" => only = Some(args.next().ok_or(USAGE)?.as_str()),
            "--out" => out = Some(PathBuf::from(args.next().ok_or(USAGE)?)),
            _ => return Err(USAGE.into()),
        }
    }
    let out = match out {
        Some(out) => out,
        None if quick || only.is_some() => {
            let program = std::env::current_exe()?;
            program.ancestors().nth(2).ok_or("the suite runs from a target folder")?.join("checks")
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results"),
    };
    let results = measure(quick, only).map_err(|failure| -> Box<dyn Error> { failure })?;
    fs::create_dir_all(&out)?;
    fs::write(out.join("checks.md"), report::markdown(&results))?;
    fs::write(out.join("checks.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("checks.md").display());
    Ok(())
}

fn measure(quick: bool, only: Option<&str>) -> Result<Results, Failure> {
    let begin = Instant::now();
    let stage = |name: &str| eprintln!("{:5.0} s  {name} …", begin.elapsed().as_secs_f64());
    let asked = |part: &str| only.is_none_or(|only| only == part);
    let (mut coverage, mut power, mut equations, mut right) = (vec![], vec![], vec![], vec![]);
    if asked("profiles") {
        stage("profiles");
        coverage = coverage::measure(if quick { 16 } else { 400 })?;
    }
    if asked("models") {
        stage("wrong models");
        power = power::measure(if quick { 4 } else { 100 })?;
    }
    if asked("equations") {
        stage("wrong equations");
        equations = equations::measure(if quick { 10 } else { 100 })?;
    }
    if asked("right") {
        stage("right models");
        right = right::measure(if quick { 20 } else { 200 })?;
    }
    Ok(Results {
        schema: 1,
        command: "cargo xtask suite checks",
        quick,
        machine: Machine::here(),
        minutes: begin.elapsed().as_secs_f64() / 60.0,
        coverage,
        power,
        equations,
        right,
    })
}
