//! Points of a branch with what is known there, and the way from one to the next.

use lacuna_core::EvalResult;

use super::Event;
use super::corrector::Plane;
use super::family::{Direction, Family, Point};
use super::spectrum::{Spectrum, SpectrumOptions};

/// Relative residual of a point on a branch.
pub(super) const TOLERANCE: f64 = 1e-13;
/// Accuracy of eigenvalues along a branch, and where an event is located.
const ALONG: f64 = 1e-5;
const AT_EVENTS: f64 = 1e-10;

/// A point on a branch.
#[derive(Clone)]
pub(super) struct Station {
    pub(super) point: Point,
    pub(super) tangent: Direction,
    /// u'/‖u'‖ where the state may be translated.
    pub(super) phase: Option<Vec<f64>>,
    pub(super) spectrum: Option<Spectrum>,
    pub(super) event: Option<Event>,
    /// What other branches start along: unit directions across this one.
    pub(super) ways: Vec<Way>,
    /// Whether this is a branch point met along the kernel: the own branch turns back there.
    pub(super) head_on: bool,
}

/// A direction in which another branch leaves a branch point, either way.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) direction: Direction,
    pub(super) phase: Option<Vec<f64>>,
}

impl Station {
    /// The number of unstable directions, if known.
    pub(super) fn unstable(&self) -> Option<usize> {
        self.spectrum.as_ref().map(|s| s.stability.unstable_directions)
    }

    /// The real part of the k-th leading eigenvalue.
    pub(super) fn growth(&self, k: usize) -> Option<f64> {
        self.spectrum.as_ref()?.stability.eigenvalues.get(k).map(|lambda| lambda.re)
    }
}

impl Family<'_> {
    /// The spectrum at a station, as accurate as an event needs it or only as its sign does.
    pub(super) fn judge(
        &mut self,
        station: &mut Station,
        count: usize,
        at_event: bool,
        start: &[Vec<f64>],
    ) -> EvalResult {
        let tolerance = if at_event { AT_EVENTS } else { ALONG };
        let options = SpectrumOptions { count, tolerance, start, shifted: at_event };
        station.spectrum = self.spectrum(&station.point, station.phase.as_deref(), &options)?;
        Ok(())
    }

    /// The station between two others, `offset` along the tangent of the first: point and tangent.
    pub(super) fn between(
        &mut self,
        from: &Station,
        to: &Station,
        offset: f64,
    ) -> EvalResult<Option<Station>> {
        let whole = self.along(&from.tangent, &from.point, &to.point);
        let guess = interpolate(&from.point, &to.point, offset / whole);
        let plane = Plane { base: &from.point, normal: &from.tangent, offset };
        let phase = from.phase.clone();
        let Some(corrected) = self.correct(guess, &plane, phase.as_deref(), TOLERANCE)? else {
            return Ok(None);
        };
        self.station(corrected.point, &from.tangent, phase).map(Some)
    }

    /// A station at a point, heading on from `towards`.
    pub(super) fn station(
        &mut self,
        point: Point,
        towards: &Direction,
        phase: Option<Vec<f64>>,
    ) -> EvalResult<Station> {
        let tangent = self.tangent(&point, towards, phase.as_deref())?;
        Ok(Station {
            point,
            tangent,
            phase,
            spectrum: None,
            event: None,
            ways: Vec::new(),
            head_on: false,
        })
    }
}

/// The point at a part of the way.
pub(super) fn interpolate(from: &Point, to: &Point, part: f64) -> Point {
    Point {
        u: from.u.iter().zip(&to.u).map(|(a, b)| a + part * (b - a)).collect(),
        parameter: from.parameter + part * (to.parameter - from.parameter),
    }
}
