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
    let mut figure = Figure::new(title.as_str(), x);
    let mut caption = format!("{title}: {}.", f.surrogate);
    if let Some(truth) = &f.truth {
        let error: Vec<f64> = f.values.iter().zip(truth).map(|(a, b)| a - b).collect();
        let main = Panel::main(y)
            .series(Series::thick(Ink::Truth, &f.x, truth).label("truth"))
            .series(recovered.label("recovered"));
        let below = Panel::residual(Axis::vertical("error", Scale::Linear))
            .series(Series::level(Ink::Axis, &f.x, 0.0))
            .series(Series::line(Ink::Difference, &f.x, &error));
        figure = figure.panel(main).panel(below);
        caption.push_str(" Below: recovered − truth.");
    } else {
        figure = figure.panel(Panel::single(y).series(recovered.label("recovered")));
    }
    if let Some(error) = f.relative_l2_error {
        caption.push_str(&format!(" Relative L² error {}.", significant(error, 2)));
    }
    if f.gauge {
        caption.push_str(" Determined up to a constant and shown with zero mean.");
    }
    Illustration::new(format!("function-{}", file_part(&f.name)), &figure, caption).map(Some)
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
