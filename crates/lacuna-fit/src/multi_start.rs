//! Several random starts in parallel.
//!
//! Restart i derives its seed from the run's seed and i alone, so results do not depend on the
//! number of threads. The best is the one of lowest cost, the first of equals.

use lacuna_core::{Flow, Objective, Step, Stop};
use rayon::prelude::*;

use crate::pilot::start_near;
use crate::{FieldObjective, Fit, FitError, Optimiser};

/// One restart and its outcome.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its index.
    pub index: usize,
    /// The seed its parameters were drawn from.
    pub seed: u64,
    /// What came of it.
    pub fit: Fit,
}

impl Start {
    /// The only start of a problem whose direct solve needs none.
    pub fn direct(seed: u64, fit: Fit) -> Self {
        Self { index: 0, seed: derive_seed(seed, 0), fit }
    }
}

/// The `index`-th seed derived from `seed` (SplitMix64).
pub fn derive_seed(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Minimises `objective` from `restarts` random starts on the current rayon pool; every restart
/// that could be evaluated, in order of its index.
///
/// The first goes to the pilot before, if there is one (and something that is not linear); the
/// others know nothing of it, so that restarts can disagree.
///
/// `watch` sees the iterates of all restarts, from several threads.
///
/// # Errors
/// The first restart's error, if no restart could be evaluated.
pub fn multi_start(
    objective: &FieldObjective,
    optimiser: &dyn Optimiser,
    restarts: usize,
    seed: u64,
    watch: &(dyn Fn(usize, &Step<'_>) -> Flow + Sync),
) -> Result<Vec<Start>, FitError> {
    let all_linear = objective.n_linear_params() == objective.n_params();
    let pilot = if all_linear { None } else { objective.pilot()? };
    let outcomes: Vec<Result<Start, FitError>> = (0..restarts)
        .into_par_iter()
        .map(|index| {
            let seed = derive_seed(seed, index as u64);
            let mut theta = objective.initial(seed);
            if let Some(pilot) = pilot.as_ref().filter(|_| index == 0) {
                theta = start_near(pilot, objective, &theta);
            }
            let fit = optimiser.minimise(objective, &theta, &mut |step| watch(index, step))?;
            Ok(Start { index, seed, fit })
        })
        .collect();
    let mut starts = Vec::with_capacity(restarts);
    let mut first_error = None;
    for outcome in outcomes {
        match outcome {
            Ok(start) => starts.push(start),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) if starts.is_empty() => Err(error),
        _ => Ok(starts),
    }
}

/// Goes on from the best of `starts` with another (stricter) `optimiser`, and returns its place.
///
/// Random starts need not be minimised to the last digit to be compared; the best one does. One
/// that did not converge is left as it is: it had its iterations, or the user stopped it.
///
/// # Errors
/// If the objective cannot be evaluated where the start ended.
pub fn polish_best(
    objective: &FieldObjective,
    optimiser: &dyn Optimiser,
    starts: &mut [Start],
    watch: &(dyn Fn(usize, &Step<'_>) -> Flow + Sync),
) -> Result<usize, FitError> {
    let mut best = 0;
    for (i, start) in starts.iter().enumerate() {
        if start.fit.cost < starts[best].fit.cost {
            best = i;
        }
    }
    let Some(Start { index, fit, .. }) = starts.get_mut(best) else { return Ok(best) };
    if !fit.stop.is_converged() {
        return Ok(best);
    }
    let done = fit.history.len().saturating_sub(1);
    let mut watch_on = |step: &Step<'_>| match step.iteration {
        0 => Flow::Continue,
        n => watch(*index, &Step { iteration: done + n, ..*step }),
    };
    let more = optimiser.minimise(objective, &fit.theta, &mut watch_on)?;
    fit.history.extend(more.history.iter().skip(1));
    fit.counts.residuals += more.counts.residuals;
    fit.counts.derivatives += more.counts.derivatives;
    // What had converged stays so, however far the polish got.
    if more.stop == Stop::Interrupted {
        fit.stop = more.stop;
    }
    if more.cost < fit.cost {
        fit.cost = more.cost;
        fit.theta = more.theta;
    }
    Ok(best)
}
