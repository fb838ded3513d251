//! The figures of `limits.md`: how cost grows, and where steps without the Jacobian pay.
//!
//! Logarithmic axes; a line is the fitted power in the first, and joins points in the second.

use std::io;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::crossover::{Descent, Pair};
use super::growth::{Growth, PARTS, exponent};

/// The colour-blind safe palette of Okabe and Ito (2008).
const COLOURS: [RGBColor; 4] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0x1A, 0x1A, 0x1A),
];
const TEXT: RGBColor = RGBColor(0x33, 0x33, 0x33);
const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
const FONT: &str = "Helvetica, Arial, Liberation Sans, sans-serif";
/// Canvas units, twice the pixels at which the figures are read.
const HEIGHT: u32 = 720;
const PANEL: u32 = 640;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Points that belong together.
struct Curve {
    label: String,
    colour: RGBColor,
    points: Vec<[f64; 2]>,
    /// The line.
    line: Vec<[f64; 2]>,
    /// Whether the points are filled.
    filled: bool,
}

struct Panel {
    title: String,
    x: &'static str,
    y: &'static str,
    /// The horizontal axis is labelled at powers of this.
    base: f64,
    curves: Vec<Curve>,
}

/// Seconds against nodes, experiments and parameters.
///
/// # Errors
/// If a figure cannot be drawn.
pub fn growth(growth: &[Growth]) -> io::Result<String> {
    let panels = growth.iter().map(|growth| {
        let curves = PARTS.iter().zip(COLOURS).map(|(part, colour)| {
            let times: Vec<f64> = growth.costs.iter().map(part.seconds).collect();
            let power = exponent(&growth.at, &times).fitted;
            let log_mean = |v: &[f64]| v.iter().map(|v| v.ln()).sum::<f64>() / v.len() as f64;
            let (x, y) = (log_mean(&growth.at), log_mean(&times));
            let line = |s: f64| [s, (y + power * (s.ln() - x)).exp()];
            Curve {
                label: format!("{} ({power:.2})", part.name),
                colour,
                points: growth.at.iter().zip(&times).map(|(&s, &t)| [s, t]).collect(),
                line: growth.at.iter().map(|&s| line(s)).collect(),
                filled: true,
            }
        });
        Panel {
            title: format!("{} (fitted exponents)", growth.along),
            x: growth.along,
            y: "seconds",
            base: 2.0,
            curves: curves.collect(),
        }
    });
    draw(&panels.collect::<Vec<_>>())
}

/// Seconds an iteration and decades of cost a second, against the entries of the Jacobian.
///
/// # Errors
/// If a figure cannot be drawn.
pub fn crossover(pairs: &[Pair]) -> io::Result<String> {
    type Quantity = fn(&Descent) -> f64;
    let quantities: [(&str, &str, Quantity); 2] = [
        ("time of an iteration", "seconds", |descent| descent.iteration),
        ("fall of the cost", "decades a second", |descent| descent.decades_a_second),
    ];
    let panels = quantities.map(|(title, y, quantity)| Panel {
        title: title.into(),
        x: "residuals × parameters",
        y,
        base: 10.0,
        curves: curves(pairs, quantity),
    });
    draw(&panels)
}

fn curves(pairs: &[Pair], quantity: fn(&Descent) -> f64) -> Vec<Curve> {
    let mut grids: Vec<usize> = pairs.iter().map(|pair| pair.size.nodes).collect();
    grids.dedup();
    type Method = fn(&Pair) -> &Descent;
    let methods: [(&str, Method); 2] =
        [("factored", |pair| &pair.factored), ("products only", |pair| &pair.matrix_free)];
    let mut curves = Vec::new();
    for (g, nodes) in grids.into_iter().enumerate() {
        for ((name, of), colour) in methods.into_iter().zip(COLOURS) {
            let points: Vec<[f64; 2]> = pairs
                .iter()
                .filter(|pair| pair.size.nodes == nodes)
                .map(|pair| [pair.entries(), quantity(of(pair))])
                .filter(|[_, y]| y.is_finite() && *y > 0.0)
                .collect();
            let line = points.clone();
            let label = format!("{name}, {nodes} nodes");
            curves.push(Curve { label, colour, points, line, filled: g == 0 });
        }
    }
    curves
}

fn draw(panels: &[Panel]) -> io::Result<String> {
    let mut svg = String::new();
    {
        let size = (PANEL * panels.len() as u32, HEIGHT);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        for (area, panel) in root.split_evenly((1, panels.len())).iter().zip(panels) {
            draw_panel(area, panel)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

fn draw_panel(area: &Area<'_>, panel: &Panel) -> io::Result<()> {
    let text = |size: u32| (FONT, size).into_font().color(&TEXT);
    let all = || panel.curves.iter().flat_map(|curve| curve.points.iter().chain(&curve.line));
    let x = range(all().map(|point| point[0]), 1.15);
    let y = range(all().map(|point| point[1]), 1.5);
    // Room for the legend above the data.
    let y = y.start..y.end * (y.end / y.start).powf(0.5);
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, text(26))
        .margin(12)
        .margin_right(28)
        .x_label_area_size(64)
        .y_label_area_size(110)
        .build_cartesian_2d(x.log_scale().base(panel.base), y.log_scale())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .max_light_lines(0)
        .axis_style(TEXT)
        .label_style(text(22))
        .axis_desc_style(text(24))
        .x_desc(panel.x)
        .y_desc(panel.y)
        .x_labels(8)
        .y_labels(6)
        .x_label_formatter(&|x| round_or_power(*x))
        .y_label_formatter(&|y| round_or_power(*y))
        .draw()
        .map_err(failed)?;
    for curve in &panel.curves {
        let colour = curve.colour;
        let mark = if curve.filled { colour.filled() } else { colour.stroke_width(2) };
        let at = |point: &[f64; 2]| (point[0], point[1]);
        chart
            .draw_series(LineSeries::new(curve.line.iter().map(at), colour.stroke_width(2)))
            .map_err(failed)?;
        chart
            .draw_series(curve.points.iter().map(|point| Circle::new(at(point), 6, mark)))
            .map_err(failed)?
            .label(&curve.label)
            .legend(move |(x, y)| Circle::new((x + 10, y), 6, mark));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .label_font(text(21))
        .draw()
        .map_err(failed)
}

/// The range of the values, wider by a factor on each side.
fn range(values: impl Iterator<Item = f64>, wider: f64) -> std::ops::Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, 0.0f64), |(l, h), v| (l.min(v), h.max(v)));
    if low < high { low / wider..high * wider } else { 0.1..10.0 }
}

fn round_or_power(value: f64) -> String {
    if (0.001..10_000.0).contains(&value) {
        format!("{}", (value * 1e4).round() / 1e4)
    } else {
        format!("{value:.0e}")
    }
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
