//! `lacuna recover`: the unknown functions of a problem from its data.

use std::path::Path;

use lacuna::{
    Argument, Checks, Recovery, SavedModel, Stop, Summary, Task, make_dir, number, write_json,
    write_recovery,
};

use super::{Input, Outcome, Result, print_json, read_problem};
use crate::arguments::Common;
use crate::interrupt;
use crate::progress::Display;
use crate::report::{self, Provenance, ReportInput};

/// Recovers, writes everything and says what came of it.
pub fn run(problem: Option<&Path>, common: &Common) -> Result {
    let input = read_problem(problem, "two-states", common)?;
    let task = Task::new(&input.loaded)?;
    let out = common.out();
    // Fail before the work rather than after it.
    make_dir(&out)?;

    let display = Display::new(task.restarts(), !common.talks());
    let recovery = task.run(&|progress| {
        display.update(progress);
        interrupt::flow()
    });
    display.finish();
    let recovery = recovery?;

    write_recovery(&out, &recovery)?;
    SavedModel::new(&input.loaded, &recovery)?.write(&out.join("model.json"))?;
    if let Some(diagnosed) = &recovery.diagnosis {
        write_json(&out.join("diagnosis.json"), &diagnosed.summary())?;
    }
    write_report(&out, &input, &task, &recovery)?;
    if common.json {
        print_json(&Summary::new(&recovery));
    } else if !common.quiet {
        tell(&recovery, &out);
    }
    Ok(if recovery.is_converged() { Outcome::Done } else { Outcome::NotConverged })
}

fn write_report(out: &Path, input: &Input, task: &Task, recovery: &Recovery) -> Result<()> {
    let provenance = Provenance::new(&input.title, &input.text);
    let Provenance { title, problem, versions, command, date } = &provenance;
    let settings = &settings(input, task);
    let report = ReportInput { recovery, title, problem, settings, versions, command, date };
    report::write(out, &report)
        .map_err(|source| lacuna::Error::Write { path: out.join("report.html"), source })
}

/// The settings in force, defaults included.
fn settings(input: &Input, task: &Task) -> Vec<(String, String)> {
    let problem = &input.loaded.problem;
    let mut settings = task.settings();
    settings.push(("seed".into(), problem.fit.seed.to_string()));
    if let Some(limit) = problem.fit.max_iterations {
        settings.push(("max_iterations".into(), limit.to_string()));
    }
    if let Some(tolerance) = problem.fit.tolerance {
        settings.push(("tolerance".into(), format!("{tolerance:e}")));
    }
    settings
}

/// The result in a few lines.
fn tell(recovery: &Recovery, out: &Path) {
    let seconds = recovery.elapsed.as_secs_f64();
    say!(
        "{} after {seconds:.2} s ({}, {}, {})",
        recovery.stop,
        recovery.formulation,
        recovery.optimiser,
        match recovery.restarts.len() {
            1 => "one start".to_string(),
            n => format!("restart {}, the best of {n}", recovery.best_restart),
        }
    );
    let width = recovery.functions.iter().map(|f| f.name.len()).max().unwrap_or(0);
    for function in &recovery.functions {
        let mut line = format!("  {:width$}  {}", function.name, function.description);
        if function.argument == Argument::None {
            line += &format!(" = {}", function.values[0]);
            if let Some(band) = &function.band {
                line += &format!(" (95 %: {} to {})", number(band.lower[0]), number(band.upper[0]));
            }
        } else {
            line += &format!(", {}", function.surrogate);
        }
        if let Some(error) = function.relative_l2_error {
            line += &format!("; relative L² error {error:.2e}");
        }
        say!("{line}");
        for parameter in &function.parameters {
            say!("  {:width$}    {}", "", parameter.in_words());
        }
    }
    for state in &recovery.states {
        if let Some(misfit) = state.relative_l2_misfit {
            say!("  state {}: relative misfit {misfit:.2e}", state.name);
        }
        if let Some(measured) = &state.measured {
            say!("  state {}: {}", state.name, describe(measured));
        }
    }
    if let Some(inference) = &recovery.inference {
        let kinds = [("data", inference.held_out), ("states", inference.held_out_states)];
        for (what, held_out) in kinds {
            if let Some(held_out) = held_out {
                say!("  held-out {what}: {}", inference.in_words(&held_out));
            }
        }
    }
    if let Some(diagnosed) = &recovery.diagnosis {
        super::diagnose::tell(diagnosed);
    }
    if let Some(most) = recovery.leans_most() {
        say!("  leans most on what was said to be known: {most}");
    }
    if !recovery.checks.list.is_empty() {
        let Checks { failed, list, .. } = &recovery.checks;
        say!("  checks: {} of {} passed", list.len() - failed, list.len());
    }
    for warning in &recovery.warnings {
        say!("  note: {warning}");
    }
    if recovery.stop == Stop::Interrupted {
        say!("  interrupted: these are the best results so far");
    }
    say!("report: {}", out.join("report.html").display());
}

/// The observations of a state in a few words.
fn describe(measured: &lacuna::MeasuredState) -> String {
    let mut words = format!("{} {}", measured.count, measured.kind);
    match (measured.noise, measured.mean_square_residual) {
        (Some(noise), _) => words += &format!(", noise found to be {noise:.2e}"),
        (None, Some(square)) => {
            words += &format!(", mean square residual {square:.2} of the noise");
        }
        (None, None) => {}
    }
    words
}
