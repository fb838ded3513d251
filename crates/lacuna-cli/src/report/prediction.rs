//! The predictions as HTML: a table, and what a reader should know.

use lacuna::{Predicted, Prediction};

use super::html::{Column, Table};
use super::number::significant;
use super::summary::warnings;

/// The table of predictions and their remarks.
pub fn html(predictions: &[Prediction]) -> String {
    let mut table = Table::new([
        Column::Text("Prediction"),
        Column::Text("Conditions"),
        Column::Text("From"),
        Column::Word("Ended"),
        Column::Word("Band"),
        Column::Number("Half-width / state"),
        Column::Number("Determined by data"),
    ]);
    let mut remarks: Vec<String> = Vec::new();
    for prediction in predictions {
        let conditions: Vec<String> =
            prediction.conditions.iter().map(|(n, v)| format!("{n} = {v}")).collect();
        let determination = prediction.determination;
        let width = determination.map(|d| significant(d.relative_half_width, 2));
        let share = determination.and_then(|d| d.share).map(|s| format!("{:.1} %", 100.0 * s));
        let dash = || "–".to_owned();
        table.row([
            prediction.name.clone(),
            conditions.join(", "),
            match &prediction.outcome {
                Predicted::State { from, .. } => from.clone(),
                Predicted::Transient { t, .. } => {
                    format!("time 0 to {}", significant(t.last().copied().unwrap_or(0.0), 3))
                }
            },
            prediction.outcome.stop().code().to_owned(),
            prediction.bands.unwrap_or("none").to_owned(),
            width.unwrap_or_else(dash),
            share.unwrap_or_else(dash),
        ]);
        for warning in &prediction.warnings {
            if !remarks.contains(warning) {
                remarks.push(warning.clone());
            }
        }
    }
    format!(
        "<section>\n<h2>Predictions</h2>\n{}<p class=\"remark\">Half-width: of the 95 % band, relative \
         to the state, both root mean squares over the domain. Determined by data: the part of the \
         variance that the prediction had under the prior which the data have taken away.</p>\n{}\
         </section>\n",
        table.html(),
        warnings(&remarks)
    )
}
