//! Terms that the equations lack, as potentials and sources: the strong residual must change by the
//! term itself.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::f64::consts::PI;

use faer::Mat;
use lacuna_core::{Conditions, Form, Linearisation, Model, Pool, Symmetry, Tabulated};
use lacuna_grid::{Axis, Boundary, Grid};
use lacuna_models::{AggregationDiffusion, DiffusionReaction};

const CELLS: usize = 512;
const LENGTH: f64 = 2.0;

fn grid(boundary: Boundary) -> Grid {
    Grid::new(vec![Axis { origin: 0.0, length: LENGTH, cells: CELLS, boundary }]).unwrap()
}

/// The change of the strong residual by each term, by its name.
fn changes(
    model: &dyn Model,
    u: &[f64],
    functions: &Tabulated,
    conditions: &Conditions,
) -> Vec<(&'static str, Vec<f64>)> {
    let (form, residual) = (Form::Strong, vec![0.0; u.len()]);
    let at = Linearisation { form, u, functions, conditions, residual: &residual };
    let change = |term: lacuna_core::MissingTerm| {
        let values = Mat::from_fn(term.change.len(), 1, |i, _| term.change[i]);
        let mut out = Mat::zeros(u.len(), 1);
        model.tangent(&at, term.slot, values.as_ref(), &mut Pool::new(), out.as_mut()).unwrap();
        (term.name, out.col(0).iter().copied().collect())
    };
    model.missing_terms(u, functions, conditions).into_iter().map(change).collect()
}

fn assert_close(name: &str, found: &[f64], expected: &[f64]) {
    let size = expected.iter().fold(0.0, |a: f64, e| a.max(e.abs()));
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() < 1e-3 * size, "{name} at {i}: {a} {b}");
    }
}

#[test]
fn potentials_of_aggregation_diffusion_act_as_their_terms() {
    let model = AggregationDiffusion::new(grid(Boundary::Periodic), Symmetry::Even).unwrap();
    let points = Model::slots(&model)[0].points.len();
    let sigma = 0.3;
    let functions =
        Tabulated::from_values(vec![vec![0.0; points], vec![0.0; CELLS], vec![sigma], vec![1.0]]);
    let x: Vec<f64> = (0..CELLS).map(|i| LENGTH * i as f64 / CELLS as f64).collect();
    // Mean 1.5, mean square 2.25 + 0.125.
    let u: Vec<f64> = x.iter().map(|x| 1.5 + 0.5 * (PI * x).cos()).collect();
    let slope: Vec<f64> = x.iter().map(|x| -0.5 * PI * (PI * x).sin()).collect();
    let bend: Vec<f64> = x.iter().map(|x| -0.5 * PI * PI * (PI * x).cos()).collect();
    let rate = sigma * PI * PI;
    let capacity = 2.375 / 1.5;
    let found = changes(&model, &u, &functions, &Conditions::default());
    let expected: [Vec<f64>; 3] = [
        (0..CELLS).map(|i| sigma / 1.5 * (slope[i].powi(2) + u[i] * bend[i])).collect(),
        u.iter().map(|u| rate * u * (1.0 - u / capacity)).collect(),
        slope.iter().map(|slope| sigma * PI * slope).collect(),
    ];
    assert_eq!(found.len(), expected.len());
    for ((name, found), expected) in found.iter().zip(&expected) {
        assert_close(name, found, expected);
    }
}

#[test]
fn sources_of_diffusion_reaction_act_as_their_terms() {
    let model = DiffusionReaction::new(grid(Boundary::Dirichlet)).unwrap();
    let x: Vec<f64> = (0..CELLS).map(|i| LENGTH * (i as f64 + 0.5) / CELLS as f64).collect();
    let face = |i: usize| LENGTH * i as f64 / CELLS as f64;
    let a = |x: f64| 1.0 + 0.2 * x;
    let functions = Tabulated::from_values(vec![
        (0..=CELLS).map(|i| a(face(i))).collect(),
        vec![0.5; CELLS],
        vec![1.0; CELLS],
    ]);
    let state = |x: f64| 1.0 + (1.5 * x).sin();
    let u: Vec<f64> = x.iter().map(|&x| state(x)).collect();
    let conditions =
        Conditions { boundary_values: vec![state(0.0), state(LENGTH)], ..Conditions::default() };
    let size = (u.iter().map(|u| u * u).sum::<f64>() / CELLS as f64).sqrt();
    let scale = model_scale(&model, &u, &functions);
    let slope = |x: f64| 1.5 * (1.5 * x).cos();
    // (a u u')' = a' u u' + a u'² + a u u''.
    let diffused = |x: f64| {
        let (u, s) = (state(x), slope(x));
        0.2 * u * s + a(x) * (s * s - u * 2.25 * (1.5 * x).sin())
    };
    let speed = PI / LENGTH * 1.2;
    let found = changes(&model, &u, &functions, &conditions);
    let expected: [Vec<f64>; 3] = [
        u.iter().map(|u| scale * (u / size).powi(2)).collect(),
        x.iter().map(|&x| -diffused(x) / size).collect(),
        x.iter().map(|&x| speed * slope(x)).collect(),
    ];
    assert_eq!(found.len(), expected.len());
    for ((name, found), expected) in found.iter().zip(&expected) {
        // The half cells at the ends are of first order.
        assert_close(name, &found[1..CELLS - 1], &expected[1..CELLS - 1]);
    }
}

fn model_scale(model: &dyn Model, u: &[f64], functions: &Tabulated) -> f64 {
    model.natural_scale(DiffusionReaction::SOURCE, u, functions)
}
