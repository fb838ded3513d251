//! Data that are held out beside what the rest of them predict, without another fit.
//!
//! Where the model is right y ~ N(0, C), C = I + SSᵀ, and the fit leaves r = C⁻¹y. The fold B of the
//! data lies (C⁻¹_BB)⁻¹ r_B from its prediction by the others, of which the covariance, noise and what the
//! others leave open of it, is (C⁻¹_BB)⁻¹. So with D₋B = I + S₋BᵀS₋B
//!
//! ```text
//! T_B = r_Bᵀ (C⁻¹_BB)⁻¹ r_B = ‖r_B‖² + (S_Bᵀr_B)ᵀ D₋B⁻¹ (S_Bᵀr_B) ~ χ² with |B|.
//! ```
//!
//! The folds are not independent: their sum over m is compared with simulated ones.

use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Mat, MatRef, Par, Side};
use lacuna_core::EvalResult;
use lacuna_fit::{LinearisedFit, deal};

use super::linear::{NOT_FINITE, information};

/// The rows of each fold.
pub(super) struct Folds(Vec<Vec<usize>>);

impl Folds {
    /// As cross-validation deals the data; none with fewer than two folds, or too few data for them.
    pub(super) fn deal(fit: &LinearisedFit, count: usize, seed: u64) -> Option<Self> {
        if count < 2 {
            return None;
        }
        let mut folds = vec![Vec::new(); count];
        for (e, state) in fit.experiments.iter().enumerate() {
            for (row, fold) in state.rows.clone().zip(deal(state.rows.len(), count, seed, e)) {
                folds[fold].push(row);
            }
        }
        folds.iter().all(|fold| !fold.is_empty()).then_some(Self(folds))
    }
}

#[cfg(test)]
impl Folds {
    pub(super) fn rows(&self) -> &[Vec<usize>] {
        &self.0
    }
}

/// Σ T_B/m of every column of the residuals `left`.
pub(super) fn held_out(
    sensitivity: MatRef<'_, f64>,
    left: &Mat<f64>,
    folds: &Folds,
) -> EvalResult<Vec<f64>> {
    let all = information(sensitivity);
    let mut sums = vec![0.0; left.ncols()];
    for rows in &folds.0 {
        let own = Mat::from_fn(rows.len(), sensitivity.ncols(), |i, j| sensitivity[(rows[i], j)]);
        let off = Mat::from_fn(rows.len(), left.ncols(), |i, j| left[(rows[i], j)]);
        let others = &all - own.transpose() * &own;
        let factors = others.llt(Side::Lower).map_err(|_| NOT_FINITE)?;
        let mut open = own.transpose() * &off;
        solve_lower_triangular_in_place(factors.L(), open.as_mut(), Par::Seq);
        for (j, sum) in sums.iter_mut().enumerate() {
            *sum += off.col(j).squared_norm_l2() + open.col(j).squared_norm_l2();
        }
    }
    let rows = left.nrows() as f64;
    Ok(sums.into_iter().map(|sum| sum / rows).collect())
}
