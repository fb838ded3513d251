//! From parameters to what is reported of a function, whatever found them.

use std::ops::Range;
use std::sync::Arc;

use lacuna_core::{Argument, Bound, Points, Slot};
use lacuna_fit::Start;
use lacuna_identify::disagreement;
use lacuna_surrogate::Known;

use crate::checks::{DISAGREEMENT, RestartCheck};
use crate::setup::{NamedUnknown, Truth};
use crate::{RecoveredFunction, RecoveredParameter, Restart, Setup};

/// Fewest points at which a recovered function is reported.
const MIN_SAMPLES: usize = 201;

/// The slot of an unknown.
pub(crate) fn slot<'a>(setup: &'a Setup, unknown: &NamedUnknown) -> &'a Slot {
    &setup.model.slots()[unknown.unknown.slot]
}

/// The function with parameters `theta`, without its mean if that has no meaning.
pub(crate) fn recovered(
    setup: &Setup,
    unknown: &NamedUnknown,
    theta: &[f64],
    truth: Option<&Truth>,
) -> RecoveredFunction {
    let slot = slot(setup, unknown);
    let mut bound =
        vec![Bound { function: unknown.unknown.function.clone(), theta: theta.to_vec() }];
    let offset = if slot.gauge { -mean(slot, &bound) } else { 0.0 };
    bound.push(Bound::known(Arc::new(Known(offset))));

    let (x, points) = match slot.domain.first() {
        None => (vec![f64::NAN], Points::none()),
        Some(domain) => {
            let cells = setup.grid.len();
            let count = cells * (MIN_SAMPLES - 1).div_ceil(cells) + 1;
            let x = domain.sample(count);
            (x.clone(), Points::line(x))
        }
    };
    let (truth, relative_l2_error) = match truth {
        None => (None, None),
        Some(truth) => {
            let (values, error) = compare(slot, &bound, truth, &points);
            (Some(values), Some(error).filter(|error| error.is_finite()))
        }
    };
    RecoveredFunction {
        name: unknown.name.into(),
        description: slot.description,
        argument: slot.argument,
        surrogate: unknown.description.clone(),
        finer: None,
        gauge: slot.gauge,
        values: sum_values(&bound, &points),
        x,
        truth,
        relative_l2_error,
        theta: theta.to_vec(),
        offset,
        band: None,
        prior: None,
        support: Vec::new(),
        parameters: unknown
            .unknown
            .function
            .parameter_names()
            .into_iter()
            .zip(theta)
            .map(|(name, &value)| RecoveredParameter::bare(name, value))
            .collect(),
    }
}

/// Half-widths of the band of an unknown with these values, if it has one.
pub(crate) type HalfWidths<'a> = dyn Fn(usize, &[f64]) -> Option<Vec<f64>> + 'a;

/// Starts that fit as well as the best, as `is_rival` says of their costs, compared unknown by unknown;
/// `half_widths` are those of the band of an unknown at the points of its slot, if it has one.
pub(crate) fn disagreements(
    setup: &Setup,
    ranges: &[Range<usize>],
    starts: &[Start],
    best: usize,
    is_rival: &dyn Fn(f64) -> bool,
    half_widths: &HalfWidths<'_>,
) -> Vec<RestartCheck> {
    let values = |start: &Start, i: usize| -> Vec<f64> {
        let unknown = &setup.unknowns[i];
        let function = unknown.unknown.function.clone();
        let theta = start.fit.theta[ranges[i].clone()].to_vec();
        let slot = slot(setup, unknown);
        let mut values = Bound { function, theta }.values(&slot.points);
        if slot.gauge {
            remove_mean(&mut values, &slot.weights);
        }
        values
    };
    let rivals: Vec<&Start> =
        starts.iter().filter(|s| s.index != starts[best].index && is_rival(s.fit.cost)).collect();
    let compare = |(i, unknown): (usize, &NamedUnknown)| {
        let mut fits = vec![values(&starts[best], i)];
        fits.extend(rivals.iter().map(|rival| values(rival, i)));
        let half_widths = half_widths(i, &fits[0]);
        let weights = &slot(setup, unknown).weights;
        let found = disagreement(&fits, weights, half_widths.as_deref(), DISAGREEMENT);
        RestartCheck { name: unknown.name, found }
    };
    setup.unknowns.iter().enumerate().map(compare).collect()
}

/// A remark when there are more unknown functions than states: each state is one equation between
/// functions, so that fewer cannot tell them apart.
pub(crate) fn too_few_states(setup: &Setup, states: usize) -> Option<String> {
    let slots = setup.model.slots();
    let is_function = |u: &&NamedUnknown| slots[u.unknown.slot].argument != Argument::None;
    let names: Vec<&str> = setup.unknowns.iter().filter(is_function).map(|u| u.name).collect();
    (names.len() > states).then(|| {
        format!(
            "{states} state{} cannot determine {} functions ({}): each state is one equation \
             between them, and what is reported is one solution of many; add a state under other \
             conditions, or give one of them",
            if states == 1 { "" } else { "s" },
            names.len(),
            names.join(", ")
        )
    })
}

pub(crate) fn restart(start: &Start) -> Restart {
    Restart {
        index: start.index,
        seed: start.seed,
        stop: start.fit.stop.code(),
        cost: start.fit.cost,
        iterations: start.fit.history.len().saturating_sub(1),
        residual_evaluations: start.fit.counts.residuals,
        derivative_evaluations: start.fit.counts.derivatives,
        history: start.fit.history.clone(),
    }
}

fn sum_values(terms: &[Bound], points: &Points) -> Vec<f64> {
    let mut sum = vec![0.0; points.len()];
    for term in terms {
        for (sum, value) in sum.iter_mut().zip(term.values(points)) {
            *sum += value;
        }
    }
    sum
}

fn mean(slot: &Slot, terms: &[Bound]) -> f64 {
    weighted_mean(&sum_values(terms, &slot.points), &slot.weights)
}

fn weighted_mean(values: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    values.iter().zip(weights).map(|(v, w)| v * w).sum::<f64>() / total
}

fn remove_mean(values: &mut [f64], weights: &[f64]) {
    let mean = weighted_mean(values, weights);
    for value in values {
        *value -= mean;
    }
}

/// ‖a − b‖ / ‖b‖ in L² with the given weights.
fn relative_difference(a: &[f64], b: &[f64], weights: &[f64]) -> f64 {
    let difference: f64 = a.iter().zip(b).zip(weights).map(|((a, b), w)| w * (a - b).powi(2)).sum();
    let norm: f64 = b.iter().zip(weights).map(|(b, w)| w * b * b).sum();
    (difference / norm).sqrt()
}

/// The truth at `points`, and the relative L² error of `found` against it.
///
/// The error is taken where the truth is exact: at the points of its table, else at the slot's.
fn compare(slot: &Slot, found: &[Bound], truth: &Truth, points: &Points) -> (Vec<f64>, f64) {
    let (at, weights) = match &truth.points {
        Some(x) => (Points::line(x.clone()), vec![1.0; x.len()]),
        None => (slot.points.clone(), slot.weights.clone()),
    };
    let mut found_values = sum_values(found, &at);
    let mut true_values = sum_values(&truth.function, &at);
    let mut shown = sum_values(&truth.function, points);
    if slot.gauge {
        let true_mean = weighted_mean(&true_values, &weights);
        remove_mean(&mut found_values, &weights);
        remove_mean(&mut true_values, &weights);
        for value in &mut shown {
            *value -= true_mean;
        }
    }
    (shown, relative_difference(&found_values, &true_values, &weights))
}
