//! One dimension of a function's domain: [a, b], or a circle of circumference L = b − a.

use crate::Scalar;

/// An interval [lower, upper], whose ends are one point if it is periodic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end a.
    pub lower: f64,
    /// Upper end b > a.
    pub upper: f64,
    /// Whether functions on it satisfy f(x + L) = f(x).
    pub periodic: bool,
}

impl Interval {
    /// The interval [lower, upper] with two ends.
    pub fn bounded(lower: f64, upper: f64) -> Self {
        Self { lower, upper, periodic: false }
    }

    /// The circle of circumference upper − lower.
    pub fn periodic(lower: f64, upper: f64) -> Self {
        Self { lower, upper, periodic: true }
    }

    /// L = b − a.
    pub fn length(&self) -> f64 {
        self.upper - self.lower
    }

    /// max(|a|, |b|), the largest distance from x = 0.
    pub fn radius(&self) -> f64 {
        self.lower.abs().max(self.upper.abs())
    }

    /// Whether a = −b, up to round-off.
    pub fn is_symmetric(&self) -> bool {
        (self.lower + self.upper).abs() <= 1e-12 * self.length()
    }

    /// x moved by a multiple of L into [a, b) if the interval is periodic, else x itself.
    pub fn wrap<D: Scalar>(&self, x: D) -> D {
        if !self.periodic {
            return x;
        }
        x - ((x.value() - self.lower) / self.length()).floor() * self.length()
    }

    /// `count` equally spaced points over the whole interval, both ends included.
    pub fn sample(&self, count: usize) -> Vec<f64> {
        let step = self.length() / (count - 1) as f64;
        (0..count)
            .map(|i| if i + 1 == count { self.upper } else { self.lower + i as f64 * step })
            .collect()
    }
}

impl Default for Interval {
    /// The circle [−1/2, 1/2].
    fn default() -> Self {
        Self::periodic(-0.5, 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_lands_in_the_interval() {
        let circle = Interval::periodic(-0.5, 1.5);
        for (x, wrapped) in [(-0.5, -0.5), (1.5, -0.5), (1.75, -0.25), (-3.0, 1.0), (0.3, 0.3)] {
            assert!((circle.wrap(x) - wrapped).abs() < 1e-15);
        }
        assert_eq!(Interval::bounded(0.0, 1.0).wrap(7.0), 7.0);
    }

    #[test]
    fn samples_include_both_ends() {
        let x = Interval::bounded(-0.1, 0.7).sample(9);
        assert_eq!((x.len(), x[0], x[8]), (9, -0.1, 0.7));
    }
}
