//! Levenberg-Marquardt for ½ ‖r(θ)‖², by orthogonal factorisations only.
//!
//! Each step solves min ‖r + J δ‖² + λ ‖δ‖². With J = left · right, rightᵀ = Z R_z (QR) and
//! left R_zᵀ = Q T (QR) the step is δ = Z z with min ‖Qᵀ r + T z‖² + λ ‖z‖², solved by the QR of T
//! above √λ I. The first two factorisations serve every trial λ, which costs one small third; JᵀJ,
//! which would lose half the digits, is never formed, and neither is any Q. λ multiplies the
//! identity (a scale taken from the current JᵀJ fails where units saturate), and follows the gain
//! ratio.
//!
//! Where J has too many entries to be held the step comes from products with J and Jᵀ alone, by
//! LSQR (`krylov_step.rs`).
//!
//! Source: Levenberg (1944), Marquardt (1963); Moré, LNM 630 (1978); damping update of Nielsen,
//! IMM-REP-1999-05.

use argmin::core::{Error, KV, Problem, Solver, State, TerminationReason};
use lacuna_core::{EvalError, EvalResult, FactoredJacobian, Flow, Objective, Step};

use crate::argmin_adapter::{Adapter, VectorState, run};
use crate::krylov_step::KrylovModel;
use crate::linear_model::LinearModel;
use crate::{Fit, FitError, Limits, Optimiser};

/// Levenberg-Marquardt.
#[derive(Clone, Debug)]
pub struct LevenbergMarquardt {
    /// When to stop.
    pub limits: Limits,
    /// First λ, as a fraction of the largest squared singular value of J.
    pub initial_damping: f64,
    /// A Jacobian of more entries (residuals × parameters) than this is never formed: the steps
    /// are then made from its products with vectors.
    pub matrix_free_above: usize,
}

/// 512 MiB of Jacobian.
const MATRIX_FREE_ABOVE: usize = 1 << 26;

impl Default for LevenbergMarquardt {
    fn default() -> Self {
        let limits = Limits {
            max_iterations: 300,
            patience: 20,
            worthwhile: 0.03,
            target_cost: 0.0,
            ..Limits::NONE
        };
        Self { limits, initial_damping: 1e-3, matrix_free_above: MATRIX_FREE_ABOVE }
    }
}

impl Optimiser for LevenbergMarquardt {
    fn name(&self) -> &'static str {
        "levenberg-marquardt"
    }

    fn minimise(
        &self,
        objective: &dyn Objective,
        theta: &[f64],
        watch: &mut dyn FnMut(&Step<'_>) -> Flow,
    ) -> Result<Fit, FitError> {
        let entries = objective.n_residuals().saturating_mul(objective.n_params());
        let local = if entries > self.matrix_free_above {
            LocalModel::Products(KrylovModel::default())
        } else {
            LocalModel::Factored(Box::default())
        };
        let solver = Iteration::new(self.initial_damping, local);
        run(solver, objective, theta, self.limits, watch)
    }
}

struct Iteration {
    initial_damping: f64,
    /// λ; not a number before the first linearisation.
    damping: f64,
    growth: f64,
    local: LocalModel,
    residuals: Vec<f64>,
    delta: Vec<f64>,
}

/// r + J δ at the iterate.
enum LocalModel {
    /// J is formed and factored.
    Factored(Box<(FactoredJacobian, LinearModel)>),
    /// J is only multiplied with.
    Products(KrylovModel),
}

/// A decrease below this fraction of the cost is round-off.
const ROUND_OFF: f64 = 1e-14;
/// Rejected trials in one iteration before giving up.
const MAX_TRIALS: usize = 40;

impl Iteration {
    fn new(initial_damping: f64, local: LocalModel) -> Self {
        Self {
            initial_damping,
            damping: f64::NAN,
            growth: 2.0,
            local,
            residuals: Vec::new(),
            delta: Vec::new(),
        }
    }

    fn linearise(&mut self, objective: &dyn Objective, theta: &[f64]) -> Result<(), EvalError> {
        self.residuals.resize(objective.n_residuals(), 0.0);
        match &mut self.local {
            LocalModel::Factored(formed) => {
                let (jacobian, model) = &mut **formed;
                objective.linearise_factored(theta, &mut self.residuals, jacobian)?;
                model.update(jacobian, &self.residuals)?;
            }
            LocalModel::Products(model) => model.update(objective, theta)?,
        }
        if self.damping.is_nan() {
            let largest = match &mut self.local {
                LocalModel::Factored(formed) => formed.1.largest_singular_value(),
                LocalModel::Products(model) => model.largest_singular_value(objective)?,
            };
            self.damping = self.initial_damping * largest.powi(2);
        }
        Ok(())
    }

    /// `self.delta` = the step for the current damping; returns the decrease it promises.
    fn step(&mut self, objective: &dyn Objective) -> EvalResult<f64> {
        match &mut self.local {
            LocalModel::Factored(formed) => Ok(formed.1.step(self.damping, &mut self.delta)),
            LocalModel::Products(model) => model.step(objective, self.damping, &mut self.delta),
        }
    }

    /// φ(θ).
    fn cost(&mut self, objective: &dyn Objective, theta: &[f64]) -> EvalResult<f64> {
        self.residuals.resize(objective.n_residuals(), 0.0);
        objective.cost(theta, &mut self.residuals)
    }
}

impl<'p> Solver<Adapter<'p>, VectorState> for Iteration {
    fn name(&self) -> &str {
        "Levenberg-Marquardt"
    }

    fn init(
        &mut self,
        problem: &mut Problem<Adapter<'p>>,
        state: VectorState,
    ) -> Result<(VectorState, Option<KV>), Error> {
        let theta = state.param.clone().unwrap_or_default();
        let cost = problem.problem("residual_count", |p| Ok(self.cost(p.objective, &theta)?))?;
        Ok((state.cost(cost), None))
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<Adapter<'p>>,
        state: VectorState,
    ) -> Result<(VectorState, Option<KV>), Error> {
        let theta = state.param.clone().unwrap_or_default();
        let cost = state.cost;
        problem.problem("jacobian_count", |p| Ok(self.linearise(p.objective, &theta)?))?;
        let mut trial = theta.clone();
        for _ in 0..MAX_TRIALS {
            let predicted = problem.problem("step_count", |p| Ok(self.step(p.objective)?))?;
            if predicted.is_nan() || predicted <= ROUND_OFF * cost.abs() {
                return Ok((state.terminate_with(TerminationReason::SolverConverged), None));
            }
            for ((trial, theta), delta) in trial.iter_mut().zip(&theta).zip(&self.delta) {
                *trial = theta + delta;
            }
            // Where r cannot be evaluated the step was too long.
            let trial_cost = problem.problem("residual_count", |p| {
                Ok(self.cost(p.objective, &trial).unwrap_or(f64::INFINITY))
            })?;
            let gain = (cost - trial_cost) / predicted;
            if gain > 1e-4 {
                self.damping *= (1.0 - (2.0 * gain - 1.0).powi(3)).max(1.0 / 3.0);
                self.growth = 2.0;
                return Ok((state.param(trial).cost(trial_cost), None));
            }
            self.damping *= self.growth;
            self.growth *= 2.0;
        }
        Ok((state.terminate_with(TerminationReason::SolverExit("no decrease".into())), None))
    }
}

#[cfg(test)]
mod tests {
    use faer::MatMut;
    use lacuna_core::Stop;

    use super::*;

    /// Rosenbrock: r = (10(y − x²), 1 − x); minimum 0 at (1, 1).
    struct Rosenbrock;

    impl Objective for Rosenbrock {
        fn n_params(&self) -> usize {
            2
        }
        fn n_residuals(&self) -> usize {
            2
        }
        fn residuals(&self, t: &[f64], out: &mut [f64]) -> EvalResult {
            out.copy_from_slice(&[10.0 * (t[1] - t[0] * t[0]), 1.0 - t[0]]);
            Ok(())
        }
        fn linearise(&self, t: &[f64], r: &mut [f64], mut j: MatMut<'_, f64>) -> EvalResult {
            j[(0, 0)] = -20.0 * t[0];
            j[(0, 1)] = 10.0;
            j[(1, 0)] = -1.0;
            j[(1, 1)] = 0.0;
            self.residuals(t, r)
        }
    }

    #[test]
    fn finds_the_minimum_of_rosenbrock_with_little_work() {
        let fit = LevenbergMarquardt::default()
            .minimise(&Rosenbrock, &[-1.2, 1.0], &mut |_| Flow::Continue)
            .unwrap();
        assert_eq!(fit.stop, Stop::Converged);
        assert!((fit.theta[0] - 1.0).abs() < 1e-8 && (fit.theta[1] - 1.0).abs() < 1e-8);
        assert!(fit.counts.derivatives <= 25, "{:?}", fit.counts);
        assert!(fit.counts.residuals <= 35, "{:?}", fit.counts);
    }

    #[test]
    fn a_jacobian_that_is_never_formed_leads_to_the_same_minimum() {
        let method = LevenbergMarquardt { matrix_free_above: 0, ..LevenbergMarquardt::default() };
        let fit = method.minimise(&Rosenbrock, &[-1.2, 1.0], &mut |_| Flow::Continue).unwrap();
        assert_eq!(fit.stop, Stop::Converged);
        assert!((fit.theta[0] - 1.0).abs() < 1e-6 && (fit.theta[1] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_watcher_can_stop_and_keeps_the_best() {
        let mut seen = 0;
        let fit = LevenbergMarquardt::default()
            .minimise(&Rosenbrock, &[-1.2, 1.0], &mut |_| {
                seen += 1;
                if seen == 4 { Flow::Stop } else { Flow::Continue }
            })
            .unwrap();
        assert_eq!(fit.stop, Stop::Interrupted);
        assert_eq!(fit.history.len(), 4);
        let best = fit.history.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(fit.cost, best);
    }

    #[test]
    fn a_start_that_is_not_finite_is_an_error() {
        let start = [f64::NAN, 1.0];
        let result =
            LevenbergMarquardt::default().minimise(&Rosenbrock, &start, &mut |_| Flow::Continue);
        assert!(result.is_err());
    }
}
