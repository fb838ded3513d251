//! Along one profile: from the optimum outwards until 2Δφ has passed its threshold.
//!
//! At every t the rest is minimised by Levenberg-Marquardt, from the line through the last two
//! points (at first the tangent dz/dt = D⁻¹n/nᵀD⁻¹n, D = I + SᵀS, of the linearised problem). With the
//! signed root r = ± √(2Δφ), which is linear in t where the problem is, steps are made so that r
//! grows by [`GROWTH`]; the t of a given r is then found between two points by regula falsi.

use faer::linalg::solvers::Solve;
use faer::{Col, Mat, Side};
use lacuna_core::{EvalError, Flow, Objective, Step, Stop};

use super::constrained::{Constrained, Reflection};
use super::{ProfileEnd, ProfileOptions};
use crate::steady::map::{Ask, Whitened};
use crate::{FitError, LevenbergMarquardt, Limits, Optimiser};

/// Growth of r in one step, and the largest factor between steps.
const GROWTH: f64 = 0.5;
const FACTOR: f64 = 2.0;
/// How far r is followed beyond what is asked of it.
const BEYOND: f64 = 1.02;
/// Smallest step, relative to the standard deviation of t.
const SMALLEST_STEP: f64 = 5e-3;
/// Accuracy of r at the ends of an interval, and the number of trials for it.
const ROOT: f64 = 2e-3;
const ROOT_TRIALS: usize = 8;

/// The rest minimised at one t.
#[derive(Clone, Debug)]
pub(super) struct Minimum {
    pub t: f64,
    pub z: Vec<f64>,
    /// φ.
    pub cost: f64,
}

impl Minimum {
    /// φ_data.
    pub(super) fn data_cost(&self) -> f64 {
        self.cost - 0.5 * self.z.iter().map(|z| z * z).sum::<f64>()
    }
}

/// The optimum, and the linearised problem there.
pub(super) struct Centre {
    pub at: Minimum,
    /// Standard deviation of t by Laplace's approximation.
    pub sd: f64,
    /// dz/dt along the profile.
    tangent: Vec<f64>,
}

/// One side of a profile.
pub(super) struct SideOfProfile {
    /// Outwards, without the optimum.
    pub minima: Vec<Minimum>,
    pub end: ProfileEnd,
}

/// What stays the same along a profile.
pub(super) struct Path<'a> {
    pub whitened: Whitened<'a>,
    /// n, as its reflection too.
    pub n: &'a [f64],
    pub reflection: &'a Reflection,
    pub options: &'a ProfileOptions,
    pub ask: Ask<'a>,
}

impl Path<'_> {
    fn method(&self) -> LevenbergMarquardt {
        let limits = Limits {
            max_iterations: self.options.max_iterations,
            smallest_decrease: self.options.smallest_decrease,
            ..Limits::NONE
        };
        LevenbergMarquardt { limits, initial_damping: 1e-6, ..LevenbergMarquardt::default() }
    }

    /// The optimum near z.
    pub(super) fn centre(&self, z: &[f64]) -> Result<Centre, FitError> {
        let fit = self.method().minimise(&self.whitened, z, &mut |_: &Step<'_>| (self.ask)())?;
        let z = fit.theta;
        let (m, d) = (self.whitened.n_residuals(), z.len());
        let mut residuals = vec![0.0; m];
        let mut jacobian = Mat::zeros(m, d);
        self.whitened.linearise(&z, &mut residuals, jacobian.as_mut())?;
        let information = jacobian.transpose() * &jacobian;
        let factors = information
            .llt(Side::Lower)
            .map_err(|_| EvalError::NonFinite { quantity: "the posterior covariance" })?;
        let mut along = Col::from_fn(d, |i| self.n[i]);
        factors.solve_in_place(along.as_mut().as_mat_mut());
        let variance: f64 = along.iter().zip(self.n).map(|(a, n)| a * n).sum();
        let t = self.n.iter().zip(&z).map(|(n, z)| n * z).sum();
        Ok(Centre {
            at: Minimum { t, z, cost: fit.cost },
            sd: variance.sqrt(),
            tangent: along.iter().map(|a| a / variance).collect(),
        })
    }

    /// The minimum at t, from z.
    fn minimise(&self, t: f64, z: &[f64]) -> Result<Minimum, FitError> {
        if z.len() == 1 {
            // Nothing is left to minimise. The derivative is taken all the same: states are followed
            // from where it was taken last.
            let z = self.reflection.point(t, &[]);
            let m = self.whitened.n_residuals();
            let (mut residuals, mut jacobian) = (vec![0.0; m], Mat::zeros(m, 1));
            let cost = self.whitened.cost(&z, &mut residuals)?;
            self.whitened.linearise(&z, &mut residuals, jacobian.as_mut())?;
            return Ok(Minimum { t, z, cost });
        }
        let start = self.reflection.rest(z);
        let objective = Constrained { whitened: &self.whitened, reflection: self.reflection, t };
        let fit = self.method().minimise(&objective, &start, &mut |_: &Step<'_>| (self.ask)())?;
        if fit.stop == Stop::NonFinite {
            return Err(EvalError::NonFinite { quantity: "the profile" }.into());
        }
        Ok(Minimum { t, z: self.reflection.point(t, &fit.theta), cost: fit.cost })
    }

    /// One side of the profile, `direction` = ± 1, until r passes `farthest`.
    pub(super) fn side(&self, centre: &Centre, direction: f64, farthest: f64) -> SideOfProfile {
        let mut minima: Vec<Minimum> = Vec::new();
        let mut step = GROWTH * centre.sd;
        let mut before = 0.0;
        let end = loop {
            if (self.ask)() == Flow::Stop {
                break ProfileEnd::Interrupted;
            }
            if minima.len() >= self.options.max_points {
                break ProfileEnd::TooManyPoints;
            }
            let last = minima.last().unwrap_or(&centre.at);
            let t = last.t + direction * step;
            let guess = match minima.len() {
                0 => moved(&last.z, &centre.tangent, t - last.t),
                count => {
                    let earlier = if count > 1 { &minima[count - 2] } else { &centre.at };
                    between(earlier, last, t)
                }
            };
            let found = self.minimise(t, &guess).or_else(|_| self.minimise(t, &last.z));
            let Ok(found) = found else {
                step *= 0.5;
                if step < SMALLEST_STEP * centre.sd {
                    break ProfileEnd::LostBranch;
                }
                continue;
            };
            let r = root(found.cost - centre.at.cost);
            let growth = (r - before) / GROWTH;
            step *= if growth > 0.0 { growth.recip().clamp(1.0 / FACTOR, FACTOR) } else { FACTOR };
            before = r;
            let is_lower = found.cost < centre.at.cost - self.options.worthwhile;
            minima.push(found);
            if r >= BEYOND * farthest {
                break ProfileEnd::Crossed;
            }
            if is_lower {
                break ProfileEnd::LowerOptimum;
            }
        };
        SideOfProfile { minima, end }
    }

    /// t where r = `target` first, between two points of a side; the trials are added to it.
    pub(super) fn crossing(
        &self,
        centre: &Centre,
        side: &mut SideOfProfile,
        target: f64,
    ) -> Option<f64> {
        let height = |m: &Minimum| root(m.cost - centre.at.cost) - target;
        let place = side.minima.iter().position(|m| height(m) >= 0.0)?;
        let mut outer = side.minima[place].clone();
        let mut inner = match place {
            0 => centre.at.clone(),
            _ => side.minima[place - 1].clone(),
        };
        let (mut low, mut high) = (height(&inner), height(&outer));
        let (mut t, mut before) = (outer.t, 0.0);
        for _ in 0..ROOT_TRIALS {
            t = inner.t - low * (outer.t - inner.t) / (high - low);
            let Ok(found) = self.minimise(t, &between(&inner, &outer, t)) else { break };
            let error = height(&found);
            side.minima.push(found.clone());
            if error.abs() < ROOT {
                break;
            }
            // The height of an end that stays twice is halved (Illinois), so that both ends move.
            let same_side = error * before > 0.0;
            before = error;
            if error < 0.0 {
                (inner, low) = (found, error);
                high *= if same_side { 0.5 } else { 1.0 };
            } else {
                (outer, high) = (found, error);
                low *= if same_side { 0.5 } else { 1.0 };
            }
        }
        let outwards = (outer.t - centre.at.t).signum();
        side.minima.sort_by(|a, b| (outwards * a.t).total_cmp(&(outwards * b.t)));
        Some(t)
    }
}

/// √(2Δφ); 0 below the optimum.
fn root(difference: f64) -> f64 {
    (2.0 * difference).max(0.0).sqrt()
}

fn moved(z: &[f64], tangent: &[f64], by: f64) -> Vec<f64> {
    z.iter().zip(tangent).map(|(z, tangent)| z + by * tangent).collect()
}

/// The line through two points, at t.
fn between(a: &Minimum, b: &Minimum, t: f64) -> Vec<f64> {
    let share = (t - a.t) / (b.t - a.t);
    a.z.iter().zip(&b.z).map(|(a, b)| a + share * (b - a)).collect()
}
