//! What a result leans on: how the most probable functions move when something that was taken as known
//! is not what it was said to be.
//!
//! The most probable coefficients c make the gradient Kᵀr + s⁻¹c vanish (K = ∂r/∂c, m × d, s the
//! variances of the prior). With r also a function of a known number h,
//!
//!   dc/dh = −(KᵀK + s⁻¹)⁻¹ Kᵀ ∂r/∂h = −√s (I + SᵀS)⁻¹ Sᵀ ∂r/∂h,   S = K √s,
//!
//! in the approximation of Gauss and Newton, without a second fit. Strength of the prior and noise levels
//! stay.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};
use lacuna_core::{EvalError, EvalResult};
use lacuna_fit::{FunctionPrior, Sensitivity};

/// The most probable coefficients as functions of what is known.
pub struct Leaning {
    /// S, m × d.
    sensitivity: Mat<f64>,
    /// I + SᵀS, factored.
    factors: Llt<f64>,
    /// √s.
    root: Vec<f64>,
}

impl Leaning {
    /// From the sensitivity of a result.
    ///
    /// # Errors
    /// If that is not finite.
    pub fn new(of: &Sensitivity) -> EvalResult<Self> {
        let root: Vec<f64> =
            of.priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        let (m, d) = (of.jacobian.nrows(), root.len());
        let sensitivity = Mat::from_fn(m, d, |i, j| of.jacobian[(i, j)] * root[j]);
        let precision = Mat::<f64>::identity(d, d) + sensitivity.transpose() * &sensitivity;
        let factors = precision
            .llt(Side::Lower)
            .map_err(|_| EvalError::NonFinite { quantity: "the posterior precision" })?;
        Ok(Self { sensitivity, factors, root })
    }

    /// dc/dh (length d) for ∂r/∂h (length m).
    pub fn coefficients(&self, response: &[f64]) -> Vec<f64> {
        let column = Mat::from_fn(response.len(), 1, |i, _| response[i]);
        let mut z = self.sensitivity.transpose() * &column;
        self.factors.solve_in_place(z.as_mut());
        self.root.iter().enumerate().map(|(j, root)| -root * z[(j, 0)]).collect()
    }

    /// The posterior covariance √s (I + SᵀS)⁻¹ √s of the coefficients (d × d).
    pub fn covariance(&self) -> Mat<f64> {
        let d = self.root.len();
        let mut inverse = Mat::identity(d, d);
        self.factors.solve_in_place(inverse.as_mut());
        Mat::from_fn(d, d, |i, j| self.root[i] * inverse[(i, j)] * self.root[j])
    }
}
