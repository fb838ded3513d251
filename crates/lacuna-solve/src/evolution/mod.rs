//! Transients: du/dt = R(u) from u(0), at wanted times.
//!
//! A step of length H is done with 1, 2, 3, … implicit Euler steps whose coefficients are frozen at
//! their own start, and the results extrapolated to step 0 (`extrapolation.rs`). The order and H
//! follow the estimated error (`control.rs`). A result is taken only where
//!
//! - its estimated error is at most `tolerance`, relative in L²;
//! - it is not negative at any node, where the state is a density: the frozen steps are positive for
//!   every H, what is extrapolated from them may not be;
//! - the free energy has not grown by more than its round-off, where there is one.
//!
//! Otherwise H is shortened. The mass of a density is kept by every frozen step and restored to the
//! last digit after each step, so that round-off does not add up.
//!
//! Frozen coefficients bound H where u ← T(u) does not converge: with repulsion, to about the time
//! of diffusion divided by the largest κŴ_k/σ. Attraction does not bound it.

mod control;
mod extrapolation;

use lacuna_core::{EvalError, EvalResult, Evolution, Flow, FreeEnergy, Stop, restore_mass};

use self::control::Control;
use self::extrapolation::{Candidate, Extrapolation};
use crate::inner::norm;

/// Growth of the free energy that is round-off, relative to the terms of which it is the sum.
const ENERGY_ROUND_OFF: f64 = 64.0 * f64::EPSILON;
/// First step, as a part of the time in which the rate would change the state by itself.
const CAUTION: f64 = 1e-2;

/// Options of [`evolve`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvolutionOptions {
    /// Largest error of one step relative to the state, both in L².
    pub tolerance: f64,
    /// First step; chosen from the rate where it is not given.
    pub first_step: Option<f64>,
    /// Longest step.
    pub longest_step: f64,
    /// Limit on steps, accepted and refused.
    pub max_steps: usize,
    /// Largest order of the extrapolation, 1 to 8.
    pub max_order: usize,
}

impl Default for EvolutionOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-8,
            first_step: None,
            longest_step: f64::INFINITY,
            max_steps: 1_000_000,
            max_order: 8,
        }
    }
}

/// One accepted step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvolutionStep {
    /// Time at its end.
    pub time: f64,
    /// Its length.
    pub length: f64,
    /// The order it was taken with.
    pub order: usize,
    /// Its estimated error relative to the state.
    pub error: f64,
    /// The free energy at its end.
    pub free_energy: Option<f64>,
}

/// The work of an evolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvolutionCounts {
    /// Steps accepted.
    pub accepted: usize,
    /// Steps refused for their error.
    pub refused: usize,
    /// Steps refused since a density would have become negative.
    pub refused_for_sign: usize,
    /// Steps refused since the free energy would have grown.
    pub refused_for_energy: usize,
    /// Frozen implicit Euler steps.
    pub frozen_steps: usize,
}

/// A transient.
#[derive(Clone, Debug)]
pub struct Transient {
    /// The times of `states`: those asked for, as far as they were reached.
    pub times: Vec<f64>,
    /// The state at each of `times`, length n each.
    pub states: Vec<Vec<f64>>,
    /// Every accepted step, preceded by the start as a step of length 0.
    pub steps: Vec<EvolutionStep>,
    /// Largest growth of the free energy over one step, relative to its terms; 0 where it never
    /// grew, none where the equation has none.
    pub largest_energy_growth: Option<f64>,
    /// Why it ended.
    pub stop: Stop,
    /// The work it took.
    pub counts: EvolutionCounts,
}

impl Transient {
    /// The last state.
    pub fn last(&self) -> &[f64] {
        self.states.last().map_or(&[], Vec::as_slice)
    }
}

/// Integrates from `start` (length n) at time 0 to each of `times`, which ascend from 0 on.
///
/// The start of a density is scaled to its mass and must not be negative. `watch` sees every
/// accepted step and may stop the run. A run that does not reach the end keeps what it has, its last
/// state included.
///
/// # Errors
/// If times or start are not usable, or the rate cannot be evaluated there.
pub fn evolve(
    evolution: &mut dyn Evolution,
    start: &[f64],
    times: &[f64],
    options: &EvolutionOptions,
    watch: Option<&mut dyn FnMut(&EvolutionStep) -> Flow>,
) -> EvalResult<Transient> {
    check_times(times)?;
    let u = checked_start(evolution, start)?;
    let mut run = Run::new(evolution, u, options)?;
    let mut watch = watch;
    let mut transient = Transient {
        times: Vec::new(),
        states: Vec::new(),
        steps: vec![run.here(0.0, 1, 0.0)],
        largest_energy_growth: run.energy.map(|_| 0.0),
        stop: Stop::Converged,
        counts: EvolutionCounts::default(),
    };
    'targets: for &target in times {
        while run.time < target {
            if run.counts.accepted + run.attempts_refused() >= options.max_steps {
                transient.stop = Stop::MaxIterations;
                break 'targets;
            }
            match run.step(target)? {
                Outcome::Refused => continue,
                Outcome::Stalled(stop) => {
                    transient.stop = stop;
                    break 'targets;
                }
                Outcome::Accepted(step) => {
                    transient.steps.push(step);
                    if watch.as_mut().is_some_and(|watch| watch(&step) == Flow::Stop) {
                        transient.stop = Stop::Interrupted;
                        break 'targets;
                    }
                }
            }
        }
        transient.times.push(target);
        transient.states.push(run.u.clone());
    }
    if transient.stop != Stop::Converged && transient.times.last() != Some(&run.time) {
        transient.times.push(run.time);
        transient.states.push(run.u.clone());
    }
    transient.largest_energy_growth = run.energy.map(|_| run.energy_growth);
    transient.counts = run.counts;
    Ok(transient)
}

fn check_times(times: &[f64]) -> EvalResult {
    let mut before = 0.0;
    for (index, &time) in times.iter().enumerate() {
        if !(time.is_finite() && time >= before) {
            return Err(EvalError::OutOfDomain {
                quantity: "an output time",
                value: time,
                index,
                requirement: "finite, not negative and not before the one it follows",
            });
        }
        before = time;
    }
    Ok(())
}

fn checked_start(evolution: &dyn Evolution, start: &[f64]) -> EvalResult<Vec<f64>> {
    let expected = evolution.weights().len();
    if start.len() != expected {
        let (quantity, found) = ("the initial state", start.len());
        return Err(EvalError::Shape { quantity, found, expected });
    }
    let density = evolution.mass().is_some();
    let refused = |&u: &f64| !u.is_finite() || (density && u < 0.0);
    if let Some(index) = start.iter().position(refused) {
        return Err(EvalError::OutOfDomain {
            quantity: "the initial state",
            value: start[index],
            index,
            requirement: if density { "finite and not negative" } else { "finite" },
        });
    }
    let mut u = start.to_vec();
    restore_mass(evolution, &mut u);
    Ok(u)
}

enum Outcome {
    Accepted(EvolutionStep),
    Refused,
    Stalled(Stop),
}

struct Run<'e> {
    evolution: &'e mut dyn Evolution,
    extrapolation: Extrapolation,
    control: Control,
    time: f64,
    u: Vec<f64>,
    energy: Option<FreeEnergy>,
    energy_growth: f64,
    counts: EvolutionCounts,
    tolerance: f64,
}

impl<'e> Run<'e> {
    fn new(
        evolution: &'e mut dyn Evolution,
        u: Vec<f64>,
        options: &EvolutionOptions,
    ) -> EvalResult<Self> {
        let mut rate = vec![0.0; u.len()];
        evolution.rate(&u, &mut rate)?;
        let weights = evolution.weights();
        let (speed, size) = (norm(weights, &rate), norm(weights, &u));
        if !speed.is_finite() {
            return Err(EvalError::NonFinite { quantity: "the rate of change at the start" });
        }
        let natural = if speed > 0.0 { CAUTION * size / speed } else { 1.0 };
        let natural = if natural > 0.0 { natural } else { CAUTION };
        let first = options.first_step.unwrap_or(natural);
        let max_order = options.max_order.clamp(1, extrapolation::ORDERS);
        let energy = evolution.free_energy(&u);
        Ok(Self {
            extrapolation: Extrapolation::new(u.len()),
            control: Control::new(first, options.longest_step, max_order),
            evolution,
            time: 0.0,
            u,
            energy,
            energy_growth: 0.0,
            counts: EvolutionCounts::default(),
            tolerance: options.tolerance,
        })
    }

    fn attempts_refused(&self) -> usize {
        self.counts.refused + self.counts.refused_for_sign + self.counts.refused_for_energy
    }

    fn here(&self, length: f64, order: usize, error: f64) -> EvolutionStep {
        let free_energy = self.energy.map(|e| e.value);
        EvolutionStep { time: self.time, length, order, error, free_energy }
    }

    /// One attempt, not beyond `target`.
    fn step(&mut self, target: f64) -> EvalResult<Outcome> {
        let remaining = target - self.time;
        let length = self.control.length(remaining);
        if self.time + length == self.time {
            return Ok(Outcome::Stalled(Stop::Stalled));
        }
        self.extrapolation.begin();
        let mut sign = false;
        for order in 1..=self.control.highest() {
            let outcome = self.extrapolation.row(self.evolution, &self.u, length);
            self.counts.frozen_steps += order;
            if let Err(error) = outcome {
                // Far outside what the equation allows: a shorter step will not be.
                return match error {
                    EvalError::NonFinite { .. } => self.refuse_not_finite(length),
                    other => Err(other),
                };
            }
            if order == 1 && self.control.highest() > 1 {
                continue;
            }
            let size = norm(self.evolution.weights(), &self.u).max(f64::MIN_POSITIVE);
            let scale = self.tolerance * size;
            let candidate = self.extrapolation.best(self.evolution, scale);
            let Candidate { error, positive, .. } = candidate;
            self.control.note(order, length, error);
            if error <= 1.0 && !positive {
                sign = true;
            }
            if error <= 1.0 && positive && order >= self.control.lowest() {
                return Ok(self.take(candidate, order, length, target));
            }
        }
        if sign {
            self.counts.refused_for_sign += 1;
            self.control.shorten(length);
        } else {
            self.counts.refused += 1;
            self.control.refuse(length);
        }
        Ok(Outcome::Refused)
    }

    fn refuse_not_finite(&mut self, length: f64) -> EvalResult<Outcome> {
        self.counts.refused += 1;
        self.control.shorten(length);
        Ok(Outcome::Refused)
    }

    fn take(&mut self, candidate: Candidate, order: usize, length: f64, target: f64) -> Outcome {
        let next = self.extrapolation.state_mut(candidate);
        restore_mass(self.evolution, next);
        let energy = self.evolution.free_energy(next);
        if let (Some(before), Some(after)) = (self.energy, energy) {
            let scale = before.scale.max(after.scale).max(f64::MIN_POSITIVE);
            let growth = (after.value - before.value) / scale;
            if growth > ENERGY_ROUND_OFF {
                self.counts.refused_for_energy += 1;
                self.control.shorten(length);
                return Outcome::Refused;
            }
            self.energy_growth = self.energy_growth.max(growth);
        }
        std::mem::swap(&mut self.u, self.extrapolation.state_mut(candidate));
        self.energy = energy;
        // Exactly the target, where the step was meant to end there: sums round.
        self.time = if length == target - self.time { target } else { self.time + length };
        self.counts.accepted += 1;
        self.control.accept(order, length);
        Outcome::Accepted(self.here(length, order, candidate.error * self.tolerance))
    }
}
