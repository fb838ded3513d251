//! Newton's method onto the branch: F(u, λ) = 0 and ⟨t, (u, λ) − (u_0, λ_0)⟩ = s.
//!
//! t = (0, 1) holds the parameter, t = the tangent is pseudo-arclength, t = (φ, 0) leaves a branch
//! point along the kernel. Where the state may be translated, ⟨u_ref', u⟩ = 0 picks one translate
//! and a multiplier of u_ref' makes the system square; the multiplier vanishes with the residual.

use lacuna_core::EvalResult;

use super::family::{Border, Direction, Family, Point, is_no_point};
use crate::inner::dot;

/// Newton iterations before a step counts as failed.
const MAX_ITERATIONS: usize = 10;
/// Relative residual of the linear solves.
const LINEAR: f64 = 1e-6;
/// A residual that Newton no longer halves is round-off below this.
const ROUND_OFF: f64 = 1e-10;
/// The residual may not grow by more than this factor.
const DIVERGENCE: f64 = 10.0;

/// The hyperplane on which a solution is sought.
pub(super) struct Plane<'p> {
    pub(super) base: &'p Point,
    pub(super) normal: &'p Direction,
    pub(super) offset: f64,
}

/// A point on a branch.
pub(super) struct Corrected {
    pub(super) point: Point,
    /// Newton iterations it took.
    pub(super) iterations: usize,
}

impl Family<'_> {
    /// From `guess` to the branch; none if Newton's method does not get there.
    pub(super) fn correct(
        &mut self,
        guess: Point,
        plane: &Plane<'_>,
        phase: Option<&[f64]>,
        tolerance: f64,
    ) -> EvalResult<Option<Corrected>> {
        match self.newton(guess, plane, phase, tolerance) {
            Err(error) if is_no_point(&error) => Ok(None),
            result => result,
        }
    }

    fn newton(
        &mut self,
        guess: Point,
        plane: &Plane<'_>,
        phase: Option<&[f64]>,
        tolerance: f64,
    ) -> EvalResult<Option<Corrected>> {
        let n = self.weights.len();
        let borders = 1 + usize::from(phase.is_some());
        let mut point = guess;
        let mut trial = vec![0.0; n];
        let mut slope = vec![0.0; n];
        let mut rhs = vec![0.0; n + borders];
        let mut step = vec![0.0; n + borders];
        let mut previous = f64::INFINITY;
        for iterations in 0..=MAX_ITERATIONS {
            let functions = self.functions(point.parameter);
            let mut local = self.local(&functions, &point.u)?;
            let gap = plane.offset - self.along(plane.normal, plane.base, &point);
            let relative = local.relative;
            if !relative.is_finite() || (iterations > 1 && relative > DIVERGENCE * previous) {
                return Ok(None);
            }
            let stagnant = iterations > 1 && relative > 0.5 * previous && relative <= ROUND_OFF;
            let on_plane = gap.abs() <= ROUND_OFF * self.unit;
            if on_plane && (relative <= tolerance || stagnant) {
                return Ok(Some(Corrected { point, iterations }));
            }
            previous = relative;
            self.slope(&functions, &local, &point.u, &mut slope)?;
            rhs[..n].iter_mut().zip(&local.residual).for_each(|(rhs, r)| *rhs = -r);
            rhs[n] = gap;
            let parameter =
                Border { column: &slope, row: &plane.normal.u, corner: plane.normal.parameter };
            let mut derivative = |v: &[f64], out: &mut [f64]| local.map.product(v, out);
            let stop = match phase {
                Some(phase) => {
                    rhs[n + 1] = -dot(self.weights, phase, &point.u);
                    let translation = Border { column: phase, row: phase, corner: 0.0 };
                    let borders = [parameter, translation];
                    self.solve(&mut derivative, &borders, &rhs, &mut step, LINEAR)?
                }
                None => self.solve(&mut derivative, &[parameter], &rhs, &mut step, LINEAR)?,
            };
            if !(stop.is_converged() || step.iter().all(|s| s.is_finite())) {
                return Ok(None);
            }
            self.advance(&point.u, &local.image, &step[..n], &mut trial);
            drop(local);
            point.u.copy_from_slice(&trial);
            point.parameter += self.scale * step[n];
        }
        Ok(None)
    }

    /// The state at a given parameter.
    pub(super) fn at_parameter(
        &mut self,
        guess: Point,
        parameter: f64,
        phase: Option<&[f64]>,
        tolerance: f64,
    ) -> EvalResult<Option<Corrected>> {
        let n = self.weights.len();
        let base = Point { u: guess.u.clone(), parameter };
        let normal = Direction { u: vec![0.0; n], parameter: 1.0 };
        let plane = Plane { base: &base, normal: &normal, offset: 0.0 };
        self.correct(Point { parameter, ..guess }, &plane, phase, tolerance)
    }

    /// The unit tangent of the branch at a point, on the side of `towards`.
    pub(super) fn tangent(
        &mut self,
        point: &Point,
        towards: &Direction,
        phase: Option<&[f64]>,
    ) -> EvalResult<Direction> {
        let n = self.weights.len();
        let functions = self.functions(point.parameter);
        let mut local = self.local(&functions, &point.u)?;
        let mut slope = vec![0.0; n];
        self.slope(&functions, &local, &point.u, &mut slope)?;
        let mut rhs = vec![0.0; n + 1 + usize::from(phase.is_some())];
        rhs[n] = 1.0;
        let mut solution = rhs.clone();
        let parameter = Border { column: &slope, row: &towards.u, corner: towards.parameter };
        let mut derivative = |v: &[f64], out: &mut [f64]| local.map.product(v, out);
        match phase {
            Some(phase) => {
                let translation = Border { column: phase, row: phase, corner: 0.0 };
                self.solve(&mut derivative, &[parameter, translation], &rhs, &mut solution, 1e-10)?;
            }
            None => {
                self.solve(&mut derivative, &[parameter], &rhs, &mut solution, 1e-10)?;
            }
        }
        let mut tangent = Direction { u: solution[..n].to_vec(), parameter: solution[n] };
        self.normalise(&mut tangent);
        Ok(tangent)
    }
}
