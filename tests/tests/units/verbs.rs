//! Every verb on every built-in example in drawn units, the extremes included.
//!
//! Settings are cheap: what counts is that the numbers are the same, not that they are good.

use std::path::Path;

use lacuna::examples::EXAMPLES;
use lacuna::problem::{BandMethod, LoadedProblem, PlannedPoints};
use lacuna::{
    BranchPlan, Changes, DiagnosePlan, Diagnosed, Flow, PredictOptions, Predicted, Prediction,
    Predictor, Recovery, SavedModel, Setup, Task, TransientOptions,
};

use super::compare::{Random, TOLERANCE, assert_same, assert_scaled};
use super::rewritten::{Factors, rewritten};
use super::support::example;

/// 10^±12 each way, together and against each other, and others between.
fn factors(name: &str) -> Vec<Factors> {
    let seed = name.bytes().fold(7, |seed: u64, b| seed.wrapping_mul(31).wrapping_add(b.into()));
    let mut random = Random::new(seed);
    let mut extreme = || if random.next() < 0.5 { 1e-12 } else { 1e12 };
    let corner =
        Factors { length: extreme(), time: extreme(), state: extreme(), coupling: extreme() };
    let mut between = || 10f64.powf(24.0 * random.next() - 12.0);
    let drawn =
        Factors { length: between(), time: between(), state: between(), coupling: between() };
    vec![corner, drawn]
}

/// An example with cheap settings.
fn cheap(name: &str) -> (tempfile::TempDir, LoadedProblem) {
    let (dir, mut loaded) = example(name);
    let problem = &mut loaded.problem;
    problem.domain.cells = vec![48];
    problem.fit.restarts = 2;
    problem.fit.max_iterations = Some(4);
    problem.fit.folds = 0;
    problem.bands.method = BandMethod::Laplace;
    problem.diagnose.draws = 2;
    problem.design.truths = 2;
    problem.design.budget = 3.0;
    problem.design.points = PlannedPoints::Count(12.0);
    problem.branches.deflation = false;
    problem.branches.max_points = 30;
    (dir, loaded)
}

fn each(names: &[&str], test: impl Fn(&LoadedProblem, &LoadedProblem, &Factors)) {
    for name in names {
        let (_dir, plain) = cheap(name);
        for factors in factors(name) {
            println!("{name} {factors:?}");
            let (_other, scaled) = rewritten(&plain, &factors);
            test(&plain, &scaled, &factors);
        }
    }
}

const WITH_DATA: [&str; 8] = [
    "two-states",
    "sparse-noisy",
    "branches",
    "kuramoto",
    "reaction-rate",
    "ants",
    "turtles",
    "wind",
];
const KNOWN: [&str; 2] = ["kuramoto-states", "kuramoto-branches"];

#[test]
fn every_example_is_tried() {
    let mut tried = [&WITH_DATA[..], &KNOWN[..]].concat();
    let mut all: Vec<&str> = EXAMPLES.iter().map(|example| example.name).collect();
    tried.sort_unstable();
    all.sort_unstable();
    assert_eq!(tried, all);
}

fn recover(loaded: &LoadedProblem) -> Recovery {
    lacuna::recover(loaded, &|_| Flow::Continue).unwrap()
}

fn same_diagnosis(plain: &Diagnosed, scaled: &Diagnosed, factors: &Factors) {
    assert_eq!(plain.unknowns.len(), scaled.unknowns.len());
    assert_scaled("spectrum", &plain.spectrum, &scaled.spectrum, 1.0);
    assert_eq!(plain.joint.verdict, scaled.joint.verdict);
    for (plain, scaled) in plain.unknowns.iter().zip(&scaled.unknowns) {
        let unit = factors.of(&plain.name);
        let change = if plain.positive { 1.0 } else { unit };
        for (a, b) in [(plain.joint, scaled.joint), (plain.separate, scaled.separate)] {
            assert_eq!((a.verdict, a.directions), (b.verdict, b.directions), "{}", plain.name);
            assert_same("relative band", a.relative_band, b.relative_band);
        }
        let codes = |u: &lacuna::ExaminedUnknown| -> Vec<&str> {
            u.reasons.iter().map(|reason| reason.code).collect()
        };
        assert_eq!(codes(plain), codes(scaled));
        assert_same("scale", plain.scale, scaled.scale / change);
        assert_scaled("nominal", &plain.nominal, &scaled.nominal, unit);
        assert_scaled("sd", &plain.sd, &scaled.sd, change);
        assert_scaled("prior sd", &plain.prior_sd, &scaled.prior_sd, change);
        assert_scaled("x", &plain.x, &scaled.x, factors.length);
    }
}

fn same_recovery(plain: &Recovery, scaled: &Recovery, factors: &Factors) {
    assert_eq!(plain.stop, scaled.stop);
    assert_eq!(plain.best_restart, scaled.best_restart);
    for (a, b) in plain.restarts.iter().zip(&scaled.restarts) {
        assert_eq!((a.iterations, a.stop), (b.iterations, b.stop));
        assert_scaled("path", &a.history, &b.history, 1.0);
    }
    for (a, b) in plain.functions.iter().zip(&scaled.functions) {
        let unit = factors.of(&a.name);
        assert_scaled("x", &a.x, &b.x, factors.length);
        assert_scaled(&a.name, &a.values, &b.values, unit);
        assert_eq!(a.band.is_some(), b.band.is_some());
        if let (Some(a), Some(b)) = (&a.band, &b.band) {
            assert_scaled("lower", &a.lower, &b.lower, unit);
            assert_scaled("upper", &a.upper, &b.upper, unit);
        }
        if let (Some(a), Some(b)) = (&a.truth, &b.truth) {
            assert_scaled("truth", a, b, unit);
        }
        if let (Some(a), Some(b)) = (a.relative_l2_error, b.relative_l2_error) {
            // Relative to the function, not to how small its error is.
            assert!((a - b).abs() < TOLERANCE, "{a} {b}");
        }
        if let (Some(a), Some(b)) = (&a.prior, &b.prior) {
            assert_same("order", a.order, b.order);
            assert_same("length scale", a.length_scale, b.length_scale / factors.length);
        }
        for (a, b) in a.support.iter().zip(&b.support) {
            assert_scaled("support", a, b, factors.length);
        }
    }
    for (a, b) in plain.states.iter().zip(&scaled.states) {
        assert_scaled("data x", &a.data_x, &b.data_x, factors.length);
        assert_scaled("data u", &a.data_u, &b.data_u, factors.state);
        assert_scaled("nodes", &a.x, &b.x, factors.length);
        assert_scaled("observed", &a.observed, &b.observed, factors.state);
        let noise = |state: &lacuna::FittedState| state.measured.as_ref().and_then(|m| m.noise);
        if let (Some(a), Some(b)) = (noise(a), noise(b)) {
            assert_same("noise", a, b / factors.state);
        }
        if let (Some(a), Some(b)) = (&a.predicted, &b.predicted) {
            assert_scaled("predicted", a, b, factors.state);
        }
        if let (Some(a), Some(b)) = (&a.band, &b.band) {
            assert_scaled("band", &a.upper, &b.upper, factors.state);
        }
    }
    assert_eq!(plain.checks.failed, scaled.checks.failed);
    for (a, b) in plain.checks.list.iter().zip(&scaled.checks.list) {
        assert_eq!((a.check, &a.of, a.failed), (b.check, &b.of, b.failed));
        assert_same(a.check, a.value, b.value);
    }
    assert_eq!(plain.warnings.len(), scaled.warnings.len());
    match (&plain.diagnosis, &scaled.diagnosis) {
        (Some(a), Some(b)) => same_diagnosis(a, b, factors),
        (a, b) => assert_eq!(a.is_some(), b.is_some()),
    }
}

fn same_predictions(plain: &[Prediction], scaled: &[Prediction], factors: &Factors) {
    assert_eq!(plain.len(), scaled.len());
    for (plain, scaled) in plain.iter().zip(scaled) {
        assert_scaled("x", &plain.x, &scaled.x, factors.length);
        assert_eq!(plain.warnings.len(), scaled.warnings.len());
        match (&plain.outcome, &scaled.outcome) {
            (
                Predicted::State { u: a, band: below, stop, .. },
                Predicted::State { u: b, band: above, stop: other, .. },
            ) => {
                assert_eq!(stop, other);
                assert_scaled("u", a, b, factors.state);
                assert_eq!(below.is_some(), above.is_some());
                if let (Some(a), Some(b)) = (below, above) {
                    assert_scaled("upper", &a.upper, &b.upper, factors.state);
                }
            }
            (
                Predicted::Transient { t, u, steps, .. },
                Predicted::Transient { t: later, u: other, steps: others, .. },
            ) => {
                assert_scaled("t", t, later, factors.time);
                for (a, b) in u.iter().zip(other) {
                    assert_scaled("u", a, b, factors.state);
                }
                assert_eq!(steps.len(), others.len());
            }
            _ => panic!("a state became a transient"),
        }
    }
}

/// recover, check, and predict from what was recovered.
#[test]
#[ignore = "not met: fits that stop early differ by some per cent in their residuals"]
fn recoveries_and_predictions_are_the_same() {
    each(&WITH_DATA, |plain, scaled, factors| {
        let tasks = [plain, scaled].map(|loaded| Task::new(loaded).unwrap());
        assert_eq!(tasks[0].method(), tasks[1].method());
        assert_eq!(tasks[0].settings(), tasks[1].settings());
        assert_eq!(tasks[0].warnings().len(), tasks[1].warnings().len());
        let found = [plain, scaled].map(recover);
        same_recovery(&found[0], &found[1], factors);

        let path = Path::new("model.json");
        let models = [SavedModel::new(plain, &found[0]), SavedModel::new(scaled, &found[1])];
        let models = models.map(Result::unwrap);
        let scalar = if plain.problem.model.kind.is_density() { Some("diffusion") } else { None };
        let predictions = [0, 1].map(|i| {
            let value = models[0].problem.model.scalars.get("diffusion");
            let unit = if i == 0 { 1.0 } else { factors.of("diffusion") };
            let value = value.and_then(|v| v.known()).unwrap_or(0.0) * 1.1 * unit;
            let scalars = scalar.map(|name| (name.to_owned(), value)).into_iter().collect();
            let changes = Changes { scalars, ..Changes::default() };
            let predictor = Predictor::of_model(&models[i], path, &changes).unwrap();
            predictor.predict(&PredictOptions::default(), &|| Flow::Continue).unwrap()
        });
        same_predictions(&predictions[0], &predictions[1], factors);
    });
}

#[test]
#[ignore = "not met: quick fits that stop early differ by some per mille"]
fn diagnoses_are_the_same() {
    each(&WITH_DATA, |plain, scaled, factors| {
        let found = [plain, scaled]
            .map(|loaded| DiagnosePlan::new(loaded).unwrap().run(&|| Flow::Continue).unwrap());
        same_diagnosis(&found[0], &found[1], factors);
    });
}

/// Before there are data: draws from the prior, or the truth.
#[test]
fn plans_are_the_same() {
    each(&["two-states", "reaction-rate"], |plain, scaled, factors| {
        let found = [plain, scaled].map(|loaded| {
            let mut loaded = loaded.clone();
            for experiment in &mut loaded.problem.experiments {
                experiment.data.clear();
                experiment.points = Some(PlannedPoints::Count(20.0));
            }
            DiagnosePlan::new(&loaded).unwrap().run(&|| Flow::Continue).unwrap()
        });
        same_diagnosis(&found[0], &found[1], factors);
    });
}

#[test]
fn designs_are_the_same() {
    each(&["sparse-noisy", "reaction-rate", "ants"], |plain, scaled, factors| {
        let found =
            [plain, scaled].map(|loaded| lacuna::design(loaded, &|_| Flow::Continue).unwrap());
        let [plain, scaled] = &found;
        assert_same("criterion", plain.criterion.value, scaled.criterion.value);
        assert_eq!(plain.points.len(), scaled.points.len());
        for (a, b) in plain.points.iter().zip(&scaled.points) {
            assert_eq!((&a.experiment, a.replicates), (&b.experiment, b.replicates));
            assert_same("point", a.x, b.x / factors.length);
        }
        for (a, b) in plain.unknowns.iter().zip(&scaled.unknowns) {
            assert_same("band", a.relative_band.after, b.relative_band.after);
            assert_scaled("nominal", &a.nominal, &b.nominal, factors.of(&a.name));
        }
        for (a, b) in plain.experiments.iter().zip(&scaled.experiments) {
            assert_scaled("state", &a.state, &b.state, factors.state);
        }
    });
}

#[test]
fn steady_states_and_transients_of_known_equations_are_the_same() {
    each(&KNOWN, |plain, scaled, factors| {
        let states = [plain, scaled].map(|loaded| {
            let setup = Setup::new(loaded).unwrap();
            lacuna::solve(&setup, &[], &mut |_, _| Flow::Continue).unwrap()
        });
        for (a, b) in states[0].iter().zip(&states[1]) {
            assert_eq!(a.stop, b.stop);
            assert_eq!(a.counts.newton_iterations, b.counts.newton_iterations);
            assert_scaled("u", &a.u, &b.u, factors.state);
        }
        let transients = [(plain, 1.0), (scaled, factors.time)].map(|(loaded, unit)| {
            let predictor = Predictor::from_problem(loaded, &Changes::default()).unwrap();
            let transient = TransientOptions { end: 2.0 * unit, times: 3, tolerance: 1e-4 };
            let options =
                PredictOptions { transient: Some(transient), ..PredictOptions::default() };
            predictor.predict(&options, &|| Flow::Continue).unwrap()
        });
        same_predictions(&transients[0], &transients[1], factors);
    });
}

#[test]
fn branches_are_the_same() {
    each(&["kuramoto-branches", "branches"], |plain, scaled, factors| {
        let diagrams = [plain, scaled].map(|loaded| {
            let mut setup = Setup::new(loaded).unwrap();
            setup.assume_truths().unwrap();
            BranchPlan::new(&setup).unwrap().run(&mut |_| Flow::Continue).unwrap()
        });
        let [plain, scaled] = &diagrams;
        assert_eq!(plain.branches.len(), scaled.branches.len());
        assert_eq!(plain.stop, scaled.stop);
        for (b, (one, other)) in plain.branches.iter().zip(&scaled.branches).enumerate() {
            assert_eq!(one.states.len(), other.states.len());
            assert_eq!(one.ends, other.ends);
            let norm = factors.state * factors.length.sqrt();
            assert_scaled("norms", &plain.norms[b], &scaled.norms[b], norm);
            for (s, (a, b)) in one.states.iter().zip(&other.states).enumerate() {
                assert_eq!(a.event, b.event, "state {s}");
                assert_same("parameter", a.parameter, b.parameter / factors.coupling);
                let unstable = |state: &lacuna::steady::BranchState| {
                    state.stability.as_ref().map(|s| s.unstable_directions)
                };
                assert_eq!(unstable(a), unstable(b), "state {s}");
            }
        }
    });
}
