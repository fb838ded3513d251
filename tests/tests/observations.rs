//! Recovery from observations as they are, as a user would run it: sparse and noisy values, means,
//! functionals, counts, positions, unknown noise; the same answer however the data are given.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/covered.rs"]
mod covered;

#[path = "../../crates/lacuna/tests/support/random.rs"]
mod random;

use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use covered::covered;
use lacuna::problem::{Formulation, Problem};
use lacuna::{Flow, Recovery, SavedModel, Stop, recover, solve};
use random::Random;

const NOISE: f64 = 0.02;

/// A problem file with two experiments whose data are `lines`, on a domain of `length`.
fn problem(length: f64, class: &str, data: [&str; 2], more: &str) -> String {
    format!(
        "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\n[domain]\nboundary = \
         \"periodic\"\nlength = [{length}]\ncells = [128]\n[functions.W]\nsurrogate = \
         \"{class}\"\nsymmetry = \"even\"\n[functions.V]\nsurrogate = \"{class}\"\n\
         [[experiments]]\ncoupling = 0.1\n{}\n[[experiments]]\ncoupling = 0.2\n{}\n{more}\n",
        data[0], data[1]
    )
}

/// The exact states behind the data, on a finer grid: two couplings of one equation.
fn states() -> Vec<lacuna::SolvedState> {
    lacuna::aggregation_diffusion(0.1)
        .domain(0.0, 1.0, 512)
        .known("W", "-0.6*cos(2*pi*x) + 0.1*cos(4*pi*x)")
        .known("V", "0.1*sin(2*pi*x) + 0.05*cos(6*pi*x)")
        .condition("coupling", 0.1)
        .condition("coupling", 0.2)
        .solve()
        .unwrap()
}

const TRUTH: &str = "[truth]\nW = \"-0.6*cos(2*pi*x) + 0.1*cos(4*pi*x)\"\nV = \"0.1*sin(2*pi*x) + \
                     0.05*cos(6*pi*x)\"";

/// u at x, linear between 512 nodes.
fn at(state: &lacuna::SolvedState, x: f64) -> f64 {
    let n = state.u.len();
    let place = x.rem_euclid(1.0) * n as f64;
    let (i, t) = (place.floor() as usize % n, place.fract());
    state.u[i] * (1.0 - t) + state.u[(i + 1) % n] * t
}

struct Rows {
    x: Vec<f64>,
    u: Vec<f64>,
    sd: f64,
}

/// `count` values at irregular points with noise.
fn rows(state: &lacuna::SolvedState, count: usize, seed: u64) -> Rows {
    let n = state.u.len() as f64;
    let mean = state.u.iter().sum::<f64>() / n;
    let sd = NOISE * (state.u.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / n).sqrt();
    let mut random = Random(seed);
    let x: Vec<f64> = (0..count).map(|_| random.uniform()).collect();
    let u = x.iter().map(|&x| at(state, x) + sd * random.normal()).collect();
    Rows { x, u, sd }
}

fn csv(path: &Path, rows: &Rows, order: &[usize], stretch: f64) {
    let mut text = "x,u,sd\n".to_owned();
    for &i in order {
        let (x, u, sd) = (rows.x[i] * stretch, rows.u[i] / stretch, rows.sd / stretch);
        writeln!(text, "{x:?},{u:?},{sd:?}").unwrap();
    }
    fs::write(path, text).unwrap();
}

fn run(text: &str, folder: &Path) -> Recovery {
    let loaded = Problem::from_str(text, folder).unwrap();
    recover(&loaded, &|_| Flow::Continue).unwrap()
}

fn errors(recovery: &Recovery) -> Vec<f64> {
    recovery.functions.iter().filter_map(|f| f.relative_l2_error).collect()
}

#[test]
fn sparse_noisy_values_by_every_class() {
    let folder = tempfile::tempdir().unwrap();
    for (k, state) in states().iter().enumerate() {
        let rows = rows(state, 60, 10 + k as u64);
        let order: Vec<usize> = (0..60).collect();
        csv(&folder.path().join(format!("{k}.csv")), &rows, &order, 1.0);
    }
    let data = ["data = \"0.csv\"", "data = \"1.csv\""];
    let mut found = Vec::new();
    for class in ["fourier", "network", "spline"] {
        let recovery = run(&problem(1.0, class, data, TRUTH), folder.path());
        assert_eq!(recovery.formulation, Formulation::SteadyState, "chosen by the data");
        assert_eq!(recovery.stop, Stop::Converged);
        let errors = errors(&recovery);
        assert!(errors[0] < 0.3 && errors[1] < 0.2, "{class}: {errors:?}");
        assert!(
            covered(&recovery.functions[0], |_| true) > 0.7
                && covered(&recovery.functions[1], |_| true) > 0.7,
            "{class}"
        );
        let inference = recovery.inference.as_ref().unwrap();
        let rms = inference.held_out.unwrap().residual_rms.unwrap();
        assert!((0.7..1.5).contains(&rms), "{class}: held-out residual {rms}");
        found.push(errors);
    }
    // The prior acts on functions, so that classes agree.
    for errors in &found[1..] {
        for (error, fourier) in errors.iter().zip(&found[0]) {
            assert!((error / fourier - 1.0).abs() < 0.15, "{found:?}");
        }
    }
}

#[test]
fn shuffled_split_and_stretched_data_give_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (k, state) in states().iter().enumerate() {
        let rows = rows(state, 40, 20 + k as u64);
        let plain: Vec<usize> = (0..40).collect();
        let shuffled: Vec<usize> = (0..40).map(|i| (i * 27 + 5) % 40).collect();
        csv(&path(&format!("plain-{k}.csv")), &rows, &plain, 1.0);
        csv(&path(&format!("shuffled-{k}.csv")), &rows, &shuffled, 1.0);
        csv(&path(&format!("first-{k}.csv")), &rows, &shuffled[..13], 1.0);
        csv(&path(&format!("rest-{k}.csv")), &rows, &shuffled[13..], 1.0);
        csv(&path(&format!("stretched-{k}.csv")), &rows, &plain, 360.0);
    }
    let named = |name: &str| [0, 1].map(|k| format!("data = \"{name}-{k}.csv\""));
    let with = |length: f64, data: [String; 2]| {
        run(&problem(length, "fourier", [&data[0], &data[1]], ""), folder.path())
    };
    let plain = with(1.0, named("plain"));
    let split = [0, 1].map(|k| format!("data = [\"rest-{k}.csv\", \"first-{k}.csv\"]"));
    for other in [with(1.0, named("shuffled")), with(1.0, split)] {
        for (a, b) in plain.functions.iter().zip(&other.functions) {
            assert_eq!(a.values, b.values, "{}", a.name);
        }
    }
    let stretched = with(360.0, named("stretched"));
    for (a, b) in plain.functions.iter().zip(&stretched.functions) {
        let size = a.values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let off = a.values.iter().zip(&b.values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-4 * size, "{}: {off} of {size}", a.name);
    }
}

#[test]
fn unknown_noise_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut true_sd = Vec::new();
    for (k, state) in states().iter().enumerate() {
        let rows = rows(state, 80, 30 + k as u64);
        let mut text = "x,u\n".to_owned();
        for (x, u) in rows.x.iter().zip(&rows.u) {
            writeln!(text, "{x:?},{u:?}").unwrap();
        }
        fs::write(folder.path().join(format!("{k}.csv")), text).unwrap();
        true_sd.push(rows.sd);
    }
    let data = ["data = \"0.csv\"", "data = \"1.csv\""];
    let recovery = run(&problem(1.0, "fourier", data, TRUTH), folder.path());
    for (state, sd) in recovery.states.iter().zip(true_sd) {
        let found = state.measured.as_ref().unwrap().noise.unwrap();
        assert!((0.7..1.4).contains(&(found / sd)), "{found} for {sd}");
    }
}

#[test]
fn means_functionals_counts_and_positions_tell_the_functions_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(40);
    for (k, state) in states().iter().enumerate() {
        let mean = |from: f64, to: f64| {
            (0..200).map(|i| at(state, from + (to - from) * (i as f64 + 0.5) / 200.0)).sum::<f64>()
                / 200.0
        };
        let (mut averages, mut counts) =
            ("lower,upper,u,sd\n".to_owned(), "lower,upper,count\n".to_owned());
        let mut positions = "x\n".to_owned();
        let mut functionals = "functional,u,sd\n".to_owned();
        let mut cumulated = vec![0.0];
        for i in 0..40 {
            let (from, to) = (i as f64 / 40.0, (i + 1) as f64 / 40.0);
            let u = mean(from, to);
            let noisy = u + 0.01 * random.normal();
            writeln!(averages, "{from:?},{to:?},{noisy:?},0.01").unwrap();
            let expected = 1e5 * u / 40.0;
            let count = (expected + expected.sqrt() * random.normal()).round().max(0.0);
            writeln!(counts, "{from:?},{to:?},{count}").unwrap();
            cumulated.push(cumulated[i] + u / 40.0);
        }
        for wave in 1..=8 {
            for function in ["cos", "sin"] {
                let phase = |x: f64| TAU * f64::from(wave) * x;
                let value: f64 = (0..512)
                    .map(|i| i as f64 / 512.0)
                    .map(|x| {
                        at(state, x)
                            * if function == "cos" { phase(x).cos() } else { phase(x).sin() }
                    })
                    .sum::<f64>()
                    / 512.0;
                let noisy = value + 1e-3 * random.normal();
                writeln!(functionals, "{function}(2*pi*{wave}*x),{noisy:?},0.001").unwrap();
            }
        }
        for _ in 0..40_000 {
            let level = random.uniform() * cumulated[40];
            let bin = cumulated.partition_point(|c| *c <= level).clamp(1, 40) - 1;
            let x = (bin as f64 + random.uniform()) / 40.0;
            writeln!(positions, "{x:?}").unwrap();
        }
        for (name, text) in [
            ("averages", averages),
            ("counts", counts),
            ("positions", positions),
            ("functionals", functionals),
        ] {
            fs::write(folder.path().join(format!("{name}-{k}.csv")), text).unwrap();
        }
    }
    for (kind, largest) in
        [("averages", 0.25), ("functionals", 0.25), ("counts", 0.5), ("positions", 0.5)]
    {
        let data = [0, 1].map(|k| format!("data = \"{kind}-{k}.csv\""));
        let text = problem(1.0, "fourier", [&data[0], &data[1]], TRUTH);
        let recovery = run(&text, folder.path());
        assert_eq!(recovery.states[0].measured.as_ref().unwrap().kind, kind);
        let errors = errors(&recovery);
        assert!(errors.iter().all(|e| *e < largest), "{kind}: {errors:?}");
        assert!(
            covered(&recovery.functions[0], |_| true) > 0.6
                && covered(&recovery.functions[1], |_| true) > 0.6,
            "{kind}"
        );
    }
}

#[test]
fn five_positions_give_wide_bands_and_no_confidence() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("five.csv"), "x\n0.1\n0.15\n0.2\n0.5\n0.9\n").unwrap();
    let text = "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 1.0\ncoupling = 0.0\n\
                [domain]\nboundary = \"periodic\"\ncells = [64]\n[functions.W]\nexpression = \
                \"0\"\n[functions.V]\nsurrogate = \"network\"\nhidden = [8, 8]\n[[experiments]]\n\
                data = \"five.csv\"\n[fit]\nrestarts = 2\n";
    let recovery = run(text, folder.path());
    let function = &recovery.functions[0];
    let band = function.band.as_ref().unwrap();
    let size = function.values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let width = band.upper.iter().zip(&band.lower).map(|(u, l)| u - l).fold(0.0, f64::max);
    assert!(width > size && width > 1.0, "width {width}, size {size}");
}

#[test]
fn the_saved_model_predicts_a_state_not_in_the_data() {
    let folder = tempfile::tempdir().unwrap();
    for (k, state) in states().iter().enumerate() {
        let rows = rows(state, 200, 50 + k as u64);
        let order: Vec<usize> = (0..200).collect();
        csv(&folder.path().join(format!("{k}.csv")), &rows, &order, 1.0);
    }
    let data = ["data = \"0.csv\"", "data = \"1.csv\""];
    let loaded = Problem::from_str(&problem(1.0, "fourier", data, ""), folder.path()).unwrap();
    let recovery = recover(&loaded, &|_| Flow::Continue).unwrap();
    let path = folder.path().join("model.json");
    SavedModel::new(&loaded, &recovery).unwrap().write(&path).unwrap();
    let mut model = SavedModel::read(&path).unwrap();
    model.problem.set_scalar("coupling", 0.15).unwrap();
    let setup = model.setup(&path).unwrap();
    let found = solve(&setup, &model.states, &mut |_, _| Flow::Continue).unwrap();
    let exact = lacuna::aggregation_diffusion(0.1)
        .domain(0.0, 1.0, 128)
        .known("W", "-0.6*cos(2*pi*x) + 0.1*cos(4*pi*x)")
        .known("V", "0.1*sin(2*pi*x) + 0.05*cos(6*pi*x)")
        .condition("coupling", 0.15)
        .solve()
        .unwrap();
    let distance: f64 = found[0].u.iter().zip(&exact[0].u).map(|(a, b)| (a - b).powi(2)).sum();
    let size: f64 = exact[0].u.iter().map(|u| u * u).sum();
    assert!((distance / size).sqrt() < 0.02, "{}", (distance / size).sqrt());
}
