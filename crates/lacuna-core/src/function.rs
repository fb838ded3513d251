//! Functions with parameters: what stands in the place of an unknown.
//!
//! f(x; θ): x has one coordinate per dimension (none for a scalar unknown), θ is a flat slice
//! owned by the caller. A known function is one with no parameters, so truth and surrogate swap.

use std::ops::Range;

use faer::MatMut;

use crate::{Dual, LANES, Lanes, Points, Pool, Scalar};

/// A function class, as its author writes it.
///
/// Only [`n_params`](Surrogate::n_params), [`initial`](Surrogate::initial) and
/// [`eval`](Surrogate::eval) are needed; the batched methods have slow defaults from dual numbers,
/// against which every hand-written override is tested.
pub trait Surrogate: Send + Sync {
    /// Number of coordinates of the argument; 0 for a scalar unknown.
    fn dim(&self) -> usize {
        1
    }

    /// Length p of θ.
    fn n_params(&self) -> usize;

    /// A random start for training, the same for the same seed.
    fn initial(&self, seed: u64) -> Vec<f64>;

    /// f(x; θ).
    fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D;

    /// The names of all parameters where they mean something to who wrote them, as in a closed form: such
    /// a function is fitted as it stands, and it is its parameters that are sought. None of a class that
    /// merely stands in for an unknown function.
    fn parameter_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Parameters in which f is affine, the others held fixed. Variable projection may eliminate
    /// them. Empty if there are none.
    fn linear_params(&self) -> Range<usize> {
        0..0
    }

    /// `out[i] = f(x_i; θ)`.
    fn values(&self, theta: &[f64], points: &Points, pool: &mut Pool<f64>, out: &mut [f64]) {
        let _ = pool;
        for (out, x) in out.iter_mut().zip(points.iter()) {
            *out = self.eval(theta, x);
        }
    }

    /// `values[i] = f(x_i; θ)` and `jacobian[(i, j)] = ∂f(x_i; θ)/∂θ_j` (points × p).
    fn linearise(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        values: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) {
        self.values(theta, points, pool, values);
        let p = self.n_params();
        for start in (0..p).step_by(LANES) {
            lanes_of_jacobian(self, theta, points, start, |i, j, d| jacobian[(i, j)] = d);
        }
    }

    /// `basis[(i, j)] = ∂f(x_i; θ)/∂θ_j` for the [`linear_params`](Surrogate::linear_params) only.
    fn linear_basis(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        mut basis: MatMut<'_, f64>,
    ) {
        let _ = pool;
        let range = self.linear_params();
        for start in range.clone().step_by(LANES) {
            lanes_of_jacobian(self, theta, points, start, |i, j, d| {
                if j < range.end {
                    basis[(i, j - range.start)] = d;
                }
            });
        }
    }

    /// `out[i] = Σ_j ∂f(x_i; θ)/∂θ_j direction[j]`.
    fn tangent(
        &self,
        theta: &[f64],
        direction: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let _ = pool;
        let lift = |(&value, &tangent): (&f64, &f64)| Dual::assemble(value, |_| tangent);
        let lifted: Vec<Dual> = theta.iter().zip(direction).map(lift).collect();
        let mut x_lifted = vec![Dual::constant(0.0); points.dim()];
        for (out, x) in out.iter_mut().zip(points.iter()) {
            for (lifted, &x) in x_lifted.iter_mut().zip(x) {
                *lifted = Dual::constant(x);
            }
            *out = self.eval(&lifted, &x_lifted).tangent(0);
        }
    }

    /// `out[j] = Σ_i cotangent[i] ∂f(x_i; θ)/∂θ_j`.
    fn pullback(
        &self,
        theta: &[f64],
        points: &Points,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        let _ = pool;
        out.fill(0.0);
        for start in (0..self.n_params()).step_by(LANES) {
            lanes_of_jacobian(self, theta, points, start, |i, j, d| out[j] += cotangent[i] * d);
        }
    }
}

/// Visits ∂f(x_i)/∂θ_j for all points i and j in `start..start + LANES`, j < p.
fn lanes_of_jacobian<S: Surrogate + ?Sized>(
    surrogate: &S,
    theta: &[f64],
    points: &Points,
    start: usize,
    mut visit: impl FnMut(usize, usize, f64),
) {
    let lifted: Vec<Lanes> = theta
        .iter()
        .enumerate()
        .map(|(j, &value)| Lanes::assemble(value, |lane| f64::from(start + lane == j)))
        .collect();
    let mut x_lifted = vec![Lanes::constant(0.0); points.dim()];
    let count = LANES.min(theta.len() - start);
    for (i, x) in points.iter().enumerate() {
        for (lifted, &x) in x_lifted.iter_mut().zip(x) {
            *lifted = Lanes::constant(x);
        }
        let value = surrogate.eval(&lifted, &x_lifted);
        for lane in 0..count {
            visit(i, start + lane, value.tangent(lane));
        }
    }
}

/// A function of any class: [`Surrogate`] without its generic methods.
///
/// Implemented for every `Surrogate`; call `eval` for any scalar.
#[expect(missing_docs, reason = "each method is documented on `Surrogate`")]
pub trait Function: Send + Sync {
    fn dim(&self) -> usize;
    fn n_params(&self) -> usize;
    fn initial(&self, seed: u64) -> Vec<f64>;
    fn parameter_names(&self) -> Vec<String>;
    fn linear_params(&self) -> Range<usize>;
    fn values(&self, theta: &[f64], points: &Points, pool: &mut Pool<f64>, out: &mut [f64]);
    fn linearise(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        values: &mut [f64],
        jacobian: MatMut<'_, f64>,
    );
    fn linear_basis(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        basis: MatMut<'_, f64>,
    );
    fn tangent(
        &self,
        theta: &[f64],
        direction: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    );
    fn pullback(
        &self,
        theta: &[f64],
        points: &Points,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    );
    fn eval_f64(&self, theta: &[f64], x: &[f64]) -> f64;
    fn eval_dual(&self, theta: &[Dual], x: &[Dual]) -> Dual;
    fn eval_lanes(&self, theta: &[Lanes], x: &[Lanes]) -> Lanes;
}

impl<S: Surrogate> Function for S {
    fn dim(&self) -> usize {
        Surrogate::dim(self)
    }
    fn n_params(&self) -> usize {
        Surrogate::n_params(self)
    }
    fn initial(&self, seed: u64) -> Vec<f64> {
        Surrogate::initial(self, seed)
    }
    fn parameter_names(&self) -> Vec<String> {
        Surrogate::parameter_names(self)
    }
    fn linear_params(&self) -> Range<usize> {
        Surrogate::linear_params(self)
    }
    fn values(&self, theta: &[f64], points: &Points, pool: &mut Pool<f64>, out: &mut [f64]) {
        Surrogate::values(self, theta, points, pool, out);
    }
    fn linearise(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        values: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) {
        Surrogate::linearise(self, theta, points, pool, values, jacobian);
    }
    fn linear_basis(
        &self,
        theta: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        basis: MatMut<'_, f64>,
    ) {
        Surrogate::linear_basis(self, theta, points, pool, basis);
    }
    fn tangent(
        &self,
        theta: &[f64],
        direction: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        Surrogate::tangent(self, theta, direction, points, pool, out);
    }
    fn pullback(
        &self,
        theta: &[f64],
        points: &Points,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) {
        Surrogate::pullback(self, theta, points, cotangent, pool, out);
    }
    fn eval_f64(&self, theta: &[f64], x: &[f64]) -> f64 {
        self.eval(theta, x)
    }
    fn eval_dual(&self, theta: &[Dual], x: &[Dual]) -> Dual {
        self.eval(theta, x)
    }
    fn eval_lanes(&self, theta: &[Lanes], x: &[Lanes]) -> Lanes {
        self.eval(theta, x)
    }
}

impl dyn Function + '_ {
    /// f(x; θ) for any scalar.
    pub fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D {
        D::eval_function(self, theta, x)
    }
}
