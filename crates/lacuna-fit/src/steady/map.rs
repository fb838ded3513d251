//! The most probable coefficients of all modes, and the prior they were found with.
//!
//! With c = √s ∘ z the prior is ½‖z‖², and φ(z) = φ_data(c) + ½‖z − ξ‖² is minimised by
//! Levenberg-Marquardt with plain λI (ξ = 0, but for draws from the posterior). The strength of the
//! prior and unknown noise levels are then found anew from the problem linearised there, and so on
//! until they stay.

use std::ops::Range;

use faer::linalg::solvers::Solve;
use faer::{Mat, MatMut, Side};
use lacuna_core::{EvalError, EvalResult, Flow, Objective, Step};

use super::closed_form::RootOfPosterior;
use super::evidence::{Linearised, PriorChoice, log_expectation};
use super::modes::FunctionPrior;
use crate::{FitError, LevenbergMarquardt, Limits, Optimiser};

/// A negative log-likelihood of coefficients of modes.
pub(crate) trait ModalProblem: Send + Sync {
    /// Length d of c.
    fn n_modes(&self) -> usize;

    /// Length m of the score residuals.
    fn n_scores(&self) -> usize;

    /// φ_data(c), and the score residuals.
    fn evaluate(&self, c: &[f64], residuals: &mut [f64]) -> EvalResult<f64>;

    /// φ_data(c), the score residuals and their Jacobian K (m × d).
    fn linearise(
        &self,
        c: &[f64],
        residuals: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) -> EvalResult<f64>;

    /// The same for Laplace's approximation: KᵀK is what the data say of c.
    fn linearise_observed(
        &self,
        c: &[f64],
        residuals: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) -> EvalResult<f64> {
        self.linearise(c, residuals, jacobian)
    }

    /// Number of score residuals before any were condensed.
    fn n_data(&self) -> usize {
        self.n_scores()
    }

    /// Parts of the score residuals with one unknown noise level each.
    fn unknown_noise(&self) -> Vec<NoisePart> {
        Vec::new()
    }

    /// Σ N ln sd over those parts, up to a constant.
    fn log_noise(&self) -> f64 {
        0.0
    }

    /// Multiplies the noise of part `index` of [`unknown_noise`](Self::unknown_noise).
    fn scale_noise(&mut self, _index: usize, _factor: f64) {}
}

/// Score residuals with one unknown noise level.
#[derive(Clone, Debug)]
pub(crate) struct NoisePart {
    /// Where they are.
    pub rows: Range<usize>,
    /// For how many they stand: more than there are rows where they are condensed.
    pub data: usize,
}

/// What a fit found, linearised there.
#[derive(Clone, Debug)]
pub(crate) struct ModalFit {
    /// c.
    pub coefficients: Vec<f64>,
    /// K, m × d.
    pub jacobian: Mat<f64>,
    /// ln of the Laplace approximation of the evidence, up to a constant of the data.
    pub log_evidence: f64,
    /// The priors with their hyperparameters.
    pub priors: Vec<FunctionPrior>,
}

/// Most rounds of choosing the prior, and the change of hyperparameters that ends them.
const ROUNDS: usize = 8;
const SETTLED: f64 = 0.05;
/// Change of ln(sd) that ends them.
const NOISE_SETTLED: f64 = 0.01;

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
        self.problem.linearise(&self.coefficients(z), scores, upper.as_mut())?;
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

/// Finds coefficients and prior together, from `start`.
pub(crate) fn fit_modes(
    problem: &mut dyn ModalProblem,
    mut priors: Vec<FunctionPrior>,
    choice: PriorChoice,
    start: &[f64],
    ask: Ask<'_>,
) -> Result<ModalFit, FitError> {
    let mut at = start.to_vec();
    let (m, d) = (problem.n_scores(), problem.n_modes());
    let mut residuals = vec![0.0; m];
    let mut jacobian = Mat::zeros(m, d);
    let mut rounds = 0;
    loop {
        let (found, cost) = most_probable(problem, &priors, &at, None, ask)?;
        at = found;
        problem.linearise_observed(&at, &mut residuals, jacobian.as_mut())?;
        rounds += 1;
        let noise = settle_noise(problem, &mut residuals, &mut jacobian, &priors)?;
        let linearised = Linearised::new(jacobian.as_ref(), &residuals, &at, problem.n_data());
        let change = if rounds > ROUNDS || ask() == Flow::Stop {
            0.0
        } else {
            match choice {
                PriorChoice::MarginalLikelihood => linearised.maximise_evidence(&mut priors)?,
                PriorChoice::Fixed => 0.0,
                other => linearised.choose_factor(other, &mut priors)?,
            }
        };
        let done = change < SETTLED && noise < NOISE_SETTLED;
        if done || rounds > ROUNDS {
            let log_evidence = log_expectation(&mut priors)
                - cost
                - problem.log_noise()
                - 0.5 * log_det(&jacobian, &priors)?;
            return Ok(ModalFit { coefficients: at, jacobian, log_evidence, priors });
        }
    }
}

/// Sets every unknown noise level to what the residuals say, ‖r‖²/(m − γ) with γ the directions
/// that the fit used up; returns the largest change of its logarithm.
fn settle_noise(
    problem: &mut dyn ModalProblem,
    residuals: &mut [f64],
    jacobian: &mut Mat<f64>,
    priors: &[FunctionPrior],
) -> EvalResult<f64> {
    let parts = problem.unknown_noise();
    if parts.is_empty() {
        return Ok(0.0);
    }
    let covariance = posterior(jacobian, priors)?;
    let mut largest: f64 = 0.0;
    for (index, NoisePart { rows, data }) in parts.into_iter().enumerate() {
        let own = jacobian.as_ref().subrows(rows.start, rows.len());
        let spread = own * &covariance;
        let used: f64 = (0..rows.len()).map(|i| spread.row(i) * own.row(i).transpose()).sum();
        let square: f64 = residuals[rows.clone()].iter().map(|r| r * r).sum();
        let factor = (square / (data as f64 - used).max(1.0)).sqrt().max(1e-6);
        problem.scale_noise(index, factor);
        residuals[rows.clone()].iter_mut().for_each(|r| *r /= factor);
        for i in rows {
            jacobian.as_mut().row_mut(i).iter_mut().for_each(|k| *k /= factor);
        }
        largest = largest.max(factor.ln().abs());
    }
    Ok(largest)
}

/// The root of the posterior where a wide prior needs it: beside closed forms.
fn root_of_posterior(
    jacobian: &Mat<f64>,
    priors: &[FunctionPrior],
) -> EvalResult<Option<RootOfPosterior>> {
    if priors.iter().all(|p| p.modes.closed_form().is_none()) {
        return Ok(None);
    }
    let sd: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
    RootOfPosterior::new(jacobian.as_ref(), &sd).map(Some)
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

fn log_det(jacobian: &Mat<f64>, priors: &[FunctionPrior]) -> EvalResult<f64> {
    if let Some(root) = root_of_posterior(jacobian, priors)? {
        return Ok(root.log_det);
    }
    let (factors, _) = scaled_information(jacobian, priors)?;
    Ok(2.0 * factors.L().diagonal().column_vector().iter().map(|l| l.ln()).sum::<f64>())
}

/// Posterior covariance √s D⁻¹ √s of the coefficients (d × d).
pub(crate) fn posterior(jacobian: &Mat<f64>, priors: &[FunctionPrior]) -> EvalResult<Mat<f64>> {
    if let Some(root) = root_of_posterior(jacobian, priors)? {
        let sd: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        let half = Mat::from_fn(sd.len(), sd.len(), |i, j| sd[i] * root.inverse[(i, j)]);
        return Ok(&half * half.transpose());
    }
    let (factors, root) = scaled_information(jacobian, priors)?;
    let d = root.len();
    let mut inverse = Mat::identity(d, d);
    factors.solve_in_place(inverse.as_mut());
    Ok(Mat::from_fn(d, d, |i, j| root[i] * inverse[(i, j)] * root[j]))
}
