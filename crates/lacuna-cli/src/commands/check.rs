//! `lacuna check`: whether a problem and its data are in order, and what would be done.

use std::fs;
use std::path::Path;

use lacuna::problem::PlannedPoints;
use lacuna::{DesignPlan, DiagnosePlan, Plan, Setup, SteadyPlan, Task, number};
use serde::Serialize;

use super::{Input, Outcome, Result, phrase, print_json, read_problem_with_input_in};
use crate::arguments::Common;

/// What would be done.
#[derive(Serialize)]
struct Verdict {
    problem: String,
    equation: &'static str,
    domain: String,
    known: Vec<String>,
    unknown: Vec<String>,
    experiments: Vec<String>,
    method: String,
    /// The commands that would accept the problem.
    ready_for: Vec<&'static str>,
    /// The commands that would not, and why.
    not_for: Vec<String>,
    notes: Vec<String>,
}

/// Checks and prints.
pub fn run(problem: Option<&Path>, common: &Common) -> Result {
    let scratch = std::env::temp_dir().join(format!("lacuna-check-{}", std::process::id()));
    let input = read_problem_with_input_in(problem, "two-states", &scratch, common);
    let verdict = input.and_then(|input| verdict(&input));
    // Only the built-in example was written there, and nothing depends on its removal.
    let _ = fs::remove_dir_all(&scratch);
    let verdict = verdict?;
    if common.json {
        print_json(&verdict);
    } else if !common.quiet {
        tell(&verdict);
    }
    Ok(Outcome::Done)
}

fn verdict(input: &Input) -> Result<Verdict> {
    let loaded = &input.loaded;
    if loaded.problem.unknowns().is_empty() {
        return to_solve(input);
    }
    let recovers = loaded.require_recoverable();
    let mut verdict = match recovers {
        Ok(()) => to_recover(input)?,
        Err(_) => to_plan(input)?,
    };
    let mut first = None;
    let asked = [
        ("recover", recovers),
        ("diagnose", DiagnosePlan::new(loaded).map(drop)),
        ("design", DesignPlan::new(loaded).map(drop)),
    ];
    for (command, answer) in asked {
        match answer {
            Ok(()) => verdict.ready_for.push(command),
            Err(error) => {
                verdict.not_for.push(format!("{command}: {error}"));
                first.get_or_insert(error);
            }
        }
    }
    match first {
        Some(error) if verdict.ready_for.is_empty() => Err(error),
        _ => Ok(verdict),
    }
}

fn describe(input: &Input, setup: &Setup) -> Verdict {
    let domain = &input.loaded.problem.domain;
    let (extent, boundary) = (domain.extent(), domain.boundary);
    let cells = setup.grid.axes()[0].cells;
    let is_unknown = |name| setup.unknowns.iter().any(|u| u.name == name);
    let known = setup.model.slots().iter().filter(|slot| !is_unknown(slot.name));
    Verdict {
        problem: input.title.clone(),
        equation: setup.model.name(),
        domain: format!("[{}, {}], {boundary}, {cells} cells", extent.origin, extent.end()),
        known: known.map(|slot| format!("{} ({})", slot.name, slot.description)).collect(),
        unknown: setup
            .unknowns
            .iter()
            .map(|u| {
                let slot = &setup.model.slots()[u.unknown.slot];
                let gauge = if slot.gauge { ", up to a constant" } else { "" };
                format!("{} ({}): {}{gauge}", u.name, slot.description, u.description)
            })
            .collect(),
        experiments: Vec::new(),
        method: String::new(),
        ready_for: Vec::new(),
        not_for: Vec::new(),
        notes: Vec::new(),
    }
}

fn conditions(setup: &Setup, index: usize) -> String {
    let phrase = phrase(&setup.conditions_in_words(index));
    if phrase.is_empty() { "default conditions".into() } else { phrase }
}

fn to_recover(input: &Input) -> Result<Verdict> {
    let task = Task::new(&input.loaded)?;
    let mut verdict = describe(input, task.setup());
    verdict.experiments = match &task {
        Task::Field(plan) => at_nodes(plan),
        Task::Steady(plan) => as_measured(plan),
    };
    verdict.notes = task.warnings().to_vec();
    verdict.method = task.method();
    Ok(verdict)
}

fn at_nodes(plan: &Plan) -> Vec<String> {
    let line = |(index, observation): (usize, &lacuna::Observation)| {
        let data = &observation.data;
        let mut line = format!(
            "{}: {} points, {}",
            data.path.display(),
            data.x.len(),
            conditions(&plan.setup, index)
        );
        if plan.setup.model.is_density() {
            let mass = plan.setup.grid.integrate(&observation.at_nodes);
            line += &format!("; mass {}", number(mass * plan.setup.units().mass()));
        }
        line
    };
    plan.observations.iter().enumerate().map(line).collect()
}

fn as_measured(plan: &SteadyPlan) -> Vec<String> {
    let line = |(index, measured): (usize, &lacuna::data::Measurements)| {
        let sources: Vec<String> =
            measured.sources.iter().map(|path| path.display().to_string()).collect();
        format!(
            "{}: {}, {}",
            sources.join(", "),
            measured.in_words(),
            conditions(&plan.setup, index)
        )
    };
    plan.measurements.iter().enumerate().map(line).collect()
}

/// A problem that lacks data, for which measurements are planned.
fn to_plan(input: &Input) -> Result<Verdict> {
    let setup = Setup::new(&input.loaded)?;
    let mut verdict = describe(input, &setup);
    for (index, experiment) in input.loaded.problem.experiments.iter().enumerate() {
        let planned = match &experiment.points {
            _ if !experiment.data.is_empty() => "data".to_owned(),
            Some(PlannedPoints::Count(count)) => format!("{count} planned points"),
            Some(PlannedPoints::At(x)) => format!("{} planned points", x.len()),
            None => "planned at every node".to_owned(),
        };
        verdict.experiments.push(format!(
            "{}: {planned}, {}",
            index + 1,
            conditions(&setup, index)
        ));
    }
    verdict.method =
        "there are not data of every experiment: `lacuna diagnose` says what the planned \
         measurements would determine, `lacuna design` what to measure"
            .into();
    Ok(verdict)
}

fn to_solve(input: &Input) -> Result<Verdict> {
    let setup = Setup::new(&input.loaded)?;
    let mut verdict = describe(input, &setup);
    for index in 0..setup.n_experiments() {
        setup.known_functions(index)?;
        setup.observation(index, false)?;
        verdict.experiments.push(format!("state {}: {}", index + 1, conditions(&setup, index)));
    }
    verdict.method = "nothing is unknown: `lacuna solve` finds these steady states".into();
    verdict.ready_for = vec!["solve", "predict"];
    if input.loaded.problem.model.kind.scalars().is_empty() {
        verdict.not_for.push("branches: the equation has no scalar to follow states along".into());
    } else {
        verdict.ready_for.push("branches");
    }
    Ok(verdict)
}

fn tell(verdict: &Verdict) {
    say!("{}: in order", verdict.problem);
    say!("  equation     {}", verdict.equation);
    say!("  domain       {}", verdict.domain);
    let list = |title: &str, items: &[String]| {
        for (i, item) in items.iter().enumerate() {
            say!("  {:<12} {item}", if i == 0 { title } else { "" });
        }
    };
    list("known", &verdict.known);
    list("unknown", &verdict.unknown);
    list("experiments", &verdict.experiments);
    say!("  method       {}", verdict.method);
    say!("  ready for    {}", verdict.ready_for.join(", "));
    list("not for", &verdict.not_for);
    list("note", &verdict.notes);
}
