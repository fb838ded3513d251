//! Predictions: from `model.json` and from known problems, with bands and warnings, and back as data.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

use std::path::Path;
use std::sync::OnceLock;

use lacuna::data::{MeasurementKind, Noise};
use lacuna::examples::Example;
use lacuna::identify::Band;
use lacuna::problem::{FunctionSpec, LoadedProblem, Problem, Source, SurrogateSpec};
use lacuna::{
    BandMethod, Changes, Flow, Initial, PredictOptions, Predicted, Prediction, PredictionSummary,
    Predictor, Recovery, SavedModel, Stop, TransientOptions, write_predictions,
};
use tempfile::TempDir;

const START: &str = "1 + 0.5*cos(2*pi*x)";

fn example(name: &str) -> (TempDir, LoadedProblem) {
    let dir = TempDir::new().unwrap();
    let path = Example::find(name).unwrap().write(dir.path()).unwrap();
    (dir, Problem::from_path(&path).unwrap())
}

fn recover(loaded: &LoadedProblem) -> Recovery {
    lacuna::recover(loaded, &|_| Flow::Continue).unwrap()
}

struct Recovered {
    _dir: TempDir,
    loaded: LoadedProblem,
    recovery: Recovery,
    model: SavedModel,
}

/// `model.json` has been written and read back.
fn recovered(name: &str) -> Recovered {
    let (dir, mut loaded) = example(name);
    if name == "sparse-noisy" {
        // Quicker than networks, with the same prior on functions.
        for function in loaded.problem.functions.values_mut() {
            if let FunctionSpec::Unknown(unknown) = function {
                unknown.surrogate = SurrogateSpec::Fourier { modes: 32 };
            }
        }
    }
    let recovery = recover(&loaded);
    let path = dir.path().join("model.json");
    SavedModel::new(&loaded, &recovery).unwrap().write(&path).unwrap();
    let model = SavedModel::read(&path).unwrap();
    Recovered { _dir: dir, loaded, recovery, model }
}

fn noisy() -> &'static Recovered {
    static RECOVERED: OnceLock<Recovered> = OnceLock::new();
    RECOVERED.get_or_init(|| recovered("sparse-noisy"))
}

fn exact() -> &'static Recovered {
    static RECOVERED: OnceLock<Recovered> = OnceLock::new();
    RECOVERED.get_or_init(|| recovered("two-states"))
}

fn coupling(value: f64) -> Changes {
    Changes { scalars: vec![("coupling".into(), value)], ..Changes::default() }
}

fn predict(model: &SavedModel, changes: &Changes, options: &PredictOptions) -> Vec<Prediction> {
    let predictor = Predictor::of_model(model, Path::new("model.json"), changes).unwrap();
    predictor.predict(options, &|| Flow::Continue).unwrap()
}

fn of_problem(
    loaded: &LoadedProblem,
    changes: &Changes,
    options: &PredictOptions,
) -> Vec<Prediction> {
    let predictor = Predictor::from_problem(loaded, changes).unwrap();
    predictor.predict(options, &|| Flow::Continue).unwrap()
}

fn state(prediction: &Prediction) -> (&[f64], Option<&Band>) {
    match &prediction.outcome {
        Predicted::State { u, band, .. } => (u, band.as_ref()),
        Predicted::Transient { .. } => panic!("a steady state was asked for"),
    }
}

fn transient(prediction: &Prediction) -> (&[Vec<f64>], &[Band]) {
    match &prediction.outcome {
        Predicted::Transient { u, bands, .. } => (u, bands),
        Predicted::State { .. } => panic!("a transient was asked for"),
    }
}

fn in_time(end: f64, times: usize) -> PredictOptions {
    PredictOptions {
        initial: Some(Initial::parse(START)),
        transient: Some(TransientOptions { end, times, tolerance: 1e-8 }),
        samples: 40,
        ..PredictOptions::default()
    }
}

fn relative(a: &[f64], b: &[f64]) -> f64 {
    let square = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>();
    (square(&mut a.iter().zip(b).map(|(a, b)| a - b)) / square(&mut b.iter().copied())).sqrt()
}

fn widths(band: &Band) -> Vec<f64> {
    band.upper.iter().zip(&band.lower).map(|(a, b)| a - b).collect()
}

/// The problem with its true functions, without data.
fn truth(loaded: &LoadedProblem) -> LoadedProblem {
    let mut truth = loaded.clone();
    for name in ["W", "V"] {
        let table = Source::Table(format!("truth-{name}.csv").into());
        truth.problem.functions.insert(name.into(), FunctionSpec::Known(table));
    }
    truth.problem.experiments.clear();
    truth
}

#[test]
fn states_and_transients_that_were_not_observed_are_predicted() {
    let Recovered { loaded, model, .. } = exact();
    let truth = truth(loaded);
    let push = Changes { push: Some("0.1*cos(4*pi*x)".into()), ..coupling(0.2) };
    for changes in [coupling(0.4), coupling(0.6), push] {
        let options = PredictOptions::default();
        let found = predict(model, &changes, &options);
        // Both observed states lead to the first; other stable states may stand behind it.
        assert!(!found.is_empty());
        let width = found[0].determination.unwrap().relative_half_width;
        assert!(width > 0.0 && width < 0.05, "exact data give narrow bands: {width:e}");
        assert!(found[0].warnings[0].contains("bands assume errors of 1e-4"));
        let expected = of_problem(&truth, &changes, &options);
        let error = relative(state(&found[0]).0, state(&expected[0]).0);
        println!("{changes:?}: state {error:.1e}");
        assert!(error < 1e-3, "{error:e}");

        let options = PredictOptions { bands: BandMethod::None, ..in_time(2.0, 10) };
        let found = predict(model, &changes, &options);
        let expected = of_problem(&truth, &changes, &options);
        let pairs = transient(&found[0]).0.iter().zip(transient(&expected[0]).0);
        let error = pairs.map(|(a, b)| relative(a, b)).fold(0.0, f64::max);
        println!("{changes:?}: transient {error:.1e}");
        assert!(error < 1e-2, "{error:e}");
    }
}

#[test]
fn at_observed_conditions_the_band_is_that_of_the_fit() {
    let Recovered { recovery, model, .. } = noisy();
    let found = predict(model, &Changes::default(), &PredictOptions::default());
    assert_eq!(found.len(), 2);
    for (prediction, fitted) in found.iter().zip(&recovery.states) {
        let (u, band) = state(prediction);
        assert!(relative(u, fitted.predicted.as_ref().unwrap()) < 1e-8);
        let difference = relative(&widths(band.unwrap()), &widths(fitted.band.as_ref().unwrap()));
        assert!(difference < 1e-5, "{difference:e}");
        assert!(prediction.warnings.is_empty(), "{:?}", prediction.warnings);
        assert!(prediction.determination.unwrap().share.unwrap() > 0.99);
    }
}

#[test]
fn draws_agree_with_the_derivative_where_the_band_is_narrow() {
    let Recovered { model, .. } = noisy();
    let linear = predict(model, &coupling(0.15), &PredictOptions::default());
    let options =
        PredictOptions { bands: BandMethod::Samples, samples: 400, ..PredictOptions::default() };
    let drawn = predict(model, &coupling(0.15), &options);
    assert_eq!((linear[0].bands, drawn[0].bands), (Some("linearised"), Some("samples")));
    assert_eq!(drawn[0].lost_draws, 0);
    let width = |p: &Prediction| p.determination.unwrap().relative_half_width;
    let ratio = width(&drawn[0]) / width(&linear[0]);
    assert!((0.85..1.18).contains(&ratio), "{ratio}");
}

#[test]
fn bands_do_not_depend_on_the_number_of_threads() {
    let Recovered { model, .. } = noisy();
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = PredictOptions { seed, ..in_time(0.5, 2) };
        let found = pool.install(|| predict(model, &coupling(0.4), &options));
        transient(&found[0]).1.to_vec()
    };
    let one = on(1, 7);
    assert_eq!(one, on(3, 7));
    assert_ne!(one, on(1, 8));
    // The start is known, the rest is not, and all is positive.
    assert_eq!(one[0].lower, one[0].upper);
    assert!(one[2].lower.iter().zip(&one[2].upper).all(|(a, b)| 0.0 < *a && a < b));
}

#[test]
fn a_prediction_far_from_the_data_is_marked() {
    let Recovered { model, .. } = noisy();
    // Between the couplings observed, 0.1 and 0.2.
    let near = predict(model, &coupling(0.15), &PredictOptions::default());
    assert!(near[0].warnings.is_empty(), "{:?}", near[0].warnings);
    let beside = predict(model, &coupling(0.25), &PredictOptions::default());
    assert_eq!(
        beside[0].warnings,
        [
            "extrapolation: coupling = 0.25 lies outside of the fitted 0.1 to 0.2, by 0.50 of that range"
        ]
    );
    let far = predict(model, &coupling(5.0), &PredictOptions::default());
    let warning = far[0].warnings.iter().find(|w| w.contains("leaves what the data determined"));
    let warning = warning.unwrap();
    assert!(warning.contains("coupling = 5") && warning.contains("measure a state"), "{warning}");
}

#[test]
fn a_run_can_be_stopped() {
    let Recovered { model, .. } = noisy();
    let path = Path::new("model.json");
    let predictor = Predictor::of_model(model, path, &coupling(0.4)).unwrap();
    for options in [PredictOptions::default(), in_time(10.0, 5)] {
        let found = predictor.predict(&options, &|| Flow::Stop).unwrap();
        assert_eq!(found[0].outcome.stop(), Stop::Interrupted);
    }
}

#[test]
fn every_branch_is_followed_and_its_end_is_told() {
    let Recovered { model, .. } = recovered("branches");
    let found = predict(&model, &Changes::default(), &PredictOptions::default());
    assert_eq!(found.len(), 2, "two states at one coupling");
    assert!(relative(state(&found[0]).0, state(&found[1]).0) > 0.1);
    // Far below the transition there is one state, and one branch has ended on the way.
    let found = predict(&model, &coupling(0.7), &PredictOptions::default());
    assert_eq!(found.len(), 1);
    let told = found[0].warnings.iter().any(|w| w.contains("could not be continued"));
    assert!(told, "{:?}", found[0].warnings);
}

#[test]
fn known_problems_have_no_band() {
    let (_dir, loaded) = example("kuramoto-states");
    let found = of_problem(&loaded, &coupling(3.0), &PredictOptions::default());
    assert_eq!(found.len(), 1, "its experiments differ in the coupling only");
    assert!(found[0].warnings[0].contains("every function is known"));
    let out = TempDir::new().unwrap();
    let summary = PredictionSummary::new(&found, 0, 0.0);
    write_predictions(out.path(), &found, &summary).unwrap();
    let text = std::fs::read_to_string(out.path().join("states/1.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("x,value,lower,upper"));
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        assert!(cells[1] == cells[2] && cells[1] == cells[3], "{line}");
    }
}

/// What is predicted is data: the value, and not its band, which is no noise of a measurement.
#[test]
fn predicted_states_are_data_for_a_recovery() {
    let Recovered { loaded, .. } = exact();
    let truth = truth(loaded);
    let out = TempDir::new().unwrap();
    let mut text = String::from(
        "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\n[domain]\nboundary = \"periodic\"\n\
         cells = [256]\n[functions.W]\nsurrogate = \"fourier\"\nsymmetry = \"even\"\n[functions.V]\n\
         surrogate = \"fourier\"\n",
    );
    for (k, value) in [0.15, 0.3].into_iter().enumerate() {
        let found = of_problem(&truth, &coupling(value), &PredictOptions::default());
        let folder = out.path().join(k.to_string());
        write_predictions(&folder, &found, &PredictionSummary::new(&found, 0, 0.0)).unwrap();
        text += &format!("[[experiments]]\ndata = \"{k}/states/1.csv\"\ncoupling = {value}\n");
    }
    let mut again = Problem::from_str(&text, out.path()).unwrap();
    let measured = again.read_measurements(0).unwrap().unwrap();
    match measured.kind {
        MeasurementKind::Values { noise, .. } => assert_eq!(noise, Noise::Exact),
        other => panic!("{other:?}"),
    }
    for name in ["W", "V"] {
        let path = loaded.base_dir.join(format!("truth-{name}.csv"));
        again.problem.truth.insert(name.into(), Source::Table(path));
    }
    let recovery = recover(&again);
    for function in &recovery.functions {
        let error = function.relative_l2_error.unwrap();
        assert!(error < 1e-6, "{}: {error:e}", function.name);
    }
}
