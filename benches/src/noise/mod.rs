//! Suite `noise`: what is recovered from sparse, noisy and counted data, and what the bands are
//! worth.
//!
//! Many data sets of the built-in example *two-states* are regenerated from fixed seeds
//! (`two_states.rs`, `random.rs`), fitted in the formulation steady-state and scored against the
//! true functions (`score.rs`): by function class, by number of points and noise beside
//! log-fixed-point (`log_fixed_point.rs`), with unknown noise and other choices of the prior
//! (`choices.rs`). Then potentials from positions: directions of animals and wind
//! (`directions.rs`), and simulated ones (`simulated.rs`).
//!
//! `cargo xtask suite noise [--quick] [--out DIR]` writes `noise.md`, `noise.json` and a figure
//! into DIR: by default `docs/results`, or with `--quick` the folder `noise` beside the program.

mod choices;
mod circle;
mod directions;
mod ensemble;
mod figure;
mod given;
mod kernel_density;
mod log_fixed_point;
pub(crate) mod random;
mod report;
pub(crate) mod score;
mod simulated;
pub(crate) mod table;
mod targets;
pub(crate) mod two_states;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lacuna::fit::PriorChoice;
use serde::Serialize;

use self::ensemble::{Ensemble, steady_state};
use self::two_states::{Class, Design, TwoStates};
use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite noise [--quick] [--out DIR]";
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
/// Why something could not be measured, to pass between threads.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;
pub(crate) const EXAMPLES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/lacuna/examples-data");

/// All that was measured.
#[derive(Debug, Serialize)]
struct Results {
    schema: u32,
    command: &'static str,
    quick: bool,
    machine: Machine,
    minutes: f64,
    given: Vec<given::Given>,
    classes: Vec<OfClass>,
    many: Ensemble,
    table: Vec<Cell>,
    unknown_noise: choices::UnknownNoise,
    choices: Vec<choices::Choice>,
    directions: Vec<directions::Directions>,
    held_out: Vec<directions::HeldOut>,
    simulated: Vec<simulated::Simulated>,
}

/// One function class on the sets of the standard design.
#[derive(Debug, Serialize)]
struct OfClass {
    class: Class,
    fits: Ensemble,
}

/// One design.
#[derive(Debug, Serialize)]
struct Cell {
    design: Design,
    steady_state: Ensemble,
    log_fixed_point: log_fixed_point::LogFixedPoint,
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
            program.ancestors().nth(2).ok_or("the suite runs from a target folder")?.join("noise")
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results"),
    };
    let results = measure(quick).map_err(|failure| -> Box<dyn Error> { failure })?;
    fs::create_dir_all(&out)?;
    fs::write(out.join("noise.svg"), figure::draw(&results.given[0])?)?;
    fs::write(out.join("noise.md"), report::markdown(&results))?;
    fs::write(out.join("noise.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("noise.md").display());
    Ok(())
}

fn measure(quick: bool) -> Result<Results, Failure> {
    let begin = Instant::now();
    let stage = |name: &str| eprintln!("{:5.0} s  {name} …", begin.elapsed().as_secs_f64());
    let sets = if quick { 4 } else { 40 };
    let evidence = PriorChoice::default();
    let problem = TwoStates::read()?;
    let classes = [Class::Fourier, Class::Network, Class::Spline];
    stage("the given set");
    let repetitions = if quick { 1 } else { 3 };
    let given = classes.map(|class| given::measure(&problem, class, repetitions));
    let given = given.into_iter().collect::<Result<Vec<_>, _>>()?;
    stage("function classes");
    let of_class = |class| {
        let fits = steady_state(&problem, Design::STANDARD, class, sets, true, evidence);
        OfClass { class, fits }
    };
    let classes = classes.map(of_class).into();
    let all = if quick { 8 } else { 200 };
    let many = steady_state(&problem, Design::STANDARD, Class::Fourier, all, true, evidence);
    stage("points and noise");
    let table = designs(quick).into_iter().map(|design| {
        Ok(Cell {
            design,
            steady_state: steady_state(&problem, design, Class::Fourier, sets, false, evidence),
            log_fixed_point: log_fixed_point::measure(&problem, design, sets)?,
        })
    });
    let table = table.collect::<Result<Vec<_>, Failure>>()?;
    stage("noise levels and priors");
    let unknown_noise = choices::unknown_noise(&problem, sets);
    let choices = choices::prior_choices(&problem, sets);
    stage("directions");
    let directions = directions::measure()?;
    let held_out = directions::held_out(if quick { 1 } else { 20 })?;
    stage("simulated positions");
    let simulated = simulated::measure(&[10_000, 1_000, 100, 20, 5], sets)?;
    Ok(Results {
        schema: 1,
        command: "cargo xtask suite noise",
        quick,
        machine: Machine::here(),
        minutes: begin.elapsed().as_secs_f64() / 60.0,
        given,
        classes,
        many,
        table,
        unknown_noise,
        choices,
        directions,
        held_out,
        simulated,
    })
}

/// Random points by noise, then the nodes themselves, where nothing is interpolated.
fn designs(quick: bool) -> Vec<Design> {
    let points: &[usize] = if quick { &[60] } else { &[20, 60, 200] };
    let levels: &[f64] = if quick { &[0.02] } else { &[0.002, 0.005, 0.02, 0.05] };
    let nodes = two_states::CELLS;
    let random = points.iter().map(|&points| (points, false)).chain([(nodes, true)]);
    random
        .flat_map(|(points, equally_spaced)| {
            levels.iter().map(move |&noise| Design { points, noise, equally_spaced })
        })
        .collect()
}
