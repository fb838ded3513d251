//! One experiment: the observed state, the predicted one, and predicted − observed.
//!
//! The difference is taken at the points of the data, with the prediction interpolated linearly
//! between nodes, so that noise and misfit can be told apart.

use std::io;

use lacuna::{FittedState, MeasuredState};

use super::{Illustration, file_part};
use crate::report::number::{count, significant};
use crate::report::plot::{Axis, Figure, Ink, Panel, Scale, Series};

/// The figure of one experiment.
pub fn draw(state: &FittedState) -> io::Result<Option<Illustration>> {
    let observation = Observation::of(state);
    let title = format!("Experiment {}", state.name);
    let finite = |u: &&Vec<f64>| u.iter().any(|u| u.is_finite());
    let (panels, finding) = match state.predicted.as_ref().filter(finite) {
        Some(predicted) => (compare(state, &observation, predicted), misfit(state)),
        None => (observe(&observation), missing(state)),
    };
    let caption = format!("{title} ({}). {finding}", subtitle(state));
    let x = Axis::horizontal("position x", Scale::Linear);
    let figure = panels.into_iter().fold(Figure::new(title, x), Figure::panel);
    let file = format!("state-{}", file_part(&state.name));
    Illustration::new(file, &figure, caption).map(Some)
}

fn observe(observation: &Observation<'_>) -> Vec<Panel> {
    let y = Axis::vertical("state u", Scale::Linear);
    vec![Panel::single(y).series(observation.series().label("observed"))]
}

fn compare(state: &FittedState, observation: &Observation<'_>, predicted: &[f64]) -> Vec<Panel> {
    let mut y = Axis::vertical("state u", Scale::Linear);
    if let Some((lower, upper)) = range_of_interest(observation, predicted) {
        y = y.limits(lower, upper);
    }
    let band = state
        .band
        .as_ref()
        .map(|band| Series::band(Ink::Recovered, &state.x, &band.lower, &band.upper).label("95 %"));
    let above = Panel::main(y)
        .all(band)
        .all(observation.is_shown().then(|| observation.series().label("observed")))
        .series(Series::line(Ink::Recovered, &state.x, predicted).label("predicted"));
    let below = Panel::residual(Axis::vertical("residual", Scale::Linear))
        .series(Series::level(Ink::Axis, observation.x, 0.0))
        .series(observation.difference(&state.x, predicted));
    if observation.is_shown() { vec![above, below] } else { vec![above] }
}

fn misfit(state: &FittedState) -> String {
    if let Some(measured) = &state.measured {
        return in_units_of_noise(measured);
    }
    let size =
        state.relative_l2_misfit.map(|m| format!(" Relative L² misfit {}.", significant(m, 2)));
    format!(
        "Predicted: the steady state of the recovered equation. Below: predicted − observed.{}",
        size.unwrap_or_default()
    )
}

fn in_units_of_noise(measured: &MeasuredState) -> String {
    let what = match measured.kind {
        "positions" => {
            "Observed: a histogram of the positions, for the eye only; the fit uses every \
                        position."
        }
        "counts" => "Observed: counts per length, scaled to the mass of the state.",
        "functionals" => "Functionals of the state have no place and are not drawn.",
        _ => "Below: predicted − observed.",
    };
    let noise = match (measured.noise, measured.mean_square_residual) {
        (Some(noise), _) => format!(" Noise found to be {}.", significant(noise, 2)),
        (None, Some(square)) => {
            format!(" Mean square residual {} of the noise.", significant(square, 2))
        }
        (None, None) => String::new(),
    };
    format!("Predicted: the steady state of the recovered equation. {what}{noise}")
}

fn missing(state: &FittedState) -> String {
    let reason = state.predicted_stop.filter(|stop| !stop.is_converged());
    let reason = reason.map(|stop| format!(": the search {stop}"));
    format!("No steady state of the recovered equation was found{}.", reason.unwrap_or_default())
}

fn subtitle(state: &FittedState) -> String {
    let mut parts = Vec::new();
    parts.extend((!state.source.is_empty()).then(|| state.source.clone()));
    let what = state.measured.as_ref().map(|m| format!("{} {}", m.count, m.kind));
    let points = || (!state.data_x.is_empty()).then(|| count(state.data_x.len(), "point"));
    parts.extend(what.or_else(points));
    parts.extend(state.conditions.iter().map(|(name, value)| format!("{name} = {value}")));
    parts.join(", ")
}

/// The data as read, or the state at the nodes when there are no values in the data.
struct Observation<'a> {
    x: &'a [f64],
    u: &'a [f64],
}

impl<'a> Observation<'a> {
    fn of(state: &'a FittedState) -> Self {
        if state.measured.is_none()
            && (state.data_x.is_empty() || state.data_x.len() != state.data_u.len())
        {
            Self { x: &state.x, u: &state.observed }
        } else {
            Self { x: &state.data_x, u: &state.data_u }
        }
    }

    /// Whether there is something to draw: functionals of the state have no place.
    fn is_shown(&self) -> bool {
        !self.x.is_empty()
    }

    fn series(&self) -> Series {
        if self.is_smooth() {
            Series::thick(Ink::Observed, self.x, self.u)
        } else {
            Series::dots(Ink::Observed, if self.x.len() > 100 { 1.6 } else { 2.3 }, self.x, self.u)
        }
    }

    /// Whether the data are dense and free of noise: half of their second differences are below
    /// 1 % of their range.
    fn is_smooth(&self) -> bool {
        let sorted = self.x.windows(2).all(|pair| pair[0] < pair[1]);
        if !sorted || self.x.len() < 100 {
            return false;
        }
        let mut bends: Vec<f64> =
            self.u.windows(3).map(|u| (u[0] - 2.0 * u[1] + u[2]).abs()).collect();
        bends.sort_by(f64::total_cmp);
        let (lower, upper) = range(self.u);
        bends[bends.len() / 2] <= 0.01 * (upper - lower)
    }

    fn difference(&self, nodes: &[f64], predicted: &[f64]) -> Series {
        let difference: Vec<f64> = self
            .x
            .iter()
            .zip(self.u)
            .map(|(x, u)| interpolate(nodes, predicted, *x).map_or(f64::NAN, |p| p - u))
            .collect();
        if self.is_smooth() {
            Series::line(Ink::Difference, self.x, &difference)
        } else {
            Series::dots(Ink::Difference, 1.6, self.x, &difference)
        }
    }
}

/// Linear between nodes, and up to one cell beyond the ends.
fn interpolate(nodes: &[f64], values: &[f64], x: f64) -> Option<f64> {
    let n = nodes.len().min(values.len());
    if n < 2 || !x.is_finite() {
        return None;
    }
    let left = nodes[..n].partition_point(|node| *node <= x).clamp(1, n - 1) - 1;
    let t = (x - nodes[left]) / (nodes[left + 1] - nodes[left]);
    (-1.0..=2.0).contains(&t).then(|| values[left] + t * (values[left + 1] - values[left]))
}

/// The range of the data, and of a prediction as far as it leaves the data readable.
fn range_of_interest(data: &Observation<'_>, predicted: &[f64]) -> Option<(f64, f64)> {
    let (low, high) = range(data.u);
    let (lowest, highest) = range(predicted);
    let size = high - low;
    let runs_away = lowest < low - size || highest > high + size;
    (size > 0.0 && runs_away).then(|| (lowest.max(low - size), highest.min(high + size)))
}

fn range(values: &[f64]) -> (f64, f64) {
    let finite = values.iter().copied().filter(|v| v.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
}
