//! Unknown scalars of the equation: diffusion σ and coupling κ.

use lacuna::problem::{FunctionSpec, LoadedProblem, ScalarSpec, Source};
use tempfile::TempDir;

use crate::support::{example, function, recover};

/// Two states whose kernel and potential are known from their tables.
fn known_functions() -> (TempDir, LoadedProblem) {
    let (dir, mut loaded) = example("two-states");
    for name in ["W", "V"] {
        let table = Source::Table(format!("truth-{name}.csv").into());
        loaded.problem.functions.insert(name.into(), FunctionSpec::Known(table));
    }
    (dir, loaded)
}

fn unknown(loaded: &mut LoadedProblem, name: &str, initial: f64) {
    let scalar = ScalarSpec::Unknown { initial, positive: None };
    loaded.problem.model.scalars.insert(name.into(), scalar);
}

#[track_caller]
fn assert_found(loaded: &LoadedProblem, name: &str, truth: f64, bound: f64) {
    let recovery = recover(loaded);
    let found = function(&recovery, name);
    assert_eq!(found.values.len(), 1);
    let error = (found.values[0] / truth - 1.0).abs();
    println!("{name}: relative error {error:.2e} < {bound:.0e}");
    assert!(recovery.is_converged(), "{}", recovery.stop);
    assert!(error < bound, "{name} = {}, not {truth}", found.values[0]);
}

#[test]
fn diffusion_is_found_from_a_distant_start() {
    for initial in [0.2, 1.0, 0.01] {
        let (_dir, mut loaded) = known_functions();
        unknown(&mut loaded, "diffusion", initial);
        assert_found(&loaded, "diffusion", 0.1, 1e-6);
    }
}

#[test]
fn coupling_is_found_where_it_is_not_given() {
    let (_dir, mut loaded) = known_functions();
    unknown(&mut loaded, "coupling", 1.0);
    loaded.problem.experiments[0].scalars.clear();
    // Known in the second experiment, which gives it; so the first alone determines it.
    assert_found(&loaded, "coupling", 0.1, 1e-6);

    loaded.problem.experiments.swap(0, 1);
    loaded.problem.experiments[1].scalars.insert("coupling".into(), 0.1);
    loaded.problem.experiments[0].scalars.clear();
    assert_found(&loaded, "coupling", 0.2, 1e-6);
}

#[test]
fn a_negative_coupling_is_found() {
    let (_dir, mut loaded) = known_functions();
    loaded.problem.experiments.truncate(1);
    loaded.problem.experiments[0].scalars.clear();
    // The same equation with −W and −κ.
    let table = FunctionSpec::Known(Source::Table("minus-W.csv".into()));
    let text = std::fs::read_to_string(loaded.resolve("truth-W.csv".as_ref())).unwrap();
    let minus: Vec<String> = text
        .lines()
        .map(|line| match line.split_once(',') {
            Some((x, value)) if value != "value" => {
                format!("{x},{:?}\n", -value.trim().parse::<f64>().unwrap())
            }
            _ => format!("{line}\n"),
        })
        .collect();
    std::fs::write(loaded.resolve("minus-W.csv".as_ref()), minus.concat()).unwrap();
    loaded.problem.functions.insert("W".into(), table);
    unknown(&mut loaded, "coupling", 1.0);
    assert_found(&loaded, "coupling", -0.1, 1e-6);
}

#[test]
fn both_scalars_are_found_together() {
    let (_dir, mut loaded) = known_functions();
    unknown(&mut loaded, "diffusion", 0.2);
    unknown(&mut loaded, "coupling", 1.0);
    loaded.problem.experiments[0].scalars.clear();
    assert_found(&loaded, "diffusion", 0.1, 1e-6);
    assert_found(&loaded, "coupling", 0.1, 1e-6);
}

#[test]
fn other_formulations_find_the_diffusion_too() {
    use lacuna::problem::Formulation;
    for formulation in [Formulation::FixedPoint, Formulation::Strong] {
        let (_dir, mut loaded) = known_functions();
        unknown(&mut loaded, "diffusion", 0.2);
        loaded.problem.fit.formulation = formulation;
        assert_found(&loaded, "diffusion", 0.1, 1e-6);
    }
}
