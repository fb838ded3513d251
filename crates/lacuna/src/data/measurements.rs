//! What an experiment observed: linear functionals of the state u with noise, or individuals.
//!
//! Rows are in a canonical order (by place, then value), so that files that are shuffled or split
//! give the same numbers. On a circle places are brought into [origin, origin + length); cells and
//! bins keep their width, so that `upper` may lie beyond the end.

use std::path::PathBuf;

use super::{Extent, MIN_POINTS, Roughness};

/// The measurements of one experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurements {
    /// The files they come from.
    pub sources: Vec<PathBuf>,
    /// What they are.
    pub kind: MeasurementKind,
    /// What they contradict and the problem says all the same, in words.
    pub remarks: Vec<String>,
}

/// What was measured; all vectors of one variant have one entry a row.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasurementKind {
    /// u(x_i).
    Values {
        /// Points, ascending, perhaps repeated.
        x: Vec<f64>,
        /// Values there.
        u: Vec<f64>,
        /// Noise on them.
        noise: Noise,
    },
    /// ∫_lower^upper u dx / (upper − lower).
    Averages {
        /// Lower ends of the cells, ascending.
        lower: Vec<f64>,
        /// Upper ends.
        upper: Vec<f64>,
        /// Means of u.
        u: Vec<f64>,
        /// Noise on them.
        noise: Noise,
    },
    /// ∫ φ(x) u dx.
    Functionals {
        /// φ, expressions in x that parse.
        weight: Vec<String>,
        /// Values of the integrals.
        u: Vec<f64>,
        /// Noise on them.
        noise: Noise,
    },
    /// Numbers of individuals in bins that do not overlap.
    Counts {
        /// Lower ends of the bins, ascending.
        lower: Vec<f64>,
        /// Upper ends.
        upper: Vec<f64>,
        /// Whole numbers, not negative.
        count: Vec<f64>,
        /// Expected individuals for each unit of ∫u: the counts are Poisson. `None`: they are
        /// multinomial, given their total within the bins.
        exposure: Option<f64>,
    },
    /// Positions of individuals.
    Positions {
        /// Ascending, perhaps repeated.
        x: Vec<f64>,
    },
}

/// Noise on measured values.
#[derive(Clone, Debug, PartialEq)]
pub enum Noise {
    /// None to speak of: dense values without a noise level that show it.
    Exact,
    /// Gaussian with these standard deviations, one a value.
    Known(Vec<f64>),
    /// Log-normal with these standard deviations of log u, one a value.
    Relative(Vec<f64>),
    /// Gaussian, of the variance floor² + (relative · u)², u as predicted.
    Floored {
        /// The standard deviation relative to u.
        relative: f64,
        /// The least standard deviation.
        floor: f64,
    },
    /// Student's t of heavy tails.
    Student {
        /// Its degrees of freedom.
        freedom: f64,
        /// Its scales, one a value; `None`: one unknown scale.
        scale: Option<Vec<f64>>,
    },
    /// Gaussian with one unknown standard deviation.
    Unknown,
    /// Log-normal with one unknown standard deviation of log u.
    UnknownRelative,
}

impl Measurements {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.kind {
            MeasurementKind::Values { u, .. }
            | MeasurementKind::Averages { u, .. }
            | MeasurementKind::Functionals { u, .. } => u.len(),
            MeasurementKind::Counts { count, .. } => count.len(),
            MeasurementKind::Positions { x } => x.len(),
        }
    }

    /// What they are and how many, e.g. "60 values, noise known".
    pub fn in_words(&self) -> String {
        let n = self.len();
        let noisy = |what: &str, noise: &Noise| {
            let noise = match noise {
                Noise::Exact => "exact".to_owned(),
                Noise::Known(_) => "noise known".into(),
                Noise::Relative(_) => "relative noise known".into(),
                Noise::Floored { relative, floor } => {
                    format!("noise of {:.3} % above a floor of {floor}", 100.0 * relative)
                }
                Noise::Student { freedom, scale } => {
                    let known = if scale.is_some() { "known" } else { "unknown" };
                    format!("Student noise ({freedom} degrees of freedom), scale {known}")
                }
                Noise::Unknown => "noise unknown".into(),
                Noise::UnknownRelative => "relative noise unknown".into(),
            };
            format!("{n} {what}, {noise}")
        };
        match &self.kind {
            MeasurementKind::Values { noise, .. } => noisy("values", noise),
            MeasurementKind::Averages { noise, .. } => noisy("averages over cells", noise),
            MeasurementKind::Functionals { noise, .. } => noisy("functionals", noise),
            MeasurementKind::Counts { count, exposure, .. } => {
                let kind = if exposure.is_some() { "Poisson" } else { "multinomial" };
                format!("{} individuals in {n} bins, {kind}", count.iter().sum::<f64>())
            }
            MeasurementKind::Positions { .. } => format!("positions of {n} individuals"),
        }
    }

    /// Whether there are no rows. Never, for measurements that were read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether they are exact values that can be interpolated to the nodes.
    pub fn is_exact(&self) -> bool {
        matches!(self.kind, MeasurementKind::Values { noise: Noise::Exact, .. })
    }

    /// Whether one level of noise is to be found with the functions.
    pub fn has_unknown_noise(&self) -> bool {
        match &self.kind {
            MeasurementKind::Values { noise, .. }
            | MeasurementKind::Averages { noise, .. }
            | MeasurementKind::Functionals { noise, .. } => {
                matches!(noise, Noise::Unknown | Noise::UnknownRelative)
            }
            MeasurementKind::Counts { .. } | MeasurementKind::Positions { .. } => false,
        }
    }

    /// Whether the state could be interpolated to the nodes: values, none repeated, without a gap
    /// that is too wide.
    pub fn is_dense(&self, extent: &Extent) -> bool {
        matches!(&self.kind, MeasurementKind::Values { x, .. } if dense(x, extent))
    }

    /// What values say of their own noise.
    pub fn roughness(&self) -> Option<Roughness> {
        match &self.kind {
            MeasurementKind::Values { x, u, .. } => Some(Roughness::of(x, u)),
            _ => None,
        }
    }
}

/// Whether sorted points suffice to interpolate over `extent`.
pub(super) fn dense(x: &[f64], extent: &Extent) -> bool {
    x.len() >= MIN_POINTS
        && x.windows(2).all(|pair| extent.tells_apart(pair[0], pair[1]))
        && extent.widest_gap(x).is_some_and(|gap| !gap.is_too_wide())
}
