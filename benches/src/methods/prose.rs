//! What the table says, in one paragraph made from its numbers.

use super::measure::{Row, THRESHOLDS};
use super::report::seconds;

/// One paragraph: what a linear class gives, which networks reach which error from every seed, and
/// where Adam ends in comparison.
pub fn meaning(rows: &[Row]) -> String {
    let (networks, others): (Vec<&Row>, Vec<&Row>) = rows
        .iter()
        .filter(|row| !row.runs.is_empty())
        .partition(|row| row.class.starts_with("network"));
    let mut sentences = direct(&others);
    sentences.extend(levels(&networks));
    sentences.extend(against_adam(&networks));
    sentences.join(" ")
}

fn direct(rows: &[&Row]) -> Vec<String> {
    let sentence = |row: &&Row| {
        let run = &row.runs[0];
        format!(
            "With {} modes, {} is one linear least-squares problem, solved in {} s: W to {:.1e}, V \
             to {:.1e}.",
            row.class,
            row.formulation,
            seconds(run.seconds),
            run.error_w,
            run.error_v
        )
    };
    rows.iter().map(sentence).collect()
}

/// Which networks get how far from every seed: the smallest error first, the quickest first.
fn levels(networks: &[&Row]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut rest: Vec<&Row> = networks.to_vec();
    for (k, threshold) in THRESHOLDS.iter().enumerate().rev() {
        let (mut reached, missed): (Vec<&Row>, Vec<&Row>) =
            rest.into_iter().partition(|row| row.reliably_until(k).is_some());
        rest = missed;
        if reached.is_empty() {
            continue;
        }
        let time = |row: &Row| row.reliably_until(k).unwrap_or(f64::INFINITY);
        reached.sort_by(|a, b| time(a).total_cmp(&time(b)));
        let word = |row: &&Row| format!("{} ({} s)", method(row), seconds(time(row)));
        let words = reached.iter().map(word).collect::<Vec<_>>().join(", ");
        let next = THRESHOLDS.get(k + 1);
        let not_lower = next.map_or_else(String::new, |n| format!(" but not below {n:.0e}"));
        sentences.push(format!(
            "Networks, from every seed, get W below {threshold:.0e}{not_lower} by {words}."
        ));
    }
    if !rest.is_empty() {
        let words: Vec<String> = rest.iter().map(|row| method(row)).collect();
        let last = THRESHOLDS[0];
        sentences.push(format!("Some seed stays above {last:.0e} by {}.", words.join(", ")));
    }
    sentences
}

/// On each residual, where Adam ends and where the most accurate method does.
fn against_adam(networks: &[&Row]) -> Option<String> {
    let mut words = Vec::new();
    for adam in networks.iter().filter(|row| row.optimiser == "adam") {
        let best = networks
            .iter()
            .filter(|row| row.formulation == adam.formulation && row.optimiser != "adam")
            .min_by(|a, b| a.error_w().total_cmp(&b.error_w()))?;
        words.push(format!(
            "on {} at {:.1e} after {} s ({} at {:.1e} after {} s)",
            adam.formulation,
            adam.error_w(),
            adam.seconds(),
            best.optimiser,
            best.error_w(),
            best.seconds()
        ));
    }
    let sentence = || {
        let words = words.join(", ");
        format!("Adam ends with a median error of W {words}; in brackets the most accurate there.")
    };
    (!words.is_empty()).then(sentence)
}

fn method(row: &Row) -> String {
    format!("{} on {}", row.optimiser, row.formulation)
}
