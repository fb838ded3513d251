//! How often right models are doubted, by any check: 8 to 200 values (bins, or ten times as many
//! individuals) a state, truths that differ from set to set.

use lacuna::core::Conditions;
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::problems::{Beyond, Kind, Seen, Told, Truth, fit, simulate, solve};
use crate::noise::random::{Random, Stream};

const SIZES: [usize; 4] = [8, 15, 40, 200];
/// Errors relative to the standard deviation of a state.
const NOISE: f64 = 0.02;

/// One problem, one kind of data, one size.
#[derive(Clone, Debug, Serialize)]
pub struct Alarms {
    /// The problem.
    pub problem: &'static str,
    /// The kind of data.
    pub data: &'static str,
    /// Values or bins a state; a tenth of the individuals.
    pub size: usize,
    /// Data sets that were fitted.
    pub sets: usize,
    /// Data sets that could not be.
    pub failed: usize,
    /// Share in which some check fails, at 1 %.
    pub all: f64,
    /// In which one of residuals or experiments does.
    pub residuals: f64,
    /// In which held-out data do.
    pub held_out: f64,
    /// In which another equation is preferred.
    pub equation: f64,
}

#[derive(Clone, Copy)]
struct Problem {
    name: &'static str,
    kind: Kind,
    unknown: &'static [usize],
    states: usize,
}

const PROBLEMS: [Problem; 6] = [
    Problem { name: "V from one state", kind: Kind::Circle, unknown: &[1], states: 1 },
    Problem { name: "W and V from two states", kind: Kind::Circle, unknown: &[0, 1], states: 2 },
    Problem { name: "a", kind: Kind::Interval, unknown: &[0], states: 1 },
    Problem { name: "k", kind: Kind::Interval, unknown: &[1], states: 1 },
    Problem { name: "f", kind: Kind::Interval, unknown: &[2], states: 1 },
    Problem { name: "a from two states", kind: Kind::Interval, unknown: &[0], states: 2 },
];

fn kinds(kind: Kind, size: usize) -> Vec<(&'static str, Seen)> {
    let mut kinds = vec![
        ("values", Seen::Values(size, NOISE)),
        ("values, noise level unknown", Seen::UnknownNoise(size, NOISE)),
    ];
    if kind == Kind::Circle {
        kinds.push(("counts", Seen::Counts(size, 20.0)));
        kinds.push(("positions", Seen::Positions(10 * size)));
    }
    kinds
}

/// All problems, kinds and sizes.
///
/// # Errors
/// If none of the sets of a kind can be fitted.
pub fn measure(sets: usize) -> Result<Vec<Alarms>, Failure> {
    let mut all = Vec::new();
    for problem in PROBLEMS {
        for size in SIZES {
            for (data, seen) in kinds(problem.kind, size) {
                let part = 1000 + all.len();
                let outcomes: Vec<Result<[f64; 4], Failure>> = (0..sets as u64)
                    .into_par_iter()
                    .map(|set| one_set(problem, seen, part, set))
                    .collect();
                let first = outcomes.iter().find_map(|o| o.as_ref().err().map(ToString::to_string));
                let fitted: Vec<[f64; 4]> = outcomes.into_iter().filter_map(Result::ok).collect();
                let share = |k: usize| {
                    let doubted = fitted.iter().filter(|p| p[k] < 0.01).count();
                    doubted as f64 / fitted.len().max(1) as f64
                };
                let own = Alarms {
                    problem: problem.name,
                    data,
                    size,
                    sets: fitted.len(),
                    failed: sets - fitted.len(),
                    all: share(0),
                    residuals: share(1),
                    held_out: share(2),
                    equation: share(3),
                };
                if fitted.is_empty() {
                    return Err(format!("{}: {first:?}", problem.name).into());
                }
                eprintln!("        {own:?}");
                all.push(own);
            }
        }
    }
    Ok(all)
}

/// A sum of waves with random coefficients, of about this size.
fn waves(kind: Kind, even: bool, size: f64, random: &mut Random) -> String {
    let mut text = String::from("0");
    for k in 1..=4 {
        let part = size / f64::from(k * k);
        let turn = if kind == Kind::Circle { 2 * k } else { k };
        text += &format!("+{:.6}*cos({turn}*pi*x)", part * random.normal());
        if kind == Kind::Circle && !even {
            text += &format!("+{:.6}*sin({turn}*pi*x)", part * random.normal());
        }
    }
    text
}

/// p of all, of residuals and experiments, of held-out data, of other equations.
fn one_set(problem: Problem, seen: Seen, part: usize, set: u64) -> Result<[f64; 4], Failure> {
    let Problem { kind, unknown, states, .. } = problem;
    let mut random = Random::new(Stream::Checks(part), set);
    let functions = match kind {
        Kind::Circle => {
            let kernel = format!("-cos(2*pi*x)+{}", waves(kind, true, 0.3, &mut random));
            vec![kernel, waves(kind, false, 0.05, &mut random), "0.1".into()]
        }
        Kind::Interval => {
            let a = format!("exp({})", waves(kind, false, 0.4, &mut random));
            let k = format!("0.5+{}", waves(kind, false, 0.2, &mut random));
            vec![a, k, format!("1+{}", waves(kind, false, 0.4, &mut random))]
        }
    };
    let mut told = Vec::new();
    for e in 0..states {
        let mut functions = functions.clone();
        let mut conditions = Conditions::default();
        match kind {
            Kind::Circle => functions.push(format!("{}", 0.05 + 0.1 * e as f64)),
            Kind::Interval => conditions.boundary_values = vec![0.3 * e as f64, 0.3],
        }
        let truth = Truth { functions: functions.clone(), conditions, beyond: Beyond::Nothing };
        let (u, conditions) = solve(kind, &truth)?;
        let data = simulate(kind, &u, &conditions, seen, &mut random)?;
        let functions = functions.into_iter().enumerate();
        let functions =
            functions.map(|(s, text)| (!unknown.contains(&s)).then_some(text)).collect();
        told.push(Told { functions, conditions, data });
    }
    let found = fit(kind, told)?.check(set)?;
    let residuals = found.experiments.iter().map(|e| e.p()).fold(1.0, f64::min);
    let equation = found.departures.iter().filter_map(|d| d.tested).map(|t| t.adjusted);
    Ok([
        found.p,
        residuals,
        found.held_out.map_or(1.0, |t| t.adjusted),
        equation.fold(1.0, f64::min),
    ])
}
