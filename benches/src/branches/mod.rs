//! Suite `branches`: steady states along a scalar and their stability, against what is known.
//!
//! ∂_t u = (σ u' + κ u (W*u)' + u V')' on a circle of length L. For V = 0 the uniform state has the
//! eigenvalues λ_k = −(2πk/L)² (σ + κ Ŵ_k/L) and branch points at κ_k = −σL/Ŵ_k,
//! Ŵ_k = ∫W cos(2πkx/L) dx. Exact: these, and the clustered states of W = −cos x
//! (`kuramoto.rs`, `uniform.rs`). Known in character: the transition of two resonant modes
//! (`resonance.rs`). Known by their data: the states of the built-in example *branches*
//! (`places.rs`). Then times (`times.rs`).
//!
//! `cargo xtask suite branches [--out DIR]` writes `branches.md`, `branches.json` and a figure.

mod figure;
mod kuramoto;
mod places;
mod report;
mod resonance;
mod times;
mod uniform;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use lacuna::problem::{LoadedProblem, Problem};
use lacuna::{BranchDiagram, BranchPlan, Flow, Setup};
use serde::Serialize;

use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite branches [--out DIR]";
type Measured<T> = Result<T, Box<dyn Error>>;

/// All that was measured.
#[derive(Debug, Serialize)]
struct Results {
    schema: u32,
    command: &'static str,
    machine: Machine,
    kuramoto: kuramoto::Kuramoto,
    dispersion: Vec<uniform::Dispersion>,
    primary: Vec<uniform::Primary>,
    resonance: Vec<resonance::Resonance>,
    places: places::Places,
    times: times::Times,
}

/// Runs the suite and writes its results.
///
/// # Errors
/// If an argument is unknown, a diagram cannot be computed, or a file cannot be written.
pub fn run(args: &[String]) -> Outcome {
    let mut out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results");
    let mut args = args.iter().filter(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--out" => out = PathBuf::from(args.next().ok_or(USAGE)?),
            _ => return Err(USAGE.into()),
        }
    }
    let results = Results {
        schema: 1,
        command: "cargo xtask suite branches",
        kuramoto: kuramoto::measure()?,
        dispersion: uniform::dispersion()?,
        primary: uniform::primary()?,
        resonance: resonance::measure()?,
        places: places::measure()?,
        times: times::measure()?,
        machine: Machine::here(),
    };
    fs::create_dir_all(&out)?;
    fs::write(out.join("branches.svg"), figure::draw(&results.resonance, &results.places)?)?;
    fs::write(out.join("branches.md"), report::markdown(&results))?;
    fs::write(out.join("branches.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("branches.md").display());
    Ok(())
}

/// A problem on the circle of length 2π with V = 0, and what `[branches]` says.
fn circle(kernel: &str, diffusion: f64, cells: usize, branches: &str) -> Measured<Setup> {
    Ok(Setup::new(&circle_problem(kernel, [diffusion, 1.0], cells, branches)?)?)
}

/// The same with σ and κ, before it is set up.
fn circle_problem(
    kernel: &str,
    [diffusion, coupling]: [f64; 2],
    cells: usize,
    branches: &str,
) -> Measured<LoadedProblem> {
    let text = format!(
        "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = {diffusion}\ncoupling = {coupling}\n\
         [domain]\nboundary = \"periodic\"\nlength = [6.283185307179586]\ncells = [{cells}]\n\
         [functions.W]\nexpression = \"{kernel}\"\n\
         [functions.V]\nexpression = \"0\"\n[branches]\n{branches}\n"
    );
    Ok(Problem::from_str(&text, Path::new("."))?)
}

fn diagram(setup: &Setup) -> Measured<BranchDiagram> {
    Ok(BranchPlan::new(setup)?.run(&mut |_| Flow::Continue)?)
}

/// A branch as it is drawn.
#[derive(Debug, Serialize)]
struct Curve {
    parameter: Vec<f64>,
    norm: Vec<f64>,
    unstable: Vec<usize>,
    event: Vec<&'static str>,
}

fn curves(diagram: &BranchDiagram) -> Vec<Curve> {
    let unstable =
        |s: &lacuna::steady::BranchState| s.stability.as_ref().map_or(0, |s| s.unstable_directions);
    (0..diagram.branches.len())
        .map(|b| {
            let states = &diagram.branches[b].states;
            Curve {
                parameter: states.iter().map(|s| s.parameter).collect(),
                norm: diagram.norms[b].clone(),
                unstable: states.iter().map(unstable).collect(),
                event: (0..states.len()).map(|step| diagram.event(b, step)).collect(),
            }
        })
        .collect()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// I_k(a), by its power series.
fn bessel(order: u32, a: f64) -> f64 {
    let mut term: f64 = (1..=order).map(|j| 0.5 * a / f64::from(j)).product();
    let mut sum = 0.0;
    for k in 1..400 {
        sum += term;
        term *= 0.25 * a * a / (f64::from(k) * f64::from(k + order));
    }
    sum
}
