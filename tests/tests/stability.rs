//! Predictions across bifurcations of equations with known answers.
//!
//! On the circle with σ = 1 and W = −cos (Kuramoto) the uniform state is stable up to κ = 2, where a
//! pitchfork leaves it; beyond, the stable state is, up to translation,
//!
//!   u = exp(a cos x) / (2π I0(a)),   a = κ I1(a)/I0(a).
//!
//! A field V = h cos x adds h to the argument: a = κ R − h, and the state with a > 0 > −h stands against the
//! field. With W = −cos 2x all of this holds of the angle 2x.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

use std::f64::consts::{PI, TAU};
use std::path::Path;

use lacuna::problem::{LoadedProblem, Problem};
use lacuna::{
    BandMethod, Changes, Flow, Initial, PredictOptions, Predicted, Prediction, Predictor,
    SavedModel, Setup, TransientOptions,
};

const N: usize = 96;

/// A known problem on the circle [0, 2π), with these lines under `[model]` and functions.
fn circle(model: &str, kernel: &str, potential: &str, rest: &str) -> LoadedProblem {
    let text = format!(
        "[model]\nkind = \"aggregation-diffusion\"\n{model}\n[domain]\nboundary = \"periodic\"\n\
         length = [{TAU}]\ncells = [{N}]\n[functions.W]\nexpression = \"{kernel}\"\n[functions.V]\n\
         expression = \"{potential}\"\n{rest}"
    );
    Problem::from_str(&text, Path::new(".")).unwrap()
}

fn predict(loaded: &LoadedProblem, changes: &Changes, options: &PredictOptions) -> Vec<Prediction> {
    let predictor = Predictor::from_problem(loaded, changes).unwrap();
    predictor.predict(options, &|| Flow::Continue).unwrap()
}

fn coupling(value: f64) -> Changes {
    Changes { scalars: vec![("coupling".into(), value)], ..Changes::default() }
}

fn from(initial: &str) -> PredictOptions {
    PredictOptions { initial: Some(Initial::parse(initial)), ..PredictOptions::default() }
}

fn state(prediction: &Prediction) -> &[f64] {
    match &prediction.outcome {
        Predicted::State { u, .. } => u,
        Predicted::Transient { .. } => panic!("a steady state was asked for"),
    }
}

fn is_stable(prediction: &Prediction) -> bool {
    prediction.stability.as_ref().unwrap().is_stable()
}

fn warned(prediction: &Prediction, of: &str) -> bool {
    prediction.warnings.iter().any(|w| w.contains(of))
}

/// |∫ u e^{−ikx}| for mass 1: translations do not change it.
fn order(u: &[f64], k: usize) -> f64 {
    let h = TAU / u.len() as f64;
    let (mut re, mut im) = (0.0, 0.0);
    for (i, u) in u.iter().enumerate() {
        let angle = k as f64 * i as f64 * h;
        re += h * u * angle.cos();
        im += h * u * angle.sin();
    }
    re.hypot(im)
}

/// I1(a)/I0(a) by the midpoint rule, to round-off.
fn ratio(a: f64) -> f64 {
    let (mut over, mut under) = (0.0, 0.0);
    for i in 0..64 {
        let t = PI * (f64::from(i) + 0.5) / 64.0;
        over += (a * t.cos()).exp() * t.cos();
        under += (a * t.cos()).exp();
    }
    over / under
}

/// R = I1(a)/I0(a) with a = κR + h, by iteration from above: the stable state.
fn clustered(kappa: f64, h: f64) -> f64 {
    let mut r = 1.0;
    for _ in 0..20_000 {
        r = ratio(kappa * r + h);
    }
    r
}

/// The uniform state of Kuramoto is stable below κ = 2σ and unstable above, and what it goes to is known
/// in closed form, for any σ and any mode of the kernel.
#[test]
fn the_uniform_state_is_left_for_the_clustered_one() {
    for (mode, sigma) in [(1, 1.0), (2, 1.0), (1, 0.05)] {
        let kernel = format!("-cos({mode}*x)");
        for (kappa, stable) in [(1.9 * sigma, true), (2.1 * sigma, false), (3.0 * sigma, false)] {
            let loaded =
                circle(&format!("diffusion = {sigma}\ncoupling = {kappa}"), &kernel, "0", "");
            let found = predict(&loaded, &Changes::default(), &PredictOptions::default());
            assert!(is_stable(&found[0]), "stable ones come first");
            if stable {
                assert_eq!(found.len(), 1);
                assert!(order(state(&found[0]), mode) < 1e-9);
                continue;
            }
            // κ/2 − σ in units of k²: the growth rate of mode k.
            let rate = (kappa / 2.0 - sigma) * (mode * mode) as f64;
            let uniform = found.last().unwrap();
            let stability = uniform.stability.as_ref().unwrap();
            assert_eq!(stability.unstable_directions, 2, "cosine and sine");
            assert!((stability.eigenvalues[0].re / rate - 1.0).abs() < 1e-4, "{stability:?}");
            assert!(
                warned(uniform, "unstable") && warned(uniform, "the stable one is prediction 1")
            );
            assert_eq!(found.len(), 2, "translates are one state");
            let error = order(state(&found[0]), mode) - clustered(kappa / sigma, 0.0);
            assert!(error.abs() < 1e-6, "mode {mode}, κ = {kappa}: {error:e}");
        }
    }
}

/// Against a field the state is unstable, and the one along the field is stable: R is known.
#[test]
fn against_a_field_a_state_is_unstable() {
    let h = 0.3;
    let loaded = circle("diffusion = 1\ncoupling = 4", "-cos(x)", &format!("{h}*cos(x)"), "");
    let found = predict(&loaded, &Changes::default(), &from("exp(2.5*cos(x))"));
    assert!(!is_stable(found.last().unwrap()) && is_stable(&found[0]));
    assert!((order(state(&found[0]), 1) - clustered(4.0, h)).abs() < 1e-6);
    // Along the field from the start: nothing to say.
    let found = predict(&loaded, &Changes::default(), &from("exp(-2.5*cos(x))"));
    assert_eq!(found.len(), 1);
    assert!(is_stable(&found[0]) && !warned(&found[0], "unstable"));
}

/// A state that may stand anywhere is not unstable for that.
#[test]
fn translations_are_no_instability() {
    let loaded = circle("diffusion = 1\ncoupling = 3", "-cos(x)", "0", "");
    let found = predict(&loaded, &Changes::default(), &from("exp(1.5*cos(x - 1))"));
    assert_eq!(found.len(), 1);
    let stability = found[0].stability.as_ref().unwrap();
    assert!(stability.is_stable() && stability.translation);
}

#[test]
fn a_transient_that_ends_near_an_unstable_state_says_so() {
    let loaded = circle("diffusion = 1\ncoupling = 3", "-cos(x)", "0", "");
    let transient = |end| PredictOptions {
        transient: Some(TransientOptions { end, times: 4, tolerance: 1e-8 }),
        ..from("1 + 0.2*cos(3*x) + 1e-9*cos(x)")
    };
    let found = predict(&loaded, &Changes::default(), &transient(2.0));
    assert!(
        !is_stable(&found[0]) && warned(&found[0], "it will leave it"),
        "{:?}",
        found[0].warnings
    );
    let found = predict(&loaded, &Changes::default(), &transient(120.0));
    assert!(is_stable(&found[0]) && !warned(&found[0], "it will leave it"));
}

#[test]
fn solve_says_whether_its_state_is_stable() {
    for (kappa, stable) in [(1.5, true), (3.0, false)] {
        let model = format!("diffusion = 1\ncoupling = {kappa}");
        let setup = Setup::new(&circle(&model, "-cos(x)", "0", "")).unwrap();
        let solved = lacuna::solve(&setup, &[], &mut |_, _| Flow::Continue).unwrap();
        assert_eq!(solved[0].stability.as_ref().unwrap().is_stable(), stable);
        assert_eq!(solved[0].warning().is_some(), !stable);
    }
}

/// Observations of the states of `truth` at these couplings (60 points, 0.1 % of noise), with W unknown.
fn recovered(truth: &LoadedProblem, couplings: &[f64], dir: &Path) -> SavedModel {
    let mut text = format!(
        "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 1\n[domain]\nboundary = \"periodic\"\n\
         length = [{TAU}]\ncells = [{N}]\n[functions.W]\nsurrogate = \"fourier\"\nmodes = 16\n\
         symmetry = \"even\"\n[functions.V]\n"
    );
    let potential = truth.problem.functions["V"].clone();
    let lacuna::problem::FunctionSpec::Known(lacuna::problem::Source::Expression(v)) = potential
    else {
        panic!("an expression")
    };
    text += &format!("expression = \"{v}\"\n");
    for (k, value) in couplings.iter().enumerate() {
        let found = predict(truth, &coupling(*value), &PredictOptions::default());
        assert!(is_stable(&found[0]));
        let (u, h) = (state(&found[0]), TAU / N as f64);
        let mut csv = String::from("x,u,sd\n");
        for i in (0..N).step_by(2) {
            // Numbers without a pattern, about normal.
            let noise: f64 = (1..=6)
                .map(|j| ((i * j * 7919 + 104_729 * (k + 1) * j * j) % 1009) as f64 / 1009.0 - 0.5)
                .sum::<f64>()
                * std::f64::consts::SQRT_2;
            csv += &format!("{},{},{}\n", h * i as f64, u[i] * (1.0 + 1e-3 * noise), 1e-3 * u[i]);
        }
        let name = format!("state-{k}.csv");
        std::fs::write(dir.join(&name), csv).unwrap();
        text += &format!("[[experiments]]\ndata = \"{name}\"\ncoupling = {value}\n");
    }
    let loaded = Problem::from_str(&text, dir).unwrap();
    let recovery = lacuna::recover(&loaded, &|_| Flow::Continue).unwrap();
    SavedModel::new(&loaded, &recovery).unwrap()
}

fn of_model(model: &SavedModel, changes: &Changes, options: &PredictOptions) -> Vec<Prediction> {
    let predictor = Predictor::of_model(model, Path::new("model.json"), changes).unwrap();
    predictor.predict(options, &|| Flow::Continue).unwrap()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let square = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>();
    (square(&mut a.iter().zip(b).map(|(a, b)| a - b)) / square(&mut b.iter().copied())).sqrt()
}

/// The stable state of `truth` in the well of sin x > 0 (sign 1) or < 0 (−1).
fn in_well(truth: &LoadedProblem, kappa: f64, sign: f64) -> Vec<f64> {
    let side = |p: &Prediction| -> f64 {
        let u = state(p).iter().enumerate();
        u.map(|(i, u)| u * (TAU * i as f64 / N as f64).sin()).sum::<f64>() * sign
    };
    let found = predict(truth, &coupling(kappa), &from(&format!("exp({}*sin(x))", 2.0 * sign)));
    let there = found.iter().find(|p| is_stable(p) && side(p) > 0.0).unwrap();
    state(there).to_vec()
}

/// Wells near ±π/2, the same under x → −x but for the tilt; the field cos x lets the data see mode 1 of W,
/// with which the wells are left for one of them.
fn wells(tilt: f64, experiments: &str) -> LoadedProblem {
    let potential = format!("0.3*cos(2*x) + 0.08*cos(x) + {tilt}*sin(x)");
    circle("diffusion = 1", "-cos(x)", &potential, experiments)
}

const ONE: &str = "[[experiments]]\ncoupling = 0.5\n";

/// Beyond a critical coupling the even state is unstable, and all goes to one well or the other. With wells
/// that are the same both are as likely; with one a little deeper, both still exist.
#[test]
fn both_states_beyond_a_pitchfork_are_given_with_their_bands_and_shares() {
    for tilt in [0.0, 0.004] {
        let dir = tempfile::TempDir::new().unwrap();
        let truth = wells(tilt, ONE);
        let model = recovered(&truth, &[0.6, 1.4], dir.path());
        let found = of_model(&model, &coupling(2.4), &PredictOptions::default());
        for p in &found {
            println!("{tilt}: {:?} {:?} {:?}", p.outcome.stop(), p.shares, p.warnings);
        }
        let stable: Vec<&Prediction> = found.iter().filter(|p| is_stable(p)).collect();
        assert_eq!(stable.len(), 2, "one a well");
        let mut reached = 0.0;
        for sign in [1.0, -1.0] {
            let expected = in_well(&truth, 2.4, sign);
            let off = |p: &&&Prediction| distance(state(p), &expected);
            let nearest = stable.iter().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap();
            let error = distance(state(nearest), &expected);
            assert!(error < 0.05, "well {sign}: {error}");
            assert_eq!(nearest.bands, Some("samples"));
            reached += nearest.shares.unwrap().reached.unwrap();
            assert!(warned(nearest, "extrapolation: coupling = 2.4 lies outside"));
        }
        assert!((reached - 1.0).abs() < 0.05, "every draw ends in one of the wells: {reached}");
        if tilt == 0.0 {
            let unstable = found.iter().find(|p| !is_stable(p)).expect("the even state");
            assert!(warned(unstable, "loses its stability at coupling = 1."));
            let even =
                stable.iter().all(|p| (p.shares.unwrap().reached.unwrap() - 0.5).abs() < 0.1);
            assert!(even, "either side is as likely");
        }
    }
}

/// Just below the bifurcation draws differ in whether it is passed: the band is much wider than the
/// derivative says, and the share is told.
#[test]
fn near_a_bifurcation_the_band_is_made_by_draws() {
    let dir = tempfile::TempDir::new().unwrap();
    let model = recovered(&wells(0.0, ONE), &[0.6, 1.0], dir.path());
    // Where the recovered equation has its pitchfork.
    let (mut lower, mut upper) = (1.0, 3.0);
    while upper - lower > 1e-3 {
        let middle = 0.5 * (lower + upper);
        let options = PredictOptions { bands: BandMethod::None, ..PredictOptions::default() };
        let found = of_model(&model, &coupling(middle), &options);
        if found.iter().all(is_stable) { lower = middle } else { upper = middle }
    }
    let linear = PredictOptions { bands: BandMethod::Linearised, ..PredictOptions::default() };
    let linear = of_model(&model, &coupling(lower), &linear);
    assert!(warned(&linear[0], "the derivative is not to be trusted"), "{:?}", linear[0].warnings);
    let found = of_model(&model, &coupling(lower), &PredictOptions::default());
    println!("{lower}: {:?} {:?}", found[0].shares, found[0].warnings);
    assert_eq!(found[0].bands, Some("samples"));
    let stable = found[0].shares.unwrap().stable.unwrap();
    assert!(stable > 0.05 && stable < 0.95, "draws disagree: {stable}");
}

/// A branch that ends in a fold: the state in the well that is not the deepest exists only for κ large
/// enough. Followed down it ends, which is said with the coupling, and the state given is where the system
/// goes.
#[test]
fn beyond_the_end_of_a_branch_the_state_is_found_in_time() {
    let dir = tempfile::TempDir::new().unwrap();
    let truth = wells(0.05, ONE);
    let mut model = recovered(&truth, &[0.6, 1.4], dir.path());
    // As if states in the higher well had been observed.
    for (k, value) in [2.6, 3.2].into_iter().enumerate() {
        model.states[k] = in_well(&truth, value, 1.0);
        model.problem.experiments[k].scalars.insert("coupling".into(), value);
    }
    let found = of_model(&model, &coupling(1.2), &PredictOptions::default());
    println!("{:?}", found[0].warnings);
    assert!(found.len() == 1 && is_stable(&found[0]));
    assert!(warned(&found[0], "its branch ends or turns at coupling = "));
    assert!(warned(&found[0], "where the system goes from there, in time"));
    let expected = predict(&truth, &coupling(1.2), &PredictOptions::default());
    assert!(distance(state(&found[0]), state(&expected[0])) < 0.05);
}
