//! Other functions that the same data cannot tell from given ones.
//!
//! The observations that F⁰ predicts are fitted with the prior centred at a displacement: what the data
//! see of it is undone, what they do not see stays.

use faer::Mat;
use faer::linalg::solvers::SolveLstsq;
use lacuna_core::EvalResult;

use super::map::ModalProblem;
use super::modes::FunctionPrior;
use super::nominal::Nominal;
use super::problem::SteadyProblem;
use crate::{FitError, Information};

/// Steps in which a displacement is made.
const STEPS: u32 = 4;
/// Gauss-Newton steps of each, the smallest part of one, and the change of z that ends them.
const MOST_STEPS: usize = 12;
const SMALLEST_SHARE: f64 = 1e-3;
const SETTLED: f64 = 1e-6;

/// Other functions that predict nearly the same.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// Values of every unknown at the points of its slot.
    pub values: Vec<Vec<f64>>,
    /// Root mean square of the change of each unknown (of its logarithm, where it is positive).
    pub distances: Vec<f64>,
    /// Largest change of a prediction, in units of its noise.
    pub largest_residual: f64,
    /// Sum of squares of the changes of all predictions, in units of the noise.
    pub chi_square: f64,
    /// Largest change of a state at a node, relative to the largest value of the state.
    pub state_change: f64,
}

impl Nominal {
    /// Functions near F⁰ displaced by `z` (d, in units of the prior's standard deviations) that predict
    /// as F⁰ does, as far as the functions allow: the observations of F⁰, with their noise multiplied
    /// by `precision`, are fitted with the prior centred at the displacement.
    ///
    /// # Errors
    /// If no state can be followed there.
    pub fn alternative(&self, z: &[f64], precision: f64) -> Result<Alternative, FitError> {
        let mut problem = self.problem.clone();
        for (state, u) in problem.states.iter_mut().zip(&self.states) {
            state.observations = state.observations.exact(u, precision)?;
        }
        let priors = self.priors();
        let sd: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        problem.refer(&self.values)?;
        // The displacement may be too far for the states to follow at once.
        let mut c = vec![0.0; sd.len()];
        for step in 1..=STEPS {
            let share = f64::from(step) / f64::from(STEPS);
            let center: Vec<f64> = z.iter().map(|z| share * z).collect();
            nearest_fit(&problem, &sd, &center, &mut c)?;
        }
        let values = problem.values(&c);
        let states = problem.steady_states(&values)?;
        let mut own = self.problem.clone();
        for (state, u) in own.states.iter_mut().zip(&self.states) {
            state.observations = state.observations.exact(u, 1.0)?;
        }
        let mut exact = Vec::new();
        for (state, u) in own.states.iter().zip(&states) {
            exact.extend(state.observations.scores(u)?);
        }
        let distance = |prior: &FunctionPrior, start: usize| -> f64 {
            c[start..start + prior.modes.len()].iter().map(|c| c * c).sum::<f64>().sqrt()
        };
        let mut start = 0;
        let distances = priors
            .iter()
            .map(|prior| {
                start += prior.modes.len();
                distance(prior, start - prior.modes.len())
            })
            .collect();
        let change = |(a, b): (&Vec<f64>, &Vec<f64>)| -> f64 {
            let largest = b.iter().fold(0.0, |largest: f64, u| largest.max(u.abs()));
            let moved = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            moved / largest
        };
        Ok(Alternative {
            values,
            distances,
            largest_residual: exact.iter().map(|r| r.abs()).fold(0.0, f64::max),
            chi_square: exact.iter().map(|r| r * r).sum(),
            state_change: states.iter().zip(&self.states).map(change).fold(0.0, f64::max),
        })
    }
}

/// Minimises ½‖r(c)‖² + ½‖c/sd − center‖² from `c` by undamped Gauss-Newton steps, halved where the
/// states cannot follow: near the minimum the residuals are small, and damping in proportion to their
/// steep derivative would hold back the flat directions that are wanted.
fn nearest_fit(
    problem: &SteadyProblem,
    sd: &[f64],
    center: &[f64],
    c: &mut Vec<f64>,
) -> EvalResult {
    let (m, d) = (problem.n_scores(), sd.len());
    let mut residuals = vec![0.0; m];
    let mut jacobian = Mat::zeros(m, d);
    let off = |c: &[f64]| -> Vec<f64> {
        c.iter().zip(sd).zip(center).map(|((c, sd), center)| c / sd - center).collect()
    };
    let square = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
    for _ in 0..MOST_STEPS {
        problem.linearise(c, Information::Working, &mut residuals, jacobian.as_mut())?;
        let away = off(c);
        let cost = square(&residuals) + square(&away);
        let stacked = Mat::from_fn(m + d, d, |i, j| {
            if i < m { jacobian[(i, j)] * sd[j] } else { f64::from(u8::from(i - m == j)) }
        });
        let rhs = Mat::from_fn(m + d, 1, |i, _| if i < m { -residuals[i] } else { -away[i - m] });
        let step = stacked.qr().solve_lstsq(&rhs);
        let mut share = 1.0;
        let moved = loop {
            let new: Vec<f64> = (0..d).map(|j| c[j] + share * sd[j] * step[(j, 0)]).collect();
            let outcome = problem.evaluate(&new, &mut residuals);
            if outcome.is_ok() && square(&residuals) + square(&off(&new)) < cost {
                *c = new;
                break true;
            }
            share *= 0.5;
            if share < SMALLEST_SHARE {
                break false;
            }
        };
        if !moved || share * step.norm_l2() < SETTLED {
            break;
        }
    }
    Ok(())
}
