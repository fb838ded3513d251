//! Branches of steady states: exact solutions, bifurcations known in closed form, spectra.
//!
//! On a circle of length L with W = −Σ a_k cos(2πkx/L) and V = 0 the uniform state has the
//! eigenvalues λ_k = −(2πk/L)² (σ + κ Ŵ_k/L), Ŵ_k = −a_k L/2, each twice, and branch points at
//! κ_k = −σL/Ŵ_k = 2σ/a_k.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::f64::consts::{PI, TAU};

use common::bessel;
use faer::Mat;
use lacuna_core::{Conditions, Flow, Model, SteadyModel, Stop, Symmetry, Tabulated};
use lacuna_grid::{Axis, Boundary, Grid};
use lacuna_models::AggregationDiffusion;
use lacuna_solve::{
    BranchEnd, BranchOptions, BranchProgress, BranchStart, BranchState, Diagram, Event, Origin,
    SteadyStateOptions, branches, stability, steady_state,
};

struct Circle {
    model: AggregationDiffusion,
    functions: Tabulated,
    length: f64,
    n: usize,
}

fn circle(
    n: usize,
    length: f64,
    diffusion: f64,
    coupling: f64,
    kernel: impl Fn(f64) -> f64,
    potential: impl Fn(f64) -> f64,
) -> Circle {
    let axis = Axis { origin: 0.0, length, cells: n, boundary: Boundary::Periodic };
    let grid = Grid::new(vec![axis]).unwrap();
    let model = AggregationDiffusion::new(grid, Symmetry::None).unwrap();
    let at = |slot: usize, f: &dyn Fn(f64) -> f64| -> Vec<f64> {
        SteadyModel::slots(&model)[slot].points.iter().map(|x| f(x[0])).collect()
    };
    let values = vec![at(0, &kernel), at(1, &potential), vec![diffusion], vec![coupling]];
    Circle { functions: Tabulated::from_values(values), model, length, n }
}

impl Circle {
    fn uniform(&self) -> Vec<f64> {
        vec![1.0 / self.length; self.n]
    }

    fn diagram(&self, options: &BranchOptions, start: Vec<f64>, at: f64) -> Diagram {
        let starts = [BranchStart { u: start, parameter: at }];
        let conditions = Conditions::default();
        let watch = &mut |_: &BranchProgress| Flow::Continue;
        branches(&self.model, &self.functions, &conditions, &starts, options, watch).unwrap()
    }
}

fn coupling(from: f64, to: f64) -> BranchOptions {
    BranchOptions { slot: AggregationDiffusion::COUPLING, from, to, ..BranchOptions::default() }
}

fn events(diagram: &Diagram, branch: usize) -> Vec<(Event, f64)> {
    let states = &diagram.branches[branch].states;
    states.iter().filter_map(|s| s.event.map(|event| (event, s.parameter))).collect()
}

fn unstable(state: &BranchState) -> usize {
    state.stability.as_ref().unwrap().unstable_directions
}

/// exp(a cos(x − c))/(2π I₀(a)) with a = κ I₁(a)/(σ I₀(a)), by Newton's method from above.
fn concentrated(n: usize, strength: f64) -> Vec<f64> {
    let ratio = |a: f64| bessel(1, a) / bessel(0, a);
    let mut a = strength;
    for _ in 0..200 {
        let slope = 1.0 - ratio(a) / a - ratio(a).powi(2);
        a -= (a - strength * ratio(a)) / (1.0 - strength * slope);
    }
    let x = |i: usize| TAU * i as f64 / n as f64 - PI;
    (0..n).map(|i| (a * x(i).cos()).exp() / (TAU * bessel(0, a))).collect()
}

/// I_k(a) for any order k.
fn bessel_of(order: i32, a: f64) -> f64 {
    let first: f64 = (1..=order).map(|j| 0.5 * a / f64::from(j)).product();
    let mut term = first;
    let mut sum = 0.0;
    for k in 1..100 {
        sum += term;
        term *= 0.25 * a * a / (f64::from(k) * f64::from(k + order));
    }
    sum
}

#[test]
fn the_kuramoto_branch_is_the_exact_one() {
    let sigma = 0.7;
    let circle = circle(256, TAU, sigma, 3.0, |x| -x.cos(), |_| 0.0);
    let options = BranchOptions { values: vec![3.0], ..coupling(0.5, 4.0) };
    let diagram = circle.diagram(&options, circle.uniform(), 0.5);
    assert_eq!(diagram.branches.len(), 2);

    let uniform = &diagram.branches[0];
    let critical = uniform.states.iter().find(|s| s.event == Some(Event::BranchPoint)).unwrap();
    assert!((critical.parameter - 2.0 * sigma).abs() < 1e-9, "{}", critical.parameter);
    assert_eq!(uniform.ends, [BranchEnd::Range, BranchEnd::Range]);
    for state in &uniform.states {
        assert!(state.u.iter().all(|u| (u - 1.0 / TAU).abs() < 1e-14));
        let expected = if state.parameter > 2.0 * sigma + 1e-6 { 2 } else { 0 };
        assert_eq!(unstable(state), expected, "κ = {}", state.parameter);
    }

    let clustered = &diagram.branches[1];
    assert!(clustered.states.len() > 20);
    assert_eq!(clustered.ends, [BranchEnd::Origin, BranchEnd::Range]);
    for state in &clustered.states[1..] {
        let exact = concentrated(256, state.parameter / sigma);
        let error = state.u.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(error < 1e-8, "κ = {}: {error:e}", state.parameter);
        let stability = state.stability.as_ref().unwrap();
        assert!(stability.is_stable() && stability.translation && stability.converged);
        let mass: f64 = state.u.iter().sum::<f64>() * TAU / 256.0;
        assert!((mass - 1.0).abs() < 1e-13);
    }
    assert!(
        clustered.states.iter().any(|s| s.event == Some(Event::Requested) && s.parameter == 3.0)
    );
}

#[test]
fn the_branch_is_found_from_a_state_on_it() {
    // Met head-on, the branch point leads to the uniform states.
    let circle = circle(128, TAU, 1.0, 3.0, |x| -x.cos(), |_| 0.0);
    let start = concentrated(128, 3.0);
    let options = BranchOptions { deflation: false, ..coupling(1.0, 4.0) };
    let diagram = circle.diagram(&options, start, 3.0);
    assert_eq!(diagram.branches.len(), 3, "the uniform states are met in their middle");
    assert_eq!(diagram.branches[0].ends[0], BranchEnd::HeadOn);
    let (event, at) = events(&diagram, 0)[0];
    assert_eq!(event, Event::BranchPoint);
    assert!((at - 2.0).abs() < 1e-8, "{at}");
    let ends: Vec<f64> =
        diagram.branches[1..].iter().map(|b| b.states.last().unwrap().parameter).collect();
    assert!(ends.contains(&1.0) && ends.contains(&4.0), "{ends:?}");
}

#[test]
fn the_dispersion_relation_holds_for_ten_modes() {
    let length = 3.0;
    let kernel = |x: f64| -(3.0 * ((TAU * x / length).cos() - 1.0)).exp();
    for (sigma, kappa) in [(0.3, 0.0), (0.3, 0.4), (0.3, -1.0), (0.05, 2.0)] {
        let circle = circle(128, length, sigma, kappa, kernel, |_| 0.0);
        let conditions = Conditions::default();
        let found = stability(&circle.model, &circle.functions, &conditions, &circle.uniform(), 20)
            .unwrap()
            .unwrap();
        assert!(found.converged && !found.translation);
        let mut exact: Vec<f64> = (1..40)
            .flat_map(|k| {
                let wave = TAU * f64::from(k) / length;
                let transform = -length * (-3.0f64).exp() * bessel_of(k, 3.0);
                [-wave * wave * (sigma + kappa * transform / length); 2]
            })
            .collect();
        exact.sort_by(|a, b| b.total_cmp(a));
        assert!(found.eigenvalues.len() >= 20);
        for (found, exact) in found.eigenvalues.iter().zip(&exact).take(20) {
            assert!((found.re - exact).abs() < 1e-10 * exact.abs().max(1.0), "{found:?}, {exact}");
            assert!(found.im.abs() < 1e-10);
        }
        let positive = exact.iter().filter(|&&e| e > 0.0).count();
        assert_eq!(found.unstable_directions, positive);
    }
}

#[test]
fn every_primary_branch_point_is_found() {
    let amplitudes = [0.9, 1.0, 0.6, 0.45, 0.7];
    let kernel = move |x: f64| {
        -amplitudes.iter().enumerate().map(|(k, a)| a * ((k + 1) as f64 * x).cos()).sum::<f64>()
    };
    let sigma = 0.5;
    let circle = circle(128, TAU, sigma, 1.0, kernel, |_| 0.0);
    let options = BranchOptions { switching: false, deflation: false, ..coupling(0.1, 2.5) };
    let diagram = circle.diagram(&options, circle.uniform(), 0.1);
    let mut exact: Vec<f64> = amplitudes.iter().map(|a| 2.0 * sigma / a).collect();
    exact.sort_by(f64::total_cmp);
    let found = events(&diagram, 0);
    assert_eq!(found.len(), exact.len(), "{found:?}");
    for ((event, found), exact) in found.into_iter().zip(exact) {
        assert_eq!(event, Event::BranchPoint);
        assert!((found - exact).abs() < 1e-8, "{found}, {exact}");
    }
}

/// With W = −cos x − r cos 2x the first branch point is supercritical for r < ½ and subcritical
/// for ½ < r < 1, where the branch turns at a fold: the transition is then discontinuous.
#[test]
fn two_resonant_modes_make_the_transition_discontinuous() {
    for (ratio, subcritical) in [(0.3, false), (0.45, false), (0.55, true), (0.8, true)] {
        let kernel = move |x: f64| -x.cos() - ratio * (2.0 * x).cos();
        let circle = circle(128, TAU, 1.0, 1.0, kernel, |_| 0.0);
        let options = BranchOptions { max_branches: 2, deflation: false, ..coupling(1.0, 2.3) };
        let diagram = circle.diagram(&options, circle.uniform(), 1.0);
        let branch = &diagram.branches[1];
        let fold = branch.states.iter().position(|s| s.event == Some(Event::Fold));
        assert_eq!(fold.is_some(), subcritical, "ratio {ratio}");
        let Some(fold) = fold else {
            assert!(branch.states[1].parameter > 2.0);
            assert!(branch.states[1..].iter().all(|s| unstable(s) == 0));
            continue;
        };
        let turning = &branch.states[fold];
        assert!(turning.parameter < 2.0);
        assert!(branch.states.iter().all(|s| s.parameter > turning.parameter - 1e-12));
        assert!(branch.states[1..fold].iter().all(|s| unstable(s) == 1));
        assert!(branch.states[fold + 1..].iter().all(|s| unstable(s) == 0));
        let leading = turning.stability.as_ref().unwrap().eigenvalues[0].re;
        assert!(leading.abs() < 1e-6, "{leading:e}");
    }
}

#[test]
fn the_spectrum_is_that_of_the_dense_operator() {
    // A state without symmetry, and a kernel without: some eigenvalues are complex.
    let kernel = |x: f64| -x.cos() + 0.8 * (x + 0.4).sin() - 0.3 * (2.0 * x).cos();
    let circle =
        circle(48, TAU, 0.6, 1.1, kernel, |x| 0.2 * (x - 1.0).cos() + 0.1 * (2.0 * x).sin());
    let conditions = Conditions::default();
    let options = SteadyStateOptions::default();
    let (model, functions) = (&circle.model, &circle.functions);
    let state =
        steady_state(model, functions, &conditions, &circle.uniform(), &options, None).unwrap();
    assert!(state.stop.is_converged());
    let found = stability(model, functions, &conditions, &state.u, 8).unwrap().unwrap();
    let n = circle.n;
    let mut matrix = Mat::<f64>::zeros(n, n);
    let mut column = vec![0.0; n];
    for j in 0..n {
        let unit: Vec<f64> = (0..n).map(|i| f64::from(i == j)).collect();
        (model as &dyn Model)
            .linear_evolution(&state.u, functions, &conditions, &unit, &mut column)
            .unwrap();
        column.iter().enumerate().for_each(|(i, c)| matrix[(i, j)] = *c);
    }
    // Two zeros are the mass and the highest frequency, which has no derivative on the grid.
    let mut dense: Vec<_> = matrix.eigenvalues().unwrap();
    dense.retain(|z| z.re.hypot(z.im) > 1e-8);
    assert_eq!(dense.len(), n - 2);
    dense.sort_by(|a, b| b.re.total_cmp(&a.re).then(b.im.total_cmp(&a.im)));
    let mut leading = found.eigenvalues.clone();
    leading.sort_by(|a, b| b.re.total_cmp(&a.re).then(b.im.total_cmp(&a.im)));
    assert!(leading.iter().any(|z| z.im.abs() > 0.05), "{leading:?}");
    for (found, dense) in leading.iter().zip(&dense) {
        let error = (found.re - dense.re).hypot(found.im - dense.im);
        assert!(error < 1e-9 * dense.re.hypot(dense.im).max(1.0), "{found:?}, {dense:?}");
    }
}

#[test]
fn a_kernel_without_symmetry_gives_hopf_points() {
    // Ŵ_1/L = −(1 + i s)/2 up to the sign of i: λ_1 = −(σ − κ/2) ± i κ s/2.
    let (sigma, s) = (0.5, 0.6);
    let circle = circle(64, TAU, sigma, 0.5, move |x| -x.cos() + s * x.sin(), |_| 0.0);
    let options = BranchOptions { deflation: false, ..coupling(0.2, 2.0) };
    let diagram = circle.diagram(&options, circle.uniform(), 0.2);
    assert_eq!(diagram.branches.len(), 1);
    let found = events(&diagram, 0);
    assert_eq!(found.len(), 1, "{found:?}");
    let (Event::Hopf { frequency }, at) = found[0] else { panic!("{found:?}") };
    assert!((at - 2.0 * sigma).abs() < 1e-8, "{at}");
    assert!((frequency - 0.5 * at * s).abs() < 1e-8, "{frequency}");
    assert_eq!(unstable(diagram.branches[0].states.last().unwrap()), 2);
}

#[test]
fn deflation_finds_the_branch_that_a_weak_field_cuts_off() {
    // V tilts the pitchfork: the aligned branch comes from κ = 0, the opposed one does not.
    let circle = circle(128, TAU, 1.0, 4.0, |x| -x.cos(), |x| 0.05 * x.cos());
    let options = BranchOptions { values: vec![4.0], ..coupling(0.5, 4.5) };
    let without = BranchOptions { deflation: false, ..options.clone() };
    let start = circle.uniform();
    assert_eq!(circle.diagram(&without, start.clone(), 0.5).branches.len(), 1);
    let diagram = circle.diagram(&options, start, 0.5);
    assert_eq!(diagram.branches.len(), 2);
    let opposed = &diagram.branches[1];
    assert_eq!(opposed.origin, Origin::Deflation);
    assert!(opposed.states.iter().any(|s| s.event == Some(Event::Fold)));
    let at_four: Vec<usize> = diagram
        .branches
        .iter()
        .flat_map(|b| &b.states)
        .filter(|s| s.parameter == 4.0)
        .map(unstable)
        .collect();
    assert_eq!(at_four.len(), 3, "{at_four:?}");
    assert_eq!(at_four.iter().filter(|&&k| k == 0).count(), 1, "the opposed state turns round");
}

#[test]
fn impossible_requests_are_refused() {
    let circle = circle(16, TAU, 1.0, 1.0, |x| -x.cos(), |_| 0.0);
    let conditions = Conditions::default();
    let watch = &mut |_: &BranchProgress| Flow::Continue;
    let starts = [BranchStart { u: circle.uniform(), parameter: 1.0 }];
    for options in [
        BranchOptions { slot: AggregationDiffusion::POTENTIAL, ..coupling(0.0, 1.0) },
        BranchOptions { slot: 9, ..coupling(0.0, 1.0) },
        coupling(1.0, 1.0),
        coupling(0.0, f64::NAN),
    ] {
        let (model, functions) = (&circle.model, &circle.functions);
        assert!(branches(model, functions, &conditions, &starts, &options, watch).is_err());
    }
}

#[test]
fn an_interrupted_diagram_keeps_what_it_has() {
    let circle = circle(64, TAU, 1.0, 1.0, |x| -x.cos(), |_| 0.0);
    let starts = [BranchStart { u: circle.uniform(), parameter: 1.0 }];
    let mut steps = 0;
    let watch = &mut |_: &BranchProgress| {
        steps += 1;
        if steps > 5 { Flow::Stop } else { Flow::Continue }
    };
    let options = coupling(1.0, 4.0);
    let (model, functions) = (&circle.model, &circle.functions);
    let diagram =
        branches(model, functions, &Conditions::default(), &starts, &options, watch).unwrap();
    assert_eq!(diagram.stop, Stop::Interrupted);
    assert!(diagram.branches[0].states.len() >= 5);
}
