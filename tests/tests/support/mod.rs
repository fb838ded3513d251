//! What the tests of whole recoveries share: examples in temporary folders, and how well their
//! unknowns were recovered (relative errors in L², as the recovery reports them).

use lacuna::problem::{FunctionSpec, LoadedProblem, Problem, SurrogateSpec, UnknownFunction};
use lacuna::{Flow, RecoveredFunction, Recovery, examples::Example};
use tempfile::TempDir;

/// A built-in example, read from a folder that lives as long as the first value.
pub fn example(name: &str) -> (TempDir, LoadedProblem) {
    let dir = TempDir::new().unwrap();
    let path = Example::find(name).unwrap().write(dir.path()).unwrap();
    let loaded = Problem::from_path(&path).unwrap();
    (dir, loaded)
}

/// Recovers with the settings of the problem.
pub fn recover(loaded: &LoadedProblem) -> Recovery {
    lacuna::recover(loaded, &|_| Flow::Continue).unwrap()
}

/// Seeks every unknown function in the class that `class` makes, and leaves symmetries alone.
pub fn seek_in(loaded: &mut LoadedProblem, class: &SurrogateSpec) {
    for unknown in unknown_functions(loaded) {
        unknown.surrogate = class.clone();
    }
}

/// The unknown functions of a problem.
pub fn unknown_functions(loaded: &mut LoadedProblem) -> impl Iterator<Item = &mut UnknownFunction> {
    loaded.problem.functions.values_mut().filter_map(|function| match function {
        FunctionSpec::Unknown(unknown) => Some(unknown),
        FunctionSpec::Known(_) => None,
    })
}

/// A network with the given hidden layers and the default activation.
pub fn network(hidden: &[usize]) -> SurrogateSpec {
    let SurrogateSpec::Network { activation, harmonics, .. } = SurrogateSpec::default() else {
        unreachable!("the default class is a network")
    };
    SurrogateSpec::Network { hidden: hidden.to_vec(), activation, harmonics }
}

/// What was recovered of the unknown called `name`.
pub fn function<'a>(recovery: &'a Recovery, name: &str) -> &'a RecoveredFunction {
    recovery.functions.iter().find(|f| f.name == name).unwrap()
}

/// Its relative error against the truth.
pub fn error(recovery: &Recovery, name: &str) -> f64 {
    function(recovery, name).relative_l2_error.unwrap()
}

/// Asserts that the unknown called `name` was recovered to `bound`, and prints how well.
#[track_caller]
pub fn assert_recovered(recovery: &Recovery, name: &str, bound: f64) {
    let found = error(recovery, name);
    println!("{name}: {found:.2e} < {bound:.0e} ({:.2} s)", recovery.elapsed.as_secs_f64());
    assert!(found < bound, "{name} has the relative error {found:.2e}, not below {bound:.0e}");
}
