//! Adam, the first-order method of the published pipelines; here to be compared against.
//!
//! m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − η m̂/(√v̂ + ε), with η decaying along a
//! cosine from `learning_rate` to a hundredth of it. Source: Kingma, Ba, arXiv 1412.6980;
//! Loshchilov, Hutter, arXiv 1608.03983.

use argmin::core::{CostFunction, Error, Gradient, KV, Problem, Solver};
use lacuna_core::{Flow, Objective, Step};

use crate::argmin_adapter::{Adapter, VectorState, run};
use crate::{Fit, FitError, Limits, Optimiser};

/// Adam with a cosine schedule.
#[derive(Clone, Debug)]
pub struct Adam {
    /// When to stop; the schedule runs over `max_iterations`.
    pub limits: Limits,
    /// First step length η.
    pub learning_rate: f64,
}

impl Default for Adam {
    fn default() -> Self {
        let limits = Limits {
            max_iterations: 10_000,
            patience: 10_000,
            worthwhile: 0.05,
            target_cost: 0.0,
            ..Limits::NONE
        };
        Self { limits, learning_rate: 1e-2 }
    }
}

impl Optimiser for Adam {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn minimise(
        &self,
        objective: &dyn Objective,
        theta: &[f64],
        watch: &mut dyn FnMut(&Step<'_>) -> Flow,
    ) -> Result<Fit, FitError> {
        let solver = Iteration {
            options: self.clone(),
            first: vec![0.0; theta.len()],
            second: vec![0.0; theta.len()],
            done: 0,
        };
        run(solver, objective, theta, self.limits, watch)
    }
}

struct Iteration {
    options: Adam,
    first: Vec<f64>,
    second: Vec<f64>,
    done: usize,
}

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl<'p> Solver<Adapter<'p>, VectorState> for Iteration {
    fn name(&self) -> &str {
        "Adam"
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<Adapter<'p>>,
        state: VectorState,
    ) -> Result<(VectorState, Option<KV>), Error> {
        let mut theta = state.param.clone().unwrap_or_default();
        let gradient = problem.problem("gradient_count", |p| p.gradient(&theta))?;
        self.done += 1;
        let progress = self.done as f64 / self.options.limits.max_iterations.max(1) as f64;
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos());
        let rate = self.options.learning_rate * (0.01 + 0.99 * cosine);
        let correct_1 = 1.0 - BETA_1.powi(self.done as i32);
        let correct_2 = 1.0 - BETA_2.powi(self.done as i32);
        for (i, g) in gradient.iter().enumerate() {
            self.first[i] = BETA_1 * self.first[i] + (1.0 - BETA_1) * g;
            self.second[i] = BETA_2 * self.second[i] + (1.0 - BETA_2) * g * g;
            theta[i] -= rate * (self.first[i] / correct_1)
                / ((self.second[i] / correct_2).sqrt() + EPSILON);
        }
        let cost = problem.problem("cost_count", |p| p.cost(&theta))?;
        Ok((state.param(theta).gradient(gradient).cost(cost), None))
    }
}
