//! From the true functions along changes that no prediction sees, as far as wanted.
//!
//! In coordinates z of all unknowns (prior standard deviations of their modes, 0 at the truth) the
//! functions with the same predictions, r(z) = 0 in units of the noise, are a curved surface. On it the
//! point nearest to a given z* is approached: a step along the tangent, z + h (I − V Vᵀ)(z* − z) with V
//! the right singular vectors of S(z) = ∂r/∂z that are seen, and back to the surface by z − S⁺ r of that
//! point. States and S are computed from the start at every point.

use faer::linalg::solvers::Svd;
use faer::{ColRef, Mat};
use lacuna::fit::{FunctionPrior, Link};
use lacuna::{DiagnosePlan, Examination};

use super::examine::Failure;

/// Steps of the whole way.
const STEPS: usize = 6;
/// Most returns to the surface after a step.
const RETURNS: usize = 8;
/// Largest difference of a prediction, in units of the noise, that counts as none.
const ON_SURFACE: f64 = 1e-4;
/// Smallest singular value of S that is seen: a prior standard deviation along it changes the predictions
/// by this much of the noise.
const SEEN: f64 = 1e-4;

/// The problem at one point of the way.
struct Here {
    residuals: Vec<f64>,
    svd: Svd<f64>,
}

/// The way from the truth.
struct Way<'a> {
    plan: &'a DiagnosePlan,
    truth: &'a Examination,
    sd: Vec<f64>,
}

/// Values of all unknowns with the predictions of the truth, near the displacement `wanted` (d).
///
/// # Errors
/// If a state on the way cannot be found.
pub fn follow(
    plan: &DiagnosePlan,
    truth: &Examination,
    wanted: &[f64],
) -> Result<Vec<Vec<f64>>, Failure> {
    let priors = &truth.sensitivity.priors;
    let sd = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
    let way = Way { plan, truth, sd };
    let mut z = vec![0.0; wanted.len()];
    let mut here = way.at(&z)?;
    for step in 0..STEPS {
        let share = 1.0 / (STEPS - step) as f64;
        let away: Vec<f64> = wanted.iter().zip(&z).map(|(w, z)| w - z).collect();
        let (v, seen) = (here.svd.V(), here.n_seen());
        let mut tangent = away.clone();
        for k in 0..seen {
            let along: f64 = v.col(k).iter().zip(&away).map(|(v, a)| v * a).sum();
            tangent.iter_mut().zip(v.col(k).iter()).for_each(|(t, v)| *t -= along * v);
        }
        z.iter_mut().zip(&tangent).for_each(|(z, t)| *z += share * t);
        for _ in 0..RETURNS {
            here = way.at(&z)?;
            if here.residuals.iter().all(|r| r.abs() < ON_SURFACE) {
                break;
            }
            here.step_back(&mut z);
        }
    }
    Ok(way.values(&z))
}

impl Way<'_> {
    /// All unknowns at z.
    fn values(&self, z: &[f64]) -> Vec<Vec<f64>> {
        let of = &self.truth.sensitivity;
        let parts = of.priors.iter().zip(&of.values).zip(&of.columns);
        parts
            .map(|((prior, values), columns)| {
                let c: Vec<f64> = columns.clone().map(|j| z[j] * self.sd[j]).collect();
                let change = prior.modes.values() * ColRef::from_slice(&c);
                let changed = |(value, change): (&f64, &f64)| match prior.link {
                    Link::Identity => value + change,
                    Link::Exponential => value * change.exp(),
                };
                values.iter().zip(change.iter()).map(changed).collect()
            })
            .collect()
    }

    fn at(&self, z: &[f64]) -> Result<Here, Failure> {
        let there = self.plan.examine_at(&self.values(z))?;
        let jacobian = &there.sensitivity.jacobian;
        let s = Mat::from_fn(jacobian.nrows(), z.len(), |i, j| jacobian[(i, j)] * self.sd[j]);
        let svd = s.thin_svd().map_err(|_| "singular values of S do not converge")?;
        Ok(Here { residuals: differences(self.truth, &there)?, svd })
    }
}

impl Here {
    fn n_seen(&self) -> usize {
        self.svd.S().column_vector().iter().filter(|s| **s > SEEN).count()
    }

    /// z − S⁺ r.
    fn step_back(&self, z: &mut [f64]) {
        let (u, s, v) = (self.svd.U(), self.svd.S().column_vector(), self.svd.V());
        for k in 0..self.n_seen() {
            let along: f64 = u.col(k).iter().zip(&self.residuals).map(|(u, r)| u * r).sum();
            z.iter_mut().zip(v.col(k).iter()).for_each(|(z, v)| *z -= along / s[k] * v);
        }
    }
}

/// Predictions of `there` less those of `truth`, in units of the noise.
///
/// # Errors
/// If a predicted value has no likelihood.
pub fn differences(truth: &Examination, there: &Examination) -> Result<Vec<f64>, Failure> {
    let mut all = Vec::new();
    let states = truth.nominal.states().iter().zip(there.nominal.states());
    for (e, (first, second)) in states.enumerate() {
        let exact = truth.nominal.observations(e).exact(first, 1.0)?;
        all.extend(exact.scores(second)?);
    }
    Ok(all)
}
