//! The interval data have to lie in.

/// Widest gap over which data are interpolated, as a share of the domain.
pub(super) const MAX_GAP: f64 = 0.1;

/// A gap between neighbouring points.
pub(super) struct Gap {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Its share of the domain.
    pub(super) fraction: f64,
}

impl Gap {
    /// Whether it is too wide to interpolate, up to round-off.
    pub(super) fn is_too_wide(&self) -> bool {
        self.fraction > MAX_GAP * (1.0 + 1e-9)
    }
}

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

    /// Whether two ascending points are distinct in any unit, and not only up to round-off.
    pub(super) fn tells_apart(&self, lower: f64, upper: f64) -> bool {
        upper - lower > 1e-13 * (self.length + self.origin.abs())
    }

    /// The point of a circle at x, in [origin, end).
    pub(super) fn wrap(&self, x: f64) -> f64 {
        if (self.origin..self.end()).contains(&x) {
            return x;
        }
        let inside = self.origin + (x - self.origin).rem_euclid(self.length);
        if inside >= self.end() { self.origin } else { inside }
    }

    /// Whether x is more than a turn outside.
    pub(super) fn turns(&self, x: f64) -> bool {
        (x - self.wrap(x)).abs() > 1.5 * self.length
    }

    /// Whether a number as large as this is an angle in degrees on a circle in radians.
    pub(super) fn looks_like_degrees(&self, largest: f64) -> bool {
        self.periodic && self.end() < 7.0 && (20.0..=360.0).contains(&largest)
    }

    /// The widest gap that sorted points leave, round a circle or up to both ends; none without
    /// points.
    pub(super) fn widest_gap(&self, x: &[f64]) -> Option<Gap> {
        let (&first, &last) = (x.first()?, x.last()?);
        let ends = if self.periodic {
            vec![(last, first + self.length)]
        } else {
            vec![(self.origin, first), (last, self.end())]
        };
        let inner = x.windows(2).map(|pair| (pair[0], pair[1]));
        let widest = inner.chain(ends).max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))?;
        let (from, to) = widest;
        Some(Gap { from, to, fraction: (to - from) / self.length })
    }

    /// Whether x lies in the interval, up to round-off.
    pub fn contains(&self, x: f64) -> bool {
        let slack = self.tolerance();
        x >= self.origin - slack && x <= self.end() + slack
    }
}
