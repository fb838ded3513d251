//! The figure of `designs.md`: where the points of the first case lie on its state, and the errors of
//! all data sets, sorted.

use std::io;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::trial::Compared;

const DESIGNED: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const EQUAL: RGBColor = RGBColor(0xE6, 0x9F, 0x00);
const STATE: RGBColor = RGBColor(0x1A, 0x1A, 0x1A);
const TEXT: RGBColor = RGBColor(0x33, 0x33, 0x33);
const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
const FONT: &str = "Helvetica, Arial, Liberation Sans, sans-serif";
/// Canvas units, twice the pixels at which the figure is read.
const SIZE: (u32, u32) = (1440, 600);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Points on the left, errors on the right.
///
/// # Errors
/// If it cannot be drawn.
pub fn draw(compared: &Compared) -> io::Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        let areas = root.split_evenly((1, 2));
        points(&areas[0], compared)?;
        errors(&areas[1], compared)?;
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

fn text(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&TEXT)
}

fn points(area: &Area<'_>, compared: &Compared) -> io::Result<()> {
    let shown = &compared.shown;
    let highest = shown.state.iter().copied().fold(0.0, f64::max);
    let (left, right) = (shown.x[0], shown.x[shown.x.len() - 1]);
    // Below the state: one row of marks a set of points.
    let mut chart = ChartBuilder::on(area)
        .caption(format!("{}: state and points", compared.name), text(28))
        .margin(12)
        .margin_right(28)
        .x_label_area_size(64)
        .y_label_area_size(100)
        .build_cartesian_2d(left..right, -0.25 * highest..1.05 * highest)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .max_light_lines(0)
        .axis_style(TEXT)
        .label_style(text(22))
        .axis_desc_style(text(24))
        .x_desc("x")
        .draw()
        .map_err(failed)?;
    let curve = shown.x.iter().copied().zip(shown.state.iter().copied());
    chart.draw_series(LineSeries::new(curve, STATE.stroke_width(3))).map_err(failed)?;
    let rows = [
        ("designed", &shown.designed, DESIGNED, -0.08),
        ("equally spaced", &shown.equally_spaced, EQUAL, -0.18),
    ];
    for (label, x, colour, row) in rows {
        let marks = x.iter().map(|&x| Circle::new((x, row * highest), 6, colour.filled()));
        chart
            .draw_series(marks)
            .map_err(failed)?
            .label(label)
            .legend(move |(x, y)| Circle::new((x + 12, y), 6, colour.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .label_font(text(21))
        .draw()
        .map_err(failed)
}

fn errors(area: &Area<'_>, compared: &Compared) -> io::Result<()> {
    let sorted = |errors: &[f64]| -> Vec<f64> {
        let mut errors: Vec<f64> = errors.iter().copied().filter(|e| e.is_finite()).collect();
        errors.sort_by(f64::total_cmp);
        errors
    };
    let sets = [
        ("designed", sorted(&compared.designed), DESIGNED),
        ("equally spaced", sorted(&compared.equally_spaced), EQUAL),
    ];
    let all = || sets.iter().flat_map(|(_, errors, _)| errors.iter().copied());
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::MIN_POSITIVE, f64::max);
    let n = compared.designed.len() as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(format!("errors of {}, sorted", compared.unknown), text(28))
        .margin(12)
        .margin_right(28)
        .x_label_area_size(64)
        .y_label_area_size(100)
        .build_cartesian_2d(0.0..n + 1.0, (0.8 * low..1.2 * high).log_scale())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .max_light_lines(0)
        .axis_style(TEXT)
        .label_style(text(22))
        .axis_desc_style(text(24))
        .x_desc("data set")
        .y_desc("relative L² error")
        .draw()
        .map_err(failed)?;
    for (label, errors, colour) in &sets {
        let marks = errors.iter().enumerate();
        let marks = marks.map(|(i, &e)| Circle::new((i as f64 + 1.0, e), 5, colour.filled()));
        let colour = *colour;
        chart
            .draw_series(marks)
            .map_err(failed)?
            .label(*label)
            .legend(move |(x, y)| Circle::new((x + 12, y), 6, colour.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .label_font(text(21))
        .draw()
        .map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
