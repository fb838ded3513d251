//! States that no branch has led to yet: deflated Newton at one value of the parameter.
//!
//! With the known states u_i, Newton's method is applied to M(u) F(u), M = Π_i (1/d_i² + 1),
//! d_i = ‖u − u_i‖/U, which does not vanish at any u_i. Its step is that of F times the scalar
//! 1/(1 − ∇M·δ/M): no other linear system is solved. Where states may be translated, d_i is the
//! distance to the nearest translate of u_i by whole nodes.
//!
//! Source: Farrell, Birkisson, Funke, SIAM J. Sci. Comput. 37 (2015) A2026.

use std::f64::consts::TAU;

use lacuna_core::EvalResult;

use super::family::{Border, Family, Point, is_no_point};
use crate::inner::{dot, norm};

/// Newton iterations from one guess.
const MAX_ITERATIONS: usize = 40;
/// Relative residual at which deflation has done its work.
const NEAR: f64 = 1e-8;
/// Largest step, relative to the state.
const LONGEST: f64 = 0.5;
/// Largest factor that deflation puts on a step.
const STRETCH: f64 = 20.0;
/// Modes of the guesses, and how strongly they modulate a state.
const MODES: usize = 3;
const STRENGTH: f64 = 1.5;
/// Known states that guesses are made from.
const PARENTS: usize = 6;

impl Family<'_> {
    /// A state at `parameter` that is none of `known`, from `guess`; none if that does not succeed.
    pub(super) fn deflated(
        &mut self,
        parameter: f64,
        known: &[Vec<f64>],
        guess: Vec<f64>,
    ) -> EvalResult<Option<Point>> {
        match self.deflated_newton(parameter, known, guess) {
            Err(error) if is_no_point(&error) => Ok(None),
            result => result,
        }
    }

    fn deflated_newton(
        &mut self,
        parameter: f64,
        known: &[Vec<f64>],
        guess: Vec<f64>,
    ) -> EvalResult<Option<Point>> {
        let n = self.weights.len();
        let functions = self.functions(parameter);
        let mut point = Point { u: guess, parameter };
        self.sanitise(&mut point.u);
        let mut trial = point.u.clone();
        for _ in 0..MAX_ITERATIONS {
            let mut local = self.local(&functions, &point.u)?;
            if !local.relative.is_finite() {
                return Ok(None);
            }
            let phase = self.translation(&point);
            if local.relative <= NEAR {
                drop(local);
                let found = self.at_parameter(point, parameter, phase.as_deref(), 1e-13)?;
                let Some(found) = found else { return Ok(None) };
                let u = &found.point.u;
                let new = !known.iter().any(|k| self.coincide(k, u, parameter));
                return Ok(new.then_some(found.point));
            }
            let borders = usize::from(phase.is_some());
            let mut rhs = vec![0.0; n + borders];
            let mut step = vec![0.0; n + borders];
            rhs[..n].iter_mut().zip(&local.residual).for_each(|(rhs, r)| *rhs = -r);
            let mut derivative = |v: &[f64], out: &mut [f64]| local.map.product(v, out);
            match &phase {
                Some(phase) => {
                    let border = Border { column: phase, row: phase, corner: 0.0 };
                    self.solve(&mut derivative, &[border], &rhs, &mut step, 1e-4)?;
                }
                None => {
                    self.solve(&mut derivative, &[], &rhs, &mut step, 1e-4)?;
                }
            }
            step.truncate(n);
            if step.iter().any(|s| !s.is_finite()) {
                return Ok(None);
            }
            let slope: f64 = known
                .iter()
                .map(|known| self.repulsion(&point.u, known, &step, phase.is_some()))
                .sum();
            let factor = (1.0 - slope).recip();
            let factor = if factor.is_finite() { factor.clamp(-STRETCH, STRETCH) } else { 1.0 };
            let length = factor.abs() * norm(self.weights, &step);
            let longest = LONGEST * norm(self.weights, &point.u);
            let factor = if length > longest { factor * longest / length } else { factor };
            step.iter_mut().for_each(|s| *s *= factor);
            self.advance(&point.u, &local.image, &step, &mut trial);
            drop(local);
            point.u.copy_from_slice(&trial);
        }
        Ok(None)
    }

    /// ∇m·δ/m for m = 1/d² + 1.
    fn repulsion(&self, u: &[f64], known: &[f64], step: &[f64], translates: bool) -> f64 {
        let n = u.len();
        let shift = if translates { nearest_shift(u, known) } else { 0 };
        let apart: Vec<f64> = (0..n).map(|i| u[i] - known[(i + n - shift) % n]).collect();
        let square = dot(self.weights, &apart, &apart) / (self.unit * self.unit);
        let change = dot(self.weights, &apart, step) / (self.unit * self.unit);
        -2.0 * change / (square * (1.0 + square))
    }

    /// Guesses: known states and the uniform one, modulated by the longest waves on the grid.
    pub(super) fn guesses(&self, known: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let n = self.weights.len();
        let density = self.model.is_density();
        let mut parents: Vec<Vec<f64>> = known.iter().take(PARENTS).cloned().collect();
        parents.insert(0, vec![self.unit; n]);
        let mut guesses = Vec::new();
        for parent in &parents {
            for mode in 1..=MODES {
                for quarter in 0..4 {
                    let phase = |i: usize| {
                        TAU * (mode as f64 * i as f64 / n as f64 + f64::from(quarter) / 4.0)
                    };
                    let wave = |i: usize| STRENGTH * phase(i).cos();
                    let guess = parent.iter().enumerate().map(|(i, u)| {
                        if density { u * wave(i).exp() } else { u + self.unit * wave(i) }
                    });
                    guesses.push(guess.collect());
                }
            }
        }
        guesses
    }
}

/// The shift by whole nodes that takes `known` nearest to u: the largest correlation.
fn nearest_shift(u: &[f64], known: &[f64]) -> usize {
    let n = u.len();
    let correlation = |shift: usize| {
        let (head, tail) = known.split_at(n - shift);
        let far: f64 = u[shift..].iter().zip(head).map(|(a, b)| a * b).sum();
        far + u[..shift].iter().zip(tail).map(|(a, b)| a * b).sum::<f64>()
    };
    (0..n).map(|s| (s, correlation(s))).max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |best| best.0)
}
