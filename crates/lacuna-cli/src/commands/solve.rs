//! `lacuna solve`: steady states of a problem whose functions are all known.

use std::path::Path;

use lacuna::{SavedModel, Setup, SolvedState, make_dir, solve, write_json, write_states};
use serde::Serialize;

use super::{Outcome, Result, phrase, print_json, read_problem};
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
    let (setup, guesses) = prepare(problem, set, common)?;
    let out = common.out();
    make_dir(&out)?;
    let states = solve(&setup, &guesses, &mut |_, _| interrupt::flow())?;
    write_states(&out, &states)?;
    let summary = Summary {
        schema: "lacuna-states/1",
        version: env!("CARGO_PKG_VERSION"),
        states: states.iter().map(summarise).collect(),
    };
    write_json(&out.join("summary.json"), &summary)?;
    if common.json {
        print_json(&summary);
    } else if !common.quiet {
        for state in &states {
            tell(state);
        }
        say!("states: {}", out.join("states").display());
    }
    let converged = states.iter().all(|state| state.stop.is_converged());
    Ok(if converged { Outcome::Done } else { Outcome::NotConverged })
}

/// The problem ready to compute, and a guess for each experiment where the input has one.
fn prepare(
    problem: Option<&Path>,
    set: &[Assignment],
    common: &Common,
) -> Result<(Setup, Vec<Vec<f64>>)> {
    let model = problem.filter(|p| p.extension().is_some_and(|e| e == "json"));
    if let Some(path) = model {
        let mut model = SavedModel::read(path)?;
        for assignment in set {
            model.problem.set_scalar(&assignment.name, assignment.value)?;
        }
        return Ok((model.setup(path)?, model.states));
    }
    let mut loaded = read_problem(problem, "kuramoto-states", common)?.loaded;
    for assignment in set {
        loaded.problem.set_scalar(&assignment.name, assignment.value)?;
    }
    Ok((Setup::new(&loaded)?, Vec::new()))
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
