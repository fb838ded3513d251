//! What data can say of unknown functions: verdicts from the sensitivity operator.
//!
//! S (m × d) takes changes z of all unknowns, in prior standard deviations of their modes, to changes
//! of the predictions in units of their noise. With S = U Σ Vᵀ the posterior covariance of z is
//! C = I − V Σ²(I + Σ²)⁻¹ Vᵀ, and that of the coefficients √s C √s. For an unknown with the columns a:
//!
//! - its 95 % band, relative to its scale A, is 1.96 (Σ_{j∈a} s_j C_jj)^{1/2}/A: a root mean square over
//!   the domain, since modes are orthonormal in the mean;
//! - a direction of it is well determined where the data halve its variance or more: an eigenvalue of
//!   C_aa below ½;
//! - with P the projection onto singular vectors along which predictions change by less than 1e-11 of
//!   themselves (rounding, not information), √s_a P_aa √s_a has as its
//!   largest eigenvalue the square of the largest change, at one prior standard deviation, that
//!   leaves every prediction as it is;
//! - the changes of functions on the grid that leave every state as it is (`null_space.rs`) count as
//!   unseen whatever is measured: a finite sum of modes shows them only roughly.
//!
//! Jointly, all unknowns may change; separately, one at a time. An unknown is
//!
//! | verdict | where |
//! |---|---|
//! | structurally unidentified | 1.96 times the largest unseen change exceeds 0.4 of the tolerance, in units of A |
//! | identified | otherwise, its band is at most the tolerance |
//! | practically unidentified | otherwise |
//!
//! Source: the idea of structural and practical identifiability is that of Raue et al.,
//! Bioinformatics 25 (2009) 1923; for functions, arXiv 2510.14140.

use std::fmt;
use std::ops::Range;

use faer::Mat;
use lacuna_core::EvalResult;
use lacuna_fit::{FunctionPrior, GridTangents, Link, Sensitivity, UNDETERMINED};

use crate::band::NORMAL;
use crate::null_space::{Lost, NullSpaces, Unseen};
use crate::seen::{Seen, scaled_block, symmetric_eigenvalues, weakest};

/// Relative change of all predictions, for a change of one prior standard deviation, below which
/// nothing changes.
pub const UNSEEN: f64 = 1e-11;
/// Part of the tolerance that an unseen change has to have to be noticed.
const NOTICED: f64 = 0.4;
/// The normal quantile of a 95 % band.
pub const BAND: f64 = NORMAL[0];
/// Posterior variance of a well-determined direction, relative to its prior.
const WELL: f64 = 0.5;

/// What the data can say of an unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Its band is narrow.
    Identified,
    /// Its band is wide: better data of the same kind would help.
    Practically,
    /// Some change of it leaves every prediction as it is: only other data would help.
    Structurally,
}

impl Verdict {
    /// Its name in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Identified => "identified",
            Self::Practically => "practically-unidentified",
            Self::Structurally => "structurally-unidentified",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identified => "identified",
            Self::Practically => "practically unidentified",
            Self::Structurally => "structurally unidentified",
        })
    }
}

/// A verdict and its measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// How many directions the data determine well.
    pub directions: usize,
    /// The predicted 95 % band relative to the scale.
    pub relative_band: f64,
    /// 1.96 times the largest change, relative to the scale, that leaves every prediction as it is.
    pub unseen: f64,
}

/// What the data can say of one unknown.
#[derive(Clone, Debug)]
pub struct UnknownDiagnosis {
    /// With all other unknowns unknown.
    pub joint: Finding,
    /// With all other unknowns known.
    pub separate: Finding,
    /// With one other unknown known, by that unknown; the entry of itself is `joint`.
    pub without: Vec<Finding>,
    /// How many directions it has.
    pub of: usize,
    /// The scale its band is relative to: the amplitude of its prior; for a scalar its value, or 1 for
    /// the logarithm of a positive one.
    pub scale: f64,
    /// z of the change that the data see least of, measured by this unknown: an unseen one where
    /// there is one, else the widest of the posterior at one standard deviation. Length d.
    pub weakest: Vec<f64>,
    /// Where a change of functions on the grid leaves every state as it is, whatever is measured: that
    /// change, one prior standard deviation long, of every unknown at the points of its slot (of the
    /// logarithm, where it is positive).
    pub unseen_change: Option<Vec<Vec<f64>>>,
    /// Such a change of this unknown alone.
    pub alone: Option<Vec<f64>>,
    /// By what factor there would have to be more data of the same kind for it to be identified;
    /// none where that would not help.
    pub more_data: Option<f64>,
    /// Posterior covariance of its coefficients.
    pub covariance: Mat<f64>,
}

/// What the data can say.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// By unknown.
    pub unknowns: Vec<UnknownDiagnosis>,
    /// Of all unknowns together: the worst verdict, all directions.
    pub joint: Finding,
    /// Singular values of S, the largest first: signal to noise at one prior standard deviation.
    pub spectrum: Vec<f64>,
    /// Share of each singular direction in each unknown: spectrum × unknowns.
    pub shares: Vec<Vec<f64>>,
    /// Posterior covariance of the coefficients of all modes.
    pub covariance: Mat<f64>,
}

/// What one unknown is measured by.
struct Measure {
    /// √s of its modes.
    sd: Vec<f64>,
    /// Means of the products of its modes over the domain, of tangents of a closed form; else the identity.
    gram: Option<Mat<f64>>,
    scale: f64,
    tolerance: f64,
}

/// A finding, and what of it modes alone do not say.
struct Found {
    finding: Finding,
    /// Whether modes say it too that a change is unseen.
    in_modes: bool,
    /// Whether functions on the grid say it.
    on_grid: bool,
    /// The share of the variance of what is lost on the grid that is not lost in modes.
    beyond: f64,
    /// How many directions are lost on the grid.
    lost: usize,
}

impl Measure {
    /// From the coefficients `own` of C and P, and from what is lost on the grid.
    fn find(
        &self,
        posterior: &Mat<f64>,
        unseen: &Mat<f64>,
        own: &Range<usize>,
        among: &Unseen<'_>,
        a: usize,
    ) -> EvalResult<Found> {
        if let Some(gram) = &self.gram {
            return Ok(self.of_parameters(gram, posterior, own));
        }
        let noticed = NOTICED * self.tolerance;
        let variance = |(j, sd): (usize, &f64)| sd * sd * posterior[(own.start + j, own.start + j)];
        let variance: f64 = self.sd.iter().enumerate().map(variance).sum();
        let change = scaled_block(unseen, own, &self.sd);
        let largest = symmetric_eigenvalues(change.as_ref())?.last().map_or(0.0, |l| l.max(0.0));
        let unseen = BAND * largest.sqrt() / self.scale;
        let Lost { size, directions: lost } = among.lost(a, self.scale, noticed)?;
        let on_grid = size > noticed;
        let beyond = if on_grid { (1.0 - (unseen / size).powi(2)).max(0.0) } else { 0.0 };
        let lost = if on_grid { lost } else { 0 };
        let of_modes = BAND * variance.max(0.0).sqrt() / self.scale;
        let relative_band = of_modes.hypot(beyond.sqrt() * size);
        let (start, length) = (own.start, own.len());
        let own_part = posterior.as_ref().submatrix(start, start, length, length);
        let well = symmetric_eigenvalues(own_part)?.iter().filter(|v| **v < WELL).count();
        let in_modes = unseen > noticed;
        let verdict = if in_modes || on_grid {
            Verdict::Structurally
        } else if relative_band <= self.tolerance {
            Verdict::Identified
        } else {
            Verdict::Practically
        };
        let directions = well.min(length.saturating_sub(lost));
        let unseen = if on_grid { unseen.max(size) } else { unseen };
        let finding = Finding { verdict, directions, relative_band, unseen };
        Ok(Found { finding, in_modes, on_grid, beyond, lost })
    }
}

impl Measure {
    /// Of a closed form: whether the data bound every parameter, and how wide the band of the function is.
    fn of_parameters(&self, gram: &Mat<f64>, posterior: &Mat<f64>, own: &Range<usize>) -> Found {
        let covariance = scaled_block(posterior, own, &self.sd);
        let d = own.len();
        let of_row = |i: usize| (0..d).map(|j| gram[(i, j)] * covariance[(i, j)]).sum::<f64>();
        let variance: f64 = (0..d).map(of_row).sum();
        let relative_band = BAND * variance.max(0.0).sqrt() / self.scale;
        let sd: Vec<f64> = (0..d).map(|j| covariance[(j, j)].max(0.0).sqrt()).collect();
        let largest = sd.iter().copied().fold(0.0, f64::max);
        let lost = largest >= UNDETERMINED;
        let verdict = if lost {
            Verdict::Structurally
        } else if relative_band <= self.tolerance {
            Verdict::Identified
        } else {
            Verdict::Practically
        };
        let directions = sd.iter().filter(|sd| **sd < UNDETERMINED).count();
        let unseen = if lost { largest } else { 0.0 };
        let finding = Finding { verdict, directions, relative_band, unseen };
        Found { finding, in_modes: false, on_grid: false, beyond: 0.0, lost: 0 }
    }
}

/// ΦᵀwΦ of the tangents of a closed form.
fn gram(prior: &FunctionPrior) -> Option<Mat<f64>> {
    prior.modes.closed_form()?;
    let (modes, weights) = (prior.modes.values(), prior.modes.weights());
    let weighted = Mat::from_fn(modes.nrows(), modes.ncols(), |i, j| weights[i] * modes[(i, j)]);
    Some(modes.transpose() * weighted)
}

/// The scale of an unknown with this prior and these values: of a closed form its root mean square.
pub fn scale(prior: &FunctionPrior, values: &[f64]) -> f64 {
    if let (Some(form), Link::Identity) = (prior.modes.closed_form(), prior.link) {
        let weights = prior.modes.weights();
        let square: f64 = values.iter().zip(weights).map(|(v, w)| w * v * v).sum();
        let mean: f64 = values.iter().zip(weights).map(|(v, w)| w * v).sum();
        let size = if form.is_gauge() { (square - mean * mean).max(0.0) } else { square };
        return if size > 0.0 { size.sqrt() } else { 1.0 };
    }
    match (prior.link, values) {
        (Link::Exponential, _) if prior.modes.closed_form().is_some() => 1.0,
        _ if prior.modes.length > 0.0 => prior.amplitude(),
        (Link::Exponential, _) => 1.0,
        (Link::Identity, [value]) if *value != 0.0 => value.abs(),
        (Link::Identity, _) => prior.unit,
    }
}

/// Examines a linearised problem, as far as there are derivatives on the grid with those, with the 95 %
/// band that counts as narrow.
///
/// # Errors
/// If a derivative is not finite.
pub fn diagnose(
    sensitivity: &Sensitivity,
    tangents: &[GridTangents],
    tolerance: f64,
) -> EvalResult<Diagnosis> {
    let s = sensitivity.whitened();
    let columns = &sensitivity.columns;
    let d = s.ncols();
    // R keeps all that singular values and right vectors of any columns depend on.
    let r = if s.nrows() > d { s.qr().R().subrows(0, d).to_owned() } else { s };
    let all = Seen::new(r.as_ref())?;
    let nothing = UNSEEN * sensitivity.signal;
    let unseen = all.unseen(nothing);
    let sd: Vec<f64> =
        sensitivity.priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
    let posterior = match &sensitivity.posterior {
        Some(found) => Mat::from_fn(d, d, |i, j| found[(i, j)] / (sd[i] * sd[j])),
        None => all.posterior(),
    };
    let n = columns.len();
    let spaces = NullSpaces::new(tangents);
    let others = |b: usize| -> Vec<usize> { (0..n).filter(|c| *c != b).collect() };
    let together = spaces.among(&others(n))?;
    let several = if n > 1 { n } else { 0 };
    let alone = (0..several).map(|a| spaces.among(&[a])).collect::<EvalResult<Vec<_>>>()?;
    let many = if n > 2 { n } else { 0 };
    let all_but = (0..many).map(|b| spaces.among(&others(b))).collect::<EvalResult<Vec<_>>>()?;
    let mut unknowns = Vec::new();
    let (mut beyond, mut lost) = (0.0_f64, 0);
    for (a, prior) in sensitivity.priors.iter().enumerate() {
        let own = columns[a].clone();
        let measure = Measure {
            sd: prior.standard_deviations(),
            gram: gram(prior),
            scale: scale(prior, &sensitivity.values[a]),
            tolerance,
        };
        let found = measure.find(&posterior, &unseen, &own, &together, a)?;
        (beyond, lost) = (beyond.max(found.beyond), lost.max(found.lost));
        let joint = found.finding;
        let among = |kept: &[usize], on_grid: &Unseen<'_>| -> EvalResult<Found> {
            let chosen: Vec<usize> = kept.iter().flat_map(|&b| columns[b].clone()).collect();
            let start: usize =
                kept.iter().take_while(|b| **b != a).map(|&b| columns[b].len()).sum();
            let own = start..start + columns[a].len();
            let part = Mat::from_fn(r.nrows(), chosen.len(), |i, j| r[(i, chosen[j])]);
            let seen = Seen::new(part.as_ref())?;
            let (posterior, unseen) = (seen.posterior(), seen.unseen(nothing));
            measure.find(&posterior, &unseen, &own, on_grid, a)
        };
        let of_joint = if found.in_modes { &unseen } else { &posterior };
        let change = found.on_grid.then(|| together.change(a)).transpose()?;
        let weakest = weakest(of_joint, &own, &measure.sd)?;
        let by_itself = if n == 1 { found } else { among(&[a], &alone[a])? };
        let separate = by_itself.finding;
        let alone_or_all = if n == 1 { &together } else { &alone[a] };
        let own_change = by_itself.on_grid.then(|| alone_or_all.change(a)).transpose()?;
        let mut without = Vec::new();
        for b in 0..n {
            without.push(match all_but.get(b) {
                _ if b == a => joint,
                None => separate,
                Some(space) => among(&others(b), space)?.finding,
            });
        }
        unknowns.push(UnknownDiagnosis {
            joint,
            separate,
            without,
            of: own.len(),
            scale: measure.scale,
            weakest,
            unseen_change: change,
            alone: own_change.and_then(|mut change| change.pop()),
            more_data: match measure.gram {
                Some(_) => Some((joint.relative_band / tolerance).powi(2)),
                None => {
                    all.more_data(&own, &measure.sd, (tolerance * measure.scale / BAND).powi(2))
                }
            },
            covariance: Mat::new(),
        });
    }
    let mut covariance = Mat::from_fn(d, d, |i, j| sd[i] * posterior[(i, j)] * sd[j]);
    if beyond > 0.0 {
        covariance += together.covariance(&sensitivity.priors) * faer::Scale(beyond);
    }
    for (unknown, own) in unknowns.iter_mut().zip(columns) {
        let (start, length) = (own.start, own.len());
        unknown.covariance = covariance.as_ref().submatrix(start, start, length, length).to_owned();
    }
    let well = all.singular.iter().filter(|s| 1.0 / (1.0 + **s * **s) < WELL).count();
    let joint = Finding {
        verdict: unknowns.iter().map(|u| u.joint.verdict).max().unwrap_or(Verdict::Identified),
        directions: well.min(d - lost.min(d)),
        relative_band: unknowns.iter().map(|u| u.joint.relative_band).fold(0.0, f64::max),
        unseen: unknowns.iter().map(|u| u.joint.unseen).fold(0.0, f64::max),
    };
    let share = |k: usize, a: &Range<usize>| a.clone().map(|j| all.v[(j, k)].powi(2)).sum();
    let shares =
        (0..all.singular.len()).map(|k| columns.iter().map(|a| share(k, a)).collect()).collect();
    Ok(Diagnosis { unknowns, joint, spectrum: all.singular, shares, covariance })
}
