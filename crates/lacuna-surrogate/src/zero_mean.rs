//! Functions without mean: f(x; θ) = g(x; θ) − Σ_i w_i g(x_i; θ) / Σ_i w_i.
//!
//! The x_i and w_i are a quadrature rule of the domain, given once. f is linear in the same
//! parameters as g. A constant in g has no effect: leave it out there.

use std::ops::Range;

use faer::MatMut;
use lacuna_core::{Points, Pool, Scalar, Surrogate};

use crate::{Describe, SurrogateError};

/// A function with its mean over the domain taken off.
#[derive(Clone, Debug)]
pub struct ZeroMean<S> {
    inner: S,
    reference: Points,
    /// w_i / Σ w.
    weights: Vec<f64>,
}

impl<S: Surrogate> ZeroMean<S> {
    /// `inner` without its mean over `reference`, one quadrature weight a point.
    pub fn new(inner: S, reference: Points, weights: Vec<f64>) -> Result<Self, SurrogateError> {
        if weights.len() != reference.len() {
            return Err(SurrogateError::Shape {
                quantity: "the list of quadrature weights",
                found: weights.len(),
                expected: reference.len(),
            });
        }
        let total: f64 = weights.iter().sum();
        if !(total > 0.0 && total.is_finite()) {
            let quantity = "the sum of the quadrature weights";
            return Err(SurrogateError::NotPositive { quantity, value: total });
        }
        let weights = weights.into_iter().map(|w| w / total).collect();
        Ok(Self { inner, reference, weights })
    }

    /// The function before its mean is taken off.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn mean(&self, theta: &[f64], pool: &mut Pool<f64>) -> f64 {
        let mut values = pool.take_reals(self.reference.len());
        self.inner.values(theta, &self.reference, pool, &mut values);
        let mean = values.iter().zip(&self.weights).map(|(g, w)| g * w).sum();
        pool.give_reals(values);
        mean
    }

    /// ∂mean/∂θ, length p; to be given back.
    fn mean_gradient(&self, theta: &[f64], pool: &mut Pool<f64>) -> Vec<f64> {
        let mut gradient = pool.take_reals(self.n_params());
        self.inner.pullback(theta, &self.reference, &self.weights, pool, &mut gradient);
        gradient
    }
}

fn subtract_from_columns(mut matrix: MatMut<'_, f64>, row: &[f64]) {
    for (column, shift) in matrix.as_mut().col_iter_mut().zip(row) {
        column.iter_mut().for_each(|entry| *entry -= shift);
    }
}

impl<S: Surrogate> Surrogate for ZeroMean<S> {
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn n_params(&self) -> usize {
        self.inner.n_params()
    }

    fn initial(&self, seed: u64) -> Vec<f64> {
        self.inner.initial(seed)
    }

    fn parameter_names(&self) -> Vec<String> {
        self.inner.parameter_names()
    }

    fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D {
        let mut f = self.inner.eval(theta, x);
        for (point, &weight) in self.reference.iter().zip(&self.weights) {
            let point: Vec<D> = point.iter().map(|&x| D::constant(x)).collect();
            f -= self.inner.eval(theta, &point) * weight;
        }
        f
    }

    fn linear_params(&self) -> Range<usize> {
        self.inner.linear_params()
    }

    fn values(&self, theta: &[f64], points: &Points, pool: &mut Pool<f64>, out: &mut [f64]) {
        let mean = self.mean(theta, pool);
        self.inner.values(theta, points, pool, out);
        out.iter_mut().for_each(|f| *f -= mean);
    }

    fn linearise(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        values: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) {
        let mean = self.mean(theta, pool);
        let gradient = self.mean_gradient(theta, pool);
        self.inner.linearise(theta, points, pool, values, jacobian.as_mut());
        values.iter_mut().for_each(|f| *f -= mean);
        subtract_from_columns(jacobian, &gradient);
        pool.give_reals(gradient);
    }

    fn linear_basis(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        mut basis: MatMut<'_, f64>,
    ) {
        let gradient = self.mean_gradient(theta, pool);
        self.inner.linear_basis(theta, points, pool, basis.as_mut());
        subtract_from_columns(basis, &gradient[self.linear_params()]);
        pool.give_reals(gradient);
    }

    fn tangent(
        &self,
        theta: &[f64],
        direction: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let gradient = self.mean_gradient(theta, pool);
        let shift: f64 = gradient.iter().zip(direction).map(|(g, d)| g * d).sum();
        self.inner.tangent(theta, direction, points, pool, out);
        out.iter_mut().for_each(|out| *out -= shift);
        pool.give_reals(gradient);
    }

    fn pullback(
        &self,
        theta: &[f64],
        points: &Points,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let gradient = self.mean_gradient(theta, pool);
        self.inner.pullback(theta, points, cotangent, pool, out);
        let total: f64 = cotangent.iter().sum();
        out.iter_mut().zip(&gradient).for_each(|(out, g)| *out -= total * g);
        pool.give_reals(gradient);
    }
}

impl<S: Describe> Describe for ZeroMean<S> {
    fn describe(&self) -> String {
        format!("{}, zero mean", self.inner.describe())
    }
}
