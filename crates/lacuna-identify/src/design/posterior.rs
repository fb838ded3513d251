//! The posterior at one truth, and what every candidate would change of it.
//!
//! Kept for all candidates at once: V = C R (d × n, R the directions), leverages q_i = r_iᵀ C r_i,
//! P = G V (p × n), B = G C Gᵀ (p × p). One measurement k of weight w changes them by
//!
//! ```text
//! α = w/(1 + w q_k),  h = Rᵀ V_k:   V −= α V_k hᵀ,   P −= α P_k hᵀ,   q_i −= α h_i²,   B −= α P_k P_kᵀ
//! ```
//!
//! in O(n (d + p)), so that the next choice costs O(p) a candidate.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use lacuna_core::{EvalError, EvalResult};

use super::problem::LinearTruth;

/// The posterior at one truth for one set of weights.
#[derive(Clone)]
pub(super) struct Posterior<'a> {
    truth: &'a LinearTruth,
    /// ln det C.
    pub log_det: f64,
    /// V, d × n.
    spread: Mat<f64>,
    /// q, n.
    pub leverage: Vec<f64>,
    /// P, p × n.
    pub seen: Mat<f64>,
    /// B, p × p.
    pub goal: Mat<f64>,
}

impl<'a> Posterior<'a> {
    /// From scratch.
    pub fn new(truth: &'a LinearTruth, weights: &[f64]) -> EvalResult<Self> {
        let covariance = Covariance::new(truth, weights)?;
        let spread = &covariance.matrix * &truth.directions;
        let leverage = (0..weights.len())
            .map(|i| truth.directions.col(i).transpose() * spread.col(i))
            .collect();
        let seen = &truth.goal * &spread;
        let goal = &truth.goal * &covariance.matrix * truth.goal.transpose();
        Ok(Self { truth, log_det: covariance.log_det, spread, leverage, seen, goal })
    }

    /// Adds measurement `k` with weight `w` (negative to remove it).
    pub fn update(&mut self, k: usize, w: f64) {
        let v = self.spread.col(k).to_owned();
        let p = self.seen.col(k).to_owned();
        let denominator = 1.0 + w * self.leverage[k];
        let alpha = w / denominator;
        let h = self.truth.directions.transpose() * &v;
        for (i, &h) in h.iter().enumerate() {
            let by = alpha * h;
            if by == 0.0 {
                continue;
            }
            for (to, from) in self.spread.col_mut(i).iter_mut().zip(v.iter()) {
                *to -= by * from;
            }
            for (to, from) in self.seen.col_mut(i).iter_mut().zip(p.iter()) {
                *to -= by * from;
            }
            self.leverage[i] -= by * h;
        }
        for (j, &own) in p.iter().enumerate() {
            for (to, from) in self.goal.col_mut(j).iter_mut().zip(p.iter()) {
                *to -= alpha * own * from;
            }
        }
        self.log_det -= denominator.ln();
    }

    /// K = Rᵀ C R, n × n.
    pub fn kernel(&self) -> Mat<f64> {
        self.truth.directions.transpose() * &self.spread
    }
}

/// C at one truth.
pub(super) struct Covariance {
    pub matrix: Mat<f64>,
    pub log_det: f64,
}

impl Covariance {
    /// (M⁰ + R diag(w) Rᵀ)⁻¹ by Cholesky.
    pub fn new(truth: &LinearTruth, weights: &[f64]) -> EvalResult<Self> {
        let d = truth.information.nrows();
        let used: Vec<usize> = (0..weights.len()).filter(|&i| weights[i] != 0.0).collect();
        let scaled =
            Mat::from_fn(d, used.len(), |i, j| truth.directions[(i, used[j])] * weights[used[j]]);
        let plain = Mat::from_fn(d, used.len(), |i, j| truth.directions[(i, used[j])]);
        let information = &truth.information + &scaled * plain.transpose();
        let cholesky = information
            .llt(Side::Lower)
            .map_err(|_| EvalError::NonFinite { quantity: "the posterior precision" })?;
        let lower = cholesky.L();
        let log_det = -2.0 * (0..d).map(|i| lower[(i, i)].ln()).sum::<f64>();
        let mut matrix = Mat::<f64>::identity(d, d);
        cholesky.solve_in_place(matrix.as_mut());
        Ok(Self { matrix, log_det })
    }
}
