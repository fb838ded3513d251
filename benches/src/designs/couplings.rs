//! Which two couplings: the pair that `lacuna design` opens, beside random ones.
//!
//! W and V of the case *smooth* are unknown, nothing is measured, and two of the couplings can be paid
//! for. The design is made for draws from the prior. Every pair is measured at the same equally spaced
//! points with the same errors in each of many data sets, and the errors of W are compared.

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
    "coupling = -0.15",
    "coupling = -0.1",
    "coupling = -0.05",
    "coupling = 0.05",
    "coupling = 0.1",
    "coupling = 0.15",
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
    /// Data sets.
    pub sets: usize,
    /// Median error of W with the chosen pair.
    pub median: f64,
    pub gap: Option<f64>,
    pub seconds: f64,
    /// Every other pair.
    pub pairs: Vec<Pair>,
}

/// Another pair.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    pub conditions: [&'static str; 2],
    /// Median error of W.
    pub median: f64,
    /// Data sets in which the chosen pair has the smaller error.
    pub won: usize,
}

impl Couplings {
    /// Pairs whose median error is larger than that of the chosen one.
    pub fn beaten(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.median > self.median).count()
    }

    /// Share of all pairs and data sets in which the chosen pair has the smaller error.
    pub fn share_of_sets(&self) -> f64 {
        let won: usize = self.pairs.iter().map(|pair| pair.won).sum();
        won as f64 / (self.pairs.len() * self.sets) as f64
    }
}

/// Compares on `sets` data sets.
///
/// # Errors
/// If the problem cannot be set up or the design opens no two experiments.
pub fn measure(sets: usize) -> Result<Couplings, Failure> {
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
    let errors = |pair: [usize; 2]| -> Vec<f64> {
        let error = |set| {
            let mut random = Random::new(Stream::Designs(3), set);
            let mut data = vec![Data::default(); CONDITIONS.len()];
            for e in pair {
                let x = truth.equally_spaced(POINTS, 0.0);
                data[e] = truth.measure(e, &x, &mut random);
            }
            fitting.error(&data)
        };
        (0..sets as u64).into_par_iter().map(error).collect()
    };
    let own = [first.min(second), first.max(second)];
    let ours = errors(own);
    let all = (0..CONDITIONS.len()).flat_map(|b| (0..b).map(move |a| [a, b]));
    let pairs = all.filter(|pair| *pair != own).map(|pair| {
        let theirs = errors(pair);
        Pair {
            conditions: pair.map(|i| CONDITIONS[i]),
            median: median(&theirs),
            won: ours.iter().zip(&theirs).filter(|(ours, theirs)| ours < theirs).count(),
        }
    });
    Ok(Couplings {
        candidates: CONDITIONS.len(),
        chosen: chosen.iter().map(|&i| CONDITIONS[i].to_owned()).collect(),
        sets,
        median: median(&ours),
        gap: designed.criterion.gap,
        seconds: designed.elapsed.as_secs_f64(),
        pairs: pairs.collect(),
    })
}
