//! The predictions as HTML: a table, and what a reader should know.

use lacuna::{DrawShares, Predicted, Prediction};

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
        Column::Word("Stable"),
        Column::Text("In draws"),
        Column::Word("Band"),
        Column::Number("Half-width / state"),
        Column::Number("Determined by data"),
    ]);
    let mut remarks: Vec<String> = Vec::new();
    for prediction in predictions {
        let conditions: Vec<String> =
            prediction.conditions.iter().map(|(n, v)| format!("{n} = {v}")).collect();
        let determination = prediction.determination;
        let dash = || "–".to_owned();
        let width = determination.map(|d| significant(d.relative_half_width, 2));
        let share = determination.and_then(|d| d.share).map(|s| format!("{:.1} %", 100.0 * s));
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
            match prediction.stability.as_ref().map(|s| s.is_stable()) {
                Some(true) => "yes".to_owned(),
                Some(false) => "NO".to_owned(),
                None => dash(),
            },
            prediction.shares.map_or_else(dash, in_draws),
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
         variance that the prediction had under the prior which the data have taken away. Stable: \
         whether small disturbances die out; a system does not stay in an unstable state. In draws: the \
         part of draws from what the data left open in which the state is stable, and in which the \
         observed state ends near it.</p>\n{}\
         </section>\n",
        table.html(),
        warnings(&remarks)
    )
}

fn in_draws(shares: DrawShares) -> String {
    let percent =
        |what: &str, part: Option<f64>| part.map(|part| format!("{what} {:.0} %", 100.0 * part));
    let parts = [percent("stable", shares.stable), percent("reached", shares.reached)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
