//! The tables of a report on branches: every branch, and what happens on it.

use lacuna::BranchDiagram;

use super::html::{Column, Table, escape};
use super::number::significant;

/// Branches, events and remarks.
pub fn html(diagram: &BranchDiagram) -> String {
    let summary = diagram.summary();
    let mut branches = Table::new([
        Column::Number("Branch"),
        Column::Text("Found from"),
        Column::Number("States"),
        Column::Text("Starts at"),
        Column::Text("Ends at"),
    ]);
    let mut events = Table::new([
        Column::Number("Branch"),
        Column::Number("Step"),
        Column::Word("Event"),
        Column::Number(diagram.parameter),
        Column::Number("‖u − ū‖"),
        Column::Number("Unstable directions"),
        Column::Text("Leading eigenvalues"),
        Column::Word("State"),
    ]);
    for branch in &summary.branches {
        branches.row([
            branch.branch.to_string(),
            branch.origin.clone(),
            branch.points.to_string(),
            branch.ends.first().copied().unwrap_or_default().to_owned(),
            branch.ends.last().copied().unwrap_or_default().to_owned(),
        ]);
        for event in &branch.events {
            let eigenvalues: Vec<String> =
                event.eigenvalues.iter().take(3).map(|[re, im]| complex(*re, *im)).collect();
            events.row([
                branch.branch.to_string(),
                event.step.to_string(),
                event.event.to_owned(),
                significant(event.parameter, 9),
                significant(event.norm, 6),
                event.unstable_directions.map_or("–".to_owned(), |k| k.to_string()),
                eigenvalues.join(", "),
                event.file.clone(),
            ]);
        }
    }
    let remarks: String = summary
        .warnings
        .iter()
        .map(|warning| format!("<p class=\"remark\">Note: {}.</p>\n", escape(warning)))
        .collect();
    let translation =
        summary.branches.iter().flat_map(|b| &b.events).any(|e| e.translation_left_out);
    let translation = if translation {
        "<p class=\"remark\">Translates of a state are states too: the eigenvalue zero of \
         translations is left out everywhere.</p>\n"
    } else {
        ""
    };
    format!(
        "{remarks}<section>\n<h2>Branches</h2>\n{}</section>\n<section>\n<h2>Events</h2>\n\
         {}{translation}</section>\n",
        branches.html(),
        events.html()
    )
}

fn complex(re: f64, im: f64) -> String {
    // What is round-off beside the larger part is not shown.
    if im.abs() <= 1e-9 * re.abs() {
        return significant(re, 4);
    }
    let sign = if im < 0.0 { "−" } else { "+" };
    format!("{} {sign} {}i", significant(re, 4), significant(im.abs(), 4))
}
