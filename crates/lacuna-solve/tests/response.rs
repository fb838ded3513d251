//! The factored response of a steady state, against products with dual numbers, against GMRES, and
//! against states that are solved for again.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::f64::consts::TAU;

use common::{COUPLING, Kuramoto, POTENTIAL};
use faer::{Mat, MatMut};
use lacuna_core::taylor::TaylorTest;
use lacuna_core::{Conditions, Dual, Pool, Scalar, SteadyModel, Tabulated};
use lacuna_solve::{
    Response, SteadyStateOptions, TangentOptions, map_tangent, steady_state, tangent_solve,
};

fn potential(x: f64) -> f64 {
    0.4 * x.cos() - 0.2 * (2.0 * x).sin()
}

fn solve(model: &Kuramoto, functions: &Tabulated<f64>) -> Vec<f64> {
    let guess = model.density(|x| (2.0 * (x - 3.0).cos()).exp());
    let options = SteadyStateOptions::default();
    let conditions = Conditions::default();
    let state = steady_state(model, functions, &conditions, &guess, &options, None).unwrap();
    assert!(state.stop.is_converged());
    state.u
}

/// (I − ∂T/∂u) x, column by column, by dual numbers through T.
fn product(model: &Kuramoto, functions: &Tabulated<f64>, u: &[f64], x: &Mat<f64>) -> Mat<f64> {
    let lifted = functions.lift::<Dual>();
    let mut out = Mat::zeros(x.nrows(), x.ncols());
    for j in 0..x.ncols() {
        let state: Vec<Dual> =
            u.iter().enumerate().map(|(i, &u)| Dual::assemble(u, |_| x[(i, j)])).collect();
        let mut map = vec![Dual::constant(0.0); u.len()];
        let conditions = Conditions::default();
        model.map(&state, &lifted, &conditions, &mut Pool::new(), &mut map).unwrap();
        for i in 0..u.len() {
            out[(i, j)] = x[(i, j)] - map[i].tangent(0);
        }
    }
    out
}

fn columns(n: usize, k: usize) -> Mat<f64> {
    Mat::from_fn(n, k, |i, j| (1.3 * i as f64 + 2.1 * j as f64).sin() + 0.1)
}

#[test]
fn both_solves_invert_products_with_dual_numbers() {
    for n in [2, 3, 33, 64] {
        let model = Kuramoto::new(n);
        let functions = model.functions(3.0, potential);
        let u = if n < 8 {
            model.density(|x| (0.3 * x.cos()).exp())
        } else {
            solve(&model, &functions)
        };
        let response = Response::new(&model, &functions, &Conditions::default(), &u).unwrap();
        assert!(!response.is_singular());
        let rhs = columns(n, 3);
        let mut x = rhs.clone();
        response.solve_in_place(x.as_mut());
        let error = (product(&model, &functions, &u, &x) - &rhs).norm_max();
        assert!(error < 1e-11 * (1.0 + x.norm_max()), "n = {n}: {error:e}");

        // ⟨A⁻ᵀ y, r⟩ = ⟨y, A⁻¹ r⟩.
        let y = Mat::from_fn(n, 2, |i, j| (0.7 * i as f64 - j as f64).cos());
        let mut adjoint = y.clone();
        response.solve_transpose_in_place(adjoint.as_mut());
        let difference = (adjoint.transpose() * &rhs - y.transpose() * &x).norm_max();
        assert!(difference < 1e-11 * (1.0 + x.norm_max()) * n as f64, "n = {n}: {difference:e}");
    }
}

/// (∂T/∂f) δf as a column.
fn forcing(
    model: &Kuramoto,
    functions: &Tabulated<f64>,
    u: &[f64],
    slot: usize,
    df: &[f64],
) -> Vec<f64> {
    let mut lifted = functions.lift::<Dual>();
    for (value, d) in lifted.values_mut(slot).iter_mut().zip(df) {
        *value = Dual::assemble(value.value(), |_| *d);
    }
    let mut rhs = vec![0.0; u.len()];
    map_tangent(model, &lifted, &Conditions::default(), u, &mut rhs).unwrap();
    rhs
}

fn respond(model: &Kuramoto, functions: &Tabulated<f64>, u: &[f64], rhs: &[f64]) -> Vec<f64> {
    let response = Response::new(model, functions, &Conditions::default(), u).unwrap();
    let mut du = rhs.to_vec();
    response.solve_in_place(MatMut::from_column_major_slice_mut(&mut du, rhs.len(), 1));
    du
}

#[test]
fn the_response_is_the_derivative_of_states_solved_again() {
    let model = Kuramoto::new(65);
    let functions = model.functions(3.0, potential);
    let u = solve(&model, &functions);
    let direction = |x: f64| (3.0 * x).sin() + 0.5 * x.cos();
    let df: Vec<f64> = model.x.iter().map(|&x| direction(x)).collect();

    let du = respond(&model, &functions, &u, &forcing(&model, &functions, &u, POTENTIAL, &df));
    let along = |h: f64| solve(&model, &model.functions(3.0, |x| potential(x) + h * direction(x)));
    let test = TaylorTest::run(along, &du, 1e-1, 8);
    assert!(test.passes() && test.orders().len() >= 6, "{test:?}");

    let du = respond(&model, &functions, &u, &forcing(&model, &functions, &u, COUPLING, &[1.0]));
    let along = |h: f64| solve(&model, &model.functions(3.0 + h, potential));
    let test = TaylorTest::run(along, &du, 1e-1, 8);
    assert!(test.passes() && test.orders().len() >= 6, "{test:?}");
}

#[test]
fn the_response_agrees_with_the_krylov_solve() {
    let model = Kuramoto::new(64);
    let functions = model.functions(3.0, potential);
    let (u, conditions) = (solve(&model, &functions), Conditions::default());
    let df: Vec<f64> = model.x.iter().map(|x| (2.0 * x).cos()).collect();
    let rhs = forcing(&model, &functions, &u, POTENTIAL, &df);
    let options = TangentOptions::default();
    let krylov = tangent_solve(&model, &functions, &conditions, &u, &rhs, &options).unwrap();
    let factored = respond(&model, &functions, &u, &rhs);
    for (a, b) in krylov.du.iter().zip(&factored) {
        assert!((a - b).abs() < 1e-10, "{a} {b}");
    }
}

/// V = 0: the state may be translated freely, and u' is in the null space.
#[test]
fn without_a_potential_the_response_has_no_translation() {
    let model = Kuramoto::new(64);
    let functions = model.functions(4.0, |_| 0.0);
    let (u, conditions) = (model.exact(4.0), Conditions::default());
    let response = Response::new(&model, &functions, &conditions, &u).unwrap();
    assert!(response.is_singular());

    // u = exp(a cos x)/Z, so that u' ∝ u sin x.
    let mut shift: Vec<f64> = u.iter().zip(&model.x).map(|(u, x)| u * x.sin()).collect();
    let length = shift.iter().map(|s| s * s).sum::<f64>().sqrt();
    shift.iter_mut().for_each(|s| *s /= length);
    let along = |v: &[f64]| -> f64 { v.iter().zip(&shift).map(|(v, s)| v * s).sum() };

    // Both are even about 0, so that they do not set the state in motion.
    let df: Vec<f64> = model.x.iter().map(|x| (2.0 * x).cos()).collect();
    for rhs in [
        forcing(&model, &functions, &u, COUPLING, &[1.0]),
        forcing(&model, &functions, &u, POTENTIAL, &df),
    ] {
        let options = TangentOptions::default();
        let krylov = tangent_solve(&model, &functions, &conditions, &u, &rhs, &options).unwrap();
        assert!(krylov.outcome.stop.is_converged());
        let moved = along(&krylov.du);
        let mut du = rhs.clone();
        response.solve_in_place(MatMut::from_column_major_slice_mut(&mut du, 64, 1));
        assert!(along(&du).abs() < 1e-10, "{:e}", along(&du));
        for ((krylov, s), found) in krylov.du.iter().zip(&shift).zip(&du) {
            assert!((krylov - moved * s - found).abs() < 1e-8, "{krylov} {found}");
        }
    }

    // The pseudo-inverse of the transpose is the transpose of the pseudo-inverse.
    let (x, y) = (columns(64, 1), Mat::from_fn(64, 1, |i, _| (TAU * i as f64 / 7.0).cos()));
    let (mut forward, mut adjoint) = (x.clone(), y.clone());
    response.solve_in_place(forward.as_mut());
    response.solve_transpose_in_place(adjoint.as_mut());
    let difference = (y.transpose() * &forward - adjoint.transpose() * &x).norm_max();
    assert!(difference < 1e-9 * forward.norm_max(), "{difference:e}");
}
