//! Experiments that may be measured, their points, and the noise of a measurement.
//!
//! Every candidate becomes an experiment of its own in a problem that is longer than the one given: a
//! copy without data of each experiment there is, then those of `[[design.experiments]]`.

use lacuna_fit::{Observations, ObservedState};
use lacuna_grid::Functionals;

use crate::data::{MeasurementKind, Noise};
use crate::diagnose::plan::{ends, planned_points, root_mean_square};
use crate::problem::{DesignNoise, ExperimentSpec, LoadedProblem, PlannedPoints};
use crate::solve::{given_start, uniform_start};
use crate::{Error, Result, Setup, Units};

/// Noise where nothing is known of it, relative to the root mean square of the state.
const NOISE: f64 = 0.02;

/// A candidate before anything is computed.
pub(super) struct NamedCandidate {
    /// Its experiment in the longer problem.
    pub index: usize,
    /// The experiment it is the same as, if that has data.
    pub same_as: Option<usize>,
    /// Its key in the problem file.
    pub key: String,
    pub name: String,
    pub cost: f64,
    pub points: PlannedPoints,
}

/// The longer problem.
pub(super) struct Extended {
    pub loaded: LoadedProblem,
    pub candidates: Vec<NamedCandidate>,
}

pub(super) fn extend(loaded: &LoadedProblem) -> Extended {
    let mut longer = loaded.given().clone();
    let spec = &loaded.problem.design;
    // In the units of computation, as all of a candidate but its entry in the longer problem.
    let points = |experiment: Option<&ExperimentSpec>| {
        experiment.and_then(|e| e.points.clone()).unwrap_or_else(|| spec.points.clone())
    };
    let mut candidates = Vec::new();
    let mut add = |experiment: ExperimentSpec, candidate: NamedCandidate| {
        let index = longer.experiments.len();
        longer.experiments.push(experiment);
        candidates.push(NamedCandidate { index, ..candidate });
    };
    let given = loaded.given();
    let mut existing = given.experiments.clone();
    if existing.is_empty() && spec.experiments.is_empty() {
        existing.push(ExperimentSpec::default());
    }
    for (i, experiment) in existing.into_iter().enumerate().filter(|_| spec.existing) {
        let has_data = !experiment.data.is_empty() || loaded.states.contains_key(&i);
        let candidate = NamedCandidate {
            index: 0,
            same_as: has_data.then_some(i),
            key: format!("experiments.{i}"),
            name: experiment.name.clone().unwrap_or_else(|| (i + 1).to_string()),
            cost: 0.0,
            points: points(loaded.problem.experiments.get(i)),
        };
        let without_data =
            ExperimentSpec { data: Vec::new(), observation: None, points: None, ..experiment };
        add(without_data, candidate);
    }
    let first = loaded.problem.experiments.len();
    for (i, candidate) in given.design.experiments.iter().enumerate() {
        let experiment = candidate.experiment.clone();
        let named = NamedCandidate {
            index: 0,
            same_as: None,
            key: format!("design.experiments.{i}"),
            name: experiment.name.clone().unwrap_or_else(|| (first + i + 1).to_string()),
            cost: candidate.cost,
            points: points(spec.experiments.get(i).map(|design| &design.experiment)),
        };
        add(ExperimentSpec { points: None, ..experiment }, named);
    }
    Extended { loaded: loaded.with_given(longer), candidates }
}

/// An experiment that may be measured.
pub(super) struct CandidateExperiment {
    pub index: usize,
    pub same_as: Option<usize>,
    pub name: String,
    /// Cost of its first measurement beside that of the measurement.
    pub cost: f64,
    /// Its points.
    pub x: Vec<f64>,
    /// Values of u there, with noise of standard deviation 1.
    pub state: ObservedState,
    pub functionals: Functionals,
    /// Where the search for its state starts.
    pub guess: Vec<f64>,
    /// Values that were measured already: x and u.
    pub data: Vec<[f64; 2]>,
}

impl CandidateExperiment {
    pub(super) fn new(setup: &Setup, candidate: &NamedCandidate) -> Result<Self> {
        let NamedCandidate { index, same_as, key, name, cost, points } = candidate;
        let key_of_points = format!("{key}.points");
        let x = planned_points(setup, points, &key_of_points, |_| "points".into())?;
        let functionals = Functionals::points(&setup.grid, &x, &ends(setup, *index));
        let (values, sd) = (vec![0.0; x.len()], vec![1.0; x.len()]);
        let observations =
            Observations::gaussian(functionals.clone(), values, sd).map_err(|source| {
                Error::Fit { place: setup.loaded.place(key), source: source.into() }
            })?;
        let state = ObservedState {
            conditions: setup.conditions(*index),
            slots: setup.slots(*index)?,
            observations,
            unknown_noise: false,
            initial: None,
        };
        let guess = match given_start(setup, *index)? {
            Some(guess) => guess,
            None => uniform_start(setup, *index),
        };
        let measured = match same_as {
            Some(same) => setup.loaded.read_measurements(*same)?,
            None => None,
        };
        let data = match measured.map(|measured| measured.kind) {
            Some(MeasurementKind::Values { x, u, .. }) => {
                x.into_iter().zip(u).map(|(x, u)| [x, u]).collect()
            }
            _ => Vec::new(),
        };
        Ok(Self {
            data,
            index: *index,
            same_as: *same_as,
            name: name.clone(),
            cost: *cost,
            x,
            state,
            functionals,
            guess,
        })
    }
}

/// The noise of a measurement, and where that is known from.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoiseLevel {
    noise: DesignNoise,
    from_data: bool,
}

impl NoiseLevel {
    /// As `[design]` says, else the median of the data, else [`NOISE`].
    pub(super) fn new(loaded: &LoadedProblem) -> Result<Self> {
        if let Some(noise) = loaded.problem.design.noise {
            return Ok(Self { noise, from_data: false });
        }
        let (mut absolute, mut relative, mut floored) = (Vec::new(), Vec::new(), None);
        for measured in loaded.measurements()? {
            let (MeasurementKind::Values { noise, .. } | MeasurementKind::Averages { noise, .. }) =
                measured.kind
            else {
                continue;
            };
            match noise {
                Noise::Known(sd) => absolute.extend(sd),
                Noise::Relative(sd) => relative.extend(sd),
                // A normal error of this size says as much of the value.
                Noise::Student { freedom, scale: Some(scale) } => {
                    let size = ((freedom + 3.0) / (freedom + 1.0)).sqrt();
                    absolute.extend(scale.iter().map(|s| size * s));
                }
                Noise::Floored { relative, floor } => {
                    floored.get_or_insert(DesignNoise::Floored { relative, floor });
                }
                Noise::Exact
                | Noise::Unknown
                | Noise::UnknownRelative
                | Noise::Student { scale: None, .. } => {}
            }
        }
        let median = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied()
        };
        if let (Some(noise), true) = (floored, absolute.is_empty()) {
            return Ok(Self { noise, from_data: true });
        }
        Ok(match (median(absolute), median(relative)) {
            (Some(sd), _) => Self { noise: DesignNoise::Sd(sd), from_data: true },
            (None, Some(relative)) => {
                Self { noise: DesignNoise::Relative { relative }, from_data: true }
            }
            (None, None) => Self { noise: DesignNoise::Rms { rms: NOISE }, from_data: false },
        })
    }

    pub(super) fn in_words(self, units: &Units) -> String {
        let level = match self.noise {
            DesignNoise::Sd(sd) => format!("{:.3e}", sd * units.state),
            DesignNoise::Relative { relative } => format!("{relative} of the value"),
            DesignNoise::Floored { relative, floor } => {
                format!("{relative} of the value, at least {floor}")
            }
            DesignNoise::Rms { rms } => format!("{rms} of the root mean square of the state"),
        };
        if self.from_data { format!("{level}, as in the data") } else { level }
    }

    /// Standard deviations of measurements of a state `u`, whose values at the points are `seen`.
    pub(super) fn standard_deviations(self, u: &[f64], seen: &[f64]) -> Vec<f64> {
        let sd = |value: &f64| match self.noise {
            DesignNoise::Sd(sd) => sd,
            DesignNoise::Relative { relative } => relative * value.abs(),
            DesignNoise::Floored { relative, floor } => floor.hypot(relative * value),
            DesignNoise::Rms { rms } => rms * root_mean_square(u),
        };
        seen.iter().map(sd).collect()
    }
}
