//! The most probable coefficients of all modes, and the prior they were found with.
//!
//! With c = √s ∘ z the prior is ½‖z‖², and φ(z) = φ_data(c) + ½‖z − ξ‖² is minimised by
//! Levenberg-Marquardt with plain λI (ξ = 0, but for draws from the posterior). The strength of the
//! prior and unknown noise levels are then found anew from the problem linearised there, and so on
//! until they stay.

use faer::linalg::solvers::Solve;
use faer::{Mat, MatMut, Side};
use lacuna_core::{EvalError, EvalResult, Flow, Objective, Step};

use super::closed_form::root_of;
use super::evidence::{Linearised, NoisePart, PriorChoice};
use super::hyperparameters::Hyperparameters;
use super::modes::FunctionPrior;
use crate::{FitError, Information, LevenbergMarquardt, Limits, Optimiser};

/// A negative log-likelihood of coefficients of modes.
pub(crate) trait ModalProblem: Send + Sync {
    /// Length d of c.
    fn n_modes(&self) -> usize;

    /// Length m of the score residuals.
    fn n_scores(&self) -> usize;

    /// φ_data(c), and the score residuals.
    fn evaluate(&self, c: &[f64], residuals: &mut [f64]) -> EvalResult<f64>;

    /// φ_data(c), the score residuals and their Jacobian K (m × d): working information for the steps of a
    /// fit, observed information for Laplace's approximation, where KᵀK is what the data say of c.
    fn linearise(
        &self,
        c: &[f64],
        information: Information,
        residuals: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) -> EvalResult<f64>;

    /// Number of score residuals before any were condensed.
    fn n_data(&self) -> usize {
        self.n_scores()
    }

    /// Parts of the score residuals with one unknown noise level each, in the order of the rows.
    fn noise_parts(&self) -> Vec<NoisePart> {
        Vec::new()
    }

    /// Multiplies the noise of part `index` of [`noise_parts`](Self::noise_parts).
    fn scale_noise(&mut self, _index: usize, _factor: f64) {}
}

/// What a fit found, linearised there.
pub(crate) struct ModalFit {
    /// c.
    pub coefficients: Vec<f64>,
    /// φ: minus the log-probability of data and coefficients.
    pub cost: f64,
    /// The problem linearised at c.
    pub linearised: Linearised,
    /// The priors and noise levels it was found with.
    pub eta: Hyperparameters,
}

impl ModalFit {
    /// ln of Laplace's approximation of the evidence and of what was expected of the hyperparameters, up
    /// to a constant of the data; `log_noise` is Σ N ln of the noise factors.
    pub(crate) fn log_evidence(&self, log_noise: f64) -> EvalResult<f64> {
        let half_log_det = self.linearised.half_log_det(&self.eta)?;
        Ok(self.eta.log_expectation() - self.cost - log_noise - half_log_det)
    }

    /// K, m × d, at the noise levels of the linearisation.
    pub(crate) fn jacobian(&self) -> &Mat<f64> {
        &self.linearised.jacobian
    }
}

/// Most rounds of choosing the prior, and the change of hyperparameters that ends them.
const ROUNDS: usize = 12;
const SETTLED: f64 = 0.05;

/// The whole objective over z.
pub(crate) struct Whitened<'a> {
    pub problem: &'a dyn ModalProblem,
    /// √s.
    pub sd: Vec<f64>,
    /// ξ.
    pub shift: Option<&'a [f64]>,
}

impl Whitened<'_> {
    pub(crate) fn coefficients(&self, z: &[f64]) -> Vec<f64> {
        z.iter().zip(&self.sd).map(|(z, sd)| z * sd).collect()
    }

    fn prior(&self, z: &[f64], out: &mut [f64]) -> f64 {
        for (i, out) in out.iter_mut().enumerate() {
            *out = z[i] - self.shift.map_or(0.0, |shift| shift[i]);
        }
        0.5 * out.iter().map(|r| r * r).sum::<f64>()
    }
}

impl Objective for Whitened<'_> {
    fn n_params(&self) -> usize {
        self.sd.len()
    }
    fn n_residuals(&self) -> usize {
        self.problem.n_scores() + self.sd.len()
    }
    fn residuals(&self, z: &[f64], out: &mut [f64]) -> EvalResult {
        self.cost(z, out).map(|_| ())
    }
    fn cost(&self, z: &[f64], out: &mut [f64]) -> EvalResult<f64> {
        let (scores, prior) = out.split_at_mut(self.problem.n_scores());
        Ok(self.problem.evaluate(&self.coefficients(z), scores)? + self.prior(z, prior))
    }
    fn linearise(&self, z: &[f64], out: &mut [f64], jacobian: MatMut<'_, f64>) -> EvalResult {
        let m = self.problem.n_scores();
        let (scores, prior) = out.split_at_mut(m);
        let (mut upper, mut lower) = jacobian.split_at_row_mut(m);
        let c = self.coefficients(z);
        self.problem.linearise(&c, Information::Working, scores, upper.as_mut())?;
        for (j, sd) in self.sd.iter().enumerate() {
            upper.as_mut().col_mut(j).iter_mut().for_each(|entry| *entry *= sd);
        }
        lower.fill(0.0);
        for j in 0..self.sd.len() {
            lower[(j, j)] = 1.0;
        }
        self.prior(z, prior);
        Ok(())
    }
}

/// Asks whether to go on, after each iteration.
pub(crate) type Ask<'a> = &'a (dyn Fn() -> Flow + Sync);

/// Minimises over c with the prior as it is, from `start`.
pub(crate) fn most_probable(
    problem: &dyn ModalProblem,
    priors: &[FunctionPrior],
    start: &[f64],
    shift: Option<&[f64]>,
    ask: Ask<'_>,
) -> Result<(Vec<f64>, f64), FitError> {
    let sd: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
    let z: Vec<f64> = start.iter().zip(&sd).map(|(c, sd)| c / sd).collect();
    let whitened = Whitened { problem, sd, shift };
    let limits = Limits { max_iterations: 40, smallest_decrease: 1e-4, ..Limits::NONE };
    let method =
        LevenbergMarquardt { limits, initial_damping: 1e-6, ..LevenbergMarquardt::default() };
    let fit = method.minimise(&whitened, &z, &mut |_: &Step<'_>| ask())?;
    Ok((whitened.coefficients(&fit.theta), fit.cost))
}

/// Finds coefficients, prior and noise levels together, from `start`.
pub(crate) fn fit_modes(
    problem: &mut dyn ModalProblem,
    priors: Vec<FunctionPrior>,
    choice: PriorChoice,
    start: &[f64],
    ask: Ask<'_>,
) -> Result<ModalFit, FitError> {
    let log_noise = problem.noise_parts().iter().map(|part| part.log_factor).collect();
    let fixed_priors = choice != PriorChoice::MarginalLikelihood;
    let mut eta = Hyperparameters { priors, log_noise, fixed_priors };
    let mut at = start.to_vec();
    for round in 1.. {
        let (found, cost) = most_probable(problem, &eta.priors, &at, None, ask)?;
        at = found;
        let linearised = linearise(problem, &at)?;
        let change = if round > ROUNDS || ask() == Flow::Stop {
            0.0
        } else {
            let factor = match choice {
                PriorChoice::MarginalLikelihood | PriorChoice::Fixed => 0.0,
                other => linearised.choose_factor(other, &mut eta.priors)?,
            };
            linearised.maximise_evidence(&mut eta)?.max(factor)
        };
        if change < SETTLED {
            return Ok(ModalFit { coefficients: at, cost, linearised, eta });
        }
        set_noise(problem, &eta.log_noise);
    }
    unreachable!("the last round changes nothing")
}

/// The problem linearised at c.
pub(crate) fn linearise(problem: &dyn ModalProblem, c: &[f64]) -> EvalResult<Linearised> {
    let mut residuals = vec![0.0; problem.n_scores()];
    let mut jacobian = Mat::zeros(problem.n_scores(), problem.n_modes());
    let cost = problem.linearise(c, Information::Observed, &mut residuals, jacobian.as_mut())?;
    let parts = problem.noise_parts();
    Ok(Linearised::new(jacobian, &residuals, cost, c, &parts, problem.n_data()))
}

/// Gives every unknown noise level this factor over its first guess, in logarithms.
pub(crate) fn set_noise(problem: &mut dyn ModalProblem, log_noise: &[f64]) {
    for (index, (part, new)) in problem.noise_parts().into_iter().zip(log_noise).enumerate() {
        problem.scale_noise(index, (new - part.log_factor).exp());
    }
}

/// D = I + √s KᵀK √s, factored.
fn scaled_information(
    jacobian: &Mat<f64>,
    priors: &[FunctionPrior],
) -> EvalResult<(faer::linalg::solvers::Llt<f64>, Vec<f64>)> {
    let root: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
    let scaled = Mat::from_fn(jacobian.nrows(), root.len(), |i, j| jacobian[(i, j)] * root[j]);
    let mut matrix = scaled.transpose() * &scaled;
    for i in 0..root.len() {
        matrix[(i, i)] += 1.0;
    }
    let factors = matrix
        .llt(Side::Lower)
        .map_err(|_| EvalError::NonFinite { quantity: "the posterior covariance" })?;
    Ok((factors, root))
}

/// Posterior covariance √s D⁻¹ √s of the coefficients (d × d).
pub(crate) fn posterior(jacobian: &Mat<f64>, priors: &[FunctionPrior]) -> EvalResult<Mat<f64>> {
    if priors.iter().any(|p| p.modes.closed_form().is_some()) {
        let sd: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        let root = root_of(jacobian.as_ref(), &sd)?;
        let half = Mat::from_fn(sd.len(), sd.len(), |i, j| sd[i] * root[(i, j)]);
        return Ok(&half * half.transpose());
    }
    let (factors, root) = scaled_information(jacobian, priors)?;
    let d = root.len();
    let mut inverse = Mat::identity(d, d);
    factors.solve_in_place(inverse.as_mut());
    Ok(Mat::from_fn(d, d, |i, j| root[i] * inverse[(i, j)] * root[j]))
}
