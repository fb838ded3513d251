//! The convex relaxation: weights between 0 and r_i, experiments opened in part.
//!
//! Newton's method on t Φ/scale + barrier (`barrier.rs`) for growing t, until the certified bound
//! of `bound.rs` is near Φ. For the largest eigenvalue Φ = Ψ_p (`schatten.rs`), and with X = ∇Ψ_p
//! normalised to trace 1, λ_max(B(w')) ≥ tr(X B(w')) for every w', which is convex: the bound is
//! that of the right side.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use lacuna_core::{EvalResult, Flow};
use rayon::prelude::*;

use super::barrier::Barrier;
use super::bound::largest_gain;
use super::criterion::Smooth;
use super::posterior::Posterior;
use super::problem::{Criterion, DesignProblem};
use super::schatten::Schatten;

/// Growth of t.
const GROWTH: f64 = 12.0;
/// Where round-off ends the search.
const LARGEST_T: f64 = 1e13;
const NEWTON_STEPS: usize = 40;
/// Half the squared Newton decrement at which the centre is near enough.
const CENTRED: f64 = 0.05;
const SHORTEST: f64 = 1e-10;

/// What no design can beat, and the weights that come near it.
#[derive(Clone, Debug)]
pub(super) struct Relaxed {
    /// Φ of every feasible design is at least this.
    pub bound: f64,
    /// Weights w (n).
    pub weights: Vec<f64>,
    /// Open parts y of the experiments.
    pub open: Vec<f64>,
}

/// What differences of Φ are compared with: a variance with itself, an information with what of it
/// can be gained.
pub(super) fn yardstick(criterion: Criterion, before: f64, bound: f64) -> f64 {
    let unit = match criterion {
        Criterion::LogDet => before - bound,
        Criterion::Trace | Criterion::Largest => bound,
    };
    unit.max(f64::MIN_POSITIVE)
}

/// Solves the relaxation until the bound is within `tolerance` of its value, in units of the
/// yardstick.
pub(super) fn relax(
    problem: &DesignProblem,
    smooth: Smooth,
    tolerance: f64,
    ask: &mut dyn FnMut(f64) -> Flow,
) -> EvalResult<Relaxed> {
    let n = problem.len();
    let barrier = Barrier::new(problem);
    let mut x = barrier.start();
    let nothing = mean_value(problem, smooth, &vec![0.0; n])?;
    let all: Vec<f64> = problem.candidates.iter().map(|c| c.replicates as f64).collect();
    // What all measurements together would gain.
    let scale = (nothing - mean_value(problem, smooth, &all)?).max(f64::MIN_POSITIVE);
    let mut best = Relaxed { bound: f64::NEG_INFINITY, weights: Vec::new(), open: Vec::new() };
    let mut t = barrier.count() as f64;
    loop {
        let bound = best.bound;
        centre(problem, smooth, &barrier, t / scale, &mut x, &mut || ask(bound))?;
        let (weights, open) = x.split_at(n);
        let Certified { value, bound } = certify(problem, smooth, weights)?;
        if bound > best.bound || best.weights.is_empty() {
            best = Relaxed { bound, weights: weights.to_vec(), open: open.to_vec() };
        }
        let unit = yardstick(problem.criterion, nothing, best.bound);
        // For Ψ_p the bound of λ_max stays apart from Ψ_p itself.
        let near = value - bound <= tolerance * unit;
        let exact = barrier.count() as f64 * scale / t <= 0.2 * tolerance * unit;
        if near || exact || t > LARGEST_T || ask(best.bound) == Flow::Stop {
            return Ok(best);
        }
        t *= GROWTH;
    }
}

/// Newton's method on t Φ + b from `x`, which is moved, until `ask` stops it.
fn centre(
    problem: &DesignProblem,
    smooth: Smooth,
    barrier: &Barrier<'_>,
    t: f64,
    x: &mut Vec<f64>,
    ask: &mut dyn FnMut() -> Flow,
) -> EvalResult<()> {
    let (n, size) = (problem.len(), x.len());
    let merit = |x: &[f64]| -> EvalResult<f64> {
        let outside = barrier.value(x);
        if !outside.is_finite() {
            return Ok(f64::INFINITY);
        }
        Ok(t * mean_value(problem, smooth, &x[..n])? + outside)
    };
    let mut value = merit(x)?;
    for _ in 0..NEWTON_STEPS {
        if ask() == Flow::Stop {
            break;
        }
        let Derivatives { gradient: own, hessian: block } = derivatives(problem, smooth, &x[..n])?;
        let mut gradient = vec![0.0; size];
        let mut hessian = Mat::<f64>::zeros(size, size);
        for i in 0..n {
            gradient[i] = t * own[i];
        }
        for k in 0..n {
            for i in 0..n {
                hessian[(i, k)] = t * block[(i, k)];
            }
        }
        barrier.add_derivatives(x, &mut gradient, hessian.as_mut());
        let step = newton_step(&mut hessian, &gradient);
        let decrement: f64 = -step.iter().zip(&gradient).map(|(s, g)| s * g).sum::<f64>();
        if !(decrement.is_finite() && 0.5 * decrement > CENTRED) {
            break;
        }
        let mut length = 1.0;
        loop {
            let trial: Vec<f64> = x.iter().zip(&step).map(|(x, s)| x + length * s).collect();
            let at = merit(&trial)?;
            if at <= value - 0.1 * length * decrement {
                (*x, value) = (trial, at);
                break;
            }
            length *= 0.5;
            if length < SHORTEST {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// −H⁻¹ g, with a ridge where round-off has made H indefinite.
fn newton_step(hessian: &mut Mat<f64>, gradient: &[f64]) -> Vec<f64> {
    let size = gradient.len();
    // Scaled to a unit diagonal: weights near 0 have curvatures 1/w².
    let scale: Vec<f64> = (0..size).map(|i| hessian[(i, i)].abs().sqrt().recip()).collect();
    let mut ridge = 0.0;
    loop {
        let scaled = Mat::from_fn(size, size, |i, j| {
            hessian[(i, j)] * scale[i] * scale[j] + if i == j { ridge } else { 0.0 }
        });
        if let Ok(cholesky) = scaled.llt(Side::Lower) {
            let mut step = Mat::from_fn(size, 1, |i, _| -gradient[i] * scale[i]);
            cholesky.solve_in_place(step.as_mut());
            return (0..size).map(|i| step[(i, 0)] * scale[i]).collect();
        }
        ridge = (10.0 * ridge).max(1e-12);
        if ridge > 1e3 {
            return vec![0.0; size];
        }
    }
}

struct Derivatives {
    gradient: Vec<f64>,
    hessian: Mat<f64>,
}

/// The mean of Φ_j over the truths.
pub(super) fn mean_value(
    problem: &DesignProblem,
    smooth: Smooth,
    weights: &[f64],
) -> EvalResult<f64> {
    let values =
        problem.truths.par_iter().map(|truth| smooth.value(&Posterior::new(truth, weights)?));
    let values: Vec<f64> = values.collect::<EvalResult<_>>()?;
    Ok(values.iter().sum::<f64>() / values.len() as f64)
}

fn derivatives(
    problem: &DesignProblem,
    smooth: Smooth,
    weights: &[f64],
) -> EvalResult<Derivatives> {
    let n = weights.len();
    let share = 1.0 / problem.truths.len() as f64;
    let parts = problem.truths.par_iter().map(|truth| {
        let (mut gradient, mut hessian) = (vec![0.0; n], Mat::zeros(n, n));
        let at = Posterior::new(truth, weights)?;
        smooth.add_derivatives(&at, share, &mut gradient, hessian.as_mut())?;
        Ok(Derivatives { gradient, hessian })
    });
    let parts: Vec<Derivatives> = parts.collect::<EvalResult<_>>()?;
    let mut sum = Derivatives { gradient: vec![0.0; n], hessian: Mat::zeros(n, n) };
    for part in parts {
        sum.gradient.iter_mut().zip(&part.gradient).for_each(|(to, from)| *to += from);
        sum.hessian += part.hessian;
    }
    Ok(sum)
}

struct Certified {
    /// Φ at the weights.
    value: f64,
    /// At most Φ of every design.
    bound: f64,
}

/// The bound from the tangent at `weights`.
fn certify(problem: &DesignProblem, smooth: Smooth, weights: &[f64]) -> EvalResult<Certified> {
    let n = weights.len();
    let share = 1.0 / problem.truths.len() as f64;
    let (mut value, mut tangent_at, mut slopes) = (0.0, 0.0, vec![0.0; n]);
    for truth in &problem.truths {
        let at = Posterior::new(truth, weights)?;
        let own = smooth.value(&at)?;
        value += share * own;
        match smooth.criterion {
            Criterion::Trace | Criterion::LogDet => {
                tangent_at += share * own;
                for (i, slope) in slopes.iter_mut().enumerate() {
                    *slope += share
                        * match smooth.criterion {
                            Criterion::LogDet => 0.5 * at.leverage[i],
                            _ => at.seen.col(i).squared_norm_l2(),
                        };
                }
            }
            Criterion::Largest => {
                let schatten = Schatten::new(&at.goal, smooth.power)?;
                let x = schatten.slopes();
                let total: f64 = x.iter().sum();
                let rotated = schatten.rotated(&at.seen);
                let linear: f64 = x.iter().zip(&schatten.eigenvalues).map(|(x, l)| x * l).sum();
                tangent_at += share * linear / total;
                for (i, slope) in slopes.iter_mut().enumerate() {
                    let y = rotated.col(i);
                    let own: f64 = x.iter().zip(y.iter()).map(|(x, y)| x * y * y).sum();
                    *slope += share * own / total;
                }
            }
        }
    }
    // ∇Φ = −slopes, and ∇Φ·(w' − w) = Σ slopes w − Σ slopes w'.
    let here: f64 = slopes.iter().zip(weights).map(|(s, w)| s * w).sum();
    Ok(Certified { value, bound: tangent_at + here - largest_gain(problem, &slopes) })
}

#[cfg(test)]
pub(super) mod for_tests {
    use super::*;

    /// ∇Φ and ∇²Φ.
    pub fn gradient_and_hessian(
        problem: &DesignProblem,
        smooth: Smooth,
        weights: &[f64],
    ) -> (Vec<f64>, Mat<f64>) {
        let Derivatives { gradient, hessian } = derivatives(problem, smooth, weights).unwrap();
        (gradient, hessian)
    }

    /// The tangent bound at any weights.
    pub fn bound_at(problem: &DesignProblem, smooth: Smooth, weights: &[f64]) -> f64 {
        certify(problem, smooth, weights).unwrap().bound
    }
}
