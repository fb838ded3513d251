//! Case `steady`: the state of *two-states* at its second coupling, from the uniform density.
//!
//! W and V are the trigonometric interpolants of the true tables, sampled at n nodes; both sides
//! read the same numbers and stop at ‖T(u) − u‖ ≤ 10⁻¹⁰ ‖u‖.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use lacuna::core::{Conditions, Symmetry, Tabulated};
use lacuna::grid::trigonometric_interpolation;
use lacuna::models::AggregationDiffusion;
use lacuna::steady::{NewtonOptions, Stage, SteadyState, SteadyStateOptions, steady_state};
use serde::{Deserialize, Serialize};

use super::Bench;
use super::results::{Row, Sample, Unit};
use super::two_states::{Table, TwoStates};
use crate::fixtures;

pub const CASE: &str = "steady";
const NODES: [usize; 5] = [256, 1024, 4096, 16384, 65536];
const TOLERANCE: f64 = 1e-10;
const LIMIT: Duration = Duration::from_secs(600);

/// The row of a number of nodes.
pub fn quantity(nodes: usize) -> String {
    format!("steady state, {nodes} nodes")
}

#[derive(Serialize)]
struct Data {
    diffusion: f64,
    coupling: f64,
    length: f64,
    repeats: usize,
    systems: Vec<System>,
}

#[derive(Serialize)]
struct System {
    n: usize,
    /// ‖T(u) − u‖ to reach.
    target: f64,
    #[serde(rename = "W")]
    kernel: String,
    #[serde(rename = "V")]
    potential: String,
    state: String,
}

/// What `newton_krylov_scipy.py` prints.
#[derive(Deserialize)]
struct Solved {
    systems: Vec<SolvedSystem>,
    versions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct SolvedSystem {
    n: usize,
    method: String,
    seconds: Vec<f64>,
    residual: f64,
    evaluations: usize,
}

/// lacuna's side of one size.
struct Own {
    n: usize,
    exact: Vec<f64>,
    default: Vec<f64>,
    found: SteadyState,
    norm: f64,
}

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    let example = TwoStates::new(16, Vec::new())?;
    let coupling = example.couplings.last().copied().ok_or("no couplings")?;
    let repeats = if bench.quick { 3 } else { 9 };
    let mut systems = Vec::new();
    let mut own = Vec::new();
    for n in NODES {
        eprintln!("  lacuna, {n} nodes …");
        let h = example.length / n as f64;
        // Displacements in the order of a discrete Fourier transform, up to whole periods.
        let nodes: Vec<f64> = (0..n).map(|j| j as f64 * h).collect();
        let kernel = resample(&example.kernel, example.length, &nodes);
        let potential = resample(&example.potential, example.length, &nodes);
        let [w, v, state] = ["W", "V", "state"].map(|name| format!("steady-{name}-{n}.f64"));
        write_array(&bench.folder.join(&w), &kernel)?;
        write_array(&bench.folder.join(&v), &potential)?;
        let scalars = [vec![example.diffusion], vec![coupling]];
        let [sigma, kappa] = scalars;
        let functions = Tabulated::from_values(vec![kernel, potential, sigma, kappa]);
        let solved = solve(&functions, example.length, n, repeats)?;
        let target = TOLERANCE * solved.norm;
        systems.push(System { n, target, kernel: w, potential: v, state });
        own.push(solved);
    }
    let data =
        Data { diffusion: example.diffusion, coupling, length: example.length, repeats, systems };
    let path = bench.write_json("steady.json", &data)?;
    let what = "SciPy newton_krylov";
    let scipy = bench.peer::<Solved>(what, "newton_krylov_scipy.py", &[&path], LIMIT);
    if let Some(scipy) = &scipy {
        bench.results.versions.extend(scipy.versions.clone());
    }
    let solved = scipy.map_or_else(Vec::new, |scipy| scipy.systems);
    for (own, system) in own.iter().zip(&data.systems) {
        let theirs: Vec<&SolvedSystem> = solved.iter().filter(|s| s.n == own.n).collect();
        note(bench, own, system, &theirs)?;
        bench.results.rows.push(Row {
            case: CASE,
            quantity: quantity(own.n),
            unit: Unit::Seconds,
            peers: theirs
                .iter()
                .map(|s| Sample::new(&format!("newton_krylov, {}", s.method), &s.seconds))
                .collect(),
            lacuna: vec![
                Sample::new("`steady_state` to the same residual", &own.exact),
                Sample::new("`steady_state` as it is, to round-off", &own.default),
            ],
        });
    }
    Ok(())
}

/// What each side reached with how much work, and whether they found the same state.
fn note(
    bench: &mut Bench,
    own: &Own,
    system: &System,
    theirs: &[&SolvedSystem],
) -> Result<(), Box<dyn Error>> {
    let counts = &own.found.counts;
    let mut text = format!(
        "{} nodes: lacuna ‖T(u) − u‖/‖u‖ = {:.0e} after {} evaluations of T and {} products",
        own.n, own.found.residual, counts.map_evaluations, counts.jacobian_products
    );
    for s in theirs {
        let relative = s.residual / own.norm;
        text +=
            &format!("; SciPy ({}) {relative:.0e} after {} evaluations", s.method, s.evaluations);
    }
    if !theirs.is_empty() {
        let state = read_array(&bench.folder.join(&system.state))?;
        let difference: f64 = state.iter().zip(&own.found.u).map(|(a, b)| (a - b).powi(2)).sum();
        let size: f64 = own.found.u.iter().map(|u| u * u).sum();
        text += &format!("; the states differ by {:.0e}", (difference / size).sqrt());
    }
    bench.results.note(CASE, text + ".");
    Ok(())
}

fn solve(
    functions: &Tabulated,
    length: f64,
    n: usize,
    repeats: usize,
) -> Result<Own, Box<dyn Error>> {
    let model = AggregationDiffusion::new(fixtures::circle(length, n)?, Symmetry::None)?;
    let conditions = Conditions::default();
    let guess = vec![1.0 / length; n];
    let timed = |options: &SteadyStateOptions| {
        let mut seconds = Vec::new();
        let mut last = steady_state(&model, functions, &conditions, &guess, options, None)?;
        for _ in 0..repeats {
            let begin = Instant::now();
            last = steady_state(&model, functions, &conditions, &guess, options, None)?;
            seconds.push(begin.elapsed().as_secs_f64());
        }
        Ok::<_, Box<dyn Error>>((seconds, last))
    };
    // Without the step that goes on to round-off.
    let newton = NewtonOptions { polish: false, ..NewtonOptions::default() };
    let options = SteadyStateOptions {
        tolerance: TOLERANCE,
        stages: vec![Stage::Newton(newton)],
        ..Default::default()
    };
    let (exact, found) = timed(&options)?;
    if !found.stop.is_converged() {
        return Err(format!("no steady state at {n} nodes: {}", found.stop).into());
    }
    let (default, _) = timed(&SteadyStateOptions::default())?;
    let norm = (length / n as f64 * found.u.iter().map(|u| u * u).sum::<f64>()).sqrt();
    Ok(Own { n, exact, default, found, norm })
}

/// A periodic table at other points; it may start anywhere.
fn resample(table: &Table, length: f64, points: &[f64]) -> Vec<f64> {
    trigonometric_interpolation(table.x[0], length, &table.value, points)
}

fn write_array(path: &Path, values: &[f64]) -> std::io::Result<()> {
    fs::write(path, values.iter().flat_map(|v| v.to_ne_bytes()).collect::<Vec<u8>>())
}

fn read_array(path: &Path) -> std::io::Result<Vec<f64>> {
    let bytes = fs::read(path)?;
    let (values, _) = bytes.as_chunks();
    Ok(values.iter().map(|&chunk| f64::from_ne_bytes(chunk)).collect())
}
