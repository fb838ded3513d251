//! Residuals of many data summed over neighbours, for checks: what a wrong model leaves is smooth.
//!
//! Consecutive scores i of a group g become R_g = Σ w_i r_i with Σ w_i² = 1: w_i = 1/√(size of g), or
//! √(μ_i/Σμ) for counts, so that R is that of the sum of the counts. R has unit variance where r has, and
//! s becomes the s of the groups. Of values two numbers are kept besides: Σ r² − Σ R², which is χ² with
//! one degree of freedom for each datum that the groups leave out, and the largest |r|. The fit takes up
//! next to nothing of what is left out: it is smooth too.

use faer::{MatMut, MatRef};
use lacuna_core::EvalResult;
use lacuna_grid::Functionals;

use super::condensed::Scores;
use super::{Observations, Weighting};
use crate::normal::normal_quantile;
use crate::random::Random;

/// Residuals and their derivatives, one a group.
#[derive(Clone, Debug)]
pub struct GroupedScores {
    /// R.
    pub residuals: Vec<f64>,
    /// The count expected in each group, where individuals are counted.
    pub expected_counts: Option<Vec<f64>>,
    /// The unit vector along which R is zero, if there is one.
    pub removed: Option<Vec<f64>>,
    /// For how many consecutive scores each group stands; empty where that is one.
    pub sizes: Vec<usize>,
    /// What the groups leave out; none where they leave out nothing, or counts.
    pub within: Option<WithinGroups>,
    functionals: Functionals,
}

/// What sums over groups leave out of the residuals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WithinGroups {
    /// Number of data.
    pub data: usize,
    /// Number of groups.
    pub groups: usize,
    /// Σ r² − Σ R².
    pub square: f64,
    /// The largest |r|.
    pub largest: f64,
}

impl GroupedScores {
    /// The derivatives of R along `du` (n × k) into `out` (groups × k).
    pub fn apply(&self, du: MatRef<'_, f64>, out: MatMut<'_, f64>) {
        let direction = self.removed.clone().map(|s| (s, 1.0));
        Scores { functionals: &self.functionals, diagonal: None, direction }.apply(du, out);
    }
}

impl WithinGroups {
    /// The same of `count` data sets in which everything is right.
    pub fn drawn(&self, count: usize, seed: u64) -> Vec<Self> {
        let mut random = Random::new(seed);
        let left_out = self.data.saturating_sub(self.groups) as f64;
        let mut draw = || {
            let square = random.chi_square(left_out);
            // Of m independent ones the largest is below t with the probability (2Φ(t) − 1)^m.
            let beyond = -((1.0 - random.uniform()).ln() / self.data as f64).exp_m1();
            Self { square, largest: -normal_quantile(0.5 * beyond), ..*self }
        };
        (0..count).map(|_| draw()).collect()
    }
}

impl Observations {
    /// The residuals at `u` that are standard normal where everything is right, and their derivatives,
    /// in at most `most` groups of consecutive ones (at most as many as data).
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate).
    pub fn grouped(&self, u: &[f64], most: usize) -> EvalResult<GroupedScores> {
        let mut r = self.seen(u);
        let m = r.len();
        let counts = self.expected_counts(u);
        let Weighting { diagonal, direction } = self.likelihood.weighting(r.clone());
        self.scores(u)?;
        let diagonal = self.likelihood.standardise(&mut r)?.unwrap_or(diagonal);
        let size = m.div_ceil(most.max(1)).max(1);
        let sizes: Vec<usize> = (0..m).step_by(size).map(|i| size.min(m - i)).collect();
        let mut weights = Vec::with_capacity(m);
        for &size in &sizes {
            let own = weights.len()..weights.len() + size;
            match &counts {
                None => weights.extend(own.map(|_| 1.0 / (size as f64).sqrt())),
                Some(counts) => {
                    let total: f64 = counts[own.clone()].iter().sum();
                    weights.extend(own.map(|i| (counts[i] / total).sqrt()));
                }
            }
        }
        let sum = |values: &[f64]| -> Vec<f64> {
            let mut rest = values.iter().zip(&weights);
            sizes.iter().map(|&n| rest.by_ref().take(n).map(|(v, w)| v * w).sum()).collect()
        };
        let residuals = sum(&r);
        let square = |r: &[f64]| r.iter().map(|r| r * r).sum::<f64>();
        let within = (size > 1 && counts.is_none()).then(|| WithinGroups {
            data: m,
            groups: sizes.len(),
            square: (square(&r) - square(&residuals)).max(0.0),
            largest: r.iter().fold(0.0, |most: f64, r| most.max(r.abs())),
        });
        let scaled: Vec<f64> = weights.iter().zip(&diagonal).map(|(w, d)| w * d).collect();
        let functionals = self.functionals.sums(&sizes, &scaled);
        let removed = direction.map(|s| sum(&s));
        let expected_counts = counts.map(|counts| {
            let mut rest = counts.iter();
            sizes.iter().map(|&n| rest.by_ref().take(n).sum()).collect()
        });
        let sizes = if size > 1 { sizes } else { Vec::new() };
        Ok(GroupedScores { residuals, expected_counts, removed, sizes, within, functionals })
    }
}
