//! Numbers that a wrong model changes in the residuals r of one experiment, at places x.
//!
//! - mean square Σ r²/n;
//! - serial correlation Σ_{i<j} w_ij r_i r_j / Σ r², w_ij = 1 − |x_i − x_j|/h where that is positive:
//!   the distances are those of the places (around the circle on a periodic domain), so that uneven
//!   spacing counts as it is; h is the larger of two mean spacings and a twentieth of the domain;
//! - slow waves: the mean square of the projections of r on the constant and the waves cos kωx, sin kωx
//!   up to k = 8 (on an interval cos kωx up to 16), orthonormal at the places: what a term that is
//!   missing leaves where no function can take it up; relative to the mean square of r where the
//!   noise level is not known;
//! - runs: how often r keeps its sign from one place to the next;
//! - the largest |r_i|/sd_i, sd_i what is expected of r_i, relative to their root mean square where
//!   the noise level is not known.
//!
//! Counts are summed over neighbouring rows first, until ten (and a thirtieth of all) are expected:
//! R = Σ √μ_j r_j / √Σμ_j.

use faer::MatRef;

/// Least count expected in a group, and most groups.
const LEAST_COUNT: f64 = 10.0;
const MOST_GROUPS: f64 = 30.0;
/// h in mean spacings, and as a part of the domain.
const SPACINGS: f64 = 2.0;
const PART: f64 = 0.05;
/// Most slow waves, and the least number of residuals for each.
const WAVES: usize = 17;
const RESIDUALS_A_WAVE: usize = 3;

/// Some rows with weights, of which the squares sum to 1.
pub(super) struct Group {
    rows: Vec<usize>,
    weights: Vec<f64>,
    /// Mean place.
    x: f64,
}

/// Two residuals near each other.
struct Pair {
    a: usize,
    b: usize,
    weight: f64,
}

/// The residuals of one experiment, in the order of x.
pub(super) struct Sequence {
    groups: Vec<Group>,
    /// Empty where the places are not known.
    pairs: Vec<Pair>,
    /// Orthonormal vectors of the length of the sequence.
    waves: Vec<Vec<f64>>,
    is_circle: bool,
    /// Expected standard deviations.
    sd: Vec<f64>,
}

/// One row a group, by increasing x where it is known.
pub(super) fn single_rows(count: usize, x: Option<&[f64]>) -> Vec<Group> {
    let place = |i: usize| x.map_or(0.0, |x| x[i]);
    order(count, x)
        .into_iter()
        .map(|i| Group { rows: vec![i], weights: vec![1.0], x: place(i) })
        .collect()
}

/// Neighbouring rows with enough counts expected together.
pub(super) fn grouped_counts(expected: &[f64], x: Option<&[f64]>) -> Vec<Group> {
    let total: f64 = expected.iter().sum();
    let least = LEAST_COUNT.max(total / MOST_GROUPS);
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut filled = f64::INFINITY;
    for i in order(expected.len(), x) {
        if filled >= least {
            parts.push(Vec::new());
            filled = 0.0;
        }
        filled += expected[i];
        parts.last_mut().into_iter().for_each(|part| part.push(i));
    }
    if filled < least
        && parts.len() > 1
        && let (Some(rest), Some(last)) = (parts.pop(), parts.last_mut())
    {
        last.extend(rest);
    }
    let group = |rows: Vec<usize>| {
        let sum: f64 = rows.iter().map(|&i| expected[i]).sum();
        let weights = rows.iter().map(|&i| (expected[i] / sum).sqrt()).collect();
        let x = x.map_or(0.0, |x| rows.iter().map(|&i| x[i]).sum::<f64>() / rows.len() as f64);
        Group { rows, weights, x }
    };
    parts.into_iter().map(group).collect()
}

fn order(count: usize, x: Option<&[f64]>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    if let Some(x) = x {
        order.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
    }
    order
}

impl Sequence {
    /// `length` of the domain, and whether it is a circle; without a length the places are not
    /// known. `replicates` are the rows of this experiment in simulated residuals.
    pub(super) fn new(
        groups: Vec<Group>,
        length: Option<f64>,
        is_circle: bool,
        replicates: MatRef<'_, f64>,
    ) -> Self {
        let pairs = length.map_or_else(Vec::new, |length| near_pairs(&groups, length, is_circle));
        let waves = length.map_or_else(Vec::new, |length| slow_waves(&groups, length, is_circle));
        let mut sequence = Self { groups, pairs, waves, is_circle, sd: Vec::new() };
        let mut squares = vec![0.0; sequence.len()];
        for j in 0..replicates.ncols() {
            for (sum, r) in squares.iter_mut().zip(sequence.residuals(replicates, j)) {
                *sum += r * r;
            }
        }
        let count = replicates.ncols().max(1) as f64;
        sequence.sd =
            squares.into_iter().map(|s| (s / count).sqrt().max(f64::MIN_POSITIVE)).collect();
        sequence
    }

    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether the places are known.
    pub(super) fn is_ordered(&self) -> bool {
        !self.pairs.is_empty()
    }

    /// The residuals of column `j`, in order.
    pub(super) fn residuals(&self, all: MatRef<'_, f64>, j: usize) -> Vec<f64> {
        let of = |group: &Group| -> f64 {
            group.rows.iter().zip(&group.weights).map(|(&i, w)| w * all[(i, j)]).sum()
        };
        self.groups.iter().map(of).collect()
    }

    pub(super) fn mean_square(&self, r: &[f64]) -> f64 {
        square(r) / r.len() as f64
    }

    pub(super) fn serial(&self, r: &[f64]) -> f64 {
        let sum: f64 = self.pairs.iter().map(|p| p.weight * r[p.a] * r[p.b]).sum();
        sum / square(r).max(f64::MIN_POSITIVE)
    }

    pub(super) fn slow(&self, r: &[f64], unknown_noise: bool) -> f64 {
        let along = |wave: &Vec<f64>| wave.iter().zip(r).map(|(w, r)| w * r).sum::<f64>().powi(2);
        let mean = self.waves.iter().map(along).sum::<f64>() / self.waves.len().max(1) as f64;
        let unit = if unknown_noise { self.mean_square(r).max(f64::MIN_POSITIVE) } else { 1.0 };
        mean / unit
    }

    /// Neighbours of the same sign.
    pub(super) fn kept_signs(&self, r: &[f64]) -> f64 {
        let same = |a: f64, b: f64| usize::from((a > 0.0) == (b > 0.0));
        let inner: usize = r.windows(2).map(|pair| same(pair[0], pair[1])).sum();
        let last = match (self.is_circle, r) {
            (true, [first, .., last]) => same(*first, *last),
            _ => 0,
        };
        (inner + last) as f64
    }

    pub(super) fn largest(&self, r: &[f64], unknown_noise: bool) -> f64 {
        let standardised: Vec<f64> = r.iter().zip(&self.sd).map(|(r, sd)| r / sd).collect();
        let largest = standardised.iter().fold(0.0, |max: f64, r| max.max(r.abs()));
        if unknown_noise {
            largest / (square(&standardised) / r.len() as f64).sqrt().max(f64::MIN_POSITIVE)
        } else {
            largest
        }
    }

    /// Correlation of residuals one place apart, two, …: for people.
    pub(super) fn autocorrelation(&self, r: &[f64], lags: usize) -> Vec<f64> {
        let n = r.len();
        let lag = |k: usize| {
            let last = if self.is_circle { n } else { n.saturating_sub(k) };
            let sum: f64 = (0..last).map(|i| r[i] * r[(i + k) % n]).sum();
            sum / square(r).max(f64::MIN_POSITIVE)
        };
        (1..=lags).map(lag).collect()
    }
}

fn square(r: &[f64]) -> f64 {
    r.iter().map(|r| r * r).sum()
}

/// By Gram and Schmidt; waves that the places do not tell apart from slower ones are left out.
fn slow_waves(groups: &[Group], length: f64, is_circle: bool) -> Vec<Vec<f64>> {
    const DISTINCT: f64 = 1e-3;
    let n = groups.len();
    let start = groups.first().map_or(0.0, |g| g.x);
    let mut waves: Vec<Vec<f64>> = Vec::new();
    for index in 0..WAVES.min(n / RESIDUALS_A_WAVE) {
        let of = |group: &Group| {
            let turns = (group.x - start) / length * std::f64::consts::PI;
            match (is_circle, index % 2) {
                (true, 1) => (turns * (index + 1) as f64).sin(),
                _ => (turns * index as f64).cos(),
            }
        };
        let mut wave: Vec<f64> = groups.iter().map(of).collect();
        for _ in 0..2 {
            for other in &waves {
                let along: f64 = other.iter().zip(&wave).map(|(o, w)| o * w).sum();
                wave.iter_mut().zip(other).for_each(|(w, o)| *w -= along * o);
            }
        }
        let norm = square(&wave).sqrt();
        if norm > DISTINCT * (n as f64).sqrt() {
            wave.iter_mut().for_each(|w| *w /= norm);
            waves.push(wave);
        }
    }
    waves
}

fn near_pairs(groups: &[Group], length: f64, is_circle: bool) -> Vec<Pair> {
    let n = groups.len();
    let h = (SPACINGS * length / n.max(1) as f64).max(PART * length);
    let mut pairs = Vec::new();
    for a in 0..n {
        for b in a + 1..n {
            let distance = (groups[b].x - groups[a].x).abs();
            let distance = if is_circle { distance.min(length - distance).abs() } else { distance };
            if distance < h {
                pairs.push(Pair { a, b, weight: 1.0 - distance / h });
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Mat;

    fn sequence(x: &[f64], is_circle: bool) -> Sequence {
        let groups = single_rows(x.len(), Some(x));
        let replicates = Mat::from_fn(x.len(), 1, |_, _| 1.0);
        Sequence::new(groups, Some(1.0), is_circle, replicates.as_ref())
    }

    #[test]
    fn residuals_come_in_the_order_of_their_places() {
        let sequence = sequence(&[0.5, 0.1, 0.9], false);
        let all = Mat::from_fn(3, 1, |i, _| i as f64);
        assert_eq!(sequence.residuals(all.as_ref(), 0), vec![1.0, 0.0, 2.0]);
    }

    #[test]
    fn neighbours_across_the_seam_of_a_circle_count() {
        let x: Vec<f64> = (0..20).map(|i| f64::from(i) / 20.0).collect();
        let mut r = vec![0.0; 20];
        (r[0], r[19]) = (1.0, 1.0);
        assert!(sequence(&x, true).serial(&r) > 0.2);
        assert_eq!(sequence(&x, false).serial(&r), 0.0);
        let alternating: Vec<f64> = (0..20).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert_eq!(sequence(&x, true).kept_signs(&alternating), 0.0);
        assert_eq!(sequence(&x, false).kept_signs(&[1.0; 20]), 19.0);
        let lags = sequence(&x, true).autocorrelation(&alternating, 2);
        assert!((lags[0] + 1.0).abs() < 1e-12 && (lags[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn slow_waves_are_orthonormal_at_uneven_places() {
        let x: Vec<f64> = (0..40).map(|i| (f64::from(i) / 40.0).powi(2)).collect();
        for is_circle in [true, false] {
            let sequence = sequence(&x, is_circle);
            assert!(sequence.waves.len() >= 10);
            for (i, a) in sequence.waves.iter().enumerate() {
                for (j, b) in sequence.waves.iter().enumerate() {
                    let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                    assert!((product - f64::from(u8::from(i == j))).abs() < 1e-9, "{i} {j}");
                }
            }
            let count = sequence.waves.len() as f64;
            assert!((sequence.slow(&sequence.waves[2], false) * count - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn few_counts_are_summed_and_keep_their_unit_of_noise() {
        let expected = [4.0, 4.0, 4.0, 20.0, 1.0];
        let groups = grouped_counts(&expected, None);
        let rows: Vec<Vec<usize>> = groups.iter().map(|g| g.rows.clone()).collect();
        assert_eq!(rows, vec![vec![0, 1, 2], vec![3, 4]]);
        for group in groups {
            assert!((square(&group.weights) - 1.0).abs() < 1e-12);
        }
    }
}
