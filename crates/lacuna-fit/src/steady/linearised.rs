//! The fit as a linear Gaussian problem around the functions that are reported, for checks of residuals.
//!
//! With score residuals r of the function classes, their directions a under the prior (whitened to z) and
//! S = ∂r/∂z (m × d) the data are equivalent to
//!
//! ```text
//! y = S z − r = S z* + ξ,   z* ~ N(0, I),   ξ ~ N(0, P),   P = I (I − s sᵀ for counts of a given total),
//! ```
//!
//! where the equation, the prior and the noise levels are right. What the fit leaves is
//! y − S (I + SᵀS)⁻¹Sᵀ y, whatever the accuracy to which it converged.

use std::ops::Range;

use faer::{Mat, MatRef};
use lacuna_core::{EvalError, EvalResult, FactoredJacobian, Objective};

use super::map::ModalProblem;
use super::problem::SteadyProblem;
use super::surrogate::SurrogateObjective;
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
    /// From S, the score residuals r and ẑ.
    fn new(
        problem: &SteadyProblem,
        values: &[Vec<f64>],
        sensitivity: Mat<f64>,
        residuals: &[f64],
        z: &[f64],
    ) -> EvalResult<Self> {
        let image = &sensitivity * faer::ColRef::from_slice(z);
        let data = image.iter().zip(residuals).map(|(s, r)| s - r).collect();
        let states = problem.steady_states(values)?;
        let parts = problem.states.iter().zip(&states).zip(problem.rows());
        let experiments = parts
            .map(|((state, u), rows)| LinearisedState {
                rows,
                unknown_noise: state.unknown_noise,
                expected_counts: state.observations.expected_counts(u),
                removed: state.observations.removed_direction(u),
            })
            .collect();
        Ok(Self { data, sensitivity, experiments })
    }

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
        let m = problem.n_scores();
        let (scores, prior) = residuals.split_at(m);
        let (mut sensitivity, mut z) = (Mat::zeros(m, left.ncols()), Vec::new());
        let (mut row, mut column) = (0, 0);
        for rank in objective.ranks() {
            let rows = rank.prior_rows;
            let own = left.submatrix(m + row, column, rows, rank.directions);
            let effect = left.submatrix(0, column, m, rank.directions);
            let Whitened { directions, coordinates } = whiten(own, &prior[row..row + rows])?;
            let mut image = effect * &directions;
            if rank.is_closed_form {
                // The fit is at the centre of its prior, so that only the span counts.
                image = bounded(image)?;
            }
            sensitivity.as_mut().subcols_mut(z.len(), image.ncols()).copy_from(&image);
            z.extend(coordinates);
            row += rows;
            column += rank.directions;
        }
        let sensitivity = sensitivity.subcols(0, z.len()).to_owned();
        LinearisedFit::new(problem, &self.values, sensitivity, scores, &z)
    }
}

impl FittedModes {
    /// The problem linearised around the modes, of which there are no classes.
    ///
    /// # Errors
    /// If the states there cannot be computed.
    pub fn linearised(&self) -> EvalResult<LinearisedFit> {
        let problem = &self.problem;
        let (m, d) = (problem.n_scores(), problem.n_modes());
        let (mut residuals, mut sensitivity) = (vec![0.0; m], Mat::zeros(m, d));
        problem.linearise(&self.coefficients, &mut residuals, sensitivity.as_mut())?;
        let sd = problem.unknowns.iter().flat_map(|u| u.prior.standard_deviations());
        let mut z = Vec::with_capacity(d);
        for (j, (sd, c)) in sd.zip(&self.coefficients).enumerate() {
            sensitivity.as_mut().col_mut(j).iter_mut().for_each(|k| *k *= sd);
            z.push(c / sd);
        }
        let values = problem.values(&self.coefficients);
        LinearisedFit::new(problem, &values, sensitivity, &residuals, &z)
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
