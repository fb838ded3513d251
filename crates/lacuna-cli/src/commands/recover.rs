//! `lacuna recover`: the unknown functions of a problem from its data.

use std::path::Path;

use lacuna::{
    Argument, Checks, Recovery, SavedModel, Stop, Summary, Task, number, write_json, write_recovery,
};

use super::{Input, Result, claim, failed, outcome, print_json, read_problem};
use crate::arguments::Common;
use crate::interrupt;
use crate::progress::Display;
use crate::report::{self, Provenance, ReportInput};

/// Recovers, writes everything and says what came of it.
pub fn run(problem: Option<&Path>, common: &Common) -> Result {
    let input = read_problem(problem, "recover", "two-states", common)?;
    let task = Task::new(&input.loaded)?;
    // Fail before the work rather than after it.
    let mut folder = claim("recover", &input.loaded.files(), common)?;

    let display = Display::new(task.restarts(), !common.talks());
    let recovery = task.run(&|progress| {
        display.update(progress);
        interrupt::flow()
    });
    display.finish();
    let recovery = recovery.map_err(|error| failed(&mut folder, error))?;

    let aside = folder.aside();
    write_recovery(&aside, &recovery)?;
    if let Some(diagnosed) = &recovery.diagnosis {
        write_json(&aside.join("diagnosis.json"), &diagnosed.summary())?;
    }
    let model = SavedModel::new(task.loaded(), &recovery);
    let model = model.and_then(|model| model.write(&aside.join("model.json")));
    // Whatever fails from here on, what was found is there.
    folder.put_in_place()?;
    model?;
    let report = write_report(&aside, &input, &task, &recovery);
    let report = report.and_then(|()| folder.put_in_place());
    if common.json {
        print_json(&Summary::new(&recovery));
    } else if !common.quiet {
        tell(&recovery);
    }
    report?;
    if common.talks() {
        say!("report: {}", folder.path().join("report.html").display());
    }
    Ok(outcome(recovery.is_converged(), &folder))
}

fn write_report(out: &Path, input: &Input, task: &Task, recovery: &Recovery) -> Result<()> {
    let provenance = Provenance::new(&input.title, &input.text);
    let Provenance { title, problem, versions, command, date } = &provenance;
    let settings = &settings(input, task);
    let report = ReportInput { recovery, title, problem, settings, versions, command, date };
    report::write(out, &report)
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
fn tell(recovery: &Recovery) {
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
