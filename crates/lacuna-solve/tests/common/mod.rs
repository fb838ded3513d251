//! Toy equations. Each test file uses some of them.
#![allow(dead_code)]

use std::f64::consts::TAU;

use lacuna_core::{
    Argument, Conditions, EvalResult, Form, Functions, Points, Pool, Scalar, Slot, SteadyModel,
    Tabulated,
};

/// The noisy Kuramoto model on the circle, n uniform nodes, W = −cos, σ = 1:
///
/// T(u) = exp(κ (C cos x + S sin x) − V) / Z,  C = ∫u cos, S = ∫u sin.
///
/// Slots: κ (one value), V (n values). For V = 0 and mass 1 the steady states are uniform or,
/// up to translation, exp(a cos x) / (2π I₀(a)) with a = κ I₁(a)/I₀(a), which needs κ > 2.
pub struct Kuramoto {
    pub x: Vec<f64>,
    weights: Vec<f64>,
    slots: Vec<Slot>,
}

pub const COUPLING: usize = 0;
pub const POTENTIAL: usize = 1;

impl Kuramoto {
    pub fn new(n: usize) -> Self {
        let x: Vec<f64> = (0..n).map(|i| TAU * i as f64 / n as f64).collect();
        let weights = vec![TAU / n as f64; n];
        let slot = |name, argument, gauge, points, weights| Slot {
            name,
            description: name,
            argument,
            gauge,
            positive: false,
            symmetry: lacuna_core::Symmetry::None,
            domain: Vec::new(),
            points,
            weights,
            default: None,
        };
        let slots = vec![
            slot("coupling", Argument::None, false, Points::none(), vec![1.0]),
            slot("V", Argument::Position, true, Points::line(x.clone()), weights.clone()),
        ];
        Self { x, weights, slots }
    }

    pub fn functions(&self, coupling: f64, potential: impl Fn(f64) -> f64) -> Tabulated<f64> {
        let potential = self.x.iter().map(|&x| potential(x)).collect();
        Tabulated::from_values(vec![vec![coupling], potential])
    }

    pub fn density(&self, shape: impl Fn(f64) -> f64) -> Vec<f64> {
        let u: Vec<f64> = self.x.iter().map(|&x| shape(x)).collect();
        let mass = self.mass(&u);
        u.iter().map(|u| u / mass).collect()
    }

    pub fn mass(&self, u: &[f64]) -> f64 {
        u.iter().zip(&self.weights).map(|(u, w)| u * w).sum()
    }

    /// The concentrated state at 0, with a from the power series of I₀ and I₁.
    pub fn exact(&self, coupling: f64) -> Vec<f64> {
        let mut a = coupling;
        for _ in 0..10_000 {
            a = coupling * bessel(1, a) / bessel(0, a);
        }
        self.x.iter().map(|x| (a * x.cos()).exp() / (TAU * bessel(0, a))).collect()
    }
}

/// I_order(a) = Σ_k (a/2)^(2k + order) / (k! (k + order)!).
pub fn bessel(order: i32, a: f64) -> f64 {
    let mut term = if order == 0 { 1.0 } else { a / 2.0 };
    let mut sum = 0.0;
    for k in 1..400 {
        sum += term;
        term *= (a / 2.0).powi(2) / (f64::from(k) * f64::from(k + order));
    }
    sum
}

impl SteadyModel for Kuramoto {
    fn name(&self) -> &'static str {
        "kuramoto"
    }
    fn slots(&self) -> &[Slot] {
        &self.slots
    }
    fn forms(&self) -> &[Form] {
        &[Form::FixedPoint]
    }
    fn weights(&self) -> &[f64] {
        &self.weights
    }
    fn is_density(&self) -> bool {
        true
    }
    fn map<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        _: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        let coupling = functions.values(COUPLING)[0];
        let potential = functions.values(POTENTIAL);
        let (mut c, mut s) = (D::constant(0.0), D::constant(0.0));
        for ((&u, x), w) in u.iter().zip(&self.x).zip(&self.weights) {
            c += u * (w * x.cos());
            s += u * (w * x.sin());
        }
        let mut top = f64::NEG_INFINITY;
        for ((out, x), &v) in out.iter_mut().zip(&self.x).zip(potential) {
            *out = coupling * (c * x.cos() + s * x.sin()) - v;
            top = top.max(out.value());
        }
        let mut z = D::constant(0.0);
        for (out, w) in out.iter_mut().zip(&self.weights) {
            *out = (*out - top).exp();
            z += *out * *w;
        }
        for out in out.iter_mut() {
            *out = *out * conditions.mass / z;
        }
        Ok(())
    }
}

/// Any map without functions, over unit weights, written as a macro body generic in `D`.
#[macro_export]
macro_rules! toy {
    ($name:ident, $n:expr, density: $density:expr, |$u:ident, $out:ident| $body:block) => {
        struct $name;
        impl lacuna_core::SteadyModel for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }
            fn slots(&self) -> &[lacuna_core::Slot] {
                &[]
            }
            fn forms(&self) -> &[lacuna_core::Form] {
                &[lacuna_core::Form::FixedPoint]
            }
            fn weights(&self) -> &[f64] {
                &[1.0; $n]
            }
            fn is_density(&self) -> bool {
                $density
            }
            fn map<D: lacuna_core::Scalar>(
                &self,
                $u: &[D],
                _: &dyn lacuna_core::Functions<D>,
                _: &lacuna_core::Conditions,
                _: &mut lacuna_core::Pool<D>,
                $out: &mut [D],
            ) -> lacuna_core::EvalResult {
                $body
            }
        }
    };
}
