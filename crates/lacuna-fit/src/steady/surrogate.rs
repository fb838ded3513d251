//! The function classes of the problem in the place of modes: the same data, the same prior.
//!
//! r(θ) = the score residuals at F(θ), then c_j/√s_j for every mode j that the grid resolves, c the
//! coefficients of F (or of ln F). So the prior acts on the function and not on its parameters, and
//! every class rich enough leads to the same function.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use lacuna_core::{EvalError, EvalResult, FactoredJacobian, Function, Objective, Points, Pool};

use super::closed_form::{ClosedForm, PRIOR_SD};
use super::map::ModalProblem;
use super::modes::{FunctionPrior, Link};
use super::problem::SteadyProblem;
use crate::Information;
use crate::low_rank::LowRank;

/// Directions of ∂F/∂θ below this fraction of the largest are left out.
const RANK_TOLERANCE: f64 = 1e-7;

/// One unknown with its class; θ of a closed form is its coordinates.
#[derive(Clone)]
pub(crate) struct Class {
    pub function: Arc<dyn Function>,
    /// The prior with all modes that the grid resolves.
    pub prior: FunctionPrior,
    /// g where all coefficients are zero.
    pub center: f64,
    pub points: Points,
    pub range: Range<usize>,
}

/// φ over the parameters of all classes.
pub(crate) struct SurrogateObjective<'a> {
    pub problem: &'a SteadyProblem,
    pub classes: Vec<Class>,
    bases: Mutex<Vec<LowRank>>,
}

impl<'a> SurrogateObjective<'a> {
    pub(crate) fn new(problem: &'a SteadyProblem, classes: Vec<Class>) -> Self {
        let bases = classes.iter().map(|_| LowRank::default()).collect();
        Self { problem, classes, bases: Mutex::new(bases) }
    }

    /// The parameters at θ: those of closed forms in their own units.
    pub(crate) fn theta(&self, theta: &[f64]) -> Vec<f64> {
        self.translated(theta, |form, own| form.theta(own))
    }

    /// θ of parameters: [`theta`](Self::theta) undone.
    pub(crate) fn coordinates(&self, theta: &[f64]) -> Vec<f64> {
        self.translated(theta, |form, own| form.coordinates(own))
    }

    fn translated(&self, theta: &[f64], by: impl Fn(&ClosedForm, &[f64]) -> Vec<f64>) -> Vec<f64> {
        let own = |class: &Class| {
            let own = &theta[class.range.clone()];
            class.prior.modes.closed_form().map_or_else(|| own.to_vec(), |form| by(form, own))
        };
        self.classes.iter().flat_map(own).collect()
    }

    /// Values of every unknown at the points of its slot.
    pub(crate) fn values(&self, theta: &[f64]) -> Vec<Vec<f64>> {
        let value = |class: &Class| {
            let mut values = vec![0.0; class.points.len()];
            let theta = &theta[class.range.clone()];
            class.function.values(theta, &class.points, &mut Pool::new(), &mut values);
            values
        };
        self.classes.iter().map(value).collect()
    }

    /// Residuals of the prior, and half their square.
    fn prior(&self, theta: &[f64], values: &[Vec<f64>], out: &mut [f64]) -> EvalResult<f64> {
        let mut start = 0;
        for (class, values) in self.classes.iter().zip(values) {
            if class.prior.modes.closed_form().is_some() {
                let own = &theta[class.range.clone()];
                for (to, c) in out[start..].iter_mut().zip(own) {
                    *to = c / PRIOR_SD;
                }
                start += own.len();
                continue;
            }
            let g = class.logarithm(values)?;
            let own = class.whiten(MatRef::from_column_major_slice(&g, g.len(), 1));
            for (to, from) in out[start..].iter_mut().zip(own.col(0).iter()) {
                *to = *from;
            }
            start += own.nrows();
        }
        Ok(0.5 * out.iter().map(|r| r * r).sum::<f64>())
    }

    /// The directions in which every class moves (points × k), after a factored linearisation.
    pub(crate) fn directions(&self) -> Vec<Mat<f64>> {
        let bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = self.classes.iter().zip(bases.iter());
        parts.map(|(class, basis)| class.directions(basis).to_owned()).collect()
    }

    fn n_prior(&self) -> usize {
        self.classes.iter().map(|class| class.prior.modes.len()).sum()
    }
}

impl Class {
    /// Of a closed form every parameter counts, however little the function depends on it.
    fn directions<'b>(&self, basis: &'b LowRank) -> MatRef<'b, f64> {
        match self.prior.modes.closed_form() {
            Some(_) => basis.filled(),
            None => basis.q(),
        }
    }

    /// g − center for F.
    fn logarithm(&self, values: &[f64]) -> EvalResult<Vec<f64>> {
        match self.prior.link {
            Link::Identity => Ok(values.iter().map(|v| v - self.center).collect()),
            Link::Exponential => {
                if let Some(index) = values.iter().position(|&v| v <= 0.0) {
                    return Err(EvalError::OutOfDomain {
                        quantity: "a positive function",
                        value: values[index],
                        index,
                        requirement: "positive",
                    });
                }
                Ok(values.iter().map(|v| v.ln() - self.center).collect())
            }
        }
    }

    /// Coefficients of the columns of g, over the standard deviations of the prior.
    fn whiten(&self, g: MatRef<'_, f64>) -> Mat<f64> {
        let mut c = self.prior.modes.coefficients(g);
        for (j, sd) in self.prior.standard_deviations().iter().enumerate() {
            c.as_mut().row_mut(j).iter_mut().for_each(|c| *c /= sd);
        }
        c
    }
}

impl Objective for SurrogateObjective<'_> {
    fn n_params(&self) -> usize {
        self.classes.last().map_or(0, |class| class.range.end)
    }

    fn n_residuals(&self) -> usize {
        self.problem.n_scores() + self.n_prior()
    }

    fn residuals(&self, theta: &[f64], out: &mut [f64]) -> EvalResult {
        self.cost(theta, out).map(|_| ())
    }

    fn cost(&self, theta: &[f64], out: &mut [f64]) -> EvalResult<f64> {
        let values = self.values(theta);
        let (scores, prior) = out.split_at_mut(self.problem.n_scores());
        Ok(self.problem.evaluate_at(&values, scores)? + self.prior(theta, &values, prior)?)
    }

    fn linearise(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) -> EvalResult {
        let mut factored = FactoredJacobian::default();
        self.linearise_factored(theta, residuals, &mut factored)?;
        jacobian.copy_from(factored.product());
        Ok(())
    }

    fn linearise_factored(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        jacobian: &mut FactoredJacobian,
    ) -> EvalResult {
        let m = self.problem.n_scores();
        let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        let mut values = Vec::with_capacity(self.classes.len());
        for (class, basis) in self.classes.iter().zip(bases.iter_mut()) {
            let theta = &theta[class.range.clone()];
            let mut own = vec![0.0; class.points.len()];
            let room = basis.matrix(class.points.len(), theta.len());
            class.function.linearise(theta, &class.points, &mut Pool::new(), &mut own, room);
            if !basis.filled().is_all_finite() {
                return Err(EvalError::NonFinite { quantity: "the derivative of a function" });
            }
            if class.prior.modes.closed_form().is_none() {
                basis.factor(RANK_TOLERANCE);
            }
            values.push(own);
        }
        let parts = self.classes.iter().zip(bases.iter());
        let directions: Vec<MatRef<'_, f64>> =
            parts.map(|(class, basis)| class.directions(basis)).collect();
        let rank: usize = directions.iter().map(|d| d.ncols()).sum();
        jacobian.has_right = true;
        jacobian.right.reshape(rank, self.n_params()).fill(0.0);
        let mut left = jacobian.left.reshape(self.n_residuals(), rank);
        left.fill(0.0);
        let (scores, prior) = residuals.split_at_mut(m);
        let data = left.as_mut().subrows_mut(0, m);
        let working = Information::Working;
        self.problem.push_forward(&values, &directions, working, scores, data)?;
        self.prior(theta, &values, prior)?;
        let (mut row, mut column) = (m, 0);
        for ((class, basis), values) in self.classes.iter().zip(bases.iter()).zip(&values) {
            if class.prior.modes.closed_form().is_some() {
                for j in 0..class.range.len() {
                    left[(row + j, column + j)] = 1.0 / PRIOR_SD;
                    jacobian.right.as_mut()[(column + j, class.range.start + j)] = 1.0;
                }
                row += class.range.len();
                column += class.range.len();
                continue;
            }
            let k = basis.rank();
            let mut right = jacobian.right.as_mut();
            right.as_mut().get_mut(column..column + k, class.range.clone()).copy_from(basis.r());
            let moved = match class.prior.link {
                Link::Identity => basis.q().to_owned(),
                Link::Exponential => {
                    Mat::from_fn(values.len(), k, |i, j| basis.q()[(i, j)] / values[i])
                }
            };
            let own = class.whiten(moved.as_ref());
            left.as_mut().submatrix_mut(row, column, own.nrows(), k).copy_from(&own);
            row += own.nrows();
            column += k;
        }
        Ok(())
    }

    /// φ and ∇φ = Jᵀr by the factors of J.
    fn value_and_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> EvalResult<f64> {
        let mut residuals = vec![0.0; self.n_residuals()];
        let mut factored = FactoredJacobian::default();
        self.linearise_factored(theta, &mut residuals, &mut factored)?;
        let r = MatRef::from_column_major_slice(&residuals, residuals.len(), 1);
        let pulled = factored.left.as_ref().transpose() * r;
        let p = gradient.len();
        let out = MatMut::from_column_major_slice_mut(gradient, p, 1);
        let right = factored.right.as_ref().transpose();
        matmul(out, Accum::Replace, right, pulled.as_ref(), 1.0, Par::Seq);
        self.cost(theta, &mut residuals)
    }
}
