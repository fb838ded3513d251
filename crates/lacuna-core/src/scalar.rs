//! Scalars: `f64` and the dual numbers through which equations and functions are differentiated.
//!
//! A dual number x + Σ_i ε_i x_i carries its real part and `TANGENTS` directional derivatives.
//! Source of the arithmetic: the `num-dual` crate.

use num_dual::{DualNum, DualSVec64, DualStruct};

use crate::{Conditions, EvalResult, Form, Function, Functions, Model, Pool};

/// Directions carried by one [`Lanes`] scalar.
pub const LANES: usize = 8;

/// One directional derivative: for Newton-Krylov products.
pub type Dual = num_dual::Dual64;

/// [`LANES`] directional derivatives at once: for Jacobians of new models and functions.
pub type Lanes = DualSVec64<LANES>;

/// A number an equation can be evaluated with: `f64`, [`Dual`] or [`Lanes`].
///
/// Branch on [`value`](Scalar::value) only, and never drop a tangent.
pub trait Scalar: DualNum<Primitive = f64> + Copy + Send + Sync {
    /// Number of directional derivatives carried.
    const TANGENTS: usize;

    /// The real part.
    fn value(&self) -> f64;

    /// The derivative in direction `i < TANGENTS`.
    fn tangent(&self, i: usize) -> f64;

    /// A scalar from its real part and its derivatives.
    fn assemble(value: f64, tangent: impl FnMut(usize) -> f64) -> Self;

    /// A constant: all derivatives zero.
    fn constant(value: f64) -> Self {
        Self::from(value)
    }

    /// Replaces each x by eˣ.
    fn exp_each(values: &mut [Self]) {
        values.iter_mut().for_each(|x| *x = x.exp());
    }

    #[doc(hidden)]
    fn eval_function(f: &dyn Function, theta: &[Self], x: &[Self]) -> Self;

    #[doc(hidden)]
    fn model_map(
        model: &dyn Model,
        u: &[Self],
        functions: &dyn Functions<Self>,
        conditions: &Conditions,
        pool: &mut Pool<Self>,
        out: &mut [Self],
    ) -> EvalResult;

    #[doc(hidden)]
    fn model_residual(
        model: &dyn Model,
        form: Form,
        u: &[Self],
        functions: &dyn Functions<Self>,
        conditions: &Conditions,
        pool: &mut Pool<Self>,
        out: &mut [Self],
    ) -> EvalResult;
}

macro_rules! dispatch {
    ($eval:ident, $map:ident, $residual:ident) => {
        fn eval_function(f: &dyn Function, theta: &[Self], x: &[Self]) -> Self {
            f.$eval(theta, x)
        }

        fn model_map(
            model: &dyn Model,
            u: &[Self],
            functions: &dyn Functions<Self>,
            conditions: &Conditions,
            pool: &mut Pool<Self>,
            out: &mut [Self],
        ) -> EvalResult {
            model.$map(u, functions, conditions, pool, out)
        }

        fn model_residual(
            model: &dyn Model,
            form: Form,
            u: &[Self],
            functions: &dyn Functions<Self>,
            conditions: &Conditions,
            pool: &mut Pool<Self>,
            out: &mut [Self],
        ) -> EvalResult {
            model.$residual(form, u, functions, conditions, pool, out)
        }
    };
}

impl Scalar for f64 {
    const TANGENTS: usize = 0;

    fn value(&self) -> f64 {
        *self
    }

    fn tangent(&self, _: usize) -> f64 {
        0.0
    }

    fn assemble(value: f64, _: impl FnMut(usize) -> f64) -> Self {
        value
    }

    fn exp_each(values: &mut [Self]) {
        crate::elementary::exp_each(values);
    }

    dispatch!(eval_f64, map_f64, residual_f64);
}

impl Scalar for Dual {
    const TANGENTS: usize = 1;

    fn value(&self) -> f64 {
        self.re()
    }

    fn tangent(&self, _: usize) -> f64 {
        self.eps
    }

    fn assemble(value: f64, mut tangent: impl FnMut(usize) -> f64) -> Self {
        Self::new(value, tangent(0))
    }

    dispatch!(eval_dual, map_dual, residual_dual);
}

impl Scalar for Lanes {
    const TANGENTS: usize = LANES;

    fn value(&self) -> f64 {
        self.re
    }

    fn tangent(&self, i: usize) -> f64 {
        self.eps.0.as_ref().map_or(0.0, |eps| eps[i])
    }

    fn assemble(value: f64, mut tangent: impl FnMut(usize) -> f64) -> Self {
        let mut scalar = Self::from_re(value).derivative(0);
        if let Some(eps) = scalar.eps.0.as_mut() {
            for i in 0..LANES {
                eps[i] = tangent(i);
            }
        }
        scalar
    }

    dispatch!(eval_lanes, map_lanes, residual_lanes);
}
