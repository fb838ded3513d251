//! The branches of a diagram, one after the other: from the given states, from branch points, and
//! from what deflation finds.

use std::collections::VecDeque;

use lacuna_core::{EvalResult, Flow, Stop};

use super::corrector::Plane;
use super::family::{Direction, Family, Point};
use super::station::{Station, TOLERANCE, Way, interpolate};
use super::trace::{Junction, Trace};
use super::{
    Branch, BranchEnd, BranchOptions, BranchProgress, BranchStart, BranchState, Event, Origin,
};
use crate::{SteadyStateOptions, steady_state};

/// How far from a branch point the first state of another branch is sought, in units of the state.
const DEPARTURES: [f64; 4] = [1e-2, 3e-2, 2e-3, 1e-1];
/// How far from its guess that state may be, relative to the departure.
const ASTRAY: f64 = 3.0;
/// States this different are not compared further.
const DIFFERENT: f64 = 0.3;
/// Parameters this close, relative to their range, are equal.
const EQUAL: f64 = 1e-10;

/// Where a branch may start.
enum Seed {
    State { point: Point, origin: Origin },
    Way { at: Box<Station>, way: Way, sign: f64, origin: Origin },
}

/// The branches so far.
pub(super) struct Atlas<'f, 'a> {
    family: &'f mut Family<'a>,
    options: &'f BranchOptions,
    branches: Vec<Traced>,
    junctions: Vec<Junction>,
    seeds: VecDeque<Seed>,
    interrupted: bool,
    starts_failed: usize,
}

struct Traced {
    stations: Vec<Station>,
    origin: Origin,
    ends: Vec<BranchEnd>,
}

impl<'f, 'a> Atlas<'f, 'a> {
    pub(super) fn new(family: &'f mut Family<'a>, options: &'f BranchOptions) -> Self {
        Self {
            family,
            options,
            branches: Vec::new(),
            junctions: Vec::new(),
            seeds: VecDeque::new(),
            interrupted: false,
            starts_failed: 0,
        }
    }

    pub(super) fn run(
        &mut self,
        starts: &[BranchStart],
        watch: &mut dyn FnMut(&BranchProgress) -> Flow,
    ) -> EvalResult {
        for (index, start) in starts.iter().enumerate() {
            match self.solve_start(start)? {
                Some(point) => {
                    let origin = Origin::Start(index);
                    self.seeds.push_back(Seed::State { point, origin });
                }
                None => self.starts_failed += 1,
            }
        }
        self.grow(watch)?;
        let mut searched: Vec<f64> = Vec::new();
        if self.options.deflation {
            let (lower, upper) = self.options.range();
            for value in self.options.values.iter().copied().chain([lower, upper]) {
                let near = |s: &f64| (s - value).abs() <= EQUAL * (upper - lower);
                if !searched.iter().any(near) {
                    searched.push(value);
                    self.deflate(value, watch)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> (Vec<Branch>, Stop, usize) {
        let full = !self.seeds.is_empty();
        let branches = self.branches.into_iter().map(Traced::into_branch).collect();
        let stop = match (self.interrupted, full) {
            (true, _) => Stop::Interrupted,
            (false, true) => Stop::MaxIterations,
            (false, false) => Stop::Converged,
        };
        (branches, stop, self.starts_failed)
    }

    /// The steady state near a given one.
    fn solve_start(&mut self, start: &BranchStart) -> EvalResult<Option<Point>> {
        let functions = self.family.functions(start.parameter);
        let (model, conditions) = (self.family.model, self.family.conditions);
        let options = SteadyStateOptions::default();
        let state = steady_state(model, &functions, conditions, &start.u, &options, None)?;
        Ok(state.stop.is_converged().then_some(Point { u: state.u, parameter: start.parameter }))
    }

    /// Traces what is waiting, and what that leads to.
    fn grow(&mut self, watch: &mut dyn FnMut(&BranchProgress) -> Flow) -> EvalResult {
        while self.branches.len() < self.options.max_branches && !self.interrupted {
            match self.seeds.pop_front() {
                None => break,
                Some(Seed::State { point, origin }) => self.follow_state(point, origin, watch)?,
                Some(Seed::Way { at, way, sign, origin }) => {
                    self.follow_way(*at, &way, sign, origin, watch)?;
                }
            }
        }
        Ok(())
    }

    /// A branch through a state, in both directions.
    fn follow_state(
        &mut self,
        point: Point,
        origin: Origin,
        watch: &mut dyn FnMut(&BranchProgress) -> Flow,
    ) -> EvalResult {
        if self.is_known(&point)? {
            return Ok(());
        }
        let n = point.u.len();
        let forward = if self.options.to >= self.options.from { 1.0 } else { -1.0 };
        let towards = Direction { u: vec![0.0; n], parameter: forward };
        let phase = self.family.translation(&point);
        let parameter = point.parameter;
        let Some(corrected) =
            self.family.at_parameter(point, parameter, phase.as_deref(), TOLERANCE)?
        else {
            self.starts_failed += 1;
            return Ok(());
        };
        let mut start = self.family.station(corrected.point, &towards, phase)?;
        self.family.judge(&mut start, self.options.eigenvalues, false, &[])?;
        let is_value = |v: &f64| (v - parameter).abs() <= EQUAL * self.options.length();
        if self.options.values.iter().any(is_value) {
            start.event = Some(Event::Requested);
        }
        let index = self.branches.len();
        let ahead = self.trace(&start, index, watch)?;
        let mut back = start.clone();
        back.tangent.u.iter_mut().for_each(|u| *u = -*u);
        back.tangent.parameter = -back.tangent.parameter;
        let behind = if ahead.end == BranchEnd::Closed || self.interrupted {
            Trace { stations: Vec::new(), end: ahead.end }
        } else {
            self.trace(&back, index, watch)?
        };
        let mut stations: Vec<Station> = behind.stations;
        stations.reverse();
        stations.push(start);
        stations.extend(ahead.stations);
        self.accept(Traced { stations, origin, ends: vec![behind.end, ahead.end] });
        Ok(())
    }

    /// A branch that leaves another one, on one side.
    fn follow_way(
        &mut self,
        mut at: Station,
        way: &Way,
        sign: f64,
        origin: Origin,
        watch: &mut dyn FnMut(&BranchProgress) -> Flow,
    ) -> EvalResult {
        let Some(mut first) = self.depart(&at, way, sign)? else {
            return Ok(());
        };
        if self.is_known(&first.point)? {
            return Ok(());
        }
        self.family.judge(&mut first, self.options.eigenvalues, false, &[])?;
        let index = self.branches.len();
        let (lower, upper) = self.options.range();
        let trace = if (lower..=upper).contains(&first.point.parameter) {
            self.trace(&first, index, watch)?
        } else {
            return Ok(());
        };
        // The branch point belongs to both, its ways are taken from the first.
        at.ways.clear();
        at.phase.clone_from(&way.phase);
        let mut stations = vec![at, first];
        stations.extend(trace.stations);
        let ends = vec![BranchEnd::Origin, trace.end];
        self.accept(Traced { stations, origin, ends });
        Ok(())
    }

    /// The first state of a branch that leaves a branch point.
    fn depart(&mut self, at: &Station, way: &Way, sign: f64) -> EvalResult<Option<Station>> {
        let family = &mut *self.family;
        for departure in DEPARTURES {
            let offset = sign * departure * family.unit;
            let moved = at.point.u.iter().zip(&way.direction.u).map(|(u, d)| u + offset * d);
            let parameter = at.point.parameter + offset * family.scale * way.direction.parameter;
            let guess = Point { u: moved.collect(), parameter };
            let plane = Plane { base: &at.point, normal: &way.direction, offset };
            let found = family.correct(guess.clone(), &plane, way.phase.as_deref(), TOLERANCE)?;
            let Some(found) = found else { continue };
            let astray = crate::inner::distance(family.weights, &found.point.u, &guess.u)
                .hypot((found.point.parameter - guess.parameter) / family.scale);
            if astray > ASTRAY * offset.abs() {
                continue;
            }
            let mut towards = way.direction.clone();
            towards.u.iter_mut().for_each(|u| *u *= sign);
            towards.parameter *= sign;
            let mut station = family.station(found.point, &towards, way.phase.clone())?;
            family.refresh_phase(&mut station);
            return Ok(Some(station));
        }
        Ok(None)
    }

    fn trace(
        &mut self,
        start: &Station,
        index: usize,
        watch: &mut dyn FnMut(&BranchProgress) -> Flow,
    ) -> EvalResult<Trace> {
        let trace = self.family.trace(start, self.options, &self.junctions, index, watch)?;
        self.interrupted |= trace.end == BranchEnd::Interrupted;
        Ok(trace)
    }

    /// Keeps a branch, and what leaves it for later.
    fn accept(&mut self, mut traced: Traced) {
        let branch = self.branches.len();
        for (state, station) in traced.stations.iter_mut().enumerate() {
            if station.ways.is_empty() {
                continue;
            }
            self.junctions.push(Junction { point: station.point.clone(), branch });
            let ways = std::mem::take(&mut station.ways);
            if !self.options.switching {
                continue;
            }
            for way in ways {
                for sign in [1.0, -1.0] {
                    let (at, way) = (Box::new(station.clone()), way.clone());
                    let origin = Origin::BranchPoint { branch, state };
                    self.seeds.push_back(Seed::Way { at, way, sign, origin });
                }
            }
        }
        self.branches.push(traced);
    }

    /// Whether a point lies on a branch that is known.
    fn is_known(&mut self, point: &Point) -> EvalResult<bool> {
        let near = self.states_at(point.parameter, Some(&point.u))?;
        Ok(near.iter().any(|u| self.family.coincide(u, &point.u, point.parameter)))
    }

    /// The different states of all branches at a value of the parameter; only those that may be
    /// `like` a given one.
    fn states_at(&mut self, value: f64, like: Option<&[f64]>) -> EvalResult<Vec<Vec<f64>>> {
        let equal = EQUAL * self.options.length();
        let mut found: Vec<Vec<f64>> = Vec::new();
        for branch in &self.branches {
            for pair in branch.stations.windows(2) {
                let (from, to) = (&pair[0], &pair[1]);
                let (a, b) = (from.point.parameter, to.point.parameter);
                let guess = if (a - value).abs() <= equal {
                    from.point.clone()
                } else if (b - value).abs() <= equal {
                    to.point.clone()
                } else if (a - value) * (b - value) < 0.0 {
                    interpolate(&from.point, &to.point, (value - a) / (b - a))
                } else {
                    continue;
                };
                if let Some(like) = like
                    && !self.family.is_same(&guess.u, like, value, DIFFERENT)
                {
                    continue;
                }
                let phase = self.family.translation(&guess);
                let state = self.family.at_parameter(guess, value, phase.as_deref(), TOLERANCE)?;
                let Some(state) = state else { continue };
                let u = state.point.u;
                if !found.iter().any(|known| self.family.coincide(known, &u, value)) {
                    found.push(u);
                }
            }
        }
        Ok(found)
    }

    /// Looks for states that no branch passes at a value of the parameter, and traces theirs.
    fn deflate(
        &mut self,
        value: f64,
        watch: &mut dyn FnMut(&BranchProgress) -> Flow,
    ) -> EvalResult {
        let mut known = self.states_at(value, None)?;
        let mut tried = 0;
        loop {
            let guesses = self.family.guesses(&known);
            let mut found = None;
            for guess in guesses.into_iter().skip(tried) {
                let full = self.branches.len() >= self.options.max_branches;
                let progress =
                    BranchProgress { branch: self.branches.len(), points: 0, parameter: value };
                if watch(&progress) == Flow::Stop {
                    self.interrupted = true;
                }
                if full || self.interrupted {
                    return Ok(());
                }
                tried += 1;
                found = self.family.deflated(value, &known, guess)?;
                if found.is_some() {
                    break;
                }
            }
            let Some(point) = found else {
                return Ok(());
            };
            self.seeds.push_back(Seed::State { point: point.clone(), origin: Origin::Deflation });
            self.grow(watch)?;
            known = self.states_at(value, None)?;
            // Also where its branch could not be traced the state is not found twice.
            if !known.iter().any(|u| self.family.coincide(u, &point.u, value)) {
                known.push(point.u);
            }
        }
    }
}

impl Traced {
    fn into_branch(self) -> Branch {
        let states = self.stations.into_iter().map(|station| BranchState {
            u: station.point.u,
            parameter: station.point.parameter,
            stability: station.spectrum.map(|s| s.stability),
            event: station.event,
        });
        Branch { states: states.collect(), origin: self.origin, ends: self.ends }
    }
}
