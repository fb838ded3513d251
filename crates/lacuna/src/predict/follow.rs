//! A steady state followed while its conditions change.
//!
//! Functions and mass go from their values under the observed conditions (λ = 0) to those asked for
//! (λ = 1) along a straight line. Each step starts Newton's method at the extrapolation of the last
//! two states, and is taken if the state changes by no more than [`LARGEST_CHANGE`] of itself and
//! stays near the extrapolation; otherwise it is halved. Where not even the shortest step can be
//! taken, the branch has ended (a fold) or turned too sharply.
//!
//! The number of unstable directions tells what was passed: a step over which it changes is halved too,
//! down to a part [`Path::finest`] of the way. A step that had only jumped to another branch (past an
//! imperfect bifurcation) then finds its own; where the number still changes, the branch itself has
//! been crossed there.

use lacuna_core::{Conditions, Flow, Functions as _, Model, Tabulated};
use lacuna_identify::solve_near;
use lacuna_solve::{LeadingModes, leading_modes};

/// Largest change of a state in one step, relative to the state.
const LARGEST_CHANGE: f64 = 0.2;
/// A state further from its extrapolation than this part of its change, and this part of itself, has
/// left the branch.
const OFF_PREDICTION: f64 = 1.0;
const OFF_STATE: f64 = 0.02;
const SHORTEST: f64 = 1e-4;
/// Accuracy of eigenvalues, of which the sign is wanted.
const EIGENVALUES: f64 = 1e-6;

/// Where a state was followed to.
pub(super) struct Followed {
    /// The last state.
    pub u: Vec<f64>,
    /// λ there: 1 where it arrived.
    pub reached: f64,
    /// Whether the caller asked to stop.
    pub interrupted: bool,
    /// What was crossed on the way.
    pub crossings: Vec<Crossing>,
    /// Unstable directions at the last state; none where that is not known or was not asked.
    pub unstable: Option<usize>,
}

/// A change of the number of unstable directions along a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Crossing {
    pub lambda: f64,
    pub before: usize,
    pub after: usize,
}

/// The two ends of a path.
pub(super) struct Path<'a> {
    pub model: &'a dyn Model,
    pub from: (&'a Tabulated, &'a Conditions),
    pub to: (&'a Tabulated, &'a Conditions),
    /// The shortest step over which a change of stability is looked for; none if it is not.
    pub finest: Option<f64>,
}

impl Path<'_> {
    fn at(&self, lambda: f64) -> (Tabulated, Conditions) {
        if lambda == 1.0 {
            return (self.to.0.clone(), self.to.1.clone());
        }
        let between = |a: f64, b: f64| a + lambda * (b - a);
        let values = (0..self.model.slots().len()).map(|slot| {
            let ends = self.from.0.values(slot).iter().zip(self.to.0.values(slot));
            ends.map(|(a, b)| between(*a, *b)).collect()
        });
        let (a, b) = (self.from.1, self.to.1);
        let ends = a.boundary_values.iter().zip(&b.boundary_values);
        let conditions = Conditions {
            mass: between(a.mass, b.mass),
            boundary_values: ends.map(|(a, b)| between(*a, *b)).collect(),
        };
        (Tabulated::from_values(values.collect()), conditions)
    }

    fn norm(&self, value: impl Fn(usize) -> f64) -> f64 {
        let squares = self.model.weights().iter().enumerate().map(|(i, w)| w * value(i).powi(2));
        squares.sum::<f64>().sqrt()
    }

    fn unstable(&self, functions: &Tabulated, conditions: &Conditions, u: &[f64]) -> Option<usize> {
        self.finest?;
        let modes = leading(self.model, functions, conditions, u)?;
        Some(modes.stability.unstable_directions)
    }

    /// Follows the state `start` of λ = 0.
    pub(super) fn follow(&self, start: &[f64], ask: &dyn Fn() -> Flow) -> Followed {
        let (functions, conditions) = self.at(0.0);
        let mut followed = Followed {
            u: start.to_vec(),
            reached: 0.0,
            interrupted: false,
            crossings: Vec::new(),
            unstable: None,
        };
        let Some(here) = solve_near(self.model, &functions, &conditions, start) else {
            return followed;
        };
        followed.unstable = self.unstable(&functions, &conditions, &here);
        followed.u = here;
        let mut before: Option<(f64, Vec<f64>)> = None;
        let mut step = 1.0;
        while followed.reached < 1.0 {
            if ask() == Flow::Stop {
                followed.interrupted = true;
                return followed;
            }
            if step < SHORTEST {
                return followed;
            }
            let (lambda, here) = (followed.reached, &followed.u);
            let next = if lambda + step > 1.0 - SHORTEST { 1.0 } else { lambda + step };
            let guess = extrapolate(here, before.as_ref(), lambda, next, self.model.is_density());
            let (functions, conditions) = self.at(next);
            let found = solve_near(self.model, &functions, &conditions, &guess)
                .filter(|found| self.is_near(here, &guess, found, before.is_some()));
            let Some(found) = found else {
                step *= 0.5;
                continue;
            };
            let unstable = self.unstable(&functions, &conditions, &found);
            if let (Some(old), Some(new), Some(finest)) = (followed.unstable, unstable, self.finest)
                && old != new
            {
                if step > finest {
                    step *= 0.5;
                    continue;
                }
                let lambda = 0.5 * (lambda + next);
                followed.crossings.push(Crossing { lambda, before: old, after: new });
            }
            followed.unstable = unstable;
            before = Some((lambda, std::mem::replace(&mut followed.u, found)));
            followed.reached = next;
            step *= 1.5;
        }
        followed
    }

    fn is_near(&self, here: &[f64], guess: &[f64], found: &[f64], extrapolated: bool) -> bool {
        let size = self.norm(|i| here[i]);
        let change = self.norm(|i| found[i] - here[i]);
        let off = self.norm(|i| found[i] - guess[i]);
        let expected = self.norm(|i| guess[i] - here[i]);
        change <= LARGEST_CHANGE * size
            && (!extrapolated || off <= OFF_PREDICTION * expected + OFF_STATE * size)
    }
}

/// The leading eigenvalues and eigenvectors at a steady state, where the equation evolves.
pub(super) fn leading(
    model: &dyn Model,
    functions: &Tabulated,
    conditions: &Conditions,
    u: &[f64],
) -> Option<LeadingModes> {
    leading_modes(model, functions, conditions, u, 1, EIGENVALUES).ok().flatten()
}

/// The state at `next` on the line through the last two, in the logarithm for a density.
fn extrapolate(
    here: &[f64],
    before: Option<&(f64, Vec<f64>)>,
    lambda: f64,
    next: f64,
    density: bool,
) -> Vec<f64> {
    let Some((earlier, before)) = before else { return here.to_vec() };
    let factor = (next - lambda) / (lambda - earlier);
    let pairs = here.iter().zip(before);
    pairs
        .map(|(u, b)| if density { u * (u / b).powf(factor) } else { u + factor * (u - b) })
        .collect()
}
