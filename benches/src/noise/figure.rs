//! The figure of `noise.md`: W and V of the given set, true and recovered, with bands of 50 % and
//! 95 %.

use std::io;

use plotters::prelude::*;

use super::given::{Curve, Given};

const RECOVERED: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const TRUTH: RGBColor = RGBColor(0x1A, 0x1A, 0x1A);
const TEXT: RGBColor = RGBColor(0x33, 0x33, 0x33);
const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
const FONT: &str = "Helvetica, Arial, Liberation Sans, sans-serif";
/// Canvas units, twice the pixels at which the figure is read.
const HEIGHT: u32 = 600;
const PANEL: u32 = 720;
/// Half-widths of the bands in standard deviations, and their opacity.
const BANDS: [[f64; 2]; 2] = [[1.96, 0.16], [0.6745, 0.28]];

/// One panel a function.
///
/// # Errors
/// If it cannot be drawn.
pub fn draw(given: &Given) -> io::Result<String> {
    let mut svg = String::new();
    {
        let size = (PANEL * given.curves.len() as u32, HEIGHT);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        let areas = root.split_evenly((1, given.curves.len()));
        for (area, curve) in areas.iter().zip(&given.curves) {
            panel(area, curve)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    curve: &Curve,
) -> io::Result<()> {
    let text = |size: u32| (FONT, size).into_font().color(&TEXT);
    let edge = |z: f64| curve.recovered.iter().zip(&curve.sd).map(move |(v, sd)| v + z * sd);
    let all = || edge(BANDS[0][0]).chain(edge(-BANDS[0][0])).chain(curve.truth.iter().copied());
    let (low, high) =
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let [left, right] = [curve.x[0], curve.x[curve.x.len() - 1]];
    let margin = 0.05 * (high - low);
    let mut chart = ChartBuilder::on(area)
        .caption(curve.function, text(28))
        .margin(12)
        .margin_right(28)
        .x_label_area_size(64)
        .y_label_area_size(100)
        .build_cartesian_2d(left..right, low - margin..high + 4.0 * margin)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .max_light_lines(0)
        .axis_style(TEXT)
        .label_style(text(22))
        .axis_desc_style(text(24))
        .x_desc(if curve.function == "W" { "r" } else { "x" })
        .draw()
        .map_err(failed)?;
    for [z, opacity] in BANDS {
        let upper = curve.x.iter().copied().zip(edge(z));
        let lower = curve.x.iter().copied().zip(edge(-z));
        let outline: Vec<(f64, f64)> =
            upper.chain(lower.collect::<Vec<_>>().into_iter().rev()).collect();
        let fill = RECOVERED.mix(opacity).filled();
        chart.draw_series([Polygon::new(outline, fill)]).map_err(failed)?;
    }
    for (label, values, colour) in [
        ("recovered, bands 50 % and 95 %", &curve.recovered, RECOVERED),
        ("true", &curve.truth, TRUTH),
    ] {
        let points = curve.x.iter().copied().zip(values.iter().copied());
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(3)))
            .map_err(failed)?
            .label(label)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], colour.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperMiddle)
        .background_style(WHITE.mix(0.8))
        .label_font(text(21))
        .draw()
        .map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
