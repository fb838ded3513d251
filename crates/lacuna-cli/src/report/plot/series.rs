//! What can be drawn in a panel. A new kind of mark needs a variant here and an arm in `draw.rs`.

use super::Ink;

/// A point (x, y) in the units of the axes.
pub type Point = (f64, f64);

/// How points are shown.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A thin line.
    Line,
    /// A thin line of dashes.
    Dashes,
    /// A wide, light line, to be drawn below a thin one.
    Thick,
    /// Filled circles.
    Dots {
        /// Radius.
        radius: f64,
    },
    /// Open circles.
    Rings {
        /// Radius.
        radius: f64,
    },
    /// Filled triangles.
    Triangles {
        /// Half of their height.
        size: f64,
    },
    /// A shaded band from the points up to these values of y, one per point.
    Band {
        /// Upper edge.
        upper: Vec<f64>,
    },
}

/// Points with one look. Those that are not finite leave a gap.
#[derive(Clone, Debug)]
pub struct Series {
    /// The points, by increasing x for lines and bands.
    pub points: Vec<Point>,
    /// How they are shown.
    pub mark: Mark,
    /// Their colour.
    pub ink: Ink,
    /// Their name in the legend; equal names are listed once.
    pub label: Option<String>,
}

impl Series {
    /// Points of x and y, of equal length.
    pub fn new(mark: Mark, ink: Ink, x: &[f64], y: &[f64]) -> Self {
        let points = x.iter().copied().zip(y.iter().copied()).collect();
        Self { points, mark, ink, label: None }
    }

    /// A thin line.
    pub fn line(ink: Ink, x: &[f64], y: &[f64]) -> Self {
        Self::new(Mark::Line, ink, x, y)
    }

    /// A thin line of dashes.
    pub fn dashes(ink: Ink, x: &[f64], y: &[f64]) -> Self {
        Self::new(Mark::Dashes, ink, x, y)
    }

    /// A wide, light line.
    pub fn thick(ink: Ink, x: &[f64], y: &[f64]) -> Self {
        Self::new(Mark::Thick, ink, x, y)
    }

    /// Filled circles.
    pub fn dots(ink: Ink, radius: f64, x: &[f64], y: &[f64]) -> Self {
        Self::new(Mark::Dots { radius }, ink, x, y)
    }

    /// A shaded band between two curves.
    pub fn band(ink: Ink, x: &[f64], lower: &[f64], upper: &[f64]) -> Self {
        Self::new(Mark::Band { upper: upper.to_vec() }, ink, x, lower)
    }

    /// A thin line from (x₀, y) to (x₁, y).
    pub fn level(ink: Ink, x: &[f64], y: f64) -> Self {
        let finite = || x.iter().copied().filter(|x| x.is_finite());
        let ends =
            [finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max)];
        Self::line(ink, &ends, &[y, y])
    }

    /// Names it in the legend.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }
}
