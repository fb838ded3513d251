//! Tests of the choice of designs, on small problems made of reproducible random numbers.

mod algebra;
mod choice;

use faer::Mat;

use super::problem::{Candidate, Criterion, DesignProblem, Group, LinearTruth};

pub(super) const CRITERIA: [Criterion; 3] =
    [Criterion::Trace, Criterion::LogDet, Criterion::Largest];

/// Numbers in [−1, 1) from a seed: the multiplicative generator of Lehmer.
pub(super) struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self((seed + 1) * 48_271 % 0x7fff_ffff)
    }

    pub fn next(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 0x7fff_ffff;
        2.0 * self.0 as f64 / f64::from(0x7fff_ffff_u32) - 1.0
    }
}

/// `n` candidates in `groups` experiments, d = 5, two truths; prior variances fall with the mode.
pub(super) fn problem(
    seed: u64,
    n: usize,
    groups: usize,
    opening: f64,
    criterion: Criterion,
) -> DesignProblem {
    const D: usize = 5;
    let mut numbers = Numbers::new(seed);
    let mut truth = || LinearTruth {
        information: Mat::identity(D, D),
        directions: Mat::from_fn(D, n, |i, _| 3.0 * numbers.next() / (1.0 + i as f64)),
        goal: Mat::from_fn(D, D, |i, j| if i == j { 1.0 / (1.0 + i as f64) } else { 0.0 }),
    };
    let truths = vec![truth(), truth()];
    let candidates =
        (0..n).map(|i| Candidate { group: i % groups, cost: 1.0, replicates: 1 }).collect();
    let groups = (0..groups).map(|_| Group { cost: opening }).collect();
    DesignProblem { groups, candidates, truths, criterion, budget: 4.0 }
}
