//! Levenberg-Marquardt with the Jacobian, against steps made from products with it alone.
//!
//! The same objective from the same starts by both, for the same time (at least a few iterations).
//! Iterations differ in worth, so what is compared is time to a cost: from each start, the time until
//! ½ ‖r‖² is at the lowest value that both have reached. The time after which nothing falls any more
//! then does not count.

use std::error::Error;
use std::time::Instant;

use lacuna::core::{Flow, Objective};
use lacuna::fit::{FieldObjective, LevenbergMarquardt, Limits, Optimiser};
use serde::Serialize;

use super::problem::{Instance, Size};

/// Iterations that are made at least.
const FEWEST: usize = 4;

/// One problem size by both methods.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// The problem.
    pub size: Size,
    /// Residuals.
    pub residuals: usize,
    /// Parameters.
    pub params: usize,
    /// Powers of ten by which the cost fell to the level that both reached; mean over starts.
    pub decades: f64,
    /// With the Jacobian, as a product.
    pub factored: Descent,
    /// Without it.
    pub matrix_free: Descent,
}

impl Pair {
    /// Residuals × parameters.
    pub fn entries(&self) -> f64 {
        self.residuals as f64 * self.params as f64
    }

    /// How much faster the cost falls without the Jacobian.
    pub fn gain(&self) -> f64 {
        self.matrix_free.decades_a_second / self.factored.decades_a_second
    }
}

/// What one method does with its time.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Descent {
    /// Seconds of an iteration, mean over all.
    pub iteration: f64,
    /// Powers of ten by which the cost falls in a second, until the level that both reach.
    pub decades_a_second: f64,
}

/// The iterates of one run.
#[derive(Default)]
struct Trajectory {
    /// Seconds since the start, and ½ ‖r‖²; the start first.
    iterates: Vec<Iterate>,
}

#[derive(Clone, Copy)]
struct Iterate {
    seconds: f64,
    cost: f64,
}

impl Trajectory {
    fn lowest(&self) -> f64 {
        self.iterates.iter().map(|iterate| iterate.cost).fold(f64::INFINITY, f64::min)
    }

    fn seconds(&self) -> f64 {
        self.iterates.last().map_or(0.0, |last| last.seconds)
    }

    /// When the cost was first at most this.
    fn seconds_to(&self, cost: f64) -> f64 {
        let reached = self.iterates.iter().find(|iterate| iterate.cost <= cost);
        reached.map_or(f64::NAN, |iterate| iterate.seconds)
    }
}

/// Measures growing networks on two grids.
///
/// # Errors
/// If a problem cannot be set up or evaluated.
pub fn run(quick: bool) -> Result<Vec<Pair>, Box<dyn Error>> {
    let (coarse, fine): (&[usize], &[usize]) =
        if quick { (&[16, 32], &[16]) } else { (&[16, 32, 64, 128, 192], &[16, 64, 192]) };
    let (seeds, allowed) = if quick { (1, 0.3) } else { (2, 3.0) };
    let sizes = coarse.iter().map(|&width| (256, width));
    let sizes = sizes.chain(fine.iter().map(|&width| (1024, width)));
    sizes
        .map(|(nodes, width)| {
            let pair = compare(Size { nodes, width, ..Size::DEFAULT }, seeds, allowed)?;
            eprintln!("  {nodes} nodes, networks {width}-{width}: {:.2}", pair.gain());
            Ok(pair)
        })
        .collect()
}

fn compare(size: Size, seeds: u64, allowed: f64) -> Result<Pair, Box<dyn Error>> {
    const METHODS: [usize; 2] = [usize::MAX, 0];
    let Instance { objective, .. } = Instance::new(size)?;
    let (mut iterations, mut seconds, mut until) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    let mut decades = 0.0;
    for seed in 0..seeds {
        let theta = objective.initial(seed);
        let mut runs = [Trajectory::default(), Trajectory::default()];
        for (run, matrix_free_above) in runs.iter_mut().zip(METHODS) {
            *run = descend(&objective, &theta, matrix_free_above, allowed)?;
        }
        let common = runs[0].lowest().max(runs[1].lowest());
        decades += (runs[0].iterates[0].cost / common).log10();
        for (i, run) in runs.iter().enumerate() {
            iterations[i] += (run.iterates.len() - 1) as f64;
            seconds[i] += run.seconds();
            until[i] += run.seconds_to(common);
        }
    }
    let descent = |i: usize| Descent {
        iteration: seconds[i] / iterations[i],
        decades_a_second: decades / until[i],
    };
    Ok(Pair {
        size,
        residuals: objective.n_residuals(),
        params: objective.n_params(),
        decades: decades / seeds as f64,
        factored: descent(0),
        matrix_free: descent(1),
    })
}

fn descend(
    objective: &FieldObjective,
    theta: &[f64],
    matrix_free_above: usize,
    allowed: f64,
) -> Result<Trajectory, Box<dyn Error>> {
    let limits = Limits { max_iterations: 100_000, patience: 100_000, ..Limits::NONE };
    let method = LevenbergMarquardt { limits, matrix_free_above, ..LevenbergMarquardt::default() };
    let mut begin = None;
    let mut trajectory = Trajectory::default();
    method.minimise(objective, theta, &mut |step| {
        let seconds = begin.get_or_insert_with(Instant::now).elapsed().as_secs_f64();
        trajectory.iterates.push(Iterate { seconds, cost: step.cost });
        if seconds < allowed || step.iteration < FEWEST { Flow::Continue } else { Flow::Stop }
    })?;
    Ok(trajectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_a_cost_is_that_of_the_first_iterate_below() {
        let iterates = [(0.0, 9.0), (1.0, 3.0), (2.0, 4.0), (3.0, 1.0)];
        let iterates = iterates.map(|(seconds, cost)| Iterate { seconds, cost }).to_vec();
        let run = Trajectory { iterates };
        assert_eq!((run.lowest(), run.seconds()), (1.0, 3.0));
        assert_eq!(run.seconds_to(3.5), 1.0);
        assert_eq!(run.seconds_to(1.0), 3.0);
        assert!(run.seconds_to(0.5).is_nan());
    }
}
