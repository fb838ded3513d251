//! How a steady state responds to its functions: the implicit function theorem.
//!
//! Differentiating u = T(u; f) along a change δf of the functions gives
//!
//! (I − ∂T/∂u) δu = (∂T/∂f) δf.
//!
//! The right-hand side (length n) is [`map_tangent`], or column by column
//! [`Model::tangent`](lacuna_core::Model::tangent) of the fixed-point residual, whose derivative
//! with respect to f is that of T. The solve is by GMRES with exact products, so no matrix is formed.
//!
//! Where the state may be translated freely, I − ∂T/∂u is singular along ∂u/∂x; GMRES then returns
//! the response without that part, provided the right-hand side is consistent, and `Stalled` if
//! not: the state has no derivative in such a direction.

use lacuna_core::{Conditions, Dual, EvalError, EvalResult, Model, Pool, Scalar, Tabulated};

use crate::fixed_point::check_weights;
use crate::gmres::{Gmres, GmresOptions, GmresOutcome};
use crate::state_derivative::StateDerivative;

/// Options of [`TangentSolver`].
#[derive(Clone, Debug, PartialEq)]
pub struct TangentOptions {
    /// Target for the relative residual, and limits of the linear solve.
    pub krylov: GmresOptions,
    /// GMRES iterations between restarts: memory is this times n.
    pub restart: usize,
}

impl Default for TangentOptions {
    fn default() -> Self {
        Self { krylov: GmresOptions::default(), restart: 100 }
    }
}

/// Solves (I − ∂T/∂u) δu = r at one steady state, for any number of r.
pub struct TangentSolver<'a> {
    derivative: StateDerivative<'a>,
    gmres: Gmres,
    krylov: GmresOptions,
}

impl<'a> TangentSolver<'a> {
    /// At the steady state `u`, length n.
    ///
    /// # Errors
    /// [`EvalError::Shape`] if u has the wrong length, [`EvalError::OutOfDomain`] for a quadrature
    /// weight that is not positive.
    pub fn new(
        model: &'a dyn Model,
        functions: &'a Tabulated<f64>,
        conditions: &'a Conditions,
        u: &[f64],
        options: &TangentOptions,
    ) -> EvalResult<Self> {
        check_length("state", u, model)?;
        check_weights(model.weights())?;
        let mut derivative = StateDerivative::new(model, functions, conditions);
        let mut map = vec![0.0; u.len()];
        derivative.map(u, &mut map)?;
        derivative.set_state(u, &map);
        Ok(Self {
            derivative,
            gmres: Gmres::new(model.weights(), options.restart),
            krylov: options.krylov.clone(),
        })
    }

    /// `du` = (I − ∂T/∂u)⁻¹ rhs; both of length n.
    ///
    /// # Errors
    /// [`EvalError::Shape`] for a wrong length, and whatever T fails with over dual numbers.
    pub fn solve(&mut self, rhs: &[f64], du: &mut [f64]) -> EvalResult<GmresOutcome> {
        du.fill(0.0);
        let derivative = &mut self.derivative;
        self.gmres.solve(|v, out| derivative.product(v, out), rhs, du, &self.krylov)
    }

    /// Products with ∂T/∂u so far.
    pub fn jacobian_products(&self) -> usize {
        self.derivative.products
    }
}

/// The response of a steady state.
#[derive(Clone, Debug)]
pub struct Tangent {
    /// δu, length n.
    pub du: Vec<f64>,
    /// How the linear solve ended.
    pub outcome: GmresOutcome,
}

/// One solve with [`TangentSolver`]; shapes and errors are given there.
pub fn tangent_solve(
    model: &dyn Model,
    functions: &Tabulated<f64>,
    conditions: &Conditions,
    u: &[f64],
    rhs: &[f64],
    options: &TangentOptions,
) -> EvalResult<Tangent> {
    let mut solver = TangentSolver::new(model, functions, conditions, u, options)?;
    let mut du = vec![0.0; u.len()];
    let outcome = solver.solve(rhs, &mut du)?;
    Ok(Tangent { du, outcome })
}

/// `out = (∂T/∂f) δf` at the state u, where δf are the tangents that the functions carry.
///
/// Get the functions from `Tabulated::lift::<Dual>()` and set the tangents of their values (or of
/// the parameters of their terms, for functions of the state). u and out have length n.
///
/// # Errors
/// [`EvalError::Shape`] for a wrong length, and whatever T fails with.
pub fn map_tangent(
    model: &dyn Model,
    functions: &Tabulated<Dual>,
    conditions: &Conditions,
    u: &[f64],
    out: &mut [f64],
) -> EvalResult {
    check_length("state", u, model)?;
    check_length("tangent", out, model)?;
    let u: Vec<Dual> = u.iter().map(|&u| Dual::constant(u)).collect();
    let mut map = vec![Dual::constant(0.0); u.len()];
    model.map(&u, functions, conditions, &mut Pool::new(), &mut map)?;
    for (out, map) in out.iter_mut().zip(&map) {
        *out = map.tangent(0);
    }
    Ok(())
}

fn check_length(quantity: &'static str, found: &[f64], model: &dyn Model) -> EvalResult {
    let (found, expected) = (found.len(), model.n_nodes());
    if found == expected { Ok(()) } else { Err(EvalError::Shape { quantity, found, expected }) }
}
