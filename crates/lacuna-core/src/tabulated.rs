//! The functions of an equation, tabulated at the points their slots ask for.
//!
//! The function of a slot is a sum of [`Bound`] terms (a surrogate, a known push added to it, a
//! constant that fixes the gauge), each a function together with its parameters.

use std::sync::Arc;

use crate::{Function, Functions, Points, Pool, Scalar, Slot};

/// A function together with its parameters.
#[derive(Clone)]
pub struct Bound<D = f64> {
    /// The function.
    pub function: Arc<dyn Function>,
    /// Its parameters.
    pub theta: Vec<D>,
}

impl Bound<f64> {
    /// A known function: one without parameters.
    pub fn known(function: Arc<dyn Function>) -> Self {
        Self { function, theta: Vec::new() }
    }

    /// Values at `points`.
    pub fn values(&self, points: &Points) -> Vec<f64> {
        let mut out = vec![0.0; points.len()];
        self.function.values(&self.theta, points, &mut Pool::new(), &mut out);
        out
    }
}

/// Values of every function of an equation at its slot's points, and the functions themselves.
#[derive(Clone)]
pub struct Tabulated<D = f64> {
    values: Vec<Vec<D>>,
    terms: Vec<Vec<Bound<D>>>,
}

impl Tabulated<f64> {
    /// Evaluates the sum of `terms[slot]` at the points of each slot.
    pub fn new(slots: &[Slot], terms: Vec<Vec<Bound>>) -> Self {
        let values = slots
            .iter()
            .zip(&terms)
            .map(|(slot, terms)| {
                let mut sum = vec![0.0; slot.points.len()];
                for term in terms {
                    for (sum, value) in sum.iter_mut().zip(term.values(&slot.points)) {
                        *sum += value;
                    }
                }
                sum
            })
            .collect();
        Self { values, terms }
    }

    /// The same functions over another scalar, as constants.
    pub fn lift<D: Scalar>(&self) -> Tabulated<D> {
        let lift = |values: &[f64]| values.iter().map(|&v| D::constant(v)).collect();
        Tabulated {
            values: self.values.iter().map(|v| lift(v)).collect(),
            terms: self
                .terms
                .iter()
                .map(|terms| {
                    let bind =
                        |t: &Bound| Bound { function: t.function.clone(), theta: lift(&t.theta) };
                    terms.iter().map(bind).collect()
                })
                .collect(),
        }
    }
}

impl<D> Tabulated<D> {
    /// Bare values, for equations without functions of the state.
    pub fn from_values(values: Vec<Vec<D>>) -> Self {
        let terms = values.iter().map(|_| Vec::new()).collect();
        Self { values, terms }
    }

    /// The values of one slot, to be overwritten.
    pub fn values_mut(&mut self, slot: usize) -> &mut [D] {
        &mut self.values[slot]
    }

    /// The terms of one slot, whose parameters may be overwritten.
    pub fn terms_mut(&mut self, slot: usize) -> &mut [Bound<D>] {
        &mut self.terms[slot]
    }
}

impl<D: Scalar> Functions<D> for Tabulated<D> {
    fn values(&self, slot: usize) -> &[D] {
        &self.values[slot]
    }

    fn at(&self, slot: usize, argument: &[D]) -> D {
        let terms = &self.terms[slot];
        assert!(!terms.is_empty(), "slot {slot} has values but no function to evaluate");
        let mut sum = D::constant(0.0);
        for term in terms {
            sum += term.function.eval(&term.theta, argument);
        }
        sum
    }
}
