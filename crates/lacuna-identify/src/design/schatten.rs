//! The largest eigenvalue, smoothly: Ψ_p(B) = (tr B^p)^(1/p) ≥ λ_max(B), equal as p → ∞.
//!
//! With B = U Λ Uᵀ and ŷ = Uᵀ s, a rank-one change B − α s sᵀ has, from
//! det(I − tB + tα s sᵀ) = det(I − tB)(1 + Σ_{k≥1} e_k tᵏ), e_k = α Σ_a λ_a^(k−1) ŷ_a²,
//!
//! ```text
//! tr (B − α s sᵀ)^p = tr B^p − p ℓ_p,    Σ ℓ_k tᵏ = ln(1 + Σ e_k tᵏ),
//! ```
//!
//! exactly, in O(d p + p²). All powers are of λ/λ_max.

use faer::{Mat, Side};
use lacuna_core::{EvalError, EvalResult};

/// Eigenvalues below this share of the largest do not count in a power p − 1.
const NEGLIGIBLE: f64 = 1e-9;

/// Ψ_p at one B.
pub(super) struct Schatten {
    pub power: usize,
    /// λ, in decreasing order.
    pub eigenvalues: Vec<f64>,
    /// Uᵀ, eigenvectors in the same order.
    vectors: Mat<f64>,
    /// Σ (λ/λ_max)^p.
    sum: f64,
}

impl Schatten {
    pub fn new(b: &Mat<f64>, power: usize) -> EvalResult<Self> {
        let failed = EvalError::NonFinite { quantity: "the eigenvalues of the covariance" };
        let eigen = b.self_adjoint_eigen(Side::Lower).map_err(|_| failed.clone())?;
        let n = b.nrows();
        let ascending: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
        let eigenvalues: Vec<f64> = ascending.iter().rev().map(|l| l.max(0.0)).collect();
        let u = eigen.U();
        let vectors = Mat::from_fn(n, n, |i, j| u[(j, n - 1 - i)]);
        let largest = eigenvalues.first().copied().unwrap_or(0.0);
        if !(largest > 0.0 && largest.is_finite()) {
            return Err(failed);
        }
        let sum = eigenvalues.iter().map(|l| (l / largest).powi(power as i32)).sum();
        Ok(Self { power, eigenvalues, vectors, sum })
    }

    pub fn largest(&self) -> f64 {
        self.eigenvalues[0]
    }

    /// Ψ_p.
    pub fn value(&self) -> f64 {
        self.largest() * self.sum.powf(1.0 / self.power as f64)
    }

    /// Ŷ = Uᵀ S for columns s.
    pub fn rotated(&self, s: &Mat<f64>) -> Mat<f64> {
        &self.vectors * s
    }

    /// Ψ_p(B − α s sᵀ), for ŷ = Uᵀ s.
    pub fn after(&self, y: impl Iterator<Item = f64>, alpha: f64, scratch: &mut Scratch) -> f64 {
        let (p, largest) = (self.power, self.largest());
        let Scratch { weights, e, l } = scratch;
        weights.clear();
        weights.extend(y.map(|y| alpha * y * y / largest));
        for e in e.iter_mut() {
            *e = weights.iter().sum();
            for (weight, lambda) in weights.iter_mut().zip(&self.eigenvalues) {
                *weight *= lambda / largest;
            }
        }
        for n in 1..=p {
            let inner: f64 = (1..n).map(|k| k as f64 * l[k - 1] * e[n - k - 1]).sum();
            l[n - 1] = e[n - 1] - inner / n as f64;
        }
        let sum = (self.sum - p as f64 * l[p - 1]).max(0.0);
        largest * sum.powf(1.0 / p as f64)
    }

    /// X in the eigenbasis, ∇Ψ_p = U X Uᵀ: x_a = (λ_a/Ψ)^(p−1).
    pub fn slopes(&self) -> Vec<f64> {
        let value = self.value();
        self.eigenvalues.iter().map(|l| (l / value).powi(self.power as i32 - 1)).collect()
    }

    /// How many eigenvalues count in the slopes.
    pub fn leading(&self) -> usize {
        let share = |l: &f64| (l / self.largest()).powi(self.power as i32 - 1);
        self.eigenvalues.iter().take_while(|l| share(l) > NEGLIGIBLE).count()
    }
}

/// Memory of [`Schatten::after`].
pub(super) struct Scratch {
    weights: Vec<f64>,
    e: Vec<f64>,
    l: Vec<f64>,
}

impl Scratch {
    pub fn new(power: usize) -> Self {
        Self { weights: Vec::new(), e: vec![0.0; power], l: vec![0.0; power] }
    }
}
