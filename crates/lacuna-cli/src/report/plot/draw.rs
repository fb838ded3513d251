//! Draws a [`Figure`] with `plotters`.
//!
//! Layout from top to bottom: legend, panels of fixed height, the horizontal axis with its label.
//! All panels have the same room for vertical labels, so their axes line up.

use std::io;

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, TriangleMarker};
use plotters::prelude::{
    ChartBuilder, ChartContext, Color, DrawingArea, IntoDrawingArea, IntoFont, SVGBackend,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{ShapeStyle, TextStyle};

use super::curve::{MOST_POINTS, clip, parts, thin};
use super::ruler::Ruler;
use super::series::Point;
use super::svg::{FINE, finish};
use super::{Figure, Ink, Mark, Panel, Series, WIDTH};

const FONT: &str = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif";
/// `plotters` divides the size it is given by 1.24.
const FONT_SIZE: f64 = 12.0 * 1.24;
const LEGEND: u32 = 26;
const LEFT: u32 = 62;
const RIGHT: u32 = 12;
const BETWEEN: u32 = 14;
const BOTTOM: u32 = 40;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Ruler, Ruler>>;

/// The figure as an SVG document.
pub fn render(figure: &Figure) -> io::Result<String> {
    let last = figure.panels.len().saturating_sub(1);
    let heights: Vec<u32> = (0..)
        .zip(&figure.panels)
        .map(|(i, panel)| panel.height + BETWEEN + if i == last { BOTTOM } else { 0 })
        .collect();
    let height = LEGEND + heights.iter().sum::<u32>();
    let mut raw = String::new();
    {
        let root =
            SVGBackend::with_string(&mut raw, (WIDTH * FINE, height * FINE)).into_drawing_area();
        let (legend, mut rest) = root.split_vertically(LEGEND * FINE);
        draw_legend(&legend, figure)?;
        let x = figure.x.fit(figure.panels.iter().flat_map(|p| xs(&p.series)));
        for (i, panel) in figure.panels.iter().enumerate() {
            let (area, below) = rest.split_vertically(heights[i] * FINE);
            draw_panel(&area, panel, &x, i == last)?;
            rest = below;
        }
        root.present().map_err(failed)?;
    }
    Ok(finish(&raw, WIDTH, height, &figure.title))
}

fn draw_panel(area: &Area<'_>, panel: &Panel, x: &Ruler, lowest: bool) -> io::Result<()> {
    let y = panel.y.fit(panel.series.iter().flat_map(ys));
    let mut chart = ChartBuilder::on(area)
        .margin_top(BETWEEN * FINE)
        .margin_right(RIGHT * FINE)
        .y_label_area_size(LEFT * FINE)
        .x_label_area_size(if lowest { BOTTOM * FINE } else { 0 })
        .build_cartesian_2d(x.clone(), y.clone())
        .map_err(failed)?;
    let text = text_style();
    let mut mesh = chart.configure_mesh();
    mesh.axis_style(stroke(Ink::Axis, 0.8))
        .bold_line_style(stroke(Ink::Grid, 0.8))
        .max_light_lines(0)
        .label_style(text.clone())
        .axis_desc_style(text)
        .set_all_tick_mark_size(4 * FINE)
        .y_desc(&y.label)
        .disable_x_mesh();
    if lowest {
        mesh.x_desc(&x.label);
    }
    mesh.draw().map_err(failed)?;
    for series in &panel.series {
        draw_series(&mut chart, series, x, &y)?;
    }
    Ok(())
}

fn draw_series(chart: &mut Chart<'_, '_>, series: &Series, x: &Ruler, y: &Ruler) -> io::Result<()> {
    let place = |(a, b): &Point| (x.coordinate(*a), y.coordinate(*b));
    let points: Vec<Point> = series.points.iter().map(place).collect();
    match &series.mark {
        Mark::Line | Mark::Thick => {
            let style = line_style(series);
            for part in parts(&points) {
                for curve in clip(&thin(part, MOST_POINTS), y.lower, y.upper) {
                    chart.draw_series([PathElement::new(curve, style)]).map_err(failed)?;
                }
            }
        }
        Mark::Dashes => {
            let style = line_style(series);
            for part in parts(&points) {
                for curve in clip(&thin(part, MOST_POINTS), y.lower, y.upper) {
                    let dashes = DashedPathElement::new(curve, fine(DASH), fine(SPACE), style);
                    chart.draw_series([dashes]).map_err(failed)?;
                }
            }
        }
        Mark::Triangles { size } => {
            let style = dot_style(series);
            let inside = |p: &&Point| (y.lower..=y.upper).contains(&p.1) && p.0.is_finite();
            let size = fine(*size);
            let marks = points.iter().filter(inside).map(|p| TriangleMarker::new(*p, size, style));
            chart.draw_series(marks).map_err(failed)?;
        }
        Mark::Dots { radius } | Mark::Rings { radius } => {
            let style = dot_style(series);
            let inside = |p: &&Point| (y.lower..=y.upper).contains(&p.1) && p.0.is_finite();
            let radius = fine(*radius);
            let circles = points.iter().filter(inside).map(|p| Circle::new(*p, radius, style));
            chart.draw_series(circles).map_err(failed)?;
        }
        Mark::Band { upper } => {
            let within = |v: f64| match y.coordinate(v) {
                nan if nan.is_nan() => nan,
                v => v.max(y.lower).min(y.upper),
            };
            let edges =
                points.iter().zip(upper).map(|((a, low), high)| (*a, within(*low), within(*high)));
            let edges: Vec<_> = edges.filter(|(a, l, h)| (a + l + h).is_finite()).collect();
            let there = edges.iter().map(|(a, low, _)| (*a, *low));
            let back = edges.iter().rev().map(|(a, _, high)| (*a, *high));
            let outline: Vec<Point> = there.chain(back).collect();
            let style = series.ink.colour().mix(BAND_OPACITY).filled();
            chart.draw_series([Polygon::new(outline, style)]).map_err(failed)?;
        }
    }
    Ok(())
}

/// Length of a dash and of the space after it.
const DASH: f64 = 5.0;
const SPACE: f64 = 3.5;
const BAND_OPACITY: f64 = 0.25;

fn draw_legend(area: &Area<'_>, figure: &Figure) -> io::Result<()> {
    let mut named: Vec<(&str, &Series)> = Vec::new();
    for series in figure.panels.iter().flat_map(|panel| &panel.series) {
        if let Some(label) = &series.label
            && !named.iter().any(|(name, _)| name == label)
        {
            named.push((label, series));
        }
    }
    let (sample, gap, middle) = (fine(22.0), fine(6.0), fine(f64::from(LEGEND) / 2.0 + 2.0));
    let mut left = fine(f64::from(LEFT));
    for (label, series) in named {
        let from_to = vec![(left, middle), (left + sample, middle)];
        match series.mark {
            Mark::Line | Mark::Thick => {
                area.draw(&PathElement::new(from_to, line_style(series))).map_err(failed)?;
            }
            Mark::Dashes => {
                let style = line_style(series);
                let sample = DashedPathElement::new(from_to, fine(DASH), fine(SPACE), style);
                area.draw(&sample).map_err(failed)?;
            }
            Mark::Triangles { size } => {
                let at = (left + sample / 2, middle);
                let mark = TriangleMarker::new(at, fine(size), dot_style(series));
                area.draw(&mark).map_err(failed)?;
            }
            Mark::Dots { radius } | Mark::Rings { radius } => {
                for x in [left + sample / 4, left + 3 * sample / 4] {
                    let circle = Circle::new((x, middle), fine(radius), dot_style(series));
                    area.draw(&circle).map_err(failed)?;
                }
            }
            Mark::Band { .. } => {
                let (top, bottom) = (middle - gap, middle + gap);
                let (a, b) = (left, left + sample);
                let style = series.ink.colour().mix(BAND_OPACITY).filled();
                let outline = vec![(a, top), (b, top), (b, bottom), (a, bottom)];
                area.draw(&Polygon::new(outline, style)).map_err(failed)?;
            }
        }
        left += sample + gap;
        let style = text_style().pos(Pos::new(HPos::Left, VPos::Center));
        area.draw_text(label, &style, (left, middle)).map_err(failed)?;
        left += fine(5.9 * label.chars().count() as f64 + 18.0);
    }
    Ok(())
}

fn line_style(series: &Series) -> ShapeStyle {
    match series.mark {
        Mark::Thick => {
            ShapeStyle { color: series.ink.colour().mix(0.6), ..stroke(series.ink, 6.0) }
        }
        _ if series.ink == Ink::Axis => stroke(series.ink, 0.8),
        _ => stroke(series.ink, 1.4),
    }
}

fn dot_style(series: &Series) -> ShapeStyle {
    let filled = matches!(series.mark, Mark::Dots { .. } | Mark::Triangles { .. });
    let color = series.ink.colour().mix(if filled { 0.85 } else { 1.0 });
    ShapeStyle { color, filled, stroke_width: fine(1.4) as u32 }
}

fn stroke(ink: Ink, width: f64) -> ShapeStyle {
    ink.colour().stroke_width(fine(width) as u32)
}

fn text_style() -> TextStyle<'static> {
    (FONT, FONT_SIZE * f64::from(FINE)).into_font().color(&Ink::Axis.colour())
}

fn fine(length: f64) -> i32 {
    (length * f64::from(FINE)).round() as i32
}

fn xs(series: &[Series]) -> impl Iterator<Item = f64> {
    series.iter().flat_map(|s| s.points.iter().map(|p| p.0))
}

fn ys(series: &Series) -> impl Iterator<Item = f64> {
    let upper: &[f64] = if let Mark::Band { upper } = &series.mark { upper } else { &[] };
    series.points.iter().map(|p| p.1).chain(upper.iter().copied())
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("cannot draw a figure: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plot::{Axis, Scale};

    #[test]
    fn a_band_is_one_polygon_within_the_panel() {
        let (x, lower) = ([0.0, 0.5, 1.0], [0.0, f64::NAN, 0.2]);
        let upper = vec![1.0, 1.0, 1e9];
        let band = Series::new(Mark::Band { upper }, Ink::Recovered, &x, &lower).label("95 %");
        let y = Axis::vertical("f", Scale::Linear).limits(0.0, 2.0);
        let figure = Figure::new("band", Axis::horizontal("x", Scale::Linear))
            .panel(Panel::single(y).series(band));
        let svg = render(&figure).unwrap();
        // One in the panel, one in the legend.
        assert_eq!(svg.matches("<polygon").count(), 2);
        assert!(svg.contains("95 %"));
    }
}
