//! The experiments of a problem as they are examined: data, or measurements that are only planned.

use lacuna_core::{Bound, Points};
use lacuna_fit::{
    FitError, Nominal, Observations, ObservedState, PriorChoice, PriorOptions, SteadyUnknown,
    smoothed_states,
};
use lacuna_grid::{Boundary, Functionals};

use super::result::ExaminedExperiment;
use crate::data::{MeasurementKind, Measurements, Noise};
use crate::likelihood::observe;
use crate::problem::{self, FunctionSpec, NoiseSpec, PlannedPoints, ProblemFault};
use crate::solve::{given_start, own_start, uniform_start};
use crate::symmetric::on_both_sides;
use crate::units::shown;
use crate::{Error, Result, Setup};

/// One experiment.
pub(crate) struct PlannedExperiment {
    /// Conditions, functions, and what is observed as far as that is known.
    pub state: ObservedState,
    /// Where the search for its state starts.
    pub guess: Vec<f64>,
    /// What is known of its noise.
    pub level: Level,
    /// Whether there are data.
    pub has_data: bool,
    /// Intervals in which it is observed.
    pub observed: Vec<[f64; 2]>,
    /// For people.
    pub words: ExaminedExperiment,
    /// What the data contradict.
    pub contradictions: Vec<String>,
}

/// What is known of the noise of an experiment.
pub(crate) enum Level {
    /// All.
    Given,
    /// Nothing: these functionals of the state are observed.
    Assumed(Functionals),
    /// The data may tell.
    Unknown(Functionals),
}

impl PlannedExperiment {
    /// Experiment `index` of a problem.
    ///
    /// # Errors
    /// If its data cannot be read, or its plan makes no sense.
    pub(crate) fn new(setup: &Setup, index: usize) -> Result<Self> {
        let measured = match setup.loaded.problem.experiments.get(index) {
            Some(_) => setup.loaded.read_measurements(index)?,
            None => None,
        };
        match measured {
            Some(measured) => match on_both_sides(setup, index, &measured) {
                Some((dealt, _)) => Self::with_data(setup, index, &dealt),
                None => Self::with_data(setup, index, &measured),
            },
            None => Self::planned(setup, index),
        }
    }

    fn with_data(setup: &Setup, index: usize, measured: &Measurements) -> Result<Self> {
        let failed = |source: lacuna_core::EvalError| Error::Fit {
            place: setup.loaded.place(&format!("experiments.{index}.data")),
            source: source.into(),
        };
        let observed = observe(setup, index, measured)?;
        let assumed = setup.loaded.problem.diagnose.noise;
        let mut observations = observed.observations;
        let mut level = Level::Given;
        let mut words = measured.in_words();
        if let MeasurementKind::Values { x, u, noise } = &measured.kind
            && matches!(
                noise,
                Noise::Exact
                    | Noise::Unknown
                    | Noise::UnknownRelative
                    | Noise::Student { scale: None, .. }
            )
        {
            let functionals = Functionals::points(&setup.grid, x, &ends(setup, index));
            if measured.is_exact() {
                let sd = vec![assumed * root_mean_square(u); u.len()];
                observations =
                    Observations::gaussian(functionals.clone(), u.clone(), sd).map_err(failed)?;
                level = Level::Assumed(functionals);
                words = format!("{} exact values", u.len());
            } else {
                level = Level::Unknown(functionals);
            }
        }
        let state = ObservedState {
            conditions: setup.conditions(index),
            slots: setup.slots(index)?,
            unknown_noise: observed.noise.is_some() && !matches!(level, Level::Assumed(_)),
            initial: own_start(setup, index)?,
            observations,
        };
        let guess = match given_start(setup, index)? {
            Some(guess) => guess,
            None => start_from_data(setup, index, &state)?,
        };
        let made = if matches!(level, Level::Given) { Made::Measured } else { Made::WithoutNoise };
        Ok(Self {
            observed: intervals(setup, &measured.kind),
            words: examined(setup, index, measured.len(), words, made),
            state,
            guess,
            level,
            has_data: true,
            contradictions: measured.remarks.clone(),
        })
    }

    fn planned(setup: &Setup, index: usize) -> Result<Self> {
        let axis = setup.grid.axes()[0];
        let spec = setup.loaded.problem.experiments.get(index);
        let key = format!("experiments.{index}.points");
        let x = match spec.and_then(|s| s.points.as_ref()) {
            Some(points) => planned_points(setup, points, &key, |i| format!("{key}[{i}]"))?,
            None => setup.grid.nodes().coordinates().to_vec(),
        };
        let failed = |source: lacuna_core::EvalError| Error::Fit {
            place: setup.loaded.place(&key),
            source: source.into(),
        };
        let functionals = Functionals::points(&setup.grid, &x, &ends(setup, index));
        let n = x.len();
        let mut level = Level::Given;
        let (observations, noise) = match spec.and_then(|s| s.noise) {
            Some(NoiseSpec::Sd(sd)) => {
                let words = format!("sd {}", shown(sd * setup.units().state));
                (Observations::gaussian(functionals, vec![0.0; n], vec![sd; n]), words)
            }
            Some(NoiseSpec::Relative { relative }) => {
                let words = format!("relative sd {relative}");
                (Observations::log_normal(functionals, vec![1.0; n], vec![relative; n]), words)
            }
            Some(NoiseSpec::Floored { relative, floor }) => {
                let words = format!("relative sd {relative}, at least {floor}");
                (Observations::floored(functionals, vec![0.0; n], relative, floor), words)
            }
            Some(NoiseSpec::Student { student, sd: Some(sd) }) => {
                let words = format!("Student scale {sd}, {student} degrees of freedom");
                (Observations::student(functionals, vec![0.0; n], vec![sd; n], student), words)
            }
            Some(NoiseSpec::Student { .. } | NoiseSpec::Unknown(_) | NoiseSpec::Unclear(_))
            | None => {
                level = Level::Assumed(functionals.clone());
                (Observations::gaussian(functionals, vec![0.0; n], vec![1.0; n]), String::new())
            }
        };
        let guess = match given_start(setup, index)? {
            Some(guess) => guess,
            None => uniform_start(setup, index),
        };
        let reach = axis.length / 40.0;
        let made =
            if matches!(level, Level::Given) { Made::Planned } else { Made::PlannedWithoutNoise };
        Ok(Self {
            state: ObservedState {
                conditions: setup.conditions(index),
                slots: setup.slots(index)?,
                observations: observations.map_err(failed)?,
                unknown_noise: false,
                initial: None,
            },
            guess,
            level,
            has_data: false,
            contradictions: Vec::new(),
            observed: x.iter().map(|x| [x - reach, x + reach]).collect(),
            words: examined(setup, index, n, noise, made),
        })
    }
}

/// Whether there are data, and whether their noise is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    Measured,
    WithoutNoise,
    Planned,
    PlannedWithoutNoise,
}

pub(crate) fn examined(
    setup: &Setup,
    index: usize,
    points: usize,
    noise: String,
    made: Made,
) -> ExaminedExperiment {
    let noise_assumed = matches!(made, Made::WithoutNoise | Made::PlannedWithoutNoise);
    let planned = matches!(made, Made::Planned | Made::PlannedWithoutNoise);
    let spec = setup.loaded.problem.experiments.get(index);
    let assumed = setup.loaded.problem.diagnose.noise;
    let noise = match (noise_assumed, noise.is_empty()) {
        (false, _) => noise,
        (true, true) => format!("assumed: {assumed} of the rms of the state"),
        (true, false) => format!("{noise}; assumed: {assumed} of the rms of the state"),
    };
    ExaminedExperiment {
        name: spec.and_then(|s| s.name.clone()).unwrap_or_else(|| (index + 1).to_string()),
        conditions: setup.conditions_in_words(index),
        points,
        planned,
        noise,
        noise_assumed,
    }
}

/// Puts exact values with the assumed noise in the place of observations `seen` of experiment `e`
/// without a noise.
///
/// # Errors
/// If the state is not finite.
pub(crate) fn assume_noise(
    setup: &Setup,
    nominal: &mut Nominal,
    e: usize,
    seen: &Functionals,
) -> Result<(), FitError> {
    let u = &nominal.states()[e];
    let sd = setup.loaded.problem.diagnose.noise * root_mean_square(u);
    let mut values = vec![0.0; seen.len()];
    seen.apply(u, &mut values);
    let n = values.len();
    let sd = if sd > 0.0 { sd } else { setup.loaded.problem.diagnose.noise };
    let observations = Observations::gaussian(seen.clone(), values, vec![sd; n])?;
    nominal.observe(e, observations);
    Ok(())
}

/// The positions of planned measurements; `key` is where the problem gives them, `name` what position i
/// is called.
///
/// # Errors
/// If one lies outside of a bounded domain.
pub(crate) fn planned_points(
    setup: &Setup,
    points: &PlannedPoints,
    key: &str,
    name: impl Fn(usize) -> String,
) -> Result<Vec<f64>> {
    let x = match points {
        PlannedPoints::At(x) => x.clone(),
        PlannedPoints::Count(count) => equally_spaced(setup, *count as usize),
    };
    let extent = setup.loaded.given().domain.extent();
    let inside = |x: &f64| extent.periodic || extent.contains(x * setup.units().length);
    match x.iter().position(|x| !inside(x)) {
        None => Ok(x),
        Some(outside) => {
            let fault = ProblemFault::OutOfRange {
                key: name(outside),
                found: shown(x[outside] * setup.units().length).to_string(),
                requirement: format!("within the domain [{}, {}]", extent.origin, extent.end()),
            };
            Err(setup.loaded.error(key, fault))
        }
    }
}

/// `count` points over the whole domain: on a circle from its origin, else cell centres.
fn equally_spaced(setup: &Setup, count: usize) -> Vec<f64> {
    let axis = setup.grid.axes()[0];
    let shift = if axis.boundary == Boundary::Periodic { 0.0 } else { 0.5 };
    let place = |i: usize| axis.origin + (i as f64 + shift) * axis.length / count as f64;
    (0..count).map(place).collect()
}

/// Values at the ends of a bounded axis, none on a circle.
pub(crate) fn ends(setup: &Setup, index: usize) -> Vec<f64> {
    match setup.grid.axes()[0].boundary {
        Boundary::Periodic => Vec::new(),
        Boundary::Dirichlet => setup.conditions(index).boundary_values,
    }
}

fn start_from_data(setup: &Setup, index: usize, state: &ObservedState) -> Result<Vec<f64>> {
    if !setup.model.is_density() {
        return Ok(uniform_start(setup, index));
    }
    let smoothed =
        smoothed_states(setup.model.as_ref(), std::slice::from_ref(state)).map_err(|source| {
            Error::Fit { place: setup.loaded.place(&format!("experiments.{index}.data")), source }
        })?;
    Ok(smoothed.into_iter().next().unwrap_or_else(|| uniform_start(setup, index)))
}

pub(crate) fn intervals(setup: &Setup, kind: &MeasurementKind) -> Vec<[f64; 2]> {
    let axis = setup.grid.axes()[0];
    let reach = axis.length / 40.0;
    match kind {
        MeasurementKind::Values { x, .. } => x.iter().map(|x| [x - reach, x + reach]).collect(),
        MeasurementKind::Averages { lower, upper, .. }
        | MeasurementKind::Counts { lower, upper, .. } => {
            lower.iter().zip(upper).map(|(a, b)| [*a, *b]).collect()
        }
        // Where there were no individuals their absence was seen.
        MeasurementKind::Functionals { .. } | MeasurementKind::Positions { .. } => {
            vec![[axis.origin, axis.origin + axis.length]]
        }
    }
}

pub(crate) fn root_mean_square(values: &[f64]) -> f64 {
    (values.iter().map(|v| v * v).sum::<f64>() / values.len().max(1) as f64).sqrt()
}

/// The unknowns of a problem with what is fixed of their priors.
pub(crate) fn unknowns(setup: &Setup) -> Vec<SteadyUnknown> {
    let prior = |name: &str| match setup.loaded.problem.functions.get(name) {
        Some(FunctionSpec::Unknown(spec)) => PriorOptions {
            order: spec.prior.order,
            length_scale: spec.prior.length_scale,
            amplitude: spec.prior.amplitude,
        },
        _ => PriorOptions::default(),
    };
    let unknown = |u: &crate::NamedUnknown| SteadyUnknown {
        unknown: u.unknown.clone(),
        positive: u.positive,
        prior: prior(u.name),
    };
    setup.unknowns.iter().map(unknown).collect()
}

/// Values of functions at the points of the slot of unknown `s`.
pub(crate) fn values_at_slot(setup: &Setup, s: usize, terms: &[Bound]) -> Vec<f64> {
    let points: &Points = &setup.model.slots()[setup.unknowns[s].unknown.slot].points;
    let mut sum = vec![0.0; points.len()];
    for term in terms {
        sum.iter_mut().zip(term.values(points)).for_each(|(sum, value)| *sum += value);
    }
    sum
}

/// The true values of every unknown at the points of its slot; each unknown has a truth.
///
/// # Errors
/// If one cannot be read.
pub(crate) fn true_values(setup: &Setup) -> Result<Vec<Vec<f64>>> {
    let unknowns = setup.unknowns.iter().enumerate();
    unknowns
        .map(|(s, unknown)| match setup.truth(unknown.name)? {
            Some(truth) => Ok(values_at_slot(setup, s, &truth.function)),
            None => unreachable!("the truth of every unknown is there"),
        })
        .collect()
}

/// How a quick fit chooses its prior.
pub(crate) fn quick_choice(setup: &Setup) -> PriorChoice {
    match setup.loaded.problem.prior.choice {
        problem::PriorChoice::Fixed => PriorChoice::Fixed,
        _ => PriorChoice::MarginalLikelihood,
    }
}
