//! Two different functions that fit the data equally: the proof of "unidentified".
//!
//! The first is the true function. The second starts from it, displaced along the direction that the data see
//! least of. Of a structural case the functions with the same predictions are followed (`follow.rs`), so that
//! agreement is not a matter of precision; where the equation itself leaves a change of functions on the grid
//! open, that change is added to them, since residuals are affine in functions; of a practical one the second is fitted to the exact predictions of
//! the first, with the planned noise and the prior centred at the displacement.
//!
//! Then both are solved for from the start, and the predictions p_1 and p_2 of all measurements compared:
//! with sd the noise, max |p_2 − p_1|/sd and χ² = Σ ((p_2 − p_1)/sd)². Of the functions the distance is the
//! root mean square over the domain of their difference (of their logarithms, where they are positive),
//! relative to the scale A of the prior.

use lacuna::fit::Link;
use lacuna::identify::{BAND, Verdict};
use lacuna::{DiagnosePlan, Examination};
use serde::Serialize;

use super::examine::Failure;
use super::follow::{differences, follow};

/// Smallest distance of a pair where a change is structurally unseen.
pub const NOTICED: f64 = 0.1;
/// Smallest distance otherwise: the tolerance of `identified`.
pub const TOLERANCE: f64 = 0.25;
/// Largest difference of predictions, in units of the noise, where nothing should be seen.
pub const NOTHING: f64 = 0.01;
/// Largest χ² otherwise: the 95 % point for one direction. Not even the test of one of the two functions
/// against the other would tell them apart.
pub const CHI_SQUARE: f64 = 3.84;
/// Displacements that are tried, in standard deviations: of the prior along an unseen change, of the
/// posterior otherwise.
const UNSEEN: [f64; 6] = [1.0, -1.0, 0.5, -0.5, 0.25, -0.25];
const WEAK: [f64; 8] = [BAND, -BAND, 1.75, -1.75, 1.5, -1.5, 1.25, -1.25];

/// Most points of a function that are written down.
const MOST_POINTS: usize = 66;

/// The pair of one unknown.
#[derive(Debug, Serialize)]
pub struct Pair {
    /// Distance of the two, relative to the scale.
    pub distance: f64,
    /// Largest difference of two predictions, in units of their noise.
    pub largest_difference: f64,
    /// Sum of squares of all differences, in units of the noise.
    pub chi_square: f64,
    /// Measurements.
    pub measurements: usize,
    /// The unknown itself first, then all other unknowns, which may differ too.
    pub functions: Vec<TwoFunctions>,
}

/// Two versions of one unknown.
#[derive(Debug, Serialize)]
pub struct TwoFunctions {
    /// Its name.
    pub unknown: &'static str,
    /// Points; of an even or odd kernel in half of its domain. One 0 for a scalar.
    pub x: Vec<f64>,
    /// The true one, without its mean if that is undetermined.
    pub first: Vec<f64>,
    /// The other one.
    pub second: Vec<f64>,
}

impl Pair {
    /// Whether it proves what `verdict` says.
    fn proves(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Structurally => self.distance >= NOTICED && self.largest_difference <= NOTHING,
            _ => self.distance >= TOLERANCE && self.chi_square <= CHI_SQUARE,
        }
    }
}

/// The pair of unknown `index`, which theory says to be `verdict`.
///
/// # Errors
/// If no pair that proves it is found.
pub fn construct(
    plan: &DiagnosePlan,
    examination: &Examination,
    index: usize,
    verdict: Verdict,
) -> Result<Pair, Failure> {
    let displacements = match verdict {
        Verdict::Structurally => &UNSEEN[..],
        _ => &WEAK[..],
    };
    let found = &examination.diagnosis.unknowns[index];
    let mut said: Vec<String> = Vec::new();
    for displacement in displacements {
        let z: Vec<f64> = found.weakest.iter().map(|z| z * displacement).collect();
        let second = match (verdict, &found.unseen_change) {
            (Verdict::Structurally, Some(change)) => {
                Ok(changed(examination, change, *displacement))
            }
            (Verdict::Structurally, None) => follow(plan, examination, &z),
            _ => examination.nominal.alternative(&z, 1.0).map(|a| a.values).map_err(Failure::from),
        };
        let pair = second.and_then(|values| compare(plan, examination, index, &values));
        match pair {
            Ok(pair) if pair.proves(verdict) => return Ok(pair),
            Ok(pair) => {
                said.push(format!(
                    "at a distance of {:.3} predictions differ by {:.1e} of the noise, χ² {:.2}",
                    pair.distance, pair.largest_difference, pair.chi_square
                ));
            }
            Err(failure) => said.push(failure.to_string()),
        }
    }
    Err(said.join("; ").into())
}

/// The functions and `factor` times a change of them, which is one of logarithms where they are positive.
fn changed(examination: &Examination, change: &[Vec<f64>], factor: f64) -> Vec<Vec<f64>> {
    let sensitivity = &examination.sensitivity;
    let parts = sensitivity.values.iter().zip(change).zip(&sensitivity.priors);
    parts
        .map(|((values, change), prior)| {
            let of = |(value, change): (&f64, &f64)| match prior.link {
                Link::Identity => value + factor * change,
                Link::Exponential => value * (1.0 + factor * change),
            };
            values.iter().zip(change).map(of).collect()
        })
        .collect()
}

/// Solves for the states of both anew.
fn compare(
    plan: &DiagnosePlan,
    examination: &Examination,
    index: usize,
    values: &[Vec<f64>],
) -> Result<Pair, Failure> {
    let nominal = &examination.nominal;
    let differences = differences(examination, &plan.examine_at(values)?)?;
    let of = |a: usize| two_functions(plan, a, &nominal.values()[a], &values[a]);
    let others = (0..values.len()).filter(|a| *a != index);
    Ok(Pair {
        distance: distance(plan, index, &nominal.values()[index], &values[index])
            / examination.diagnosis.unknowns[index].scale,
        largest_difference: differences.iter().fold(0.0, |largest, r| r.abs().max(largest)),
        chi_square: differences.iter().map(|r| r * r).sum(),
        measurements: differences.len(),
        functions: std::iter::once(index).chain(others).map(of).collect(),
    })
}

fn mean(values: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    values.iter().zip(weights).map(|(v, w)| v * w).sum::<f64>() / total
}

/// Root mean square of the difference of two versions of unknown `index`.
fn distance(plan: &DiagnosePlan, index: usize, first: &[f64], second: &[f64]) -> f64 {
    let unknown = &plan.setup.unknowns[index];
    let slot = &plan.setup.model.slots()[unknown.unknown.slot];
    let of = |value: f64| if unknown.positive { value.ln() } else { value };
    let mut difference: Vec<f64> = first.iter().zip(second).map(|(a, b)| of(*b) - of(*a)).collect();
    if slot.gauge {
        let middle = mean(&difference, &slot.weights);
        difference.iter_mut().for_each(|d| *d -= middle);
    }
    difference.iter_mut().for_each(|d| *d *= *d);
    mean(&difference, &slot.weights).sqrt()
}

/// To six significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

fn two_functions(plan: &DiagnosePlan, index: usize, first: &[f64], second: &[f64]) -> TwoFunctions {
    let unknown = &plan.setup.unknowns[index];
    let slot = &plan.setup.model.slots()[unknown.unknown.slot];
    let mut order: Vec<usize> = (0..first.len()).collect();
    let mut x = vec![0.0];
    if slot.points.len() == first.len() && first.len() > 1 {
        let all: Vec<f64> = slot.points.iter().map(|x| x[0]).collect();
        order.sort_by(|&i, &j| all[i].total_cmp(&all[j]));
        x = order.iter().map(|&i| all[i]).collect();
    }
    let shown = order.len().div_ceil(MOST_POINTS);
    order = order.into_iter().step_by(shown).collect();
    x = x.into_iter().step_by(shown).collect();
    let without_mean = |values: &[f64]| -> Vec<f64> {
        let middle = if slot.gauge { mean(values, &slot.weights) } else { 0.0 };
        order.iter().map(|&i| rounded(values[i] - middle)).collect()
    };
    TwoFunctions {
        unknown: unknown.name,
        x,
        first: without_mean(first),
        second: without_mean(second),
    }
}
