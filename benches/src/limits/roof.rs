//! What the machine can do: arithmetic and memory traffic of one thread.
//!
//! Arithmetic: x ← x a + b on values that stay in registers, two operations each, compiled for the
//! vectors that `lacuna`'s own loops are compiled for; and the matrix product of faer, which may use
//! wider ones. The larger is the peak. Traffic: the triad a_i ← b_i + s c_i, 24 bytes an element, on
//! arrays that fit each level of the memory. All are best of several: a limit is not an average.

use std::fs;
use std::hint::black_box;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use lacuna::core::elementary::vectorised;
use serde::Serialize;

use super::clock::batches;
use crate::statistics::lowest;

/// The limits of one thread.
#[derive(Clone, Debug, Serialize)]
pub struct Roof {
    /// Operations a second of the multiply-add loop, in `lacuna`'s own vectors.
    pub multiply_add: f64,
    /// Operations a second of the fastest faer matrix product.
    pub matrix_product: f64,
    /// The levels of the memory, the nearest first.
    pub levels: Vec<Level>,
}

/// One level of the memory.
#[derive(Clone, Debug, Serialize)]
pub struct Level {
    /// What it is called.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: f64,
    /// Bytes that the triad works on.
    pub measured_with: f64,
    /// Bytes a second of the triad.
    pub bandwidth: f64,
}

/// How much one call of a kernel has to do.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Work {
    /// Floating-point operations.
    pub operations: f64,
    /// Bytes read and written at least.
    pub bytes: f64,
    /// Bytes that are touched in all, which decides the level of the memory.
    pub working_set: f64,
}

/// The shortest time in which the machine could do some work.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Bound {
    /// Seconds.
    pub seconds: f64,
    /// What binds: `operations`, or the level of the memory.
    pub by: &'static str,
}

impl Roof {
    /// Measures the machine.
    pub fn measure(quick: bool) -> Self {
        let budget = if quick { 0.05 } else { 0.5 };
        let levels = [
            ("L1", cache_size(1).unwrap_or(32e3), 3.0 * 4096.0),
            ("L2", cache_size(2).unwrap_or(1e6), 3.0 * 131_072.0),
            ("L3", cache_size(3).unwrap_or(16e6), 3.0 * 4_194_304.0),
            ("memory", f64::INFINITY, 3.0 * if quick { 16e6 } else { 256e6 }),
        ];
        Self {
            multiply_add: multiply_add(budget),
            matrix_product: [256, 512, 1024]
                .into_iter()
                .map(|n| product(n, budget))
                .fold(0.0, f64::max),
            levels: levels
                .into_iter()
                .map(|(name, size, bytes)| {
                    let bandwidth = triad((bytes / 24.0) as usize, budget);
                    Level { name, size, measured_with: bytes, bandwidth }
                })
                .collect(),
        }
    }

    /// Most operations a second.
    pub fn peak(&self) -> f64 {
        self.multiply_add.max(self.matrix_product)
    }

    /// The shortest time for `work`.
    pub fn bound(&self, work: &Work) -> Bound {
        let arithmetic = Bound { seconds: work.operations / self.peak(), by: "operations" };
        let level = self.levels.iter().find(|level| work.working_set <= level.size);
        match level.or(self.levels.last()) {
            Some(level) if work.bytes / level.bandwidth > arithmetic.seconds => {
                Bound { seconds: work.bytes / level.bandwidth, by: level.name }
            }
            _ => arithmetic,
        }
    }
}

fn best(budget: f64, mut call: impl FnMut()) -> f64 {
    let infallible = || {
        call();
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(means) = batches(budget, infallible);
    lowest(&means)
}

/// Operations a second of independent chains x ← x a + b, as many as suit the registers.
fn multiply_add(budget: f64) -> f64 {
    [chains::<32>(budget), chains::<40>(budget), chains::<48>(budget), chains::<96>(budget)]
        .into_iter()
        .fold(0.0, f64::max)
}

fn chains<const N: usize>(budget: f64) -> f64 {
    const STEPS: usize = 10_000;
    let mut x = [1.0f64; N];
    let seconds = best(budget / 4.0, || {
        let (a, b) = (black_box(0.999), black_box(1e-3));
        let start = black_box(x);
        x = vectorised(move || {
            // A copy of its own, which can stay in registers.
            let mut chains = start;
            for _ in 0..STEPS {
                for x in &mut chains {
                    *x = x.mul_add(a, b);
                }
            }
            chains
        });
        black_box(&mut x);
    });
    (2 * N * STEPS) as f64 / seconds
}

/// Operations a second of faer's product of n × n matrices.
fn product(n: usize, budget: f64) -> f64 {
    let a = Mat::from_fn(n, n, |i, j| ((i + 3 * j) as f64).sin());
    let b = Mat::from_fn(n, n, |i, j| ((3 * i + j) as f64).cos());
    let mut c = Mat::zeros(n, n);
    let seconds = best(budget, || {
        matmul(c.as_mut(), Accum::Replace, a.as_ref(), b.as_ref(), 1.0, Par::Seq);
    });
    2.0 * (n as f64).powi(3) / seconds
}

/// Bytes a second of a_i ← b_i + s c_i over n elements.
fn triad(n: usize, budget: f64) -> f64 {
    let (mut a, b, c) = (vec![0.0; n], vec![1.0; n], vec![2.0; n]);
    let seconds = best(budget, || {
        let s = black_box(0.5);
        vectorised(|| {
            for ((a, b), c) in a.iter_mut().zip(&b).zip(&c) {
                *a = b + s * c;
            }
        });
        black_box(&mut a);
    });
    24.0 * n as f64 / seconds
}

/// Size in bytes of the data cache of a level, where Linux tells it.
fn cache_size(level: usize) -> Option<f64> {
    let index = if level == 1 { 0 } else { level };
    let path = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/size");
    let text = fs::read_to_string(path).ok()?;
    let kilobytes: f64 = text.trim().strip_suffix('K')?.parse().ok()?;
    Some(1024.0 * kilobytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_of_arithmetic_and_traffic_binds() {
        let level = |name, size, bandwidth| Level { name, size, measured_with: 0.0, bandwidth };
        let levels = vec![level("near", 100.0, 10.0), level("far", f64::INFINITY, 1.0)];
        let roof = Roof { multiply_add: 2.0, matrix_product: 4.0, levels };
        let work = |operations, bytes, working_set| Work { operations, bytes, working_set };
        let bound = roof.bound(&work(8.0, 10.0, 50.0));
        assert_eq!((bound.seconds, bound.by), (2.0, "operations"));
        let bound = roof.bound(&work(8.0, 10.0, 200.0));
        assert_eq!((bound.seconds, bound.by), (10.0, "far"));
        let bound = roof.bound(&work(1.0, 10.0, 100.0));
        assert_eq!((bound.seconds, bound.by), (1.0, "near"));
    }
}
