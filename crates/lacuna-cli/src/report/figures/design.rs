//! A design: its points on the states, each unknown with its predicted band before and after, and the
//! criterion against the number of measurements with the bound.

use std::io;

use lacuna::identify::BAND;
use lacuna::{Argument, Designed, DesignedExperiment, DesignedUnknown};

use super::{Illustration, Section, file_part, make_files_unique, sentence};
use crate::report::number::{count, significant};
use crate::report::plot::{Axis, Figure, Ink, Panel, Scale, Series};

/// The figures, in the order of the report.
pub fn sections(designed: &Designed) -> io::Result<Vec<Section>> {
    let states = designed.experiments.iter().filter(|e| e.points > 0).map(state);
    let functions = designed.unknowns.iter().filter(|u| u.argument != Argument::None);
    let mut sections = vec![
        Section {
            heading: "Where to measure",
            illustrations: states.collect::<io::Result<Vec<_>>>()?,
        },
        Section {
            heading: "What to expect",
            illustrations: functions.map(function).collect::<io::Result<Vec<_>>>()?,
        },
        Section { heading: "Gain", illustrations: vec![gain(designed)?] },
    ];
    make_files_unique(&mut sections);
    sections.retain(|section| !section.illustrations.is_empty());
    Ok(sections)
}

fn state(e: &DesignedExperiment) -> io::Result<Illustration> {
    let title = format!("Experiment {}", e.name);
    let data = (!e.data_x.is_empty())
        .then(|| Series::dots(Ink::Other, 2.0, &e.data_x, &e.data_u).label("measured"));
    let panel = Panel::single(Axis::vertical("state u", Scale::Linear))
        .series(Series::band(Ink::Observed, &e.x, &e.lowest, &e.highest).label("truths"))
        .series(Series::line(Ink::Recovered, &e.x, &e.state).label("first"))
        .all(data)
        .series(Series::dots(Ink::Chosen, 3.2, &e.chosen, &e.chosen_u).label("to measure"));
    let figure =
        Figure::new(title.as_str(), Axis::horizontal("position x", Scale::Linear)).panel(panel);
    let conditions: Vec<String> =
        e.conditions.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let caption = format!(
        "{title} ({}): {} to make, drawn on the state at the first of the plausible truths; the band \
         spans the states of all of them.",
        conditions.join(", "),
        count(e.points, "measurement"),
    );
    Illustration::new(format!("design-state-{}", file_part(&e.name)), &figure, caption)
}

fn function(u: &DesignedUnknown) -> io::Result<Illustration> {
    let argument = if u.argument == Argument::Displacement { "r" } else { "x" };
    let title = format!("{} {}", sentence(u.description), u.name);
    let band = |sd: &[f64], sign: f64| -> Vec<f64> {
        let at = |(value, sd): (&f64, &f64)| {
            let reach = sign * BAND * sd;
            if u.positive { value * reach.exp() } else { value + reach }
        };
        u.nominal.iter().zip(sd).map(at).collect()
    };
    let series = |ink, sd: &[f64]| Series::band(ink, &u.x, &band(sd, -1.0), &band(sd, 1.0));
    let panel = Panel::single(Axis::vertical(format!("{}({argument})", u.name), Scale::Linear))
        .series(series(Ink::Other, &u.sd_before).label("now"))
        .series(series(Ink::Chosen, &u.sd).label("with the design"))
        .series(Series::line(Ink::Recovered, &u.x, &u.nominal).label("first"));
    let figure =
        Figure::new(title.as_str(), Axis::horizontal(argument, Scale::Linear)).panel(panel);
    let caption = format!(
        "{title}: predicted 95 % bands at the first of the plausible truths. Over all of them the band \
         is {} of the scale of {} now, and {} with the design.",
        significant(u.relative_band.before, 2),
        u.name,
        significant(u.relative_band.after, 2),
    );
    Illustration::new(format!("design-{}", file_part(&u.name)), &figure, caption)
}

fn gain(designed: &Designed) -> io::Result<Illustration> {
    let n: Vec<f64> = (0..designed.gain.len()).map(|n| n as f64).collect();
    let criterion = &designed.criterion;
    let positive = designed.gain.iter().chain(&criterion.bound).all(|v| *v > 0.0);
    let scale = if positive { Scale::Log } else { Scale::Linear };
    let label = format!("criterion {}", criterion.name);
    let bound = criterion.bound.map(|b| Series::level(Ink::Difference, &n, b).label("bound"));
    let panel = Panel::single(Axis::vertical(label, scale))
        .all(bound)
        .series(Series::line(Ink::Chosen, &n, &designed.gain).label("this design"))
        .series(Series::dots(Ink::Chosen, 1.8, &n, &designed.gain));
    let x = Axis::horizontal("measurements", Scale::Count);
    let figure = Figure::new("Gain of the design", x).panel(panel);
    let bound = match criterion.gap {
        Some(gap) => format!(
            " No design of this budget goes below the line; this one is {} % above it.",
            significant(100.0 * gap, 2)
        ),
        None => String::new(),
    };
    let caption = format!(
        "The criterion ({}) with the first n measurements, in the order in which they gain most.{bound}",
        criterion.meaning
    );
    Illustration::new("design-gain", &figure, caption)
}
