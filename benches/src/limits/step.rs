//! One Levenberg-Marquardt step beside the faer factorisation that it contains.
//!
//! With J = left · right (m × k by k × p) and Z an orthonormal basis of the rows of `right`, a step
//! factors [J Z, r], m × (k + 1), by QR, and solves one damped problem with the triangle. Measured:
//!
//! - *factorisation*: faer's QR of a dense m × (k + 1) matrix in place, copied in before;
//! - *all factorisations*: the same and those of Z, p_s × k_s for each unknown s, and of the damped
//!   problem, 2 k × (k + 1);
//! - *step*: everything between a linearisation and the next trial, Z and J Z included;
//! - *iteration*: the same with the linearisation and the residual of one trial.
//!
//! An iteration is the difference between fits of 21 and of one iteration, over 20: what is done
//! once a fit, such as the first λ, drops out. The linearisation stays that of the start, and the
//! residuals shrink by a tenth each time, so that every trial is taken and all iterations are the
//! same work. For the step the linearisation is a copy of one made before, and the time of copying
//! is taken off.

use std::error::Error;
use std::ops::Range;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Instant;

use faer::MatMut;
use lacuna::core::{EvalResult, FactoredJacobian, Flow, Objective};
use lacuna::fit::{LevenbergMarquardt, Limits, Optimiser};
use serde::Serialize;

use super::clock::seconds;
use super::kernel::qr_seconds;
use super::problem::{Instance, Size};
use crate::statistics::median;

/// One problem size.
#[derive(Clone, Debug, Serialize)]
pub struct StepCost {
    /// The problem.
    pub size: Size,
    /// Residuals m.
    pub residuals: usize,
    /// Parameters p.
    pub params: usize,
    /// Directions k.
    pub rank: usize,
    /// Rows and columns of what a step factors, [J Z, r] first.
    pub shapes: Vec<[usize; 2]>,
    /// Seconds of faer's QR of an m × (k + 1) matrix.
    pub factorisation: f64,
    /// Seconds of that and of the other factorisations of a step.
    pub factorisations: f64,
    /// Seconds of a step, given the linearisation.
    pub step: f64,
    /// Seconds of one residual.
    pub residual: f64,
    /// Seconds of one factored linearisation.
    pub linearisation: f64,
    /// Seconds of a whole iteration.
    pub iteration: f64,
}

/// Measures one problem size.
///
/// # Errors
/// If the problem cannot be set up or evaluated.
pub fn measure(size: Size, budget: f64) -> Result<StepCost, Box<dyn Error>> {
    let instance = Instance::new(size)?;
    let Instance { objective, theta } = &instance;
    let mut residuals = vec![0.0; objective.n_residuals()];
    let mut jacobian = FactoredJacobian::default();
    let residual = seconds(budget, || objective.residuals(theta, &mut residuals))?;
    let linearisation =
        seconds(budget, || objective.linearise_factored(theta, &mut residuals, &mut jacobian))?;
    let (m, p) = (objective.n_residuals(), objective.n_params());
    let rank = if jacobian.has_right { jacobian.right.nrows() } else { m.min(p) };
    let mut shapes = vec![[m, rank + 1], [m.min(rank) + rank, rank + 1]];
    if jacobian.has_right {
        let ranks = ranks(&jacobian, objective.ranges());
        let bases = objective.ranges().iter().zip(ranks).filter(|(_, rank)| *rank > 0);
        shapes.extend(bases.map(|(range, rank)| [range.len(), rank]));
    }
    let times: Vec<f64> = shapes.iter().map(|&[m, n]| qr_seconds(m, n, budget)).collect();
    let frozen = Frozen { residuals, jacobian };
    let (mut copied, mut copy) = (vec![0.0; m], FactoredJacobian::default());
    let copying = seconds(budget, || {
        frozen.residuals(theta, &mut copied)?;
        frozen.linearise_factored(theta, &mut copied, &mut copy)
    })?;
    let copied_step = iteration_seconds(&Repeated::new(&frozen, theta), theta, budget)?;
    Ok(StepCost {
        size,
        residuals: m,
        params: p,
        rank,
        factorisation: times[0],
        factorisations: times.iter().sum(),
        shapes,
        step: copied_step - copying,
        residual,
        linearisation,
        iteration: iteration_seconds(&Repeated::new(objective, theta), theta, budget)?,
    })
}

/// How many directions each unknown has: the rows of the right factor that hold its parameters.
pub fn ranks(product: &FactoredJacobian, ranges: &[Range<usize>]) -> Vec<usize> {
    let right = product.right.as_ref();
    let holds = |i: usize, range: &Range<usize>| range.clone().any(|j| right[(i, j)] != 0.0);
    ranges.iter().map(|range| (0..right.nrows()).filter(|&i| holds(i, range)).count()).collect()
}

/// Seconds of one iteration of Levenberg-Marquardt.
fn iteration_seconds(
    objective: &Repeated<'_>,
    theta: &[f64],
    budget: f64,
) -> Result<f64, Box<dyn Error>> {
    const MORE: usize = 20;
    let fit = |iterations: usize| -> Result<f64, Box<dyn Error>> {
        let limits = Limits { max_iterations: iterations, patience: 1000, ..Limits::NONE };
        let method = LevenbergMarquardt {
            limits,
            matrix_free_above: usize::MAX,
            ..LevenbergMarquardt::default()
        };
        objective.shrinks.store(0, Ordering::Relaxed);
        let begin = Instant::now();
        let fit = method.minimise(objective, theta, &mut |_| Flow::Continue)?;
        let seconds = begin.elapsed().as_secs_f64();
        let counts = fit.counts;
        if counts.residuals != iterations + 1 || counts.derivatives != iterations {
            return Err(format!("{iterations} iterations of another kind: {counts:?}").into());
        }
        Ok(seconds)
    };
    fit(1)?;
    let mut differences = Vec::new();
    let begin = Instant::now();
    while differences.len() < 5 || begin.elapsed().as_secs_f64() < budget {
        let one = fit(1)?;
        differences.push((fit(1 + MORE)? - one) / MORE as f64);
    }
    Ok(median(&differences))
}

/// An objective that looks the same from every θ, but for residuals that shrink with every
/// evaluation.
struct Repeated<'a> {
    inner: &'a dyn Objective,
    theta: &'a [f64],
    shrinks: AtomicI32,
}

impl<'a> Repeated<'a> {
    fn new(inner: &'a dyn Objective, theta: &'a [f64]) -> Self {
        Self { inner, theta, shrinks: AtomicI32::new(0) }
    }

    fn shrink(&self, residuals: &mut [f64]) {
        let factor = 0.9f64.powi(self.shrinks.load(Ordering::Relaxed));
        residuals.iter_mut().for_each(|r| *r *= factor);
    }
}

impl Objective for Repeated<'_> {
    fn n_params(&self) -> usize {
        self.inner.n_params()
    }
    fn n_residuals(&self) -> usize {
        self.inner.n_residuals()
    }
    fn residuals(&self, _: &[f64], out: &mut [f64]) -> EvalResult {
        self.inner.residuals(self.theta, out)?;
        self.shrinks.fetch_add(1, Ordering::Relaxed);
        self.shrink(out);
        Ok(())
    }
    fn linearise(&self, _: &[f64], r: &mut [f64], jacobian: MatMut<'_, f64>) -> EvalResult {
        self.inner.linearise(self.theta, r, jacobian)?;
        self.shrink(r);
        Ok(())
    }
    fn linearise_factored(
        &self,
        _: &[f64],
        r: &mut [f64],
        jacobian: &mut FactoredJacobian,
    ) -> EvalResult {
        self.inner.linearise_factored(self.theta, r, jacobian)?;
        self.shrink(r);
        Ok(())
    }
}

/// A linearisation made before.
struct Frozen {
    residuals: Vec<f64>,
    jacobian: FactoredJacobian,
}

impl Objective for Frozen {
    fn n_params(&self) -> usize {
        let FactoredJacobian { left, right, has_right } = &self.jacobian;
        if *has_right { right.ncols() } else { left.ncols() }
    }
    fn n_residuals(&self) -> usize {
        self.residuals.len()
    }
    fn residuals(&self, _: &[f64], out: &mut [f64]) -> EvalResult {
        out.copy_from_slice(&self.residuals);
        Ok(())
    }
    fn linearise(&self, _: &[f64], r: &mut [f64], mut jacobian: MatMut<'_, f64>) -> EvalResult {
        r.copy_from_slice(&self.residuals);
        jacobian.copy_from(self.jacobian.product());
        Ok(())
    }
    fn linearise_factored(
        &self,
        _: &[f64],
        r: &mut [f64],
        jacobian: &mut FactoredJacobian,
    ) -> EvalResult {
        r.copy_from_slice(&self.residuals);
        let FactoredJacobian { left, right, has_right } = &self.jacobian;
        jacobian.left.reshape(left.nrows(), left.ncols()).copy_from(left.as_ref());
        jacobian.right.reshape(right.nrows(), right.ncols()).copy_from(right.as_ref());
        jacobian.has_right = *has_right;
        Ok(())
    }
}
