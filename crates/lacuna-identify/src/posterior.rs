//! What a fit leaves open, apart from the fit: a Gaussian on the coefficients of modes.
//!
//! Unknown s is F_s = F̂_s + Φ_s c_s, or F̂_s e^{Φ_s c_s} where it is positive, with F̂ the recovered
//! functions and c ~ N(0, Σ), c (length d) the coefficients of all unknowns one after the other.
//! Beforehand c ~ N(0, diag s), s the variances of the priors.

use std::ops::Range;

use faer::{Mat, Side};
use lacuna_core::{EvalError, EvalResult};
use lacuna_fit::{FunctionPrior, Link};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Priors of the unknowns and the posterior covariance of their coefficients.
#[derive(Clone, Debug)]
pub struct Posterior {
    priors: Vec<FunctionPrior>,
    covariance: Mat<f64>,
    /// R with R Rᵀ = Σ.
    root: Mat<f64>,
}

impl Posterior {
    /// From the prior of every unknown and the covariance Σ (d × d), d the number of all modes.
    ///
    /// # Errors
    /// If the shape is wrong, or Σ has no eigenvalues.
    pub fn new(priors: Vec<FunctionPrior>, covariance: Mat<f64>) -> EvalResult<Self> {
        let expected: usize = priors.iter().map(|p| p.modes.len()).sum();
        for found in [covariance.nrows(), covariance.ncols()] {
            if found != expected {
                let quantity = "the posterior covariance";
                return Err(EvalError::Shape { quantity, found, expected });
            }
        }
        let eigen = covariance
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| EvalError::NonFinite { quantity: "the posterior covariance" })?;
        let values = eigen.S().column_vector();
        // Round-off may leave the smallest eigenvalues below zero.
        let root =
            Mat::from_fn(expected, expected, |i, j| eigen.U()[(i, j)] * values[j].max(0.0).sqrt());
        Ok(Self { priors, covariance, root })
    }

    /// The same from the lower triangle of Σ, row by row: (0,0), (1,0), (1,1), …
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_lower(priors: Vec<FunctionPrior>, lower: &[f64]) -> EvalResult<Self> {
        let d: usize = priors.iter().map(|p| p.modes.len()).sum();
        let expected = d * (d + 1) / 2;
        if lower.len() != expected {
            let (quantity, found) = ("the lower triangle of the posterior covariance", lower.len());
            return Err(EvalError::Shape { quantity, found, expected });
        }
        let entry = |i: usize, j: usize| {
            let (row, column) = (i.max(j), i.min(j));
            lower[row * (row + 1) / 2 + column]
        };
        Self::new(priors, Mat::from_fn(d, d, entry))
    }

    /// The lower triangle of Σ, row by row.
    pub fn lower(&self) -> Vec<f64> {
        let covariance = &self.covariance;
        (0..covariance.nrows()).flat_map(|i| (0..=i).map(move |j| covariance[(i, j)])).collect()
    }

    /// The prior of every unknown.
    pub fn priors(&self) -> &[FunctionPrior] {
        &self.priors
    }

    /// Σ, d × d.
    pub fn covariance(&self) -> &Mat<f64> {
        &self.covariance
    }

    /// The coefficients of unknown `s` among all.
    pub fn columns(&self, s: usize) -> Range<usize> {
        let start: usize = self.priors[..s].iter().map(|p| p.modes.len()).sum();
        start..start + self.priors[s].modes.len()
    }

    /// Draw `index` of c (length d); the same for the same seed and index.
    pub fn draw(&self, seed: u64, index: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(index);
        let mut normal = || {
            let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
            radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
        };
        let xi: Vec<f64> = (0..self.root.ncols()).map(|_| normal()).collect();
        (&self.root * faer::ColRef::from_slice(&xi)).iter().copied().collect()
    }

    /// F_s − F̂_s at the points of the slot, for recovered values F̂_s there and coefficients c.
    pub fn change(&self, s: usize, values: &[f64], c: &[f64]) -> Vec<f64> {
        let prior = &self.priors[s];
        let g = prior.modes.values() * faer::ColRef::from_slice(&c[self.columns(s)]);
        match prior.link {
            Link::Identity => g.iter().copied().collect(),
            Link::Exponential => values.iter().zip(g.iter()).map(|(v, g)| v * g.exp_m1()).collect(),
        }
    }

    /// ∂F_s/∂c_s at c = 0, points × modes.
    pub fn directions(&self, s: usize, values: &[f64]) -> Mat<f64> {
        let prior = &self.priors[s];
        let modes = prior.modes.values();
        match prior.link {
            Link::Identity => modes.to_owned(),
            Link::Exponential => {
                Mat::from_fn(modes.nrows(), modes.ncols(), |i, j| values[i] * modes[(i, j)])
            }
        }
    }

    /// √s of all coefficients.
    pub fn prior_deviations(&self) -> Vec<f64> {
        self.priors.iter().flat_map(FunctionPrior::standard_deviations).collect()
    }
}
