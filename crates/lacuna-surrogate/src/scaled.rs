//! A function in other units: f'(x'; θ) = f(a x'; θ)/s, its parameters as they are.
//!
//! x = a x' and f = s f', so that a closed form, a table or a saved function that is written in some
//! units can stand in an equation that is computed in others. Derivatives with respect to θ are
//! those of f at a x', divided by s.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use faer::MatMut;
use lacuna_core::{Bound, Function, Points, Pool, Scalar, Surrogate};

use crate::Describe;

/// A function in other units.
///
/// ```
/// use std::sync::Arc;
/// use lacuna_core::Surrogate;
/// use lacuna_surrogate::{Expression, Scaled};
///
/// // 3 x with x in metres and f in kilograms, of millimetres and in grams.
/// let scaled = Scaled::new(Arc::new(Expression::new("3*x")?), 1e-3, 1e-3);
/// assert!((scaled.eval(&[], &[2.0]) - 6.0).abs() < 1e-12);
/// # Ok::<(), lacuna_surrogate::ExpressionError>(())
/// ```
#[derive(Clone)]
pub struct Scaled {
    inner: Arc<dyn Function>,
    argument: f64,
    value: f64,
    description: String,
}

impl Scaled {
    /// `inner` with x = `argument` x' and f = `value` f'.
    pub fn new(inner: Arc<dyn Function>, argument: f64, value: f64) -> Self {
        Self { inner, argument, value, description: String::new() }
    }

    /// The same of a class that can describe itself.
    pub fn describing(
        inner: impl Function + Describe + 'static,
        argument: f64,
        value: f64,
    ) -> Self {
        let description = inner.describe();
        Self { description, ..Self::new(Arc::new(inner), argument, value) }
    }

    /// A function together with its parameters in other units; itself where they are the same.
    pub fn bound(bound: Bound, argument: f64, value: f64) -> Bound {
        if argument == 1.0 && value == 1.0 {
            return bound;
        }
        Bound { function: Arc::new(Self::new(bound.function, argument, value)), theta: bound.theta }
    }

    fn arguments<'a>(&self, points: &'a Points) -> Cow<'a, Points> {
        if points.dim() == 0 || self.argument == 1.0 {
            return Cow::Borrowed(points);
        }
        let x = points.coordinates().iter().map(|x| self.argument * x).collect();
        Cow::Owned(Points::new(points.dim(), x))
    }

    fn to_own(&self, values: &mut [f64]) {
        values.iter_mut().for_each(|value| *value /= self.value);
    }

    fn all_to_own(&self, matrix: MatMut<'_, f64>) {
        for column in matrix.col_iter_mut() {
            column.iter_mut().for_each(|value| *value /= self.value);
        }
    }
}

impl Surrogate for Scaled {
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
        let x: Vec<D> = x.iter().map(|x| *x * self.argument).collect();
        self.inner.eval(theta, &x) * self.value.recip()
    }

    fn linear_params(&self) -> Range<usize> {
        self.inner.linear_params()
    }

    fn values(&self, theta: &[f64], points: &Points, pool: &mut Pool<f64>, out: &mut [f64]) {
        self.inner.values(theta, &self.arguments(points), pool, out);
        self.to_own(out);
    }

    fn linearise(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        values: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) {
        self.inner.linearise(theta, &self.arguments(points), pool, values, jacobian.as_mut());
        self.to_own(values);
        self.all_to_own(jacobian);
    }

    fn linear_basis(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        mut basis: MatMut<'_, f64>,
    ) {
        self.inner.linear_basis(theta, &self.arguments(points), pool, basis.as_mut());
        self.all_to_own(basis);
    }

    fn tangent(
        &self,
        theta: &[f64],
        direction: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        self.inner.tangent(theta, direction, &self.arguments(points), pool, out);
        self.to_own(out);
    }

    fn pullback(
        &self,
        theta: &[f64],
        points: &Points,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        self.inner.pullback(theta, &self.arguments(points), cotangent, pool, out);
        self.to_own(out);
    }
}

impl Describe for Scaled {
    fn describe(&self) -> String {
        self.description.clone()
    }
}
