//! What the grid does to predictions, taken off the data: for closed forms, whose parameters are known to
//! more digits than a grid has.
//!
//! Let u_1, u_2 and u_4 be the predictions of a datum on the grid and on grids of a half and a quarter of its
//! cell width, all at the fitted parameters. With r = ‖u_2 − u_1‖/‖u_4 − u_2‖ over the data of an experiment
//! (4 where errors are of second order, 16 of fourth) the prediction without error of discretisation is u_1 + δ,
//!
//! δ = (u_2 − u_1) + (u_4 − u_2) r/(r − 1)
//!
//! (Richardson with the order that is found). Since δ hardly depends on the parameters, y − δ is fitted in
//! place of y.

use lacuna_core::{Bound, EvalError};
use lacuna_fit::{FitError, Nominal, ObservedState, SteadyFit};
use lacuna_grid::Boundary;

use crate::data::{MeasurementKind, Measurements, Noise};
use crate::diagnose::plan::{unknowns, values_at_slot};
use crate::likelihood::observe;
use crate::{Error, Result, Setup};

/// Part of the noise above which δ is taken off.
const WORTHWHILE: f64 = 0.02;
/// The ratio r where it cannot be found, and the least that is believed.
const SECOND_ORDER: f64 = 4.0;
const LEAST: f64 = 2.0;

/// The measurements, of the experiments `used`, without what the grid does to them at the fit with
/// parameters `theta` of every unknown; none where that is lost in the noise (`noise`: the standard
/// deviations found, by experiment).
///
/// # Errors
/// If a finer grid has no state there.
pub(crate) fn without_grid_error(
    setup: &Setup,
    measurements: &[Measurements],
    used: &[usize],
    fit: &SteadyFit,
    theta: &[Vec<f64>],
    noise: &[Option<f64>],
) -> Result<Option<Vec<Measurements>>> {
    let bad = |source: EvalError| Error::Fit {
        place: setup.loaded.place("domain.cells"),
        source: source.into(),
    };
    let parts = 0..measurements.len();
    let coarse: Vec<Vec<f64>> =
        parts.clone().map(|e| fit.predicted(e).map_err(bad)).collect::<Result<_>>()?;
    let states: Vec<Vec<f64>> =
        parts.map(|e| fit.state(e).map(|s| s.u).map_err(bad)).collect::<Result<_>>()?;
    let on = |times| predicted_on(setup, times, measurements, used, theta, &states);
    let (half, quarter) = (on(2)?, on(4)?);
    let mut corrected = measurements.to_vec();
    let mut worthwhile = false;
    for (e, measured) in corrected.iter_mut().enumerate() {
        let (MeasurementKind::Values { u, noise: level, .. }
        | MeasurementKind::Averages { u, noise: level, .. }
        | MeasurementKind::Functionals { u, noise: level, .. }) = &mut measured.kind
        else {
            continue;
        };
        let errors = errors(&coarse[e], &half[e], &quarter[e]);
        for (i, (u, error)) in u.iter_mut().zip(errors).enumerate() {
            let sd = match (&*level, noise[e]) {
                (Noise::Known(sd), _) => sd[i],
                (Noise::Relative(sd), _) => sd[i] * u.abs(),
                (Noise::UnknownRelative, Some(sd)) => sd * u.abs(),
                (_, sd) => sd.unwrap_or(f64::INFINITY),
            };
            worthwhile |= error.abs() > WORTHWHILE * sd;
            *u -= error;
        }
    }
    Ok(worthwhile.then_some(corrected))
}

/// δ.
fn errors(coarse: &[f64], half: &[f64], quarter: &[f64]) -> Vec<f64> {
    let norm =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let ratio = norm(half, coarse) / norm(quarter, half);
    let ratio = if ratio.is_finite() { ratio.max(LEAST) } else { SECOND_ORDER };
    let last = ratio / (ratio - 1.0);
    let points = coarse.iter().zip(half).zip(quarter);
    points.map(|((u_1, u_2), u_4)| (u_2 - u_1) + (u_4 - u_2) * last).collect()
}

/// Predictions of all data on a grid of `times` as many cells, from the states on the grid.
fn predicted_on(
    setup: &Setup,
    times: usize,
    measurements: &[Measurements],
    used: &[usize],
    theta: &[Vec<f64>],
    states: &[Vec<f64>],
) -> Result<Vec<Vec<f64>>> {
    let failed =
        |source: FitError| Error::Fit { place: setup.loaded.place("domain.cells"), source };
    let mut loaded = setup.loaded.clone();
    loaded.problem.domain.cells[0] *= times;
    let fine = Setup::new(&loaded)?;
    let mut observed = Vec::new();
    for (measured, &index) in measurements.iter().zip(used) {
        observed.push(ObservedState {
            conditions: fine.conditions(index),
            slots: fine.slots(index)?,
            observations: observe(&fine, index, measured)?.observations,
            unknown_noise: false,
            initial: None,
        });
    }
    let guesses = states.iter().map(|u| interpolated(setup, &fine, u)).collect();
    let values = fine.unknowns.iter().zip(theta).enumerate().map(|(s, (unknown, theta))| {
        let function = unknown.unknown.function.clone();
        values_at_slot(&fine, s, &[Bound { function, theta: theta.clone() }])
    });
    let values = values.collect();
    let nominal = Nominal::new(fine.model.clone(), &unknowns(&fine), observed, values, guesses)
        .map_err(failed)?;
    let of = |(e, u): (usize, &Vec<f64>)| {
        let observations = nominal.observations(e);
        let mut out = vec![0.0; observations.n_data()];
        observations.predicted(u, &mut out);
        out
    };
    Ok(nominal.states().iter().enumerate().map(of).collect())
}

/// A state at the nodes of a finer grid, linear between those of the coarser one.
fn interpolated(coarse: &Setup, fine: &Setup, u: &[f64]) -> Vec<f64> {
    let x = coarse.grid.nodes().coordinates();
    let axis = coarse.grid.axes()[0];
    let n = x.len();
    let at = |at: &f64| {
        let right = x.partition_point(|x| x < at);
        let (left, right, wrap) = match (right, axis.boundary) {
            (0, Boundary::Periodic) => (n - 1, 0, -axis.length),
            (0, Boundary::Dirichlet) => (0, 1, 0.0),
            (r, Boundary::Periodic) if r == n => (n - 1, 0, axis.length),
            (r, Boundary::Dirichlet) if r == n => (n - 2, n - 1, 0.0),
            (r, _) => (r - 1, r, 0.0),
        };
        let (from, to) =
            if wrap < 0.0 { (x[left] + wrap, x[right]) } else { (x[left], x[right] + wrap) };
        u[left] + (u[right] - u[left]) * (at - from) / (to - from)
    };
    fine.grid.nodes().coordinates().iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_any_order_are_found() {
        for order in [2, 4] {
            let at = |h: f64| -> Vec<f64> {
                (0..9).map(|i| f64::from(i).cos() * (1.0 + 0.3 * h.powi(order))).collect()
            };
            let (exact, coarse) = (at(0.0), at(0.1));
            let found = errors(&coarse, &at(0.05), &at(0.025));
            for ((found, exact), coarse) in found.iter().zip(&exact).zip(&coarse) {
                assert!((found - (exact - coarse)).abs() < 1e-12, "{order}: {found}");
            }
        }
    }
}
