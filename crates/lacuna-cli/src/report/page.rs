//! The report as one HTML document: nothing is loaded and nothing runs.

use lacuna::{BranchDiagram, Checks, Designed, Diagnosed, Prediction, Recovery, Stop};

use super::figures::{Illustration, Section};
use super::html::{Column, Table, escape, terms};
use super::number::significant;
use super::{
    Provenance, ReportInput, branches, checks, design, diagnosis, leans, prediction, summary,
};

const STYLE: &str = include_str!("style.css");

const KEPT_REMARK: &str = "<p class=\"remark\">The restart in bold was kept.</p>\n";

/// A whole document from its parts; `body` is HTML.
fn document(kind: &str, title: &str, date: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"lacuna\">\n\
         <title>{title} – lacuna report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<p class=\"kind\">{kind}</p>\n<h1>{title}</h1>\n\
         <p class=\"date\">{date}</p>\n</header>\n{body}\
         <footer><p>All quantities are in the units of the problem. Each figure is also a file in \
         <code>plots/</code>.</p></footer>\n</main>\n</body>\n</html>\n",
        date = escape(date),
    )
}

/// The report of a recovery.
pub fn html(input: &ReportInput<'_>, sections: &[Section]) -> String {
    let recovery = input.recovery;
    let figures = all_sections(sections);
    let restarts = restarts(recovery).html();
    let experiments = experiments(recovery).html();
    let body = format!(
        "{summary}{figures}{verdicts}{checks}{leans}{inference}<section>\n<h2>Experiments</h2>\n{experiments}</section>\n\
         <section>\n<h2>Restarts</h2>\n{restarts}{remark}</section>\n{how}",
        verdicts = recovery.diagnosis.as_ref().map_or_else(String::new, verdicts),
        checks = checked(&recovery.checks),
        leans = leans::html(&recovery.leans),
        inference = inference(recovery),
        remark = if recovery.restarts.len() > 1 { KEPT_REMARK } else { "" },
        summary = summary::html(recovery),
        how = reproduction(input.command, input.settings, input.versions, input.problem),
    );
    document("lacuna recovery report", input.title, input.date, &body)
}

/// The report of a diagnosis.
pub fn diagnosis_html(
    diagnosed: &Diagnosed,
    provenance: &Provenance,
    figures: &[Section],
) -> String {
    let Provenance { title, problem, versions, command, date } = provenance;
    let body = format!(
        "{verdicts}{figures}<section>\n<h2>What was examined</h2>\n{examined}</section>\n{how}",
        verdicts = verdicts(diagnosed),
        figures = all_sections(figures),
        examined = diagnosis::experiments(diagnosed),
        how = reproduction(command, &[], versions, problem),
    );
    document("lacuna diagnosis", title, date, &body)
}

/// The report of a design.
pub fn design_html(designed: &Designed, provenance: &Provenance, sections: &[Section]) -> String {
    let Provenance { title, problem, versions, command, date } = provenance;
    let mut number = 0;
    let body = format!(
        "{summary}{figures}<section>\n<h2>What to measure</h2>\n{points}</section>\n{how}",
        summary = design::summary(designed),
        figures = sections.iter().map(|s| section(s, &mut number)).collect::<String>(),
        points = design::points(designed),
        how = reproduction(command, &[], versions, problem),
    );
    document("lacuna design", title, date, &body)
}

/// The report of predictions.
pub fn prediction_html(
    predictions: &[Prediction],
    provenance: &Provenance,
    sections: &[Section],
) -> String {
    let Provenance { title, problem, versions, command, date } = provenance;
    let mut number = 0;
    let figures = sections.iter().map(|s| section(s, &mut number)).collect::<String>();
    let body = format!(
        "{summary}{figures}{how}",
        summary = prediction::html(predictions),
        how = reproduction(command, &[], versions, problem),
    );
    document("lacuna prediction", title, date, &body)
}

/// The document of branches.
pub fn branches_html(
    diagram: &BranchDiagram,
    provenance: &Provenance,
    sections: &[Section],
) -> String {
    let Provenance { title, problem, versions, command, date } = provenance;
    let mut number = 0;
    let figures = sections.iter().map(|s| section(s, &mut number)).collect::<String>();
    let body = format!(
        "{figures}{tables}{how}",
        tables = branches::html(diagram),
        how = reproduction(command, &[], versions, problem),
    );
    document("lacuna branches", title, date, &body)
}

fn verdicts(diagnosed: &Diagnosed) -> String {
    format!("<section>\n<h2>Verdicts</h2>\n{}</section>\n", diagnosis::html(diagnosed))
}

fn all_sections(sections: &[Section]) -> String {
    let mut number = 0;
    sections.iter().map(|s| section(s, &mut number)).collect()
}

fn checked(checks: &Checks) -> String {
    match checks::html(checks) {
        table if table.is_empty() => table,
        table => format!("<section>\n<h2>Checks</h2>\n{table}</section>\n"),
    }
}

fn section(section: &Section, number: &mut usize) -> String {
    let figures = section
        .illustrations
        .iter()
        .map(|illustration| {
            *number += 1;
            figure(illustration, *number)
        })
        .collect::<String>();
    let alone = if section.illustrations.len() == 1 { " alone" } else { "" };
    let heading = section.heading;
    format!(
        "<section>\n<h2>{heading}</h2>\n<div class=\"figures{alone}\">\n{figures}</div>\n</section>\n"
    )
}

fn figure(illustration: &Illustration, number: usize) -> String {
    format!(
        "<figure id=\"figure-{number}\">\n{}<figcaption><b>Figure {number}.</b> {}</figcaption>\n</figure>\n",
        illustration.svg,
        escape(&illustration.caption)
    )
}

/// What the data said of smoothness, noise and prediction; empty where that was not asked.
fn inference(recovery: &Recovery) -> String {
    let Some(inference) = &recovery.inference else { return String::new() };
    let mut table = Table::new([
        Column::Text("Function"),
        Column::Number("Sobolev order"),
        Column::Number("Length scale"),
        Column::Number("Prior rms"),
    ]);
    for f in &recovery.functions {
        let Some(prior) = f.prior else { continue };
        table.row([
            f.name.clone(),
            significant(prior.order, 2),
            significant(prior.length_scale, 3),
            significant(prior.amplitude, 3),
        ]);
    }
    let mut facts = vec![
        ("Prior chosen by", inference.prior_choice.to_owned()),
        ("Bands", inference.bands.to_owned()),
        ("Log-evidence", significant(inference.log_evidence, 5)),
    ];
    for (name, held_out) in
        [("Held-out data", inference.held_out), ("Held-out states", inference.held_out_states)]
    {
        if let Some(held_out) = held_out {
            facts.push((name, inference.in_words(&held_out)));
        }
    }
    let facts = terms(facts.iter().map(|(name, value)| (*name, value.as_str())));
    format!("<section>\n<h2>Smoothness and noise</h2>\n{facts}{}</section>\n", table.html())
}

fn experiments(recovery: &Recovery) -> Table {
    let mut table = Table::new([
        Column::Text("Experiment"),
        Column::Text("Data"),
        Column::Number("Points"),
        Column::Text("Conditions"),
        Column::Number(if recovery.inference.is_some() {
            "Mean square residual"
        } else {
            "Relative L² misfit"
        }),
        Column::Word("Prediction"),
    ]);
    for state in &recovery.states {
        let conditions: Vec<String> =
            state.conditions.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let squares = state.measured.as_ref().and_then(|m| m.mean_square_residual);
        let misfit = squares.or(state.relative_l2_misfit);
        table.row([
            state.name.clone(),
            state.source.clone(),
            state.measured.as_ref().map_or(state.data_x.len(), |m| m.count).to_string(),
            if conditions.is_empty() { "–".to_owned() } else { conditions.join(", ") },
            misfit.map_or("–".to_owned(), |m| significant(m, 2)),
            state.predicted_stop.map_or("–", Stop::code).to_owned(),
        ]);
    }
    table
}

fn restarts(recovery: &Recovery) -> Table {
    let mut table = Table::new([
        Column::Number("Restart"),
        Column::Number("Seed"),
        Column::Word("Ended"),
        Column::Number("Final cost"),
        Column::Number("Iterations"),
        Column::Number("Residual evaluations"),
        Column::Number("Derivative evaluations"),
    ]);
    for (i, restart) in recovery.restarts.iter().enumerate() {
        let kept = i == recovery.best_restart && recovery.restarts.len() > 1;
        let row = [
            restart.index.to_string(),
            restart.seed.to_string(),
            restart.stop.to_owned(),
            significant(restart.cost, 4),
            restart.iterations.to_string(),
            restart.residual_evaluations.to_string(),
            restart.derivative_evaluations.to_string(),
        ];
        if kept { table.marked_row(row) } else { table.row(row) }
    }
    table
}

fn reproduction(
    command: &str,
    settings: &[(String, String)],
    versions: &[(String, String)],
    problem: &str,
) -> String {
    let pairs = |pairs: &[(String, String)]| {
        terms(pairs.iter().map(|(term, value)| (term.as_str(), value.as_str())))
    };
    let settings = match settings {
        [] => String::new(),
        settings => format!("<h3>Settings</h3>\n{}", pairs(settings)),
    };
    format!(
        "<section class=\"reproduction\">\n<h2>How to reproduce this</h2>\n\
         <h3>Command</h3>\n<pre>{command}</pre>\n{settings}\
         <h3>Versions</h3>\n{versions}<h3>Problem</h3>\n<pre class=\"problem\">{problem}</pre>\n</section>\n",
        command = escape(command),
        versions = pairs(versions),
        problem = escape(problem.trim_end()),
    )
}
