//! The fit as a linear Gaussian problem around the most probable modes, for checks of residuals.
//!
//! With score residuals r, S = K √s (m × d) and z = c/√s the data are equivalent to
//!
//! ```text
//! y = S z − r = S z* + ξ,   z* ~ N(0, I),   ξ ~ N(0, P),   P = I (I − s sᵀ for counts of a given total),
//! ```
//!
//! where the equation, the prior and the noise levels are right. What the fit leaves is
//! y − S (I + SᵀS)⁻¹Sᵀ y, whatever the accuracy to which it converged.

use std::ops::Range;

use faer::Mat;
use lacuna_core::EvalResult;

use super::map::ModalProblem;
use super::{FittedModes, SteadyFit};
use crate::random::Random;

/// The linearised problem of a fit.
#[derive(Clone, Debug)]
pub struct LinearisedFit {
    /// y, length m.
    pub data: Vec<f64>,
    /// S, m × d.
    pub sensitivity: Mat<f64>,
    /// One part for each experiment.
    pub experiments: Vec<LinearisedState>,
}

/// The rows of one experiment.
#[derive(Clone, Debug)]
pub struct LinearisedState {
    /// Its rows.
    pub rows: Range<usize>,
    /// Whether its noise level was found from these data.
    pub unknown_noise: bool,
    /// The count expected in each row, where individuals were counted.
    pub expected_counts: Option<Vec<f64>>,
    /// s: the unit vector along which the residuals are zero.
    pub removed: Option<Vec<f64>>,
}

impl LinearisedFit {
    /// Data of `count` problems in which everything is right (m × count), the same for the same
    /// `seed`.
    pub fn replicates(&self, count: usize, seed: u64) -> Mat<f64> {
        let (m, d) = (self.sensitivity.nrows(), self.sensitivity.ncols());
        let mut random = Random::new(seed);
        let mut noise = Mat::from_fn(m, count, |_, _| random.normal());
        let truths = Mat::from_fn(d, count, |_, _| random.normal());
        for state in &self.experiments {
            let Some(s) = &state.removed else { continue };
            for j in 0..count {
                let own = state.rows.clone().zip(s);
                let along: f64 = own.clone().map(|(i, s)| s * noise[(i, j)]).sum();
                own.for_each(|(i, s)| noise[(i, j)] -= s * along);
            }
        }
        noise + &self.sensitivity * truths
    }
}

impl SteadyFit {
    /// The problem linearised around the most probable modes.
    ///
    /// # Errors
    /// If the states there cannot be computed.
    pub fn linearised(&self) -> EvalResult<LinearisedFit> {
        self.fitted_modes().linearised()
    }
}

impl FittedModes {
    /// The problem linearised around the modes.
    ///
    /// # Errors
    /// If the states there cannot be computed.
    pub fn linearised(&self) -> EvalResult<LinearisedFit> {
        let problem = &self.problem;
        let (m, d) = (problem.n_scores(), problem.n_modes());
        let (mut residuals, mut sensitivity) = (vec![0.0; m], Mat::zeros(m, d));
        problem.linearise(&self.coefficients, &mut residuals, sensitivity.as_mut())?;
        let image = &sensitivity * faer::ColRef::from_slice(&self.coefficients);
        let data = image.iter().zip(&residuals).map(|(k, r)| k - r).collect();
        let sd = problem.unknowns.iter().flat_map(|u| u.prior.standard_deviations());
        for (j, sd) in sd.enumerate() {
            sensitivity.as_mut().col_mut(j).iter_mut().for_each(|k| *k *= sd);
        }
        let states = problem.steady_states(&problem.values(&self.coefficients))?;
        let mut start = 0;
        let experiments = problem
            .states
            .iter()
            .zip(&states)
            .map(|(state, u)| {
                start += state.observations.len();
                LinearisedState {
                    rows: start - state.observations.len()..start,
                    unknown_noise: state.unknown_noise,
                    expected_counts: state.observations.expected_counts(u),
                    removed: state.observations.removed_direction(u),
                }
            })
            .collect();
        Ok(LinearisedFit { data, sensitivity, experiments })
    }
}
