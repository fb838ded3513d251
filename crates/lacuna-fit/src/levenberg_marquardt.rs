//! Levenberg-Marquardt for ½ ‖r(θ)‖², by orthogonal factorisations only.
//!
//! Each step solves min ‖r + J δ‖² + λ ‖δ‖². With J = left · right, rightᵀ = Z Rᵀ_z (QR) and
//! left R_z = Q R (QR), R = U S Vᵀ: δ = −Z V S/(S² + λ) (Q U)ᵀ r. One factorisation serves every
//! trial λ; JᵀJ, which would lose half the digits, is never formed. λ multiplies the identity (a
//! scale taken from the current JᵀJ fails where units saturate), and follows the gain ratio.
//!
//! Source: Levenberg (1944), Marquardt (1963); damping update of Nielsen, IMM-REP-1999-05.

use argmin::core::{Error, KV, Problem, Solver, State, TerminationReason};
use faer::{Col, Mat};
use lacuna_core::{EvalError, FactoredJacobian, Flow, Objective, Step};

use crate::argmin_adapter::{Adapter, VectorState, run};
use crate::{Fit, FitError, Limits, Optimiser};

/// Levenberg-Marquardt.
#[derive(Clone, Debug)]
pub struct LevenbergMarquardt {
    /// When to stop.
    pub limits: Limits,
    /// First λ, as a fraction of the largest squared singular value of J.
    pub initial_damping: f64,
}

impl Default for LevenbergMarquardt {
    fn default() -> Self {
        let limits =
            Limits { max_iterations: 300, target_cost: 0.0, patience: 30, worthwhile: 0.05 };
        Self { limits, initial_damping: 1e-3 }
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
        let solver = Iteration {
            initial_damping: self.initial_damping,
            damping: f64::NAN,
            growth: 2.0,
            model: None,
        };
        run(solver, objective, theta, self.limits, watch)
    }
}

/// The linear model of r at the current iterate, in coordinates where J is diagonal.
struct LinearModel {
    /// Singular values s of J.
    singular_values: Vec<f64>,
    /// (Q U)ᵀ r.
    coefficients: Vec<f64>,
    /// Z V, p × rank: from diagonal coordinates to θ.
    directions: Mat<f64>,
}

impl LinearModel {
    fn new(jacobian: FactoredJacobian, residuals: &[f64]) -> Result<Self, EvalError> {
        const NOT_FINITE: EvalError = EvalError::NonFinite { quantity: "the Jacobian" };
        let FactoredJacobian { left, right } = jacobian;
        let (reduced, row_space) = match right {
            None => (left, None),
            Some(right) if right.ncols() < right.nrows() => (left * right, None),
            Some(right) => {
                let qr = right.transpose().qr();
                (left * qr.thin_R().transpose(), Some(qr.compute_thin_Q()))
            }
        };
        if !reduced.is_all_finite() {
            return Err(NOT_FINITE);
        }
        let residuals = faer::ColRef::from_slice(residuals);
        let (rotated, svd) = if reduced.nrows() > reduced.ncols() {
            let qr = reduced.qr();
            let rotated: Col<f64> = qr.compute_thin_Q().transpose() * residuals;
            (rotated, qr.thin_R().thin_svd().map_err(|_| NOT_FINITE)?)
        } else {
            (residuals.to_owned(), reduced.thin_svd().map_err(|_| NOT_FINITE)?)
        };
        let coefficients = svd.U().transpose() * &rotated;
        let directions = match row_space {
            Some(z) => &z * svd.V(),
            None => svd.V().to_owned(),
        };
        Ok(Self {
            singular_values: svd.S().column_vector().iter().copied().collect(),
            coefficients: coefficients.iter().copied().collect(),
            directions,
        })
    }

    /// δ for damping λ.
    fn step(&self, damping: f64) -> Vec<f64> {
        let mut step = vec![0.0; self.directions.nrows()];
        for (i, (&s, &b)) in self.singular_values.iter().zip(&self.coefficients).enumerate() {
            let amount = -b * s / (s * s + damping);
            if amount.is_finite() {
                for (step, d) in step.iter_mut().zip(self.directions.col(i).iter()) {
                    *step += amount * d;
                }
            }
        }
        step
    }

    /// Decrease of the cost that the linear model promises for damping λ.
    fn predicted(&self, damping: f64) -> f64 {
        let pairs = self.singular_values.iter().zip(&self.coefficients);
        0.5 * pairs
            .map(|(&s, &b)| {
                let kept = damping / (s * s + damping);
                b * b * (1.0 - kept * kept)
            })
            .filter(|d| d.is_finite())
            .sum::<f64>()
    }
}

struct Iteration {
    initial_damping: f64,
    damping: f64,
    growth: f64,
    model: Option<LinearModel>,
}

/// A decrease below this fraction of the cost is round-off.
const ROUND_OFF: f64 = 1e-14;
/// Rejected trials in one iteration before giving up.
const MAX_TRIALS: usize = 40;

impl Iteration {
    fn linearise(&mut self, objective: &dyn Objective, theta: &[f64]) -> Result<f64, EvalError> {
        let mut residuals = vec![0.0; objective.n_residuals()];
        let jacobian = objective.linearise_factored(theta, &mut residuals)?;
        self.model = Some(LinearModel::new(jacobian, &residuals)?);
        Ok(half_square(&residuals))
    }
}

fn half_square(r: &[f64]) -> f64 {
    0.5 * r.iter().map(|r| r * r).sum::<f64>()
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
        let cost =
            problem.problem("jacobian_count", |p| Ok(self.linearise(p.objective, &theta)?))?;
        let largest =
            self.model.as_ref().map_or(0.0, |m| m.singular_values.first().copied().unwrap_or(0.0));
        self.damping = self.initial_damping * largest * largest;
        Ok((state.cost(cost), None))
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<Adapter<'p>>,
        state: VectorState,
    ) -> Result<(VectorState, Option<KV>), Error> {
        let theta = state.param.clone().unwrap_or_default();
        let cost = state.cost;
        let mut trial_residuals =
            vec![0.0; problem.problem("", |p| Ok(p.objective.n_residuals()))?];
        for _ in 0..MAX_TRIALS {
            let Some(model) = &self.model else { break };
            let predicted = model.predicted(self.damping);
            if !(predicted > ROUND_OFF * cost) {
                return Ok((state.terminate_with(TerminationReason::SolverConverged), None));
            }
            let step = model.step(self.damping);
            let trial: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t + s).collect();
            let evaluated = problem.problem("residual_count", |p| {
                Ok(p.objective.residuals(&trial, &mut trial_residuals))
            })?;
            let trial_cost =
                if evaluated.is_ok() { half_square(&trial_residuals) } else { f64::INFINITY };
            let gain = (cost - trial_cost) / predicted;
            if gain > 1e-4 {
                self.damping *= (1.0 - (2.0 * gain - 1.0).powi(3)).max(1.0 / 3.0);
                self.growth = 2.0;
                let cost = problem
                    .problem("jacobian_count", |p| Ok(self.linearise(p.objective, &trial)?))?;
                return Ok((state.param(trial).cost(cost), None));
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
    use lacuna_core::{EvalResult, Stop};

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
