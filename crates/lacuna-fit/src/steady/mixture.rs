//! What is left open when the hyperparameters are not known either: a mixture of normals.
//!
//! p(c | y) = ∫ p(c | y, η) p(η | y) dη, with c given η normal in the linearised problem
//! ([`Linearised::conditional`]) and p(η | y) ∝ evidence × expectation. The integral is a weighted sum
//! over points η_k drawn from Student proposals (5 degrees of freedom) around the maximum of the
//! evidence, with the Fisher information there, from the expectations of the priors' parameters
//! themselves, which may hold a second maximum, and then from a Student proposal with the moments of
//! the points so far. All points together are weighted by p(η_k | y) over the mean of their proposals
//! (adaptive multiple importance sampling), and a weight is at most √n times the mean one. Every point
//! stands for as many components as there are harmonics that may dominate, and one more. Harmonics that
//! change the answer have a fit and a linearised problem of their own (`dominant.rs`).
//!
//! Source: Cornuet, Marin, Mira, Robert, Scand. J. Stat. 39 (2012) 798; Ionides, J. Comput. Graph.
//! Stat. 17 (2008) 295.

use std::sync::Arc;

use faer::linalg::solvers::Solve;
use faer::{Col, Mat, Side};
use lacuna_core::{EvalError, EvalResult};
use rayon::prelude::*;

use super::evidence::{Conditional, Linearised};
use super::hyperparameters::Hyperparameters;
use super::map::ModalFit;
use super::wall::Wall;
use crate::observations::ln_gamma;
use crate::random::Random;

/// Points of the first round around the maximum, from the expectations, and of the second round.
const AROUND: usize = 64;
const BROAD: usize = 32;
const SECOND: usize = 96;
/// Degrees of freedom, and by how much proposals are wider than the moments they are made of.
const FREEDOM: usize = 5;
const WIDER: f64 = 1.2;
/// Components that stand for all.
const MOST: usize = 96;
/// Modes × modes × components that are kept at most.
const MEMORY: usize = 4_000_000;
const SEED: u64 = 0x6c61_6375_6e61;

/// One component, c − ĉ ~ N(shift, covariance), ĉ the coefficients of the fit.
#[derive(Clone, Debug)]
pub struct Component {
    /// Its weight; they sum to 1.
    pub weight: f64,
    /// Shift, length d.
    pub shift: Vec<f64>,
    /// Covariance, d × d; shared by draws.
    pub covariance: Arc<Mat<f64>>,
    /// The hyperparameters it belongs to.
    pub(crate) eta: Hyperparameters,
    /// The fit whose linearised problem it is of.
    pub(super) region: usize,
}

/// The posterior of the coefficients of all modes around those of the fit.
#[derive(Clone, Debug)]
pub struct Mixture {
    /// The components.
    pub components: Vec<Component>,
    /// Σ w_k (Σ_k + δ_k δ_kᵀ): the mean square of c − ĉ.
    pub covariance: Mat<f64>,
    /// How many of the points count: 1/Σ w².
    pub effective: f64,
    /// Whether the components are draws from the posterior (`sampling.rs`), and not of the linearised
    /// problem.
    pub sampled: bool,
    /// Whether chains that drew them have all seen the same.
    pub mixed: bool,
    /// Where nobody is, so that an unknown may be higher there (`wall.rs`).
    pub walls: Vec<Wall>,
}

/// One part of a [`NormalMixture`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Weight.
    pub weight: f64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}

/// A distribution on the line: normal ones with weights of sum 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NormalMixture(pub Vec<Normal>);

/// Points η_k of one problem, with the density they were drawn from.
pub(super) struct Exploration {
    points: Vec<Vec<f64>>,
    log_proposal: Vec<f64>,
}

/// A fit with what its linearised problem leaves open of the hyperparameters.
pub(crate) struct Region {
    pub fit: ModalFit,
    exploration: Exploration,
    /// Which of [`Hyperparameters::dominants`] are its own; others have regions of their own.
    pub own: Vec<bool>,
    /// ln of the evidence of every point, without a dominant harmonic and with each.
    log_evidences: Vec<Vec<f64>>,
}

/// Weights of every point, without a dominant harmonic and with each, of sum 1 over all, and ln of what
/// they were divided by.
struct JointWeights {
    by_point: Vec<Vec<f64>>,
    log_total: f64,
}

/// A proposal.
enum Proposal {
    Student {
        mean: Vec<f64>,
        root: Mat<f64>,
    },
    /// Independent normals.
    Normal {
        mean: Vec<f64>,
        sd: Vec<f64>,
    },
}

impl Proposal {
    /// Around `mean` with covariance `spread`.
    fn student(mean: Vec<f64>, spread: &Mat<f64>) -> Option<Self> {
        let root = (spread * faer::Scale(WIDER * WIDER)).llt(Side::Lower).ok()?.L().to_owned();
        Some(Self::Student { mean, root })
    }

    fn draw(&self, random: &mut Random) -> Vec<f64> {
        match self {
            Self::Student { mean, root } => {
                let square: f64 = (0..FREEDOM).map(|_| random.normal().powi(2)).sum();
                let stretch = (FREEDOM as f64 / square).sqrt();
                let xi = Col::from_fn(mean.len(), |_| random.normal());
                let step = root * xi;
                mean.iter().zip(step.iter()).map(|(m, s)| m + stretch * s).collect()
            }
            Self::Normal { mean, sd } => {
                mean.iter().zip(sd).map(|(m, sd)| m + sd * random.normal()).collect()
            }
        }
    }

    /// ln of the density, up to a constant of the dimension that both kinds leave out alike.
    fn log_density(&self, at: &[f64]) -> f64 {
        let dim = at.len() as f64;
        match self {
            Self::Student { mean, root } => {
                let mut off = Col::from_fn(at.len(), |i| at[i] - mean[i]);
                faer::linalg::triangular_solve::solve_lower_triangular_in_place(
                    root.as_ref(),
                    off.as_mat_mut(),
                    faer::Par::Seq,
                );
                let nu = FREEDOM as f64;
                let volume: f64 = root.diagonal().column_vector().iter().map(|l| l.ln()).sum();
                student_constant(at.len())
                    - volume
                    - 0.5 * (nu + dim) * (off.squared_norm_l2() / nu).ln_1p()
            }
            Self::Normal { mean, sd } => at
                .iter()
                .zip(mean.iter().zip(sd))
                .map(|(at, (mean, sd))| -0.5 * ((at - mean) / sd).powi(2) - sd.ln())
                .sum(),
        }
    }
}

/// ln of Γ((ν + n)/2)/Γ(ν/2) (2/ν)^{n/2}: what a Student density in n dimensions has over (2π)^{−n/2}.
fn student_constant(n: usize) -> f64 {
    let (nu, n) = (FREEDOM as f64, n as f64);
    ln_gamma(0.5 * (nu + n)) - ln_gamma(0.5 * nu) + 0.5 * n * (2.0 / nu).ln()
}

impl Exploration {
    /// Explores around the maximum `eta` of the evidence.
    pub(super) fn new(linearised: &Linearised, eta: &Hyperparameters) -> EvalResult<Self> {
        let mode = eta.read();
        if mode.is_empty() {
            return Ok(Self { points: vec![mode], log_proposal: vec![0.0] });
        }
        let information = linearised.evaluate(eta)?.information;
        let spread = inverse(&information)?;
        let around = Proposal::student(mode.clone(), &spread).ok_or(NOT_FINITE)?;
        let n_noise = eta.log_noise.len();
        let n_priors = mode.len() - n_noise;
        let expected = eta.free();
        let broad = Proposal::Normal {
            mean: (0..mode.len())
                .map(|k| if k < n_priors { expected[k].1.mean } else { mode[k] })
                .collect(),
            sd: (0..mode.len())
                .map(|k| if k < n_priors { expected[k].1.sd } else { 2.0 * spread[(k, k)].sqrt() })
                .collect(),
        };
        let mut random = Random::new(SEED);
        let mut points: Vec<Vec<f64>> = (0..AROUND).map(|_| around.draw(&mut random)).collect();
        let mut proposals = vec![(around, AROUND)];
        if n_priors > 0 {
            points.extend((0..BROAD).map(|_| broad.draw(&mut random)));
            proposals.push((broad, BROAD));
        }
        let values = log_evidences(linearised, eta, &points);
        let moments =
            Moments::new(&points, &weigh(&values, &log_mean_density(&proposals, &points)));
        // A few heavy points have hardly a spread: the information keeps it from collapsing.
        let shrunk = &moments.covariance + &spread * faer::Scale(0.25);
        if let Some(second) = Proposal::student(moments.mean, &shrunk) {
            let new: Vec<Vec<f64>> = (0..SECOND).map(|_| second.draw(&mut random)).collect();
            points.extend(new);
            proposals.push((second, SECOND));
        }
        let log_proposal = log_mean_density(&proposals, &points);
        Ok(Self { points, log_proposal })
    }

    /// ln of the evidence of every point, without a dominant harmonic and with each.
    fn log_evidences(&self, linearised: &Linearised, eta: &Hyperparameters) -> Vec<Vec<f64>> {
        let mut plain = eta.clone();
        plain.set_dominant(None);
        let count = plain.dominants().len();
        let values = |point: &Vec<f64>| {
            let mut at = plain.clone();
            at.write(point);
            linearised.log_evidences(&at).unwrap_or_else(|_| vec![f64::NEG_INFINITY; count])
        };
        self.points.par_iter().map(values).collect()
    }
}

impl Region {
    /// Explores around a fit, whose hyperparameters move to the most probable dominant harmonic of its
    /// `own`, and the mean of the rest with it.
    pub(super) fn new(fit: ModalFit, own: Vec<bool>) -> EvalResult<Self> {
        let exploration = Exploration::new(&fit.linearised, &fit.eta)?;
        let log_evidences = exploration.log_evidences(&fit.linearised, &fit.eta);
        let mut region = Self { fit, exploration, own, log_evidences };
        let weights = region.weights();
        let shares = shares(&weights);
        let best = most(&shares);
        let of_best: Vec<f64> = weights.by_point.iter().map(|w| w[best] / shares[best]).collect();
        let eta = &mut region.fit.eta;
        eta.set_dominant(eta.dominants()[best]);
        // The mean, not the maximum: where the data say little of it, an amplitude has its maximum near
        // zero.
        eta.write(&Moments::new(&region.exploration.points, &of_best).mean);
        Ok(region)
    }

    /// Linearised anew.
    pub(super) fn linearise(&mut self, linearised: Linearised) {
        self.log_evidences = self.exploration.log_evidences(&linearised, &self.fit.eta);
        self.fit.linearised = linearised;
    }

    fn weights(&self) -> JointWeights {
        let of = |values: &Vec<f64>| -> Vec<f64> {
            let value = |(value, own): (&f64, &bool)| if *own { *value } else { f64::NEG_INFINITY };
            values.iter().zip(&self.own).map(value).collect()
        };
        let values: Vec<Vec<f64>> = self.log_evidences.iter().map(of).collect();
        let log_proposal = &self.exploration.log_proposal;
        let totals: Vec<f64> = values.iter().map(|own| log_sum(own)).collect();
        let ratios: Vec<f64> = totals.iter().zip(log_proposal).map(|(p, q)| p - q).collect();
        let log_total = log_sum(&ratios) - (ratios.len() as f64).ln();
        let share = |(values, (total, weight)): (Vec<f64>, (&f64, f64))| {
            let of = |value: f64| if weight > 0.0 { weight * (value - total).exp() } else { 0.0 };
            values.into_iter().map(of).collect()
        };
        let weights = weigh(&totals, log_proposal);
        let by_point = values.into_iter().zip(totals.iter().zip(weights)).map(share).collect();
        JointWeights { by_point, log_total }
    }

    /// The part of the weight that each of the dominant harmonics has.
    pub(super) fn shares(&self) -> Vec<f64> {
        shares(&self.weights())
    }
}

/// The region of the largest weight.
pub(super) fn most_probable_of(regions: &[Region]) -> usize {
    most(&regions.iter().map(|region| region.weights().log_total).collect::<Vec<_>>())
}

/// The place of the largest.
fn most(values: &[f64]) -> usize {
    (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or(0)
}

fn shares(JointWeights { by_point, .. }: &JointWeights) -> Vec<f64> {
    let mut shares = vec![0.0; by_point[0].len()];
    for own in by_point {
        shares.iter_mut().zip(own).for_each(|(share, w)| *share += w);
    }
    shares
}

impl Mixture {
    /// What is left open by all regions, around the fit of the first.
    pub(super) fn new(regions: &[Region]) -> EvalResult<Self> {
        let weights: Vec<JointWeights> = regions.iter().map(Region::weights).collect();
        let log_totals: Vec<f64> = weights.iter().map(|w| w.log_total).collect();
        let log_total = log_sum(&log_totals);
        let of_region: Vec<f64> = log_totals.iter().map(|own| (own - log_total).exp()).collect();
        let mut places: Vec<((usize, usize, usize), f64)> = Vec::new();
        let mut squares = 0.0;
        for (r, own) in weights.iter().enumerate() {
            for (k, own) in own.by_point.iter().enumerate() {
                let weigh = |(d, weight): (usize, &f64)| ((r, k, d), of_region[r] * weight);
                places.extend(own.iter().enumerate().map(weigh));
                squares += (of_region[r] * own.iter().sum::<f64>()).powi(2);
            }
        }
        // Alike ones side by side, so that few stand for many.
        places.sort_by(|((r, k, d), a), ((s, l, e), b)| {
            (r, d).cmp(&(s, e)).then(b.total_cmp(a)).then(k.cmp(l))
        });
        let d = regions[0].fit.coefficients.len();
        let chosen = resample(&places, MOST.min(MEMORY / (d * d).max(1)).max(8));
        // Where the linearised problem of each region has its maximum, and where its fit is.
        let references: Vec<Vec<f64>> = regions
            .iter()
            .map(|r| Ok(r.fit.linearised.conditional(&r.fit.eta)?.mean))
            .collect::<EvalResult<_>>()?;
        let components: Vec<Component> = chosen
            .par_iter()
            .filter_map(|&((region, k, dominant), weight)| {
                let Region { fit, exploration, .. } = &regions[region];
                let mut eta = fit.eta.clone();
                eta.write(&exploration.points[k]);
                eta.set_dominant(eta.dominants()[dominant]);
                let Conditional { mean, covariance } = fit.linearised.conditional(&eta).ok()?;
                let shift = (0..d)
                    .map(|j| mean[j] - references[region][j] + fit.coefficients[j])
                    .zip(&regions[0].fit.coefficients)
                    .map(|(c, reported)| c - reported)
                    .collect();
                let covariance = Arc::new(covariance);
                Some(Component { weight, shift, covariance, eta, region })
            })
            .collect();
        let components = if components.is_empty() {
            let ModalFit { linearised, eta, .. } = &regions[0].fit;
            let covariance = Arc::new(linearised.conditional(eta)?.covariance);
            let (shift, eta) = (vec![0.0; d], eta.clone());
            vec![Component { weight: 1.0, shift, covariance, eta, region: 0 }]
        } else {
            components
        };
        let (covariance, effective) = (mean_square(&components, d), 1.0 / squares);
        let walls = Vec::new();
        Ok(Self { components, covariance, effective, sampled: false, mixed: true, walls })
    }

    /// The mean square of c − ĉ, walls included.
    pub(super) fn open(&self) -> Mat<f64> {
        if self.walls.is_empty() {
            return self.covariance.clone();
        }
        mean_square(&self.components, self.covariance.nrows())
    }

    /// The place of the component in which a share `u` of the weight, in [0, 1), ends.
    pub(super) fn place(&self, u: f64) -> usize {
        let mut left = u;
        let ends = |component: &Component| {
            left -= component.weight;
            left < 0.0
        };
        self.components.iter().position(ends).unwrap_or(0)
    }
}

/// Σ w_k (Σ_k + δ_k δ_kᵀ), d × d.
fn mean_square(components: &[Component], d: usize) -> Mat<f64> {
    let mut sum = Mat::<f64>::zeros(d, d);
    for Component { weight, shift, covariance, .. } in components {
        for j in 0..d {
            for i in 0..d {
                sum[(i, j)] += weight * (covariance[(i, j)] + shift[i] * shift[j]);
            }
        }
    }
    sum
}

const NOT_FINITE: EvalError = EvalError::NonFinite { quantity: "the evidence" };

fn log_evidences(linearised: &Linearised, eta: &Hyperparameters, points: &[Vec<f64>]) -> Vec<f64> {
    let value = |point: &Vec<f64>| {
        let mut own = eta.clone();
        own.write(point);
        linearised.log_evidence(&own).unwrap_or(f64::NEG_INFINITY)
    };
    points.par_iter().map(value).collect()
}

/// At most `count` of the places with weights of sum 1 again, by systematic resampling.
fn resample<T: Copy>(places: &[(T, f64)], count: usize) -> Vec<(T, f64)> {
    let n = count as f64;
    let mut chosen = Vec::with_capacity(count);
    let (mut sum, mut taken) = (0.0, 0.0);
    for (place, weight) in places {
        sum += weight;
        let times = (n * sum + 0.5).floor().min(n) - taken;
        if times > 0.0 {
            chosen.push((*place, times / n));
            taken += times;
        }
    }
    chosen
}

/// ln Σ e^v.
fn log_sum(values: &[f64]) -> f64 {
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if highest == f64::NEG_INFINITY {
        return highest;
    }
    highest + values.iter().map(|v| (v - highest).exp()).sum::<f64>().ln()
}

/// ln Σ n_q q(η)/Σ n_q of every point.
fn log_mean_density(proposals: &[(Proposal, usize)], points: &[Vec<f64>]) -> Vec<f64> {
    let total: usize = proposals.iter().map(|(_, n)| n).sum();
    let at = |point: &Vec<f64>| {
        let own: Vec<f64> = proposals
            .iter()
            .map(|(q, n)| q.log_density(point) + (*n as f64 / total as f64).ln())
            .collect();
        log_sum(&own)
    };
    points.iter().map(at).collect()
}

/// Weights of sum 1, none above √n times the mean.
fn weigh(log_target: &[f64], log_proposal: &[f64]) -> Vec<f64> {
    let ratio: Vec<f64> = log_target.iter().zip(log_proposal).map(|(p, q)| p - q).collect();
    let highest = ratio.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raw: Vec<f64> = ratio.iter().map(|r| (r - highest).exp()).collect();
    let n = raw.len() as f64;
    let most = raw.iter().sum::<f64>() / n * n.sqrt();
    let cut: Vec<f64> = raw.iter().map(|w| w.min(most)).collect();
    let total: f64 = cut.iter().sum();
    cut.iter().map(|w| w / total).collect()
}

struct Moments {
    mean: Vec<f64>,
    covariance: Mat<f64>,
}

impl Moments {
    fn new(points: &[Vec<f64>], weights: &[f64]) -> Self {
        let dim = points[0].len();
        let mut mean = vec![0.0; dim];
        for (point, w) in points.iter().zip(weights) {
            mean.iter_mut().zip(point).for_each(|(m, p)| *m += w * p);
        }
        let covariance = Mat::from_fn(dim, dim, |i, j| {
            let off = |point: &[f64], k: usize| point[k] - mean[k];
            points.iter().zip(weights).map(|(p, w)| w * off(p, i) * off(p, j)).sum()
        });
        Self { mean, covariance }
    }
}

fn inverse(matrix: &Mat<f64>) -> EvalResult<Mat<f64>> {
    let factors = matrix.llt(Side::Lower).map_err(|_| NOT_FINITE)?;
    let mut out = Mat::identity(matrix.nrows(), matrix.nrows());
    factors.solve_in_place(out.as_mut());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampled_places_keep_the_weight_of_many_small_ones() {
        let places: Vec<(usize, f64)> =
            (0..1000).map(|i| (i, if i == 0 { 0.5 } else { 0.5 / 999.0 })).collect();
        let chosen = resample(&places, 20);
        let total: f64 = chosen.iter().map(|(_, weight)| weight).sum();
        assert!((total - 1.0).abs() < 1e-12, "{total}");
        assert!((chosen[0].1 - 0.5).abs() <= 0.5 / 20.0 && chosen[0].0 == 0, "{chosen:?}");
        // One in a hundred of the others, ten of them.
        assert!(
            chosen.len() == 11
                && chosen[1..].windows(2).all(|w| (90..110).contains(&(w[1].0 - w[0].0))),
            "{chosen:?}"
        );
    }
}
