//! Pseudo-arclength continuation of one branch, in one direction.
//!
//! Predictor: along the tangent. Corrector: Newton's method on the hyperplane across it. The step
//! grows where Newton's method is quick and the branch straight, and shrinks where it is slow or
//! the tangent turns by more than arccos(0.9). Events, and the values of the parameter that were
//! asked for, are located between steps and become points of the branch.

use lacuna_core::{EvalResult, Flow};

use super::corrector::Plane;
use super::family::{Family, Point};
use super::station::{Station, TOLERANCE, interpolate};
use super::{BranchEnd, BranchOptions, BranchProgress, Event};
use crate::inner::distance;

/// The tangent may turn by no more than this cosine in a step.
const STRAIGHT: f64 = 0.9;
/// Newton iterations at which the step may grow, and at which it shrinks.
const QUICK: usize = 3;
const SLOW: usize = 5;
/// Parameters this close, relative to their range, are equal.
const EQUAL: f64 = 1e-10;
/// How near a branch has to come to a known branch point to end there, in units of the state.
const JOIN: f64 = 1e-3;

/// A branch point that is known already.
pub(super) struct Junction {
    pub(super) point: Point,
    pub(super) branch: usize,
}

/// One direction of a branch.
pub(super) struct Trace {
    pub(super) stations: Vec<Station>,
    pub(super) end: BranchEnd,
}

impl Family<'_> {
    /// From `start`, which is not repeated, along its tangent.
    pub(super) fn trace(
        &mut self,
        start: &Station,
        options: &BranchOptions,
        junctions: &[Junction],
        branch: usize,
        watch: &mut dyn FnMut(&BranchProgress) -> Flow,
    ) -> EvalResult<Trace> {
        let (lower, upper) = options.range();
        let range = upper - lower;
        let unit = self.unit;
        let mut at = start.clone();
        let mut stations: Vec<Station> = Vec::new();
        let mut step = options.step;
        let mut points = 0;
        let end = loop {
            if points >= options.max_points {
                break BranchEnd::MaxPoints;
            }
            let progress = BranchProgress { branch, points, parameter: at.point.parameter };
            if watch(&progress) == Flow::Stop {
                break BranchEnd::Interrupted;
            }
            if step < options.min_step {
                break BranchEnd::Lost;
            }
            let offset = step * unit;
            let guess = Point {
                u: at.point.u.iter().zip(&at.tangent.u).map(|(u, t)| u + offset * t).collect(),
                parameter: at.point.parameter + offset * self.scale * at.tangent.parameter,
            };
            let plane = Plane { base: &at.point, normal: &at.tangent, offset };
            let corrected = self.correct(guess, &plane, at.phase.as_deref(), TOLERANCE)?;
            let Some(corrected) = corrected.filter(|c| c.iterations <= SLOW + 2) else {
                step *= 0.5;
                continue;
            };
            let mut next = self.station(corrected.point, &at.tangent, at.phase.clone())?;
            if self.product(&next.tangent, &at.tangent) < STRAIGHT {
                step *= 0.5;
                continue;
            }
            let parameter = next.point.parameter;
            let leaves = parameter < lower || parameter > upper;
            if leaves {
                let bound = if parameter < lower { lower } else { upper };
                if (at.point.parameter - bound).abs() <= EQUAL * range {
                    break BranchEnd::Range;
                }
                match self.at_value(&at, &next, bound)? {
                    Some(station) => next = station,
                    None => break BranchEnd::Lost,
                }
            }
            self.refresh_phase(&mut next);
            let warm = at.spectrum.as_ref().map_or(Vec::new(), |s| s.vectors.clone());
            self.judge(&mut next, options.eigenvalues, false, &warm)?;
            let inner = self.events(&at, &next, options.eigenvalues)?;
            let mut previous = at.clone();
            let mut joined = None;
            for station in inner {
                self.push_requested(&previous, &station, options, &mut stations)?;
                joined = self.junction(&station, junctions, range);
                previous = station.clone();
                if joined.is_none() && station.head_on {
                    joined = Some(BranchEnd::HeadOn);
                }
                stations.push(station);
                if joined.is_some() {
                    break;
                }
            }
            if let Some(end) = joined {
                break end;
            }
            self.push_requested(&previous, &next, options, &mut stations)?;
            points += 1;
            let closed = points > 4 && self.passes(&at, &next, &start.point);
            stations.push(next.clone());
            if closed {
                break BranchEnd::Closed;
            }
            if leaves {
                break BranchEnd::Range;
            }
            if corrected.iterations <= QUICK {
                step = (1.4 * step).min(options.max_step);
            } else if corrected.iterations > SLOW - 1 {
                step *= 0.7;
            }
            at = next;
        };
        Ok(Trace { stations, end })
    }

    /// The station between two others at a value of the parameter.
    pub(super) fn at_value(
        &mut self,
        from: &Station,
        to: &Station,
        value: f64,
    ) -> EvalResult<Option<Station>> {
        let (a, b) = (from.point.parameter, to.point.parameter);
        let guess = interpolate(&from.point, &to.point, (value - a) / (b - a));
        let phase = from.phase.clone();
        let Some(corrected) = self.at_parameter(guess, value, phase.as_deref(), TOLERANCE)? else {
            return Ok(None);
        };
        let mut point = corrected.point;
        point.parameter = value;
        self.station(point, &from.tangent, phase).map(Some)
    }

    /// The state itself is the reference of the phase, while it says where it is.
    pub(super) fn refresh_phase(&mut self, station: &mut Station) {
        if station.phase.is_some()
            && let Some(phase) = self.translation(&station.point)
        {
            station.phase = Some(phase);
        }
    }

    /// Adds the states at the values of the parameter that were asked for.
    fn push_requested(
        &mut self,
        from: &Station,
        to: &Station,
        options: &BranchOptions,
        stations: &mut Vec<Station>,
    ) -> EvalResult {
        let (a, b) = (from.point.parameter, to.point.parameter);
        let mut values: Vec<f64> =
            options.values.iter().copied().filter(|v| (v - a) * (v - b) < 0.0).collect();
        values.sort_by(|x, y| (x - a).abs().total_cmp(&(y - a).abs()));
        for value in values {
            if let Some(mut station) = self.at_value(from, to, value)? {
                self.refresh_phase(&mut station);
                self.judge(&mut station, options.eigenvalues, false, &[])?;
                station.event = Some(Event::Requested);
                stations.push(station);
            }
        }
        Ok(())
    }

    /// The end of the branch, if this is a branch point that others know.
    fn junction(
        &mut self,
        station: &Station,
        junctions: &[Junction],
        range: f64,
    ) -> Option<BranchEnd> {
        station.event?;
        let at = &station.point;
        for junction in junctions {
            let near = (junction.point.parameter - at.parameter).abs() <= JOIN * range;
            if near && self.is_same(&junction.point.u, &at.u, at.parameter, JOIN) {
                return Some(BranchEnd::Joined { branch: junction.branch });
            }
        }
        None
    }

    /// Whether a step passes through a point.
    fn passes(&self, from: &Station, to: &Station, target: &Point) -> bool {
        let whole = self.along(&from.tangent, &from.point, &to.point);
        let part = self.along(&from.tangent, &from.point, target) / whole;
        if !(0.0..=1.0).contains(&part) {
            return false;
        }
        let nearest = interpolate(&from.point, &to.point, part);
        let apart = distance(self.weights, &nearest.u, &target.u)
            .hypot((nearest.parameter - target.parameter) / self.scale);
        apart <= 0.1 * whole
    }
}
