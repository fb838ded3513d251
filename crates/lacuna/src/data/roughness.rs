//! How exact values are, from the values alone.
//!
//! The divided difference of p + 1 neighbours, d = Σ c_j u_j with Σ c_j² = 1, has variance σ² under
//! independent noise of variance σ², whatever the order p; of a smooth state it falls with p until
//! round-off is left. The smallest estimate over orders is therefore an upper bound of the noise, up to
//! chance: small where exactness can be shown, and large where there is noise or too few points to tell.
//!
//! Two estimates have to be small. Of the size |d|/1.645, the 0.9 quantile over windows, so that kinks
//! may fill a tenth of them; and of |d|/s with s² = Σ (c_j u_j)², which noise proportional to u leaves
//! constant, the 0.9 quantile weighted by |u|: a narrow peak on an empty domain counts as it does in
//! the state. Values printed with few digits lie on a lattice, of step q: they are off by q/√12,
//! also where neighbours are off together.

use std::f64::consts::SQRT_2;

/// Highest order of differences.
const HIGHEST: usize = 12;
/// Fewest windows of one order.
const FEWEST: usize = 8;
/// Most windows that are looked at: enough for any quantile.
const MOST: usize = 4096;
/// The share of windows that may be kinks.
const QUANTILE: f64 = 0.9;
/// |x| < 1.645 has that probability for a standard normal x.
const OF_NORMAL: f64 = 1.645;
/// Values are exact where their noise is below this share of their root mean square: a tenth of what
/// bands assume of exact values.
const EXACT: f64 = 1e-5;
/// An estimate that is larger than the smallest by no more than this is one of noise.
const SETTLED: f64 = 1.5;
/// Difference in log-likelihood that tells proportional noise from constant noise.
const CLEAR: f64 = 3.0;

/// What the values of one state say of their own noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roughness {
    /// An upper bound of the noise, relative to the root mean square of the values.
    pub level: f64,
    /// Whether that is noise rather than a state that its points do not resolve.
    pub is_noise: bool,
    /// Whether the noise is proportional to the values.
    pub is_proportional: bool,
}

/// The differences of one order, window by window.
struct Differences {
    order: usize,
    /// |d|.
    size: Vec<f64>,
    /// s.
    scale: Vec<f64>,
    /// Mean of |u|.
    weight: Vec<f64>,
}

impl Roughness {
    /// Of values u at ascending x, which may repeat.
    pub fn of(x: &[f64], u: &[f64]) -> Self {
        let rms = (u.iter().map(|u| u * u).sum::<f64>() / u.len().max(1) as f64).sqrt();
        let unknown = Self { level: f64::INFINITY, is_noise: false, is_proportional: false };
        let orders: Vec<Differences> = (1..=HIGHEST)
            .take_while(|p| p + FEWEST <= x.len())
            .map(|p| Differences::new(x, u, p))
            .collect();
        if orders.is_empty() {
            return unknown;
        }
        if rms == 0.0 {
            return Self { level: 0.0, ..unknown };
        }
        let sizes: Vec<f64> = orders.iter().map(|d| d.typical_size() / rms).collect();
        let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
        let relative: Vec<f64> = orders.iter().map(Differences::typical_ratio).collect();
        let lattice = lattice_step(u).map_or(0.0, |q| q / 12f64.sqrt() / rms);
        let level = least(&sizes).max(least(&relative)).max(lattice);
        // Noise stays from one order on; of a state that its points do not resolve the estimate still
        // falls at the highest order.
        let smallest = least(&relative);
        let settled = relative.iter().position(|&r| r <= SETTLED * smallest).unwrap_or(0);
        let is_noise = settled + 3 <= relative.len();
        let is_proportional = is_noise
            && lattice < 0.5 * level
            && u.iter().all(|&u| u > 0.0)
            && orders[settled].prefers_proportional();
        Self { level, is_noise, is_proportional }
    }

    /// Whether the values are shown to be exact.
    pub fn is_exact(&self) -> bool {
        self.level <= EXACT
    }
}

impl Differences {
    fn new(x: &[f64], u: &[f64], order: usize) -> Self {
        let count = x.len() - order;
        let stride = count.div_ceil(MOST);
        let windows = (0..count).step_by(stride);
        let (mut size, mut scale, mut weight) = (Vec::new(), Vec::new(), Vec::new());
        for start in windows {
            let (x, u) = (&x[start..=start + order], &u[start..=start + order]);
            let c = coefficients(x);
            size.push(c.iter().zip(u).map(|(c, u)| c * u).sum::<f64>().abs());
            scale.push(c.iter().zip(u).map(|(c, u)| (c * u).powi(2)).sum::<f64>().sqrt());
            weight.push(u.iter().map(|u| u.abs()).sum::<f64>());
        }
        Self { order, size, scale, weight }
    }

    fn typical_size(&self) -> f64 {
        weighted_quantile(self.size.iter().map(|&d| (d, 1.0)).collect()) / OF_NORMAL
    }

    fn typical_ratio(&self) -> f64 {
        let windows = self.size.iter().zip(&self.scale).zip(&self.weight);
        let ratio = |((d, s), w): ((&f64, &f64), &f64)| (*s > 0.0).then(|| (d / s, *w));
        weighted_quantile(windows.filter_map(ratio).collect()) / OF_NORMAL
    }

    /// Whether d ~ N(0, τ² s²) is clearly likelier than d ~ N(0, σ²), each with the best level.
    fn prefers_proportional(&self) -> bool {
        let n = self.size.len() as f64;
        let mean_square = |v: &mut dyn Iterator<Item = f64>| v.map(|d| d * d).sum::<f64>() / n;
        if self.scale.iter().any(|&s| s <= 0.0) {
            return false;
        }
        let constant = mean_square(&mut self.size.iter().copied());
        let ratios = &mut self.size.iter().zip(&self.scale).map(|(d, s)| d / s);
        let proportional = mean_square(ratios);
        let logs = self.scale.iter().map(|s| s.ln()).sum::<f64>() / n;
        let gain = 0.5 * n * (constant.ln() - proportional.ln()) - n * logs;
        // Windows share points: about one in (order + 1)/2 is independent.
        gain > CLEAR * (self.order + 1) as f64 / 2.0
    }
}

/// Weights c of the divided difference at these points, Σ c² = 1.
fn coefficients(x: &[f64]) -> Vec<f64> {
    let width = x[x.len() - 1] - x[0];
    if width <= 0.0 {
        // Replicates at one point: any difference of two will do.
        let mut c = vec![0.0; x.len()];
        (c[0], c[1]) = (1.0 / SQRT_2, -1.0 / SQRT_2);
        return c;
    }
    // On an interval of capacity one, so that no product is out of range; points that are repeated are
    // kept a little apart.
    let place = |x: f64| 4.0 * x / width;
    let apart = |a: f64, b: f64| {
        let gap = place(a) - place(b);
        if gap.abs() < 1e-9 { 1e-9 } else { gap }
    };
    let weight = |j: usize| {
        let others = (0..x.len()).filter(|&k| k != j);
        let sign = |k: usize| if k > j { -1.0 } else { 1.0 };
        others.map(|k| sign(k) * apart(x[j.max(k)], x[j.min(k)])).product::<f64>().recip()
    };
    let mut c: Vec<f64> = (0..x.len()).map(weight).collect();
    let norm = c.iter().map(|c| c * c).sum::<f64>().sqrt();
    c.iter_mut().for_each(|c| *c /= norm);
    c
}

/// The least value below which `QUANTILE` of the weight lies.
fn weighted_quantile(mut values: Vec<(f64, f64)>) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|v| v.1).sum();
    let mut below = 0.0;
    for (value, weight) in &values {
        below += weight;
        if below >= QUANTILE * total {
            return *value;
        }
    }
    values.last().map_or(0.0, |v| v.0)
}

/// The step of the lattice that all values lie on, if they do.
pub(crate) fn lattice_step(u: &[f64]) -> Option<f64> {
    let mut sorted = u.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
    let round_off = 1e-12 * first.abs().max(last.abs());
    let gaps = sorted.windows(2).map(|pair| pair[1] - pair[0]);
    let step = gaps.filter(|gap| *gap > round_off).fold(f64::INFINITY, f64::min);
    let is_multiple = |u: &f64| {
        let steps = (u - first) / step;
        (steps - steps.round()).abs() <= 1e-3
    };
    (step.is_finite() && sorted.iter().all(is_multiple)).then_some(step)
}

#[cfg(test)]
#[path = "../../tests/support/random.rs"]
mod random;

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::random::Random;
    use super::*;

    fn smooth(x: f64) -> f64 {
        (1.2 * (TAU * x).sin() + 0.4 * (2.0 * TAU * x).cos()).exp()
    }
    /// All but nothing outside of a twentieth of the domain.
    fn peak(x: f64) -> f64 {
        (-((x - 0.4) / 0.02).powi(2)).exp() + 1e-9
    }
    fn kinked(x: f64) -> f64 {
        (-2.0 * (x - 0.3).abs() + (x - 0.7).abs()).exp()
    }
    fn signed(x: f64) -> f64 {
        (TAU * x).sin() - 0.3 * (3.0 * TAU * x).sin()
    }

    /// n points, equally spaced or irregular.
    fn points(n: usize, irregular: bool) -> Vec<f64> {
        let mut random = Random(7);
        let mut x: Vec<f64> = (0..n)
            .map(|i| if irregular { random.uniform() } else { i as f64 / n as f64 })
            .collect();
        x.sort_by(f64::total_cmp);
        x
    }

    fn values(x: &[f64], state: fn(f64) -> f64) -> Vec<f64> {
        x.iter().map(|&x| state(x)).collect()
    }

    #[test]
    fn exact_values_are_known_as_such() {
        for (n, irregular, state) in [
            (64, false, smooth as fn(f64) -> f64),
            (100, true, smooth),
            (256, false, kinked),
            (256, false, peak),
            (80, false, signed),
            (120, true, signed),
        ] {
            let x = points(n, irregular);
            let found = Roughness::of(&x, &values(&x, state));
            assert!(found.is_exact(), "{n} {irregular} {found:?}");
        }
    }

    #[test]
    fn noise_of_any_kind_is_seen_and_measured() {
        for (n, irregular) in [(40, false), (60, true), (64, false), (256, false), (1000, true)] {
            let x = points(n, irregular);
            for state in [smooth as fn(f64) -> f64, kinked, signed, peak] {
                let exact = values(&x, state);
                let rms = (exact.iter().map(|u| u * u).sum::<f64>() / n as f64).sqrt();
                for level in [1e-3, 1e-2, 0.05, 0.3] {
                    let mut random = Random(n as u64 + 1);
                    let constant: Vec<f64> =
                        exact.iter().map(|u| u + level * rms * random.normal()).collect();
                    let found = Roughness::of(&x, &constant);
                    assert!(found.level > 0.5 * level, "{n} {level} {found:?}");
                    let proportional: Vec<f64> =
                        exact.iter().map(|u| u * (level * random.normal()).exp()).collect();
                    let found = Roughness::of(&x, &proportional);
                    assert!(found.level > 0.3 * level, "proportional {n} {level} {found:?}");
                    assert!(!found.is_exact());
                }
            }
        }
    }

    #[test]
    fn the_level_of_resolved_states_is_right() {
        let x = points(256, false);
        let exact = values(&x, smooth);
        let rms = (exact.iter().map(|u| u * u).sum::<f64>() / 256.0).sqrt();
        for seed in 0..5 {
            let mut random = Random(seed);
            let noisy: Vec<f64> = exact.iter().map(|u| u + 0.02 * rms * random.normal()).collect();
            let found = Roughness::of(&x, &noisy);
            assert!(found.is_noise && !found.is_proportional, "{found:?}");
            let noisy: Vec<f64> =
                exact.iter().map(|u| u * (0.02 * random.normal()).exp()).collect();
            let found = Roughness::of(&x, &noisy);
            assert!((0.01..0.03).contains(&found.level), "{found:?}");
            assert!(found.is_noise && found.is_proportional, "{found:?}");
        }
    }

    #[test]
    fn printed_digits_are_noise() {
        for n in [40, 100, 256, 2000] {
            let x = points(n, false);
            for state in [smooth as fn(f64) -> f64, signed, peak, kinked] {
                for digits in 1..=3 {
                    let unit = 10f64.powi(digits);
                    // In any unit: a third is no decimal.
                    let printed = values(&x, |x| x).into_iter().map(state);
                    let printed: Vec<f64> =
                        printed.map(|u| (u * unit).round() / unit / 3.0).collect();
                    let found = Roughness::of(&x, &printed);
                    assert!(!found.is_exact(), "{n} points, {digits} digits: {found:?}");
                }
            }
        }
    }

    #[test]
    fn a_few_values_show_nothing() {
        let x = points(8, false);
        assert!(!Roughness::of(&x, &values(&x, smooth)).is_exact());
        let x = points(14, false);
        assert!(!Roughness::of(&x, &values(&x, smooth)).is_exact());
    }

    #[test]
    fn replicates_and_uniform_states_are_no_trouble() {
        let mut x = points(30, false);
        x.extend(points(30, false));
        x.sort_by(f64::total_cmp);
        let mut random = Random(3);
        let noisy: Vec<f64> = x.iter().map(|&x| smooth(x) + 0.05 * random.normal()).collect();
        let found = Roughness::of(&x, &noisy);
        assert!(found.level > 0.01 && found.level < 0.1, "{found:?}");
        let x = points(40, false);
        assert!(Roughness::of(&x, &[1.0; 40]).is_exact());
        assert!(Roughness::of(&x, &[0.0; 40]).is_exact());
    }
}
