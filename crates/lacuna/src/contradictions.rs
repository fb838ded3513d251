//! Contradictions between the conditions of an experiment and its data, found before any fit.
//!
//! - The mass of a density: ∫u of the values by the trapezoidal rule, whose error is taken to be the
//!   square sum of its changes when one point is left out, plus noise; Σ u_i width_i of averages over
//!   cells that tile the domain; Σ counts/exposure of bins that do.
//! - The values at the ends of an interval: the data continued there by the polynomials of degree 0, 1
//!   and 2 through the nearest points. Their spread says how well that is known.
//!
//! What is left at its default and contradicted by the data is an error; what the problem says itself is
//! a remark, since the data cannot rule out a thin layer at an end, or a peak between points.

use crate::data::{DataFault, MeasurementKind, Measurements, Noise, Roughness};
use crate::problem::{LoadedProblem, ProblemFault};
use crate::{Error, Place, Result};

/// Standard deviations that chance does not reach.
const CHANCE: f64 = 6.0;
/// Relative difference of masses that is no contradiction.
const MASS: f64 = 0.05;
/// Fewest values whose mass is an error rather than a remark.
const MANY: usize = 40;
/// How many times the spread of the continuations an end may be off.
const SPREAD: f64 = 3.0;
/// Share of the range of the data that is no contradiction.
const RANGE: f64 = 0.25;
/// What counts as near, as a share of the domain: an end that is near to the data is not off by more than
/// `RANGES` times their range.
const NEAR: f64 = 0.15;
const RANGES: f64 = 1.5;

/// What the data of experiment `index` contradict, in words.
///
/// # Errors
/// If it is something that the problem does not say, or that many values leave no doubt of.
pub(crate) fn contradictions(
    loaded: &LoadedProblem,
    index: usize,
    measured: &Measurements,
) -> Result<Vec<String>> {
    let contradiction = if loaded.given().model.kind.is_density() {
        mass(loaded, index, measured)?
    } else {
        boundary_values(loaded, index, measured)?
    };
    Ok(contradiction.into_iter().collect())
}

/// The same measurements with values scaled to the mass of the experiment, where it asks for that.
pub(crate) fn normalised(
    loaded: &LoadedProblem,
    index: usize,
    mut measured: Measurements,
) -> Measurements {
    let spec = &loaded.given().experiments[index];
    let found = mass_of(loaded, &measured).filter(|found| spec.normalise && found.value > 0.0);
    let Some(found) = found else { return measured };
    let factor = spec.mass / found.value;
    if let MeasurementKind::Values { u, noise, .. } | MeasurementKind::Averages { u, noise, .. } =
        &mut measured.kind
    {
        u.iter_mut().for_each(|u| *u *= factor);
        if let Noise::Known(sd) = noise {
            sd.iter_mut().for_each(|sd| *sd *= factor);
        }
    }
    measured
}

/// A mass with the size of its error.
struct Mass {
    value: f64,
    error: f64,
    is_certain: bool,
}

fn mass(loaded: &LoadedProblem, index: usize, measured: &Measurements) -> Result<Option<String>> {
    let spec = &loaded.given().experiments[index];
    let Some(found) = mass_of(loaded, measured).filter(|_| !spec.normalise) else {
        return Ok(None);
    };
    let off = (found.value - spec.mass).abs();
    if off <= MASS * spec.mass + CHANCE * found.error {
        return Ok(None);
    }
    let place = Place::file(measured.sources.first().cloned().unwrap_or_default());
    let fault = DataFault::Mass { found: found.value, expected: spec.mass };
    if found.is_certain {
        return Err(Error::Data { place, fault: Box::new(fault) });
    }
    Ok(Some(format!("{place}: as far as so few values tell, {fault}")))
}

fn mass_of(loaded: &LoadedProblem, measured: &Measurements) -> Option<Mass> {
    let extent = loaded.given().domain.extent();
    let tiles = |lower: &[f64], upper: &[f64]| {
        let covered: f64 = lower.iter().zip(upper).map(|(a, b)| b - a).sum();
        (covered / extent.length - 1.0).abs() < 1e-6
    };
    match &measured.kind {
        MeasurementKind::Values { x, u, noise } => {
            let (x, u, replicates) = without_replicates(x, u);
            if x.len() < 4 {
                return None;
            }
            let value = trapezoid(&x, &u, extent.length);
            let share = extent.length / x.len() as f64;
            let sd = level(&x, &u, noise) / replicates.sqrt();
            let mut square = (sd * share).powi(2) * x.len() as f64;
            square += changes_without_one(&x, &u, extent.length).map(|c| c * c).sum::<f64>();
            let widest = (0..x.len()).map(|i| width(&x, i, extent.length)).fold(0.0, f64::max);
            let is_certain = x.len() >= MANY && widest <= NEAR * extent.length;
            Some(Mass { value, error: square.sqrt(), is_certain })
        }
        MeasurementKind::Averages { lower, upper, u, noise } if tiles(lower, upper) => {
            let widths = || lower.iter().zip(upper).map(|(a, b)| b - a);
            let value = widths().zip(u).map(|(w, u)| w * u).sum();
            let sd = level(lower, u, noise);
            let error = widths().map(|w| (sd * w).powi(2)).sum::<f64>().sqrt();
            Some(Mass { value, error, is_certain: true })
        }
        MeasurementKind::Counts { lower, upper, count, exposure: Some(exposure) }
            if tiles(lower, upper) =>
        {
            let total: f64 = count.iter().sum();
            let error = total.max(1.0).sqrt() / exposure;
            Some(Mass { value: total / exposure, error, is_certain: false })
        }
        _ => None,
    }
}

/// Distinct points with the means of their values, and how many values a point has on average.
fn without_replicates(x: &[f64], u: &[f64]) -> (Vec<f64>, Vec<f64>, f64) {
    let (mut points, mut means, mut counts) = (Vec::<f64>::new(), Vec::<f64>::new(), Vec::new());
    for (&x, &u) in x.iter().zip(u) {
        match (points.last(), means.last_mut(), counts.last_mut()) {
            (Some(&last), Some(mean), Some(count)) if last == x => {
                *count += 1.0;
                *mean += (u - *mean) / *count;
            }
            _ => {
                points.push(x);
                means.push(u);
                counts.push(1.0);
            }
        }
    }
    let replicates = counts.iter().sum::<f64>() / counts.len().max(1) as f64;
    (points, means, replicates)
}

/// Length of the interval from point i to the next one round a circle.
fn width(x: &[f64], i: usize, length: f64) -> f64 {
    if i + 1 < x.len() { x[i + 1] - x[i] } else { x[0] + length - x[i] }
}

/// ∫u round a circle of this length, u linear between ascending points.
fn trapezoid(x: &[f64], u: &[f64], length: f64) -> f64 {
    let n = x.len();
    (0..n).map(|i| 0.5 * width(x, i, length) * (u[i] + u[(i + 1) % n])).sum()
}

/// How that integral changes when one point is left out.
fn changes_without_one(x: &[f64], u: &[f64], length: f64) -> impl Iterator<Item = f64> {
    let n = x.len();
    (0..n).map(move |i| {
        let (before, after) = ((i + n - 1) % n, (i + 1) % n);
        let (left, right) = (width(x, before, length), width(x, i, length));
        0.5 * (left * (u[after] - u[i]) + right * (u[before] - u[i]))
    })
}

/// A standard deviation of values, known or as they show it.
fn level(x: &[f64], u: &[f64], noise: &Noise) -> f64 {
    let n = u.len().max(1) as f64;
    let square_mean =
        |values: &mut dyn Iterator<Item = f64>| (values.map(|v| v * v).sum::<f64>() / n).sqrt();
    match noise {
        Noise::Known(sd) => square_mean(&mut sd.iter().copied()),
        Noise::Relative(sd) => square_mean(&mut sd.iter().zip(u).map(|(sd, u)| sd * u)),
        Noise::Exact => 0.0,
        Noise::Student { scale: Some(scale), .. } => square_mean(&mut scale.iter().copied()),
        Noise::Floored { relative, floor } => {
            square_mean(&mut u.iter().map(|u| (relative * u).hypot(*floor)))
        }
        Noise::Unknown | Noise::UnknownRelative | Noise::Student { scale: None, .. } => {
            let rms = square_mean(&mut u.iter().copied());
            // Values too few to show anything are as rough as they are large.
            Roughness::of(x, u).level.min(1.0) * rms
        }
    }
}

fn boundary_values(
    loaded: &LoadedProblem,
    index: usize,
    measured: &Measurements,
) -> Result<Option<String>> {
    let extent = loaded.given().domain.extent();
    let (x, u, noise) = match &measured.kind {
        MeasurementKind::Values { x, u, noise } => (x.clone(), u, noise),
        MeasurementKind::Averages { lower, upper, u, noise } => {
            (lower.iter().zip(upper).map(|(a, b)| 0.5 * (a + b)).collect(), u, noise)
        }
        _ => return Ok(None),
    };
    let sd = match noise {
        Noise::Unknown | Noise::UnknownRelative if !Roughness::of(&x, u).is_noise => 0.0,
        _ => level(&x, u, noise),
    };
    let (x, u, _) = without_replicates(&x, u);
    let given = &loaded.given().experiments[index].boundary_values;
    let key = format!("experiments.{index}.boundary_values");
    let reversed = |v: &[f64]| v.iter().rev().copied().collect::<Vec<f64>>();
    let ends = [
        ("lower", extent.origin, End::new(&x, &u, extent.origin, sd)),
        ("upper", extent.end(), End::new(&reversed(&x), &reversed(&u), extent.end(), sd)),
    ];
    let wrong = ends.iter().zip(given).filter_map(|((name, at, end), given)| {
        let end = end.as_ref().filter(|end| end.contradicts(*given))?;
        Some(format!(
            "{given} at the {name} end x = {at}, where the data lead to about {:.4}",
            end.value
        ))
    });
    let wrong: Vec<String> = wrong.collect();
    if wrong.is_empty() {
        return Ok(None);
    }
    let differs = wrong.join(", and ");
    let is_said = loaded.locations.contains(&key) || given.iter().any(|v| *v != 0.0);
    if is_said {
        return Ok(Some(format!(
            "{}: `boundary_values` gives u = {differs}: right only if u changes between the data and the \
             end",
            loaded.place(&key)
        )));
    }
    let expected = |i: usize| ends[i].2.as_ref().map_or(given[i], |end| end.value);
    let fault = ProblemFault::BoundaryValues {
        differs,
        example: format!("boundary_values = [{:.4}, {:.4}]", expected(0), expected(1)),
    };
    Err(loaded.error(&format!("experiments.{index}"), fault))
}

/// Data continued to an end.
struct End {
    value: f64,
    least: f64,
    largest: f64,
    slack: f64,
}

impl End {
    /// From the three points nearest to `end`, nearest first.
    fn new(x: &[f64], u: &[f64], end: f64, sd: f64) -> Option<Self> {
        if x.len() < 4 {
            return None;
        }
        let mut continued = Vec::new();
        let mut gain: f64 = 1.0;
        for degree in 0..=2 {
            let weight = |j: usize| {
                let others = (0..=degree).filter(|&k| k != j);
                others.map(|k| (end - x[k]) / (x[j] - x[k])).product::<f64>()
            };
            continued.push((0..=degree).map(|j| weight(j) * u[j]).sum::<f64>());
            gain = gain.max((0..=degree).map(|j| weight(j).powi(2)).sum());
        }
        let ends_of = |values: &[f64]| {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            (least, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        };
        let ((least, largest), (bottom, top)) = (ends_of(&continued), ends_of(u));
        let range = top - bottom;
        let spread = SPREAD * (largest - least) + RANGE * range + CHANCE * sd * gain.sqrt();
        let is_near = (x[0] - end).abs() <= NEAR * (x[x.len() - 1] - end).abs();
        let slack = if is_near { spread.min(RANGES * range + CHANCE * sd) } else { spread };
        Some(Self { value: continued[1], least, largest, slack })
    }

    fn contradicts(&self, given: f64) -> bool {
        given < self.least - self.slack || given > self.largest + self.slack
    }
}
