//! From a plan to a problem file with its data: the state on the fine grid, read off with errors.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use lacuna::core::Flow;
use lacuna::problem::Problem;
use lacuna::{Setup, solve};

use super::Failure;
use super::plans::{Errors, Measured, Plan};
use crate::noise::random::Random;

/// States of one equation that differ by less, relative to their norm, are one state.
const DISTINCT: f64 = 0.5;

/// A problem with its data in a folder.
pub struct Made {
    /// The problem file.
    pub path: PathBuf,
    /// Where there are values or individuals.
    pub places: Vec<f64>,
    /// Ends of the domain.
    pub extent: [f64; 2],
}

/// Makes the data of `plan` in `folder`.
///
/// # Errors
/// If a true state is not found or is the same as another, or a file cannot be written.
pub fn make(plan: &Plan, random: &mut Random, folder: &Path) -> Result<Made, Failure> {
    let head = |cells: usize| {
        let mut text =
            format!("[model]\n{}\n[domain]\n{}\ncells = [{cells}]\n", plan.model, plan.domain);
        for (name, expression) in &plan.known {
            let _ = write!(text, "[functions.{name}]\nexpression = \"{expression}\"\n");
        }
        text
    };
    let mut truth = head(plan.cells[1]);
    let mut inversion = head(plan.cells[0]);
    let mut truths = String::from("[truth]\n");
    for sought in &plan.sought {
        let (name, text) = (sought.name, &sought.truth);
        let _ = write!(truth, "[functions.{name}]\nexpression = \"{text}\"\n");
        let _ = write!(inversion, "[functions.{name}]\n{}\n", sought.keys);
        let _ = writeln!(truths, "{name} = \"{text}\"");
    }
    for measured in &plan.measured {
        let _ = write!(truth, "[[experiments]]\n{}\n", measured.keys);
        if let Some(initial) = &measured.initial {
            let _ = writeln!(truth, "initial = \"{initial}\"");
        }
    }
    let loaded = Problem::from_str(&truth, folder)?;
    let states = solve(&Setup::new(&loaded)?, &[], &mut |_, _| Flow::Continue)?;
    fs::create_dir_all(folder)?;
    let mut places = Vec::new();
    for (e, (measured, state)) in plan.measured.iter().zip(&states).enumerate() {
        if !state.stop.is_converged() {
            return Err(format!("the true state {}: {}", e + 1, state.stop).into());
        }
        if measured.initial.is_some() && states[..e].iter().any(|s| is_same(&s.u, &state.u)) {
            return Err("the branches meet".into());
        }
        let read = observe(random, measured, &state.x, &state.u);
        let file = format!("data-{e}.csv");
        fs::write(folder.join(&file), read.csv)?;
        let keys = [measured.keys.as_str(), read.noise].join("\n");
        let _ = write!(inversion, "[[experiments]]\ndata = \"{file}\"\n{keys}\n");
        places.extend(read.places);
    }
    let path = folder.join("problem.toml");
    fs::write(&path, inversion + &truths)?;
    let x = states.first().map_or(&[][..], |s| &s.x);
    let cell = if x.len() > 1 { x[1] - x[0] } else { 0.0 };
    // Nodes are centres of cells on an interval, their left ends on a circle.
    let before = if plan.domain.contains("periodic") { 0.0 } else { 0.5 * cell };
    let lower = x.first().map_or(0.0, |x| x - before);
    let extent = [lower, lower + cell * x.len() as f64];
    Ok(Made { path, places, extent })
}

fn is_same(a: &[f64], b: &[f64]) -> bool {
    let square = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>();
    let difference = square(&mut a.iter().zip(b).map(|(a, b)| a - b));
    difference < DISTINCT.powi(2) * square(&mut a.iter().copied())
}

struct Read {
    csv: String,
    noise: &'static str,
    places: Vec<f64>,
}

/// What is observed of the state u at nodes x.
fn observe(random: &mut Random, measured: &Measured, x: &[f64], u: &[f64]) -> Read {
    let n = x.len();
    if measured.errors == Errors::Positions {
        let places = positions(random, measured.count, x, u);
        let lines: Vec<String> = places.iter().map(f64::to_string).collect();
        return Read { csv: format!("x\n{}\n", lines.join("\n")), noise: "", places };
    }
    let mean = u.iter().sum::<f64>() / n as f64;
    let spread = (u.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let mut chosen: Vec<usize> = if measured.dense {
        (0..n).step_by(n / measured.count).collect()
    } else {
        let length = n as f64 * (x[1] - x[0]);
        let seen = |&i: &usize| {
            measured.without.is_none_or(|[centre, half]| {
                let d = (x[i] - x[0] - centre).rem_euclid(length);
                d.min(length - d) > half
            })
        };
        let order = random.permutation(n).into_iter();
        order.filter(seen).take(measured.count).collect()
    };
    chosen.sort_unstable();
    let mut csv = String::from(match measured.errors {
        Errors::Told(_) => "x,u,sd\n",
        _ => "x,u\n",
    });
    for &i in &chosen {
        let (x, u) = (x[i], u[i]);
        let error = random.normal();
        let _ = match measured.errors {
            Errors::Told(level) => {
                let sd = level * spread;
                writeln!(csv, "{x},{},{sd}", u + sd * error)
            }
            Errors::Untold(level) => writeln!(csv, "{x},{}", u + level * spread * error),
            Errors::UntoldRelative(level) => writeln!(csv, "{x},{}", u * (level * error).exp()),
            Errors::Outliers(level) => {
                let worse = if random.uniform() < 0.05 { 10.0 } else { 1.0 };
                writeln!(csv, "{x},{}", u + worse * level * spread * error)
            }
            Errors::HeavyTails(level) => {
                let chi_square: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
                writeln!(csv, "{x},{}", u + level * spread * error / (chi_square / 3.0).sqrt())
            }
            Errors::Rounded => writeln!(csv, "{x},{u:.2}"),
            Errors::Positions => Ok(()),
        };
    }
    let noise = match measured.errors {
        Errors::Outliers(_) => OF_OUTLIERS,
        _ => "",
    };
    Read { csv, noise, places: chosen.iter().map(|&i| x[i]).collect() }
}

/// What is said of noise with outliers.
const OF_OUTLIERS: &str = "noise = \"student\"";

/// Positions by inversion of the distribution function, uniform within a cell round each node.
fn positions(random: &mut Random, count: usize, x: &[f64], u: &[f64]) -> Vec<f64> {
    let total: f64 = u.iter().sum();
    let cell = x[1] - x[0];
    let length = cell * x.len() as f64;
    let draw = |_| {
        let mut place = total * random.uniform();
        let mut i = 0;
        while i + 1 < u.len() && place > u[i] {
            place -= u[i];
            i += 1;
        }
        x[0] + (x[i] - x[0] + cell * (random.uniform() - 0.5)).rem_euclid(length)
    };
    (0..count).map(draw).collect()
}
