//! The checks of a fit as HTML: a table, and what to do about those that failed.

use lacuna::Checks;

use super::html::{Column, Table, escape};
use super::number::significant;

/// The checks; without a heading, empty where there are none.
pub fn html(checks: &Checks) -> String {
    if checks.list.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        Column::Text("Check"),
        Column::Word("Outcome"),
        Column::Number("Value"),
        Column::Number("Expected"),
        Column::Number("p"),
        Column::Number("Threshold"),
        Column::Text("What it says"),
    ]);
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| significant(v, 3));
    for check in &checks.list {
        let name = check.check.replace('-', " ");
        let row = [
            if check.of.is_empty() { name } else { format!("{name}, {}", check.of) },
            if check.failed { "failed" } else { "passed" }.to_owned(),
            significant(check.value, 3),
            number(check.expected),
            number(check.p),
            number(check.threshold),
            check.text.clone(),
        ];
        if check.failed { table.marked_row(row) } else { table.row(row) }
    }
    let remedy = |check: &lacuna::Check| {
        let remedy = check.remedy.as_ref()?;
        Some(format!("<li>{}: {}.</li>\n", escape(&check.text), escape(remedy)))
    };
    let remedies: String = checks.list.iter().filter_map(remedy).collect();
    let remedies =
        if remedies.is_empty() { String::new() } else { format!("<ul>\n{remedies}</ul>\n") };
    format!(
        "{}{remedies}<p class=\"remark\">p is adjusted for the number of checks: a right model falls \
         below {} in no more than that share of all cases. A check that passes proves nothing.</p>\n",
        table.html(),
        significant(lacuna::LEVEL, 1)
    )
}
