//! A recovered function f̂ over its domain; with the truth f* also f̂ − f*.

use std::io;

use lacuna::{Argument, RecoveredFunction};

use super::{Illustration, file_part, sentence};
use crate::report::number::significant;
use crate::report::plot::{Axis, Figure, Ink, Panel, Scale, Series};

/// The figure, or nothing for a scalar.
pub fn draw(f: &RecoveredFunction) -> io::Result<Option<Illustration>> {
    let argument = match f.argument {
        Argument::None => return Ok(None),
        Argument::Position => "x",
        Argument::Displacement => "r",
        Argument::State => "u",
    };
    let title = format!("{} {}", sentence(f.description), f.name);
    let x = Axis::horizontal(argument_label(f.argument, argument), Scale::Linear);
    let y = Axis::vertical(format!("{}({argument})", short(&f.name)), Scale::Linear);
    let recovered = Series::line(Ink::Recovered, &f.x, &f.values);
    let behind = behind(f);
    let mut figure = Figure::new(title.as_str(), x);
    let mut caption = format!("{title}: {}.", f.surrogate);
    if let Some(truth) = &f.truth {
        let error: Vec<f64> = f.values.iter().zip(truth).map(|(a, b)| a - b).collect();
        let main = Panel::main(y)
            .all(behind)
            .series(Series::thick(Ink::Truth, &f.x, truth).label("truth"))
            .series(recovered.label("recovered"));
        let below = Panel::residual(Axis::vertical("error", Scale::Linear))
            .series(Series::level(Ink::Axis, &f.x, 0.0))
            .series(Series::line(Ink::Difference, &f.x, &error));
        figure = figure.panel(main).panel(below);
        caption.push_str(" Below: recovered − truth.");
    } else {
        figure = figure.panel(Panel::single(y).all(behind).series(recovered.label("recovered")));
    }
    if let Some(error) = f.relative_l2_error {
        caption.push_str(&format!(" Relative L² error {}.", significant(error, 2)));
    }
    if f.band.is_some() {
        caption.push_str(" Bands: 95 % and 50 %, pointwise.");
    }
    if !f.support.is_empty() {
        caption.push_str(" The bar below marks where there are data.");
    }
    if f.gauge {
        caption.push_str(" Determined up to a constant and shown with zero mean.");
    }
    Illustration::new(format!("function-{}", file_part(&f.name)), &figure, caption).map(Some)
}

/// Bands, and a bar where there are data.
fn behind(f: &RecoveredFunction) -> Vec<Series> {
    let mut series = Vec::new();
    let mut lowest = f.values.iter().copied().fold(f64::INFINITY, f64::min);
    let mut highest = f.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if let Some(band) = &f.band {
        lowest = band.lower.iter().copied().fold(lowest, f64::min);
        highest = band.upper.iter().copied().fold(highest, f64::max);
        series.push(Series::band(Ink::Recovered, &f.x, &band.lower, &band.upper).label("95 %"));
        series.push(Series::band(Ink::Recovered, &f.x, &band.lower_half, &band.upper_half));
    }
    let size = highest - lowest;
    for [from, to] in &f.support {
        let (low, high) = (lowest - 0.06 * size, lowest - 0.03 * size);
        let bar = Series::band(Ink::Observed, &[*from, *to], &[low; 2], &[high; 2]);
        series.push(bar.label("data"));
    }
    series
}

fn argument_label(argument: Argument, symbol: &str) -> String {
    let meaning = match argument {
        Argument::None => "",
        Argument::Position => "position",
        Argument::Displacement => "displacement",
        Argument::State => "state",
    };
    format!("{meaning} {symbol}")
}

/// Names that would not fit along an axis are cut.
fn short(name: &str) -> String {
    match name.char_indices().nth(18) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
