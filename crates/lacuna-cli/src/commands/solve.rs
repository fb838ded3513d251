//! `lacuna solve`: steady states of a problem whose functions are all known.

use std::path::{Path, PathBuf};

use lacuna::problem::Problem;
use lacuna::{SavedModel, Setup, SolvedState, solve, write_json, write_states};
use serde::Serialize;

use super::{Result, claim, failed, outcome, phrase, print_json, read_problem};
use crate::arguments::{Assignment, Common};
use crate::interrupt;

/// One state in `summary.json`.
#[derive(Serialize)]
struct StateSummary<'a> {
    name: &'a str,
    conditions: &'a [(String, String)],
    stop: &'static str,
    residual: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unstable_directions: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    growth_rate: Option<f64>,
    newton_iterations: usize,
    jacobian_products: usize,
    map_evaluations: usize,
}

#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    version: &'static str,
    states: Vec<StateSummary<'a>>,
}

/// Solves, writes the states and says what came of it.
pub fn run(problem: Option<&Path>, set: &[Assignment], common: &Common) -> Result {
    let Ready { setup, guesses, inputs } = prepare(problem, set, common)?;
    let mut folder = claim("solve", &inputs, common)?;
    let states = solve(&setup, &guesses, &mut |_, _| interrupt::flow())
        .map_err(|error| failed(&mut folder, error))?;
    write_states(&folder.aside(), &states)?;
    let summary = Summary {
        schema: "lacuna-states/1",
        version: env!("CARGO_PKG_VERSION"),
        states: states.iter().map(summarise).collect(),
    };
    write_json(&folder.aside().join("summary.json"), &summary)?;
    folder.put_in_place()?;
    if common.json {
        print_json(&summary);
    } else if !common.quiet {
        for state in &states {
            tell(state);
        }
        say!("states: {}", folder.path().join("states").display());
    }
    let complete = states.len() == setup.n_experiments();
    Ok(outcome(complete && states.iter().all(|state| state.stop.is_converged()), &folder))
}

/// A problem ready to compute.
struct Ready {
    setup: Setup,
    /// A guess for each experiment, where the input has one.
    guesses: Vec<Vec<f64>>,
    /// The files that were read.
    inputs: Vec<PathBuf>,
}

fn prepare(problem: Option<&Path>, set: &[Assignment], common: &Common) -> Result<Ready> {
    let apply = |problem: &mut Problem| {
        set.iter().try_for_each(|given| {
            let set = problem.set_scalar(&given.name, given.value);
            set.map_err(|error| error.of_option(given.to_string()))
        })
    };
    let model = problem.filter(|p| p.extension().is_some_and(|e| e == "json"));
    if let Some(path) = model {
        let mut model = SavedModel::read(path)?;
        apply(&mut model.problem)?;
        let (setup, inputs) = (model.setup(path)?, vec![path.to_owned()]);
        return Ok(Ready { setup, guesses: model.states, inputs });
    }
    let mut loaded = read_problem(problem, "solve", "kuramoto-states", common)?.loaded;
    apply(&mut loaded.problem)?;
    Ok(Ready { setup: Setup::new(&loaded)?, guesses: Vec::new(), inputs: loaded.files() })
}

fn summarise(state: &SolvedState) -> StateSummary<'_> {
    let stability = state.stability.as_ref();
    StateSummary {
        name: &state.name,
        conditions: &state.conditions,
        stop: state.stop.code(),
        residual: state.residual,
        stable: stability.map(|s| s.is_stable()),
        unstable_directions: stability.map(|s| s.unstable_directions),
        growth_rate: stability.and_then(|s| s.eigenvalues.first()).map(|lambda| lambda.re),
        newton_iterations: state.counts.newton_iterations,
        jacobian_products: state.counts.jacobian_products,
        map_evaluations: state.counts.map_evaluations,
    }
}

fn tell(state: &SolvedState) {
    let stability = match &state.stability {
        Some(stability) if stability.is_stable() => "; stable",
        Some(_) => "; UNSTABLE",
        None => "",
    };
    say!(
        "state {} ({}): {}; residual {:.1e}, {} Newton iterations{stability}",
        state.name,
        phrase(&state.conditions),
        state.stop,
        state.residual,
        state.counts.newton_iterations
    );
    if let Some(warning) = state.warning() {
        say!("  note: {warning}");
    }
}
