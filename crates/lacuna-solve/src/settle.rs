//! Where a state goes in time: the stable steady state at the end of du/dt = R(u) from u(0).
//!
//! Time runs in spans. The first is what the rate needs to change the state by itself, ‖u‖/‖R(u)‖, and
//! each is twice the one before. After a span Newton's method looks for the steady state near u. It is
//! the end if it differs from u by little and no eigenvalue of the evolution linearised there has a
//! positive real part; a state that only passes an unstable steady state goes on. A state that grows
//! without bound, or moves for ever (an oscillation, a travelling wave), does not settle.

use lacuna_core::{Conditions, EvalError, EvalResult, Flow, Model, Tabulated};

use crate::inner::{distance, norm};
use crate::{
    EvolutionOptions, EvolutionStep, NewtonOptions, Stability, Stage, SteadyStateOptions, evolve,
    leading_modes, steady_state,
};

/// How near the steady state has to be to the state in time, relative to it.
const NEAR: f64 = 0.03;
/// A state this many times larger than it was, or than 1 where it was 0, has no bound.
const UNBOUNDED: f64 = 1e6;
/// Accuracy of eigenvalues, of which the sign is wanted.
const EIGENVALUES: f64 = 1e-6;
/// Largest change of ln u at a node when a density is pushed.
const LARGEST_PUSH: f64 = 1.0;

/// Options of [`settle`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SettleOptions {
    /// Largest error of a time step relative to the state.
    pub tolerance: f64,
    /// Most spans of time.
    pub max_spans: usize,
    /// Most time steps in a span.
    pub max_steps: usize,
}

impl Default for SettleOptions {
    fn default() -> Self {
        Self { tolerance: 1e-4, max_spans: 24, max_steps: 2000 }
    }
}

/// Where a state has gone.
#[derive(Clone, Debug)]
pub enum Settled {
    /// To a steady state that is stable.
    State {
        /// The state, length n.
        u: Vec<f64>,
        /// Its stability.
        stability: Stability,
    },
    /// Beyond all bounds.
    Unbounded,
    /// Nowhere within the time allowed, or the caller asked to stop.
    Unsettled,
}

/// Follows `start` (length n) in time to a stable steady state; none where the equation does not say
/// how a state evolves.
///
/// # Errors
/// If the start is no state, or the rate cannot be evaluated there.
pub fn settle(
    model: &dyn Model,
    functions: &Tabulated,
    conditions: &Conditions,
    start: &[f64],
    options: &SettleOptions,
    watch: &dyn Fn() -> Flow,
) -> EvalResult<Option<Settled>> {
    let Some(mut evolution) = model.evolution(functions, conditions) else { return Ok(None) };
    let weights = model.weights();
    let (mut u, mut rate) = (start.to_vec(), vec![0.0; start.len()]);
    evolution.rate(&u, &mut rate)?;
    let size = norm(weights, &u);
    let speed = norm(weights, &rate);
    if !(speed.is_finite() && size.is_finite()) {
        return Err(EvalError::NonFinite { quantity: "the rate of change at the start" });
    }
    let mut span = if speed > 0.0 && size > 0.0 { size / speed } else { 1.0 };
    let bound = UNBOUNDED * if size > 0.0 { size } else { 1.0 };
    for _ in 0..options.max_spans {
        let stepping = EvolutionOptions {
            tolerance: options.tolerance,
            max_steps: options.max_steps,
            ..EvolutionOptions::default()
        };
        let mut report = |_: &EvolutionStep| watch();
        let run = evolve(evolution.as_mut(), &u, &[span], &stepping, Some(&mut report));
        let run = match run {
            Ok(run) => run,
            Err(EvalError::NonFinite { .. }) => return Ok(Some(Settled::Unbounded)),
            Err(error) => return Err(error),
        };
        if watch() == Flow::Stop {
            return Ok(Some(Settled::Unsettled));
        }
        u.copy_from_slice(run.last());
        let size = norm(weights, &u);
        if size.is_nan() || size > bound {
            return Ok(Some(Settled::Unbounded));
        }
        if let Some(found) = near(model, functions, conditions, &u)? {
            return Ok(Some(found));
        }
        span *= 2.0;
    }
    Ok(Some(Settled::Unsettled))
}

/// The stable steady state near u, if there is one.
fn near(
    model: &dyn Model,
    functions: &Tabulated,
    conditions: &Conditions,
    u: &[f64],
) -> EvalResult<Option<Settled>> {
    let newton = NewtonOptions { polish: false, ..NewtonOptions::default() };
    let options = SteadyStateOptions {
        tolerance: 1e-10,
        stages: vec![Stage::Newton(newton)],
        coarse_start: false,
    };
    let found = steady_state(model, functions, conditions, u, &options, None)?;
    let apart = distance(model.weights(), &found.u, u);
    if !found.stop.is_converged() || apart > NEAR * norm(model.weights(), &found.u) {
        return Ok(None);
    }
    let modes = leading_modes(model, functions, conditions, &found.u, 1, EIGENVALUES)?;
    let stable = modes.map(|m| m.stability).filter(Stability::is_stable);
    Ok(stable.map(|stability| Settled::State { u: found.u, stability }))
}

/// u + s φ with ‖s φ‖ = |part| ‖u‖; for a density u e^{sφ/u}, no node moved by more than a factor e.
pub fn pushed(model: &dyn Model, u: &[f64], direction: &[f64], part: f64) -> Vec<f64> {
    let weights = model.weights();
    let size = norm(weights, u);
    let scale = part * if size > 0.0 { size } else { 1.0 } / norm(weights, direction);
    let moved = u.iter().zip(direction).map(|(u, d)| {
        if model.is_density() {
            u * (scale * d / u).clamp(-LARGEST_PUSH, LARGEST_PUSH).exp()
        } else {
            u + scale * d
        }
    });
    moved.collect()
}
