//! Profiles: 2Δφ against the number that is profiled, with the threshold of the 95 % interval and what
//! Laplace's approximation would have been.

use std::io;

use lacuna::identify::BAND;
use lacuna::{Diagnosed, ProfiledNumber};

use super::{Illustration, Section, file_part};
use crate::report::plot::{Axis, Figure, Ink, Mark, Panel, Scale, Series};

/// Quantile of χ² with one degree of freedom at 95 %.
const THRESHOLD: f64 = 3.841_458_820_694_124;
/// How far above the threshold is drawn.
const HEIGHT: f64 = 1.6;
/// Points of the parabola.
const POINTS: usize = 121;

/// The figures, under one heading; none without profiles.
pub fn section(diagnosed: &Diagnosed) -> io::Result<Option<Section>> {
    let mut illustrations = Vec::new();
    for (place, profile) in diagnosed.profiles.iter().enumerate() {
        let before = &diagnosed.profiles[..place];
        let k = before.iter().filter(|p| p.function == profile.function).count() + 1;
        illustrations.push(draw(profile, k)?);
    }
    let found = !illustrations.is_empty();
    Ok(found.then_some(Section { heading: "Profiles", illustrations }))
}

fn draw(profile: &ProfiledNumber, k: usize) -> io::Result<Illustration> {
    let points = &profile.points;
    let top = HEIGHT * THRESHOLD;
    let visible = |y: f64| if y <= top { y } else { f64::NAN };
    let psi = |value: f64| if profile.positive { value.ln() } else { value };
    let sd = (psi(profile.laplace[1]) - psi(profile.value)) / BAND;
    let ends = profile.interval.into_iter().flatten().chain(profile.laplace);
    let all = || points.value.iter().copied().chain(ends.clone());
    let (lower, upper) =
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let x: Vec<f64> =
        (0..POINTS).map(|i| lower + (upper - lower) * i as f64 / (POINTS - 1) as f64).collect();
    let parabola: Vec<f64> =
        x.iter().map(|x| visible(((psi(*x) - psi(profile.value)) / sd).powi(2))).collect();
    let deviance: Vec<f64> = points.deviance.iter().map(|d| visible(*d)).collect();
    let reached: Vec<f64> = profile.interval.into_iter().flatten().collect();
    let panel = Panel::single(Axis::vertical("2Δφ", Scale::Linear).limits(0.0, top))
        .series(Series::level(Ink::Difference, &x, THRESHOLD).label("95 %"))
        .series(Series::thick(Ink::Other, &x, &parabola).label("Laplace"))
        .series(Series::line(Ink::Recovered, &points.value, &deviance).label("profile"))
        .series(Series::dots(Ink::Recovered, 1.8, &points.value, &deviance))
        .series(Series::new(
            Mark::Rings { radius: 4.0 },
            Ink::Chosen,
            &reached,
            &vec![THRESHOLD; reached.len()],
        ));
    let title = format!("Profile of {}", profile.quantity);
    let axis = Axis::horizontal(profile.quantity.as_str(), Scale::Linear).limits(lower, upper);
    let figure = Figure::new(title.as_str(), axis).panel(panel);
    let caption = format!(
        "{title}: how much less probable the best fit becomes when this number is held fixed. {}.",
        profile.text
    );
    Illustration::new(format!("profile-{}-{k}", file_part(&profile.function)), &figure, caption)
}
