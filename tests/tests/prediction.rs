//! Steady states of known and of recovered equations, and the work that fits and solves take.
//!
//! Exact states used here, on the circle with W = −cos, σ = 1: with a field V = h cos x,
//!
//!   u = exp(a cos x) / (2π I0(a)),   a = κ R − h,   R = I1(a)/I0(a),
//!
//! and T'(u) has the eigenvalue κ R/a = 1 + h/a for rotations of the state: against a field h > 0
//! the state is unstable, and the iteration u ← T(u) leaves it.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

mod support;

use std::f64::consts::PI;
use std::sync::OnceLock;

use lacuna::problem::{FunctionSpec, LoadedProblem, Problem, ScalarSpec, Source, SurrogateSpec};
use lacuna::{Flow, Recovery, SavedModel, Setup, SolvedState, data::write_csv};
use support::{assert_recovered, example, function, network, recover, seek_in};
use tempfile::TempDir;

fn solve(setup: &Setup, guesses: &[Vec<f64>]) -> Vec<SolvedState> {
    lacuna::solve(setup, guesses, &mut |_, _| Flow::Continue).unwrap()
}

fn solve_problem(loaded: &LoadedProblem) -> Vec<SolvedState> {
    solve(&Setup::new(loaded).unwrap(), &[])
}

/// ‖a − b‖ / ‖b‖ of values at equally spaced points.
fn relative_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let square = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>();
    (square(&mut a.iter().zip(b).map(|(a, b)| a - b)) / square(&mut b.iter().copied())).sqrt()
}

/// Mass 1 to round-off, and no node at or below zero.
#[track_caller]
fn assert_density(setup: &Setup, u: &[f64]) {
    let mass = setup.grid.integrate(u) * setup.units().length;
    assert!((mass - 1.0).abs() < 1e-14, "mass 1 + {:.1e}", mass - 1.0);
    assert!(u.iter().all(|&u| u > 0.0), "a density is positive");
}

/// Column `u` of the state of experiment `index`.
fn observed(loaded: &LoadedProblem, index: usize) -> Vec<f64> {
    loaded.read_state(index).unwrap().unwrap().u
}

/// The recovery of the built-in problem, which several tests look at.
fn two_states() -> &'static (TempDir, LoadedProblem, Recovery) {
    static RECOVERED: OnceLock<(TempDir, LoadedProblem, Recovery)> = OnceLock::new();
    RECOVERED.get_or_init(|| {
        let (dir, loaded) = example("two-states");
        let recovery = recover(&loaded);
        (dir, loaded, recovery)
    })
}

/// States of the fully known problem against the exact ones, from the guess `initial`.
fn assert_exact_kuramoto_states(initial: &str) {
    let (_dir, mut known) = example("kuramoto-states");
    let (_other_dir, data) = example("kuramoto");
    known.problem.solve.initial = Some(initial.into());
    let setup = Setup::new(&known).unwrap();
    let states = solve(&setup, &[]);
    assert_eq!(states.len(), 2);
    for (index, state) in states.iter().enumerate() {
        let exact = observed(&data, index);
        let difference = relative_difference(&state.u, &exact);
        println!("from {initial}: {difference:.1e}; {:?}", state.counts);
        assert!(state.stop.is_converged());
        assert!(difference < 1e-10, "from {initial}, state {}: {difference:e}", index + 1);
        assert_density(&setup, &state.u);
    }
}

#[test]
fn kuramoto_states_match_the_exact_ones() {
    for initial in ["exp(cos(x))", "1 + 0.9*cos(x)", "exp(3*cos(x))"] {
        assert_exact_kuramoto_states(initial);
    }
}

/// A guess on the right side is enough: u = 1/(2π) is a steady state too, but an unstable one.
#[test]
fn kuramoto_states_are_reached_from_the_guess_of_the_example() {
    let (_dir, known) = example("kuramoto-states");
    assert_exact_kuramoto_states(&known.problem.solve.initial.unwrap());
}

/// Everything the equation needs is in `model.json`, written and read back in another folder.
#[test]
fn a_recovered_model_predicts_a_state_it_has_not_seen() {
    let (_dir, loaded, recovery) = two_states();
    let elsewhere = TempDir::new().unwrap();
    let path = elsewhere.path().join("model.json");
    SavedModel::new(loaded, recovery).unwrap().write(&path).unwrap();
    let mut model = SavedModel::read(&path).unwrap();
    assert_eq!(model.recovered["W"].theta, function(recovery, "W").theta, "bit by bit");
    model.problem.set_scalar("coupling", 0.15).unwrap();
    let setup = model.setup(&path).unwrap();
    let predicted = solve(&setup, &model.states);

    let mut truth = loaded.clone();
    for name in ["W", "V"] {
        let table = Source::Table(format!("truth-{name}.csv").into());
        truth.problem.functions.insert(name.into(), FunctionSpec::Known(table));
    }
    truth.problem.set_scalar("coupling", 0.15).unwrap();
    let expected = solve_problem(&truth);

    for (predicted, expected) in predicted.iter().zip(&expected) {
        assert!(predicted.stop.is_converged() && expected.stop.is_converged());
        let difference = relative_difference(&predicted.u, &expected.u);
        println!("κ = 0.15: {difference:.1e}");
        assert!(difference < 1e-3, "{difference:e}");
        assert_density(&setup, &predicted.u);
    }
    // κ = 0.15 is not just one of the two couplings observed.
    let old = observed(loaded, 0);
    assert!(relative_difference(&expected[0].u, &old) > 1e-2);
}

#[test]
fn a_recovered_function_stands_in_another_problem() {
    let (_dir, loaded, recovery) = two_states();
    let elsewhere = TempDir::new().unwrap();
    let path = elsewhere.path().join("model.json");
    SavedModel::new(loaded, recovery).unwrap().write(&path).unwrap();
    let text = r#"
        [model]
        kind = "aggregation-diffusion"
        diffusion = 0.1
        coupling = 0.2
        [domain]
        boundary = "periodic"
        cells = [256]
        [functions.W]
        model = "model.json"
        [functions.V]
        model = "model.json"
    "#;
    let states = solve_problem(&Problem::from_str(text, elsewhere.path()).unwrap());
    let difference = relative_difference(&states[0].u, &observed(loaded, 1));
    assert!(difference < 1e-5, "{difference:e}");
}

/// The functions written for people give the same states as the parameters do.
#[test]
fn a_recovered_table_is_as_good_as_the_model() {
    let (_dir, loaded, recovery) = two_states();
    let elsewhere = TempDir::new().unwrap();
    for name in ["W", "V"] {
        let f = function(recovery, name);
        let path = elsewhere.path().join(format!("{name}.csv"));
        write_csv(&path, &["x", "value"], &[&f.x, &f.values]).unwrap();
    }
    let mut known = loaded.clone();
    known.base_dir = elsewhere.path().into();
    for name in ["W", "V"] {
        let table = Source::Table(format!("{name}.csv").into());
        known.problem.functions.insert(name.into(), FunctionSpec::Known(table));
    }
    known.problem.experiments.iter_mut().for_each(|experiment| experiment.data.clear());
    for (index, state) in solve_problem(&known).iter().enumerate() {
        let difference = relative_difference(&state.u, &observed(loaded, index));
        assert!(difference < 1e-5, "{difference:e}");
    }
}

/// I_n(a) = (1/π) ∫_0^π exp(a cos t) cos(nt) dt, to round-off by the midpoint rule.
fn bessel_i(n: u32, a: f64) -> f64 {
    let points = 64;
    let t = (0..points).map(|i| PI * (f64::from(i) + 0.5) / f64::from(points));
    t.map(|t| (a * t.cos()).exp() * (f64::from(n) * t).cos()).sum::<f64>() / f64::from(points)
}

#[test]
fn unstable_states_are_reached_from_a_good_guess() {
    let (a, h) = (2.0, 0.3);
    let kappa = (a + h) * bessel_i(0, a) / bessel_i(1, a);
    let (_dir, mut loaded) = example("kuramoto-states");
    loaded.problem.experiments.clear();
    loaded.problem.model.scalars.insert("coupling".into(), ScalarSpec::Known(kappa));
    let field = FunctionSpec::Known(Source::Expression(format!("{h}*cos(x)")));
    loaded.problem.functions.insert("V".into(), field);
    // Neither the right shape nor the right place.
    loaded.problem.solve.initial = Some("exp(1.7*cos(x - 0.1))".into());
    let setup = Setup::new(&loaded).unwrap();
    let state = solve(&setup, &[]).remove(0);
    assert!(state.stop.is_converged());
    assert_density(&setup, &state.u);
    let exact: Vec<f64> =
        state.x.iter().map(|x| (a * x.cos()).exp() / (2.0 * PI * bessel_i(0, a))).collect();
    let difference = relative_difference(&state.u, &exact);
    println!("{difference:.1e}; {:?}", state.counts);
    assert!(difference < 1e-10, "{difference:e}");

    // It is unstable: κ ⟨sin²⟩, by which T magnifies a small rotation, is 1 + h/a > 1.
    let h_cell = state.x[1] - state.x[0];
    let weighted = state.x.iter().zip(&state.u).map(|(x, u)| u * x.sin().powi(2));
    let magnification = kappa * h_cell * weighted.sum::<f64>();
    assert!((magnification - (1.0 + h / a)).abs() < 1e-10, "{magnification}");
}

#[test]
fn the_uniform_state_is_found_where_it_is_unstable() {
    let (_dir, mut loaded) = example("kuramoto-states");
    loaded.problem.solve.initial = Some("1 + 0.01*cos(x)".into());
    let setup = Setup::new(&loaded).unwrap();
    for state in solve(&setup, &[]) {
        assert!(state.stop.is_converged());
        assert_density(&setup, &state.u);
        let uniform = vec![1.0 / (2.0 * PI); state.u.len()];
        assert!(relative_difference(&state.u, &uniform) < 1e-10);
    }
}

/// Both states of the branches are found again, each from its own guess, though κ is the same.
#[test]
fn the_guess_decides_between_branches() {
    let (_dir, mut loaded) = example("branches");
    for name in ["W", "V"] {
        let table = Source::Table(format!("truth-{name}.csv").into());
        loaded.problem.functions.insert(name.into(), FunctionSpec::Known(table));
    }
    let setup = Setup::new(&loaded).unwrap();
    let states = solve(&setup, &[]);
    for (index, state) in states.iter().enumerate() {
        assert!(state.stop.is_converged());
        assert_density(&setup, &state.u);
        assert!(relative_difference(&state.u, &observed(&loaded, index)) < 1e-9);
    }
    assert!(relative_difference(&states[0].u, &states[1].u) > 0.1);
}

/// Small diffusion: densities over many orders of magnitude stay positive and keep their mass.
#[test]
fn steep_states_are_positive_and_of_mass_one() {
    let (_dir, mut loaded) = example("kuramoto-states");
    loaded.problem.experiments.clear();
    loaded.problem.model.scalars.insert("coupling".into(), ScalarSpec::Known(1.0));
    loaded.problem.solve.initial = Some("exp(2*cos(x))".into());
    for diffusion in [0.4, 0.1, 0.03] {
        loaded.problem.model.scalars.insert("diffusion".into(), ScalarSpec::Known(diffusion));
        let setup = Setup::new(&loaded).unwrap();
        let state = solve(&setup, &[]).remove(0);
        let smallest = state.u.iter().copied().fold(f64::INFINITY, f64::min);
        println!("σ = {diffusion}: down to {smallest:.1e}, {:?}", state.counts);
        assert!(state.stop.is_converged(), "σ = {diffusion}: {}", state.stop);
        assert!(smallest < 0.1, "not the uniform state");
        assert_density(&setup, &state.u);
    }
}

/// Most work a fit may take, over all its restarts: what was measured and a quarter more.
struct Work {
    iterations: usize,
    residuals: usize,
    derivatives: usize,
}

#[track_caller]
fn assert_work(recovery: &Recovery, most: &Work) {
    let restarts = &recovery.restarts;
    let iterations: usize = restarts.iter().map(|r| r.iterations).sum();
    let residuals: usize = restarts.iter().map(|r| r.residual_evaluations).sum();
    let derivatives: usize = restarts.iter().map(|r| r.derivative_evaluations).sum();
    println!("{iterations} iterations, {residuals} residuals, {derivatives} derivatives");
    assert!(iterations <= most.iterations, "{iterations} iterations");
    assert!(residuals <= most.residuals, "{residuals} evaluations of the residual");
    assert!(derivatives <= most.derivatives, "{derivatives} evaluations of derivatives");
}

#[test]
fn the_built_in_fit_takes_no_more_work_than_it_did() {
    let (_dir, _, recovery) = two_states();
    assert_recovered(recovery, "W", 1e-3);
    assert_work(recovery, &Work { iterations: 505, residuals: 525, derivatives: 515 });
}

#[test]
fn direct_solves_take_one_linearisation() {
    for name in ["two-states", "branches", "kuramoto"] {
        let (_dir, mut loaded) = example(name);
        seek_in(&mut loaded, &SurrogateSpec::Fourier { modes: 32 });
        assert_work(&recover(&loaded), &Work { iterations: 1, residuals: 2, derivatives: 0 });
    }
}

#[test]
fn the_fit_of_branches_takes_no_more_work_than_it_did() {
    let (_dir, mut loaded) = example("branches");
    loaded.problem.fit.restarts = 2;
    assert_work(&recover(&loaded), &Work { iterations: 113, residuals: 118, derivatives: 115 });
}

#[test]
fn the_fit_of_a_reaction_rate_takes_no_more_work_than_it_did() {
    let (_dir, mut loaded) = example("reaction-rate");
    seek_in(&mut loaded, &network(&[8, 8]));
    loaded.problem.fit.restarts = 2;
    let recovery = recover(&loaded);
    assert_recovered(&recovery, "k", 5e-3);
    // 498 iterations when the best start began to be polished.
    assert_work(&recovery, &Work { iterations: 600, residuals: 610, derivatives: 605 });
    seek_in(&mut loaded, &SurrogateSpec::Spline { knots: 20 });
    assert_work(&recover(&loaded), &Work { iterations: 63, residuals: 63, derivatives: 65 });
}

#[test]
fn solves_take_no_more_work_than_they_did() {
    let (_dir, mut loaded) = example("kuramoto-states");
    loaded.problem.solve.initial = Some("exp(cos(x))".into());
    for state in solve_problem(&loaded) {
        println!("{:?}", state.counts);
        assert!(state.counts.newton_iterations <= 7, "{:?}", state.counts);
        assert!(state.counts.jacobian_products <= 14, "{:?}", state.counts);
        assert!(state.counts.map_evaluations <= 10, "{:?}", state.counts);
        assert_eq!(state.counts.picard_iterations, 0, "Newton does it alone");
    }
}
