//! What the data say of a state, for Laplace's approximation, where KᵀK is something else.
//!
//! With L δU = M (m × k), g = Mᵀ ∂φ/∂μ and the observed information G = Mᵀ diag(∂²φ/∂μ²) M = V Λ Vᵀ, rows
//!
//! ```text
//! K̂ = Λ^½ Vᵀ,   z = Λ^{−½} Vᵀ g,   so that   K̂ᵀK̂ = G,  K̂ᵀz = g,
//! ```
//!
//! and one more, without derivative, that makes the sum of squares ‖r‖², which noise levels are found
//! from. Along a direction of which the observed curvature is below a quarter of KᵀK, as beside an
//! outlier that other data do not outweigh, KᵀK takes its place: a mode is no maximum there by
//! itself. G is the difference of two condensed matrices, those of positive and of negative curvature,
//! so that no matrix of m rows is formed.

use faer::{Mat, MatMut, MatRef, Side};
use lacuna_core::{EvalError, EvalResult};

use super::Observations;

/// The least part of KᵀK that an observed curvature may have.
const LEAST: f64 = 0.25;

impl Observations {
    /// Puts the observed information in the place of KᵀK, where the likelihood has one of its own:
    /// `residuals` and `out` hold r̃ and K̃ δU before.
    pub(super) fn observe_curvature(
        &self,
        u: &[f64],
        du: MatRef<'_, f64>,
        residuals: &mut [f64],
        mut out: MatMut<'_, f64>,
    ) -> EvalResult {
        let Some(curvature) = self.likelihood.curvature(&self.seen(u)) else { return Ok(()) };
        let total: f64 = residuals.iter().map(|r| r * r).sum();
        let seen = out.as_ref();
        let expected = seen.transpose() * seen;
        let r = MatRef::from_column_major_slice(residuals, residuals.len(), 1);
        let score = seen.transpose() * r;
        let observed = self.gram(&curvature, 1.0, du) - self.gram(&curvature, -1.0, du);
        let not_finite = EvalError::NonFinite { quantity: "the observed information" };
        let eigen = observed.self_adjoint_eigen(Side::Lower).map_err(|_| not_finite)?;
        let (vectors, values) = (eigen.U(), eigen.S().column_vector());
        let least = vectors.transpose() * &expected * vectors;
        let along = vectors.transpose() * &score;
        residuals.fill(0.0);
        out.fill(0.0);
        let (k, rows) = (values.nrows(), residuals.len());
        let mut square = 0.0;
        // The largest are last; at most n differ from zero.
        for (row, j) in (0..k).rev().take(rows - 1).enumerate() {
            let floor = least[(j, j)];
            let value = if values[j] < LEAST * floor { floor } else { values[j] };
            if value <= 0.0 {
                continue;
            }
            let root = value.sqrt();
            residuals[row] = along[(j, 0)] / root;
            square += residuals[row] * residuals[row];
            for i in 0..k {
                out[(row, i)] = root * vectors[(i, j)];
            }
        }
        residuals[rows - 1] = (total - square).max(0.0).sqrt();
        Ok(())
    }

    /// (L δU)ᵀ diag(max(`sign` · `curvature`, 0)) L δU.
    fn gram(&self, curvature: &[f64], sign: f64, du: MatRef<'_, f64>) -> Mat<f64> {
        let scale: Vec<f64> = curvature.iter().map(|c| (sign * c).max(0.0).sqrt()).collect();
        let triangle = self.functionals.condense(&scale, &[]).functionals;
        let mut seen = Mat::zeros(triangle.len(), du.ncols());
        triangle.apply_to_columns(du, seen.as_mut());
        seen.transpose() * &seen
    }
}
