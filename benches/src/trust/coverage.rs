//! Whether `identified` means what it says: the truth within the bands, and no misleading fits.

use std::path::Path;

use lacuna::core::Flow;
use lacuna::identify::Verdict;
use lacuna::problem::Problem;
use lacuna::{RecoveredFunction, recover};
use rayon::prelude::*;
use serde::Serialize;

use super::problems::{Kind, Made, simulate};

/// Mean square residual up to which a fit looks right.
const LOOKS_RIGHT: f64 = 1.5;
/// Error above so many times the band is misleading.
const MISLEADING: f64 = 3.0;

/// One unknown of one data set.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The problem.
    pub kind: Kind,
    /// Its number.
    pub set: u64,
    /// The unknown.
    pub unknown: String,
    /// The verdict.
    pub verdict: &'static str,
    /// Share of the domain on which the 95 % band holds the truth.
    pub covered: f64,
    /// Root mean square error over that of half the band's width.
    pub error_over_band: f64,
    /// Relative L² error.
    pub error: Option<f64>,
    /// Whether the data are fitted as well as their noise allows.
    pub looks_right: bool,
}

impl Outcome {
    /// Whether it was called identified.
    pub fn is_identified(&self) -> bool {
        self.verdict == Verdict::Identified.code()
    }

    /// Whether it looks right and is far off.
    pub fn is_misleading(&self) -> bool {
        self.looks_right && self.error_over_band > MISLEADING
    }
}

/// All data sets.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Coverage {
    /// Every unknown of every set.
    pub outcomes: Vec<Outcome>,
    /// Sets without a result, and why.
    pub failures: Vec<String>,
}

/// Recovers `sets` sets, the kinds in turn.
pub fn measure(sets: u64, folder: &Path) -> Coverage {
    let results: Vec<Made<Vec<Outcome>>> = (0..sets)
        .into_par_iter()
        .map(|set| {
            let kind = Kind::ALL[set as usize % Kind::ALL.len()];
            one(kind, set, &folder.join(set.to_string()))
                .map_err(|e| format!("set {set} ({}): {e}", kind.name()).into())
        })
        .collect();
    let mut coverage = Coverage::default();
    for result in results {
        match result {
            Ok(outcomes) => coverage.outcomes.extend(outcomes),
            Err(error) => coverage.failures.push(error.to_string()),
        }
    }
    coverage
}

fn one(kind: Kind, set: u64, folder: &Path) -> Made<Vec<Outcome>> {
    let simulated = simulate(kind, set, folder)?;
    let loaded = Problem::from_path(&simulated.path)?;
    let recovery = recover(&loaded, &|_| Flow::Continue)?;
    let diagnosis = recovery.diagnosis.as_ref().ok_or("no diagnosis")?;
    let looks_right = recovery.states.iter().all(|state| {
        let square = state.measured.as_ref().and_then(|m| m.mean_square_residual);
        square.is_none_or(|square| square < LOOKS_RIGHT)
    });
    let outcome = |f: &RecoveredFunction| -> Made<Outcome> {
        let verdict = diagnosis.verdict(&f.name).ok_or("no verdict")?;
        let (band, truth) = match (&f.band, &f.truth) {
            (Some(band), Some(truth)) => (band, truth),
            _ => return Err(format!("{} has no band or no truth", f.name).into()),
        };
        let ends = band.lower.iter().zip(&band.upper).zip(truth);
        let inside = ends.filter(|((lower, upper), truth)| (*lower..=*upper).contains(truth));
        let n = truth.len() as f64;
        let covered = inside.count() as f64 / n;
        let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
        let error = square(&mut f.values.iter().zip(truth).map(|(v, t)| v - t));
        let half = square(&mut band.lower.iter().zip(&band.upper).map(|(l, u)| 0.5 * (u - l)));
        Ok(Outcome {
            kind,
            set,
            unknown: f.name.clone(),
            verdict: verdict.code(),
            covered,
            error_over_band: (error / half).sqrt(),
            error: f.relative_l2_error,
            looks_right,
        })
    };
    recovery.functions.iter().map(outcome).collect()
}
