//! What the grid does to predictions, taken off the data: for closed forms, whose parameters are known to
//! more digits than a grid has.
//!
//! With u_h the prediction of a datum on the grid and u_{h/2} on one of half the cell width, both at the
//! fitted parameters, the prediction without error of discretisation is u_h + δ, δ = 4/3 (u_{h/2} − u_h), to
//! fourth order in h (Richardson). Since δ hardly depends on the parameters, y − δ is fitted in place of y.

use lacuna_core::{Bound, EvalError};
use lacuna_fit::{FitError, Nominal, ObservedState, SteadyFit};
use lacuna_grid::Boundary;

use crate::data::{MeasurementKind, Measurements, Noise};
use crate::diagnose::plan::{unknowns, values_at_slot};
use crate::likelihood::observe;
use crate::{Error, Result, Setup};

/// Part of the noise above which δ is taken off.
const WORTHWHILE: f64 = 0.02;

/// The measurements, of the experiments `used`, without what the grid does to them at the fit with
/// parameters `theta` of every unknown; none where that is lost in the noise (`noise`: the standard
/// deviations found, by experiment).
///
/// # Errors
/// If the finer grid has no state there.
pub(crate) fn without_grid_error(
    setup: &Setup,
    measurements: &[Measurements],
    used: &[usize],
    fit: &SteadyFit,
    theta: &[Vec<f64>],
    noise: &[Option<f64>],
) -> Result<Option<Vec<Measurements>>> {
    let place = || setup.loaded.place("domain.cells");
    let failed = |source: FitError| Error::Fit { place: place(), source };
    let bad = |source: EvalError| Error::Fit { place: place(), source: source.into() };
    let mut loaded = setup.loaded.clone();
    loaded.problem.domain.cells[0] *= 2;
    let fine = Setup::new(&loaded)?;
    let mut states = Vec::new();
    let mut guesses = Vec::new();
    for (e, (measured, &index)) in measurements.iter().zip(used).enumerate() {
        states.push(ObservedState {
            conditions: fine.conditions(index),
            slots: fine.slots(index)?,
            observations: observe(&fine, index, measured)?.observations,
            unknown_noise: false,
            initial: None,
        });
        guesses.push(interpolated(setup, &fine, &fit.state(e).map_err(bad)?.u));
    }
    let values = fine.unknowns.iter().zip(theta).enumerate().map(|(s, (unknown, theta))| {
        let function = unknown.unknown.function.clone();
        values_at_slot(&fine, s, &[Bound { function, theta: theta.clone() }])
    });
    let values = values.collect();
    let nominal = Nominal::new(fine.model.clone(), &unknowns(&fine), states, values, guesses)
        .map_err(failed)?;
    let mut corrected = measurements.to_vec();
    let mut worthwhile = false;
    for (e, measured) in corrected.iter_mut().enumerate() {
        let coarse = fit.predicted(e).map_err(bad)?;
        let mut better = vec![0.0; coarse.len()];
        nominal.observations(e).predicted(&nominal.states()[e], &mut better);
        let (MeasurementKind::Values { u, noise: level, .. }
        | MeasurementKind::Averages { u, noise: level, .. }
        | MeasurementKind::Functionals { u, noise: level, .. }) = &mut measured.kind
        else {
            continue;
        };
        for (i, u) in u.iter_mut().enumerate() {
            let error = 4.0 / 3.0 * (better[i] - coarse[i]);
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
