//! What a diagnosis found: each unknown with its band before and after the data and the change that the
//! data see least of, the spectrum of the sensitivity operator, and a kernel mode by mode.

use std::io;

use lacuna::identify::BAND;
use lacuna::{Argument, Diagnosed, ExaminedUnknown};

use super::{Illustration, Section, file_part, sentence};
use crate::report::number::significant;
use crate::report::plot::{Axis, Figure, Ink, Panel, Scale, Series};

/// Singular values so small are drawn at the lower edge.
const SMALLEST: f64 = 1e-8;

/// The figures, under one heading.
pub fn section(diagnosed: &Diagnosed) -> io::Result<Section> {
    let mut illustrations = Vec::new();
    for (a, unknown) in diagnosed.unknowns.iter().enumerate() {
        if unknown.argument != Argument::None {
            illustrations.push(function(diagnosed, a)?);
        }
    }
    illustrations.push(spectrum(diagnosed)?);
    illustrations.extend(modes(diagnosed)?);
    Ok(Section { heading: "What the data determine", illustrations })
}

fn function(diagnosed: &Diagnosed, a: usize) -> io::Result<Illustration> {
    let u = &diagnosed.unknowns[a];
    let argument = if u.argument == Argument::Displacement { "r" } else { "x" };
    let title = format!("{} {}: {}", sentence(u.description), u.name, u.joint.verdict);
    let x = Axis::horizontal(argument, Scale::Linear);
    let band = |sd: &[f64], sign: f64| -> Vec<f64> {
        let at = |(value, sd): (&f64, &f64)| {
            let reach = sign * BAND * sd;
            if u.positive { value * reach.exp() } else { value + reach }
        };
        u.nominal.iter().zip(sd).map(at).collect()
    };
    // The prior of the logarithm of a positive function would dwarf what is to be seen.
    let before = (!u.positive).then(|| {
        Series::band(Ink::Other, &u.x, &band(&u.prior_sd, -1.0), &band(&u.prior_sd, 1.0))
            .label("before")
    });
    let after = Series::band(Ink::Recovered, &u.x, &band(&u.sd, -1.0), &band(&u.sd, 1.0));
    let main = Panel::main(Axis::vertical(format!("{}({argument})", u.name), Scale::Linear))
        .all(before)
        .series(after.label("after the data"))
        .series(Series::line(Ink::Recovered, &u.x, &u.nominal).label("nominal"));
    let what = if u.positive { "change of ln" } else { "change" };
    let below = Panel::residual(Axis::vertical(what, Scale::Linear))
        .series(Series::level(Ink::Axis, &u.x, 0.0))
        .series(Series::line(Ink::Difference, &u.x, &u.weakest[a]));
    let figure = Figure::new(title.as_str(), x).panel(main).panel(below);
    Illustration::new(format!("diagnosis-{}", file_part(&u.name)), &figure, caption(u, &title))
}

fn caption(u: &ExaminedUnknown, title: &str) -> String {
    let below = if u.joint.unseen > u.joint.relative_band.min(0.1) && !u.reasons.is_empty() {
        "a change that leaves every prediction as it is"
    } else {
        "the change that the data see least of, one standard deviation"
    };
    format!(
        "{title}. Predicted 95 % bands; after the data {} of the scale {}. Below: {below}.",
        significant(u.joint.relative_band, 2),
        significant(u.scale, 2)
    )
}

fn spectrum(diagnosed: &Diagnosed) -> io::Result<Illustration> {
    let rank: Vec<f64> = (1..=diagnosed.spectrum.len()).map(|k| k as f64).collect();
    let values: Vec<f64> = diagnosed.spectrum.iter().map(|s| s.max(SMALLEST)).collect();
    let title = "Spectrum of the sensitivity operator";
    let panel = Panel::single(Axis::vertical("signal / noise", Scale::Log))
        .series(Series::level(Ink::Axis, &rank, 1.0))
        .series(Series::dots(Ink::Chosen, 2.4, &rank, &values));
    let end = rank.len().max(1) as f64 + 0.5;
    let x = Axis::horizontal("direction", Scale::Count).limits(0.5, end);
    let figure = Figure::new(title, x).panel(panel);
    let caption = format!(
        "{title}: what each direction of the unknowns, one prior standard deviation long, does to the \
         data in units of their noise. Above the line the data determine it: {} of {}.",
        diagnosed.joint.directions, diagnosed.of
    );
    Illustration::new("diagnosis-spectrum", &figure, caption)
}

fn modes(diagnosed: &Diagnosed) -> io::Result<Option<Illustration>> {
    let Some(modes) = diagnosed.modes.as_ref().filter(|m| m.rows.len() > 1) else {
        return Ok(None);
    };
    let k: Vec<f64> = modes.rows.iter().map(|m| m.k as f64).collect();
    let of = |value: &dyn Fn(&lacuna::ModeRow) -> f64| -> Vec<f64> {
        modes.rows.iter().map(|m| value(m).max(SMALLEST)).collect()
    };
    let (prior, posterior) = (of(&|m| m.prior_sd), of(&|m| m.posterior_sd));
    let state = of(&|m| m.state_amplitudes.iter().copied().fold(0.0, f64::max));
    let panel = Panel::single(Axis::vertical("relative size", Scale::Log))
        .series(Series::line(Ink::Other, &k, &prior).label("before"))
        .series(Series::dots(Ink::Recovered, 3.0, &k, &posterior).label("after the data"))
        .series(Series::dots(Ink::Observed, 3.0, &k, &state).label("largest û_k"));
    let title = format!("{} mode by mode", modes.unknown);
    let end = k.last().copied().unwrap_or(1.0) + 0.5;
    let figure = Figure::new(title.as_str(), Axis::horizontal("k", Scale::Count).limits(0.5, end))
        .panel(panel);
    let caption = format!(
        "{title}: standard deviation of each Fourier mode relative to the scale of {}, before and after \
         the data, and the largest û_k/M through which it acts.",
        modes.unknown
    );
    Illustration::new("diagnosis-modes", &figure, caption).map(Some)
}
