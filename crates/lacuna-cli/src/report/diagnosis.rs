//! The verdicts as HTML: a table, the reasons and remedies, what was examined.

use lacuna::{Diagnosed, ExaminedUnknown};

use super::html::{Column, Table, escape, terms};
use super::number::{duration, significant};

/// The verdicts and their reasons; without a heading.
pub fn html(diagnosed: &Diagnosed) -> String {
    let mut table = Table::new([
        Column::Text("Unknown"),
        Column::Text("Verdict"),
        Column::Number("Directions"),
        Column::Number("95 % band / scale"),
        Column::Text("With the others known"),
    ]);
    for u in &diagnosed.unknowns {
        let holds = match (u.holds, diagnosed.nominal.draws) {
            (Some(holds), Some(draws)) => format!(" ({holds} of {draws} draws)"),
            _ => String::new(),
        };
        table.row([
            u.name.clone(),
            format!("{}{holds}", u.joint.verdict),
            format!("{} of {}", u.joint.directions, u.of),
            significant(u.joint.relative_band, 2),
            if diagnosed.unknowns.len() > 1 {
                format!("{}, {}", u.separate.verdict, significant(u.separate.relative_band, 2))
            } else {
                "–".to_owned()
            },
        ]);
    }
    let reasons = diagnosed.unknowns.iter().map(reasons).collect::<String>();
    let remarks: String = diagnosed
        .remarks
        .iter()
        .map(|r| format!("<p class=\"remark\">{}</p>\n", escape(r)))
        .collect();
    format!("{}{reasons}{remarks}", table.html())
}

fn reasons(u: &ExaminedUnknown) -> String {
    let item = |reason: &lacuna::Reason| {
        format!(
            "<li>{}. <em>Remedy:</em> {}.</li>\n",
            escape(&capital(&reason.text)),
            escape(&reason.remedy)
        )
    };
    if u.reasons.is_empty() {
        return String::new();
    }
    let items = u.reasons.iter().map(item).collect::<String>();
    format!("<h3>Why {} is not determined</h3>\n<ul>\n{items}</ul>\n", escape(&u.name))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        // Names of functions keep their case.
        Some(first) if letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// What was examined and how; without a heading.
pub fn experiments(diagnosed: &Diagnosed) -> String {
    let mut table = Table::new([
        Column::Text("Experiment"),
        Column::Text("Conditions"),
        Column::Number("Measurements"),
        Column::Text("Made"),
        Column::Text("Noise"),
    ]);
    for e in &diagnosed.experiments {
        let conditions: Vec<String> =
            e.conditions.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        table.row([
            e.name.clone(),
            conditions.join(", "),
            e.points.to_string(),
            if e.planned { "planned" } else { "yes" }.to_owned(),
            e.noise.clone(),
        ]);
    }
    let tolerance = significant(diagnosed.tolerance, 3);
    let time = duration(diagnosed.elapsed);
    let facts = terms([
        ("Examined at", diagnosed.nominal.source),
        ("Tolerance", tolerance.as_str()),
        ("Time", time.as_str()),
    ]);
    format!("{facts}{}", table.html())
}
