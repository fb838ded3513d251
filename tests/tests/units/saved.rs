//! `model.json`: its functions in the units of the problem, and files of the first version.

use std::fs;

use lacuna::problem::{FunctionSpec, Source};
use lacuna::{Changes, Flow, PredictOptions, Predicted, Predictor, SavedModel, Setup};
use tempfile::TempDir;

use super::compare::assert_scaled;
use super::support::{example, recover, unknown_functions};

/// Parameters, posterior and offset of a file without units are in those of the problem: here the
/// same model is written both ways.
#[test]
fn a_file_without_units_means_the_units_of_its_problem() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("model.json");
    let (_data, mut loaded) = example("kuramoto");
    loaded.problem.domain.cells = vec![64];
    for unknown in unknown_functions(&mut loaded) {
        unknown.surrogate = lacuna::problem::SurrogateSpec::Fourier { modes: 8 };
    }
    let recovery = recover(&loaded);
    let new = SavedModel::new(&loaded, &recovery).unwrap();
    new.write(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "lacuna-model/2");
    // Coefficients of a Fourier series scale as the function.
    let unit = recovery.units.of_part(loaded.problem.model.kind, "W");
    assert!((unit - 1.0).abs() > 0.1, "the units are those of the problem: nothing is tested");
    value["schema"] = "lacuna-model/1".into();
    value.as_object_mut().unwrap().remove("units");
    value.as_object_mut().unwrap().remove("posterior");
    for theta in value["recovered"]["W"]["theta"].as_array_mut().unwrap() {
        *theta = (theta.as_f64().unwrap() * unit).into();
    }
    let old_path = dir.path().join("old.json");
    fs::write(&old_path, value.to_string()).unwrap();

    let changes = Changes { scalars: vec![("coupling".into(), 3.0)], ..Changes::default() };
    let states = [&path, &old_path].map(|path| {
        let predictor = Predictor::from_model(path, &changes).unwrap();
        let found = predictor.predict(&PredictOptions::default(), &|| Flow::Continue).unwrap();
        match found.into_iter().next().unwrap().outcome {
            Predicted::State { u, .. } => u,
            Predicted::Transient { .. } => panic!("a steady state was asked for"),
        }
    });
    assert_scaled("u", &states[0], &states[1], 1.0);
}

/// A recovered function in the place of a known one, in a problem with other units of computation.
#[test]
fn a_saved_function_can_stand_in_another_problem() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("model.json");
    let (_data, mut loaded) = example("kuramoto");
    loaded.problem.domain.cells = vec![64];
    let recovery = recover(&loaded);
    SavedModel::new(&loaded, &recovery).unwrap().write(&path).unwrap();
    let solve = |source: Source| {
        let mut loaded = loaded.clone();
        loaded.problem.functions.insert("W".into(), FunctionSpec::Known(source));
        loaded
            .problem
            .model
            .scalars
            .insert("diffusion".into(), lacuna::problem::ScalarSpec::Known(0.7));
        let setup = Setup::new(&loaded).unwrap();
        lacuna::solve(&setup, &[], &mut |_, _| Flow::Continue).unwrap().remove(0).u
    };
    let by_name = solve(Source::Expression("-cos(x)".into()));
    let saved = solve(Source::Model(path));
    assert_scaled("u", &by_name, &saved, 1.0);
}
