//! What a linear Gaussian fit leaves of data y (m × N, one column a data set).
//!
//! With S (m × d) the prior-whitened sensitivities, D = I + SᵀS:
//!
//! - residuals r = y − S D⁻¹ Sᵀ y, of covariance (I + SSᵀ)⁻¹ where the model is right;
//! - experiment e beside the others: with D₋ₑ = I + S₋ₑᵀS₋ₑ the others predict S_e D₋ₑ⁻¹ S₋ₑᵀ y₋ₑ of it.
//!   Along the left singular vectors U of S_e with singular values above 1, the directions in which
//!   the unknowns can move y_e by more than its noise,
//!
//! ```text
//! t = Uᵀ(y_e − S_e D₋ₑ⁻¹ S₋ₑᵀ y₋ₑ),   C = I + UᵀS_e D₋ₑ⁻¹ S_eᵀU,   T = tᵀC⁻¹t ~ χ² with k = rank U.
//! ```

use std::ops::Range;

use faer::linalg::solvers::Solve;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Mat, MatRef, Par, Side};
use lacuna_core::{EvalError, EvalResult};
use lacuna_fit::{LinearisedFit, LinearisedState};

pub(super) const NOT_FINITE: EvalError =
    EvalError::NonFinite { quantity: "the covariance of residuals" };

/// r for every column of `data`.
pub(super) fn residuals(sensitivity: MatRef<'_, f64>, data: &Mat<f64>) -> EvalResult<Mat<f64>> {
    let factors = information(sensitivity).llt(Side::Lower).map_err(|_| NOT_FINITE)?;
    let mut modes = sensitivity.transpose() * data;
    factors.solve_in_place(modes.as_mut());
    Ok(data - sensitivity * modes)
}

/// f of every data set (column of the residuals `left`), by experiment: 1 where the noise is known.
pub(super) fn noise_factors(fit: &LinearisedFit, left: &Mat<f64>) -> EvalResult<Vec<Vec<f64>>> {
    let sensitivity = fit.sensitivity.as_ref();
    let factors = information(sensitivity).llt(Side::Lower).map_err(|_| NOT_FINITE)?;
    let of = |state: &LinearisedState| {
        if !state.unknown_noise {
            return vec![1.0; left.ncols()];
        }
        let (start, count) = (state.rows.start, state.rows.len());
        let own = sensitivity.subrows(start, count);
        let mut followed = own.transpose() * own;
        factors.solve_in_place(followed.as_mut());
        let used: f64 = followed.diagonal().column_vector().iter().sum();
        let freedom = (count as f64 - used).max(1.0);
        let square = |j: usize| left.col(j).subrows(start, count).squared_norm_l2();
        (0..left.ncols()).map(|j| (square(j) / freedom).sqrt().max(f64::MIN_POSITIVE)).collect()
    };
    Ok(fit.experiments.iter().map(of).collect())
}

/// I + SᵀS.
pub(super) fn information(sensitivity: MatRef<'_, f64>) -> Mat<f64> {
    let mut matrix = sensitivity.transpose() * sensitivity;
    for j in 0..matrix.nrows() {
        matrix[(j, j)] += 1.0;
    }
    matrix
}

/// T and k of one experiment.
pub(super) struct Consistency {
    /// T of every column.
    pub values: Vec<f64>,
    /// k.
    pub directions: usize,
}

/// The experiment with these rows beside the others; none where its data see nothing of the
/// unknowns above their noise.
pub(super) fn consistency(
    sensitivity: MatRef<'_, f64>,
    data: &Mat<f64>,
    rows: &Range<usize>,
) -> EvalResult<Option<Consistency>> {
    let own = sensitivity.subrows(rows.start, rows.len());
    let own_data = data.as_ref().subrows(rows.start, rows.len());
    let svd = own.thin_svd().map_err(|_| NOT_FINITE)?;
    let directions = svd.S().column_vector().iter().take_while(|s| **s > 1.0).count();
    if directions == 0 {
        return Ok(None);
    }
    let left = svd.U().subcols(0, directions);
    let seen = left.transpose() * own;
    let others = information(sensitivity) - own.transpose() * own;
    let factors = others.llt(Side::Lower).map_err(|_| NOT_FINITE)?;
    let mut predicted = sensitivity.transpose() * data - own.transpose() * own_data;
    factors.solve_in_place(predicted.as_mut());
    let mut off = left.transpose() * own_data - &seen * predicted;
    let mut spread = seen.transpose().to_owned();
    factors.solve_in_place(spread.as_mut());
    let mut covariance = &seen * spread;
    for j in 0..directions {
        covariance[(j, j)] += 1.0;
    }
    let factors = covariance.llt(Side::Lower).map_err(|_| NOT_FINITE)?;
    solve_lower_triangular_in_place(factors.L(), off.as_mut(), Par::Seq);
    let square = |j: usize| off.col(j).iter().map(|t| t * t).sum();
    Ok(Some(Consistency { values: (0..off.ncols()).map(square).collect(), directions }))
}
