//! Designed against equally spaced: the same number of points, the same noise, errors compared.
//!
//! After a pilot every data set has a design of its own, made from its pilot. Without one the design is
//! made once, for draws from the prior. The ratio of the median errors has a 90 % interval from 2000
//! resamplings of the data sets.

use std::fs;
use std::path::Path;

use lacuna::problem::Problem;
use lacuna::{Designed, Flow, design};
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::cases::Case;
use super::measure::{CELLS, Data, Fitting, Truth};
use crate::noise::random::{Random, Stream};
use crate::statistics::median;

const RESAMPLINGS: usize = 2000;
/// Points that may be chosen of each experiment.
const CANDIDATES: usize = 96;
/// Plausible truths of a design.
const TRUTHS: usize = 6;

/// One case, compared.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    pub name: &'static str,
    pub what: &'static str,
    pub matters: bool,
    pub unknown: &'static str,
    pub experiments: usize,
    pub points: usize,
    pub pilot: usize,
    /// Relative L² errors by data set.
    pub equally_spaced: Vec<f64>,
    pub designed: Vec<f64>,
    /// Median of the errors at equally spaced points over that at designed points.
    pub ratio: f64,
    /// Its 90 % interval.
    pub interval: [f64; 2],
    /// Distance of the designs from their bounds, by design.
    pub gaps: Vec<f64>,
    /// Seconds of a design, median.
    pub seconds: f64,
    /// Of the first experiment, for a figure: the true state, and both sets of points.
    pub shown: Shown,
}

/// What is drawn.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    pub x: Vec<f64>,
    pub state: Vec<f64>,
    pub equally_spaced: Vec<f64>,
    pub designed: Vec<f64>,
}

impl Compared {
    /// The largest distance from a bound.
    pub fn largest_gap(&self) -> f64 {
        self.gaps.iter().copied().fold(0.0, f64::max)
    }

    /// For progress.
    pub fn in_words(&self) -> String {
        format!(
            "{} with equally spaced points, {} designed, ratio {:.2} [{:.2}, {:.2}], gap {:.1} %, {:.1} s",
            median(&self.equally_spaced),
            median(&self.designed),
            self.ratio,
            self.interval[0],
            self.interval[1],
            100.0 * self.largest_gap(),
            self.seconds
        )
    }
}

/// What came of one data set.
struct Set {
    equally_spaced: f64,
    designed: f64,
    gap: Option<f64>,
    seconds: Option<f64>,
    points: Vec<f64>,
}

/// Compares on `sets` data sets.
///
/// # Errors
/// If the problem cannot be set up, or a design cannot be made.
pub fn compare(case: &Case, sets: usize) -> Result<Compared, Failure> {
    let truth = Truth::new(case)?;
    let fitting = Fitting::new(case)?;
    let folder = std::env::temp_dir().join(format!("lacuna-designs-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let from_prior = match case.pilot {
        0 => Some(made(case, &vec![None; case.experiments.len()], &folder, 0)?),
        _ => None,
    };
    let found: Vec<Set> = (0..sets as u64)
        .into_par_iter()
        .map(|set| one(case, &truth, &fitting, from_prior.as_ref(), &folder, set))
        .collect::<Result<_, Failure>>()?;
    // Only what was written above is in there.
    fs::remove_dir_all(&folder)?;
    let equally_spaced: Vec<f64> = found.iter().map(|s| s.equally_spaced).collect();
    let designed: Vec<f64> = found.iter().map(|s| s.designed).collect();
    let ratio = median(&equally_spaced) / median(&designed);
    let mut gaps: Vec<f64> = found.iter().filter_map(|s| s.gap).collect();
    let mut seconds: Vec<f64> = found.iter().filter_map(|s| s.seconds).collect();
    if let Some(designed) = &from_prior {
        gaps = designed.criterion.gap.into_iter().collect();
        seconds = vec![designed.elapsed.as_secs_f64()];
    }
    let x = truth.equally_spaced(400, 0.0);
    let shown = Shown {
        state: truth.state(0, &x),
        x,
        equally_spaced: truth.equally_spaced(case.points, 0.5),
        designed: found[0].points.clone(),
    };
    Ok(Compared {
        name: case.name,
        what: case.what,
        matters: case.matters,
        unknown: case.compared,
        experiments: case.experiments.len(),
        points: case.points,
        pilot: case.pilot,
        interval: interval(&equally_spaced, &designed),
        equally_spaced,
        designed,
        ratio,
        gaps,
        seconds: median(&seconds),
        shown,
    })
}

fn one(
    case: &Case,
    truth: &Truth,
    fitting: &Fitting,
    from_prior: Option<&Designed>,
    folder: &Path,
    set: u64,
) -> Result<Set, Failure> {
    let n = case.experiments.len();
    let mut random = Random::new(Stream::Designs(0), set);
    let equal: Vec<Data> = (0..n)
        .map(|e| {
            let x = truth.equally_spaced(case.points, random.uniform());
            truth.measure(e, &x, &mut random)
        })
        .collect();
    let mut random = Random::new(Stream::Designs(1), set);
    let pilot: Vec<Data> = (0..n)
        .map(|e| {
            let x = truth.equally_spaced(case.pilot, random.uniform());
            truth.measure(e, &x, &mut random)
        })
        .collect();
    let own = match from_prior {
        Some(_) => None,
        None => {
            let mut files = Vec::new();
            for (e, data) in pilot.iter().enumerate() {
                let name = format!("{}-{set}-{e}.csv", case.name);
                data.write(&folder.join(&name), case.noise)?;
                files.push(Some(name));
            }
            Some(made(case, &files, folder, set)?)
        }
    };
    let mut result = Set {
        equally_spaced: fitting.error(&equal),
        designed: f64::NAN,
        gap: own.as_ref().and_then(|d| d.criterion.gap),
        seconds: own.as_ref().map(|d| d.elapsed.as_secs_f64()),
        points: Vec::new(),
    };
    let Some(chosen) = own.as_ref().or(from_prior) else { return Err("no design".into()) };
    let points = |e: usize| -> Vec<f64> {
        let name = (e + 1).to_string();
        let own = chosen.points.iter().filter(|p| p.experiment == name);
        own.flat_map(|p| std::iter::repeat_n(p.x, p.replicates)).collect()
    };
    let data: Vec<Data> =
        (0..n).map(|e| pilot[e].and(&truth.measure(e, &points(e), &mut random))).collect();
    result.points.clone_from(&data[0].x);
    result.designed = fitting.error(&data);
    Ok(result)
}

fn made(
    case: &Case,
    files: &[Option<String>],
    folder: &Path,
    seed: u64,
) -> Result<Designed, Failure> {
    let budget = (case.points - case.pilot) * case.experiments.len();
    let sections = format!(
        "[fit]\nseed = {seed}\n[design]\nbudget = {budget}\npoints = {CANDIDATES}\ntruths = {TRUTHS}\n\
         unknowns = \"{}\"\n{}",
        case.compared,
        case.noise_of_design()
    );
    let text = case.problem(CELLS, files, &sections);
    Ok(design(&Problem::from_str(&text, folder)?, &|_| Flow::Continue)?)
}

/// The 90 % interval of the ratio of medians.
fn interval(equally_spaced: &[f64], designed: &[f64]) -> [f64; 2] {
    let n = designed.len();
    let mut random = Random::new(Stream::Designs(2), 0);
    let mut ratios: Vec<f64> = (0..RESAMPLINGS)
        .map(|_| {
            let pick: Vec<usize> = (0..n).map(|_| (random.uniform() * n as f64) as usize).collect();
            let of = |v: &[f64]| median(&pick.iter().map(|&i| v[i]).collect::<Vec<_>>());
            of(equally_spaced) / of(designed)
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    [ratios[RESAMPLINGS / 20], ratios[RESAMPLINGS - 1 - RESAMPLINGS / 20]]
}
