//! The fit as a linear Gaussian problem around the most probable modes, for checks of residuals.
//!
//! With score residuals r, S = K √s (m × d) and z = c/√s the data are equivalent to
//!
//! ```text
//! y = S z − r = S z* + ξ,   z* ~ N(0, I),   ξ ~ N(0, P),   P = I (I − s sᵀ for counts of a given total),
//! ```
//!
//! where the equation, the prior and the noise levels are right. What the fit leaves is
//! y − S (I + SᵀS)⁻¹Sᵀ y, whatever the accuracy to which it converged. Many data of one experiment are
//! summed over neighbours first (`observations/grouped.rs`).

use std::ops::Range;

use faer::Mat;
use lacuna_core::EvalResult;

use super::departures::{Departure, departures};
use super::{FittedModes, SteadyFit};
use crate::WithinGroups;
use crate::random::Random;

/// Most rows of an experiment.
const MOST_ROWS: usize = 512;

/// The linearised problem of a fit.
#[derive(Clone, Debug)]
pub struct LinearisedFit {
    /// y, length m.
    pub data: Vec<f64>,
    /// S, m × d.
    pub sensitivity: Mat<f64>,
    /// One part for each experiment.
    pub experiments: Vec<LinearisedState>,
    /// What else could be behind the data.
    pub departures: Vec<Departure>,
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
    /// For how many consecutive data each row stands; empty where it is one.
    pub sizes: Vec<usize>,
    /// What the rows leave out of the data they stand for.
    pub within: Option<WithinGroups>,
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
        let values = problem.values(&self.coefficients);
        let sd: Vec<f64> =
            problem.unknowns.iter().flat_map(|u| u.prior.standard_deviations()).collect();
        let z: Vec<f64> = self.coefficients.iter().zip(&sd).map(|(c, sd)| c / sd).collect();
        let (mut data, mut blocks, mut experiments) = (Vec::new(), Vec::new(), Vec::new());
        let mut grouped = Vec::new();
        for (e, state) in problem.states.iter().enumerate() {
            let (u, mut directions) = problem.state_directions(e, &values)?;
            for (j, sd) in sd.iter().enumerate() {
                directions.as_mut().col_mut(j).iter_mut().for_each(|entry| *entry *= sd);
            }
            let scores = state.observations.grouped(&u, MOST_ROWS)?;
            let mut block = Mat::zeros(scores.residuals.len(), sd.len());
            scores.apply(directions.as_ref(), block.as_mut());
            let start = data.len();
            let image = &block * faer::ColRef::from_slice(&z);
            data.extend(image.iter().zip(&scores.residuals).map(|(k, r)| k - r));
            blocks.push(block);
            experiments.push(LinearisedState {
                rows: start..data.len(),
                unknown_noise: state.unknown_noise,
                expected_counts: scores.expected_counts.clone(),
                removed: scores.removed.clone(),
                sizes: scores.sizes.clone(),
                within: scores.within,
            });
            grouped.push(scores);
        }
        let mut sensitivity = Mat::zeros(data.len(), sd.len());
        for (block, state) in blocks.iter().zip(&experiments) {
            let own = state.rows.clone();
            sensitivity.as_mut().subrows_mut(own.start, own.len()).copy_from(block);
        }
        let departures = departures(problem, &*problem.refer(&values)?, &grouped)?;
        Ok(LinearisedFit { data, sensitivity, experiments, departures })
    }
}
