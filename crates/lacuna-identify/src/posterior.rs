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

/// How far below zero round-off takes eigenvalues of a covariance relative to the prior's, or to the largest.
const ROUND_OFF: f64 = 1e-6;

/// Priors of the unknowns and the posterior covariance of their coefficients.
#[derive(Clone, Debug)]
pub struct Posterior {
    priors: Vec<FunctionPrior>,
    covariance: Mat<f64>,
    /// R with R Rᵀ = Σ: column j is a direction of its own under prior and posterior.
    root: Mat<f64>,
    /// ρ_j: the part of its prior variance that the data left of column j.
    left: Vec<f64>,
}

impl Posterior {
    /// From the prior of every unknown and the covariance Σ (d × d), d the number of all modes.
    ///
    /// # Errors
    /// If the shape is wrong, or Σ has eigenvalues that are not finite or far below zero.
    pub fn new(priors: Vec<FunctionPrior>, covariance: Mat<f64>) -> EvalResult<Self> {
        let expected: usize = priors.iter().map(|p| p.modes.len()).sum();
        for found in [covariance.nrows(), covariance.ncols()] {
            if found != expected {
                let quantity = "the posterior covariance";
                return Err(EvalError::Shape { quantity, found, expected });
            }
        }
        // Σ = √s U ρ Uᵀ √s: directions in which the data took away the same part of the prior variance.
        let sd: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        let sd: Vec<f64> = sd.iter().map(|sd| if *sd > 0.0 { *sd } else { 1.0 }).collect();
        let eigen = Mat::from_fn(expected, expected, |i, j| covariance[(i, j)] / (sd[i] * sd[j]))
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| EvalError::NonFinite { quantity: "the posterior covariance" })?;
        // Round-off may leave the smallest eigenvalues below zero, and none far below.
        let spectrum = eigen.S().column_vector();
        let largest = spectrum.iter().fold(1.0, |largest: f64, rho| largest.max(*rho));
        let allowed = |rho: &f64| rho.is_finite() && *rho >= -ROUND_OFF * largest;
        if let Some(index) = spectrum.iter().position(|rho| !allowed(rho)) {
            return Err(EvalError::OutOfDomain {
                quantity: "an eigenvalue of the posterior covariance",
                value: spectrum[index],
                index,
                requirement: "finite and not negative",
            });
        }
        let left: Vec<f64> = eigen.S().column_vector().iter().map(|rho| rho.max(0.0)).collect();
        let root =
            Mat::from_fn(expected, expected, |i, j| sd[i] * eigen.U()[(i, j)] * left[j].sqrt());
        Ok(Self { priors, covariance, root, left })
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

    /// R (d × d) with R Rᵀ = Σ, and ρ (length d): the part of the prior variance along each column of
    /// R that the data have left.
    pub fn root(&self) -> (&Mat<f64>, &[f64]) {
        (&self.root, &self.left)
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

#[cfg(test)]
mod tests {
    use lacuna_core::{Argument, Points, Slot, Symmetry};
    use lacuna_fit::{Modes, PriorOptions};

    use super::*;

    fn prior(link: Link) -> FunctionPrior {
        let slot = Slot {
            name: "k",
            description: "a scalar",
            argument: Argument::None,
            gauge: false,
            positive: false,
            symmetry: Symmetry::None,
            points: Points::none(),
            weights: vec![1.0],
            domain: Vec::new(),
            default: None,
        };
        FunctionPrior::new(Modes::new(&slot, 1), link, 1.0, PriorOptions::default())
    }

    fn two() -> Posterior {
        let covariance = Mat::from_fn(2, 2, |i, j| [[0.04, 0.018], [0.018, 0.09]][i][j]);
        Posterior::new(vec![prior(Link::Identity), prior(Link::Exponential)], covariance).unwrap()
    }

    #[test]
    fn draws_have_the_covariance_and_depend_on_seed_and_index_alone() {
        let posterior = two();
        let n = 20_000;
        let draws: Vec<Vec<f64>> = (0..n).map(|index| posterior.draw(3, index)).collect();
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
            let moment = draws.iter().map(|c| c[i] * c[j]).sum::<f64>() / n as f64;
            // Five standard errors of a second moment.
            let error = 5.0 * (2.0 / n as f64).sqrt() * 0.09;
            let expected = posterior.covariance()[(i, j)];
            assert!((moment - expected).abs() < error, "{i}{j}: {moment}");
        }
        assert_eq!(posterior.draw(3, 17), two().draw(3, 17));
        assert_ne!(posterior.draw(3, 17), posterior.draw(4, 17));
    }

    #[test]
    fn the_root_is_that_of_the_covariance_in_units_of_the_prior() {
        let posterior = two();
        let (root, left) = posterior.root();
        let square = root * root.transpose();
        assert!((&square - posterior.covariance()).norm_max() < 1e-15);
        // Σ s⁻¹ has the eigenvalues ρ: their sum is its trace.
        let sd = posterior.prior_deviations();
        let trace: f64 = (0..2).map(|i| posterior.covariance()[(i, i)] / sd[i].powi(2)).sum();
        assert!((left.iter().sum::<f64>() - trace).abs() < 1e-12 * trace);
    }

    #[test]
    fn the_lower_triangle_is_enough() {
        let posterior = two();
        let lower = posterior.lower();
        assert_eq!(lower, [0.04, 0.018, 0.09]);
        let again = Posterior::from_lower(posterior.priors().to_vec(), &lower).unwrap();
        assert_eq!(again.covariance(), posterior.covariance());
        let short = Posterior::from_lower(posterior.priors().to_vec(), &lower[1..]);
        assert!(matches!(short, Err(EvalError::Shape { found: 2, expected: 3, .. })));
    }

    #[test]
    fn positive_functions_change_by_factors() {
        let posterior = two();
        assert_eq!(posterior.change(0, &[5.0], &[0.25, 1.0]), [0.25]);
        let factor = posterior.change(1, &[5.0], &[0.25, 1.0])[0];
        assert!((factor - 5.0 * (1f64.exp() - 1.0)).abs() < 1e-14);
        assert_eq!(posterior.directions(1, &[5.0])[(0, 0)], 5.0);
    }
}
