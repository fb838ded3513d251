//! A start that is close already: the functions in a linear class first, then in their own.
//!
//! Where the residual is affine in all unknown functions together, they can be found in a linear
//! class by one direct solve (here harmonics on a circle, Legendre polynomials between two ends;
//! directions without signal left out as in [`solve_least_squares`](crate::solve_least_squares)).
//! That pilot is then approximated by each function in its own class, one at a time, in the plain
//! L² norm. The norm is the point: the data see some directions of a function a thousand times
//! better than others, so a fit to the data creeps along the latter, where the pilot has been
//! already.

use std::f64::consts::TAU;

use faer::{Mat, MatMut};
use lacuna_core::sums::weighted_dot;
use lacuna_core::{
    Argument, EvalResult, Flow, Function, Objective, Points, Pool, Slot, Step, Symmetry,
};

use crate::{FieldObjective, LevenbergMarquardt, Limits, Optimiser, VariableProjection};

/// Harmonics, or degree of the polynomials, of the pilot.
const RESOLUTION: usize = 16;
/// Points at which a function is fitted to the pilot, at least, where there are so many.
const POINTS: usize = 64;
/// The approximation of the pilot need not be better than this, relative in L².
const CLOSE: f64 = 2e-5;
/// First damping of that approximation: a function class that is rich enough can come arbitrarily
/// close, so that Gauss-Newton steps are good from the start.
const INITIAL_DAMPING: f64 = 1e-7;

/// The unknown functions as found in a linear class.
#[derive(Clone, Debug)]
pub struct Pilot {
    /// Values of each unknown at the points of its slot.
    pub values: Vec<Vec<f64>>,
}

/// The functions in which the pilot of a slot is sought, as columns at its points.
pub(crate) fn pilot_basis(slot: &Slot) -> Mat<f64> {
    let n = slot.points.len();
    let Some(domain) = slot.domain.first() else { return Mat::full(1, 1, 1.0) };
    let coordinate = |i: usize| (slot.points.get(i)[0] - domain.lower) / domain.length();
    let constant = usize::from(!slot.gauge);
    if domain.periodic {
        // Mirror images share a point, so that a symmetric slot holds half of the circle.
        let on_circle = if slot.symmetry == Symmetry::None { n } else { 2 * (n - 1) };
        let harmonics = RESOLUTION.min((on_circle - 1) / 2);
        let waves: &[bool] = match slot.symmetry {
            Symmetry::None => &[true, false],
            Symmetry::Even => &[true],
            Symmetry::Odd => &[false],
        };
        let constant = if slot.symmetry == Symmetry::Odd { 0 } else { constant };
        // Phases from x = 0, about which functions are symmetric.
        let origin = -domain.lower / domain.length();
        Mat::from_fn(n, constant + harmonics * waves.len(), |i, j| {
            if j < constant {
                return 1.0;
            }
            let (k, wave) = ((j - constant) / waves.len() + 1, (j - constant) % waves.len());
            let phase = TAU * k as f64 * (coordinate(i) - origin);
            if waves[wave] { phase.cos() } else { phase.sin() }
        })
    } else {
        let degrees = RESOLUTION.min(n - 1);
        let mut basis = Mat::zeros(n, degrees + constant);
        for i in 0..n {
            let z = 2.0 * coordinate(i) - 1.0;
            let (mut before, mut here) = (1.0, z);
            if constant == 1 {
                basis[(i, 0)] = 1.0;
            }
            for k in 1..=degrees {
                basis[(i, k - 1 + constant)] = here;
                let k = k as f64;
                (before, here) = (here, ((2.0 * k + 1.0) * z * here - k * before) / (k + 1.0));
            }
        }
        basis
    }
}

/// Parameters of every unknown that come close to the pilot, from the random start `theta`.
///
/// Where a function cannot be fitted its part of the start is kept.
pub(crate) fn start_near(pilot: &Pilot, objective: &FieldObjective, theta: &[f64]) -> Vec<f64> {
    let mut start = theta.to_vec();
    let slots = objective.model().slots();
    let parts = objective.unknowns().iter().zip(objective.ranges()).zip(&pilot.values);
    for ((unknown, range), values) in parts {
        let (slot, function) = (&slots[unknown.slot], unknown.function.as_ref());
        if let Some(theta) = approximate(slot, function, values, &theta[range.clone()]) {
            start[range.clone()].copy_from_slice(&theta);
        }
    }
    start
}

/// Parameters of a function that come close to `values` at the points of its slot, from `theta`.
pub(crate) fn approximate(
    slot: &Slot,
    function: &dyn Function,
    values: &[f64],
    theta: &[f64],
) -> Option<Vec<f64>> {
    Approximation::new(slot, function, values).solve(theta)
}

/// One function fitted to the pilot at some points of its slot: r = √(w/Σw) ∘ (f − pilot), without
/// its mean where the function is determined up to a constant.
struct Approximation<'a> {
    function: &'a dyn Function,
    points: Points,
    target: Vec<f64>,
    root_weights: Vec<f64>,
    gauge: bool,
    linear: Vec<std::ops::Range<usize>>,
}

impl<'a> Approximation<'a> {
    fn new(slot: &Slot, function: &'a dyn Function, values: &[f64]) -> Self {
        let stride = (values.len() / POINTS).max(1);
        let chosen = || (0..values.len()).step_by(stride);
        let total: f64 = chosen().map(|i| slot.weights[i]).sum();
        let points = if slot.argument == Argument::None {
            slot.points.clone()
        } else {
            Points::line(chosen().map(|i| slot.points.get(i)[0]).collect())
        };
        let linear = function.linear_params();
        Self {
            function,
            points,
            target: chosen().map(|i| values[i]).collect(),
            root_weights: chosen().map(|i| (slot.weights[i] / total).sqrt()).collect(),
            gauge: slot.gauge,
            linear: if linear.is_empty() { Vec::new() } else { vec![linear] },
        }
    }

    fn solve(&self, theta: &[f64]) -> Option<Vec<f64>> {
        if theta.is_empty() {
            return None;
        }
        let mut size = self.target.clone();
        self.weigh(&mut size);
        let size: f64 = size.iter().map(|r| r * r).sum();
        let limits = Limits {
            max_iterations: 40,
            target_cost: 0.5 * CLOSE * CLOSE * size,
            patience: 5,
            worthwhile: 0.1,
            ..Limits::NONE
        };
        let initial_damping = INITIAL_DAMPING;
        let outer = LevenbergMarquardt { limits, initial_damping, ..Default::default() };
        let go_on = &mut |_: &Step<'_>| Flow::Continue;
        let fit = if self.linear.is_empty() {
            outer.minimise(self, theta, go_on)
        } else {
            VariableProjection { outer, ..Default::default() }.minimise(self, theta, go_on)
        };
        fit.ok().map(|fit| fit.theta)
    }

    /// Removes the mean of function values if it has no meaning, and weighs them.
    fn weigh(&self, values: &mut [f64]) {
        if self.gauge {
            let mean = weighted_dot(&self.root_weights, &self.root_weights, values);
            values.iter_mut().for_each(|v| *v -= mean);
        }
        values.iter_mut().zip(&self.root_weights).for_each(|(v, w)| *v *= w);
    }

    fn weigh_columns(&self, mut columns: MatMut<'_, f64>) {
        for j in 0..columns.ncols() {
            if let Some(column) = columns.as_mut().col_mut(j).try_as_col_major_mut() {
                self.weigh(column.as_slice_mut());
            }
        }
    }

    fn finish_residuals(&self, residuals: &mut [f64]) {
        residuals.iter_mut().zip(&self.target).for_each(|(r, target)| *r -= target);
        self.weigh(residuals);
    }
}

impl Objective for Approximation<'_> {
    fn n_params(&self) -> usize {
        self.function.n_params()
    }

    fn n_residuals(&self) -> usize {
        self.target.len()
    }

    fn residuals(&self, theta: &[f64], out: &mut [f64]) -> EvalResult {
        self.function.values(theta, &self.points, &mut Pool::new(), out);
        self.finish_residuals(out);
        Ok(())
    }

    fn linearise(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) -> EvalResult {
        let pool = &mut Pool::new();
        self.function.linearise(theta, &self.points, pool, residuals, jacobian.as_mut());
        self.finish_residuals(residuals);
        self.weigh_columns(jacobian);
        Ok(())
    }

    fn linear_params(&self) -> &[std::ops::Range<usize>] {
        &self.linear
    }

    fn linear_basis(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        mut basis: MatMut<'_, f64>,
    ) -> EvalResult {
        let mut pool = Pool::new();
        self.function.values(theta, &self.points, &mut pool, residuals);
        self.finish_residuals(residuals);
        self.function.linear_basis(theta, &self.points, &mut pool, basis.as_mut());
        self.weigh_columns(basis);
        Ok(())
    }
}
