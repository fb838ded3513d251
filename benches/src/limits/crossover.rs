//! Levenberg-Marquardt with the Jacobian, against steps made from products with it alone.
//!
//! The same objective from the same start by both, for the same time (at least one iteration).
//! Iterations differ in worth, so what counts is the decades by which ½ ‖r‖² falls in a second.

use std::error::Error;
use std::time::{Duration, Instant};

use lacuna::core::{Flow, Objective};
use lacuna::fit::{LevenbergMarquardt, Limits, Optimiser};
use serde::Serialize;

use super::problem::{Instance, Size};

/// One problem size by both methods.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// The problem.
    pub size: Size,
    /// Residuals.
    pub residuals: usize,
    /// Parameters.
    pub params: usize,
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
        self.matrix_free.decades_a_second() / self.factored.decades_a_second()
    }
}

/// What one method did in its time.
#[derive(Clone, Debug, Serialize)]
pub struct Descent {
    /// Iterations.
    pub iterations: usize,
    /// Seconds from the first iterate on.
    pub seconds: f64,
    /// ½ ‖r‖² at the start.
    pub first: f64,
    /// ½ ‖r‖² at the end.
    pub last: f64,
}

impl Descent {
    /// Seconds of an iteration.
    pub fn seconds_an_iteration(&self) -> f64 {
        self.seconds / self.iterations as f64
    }

    /// Powers of ten by which the cost falls in a second.
    pub fn decades_a_second(&self) -> f64 {
        (self.first / self.last).log10() / self.seconds
    }
}

/// Measures growing networks on two grids.
///
/// # Errors
/// If a problem cannot be set up or evaluated.
pub fn run(quick: bool) -> Result<Vec<Pair>, Box<dyn Error>> {
    let (coarse, fine): (&[usize], &[usize]) =
        if quick { (&[16, 32], &[16]) } else { (&[16, 32, 64, 128, 192], &[16, 64, 192]) };
    let allowed = Duration::from_secs_f64(if quick { 0.3 } else { 4.0 });
    let sizes = coarse.iter().map(|&width| (256, width));
    let sizes = sizes.chain(fine.iter().map(|&width| (1024, width)));
    sizes
        .map(|(nodes, width)| {
            let size = Size { nodes, width, ..Size::DEFAULT };
            let instance = Instance::new(size)?;
            let pair = Pair {
                size,
                residuals: instance.objective.n_residuals(),
                params: instance.objective.n_params(),
                factored: descend(&instance, usize::MAX, allowed)?,
                matrix_free: descend(&instance, 0, allowed)?,
            };
            eprintln!("  {nodes} nodes, networks {width}-{width}: {:.2}", pair.gain());
            Ok(pair)
        })
        .collect()
}

fn descend(
    instance: &Instance,
    matrix_free_above: usize,
    allowed: Duration,
) -> Result<Descent, Box<dyn Error>> {
    let limits =
        Limits { max_iterations: 100_000, target_cost: 0.0, patience: 100_000, worthwhile: 0.0 };
    let method = LevenbergMarquardt { limits, matrix_free_above, ..LevenbergMarquardt::default() };
    let mut begin = None;
    let mut descent = Descent { iterations: 0, seconds: 0.0, first: f64::NAN, last: f64::NAN };
    method.minimise(&instance.objective, &instance.theta, &mut |step| {
        let elapsed = begin.get_or_insert_with(Instant::now).elapsed();
        if step.iteration == 0 {
            descent.first = step.cost;
        }
        descent.last = step.cost;
        descent.iterations = step.iteration;
        descent.seconds = elapsed.as_secs_f64();
        if elapsed < allowed { Flow::Continue } else { Flow::Stop }
    })?;
    Ok(descent)
}
