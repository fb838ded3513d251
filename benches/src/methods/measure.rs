//! One method on one problem: its errors, its work, its seconds.
//!
//! Seconds are processor time, so that other work on the machine hardly counts; runs use one
//! thread. The clock runs from the setup of the objective (data already read) to the end of the
//! minimisation, and stands still while the errors of an iterate are computed. A run that takes
//! less than a second is repeated, and its seconds are medians over the repetitions.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cpu_time::ProcessTime;
use lacuna::core::{Bound, Flow, Points, Step};
use lacuna::fit::{FitError, Start, multi_start};
use lacuna::problem::{LoadedProblem, SurrogateSpec};
use lacuna::{Error, Place, Plan, Setup};
use serde::Serialize;

use super::CUT;
use crate::fixtures;
use crate::statistics::median;

/// Errors of W whose first crossing is timed.
pub const THRESHOLDS: [f64; 3] = [1e-1, 1e-2, 1e-3];
/// How often a run of less than a second is done.
const REPETITIONS: usize = 5;

/// One method and its runs.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The function class of W and V.
    pub class: String,
    /// What was minimised.
    pub formulation: String,
    /// What minimised it.
    pub optimiser: String,
    /// Why there are no runs, where there are none.
    pub impossible: Option<String>,
    /// One run a seed.
    pub runs: Vec<Run>,
}

/// One run.
#[derive(Debug, Serialize)]
pub struct Run {
    /// Seed of the random start.
    pub seed: u64,
    /// Iterations done.
    pub iterations: usize,
    /// Evaluations of the residual.
    pub residual_evaluations: usize,
    /// Evaluations of the Jacobian or the gradient.
    pub derivative_evaluations: usize,
    /// How much processor time it took.
    pub seconds: f64,
    /// Relative L² error of W at the end.
    pub error_w: f64,
    /// Relative L² error of V at the end.
    pub error_v: f64,
    /// Seconds until the error of W first fell below each of [`THRESHOLDS`].
    pub seconds_until: Vec<Option<f64>>,
    /// ½ ‖r‖² at the end, of this formulation's residual.
    pub cost: f64,
    /// How it stopped.
    pub stop: &'static str,
}

/// A short name of a function class.
pub fn name(class: &SurrogateSpec) -> String {
    match class {
        SurrogateSpec::Network { hidden, .. } => {
            let widths: Vec<String> = hidden.iter().map(usize::to_string).collect();
            format!("network {}", widths.join("-"))
        }
        SurrogateSpec::Fourier { modes } => format!("Fourier {modes}"),
        SurrogateSpec::Spline { knots } => format!("spline {knots}"),
        SurrogateSpec::Expression { expression, .. } => expression.clone(),
    }
}

/// Runs the method that `loaded` asks for from every seed.
///
/// # Errors
/// If the problem cannot be set up. A method that does not suit its residual is a row that says so.
pub fn measure(loaded: &LoadedProblem, class: &SurrogateSpec, seeds: &[u64]) -> Result<Row, Error> {
    let mut row = Row {
        class: name(class),
        formulation: loaded.problem.fit.formulation.to_string(),
        optimiser: loaded.problem.fit.optimiser.to_string(),
        impossible: None,
        runs: Vec::new(),
    };
    for &seed in seeds {
        let mut loaded = loaded.clone();
        loaded.problem.fit.seed = seed;
        let plan = match Plan::new(&loaded) {
            Err(Error::Fit { source: FitError::NothingLinear, .. }) => {
                row.impossible = Some("needs a linear residual".into());
                break;
            }
            plan => plan?,
        };
        match repeated(&plan, seed)? {
            Ok(run) => row.runs.push(run),
            Err(source) => return Err(Error::Fit { place: Place::file("two-states"), source }),
        }
    }
    Ok(row)
}

fn repeated(plan: &Plan, seed: u64) -> Result<Result<Run, FitError>, Error> {
    let truths = Truths::new(&plan.setup)?;
    let mut times: Vec<Times> = Vec::new();
    loop {
        let (start, took) = match timed(plan, &truths, seed)? {
            Ok(outcome) => outcome,
            Err(error) => return Ok(Err(error)),
        };
        let long = took.total > 1.0;
        times.push(took);
        if long || times.len() == REPETITIONS {
            return Ok(Ok(summary(seed, &truths, &start, &times)));
        }
    }
}

fn summary(seed: u64, truths: &Truths, start: &Start, times: &[Times]) -> Run {
    let fit = &start.fit;
    let until = |k: usize| {
        let reached: Option<Vec<f64>> = times.iter().map(|t| t.until[k]).collect();
        reached.map(|times| median(&times))
    };
    Run {
        seed,
        iterations: fit.history.len().saturating_sub(1),
        residual_evaluations: fit.counts.residuals,
        derivative_evaluations: fit.counts.derivatives,
        seconds: median(&times.iter().map(|t| t.total).collect::<Vec<_>>()),
        error_w: truths.kernel.error(&fit.theta),
        error_v: truths.potential.error(&fit.theta),
        seconds_until: (0..THRESHOLDS.len()).map(until).collect(),
        cost: fit.cost,
        stop: fit.stop.code(),
    }
}

/// Seconds of one repetition.
struct Times {
    total: f64,
    until: [Option<f64>; THRESHOLDS.len()],
}

/// Sees every iterate, with the clock stopped.
struct Watcher {
    /// Time spent here so far.
    outside: Duration,
    until: [Option<f64>; THRESHOLDS.len()],
}

type Outcome = Result<(Start, Times), FitError>;

fn timed(plan: &Plan, truths: &Truths, seed: u64) -> Result<Outcome, Error> {
    let experiments = fixtures::experiments(plan)?;
    let watcher = Mutex::new(Watcher { outside: Duration::ZERO, until: Default::default() });
    let begin = ProcessTime::now();
    let watch = |_: usize, step: &Step<'_>| {
        let arrival = ProcessTime::now();
        let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = arrival.duration_since(begin).saturating_sub(watcher.outside).as_secs_f64();
        if watcher.until.contains(&None) {
            let error = truths.kernel.error(step.theta);
            for (until, threshold) in watcher.until.iter_mut().zip(THRESHOLDS) {
                if until.is_none() && error < threshold {
                    *until = Some(elapsed);
                }
            }
        }
        watcher.outside += arrival.elapsed();
        if elapsed < CUT { Flow::Continue } else { Flow::Stop }
    };
    let starts = fixtures::objective(plan, experiments, seed)
        .and_then(|objective| multi_start(&objective, plan.optimiser.as_ref(), 1, seed, &watch));
    let total = begin.elapsed();
    let watcher = watcher.into_inner().unwrap_or_else(PoisonError::into_inner);
    let total = total.saturating_sub(watcher.outside).as_secs_f64();
    let times = Times { total, until: watcher.until };
    Ok(starts.map(|mut starts| (starts.swap_remove(0), times)))
}

/// The true functions of the example.
struct Truths {
    kernel: TrueFunction,
    potential: TrueFunction,
}

/// A true function beside the unknown that stands for it.
struct TrueFunction {
    unknown: lacuna::fit::Unknown,
    /// Range of its parameters in θ.
    range: std::ops::Range<usize>,
    points: Points,
    /// Values at the points, of mean zero.
    values: Vec<f64>,
}

impl Truths {
    fn new(setup: &Setup) -> Result<Self, Error> {
        Ok(Self { kernel: TrueFunction::new(setup, 0)?, potential: TrueFunction::new(setup, 1)? })
    }
}

impl TrueFunction {
    /// The truth behind the unknown of the given index. Unknown functions are W, then V.
    fn new(setup: &Setup, index: usize) -> Result<Self, Error> {
        let params = |i: usize| setup.unknowns[i].unknown.function.n_params();
        let first: usize = (0..index).map(params).sum();
        let unknown = setup.unknowns[index].unknown.clone();
        let name = setup.unknowns[index].name;
        let truth = setup.truth(name)?.unwrap_or_else(|| panic!("the example tells {name}"));
        let slot_points = &setup.model.slots()[unknown.slot].points;
        let points = truth.points.map_or_else(|| slot_points.clone(), Points::line);
        let mut values = vec![0.0; points.len()];
        for term in &truth.function {
            for (sum, value) in values.iter_mut().zip(term.values(&points)) {
                *sum += value;
            }
        }
        remove_mean(&mut values);
        Ok(Self { unknown, range: first..first + params(index), points, values })
    }

    /// Relative L² error of the function with its parameters in θ, means removed.
    fn error(&self, theta: &[f64]) -> f64 {
        let theta = theta[self.range.clone()].to_vec();
        let mut found =
            Bound { function: self.unknown.function.clone(), theta }.values(&self.points);
        remove_mean(&mut found);
        let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
        let difference = square(&mut found.iter().zip(&self.values).map(|(f, t)| f - t));
        (difference / square(&mut self.values.iter().copied())).sqrt()
    }
}

fn remove_mean(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    for value in values {
        *value -= mean;
    }
}

#[cfg(test)]
mod tests {
    use lacuna::problem::{FitSpec, Formulation, Optimiser};

    use super::*;

    fn problem(class: &SurrogateSpec, formulation: Formulation) -> LoadedProblem {
        let mut loaded = fixtures::two_states(class).unwrap();
        let optimiser = Optimiser::Projection;
        let fit = FitSpec { formulation, optimiser, restarts: 1, ..FitSpec::default() };
        loaded.problem.fit = fit;
        loaded
    }

    /// What the suite measures is what the product does.
    #[test]
    fn errors_and_work_are_those_the_product_reports() {
        let class = SurrogateSpec::Fourier { modes: 8 };
        let loaded = problem(&class, Formulation::LogFixedPoint);
        let row = measure(&loaded, &class, &[0]).unwrap();
        let recovery = lacuna::recover(&loaded, &|_| Flow::Continue).unwrap();
        let run = &row.runs[0];
        let errors: Vec<f64> =
            recovery.functions.iter().map(|f| f.relative_l2_error.unwrap()).collect();
        assert!((run.error_w - errors[0]).abs() < 1e-12, "{} {errors:?}", run.error_w);
        assert!((run.error_v - errors[1]).abs() < 1e-12, "{} {errors:?}", run.error_v);
        assert_eq!(run.cost, recovery.cost);
        assert_eq!(run.residual_evaluations, recovery.restarts[0].residual_evaluations);
        assert_eq!(run.stop, "converged");
        assert!(run.seconds_until.iter().all(|s| s.is_some_and(|s| s <= run.seconds)));
    }

    #[test]
    fn projection_on_a_residual_that_is_not_linear_is_a_row_that_says_so() {
        let class = SurrogateSpec::Fourier { modes: 2 };
        let row = measure(&problem(&class, Formulation::FixedPoint), &class, &[0]).unwrap();
        assert!(row.runs.is_empty());
        assert_eq!(row.impossible.as_deref(), Some("needs a linear residual"));
    }
}
