//! Linear function classes: f(x; θ) = Σ_j θ_j φ_j(x).
//!
//! A [`Basis`] lists φ_j(x) once, for any scalar; values, Jacobian (points × p, the basis itself)
//! and pullback follow from that list.

use std::ops::Range;

use faer::MatMut;
use lacuna_core::{Points, Pool, Scalar, Surrogate};

use crate::Describe;
use crate::random::Random;

/// Basis functions φ_1, …, φ_p of one variable.
pub trait Basis: Send + Sync {
    /// Number p of basis functions.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `term(j, φ_j(x))` for every φ_j that may be non-zero at x. A j may come several times;
    /// its terms add up.
    fn visit<D: Scalar>(&self, x: D, term: impl FnMut(usize, D));

    /// Typical size of θ_j in a random start.
    fn start_scale(&self, j: usize) -> f64;
}

/// The functions Σ_j θ_j φ_j(x) of a [`Basis`].
#[derive(Clone, Debug)]
pub struct Linear<B> {
    basis: B,
}

impl<B> Linear<B> {
    /// All combinations of the given basis functions.
    pub fn of(basis: B) -> Self {
        Self { basis }
    }

    /// The basis functions.
    pub fn basis(&self) -> &B {
        &self.basis
    }
}

impl<B: Describe> Describe for Linear<B> {
    fn describe(&self) -> String {
        self.basis.describe()
    }
}

impl<B: Basis> Surrogate for Linear<B> {
    fn n_params(&self) -> usize {
        self.basis.len()
    }

    fn initial(&self, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..self.basis.len()).map(|j| self.basis.start_scale(j) * random.normal()).collect()
    }

    fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D {
        let mut sum = D::constant(0.0);
        self.basis.visit(x[0], |j, phi| sum += theta[j] * phi);
        sum
    }

    fn linear_params(&self) -> Range<usize> {
        0..self.basis.len()
    }

    fn linearise(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        values: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) {
        self.values(theta, points, pool, values);
        self.linear_basis(theta, points, pool, jacobian);
    }

    fn linear_basis(
        &self,
        _: &[f64],
        points: &Points,
        _: &mut Pool<f64>,
        mut basis: MatMut<'_, f64>,
    ) {
        basis.fill(0.0);
        for (i, &x) in points.coordinates().iter().enumerate() {
            self.basis.visit(x, |j, phi| basis[(i, j)] += phi);
        }
    }

    fn tangent(
        &self,
        _: &[f64],
        direction: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        self.values(direction, points, pool, out);
    }

    fn pullback(
        &self,
        _: &[f64],
        points: &Points,
        cotangent: &[f64],
        _: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        out.fill(0.0);
        for (&x, c) in points.coordinates().iter().zip(cotangent) {
            self.basis.visit(x, |j, phi| out[j] += c * phi);
        }
    }
}
