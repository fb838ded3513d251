//! Newton-Krylov for F(u) = T(u) − u = 0.
//!
//! Each step solves (I − ∂T/∂u) δ = F by GMRES to the relative accuracy η and moves to u + α δ,
//! α = 1, ½, ¼, … until ‖F‖ falls by the part 10⁻⁴ α (1 − η). The forcing term follows Eisenstat
//! and Walker (SIAM J. Sci. Comput. 17 (1996) 16), choice 2: η_k = 0.9 (‖F_k‖/‖F_(k−1)‖)², at most
//! 0.1 and never below 10⁻⁶. The lower bound costs no iteration, and keeps GMRES from amplifying
//! round-off along the kernel of I − ∂T/∂u where a solution may be translated freely. No step is
//! longer than ten times the state.
//!
//! Where it ends, with ρ the relative residual:
//! - ρ ≤ tolerance: `Converged`. If ρ is still above 10⁻¹⁴ one more step is taken, and kept if it
//!   helps: near a solution it brings ρ to round-off for a few products.
//! - no step reduces ‖F‖: `Converged` if ρ is at most ten times what rounding every entry of u does
//!   to it, which is measured by one evaluation (a tolerance no state can meet is not a failure);
//!   else `NonFinite` if no trial was finite, else `Stalled`.
//! - five steps in a row each reduce ‖F‖ by less than a tenth: `Stalled`, unless round-off as above.

use lacuna_core::{Flow, Stop};

use crate::fixed_point::{FixedPoint, Iterate};
use crate::gmres::{Gmres, GmresOptions};
use crate::inner::norm;
use crate::record::{Method, Record};

const FIRST_FORCING: f64 = 1e-2;
const FORCING: std::ops::RangeInclusive<f64> = 1e-6..=0.1;
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// Longest step, in units of the state.
const LONGEST: f64 = 10.0;
/// Longest first step against T(u) − u that a cautious start takes, in units of the state.
const NEAR: f64 = 0.1;
/// Residuals that one more step is not expected to improve.
const POLISHED: f64 = 1e-14;
/// Below this residual a full step either helps or round-off has been reached.
const NEARLY_ROUND_OFF: f64 = 1e-11;
/// Reductions of ‖F‖ by less than this count as slow, and so many in a row as a stall.
const SLOW: f64 = 0.9;
const PATIENCE: usize = 5;

/// Options of one Newton stage.
#[derive(Clone, Debug, PartialEq)]
pub struct NewtonOptions {
    /// Limit on Newton steps.
    pub max_iterations: usize,
    /// Limit on halvings of one step.
    pub max_halvings: usize,
    /// Limit on GMRES iterations for one step.
    pub max_krylov_iterations: usize,
    /// GMRES iterations between restarts: memory is this times n.
    pub restart: usize,
    /// Whether to take one more step after reaching the tolerance, see the module's text: turn it
    /// off for loose tolerances in an inner loop.
    pub polish: bool,
    /// Whether to give up at once where the first step would go far and against T(u) − u: Newton
    /// is then on its way to a state from which T leads away, and the guess is not near it.
    pub cautious: bool,
}

impl Default for NewtonOptions {
    fn default() -> Self {
        Self {
            max_iterations: 30,
            max_halvings: 10,
            max_krylov_iterations: 200,
            restart: 50,
            polish: true,
            cautious: false,
        }
    }
}

/// Buffers of the Newton method.
pub(crate) struct Newton {
    gmres: Gmres,
    rhs: Vec<f64>,
    delta: Vec<f64>,
    trial: Iterate,
}

impl Newton {
    pub(crate) fn new(weights: &[f64], options: &NewtonOptions) -> Self {
        let zeros = vec![0.0; weights.len()];
        Self {
            gmres: Gmres::new(weights, options.restart),
            rhs: zeros.clone(),
            delta: zeros.clone(),
            trial: Iterate::new(zeros),
        }
    }

    /// Improves `at`, which has been evaluated, until ρ ≤ tolerance.
    pub(crate) fn run(
        &mut self,
        problem: &mut FixedPoint<'_>,
        at: &mut Iterate,
        tolerance: f64,
        options: &NewtonOptions,
        record: &mut Record<'_>,
    ) -> Stop {
        if !at.is_finite() {
            return Stop::NonFinite;
        }
        if record.step(Method::Newton, 0, at, 0, 0.0) == Flow::Stop {
            return Stop::Interrupted;
        }
        let mut forcing = FIRST_FORCING;
        let mut slow_steps = 0;
        let mut iteration = 0;
        loop {
            let converged = at.residual <= tolerance;
            if converged && (!options.polish || at.residual <= POLISHED) {
                return Stop::Converged;
            }
            if iteration == options.max_iterations {
                return if converged { Stop::Converged } else { Stop::MaxIterations };
            }
            let Some(krylov_iterations) = self.direction(problem, at, forcing, options) else {
                return if converged { Stop::Converged } else { Stop::NonFinite };
            };
            if options.cautious && iteration == 0 && self.leads_astray(problem.weights(), at) {
                return Stop::Stalled;
            }
            let halvings = if at.residual > NEARLY_ROUND_OFF { options.max_halvings } else { 1 };
            let step_length = match self.line_search(problem, at, forcing, halvings) {
                Ok(step_length) => step_length,
                Err(_) if converged => return Stop::Converged,
                Err(Stop::Stalled) if problem.is_round_off(at, &mut self.trial) => {
                    return Stop::Converged;
                }
                Err(stop) => return stop,
            };
            let reduction = self.trial.norm / at.norm;
            std::mem::swap(at, &mut self.trial);
            iteration += 1;
            if record.step(Method::Newton, iteration, at, krylov_iterations, step_length)
                == Flow::Stop
            {
                return Stop::Interrupted;
            }
            if converged {
                return Stop::Converged;
            }
            slow_steps = if reduction > SLOW { slow_steps + 1 } else { 0 };
            if slow_steps == PATIENCE && at.residual > tolerance {
                let round_off = problem.is_round_off(at, &mut self.trial);
                return if round_off { Stop::Converged } else { Stop::Stalled };
            }
            forcing = next_forcing(forcing, reduction, at.residual);
        }
    }

    /// δ with (I − ∂T/∂u) δ ≈ F; the GMRES iterations it took, `None` if it is not finite.
    fn direction(
        &mut self,
        problem: &mut FixedPoint<'_>,
        at: &Iterate,
        forcing: f64,
        options: &NewtonOptions,
    ) -> Option<usize> {
        for ((rhs, map), u) in self.rhs.iter_mut().zip(&at.map).zip(&at.u) {
            *rhs = map - u;
        }
        self.delta.fill(0.0);
        let derivative = &mut problem.derivative;
        derivative.set_state(&at.u, &at.map);
        let krylov = GmresOptions {
            tolerance: forcing,
            max_iterations: options.max_krylov_iterations,
            verify: false,
        };
        let product = |v: &[f64], out: &mut [f64]| derivative.product(v, out);
        let outcome = self.gmres.solve(product, &self.rhs, &mut self.delta, &krylov).ok()?;
        // An inexact direction is still one of descent: the line search judges it.
        (outcome.stop != Stop::NonFinite).then_some(outcome.iterations)
    }

    /// Whether the step is long and against T(u) − u.
    fn leads_astray(&self, weights: &[f64], at: &Iterate) -> bool {
        let along: f64 =
            weights.iter().zip(&self.delta).zip(&self.rhs).map(|((w, d), f)| w * d * f).sum();
        along < 0.0 && norm(weights, &self.delta) > NEAR * at.scale
    }

    /// Leaves the accepted state in `trial` and returns its step length.
    fn line_search(
        &mut self,
        problem: &mut FixedPoint<'_>,
        at: &Iterate,
        forcing: f64,
        max_halvings: usize,
    ) -> Result<f64, Stop> {
        let length = norm(problem.weights(), &self.delta);
        let mut alpha = if length > LONGEST * at.scale { LONGEST * at.scale / length } else { 1.0 };
        let mut stop = Stop::NonFinite;
        for _ in 0..=max_halvings {
            let delta = &self.delta;
            if problem.try_step(at, |i| alpha * delta[i], &mut self.trial) {
                let wanted = 1.0 - SUFFICIENT_DECREASE * alpha * (1.0 - forcing);
                if self.trial.norm <= wanted * at.norm {
                    return Ok(alpha);
                }
                stop = Stop::Stalled;
            }
            alpha *= 0.5;
        }
        Err(stop)
    }
}

/// Eisenstat-Walker choice 2 with its safeguards; no smaller than round-off needs.
fn next_forcing(previous: f64, reduction: f64, residual: f64) -> f64 {
    let mut forcing = 0.9 * reduction * reduction;
    let safeguard = 0.9 * previous * previous;
    if safeguard > *FORCING.end() {
        forcing = forcing.max(safeguard);
    }
    forcing.max(0.1 * POLISHED / residual).clamp(*FORCING.start(), *FORCING.end())
}
