//! How much regularisation the data ask for, in the linearised problem.
//!
//! Around the present coefficients c (length d) with score residuals r and Jacobian K (m × d), the
//! data are equivalent to y = K c − r = K c* + noise of unit variance. With H = KᵀK, b = Kᵀy,
//! prior variances s and D = I + √s H √s,
//!
//! ln p(y | η) = ½ bᵀ√s D⁻¹ √s b − ½ ln det D + const, ∂/∂ ln s_j = ½ (z_j² − 1 + [D⁻¹]_jj),
//! z = D⁻¹ √s b.
//!
//! The marginal likelihood times what is expected of the hyperparameters η beforehand is maximised
//! by damped Newton steps. The alternatives change all amplitudes by one factor α and need only the
//! singular values δ_i of K√s and the coefficients β_i = u_iᵀ y, filter factors
//! f_i = α²δ_i²/(1 + α²δ_i²): generalised cross-validation minimises ‖(1 − f)β‖²/(m − Σf)², the
//! discrepancy principle makes the residual as large as the noise, and the L-curve takes the point
//! of largest curvature of (ln ‖residual‖, ln ‖z‖).
//!
//! Source: MacKay, Neural Comput. 4 (1992) 415; Golub, Heath, Wahba, Technometrics 21 (1979) 215;
//! Hansen, O'Leary, SIAM J. Sci. Comput. 14 (1993) 1487.

use faer::linalg::solvers::Solve;
use faer::{Col, Mat, MatRef, Side};
use lacuna_core::{EvalError, EvalResult};

use super::modes::{Expectation, FunctionPrior};

/// How the strength of the prior is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriorChoice {
    /// By the marginal likelihood of amplitude and length scale of every function.
    #[default]
    MarginalLikelihood,
    /// By generalised cross-validation of one common factor.
    CrossValidation,
    /// At the corner of the L-curve of one common factor.
    LCurve,
    /// So that the residual is as large as the noise.
    Discrepancy,
    /// Not at all: the prior stays as it was given.
    Fixed,
}

/// Largest change of a hyperparameter in one round, and its largest distance from the expectation.
const LARGEST_STEP: f64 = 1.5;
const FARTHEST: f64 = 7.0;

/// The linearised problem.
pub(crate) struct Linearised {
    /// H = KᵀK.
    pub information: Mat<f64>,
    /// b = Kᵀ y.
    pub pull: Vec<f64>,
    /// y, and K, for the methods that need more than H and b.
    pub data: Vec<f64>,
    pub jacobian: Mat<f64>,
    /// m: for how many data the rows of K stand.
    pub n_data: usize,
}

impl Linearised {
    pub(crate) fn new(
        jacobian: MatRef<'_, f64>,
        residuals: &[f64],
        c: &[f64],
        n_data: usize,
    ) -> Self {
        let image = jacobian * faer::ColRef::from_slice(c);
        let data: Vec<f64> = image.iter().zip(residuals).map(|(k, r)| k - r).collect();
        let pull = jacobian.transpose() * faer::ColRef::from_slice(&data);
        Self {
            information: jacobian.transpose() * jacobian,
            pull: pull.iter().copied().collect(),
            data,
            jacobian: jacobian.to_owned(),
            n_data,
        }
    }

    /// ln p(y | η) + ln p(η), and its gradient with respect to the free hyperparameters.
    pub(crate) fn log_evidence(&self, priors: &mut [FunctionPrior]) -> EvalResult<(f64, Vec<f64>)> {
        const NOT_FINITE: EvalError = EvalError::NonFinite { quantity: "the evidence" };
        let mut log_variances = Vec::new();
        let mut slopes = Vec::new();
        for prior in priors.iter() {
            let (values, own) = prior.log_variances();
            slopes.push((log_variances.len(), own));
            log_variances.extend(values);
        }
        let root: Vec<f64> = log_variances.iter().map(|v| (0.5 * v).exp()).collect();
        let d = root.len();
        let matrix = Mat::from_fn(d, d, |i, j| {
            root[i] * self.information[(i, j)] * root[j] + f64::from(u8::from(i == j))
        });
        let cholesky = matrix.llt(Side::Lower).map_err(|_| NOT_FINITE)?;
        let mut inverse = Mat::identity(d, d);
        cholesky.solve_in_place(inverse.as_mut());
        let scaled = Col::from_fn(d, |i| root[i] * self.pull[i]);
        let z = &inverse * &scaled;
        let log_det: f64 =
            2.0 * cholesky.L().diagonal().column_vector().iter().map(|l| l.ln()).sum::<f64>();
        let mut value = 0.5 * (scaled.transpose() * &z) - 0.5 * log_det;
        let by_variance: Vec<f64> =
            (0..d).map(|j| 0.5 * (z[j] * z[j] - 1.0 + inverse[(j, j)])).collect();
        let mut gradient = Vec::new();
        for (prior, (start, slopes)) in priors.iter_mut().zip(&slopes) {
            for (k, (eta, Expectation { mean, sd })) in prior.free().into_iter().enumerate() {
                let own: f64 =
                    (0..slopes.nrows()).map(|j| slopes[(j, k)] * by_variance[start + j]).sum();
                let distance = (*eta - mean) / sd;
                value -= 0.5 * distance * distance;
                gradient.push(own - distance / sd);
            }
        }
        if value.is_finite() { Ok((value, gradient)) } else { Err(NOT_FINITE) }
    }

    /// Moves the free hyperparameters to the maximum of the evidence, at most [`LARGEST_STEP`] each;
    /// returns the largest change.
    pub(crate) fn maximise_evidence(&self, priors: &mut [FunctionPrior]) -> EvalResult<f64> {
        const STEP: f64 = 1e-3;
        const ITERATIONS: usize = 25;
        let start = read(priors);
        let dim = start.len();
        if dim == 0 {
            return Ok(0.0);
        }
        let limits = |i: usize, priors: &mut [FunctionPrior]| {
            let mean = expectations(priors)[i].mean;
            [
                (start[i] - LARGEST_STEP).max(mean - FARTHEST),
                (start[i] + LARGEST_STEP).min(mean + FARTHEST),
            ]
        };
        let boxes: Vec<[f64; 2]> = (0..dim).map(|i| limits(i, priors)).collect();
        let (mut value, mut gradient) = self.log_evidence(priors)?;
        let mut at = start.clone();
        let mut damping = 1e-2;
        for _ in 0..ITERATIONS {
            // Hessian by differences of the gradient.
            let mut hessian = Mat::<f64>::zeros(dim, dim);
            for i in 0..dim {
                let mut moved = at.clone();
                moved[i] += STEP;
                write(priors, &moved);
                let (_, ahead) = self.log_evidence(priors)?;
                for j in 0..dim {
                    hessian[(i, j)] = (ahead[j] - gradient[j]) / STEP;
                }
            }
            let mut improved = false;
            for _ in 0..12 {
                // Ascent on a concave model: −H + damping, made positive by its diagonal.
                let matrix = Mat::from_fn(dim, dim, |i, j| {
                    let entry = -0.5 * (hessian[(i, j)] + hessian[(j, i)]);
                    if i == j { entry.abs().max(1e-3) * (1.0 + damping) } else { entry }
                });
                let step = matrix.llt(Side::Lower).ok().map(|cholesky| {
                    let mut step = Mat::from_fn(dim, 1, |i, _| gradient[i]);
                    cholesky.solve_in_place(step.as_mut());
                    step
                });
                let Some(step) = step else {
                    damping = (damping * 10.0).max(1e-2);
                    continue;
                };
                let trial: Vec<f64> = (0..dim)
                    .map(|i| (at[i] + step[(i, 0)]).clamp(boxes[i][0], boxes[i][1]))
                    .collect();
                write(priors, &trial);
                match self.log_evidence(priors) {
                    Ok((new_value, new_gradient)) if new_value > value => {
                        improved = new_value - value > 1e-7;
                        (value, gradient, at) = (new_value, new_gradient, trial);
                        damping *= 0.2;
                        break;
                    }
                    _ => damping = (damping * 5.0).max(1e-3),
                }
            }
            if !improved {
                break;
            }
        }
        write(priors, &at);
        Ok(at.iter().zip(&start).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max))
    }

    /// Multiplies every amplitude by the factor that `choice` finds best; returns the change of its
    /// logarithm.
    pub(crate) fn choose_factor(
        &self,
        choice: PriorChoice,
        priors: &mut [FunctionPrior],
    ) -> EvalResult<f64> {
        const NOT_FINITE: EvalError = EvalError::NonFinite { quantity: "the filter factors" };
        let root: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        let scaled =
            Mat::from_fn(self.jacobian.nrows(), root.len(), |i, j| self.jacobian[(i, j)] * root[j]);
        let svd = scaled.thin_svd().map_err(|_| NOT_FINITE)?;
        let values: Vec<f64> = svd.S().column_vector().iter().copied().collect();
        let beta = svd.U().transpose() * faer::ColRef::from_slice(&self.data);
        let total: f64 = self.data.iter().map(|y| y * y).sum();
        let outside = (total - beta.squared_norm_l2()).max(0.0);
        let m = self.n_data as f64;
        let curve = |log_factor: f64| {
            let square = (2.0 * log_factor).exp();
            let mut point = Point { residual: outside, size: 0.0, freedom: m };
            for (value, beta) in values.iter().zip(beta.iter()) {
                let filter = square * value * value / (1.0 + square * value * value);
                point.residual += ((1.0 - filter) * beta).powi(2);
                if *value > 0.0 {
                    point.size += (filter * beta / value).powi(2);
                }
                point.freedom -= filter;
            }
            point
        };
        const RANGE: i32 = 120;
        let grid = (-RANGE..=RANGE).map(|i| 0.05 * f64::from(i));
        let best = match choice {
            PriorChoice::CrossValidation => grid
                .map(|a| (curve(a).residual / curve(a).freedom.powi(2), a))
                .min_by(|a, b| a.0.total_cmp(&b.0)),
            PriorChoice::Discrepancy => grid
                .map(|a| ((curve(a).residual / m).ln().abs(), a))
                .min_by(|a, b| a.0.total_cmp(&b.0)),
            PriorChoice::LCurve => {
                grid.map(|a| (-curvature(&curve, a), a)).min_by(|a, b| a.0.total_cmp(&b.0))
            }
            PriorChoice::MarginalLikelihood | PriorChoice::Fixed => None,
        };
        let change = best.map_or(0.0, |(_, factor)| factor.clamp(-LARGEST_STEP, LARGEST_STEP));
        let mut free = false;
        for prior in priors {
            if prior.has_free_amplitude() {
                prior.log_amplitude += change;
                free = true;
            }
        }
        // Where nothing could be moved the choice has settled.
        Ok(if free { change.abs() } else { 0.0 })
    }
}

/// One point of the trade-off between residual and size of the solution.
struct Point {
    residual: f64,
    size: f64,
    freedom: f64,
}

/// Curvature of the L-curve, by differences of second order: positive at the corner, where a falling
/// residual gives way to a growing solution.
fn curvature(curve: &dyn Fn(f64) -> Point, at: f64) -> f64 {
    const STEP: f64 = 0.05;
    // A curve that no longer moves has the curvature of round-off.
    const SLOWEST: f64 = 1e-3;
    let log = |a: f64| {
        let Point { residual, size, .. } = curve(a);
        [0.5 * residual.ln(), 0.5 * size.max(1e-300).ln()]
    };
    let (before, here, after) = (log(at - STEP), log(at), log(at + STEP));
    let first = |i: usize| (after[i] - before[i]) / (2.0 * STEP);
    let second = |i: usize| (after[i] - 2.0 * here[i] + before[i]) / (STEP * STEP);
    let speed = first(0).hypot(first(1));
    if speed < SLOWEST {
        return f64::NEG_INFINITY;
    }
    (first(1) * second(0) - first(0) * second(1)) / speed.powi(3)
}

fn expectations(priors: &mut [FunctionPrior]) -> Vec<Expectation> {
    priors
        .iter_mut()
        .flat_map(|p| p.free().into_iter().map(|(_, e)| e).collect::<Vec<_>>())
        .collect()
}

fn read(priors: &mut [FunctionPrior]) -> Vec<f64> {
    priors
        .iter_mut()
        .flat_map(|p| p.free().into_iter().map(|(eta, _)| *eta).collect::<Vec<_>>())
        .collect()
}

fn write(priors: &mut [FunctionPrior], values: &[f64]) {
    let mut values = values.iter();
    for prior in priors {
        for (eta, _) in prior.free() {
            if let Some(&value) = values.next() {
                *eta = value;
            }
        }
    }
}

/// ln p(η) of the present hyperparameters, up to a constant.
pub(crate) fn log_expectation(priors: &mut [FunctionPrior]) -> f64 {
    let values = read(priors);
    let parts = values.iter().zip(expectations(priors));
    parts.map(|(v, e)| -0.5 * ((v - e.mean) / e.sd).powi(2)).sum()
}
