//! The interval data have to lie in.

/// The interval [origin, origin + length].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Lower end.
    pub origin: f64,
    /// Length, in the same units.
    pub length: f64,
    /// Whether the two ends are the same point.
    pub periodic: bool,
}

impl Extent {
    /// Upper end.
    pub fn end(&self) -> f64 {
        self.origin + self.length
    }

    /// How far from an end a point still counts as that end.
    pub(super) fn tolerance(&self) -> f64 {
        1e-9 * self.length
    }

    /// Whether x lies in the interval, up to round-off.
    pub fn contains(&self, x: f64) -> bool {
        let slack = self.tolerance();
        x >= self.origin - slack && x <= self.end() + slack
    }
}
