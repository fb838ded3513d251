//! Many data sets of one design, fitted in the same way.

use std::time::Instant;

use lacuna::fit::{PriorChoice, SteadyOptions};
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::score::{Recovered, Summary, Truth, summarise};
use super::two_states::{Class, Design, TwoStates};

/// Fits of many sets.
#[derive(Clone, Debug, Serialize)]
pub struct Ensemble {
    /// Data sets.
    pub sets: usize,
    /// Sets that could not be fitted, and why the first of them.
    pub refused: usize,
    /// The first reason.
    pub reason: Option<String>,
    /// Every function, over the sets that could be fitted.
    pub functions: Vec<Summary>,
    /// Elapsed seconds of all, on all cores.
    pub seconds: f64,
}

/// Runs `recover` on every set.
pub fn over_sets<const N: usize, F>(truths: [&Truth; N], sets: u64, recover: F) -> Ensemble
where
    F: Fn(u64) -> Result<[Recovered; N], Failure> + Send + Sync,
{
    let begin = Instant::now();
    let outcomes: Vec<_> = (0..sets).into_par_iter().map(recover).collect();
    // The same on every machine: without the folder of the repository.
    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
    let reason = outcomes.iter().find_map(|o| o.as_ref().err().map(ToString::to_string));
    let reason = reason.map(|reason| reason.replace(ROOT, ""));
    let good: Vec<[Recovered; N]> = outcomes.into_iter().flatten().collect();
    let functions = truths.iter().enumerate().map(|(s, truth)| {
        let own: Vec<&Recovered> = good.iter().map(|functions| &functions[s]).collect();
        summarise(truth, &own)
    });
    Ensemble {
        sets: sets as usize,
        refused: sets as usize - good.len(),
        reason,
        functions: if good.is_empty() { Vec::new() } else { functions.collect() },
        seconds: begin.elapsed().as_secs_f64(),
    }
}

/// Steady-state fits of *two-states*.
pub fn steady_state(
    problem: &TwoStates,
    design: Design,
    class: Class,
    sets: u64,
    with_bound: bool,
    choice: PriorChoice,
) -> Ensemble {
    let options = SteadyOptions { choice, ..SteadyOptions::default() };
    over_sets([&problem.truths[0], &problem.truths[1]], sets, |set| {
        problem.recover(&problem.draw(design, set), class, with_bound, options)
    })
}
