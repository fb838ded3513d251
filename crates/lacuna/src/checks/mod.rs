//! Checks of a fit: what is reported of them, and what it means.
//!
//! Residuals, experiments, held-out data and the equation are judged by
//! [`lacuna_identify::check_residuals`] at [`LEVEL`], all together; equally good restarts by their distance
//! in function space. A check that fails exposes something wrong; one that passes proves nothing.

mod equation;
mod residuals;

use std::borrow::Cow;

use lacuna_fit::{HeldOut, SteadyFit};
use lacuna_identify::{Disagreement, Places, ResidualCheckOptions, Tested, check_residuals};
use serde::Serialize;

use crate::data::{MeasurementKind, Measurements};
use crate::{FittedState, Setup};

/// A right model fails some check of residuals in at most this share of all cases.
pub const LEVEL: f64 = 0.01;
/// Relative difference between equally good fits that is worth a warning.
pub(crate) const DISAGREEMENT: f64 = 0.02;
/// Simulated data sets, and what their residuals may cost: data × modes × sets.
const REPLICATES: usize = 1999;
const FEWEST_REPLICATES: usize = 499;
const WORK: usize = 200_000_000;

/// All checks of a fit.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Checks {
    /// How many failed.
    pub failed: usize,
    /// The smallest p of all residuals, adjusted for their number; null where none could be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Every check.
    pub list: Vec<Check>,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// A short name.
    pub check: &'static str,
    /// The experiment or unknown it is about; empty for all.
    pub of: String,
    /// Whether it exposes something wrong.
    pub failed: bool,
    /// The number it rests on.
    pub value: f64,
    /// The number that would be expected where everything is right, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
    /// How rarely a right model gives as much, adjusted for the number of checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Largest value (for a check with p: smallest p) with which it passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// What was found, in words.
    pub text: String,
    /// What to do, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Other numbers, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<CheckedNumber>,
}

/// One number of a check.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedNumber {
    /// What it is.
    pub name: Cow<'static, str>,
    /// Its value.
    pub value: f64,
    /// What is expected of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
    /// p of this number alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Relative size of an error of the equation that fits best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
    /// The smallest that would be seen in most cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest_seen: Option<f64>,
}

impl CheckedNumber {
    fn new(name: &'static str, value: f64) -> Self {
        let name = name.into();
        Self { name, value, expected: None, p: None, size: None, smallest_seen: None }
    }
}

/// Equally good restarts of one unknown.
#[derive(Clone, Debug)]
pub(crate) struct RestartCheck {
    pub name: &'static str,
    pub found: Disagreement,
}

impl Checks {
    pub(crate) fn new(p: Option<f64>, list: Vec<Check>) -> Self {
        Self { failed: list.iter().filter(|c| c.failed).count(), p, list }
    }

    /// What failed, as remarks, without the checks called `said`.
    pub(crate) fn remarks(&self, said: &dyn Fn(&Check) -> bool) -> Vec<String> {
        let failed = self.list.iter().filter(|check| check.failed && !said(check));
        failed
            .map(|check| match &check.remedy {
                Some(remedy) => format!("{}: {remedy}", check.text),
                None => check.text.clone(),
            })
            .collect()
    }
}

/// The checks of a fit to observations as they are.
pub(crate) fn of_fit(
    setup: &Setup,
    fit: &SteadyFit,
    measurements: &[Measurements],
    states: &[FittedState],
    held_out_states: Option<HeldOut>,
    restarts: &[RestartCheck],
) -> Checks {
    let mut list = Vec::new();
    let mut p = None;
    let digits_only = states.iter().zip(measurements).all(|(s, m)| is_digits_only(s, m));
    if let (Ok(linearised), false) = (fit.linearised(), digits_only) {
        let places: Vec<Option<Places>> = measurements.iter().map(|m| places(setup, m)).collect();
        let size = linearised.sensitivity.nrows() * linearised.sensitivity.ncols();
        let replicates = (WORK / size.max(1)).clamp(FEWEST_REPLICATES, REPLICATES);
        let fit_options = &setup.loaded.problem.fit;
        let options =
            ResidualCheckOptions { replicates, seed: fit_options.seed, folds: fit_options.folds };
        if let Ok(found) = check_residuals(&linearised, &places, &options) {
            p = (found.tests > 0).then_some(found.p);
            for (check, state) in found.experiments.iter().zip(states) {
                list.extend(residuals::of_experiment(&state.name, check));
            }
            for (check, state) in found.experiments.iter().zip(states) {
                list.extend(residuals::beside_others(&state.name, check));
            }
            list.extend(found.held_out.map(held_out_data));
            list.extend(equation::of_departures(&found.departures));
        }
    }
    list.extend(held_out_states.and_then(held_out_experiments));
    list.extend(restarts.iter().filter_map(restart));
    Checks::new(p, list)
}

/// Whether what is left of values whose noise was found are the last digits of a computation: their order
/// is that of its errors, and says nothing of the model.
fn is_digits_only(state: &FittedState, measurements: &Measurements) -> bool {
    const DIGITS: f64 = 1e-6;
    let noise = state.measured.as_ref().and_then(|m| m.noise);
    let MeasurementKind::Values { u, .. } = &measurements.kind else { return false };
    let size = (u.iter().map(|u| u * u).sum::<f64>() / u.len().max(1) as f64).sqrt();
    noise.is_some_and(|noise| noise < DIGITS * size)
}

/// The check of one unknown over equally good restarts; none where there was one only.
pub(crate) fn restart(RestartCheck { name, found }: &RestartCheck) -> Option<Check> {
    if found.fits < 2 {
        return None;
    }
    let failed = found.largest > DISAGREEMENT;
    let percent = 100.0 * found.largest;
    let text = if failed {
        format!("restarts that fit equally well disagree on {name} by up to {percent:.1} %")
    } else {
        format!("{} restarts that fit equally well agree on {name} to {percent:.1} %", found.fits)
    };
    let number = CheckedNumber::new;
    let mut numbers = vec![
        number("equally-good-restarts", found.fits as f64),
        number("distinct-functions", found.distinct as f64),
    ];
    numbers.extend(found.in_bands.map(|value| number("relative-to-band", value)));
    let remedy = "the data may not determine it; add a state under other conditions, or a simpler \
                  function class";
    Some(Check {
        check: "restarts",
        of: (*name).to_owned(),
        failed,
        value: found.largest,
        expected: None,
        p: None,
        threshold: Some(DISAGREEMENT),
        text,
        remedy: failed.then(|| remedy.to_owned()),
        numbers,
    })
}

fn held_out_data(tested: Tested) -> Check {
    let [value, expected] = [tested.value, tested.expected].map(f64::sqrt);
    let failed = tested.adjusted < LEVEL;
    let remedy = "the fit follows its own data better than others: the noise level, a known function \
                  or a missing term may be wrong";
    Check {
        check: "held-out-data",
        of: String::new(),
        failed,
        value,
        expected: Some(expected),
        p: Some(tested.adjusted),
        threshold: Some(LEVEL),
        text: format!(
            "data that were held out lie {value:.2} standard deviations from their prediction, noise \
             and what the other data leave open taken together ({expected:.2} expected)"
        ),
        remedy: failed.then(|| remedy.to_owned()),
        numbers: Vec::new(),
    }
}

fn held_out_experiments(held_out: HeldOut) -> Option<Check> {
    let rms = held_out.residual_rms?;
    // The errors of one prediction are dependent: whether they are too large is judged by
    // `beside-the-others`.
    let text = format!(
        "experiments that were held out lie {rms:.2} standard deviations from what the others predict, \
         noise and what they leave open taken together"
    );
    Some(Check {
        check: "held-out-experiments",
        of: String::new(),
        failed: false,
        value: rms,
        expected: None,
        p: None,
        threshold: None,
        text,
        remedy: None,
        numbers: Vec::new(),
    })
}

/// Where the score residuals of an experiment belong.
fn places(setup: &Setup, measured: &Measurements) -> Option<Places> {
    let axis = setup.grid.axes()[0];
    let centres = |lower: &[f64], upper: &[f64]| -> Vec<f64> {
        lower.iter().zip(upper).map(|(a, b)| 0.5 * (a + b)).collect()
    };
    let x = match &measured.kind {
        MeasurementKind::Values { x, .. } => x.clone(),
        MeasurementKind::Averages { lower, upper, .. }
        | MeasurementKind::Counts { lower, upper, .. } => centres(lower, upper),
        MeasurementKind::Functionals { .. } => return None,
        MeasurementKind::Positions { .. } => setup.grid.nodes().coordinates().to_vec(),
    };
    let is_circle = axis.boundary == lacuna_grid::Boundary::Periodic;
    Some(Places { x, length: axis.length, is_circle })
}
