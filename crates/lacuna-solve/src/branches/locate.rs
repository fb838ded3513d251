//! Folds, branch points and Hopf points between two points of a branch.
//!
//! At a fold the tangent has no part along the parameter; at a branch point a real eigenvalue of
//! the linearised evolution is zero, at a Hopf point the real part of a complex pair. Each is the
//! zero of a function of the arclength s: dq/ds, or the real part of the k-th leading eigenvalue,
//! with k the smaller number of unstable directions at the two ends. A bracketed secant
//! method (Illinois) finds it on the branch itself, each trial corrected to it.
//!
//! A branch that meets another one head-on, as both halves of a pitchfork do, turns back in the
//! parameter like a fold, but the number of unstable directions is the same before and after.
//!
//! Source: Dowell, Jarratt, BIT 11 (1971) 168; Govaerts (SIAM 2000).

use lacuna_core::EvalResult;

use super::Event;
use super::family::{Border, Direction, Family};
use super::station::{Station, Way};
use crate::inner::{add_scaled, dot, norm};

/// Trials of the bracketed secant method.
const MAX_TRIALS: usize = 40;
/// Accuracy of the arclength of an event, in units of the state.
const ACCURACY: f64 = 1e-11;
/// A real part below this part of the rate of relaxation is that of the event itself.
const ZERO: f64 = 1e-5;
/// A direction is independent of others if this part of it is left without them.
const INDEPENDENT: f64 = 0.3;

/// What is zero at an event.
enum Test {
    /// dq/ds.
    Turning,
    /// The real part of the k-th leading eigenvalue.
    Growth(usize),
}

impl Test {
    fn value(&self, station: &Station) -> Option<f64> {
        match self {
            Self::Turning => Some(station.tangent.parameter),
            Self::Growth(k) => station.growth(*k),
        }
    }
}

struct Located {
    offset: f64,
    station: Station,
}

impl Family<'_> {
    /// The events between two stations, in order; each a station of its own.
    pub(super) fn events(
        &mut self,
        from: &Station,
        to: &Station,
        count: usize,
    ) -> EvalResult<Vec<Station>> {
        let mut found: Vec<Located> = Vec::new();
        let turns = from.tangent.parameter * to.tangent.parameter < 0.0;
        if turns && let Some(mut fold) = self.locate(from, to, &Test::Turning, count)? {
            self.name_turning(&mut fold.station, from, to)?;
            found.push(fold);
        }
        if let (Some(before), Some(after)) = (from.unstable(), to.unstable()) {
            for k in before.min(after)..before.max(after) {
                let Some(mut crossing) = self.locate(from, to, &Test::Growth(k), count)? else {
                    continue;
                };
                let whole = self.along(&from.tangent, &from.point, &to.point);
                // The other eigenvalues that cross there, and the one that a fold has.
                let near = |other: &Located| (other.offset - crossing.offset).abs() < 1e-4 * whole;
                if found.iter().any(near) {
                    continue;
                }
                self.name_crossing(&mut crossing.station, k)?;
                found.push(crossing);
            }
        }
        found.sort_by(|a, b| a.offset.total_cmp(&b.offset));
        Ok(found.into_iter().map(|located| located.station).collect())
    }

    fn locate(
        &mut self,
        from: &Station,
        to: &Station,
        test: &Test,
        count: usize,
    ) -> EvalResult<Option<Located>> {
        let (mut low, mut high) = (0.0, self.along(&from.tangent, &from.point, &to.point));
        let (Some(mut at_low), Some(mut at_high)) = (test.value(from), test.value(to)) else {
            return Ok(None);
        };
        if at_low * at_high > 0.0 {
            return Ok(None);
        }
        let scale = at_low.abs().max(at_high.abs());
        let mut best: Option<Located> = None;
        let mut side = 0;
        for _ in 0..MAX_TRIALS {
            let offset = (low * at_high - high * at_low) / (at_high - at_low);
            let Some(mut station) = self.between(from, to, offset)? else {
                break;
            };
            if let Test::Growth(k) = test {
                let start = from.spectrum.as_ref().map_or(&[][..], |s| &s.vectors);
                self.judge(&mut station, count.max(k + 2), true, start)?;
            }
            let Some(value) = test.value(&station) else {
                break;
            };
            let moved = best.as_ref().map_or(f64::INFINITY, |b| (b.offset - offset).abs());
            best = Some(Located { offset, station });
            if value.abs() <= 1e-11 * scale || moved <= ACCURACY * self.unit {
                break;
            }
            if value * at_high < 0.0 {
                (low, at_low) = (high, at_high);
                side = 0;
            } else {
                at_low *= if side == 1 { 0.5 } else { 1.0 };
                side = 1;
            }
            (high, at_high) = (offset, value);
        }
        if let Some(located) = &mut best
            && located.station.spectrum.is_none()
        {
            let start = from.spectrum.as_ref().map_or(&[][..], |s| &s.vectors);
            self.judge(&mut located.station, count, true, start)?;
        }
        Ok(best)
    }

    /// Tells a fold from a branch point that is met head-on.
    fn name_turning(&mut self, station: &mut Station, from: &Station, to: &Station) -> EvalResult {
        let same_count = from.unstable().is_some() && from.unstable() == to.unstable();
        if !same_count {
            station.event = Some(Event::Fold);
            return Ok(());
        }
        let Some(spectrum) = &station.spectrum else {
            station.event = Some(Event::Fold);
            return Ok(());
        };
        let zero = ZERO * spectrum.stability.rate;
        let head_on = spectrum.stability.eigenvalues.iter().any(|l| l.re.abs() <= zero);
        station.event = Some(if head_on { Event::BranchPoint } else { Event::Fold });
        station.head_on = head_on;
        if head_on {
            let direction = self.across(station)?;
            station.ways = vec![Way { direction, phase: None }];
        }
        Ok(())
    }

    /// The direction (v, 1) of the branch that a branch point is met from across:
    /// (I − ∂T/∂u) v + φ x = −∂F/∂q, ⟨φ, v⟩ = 0, with φ = δu of the own tangent.
    fn across(&mut self, station: &Station) -> EvalResult<Direction> {
        let n = self.weights.len();
        let point = &station.point;
        let functions = self.functions(point.parameter);
        let mut local = self.local(&functions, &point.u)?;
        let mut slope = vec![0.0; n];
        self.slope(&functions, &local, &point.u, &mut slope)?;
        let kernel = &station.tangent.u;
        let mut rhs = vec![0.0; n + 1];
        rhs[..n].iter_mut().zip(&slope).for_each(|(rhs, s)| *rhs = -s);
        let mut solution = vec![0.0; n + 1];
        let border = Border { column: kernel, row: kernel, corner: 0.0 };
        let mut derivative = |v: &[f64], out: &mut [f64]| local.map.product(v, out);
        self.solve(&mut derivative, &[border], &rhs, &mut solution, 1e-10)?;
        let mut direction = Direction { u: solution[..n].to_vec(), parameter: 1.0 };
        self.normalise(&mut direction);
        Ok(direction)
    }

    /// Tells a branch point from a Hopf point, and finds the ways that leave it.
    fn name_crossing(&mut self, station: &mut Station, k: usize) -> EvalResult {
        let Some(spectrum) = &station.spectrum else {
            return Ok(());
        };
        let zero = ZERO * spectrum.stability.rate;
        let crossing = spectrum.stability.eigenvalues.get(k);
        if let Some(lambda) = crossing.filter(|lambda| lambda.im.abs() > zero) {
            station.event = Some(Event::Hopf { frequency: lambda.im.abs() });
            return Ok(());
        }
        station.event = Some(Event::BranchPoint);
        let kernel: Vec<Vec<f64>> = spectrum
            .stability
            .eigenvalues
            .iter()
            .zip(&spectrum.vectors)
            .filter(|(lambda, _)| lambda.re.abs() <= zero && lambda.im.abs() <= zero)
            .map(|(_, vector)| vector.clone())
            .collect();
        station.ways = self.ways(station, &kernel)?;
        Ok(())
    }

    /// The directions in which branches may leave along the kernel of a branch point.
    ///
    /// A simple kernel gives one. At a uniform state that may be translated the kernel has the
    /// cosine and the sine of each wave number, translates of each other: the cosine about the
    /// middle of the grid stands for all. Any other multiple kernel belongs to a symmetric state;
    /// its branches are even or odd about the mirror axis.
    fn ways(&mut self, station: &Station, kernel: &[Vec<f64>]) -> EvalResult<Vec<Way>> {
        let point = &station.point;
        let mut candidates: Vec<Vec<f64>> = Vec::new();
        let derivative = kernel.first().and_then(|phi| self.unit_derivative(phi, point.parameter));
        let uniform = station.phase.is_none() && derivative.is_some();
        if uniform {
            for phi in kernel {
                candidates.push(mirror_part(phi, 1.0));
                if let Some(derivative) = self.unit_derivative(phi, point.parameter) {
                    candidates.push(mirror_part(&derivative, 1.0));
                }
            }
        } else if kernel.len() > 1 && is_mirrored(&point.u) {
            for phi in kernel {
                candidates.push(mirror_part(phi, 1.0));
                candidates.push(mirror_part(phi, -1.0));
            }
        } else {
            candidates.extend(kernel.iter().cloned());
        }
        // The largest first, so that what is only round-off is never taken for a direction.
        candidates.sort_by(|a, b| norm(self.weights, b).total_cmp(&norm(self.weights, a)));
        let mut kept: Vec<Vec<f64>> = Vec::new();
        for mut candidate in candidates {
            for known in &kept {
                let part = dot(self.weights, known, &candidate);
                add_scaled(&mut candidate, -part, known);
            }
            let left = norm(self.weights, &candidate);
            if left > INDEPENDENT {
                candidate.iter_mut().for_each(|c| *c /= left);
                kept.push(candidate);
            }
        }
        let mut ways = Vec::new();
        for mut phi in kept {
            if phi[phi.len() / 2] < 0.0 {
                phi.iter_mut().for_each(|phi| *phi = -*phi);
            }
            let phase = match &station.phase {
                Some(phase) => Some(phase.clone()),
                None => self.unit_derivative(&phi, point.parameter),
            };
            let part = dot(self.weights, &phi, &station.tangent.u);
            let mut direction = Direction { u: phi, parameter: -part * station.tangent.parameter };
            add_scaled(&mut direction.u, -part, &station.tangent.u);
            self.normalise(&mut direction);
            ways.push(Way { direction, phase });
        }
        Ok(ways)
    }
}

/// The even (sign 1) or odd (sign −1) part of a periodic function about node 0.
fn mirror_part(u: &[f64], sign: f64) -> Vec<f64> {
    let n = u.len();
    (0..n).map(|i| 0.5 * (u[i] + sign * u[(n - i) % n])).collect()
}

fn is_mirrored(u: &[f64]) -> bool {
    let largest = u.iter().fold(0.0f64, |m, u| m.max(u.abs()));
    mirror_part(u, -1.0).iter().all(|odd| odd.abs() <= 1e-6 * largest)
}
