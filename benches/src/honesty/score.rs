//! One recovery beside the truth.
//!
//! With f, its bands and the truth f* at N equally spaced points of the domain: coverage is the share of
//! points with f* in the band; the error is ‖f − f*‖/‖f*‖; its ratio to the band ‖f − f*‖/‖h‖ with h half
//! the width of the 95 % band. There are data at x when one lies within a fortieth of the domain. A function
//! that comes without a band, as from exact data, has the one that its verdict rests on.

use lacuna::core::{Argument, Flow};
use lacuna::fit::Link;
use lacuna::identify::{Band, Verdict};
use lacuna::problem::Problem;
use lacuna::{ExaminedUnknown, RecoveredFunction, recover};
use serde::Serialize;

use super::Failure;
use super::data::Made;

/// An error of so many bands.
pub const FAR_OFF: f64 = 3.0;

/// One unknown of one recovery.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    /// Its name.
    pub unknown: &'static str,
    /// The verdict.
    pub verdict: Verdicts,
    /// Relative L² error.
    pub error: f64,
    /// Its bands.
    pub coverage: Coverage,
}

/// The verdict, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdicts {
    /// Identified.
    Identified,
    /// Practically unidentified.
    Practically,
    /// Structurally unidentified.
    Structurally,
}

impl Score {
    /// Whether it is called identified and is off by more than three bands.
    pub fn is_misleading(&self) -> bool {
        self.verdict == Verdicts::Identified && self.coverage.error_over_band > FAR_OFF
    }
}

/// One recovery.
#[derive(Clone, Debug, Serialize)]
pub struct Fitted {
    /// Its unknowns.
    pub scores: Vec<Score>,
    /// Names of the checks that failed.
    pub alarms: Vec<&'static str>,
    /// Whether it converged.
    pub converged: bool,
    /// Seconds.
    pub seconds: f64,
}

impl Fitted {
    /// Whether an unknown is called identified and is off by more than three bands.
    pub fn is_misleading(&self) -> bool {
        self.scores.iter().any(Score::is_misleading)
    }
}

/// Recovers as a user would and looks at the result.
///
/// # Errors
/// If there is no result, or one without bands or verdict.
pub fn fit(made: &Made, names: &[&'static str]) -> Result<Fitted, Failure> {
    let loaded = Problem::from_path(&made.path)?;
    let recovery = recover(&loaded, &|_| Flow::Continue)?;
    let diagnosis = recovery.diagnosis.as_ref().ok_or("no diagnosis")?;
    let score = |&name: &&'static str| -> Result<Score, Failure> {
        let f = recovery.functions.iter().find(|f| f.name == name).ok_or("not recovered")?;
        let examined = diagnosis.unknowns.iter().find(|u| u.name == name).ok_or("no verdict")?;
        let verdict = match examined.joint.verdict {
            Verdict::Identified => Verdicts::Identified,
            Verdict::Practically => Verdicts::Practically,
            Verdict::Structurally => Verdicts::Structurally,
        };
        let band = f.band.clone().unwrap_or_else(|| predicted_band(f, examined));
        score(made, name, f, &band, verdict)
    };
    Ok(Fitted {
        scores: names.iter().map(score).collect::<Result<_, _>>()?,
        alarms: recovery.checks.list.iter().filter(|c| c.failed).map(|c| c.check).collect(),
        converged: recovery.is_converged(),
        seconds: recovery.elapsed.as_secs_f64(),
    })
}

fn score(
    made: &Made,
    unknown: &'static str,
    f: &RecoveredFunction,
    band: &Band,
    verdict: Verdicts,
) -> Result<Score, Failure> {
    let (Some(truth), Some(error)) = (&f.truth, f.relative_l2_error) else {
        return Err(format!("{unknown} has no truth").into());
    };
    let has_data = match f.argument {
        Argument::Position => Some(has_data(made, &f.x)),
        _ => None,
    };
    let coverage = Coverage::new(&f.values, truth, band, has_data.as_deref());
    Ok(Score { unknown, verdict, error, coverage })
}

/// What bands are worth.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Share of the domain that the 95 % and the 50 % band cover.
    pub covered: [f64; 2],
    /// The same of 95 % where there are data, of a function of position.
    pub with_data: Option<f64>,
    /// Where there are none.
    pub without: Option<f64>,
    /// ‖f − f*‖/‖h‖.
    pub error_over_band: f64,
}

impl Coverage {
    /// Of values and their band beside the truth; `has_data` says where there are data.
    pub fn new(values: &[f64], truth: &[f64], band: &Band, has_data: Option<&[bool]>) -> Self {
        let within = |lower: &[f64], upper: &[f64]| -> Vec<bool> {
            let ends = lower.iter().zip(upper).zip(truth);
            ends.map(|((lower, upper), truth)| (*lower..=*upper).contains(truth)).collect()
        };
        let wide = within(&band.lower, &band.upper);
        let narrow = within(&band.lower_half, &band.upper_half);
        let of = |with: bool| {
            let own = wide.iter().zip(has_data?).filter(|(_, has)| **has == with);
            let own: Vec<bool> = own.map(|(inside, _)| *inside).collect();
            (!own.is_empty()).then(|| share(&own))
        };
        let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
        let off = square(&mut values.iter().zip(truth).map(|(v, t)| v - t));
        let half = square(&mut band.lower.iter().zip(&band.upper).map(|(l, u)| 0.5 * (u - l)));
        Self {
            covered: [share(&wide), share(&narrow)],
            with_data: of(true),
            without: of(false),
            error_over_band: (off / half).sqrt(),
        }
    }
}

/// The band that a verdict rests on, at the points of the function.
fn predicted_band(f: &RecoveredFunction, examined: &ExaminedUnknown) -> Band {
    let (x, sd) = (&examined.x, &examined.sd);
    let at = |at: &f64| {
        let i = x.partition_point(|x| x < at).clamp(1, x.len().max(2) - 1);
        match (x.get(i - 1), x.get(i)) {
            (Some(a), Some(b)) => {
                let share = ((at - a) / (b - a)).clamp(0.0, 1.0);
                sd[i - 1] + share * (sd[i] - sd[i - 1])
            }
            _ => sd.first().copied().unwrap_or(f64::NAN),
        }
    };
    let link = if examined.positive { Link::Exponential } else { Link::Identity };
    Band::normal(&f.values, &f.x.iter().map(at).collect::<Vec<f64>>(), link)
}

fn has_data(made: &Made, x: &[f64]) -> Vec<bool> {
    let [lower, upper] = made.extent;
    let reach = (upper - lower) / 40.0;
    x.iter().map(|x| made.places.iter().any(|place| (place - x).abs() <= reach)).collect()
}

fn share(of: &[bool]) -> f64 {
    of.iter().filter(|inside| **inside).count() as f64 / of.len().max(1) as f64
}
