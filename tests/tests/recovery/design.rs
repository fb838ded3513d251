//! What else experiments and data may look like.
//!
//! Data made here are solved for on a finer grid than the recovery uses.

use std::f64::consts::PI;
use std::fs;

use lacuna::grid::trigonometric_interpolation;
use lacuna::problem::{LoadedProblem, SurrogateSpec, Symmetry, UnknownFunction};
use lacuna::{Flow, ProblemBuilder, Setup, SolvedState, aggregation_diffusion};

use crate::support::{assert_recovered, example, network, recover, seek_in};

fn even(surrogate: SurrogateSpec) -> UnknownFunction {
    UnknownFunction { symmetry: Symmetry::Even, ..UnknownFunction::from(surrogate) }
}

fn solved(loaded: LoadedProblem) -> Vec<SolvedState> {
    let states = lacuna::solve(&Setup::new(&loaded).unwrap(), &[], &mut |_, _| Flow::Continue);
    let states = states.unwrap();
    assert!(states.iter().all(|state| state.stop.is_converged()));
    states
}

const KERNEL: &str = "-cos(2*pi*x) + 0.3*cos(4*pi*x)";
const POTENTIAL: &str = "0.1*exp(sin(2*pi*x))";
const PUSH: &str = "0.1*cos(2*pi*x) - 0.05*sin(4*pi*x)";

/// Two states at one coupling, the second under a known push.
fn pushed(surrogate: &SurrogateSpec) -> LoadedProblem {
    let at_rest = |cells| aggregation_diffusion(0.1).domain(0.0, 1.0, cells);
    let with_push = |builder: ProblemBuilder| {
        let mut loaded = builder.build().unwrap();
        loaded.problem.experiments[1].push = Some(PUSH.into());
        loaded
    };
    let truth = at_rest(400).known("W", KERNEL).known("V", POTENTIAL);
    let states = solved(with_push(truth.condition("coupling", 0.2).condition("coupling", 0.2)));
    let builder = at_rest(128)
        .unknown("W", even(surrogate.clone()))
        .unknown("V", surrogate.clone())
        .truth("W", KERNEL)
        .truth("V", POTENTIAL)
        .state(&states[0].x, &states[0].u, &[("coupling", 0.2)])
        .state(&states[1].x, &states[1].u, &[("coupling", 0.2)]);
    with_push(builder)
}

#[test]
fn a_known_push_serves_as_second_experiment() {
    let recovery = recover(&pushed(&SurrogateSpec::Fourier { modes: 16 }));
    assert_recovered(&recovery, "W", 1e-8);
    assert_recovered(&recovery, "V", 1e-8);

    let mut loaded = pushed(&network(&[8, 8]));
    loaded.problem.fit.restarts = 4;
    let recovery = recover(&loaded);
    assert_recovered(&recovery, "W", 5e-3);
    assert_recovered(&recovery, "V", 5e-3);
}

/// The domain [−2, 1] in 150 cells; data at 400 points that are neither nodes nor equally spaced.
#[test]
fn another_domain_and_irregular_points() {
    const KERNEL: &str = "-cos(2*pi*x/3) + 0.3*cos(4*pi*x/3)";
    const POTENTIAL: &str = "0.1*sin(2*pi*(x + 2)/3) + 0.05*cos(4*pi*x/3)";
    let (origin, length) = (-2.0, 3.0);
    let on = |cells| aggregation_diffusion(0.2).domain(origin, length, cells);
    let truth = on(625).known("W", KERNEL).known("V", POTENTIAL);
    let couplings = [0.1, 0.3];
    let states = truth.condition("coupling", couplings[0]).condition("coupling", couplings[1]);
    let states = states.solve().unwrap();

    let n = 400;
    let points: Vec<f64> = (0..n)
        .map(|i| {
            let jitter = 0.35 * (1.7 * f64::from(i)).sin();
            origin + length * (f64::from(i) + 0.5 + jitter) / f64::from(n)
        })
        .collect();
    let class = || network(&[8, 8]);
    let mut builder = on(150)
        .unknown("W", even(class()))
        .unknown("V", class())
        .truth("W", KERNEL)
        .truth("V", POTENTIAL);
    for (state, coupling) in states.iter().zip(couplings) {
        let u = trigonometric_interpolation(state.x[0], length, &state.u, &points);
        builder = builder.state(&points, &u, &[("coupling", coupling)]);
    }
    let mut loaded = builder.build().unwrap();
    loaded.problem.fit.restarts = 4;
    let recovery = recover(&loaded);
    assert_recovered(&recovery, "W", 5e-3);
    assert_recovered(&recovery, "V", 5e-3);
    let kernel = &recovery.functions[0].x;
    assert!((kernel[0] + length / 2.0).abs() < 1e-12, "kernels live on [−L/2, L/2]");
    assert!((kernel[kernel.len() - 1] - length / 2.0).abs() < 1e-12);
    assert!(kernel.len() >= 201);
    let potential = &recovery.functions[1].x;
    assert!((potential[0] - origin).abs() < 1e-12, "potentials live on the domain");
}

/// Neither a power of two nor even, and not the grid of the data.
#[test]
fn another_odd_number_of_cells() {
    let (_dir, mut loaded) = example("two-states");
    loaded.problem.domain.cells = vec![101];
    seek_in(&mut loaded, &SurrogateSpec::Fourier { modes: 32 });
    let recovery = recover(&loaded);
    assert_recovered(&recovery, "W", 1e-6);
    assert_recovered(&recovery, "V", 1e-9);
}

/// The end of the period given as a further point, and a mass other than 1, said in the problem.
#[test]
fn individuals_may_be_counted_in_other_units() {
    let (_dir, mut loaded) = example("two-states");
    for (i, experiment) in loaded.problem.experiments.iter_mut().enumerate() {
        let name = format!("thousands-{i}.csv");
        let old = loaded.base_dir.join(&experiment.data[0]);
        let text = fs::read_to_string(old).unwrap();
        let mut rows: Vec<(f64, f64)> = text.lines().skip(1).map(row).collect();
        rows.push((1.0, rows[0].1));
        let lines = rows.iter().map(|(x, u)| format!("{x:?},{:?}\n", 1000.0 * u));
        let text = "x,u\n".to_owned() + &lines.collect::<String>();
        fs::write(loaded.base_dir.join(&name), text).unwrap();
        experiment.data = vec![name.into()];
        experiment.mass = 1000.0;
        // κ W*u is the same with κ a thousandth.
        for coupling in experiment.scalars.values_mut() {
            *coupling /= 1000.0;
        }
    }
    seek_in(&mut loaded, &SurrogateSpec::Fourier { modes: 32 });
    let recovery = recover(&loaded);
    assert_recovered(&recovery, "W", 1e-9);
    assert_recovered(&recovery, "V", 1e-9);
}

fn row(line: &str) -> (f64, f64) {
    let (x, u) = line.split_once(',').unwrap();
    (x.trim().parse().unwrap(), u.trim().parse().unwrap())
}

#[test]
fn the_order_of_rows_is_of_no_consequence() {
    let (_dir, mut loaded) = example("two-states");
    seek_in(&mut loaded, &SurrogateSpec::Fourier { modes: 32 });
    let sorted = recover(&loaded);
    for experiment in &loaded.problem.experiments {
        let path = loaded.base_dir.join(&experiment.data[0]);
        let text = fs::read_to_string(&path).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let rows: Vec<&str> = rows.lines().collect();
        // 101 has no factor in common with the number of rows, so this visits each once.
        assert_eq!(rows.len(), 256);
        let shuffled: Vec<&str> = (0..rows.len()).map(|i| rows[(101 * i + 7) % 256]).collect();
        fs::write(&path, format!("{header}\n{}\n", shuffled.join("\n"))).unwrap();
    }
    let shuffled = recover(&loaded);
    for (a, b) in sorted.functions.iter().zip(&shuffled.functions) {
        assert_eq!(a.theta, b.theta, "{}", a.name);
        assert_eq!(a.values, b.values, "{}", a.name);
    }
}

/// Rotating the circle rotates the potential and leaves the kernel alone.
#[test]
fn the_place_of_the_origin_is_of_no_consequence() {
    let shift = 0.25;
    let recovered = |kernel: &str, potential: &str, origin: f64| {
        let on = |cells| aggregation_diffusion(0.1).domain(origin, 1.0, cells);
        let truth = on(256).known("W", kernel).known("V", potential);
        let states = truth.condition("coupling", 0.1).condition("coupling", 0.2).solve().unwrap();
        let fourier = || SurrogateSpec::Fourier { modes: 8 };
        on(128)
            .unknown("W", even(fourier()))
            .unknown("V", fourier())
            .state(&states[0].x, &states[0].u, &[("coupling", 0.1)])
            .state(&states[1].x, &states[1].u, &[("coupling", 0.2)])
            .truth("W", kernel)
            .truth("V", potential)
            .recover()
            .unwrap()
    };
    let here = recovered(KERNEL, "0.1*sin(2*pi*x)", 0.0);
    let there = recovered(KERNEL, "0.1*sin(2*pi*(x - 0.25))", shift);
    for recovery in [&here, &there] {
        assert_recovered(recovery, "W", 1e-9);
        assert_recovered(recovery, "V", 1e-9);
    }
    for (a, b) in here.functions[1].values.iter().zip(&there.functions[1].values) {
        assert!((a - b).abs() < 1e-9);
    }
    assert!(
        (here.functions[1].values[64] - 0.1 * (2.0 * PI * here.functions[1].x[64]).sin()).abs()
            < 1e-9
    );
}
