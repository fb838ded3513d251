//! Axes fitted to data, with a few round ticks, as `plotters` wants them.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::report::number::{power_of_ten, signed};

/// A labelled position on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, in the axis' own coordinate.
    pub at: f64,
    /// Its text.
    pub text: String,
}

impl Tick {
    fn new(at: f64, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { at, text }
    }
}

/// An axis with its range and ticks, in log₁₀ when logarithmic.
#[derive(Clone, Debug)]
pub struct Ruler {
    /// The quantity, with the power of ten taken out of its ticks.
    pub label: String,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Its ticks, all inside.
    pub ticks: Vec<Tick>,
    log: bool,
}

impl Ruler {
    /// The coordinate of a value.
    pub fn coordinate(&self, value: f64) -> f64 {
        match self.log {
            false => value,
            true if value.is_nan() => f64::NAN,
            true if value <= 0.0 => self.lower,
            true => value.log10().max(self.lower),
        }
    }

    /// A proportional axis; a symmetric one has ticks at zero and at ± one number.
    pub fn linear(label: &str, lower: f64, upper: f64, symmetric: bool) -> Self {
        let size = lower.abs().max(upper.abs());
        let exponent = size.log10().floor() as i32;
        let exponent = if (-2..4).contains(&exponent) { 0 } else { exponent };
        let unit = 10f64.powi(exponent);
        let step = if symmetric { symmetric_step(upper) } else { round_step(lower, upper, 4) };
        let (lower, upper) = (reach(lower, upper, step), -reach(-upper, -lower, step));
        let decimals = decimals(step / unit);
        let ticks = multiples(step, lower, upper)
            .map(|at| Tick::new(at, signed(at / unit, decimals)))
            .collect();
        let label = match exponent {
            0 => label.to_owned(),
            _ => format!("{label} ({})", power_of_ten(exponent)),
        };
        Self { label, lower, upper, ticks, log: false }
    }

    /// A proportional axis with ticks at integers.
    pub fn counts(label: &str, lower: f64, upper: f64) -> Self {
        let few = upper - lower <= 10.0;
        let step = if few { 1.0 } else { round_step(lower, upper, 4).max(1.0) };
        let ticks = multiples(step, lower, upper).map(|at| Tick::new(at, signed(at, 0))).collect();
        Self { label: label.to_owned(), lower, upper, ticks, log: false }
    }

    /// A logarithmic axis between 10^`lower` and 10^`upper`.
    pub fn decades(label: &str, lower: f64, upper: f64) -> Self {
        let (first, last) = (lower.ceil() as i32, upper.floor() as i32);
        let ticks = if last - first >= 2 {
            let step = (last - first + 1).div_euclid(6).max(1);
            let whole = (first..=last).filter(|e| e.rem_euclid(step) == 0);
            whole.map(|e| Tick::new(f64::from(e), power_of_ten(e))).collect()
        } else {
            let fine = (first - 1..=last).flat_map(|e| [1, 2, 5].map(|m| (m, e)));
            fine.map(|(m, e)| {
                let at = f64::from(m).log10() + f64::from(e);
                let times = if m == 1 { String::new() } else { format!("{m}×") };
                Tick::new(at, times + &power_of_ten(e))
            })
            .filter(|tick| (lower..=upper).contains(&tick.at))
            .collect()
        };
        Self { label: label.to_owned(), lower, upper, ticks, log: true }
    }
}

impl Ranged for Ruler {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.lower) / (self.upper - self.lower);
        from + (share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|tick| tick.at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.lower..self.upper
    }
}

impl ValueFormatter<f64> for Ruler {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|t| t.at == *value).map_or_else(String::new, |t| t.text.clone())
    }
}

fn multiples(step: f64, lower: f64, upper: f64) -> impl Iterator<Item = f64> {
    let slack = 1e-9 * (upper - lower);
    let (first, last) = (((lower - slack) / step).ceil(), ((upper + slack) / step).floor());
    let count = if last >= first { (last - first).min(50.0) as usize + 1 } else { 0 };
    (0..count).map(move |i| (first + i as f64) * step).map(|v| if v == 0.0 { 0.0 } else { v })
}

/// The lower end, moved to the next multiple of `step` if that is very near: nodes at the centres
/// of cells stop just short of the ends of the domain.
fn reach(lower: f64, upper: f64, step: f64) -> f64 {
    let multiple = (lower / step).floor() * step;
    if lower - multiple < 0.02 * (upper - lower) { multiple } else { lower }
}

/// The largest step of 1, 2 or 5 times a power of ten with at least `least` multiples inside.
fn round_step(lower: f64, upper: f64, least: usize) -> f64 {
    let start = (upper - lower).log10().ceil() as i32;
    (0..4)
        .flat_map(|k| [5.0, 2.0, 1.0].map(|m| m * 10f64.powi(start - k)))
        .find(|step| multiples(*step, lower, upper).count() >= least)
        .unwrap_or((upper - lower) / least as f64)
}

/// The largest round number up to `upper`: ticks are then at it, at zero and at its negative.
fn symmetric_step(upper: f64) -> f64 {
    let power = 10f64.powi(upper.log10().floor() as i32);
    let round = [8.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.5, 1.0].map(|m| m * power);
    round.into_iter().find(|step| *step <= upper).unwrap_or(upper)
}

fn decimals(step: f64) -> usize {
    (0..12)
        .find(|d| {
            let scaled = step * 10f64.powi(*d);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.abs()
        })
        .unwrap_or(12) as usize
}
