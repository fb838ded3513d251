//! Suite `designs`: what designed measurements are worth beside equally spaced ones.
//!
//! Problems with known truths (`cases.rs`) are measured in simulation, at points that `lacuna design`
//! chose without the truth, and at as many equally spaced points; both data sets are fitted, and the
//! errors compared (`trial.rs`). Then the choice of two couplings beside random ones (`couplings.rs`).
//! States are solved for on a grid four times as fine as that of the fit.
//!
//! `cargo xtask suite designs [--quick] [--out DIR]` writes `designs.md`, `designs.json` and a figure
//! into DIR: by default `docs/results`, or with `--quick` the folder `designs` beside the program.

mod cases;
mod couplings;
mod figure;
mod measure;
mod report;
mod trial;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite designs [--quick] [--out DIR]";
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
    cases: Vec<trial::Compared>,
    couplings: couplings::Couplings,
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
            program.ancestors().nth(2).ok_or("the suite runs from a target folder")?.join("designs")
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results"),
    };
    let results = measure(quick).map_err(|failure| -> Box<dyn Error> { failure })?;
    fs::create_dir_all(&out)?;
    fs::write(out.join("designs.svg"), figure::draw(&results.cases[0])?)?;
    fs::write(out.join("designs.md"), report::markdown(&results))?;
    fs::write(out.join("designs.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("designs.md").display());
    Ok(())
}

fn measure(quick: bool) -> Result<Results, Failure> {
    let begin = Instant::now();
    let stage = |name: &str| eprintln!("{:5.0} s  {name} …", begin.elapsed().as_secs_f64());
    let sets = if quick { 6 } else { 40 };
    let mut cases = Vec::new();
    for case in cases::CASES {
        stage(case.name);
        let compared = trial::compare(case, sets)?;
        eprintln!("         {}", compared.in_words());
        cases.push(compared);
    }
    stage("couplings");
    let couplings = couplings::measure(if quick { 10 } else { 100 })?;
    Ok(Results {
        schema: 1,
        command: "cargo xtask suite designs",
        quick,
        machine: Machine::here(),
        minutes: begin.elapsed().as_secs_f64() / 60.0,
        cases,
        couplings,
    })
}
