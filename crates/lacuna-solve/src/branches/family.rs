//! The steady states of an equation along one of its scalars λ: F(u, λ) = u − T(u; λ) = 0.
//!
//! A point (u, λ) is measured in units of the state: q = λ U/Λ with U = ‖u_0‖ the norm of the
//! first state and Λ the length of the range of λ, so that ‖(δu, δq)‖² = ‖δu‖² + δq². All linear
//! systems are bordered,
//!
//!   (I − ∂T/∂u) v + Σ_k c_k x_k = r,   ⟨row_k, v⟩ + d_k x_k = r_k,
//!
//! and solved by GMRES over the n + k unknowns: no matrix is formed. Border 0 is that of the
//! parameter, c = ∂F/∂q, and another one that of translations, where both c and the row are the
//! direction u' in which a state may move: x is zero for a steady state.
//!
//! Source: Keller, in Applications of Bifurcation Theory (1977) 359; Govaerts, Numerical Methods
//! for Bifurcations of Dynamical Equilibria (SIAM 2000) for bordered systems.

use faer::Mat;
use lacuna_core::{
    Conditions, EvalError, EvalResult, Form, Linearisation, Model, Pool, StateMap, Stop, Tabulated,
};

use crate::density::Density;
use crate::fixed_point::check_weights;
use crate::inner::{distance, dot, norm};
use crate::{Gmres, GmresOptions};

/// Products between restarts of GMRES, and at most.
const KRYLOV: usize = 80;
/// A state that varies by less than this part of its maximum is uniform.
const UNIFORM: f64 = 1e-9;
/// Fingerprints of one state agree to this.
const SAME: f64 = 1e-6;

/// A state and its parameter.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// u, length n.
    pub(super) u: Vec<f64>,
    /// λ.
    pub(super) parameter: f64,
}

/// A direction (δu, δq), usually of length one.
#[derive(Clone, Debug)]
pub(super) struct Direction {
    /// δu, length n.
    pub(super) u: Vec<f64>,
    /// δq.
    pub(super) parameter: f64,
}

/// One column and one row around I − ∂T/∂u.
pub(super) struct Border<'b> {
    pub(super) column: &'b [f64],
    pub(super) row: &'b [f64],
    pub(super) corner: f64,
}

/// The equation, one of whose scalars is free.
pub(super) struct Family<'a> {
    pub(super) model: &'a dyn Model,
    template: &'a Tabulated,
    pub(super) conditions: &'a Conditions,
    /// The slot of λ; none if all scalars are fixed.
    slot: Option<usize>,
    pub(super) weights: &'a [f64],
    density: Option<Density>,
    /// U.
    pub(super) unit: f64,
    /// Λ/U.
    pub(super) scale: f64,
    pub(super) pool: Pool<f64>,
    gmres: Vec<Gmres>,
    /// Products with I − ∂T/∂u so far.
    pub(super) products: usize,
    /// Evaluations of T so far.
    pub(super) evaluations: usize,
}

/// T and its derivative at a point.
pub(super) struct Local<'f> {
    pub(super) map: Box<dyn StateMap + 'f>,
    /// T(u).
    pub(super) image: Vec<f64>,
    /// u − T(u).
    pub(super) residual: Vec<f64>,
    /// ‖u − T(u)‖ / ‖u‖.
    pub(super) relative: f64,
}

impl<'a> Family<'a> {
    pub(super) fn new(
        model: &'a dyn Model,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
        slot: usize,
        range: f64,
        unit: f64,
    ) -> EvalResult<Self> {
        let family = Self::fixed(model, functions, conditions, unit)?;
        Ok(Self { slot: Some(slot), scale: range / unit, ..family })
    }

    /// The equation as it is, with no scalar free.
    pub(super) fn fixed(
        model: &'a dyn Model,
        functions: &'a Tabulated,
        conditions: &'a Conditions,
        unit: f64,
    ) -> EvalResult<Self> {
        check_weights(model.weights())?;
        let density =
            model.is_density().then(|| Density::new(model.weights(), conditions)).transpose()?;
        let gmres = (0..=2)
            .map(|borders| {
                let mut weights = model.weights().to_vec();
                weights.resize(weights.len() + borders, 1.0);
                Gmres::new(&weights, KRYLOV)
            })
            .collect();
        Ok(Self {
            model,
            template: functions,
            conditions,
            slot: None,
            weights: model.weights(),
            density,
            unit,
            scale: 1.0,
            pool: Pool::new(),
            gmres,
            products: 0,
            evaluations: 0,
        })
    }

    /// The functions at the parameter λ.
    pub(super) fn functions(&self, parameter: f64) -> Tabulated {
        let mut functions = self.template.clone();
        if let Some(slot) = self.slot {
            functions.values_mut(slot)[0] = parameter;
        }
        functions
    }

    /// T at a point; `functions` are those of its parameter.
    pub(super) fn local<'f>(&mut self, functions: &'f Tabulated, u: &[f64]) -> EvalResult<Local<'f>>
    where
        'a: 'f,
    {
        let mut map = self.model.state_map(functions, self.conditions);
        let mut image = vec![0.0; u.len()];
        map.map(u, &mut image)?;
        self.evaluations += 1;
        map.set_state(u, &image);
        let residual: Vec<f64> = u.iter().zip(&image).map(|(u, t)| u - t).collect();
        let relative = norm(self.weights, &residual) / norm(self.weights, u);
        Ok(Local { map, image, residual, relative })
    }

    /// `out` = ∂F/∂q at a point.
    pub(super) fn slope(
        &mut self,
        functions: &Tabulated,
        local: &Local<'_>,
        u: &[f64],
        out: &mut [f64],
    ) -> EvalResult {
        let Some(slot) = self.slot else {
            out.fill(0.0);
            return Ok(());
        };
        // The residual of `Form::FixedPoint` is T(u) − u = −F.
        let negative: Vec<f64> = local.residual.iter().map(|r| -r).collect();
        let at = Linearisation {
            form: Form::FixedPoint,
            u,
            functions,
            conditions: self.conditions,
            residual: &negative,
        };
        let direction = Mat::<f64>::from_fn(1, 1, |_, _| -self.scale);
        let mut column = Mat::<f64>::zeros(u.len(), 1);
        self.model.tangent(&at, slot, direction.as_ref(), &mut self.pool, column.as_mut())?;
        out.iter_mut().zip(column.col(0).iter()).for_each(|(out, c)| *out = *c);
        Ok(())
    }

    /// Solves the bordered system for (v, x_1, …), where `derivative` gives products with ∂T/∂u (or
    /// what stands in its place); `rhs` and `x` have length n + borders.
    pub(super) fn solve(
        &mut self,
        derivative: &mut dyn FnMut(&[f64], &mut [f64]) -> EvalResult,
        borders: &[Border<'_>],
        rhs: &[f64],
        x: &mut [f64],
        tolerance: f64,
    ) -> EvalResult<Stop> {
        let n = self.weights.len();
        let (weights, products) = (self.weights, &mut self.products);
        let product = |v: &[f64], out: &mut [f64]| {
            let (v, extra) = v.split_at(n);
            let (out, out_extra) = out.split_at_mut(n);
            derivative(v, out)?;
            *products += 1;
            out.iter_mut().zip(v).for_each(|(out, v)| *out = v - *out);
            for ((border, &x), out_k) in borders.iter().zip(extra).zip(out_extra) {
                out.iter_mut().zip(border.column).for_each(|(out, c)| *out += c * x);
                *out_k = dot(weights, border.row, v) + border.corner * x;
            }
            Ok(())
        };
        x.fill(0.0);
        let options = GmresOptions { tolerance, max_iterations: 2 * KRYLOV, verify: false };
        Ok(self.gmres[borders.len()].solve(product, rhs, x, &options)?.stop)
    }

    /// `trial` = `from` + δ, kept a density where it is one.
    pub(super) fn advance(&self, from: &[f64], image: &[f64], step: &[f64], trial: &mut [f64]) {
        match &self.density {
            Some(density) => density.advance(self.weights, from, image, |i| step[i], trial),
            None => {
                for ((trial, from), step) in trial.iter_mut().zip(from).zip(step) {
                    *trial = from + step;
                }
            }
        }
    }

    /// What is a state of this equation already, or something near.
    pub(super) fn sanitise(&self, u: &mut [f64]) {
        if let Some(density) = &self.density {
            density.sanitise(self.weights, u);
        }
    }

    /// ⟨direction, to − from⟩.
    pub(super) fn along(&self, direction: &Direction, from: &Point, to: &Point) -> f64 {
        let moved: Vec<f64> = to.u.iter().zip(&from.u).map(|(to, from)| to - from).collect();
        dot(self.weights, &direction.u, &moved)
            + direction.parameter * (to.parameter - from.parameter) / self.scale
    }

    /// ⟨a, b⟩ of two directions.
    pub(super) fn product(&self, a: &Direction, b: &Direction) -> f64 {
        dot(self.weights, &a.u, &b.u) + a.parameter * b.parameter
    }

    /// Scales a direction to length one.
    pub(super) fn normalise(&self, direction: &mut Direction) {
        let length = self.product(direction, direction).sqrt();
        direction.u.iter_mut().for_each(|u| *u /= length);
        direction.parameter /= length;
    }

    /// u'/‖u'‖ where translates of u are other steady states too; none for a uniform state.
    pub(super) fn translation(&mut self, point: &Point) -> Option<Vec<f64>> {
        let lowest = point.u.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = point.u.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if highest - lowest <= UNIFORM * highest.abs() {
            return None;
        }
        self.unit_derivative(&point.u, point.parameter)
    }

    /// u'/‖u'‖ where the equation is invariant under translations, for any function u.
    pub(super) fn unit_derivative(&mut self, u: &[f64], parameter: f64) -> Option<Vec<f64>> {
        let functions = self.functions(parameter);
        let mut derivative = vec![0.0; u.len()];
        if !self.model.translation(u, &functions, &mut self.pool, &mut derivative) {
            return None;
        }
        let length = norm(self.weights, &derivative);
        derivative.iter_mut().for_each(|d| *d /= length);
        (length > 0.0).then_some(derivative)
    }

    /// Whether two states are the same, or translates of each other where that is the same.
    pub(super) fn is_same(&mut self, a: &[f64], b: &[f64], parameter: f64, tolerance: f64) -> bool {
        if distance(self.weights, a, b) <= tolerance * norm(self.weights, a) {
            return true;
        }
        let functions = self.functions(parameter);
        let mut derivative = vec![0.0; a.len()];
        let mut print = |u: &[f64]| {
            self.model
                .translation(u, &functions, &mut self.pool, &mut derivative)
                .then(|| fingerprint(self.weights, u, &derivative))
        };
        let (Some(a), Some(b)) = (print(a), print(b)) else {
            return false;
        };
        a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= tolerance * (a.abs() + b.abs()))
    }

    /// Whether two solved states are the same.
    pub(super) fn coincide(&mut self, a: &[f64], b: &[f64], parameter: f64) -> bool {
        self.is_same(a, b, parameter, SAME)
    }
}

/// Numbers that translation does not change: ∫u², ∫u³, ∫u⁴ and ∫u'², each rooted to the unit of u
/// or u'. The trapezoidal rule is exact for them where the state is resolved.
fn fingerprint(weights: &[f64], u: &[f64], derivative: &[f64]) -> [f64; 4] {
    let moment =
        |power: i32| -> f64 { u.iter().zip(weights).map(|(u, w)| w * u.powi(power)).sum::<f64>() };
    [
        moment(2).sqrt(),
        moment(3).cbrt(),
        moment(4).sqrt().sqrt(),
        norm(weights, derivative) + norm(weights, u),
    ]
}

/// Whether an error only says that a trial point is none: the step is then shortened.
pub(super) fn is_no_point(error: &EvalError) -> bool {
    matches!(error, EvalError::OutOfDomain { .. } | EvalError::NonFinite { .. })
}
