//! Eight restarts of *two-states* with the default networks, on one thread and on two.
//!
//! Efficiency on N threads is t₁/(N t_N). It is the product of three: how much of the processor
//! the threads use, c_N/(N t_N) with c the processor time; how much more slowly a thread works beside
//! the others, c₁/c_N; and t₁/c₁, which is one unless threads are started beside the pool. If linear
//! algebra started threads of its own, c₁ would exceed t₁.

use std::error::Error;
use std::time::Instant;

use cpu_time::ProcessTime;
use lacuna::Plan;
use lacuna::core::Flow;
use lacuna::fit::multi_start;
use rayon::ThreadPoolBuilder;
use serde::Serialize;

use super::problem::networks;
use crate::fixtures;
use crate::statistics::median;

const RESTARTS: usize = 8;

/// One job on one and on several threads.
#[derive(Clone, Debug, Serialize)]
pub struct Parallel {
    /// What was run.
    pub job: &'static str,
    /// Threads N beside one.
    pub threads: usize,
    /// On one thread.
    pub one: Run,
    /// On N.
    pub several: Run,
}

/// Median of some runs.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Run {
    /// Seconds that passed.
    pub seconds: f64,
    /// Seconds of processor time of all threads together.
    pub processor: f64,
}

impl Parallel {
    /// t₁/(N t_N).
    pub fn efficiency(&self) -> f64 {
        self.one.seconds / (self.threads as f64 * self.several.seconds)
    }

    /// c_N/(N t_N).
    pub fn occupancy(&self) -> f64 {
        self.several.processor / (self.threads as f64 * self.several.seconds)
    }

    /// c₁/c_N.
    pub fn undisturbed(&self) -> f64 {
        self.one.processor / self.several.processor
    }
}

/// Whether faer is set to run on the thread that calls it.
pub fn faer_is_sequential() -> bool {
    matches!(faer::get_global_parallelism(), faer::Par::Seq)
}

/// Measures the restarts alone, and the whole recovery.
///
/// # Errors
/// If the example cannot be set up or fitted.
pub fn run(quick: bool) -> Result<Vec<Parallel>, Box<dyn Error>> {
    let mut loaded = fixtures::two_states(&networks(16))?;
    loaded.problem.fit.restarts = RESTARTS;
    let plan = Plan::new(&loaded)?;
    let objective = fixtures::objective(&plan, fixtures::experiments(&plan)?, 0)?;
    let repeats = if quick { 1 } else { 7 };
    let restarts = || -> Result<(), Box<dyn Error + Send + Sync>> {
        let watch = |_: usize, _: &lacuna::core::Step<'_>| Flow::Continue;
        multi_start(&objective, plan.optimiser.as_ref(), RESTARTS, 0, &watch)?;
        Ok(())
    };
    let whole = || -> Result<(), Box<dyn Error + Send + Sync>> {
        plan.run(&|_| Flow::Continue)?;
        Ok(())
    };
    Ok(vec![
        compare("the eight restarts", repeats, &restarts)?,
        compare(
            "the whole recovery: restarts, the best polished, states predicted",
            repeats,
            &whole,
        )?,
    ])
}

type Job<'a> = &'a (dyn Fn() -> Result<(), Box<dyn Error + Send + Sync>> + Sync);

fn compare(job: &'static str, repeats: usize, run: Job<'_>) -> Result<Parallel, Box<dyn Error>> {
    const THREADS: usize = 2;
    let pools = [
        ThreadPoolBuilder::new().num_threads(1).build()?,
        ThreadPoolBuilder::new().num_threads(THREADS).build()?,
    ];
    let mut seconds = [Vec::new(), Vec::new()];
    let mut processor = [Vec::new(), Vec::new()];
    pools[0].install(run).map_err(|e| e.to_string())?;
    // In turn, so that what else the machine does meets both.
    for _ in 0..repeats {
        for (i, pool) in pools.iter().enumerate() {
            let (begin, used) = (Instant::now(), ProcessTime::now());
            pool.install(run).map_err(|e| e.to_string())?;
            seconds[i].push(begin.elapsed().as_secs_f64());
            processor[i].push(used.elapsed().as_secs_f64());
        }
    }
    let at = |i: usize| Run { seconds: median(&seconds[i]), processor: median(&processor[i]) };
    Ok(Parallel { job, threads: THREADS, one: at(0), several: at(1) })
}
