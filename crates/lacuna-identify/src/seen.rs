//! What a linear operator S on whitened coefficients sees, by its singular values: S = U Σ Vᵀ.

use std::ops::Range;

use faer::{Mat, MatRef, Side};
use lacuna_core::{EvalError, EvalResult};

/// Largest factor of data worth naming.
const MOST_DATA: f64 = 1e8;

/// S on some columns, by its singular values.
pub(crate) struct Seen {
    /// Right singular vectors, d × r.
    pub v: Mat<f64>,
    /// The largest first.
    pub singular: Vec<f64>,
}

impl Seen {
    pub fn new(s: MatRef<'_, f64>) -> EvalResult<Self> {
        const FAILED: EvalError = EvalError::NonFinite { quantity: "the sensitivity operator" };
        if !s.is_all_finite() {
            return Err(FAILED);
        }
        let svd = s.thin_svd().map_err(|_| FAILED)?;
        let singular = svd.S().column_vector().iter().copied().collect();
        Ok(Self { v: svd.V().to_owned(), singular })
    }

    /// I − V (1 − l(Σ)) Vᵀ; where V is square that is V l(Σ) Vᵀ, without cancellation.
    fn left(&self, l: impl Fn(f64) -> f64) -> Mat<f64> {
        let (d, r) = (self.v.nrows(), self.singular.len());
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

    /// C = I − V Σ²(I + Σ²)⁻¹ Vᵀ.
    pub fn posterior(&self) -> Mat<f64> {
        self.left(|s| 1.0 / (1.0 + s * s))
    }

    /// P, the projection onto what has singular values of at most `nothing`.
    pub fn unseen(&self, nothing: f64) -> Mat<f64> {
        self.left(|s| f64::from(u8::from(s <= nothing)))
    }

    /// By what factor there would have to be more data of the same kind for the coefficients `own`,
    /// of prior standard deviations `sd`, to have at most this variance.
    pub fn more_data(&self, own: &Range<usize>, sd: &[f64], variance: f64) -> Option<f64> {
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

/// √s M √s for the rows and columns `own` of M.
pub(crate) fn scaled_block(matrix: &Mat<f64>, own: &Range<usize>, sd: &[f64]) -> Mat<f64> {
    Mat::from_fn(own.len(), own.len(), |i, j| {
        sd[i] * matrix[(own.start + i, own.start + j)] * sd[j]
    })
}

/// z = M_{·a} √s w/√λ with (λ, w) the largest eigenpair of √s M_aa √s: of M = P the unseen change of
/// unit length that changes the unknown most, of M = C its widest change at one standard deviation.
pub(crate) fn weakest(matrix: &Mat<f64>, own: &Range<usize>, sd: &[f64]) -> EvalResult<Vec<f64>> {
    let (values, vectors) = eigen(&scaled_block(matrix, own, sd))?;
    let last = own.len() - 1;
    let z = (0..matrix.nrows()).map(|i| {
        let sum = |(j, sd): (usize, &f64)| matrix[(i, own.start + j)] * sd * vectors[(j, last)];
        sd.iter().enumerate().map(sum).sum::<f64>()
    });
    let root = values[last].max(f64::MIN_POSITIVE).sqrt();
    Ok(z.map(|z| z / root).collect())
}

/// Eigenvalues of a symmetric matrix, the smallest first.
pub(crate) fn symmetric_eigenvalues(matrix: MatRef<'_, f64>) -> EvalResult<Vec<f64>> {
    matrix.self_adjoint_eigenvalues(Side::Lower).map_err(|_| NOT_FINITE)
}

const NOT_FINITE: EvalError = EvalError::NonFinite { quantity: "the posterior covariance" };

fn eigen(matrix: &Mat<f64>) -> EvalResult<(Vec<f64>, Mat<f64>)> {
    let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| NOT_FINITE)?;
    Ok((eigen.S().column_vector().iter().copied().collect(), eigen.U().to_owned()))
}
