//! Two stable states of one equation, seen through few and noisy values: each fit stays on its own
//! branch.
//!
//! σ = 1, κ = 8, L = 10: the population gathers in one place or in another. Data of
//! `examples-data/branches`.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;

use common::{fourier, known, number, unknown};
use lacuna_core::{Conditions, Flow, Symmetry};
use lacuna_fit::{
    Observations, ObservedState, PriorOptions, SteadyOptions, SteadyUnknown, Unknown, fit_steady,
};
use lacuna_grid::{Axis, Boundary, Functionals, Grid};
use lacuna_models::AggregationDiffusion;

const STATES: [&str; 2] = [
    include_str!("../../lacuna/examples-data/branches/state-1.csv"),
    include_str!("../../lacuna/examples-data/branches/state-2.csv"),
];
const CELLS: usize = 128;

/// Column u of a file of 256 nodes.
fn column(text: &str) -> Vec<f64> {
    text.lines().skip(1).map(|l| l.split(',').nth(1).unwrap().parse().unwrap()).collect()
}

#[test]
fn each_state_stays_on_its_branch() {
    let axis = Axis { origin: 0.0, length: 10.0, cells: CELLS, boundary: Boundary::Periodic };
    let grid = Grid::new(vec![axis]).unwrap();
    let model = Arc::new(AggregationDiffusion::new(grid.clone(), Symmetry::Even).unwrap());
    let truth = STATES.map(column);
    let states = truth
        .iter()
        .enumerate()
        .map(|(e, u)| {
            let peak = u.iter().copied().fold(0.0, f64::max);
            let nodes: Vec<usize> = (0..32).map(|k| 8 * k).collect();
            let x: Vec<f64> = nodes.iter().map(|&i| 10.0 * i as f64 / 256.0).collect();
            let noise = |k: usize| (3.7 * k as f64 + e as f64).sin() * std::f64::consts::SQRT_2;
            let sd = 0.05 * peak;
            let y = nodes.iter().enumerate().map(|(k, &i)| u[i] + sd * noise(k)).collect();
            let functionals = Functionals::points(&grid, &x, &[]);
            ObservedState {
                conditions: Conditions::default(),
                slots: vec![unknown(0), unknown(1), known(number(1.0)), known(number(8.0))],
                observations: Observations::gaussian(functionals, y, vec![sd; 32]).unwrap(),
                unknown_noise: false,
                initial: None,
            }
        })
        .collect();
    let unknowns: Vec<SteadyUnknown> = (0..2)
        .map(|slot| {
            let function = fourier(&lacuna_core::Model::slots(model.as_ref())[slot], 12);
            let prior = PriorOptions::default();
            SteadyUnknown { unknown: Unknown { slot, function }, positive: false, prior }
        })
        .collect();
    let options = SteadyOptions { restarts: 1, ..SteadyOptions::default() };
    let fit = fit_steady(model, &unknowns, states, &options, &|_, _| Flow::Continue).unwrap();
    let own: Vec<Vec<f64>> = (0..2).map(|e| fit.state(e).unwrap().u).collect();
    let distance = |found: &[f64], u: &[f64]| -> f64 {
        let square = |v: &mut dyn Iterator<Item = f64>| v.map(|d| d * d).sum::<f64>().sqrt();
        square(&mut (0..CELLS).map(|i| found[i] - u[2 * i]))
            / square(&mut (0..CELLS).map(|i| u[2 * i]))
    };
    for e in 0..2 {
        let (near, far) = (distance(&own[e], &truth[e]), distance(&own[e], &truth[1 - e]));
        assert!(near < 0.1, "{e}: {near}");
        assert!(far > 0.5, "{e}: {far}");
    }
    assert!(fit.chi_squares.iter().all(|c| *c < 64.0), "{:?}", fit.chi_squares);
}
