//! Derivatives of steady states, by Taylor remainders through the solver.

mod common;

use common::{COUPLING, Kuramoto, POTENTIAL};
use lacuna_core::taylor::TaylorTest;
use lacuna_core::{Conditions, Dual, EvalError, Scalar, Stop, Tabulated};
use lacuna_solve::{
    SteadyStateOptions, TangentOptions, TangentSolver, map_tangent, steady_state, tangent_solve,
};

fn potential(x: f64) -> f64 {
    0.4 * x.cos() - 0.2 * (2.0 * x).sin()
}

fn solve(model: &Kuramoto, functions: &Tabulated<f64>) -> Vec<f64> {
    let guess = model.density(|x| (2.0 * (x - 3.0).cos()).exp());
    let options = SteadyStateOptions::default();
    let state = steady_state(model, functions, &Conditions::default(), &guess, &options, None)
        .expect("a valid problem");
    assert!(state.stop.is_converged());
    assert!(state.residual < 1e-14, "{:e}", state.residual);
    state.u
}

/// The response to a change of the values of one slot.
fn response(model: &Kuramoto, functions: &Tabulated<f64>, slot: usize, df: &[f64]) -> Vec<f64> {
    let conditions = Conditions::default();
    let u = solve(model, functions);
    let mut lifted = functions.lift::<Dual>();
    for (value, d) in lifted.values_mut(slot).iter_mut().zip(df) {
        *value = Dual::assemble(value.value(), |_| *d);
    }
    let mut rhs = vec![0.0; u.len()];
    map_tangent(model, &lifted, &conditions, &u, &mut rhs).expect("a valid problem");
    let options = TangentOptions::default();
    let tangent =
        tangent_solve(model, functions, &conditions, &u, &rhs, &options).expect("a valid problem");
    assert_eq!(tangent.outcome.stop, Stop::Converged, "{:?}", tangent.outcome);
    assert!(tangent.outcome.iterations <= 3, "{:?}", tangent.outcome);
    tangent.du
}

#[test]
fn the_derivative_with_respect_to_a_scalar_passes_the_taylor_test() {
    let model = Kuramoto::new(64);
    let du = response(&model, &model.functions(3.0, potential), COUPLING, &[1.0]);
    let g = |h: f64| solve(&model, &model.functions(3.0 + h, potential));
    let test = TaylorTest::run(g, &du, 1e-1, 8);
    assert!(test.passes(), "{test:?}");
    assert!(test.orders().len() >= 6, "{test:?}");
}

#[test]
fn the_derivative_with_respect_to_a_function_passes_the_taylor_test() {
    let model = Kuramoto::new(65);
    let direction = |x: f64| (3.0 * x).sin() + 0.5 * x.cos();
    let df: Vec<f64> = model.x.iter().map(|&x| direction(x)).collect();
    let du = response(&model, &model.functions(3.0, potential), POTENTIAL, &df);
    let g = |h: f64| solve(&model, &model.functions(3.0, |x| potential(x) + h * direction(x)));
    let test = TaylorTest::run(g, &du, 1e-1, 8);
    assert!(test.passes(), "{test:?}");
    assert!(model.mass(&du).abs() < 1e-13, "mass is conserved");
}

#[test]
fn a_free_translation_leaves_the_symmetric_response() {
    // V = 0: I − ∂T/∂u is singular along u', but the response to κ is symmetric.
    let model = Kuramoto::new(64);
    let functions = model.functions(4.0, |_| 0.0);
    let conditions = Conditions::default();
    let u = model.exact(4.0);
    let mut lifted = functions.lift::<Dual>();
    lifted.values_mut(COUPLING)[0] = Dual::assemble(4.0, |_| 1.0);
    let mut rhs = vec![0.0; 64];
    map_tangent(&model, &lifted, &conditions, &u, &mut rhs).expect("a valid problem");
    let options = TangentOptions::default();
    let mut solver =
        TangentSolver::new(&model, &functions, &conditions, &u, &options).expect("a valid problem");
    let mut du = vec![0.0; 64];
    let outcome = solver.solve(&rhs, &mut du).expect("a valid problem");
    assert_eq!(outcome.stop, Stop::Converged, "{outcome:?}");
    assert!(solver.jacobian_products() <= 4);
    let test = TaylorTest::run(|h| model.exact(4.0 + h), &du, 1e-1, 8);
    assert!(test.passes(), "{test:?}");

    // A force that would set the state in motion has no steady response.
    for (rhs, (x, u)) in rhs.iter_mut().zip(model.x.iter().zip(&u)) {
        *rhs = u * x.sin();
    }
    let outcome = solver.solve(&rhs, &mut du).expect("a valid problem");
    assert!(!outcome.stop.is_converged() || du.iter().any(|d| d.abs() > 1e6), "{outcome:?}");
}

#[test]
fn wrong_lengths_are_errors() {
    let model = Kuramoto::new(8);
    let functions = model.functions(1.0, |_| 0.0);
    let conditions = Conditions::default();
    let options = TangentOptions::default();
    let error =
        tangent_solve(&model, &functions, &conditions, &[0.1; 7], &[0.0; 7], &options).unwrap_err();
    assert_eq!(error, EvalError::Shape { quantity: "state", found: 7, expected: 8 });
    let error =
        tangent_solve(&model, &functions, &conditions, &[0.1; 8], &[0.0; 7], &options).unwrap_err();
    assert_eq!(error, EvalError::Shape { quantity: "right-hand side", found: 7, expected: 8 });
}
