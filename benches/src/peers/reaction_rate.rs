//! Case `reaction-rate`: k(x) of a diffusion-reaction equation from one profile, against DeepXDE.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use lacuna::problem::Problem;
use lacuna::{Flow, Plan, Setup};
use serde::{Deserialize, Serialize};

use super::Bench;
use super::results::{Row, Sample, Unit};
use super::two_states::{Table, truth};

pub const CASE: &str = "reaction-rate";
const LIMIT: Duration = Duration::from_secs(600);
const EXAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/lacuna/examples-data/reaction-rate/problem.toml"
);

#[derive(Serialize)]
struct Data {
    x: Vec<f64>,
    u: Vec<f64>,
    k: Table,
}

/// What `reaction_rate_deepxde.py` prints.
#[derive(Deserialize)]
struct Printed {
    seconds: f64,
    k: f64,
    versions: BTreeMap<String, String>,
}

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    let mut loaded = Problem::from_path(Path::new(EXAMPLE))?;
    let observed = loaded.read_state(0)?.ok_or("the example has no state")?;
    let k = truth(&Setup::new(&loaded.as_given())?, "k")?;
    let data = bench.write_json("reaction-rate.json", &Data { x: observed.x, u: observed.u, k })?;
    let iterations = if bench.quick { "2000" } else { "20000" };
    let mut trainings = Vec::new();
    for seed in 0..bench.seeds {
        let seed = seed.to_string();
        let args = [data.as_str(), "--seed", &seed, "--iterations", iterations];
        let what = format!("DeepXDE, seed {seed}");
        match bench.peer::<Printed>(&what, "reaction_rate_deepxde.py", &args, LIMIT) {
            Some(training) => trainings.push(training),
            None => break,
        }
    }
    let mut seconds = Vec::new();
    let mut errors = Vec::new();
    for seed in 0..bench.seeds {
        eprintln!("  lacuna, seed {seed} …");
        loaded.problem.fit.seed = seed;
        let begin = Instant::now();
        let recovery = Plan::new(&loaded)?.run(&|_| Flow::Continue)?;
        seconds.push(begin.elapsed().as_secs_f64());
        errors.push(recovery.functions[0].relative_l2_error.unwrap_or(f64::NAN));
    }
    for training in &trainings {
        bench.results.versions.extend(training.versions.clone());
    }
    let peers = |of: fn(&Printed) -> f64| {
        let values: Vec<f64> = trainings.iter().map(of).collect();
        let name = "DeepXDE on JAX, Adam";
        if values.is_empty() { Vec::new() } else { vec![Sample::new(name, &values)] }
    };
    let name = "`recover` as it is, 8 starts";
    bench.results.rows.extend([
        Row {
            case: CASE,
            quantity: "whole training".into(),
            unit: Unit::Seconds,
            peers: peers(|t| t.seconds),
            lacuna: vec![Sample::new(name, &seconds)],
        },
        Row {
            case: CASE,
            quantity: "error of k at the end".into(),
            unit: Unit::Error,
            peers: peers(|t| t.k),
            lacuna: vec![Sample::new(name, &errors)],
        },
    ]);
    Ok(())
}
