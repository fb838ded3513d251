//! Suite `predict`: the equation in time, and what predictions and their bands are worth.
//!
//! What a transient keeps (`kept.rs`): mass, sign, free energy, and the limit. The integrator of the
//! library beside those of diffsol on the same semi-discrete equation (`integrators.rs`). States and
//! transients predicted with what was recovered from *two-states*, against the true equation
//! (`recovered.rs`), and coverage of the bands over regenerated *sparse-noisy* data (`coverage.rs`).
//! True transients come from an independent solver (`spectral.rs`).
//!
//! `cargo xtask suite predict [--quick] [--out DIR]` writes `predict.md` and `predict.json` into
//! DIR: by default `docs/results`, or with `--quick` the folder `predict` beside the program.

mod coverage;
mod integrators;
mod kept;
mod recovered;
mod report;
mod spectral;
mod truth;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use crate::machine::Machine;
use crate::noise::Failure;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite predict [--quick] [--out DIR]";

/// All that was measured.
#[derive(Debug, Serialize)]
struct Results {
    schema: u32,
    command: &'static str,
    quick: bool,
    machine: Machine,
    minutes: f64,
    many_steps: kept::ManySteps,
    long: Vec<kept::Long>,
    integrators: Vec<integrators::Case>,
    recovered: Vec<recovered::Compared>,
    coverage: Vec<coverage::Coverage>,
    refused: usize,
    sets: u64,
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
            program.ancestors().nth(2).ok_or("the suite runs from a target folder")?.join("predict")
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results"),
    };
    let results = measure(quick).map_err(|failure| -> Box<dyn Error> { failure })?;
    fs::create_dir_all(&out)?;
    fs::write(out.join("predict.md"), report::markdown(&results))?;
    fs::write(out.join("predict.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("predict.md").display());
    Ok(())
}

fn measure(quick: bool) -> Result<Results, Failure> {
    let begin = Instant::now();
    let stage = |name: &str| eprintln!("{:5.0} s  {name} …", begin.elapsed().as_secs_f64());
    stage("many steps");
    let many_steps = kept::many_steps(if quick { 10_000 } else { 1_000_000 })?;
    stage("long times");
    let long = kept::long()?;
    stage("integrators");
    let integrators = integrators::measure(if quick { 1 } else { 3 })?;
    stage("predictions from two-states");
    let recovered = recovered::measure()?;
    stage("coverage");
    let sets = if quick { 4 } else { 40 };
    let (coverage, refused) = coverage::measure(sets)?;
    Ok(Results {
        schema: 1,
        command: "cargo xtask suite predict",
        quick,
        machine: Machine::here(),
        minutes: begin.elapsed().as_secs_f64() / 60.0,
        many_steps,
        long,
        integrators,
        recovered,
        coverage,
        refused,
        sets,
    })
}
