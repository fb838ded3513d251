//! Varied problems with random truths, their data made on a finer grid than the inversion uses.
//!
//! W(r) = Σ_{k≤4} a_k 2^{1−k} cos 2πkr, V(x) = Σ_{k≤3} 2^{1−k} (b_k cos 2πkx + c_k sin 2πkx), with normal a_k
//! of standard deviation 0.7 and b_k, c_k of 0.08; σ = 0.1, L = 1. A rate k(x) = exp of such a sum of
//! standard deviation 0.4. States are solved for on 512 cells and observed at random ones of them; the
//! inversion has 128 cells.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use lacuna::core::Flow;
use lacuna::problem::Problem;
use lacuna::{Setup, solve};

use crate::noise::random::{Random, Stream};

/// Result of making a problem.
pub type Made<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What is unknown, and what is measured of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Kind {
    /// W and V from two couplings, 60 points each, 2 % noise.
    KernelAndPotential,
    /// W alone from 50 points, 3 % noise.
    Kernel,
    /// V alone from 400 positions.
    PotentialFromPositions,
    /// V alone from 30 points with relative noise of 5 %.
    Potential,
    /// A coupling and V from two states, one of known coupling.
    CouplingAndPotential,
    /// W and V from a state with and one without a push, noise unknown.
    Pushed,
    /// A reaction rate, 40 points, noise of 0.5 %.
    Rate,
    /// W and V from one state only: not determined.
    OneState,
}

impl Kind {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::KernelAndPotential,
        Self::Kernel,
        Self::PotentialFromPositions,
        Self::Potential,
        Self::CouplingAndPotential,
        Self::Pushed,
        Self::Rate,
        Self::OneState,
    ];

    /// For a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::KernelAndPotential => "W and V, two couplings, 2 × 60 points, 2 %",
            Self::Kernel => "W, 50 points, 3 %",
            Self::PotentialFromPositions => "V, 400 positions",
            Self::Potential => "V, 30 points, relative 5 %",
            Self::CouplingAndPotential => "κ and V, 2 × 40 points, 2 %",
            Self::Pushed => "W and V, with and without a push, 2 × 60 points, noise unknown",
            Self::Rate => "k, 40 points, 0.5 %",
            Self::OneState => "W and V, one state, 60 points, 2 %",
        }
    }
}

/// A problem with its data in a folder.
pub struct Simulated {
    /// The problem file.
    pub path: PathBuf,
}

/// Σ over k of coefficients that halve, as an expression; cosines only if `even`.
fn series(random: &mut Random, modes: usize, sd: f64, even: bool) -> String {
    let mut text = String::from("0");
    let mut size = sd;
    for k in 1..=modes {
        let a = size * random.normal();
        let _ = write!(text, " + ({a:.6})*cos({}*pi*x)", 2 * k);
        if !even {
            let b = size * random.normal();
            let _ = write!(text, " + ({b:.6})*sin({}*pi*x)", 2 * k);
        }
        size *= 0.5;
    }
    text
}

/// One experiment: its own keys, the number of its points and their noise.
struct Experiment {
    keys: String,
    points: usize,
    noise: Noise,
}

#[derive(Clone, Copy, PartialEq)]
enum Noise {
    /// Relative to the standard deviation of the state; told.
    Told(f64),
    /// The same; not told.
    Untold(f64),
    Relative(f64),
    Positions,
}

struct Parts {
    model: String,
    domain: &'static str,
    /// Sections of the unknowns, by their truths.
    known: String,
    unknown: String,
    truth: String,
    experiments: Vec<Experiment>,
}

/// Makes set `set` in `folder`.
///
/// # Errors
/// If its state cannot be found or a file cannot be written.
pub fn simulate(kind: Kind, set: u64, folder: &Path) -> Made<Simulated> {
    let mut random = Random::new(Stream::Problem, set);
    let parts = parts(kind, &mut random);
    let mut text = format!(
        "[model]\n{}\n[domain]\n{}\ncells = [512]\n{}{}",
        parts.model.replace(UNKNOWN_COUPLING, "coupling = 0.15"),
        parts.domain,
        parts.known,
        parts.truth
    );
    for experiment in &parts.experiments {
        let _ = write!(text, "[[experiments]]\n{}\n", experiment.keys);
    }
    let loaded = Problem::from_str(&text, folder)?;
    let states = solve(&Setup::new(&loaded)?, &[], &mut |_, _| Flow::Continue)?;
    fs::create_dir_all(folder)?;
    let truth = parts.truth.replace("[functions.", "[truth]\n# ");
    let mut inversion = format!(
        "[model]\n{}\n[domain]\n{}\ncells = [128]\n{}{}",
        parts.model, parts.domain, parts.known, parts.unknown
    );
    for (e, (experiment, state)) in parts.experiments.iter().zip(&states).enumerate() {
        if !state.stop.is_converged() {
            return Err(format!("the state of experiment {} {}", e + 1, state.stop).into());
        }
        let file = format!("data-{e}.csv");
        let noise = observe(&mut random, experiment, &state.x, &state.u, &folder.join(&file))?;
        let _ =
            write!(inversion, "[[experiments]]\ndata = \"{file}\"\n{}\n{noise}\n", experiment.keys);
    }
    inversion.push_str("[fit]\nrestarts = 1\nfolds = 0\n");
    inversion.push_str(&truths(&truth));
    let path = folder.join("problem.toml");
    fs::write(&path, inversion)?;
    Ok(Simulated { path })
}

const UNKNOWN_COUPLING: &str = "coupling = { unknown = true, initial = 0.3 }";

/// `[truth]` from the sections that define the true functions.
fn truths(sections: &str) -> String {
    let mut out = String::from("[truth]\n");
    let mut name = "";
    for line in sections.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            name = rest.trim_end_matches(']');
        } else if let Some(expression) = line.strip_prefix("expression = ") {
            let _ = writeln!(out, "{name} = {expression}");
        } else if let Some(value) = line.strip_prefix("#coupling = ") {
            let _ = writeln!(out, "coupling = {value}");
        }
    }
    out
}

fn parts(kind: Kind, random: &mut Random) -> Parts {
    const CIRCLE: &str = "boundary = \"periodic\"";
    let kernel = series(random, 4, 0.7, true);
    let potential = series(random, 3, 0.08, false);
    let rate = series(random, 2, 0.4, false);
    let function =
        |name: &str, text: &str| format!("[functions.{name}]\nexpression = \"{text}\"\n");
    let unknown =
        |name: &str, more: &str| format!("[functions.{name}]\nsurrogate = \"fourier\"\n{more}");
    let even = "symmetry = \"even\"\n";
    let experiment = |keys: &str, points: usize, noise: Noise| Experiment {
        keys: keys.to_owned(),
        points,
        noise,
    };
    let aggregation = "kind = \"aggregation-diffusion\"\ndiffusion = 0.1".to_owned();
    let both = Parts {
        model: aggregation.clone(),
        domain: CIRCLE,
        known: String::new(),
        unknown: unknown("W", even) + &unknown("V", ""),
        truth: function("W", &kernel) + &function("V", &potential),
        experiments: Vec::new(),
    };
    match kind {
        Kind::KernelAndPotential => Parts {
            experiments: vec![
                experiment("coupling = 0.03", 60, Noise::Told(0.02)),
                experiment("coupling = 0.15", 60, Noise::Told(0.02)),
            ],
            ..both
        },
        Kind::OneState => {
            Parts { experiments: vec![experiment("coupling = 0.1", 60, Noise::Told(0.02))], ..both }
        }
        Kind::Pushed => Parts {
            experiments: vec![
                experiment("coupling = 0.12", 60, Noise::Untold(0.02)),
                experiment(
                    "coupling = 0.12\npush = \"0.2*cos(2*pi*x) - 0.1*sin(4*pi*x)\"",
                    60,
                    Noise::Untold(0.02),
                ),
            ],
            ..both
        },
        Kind::Kernel => Parts {
            known: function("V", &potential),
            unknown: unknown("W", even),
            truth: function("W", &kernel),
            experiments: vec![experiment("coupling = 0.12", 50, Noise::Told(0.03))],
            ..both
        },
        Kind::PotentialFromPositions | Kind::Potential => Parts {
            known: function("W", if kind == Kind::Potential { &kernel } else { "0" }),
            unknown: unknown("V", ""),
            truth: function("V", &potential),
            experiments: vec![if kind == Kind::Potential {
                experiment("coupling = 0.05", 30, Noise::Relative(0.05))
            } else {
                experiment("coupling = 0.0", 400, Noise::Positions)
            }],
            ..both
        },
        Kind::CouplingAndPotential => Parts {
            model: format!("{aggregation}\n{UNKNOWN_COUPLING}"),
            known: function("W", &kernel),
            unknown: unknown("V", ""),
            truth: function("V", &potential) + "#coupling = 0.15\n",
            experiments: vec![
                experiment("coupling = 0.02", 40, Noise::Told(0.02)),
                experiment("", 40, Noise::Told(0.02)),
            ],
            ..both
        },
        Kind::Rate => Parts {
            model: "kind = \"diffusion-reaction\"".into(),
            domain: "boundary = \"dirichlet\"",
            known: function("a", "0.02") + &function("f", "0"),
            unknown: unknown("k", "constraint = \"positive\"\n"),
            truth: function("k", &format!("exp({rate})")),
            experiments: vec![experiment("boundary_values = [1, 1]", 40, Noise::Told(0.005))],
        },
    }
}

/// Writes what was observed of a state; returns the keys that say what is known of the noise.
fn observe(
    random: &mut Random,
    experiment: &Experiment,
    x: &[f64],
    u: &[f64],
    path: &Path,
) -> Made<String> {
    let n = x.len();
    let mean = u.iter().sum::<f64>() / n as f64;
    let spread = (u.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    if experiment.noise == Noise::Positions {
        fs::write(path, positions(random, experiment.points, x, u))?;
        return Ok(String::new());
    }
    let mut chosen = random.permutation(n);
    chosen.truncate(experiment.points);
    chosen.sort_unstable();
    let mut csv = String::from("x,u\n");
    for i in chosen {
        let error = random.normal();
        let value = match experiment.noise {
            Noise::Told(level) | Noise::Untold(level) => u[i] + level * spread * error,
            Noise::Relative(level) => u[i] * (level * error).exp(),
            Noise::Positions => u[i],
        };
        let _ = writeln!(csv, "{},{value}", x[i]);
    }
    fs::write(path, csv)?;
    Ok(match experiment.noise {
        Noise::Told(level) => format!("noise = {}", level * spread),
        Noise::Untold(_) | Noise::Positions => "noise = \"unknown\"".into(),
        Noise::Relative(level) => format!("noise = {{ relative = {level} }}"),
    })
}

/// Positions by inversion of the distribution function, uniform within a cell of the fine grid.
fn positions(random: &mut Random, count: usize, x: &[f64], u: &[f64]) -> String {
    let total: f64 = u.iter().sum();
    let cell = x[1] - x[0];
    let mut csv = String::from("x\n");
    for _ in 0..count {
        let mut place = total * random.uniform();
        let mut i = 0;
        while i + 1 < u.len() && place > u[i] {
            place -= u[i];
            i += 1;
        }
        let at = (x[i] + cell * (random.uniform() - 0.5)).rem_euclid(1.0);
        let _ = writeln!(csv, "{at}");
    }
    csv
}
