//! Draws from the posterior of a linearised problem, by Laplace's approximation.
//!
//! With S = K √s the posterior of z is N(0, M⁻¹), M = I + SᵀS = L Lᵀ. A draw is z = L⁻ᵀ ξ, ξ standard
//! normal, and the functions are F⁰ + Σ √s_j z_j φ_j (F⁰ times its exponential where they are
//! positive). Draws far from F⁰ may have no steady state.

use faer::linalg::triangular_solve::solve_upper_triangular_in_place;
use faer::{Mat, Par, Side};
use lacuna_core::{EvalError, EvalResult};

use super::modes::{FunctionPrior, Link};
use super::nominal::Sensitivity;
use crate::random::Random;

impl Sensitivity {
    /// Values of every unknown at the points of its slot, drawn from the posterior; the same for the
    /// same seed.
    ///
    /// # Errors
    /// If the sensitivity is not finite.
    pub fn posterior_draw(&self, seed: u64) -> EvalResult<Vec<Vec<f64>>> {
        let s = self.whitened();
        let d = s.ncols();
        let precision = Mat::<f64>::identity(d, d) + s.transpose() * &s;
        let cholesky = precision
            .llt(Side::Lower)
            .map_err(|_| EvalError::NonFinite { quantity: "the posterior precision" })?;
        let mut random = Random::new(seed);
        let mut z = Mat::from_fn(d, 1, |_, _| random.normal());
        solve_upper_triangular_in_place(cholesky.L().transpose(), z.as_mut(), Par::Seq);
        Ok(self.moved(&z))
    }

    /// The functions at whitened coefficients `z` (d × 1).
    fn moved(&self, z: &Mat<f64>) -> Vec<Vec<f64>> {
        let parts = self.priors.iter().zip(&self.columns).zip(&self.values);
        parts
            .map(|((prior, columns), values)| {
                let sd = FunctionPrior::standard_deviations(prior);
                let c = Mat::from_fn(sd.len(), 1, |j, _| sd[j] * z[(columns.start + j, 0)]);
                let change = prior.modes.values() * &c;
                let moved = |(i, value): (usize, &f64)| match prior.link {
                    Link::Identity => value + change[(i, 0)],
                    Link::Exponential => value * change[(i, 0)].exp(),
                };
                values.iter().enumerate().map(moved).collect()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use lacuna_core::{Argument, Interval, Points, Slot, Symmetry};

    use super::*;
    use crate::steady::modes::{Modes, PriorOptions};

    /// Two modes of one function, of which the first is measured with precision 3.
    #[test]
    fn draws_have_the_posterior_covariance() {
        let n = 16;
        let points = (0..n).map(|i| f64::from(i) / f64::from(n)).collect();
        let slot = Slot {
            name: "V",
            description: "",
            argument: Argument::Position,
            symmetry: Symmetry::Even,
            gauge: true,
            positive: false,
            domain: vec![Interval::periodic(0.0, 1.0)],
            points: Points::new(1, points),
            weights: vec![1.0 / f64::from(n); n as usize],
            default: None,
        };
        let options =
            PriorOptions { order: Some(1.0), length_scale: Some(0.2), amplitude: Some(1.0) };
        let prior = FunctionPrior::new(Modes::new(&slot, 2), Link::Identity, 1.0, options);
        let sd = prior.standard_deviations();
        let jacobian = Mat::from_fn(1, 2, |_, j| if j == 0 { 3.0 / sd[0] } else { 0.0 });
        let modes = prior.modes.clone();
        let sensitivity = Sensitivity {
            priors: vec![prior],
            states: Vec::new(),
            values: vec![vec![1.0; n as usize]],
            jacobian,
            rows: vec![0..1, 1..1],
            columns: vec![0..2, 2..2],
            signal: 3.0,
            takes_part: Vec::new(),
            scalings: Vec::new(),
            posterior: None,
        };
        let draws = 2000;
        let mut squares = [0.0; 2];
        for seed in 0..draws {
            let values = sensitivity.posterior_draw(seed).unwrap().swap_remove(0);
            let change = Mat::from_fn(n as usize, 1, |i, _| values[i] - 1.0);
            let c = modes.coefficients(change.as_ref());
            for j in 0..2 {
                squares[j] += (c[(j, 0)] / sd[j]).powi(2) / draws as f64;
            }
        }
        // Variances 1/(1 + 9) and 1; relative standard error of a variance √(2/2000) = 3 %.
        assert!((squares[0] * 10.0 - 1.0).abs() < 0.12, "{squares:?}");
        assert!((squares[1] - 1.0).abs() < 0.12, "{squares:?}");
        let again = sensitivity.posterior_draw(7).unwrap();
        assert_eq!(again, sensitivity.posterior_draw(7).unwrap());
    }
}
