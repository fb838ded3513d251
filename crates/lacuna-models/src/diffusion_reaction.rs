//! Diffusion and reaction on an interval with given values at its ends.
//!
//! −(a(x) u')' + k(x) u = f(x), u = g_0, g_1 at the ends. Finite volumes: with cells of width h,
//! u at the n cell centres and a at the n + 1 faces, the scaled jumps across the faces are
//!
//!   d_0 = 2(u_0 − g_0)/h², d_i = (u_i − u_{i−1})/h², d_n = 2(g_1 − u_{n−1})/h²,
//!
//! and −(a u')' ≈ a_i d_i − a_{i+1} d_{i+1} = (A_a u − b_a)_i, of second order. Two residuals:
//!
//! - `fixed-point`: T(u) − u, T(u) = A_a⁻¹(f − k u + b_a): the equation smoothed by the inverse of
//!   its diffusion operator, so that data are not differentiated; affine in (k, f);
//! - `strong`: A_a u − b_a + k u − f, affine in (a, k, f).
//!
//! Arrays: u, k, f and residuals have length n, a has length n + 1. a in length²/time, k in
//! 1/time, f in u/time. No quantity is conserved and u may have any sign.

use faer::{MatMut, MatRef};
use lacuna_core::{
    Argument, Conditions, EvalError, EvalResult, Evolution, Form, Functions, Linearisation, Pool,
    Scalar, Scaling, Slot, SteadyModel, Symmetry, Tabulated, Undetermined,
};
use lacuna_grid::{Boundary, Grid, GridError, solve_tridiagonal};

mod evolution;

use self::evolution::Reaction;

/// The diffusion-reaction equation on a bounded grid.
pub struct DiffusionReaction {
    grid: Grid,
    slots: [Slot; 3],
}

impl DiffusionReaction {
    /// Index of the conductivity a among the slots.
    pub const CONDUCTIVITY: usize = 0;
    /// Index of the reaction rate k.
    pub const RATE: usize = 1;
    /// Index of the source f.
    pub const SOURCE: usize = 2;

    /// The equation on `grid`.
    ///
    /// # Errors
    /// If the boundary is not Dirichlet.
    pub fn new(grid: Grid) -> Result<Self, GridError> {
        if grid.axes()[0].boundary != Boundary::Dirichlet {
            return Err(GridError::Boundary {
                operator: "the diffusion-reaction equation",
                needed: "dirichlet",
            });
        }
        let (faces, face_weights) = grid.faces();
        let slot = |name, description, positive, points, weights| Slot {
            name,
            description,
            argument: Argument::Position,
            gauge: false,
            positive,
            symmetry: Symmetry::None,
            points,
            weights,
            domain: grid.position_domain(),
            default: None,
        };
        let at_nodes = || (grid.nodes().clone(), grid.weights().to_vec());
        let ((nodes_k, weights_k), (nodes_f, weights_f)) = (at_nodes(), at_nodes());
        let slots = [
            slot("a", "conductivity", true, faces, face_weights),
            slot("k", "reaction rate", false, nodes_k, weights_k),
            slot("f", "source", false, nodes_f, weights_f),
        ];
        Ok(Self { grid, slots })
    }

    /// The grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// `out = d(u)`, the n + 1 scaled jumps across the faces.
    fn jumps<D: Scalar>(&self, u: &[D], conditions: &Conditions, out: &mut [D]) {
        let n = u.len();
        let inverse_square = self.grid.cell().powi(-2);
        let [lower, upper] = [conditions.boundary_values[0], conditions.boundary_values[1]];
        out[0] = (u[0] - lower) * (2.0 * inverse_square);
        for i in 1..n {
            out[i] = (u[i] - u[i - 1]) * inverse_square;
        }
        out[n] = (-u[n - 1] + upper) * (2.0 * inverse_square);
    }

    /// `rhs` becomes A_a⁻¹ rhs.
    fn smooth<D: Scalar>(&self, a: &[D], pool: &mut Pool<D>, rhs: &mut [D]) -> EvalResult {
        let n = rhs.len();
        check_conductivity(a)?;
        let inverse_square = self.grid.cell().powi(-2);
        let mut off = pool.take_scalars(n + 1);
        let mut diagonal = pool.take_scalars(n);
        for (off, a) in off.iter_mut().zip(a) {
            *off = -*a * inverse_square;
        }
        for (i, diagonal) in diagonal.iter_mut().enumerate() {
            let left = if i == 0 { off[0] * 2.0 } else { off[i] };
            let right = if i + 1 == n { off[n] * 2.0 } else { off[i + 1] };
            *diagonal = -(left + right);
        }
        solve_tridiagonal(&off[..n], &diagonal, &off[1..], pool, rhs);
        pool.give_scalars(off);
        pool.give_scalars(diagonal);
        Ok(())
    }
}

fn check_conductivity<D: Scalar>(a: &[D]) -> EvalResult {
    match a.iter().position(|a| a.value() <= 0.0) {
        None => Ok(()),
        Some(index) => Err(EvalError::OutOfDomain {
            quantity: "the conductivity a",
            value: a[index].value(),
            index,
            requirement: "positive; give an unknown one `constraint = \"positive\"`",
        }),
    }
}

/// `out_i = a_i d_i − a_{i+1} d_{i+1}`.
fn divergence<D: Scalar>(a: &[D], jumps: &[D], out: &mut [D]) {
    for (i, out) in out.iter_mut().enumerate() {
        *out = a[i] * jumps[i] - a[i + 1] * jumps[i + 1];
    }
}

impl SteadyModel for DiffusionReaction {
    fn name(&self) -> &'static str {
        "diffusion-reaction"
    }

    fn slots(&self) -> &[Slot] {
        &self.slots
    }

    fn forms(&self) -> &[Form] {
        &[Form::FixedPoint, Form::Strong]
    }

    fn weights(&self) -> &[f64] {
        self.grid.weights()
    }

    fn is_density(&self) -> bool {
        false
    }

    fn map<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        let a = functions.values(Self::CONDUCTIVITY);
        let (k, f) = (functions.values(Self::RATE), functions.values(Self::SOURCE));
        for i in 0..out.len() {
            out[i] = f[i] - k[i] * u[i];
        }
        let boundary = 2.0 * self.grid.cell().powi(-2);
        let last = out.len() - 1;
        out[0] += a[0] * (boundary * conditions.boundary_values[0]);
        out[last] += a[last + 1] * (boundary * conditions.boundary_values[1]);
        self.smooth(a, pool, out)
    }

    fn residual<D: Scalar>(
        &self,
        form: Form,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        match form {
            Form::FixedPoint => {
                self.map(u, functions, conditions, pool, out)?;
                for (out, u) in out.iter_mut().zip(u) {
                    *out -= *u;
                }
                Ok(())
            }
            Form::Strong => {
                let mut jumps = pool.take_scalars(u.len() + 1);
                self.jumps(u, conditions, &mut jumps);
                divergence(functions.values(Self::CONDUCTIVITY), &jumps, out);
                let (k, f) = (functions.values(Self::RATE), functions.values(Self::SOURCE));
                for i in 0..out.len() {
                    out[i] += k[i] * u[i] - f[i];
                }
                pool.give_scalars(jumps);
                Ok(())
            }
            Form::LogFixedPoint => Err(lacuna_core::unsupported_form(self, form)),
        }
    }

    fn evolution<'a>(
        &'a self,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
    ) -> Option<Box<dyn Evolution + 'a>> {
        Some(Box::new(Reaction::new(self, functions, conditions)))
    }

    /// ∂_t u = (a u')' − k u + f.
    fn evolution_sign(&self) -> Option<f64> {
        Some(-1.0)
    }

    /// B = A_a⁻¹, since L = −(A_a + k) and I − ∂T/∂u = I + A_a⁻¹ k.
    fn precondition(
        &self,
        _: &[f64],
        functions: &Tabulated,
        pool: &mut Pool<f64>,
        rate: &mut [f64],
    ) -> EvalResult<bool> {
        self.smooth(functions.values(Self::CONDUCTIVITY), pool, rate)?;
        Ok(true)
    }

    fn is_affine(&self, form: Form, slots: &[usize]) -> bool {
        match form {
            Form::FixedPoint => !slots.contains(&Self::CONDUCTIVITY),
            Form::Strong => true,
            Form::LogFixedPoint => false,
        }
    }

    /// Where k ≥ 0 the equation, linear in u, has one solution by the maximum principle.
    fn has_one_state(&self, functions: &Tabulated) -> bool {
        functions.values(Self::RATE).iter().all(|&k| k >= 0.0)
    }

    /// A rate competes with diffusion over the domain, π² a/L²; a source with both times u.
    fn natural_scale(&self, slot: usize, u: &[f64], functions: &Tabulated) -> f64 {
        let mean = |values: &[f64]| {
            values.iter().map(|v| v.abs()).sum::<f64>() / values.len().max(1) as f64
        };
        let diffusion = mean(functions.values(Self::CONDUCTIVITY));
        let rate = diffusion * (std::f64::consts::PI / self.grid.axes()[0].length).powi(2);
        match slot {
            Self::RATE => rate,
            Self::SOURCE => (rate + mean(functions.values(Self::RATE))) * mean(u),
            _ => 1.0,
        }
    }

    fn scalings(&self) -> &[&[Scaling]] {
        const fn once(slot: usize) -> Scaling {
            Scaling { slot, power: 1 }
        }
        use DiffusionReaction as Own;
        const TOGETHER: &[Scaling] = &[once(Own::CONDUCTIVITY), once(Own::RATE), once(Own::SOURCE)];
        &[TOGETHER]
    }

    /// (δa u')' = 0: the flux a u' is known up to a constant c, and δa = c/u' is a function unless u'
    /// vanishes somewhere.
    fn undetermined(&self, slot: usize) -> Option<Undetermined> {
        (slot == Self::CONDUCTIVITY).then_some(Undetermined {
            code: "flux-constant",
            reason: "a + c/u' has the same states for every number c: (a u')' = k u − f gives the flux a u' \
                     only up to a constant, and u' has no zero that would fix it",
            remedy: "measure a state in which u' vanishes inside (u has a maximum or a minimum), or a \
                     second state whose slope u' is not a multiple of that of the first: other boundary \
                     values or another source; a flux known from elsewhere would fix a as well",
        })
    }

    fn tangent(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        dvalues: MatRef<'_, f64>,
        pool: &mut Pool<f64>,
        mut out: MatMut<'_, f64>,
    ) -> EvalResult {
        let n = at.u.len();
        let a = at.functions.values(Self::CONDUCTIVITY);
        let mut jumps = pool.take_reals(n + 1);
        let mut column = pool.take_reals(dvalues.nrows());
        let mut change = pool.take_reals(n);
        self.jumps_at(at, pool, &mut jumps);
        for j in 0..dvalues.ncols() {
            for (to, from) in column.iter_mut().zip(dvalues.col(j).iter()) {
                *to = *from;
            }
            match slot {
                Self::CONDUCTIVITY => divergence(&column, &jumps, &mut change),
                Self::RATE => {
                    for i in 0..n {
                        change[i] = column[i] * at.u[i];
                    }
                }
                Self::SOURCE => {
                    for i in 0..n {
                        change[i] = -column[i];
                    }
                }
                _ => unreachable!("the equation has three slots"),
            }
            if at.form == Form::FixedPoint {
                self.smooth(a, pool, &mut change)?;
            }
            let sign = sign(at.form);
            for (i, change) in change.iter().enumerate() {
                out[(i, j)] = sign * change;
            }
        }
        pool.give_reals(jumps);
        pool.give_reals(column);
        pool.give_reals(change);
        Ok(())
    }

    fn pullback(
        &self,
        at: &Linearisation<'_>,
        slot: usize,
        cotangent: &[f64],
        pool: &mut Pool<f64>,
        out: &mut [f64],
    ) -> EvalResult {
        let n = at.u.len();
        let mut adjoint = pool.take_reals(n);
        let sign = sign(at.form);
        for (adjoint, y) in adjoint.iter_mut().zip(cotangent) {
            *adjoint = sign * y;
        }
        // A_a is symmetric.
        if at.form == Form::FixedPoint {
            self.smooth(at.functions.values(Self::CONDUCTIVITY), pool, &mut adjoint)?;
        }
        match slot {
            Self::CONDUCTIVITY => {
                let mut jumps = pool.take_reals(n + 1);
                self.jumps_at(at, pool, &mut jumps);
                for i in 0..=n {
                    let own = if i < n { adjoint[i] } else { 0.0 };
                    let left = if i > 0 { adjoint[i - 1] } else { 0.0 };
                    out[i] = jumps[i] * (own - left);
                }
                pool.give_reals(jumps);
            }
            Self::RATE => {
                for i in 0..n {
                    out[i] = at.u[i] * adjoint[i];
                }
            }
            Self::SOURCE => {
                for i in 0..n {
                    out[i] = -adjoint[i];
                }
            }
            _ => unreachable!("the equation has three slots"),
        }
        pool.give_reals(adjoint);
        Ok(())
    }
}

/// The strong residual is A u − b + k u − f; the smoothed one is −A⁻¹ times its change.
fn sign(form: Form) -> f64 {
    if form == Form::FixedPoint { -1.0 } else { 1.0 }
}

impl DiffusionReaction {
    /// The jumps that multiply a change of a: those of T(u) in the smoothed form, of u otherwise.
    fn jumps_at(&self, at: &Linearisation<'_>, pool: &mut Pool<f64>, out: &mut [f64]) {
        let mut state = pool.take_reals(at.u.len());
        for (i, state) in state.iter_mut().enumerate() {
            let shift = if at.form == Form::FixedPoint { at.residual[i] } else { 0.0 };
            *state = at.u[i] + shift;
        }
        self.jumps(&state, at.conditions, out);
        pool.give_reals(state);
    }
}
