//! Reproducible random numbers: ChaCha with 8 rounds, the same on every platform.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// A stream of random numbers, determined by its seed.
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Uniform on [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0.random()
    }

    /// Standard normal, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// χ² with `freedom` > 0 degrees of freedom: twice a gamma variate.
    ///
    /// Source: Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000) 363.
    pub(crate) fn chi_square(&mut self, freedom: f64) -> f64 {
        let shape = 0.5 * freedom;
        if shape < 1.0 {
            let share = (1.0 - self.uniform()).powf(1.0 / shape);
            return share * self.chi_square(freedom + 2.0);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            let limit = 0.5 * x * x + d * (1.0 - v + v.ln());
            if v > 0.0 && (1.0 - self.uniform()).ln() < limit {
                return 2.0 * d * v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_square_has_its_mean_and_variance() {
        for freedom in [0.5, 1.0, 4.0, 1000.0] {
            const COUNT: usize = 20_000;
            let mut random = Random::new(7);
            let draws: Vec<f64> = (0..COUNT).map(|_| random.chi_square(freedom)).collect();
            let mean = draws.iter().sum::<f64>() / COUNT as f64;
            let square = draws.iter().map(|x| (x - freedom).powi(2)).sum::<f64>() / COUNT as f64;
            assert!((mean / freedom - 1.0).abs() < 5.0 * (2.0 / freedom / COUNT as f64).sqrt());
            assert!((square / (2.0 * freedom) - 1.0).abs() < 0.2, "{freedom}: {square}");
        }
    }
}
