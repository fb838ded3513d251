//! Colours: the colour-blind safe palette of Okabe and Ito (2008) and three greys.
//!
//! One meaning has one colour in all figures. `style.css` replaces the greys on a dark screen.

use plotters::style::RGBColor;

/// The meaning of what is drawn, which fixes its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// What `lacuna` found: near black.
    Recovered,
    /// The known truth: sky blue.
    Truth,
    /// What was measured: orange.
    Observed,
    /// A difference: vermillion.
    Difference,
    /// The one among many that matters: blue.
    Chosen,
    /// The many: grey.
    Other,
    /// Axes and their text.
    Axis,
    /// Lines behind the data.
    Grid,
}

impl Ink {
    /// Its colour on white.
    pub fn colour(self) -> RGBColor {
        match self {
            Self::Recovered => RGBColor(0x1A, 0x1A, 0x1A),
            Self::Truth => RGBColor(0x56, 0xB4, 0xE9),
            Self::Observed => RGBColor(0xE6, 0x9F, 0x00),
            Self::Difference => RGBColor(0xD5, 0x5E, 0x00),
            Self::Chosen => RGBColor(0x00, 0x72, 0xB2),
            Self::Other => RGBColor(0x9A, 0x9A, 0x9A),
            Self::Axis => RGBColor(0x44, 0x44, 0x44),
            Self::Grid => RGBColor(0xE4, 0xE4, 0xE4),
        }
    }
}
