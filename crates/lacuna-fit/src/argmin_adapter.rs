//! The seam to `argmin`: objectives as its problems, and a monitor that records every iterate,
//! keeps the best, applies the limits and lets a watcher stop the run.

use std::sync::{Mutex, PoisonError};

use argmin::core::{
    CostFunction, Error, Executor, Gradient, IterState, KV, Problem, Solver, State,
    TerminationReason, TerminationStatus,
};
use lacuna_core::{EvalError, Flow, Objective, Step, Stop};

use crate::counted::Counted;
use crate::{Fit, FitError, Limits};

/// argmin's state with θ and gradient as vectors.
pub(crate) type VectorState = IterState<Vec<f64>, Vec<f64>, (), (), (), f64>;

/// An objective as argmin sees it. argmin asks for cost and gradient at one point separately, so
/// the last point is remembered.
pub(crate) struct Adapter<'a> {
    pub objective: &'a dyn Objective,
    memo: Mutex<Option<Evaluation>>,
}

struct Evaluation {
    theta: Vec<f64>,
    cost: f64,
    gradient: Vec<f64>,
}

impl<'a> Adapter<'a> {
    fn new(objective: &'a dyn Objective) -> Self {
        Self { objective, memo: Mutex::new(None) }
    }

    fn evaluate<T>(&self, theta: &[f64], read: impl Fn(&Evaluation) -> T) -> Result<T, Error> {
        let mut memo = self.memo.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = memo.as_ref().filter(|last| last.theta == theta) {
            return Ok(read(last));
        }
        let mut gradient = vec![0.0; theta.len()];
        let cost = self.objective.value_and_gradient(theta, &mut gradient)?;
        let evaluation = Evaluation { theta: theta.to_vec(), cost, gradient };
        let result = read(&evaluation);
        *memo = Some(evaluation);
        Ok(result)
    }
}

impl CostFunction for Adapter<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, theta: &Vec<f64>) -> Result<f64, Error> {
        self.evaluate(theta, |e| e.cost)
    }
}

impl Gradient for Adapter<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, Error> {
        self.evaluate(theta, |e| e.gradient.clone())
    }
}

/// Records iterates and decides when to stop.
struct Monitor<'a> {
    limits: Limits,
    watch: &'a mut dyn FnMut(&Step<'_>) -> Flow,
    history: Vec<f64>,
    best: Option<(f64, Vec<f64>)>,
    stop: Option<Stop>,
}

impl Monitor<'_> {
    fn observe(&mut self, theta: &[f64], cost: f64, gradient: Option<f64>) {
        let step = Step { iteration: self.history.len(), cost, gradient, theta };
        self.history.push(cost);
        if cost.is_finite() && self.best.as_ref().is_none_or(|(best, _)| cost < *best) {
            self.best = Some((cost, theta.to_vec()));
        }
        let flow = (self.watch)(&step);
        self.stop = self.limits.reached(&self.history);
        if flow == Flow::Stop && self.stop != Some(Stop::Converged) {
            self.stop = Some(Stop::Interrupted);
        }
    }
}

/// Any argmin solver with the monitor around it.
struct Monitored<'a, S> {
    solver: S,
    monitor: Monitor<'a>,
}

impl<'p, S> Solver<Adapter<'p>, VectorState> for Monitored<'_, S>
where
    S: Solver<Adapter<'p>, VectorState>,
{
    fn name(&self) -> &str {
        self.solver.name()
    }

    fn init(
        &mut self,
        problem: &mut Problem<Adapter<'p>>,
        state: VectorState,
    ) -> Result<(VectorState, Option<KV>), Error> {
        let (mut state, kv) = self.solver.init(problem, state)?;
        if let Some(theta) = state.param.clone() {
            if !state.cost.is_finite() {
                state.cost = problem.problem("cost_count", |p| p.cost(&theta))?;
            }
            self.monitor.observe(&theta, state.cost, norm(state.grad.as_deref()));
        }
        Ok((state, kv))
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<Adapter<'p>>,
        state: VectorState,
    ) -> Result<(VectorState, Option<KV>), Error> {
        let before = state.clone();
        match self.solver.next_iter(problem, state) {
            Ok((state, kv)) => {
                if let Some(theta) = state.param.as_ref().filter(|_| !state.terminated()) {
                    self.monitor.observe(theta, state.cost, norm(state.grad.as_deref()));
                }
                Ok((state, kv))
            }
            // A line search that finds no decrease is an outcome, not a failure.
            Err(_) => {
                Ok((before.terminate_with(TerminationReason::SolverExit(String::new())), None))
            }
        }
    }

    fn terminate(&mut self, state: &VectorState) -> TerminationStatus {
        if self.monitor.stop.is_some() {
            return TerminationStatus::Terminated(TerminationReason::SolverConverged);
        }
        self.solver.terminate(state)
    }
}

fn norm(gradient: Option<&[f64]>) -> Option<f64> {
    gradient.map(|g| g.iter().fold(0.0f64, |m, g| m.max(g.abs())))
}

/// Runs an argmin solver on `objective` from `theta`.
pub(crate) fn run<S>(
    solver: S,
    objective: &dyn Objective,
    theta: &[f64],
    limits: Limits,
    watch: &mut dyn FnMut(&Step<'_>) -> Flow,
) -> Result<Fit, FitError>
where
    S: for<'p> Solver<Adapter<'p>, VectorState>,
{
    let counted = Counted::new(objective);
    let monitor = Monitor { limits, watch, history: Vec::new(), best: None, stop: None };
    let solver = Monitored { solver, monitor };
    let result = Executor::new(Adapter::new(&counted), solver)
        .configure(|state| state.param(theta.to_vec()).counting(false))
        .ctrlc(false)
        .timer(false)
        .run()
        .map_err(fit_error)?;
    let monitor = result.solver.monitor;
    let Some((cost, theta)) = monitor.best else {
        return Err(EvalError::NonFinite { quantity: "the cost at the start" }.into());
    };
    let stop = monitor.stop.unwrap_or(match result.state.get_termination_status() {
        TerminationStatus::Terminated(TerminationReason::SolverConverged) => Stop::Converged,
        _ => Stop::Stalled,
    });
    Ok(Fit { theta, cost, stop, history: monitor.history, counts: counted.counts() })
}

fn fit_error(error: Error) -> FitError {
    match error.downcast::<EvalError>() {
        Ok(evaluation) => FitError::Evaluation(evaluation),
        Err(other) => FitError::Optimiser { message: other.to_string() },
    }
}
