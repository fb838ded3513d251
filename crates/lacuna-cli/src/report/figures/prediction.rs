//! Predictions: a steady state with its band, or a transient at some times with its free energy.

use std::io;

use lacuna::{Predicted, Prediction};

use super::{Illustration, Section, file_part};
use crate::report::number::significant;
use crate::report::plot::{Axis, Figure, Ink, Panel, Scale, Series};

/// Times drawn of a transient, the first and the last among them.
const CURVES: usize = 5;

/// All figures.
pub fn sections(predictions: &[Prediction]) -> io::Result<Vec<Section>> {
    let mut states = Vec::new();
    let mut energies = Vec::new();
    for prediction in predictions {
        states.push(draw(prediction)?);
        energies.extend(energy(prediction)?);
    }
    let mut sections = vec![
        Section { heading: "States", illustrations: states },
        Section { heading: "Free energy", illustrations: energies },
    ];
    sections.retain(|section| !section.illustrations.is_empty());
    Ok(sections)
}

fn conditions(prediction: &Prediction) -> String {
    let words: Vec<String> =
        prediction.conditions.iter().map(|(n, v)| format!("{n} = {v}")).collect();
    words.join(", ")
}

fn draw(prediction: &Prediction) -> io::Result<Illustration> {
    let title = format!("Prediction {}", prediction.name);
    let mut panel = Panel::single(Axis::vertical("state u", Scale::Linear));
    let x = &prediction.x;
    let caption = match &prediction.outcome {
        Predicted::State { u, band, from, .. } => {
            let band = band.as_ref().map(|band| {
                Series::band(Ink::Recovered, x, &band.lower, &band.upper).label("95 %")
            });
            panel = panel.all(band).series(Series::line(Ink::Recovered, x, u).label("predicted"));
            let stable = prediction.stability.as_ref().map(|s| s.is_stable());
            let kind = match stable {
                Some(true) => "stable ",
                Some(false) => "unstable ",
                None => "",
            };
            let conditions = conditions(prediction);
            format!("{title} ({conditions}): the {kind}steady state, found from {from}.")
        }
        Predicted::Transient { t, u, bands, .. } => {
            let last = t.len().saturating_sub(1);
            let mut drawn: Vec<usize> =
                (0..CURVES).map(|i| i * last / (CURVES - 1).max(1)).collect();
            drawn.dedup();
            let end = bands.get(last).map(|band| {
                Series::band(Ink::Recovered, x, &band.lower, &band.upper).label("95 % at the end")
            });
            panel = panel.all(end);
            for &i in &drawn {
                let (ink, label) = match i {
                    0 => (Ink::Observed, "start"),
                    i if i == last => (Ink::Recovered, "end"),
                    _ => (Ink::Other, "between"),
                };
                panel = panel.series(Series::line(ink, x, &u[i]).label(label));
            }
            let times: Vec<String> = drawn.iter().map(|&i| significant(t[i], 3)).collect();
            let (times, conditions) = (times.join(", "), conditions(prediction));
            format!("{title} ({conditions}): the state at the times {times}.")
        }
    };
    let figure = Figure::new(title, Axis::horizontal("position x", Scale::Linear)).panel(panel);
    Illustration::new(format!("prediction-{}", file_part(&prediction.name)), &figure, caption)
}

fn energy(prediction: &Prediction) -> io::Result<Option<Illustration>> {
    let Predicted::Transient { steps, .. } = &prediction.outcome else { return Ok(None) };
    let times: Vec<f64> = steps.iter().map(|step| step.time).collect();
    let energies: Vec<f64> = steps.iter().filter_map(|step| step.free_energy).collect();
    if energies.len() != times.len() || times.len() < 2 {
        return Ok(None);
    }
    let title = format!("Free energy of prediction {}", prediction.name);
    let panel = Panel::single(Axis::vertical("free energy E", Scale::Linear)).series(Series::line(
        Ink::Recovered,
        &times,
        &energies,
    ));
    let caption = format!(
        "{title}: E at every time step. It fell by {}.",
        significant(energies[0] - energies[energies.len() - 1], 3)
    );
    let figure = Figure::new(title, Axis::horizontal("time t", Scale::Linear)).panel(panel);
    Illustration::new(format!("energy-{}", file_part(&prediction.name)), &figure, caption).map(Some)
}
