//! What a result leans on as HTML: a table, worst first.

use lacuna::Lean;

use super::html::{Column, Table};
use super::number::significant;

/// Rows that are shown.
const ROWS: usize = 10;

/// The section; empty where nothing was examined.
pub fn html(leans: &[Lean]) -> String {
    if leans.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        Column::Text("If this were off"),
        Column::Number("by"),
        Column::Text("then move, in half-widths of their 95 % bands"),
    ]);
    for lean in leans.iter().take(ROWS) {
        let of = lean.experiment.as_ref().map_or(String::new(), |e| format!(" of experiment {e}"));
        let moved: Vec<String> = lean
            .moved
            .iter()
            .map(|moved| {
                let of_it =
                    moved.relative.map(|r| format!(" ({} % of it)", significant(100.0 * r, 2)));
                let of_it = of_it.unwrap_or_default();
                format!("{} by {}{of_it}", moved.unknown, significant(moved.bands, 2))
            })
            .collect();
        table.row([
            format!("{}{of}", lean.known),
            format!("{} %", significant(100.0 * lean.off, 2)),
            moved.join(", "),
        ]);
    }
    format!(
        "<section>\n<h2>What the result leans on</h2>\n{}<p class=\"remark\">What was said to be known \
         is taken as exact: bands do not contain its errors. To first order, root mean squares over the \
         domain; a boundary value is taken to be off by a part of the largest value of the state.</p>\n\
         </section>\n",
        table.html()
    )
}
