//! The fits of one kind, and what is kept of them.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::data::{Made, make};
use super::plans::Plan;
use super::score::{Fitted, Score, Verdicts, fit};
use super::{Failure, oracle};
use crate::noise::random::{Random, Stream};
use crate::statistics::{lowest, median};

/// How often a problem without a true state is drawn anew.
const DRAWS: u64 = 20;
/// Failures that are kept in words.
const WORDS: usize = 3;

/// One unknown of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub unknown: &'static str,
    /// Number of fits.
    pub fits: usize,
    /// Verdicts.
    pub identified: usize,
    /// Verdicts.
    pub practically: usize,
    /// Verdicts.
    pub structurally: usize,
    /// Mean share of the domain that 95 % bands cover.
    pub covered_95: f64,
    /// Its standard error over the sets.
    pub covered_95_error: f64,
    /// Mean share of the domain that 50 % bands cover.
    pub covered_50: f64,
    /// Mean share covered by 95 % where there are data, and where there are none.
    pub covered_with_data: Option<f64>,
    /// Where there are none.
    pub covered_without: Option<f64>,
    /// Mean share covered by 95 % where identified.
    pub covered_identified: Option<f64>,
    /// Fits that are called identified and off by more than three bands.
    pub misleading: usize,
    /// Median relative L² error.
    pub median_error: f64,
    /// Median of the error relative to the band.
    pub median_error_over_band: f64,
    /// Beside the best prior.
    pub oracle: Option<Gain>,
}

/// The best prior for the truth of a few sets.
#[derive(Clone, Debug, Serialize)]
pub struct Gain {
    /// Number of sets.
    pub sets: usize,
    /// Median error of the fit as it is, over these sets.
    pub median_error: f64,
    /// Median error of the prior that is best for each set.
    pub best_of_each: f64,
    /// Median error of the one prior that is best for all sets.
    pub best_of_all: f64,
}

impl Gain {
    /// Median error over that of the best prior for each truth.
    pub fn ratio(&self) -> f64 {
        self.median_error / self.best_of_each
    }
}

/// All fits of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// In words.
    pub description: String,
    /// Whether an alarm is a false one.
    pub right_model: bool,
    /// Number of sets.
    pub sets: u64,
    /// Fits with a result.
    pub fits: usize,
    /// Sets without a result, and why some of them.
    pub failed: usize,
    /// Some reasons.
    pub failures: Vec<String>,
    /// Fits that did not converge.
    pub not_converged: usize,
    /// Fits with a failed check.
    pub alarmed: usize,
    /// How often each check failed.
    pub alarms: BTreeMap<&'static str, usize>,
    /// Fits of which an unknown is called identified and is off by more than three bands.
    pub misleading: usize,
    /// Median seconds of a fit.
    pub median_seconds: f64,
    /// Unknown by unknown.
    pub rows: Vec<Row>,
}

/// What is fitted: a name, how to draw a problem, and for how many sets the best prior is sought.
pub struct Subject<'a> {
    /// Its name.
    pub name: String,
    /// In words.
    pub description: String,
    /// Whether an alarm is a false one.
    pub right_model: bool,
    /// Its stream of random numbers.
    pub stream: usize,
    /// Draws the problem of a set.
    pub plan: &'a (dyn Fn(u64, &mut Random) -> Plan + Sync),
    /// Sets for which the best prior is sought.
    pub oracle_sets: u64,
}

struct One {
    fitted: Fitted,
    /// Errors of each unknown with every prior.
    oracle: Option<Vec<Vec<f64>>>,
}

/// Fits `sets` data sets.
pub fn measure(subject: &Subject<'_>, sets: u64, folder: &Path) -> Group {
    let results: Vec<Result<One, Failure>> = (0..sets)
        .into_par_iter()
        .map(|set| {
            let folder = folder.join(&subject.name).join(set.to_string());
            let place = format!("{}/", folder.display());
            one(subject, set, &folder)
                .map_err(|e| format!("set {set}: {}", e.to_string().replace(&place, "")).into())
        })
        .collect();
    let (mut fits, mut failures) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(one) => fits.push(one),
            Err(error) => failures.push(error.to_string()),
        }
    }
    summarise(subject, sets, &fits, failures)
}

fn one(subject: &Subject<'_>, set: u64, folder: &Path) -> Result<One, Failure> {
    let mut last: Failure = "no draw".into();
    for draw in 0..DRAWS {
        let mut random = Random::new(Stream::Honesty(subject.stream), DRAWS * set + draw);
        let plan = (subject.plan)(set, &mut random);
        let made = match make(&plan, &mut random, folder) {
            Ok(made) => made,
            Err(error) => {
                last = error;
                continue;
            }
        };
        let names: Vec<&'static str> = plan.sought.iter().map(|s| s.name).collect();
        let fitted = fit(&made, &names)?;
        let wanted = set < subject.oracle_sets;
        let oracle = wanted.then(|| best(&made, &names)).transpose()?;
        return Ok(One { fitted, oracle });
    }
    Err(last)
}

fn best(made: &Made, names: &[&str]) -> Result<Vec<Vec<f64>>, Failure> {
    names.iter().map(|name| oracle::errors(made, name)).collect()
}

fn summarise(subject: &Subject<'_>, sets: u64, fits: &[One], mut failures: Vec<String>) -> Group {
    let mut alarms = BTreeMap::new();
    for one in fits {
        let mut own = one.fitted.alarms.clone();
        own.dedup();
        own.into_iter().for_each(|check| *alarms.entry(check).or_insert(0) += 1);
    }
    let count = |of: &dyn Fn(&Fitted) -> bool| fits.iter().filter(|one| of(&one.fitted)).count();
    let seconds: Vec<f64> = fits.iter().map(|one| one.fitted.seconds).collect();
    let failed = failures.len();
    failures.truncate(WORDS);
    // Sets of a subject may have different unknowns.
    let mut names: Vec<&'static str> = Vec::new();
    for score in fits.iter().flat_map(|one| &one.fitted.scores) {
        if !names.contains(&score.unknown) {
            names.push(score.unknown);
        }
    }
    Group {
        name: subject.name.clone(),
        description: subject.description.clone(),
        right_model: subject.right_model,
        sets,
        fits: fits.len(),
        failed,
        failures,
        not_converged: count(&|f| !f.converged),
        alarmed: count(&|f| !f.alarms.is_empty()),
        alarms,
        misleading: count(&Fitted::is_misleading),
        median_seconds: median(&seconds),
        rows: names.into_iter().map(|name| row(name, fits)).collect(),
    }
}

fn row(unknown: &'static str, fits: &[One]) -> Row {
    let of = |one: &One| one.fitted.scores.iter().position(|s| s.unknown == unknown);
    let scores: Vec<&Score> =
        fits.iter().filter_map(|one| of(one).map(|i| &one.fitted.scores[i])).collect();
    let count = |verdict| scores.iter().filter(|s| s.verdict == verdict).count();
    let each = |of: &dyn Fn(&Score) -> Option<f64>| -> Vec<f64> {
        scores.iter().filter_map(|s| of(s)).collect()
    };
    let wide = each(&|s| Some(s.coverage.covered[0]));
    let average = mean(&wide).unwrap_or(f64::NAN);
    let variance = wide.iter().map(|c| (c - average).powi(2)).sum::<f64>() / wide.len() as f64;
    let identified =
        |s: &Score| (s.verdict == Verdicts::Identified).then_some(s.coverage.covered[0]);
    Row {
        unknown,
        fits: scores.len(),
        identified: count(Verdicts::Identified),
        practically: count(Verdicts::Practically),
        structurally: count(Verdicts::Structurally),
        covered_95: average,
        covered_95_error: (variance / wide.len() as f64).sqrt(),
        covered_50: mean(&each(&|s| Some(s.coverage.covered[1]))).unwrap_or(f64::NAN),
        covered_with_data: mean(&each(&|s| s.coverage.with_data)),
        covered_without: mean(&each(&|s| s.coverage.without)),
        covered_identified: mean(&each(&identified)),
        misleading: scores.iter().filter(|s| s.is_misleading()).count(),
        median_error: median(&each(&|s| Some(s.error))),
        median_error_over_band: median(&each(&|s| Some(s.coverage.error_over_band))),
        oracle: gain(unknown, fits),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn gain(unknown: &str, fits: &[One]) -> Option<Gain> {
    let (mut errors, mut grids) = (Vec::new(), Vec::new());
    for one in fits {
        let Some(oracle) = &one.oracle else { continue };
        let Some(i) = one.fitted.scores.iter().position(|s| s.unknown == unknown) else { continue };
        errors.push(one.fitted.scores[i].error);
        grids.push(oracle[i].as_slice());
    }
    let priors = grids.first()?.len();
    let of_prior = |p: usize| median(&grids.iter().map(|grid| grid[p]).collect::<Vec<f64>>());
    Some(Gain {
        sets: grids.len(),
        median_error: median(&errors),
        best_of_each: median(&grids.iter().map(|grid| lowest(grid)).collect::<Vec<f64>>()),
        best_of_all: lowest(&(0..priors).map(of_prior).collect::<Vec<f64>>()),
    })
}
