//! Densities: u > 0 with Σ_i w_i u_i = M.
//!
//! Positivity is kept node by node. A step δ that would take u_i below a tenth of itself is
//! replaced, at that node only, by min(T_i, u_i/10): the tails of a density span many orders of
//! magnitude and feel the rest of the state through T, but hardly act back, so one node in a tail
//! must not shorten the step of the whole state.

use lacuna_core::{Conditions, EvalError, EvalResult};

use crate::inner::integral;

/// The largest part of u_i that one step may take away.
const TO_BOUNDARY: f64 = 0.9;
/// Smallest u_i, in units of the mean density: its square is still a normal number.
const FLOOR: f64 = 1e-150;
/// What stands for the missing entries of a guess, in units of the mean density.
const GUESS_FLOOR: f64 = 1e-10;
/// Below this part of its maximum a density is taken from T at the end of a solve.
const TAIL: f64 = 1e-6;

/// The set of densities of one mass.
pub(crate) struct Density {
    mass: f64,
    mean: f64,
}

impl Density {
    /// Fails with [`EvalError::OutOfDomain`] unless the mass is positive and finite.
    pub(crate) fn new(weights: &[f64], conditions: &Conditions) -> EvalResult<Self> {
        let mass = conditions.mass;
        if !(mass > 0.0 && mass.is_finite()) {
            return Err(EvalError::OutOfDomain {
                quantity: "mass",
                value: mass,
                index: 0,
                requirement: "positive and finite",
            });
        }
        Ok(Self { mass, mean: mass / integral(weights, &vec![1.0; weights.len()]) })
    }

    /// Replaces the entries of a guess that are not positive and finite, and normalises it.
    pub(crate) fn sanitise(&self, weights: &[f64], u: &mut [f64]) {
        let valid = |u: f64| u > 0.0 && u.is_finite();
        let largest = u.iter().copied().filter(|&u| valid(u)).fold(0.0, f64::max);
        if largest == 0.0 {
            u.fill(self.mean);
        } else {
            // Scaled by the largest entry first, so that no sum can overflow.
            for u in u.iter_mut() {
                *u = if valid(*u) { (*u / largest).max(FLOOR) } else { GUESS_FLOOR };
            }
        }
        self.normalise(weights, u);
    }

    /// Scales u to the mass, to round-off.
    pub(crate) fn normalise(&self, weights: &[f64], u: &mut [f64]) {
        let factor = self.mass / integral(weights, u);
        for u in u {
            *u *= factor;
        }
    }

    /// `trial` = u + step, kept positive and normalised; `map` is T(u).
    pub(crate) fn advance(
        &self,
        weights: &[f64],
        u: &[f64],
        map: &[f64],
        step: impl Fn(usize) -> f64,
        trial: &mut [f64],
    ) {
        let floor = FLOOR * self.mean;
        for (i, trial) in trial.iter_mut().enumerate() {
            let nearest = (1.0 - TO_BOUNDARY) * u[i];
            let moved = u[i] + step(i);
            // A NaN is kept, for the evaluation to reject.
            *trial = if moved < nearest { map[i].min(nearest).max(floor) } else { moved };
        }
        self.normalise(weights, trial);
    }

    /// `polished` = u with its tails taken from T(u).
    ///
    /// A linear solve leaves an error of about ε max u at every node. In the tails that is large
    /// against u_i, whereas T_i(u) is right to a few ε of itself.
    pub(crate) fn take_tails(&self, weights: &[f64], u: &[f64], map: &[f64], polished: &mut [f64]) {
        let (floor, tail) = (FLOOR * self.mean, TAIL * u.iter().copied().fold(0.0, f64::max));
        for ((polished, &u), &map) in polished.iter_mut().zip(u).zip(map) {
            // Where the state is nearly zero everywhere the floor may lie above the tail.
            *polished = if u < tail { map.max(floor).min(tail) } else { u };
        }
        self.normalise(weights, polished);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(n: usize) -> (Vec<f64>, Density) {
        let weights = vec![1.0 / n as f64; n];
        let density = Density::new(&weights, &Conditions::default()).unwrap();
        (weights, density)
    }

    #[test]
    fn a_broken_guess_becomes_a_density() {
        let (weights, density) = unit(5);
        for guess in [
            [f64::NAN, -1.0, 0.0, f64::INFINITY, 3.0],
            [f64::NAN; 5],
            [0.0; 5],
            [1e300, 1e308, 1e-300, 1.0, -1e300],
        ] {
            let mut u = guess;
            density.sanitise(&weights, &mut u);
            assert!(u.iter().all(|&u| u > 0.0 && u.is_finite()), "{guess:?} gave {u:?}");
            assert!((integral(&weights, &u) - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_step_out_of_the_positive_cone_stays_inside() {
        let (weights, density) = unit(3);
        let mut trial = [0.0; 3];
        density.advance(&weights, &[1.0, 1.0, 1.0], &[1.0, 1e-9, 2.0], |_| -5.0, &mut trial);
        assert!(trial.iter().all(|&u| u > 0.0));
        assert!(trial[1] < 1e-7 * trial[0], "the tail follows T");
    }

    #[test]
    fn a_mass_that_is_not_positive_is_an_error() {
        for mass in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let conditions = Conditions { mass, ..Conditions::default() };
            assert!(matches!(
                Density::new(&[1.0], &conditions),
                Err(EvalError::OutOfDomain { quantity: "mass", .. })
            ));
        }
    }
}
