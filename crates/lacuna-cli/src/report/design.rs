//! A design as HTML: what it is worth, and the list of points to measure.

use lacuna::{Designed, DesignedExperiment};

use super::html::{Column, Table, escape, terms};
use super::number::{count, duration, significant};

/// The box at the top.
pub fn summary(designed: &Designed) -> String {
    let tone = if designed.stop.is_converged() { "good" } else { "fair" };
    let opened = designed.experiments.iter().filter(|e| e.points > 0).count();
    let measurements: usize = designed.experiments.iter().map(|e| e.points).sum();
    let verdict = format!(
        "{} in {} for a cost of {} of {}.",
        count(measurements, "measurement"),
        count(opened, "experiment"),
        significant(designed.cost, 4),
        significant(designed.budget, 4),
    );
    let mut table = Table::new([
        Column::Text("Unknown"),
        Column::Text("What it is"),
        Column::Number("95 % band / scale now"),
        Column::Number("With the design"),
        Column::Text("Counted"),
    ]);
    for u in &designed.unknowns {
        table.row([
            u.name.clone(),
            u.description.to_owned(),
            significant(u.relative_band.before, 3),
            significant(u.relative_band.after, 3),
            if u.counts { "yes" } else { "no" }.to_owned(),
        ]);
    }
    let criterion = &designed.criterion;
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |v| significant(v, 4));
    let gap =
        criterion.gap.map_or("–".to_owned(), |g| format!("{} %", significant(100.0 * g, 2)));
    let from = match designed.nominal {
        "prior" => format!("{} draws from the prior", designed.truths),
        "fit" => format!("{} around a fit to the data", designed.truths),
        other => other.to_owned(),
    };
    let facts = terms([
        ("Criterion", format!("{}: {}", criterion.name, criterion.meaning).as_str()),
        ("Now", &significant(criterion.before, 4)),
        ("With the design", &significant(criterion.value, 4)),
        ("No design goes below", &number(criterion.bound)),
        ("Above that bound by", &gap),
        ("Plausible truths", &from),
        ("Noise", &designed.noise),
        ("Time", &duration(designed.elapsed)),
    ]);
    let remarks: String = designed
        .remarks
        .iter()
        .map(|r| format!("<p class=\"remark\">{}.</p>\n", escape(r)))
        .collect();
    format!(
        "<section class=\"summary {tone}\" aria-label=\"Summary\">\n\
         <p class=\"verdict\"><strong>{}.</strong> {}</p>\n{facts}{}{remarks}</section>\n",
        if designed.stop.is_converged() { "Designed" } else { "Interrupted" },
        escape(&verdict),
        table.html(),
    )
}

/// The experiments and their points; without a heading.
pub fn points(designed: &Designed) -> String {
    let mut table = Table::new([
        Column::Text("Experiment"),
        Column::Text("Conditions"),
        Column::Number("Cost"),
        Column::Number("Measurements"),
        Column::Text("Points"),
    ]);
    for e in &designed.experiments {
        table.row([
            e.name.clone(),
            e.conditions.iter().map(|(n, v)| format!("{n} = {v}")).collect::<Vec<_>>().join(", "),
            significant(e.cost, 4),
            e.points.to_string(),
            places(designed, e),
        ]);
    }
    format!("{}<p>The same as a table: <code>points.csv</code>.</p>\n", table.html())
}

fn places(designed: &Designed, e: &DesignedExperiment) -> String {
    let own = designed.points.iter().filter(|p| p.experiment == e.name);
    let place = |p: &lacuna::ChosenPoint| match p.replicates {
        1 => significant(p.x, 4),
        n => format!("{} ({n} times)", significant(p.x, 4)),
    };
    own.map(place).collect::<Vec<_>>().join(", ")
}
