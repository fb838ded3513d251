//! How rarely a right model gives a number, alone and among many.
//!
//! Its score is −ln of the share of simulated numbers at least as large, continued beyond the largest
//! ones as an exponential tail (with two tails: at either end, the share doubled), so that scores of
//! different numbers can be compared. Its p is the share of the N + 1 sets with a score at least as
//! large. Because many numbers are looked at, the score is also set beside the largest score of every
//! set: the adjusted p is the share of sets whose largest is at least as large (Westfall and Young,
//! Resampling-Based Multiple Testing, 1993, section 2.5). A right model gives any adjusted p below α in
//! at most α of all cases.

/// A number, what it is where everything is right, and how rarely it is as extreme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// The number.
    pub value: f64,
    /// Its mean over the simulated data.
    pub expected: f64,
    /// p of this number alone.
    pub p: f64,
    /// p adjusted for all numbers that were looked at.
    pub adjusted: f64,
}

/// Where a number is suspicious.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Tail {
    Upper,
    Both,
}

/// The tail begins at this number from the end.
const IN_TAIL: usize = 20;

/// −ln of the share of `sorted` numbers (increasing) that are at least as large as `value`.
fn score(sorted: &[f64], value: f64) -> f64 {
    let n = sorted.len();
    let above = n - sorted.partition_point(|other| *other < value);
    let place = n - IN_TAIL.min(n.div_ceil(2));
    let (from, tail) = (sorted[place], &sorted[place..]);
    if above >= tail.len() {
        return -(above as f64 / n as f64).ln();
    }
    let excess = tail.iter().map(|v| v - from).sum::<f64>() / tail.len() as f64;
    let beyond = if excess > 0.0 { (value - from) / excess } else { (tail.len() - above) as f64 };
    beyond - (tail.len() as f64 / n as f64).ln()
}

/// One number of all data sets, the observed one first.
pub(super) struct Column {
    values: Vec<f64>,
    pub(super) scores: Vec<f64>,
}

impl Column {
    pub(super) fn new(values: Vec<f64>, tail: Tail) -> Self {
        // The observed number may be far out: it has no part in what is expected.
        let mut upper = values[1..].to_vec();
        upper.sort_by(f64::total_cmp);
        let lower: Vec<f64> = upper.iter().rev().map(|v| -v).collect();
        let of = |&value: &f64| match tail {
            Tail::Upper => score(&upper, value),
            Tail::Both => {
                let larger = score(&upper, value).max(score(&lower, -value));
                (larger - std::f64::consts::LN_2).max(0.0)
            }
        };
        let scores = values.iter().map(of).collect();
        Self { values, scores }
    }

    pub(super) fn tested(&self, largest: &[f64]) -> Tested {
        let simulated = &self.values[1..];
        let share = |scores: &[f64]| {
            let as_large = scores.iter().filter(|s| **s >= self.scores[0]).count();
            as_large as f64 / scores.len() as f64
        };
        Tested {
            value: self.values[0],
            expected: simulated.iter().sum::<f64>() / simulated.len().max(1) as f64,
            p: share(&self.scores),
            adjusted: share(largest),
        }
    }
}
