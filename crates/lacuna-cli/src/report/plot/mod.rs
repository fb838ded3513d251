//! Figures as data: a [`Figure`] is a column of [`Panel`]s over one horizontal axis, a panel is a
//! list of [`Series`]. [`Figure::render`] turns it into SVG through `plotters`.
//!
//! Lengths are in CSS pixels of a figure [`WIDTH`] wide, which is half of a page.

mod axis;
mod curve;
mod draw;
mod ink;
mod ruler;
mod series;
mod svg;

pub use axis::{Axis, Scale};
pub use ink::Ink;
pub use series::{Mark, Series};

/// Width of every figure.
pub const WIDTH: u32 = 440;

/// Panels above one another that share their horizontal axis.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it shows, for readers who cannot see it.
    pub title: String,
    /// The horizontal axis of all panels.
    pub x: Axis,
    /// From top to bottom.
    pub panels: Vec<Panel>,
}

/// One plot of a figure.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Height of the area where data are drawn.
    pub height: u32,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, the lowest layer first.
    pub series: Vec<Series>,
}

impl Figure {
    /// A figure without panels.
    pub fn new(title: impl Into<String>, x: Axis) -> Self {
        Self { title: title.into(), x, panels: Vec::new() }
    }

    /// Adds a panel below the others.
    #[must_use]
    pub fn panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    /// The figure as an SVG document with vector text and a transparent background.
    pub fn render(&self) -> std::io::Result<String> {
        draw::render(self)
    }
}

impl Panel {
    /// The only panel of a figure. With it, or with one of each of the other two, all figures have
    /// the same size.
    pub fn single(y: Axis) -> Self {
        Self { height: 250, y, series: Vec::new() }
    }

    /// A tall panel above a low one.
    pub fn main(y: Axis) -> Self {
        Self { height: 170, ..Self::single(y) }
    }

    /// A low panel for residuals and errors, symmetric about zero.
    pub fn residual(y: Axis) -> Self {
        Self { height: 66, ..Self::single(y.symmetric()) }
    }

    /// Adds series above the others.
    #[must_use]
    pub fn all(mut self, series: impl IntoIterator<Item = Series>) -> Self {
        self.series.extend(series);
        self
    }

    /// Adds a series above the others.
    #[must_use]
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }
}
