//! What any equation can be asked through `dyn Model`: T and residuals for any scalar, T at fixed
//! functions, and the evolution ∂_t u = ± (strong residual) linearised at a state.

use crate::{
    Conditions, Dual, DualStateMap, EvalResult, Form, Functions, Model, Pool, Scalar, StateMap,
    Tabulated,
};

impl dyn Model + '_ {
    /// `out = T(u)` for any scalar.
    pub fn map<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        D::model_map(self, u, functions, conditions, pool, out)
    }

    /// The residual of `form` for any scalar.
    pub fn residual<D: Scalar>(
        &self,
        form: Form,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        D::model_residual(self, form, u, functions, conditions, pool, out)
    }

    /// T with these functions and conditions held fixed.
    pub fn state_map<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Box<dyn StateMap + 'a> {
        self.own_state_map(functions, conditions)
            .unwrap_or_else(|| Box::new(DualStateMap::new(self, functions, conditions)))
    }

    /// `out = L v`: the evolution ∂_t u linearised at u, in the direction v, by dual numbers
    /// through the strong residual. Whether the equation says how a state evolves.
    ///
    /// # Errors
    /// Whatever the strong residual fails with.
    pub fn linear_evolution(
        &self,
        u: &[f64],
        functions: &Tabulated,
        conditions: &Conditions,
        v: &[f64],
        out: &mut [f64],
    ) -> EvalResult<bool> {
        let Some(sign) = self.evolution_sign() else {
            return Ok(false);
        };
        let u: Vec<Dual> = u.iter().zip(v).map(|(&u, &v)| Dual::assemble(u, |_| v)).collect();
        let mut residual = vec![Dual::constant(0.0); u.len()];
        let lifted = functions.lift::<Dual>();
        self.residual(Form::Strong, &u, &lifted, conditions, &mut Pool::new(), &mut residual)?;
        for (out, residual) in out.iter_mut().zip(&residual) {
            *out = sign * residual.tangent(0);
        }
        Ok(true)
    }

    /// Index of the slot called `name`.
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.slots().iter().position(|slot| slot.name == name)
    }

    /// Number of nodes n.
    pub fn n_nodes(&self) -> usize {
        self.weights().len()
    }
}
