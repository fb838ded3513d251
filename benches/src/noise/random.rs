//! Random numbers of the suites: SplitMix64, and normal ones by Box and Muller.
//!
//! Every data set has a generator of its own, seeded by what it is for and its number, so that no
//! result depends on the order or the number of threads.

use std::f64::consts::TAU;

/// Parts of the suite that draw their own data.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// Points and errors of one state of *two-states*.
    State(usize),
    /// Positions from a known potential.
    Positions,
    /// Partitions into folds.
    Partition,
    /// Errors of measurements at designed points and others.
    Designs(usize),
    /// Whole problems of the suite `trust`.
    Problem,
    /// One part of the suite `checks`.
    Checks(usize),
    /// One kind of the suite `honesty`.
    Honesty(usize),
}

/// A generator.
pub struct Random(u64);

impl Random {
    /// The generator of set `set` of `stream`.
    pub fn new(stream: Stream, set: u64) -> Self {
        let own = match stream {
            Stream::State(e) => 1 + e as u64,
            Stream::Positions => 101,
            Stream::Partition => 102,
            Stream::Designs(part) => 701 + part as u64,
            Stream::Problem => 103,
            Stream::Checks(part) => 1001 + part as u64,
            Stream::Honesty(kind) => 2001 + kind as u64,
        };
        let mut random = Self(own << 32 | set);
        // Neighbouring seeds part ways.
        let start = random.next();
        Self(start)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform on [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normal with mean 0 and variance 1.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }

    /// 0…n−1 in random order.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for last in (1..n).rev() {
            order.swap(last, (self.uniform() * (last + 1) as f64) as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_moments_of_their_distributions() {
        let mut random = Random::new(Stream::Positions, 3);
        let n = 40_000;
        let normal: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let mean = normal.iter().sum::<f64>() / n as f64;
        let variance = normal.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
        // Five standard errors.
        assert!(mean.abs() < 5.0 / (n as f64).sqrt(), "{mean}");
        assert!((variance - 1.0).abs() < 5.0 * (2.0 / n as f64).sqrt(), "{variance}");
        let uniform = (0..n).map(|_| random.uniform()).sum::<f64>() / n as f64;
        assert!((uniform - 0.5).abs() < 5.0 / (12.0 * n as f64).sqrt(), "{uniform}");
    }

    #[test]
    fn a_permutation_has_every_index_once() {
        let mut order = Random::new(Stream::Partition, 0).permutation(31);
        assert_ne!(order, (0..31).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..31).collect::<Vec<_>>());
    }
}
