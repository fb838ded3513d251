//! Positive functions: f(x; θ) = softplus(g(x; θ)) with softplus(z) = ln(1 + eᶻ).
//!
//! ∂f/∂θ = softplus'(g) ∂g/∂θ. No parameter is linear any more.

use faer::MatMut;
use lacuna_core::{Points, Pool, Scalar, Surrogate};

use crate::calculus::{chain, logistic, softplus, softplus_inverse};
use crate::{Constant, Describe, SurrogateError, columns};

/// A function made positive by softplus.
///
/// ```
/// use lacuna_core::Surrogate;
/// use lacuna_surrogate::Positive;
///
/// let diffusion = Positive::scalar(0.2)?;
/// let theta = diffusion.initial(0);
/// assert!((diffusion.eval(&theta, &[]) - 0.2).abs() < 1e-15);
/// # Ok::<(), lacuna_surrogate::SurrogateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Positive<S> {
    inner: S,
}

impl<S> Positive<S> {
    /// softplus of the given function.
    pub fn new(inner: S) -> Self {
        Self { inner }
    }

    /// The function under softplus.
    pub fn inner(&self) -> &S {
        &self.inner
    }
}

impl Positive<Constant> {
    /// A positive unknown number, about `initial`; seed 0 starts there, others within some 10 %.
    pub fn scalar(initial: f64) -> Result<Self, SurrogateError> {
        if !(initial > 0.0 && initial.is_finite()) {
            let quantity = "the initial value of a positive scalar";
            return Err(SurrogateError::NotPositive { quantity, value: initial });
        }
        let under = softplus_inverse(initial);
        // A relative change of f by 10 %, to first order.
        let spread = 0.1 * initial / logistic(under);
        Ok(Self::new(Constant::new(under).with_spread(spread)))
    }
}

impl<S: Surrogate> Surrogate for Positive<S> {
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
        let g = self.inner.eval(theta, x);
        chain(g, softplus(g.value()), logistic(g.value()))
    }

    fn values(&self, theta: &[f64], points: &Points, pool: &mut Pool<f64>, out: &mut [f64]) {
        self.inner.values(theta, points, pool, out);
        out.iter_mut().for_each(|f| *f = softplus(*f));
    }

    fn linearise(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        values: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) {
        self.inner.linearise(theta, points, pool, values, jacobian.as_mut());
        let mut slopes = pool.take_reals(values.len());
        for (slope, f) in slopes.iter_mut().zip(values) {
            *slope = logistic(*f);
            *f = softplus(*f);
        }
        for column in jacobian.col_iter_mut() {
            columns::scale(column, &slopes);
        }
        pool.give_reals(slopes);
    }

    fn tangent(
        &self,
        theta: &[f64],
        direction: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let mut values = pool.take_reals(points.len());
        self.inner.values(theta, points, pool, &mut values);
        self.inner.tangent(theta, direction, points, pool, out);
        out.iter_mut().zip(&values).for_each(|(out, g)| *out *= logistic(*g));
        pool.give_reals(values);
    }

    fn pullback(
        &self,
        theta: &[f64],
        points: &Points,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let mut scaled = pool.take_reals(points.len());
        self.inner.values(theta, points, pool, &mut scaled);
        scaled.iter_mut().zip(cotangent).for_each(|(g, c)| *g = logistic(*g) * c);
        self.inner.pullback(theta, points, &scaled, pool, out);
        pool.give_reals(scaled);
    }
}

impl<S: Describe> Describe for Positive<S> {
    fn describe(&self) -> String {
        format!("{}, positive", self.inner.describe())
    }
}
