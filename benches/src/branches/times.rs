//! Times of one branch of 200 states and of a diagram with five branches, 256 nodes, stability
//! included: the shortest of three runs each. One thread computes, so on a busy machine the
//! processor time is what the run would take on a free one.

use cpu_time::ProcessTime;
use serde::Serialize;

use super::{Measured, circle, diagram};

const RUNS: usize = 3;

/// What it took.
#[derive(Debug, Serialize)]
pub(super) struct Times {
    pub(super) branch: Time,
    pub(super) diagram: Time,
}

#[derive(Debug, Serialize)]
pub(super) struct Time {
    pub(super) kernel: &'static str,
    pub(super) branches: usize,
    pub(super) states: usize,
    pub(super) map_evaluations: usize,
    pub(super) jacobian_products: usize,
    /// Wall-clock and processor time.
    pub(super) seconds: f64,
    pub(super) processor_seconds: f64,
}

pub(super) fn measure() -> Measured<Times> {
    // A clustered branch of a kernel with many modes, in short steps.
    let one = "from = 1.0\nto = 6.0\nstart = \"exp(2*cos(x))\"\nstart_at = 6.0\n\
               max_points = 200\nstep = 0.004\nmax_step = 0.004\nmax_branches = 1\n\
               switching = false\ndeflation = false\nvalues = 6.0";
    let many = "from = 1.5\nto = 6.0\nvalues = 5.0";
    Ok(Times {
        branch: time("-exp(2*(cos(x) - 1))", one)?,
        diagram: time("-cos(x) - 0.8*cos(2*x) - 0.6*cos(3*x)", many)?,
    })
}

fn time(kernel: &'static str, options: &str) -> Measured<Time> {
    let setup = circle(kernel, 0.3, 256, options)?;
    let mut best: Option<Time> = None;
    for _ in 0..RUNS {
        let begun = ProcessTime::now();
        let found = diagram(&setup)?;
        let processor_seconds = begun.elapsed().as_secs_f64();
        let seconds = found.elapsed.as_secs_f64();
        if best.as_ref().is_none_or(|best| processor_seconds < best.processor_seconds) {
            best = Some(Time {
                kernel,
                branches: found.branches.len(),
                states: found.branches.iter().map(|b| b.states.len()).sum(),
                map_evaluations: found.map_evaluations,
                jacobian_products: found.jacobian_products,
                seconds,
                processor_seconds,
            });
        }
    }
    best.ok_or_else(|| "no run".into())
}
