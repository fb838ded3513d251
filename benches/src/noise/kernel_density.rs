//! The baseline for densities on a circle: a kernel density estimate of von Mises kernels,
//! ρ(x) = 1/(2π n I₀(k)) Σ_i exp(k cos(x − x_i)), whose concentration k maximises the
//! leave-one-out likelihood.
//!
//! I₀(k) e^(−k) is the mean of exp(k (cos φ − 1)) over equally spaced φ, exact to round-off.
//! Source: Hall, Watson, Cabrera, Biometrika 74 (1987) 751.

use std::f64::consts::TAU;

/// Concentrations that are considered, as powers of ten, and steps of the first search.
const RANGE: [f64; 2] = [-1.0, 4.0];
const STEPS: usize = 30;
/// Bisections by the golden section after that.
const REFINEMENTS: usize = 12;
/// Exponents below this add nothing to a sum that matters.
const NEGLIGIBLE: f64 = -60.0;

/// A fitted estimate.
pub struct KernelDensity {
    x: Vec<f64>,
    /// k.
    pub concentration: f64,
}

impl KernelDensity {
    /// The estimate from positions in radians.
    pub fn fit(x: &[f64]) -> Self {
        let n = x.len();
        let pairs = (0..n).flat_map(|i| (0..i).map(move |j| [i, j]));
        let cosines: Vec<f64> = pairs.map(|[i, j]| (x[i] - x[j]).cos() - 1.0).collect();
        let mut sums = vec![0.0; n];
        let mut likelihood = |power: f64| {
            let k = 10f64.powf(power);
            sums.fill(0.0);
            let mut rest = cosines.as_slice();
            for i in 0..n {
                let (row, next) = rest.split_at(i);
                rest = next;
                for (j, cosine) in row.iter().enumerate() {
                    if k * cosine > NEGLIGIBLE {
                        let kernel = (k * cosine).exp();
                        sums[i] += kernel;
                        sums[j] += kernel;
                    }
                }
            }
            sums.iter().map(|s| s.ln()).sum::<f64>() - n as f64 * scaled_bessel(k).ln()
        };
        let width = (RANGE[1] - RANGE[0]) / STEPS as f64;
        let grid = (0..=STEPS).map(|i| RANGE[0] + i as f64 * width);
        let best = grid
            .map(|p| [likelihood(p), p])
            .fold([f64::NEG_INFINITY, 0.0], |best, new| if new[0] > best[0] { new } else { best });
        let power = golden_section(best[1] - width, best[1] + width, likelihood);
        Self { x: x.to_vec(), concentration: 10f64.powf(power) }
    }

    /// The estimate with a given concentration.
    pub fn with_concentration(x: &[f64], concentration: f64) -> Self {
        Self { x: x.to_vec(), concentration }
    }

    /// Concentrations spread over the range that is considered.
    pub fn concentrations() -> impl Iterator<Item = f64> {
        let width = (RANGE[1] - RANGE[0]) / STEPS as f64;
        (0..=STEPS).map(move |i| 10f64.powf(RANGE[0] + i as f64 * width))
    }

    /// ln ρ at positions.
    pub fn log_densities(&self, at: &[f64]) -> Vec<f64> {
        let unit = (TAU * self.x.len() as f64 * scaled_bessel(self.concentration)).ln();
        at.iter().map(|&at| self.log_sum(at) - unit).collect()
    }

    /// ln Σ_i exp(k (cos(x − x_i) − 1)).
    fn log_sum(&self, at: f64) -> f64 {
        let k = self.concentration;
        // The largest term is taken out, so that a position far from all data has a logarithm.
        let exponents: Vec<f64> = self.x.iter().map(|x| k * ((at - x).cos() - 1.0)).collect();
        let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let kept = exponents.iter().map(|e| e - largest).filter(|e| *e > NEGLIGIBLE);
        largest + kept.map(f64::exp).sum::<f64>().ln()
    }
}

/// I₀(k) e^(−k).
fn scaled_bessel(k: f64) -> f64 {
    const NODES: usize = 1024;
    let term = |i: usize| (k * ((TAU * i as f64 / NODES as f64).cos() - 1.0)).exp();
    (0..NODES).map(term).sum::<f64>() / NODES as f64
}

/// The maximum of `f` on an interval where it has one only.
fn golden_section(mut a: f64, mut b: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    let ratio = 0.5 * (5f64.sqrt() - 1.0);
    for _ in 0..REFINEMENTS {
        let (left, right) = (b - ratio * (b - a), a + ratio * (b - a));
        if f(left) > f(right) { b = right } else { a = left }
    }
    0.5 * (a + b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::random::{Random, Stream};

    #[test]
    fn the_bessel_function_at_both_ends() {
        assert!((scaled_bessel(1.0) * 1f64.exp() - 1.266_065_877_752_008_2).abs() < 1e-14);
        // Asymptotic series to second order.
        let k = 1e4;
        let series = (1.0 + 1.0 / (8.0 * k) + 9.0 / (128.0 * k * k)) / (TAU * k).sqrt();
        assert!((scaled_bessel(k) / series - 1.0).abs() < 1e-11);
    }

    #[test]
    fn an_estimate_is_a_density_of_about_the_right_width() {
        let mut random = Random::new(Stream::Positions, 9);
        let x: Vec<f64> = (0..200).map(|_| 2.0 + 0.4 * random.normal()).collect();
        let estimate = KernelDensity::fit(&x);
        let at: Vec<f64> = (0..720).map(|i| TAU * i as f64 / 720.0).collect();
        let total = estimate.log_densities(&at).iter().map(|l| l.exp()).sum::<f64>() * TAU / 720.0;
        assert!((total - 1.0).abs() < 1e-10, "{total}");
        // Silverman's rule on the line: h = 1.06 · 0.4 · 200^(−1/5) = 0.147, k = 1/h² = 46.
        assert!((10.0..200.0).contains(&estimate.concentration), "{}", estimate.concentration);
    }
}
