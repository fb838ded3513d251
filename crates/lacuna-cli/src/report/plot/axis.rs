//! Axes: which range shows the data.
//!
//! A logarithmic axis is linear in log₁₀ of the data. Values ≤ 0 have no logarithm and are drawn
//! at its lower end.

use super::ruler::Ruler;

/// How values are mapped to lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Proportional.
    Linear,
    /// Proportional, with ticks at integers only.
    Count,
    /// Proportional to the logarithm.
    Log,
}

/// An axis as a figure asks for it.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The quantity and, if it has one, its unit.
    pub label: String,
    /// How values are mapped.
    pub scale: Scale,
    /// Its ends; those of the data, with a margin, when absent.
    pub limits: Option<(f64, f64)>,
    /// Share of the data's range left free at both ends.
    pub margin: f64,
    /// Whether zero is in its middle.
    pub symmetric: bool,
}

/// The largest value that is drawn: the difference of two such is finite.
const LARGEST: f64 = 1e300;

impl Axis {
    /// A horizontal axis, which ends where the data end.
    pub fn horizontal(label: impl Into<String>, scale: Scale) -> Self {
        Self { label: label.into(), scale, limits: None, margin: 0.0, symmetric: false }
    }

    /// A vertical axis, which leaves some room.
    pub fn vertical(label: impl Into<String>, scale: Scale) -> Self {
        Self { margin: 0.06, ..Self::horizontal(label, scale) }
    }

    /// Fixes its ends.
    #[must_use]
    pub fn limits(mut self, lower: f64, upper: f64) -> Self {
        self.limits = Some((lower, upper));
        self
    }

    /// Puts zero in its middle.
    #[must_use]
    pub fn symmetric(mut self) -> Self {
        self.symmetric = true;
        self
    }

    /// Its range and ticks for these data.
    pub fn fit(&self, data: impl Iterator<Item = f64>) -> Ruler {
        let log = self.scale == Scale::Log;
        let data = data.filter(|v| v.abs() <= LARGEST && (!log || *v > 0.0));
        let data = data.map(|v| if log { v.log10() } else { v });
        // Limits that hold nothing, as those of a domain that shrank to a point, show the data.
        let holds = |&(lower, upper): &(f64, f64)| lower < upper && (upper - lower).is_finite();
        let limits = self.limits.filter(holds).unwrap_or_else(|| self.range(data));
        let (lower, upper) = limits;
        match self.scale {
            Scale::Log => Ruler::decades(&self.label, lower, upper),
            Scale::Count => Ruler::counts(&self.label, lower, upper),
            Scale::Linear => Ruler::linear(&self.label, lower, upper, self.symmetric),
        }
    }

    fn range(&self, data: impl Iterator<Item = f64>) -> (f64, f64) {
        let (mut lower, mut upper) =
            data.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        if lower > upper {
            (lower, upper) = (0.0, 0.0);
        }
        if self.symmetric {
            upper = upper.abs().max(lower.abs());
            lower = -upper;
        }
        // A constant is drawn in the middle, round-off in it is not magnified. A logarithmic axis
        // has at least one decade.
        let size = lower.abs().max(upper.abs());
        let least = match self.scale {
            Scale::Log => 1.0,
            _ if size == 0.0 => 1.0,
            _ => 1e-9 * size,
        };
        if upper - lower < least {
            let half = if self.scale == Scale::Log || size == 0.0 { 0.5 } else { 0.5 * size };
            let middle = 0.5 * (lower + upper);
            return (middle - half, middle + half);
        }
        let margin = self.margin * (upper - lower);
        (lower - margin, upper + margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ruler: &Ruler) -> Vec<&str> {
        ruler.ticks.iter().map(|t| t.text.as_str()).collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        let axis = Axis::horizontal("x", Scale::Linear);
        let unit = axis.fit([0.0, 1.0].into_iter());
        assert_eq!(texts(&unit), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(
            texts(&axis.fit([-0.5, 0.5].into_iter())),
            ["−0.4", "−0.2", "0.0", "0.2", "0.4"]
        );
    }

    #[test]
    fn small_values_share_a_power_of_ten() {
        let ruler =
            Axis::vertical("error", Scale::Linear).symmetric().fit([-4.5e-5, 2e-5].into_iter());
        assert_eq!(ruler.label, "error (10⁻⁵)");
        assert_eq!(texts(&ruler), ["−5", "0", "5"]);
    }

    #[test]
    fn every_axis_has_a_range_and_ticks() {
        let nothing: [f64; 0] = [];
        for scale in [Scale::Linear, Scale::Count, Scale::Log] {
            for data in [&nothing[..], &[f64::NAN], &[0.0], &[3.0, 3.0], &[1e-300, 1e300], &[-7.0]]
            {
                for symmetric in [false, true] {
                    let axis = Axis { symmetric, ..Axis::vertical("", scale) };
                    let ruler = axis.fit(data.iter().copied());
                    assert!(ruler.lower < ruler.upper, "{scale:?} {data:?}");
                    assert!(ruler.lower.is_finite() && ruler.upper.is_finite());
                    assert!((1..20).contains(&ruler.ticks.len()), "{scale:?} {data:?} {ruler:?}");
                    assert!(ruler.coordinate(0.0).is_finite());
                }
            }
        }
    }

    #[test]
    fn decades_are_labelled_as_powers() {
        let axis = Axis::horizontal("cost", Scale::Log);
        assert_eq!(texts(&axis.fit([1e-3, 1.0].into_iter())), ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
        assert_eq!(
            texts(&axis.fit([1e-3, 1e-2].into_iter())),
            ["10⁻³", "2×10⁻³", "5×10⁻³", "10⁻²"]
        );
    }

    #[test]
    fn limits_and_data_that_cannot_be_drawn_give_an_axis_all_the_same() {
        let scales = [Scale::Linear, Scale::Count, Scale::Log];
        let data = [f64::NAN, f64::NEG_INFINITY, f64::MAX, -f64::MAX, 1e-320, 2.0];
        for (scale, limits) in scales.into_iter().flat_map(|scale| {
            [(1.0, 0.0), (f64::NAN, 1.0), (0.0, 0.0), (-f64::MAX, f64::MAX)].map(|l| (scale, l))
        }) {
            let ruler = Axis::vertical("", scale).limits(limits.0, limits.1).fit(data.into_iter());
            assert!(ruler.lower < ruler.upper, "{scale:?} {limits:?} {ruler:?}");
            assert!((ruler.upper - ruler.lower).is_finite(), "{scale:?} {limits:?} {ruler:?}");
        }
    }
}
