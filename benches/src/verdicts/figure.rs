//! The figure of `verdicts.md`: some pairs of functions that the data cannot tell apart.

use std::io;

use plotters::prelude::*;

use super::Results;
use super::pair::{Pair, TwoFunctions};

/// Designs and unknowns that are shown, as far as they were run.
const SHOWN: [[&str; 2]; 8] = [
    ["pair-one-state", "W"],
    ["kernel-half-period", "W"],
    ["pair-push-by-half-a-period", "W"],
    ["diffusion-and-kernel-symmetric", "W"],
    ["potential-half-unobserved", "V"],
    ["potential-depleted", "V"],
    ["conductivity-monotone-state", "a"],
    ["rate-where-nobody-is", "k"],
];
const COLUMNS: usize = 4;
const FIRST: RGBColor = RGBColor(0x1A, 0x1A, 0x1A);
const SECOND: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
const TEXT: RGBColor = RGBColor(0x33, 0x33, 0x33);
const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
const FONT: &str = "Helvetica, Arial, Liberation Sans, sans-serif";
/// Canvas units of a panel.
const PANEL: [u32; 2] = [440, 340];

/// One panel a pair.
///
/// # Errors
/// If it cannot be drawn.
pub fn draw(results: &Results) -> io::Result<String> {
    let pairs: Vec<Panel<'_>> = SHOWN.iter().filter_map(|[d, u]| panel_of(results, d, u)).collect();
    let columns = COLUMNS.min(pairs.len().max(1));
    let rows = pairs.len().div_ceil(columns).max(1);
    let mut svg = String::new();
    {
        let size = (PANEL[0] * columns as u32, PANEL[1] * rows as u32);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        for (area, panel) in root.split_evenly((rows, columns)).iter().zip(&pairs) {
            draw_panel(area, panel)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

struct Panel<'a> {
    title: String,
    two: &'a TwoFunctions,
}

fn panel_of<'a>(results: &'a Results, design: &str, unknown: &str) -> Option<Panel<'a>> {
    let examined = results.designs().find(|d| d.name == design)?;
    let checked = examined.unknowns.iter().find(|u| u.unknown == unknown)?;
    let Pair { functions, .. } = checked.pair.as_ref()?;
    Some(Panel { title: format!("{unknown} of {design}"), two: functions.first()? })
}

fn draw_panel(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    panel: &Panel<'_>,
) -> io::Result<()> {
    let text = |size: u32| (FONT, size).into_font().color(&TEXT);
    let TwoFunctions { unknown, x, first, second } = panel.two;
    let all = || first.iter().chain(second).copied();
    let (low, high) =
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let margin = 0.08 * (high - low).max(f64::MIN_POSITIVE);
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, text(20))
        .margin(10)
        .margin_right(20)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(x[0]..x[x.len() - 1], low - margin..high + margin)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .max_light_lines(0)
        .x_labels(5)
        .y_labels(5)
        .axis_style(TEXT)
        .label_style(text(17))
        .axis_desc_style(text(18))
        .x_desc(if *unknown == "W" { "r" } else { "x" })
        .draw()
        .map_err(failed)?;
    for (values, colour) in [(first, FIRST), (second, SECOND)] {
        let points = x.iter().copied().zip(values.iter().copied());
        chart.draw_series(LineSeries::new(points, colour.stroke_width(3))).map_err(failed)?;
    }
    Ok(())
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
