//! Suite `trust`: what verdicts and bands are worth on data, and what a diagnosis costs.
//!
//! 200 data sets of eight kinds of problems with random truths (`problems.rs`) are recovered by default
//! means (`coverage.rs`). Where the verdict is `identified` the truth should lie in the 95 % band on 90 to
//! 98 % of the domain; a fit that looks right and is off by more than three times its band should be rare.
//!
//! `cargo xtask suite trust [--sets N] [--out DIR]` writes `trust.md` and `trust.json` into DIR: by default
//! `docs/results`, or with another number of sets than 200 the folder `trust` beside the program.

mod coverage;
mod problems;
mod report;
mod speed;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite trust [--sets N] [--out DIR]";
/// Data sets of the full suite.
const SETS: u64 = 200;

/// All that was measured.
#[derive(Debug, Serialize)]
struct Results {
    schema: u32,
    machine: Machine,
    seconds: f64,
    sets: u64,
    coverage: coverage::Coverage,
    speed: Vec<speed::Timed>,
}

/// Runs the suite and writes its results.
///
/// # Errors
/// If an argument is unknown, a diagnosis fails, or a file cannot be written.
pub fn run(args: &[String]) -> Outcome {
    let (mut sets, mut out) = (SETS, None);
    let mut args = args.iter().filter(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--sets" => sets = args.next().ok_or(USAGE)?.parse().map_err(|_| USAGE)?,
            "--out" => out = Some(PathBuf::from(args.next().ok_or(USAGE)?)),
            _ => return Err(USAGE.into()),
        }
    }
    let program = std::env::current_exe()?;
    let scratch = program.ancestors().nth(2).ok_or("the suite runs from a target folder")?;
    let scratch = scratch.join("trust");
    let out = match out {
        Some(out) => out,
        None if sets != SETS => scratch.clone(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results"),
    };
    let results = measure(sets, &scratch.join("sets")).map_err(|e| -> Box<dyn Error> { e })?;
    fs::create_dir_all(&out)?;
    fs::write(out.join("trust.md"), report::markdown(&results))?;
    fs::write(out.join("trust.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("trust.md").display());
    Ok(())
}

fn measure(sets: u64, scratch: &Path) -> problems::Made<Results> {
    let begin = Instant::now();
    eprintln!("diagnoses …");
    let speed = vec![speed::measure(256, 20)?, speed::measure(65_536, 1)?];
    eprintln!("{:5.0} s  {sets} recoveries …", begin.elapsed().as_secs_f64());
    let coverage = coverage::measure(sets, scratch);
    Ok(Results {
        schema: 1,
        machine: Machine::here(),
        seconds: begin.elapsed().as_secs_f64(),
        sets,
        coverage,
        speed,
    })
}
