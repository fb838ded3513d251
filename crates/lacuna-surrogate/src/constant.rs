//! Numbers in the place of functions: f(; θ) = θ₀, or a known value. They have no argument.

use std::ops::Range;

use lacuna_core::{Scalar, Surrogate};

use crate::Describe;
use crate::random::Random;

/// An unknown number: one parameter, itself. A positive one is [`crate::Positive::scalar`].
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    initial: f64,
    spread: f64,
}

impl Constant {
    /// An unknown number, about `initial`. Seed 0 starts there, others within some 10 % (within
    /// some 0.1 of zero).
    pub fn new(initial: f64) -> Self {
        let spread = if initial == 0.0 { 0.1 } else { 0.1 * initial.abs() };
        Self { initial, spread }
    }

    /// With another standard deviation of the random starts.
    pub fn with_spread(self, spread: f64) -> Self {
        Self { spread, ..self }
    }
}

impl Surrogate for Constant {
    fn dim(&self) -> usize {
        0
    }

    fn n_params(&self) -> usize {
        1
    }

    fn initial(&self, seed: u64) -> Vec<f64> {
        let shift = if seed == 0 { 0.0 } else { self.spread * Random::new(seed).normal() };
        vec![self.initial + shift]
    }

    fn eval<D: Scalar>(&self, theta: &[D], _: &[D]) -> D {
        theta[0]
    }

    fn linear_params(&self) -> Range<usize> {
        0..1
    }
}

impl Describe for Constant {
    fn describe(&self) -> String {
        "constant, 1 parameter".into()
    }
}

/// A known number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known(pub f64);

impl Surrogate for Known {
    fn dim(&self) -> usize {
        0
    }

    fn n_params(&self) -> usize {
        0
    }

    fn initial(&self, _: u64) -> Vec<f64> {
        Vec::new()
    }

    fn eval<D: Scalar>(&self, _: &[D], _: &[D]) -> D {
        D::constant(self.0)
    }
}

impl Describe for Known {
    fn describe(&self) -> String {
        format!("known number {}", self.0)
    }
}
