//! The fit as a linear Gaussian problem around the functions that are reported, for checks of residuals.
//!
//! With score residuals r of the function classes, their directions under the prior (whitened to z) and
//! S = ∂r/∂z (m × d) the data are equivalent to
//!
//! ```text
//! y = S z − r = S z* + ξ,   z* ~ N(0, I),   ξ ~ N(0, P),   P = I (I − s sᵀ for counts of a given total),
//! ```
//!
//! where the equation, the prior and the noise levels are right. What the fit leaves is
//! y − S (I + SᵀS)⁻¹Sᵀ y, whatever the accuracy to which it converged. Many data of one experiment are
//! summed over neighbours first (`observations/grouped.rs`).

use std::ops::Range;

use faer::{Mat, MatRef};
use lacuna_core::{EvalError, EvalResult, FactoredJacobian, Objective};

use super::departures::{Departure, departures};
use super::map::ModalProblem;
use super::problem::SteadyProblem;
use super::surrogate::SurrogateObjective;
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
    /// The problem linearised around what is reported: the functions of the classes, with the directions
    /// in which the classes can move.
    ///
    /// # Errors
    /// If the states there cannot be computed.
    pub fn linearised(&self) -> EvalResult<LinearisedFit> {
        let problem = &self.problem;
        let objective = SurrogateObjective::new(problem, self.classes.clone());
        let theta = objective.coordinates(self.theta());
        let mut residuals = vec![0.0; objective.n_residuals()];
        let mut jacobian = FactoredJacobian::default();
        objective.linearise_factored(&theta, &mut residuals, &mut jacobian)?;
        let left = jacobian.left.as_ref();
        let (mut row, mut column) = (problem.n_scores(), 0);
        let (mut directions, mut z, mut flat) = (Vec::new(), Vec::new(), Vec::new());
        for (class, own) in self.classes.iter().zip(objective.directions()) {
            let rows = class.prior.modes.len();
            let prior = left.submatrix(row, column, rows, own.ncols());
            let whitened = whiten(prior, &residuals[row..row + rows])?;
            if class.prior.modes.closed_form().is_some() {
                flat.push(z.len()..z.len() + whitened.coordinates.len());
            }
            directions.push(&own * &whitened.directions);
            z.extend(whitened.coordinates);
            row += rows;
            column += own.ncols();
        }
        let mut fit = LinearisedFit::along(problem, &self.values, &directions, &z)?;
        for columns in flat {
            // The fit is at the centre of the prior of a closed form, so that only the span counts.
            let own = fit.sensitivity.subcols(columns.start, columns.len()).to_owned();
            let own = bounded(own)?;
            fit.sensitivity.as_mut().subcols_mut(columns.start, columns.len()).copy_from(&own);
        }
        Ok(fit)
    }
}

impl FittedModes {
    /// The problem linearised around the modes, of which there are no classes.
    ///
    /// # Errors
    /// If the states there cannot be computed.
    pub fn linearised(&self) -> EvalResult<LinearisedFit> {
        let problem = &self.problem;
        let values = problem.values(&self.coefficients);
        let sd: Vec<f64> =
            problem.unknowns.iter().flat_map(|u| u.prior.standard_deviations()).collect();
        let z: Vec<f64> = self.coefficients.iter().zip(&sd).map(|(c, sd)| c / sd).collect();
        let mut directions = problem.directions(&self.coefficients, &values);
        let columns = directions.iter_mut().flat_map(|d| d.col_iter_mut());
        for (column, sd) in columns.zip(&sd) {
            column.iter_mut().for_each(|entry| *entry *= sd);
        }
        LinearisedFit::along(problem, &values, &directions, &z)
    }
}

impl LinearisedFit {
    /// Along whitened directions of every unknown (points × k_s), with the fit at z.
    fn along(
        problem: &SteadyProblem,
        values: &[Vec<f64>],
        directions: &[Mat<f64>],
        z: &[f64],
    ) -> EvalResult<Self> {
        let (mut data, mut blocks, mut experiments) = (Vec::new(), Vec::new(), Vec::new());
        let mut grouped = Vec::new();
        for (e, state) in problem.states.iter().enumerate() {
            let (u, directions) = problem.state_along(e, values, directions)?;
            let scores = state.observations.grouped(&u, MOST_ROWS)?;
            let mut block = Mat::zeros(scores.residuals.len(), z.len());
            scores.apply(directions.as_ref(), block.as_mut());
            let start = data.len();
            let image = &block * faer::ColRef::from_slice(z);
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
        let mut sensitivity = Mat::zeros(data.len(), z.len());
        for (block, state) in blocks.iter().zip(&experiments) {
            let own = state.rows.clone();
            sensitivity.as_mut().subrows_mut(own.start, own.len()).copy_from(block);
        }
        let departures = departures(problem, &*problem.refer(values)?, &grouped)?;
        Ok(Self { data, sensitivity, experiments, departures })
    }
}

/// Columns of the same span with singular values of at most [`WIDE`].
fn bounded(image: Mat<f64>) -> EvalResult<Mat<f64>> {
    /// Signal to noise beyond which a prior is as good as flat, and squares still keep their digits.
    const WIDE: f64 = 1e4;
    let svd = image
        .thin_svd()
        .map_err(|_| EvalError::NonFinite { quantity: "the effect of a closed form" })?;
    let singular = svd.S().column_vector();
    let mut bounded = Mat::zeros(image.nrows(), image.ncols());
    for k in 0..singular.nrows() {
        let size = singular[k].min(WIDE);
        let columns = bounded.as_mut().col_mut(k).iter_mut();
        columns.zip(svd.U().col(k).iter()).for_each(|(to, u)| *to = size * u);
    }
    Ok(bounded)
}

/// Directions of a class with the standard normal prior, and where the fit is along them.
struct Whitened {
    /// a = directions · z.
    directions: Mat<f64>,
    /// ẑ.
    coordinates: Vec<f64>,
}

/// Directions a with prior residuals z₀ + B a: with B = U Σ Vᵀ, a = V Σ⁻¹ z has the prior of z standard
/// normal, and z₀ lies at Uᵀ z₀. What no prior holds (the constant of a function known up to one) is
/// left out.
fn whiten(b: MatRef<'_, f64>, z: &[f64]) -> EvalResult<Whitened> {
    const SMALLEST: f64 = 1e-13;
    if b.ncols() == 0 {
        return Ok(Whitened { directions: Mat::new(), coordinates: Vec::new() });
    }
    let svd = b
        .thin_svd()
        .map_err(|_| EvalError::NonFinite { quantity: "the prior of a function class" })?;
    let singular: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let kept = singular.iter().take_while(|s| **s > SMALLEST * singular[0]).count();
    let directions = Mat::from_fn(b.ncols(), kept, |i, k| svd.V()[(i, k)] / singular[k]);
    let coordinates = svd.U().subcols(0, kept).transpose() * faer::ColRef::from_slice(z);
    Ok(Whitened { directions, coordinates: coordinates.iter().copied().collect() })
}
