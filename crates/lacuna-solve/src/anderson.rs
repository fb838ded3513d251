//! Anderson-accelerated, damped Picard iteration.
//!
//! With f_k = T(u_k) − u_k and the last m differences Δu_j, Δf_j,
//!
//! γ = argmin ‖f_k − Σ γ_j Δf_j‖,  u_(k+1) = u_k + β f_k − Σ γ_j (Δu_j + β Δf_j).
//!
//! m = 0 is the damped Picard iteration. The small least-squares problem is solved by modified
//! Gram-Schmidt in the weighted norm, the newest difference first; from the first column that is
//! nearly dependent on newer ones, the older history is left out. A step that more than doubles ‖f‖
//! is kept but the history forgotten, so that the next one is a Picard step: of 24 hard starts of
//! the tests' toy equation four did not converge in 300 steps without this, and all do with it. β
//! is halved, and the history forgotten, whenever T is not finite at the new state or 20 steps pass
//! without a residual at least a tenth better than the best so far: a repulsive T needs β < 2/(1 +
//! |λ|).
//!
//! Picard (m = 0) leaves states that are unstable under T; with m > 0 the method is a multisecant
//! one and may converge to them.
//!
//! Source: Walker, Ni, SIAM J. Numer. Anal. 49 (2011) 1715.

use lacuna_core::{Flow, Stop};

use crate::fixed_point::{FixedPoint, Iterate};
use crate::inner::{add_scaled, dot, norm};
use crate::record::{Method, Record};

/// A column whose new part is smaller than this counts as dependent.
const INDEPENDENT: f64 = 1e-8;
const PATIENCE: usize = 20;
const PROGRESS: f64 = 0.9;
const LEAST_DAMPING: f64 = 1e-3;
/// A step that increases the residual norm by more than this makes the history worthless.
const GROWTH: f64 = 2.0;
/// The iterates ran away when they exceed the start by this factor.
const RUNAWAY: f64 = 1e8;

/// Options of one Anderson stage.
#[derive(Clone, Debug, PartialEq)]
pub struct AndersonOptions {
    /// Limit on steps.
    pub max_iterations: usize,
    /// Number m of differences kept; 0 for plain damped Picard.
    pub depth: usize,
    /// The first β, in (0, 1].
    pub damping: f64,
    /// Relative residual at which the next stage takes over. The last stage goes on to the
    /// tolerance of the solve.
    pub hand_over: f64,
}

impl AndersonOptions {
    /// Plain damped Picard until a guess is good enough for Newton.
    pub fn approach() -> Self {
        Self { depth: 0, hand_over: 1e-2, max_iterations: 100, ..Self::default() }
    }
}

impl Default for AndersonOptions {
    fn default() -> Self {
        Self { max_iterations: 300, depth: 5, damping: 0.5, hand_over: 1e-4 }
    }
}

/// Buffers of the method.
pub(crate) struct Anderson {
    depth: usize,
    /// Differences in use, at most `depth`.
    stored: usize,
    /// Where the next difference goes.
    next: usize,
    du: Vec<Vec<f64>>,
    df: Vec<Vec<f64>>,
    orthonormal: Vec<Vec<f64>>,
    /// R by columns, `depth` apart.
    triangle: Vec<f64>,
    gamma: Vec<f64>,
    f: Vec<f64>,
    step: Vec<f64>,
    trial: Iterate,
}

impl Anderson {
    pub(crate) fn new(n: usize, options: &AndersonOptions) -> Self {
        let depth = options.depth.min(n);
        let columns = vec![vec![0.0; n]; depth];
        Self {
            depth,
            stored: 0,
            next: 0,
            du: columns.clone(),
            df: columns.clone(),
            orthonormal: columns,
            triangle: vec![0.0; depth * depth],
            gamma: vec![0.0; depth],
            f: vec![0.0; n],
            step: vec![0.0; n],
            trial: Iterate::new(vec![0.0; n]),
        }
    }

    /// Moves `at`, which has been evaluated, until its relative residual is at most `target`.
    pub(crate) fn run(
        &mut self,
        problem: &mut FixedPoint<'_>,
        at: &mut Iterate,
        target: f64,
        options: &AndersonOptions,
        record: &mut Record<'_>,
    ) -> Stop {
        if !at.is_finite() {
            return Stop::NonFinite;
        }
        if record.step(Method::Anderson, 0, at, 0, 0.0) == Flow::Stop {
            return Stop::Interrupted;
        }
        let start_scale = at.scale;
        let (mut damping, mut best, mut since_best) = (options.damping, at.residual, 0);
        self.stored = 0;
        let mut iteration = 0;
        while at.residual > target {
            if iteration == options.max_iterations {
                return Stop::MaxIterations;
            }
            self.propose(problem.weights(), at, damping);
            let step = &self.step;
            if !problem.try_step(at, |i| step[i], &mut self.trial) {
                if damping < LEAST_DAMPING {
                    return Stop::NonFinite;
                }
                damping *= 0.5;
                self.stored = 0;
                continue;
            }
            if self.trial.norm > GROWTH * at.norm {
                self.stored = 0;
            } else {
                self.remember(at);
            }
            std::mem::swap(at, &mut self.trial);
            iteration += 1;
            if record.step(Method::Anderson, iteration, at, 0, damping) == Flow::Stop {
                return Stop::Interrupted;
            }
            if at.scale > RUNAWAY * start_scale {
                return Stop::Diverged;
            }
            since_best += 1;
            if at.residual < PROGRESS * best {
                (best, since_best) = (at.residual, 0);
            } else if since_best == PATIENCE {
                since_best = 0;
                if damping > LEAST_DAMPING {
                    damping *= 0.5;
                    self.stored = 0;
                }
            }
        }
        Stop::Converged
    }

    /// `step` = β f − Σ γ_j (Δu_j + β Δf_j).
    fn propose(&mut self, weights: &[f64], at: &Iterate, damping: f64) {
        for ((f, map), u) in self.f.iter_mut().zip(&at.map).zip(&at.u) {
            *f = map - u;
        }
        let used = self.least_squares(weights);
        for (step, f) in self.step.iter_mut().zip(&self.f) {
            *step = damping * f;
        }
        for age in 0..used {
            let (slot, gamma) = (self.slot(age), self.gamma[age]);
            add_scaled(&mut self.step, -gamma, &self.du[slot]);
            add_scaled(&mut self.step, -gamma * damping, &self.df[slot]);
        }
    }

    /// Solves for γ, newest difference first; returns how many columns were independent.
    fn least_squares(&mut self, weights: &[f64]) -> usize {
        let mut used = 0;
        for age in 0..self.stored {
            let slot = self.slot(age);
            let (known, rest) = self.orthonormal.split_at_mut(age);
            let column = &mut rest[0];
            column.copy_from_slice(&self.df[slot]);
            let before = norm(weights, column);
            for (row, q) in known.iter().enumerate() {
                let projection = dot(weights, q, column);
                self.triangle[age * self.depth + row] = projection;
                add_scaled(column, -projection, q);
            }
            let length = norm(weights, column);
            if length <= INDEPENDENT * before || !length.is_finite() {
                break;
            }
            self.triangle[age * self.depth + age] = length;
            column.iter_mut().for_each(|q| *q /= length);
            self.gamma[age] = dot(weights, column, &self.f);
            used += 1;
        }
        for row in (0..used).rev() {
            let mut sum = self.gamma[row];
            for column in row + 1..used {
                sum -= self.triangle[column * self.depth + row] * self.gamma[column];
            }
            self.gamma[row] = sum / self.triangle[row * self.depth + row];
        }
        used
    }

    /// Stores the differences between `trial` and the state before it.
    fn remember(&mut self, before: &Iterate) {
        if self.depth == 0 {
            return;
        }
        let after = &self.trial;
        let (du, df) = (&mut self.du[self.next], &mut self.df[self.next]);
        for i in 0..du.len() {
            du[i] = after.u[i] - before.u[i];
            df[i] = (after.map[i] - after.u[i]) - (before.map[i] - before.u[i]);
        }
        self.next = (self.next + 1) % self.depth;
        self.stored = (self.stored + 1).min(self.depth);
    }

    /// Where the difference of this age is kept, 0 for the newest.
    fn slot(&self, age: usize) -> usize {
        (self.next + self.depth - 1 - age) % self.depth
    }
}
