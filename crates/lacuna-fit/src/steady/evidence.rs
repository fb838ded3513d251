//! How much regularisation the data ask for, and how noisy they are, in the linearised problem.
//!
//! Around the present coefficients c (length d) with score residuals r and Jacobian K (m × d), the
//! data are equivalent to y = K c − r = K c* + noise of unit variance, or of variance e^{2λ_g} in a
//! part g of N_g data whose noise level is unknown, λ_g = 0 being the level of the linearisation. With
//! H_g = K_gᵀK_g, b_g = K_gᵀy_g, q_g = y_gᵀy_g, H = Σ e^{−2λ_g} H_g (and so on), prior variances s,
//! D = I + √s H √s and Σ = √s D⁻¹ √s, ĉ = Σ b,
//!
//! ```text
//! ln p(y | η) = −½ (q − bᵀĉ) − ½ ln det D − Σ N_g λ_g + const,
//! ∂/∂ ln s_j  = ½ (ĉ_j²/s_j − 1 + [D⁻¹]_jj),
//! ∂/∂ λ_g     = e^{−2λ_g} (q_g − 2 b_gᵀĉ + ĉᵀH_gĉ + tr H_gΣ) − N_g,
//! ```
//!
//! and with B = I − D⁻¹, H̃_g = e^{−2λ_g} √s H_g √s and the slopes G = ∂ ln s/∂η (d × p) the Fisher
//! information is
//!
//! ```text
//! I_kl = ½ Σ_ij G_ik B_ij² G_jl,    I_kg = Σ_j G_jk [D⁻¹H̃_gD⁻¹]_jj,
//! I_gh = 2 (N_g − 2 tr H̃_gD⁻¹) δ_gh + 2 tr H̃_gD⁻¹H̃_hD⁻¹.
//! ```
//!
//! More prior variance Δ for a few modes J changes ln p by −½ ln det(I + Δ G) + ½ gᵀ(I/Δ + G)⁻¹g with
//! G_ij = (I − D⁻¹)_ij/√(s_i s_j) and g_j = z_j/√s_j, i, j ∈ J and z = D⁻¹√s b.
//!
//! The marginal likelihood times what is expected of the hyperparameters η beforehand is maximised
//! by damped Fisher scoring. The alternatives change all amplitudes by one factor α and need only the
//! singular values δ_i of K√s and the coefficients β_i = u_iᵀ y, filter factors
//! f_i = α²δ_i²/(1 + α²δ_i²): generalised cross-validation minimises ‖(1 − f)β‖²/(m − Σf)², the
//! discrepancy principle makes the residual as large as the noise, and the L-curve takes the point
//! of largest curvature of (ln ‖residual‖, ln ‖z‖).
//!
//! Source: MacKay, Neural Comput. 4 (1992) 415; Golub, Heath, Wahba, Technometrics 21 (1979) 215;
//! Hansen, O'Leary, SIAM J. Sci. Comput. 14 (1993) 1487.

use std::ops::Range;

use faer::linalg::solvers::{Llt, Solve};
use faer::{Col, ColRef, Mat, MatRef, Side};
use lacuna_core::{EvalError, EvalResult};

use super::hyperparameters::Hyperparameters;
use super::modes::FunctionPrior;
use super::sampling::Affine;

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

/// Information of the data on a harmonic, times the variance that it has if it dominates, from which it
/// counts as seen: three standard deviations.
const SEEN: f64 = 9.0;

/// Largest change of a hyperparameter in one round, and its largest distance from the expectation in
/// standard deviations of that.
const LARGEST_STEP: f64 = 2.0;
const FARTHEST: f64 = 6.0;

/// Data that share a noise level: H_g, b_g, q_g and N_g.
struct Part {
    information: Mat<f64>,
    pull: Col<f64>,
    square: f64,
    count: f64,
}

impl Part {
    fn new(jacobian: MatRef<'_, f64>, data: &[f64], count: f64) -> Self {
        Self {
            information: jacobian.transpose() * jacobian,
            pull: jacobian.transpose() * ColRef::from_slice(data),
            square: data.iter().map(|y| y * y).sum(),
            count,
        }
    }
}

/// Rows of the score residuals with one unknown noise level.
#[derive(Clone, Debug)]
pub(crate) struct NoisePart {
    /// The rows.
    pub rows: Range<usize>,
    /// N: how many data they stand for.
    pub count: f64,
    /// ln of the present noise level over the first guess of it.
    pub log_factor: f64,
}

/// The linearised problem.
pub(crate) struct Linearised {
    /// The data of known noise, then those of each unknown level.
    parts: Vec<Part>,
    /// ln of every unknown noise level at the linearisation.
    log_noise: Vec<f64>,
    /// y, and K, for the methods that need more than H and b.
    pub data: Vec<f64>,
    pub jacobian: Mat<f64>,
    /// m: for how many data the rows of K stand.
    pub n_data: usize,
    /// φ_data − ½‖r‖² where it was linearised.
    offset: f64,
}

/// ln p(y | η) + ln p(η), its gradient, and its expected curvature.
pub(crate) struct Evaluation {
    pub value: f64,
    pub gradient: Vec<f64>,
    pub information: Mat<f64>,
}

/// The posterior of c at given hyperparameters.
pub(crate) struct Conditional {
    /// ĉ.
    pub mean: Vec<f64>,
    /// Σ.
    pub covariance: Mat<f64>,
}

/// H, b, q and D at given hyperparameters.
struct System {
    /// √s.
    root: Vec<f64>,
    /// e^{−2λ} of every part.
    weights: Vec<f64>,
    /// √s b.
    pull: Col<f64>,
    /// z = D⁻¹√s b.
    z: Col<f64>,
    square: f64,
    factors: Llt<f64>,
}

impl System {
    fn half_log_det(&self) -> f64 {
        self.factors.L().diagonal().column_vector().iter().map(|l| l.ln()).sum()
    }
}

const NOT_FINITE: EvalError = EvalError::NonFinite { quantity: "the evidence" };

impl Linearised {
    /// At c, with φ_data = `cost` there.
    pub(crate) fn new(
        jacobian: Mat<f64>,
        residuals: &[f64],
        cost: f64,
        c: &[f64],
        noise: &[NoisePart],
        n_data: usize,
    ) -> Self {
        let image = &jacobian * ColRef::from_slice(c);
        let data: Vec<f64> = image.iter().zip(residuals).map(|(k, r)| k - r).collect();
        let mut known = Part::new(jacobian.subrows(0, 0), &[], 0.0);
        let mut add_known = |rows: Range<usize>| {
            if !rows.is_empty() {
                let part = Part::new(jacobian.subrows(rows.start, rows.len()), &data[rows], 0.0);
                known.information += part.information;
                known.pull += part.pull;
                known.square += part.square;
            }
        };
        let mut end = 0;
        let mut unknown = Vec::new();
        for NoisePart { rows, count, .. } in noise {
            add_known(end..rows.start);
            end = rows.end;
            let own = jacobian.subrows(rows.start, rows.len());
            unknown.push(Part::new(own, &data[rows.clone()], *count));
        }
        add_known(end..data.len());
        Self {
            parts: std::iter::once(known).chain(unknown).collect(),
            log_noise: noise.iter().map(|part| part.log_factor).collect(),
            data,
            jacobian,
            n_data,
            offset: cost - 0.5 * residuals.iter().map(|r| r * r).sum::<f64>(),
        }
    }

    fn system(&self, eta: &Hyperparameters) -> EvalResult<System> {
        let root: Vec<f64> =
            eta.priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        let weights = self.weights(eta);
        let d = root.len();
        let mut matrix = Mat::<f64>::zeros(d, d);
        let mut pull = Col::zeros(d);
        let mut square = 0.0;
        for (part, &weight) in self.parts.iter().zip(&weights) {
            for j in 0..d {
                let column = part.information.col(j);
                let factor = weight * root[j];
                for i in j..d {
                    matrix[(i, j)] += column[i] * factor * root[i];
                }
                pull[j] += factor * part.pull[j];
            }
            square += weight * part.square;
        }
        for i in 0..d {
            matrix[(i, i)] += 1.0;
        }
        let factors = matrix.llt(Side::Lower).map_err(|_| NOT_FINITE)?;
        let mut z = pull.clone();
        factors.solve_in_place(z.as_mat_mut());
        Ok(System { root, weights, pull, z, square, factors })
    }

    /// ln p(y | η) + ln p(η), up to a constant.
    pub(crate) fn log_evidence(&self, eta: &Hyperparameters) -> EvalResult<f64> {
        let system = self.system(eta)?;
        self.value(eta, &system)
    }

    /// The same without a dominant harmonic and with each of [`Hyperparameters::dominants`], the
    /// probabilities of these included. Only what data can tell may dominate: −∞ where they would not see
    /// a harmonic of natural size if it were all that is unknown.
    pub(crate) fn log_evidences(&self, eta: &Hyperparameters) -> EvalResult<Vec<f64>> {
        let system = self.system(eta)?;
        let none = self.value(eta, &system)?;
        let z = &system.z;
        let mut values = vec![none];
        for (s, k) in eta.dominants().into_iter().flatten() {
            let prior = &eta.priors[s];
            let own = eta.places((s, k));
            let delta = prior.dominant_variance();
            let information = |j: &usize| {
                let parts = self.parts.iter().zip(&system.weights);
                parts.map(|(part, weight)| weight * part.information[(*j, *j)]).sum::<f64>()
            };
            if own.iter().map(information).fold(0.0, f64::max) * delta < SEEN {
                values.push(f64::NEG_INFINITY);
                continue;
            }
            let mut inverse = Mat::<f64>::zeros(z.nrows(), own.len());
            own.iter().enumerate().for_each(|(l, &j)| inverse[(j, l)] = 1.0);
            system.factors.solve_in_place(inverse.as_mut());
            let unit = |i: usize, l: usize| f64::from(u8::from(i == l));
            let seen = Mat::from_fn(own.len(), own.len(), |i, l| {
                let among = (unit(i, l) - inverse[(own[i], l)]) / system.root[own[i]];
                unit(i, l) + delta * among / system.root[own[l]]
            });
            let factors = seen.llt(Side::Lower).map_err(|_| NOT_FINITE)?;
            let half_log_det: f64 =
                factors.L().diagonal().column_vector().iter().map(|l| l.ln()).sum();
            let pull = Col::from_fn(own.len(), |l| z[own[l]] / system.root[own[l]]);
            let mut pulled = pull.clone();
            factors.solve_in_place(pulled.as_mat_mut());
            let gain = 0.5 * delta * (pull.transpose() * pulled) - half_log_det;
            values.push(none + gain + prior.log_odds_of_dominant());
        }
        Ok(values)
    }

    /// ½ ln det D.
    pub(crate) fn half_log_det(&self, eta: &Hyperparameters) -> EvalResult<f64> {
        Ok(self.system(eta)?.half_log_det())
    }

    fn value(&self, eta: &Hyperparameters, system: &System) -> EvalResult<f64> {
        let levels: f64 = self.parts[1..]
            .iter()
            .zip(&eta.log_noise)
            .map(|(part, noise)| part.count * noise)
            .sum();
        let misfit = 0.5 * (system.square - system.pull.transpose() * &system.z) + self.offset;
        let value = eta.log_expectation() - misfit - system.half_log_det() - levels;
        if value.is_finite() { Ok(value) } else { Err(NOT_FINITE) }
    }

    /// The same with its derivatives with respect to the free hyperparameters.
    pub(crate) fn evaluate(&self, eta: &Hyperparameters) -> EvalResult<Evaluation> {
        let system = self.system(eta)?;
        let value = self.value(eta, &system)?;
        let d = system.root.len();
        let mut inverse = Mat::identity(d, d);
        system.factors.solve_in_place(inverse.as_mut());
        let z = &system.z;
        let slopes = eta.slopes();
        let p = slopes.ncols();
        let n_noise = self.log_noise.len();
        let by_variance = Col::from_fn(d, |j| 0.5 * (z[j] * z[j] - 1.0 + inverse[(j, j)]));
        let own = slopes.transpose() * by_variance;
        let mut gradient: Vec<f64> = own.iter().copied().collect();
        let mut information = Mat::zeros(p + n_noise, p + n_noise);
        let squares = Mat::from_fn(d, d, |i, j| {
            let b = f64::from(u8::from(i == j)) - inverse[(i, j)];
            b * b
        });
        let among = slopes.transpose() * squares * &slopes;
        for k in 0..p {
            for l in 0..p {
                information[(k, l)] = 0.5 * among[(k, l)];
            }
        }
        let mut spreads = Vec::with_capacity(n_noise);
        for (g, part) in self.parts[1..].iter().enumerate() {
            let weight = system.weights[g + 1];
            let scaled = Mat::from_fn(d, d, |i, j| {
                weight * system.root[i] * part.information[(i, j)] * system.root[j]
            });
            let image = &scaled * z;
            let pull: f64 = (0..d).map(|j| system.root[j] * part.pull[j] * z[j]).sum();
            let spread = &scaled * &inverse;
            let used: f64 = (0..d).map(|j| spread[(j, j)]).sum();
            let left = weight * (part.square - 2.0 * pull) + z.transpose() * &image;
            gradient.push(left + used - part.count);
            let between = &inverse * &spread;
            for k in 0..p {
                let cross: f64 = (0..d).map(|j| slopes[(j, k)] * between[(j, j)]).sum();
                information[(k, p + g)] = cross;
                information[(p + g, k)] = cross;
            }
            information[(p + g, p + g)] = 2.0 * (part.count - 2.0 * used);
            spreads.push(spread);
        }
        for g in 0..n_noise {
            for h in 0..n_noise {
                let trace: f64 = (0..d)
                    .map(|i| (0..d).map(|j| spreads[g][(i, j)] * spreads[h][(j, i)]).sum::<f64>())
                    .sum();
                information[(p + g, p + h)] += 2.0 * trace;
            }
        }
        for (k, (at, expected)) in eta.free().into_iter().enumerate() {
            gradient[k] -= (at - expected.mean) / (expected.sd * expected.sd);
            information[(k, k)] += 1.0 / (expected.sd * expected.sd);
        }
        if gradient.iter().all(|g| g.is_finite()) && information.is_all_finite() {
            Ok(Evaluation { value, gradient, information })
        } else {
            Err(NOT_FINITE)
        }
    }

    /// The same as an image of standard normal variables.
    pub(super) fn affine(&self, eta: &Hyperparameters) -> EvalResult<Affine> {
        let System { root, factors, z, .. } = self.system(eta)?;
        let mean = z.iter().zip(&root).map(|(z, root)| z * root).collect();
        Ok(Affine { mean, root, factors })
    }

    /// φ_data of the linearised problem at these noise levels.
    pub(crate) fn misfit(&self, c: &[f64], eta: &Hyperparameters) -> f64 {
        let c = ColRef::from_slice(c);
        let of = |part: &Part| {
            let image = &part.information * c;
            part.square - 2.0 * (part.pull.transpose() * c) + c.transpose() * image
        };
        let weights = self.weights(eta);
        let squares = self.parts.iter().zip(weights).map(|(part, weight)| weight * of(part));
        0.5 * squares.sum::<f64>() + self.offset
    }

    /// e^{−2λ} of every part.
    fn weights(&self, eta: &Hyperparameters) -> Vec<f64> {
        let relative = eta.log_noise.iter().zip(&self.log_noise).map(|(new, old)| new - old);
        std::iter::once(1.0).chain(relative.map(|lambda| (-2.0 * lambda).exp())).collect()
    }

    /// The posterior of the coefficients.
    pub(crate) fn conditional(&self, eta: &Hyperparameters) -> EvalResult<Conditional> {
        let system = self.system(eta)?;
        let d = system.root.len();
        let mut inverse = Mat::identity(d, d);
        system.factors.solve_in_place(inverse.as_mut());
        Ok(Conditional {
            mean: system.z.iter().zip(&system.root).map(|(z, root)| z * root).collect(),
            covariance: Mat::from_fn(d, d, |i, j| {
                system.root[i] * inverse[(i, j)] * system.root[j]
            }),
        })
    }

    /// Moves the free hyperparameters to the maximum of the evidence, at most [`LARGEST_STEP`] each;
    /// returns the largest change.
    pub(crate) fn maximise_evidence(&self, eta: &mut Hyperparameters) -> EvalResult<f64> {
        const ITERATIONS: usize = 30;
        /// Gain that ends it, in units of log-probability.
        const WORTHWHILE: f64 = 1e-6;
        let start = eta.read();
        let dim = start.len();
        if dim == 0 {
            return Ok(0.0);
        }
        let boxes: Vec<[f64; 2]> = eta
            .free()
            .into_iter()
            .map(|(at, expected)| {
                let reach = FARTHEST * expected.sd;
                let lower = (at - LARGEST_STEP).max(expected.mean - reach).min(at);
                [lower, (at + LARGEST_STEP).min(expected.mean + reach).max(at)]
            })
            .collect();
        let mut here = self.evaluate(eta)?;
        let mut at = start.clone();
        let mut damping = 1e-3;
        for _ in 0..ITERATIONS {
            let mut gain = 0.0;
            for _ in 0..12 {
                let matrix = Mat::from_fn(dim, dim, |i, j| {
                    here.information[(i, j)] * if i == j { 1.0 + damping } else { 1.0 }
                });
                let Ok(factors) = matrix.llt(Side::Lower) else {
                    damping = (damping * 10.0).max(1e-2);
                    continue;
                };
                let mut step = Mat::from_fn(dim, 1, |i, _| here.gradient[i]);
                factors.solve_in_place(step.as_mut());
                let trial: Vec<f64> = (0..dim)
                    .map(|i| (at[i] + step[(i, 0)]).clamp(boxes[i][0], boxes[i][1]))
                    .collect();
                eta.write(&trial);
                match self.evaluate(eta) {
                    Ok(there) if there.value > here.value => {
                        gain = there.value - here.value;
                        (here, at) = (there, trial);
                        damping *= 0.2;
                        break;
                    }
                    _ => damping = (damping * 5.0).max(1e-3),
                }
            }
            if gain <= WORTHWHILE {
                break;
            }
        }
        eta.write(&at);
        Ok(at.iter().zip(&start).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max))
    }

    /// Multiplies every amplitude by the factor that `choice` finds best; returns the change of its
    /// logarithm.
    pub(crate) fn choose_factor(
        &self,
        choice: PriorChoice,
        priors: &mut [FunctionPrior],
    ) -> EvalResult<f64> {
        const NO_FACTORS: EvalError = EvalError::NonFinite { quantity: "the filter factors" };
        let root: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        let scaled =
            Mat::from_fn(self.jacobian.nrows(), root.len(), |i, j| self.jacobian[(i, j)] * root[j]);
        let svd = scaled.thin_svd().map_err(|_| NO_FACTORS)?;
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
