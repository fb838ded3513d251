//! T with functions and conditions held fixed: what a solver for the state works with.

use crate::{
    Conditions, Dual, EvalResult, LANES, Lanes, Model, Pool, Scalar, Tabulated, sums::dot,
};

/// T(·; f) at fixed functions f and conditions, and its derivative with respect to the state.
///
/// All vectors have length n. An equation may bring its own (see
/// [`SteadyModel::state_map`](crate::SteadyModel::state_map)), with all that does not depend on
/// the state computed once; every other goes by dual numbers, against which the hand-written ones
/// are tested.
pub trait StateMap: Send {
    /// `out = T(u)`.
    fn map(&mut self, u: &[f64], out: &mut [f64]) -> EvalResult;

    /// Moves the derivative to the state u, where T(u) = `map`.
    fn set_state(&mut self, u: &[f64], map: &[f64]);

    /// `out = (∂T/∂u) v`.
    fn product(&mut self, v: &[f64], out: &mut [f64]) -> EvalResult;

    /// `out = (∂T/∂u)ᵀ y`.
    fn adjoint_product(&mut self, y: &[f64], out: &mut [f64]) -> EvalResult;
}

/// The state map of any equation, by dual numbers: u + ε v ↦ T(u) + ε (∂T/∂u) v.
///
/// A product costs one evaluation over [`Dual`], an adjoint product n/8 over [`Lanes`].
pub struct DualStateMap<'a> {
    model: &'a dyn Model,
    functions: &'a Tabulated,
    lifted: Tabulated<Dual>,
    conditions: &'a Conditions,
    real_pool: Pool<f64>,
    pool: Pool<Dual>,
    u: Vec<Dual>,
    map: Vec<Dual>,
}

impl<'a> DualStateMap<'a> {
    /// The state map of `model` under given functions and conditions.
    pub fn new(model: &'a dyn Model, functions: &'a Tabulated, conditions: &'a Conditions) -> Self {
        let zeros = vec![Dual::constant(0.0); model.n_nodes()];
        Self {
            model,
            functions,
            lifted: functions.lift(),
            conditions,
            real_pool: Pool::new(),
            pool: Pool::new(),
            u: zeros.clone(),
            map: zeros,
        }
    }
}

impl StateMap for DualStateMap<'_> {
    fn map(&mut self, u: &[f64], out: &mut [f64]) -> EvalResult {
        self.model.map(u, self.functions, self.conditions, &mut self.real_pool, out)
    }

    fn set_state(&mut self, u: &[f64], _: &[f64]) {
        for (dual, &u) in self.u.iter_mut().zip(u) {
            *dual = Dual::constant(u);
        }
    }

    fn product(&mut self, v: &[f64], out: &mut [f64]) -> EvalResult {
        for (u, &v) in self.u.iter_mut().zip(v) {
            *u = Dual::assemble(u.value(), |_| v);
        }
        self.model.map(&self.u, &self.lifted, self.conditions, &mut self.pool, &mut self.map)?;
        for (out, map) in out.iter_mut().zip(&self.map) {
            *out = map.tangent(0);
        }
        Ok(())
    }

    fn adjoint_product(&mut self, y: &[f64], out: &mut [f64]) -> EvalResult {
        let n = self.u.len();
        let lifted = self.functions.lift::<Lanes>();
        let mut u: Vec<Lanes> = self.u.iter().map(|u| Lanes::constant(u.value())).collect();
        let mut map = vec![Lanes::constant(0.0); n];
        let mut pool = Pool::new();
        let mut column = vec![0.0; n];
        for start in (0..n).step_by(LANES) {
            let lanes = start..n.min(start + LANES);
            for i in lanes.clone() {
                u[i] = Lanes::assemble(u[i].value(), |lane| f64::from(u8::from(start + lane == i)));
            }
            self.model.map(&u, &lifted, self.conditions, &mut pool, &mut map)?;
            for i in lanes {
                u[i] = Lanes::constant(u[i].value());
                column.iter_mut().zip(&map).for_each(|(c, map)| *c = map.tangent(i - start));
                out[i] = dot(y, &column);
            }
        }
        Ok(())
    }
}
