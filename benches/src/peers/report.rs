//! `peers.md`: the numbers as tables, the targets first.

use std::fmt::Write;

use super::results::{Ratio, Results, Row, Sample, Unit};
use super::targets::{Goal, Target};
use crate::statistics::{highest, lowest};

const HEAD: &str = "\
# Peers

lacuna beside the pipelines in use today, on the same data in the same run. Medians, with the range
in brackets, over seeds (recovery, reaction-rate) or repetitions (the rest). Ratios are those of the
peers' medians, line by line, to lacuna's first; a target is held against the fastest peer. Errors
are relative L² errors against the truth, means removed. Seconds to an error count to the first time
it is reached; clocks stand still while errors are computed. JAX's clock starts with training,
lacuna's before the objective is set up. The peers' pipelines and what they run on are in
[benches/peers](../../benches/peers).
";

/// The whole report.
pub fn markdown(results: &Results) -> String {
    let mut text = format!("{HEAD}\n");
    if let Some(machine) = &results.machine {
        text += &format!("{} ", machine.sentence());
    }
    let versions = results.versions.iter().map(|(name, version)| format!("{name} {version}"));
    let versions = versions.collect::<Vec<_>>().join(", ");
    if !versions.is_empty() {
        text += &format!("Peers: {versions}. ");
    }
    let _ = writeln!(text, "Made by `{}` in {:.0} minutes.", results.command, results.minutes);
    if results.quick {
        text += "\n**A quick run: trainings were cut short, the numbers say little.**\n";
    }
    text += &targets(&results.targets);
    let mut cases: Vec<&str> = results.rows.iter().map(|row| row.case).collect();
    cases.dedup();
    for case in cases {
        let rows: Vec<&Row> = results.rows.iter().filter(|row| row.case == case).collect();
        text += &table(case, &rows);
        let notes: Vec<&str> =
            results.notes.iter().filter(|n| n.case == case).map(|n| n.text.as_str()).collect();
        for note in &notes {
            let _ = write!(text, "\n- {note}");
        }
        if !notes.is_empty() {
            text += "\n";
        }
    }
    if !results.skipped.is_empty() {
        text += "\n## Skipped\n\n";
        for skipped in &results.skipped {
            let _ = writeln!(text, "- {}: {}", skipped.what, skipped.why);
        }
    }
    text
}

fn targets(targets: &[Target]) -> String {
    let mut text =
        "\n## Targets\n\n| target | needed | measured | |\n|---|---|---|---|\n".to_owned();
    for target in targets {
        let show = |value: f64| match target.goal {
            Goal::Ratio => times(value),
            Goal::Seconds if value.is_finite() => seconds(value),
            Goal::Seconds => "not reached".into(),
        };
        let needed = match target.goal {
            Goal::Ratio => format!("at least {}", show(target.needed)),
            Goal::Seconds => format!("at most {}", show(target.needed)),
        };
        let bound = if target.is_bound { "more than " } else { "" };
        let measured =
            target.measured.map_or_else(|| "–".into(), |m| format!("{bound}{}", show(m)));
        let verdict = match target.met {
            Some(true) => "met",
            Some(false) => "**not met**",
            None => "not measured",
        };
        let _ = writeln!(text, "| {} | {needed} | {measured} | {verdict} |", target.text);
    }
    text
}

fn table(case: &str, rows: &[&Row]) -> String {
    let mut text = format!("\n## {case}\n\n| | peers | lacuna | ratio |\n|---|---|---|---|\n");
    for row in rows {
        let list = |samples: &[Sample]| {
            let cells: Vec<String> = samples.iter().map(|s| cell(s, row.unit)).collect();
            if cells.is_empty() { "–".into() } else { cells.join("<br>") }
        };
        let ratio = |peer: &Sample| match row.ratio_to(peer) {
            Some(Ratio::Exactly(ratio)) => times(ratio),
            Some(Ratio::AtLeast(ratio)) => format!("> {}", times(ratio)),
            None => "–".into(),
        };
        let ratios: Vec<String> = row.peers.iter().map(ratio).collect();
        let ratio = if row.unit == Unit::Seconds && !ratios.is_empty() {
            ratios.join("<br>")
        } else {
            "–".into()
        };
        let (peers, lacuna) = (list(&row.peers), list(&row.lacuna));
        let _ = writeln!(text, "| {} | {peers} | {lacuna} | {ratio} |", row.quantity);
    }
    text
}

/// Name, median and range of a sample.
fn cell(sample: &Sample, unit: Unit) -> String {
    let show = |value: f64| match unit {
        Unit::Seconds => seconds(value),
        Unit::Error => format!("{value:.1e}"),
    };
    let reached: Vec<f64> = sample.values.iter().flatten().copied().collect();
    let (all, missed) = (sample.values.len(), sample.values.len() - reached.len());
    let mut text = format!("{}: ", sample.name);
    match sample.median() {
        None => text += "–",
        Some(median) if median.is_finite() => text += &show(median),
        Some(_) => text += "not reached",
    }
    let spread = |reached: &[f64]| match reached {
        [] => String::new(),
        [only] => show(*only),
        _ => format!("{} – {}", show(lowest(reached)), show(highest(reached))),
    };
    if missed > 0 {
        let within = sample.at_least.map_or_else(String::new, |s| format!(" in {}", seconds(s)));
        let others =
            if reached.is_empty() { String::new() } else { format!("; {}", spread(&reached)) };
        text += &format!(" ({missed} of {all} did not reach it{within}{others})");
    } else if all > 1 {
        text += &format!(" ({})", spread(&reached));
    }
    text
}

/// Three significant digits and the unit that suits.
fn seconds(value: f64) -> String {
    let (scaled, unit) = match value {
        v if v < 1e-3 => (v * 1e6, "µs"),
        v if v < 1.0 => (v * 1e3, "ms"),
        v => (v, "s"),
    };
    format!("{} {unit}", significant(scaled))
}

fn times(ratio: f64) -> String {
    format!("{}×", significant(ratio))
}

fn significant(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(seconds(1.2345e-5), "12.3 µs");
        assert_eq!(seconds(0.45678), "457 ms");
        assert_eq!(seconds(2.0), "2.00 s");
        assert_eq!(times(123.4), "123×");
    }

    #[test]
    fn what_was_not_reached_is_said() {
        let sample =
            Sample { name: "a".into(), values: vec![Some(1.0), None], at_least: Some(9.0) };
        let text = cell(&sample, Unit::Seconds);
        assert_eq!(text, "a: not reached (1 of 2 did not reach it in 9.00 s; 1.00 s)");
    }
}
