//! Values without a noise level: exact where they show it, else of unknown noise that the fit finds, with
//! the result that a user gets who says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use the rest")]
mod support;

#[path = "../../crates/lacuna/tests/support/random.rs"]
mod random;

use std::fmt::Write as _;

use lacuna::problem::{Formulation, LoadedProblem, Problem};
use lacuna::{Flow, Recovery, SolvedState, Task};
use random::Random;
use support::{error, example, recover};
use tempfile::TempDir;

/// σ = 0.1, κ = 0.1 and 0.2.
fn states() -> Vec<SolvedState> {
    lacuna::aggregation_diffusion(0.1)
        .domain(0.0, 1.0, 1024)
        .known("W", "-cos(2*pi*x) + 0.3*cos(4*pi*x)")
        .known("V", "0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)")
        .condition("coupling", 0.1)
        .condition("coupling", 0.2)
        .solve()
        .unwrap()
}

const PROBLEM: &str = "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\n[domain]\n\
    boundary = \"periodic\"\ncells = [128]\n[functions.W]\nsurrogate = \"fourier\"\n\
    symmetry = \"even\"\n[functions.V]\nsurrogate = \"fourier\"\n[fit]\nfolds = 0\n[[experiments]]\n\
    data = \"1.csv\"\ncoupling = 0.1\nNOISE\n[[experiments]]\ndata = \"2.csv\"\ncoupling = 0.2\nNOISE\n\
    [truth]\nW = \"-cos(2*pi*x) + 0.3*cos(4*pi*x)\"\nV = \"0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)\"\n";

/// A problem with these errors in its values; `noise` is what it says of them.
fn problem(
    x: [&[usize]; 2],
    spoil: &dyn Fn(usize, f64, &mut Random) -> f64,
    noise: &str,
) -> (TempDir, LoadedProblem) {
    let folder = TempDir::new().unwrap();
    let mut random = Random(17);
    for (e, state) in states().iter().enumerate() {
        let mut text = String::from("x,u\n");
        for &i in x[e] {
            writeln!(text, "{},{}", state.x[i], spoil(e, state.u[i], &mut random)).unwrap();
        }
        std::fs::write(folder.path().join(format!("{}.csv", e + 1)), text).unwrap();
    }
    let loaded = Problem::from_str(&PROBLEM.replace("NOISE", noise), folder.path()).unwrap();
    (folder, loaded)
}

fn equal(count: usize) -> Vec<usize> {
    (0..count).map(|i| i * 1024 / count).collect()
}

/// Distinct points that leave no wide gap.
fn irregular(count: usize) -> Vec<usize> {
    let mut random = Random(5);
    let width = 1024 / count;
    (0..count).map(|i| i * width + (random.uniform() * width as f64) as usize).collect()
}

#[test]
fn noise_that_nobody_named_is_found_as_if_it_had_been() {
    let relative =
        |level: f64| move |_: usize, u: f64, r: &mut Random| u * (level * r.normal()).exp();
    let printed = |digits: i32| {
        let unit = 10f64.powi(digits);
        move |_: usize, u: f64, _: &mut Random| (u * unit).round() / unit
    };
    type Spoil = Box<dyn Fn(usize, f64, &mut Random) -> f64>;
    let kinds: [(&str, Vec<usize>, Spoil, &str); 7] = [
        ("5 % of u", equal(256), Box::new(relative(0.05)), "\"unknown-relative\""),
        ("1 % of u, 64 points", equal(64), Box::new(relative(0.01)), "\"unknown-relative\""),
        ("0.2 % of u, irregular", irregular(60), Box::new(relative(0.002)), "\"unknown-relative\""),
        ("30 % of u", equal(256), Box::new(relative(0.3)), "\"unknown-relative\""),
        ("two decimals", equal(256), Box::new(printed(2)), "\"unknown\""),
        ("three decimals", equal(128), Box::new(printed(3)), "\"unknown\""),
        ("0.03", irregular(100), Box::new(|_, u, r| u + 0.03 * r.normal()), "\"unknown\""),
    ];
    for (name, points, spoil, noise) in kinds {
        let x = [&points[..], &points[..]];
        let (_untold_folder, untold) = problem(x, &spoil, "");
        let (_told_folder, told) = problem(x, &spoil, &format!("noise = {noise}"));
        let (untold, told) = (recover(&untold), recover(&told));
        assert_eq!(untold.formulation, Formulation::SteadyState, "{name}");
        assert!(said(&untold, "no noise level is given"), "{name}: {:?}", untold.warnings);
        assert!(!said(&told, "no noise level is given"), "{name}");
        for function in ["W", "V"] {
            let (found, right) = (error(&untold, function), error(&told, function));
            println!("{name}: {function} {found:.2e}, told {right:.2e}");
            assert!(found <= 1.2 * right + 1e-3, "{name}: {function} {found} {right}");
        }
    }
}

fn said(recovery: &Recovery, words: &str) -> bool {
    recovery.warnings.iter().any(|warning| warning.contains(words))
}

#[test]
fn one_noisy_experiment_beside_an_exact_one() {
    let points = equal(128);
    let spoil =
        |e: usize, u: f64, r: &mut Random| if e == 0 { u } else { u * (0.02 * r.normal()).exp() };
    let (_folder, loaded) = problem([&points, &points], &spoil, "");
    let recovery = recover(&loaded);
    assert_eq!(recovery.formulation, Formulation::SteadyState);
    let noise = |e: usize| recovery.states[e].measured.as_ref().unwrap().noise.unwrap();
    assert!(noise(0) < 1e-3, "{}", noise(0));
    assert!((0.015..0.025).contains(&noise(1)), "{}", noise(1));
    assert!(error(&recovery, "W") < 0.1, "{}", error(&recovery, "W"));
}

#[test]
fn exact_values_are_taken_at_the_nodes() {
    for name in ["two-states", "branches", "kuramoto", "reaction-rate"] {
        let (_folder, loaded) = example(name);
        assert!(matches!(Task::new(&loaded).unwrap(), Task::Field(_)), "{name}");
    }
    // Printed with six digits, and at irregular points.
    for points in [equal(64), irregular(128)] {
        let spoil = |_: usize, u: f64, _: &mut Random| (u * 1e6).round() / 1e6;
        let (_folder, loaded) = problem([&points, &points], &spoil, "");
        let recovery = recover(&loaded);
        assert_eq!(recovery.formulation, Formulation::LogFixedPoint);
        assert!(error(&recovery, "W") < 0.02, "{}", error(&recovery, "W"));
    }
}

#[test]
fn a_named_formulation_is_kept_and_owns_up_to_the_noise() {
    let points = equal(256);
    let spoil = |_: usize, u: f64, r: &mut Random| u * (0.02 * r.normal()).exp();
    let (_folder, mut loaded) = problem([&points, &points], &spoil, "");
    loaded.problem.fit.formulation = Formulation::LogFixedPoint;
    let recovery = recover(&loaded);
    assert_eq!(recovery.formulation, Formulation::LogFixedPoint);
    assert!(said(&recovery, "takes them as exact"), "{:?}", recovery.warnings);
    assert!(recovery.assumed_noise.unwrap() > 0.01, "{:?}", recovery.assumed_noise);
}

/// The values are exact, but of another equation: σ is a third larger than the problem says and V known.
#[test]
fn exact_values_of_another_equation_are_not_fitted_in_silence() {
    let points = equal(128);
    let (_folder, loaded) = problem([&points, &points], &|_, u, _| u, "");
    let mut wrong = loaded.clone();
    let text = PROBLEM.replace("NOISE", "").replace(
        "[functions.V]\nsurrogate = \"fourier\"",
        "[functions.V]\nexpression = \"0.1*cos(2*pi*x)\"",
    );
    wrong.problem = Problem::from_str(&text, &loaded.base_dir).unwrap().problem;
    let recovery = lacuna::recover(&wrong, &|_| Flow::Continue).unwrap();
    assert_eq!(recovery.formulation, Formulation::SteadyState);
    assert!(said(&recovery, "fitted again"), "{:?}", recovery.warnings);
}

#[test]
fn a_noisy_reaction_is_not_taken_as_exact() {
    let (folder, _) = example("reaction-rate");
    let path = folder.path().join("state.csv");
    let exact = std::fs::read_to_string(&path).unwrap();
    let mut random = Random(2);
    let mut text = String::from("x,u\n");
    for line in exact.lines().skip(1) {
        let (x, u) = line.split_once(',').unwrap();
        let u: f64 = u.parse().unwrap();
        writeln!(text, "{x},{}", u + 0.01 * random.normal()).unwrap();
    }
    std::fs::write(&path, text).unwrap();
    let loaded = Problem::from_path(&folder.path().join("problem.toml")).unwrap();
    let recovery = recover(&loaded);
    assert_eq!(recovery.formulation, Formulation::SteadyState);
    assert!(said(&recovery, "no noise level is given"), "{:?}", recovery.warnings);
    let noise = recovery.states[0].measured.as_ref().unwrap().noise.unwrap();
    assert!((0.007..0.014).contains(&noise), "{noise}");
}
