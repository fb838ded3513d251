//! Products with A = I − ∂T/∂u at a state u.
//!
//! One evaluation of T over dual numbers, u + ε v ↦ T(u) + ε (∂T/∂u) v, gives an exact product;
//! no matrix is formed. Shapes: u, v and A v have length n.

use lacuna_core::{Conditions, Dual, EvalResult, Model, Pool, Scalar, Tabulated};

/// A = I − ∂T/∂u, and the buffers its products need.
pub(crate) struct StateDerivative<'a> {
    model: &'a dyn Model,
    functions: Tabulated<Dual>,
    conditions: &'a Conditions,
    pool: Pool<Dual>,
    u: Vec<Dual>,
    map: Vec<Dual>,
    /// Products so far.
    pub(crate) products: usize,
}

impl<'a> StateDerivative<'a> {
    pub(crate) fn new(
        model: &'a dyn Model,
        functions: &Tabulated<f64>,
        conditions: &'a Conditions,
    ) -> Self {
        let n = model.n_nodes();
        Self {
            model,
            functions: functions.lift(),
            conditions,
            pool: Pool::new(),
            u: vec![Dual::constant(0.0); n],
            map: vec![Dual::constant(0.0); n],
            products: 0,
        }
    }

    /// Moves to another state.
    pub(crate) fn set_state(&mut self, u: &[f64]) {
        for (dual, &u) in self.u.iter_mut().zip(u) {
            *dual = Dual::constant(u);
        }
    }

    /// `out = v − (∂T/∂u) v`.
    pub(crate) fn product(&mut self, v: &[f64], out: &mut [f64]) -> EvalResult {
        for (u, &v) in self.u.iter_mut().zip(v) {
            *u = Dual::assemble(u.value(), |_| v);
        }
        self.products += 1;
        self.model.map(&self.u, &self.functions, self.conditions, &mut self.pool, &mut self.map)?;
        for ((out, map), v) in out.iter_mut().zip(&self.map).zip(v) {
            *out = v - map.tangent(0);
        }
        Ok(())
    }
}
