//! Known kernels that are infinite where they are asked for, such as −ln|r| at r = 0.
//!
//! With spacing h, (W*u)(x_i) ≈ h Σ_j W(r_j) u_{i−j} wants a value at a node s where W is infinite but
//! integrable. It is the one with which the sum is the integral,
//!
//! W(s) = (∫ W dr − h Σ_{j ≠ s} W(r_j))/h,
//!
//! over the part of the circle that is nearer to s than to other such nodes: the punctured trapezoidal
//! rule with its correction of lowest order. ∫ W is found cell by cell in double-exponential variables,
//! r = s ± h/(1 + exp(π sinh t)), which approach s without reaching it.

use std::f64::consts::PI;
use std::sync::Arc;

use lacuna_core::{Bound, Scalar, Slot, Surrogate};
use lacuna_surrogate::Expression;

/// Step and end of the double-exponential variable.
const STEP: f64 = 0.0625;
const END: f64 = 6.0;
/// A function is not integrable if the terms next to the singularity are larger than this share.
const NEGLIGIBLE: f64 = 1e-5;

/// Nearer than this, relative to a cell, round-off may reach the singularity.
const NEAR: f64 = 1e-9;

/// An expression with values of its own at some points.
struct Mended {
    expression: Expression,
    x: Vec<f64>,
    values: Vec<f64>,
    reach: f64,
}

impl Surrogate for Mended {
    fn n_params(&self) -> usize {
        0
    }
    fn initial(&self, _: u64) -> Vec<f64> {
        Vec::new()
    }
    fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D {
        let at = x[0].value();
        match self.x.iter().position(|x| (x - at).abs() <= self.reach) {
            Some(i) => D::constant(self.values[i]),
            None => self.expression.eval(theta, x),
        }
    }
}

/// A kernel that has a finite value at every displacement of `slot`; the displacement where it has none
/// and is not integrable either, as an error.
pub(crate) fn mended(expression: Expression, slot: &Slot) -> Result<Bound, f64> {
    let eval = |r: f64| Surrogate::eval::<f64>(&expression, &[], &[r]);
    let nodes = slot.points.coordinates();
    let infinite: Vec<f64> = nodes.iter().copied().filter(|&r| !eval(r).is_finite()).collect();
    let Some((length, lower)) = slot.domain.first().map(|d| (d.upper - d.lower, d.lower)) else {
        return Ok(Bound::known(Arc::new(expression)));
    };
    if infinite.is_empty() || nodes.len() < 2 {
        return Ok(Bound::known(Arc::new(expression)));
    }
    let h = nodes[1] - nodes[0];
    // Displacements as the kernel is asked for, whatever turn they are on.
    let wrapped = |r: f64| {
        let inside = (lower..=lower + length).contains(&r);
        if inside { r } else { lower + (r - lower).rem_euclid(length) }
    };
    let values = infinite.iter().map(|&s| {
        let nearest = infinite.iter().filter(|&&other| other != s);
        let distance = |other: &f64| {
            let apart = (other - s).rem_euclid(length);
            apart.min(length - apart)
        };
        let reach = 0.5 * nearest.map(distance).fold(length, f64::min);
        let cells = (reach / h + 1e-9).floor() as usize;
        if cells == 0 {
            // Infinite at neighbours, so over an interval.
            return Err(s);
        }
        let mut value = 0.0;
        for side in [-1.0, 1.0] {
            let at = |t: f64| eval(wrapped(s + side * t));
            for k in 0..cells {
                let cell = integral(|x| at(h * (k as f64 + x))).ok_or(s)?;
                let next = (k + 1) as f64;
                // The trapezoidal rule up to the last node, which belongs to two sides.
                let share = if k + 1 == cells { 0.5 } else { 1.0 };
                value += cell - share * at(h * next);
            }
        }
        Ok(value)
    });
    let values = values.collect::<Result<Vec<f64>, f64>>()?;
    Ok(Bound::known(Arc::new(Mended { expression, x: infinite, values, reach: 1e-6 * h })))
}

/// ∫₀¹ f, infinite at 0 perhaps; none if that is not integrable.
fn integral(f: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut sum, mut size, mut last) = (0.0, 0.0, 0.0);
    let steps = (END / STEP) as i32;
    for k in -steps..=steps {
        let t = f64::from(k) * STEP;
        let x = (1.0 + (PI * t.sinh()).exp()).recip();
        let term = STEP * PI * t.cosh() * x * (1.0 - x) * f(x);
        if !term.is_finite() {
            // So near that x is the singularity itself, up to round-off.
            if x > NEAR {
                return None;
            }
            break;
        }
        sum += term;
        size += term.abs();
        last = term.abs();
    }
    (sum.is_finite() && last <= NEGLIGIBLE * size).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrals_up_to_a_singularity() {
        let close = |found: Option<f64>, right: f64| {
            assert!(found.is_some_and(|f| (f - right).abs() < 1e-9), "{found:?} {right}");
        };
        close(integral(|x| -x.ln()), 1.0);
        close(integral(|x| x.powf(-0.5)), 2.0);
        close(integral(|x| x * x), 1.0 / 3.0);
        assert_eq!(integral(|x| 1.0 / x), None);
        assert_eq!(integral(|x| x.powf(-1.5)), None);
    }
}
