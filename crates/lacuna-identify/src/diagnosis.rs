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
//!   leaves every prediction as it is.
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

use faer::{Mat, MatRef, Side};
use lacuna_core::{EvalError, EvalResult};
use lacuna_fit::{FunctionPrior, Link, Sensitivity, UNDETERMINED};

use crate::band::NORMAL;

/// Relative change of all predictions, for a change of one prior standard deviation, below which
/// nothing changes.
pub const UNSEEN: f64 = 1e-11;
/// Part of the tolerance that an unseen change has to have to be noticed.
const NOTICED: f64 = 0.4;
/// The normal quantile of a 95 % band.
pub const BAND: f64 = NORMAL[0];
/// Largest factor of data worth naming.
const MOST_DATA: f64 = 1e8;
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

/// S on some columns, by its singular values.
struct Seen {
    /// Right singular vectors, d × r.
    v: Mat<f64>,
    /// The largest first.
    singular: Vec<f64>,
}

impl Seen {
    fn new(s: MatRef<'_, f64>) -> EvalResult<Self> {
        const FAILED: EvalError = EvalError::NonFinite { quantity: "the sensitivity operator" };
        if !s.is_all_finite() {
            return Err(FAILED);
        }
        let svd = s.thin_svd().map_err(|_| FAILED)?;
        let singular = svd.S().column_vector().iter().copied().collect();
        Ok(Self { v: svd.V().to_owned(), singular })
    }

    /// I − V (1 − l(Σ)) Vᵀ, where V is square V l(Σ) Vᵀ: no cancellation then.
    fn left(&self, l: impl Fn(f64) -> f64) -> Mat<f64> {
        let d = self.v.nrows();
        let r = self.singular.len();
        if r == d {
            let scaled = Mat::from_fn(d, d, |i, k| self.v[(i, k)] * l(self.singular[k]));
            return scaled * self.v.transpose();
        }
        let scaled = Mat::from_fn(d, r, |i, k| self.v[(i, k)] * (1.0 - l(self.singular[k])));
        let mut out = -(scaled * self.v.transpose());
        for i in 0..d {
            out[(i, i)] += 1.0;
        }
        out
    }

    /// C.
    fn posterior(&self) -> Mat<f64> {
        self.left(|s| 1.0 / (1.0 + s * s))
    }

    /// P, where `signal` is the signal of a relative change of 1.
    fn unseen(&self, signal: f64) -> Mat<f64> {
        self.left(|s| f64::from(u8::from(s <= UNSEEN * signal)))
    }

    /// By what factor there would have to be more data of the same kind for the coefficients `own`,
    /// of prior standard deviations `sd`, to have at most this variance.
    fn more_data(&self, own: &Range<usize>, sd: &[f64], variance: f64) -> Option<f64> {
        let with = |factor: f64| -> f64 {
            let left = |j: usize| -> f64 {
                let seen = |(k, s): (usize, &f64)| {
                    let square = factor * s * s;
                    self.v[(own.start + j, k)].powi(2) * square / (1.0 + square)
                };
                1.0 - self.singular.iter().enumerate().map(seen).sum::<f64>()
            };
            sd.iter().enumerate().map(|(j, sd)| sd * sd * left(j)).sum()
        };
        let mut factor = 1.0;
        while with(factor) > variance {
            factor *= 1.25;
            if factor > MOST_DATA {
                return None;
            }
        }
        Some(factor)
    }
}

/// What one unknown is measured by.
struct Measure {
    /// √s of its modes.
    sd: Vec<f64>,
    /// Means of the products of its modes over the domain: the identity, but for tangents of closed forms.
    gram: Option<Mat<f64>>,
    scale: f64,
    tolerance: f64,
}

impl Measure {
    /// From C and P of this unknown alone.
    fn finding(&self, posterior: MatRef<'_, f64>, unseen: MatRef<'_, f64>) -> EvalResult<Finding> {
        let d = self.sd.len();
        let entry = |i: usize, j: usize| self.sd[i] * posterior[(i, j)] * self.sd[j];
        let variance: f64 = match &self.gram {
            None => (0..d).map(|j| entry(j, j)).sum(),
            Some(gram) => {
                (0..d).map(|i| (0..d).map(|j| gram[(i, j)] * entry(i, j)).sum::<f64>()).sum()
            }
        };
        let relative_band = BAND * variance.max(0.0).sqrt() / self.scale;
        if self.gram.is_some() {
            return Ok(self.of_parameters(posterior, relative_band));
        }
        let change = Mat::from_fn(self.sd.len(), self.sd.len(), |i, j| {
            self.sd[i] * unseen[(i, j)] * self.sd[j]
        });
        let largest = largest_eigenpair(&change)?.value.max(0.0).sqrt();
        let unseen = BAND * largest / self.scale;
        let eigenvalues = symmetric_eigenvalues(posterior)?;
        let verdict = if unseen > NOTICED * self.tolerance {
            Verdict::Structurally
        } else if relative_band <= self.tolerance {
            Verdict::Identified
        } else {
            Verdict::Practically
        };
        let directions = eigenvalues.iter().filter(|value| **value < WELL).count();
        Ok(Finding { verdict, directions, relative_band, unseen })
    }
}

impl Measure {
    /// Of a closed form: what the data leave of its widest direction says whether they bound it at all.
    fn of_parameters(&self, posterior: MatRef<'_, f64>, relative_band: f64) -> Finding {
        let largest = (0..self.sd.len()).map(|j| self.sd[j] * posterior[(j, j)].max(0.0).sqrt());
        let largest = largest.fold(0.0, f64::max);
        let bounded = |j: &usize| self.sd[*j] * posterior[(*j, *j)].max(0.0).sqrt() < UNDETERMINED;
        let verdict = if largest >= UNDETERMINED {
            Verdict::Structurally
        } else if relative_band <= self.tolerance {
            Verdict::Identified
        } else {
            Verdict::Practically
        };
        let unseen = if verdict == Verdict::Structurally { largest } else { 0.0 };
        let directions = (0..self.sd.len()).filter(bounded).count();
        Finding { verdict, directions, relative_band, unseen }
    }
}

/// ΦᵀwΦ of the tangents of a closed form.
fn gram(prior: &FunctionPrior) -> Option<Mat<f64>> {
    prior.modes.closed_form()?;
    let modes = prior.modes.values();
    let weights = prior.modes.weights();
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

/// Examines a linearised problem, with the 95 % band that counts as narrow.
///
/// # Errors
/// If a derivative is not finite.
pub fn diagnose(sensitivity: &Sensitivity, tolerance: f64) -> EvalResult<Diagnosis> {
    let s = sensitivity.whitened();
    let columns = &sensitivity.columns;
    let d = s.ncols();
    // R keeps all that singular values and right vectors of any columns depend on.
    let r = if s.nrows() > d { s.qr().R().subrows(0, d).to_owned() } else { s };
    let all = Seen::new(r.as_ref())?;
    let signal = sensitivity.signal;
    let (posterior, unseen) = (all.posterior(), all.unseen(signal));
    let mut unknowns = Vec::new();
    for (a, prior) in sensitivity.priors.iter().enumerate() {
        let own = columns[a].clone();
        let measure = Measure {
            sd: prior.standard_deviations(),
            gram: gram(prior),
            scale: scale(prior, &sensitivity.values[a]),
            tolerance,
        };
        let joint = measure.finding(block(&posterior, &own), block(&unseen, &own))?;
        let among = |kept: &[usize]| -> EvalResult<Finding> {
            let chosen: Vec<usize> = kept.iter().flat_map(|&b| columns[b].clone()).collect();
            let start: usize =
                kept.iter().take_while(|b| **b != a).map(|&b| columns[b].len()).sum();
            let own = start..start + columns[a].len();
            let part = Mat::from_fn(r.nrows(), chosen.len(), |i, j| r[(i, chosen[j])]);
            let seen = Seen::new(part.as_ref())?;
            measure.finding(block(&seen.posterior(), &own), block(&seen.unseen(signal), &own))
        };
        let separate = if columns.len() == 1 { joint } else { among(&[a])? };
        let mut without = Vec::new();
        for b in 0..columns.len() {
            let kept: Vec<usize> = (0..columns.len()).filter(|c| *c != b).collect();
            without.push(match columns.len() {
                _ if b == a => joint,
                2 => separate,
                _ => among(&kept)?,
            });
        }
        let structural = joint.verdict == Verdict::Structurally && measure.gram.is_none();
        let of_joint = if structural { &unseen } else { &posterior };
        let weakest = weakest(of_joint, &own, &measure.sd)?;
        let own_covariance = Mat::from_fn(own.len(), own.len(), |i, j| {
            measure.sd[i] * posterior[(own.start + i, own.start + j)] * measure.sd[j]
        });
        unknowns.push(UnknownDiagnosis {
            joint,
            separate,
            without,
            of: own.len(),
            scale: measure.scale,
            weakest,
            more_data: match measure.gram {
                None => {
                    all.more_data(&own, &measure.sd, (tolerance * measure.scale / BAND).powi(2))
                }
                Some(_) => Some((joint.relative_band / tolerance).powi(2)),
            },
            covariance: own_covariance,
        });
    }
    let sd: Vec<f64> =
        sensitivity.priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
    let joint = Finding {
        verdict: unknowns.iter().map(|u| u.joint.verdict).max().unwrap_or(Verdict::Identified),
        directions: all.singular.iter().filter(|s| 1.0 / (1.0 + **s * **s) < WELL).count(),
        relative_band: unknowns.iter().map(|u| u.joint.relative_band).fold(0.0, f64::max),
        unseen: unknowns.iter().map(|u| u.joint.unseen).fold(0.0, f64::max),
    };
    let share = |k: usize, a: &Range<usize>| a.clone().map(|j| all.v[(j, k)].powi(2)).sum();
    let shares =
        (0..all.singular.len()).map(|k| columns.iter().map(|a| share(k, a)).collect()).collect();
    let covariance = Mat::from_fn(d, d, |i, j| sd[i] * posterior[(i, j)] * sd[j]);
    Ok(Diagnosis { unknowns, joint, spectrum: all.singular, shares, covariance })
}

fn block<'a>(matrix: &'a Mat<f64>, own: &Range<usize>) -> MatRef<'a, f64> {
    matrix.as_ref().submatrix(own.start, own.start, own.len(), own.len())
}

/// z = M_{·a} √s w/√λ with (λ, w) the largest eigenpair of √s M_aa √s: of M = P the unseen change of
/// unit length that changes the unknown most, of M = C its widest change at one standard deviation.
fn weakest(matrix: &Mat<f64>, own: &Range<usize>, sd: &[f64]) -> EvalResult<Vec<f64>> {
    let scaled = Mat::from_fn(own.len(), own.len(), |i, j| {
        sd[i] * matrix[(own.start + i, own.start + j)] * sd[j]
    });
    let Eigenpair { value, vector } = largest_eigenpair(&scaled)?;
    let z = (0..matrix.nrows()).map(|i| {
        let sum = |(j, sd): (usize, &f64)| matrix[(i, own.start + j)] * sd * vector[j];
        sd.iter().enumerate().map(sum).sum::<f64>()
    });
    let root = value.max(f64::MIN_POSITIVE).sqrt();
    Ok(z.map(|z| z / root).collect())
}

struct Eigenpair {
    value: f64,
    vector: Vec<f64>,
}

fn largest_eigenpair(matrix: &Mat<f64>) -> EvalResult<Eigenpair> {
    let eigen = matrix
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| EvalError::NonFinite { quantity: "the posterior covariance" })?;
    let last = matrix.nrows() - 1;
    let value = eigen.S().column_vector()[last];
    Ok(Eigenpair { value, vector: eigen.U().col(last).iter().copied().collect() })
}

fn symmetric_eigenvalues(matrix: MatRef<'_, f64>) -> EvalResult<Vec<f64>> {
    matrix
        .self_adjoint_eigenvalues(Side::Lower)
        .map_err(|_| EvalError::NonFinite { quantity: "the posterior covariance" })
}
