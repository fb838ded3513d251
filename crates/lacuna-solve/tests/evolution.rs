//! Transients: exact solutions of the semi-discrete equation, and what every transient keeps.
//!
//! With W = V = 0 a mode cos(2πk x) of the density decays as e^{−λt} on n nodes,
//! λ = (2σ/h²)(1 − cos 2πkh): the face weights are then 1.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

use std::f64::consts::TAU;

use lacuna_core::{
    Conditions, EvalError, Evolution, Flow, Model, SteadyModel, Stop, Symmetry, Tabulated,
};
use lacuna_grid::{Axis, Boundary, Grid};
use lacuna_models::{AggregationDiffusion, DiffusionReaction};
use lacuna_solve::{EvolutionOptions, SteadyStateOptions, Transient, evolve, steady_state};

const SIGMA: f64 = 0.1;

fn grid(cells: usize, boundary: Boundary) -> Grid {
    Grid::new(vec![Axis { origin: 0.0, length: 1.0, cells, boundary }]).unwrap()
}

/// The equation on the unit circle with W(r) and V(x).
struct Case {
    model: AggregationDiffusion,
    functions: Tabulated,
    conditions: Conditions,
    x: Vec<f64>,
}

impl Case {
    fn new(n: usize, coupling: f64, kernel: fn(f64) -> f64, potential: fn(f64) -> f64) -> Self {
        let grid = grid(n, Boundary::Periodic);
        let x = grid.nodes().coordinates().to_vec();
        let model = AggregationDiffusion::new(grid, Symmetry::None).unwrap();
        let displacements = SteadyModel::slots(&model)[AggregationDiffusion::KERNEL].points.clone();
        let values = vec![
            displacements.iter().map(|r| kernel(r[0])).collect(),
            x.iter().map(|&x| potential(x)).collect(),
            vec![SIGMA],
            vec![coupling],
        ];
        let functions = Tabulated::from_values(values);
        Self { model, functions, conditions: Conditions::default(), x }
    }

    /// Attraction with a potential of its own period: one stable state.
    fn attraction() -> Self {
        let potential = |x: f64| 0.1 * (TAU * x).sin() + 0.05 * (2.0 * TAU * x).cos();
        Self::new(256, 0.15, |r| -(TAU * r).cos(), potential)
    }

    /// Repulsion at short range, strong enough for u ← T(u) to oscillate without end.
    fn repulsion() -> Self {
        let kernel = |r: f64| 3.0 * (TAU * r).cos() + (3.0 * TAU * r).cos();
        Self::new(128, 0.5, kernel, |x| 0.2 * (TAU * x).cos())
    }

    fn evolution(&self) -> Box<dyn Evolution + '_> {
        SteadyModel::evolution(&self.model, &self.functions, &self.conditions).unwrap()
    }

    fn run(&self, start: &[f64], times: &[f64], tolerance: f64) -> Transient {
        let options = EvolutionOptions { tolerance, ..EvolutionOptions::default() };
        evolve(self.evolution().as_mut(), start, times, &options, None).unwrap()
    }

    fn density(&self, shape: impl Fn(f64) -> f64) -> Vec<f64> {
        self.x.iter().map(|&x| shape(x)).collect()
    }

    fn newton(&self, guess: &[f64]) -> Vec<f64> {
        let model: &dyn Model = &self.model;
        let options = SteadyStateOptions::default();
        let found =
            steady_state(model, &self.functions, &self.conditions, guess, &options, None).unwrap();
        assert!(found.stop.is_converged());
        found.u
    }
}

fn relative(a: &[f64], b: &[f64]) -> f64 {
    let square = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>();
    (square(&mut a.iter().zip(b).map(|(a, b)| a - b)) / square(&mut b.iter().copied())).sqrt()
}

/// Mass, sign and energy of every state and step.
#[track_caller]
fn assert_kept(case: &Case, transient: &Transient) {
    let weights = SteadyModel::weights(&case.model);
    for u in &transient.states {
        let mass: f64 = weights.iter().zip(u).map(|(w, u)| w * u).sum();
        assert!((mass - 1.0).abs() < 1e-13, "mass 1 + {:e}", mass - 1.0);
        assert!(u.iter().all(|&u| u >= 0.0));
    }
    assert!(transient.last().iter().all(|&u| u > 0.0));
    if let Some(growth) = transient.largest_energy_growth {
        assert!(growth < 1e-13, "{growth:e}");
    }
}

#[test]
fn a_mode_of_the_heat_equation_decays_at_the_exact_rate() {
    let n = 64;
    let case = Case::new(n, 1.0, |_| 0.0, |_| 0.0);
    let rate = 2.0 * SIGMA * (n * n) as f64 * (1.0 - (TAU * 2.0 / n as f64).cos());
    let start = case.density(|x| 1.0 + 0.8 * (2.0 * TAU * x).cos());
    let times = [0.0, 0.01, 0.05, 0.2];
    for tolerance in [1e-4, 1e-7, 1e-10] {
        let transient = case.run(&start, &times, tolerance);
        assert_eq!(transient.times, times);
        assert_kept(&case, &transient);
        for (&time, u) in times.iter().zip(&transient.states) {
            let level = 0.8 * (-rate * time).exp();
            let exact = case.density(|x| 1.0 + level * (2.0 * TAU * x).cos());
            let error = relative(u, &exact);
            assert!(error < 20.0 * tolerance, "{tolerance:e} at {time}: {error:e}");
        }
    }
}

#[test]
fn tighter_tolerances_converge_and_cost_little_more() {
    for case in [Case::attraction(), Case::repulsion()] {
        let start = case.density(|x| 1.0 + 0.9 * (TAU * (x - 0.2)).sin());
        let reference = case.run(&start, &[0.3], 1e-12);
        let mut before = 0;
        for tolerance in [1e-4, 1e-6, 1e-8, 1e-10] {
            let transient = case.run(&start, &[0.3], tolerance);
            let error = relative(transient.last(), reference.last());
            println!("{tolerance:e}: {error:.1e} {:?}", transient.counts);
            assert!(error < 30.0 * tolerance, "{tolerance:e}: {error:e}");
            assert_kept(&case, &transient);
            assert!(transient.counts.frozen_steps > before);
            before = transient.counts.frozen_steps;
        }
        assert!(before < 4000, "{before} frozen steps");
    }
}

#[test]
fn the_limit_is_the_state_of_newton() {
    for (case, end) in [(Case::attraction(), 1e4), (Case::repulsion(), 20.0)] {
        let start = case.density(|x| 1.0 + 0.9 * (TAU * (x - 0.2)).sin());
        let transient = case.run(&start, &[0.1 * end, end], 1e-10);
        assert!(transient.stop.is_converged());
        assert_kept(&case, &transient);
        let newton = case.newton(transient.last());
        let difference = relative(transient.last(), &newton);
        println!("{difference:.1e} {:?}", transient.counts);
        assert!(difference < 1e-8, "{difference:e}");
        let energies = transient.steps.iter().map(|s| s.free_energy.unwrap());
        let energies: Vec<f64> = energies.collect();
        let fell = energies[0] - energies[energies.len() - 1];
        assert!(fell > 1e-2, "{fell:e}");
        let slack = 1e-14 * energies[0].abs().max(1.0);
        assert!(energies.windows(2).all(|pair| pair[1] <= pair[0] + slack));
    }
}

#[test]
fn a_start_with_jumps_and_gaps_stays_positive() {
    let case = Case::attraction();
    let start = case.density(|x| if (0.3..0.31).contains(&x) { 1.0 } else { 0.0 });
    let transient = case.run(&start, &[1e-6, 1e-3, 1.0, 100.0], 1e-8);
    assert!(transient.stop.is_converged(), "{:?}", transient.counts);
    assert_kept(&case, &transient);
    assert!(relative(transient.last(), &case.newton(transient.last())) < 1e-7);
}

#[test]
fn mass_and_sign_outlast_many_steps() {
    let case = Case::attraction();
    let mut evolution = case.evolution();
    let mut u = case.density(|x| (20.0 * (TAU * x).cos()).exp());
    lacuna_core::restore_mass(evolution.as_ref(), &mut u);
    let mut next = u.clone();
    for step in 0..50_000 {
        let length = [1e-6, 1e-3, 1.0, 1e6][step % 4];
        evolution.frozen_step(&u, &u, length, &mut next).unwrap();
        std::mem::swap(&mut u, &mut next);
        assert!(u.iter().all(|&u| u > 0.0));
    }
    let mass: f64 = evolution.weights().iter().zip(&u).map(|(w, u)| w * u).sum();
    println!("drift of the mass without any correction: {:.1e}", mass - 1.0);
    assert!((mass - 1.0).abs() < 1e-11, "{:e}", mass - 1.0);
}

/// Stable, and found by no iteration u ← T(u).
#[test]
fn frozen_steps_lower_the_energy_of_attraction_however_long() {
    let case = Case::attraction();
    for length in [1e-3, 1.0, 1e3] {
        let mut evolution = case.evolution();
        let mut u = case.density(|x| 1.0 + 0.9 * (TAU * x).sin());
        let mut energy = evolution.free_energy(&u).unwrap();
        for _ in 0..50 {
            let mut next = u.clone();
            evolution.frozen_step(&u, &u, length, &mut next).unwrap();
            let after = evolution.free_energy(&next).unwrap();
            assert!(after.value <= energy.value + 1e-14 * energy.scale);
            (u, energy) = (next, after);
        }
    }
}

#[track_caller]
fn assert_derivative(evolution: &mut dyn Evolution, u: &[f64], v: &[f64]) {
    let mut product = u.to_vec();
    evolution.rate_product(u, v, &mut product).unwrap();
    let mut at = |step: f64| {
        let moved: Vec<f64> = u.iter().zip(v).map(|(u, v)| u + step * v).collect();
        let mut rate = moved.clone();
        evolution.rate(&moved, &mut rate).unwrap();
        rate
    };
    let (above, below) = (at(1e-5), at(-1e-5));
    let slope: Vec<f64> = above.iter().zip(&below).map(|(a, b)| (a - b) / 2e-5).collect();
    let error = relative(&slope, &product);
    assert!(error < 1e-6, "{error:e}");
}

#[test]
fn the_linearised_rate_is_its_derivative() {
    let case = Case::repulsion();
    let u = case.density(|x| 1.0 + 0.5 * (TAU * x).sin());
    let v = case.density(|x| (3.0 * TAU * x).cos() - 0.3);
    assert_derivative(case.evolution().as_mut(), &u, &v);
    let reaction = Reaction::new(64);
    let (u, v) = (reaction.shape(|x| x * x), reaction.shape(|x| (9.0 * x).sin()));
    assert_derivative(reaction.evolution().as_mut(), &u, &v);
}

struct Reaction {
    model: DiffusionReaction,
    functions: Tabulated,
    conditions: Conditions,
    x: Vec<f64>,
}

impl Reaction {
    fn new(n: usize) -> Self {
        let grid = grid(n, Boundary::Dirichlet);
        let x = grid.nodes().coordinates().to_vec();
        let model = DiffusionReaction::new(grid).unwrap();
        let faces = SteadyModel::slots(&model)[DiffusionReaction::CONDUCTIVITY].points.clone();
        let functions = Tabulated::from_values(vec![
            faces.iter().map(|x| 0.05 * (1.0 + 0.5 * x[0])).collect(),
            x.iter().map(|x| 1.0 + (TAU * x).sin()).collect(),
            x.iter().map(|x| (TAU * x).cos()).collect(),
        ]);
        let conditions = Conditions { boundary_values: vec![0.3, -0.2], ..Conditions::default() };
        Self { model, functions, conditions, x }
    }

    fn shape(&self, shape: impl Fn(f64) -> f64) -> Vec<f64> {
        self.x.iter().map(|&x| shape(x)).collect()
    }

    fn evolution(&self) -> Box<dyn Evolution + '_> {
        SteadyModel::evolution(&self.model, &self.functions, &self.conditions).unwrap()
    }
}

#[test]
fn diffusion_and_reaction_come_to_their_steady_state() {
    let case = Reaction::new(100);
    let start = case.shape(|x| (3.0 * TAU * x).sin());
    let options = EvolutionOptions { tolerance: 1e-10, ..EvolutionOptions::default() };
    let transient =
        evolve(case.evolution().as_mut(), &start, &[1.0, 100.0], &options, None).unwrap();
    let model: &dyn Model = &case.model;
    let zero = vec![0.0; 100];
    let newton = steady_state(
        model,
        &case.functions,
        &case.conditions,
        &zero,
        &SteadyStateOptions::default(),
        None,
    )
    .unwrap();
    let difference = relative(transient.last(), &newton.u);
    assert!(difference < 1e-9, "{difference:e}");
    let energies = transient.steps.windows(2);
    let slack = 1e-13 * transient.steps[0].free_energy.unwrap().abs();
    let mut fell = energies.map(|pair| pair[0].free_energy.unwrap() - pair[1].free_energy.unwrap());
    assert!(fell.all(|fell| fell >= -slack));
}

#[test]
fn a_run_can_be_stopped_and_bad_input_is_named() {
    let case = Case::attraction();
    let start = case.density(|_| 1.0);
    let options = EvolutionOptions::default();
    let mut seen = 0;
    let mut watch = |_: &lacuna_solve::EvolutionStep| {
        seen += 1;
        if seen == 3 { Flow::Stop } else { Flow::Continue }
    };
    let mut evolution = case.evolution();
    let transient =
        evolve(evolution.as_mut(), &start, &[10.0], &options, Some(&mut watch)).unwrap();
    assert_eq!(transient.stop, Stop::Interrupted);
    assert_eq!(transient.states.len(), 1, "the last state is kept");
    assert!(transient.times[0] < 10.0 && transient.counts.accepted == 3);

    let few = EvolutionOptions { max_steps: 2, ..options };
    let transient = evolve(evolution.as_mut(), &start, &[10.0], &few, None).unwrap();
    assert_eq!(transient.stop, Stop::MaxIterations);

    let mut refused = |start: &[f64], times: &[f64]| {
        evolve(evolution.as_mut(), start, times, &options, None).unwrap_err()
    };
    assert!(matches!(refused(&start[1..], &[1.0]), EvalError::Shape { .. }));
    assert!(matches!(refused(&start, &[1.0, 0.5]), EvalError::OutOfDomain { index: 1, .. }));
    let mut negative = start.clone();
    negative[7] = -1.0;
    assert!(matches!(refused(&negative, &[1.0]), EvalError::OutOfDomain { index: 7, .. }));
}
