//! Suite `limits`: how far the kernels are from what the machine can do, and how cost grows.
//!
//! All on one thread but for the last part: the machine (`roof.rs`), the kernels beside it
//! (`kernel.rs`, `assembly.rs`), Levenberg-Marquardt steps beside the factorisation they contain
//! (`step.rs`) and their growth with the problem (`growth.rs`), the cross-over to steps without the
//! Jacobian (`crossover.rs`), restarts on two threads (`parallel.rs`).
//!
//! `cargo xtask suite limits [--quick] [--out DIR]` writes `limits.md`, `limits.json` and two
//! figures into DIR: by default `docs/results`, or with `--quick` the folder `limits` beside the
//! program.

mod assembly;
mod clock;
mod crossover;
mod figure;
mod growth;
mod kernel;
mod parallel;
mod problem;
mod report;
mod roof;
mod step;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use self::problem::Size;
use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite limits [--quick] [--out DIR]";

/// All that was measured.
#[derive(Debug, Serialize)]
struct Results {
    schema: u32,
    command: &'static str,
    quick: bool,
    machine: Machine,
    minutes: f64,
    roof: roof::Roof,
    kernels: Vec<kernel::Kernel>,
    steps: Vec<step::StepCost>,
    growth: Vec<growth::Growth>,
    crossover: Vec<crossover::Pair>,
    matrix_free_above: usize,
    parallel: Vec<parallel::Parallel>,
    faer_is_sequential: bool,
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
            program.ancestors().nth(2).ok_or("the suite runs from a target folder")?.join("limits")
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results"),
    };
    let results = measure(quick)?;
    fs::create_dir_all(&out)?;
    fs::write(out.join("limits-growth.svg"), figure::growth(&results.growth)?)?;
    fs::write(out.join("limits-crossover.svg"), figure::crossover(&results.crossover)?)?;
    fs::write(out.join("limits.md"), report::markdown(&results))?;
    fs::write(out.join("limits.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("limits.md").display());
    Ok(())
}

fn measure(quick: bool) -> Result<Results, Box<dyn std::error::Error>> {
    let begin = Instant::now();
    let budget = if quick { 0.02 } else { 0.5 };
    eprintln!("restarts on two threads …");
    let parallel = parallel::run(quick)?;
    eprintln!("the machine …");
    let roof = roof::Roof::measure(quick);
    eprintln!("kernels …");
    let mut kernels = kernel::measure(&roof, budget)?;
    kernels.extend(assembly::measure(&roof, budget)?);
    eprintln!("steps …");
    let base = Size::DEFAULT;
    let sizes = [
        base,
        Size { width: 64, ..base },
        Size { experiments: 16, ..base },
        Size { nodes: 1024, ..base },
    ];
    let steps =
        sizes.into_iter().map(|size| step::measure(size, budget)).collect::<Result<Vec<_>, _>>()?;
    let shapes: BTreeSet<[usize; 2]> = steps.iter().flat_map(|s| s.shapes.clone()).collect();
    kernels.extend(shapes.into_iter().map(|[m, n]| kernel::qr(&roof, m, n, 0.4 * budget)));
    eprintln!("growth …");
    let growth = growth::run(quick, 0.6 * budget)?;
    eprintln!("with and without the Jacobian …");
    let crossover = crossover::run(quick)?;
    Ok(Results {
        schema: 1,
        command: "cargo xtask suite limits",
        quick,
        machine: Machine::here(),
        minutes: begin.elapsed().as_secs_f64() / 60.0,
        roof,
        kernels,
        steps,
        growth,
        crossover,
        matrix_free_above: lacuna::fit::LevenbergMarquardt::default().matrix_free_above,
        parallel,
        faer_is_sequential: parallel::faer_is_sequential(),
    })
}
