//! The fixed-point problem F(u) = T(u) − u = 0 on the nodes of a grid.
//!
//! Residual norm ‖F‖ = (Σ w_i F_i²)^½, reported relative to the larger of ‖u‖ and ‖T(u)‖ (equal at
//! a solution; the larger so that u = 0 is a start like any other).

use lacuna_core::{Coarse, Conditions, EvalError, EvalResult, Model, Tabulated};

use crate::density::Density;
use crate::inner::{distance, norm};
use crate::state_derivative::StateDerivative;

/// Two roundings of u.
const PERTURBATION: f64 = 2.0 * f64::EPSILON;
/// A residual below this multiple of its own response to rounding u is round-off.
const ROUND_OFF: f64 = 10.0;

/// A state and what T makes of it.
#[derive(Clone)]
pub(crate) struct Iterate {
    /// u, length n.
    pub(crate) u: Vec<f64>,
    /// T(u), length n.
    pub(crate) map: Vec<f64>,
    /// ‖T(u) − u‖.
    pub(crate) norm: f64,
    /// The same relative to the larger of ‖u‖ and ‖T(u)‖.
    pub(crate) residual: f64,
    /// The larger of ‖u‖ and ‖T(u)‖.
    pub(crate) scale: f64,
}

impl Iterate {
    pub(crate) fn new(u: Vec<f64>) -> Self {
        let map = u.clone();
        Self { u, map, norm: f64::NAN, residual: f64::NAN, scale: f64::NAN }
    }

    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.u.copy_from_slice(&other.u);
        self.map.copy_from_slice(&other.map);
        (self.norm, self.residual, self.scale) = (other.norm, other.residual, other.scale);
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.residual.is_finite()
    }
}

/// One equation with its functions and conditions, and the buffers to evaluate it.
pub(crate) struct FixedPoint<'a> {
    model: &'a dyn Model,
    functions: &'a Tabulated,
    weights: &'a [f64],
    pub(crate) density: Option<Density>,
    pub(crate) derivative: StateDerivative<'a>,
}

impl<'a> FixedPoint<'a> {
    pub(crate) fn new(
        model: &'a dyn Model,
        functions: &'a Tabulated<f64>,
        conditions: &'a Conditions,
    ) -> EvalResult<Self> {
        check_weights(model.weights())?;
        let density =
            model.is_density().then(|| Density::new(model.weights(), conditions)).transpose()?;
        Ok(Self {
            model,
            functions,
            weights: model.weights(),
            density,
            derivative: StateDerivative::new(model, functions, conditions),
        })
    }

    /// The problem on a coarser grid.
    pub(crate) fn coarsen(&self) -> Option<Coarse<'a>> {
        self.model.coarsen(self.functions)
    }

    pub(crate) fn weights(&self) -> &'a [f64] {
        self.weights
    }

    /// The guess, where it is a state at all; elsewhere something harmless.
    pub(crate) fn sanitise(&self, guess: &[f64]) -> Vec<f64> {
        let mut u = guess.to_vec();
        match &self.density {
            Some(density) => density.sanitise(self.weights(), &mut u),
            None => u.iter_mut().filter(|u| !u.is_finite()).for_each(|u| *u = 0.0),
        }
        u
    }

    /// Fills everything but `at.u`. A map that gives NaN or infinity shows in
    /// [`Iterate::is_finite`]; one that fails leaves the iterate not finite.
    pub(crate) fn evaluate(&mut self, at: &mut Iterate) -> EvalResult {
        (at.norm, at.residual, at.scale) = (f64::NAN, f64::NAN, f64::NAN);
        self.derivative.map(&at.u, &mut at.map)?;
        let weights = self.weights;
        at.norm = distance(weights, &at.map, &at.u);
        at.scale = norm(weights, &at.u).max(norm(weights, &at.map));
        at.residual = if at.norm == 0.0 { 0.0 } else { at.norm / at.scale };
        Ok(())
    }

    /// `trial.u` = u + step, inside the set of states, and its evaluation; whether it is finite.
    pub(crate) fn try_step(
        &mut self,
        from: &Iterate,
        step: impl Fn(usize) -> f64,
        trial: &mut Iterate,
    ) -> bool {
        match &self.density {
            Some(density) => {
                density.advance(self.weights(), &from.u, &from.map, step, &mut trial.u);
            }
            None => {
                for (i, (trial, u)) in trial.u.iter_mut().zip(&from.u).enumerate() {
                    *trial = u + step(i);
                }
            }
        }
        // A failure here only says that the step led out of the domain of T.
        self.evaluate(trial).is_ok() && trial.is_finite()
    }

    /// Whether the residual is no larger than ten times what rounding every u_i does to it.
    ///
    /// No state in double precision is then known to be better. Costs one evaluation, and uses
    /// `trial` for it.
    pub(crate) fn is_round_off(&mut self, at: &Iterate, trial: &mut Iterate) -> bool {
        // Signs without a pattern, so that a smoothing T does not average them out: the top bits
        // of a Weyl sequence.
        let mut weyl = 0u64;
        for (trial, u) in trial.u.iter_mut().zip(&at.u) {
            weyl = weyl.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let sign =
                if (weyl ^ (weyl >> 31)).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
            *trial = u * (1.0 + sign * PERTURBATION);
        }
        if self.evaluate(trial).is_err() || !trial.is_finite() {
            return false;
        }
        let squares = self.weights().iter().enumerate().map(|(i, w)| {
            let change = (trial.map[i] - trial.u[i]) - (at.map[i] - at.u[i]);
            w * change * change
        });
        at.norm <= ROUND_OFF * squares.sum::<f64>().sqrt()
    }
}

/// Fails with [`EvalError::OutOfDomain`] unless every weight is positive and finite.
pub(crate) fn check_weights(weights: &[f64]) -> EvalResult {
    match weights.iter().position(|&w| !(w > 0.0 && w.is_finite())) {
        None => Ok(()),
        Some(index) => Err(EvalError::OutOfDomain {
            quantity: "quadrature weight",
            value: weights[index],
            index,
            requirement: "positive and finite",
        }),
    }
}
