//! Where a prediction asks more than the data have shown.
//!
//! - A scalar, the mass or a boundary value outside of the range of the fitted experiments, in units of
//!   that range.
//! - Modes û_k of a periodic state that are much larger than in any fitted state: where the kernel W is
//!   recovered, its mode k enters as Ŵ_k û_k.
//! - Displacements between which no fitted state has pairs, p(r) = ∫u(x) u(x + r) dx / M², with W
//!   recovered; places where no fitted state has any density, with V recovered.

use std::f64::consts::TAU;

use lacuna_core::{Argument, Functions as _};

use super::conditions::Predictor;
use crate::units::shown;

/// Modes that are looked at, how much larger one may be, and what counts at all, relative to û_0.
const MODES: usize = 12;
const LARGER: f64 = 3.0;
const LEAST: f64 = 0.05;
/// Density, relative to its mean, below which nothing is seen; the part of a prediction that may lie
/// there.
const EMPTY: f64 = 1e-2;
const LARGEST_PART: f64 = 0.05;

impl Predictor {
    /// Remarks on a state u predicted under the conditions of experiment `index`.
    pub(super) fn extrapolations(&self, index: usize, u: &[f64]) -> Vec<String> {
        if !self.is_recovered || self.states.is_empty() {
            return Vec::new();
        }
        let mut remarks: Vec<String> =
            self.quantities(index).into_iter().filter_map(|q| q.outside()).collect();
        if self.after.model.is_density() {
            let recovered = |argument| {
                let slots = self.after.model.slots();
                let name = |slot: &lacuna_core::Slot| self.recovers(slot.name);
                slots.iter().find(|s| s.argument == argument && name(s)).map(|s| s.name)
            };
            if let Some(kernel) = recovered(Argument::Displacement) {
                remarks.extend(self.unseen_mode(kernel, u));
                remarks.extend(self.unseen_pairs(kernel, u));
            }
            if let Some(potential) = recovered(Argument::Position) {
                remarks.extend(self.unseen_places(potential, u));
            }
        }
        remarks
    }

    /// Every number among the conditions, as fitted and as asked for.
    fn quantities(&self, index: usize) -> Vec<Quantity> {
        let fitted = 0..self.before.n_experiments();
        let mut out = Vec::new();
        let slots = self.after.model.slots().iter().enumerate();
        for (i, slot) in slots.filter(|(_, s)| s.argument == Argument::None) {
            let value = |setup: &crate::Setup, e: usize| {
                setup.known_functions(e).ok().map(|functions| functions.values(i)[0])
            };
            let seen: Vec<f64> = fitted.clone().filter_map(|e| value(&self.before, e)).collect();
            // A recovered scalar has no range; where it has been set, that is a choice.
            let Some(value) = value(&self.after, index).filter(|_| !self.recovers(slot.name))
            else {
                continue;
            };
            out.push(Quantity {
                name: slot.name.to_owned(),
                unit: self.after.unit_of(slot.name),
                seen,
                value,
            });
        }
        let units = self.after.units();
        let target = self.after.conditions(index);
        let observed: Vec<_> = fitted.map(|e| self.before.conditions(e)).collect();
        if self.after.model.is_density() {
            let seen = observed.iter().map(|c| c.mass).collect();
            let (unit, value) = (units.mass(), target.mass);
            out.push(Quantity { name: "mass".into(), unit, seen, value });
        }
        for (side, &value) in target.boundary_values.iter().enumerate() {
            let seen =
                observed.iter().filter_map(|c| c.boundary_values.get(side).copied()).collect();
            let name = format!("boundary value {}", side + 1);
            out.push(Quantity { name, unit: units.state, seen, value });
        }
        out
    }

    fn recovers(&self, name: &str) -> bool {
        self.recovered_names().any(|known| known == name)
    }

    fn unseen_mode(&self, kernel: &str, u: &[f64]) -> Option<String> {
        let of = |u: &[f64]| -> Vec<f64> { (0..=MODES).map(|k| amplitude(u, k)).collect() };
        let target = of(u);
        let seen: Vec<Vec<f64>> = self.states.iter().map(|u| of(u)).collect();
        let part = |modes: &[f64], k: usize| modes[k] / modes[0];
        let (k, here, most) = (1..=MODES.min(u.len() / 2))
            .map(|k| {
                let most = seen.iter().map(|modes| part(modes, k)).fold(0.0, f64::max);
                (k, part(&target, k), most)
            })
            .filter(|(_, here, most)| *here > LEAST && *here > LARGER * most)
            .max_by(|a, b| (a.1 - a.2).total_cmp(&(b.1 - b.2)))?;
        Some(format!(
            "extrapolation: mode {k} of this state has the amplitude {here:.2} of the mean, and at most \
             {most:.2} in the fitted states: mode {k} of {kernel}, which acts through it, was hardly seen"
        ))
    }

    fn unseen_pairs(&self, kernel: &str, u: &[f64]) -> Option<String> {
        let n = u.len();
        let pairs = |u: &[f64]| -> Vec<f64> {
            let total: f64 = u.iter().sum();
            let at = |r: usize| -> f64 { (0..n).map(|i| u[i] * u[(i + r) % n]).sum() };
            (0..n).map(|r| at(r) / (total * total)).collect()
        };
        let seen: Vec<Vec<f64>> = self.states.iter().map(|u| pairs(u)).collect();
        let part = unseen_part(&pairs(u), &seen);
        (part > LARGEST_PART).then(|| {
            format!(
                "extrapolation: {:.0} % of the pairs of this state lie at displacements at which the \
                 fitted states have hardly any: {kernel} was not seen there",
                100.0 * part
            )
        })
    }

    fn unseen_places(&self, potential: &str, u: &[f64]) -> Option<String> {
        let parts = |u: &[f64]| -> Vec<f64> {
            let total: f64 = u.iter().sum();
            u.iter().map(|u| u / total).collect()
        };
        let seen: Vec<Vec<f64>> = self.states.iter().map(|u| parts(u)).collect();
        let part = unseen_part(&parts(u), &seen);
        (part > LARGEST_PART).then(|| {
            format!(
                "extrapolation: {:.0} % of this state lies where the fitted states have hardly any \
                 density: {potential} was not seen there",
                100.0 * part
            )
        })
    }
}

/// The part of a distribution over n points that lies where none of those seen has more than [`EMPTY`]
/// of the mean.
fn unseen_part(target: &[f64], seen: &[Vec<f64>]) -> f64 {
    let level = EMPTY / target.len() as f64;
    let empty = |i: usize| seen.iter().all(|seen| seen[i] < level);
    target.iter().enumerate().filter(|(i, _)| empty(*i)).map(|(_, part)| part).sum()
}

/// |Σ_i u_i e^{−2πi k i/n}| / n.
fn amplitude(u: &[f64], k: usize) -> f64 {
    let n = u.len();
    let angle = |i: usize| TAU * ((k * i) % n) as f64 / n as f64;
    let (mut re, mut im) = (0.0, 0.0);
    for (i, u) in u.iter().enumerate() {
        re += u * angle(i).cos();
        im += u * angle(i).sin();
    }
    re.hypot(im) / n as f64
}

struct Quantity {
    name: String,
    /// One unit of the numbers in those of the problem.
    unit: f64,
    seen: Vec<f64>,
    value: f64,
}

impl Quantity {
    /// What to say where it lies outside of what was fitted.
    fn outside(&self) -> Option<String> {
        let Self { name, unit, seen, value } = self;
        let lower = seen.iter().copied().fold(f64::INFINITY, f64::min);
        let upper = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let round_off = 1e-9 * lower.abs().max(upper.abs());
        if seen.is_empty() || (lower - round_off..=upper + round_off).contains(value) {
            return None;
        }
        let beyond = if *value > upper { value - upper } else { lower - value };
        let given = |value: f64| shown(value * unit);
        let (value, least, most) = (given(*value), given(lower), given(upper));
        Some(if upper - lower > round_off {
            format!(
                "extrapolation: {name} = {value} lies outside of the fitted {least} to {most}, by \
                 {:.2} of that range",
                beyond / (upper - lower)
            )
        } else {
            format!("extrapolation: {name} = {value}, and {least} in all that was fitted")
        })
    }
}
