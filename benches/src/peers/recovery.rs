//! Case `recovery`: W and V of *two-states* as networks, from one random start.
//!
//! The clock of JAX starts when training does, with compilation counted or not. That of lacuna
//! starts before the objective is set up. Both stand still while errors are computed.

use std::error::Error;
use std::time::{Duration, Instant};

use lacuna::problem::{FitSpec, Formulation, Optimiser};
use lacuna::{Flow, Plan};
use serde::Deserialize;

use super::Bench;
use super::results::{Row, Sample, Unit};
use super::two_states::{TwoStates, networks};
use crate::fixtures;
use crate::methods::measure::{self, Run, THRESHOLDS};

pub const CASE: &str = "recovery";
const LIMIT: Duration = Duration::from_secs(420);
const LBFGS: [(&str, &str); 2] =
    [("scipy", "JAX, Adam + SciPy L-BFGS"), ("optax", "JAX, Adam + optax L-BFGS")];

/// The row of the seconds until the error of W is below a threshold.
pub fn below(threshold: f64, hidden: &str, compilation: bool) -> String {
    let end = if compilation { "" } else { ", compilation excluded" };
    format!("networks {hidden}: W below {threshold:.0e}{end}")
}

/// What `recover_jax.py` prints.
#[derive(Deserialize)]
struct Training {
    seconds: f64,
    total_seconds: f64,
    #[serde(rename = "W")]
    error_w: f64,
    #[serde(rename = "V")]
    error_v: f64,
    trace: Vec<Entry>,
    versions: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Entry {
    /// Seconds of training so far.
    compiled: f64,
    /// The same with compilation.
    total: f64,
    #[serde(rename = "W")]
    error_w: f64,
}

impl Training {
    /// Seconds until the error of W was below the threshold for the first time.
    fn until(&self, threshold: f64, compilation: bool) -> Option<f64> {
        let entry = self.trace.iter().find(|entry| entry.error_w < threshold)?;
        Some(if compilation { entry.total } else { entry.compiled })
    }

    fn length(&self, compilation: bool) -> f64 {
        if compilation { self.total_seconds } else { self.seconds }
    }
}

/// One variant of the pipeline.
struct Pipeline {
    name: &'static str,
    /// One a seed.
    runs: Vec<Training>,
}

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    let trainings = jax(bench)?;
    for hidden in [16, 8] {
        let label = format!("{hidden}-{hidden}");
        let lacuna = projection(hidden, bench.seeds)?;
        let peers: &[_] = if hidden == 16 { &trainings } else { &[] };
        for compilation in [true, false] {
            if peers.is_empty() && !compilation {
                continue;
            }
            for (k, threshold) in THRESHOLDS.into_iter().enumerate() {
                let until = |run: &Run| run.seconds_until[k];
                let missed = |run: &&Run| until(run).is_none();
                let least = |times: &mut dyn Iterator<Item = f64>| times.reduce(f64::min);
                bench.results.rows.push(Row {
                    case: CASE,
                    quantity: below(threshold, &label, compilation),
                    unit: Unit::Seconds,
                    peers: peers
                        .iter()
                        .map(|Pipeline { name, runs }| Sample {
                            name: (*name).into(),
                            values: runs.iter().map(|r| r.until(threshold, compilation)).collect(),
                            at_least: least(
                                &mut runs
                                    .iter()
                                    .filter(|r| r.until(threshold, compilation).is_none())
                                    .map(|r| r.length(compilation)),
                            ),
                        })
                        .collect(),
                    lacuna: vec![Sample {
                        name: "projection, one start".into(),
                        values: lacuna.iter().map(until).collect(),
                        at_least: least(&mut lacuna.iter().filter(missed).map(|r| r.seconds)),
                    }],
                });
            }
        }
        let restarts = default_recover(hidden, bench.seeds)?;
        push_end(bench, &label, peers, &lacuna, &restarts);
    }
    Ok(())
}

/// Rows of what is there at the end of training.
fn push_end(
    bench: &mut Bench,
    label: &str,
    peers: &[Pipeline],
    lacuna: &[Run],
    restarts: &[[f64; 3]],
) {
    type OfTraining = fn(&Training) -> f64;
    type OfRun = fn(&Run) -> f64;
    let rows: [(&str, Unit, OfTraining, OfRun); 3] = [
        ("whole training", Unit::Seconds, |t| t.total_seconds, |r| r.seconds),
        ("error of W at the end", Unit::Error, |t| t.error_w, |r| r.error_w),
        ("error of V at the end", Unit::Error, |t| t.error_v, |r| r.error_v),
    ];
    for (k, (quantity, unit, of_training, of_run)) in rows.into_iter().enumerate() {
        let sample = |Pipeline { name, runs }: &Pipeline| {
            Sample::new(name, &runs.iter().map(of_training).collect::<Vec<_>>())
        };
        let one: Vec<f64> = lacuna.iter().map(of_run).collect();
        let eight: Vec<f64> = restarts.iter().map(|r| r[k]).collect();
        bench.results.rows.push(Row {
            case: CASE,
            quantity: format!("networks {label}: {quantity}"),
            unit,
            peers: peers.iter().map(sample).collect(),
            lacuna: vec![
                Sample::new("projection, one start", &one),
                Sample::new("`recover` as it is, 8 starts", &eight),
            ],
        });
    }
}

/// The trainings of every variant of the pipeline that ran.
fn jax(bench: &mut Bench) -> Result<Vec<Pipeline>, Box<dyn Error>> {
    let data = bench.write_json("two-states.json", &TwoStates::new(16, Vec::new())?)?;
    let (adam, lbfgs) = if bench.quick { ("2000", "1000") } else { ("10000", "5000") };
    let mut trainings = Vec::new();
    for (variant, name) in LBFGS {
        let mut runs = Vec::new();
        for seed in 0..bench.seeds {
            let seed = seed.to_string();
            let args = [&data, "--seed", &seed, "--lbfgs", variant];
            let steps = ["--adam-steps", adam, "--lbfgs-steps", lbfgs];
            let what = format!("{name}, seed {seed}");
            let args = [&args[..], &steps].concat();
            match bench.peer::<Training>(&what, "recover_jax.py", &args, LIMIT) {
                Some(run) => runs.push(run),
                // The next seed would fail alike.
                None => break,
            }
        }
        for run in &runs {
            bench.results.versions.extend(run.versions.clone());
        }
        if !runs.is_empty() {
            trainings.push(Pipeline { name, runs });
        }
    }
    Ok(trainings)
}

/// lacuna's method with one start a seed.
fn projection(hidden: usize, seeds: u64) -> Result<Vec<Run>, Box<dyn Error>> {
    eprintln!("  lacuna, networks {hidden}-{hidden} …");
    let class = networks(hidden);
    let mut loaded = fixtures::two_states(&class)?;
    loaded.problem.fit = FitSpec {
        formulation: Formulation::LogFixedPoint,
        optimiser: Optimiser::Projection,
        restarts: 1,
        ..FitSpec::default()
    };
    let seeds: Vec<u64> = (0..seeds).collect();
    Ok(measure::measure(&loaded, &class, &seeds)?.runs)
}

/// Seconds, error of W and error of V of the product's default, a seed each.
fn default_recover(hidden: usize, seeds: u64) -> Result<Vec<[f64; 3]>, Box<dyn Error>> {
    let mut loaded = fixtures::two_states(&networks(hidden))?;
    let mut results = Vec::new();
    for seed in 0..seeds {
        loaded.problem.fit.seed = seed;
        let begin = Instant::now();
        let recovery = Plan::new(&loaded)?.run(&|_| Flow::Continue)?;
        let seconds = begin.elapsed().as_secs_f64();
        let error = |i: usize| recovery.functions[i].relative_l2_error.unwrap_or(f64::NAN);
        results.push([seconds, error(0), error(1)]);
    }
    Ok(results)
}
