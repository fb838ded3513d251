//! The box at the top: how it ended, what was found, what to be careful about.

use lacuna::{Argument, RecoveredFunction, Recovery, Stop};

use super::html::{Column, Table, escape, terms};
use super::number::{duration, significant};

/// The summary as HTML.
pub fn html(recovery: &Recovery) -> String {
    let tone = match recovery.stop {
        Stop::Converged => "good",
        Stop::MaxIterations | Stop::Stalled | Stop::Interrupted => "fair",
        Stop::Diverged | Stop::NonFinite | Stop::Misfit => "poor",
    };
    format!(
        "<section class=\"summary {tone}\" aria-label=\"Summary\">\n\
         <p class=\"verdict\"><strong>{}.</strong> {}</p>\n{}{}{}{}{}</section>\n",
        headline(recovery.stop),
        escape(&verdict(recovery)),
        facts(recovery),
        unknowns(&recovery.functions).html(),
        parameters(&recovery.functions),
        gauge_remark(&recovery.functions),
        warnings(&recovery.warnings),
    )
}

fn headline(stop: Stop) -> &'static str {
    match stop {
        Stop::Converged => "Converged",
        Stop::MaxIterations | Stop::Stalled => "Not converged",
        Stop::Interrupted => "Interrupted",
        Stop::Diverged | Stop::NonFinite | Stop::Misfit => "Failed",
    }
}

fn verdict(recovery: &Recovery) -> String {
    let who = match recovery.restarts.len() {
        0 | 1 => "The fit".to_owned(),
        n => format!("The best of {n} restarts"),
    };
    format!("{who} {}.", recovery.stop)
}

fn facts(recovery: &Recovery) -> String {
    let converged = recovery.restarts.iter().filter(|r| r.stop == Stop::Converged.code()).count();
    let restarts = match recovery.restarts.len() {
        n @ (0 | 1) => n.to_string(),
        n => format!("{n}, {converged} converged"),
    };
    let formulation = recovery.formulation.to_string();
    let time = duration(recovery.elapsed);
    let cost = significant(recovery.cost, 3);
    let experiments = recovery.states.len().to_string();
    let seed = recovery.seed.to_string();
    terms([
        ("Formulation", formulation.as_str()),
        ("Optimiser", recovery.optimiser),
        ("Experiments", &experiments),
        ("Restarts", &restarts),
        (if recovery.inference.is_some() { "Final cost" } else { "Final cost ½ ‖r‖²" }, &cost),
        ("Time", &time),
        ("Seed", &seed),
    ])
}

fn unknowns(functions: &[RecoveredFunction]) -> Table {
    let any_truth = functions.iter().any(|f| f.truth.is_some() || f.relative_l2_error.is_some());
    let any_scalar = functions.iter().any(is_scalar);
    let mut columns =
        vec![Column::Text("Unknown"), Column::Text("What it is"), Column::Text("Function class")];
    columns.extend(any_scalar.then_some(Column::Number("Value")));
    columns.extend(any_truth.then_some(Column::Number("Relative L² error")));
    let mut table = Table::new(columns);
    for f in functions {
        let gauge = if f.gauge { " †" } else { "" };
        let mut row =
            vec![format!("{}{gauge}", f.name), f.description.to_owned(), f.surrogate.clone()];
        row.extend(any_scalar.then(|| value(f)));
        let error = f.relative_l2_error.map_or("–".to_owned(), |e| significant(e, 2));
        row.extend(any_truth.then_some(error));
        table.row(row);
    }
    table
}

/// The parameters of closed forms; empty where there is none.
fn parameters(functions: &[RecoveredFunction]) -> String {
    let mut table = Table::new([
        Column::Text("Parameter"),
        Column::Text("Function"),
        Column::Number("Value"),
        Column::Number("Standard error"),
        Column::Number("95 % interval"),
        Column::Text("Correlations above 0.9"),
    ]);
    let dash = || "–".to_owned();
    for f in functions {
        for (j, p) in f.parameters.iter().enumerate() {
            let close = |&(k, c): &(usize, &f64)| k != j && c.abs() > 0.9;
            let with: Vec<String> = p
                .correlations
                .iter()
                .enumerate()
                .filter(close)
                .map(|(k, c)| format!("{} {c:.3}", f.parameters[k].name))
                .collect();
            table.row([
                p.name.clone(),
                f.name.clone(),
                significant(p.value, 6),
                match (p.determined, p.standard_error) {
                    (false, _) => "not determined".to_owned(),
                    (true, error) => error.map_or_else(dash, |e| significant(e, 2)),
                },
                p.interval.map_or_else(dash, |[lower, upper]| {
                    format!("{} to {}", significant(lower, 6), significant(upper, 6))
                }),
                if with.is_empty() { dash() } else { with.join(", ") },
            ]);
        }
    }
    if functions.iter().all(|f| f.parameters.is_empty()) { String::new() } else { table.html() }
}

fn is_scalar(f: &RecoveredFunction) -> bool {
    f.argument == Argument::None
}

fn value(f: &RecoveredFunction) -> String {
    let first = |values: &[f64]| values.first().map(|v| significant(*v, 5));
    match (is_scalar(f), first(&f.values), f.truth.as_deref().and_then(first)) {
        (true, Some(value), Some(truth)) => format!("{value} (truth {truth})"),
        (true, Some(value), None) => value,
        _ => "–".to_owned(),
    }
}

fn gauge_remark(functions: &[RecoveredFunction]) -> &'static str {
    if functions.iter().any(|f| f.gauge) {
        "<p class=\"remark\">† The equation determines this function only up to a constant; it is \
         shown with zero mean over its domain, and so is its truth.</p>\n"
    } else {
        ""
    }
}

pub fn warnings(warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let items = warnings.iter().map(|w| format!("<li>{}</li>\n", escape(w))).collect::<String>();
    format!("<div class=\"warnings\"><p>Remarks</p>\n<ul>\n{items}</ul></div>\n")
}
