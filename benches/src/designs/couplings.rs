//! Which two couplings: the pair that `lacuna design` opens, beside random ones.
//!
//! W and V of the case *smooth* are unknown, nothing is measured, and two of the couplings can be paid
//! for. The design is made for draws from the prior. Each trial draws another pair at random, measures
//! both pairs at the same equally spaced points with the same errors, and compares what is recovered.

use std::path::Path;

use lacuna::problem::Problem;
use lacuna::{Flow, design};
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::cases::{CASES, Case};
use super::measure::{CELLS, Data, Fitting, Truth};
use crate::noise::random::{Random, Stream};
use crate::statistics::median;

/// The experiments to choose from.
const CONDITIONS: &[&str] = &[
    "coupling = -0.2",
    "coupling = -0.1",
    "coupling = 0.05",
    "coupling = 0.1",
    "coupling = 0.15",
    "coupling = 0.2",
];
/// Measurements of each experiment.
const POINTS: usize = 32;
/// Cost of an experiment beside that of its points: two can be paid.
const OPENING: usize = 200;

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Couplings {
    pub candidates: usize,
    /// The conditions of the chosen pair.
    pub chosen: Vec<String>,
    pub trials: usize,
    /// Trials in which the chosen pair has the smaller error of W.
    pub won: usize,
    /// The median ratio of the errors of W, random over chosen.
    pub ratio: f64,
    pub gap: Option<f64>,
    pub seconds: f64,
    /// By random pair: its indices, trials, and trials won by the chosen one.
    pub pairs: Vec<Pair>,
}

/// Trials against one pair.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    pub conditions: [&'static str; 2],
    pub trials: usize,
    pub won: usize,
}

/// Compares in `trials` trials.
///
/// # Errors
/// If the problem cannot be set up or the design opens no two experiments.
pub fn measure(trials: usize) -> Result<Couplings, Failure> {
    let smooth = CASES.iter().find(|case| case.name == "smooth").ok_or("no such case")?;
    let case = Case { experiments: CONDITIONS, ..*smooth };
    let nothing = Case { experiments: &[], ..case };
    let mut text = nothing.problem(CELLS, &[], "");
    text += &format!(
        "[design]\nbudget = {}\npoints = {POINTS}\ntruths = 8\nunknowns = \"W\"\n{}",
        2 * (OPENING + POINTS),
        case.noise_of_design()
    );
    for (i, conditions) in CONDITIONS.iter().enumerate() {
        text +=
            &format!("[[design.experiments]]\nname = \"{i}\"\ncost = {OPENING}\n{conditions}\n");
    }
    let designed = design(&Problem::from_str(&text, Path::new("."))?, &|_| Flow::Continue)?;
    let open = designed.experiments.iter().filter(|e| e.points > 0);
    let chosen: Vec<usize> = open.filter_map(|e| e.name.parse().ok()).collect();
    let [first, second] = chosen[..] else {
        return Err(format!("the design opens {} experiments, not two", chosen.len()).into());
    };
    let truth = Truth::new(&case)?;
    let fitting = Fitting::new(&case)?;
    let outcomes: Vec<Trial> = (0..trials as u64)
        .into_par_iter()
        .map(|trial| {
            let mut random = Random::new(Stream::Designs(3), trial);
            let other = loop {
                let pair = random.permutation(CONDITIONS.len());
                let pair = [pair[0].min(pair[1]), pair[0].max(pair[1])];
                if pair != [first.min(second), first.max(second)] {
                    break pair;
                }
            };
            let error = |pair: [usize; 2]| {
                let mut random = Random::new(Stream::Designs(4), trial);
                let mut data = vec![Data::default(); CONDITIONS.len()];
                for e in pair {
                    let x = truth.equally_spaced(POINTS, 0.0);
                    data[e] = truth.measure(e, &x, &mut random);
                }
                fitting.error(&data)
            };
            let (ours, theirs) = (error([first, second]), error(other));
            Trial { other, won: ours < theirs, ratio: theirs / ours }
        })
        .collect();
    let mut pairs: Vec<Pair> = Vec::new();
    for trial in &outcomes {
        let conditions = trial.other.map(|i| CONDITIONS[i]);
        let place = pairs.iter().position(|p| p.conditions == conditions).unwrap_or_else(|| {
            pairs.push(Pair { conditions, trials: 0, won: 0 });
            pairs.len() - 1
        });
        pairs[place].trials += 1;
        pairs[place].won += usize::from(trial.won);
    }
    Ok(Couplings {
        candidates: CONDITIONS.len(),
        chosen: chosen.iter().map(|&i| CONDITIONS[i].to_owned()).collect(),
        trials,
        won: outcomes.iter().filter(|t| t.won).count(),
        ratio: median(&outcomes.iter().map(|t| t.ratio).collect::<Vec<_>>()),
        gap: designed.criterion.gap,
        seconds: designed.elapsed.as_secs_f64(),
        pairs,
    })
}

struct Trial {
    other: [usize; 2],
    won: bool,
    ratio: f64,
}
