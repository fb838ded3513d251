//! The figure of `branches.md`: diagrams of W = −cos x − r cos 2x for r = 0.3 and r = 0.8, and of
//! the built-in example *branches*. Solid: stable; dashed: unstable.

use std::io;

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use super::Curve;
use super::places::Places;
use super::resonance::Resonance;

const STABLE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const UNSTABLE: RGBColor = RGBColor(0x1A, 0x1A, 0x1A);
const FOLD: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
const TEXT: RGBColor = RGBColor(0x33, 0x33, 0x33);
const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
const FONT: &str = "Helvetica, Arial, Liberation Sans, sans-serif";
/// Canvas units, twice the pixels at which the figure is read.
const HEIGHT: u32 = 640;
const PANEL: u32 = 620;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Three panels.
///
/// # Errors
/// If it cannot be drawn.
pub(super) fn draw(resonance: &[Resonance], places: &Places) -> io::Result<String> {
    let mut panels: Vec<(String, &[Curve])> = resonance
        .iter()
        .take(2)
        .map(|r| (format!("W = −cos x − {} cos 2x", r.ratio), &r.curves[..]))
        .collect();
    panels.push(("example branches".into(), &places.curves));
    let mut svg = String::new();
    {
        let size = (PANEL * panels.len() as u32, HEIGHT);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        for (area, (title, curves)) in root.split_evenly((1, panels.len())).iter().zip(&panels) {
            panel(area, title, curves)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

fn panel(area: &Area<'_>, title: &str, curves: &[Curve]) -> io::Result<()> {
    let text = |size: u32| (FONT, size).into_font().color(&TEXT);
    let range = |of: fn(&Curve) -> &Vec<f64>| {
        let all = curves.iter().flat_map(of);
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &v| (a.min(v), b.max(v)))
    };
    let (left, right) = range(|c| &c.parameter);
    let (low, high) = range(|c| &c.norm);
    let margin = 0.05 * (high - low);
    let mut chart = ChartBuilder::on(area)
        .caption(title, text(26))
        .margin(12)
        .margin_right(28)
        .x_label_area_size(64)
        .y_label_area_size(90)
        .build_cartesian_2d(left..right, low - margin..high + margin)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .max_light_lines(0)
        .axis_style(TEXT)
        .label_style(text(22))
        .axis_desc_style(text(24))
        .x_desc("coupling κ")
        .y_desc("‖u − ū‖")
        .x_labels(6)
        .y_labels(6)
        .draw()
        .map_err(failed)?;
    for curve in curves {
        for run in runs(curve) {
            let points: Vec<(f64, f64)> =
                (run.from..=run.to).map(|i| (curve.parameter[i], curve.norm[i])).collect();
            if run.stable {
                let line = PathElement::new(points, STABLE.stroke_width(3));
                chart.draw_series([line]).map_err(failed)?;
            } else {
                let line = DashedPathElement::new(points, 10, 7, UNSTABLE.stroke_width(2));
                chart.draw_series([line]).map_err(failed)?;
            }
        }
    }
    for curve in curves {
        let at = |wanted: &'static str| {
            (0..curve.event.len())
                .filter(move |&i| curve.event[i] == wanted)
                .map(|i| (curve.parameter[i], curve.norm[i]))
        };
        let folds = at("fold").map(|p| Circle::new(p, 6, FOLD.stroke_width(3)));
        chart.draw_series(folds).map_err(failed)?;
        let points = at("branch-point").map(|p| Circle::new(p, 5, UNSTABLE.filled()));
        chart.draw_series(points).map_err(failed)?;
    }
    Ok(())
}

/// Neighbouring states of one stability.
struct Run {
    from: usize,
    to: usize,
    stable: bool,
}

/// At folds and branch points an eigenvalue is zero: their neighbours decide.
fn runs(curve: &Curve) -> Vec<Run> {
    let critical = |i: usize| matches!(curve.event[i], "fold" | "branch-point" | "hopf");
    let mut runs: Vec<Run> = Vec::new();
    for i in 1..curve.parameter.len() {
        let decides = if critical(i) && !critical(i - 1) { i - 1 } else { i };
        let stable = curve.unstable[decides] == 0;
        match runs.last_mut() {
            Some(run) if run.stable == stable => run.to = i,
            _ => runs.push(Run { from: i - 1, to: i, stable }),
        }
    }
    runs
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
