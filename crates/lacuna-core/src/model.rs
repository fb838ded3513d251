//! Equations with functions inside them.
//!
//! A steady state u (values at the n nodes of a grid) satisfies u = T(u; f), where f are the
//! functions of the equation, each tabulated at the points its [`Slot`] asks for. An equation
//! never sees the parameters of a function, and a function never sees the equation: derivatives
//! compose as (∂residual/∂function values) · (∂function values/∂θ).

use std::fmt;

use faer::{MatMut, MatRef};

use crate::{
    Coarse, Conditions, Dual, EvalError, EvalResult, Evolution, LANES, Lanes, Pool, Scalar,
    Scaling, Slot, StateMap, Tabulated, Undetermined,
};

/// The functions of an equation, as the equation sees them.
pub trait Functions<D> {
    /// Values of the function in `slot` at the slot's points; one value for a scalar.
    fn values(&self, slot: usize) -> &[D];

    /// The function in `slot` at any argument, e.g. at a value of the state.
    fn at(&self, slot: usize, argument: &[D]) -> D;
}

/// Forms of the residual of an equation at an observed state û.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// T(û) − û: no derivative of the data.
    FixedPoint,
    /// √û times the logarithm of the same statement: equal to first order, linear in the functions.
    LogFixedPoint,
    /// The equation itself, with û differentiated numerically.
    Strong,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FixedPoint => "fixed-point",
            Self::LogFixedPoint => "log-fixed-point",
            Self::Strong => "strong",
        })
    }
}

/// The point at which a residual is linearised with respect to the functions.
#[derive(Clone, Copy)]
pub struct Linearisation<'a> {
    /// Which residual.
    pub form: Form,
    /// The observed state û, length n.
    pub u: &'a [f64],
    /// The functions.
    pub functions: &'a Tabulated<f64>,
    /// The conditions.
    pub conditions: &'a Conditions,
    /// The residual there, length n.
    pub residual: &'a [f64],
}

/// An equation, as its author writes it.
///
/// [`slots`](SteadyModel::slots), [`forms`](SteadyModel::forms), [`weights`](SteadyModel::weights)
/// and [`map`](SteadyModel::map) are needed, and [`residual`](SteadyModel::residual) for any form
/// other than `FixedPoint`. The derivatives with respect to function values have slow defaults
/// from dual numbers, against which every hand-written override is tested.
pub trait SteadyModel: Send + Sync {
    /// Name in the problem file.
    fn name(&self) -> &'static str;

    /// The functions of the equation.
    fn slots(&self) -> &[Slot];

    /// The residual forms it has, the preferred one first.
    fn forms(&self) -> &[Form];

    /// Quadrature weights of the nodes, length n.
    fn weights(&self) -> &[f64];

    /// Whether the state is a density: positive, with given mass.
    fn is_density(&self) -> bool;

    /// `out = T(u)`, length n.
    fn map<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult;

    /// `out` = the residual of `form` at u, length n. Weighted so that its square integrated over
    /// the domain is the quantity to be minimised.
    fn residual<D: Scalar>(
        &self,
        form: Form,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        if form != Form::FixedPoint {
            return Err(unsupported_form(self, form));
        }
        self.map(u, functions, conditions, pool, out)?;
        for (out, u) in out.iter_mut().zip(u) {
            *out -= *u;
        }
        Ok(())
    }

    /// T with these functions and conditions held fixed, where the equation has a faster one than
    /// dual numbers give.
    fn state_map<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Option<Box<dyn StateMap + 'a>> {
        let _ = (functions, conditions);
        None
    }

    /// The same equation on a grid with a quarter of the nodes, where there is one.
    fn coarsen<'a>(&'a self, functions: &Tabulated) -> Option<Coarse<'a>> {
        let _ = functions;
        None
    }

    /// The equation in time, with these functions and conditions held fixed, where it has one.
    fn evolution<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Option<Box<dyn Evolution + 'a>> {
        let _ = (functions, conditions);
        None
    }

    /// s in ∂_t u = s × the strong residual, for equations that say how a state evolves.
    fn evolution_sign(&self) -> Option<f64> {
        None
    }

    /// `rate` (length n) becomes B `rate`, where B makes the evolution linearised at the steady
    /// state u that of the map: L = −B⁻¹ (I − ∂T/∂u). Whether the equation knows B.
    ///
    /// L⁻¹ = −(I − ∂T/∂u)⁻¹ B is compact, and its largest eigenvalues are those that decide on
    /// stability.
    fn precondition(
        &self,
        u: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        rate: &mut [f64],
    ) -> EvalResult<bool> {
        let _ = (u, functions, pool, rate);
        Ok(false)
    }

    /// `out = u'`, the direction in which u moves when it is translated. Whether translates of a
    /// steady state are steady states under these functions; where not, `out` is left alone.
    fn translation(
        &self,
        u: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> bool {
        let _ = (u, functions, pool, out);
        false
    }

    /// Whether the residual of `form` is jointly affine in the values of these slots.
    fn is_affine(&self, form: Form, slots: &[usize]) -> bool {
        let _ = (form, slots);
        false
    }

    /// Whether these functions leave exactly one steady state, so that none can be on another branch.
    fn has_one_state(&self, functions: &Tabulated) -> bool {
        let _ = functions;
        false
    }

    /// How large the function in `slot` has to be, roughly, to matter at the state u: the unit in
    /// which a prior without other knowledge measures it.
    fn natural_scale(&self, slot: usize, u: &[f64], functions: &Tabulated) -> f64 {
        let _ = (slot, u, functions);
        1.0
    }

    /// Changes of functions by powers of a common factor that leave every steady state as it is.
    fn scalings(&self) -> &[&[Scaling]] {
        &[]
    }

    /// Why a change of the function in `slot` alone, which is not a factor, can leave every steady state
    /// as it is.
    fn undetermined(&self, slot: usize) -> Option<Undetermined> {
        let _ = slot;
        None
    }

    /// `out = (∂residual/∂values of slot) · dvalues`, column by column: dvalues is
    /// (slot points × k), out is (n × k).
    fn tangent(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        dvalues: MatRef<'_, f64>,
        pool: &mut Pool<f64>,
        out: MatMut<'_, f64>,
    ) -> EvalResult {
        let _ = pool;
        tangent_by_lanes(self, at, slot, dvalues, out)
    }

    /// `out = (∂residual/∂values of slot)ᵀ · cotangent`, with cotangent of length n.
    fn pullback(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> EvalResult {
        let n = out.len();
        let identity = faer::Mat::<f64>::identity(n, n);
        let mut jacobian = faer::Mat::zeros(cotangent.len(), n);
        self.tangent(at, slot, identity.as_ref(), pool, jacobian.as_mut())?;
        for (j, out) in out.iter_mut().enumerate() {
            *out = jacobian.col(j).iter().zip(cotangent).map(|(a, b)| a * b).sum();
        }
        Ok(())
    }
}

/// The error for a form that an equation does not have.
pub fn unsupported_form<M: SteadyModel + ?Sized>(model: &M, form: Form) -> EvalError {
    let available: Vec<String> = model.forms().iter().map(|f| format!("`{f}`")).collect();
    EvalError::UnsupportedForm { model: model.name(), form, available: available.join(", ") }
}

/// The tangent of any model, by dual numbers in lanes: the reference for hand-written ones.
///
/// Shapes as in [`SteadyModel::tangent`].
pub(crate) fn tangent_by_lanes<M: SteadyModel + ?Sized>(
    model: &M,
    at: &Linearisation<'_>,
    slot: usize,
    dvalues: MatRef<'_, f64>,
    mut out: MatMut<'_, f64>,
) -> EvalResult {
    let u: Vec<Lanes> = at.u.iter().map(|&u| Lanes::constant(u)).collect();
    let mut functions = at.functions.lift::<Lanes>();
    let mut residual = vec![Lanes::constant(0.0); out.nrows()];
    let mut pool = Pool::new();
    for start in (0..dvalues.ncols()).step_by(LANES) {
        let count = LANES.min(dvalues.ncols() - start);
        for (i, value) in functions.values_mut(slot).iter_mut().enumerate() {
            *value = Lanes::assemble(value.value(), |lane| {
                if lane < count { dvalues[(i, start + lane)] } else { 0.0 }
            });
        }
        model.residual(at.form, &u, &functions, at.conditions, &mut pool, &mut residual)?;
        for (i, r) in residual.iter().enumerate() {
            for lane in 0..count {
                out[(i, start + lane)] = r.tangent(lane);
            }
        }
    }
    Ok(())
}

/// An equation of any kind: [`SteadyModel`] without its generic methods.
///
/// Implemented for every `SteadyModel`; call `map` and
/// `residual` for any scalar.
#[expect(missing_docs, reason = "each method is documented on `SteadyModel`")]
pub trait Model: Send + Sync {
    fn name(&self) -> &'static str;
    fn slots(&self) -> &[Slot];
    fn forms(&self) -> &[Form];
    fn weights(&self) -> &[f64];
    fn is_density(&self) -> bool;
    fn own_state_map<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Option<Box<dyn StateMap + 'a>>;
    fn coarsen<'a>(&'a self, functions: &Tabulated) -> Option<Coarse<'a>>;
    fn evolution<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Option<Box<dyn Evolution + 'a>>;
    fn evolution_sign(&self) -> Option<f64>;
    fn precondition(
        &self,
        u: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        rate: &mut [f64],
    ) -> EvalResult<bool>;
    fn translation(
        &self,
        u: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> bool;
    fn is_affine(&self, form: Form, slots: &[usize]) -> bool;
    fn has_one_state(&self, functions: &Tabulated) -> bool;
    fn natural_scale(&self, slot: usize, u: &[f64], functions: &Tabulated) -> f64;
    fn scalings(&self) -> &[&[Scaling]];
    fn undetermined(&self, slot: usize) -> Option<Undetermined>;
    fn tangent(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        dvalues: MatRef<'_, f64>,
        pool: &mut Pool<f64>,
        out: MatMut<'_, f64>,
    ) -> EvalResult;
    /// The same by dual numbers, for tests of hand-written tangents.
    fn tangent_by_lanes(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        dvalues: MatRef<'_, f64>,
        out: MatMut<'_, f64>,
    ) -> EvalResult;
    fn pullback(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> EvalResult;
    fn map_f64(
        &self,
        u: &[f64],
        f: &dyn Functions<f64>,
        c: &Conditions,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> EvalResult;
    fn map_dual(
        &self,
        u: &[Dual],
        f: &dyn Functions<Dual>,
        c: &Conditions,
        pool: &mut Pool<Dual>,
        out: &mut [Dual],
    ) -> EvalResult;
    fn map_lanes(
        &self,
        u: &[Lanes],
        f: &dyn Functions<Lanes>,
        c: &Conditions,
        pool: &mut Pool<Lanes>,
        out: &mut [Lanes],
    ) -> EvalResult;
    fn residual_f64(
        &self,
        form: Form,
        u: &[f64],
        f: &dyn Functions<f64>,
        c: &Conditions,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> EvalResult;
    fn residual_dual(
        &self,
        form: Form,
        u: &[Dual],
        f: &dyn Functions<Dual>,
        c: &Conditions,
        pool: &mut Pool<Dual>,
        out: &mut [Dual],
    ) -> EvalResult;
    fn residual_lanes(
        &self,
        form: Form,
        u: &[Lanes],
        f: &dyn Functions<Lanes>,
        c: &Conditions,
        pool: &mut Pool<Lanes>,
        out: &mut [Lanes],
    ) -> EvalResult;
}

macro_rules! erase {
    ($map:ident, $residual:ident, $scalar:ty) => {
        fn $map(
            &self,
            u: &[$scalar],
            f: &dyn Functions<$scalar>,
            c: &Conditions,
            pool: &mut Pool<$scalar>,
            out: &mut [$scalar],
        ) -> EvalResult {
            SteadyModel::map(self, u, f, c, pool, out)
        }
        fn $residual(
            &self,
            form: Form,
            u: &[$scalar],
            f: &dyn Functions<$scalar>,
            c: &Conditions,
            pool: &mut Pool<$scalar>,
            out: &mut [$scalar],
        ) -> EvalResult {
            SteadyModel::residual(self, form, u, f, c, pool, out)
        }
    };
}

impl<M: SteadyModel> Model for M {
    fn name(&self) -> &'static str {
        SteadyModel::name(self)
    }
    fn slots(&self) -> &[Slot] {
        SteadyModel::slots(self)
    }
    fn forms(&self) -> &[Form] {
        SteadyModel::forms(self)
    }
    fn weights(&self) -> &[f64] {
        SteadyModel::weights(self)
    }
    fn is_density(&self) -> bool {
        SteadyModel::is_density(self)
    }
    fn own_state_map<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Option<Box<dyn StateMap + 'a>> {
        SteadyModel::state_map(self, functions, conditions)
    }
    fn coarsen<'a>(&'a self, functions: &Tabulated) -> Option<Coarse<'a>> {
        SteadyModel::coarsen(self, functions)
    }
    fn evolution<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Option<Box<dyn Evolution + 'a>> {
        SteadyModel::evolution(self, functions, conditions)
    }
    fn evolution_sign(&self) -> Option<f64> {
        SteadyModel::evolution_sign(self)
    }
    fn precondition(
        &self,
        u: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        rate: &mut [f64],
    ) -> EvalResult<bool> {
        SteadyModel::precondition(self, u, functions, pool, rate)
    }
    fn translation(
        &self,
        u: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> bool {
        SteadyModel::translation(self, u, functions, pool, out)
    }
    fn is_affine(&self, form: Form, slots: &[usize]) -> bool {
        SteadyModel::is_affine(self, form, slots)
    }
    fn has_one_state(&self, functions: &Tabulated) -> bool {
        SteadyModel::has_one_state(self, functions)
    }
    fn natural_scale(&self, slot: usize, u: &[f64], functions: &Tabulated) -> f64 {
        SteadyModel::natural_scale(self, slot, u, functions)
    }
    fn scalings(&self) -> &[&[Scaling]] {
        SteadyModel::scalings(self)
    }
    fn undetermined(&self, slot: usize) -> Option<Undetermined> {
        SteadyModel::undetermined(self, slot)
    }
    fn tangent(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        dvalues: MatRef<'_, f64>,
        pool: &mut Pool<f64>,
        out: MatMut<'_, f64>,
    ) -> EvalResult {
        SteadyModel::tangent(self, at, slot, dvalues, pool, out)
    }
    fn tangent_by_lanes(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        dvalues: MatRef<'_, f64>,
        out: MatMut<'_, f64>,
    ) -> EvalResult {
        tangent_by_lanes(self, at, slot, dvalues, out)
    }
    fn pullback(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> EvalResult {
        SteadyModel::pullback(self, at, slot, cotangent, pool, out)
    }
    erase!(map_f64, residual_f64, f64);
    erase!(map_dual, residual_dual, Dual);
    erase!(map_lanes, residual_lanes, Lanes);
}
