//! What a transient keeps: mass, sign, the fall of the free energy, and the steady state as its limit.

use std::time::Instant;

use lacuna::core::{Evolution, restore_mass, sums::dot};
use lacuna::steady::{EvolutionOptions, evolve};
use serde::Serialize;

use super::truth::{START, Truth, relative};
use crate::noise::Failure;

/// Very many frozen steps.
#[derive(Debug, Serialize)]
pub struct ManySteps {
    /// How many.
    pub steps: usize,
    /// Their lengths, in turn.
    pub lengths: Vec<f64>,
    /// |mass − 1| at the end, nothing corrected.
    pub drift: f64,
    /// The largest |mass − 1| with the correction the integrator makes.
    pub corrected: f64,
    /// The smallest value met.
    pub lowest: f64,
    /// Largest growth of the free energy over a step, relative to its terms.
    pub energy_growth: f64,
    /// Elapsed seconds, both runs.
    pub seconds: f64,
}

/// `steps` steps of very different length, with and without correction of the mass.
///
/// # Errors
/// If the equation cannot be evaluated.
pub fn many_steps(steps: usize) -> Result<ManySteps, Failure> {
    let begin = Instant::now();
    let truth = Truth::at(0.4)?;
    let lengths = vec![1e-6, 1e-3, 1.0, 1e6];
    let mut found = ManySteps {
        steps,
        lengths: lengths.clone(),
        drift: 0.0,
        corrected: 0.0,
        lowest: f64::INFINITY,
        energy_growth: 0.0,
        seconds: 0.0,
    };
    for correct in [false, true] {
        let mut evolution = truth.evolution()?;
        let mut u = truth.density("exp(20*cos(2*pi*x))")?;
        let mut next = u.clone();
        let mut energy = evolution.free_energy(&u).ok_or("W is even")?;
        for step in 0..steps {
            evolution.frozen_step(&u, &u, lengths[step % lengths.len()], &mut next)?;
            std::mem::swap(&mut u, &mut next);
            let lowest = u.iter().copied().fold(f64::INFINITY, f64::min);
            found.lowest = found.lowest.min(lowest);
            if correct {
                restore_mass(evolution.as_ref(), &mut u);
                found.corrected = found.corrected.max(off(evolution.as_ref(), &u));
                let after = evolution.free_energy(&u).ok_or("W is even")?;
                let growth = (after.value - energy.value) / after.scale;
                found.energy_growth = found.energy_growth.max(growth);
                energy = after;
            }
        }
        if !correct {
            found.drift = off(evolution.as_ref(), &u);
        }
    }
    found.seconds = begin.elapsed().as_secs_f64();
    Ok(found)
}

fn off(evolution: &dyn Evolution, u: &[f64]) -> f64 {
    (dot(evolution.weights(), u) - 1.0).abs()
}

/// One transient to t = 10⁴.
#[derive(Debug, Serialize)]
pub struct Long {
    /// κ.
    pub coupling: f64,
    /// Its end.
    pub end: f64,
    /// Steps accepted.
    pub steps: usize,
    /// Frozen steps.
    pub frozen_steps: usize,
    /// Largest |mass − 1| at the times given.
    pub mass: f64,
    /// The smallest value at the times given.
    pub lowest: f64,
    /// How far the free energy fell.
    pub energy_fall: f64,
    /// Largest growth over a step, relative to its terms.
    pub energy_growth: f64,
    /// Relative difference of the end from the state of Newton's method.
    pub from_newton: f64,
    /// Elapsed seconds.
    pub seconds: f64,
}

/// Transients at several couplings, from [`START`].
///
/// # Errors
/// If the equation cannot be evaluated.
pub fn long() -> Result<Vec<Long>, Failure> {
    [0.1, 0.2, 0.4, 0.6].into_iter().map(one).collect()
}

fn one(coupling: f64) -> Result<Long, Failure> {
    let truth = Truth::at(coupling)?;
    let mut evolution = truth.evolution()?;
    let start = truth.density(START)?;
    let end = 1e4;
    let times: Vec<f64> = (0..=9).map(|k| 1e-5 * 10f64.powi(k)).collect();
    let options = EvolutionOptions { tolerance: 1e-10, ..EvolutionOptions::default() };
    let begin = Instant::now();
    let found = evolve(evolution.as_mut(), &start, &times, &options, None)?;
    let seconds = begin.elapsed().as_secs_f64();
    let energies: Vec<f64> = found.steps.iter().filter_map(|s| s.free_energy).collect();
    let newton = truth.steady(found.last())?;
    Ok(Long {
        coupling,
        end,
        steps: found.counts.accepted,
        frozen_steps: found.counts.frozen_steps,
        mass: found.states.iter().map(|u| off(evolution.as_ref(), u)).fold(0.0, f64::max),
        lowest: found.states.iter().flatten().copied().fold(f64::INFINITY, f64::min),
        energy_fall: energies.first().copied().unwrap_or(0.0)
            - energies.last().copied().unwrap_or(0.0),
        energy_growth: found.largest_energy_growth.unwrap_or(f64::NAN),
        from_newton: relative(found.last(), &newton),
        seconds,
    })
}
