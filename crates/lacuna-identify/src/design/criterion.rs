//! Φ_j and its derivatives with respect to the weights.
//!
//! With V, q, P, K of `posterior.rs` and X = ∇Ψ_p(B) of `schatten.rs`,
//!
//! | | ∂Φ/∂w_i | ∂²Φ/∂w_i∂w_k |
//! |---|---|---|
//! | trace | −P_iᵀP_i | 2 (P_iᵀP_k) K_ik |
//! | ln det | −½ q_i | ½ K_ik² |
//! | largest (Ψ_p) | −P_iᵀ X P_i | 2 (P_iᵀ X P_k) K_ik + ∇²Ψ_p[P_iP_iᵀ, P_kP_kᵀ] |
//!
//! In the eigenbasis ∇²Ψ_p[A, A'] = Σ_ab D_ab A_ab A'_ab − (p−1)/Ψ ⟨X, A⟩⟨X, A'⟩, D_ab the divided
//! difference of x(λ) = (λ/Ψ)^(p−1).

use faer::{Mat, MatMut};
use lacuna_core::EvalResult;

use super::posterior::Posterior;
use super::problem::Criterion;
use super::schatten::{Schatten, Scratch};

/// What is minimised: the criterion, the largest eigenvalue replaced by Ψ_p.
#[derive(Clone, Copy, Debug)]
pub(super) struct Smooth {
    pub criterion: Criterion,
    pub power: usize,
}

/// Φ_j and what each candidate would change of it.
pub(super) struct Survey {
    pub value: f64,
    pub changes: Vec<f64>,
}

impl Smooth {
    pub fn value(self, at: &Posterior<'_>) -> EvalResult<f64> {
        Ok(match self.criterion {
            Criterion::Trace => trace(at),
            Criterion::LogDet => 0.5 * at.log_det,
            Criterion::Largest => Schatten::new(&at.goal, self.power)?.value(),
        })
    }

    /// Φ_j, and its change by one more measurement of each of n candidates.
    pub fn survey(self, at: &Posterior<'_>, n: usize) -> EvalResult<Survey> {
        Ok(match self.criterion {
            Criterion::Trace => {
                let change = |i: usize| -at.seen.col(i).squared_norm_l2() / (1.0 + at.leverage[i]);
                Survey { value: trace(at), changes: (0..n).map(change).collect() }
            }
            Criterion::LogDet => {
                let changes = at.leverage.iter().map(|q| -0.5 * q.ln_1p()).collect();
                Survey { value: 0.5 * at.log_det, changes }
            }
            Criterion::Largest => {
                let schatten = Schatten::new(&at.goal, self.power)?;
                let rotated = schatten.rotated(&at.seen);
                let mut scratch = Scratch::new(self.power);
                let value = schatten.value();
                let change = |i: usize| {
                    let alpha = 1.0 / (1.0 + at.leverage[i]);
                    let y = rotated.col(i).iter().copied();
                    schatten.after(y, alpha, &mut scratch) - value
                };
                Survey { value, changes: (0..n).map(change).collect() }
            }
        })
    }

    /// Adds ∇Φ_j to `gradient` (n) and, times `weight`, ∇²Φ_j to `hessian` (n × n).
    pub fn add_derivatives(
        self,
        at: &Posterior<'_>,
        weight: f64,
        gradient: &mut [f64],
        mut hessian: MatMut<'_, f64>,
    ) -> EvalResult<()> {
        let n = gradient.len();
        let kernel = at.kernel();
        if self.criterion == Criterion::LogDet {
            for (k, gradient) in gradient.iter_mut().enumerate() {
                *gradient -= 0.5 * weight * at.leverage[k];
                for i in 0..n {
                    hessian[(i, k)] += 0.5 * weight * kernel[(i, k)].powi(2);
                }
            }
            return Ok(());
        }
        // √X P, with X = I for the trace.
        let mut weighted = at.seen.clone();
        if self.criterion == Criterion::Largest {
            let schatten = Schatten::new(&at.goal, self.power)?;
            let slopes = schatten.slopes();
            let rotated = schatten.rotated(&at.seen);
            let m = schatten.leading();
            weighted = Mat::from_fn(m, n, |a, i| slopes[a].sqrt() * rotated[(a, i)]);
            add_curvature(&schatten, &slopes, &rotated, weight, hessian.as_mut());
        }
        let gram = weighted.transpose() * &weighted;
        for (k, gradient) in gradient.iter_mut().enumerate() {
            *gradient -= weight * gram[(k, k)];
            for i in 0..n {
                hessian[(i, k)] += 2.0 * weight * gram[(i, k)] * kernel[(i, k)];
            }
        }
        Ok(())
    }
}

/// tr B.
fn trace(at: &Posterior<'_>) -> f64 {
    (0..at.goal.nrows()).map(|i| at.goal[(i, i)]).sum()
}

/// weight · ∇²Ψ_p along all pairs of changes −y yᵀ, `rotated` holding the y (p × n).
fn add_curvature(
    schatten: &Schatten,
    slopes: &[f64],
    rotated: &Mat<f64>,
    weight: f64,
    mut hessian: MatMut<'_, f64>,
) {
    let (m, n) = (schatten.leading(), rotated.ncols());
    let (value, p) = (schatten.value(), schatten.power as f64);
    let lambda = &schatten.eigenvalues;
    let derivative = |a: usize| (p - 1.0) * slopes[a] / lambda[a];
    let difference = |a: usize, b: usize| {
        let gap = lambda[a] - lambda[b];
        if gap > 1e-6 * lambda[a] {
            (slopes[a] - slopes[b]) / gap
        } else {
            0.5 * (derivative(a) + derivative(b))
        }
    };
    // D_ab = 0 where neither eigenvalue counts.
    let pairs: Vec<[usize; 2]> =
        (0..m).flat_map(|a| (a..lambda.len()).map(move |b| [a, b])).collect();
    let features = Mat::from_fn(pairs.len(), n, |row, i| {
        let [a, b] = pairs[row];
        let twice = if a == b { 1.0 } else { 2.0 };
        (twice * difference(a, b)).max(0.0).sqrt() * rotated[(a, i)] * rotated[(b, i)]
    });
    let gram = features.transpose() * &features;
    let along: Vec<f64> =
        (0..n).map(|i| (0..m).map(|a| slopes[a] * rotated[(a, i)].powi(2)).sum()).collect();
    for k in 0..n {
        for i in 0..n {
            let curvature = gram[(i, k)] - (p - 1.0) / value * along[i] * along[k];
            hessian[(i, k)] += weight * curvature;
        }
    }
}
