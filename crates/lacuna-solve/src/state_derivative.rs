//! T and products with A = I − ∂T/∂u, counted. Shapes: u, v, T(u) and A v have length n.

use lacuna_core::{Conditions, EvalResult, Model, StateMap, Tabulated};

/// T at fixed functions, and A at a state.
pub(crate) struct StateDerivative<'a> {
    state_map: Box<dyn StateMap + 'a>,
    /// Evaluations of T so far.
    pub(crate) evaluations: usize,
    /// Products so far.
    pub(crate) products: usize,
}

impl<'a> StateDerivative<'a> {
    pub(crate) fn new(
        model: &'a dyn Model,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Self {
        Self { state_map: model.state_map(functions, conditions), evaluations: 0, products: 0 }
    }

    /// `out = T(u)`.
    pub(crate) fn map(&mut self, u: &[f64], out: &mut [f64]) -> EvalResult {
        self.evaluations += 1;
        self.state_map.map(u, out)
    }

    /// Moves A to the state u with T(u) = `map`.
    pub(crate) fn set_state(&mut self, u: &[f64], map: &[f64]) {
        self.state_map.set_state(u, map);
    }

    /// `out = v − (∂T/∂u) v`.
    pub(crate) fn product(&mut self, v: &[f64], out: &mut [f64]) -> EvalResult {
        self.products += 1;
        self.state_map.product(v, out)?;
        for (out, v) in out.iter_mut().zip(v) {
            *out = v - *out;
        }
        Ok(())
    }
}
