//! `honesty.md`.

use std::fmt::Write;

use super::Results;
use super::measure::{Group, Row};

/// What is asked of every kind.
const WIDE: [f64; 2] = [0.90, 0.99];
const NARROW: [f64; 2] = [0.42, 0.65];
/// Largest share of fits that are called identified and are far off.
const MISLEADING: f64 = 0.01;
/// Largest median error relative to that of the best prior.
const GAIN: f64 = 1.3;
/// Largest share of right models that are alarmed.
const ALARMED: f64 = 0.02;

/// The page.
pub fn markdown(results: &Results) -> String {
    let mut text = String::from(
        "# Honesty\n\n\
         Truths that the prior does not expect, drawn at random within each kind and recovered by default \
         means; data from a finer grid than the inversion has. Every row of the tables has to meet the target, \
         not their mean.\n\n",
    );
    targets(&mut text, results);
    kinds(&mut text, &results.kinds);
    oracle(&mut text, &results.kinds);
    alarms(&mut text, results);
    failures(&mut text, results);
    let _ = write!(
        text,
        "\n{}\nMade by `cargo xtask suite honesty` in {:.1} minutes; all numbers are in \
         [honesty.json](honesty.json).\n",
        results.machine.sentence(),
        results.minutes
    );
    text
}

/// Rows with the name of their kind.
fn rows(groups: &[Group]) -> impl Iterator<Item = (&Group, &Row)> {
    groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row)))
}

fn targets(text: &mut String, results: &Results) {
    let kinds = &results.kinds;
    let met = |holds: bool| if holds { "met" } else { "missed" };
    text.push_str("| asked | measured | |\n|---|---|---|\n");
    let mut line = |asked: &str, outside: &[String], of: usize, unit: &str| {
        if of == 0 {
            let _ = writeln!(text, "| {asked} | – | not measured |");
            return;
        }
        let good = of - outside.len();
        let mut measured = format!("{good} of {of} {unit}");
        if !outside.is_empty() {
            let _ = write!(measured, "; not: {}", outside.join(", "));
        }
        let _ = writeln!(text, "| {asked} | {measured} | {} |", met(outside.is_empty()));
    };
    let outside = |of: &dyn Fn(&Row) -> Option<f64>, [low, high]: [f64; 2]| {
        let all: Vec<(String, f64)> = rows(kinds)
            .filter_map(|(g, r)| Some((format!("{} {}", g.name, r.unknown), of(r)?)))
            .collect();
        let bad = all.iter().filter(|(_, value)| !(low..=high).contains(value));
        (bad.map(|(name, _)| name.clone()).collect::<Vec<String>>(), all.len())
    };
    let (bad, of) = outside(&|r| Some(r.covered_95), WIDE);
    line("95 % bands cover 90 to 99 % of the domain", &bad, of, "unknowns");
    let (bad, of) = outside(&|r| Some(r.covered_50), NARROW);
    line("50 % bands cover 42 to 65 %", &bad, of, "unknowns");
    let (bad, of) = outside(&|r| r.oracle.as_ref().map(|o| o.ratio()), [0.0, GAIN]);
    line("median error within 1.3 of the best prior for each truth", &bad, of, "unknowns");
    let alarmed = |g: &&Group| g.alarmed as f64 > ALARMED * g.fits as f64;
    let bad: Vec<String> = results.alarms.iter().filter(alarmed).map(|g| g.name.clone()).collect();
    line("right models alarmed: at most 2 %", &bad, results.alarms.len(), "numbers of values");
    let all = || kinds.iter().chain(&results.alarms);
    let bad: Vec<String> = all().filter(|g| g.failed > 0).map(|g| g.name.clone()).collect();
    line("every data set has a result", &bad, all().count(), "kinds");
    let fits: usize = all().map(|g| g.fits).sum();
    let misleading: usize = all().map(|g| g.misleading).sum();
    let _ = writeln!(
        text,
        "| identified and off by more than three bands: below 1 % of all fits | {misleading} of {fits} | {} |",
        met((misleading as f64) < MISLEADING * fits as f64)
    );
}

fn percent(value: f64) -> String {
    format!("{:.1}", 100.0 * value)
}

fn perhaps(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), percent)
}

fn kinds(text: &mut String, groups: &[Group]) {
    text.push_str(
        "\n## By kind\n\n\
         Covered: share of the domain in %, mean over the sets, with the standard error of that mean. \
         Verdicts: identified / practically / structurally unidentified. Off: identified and off by more \
         than three bands.\n\n\
         | kind | unknown | 95 % | 50 % | 95 % with data | without | verdicts | off | median error | \
         error / band |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for (group, row) in rows(groups) {
        let _ = writeln!(
            text,
            "| {} | {} | {} ± {} | {} | {} | {} | {}/{}/{} | {} | {:.3} | {:.2} |",
            group.name,
            row.unknown,
            percent(row.covered_95),
            percent(row.covered_95_error),
            percent(row.covered_50),
            perhaps(row.covered_with_data),
            perhaps(row.covered_without),
            row.identified,
            row.practically,
            row.structurally,
            row.misleading,
            row.median_error,
            row.median_error_over_band
        );
    }
    text.push_str(
        "\n| kind | what it is | sets | alarmed | median seconds |\n|---|---|---|---|---|\n",
    );
    for group in groups {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.2} |",
            group.name,
            group.description,
            group.sets,
            alarmed(group),
            group.median_seconds
        );
    }
}

fn alarmed(group: &Group) -> String {
    let names: Vec<String> =
        group.alarms.iter().map(|(check, count)| format!("{check} {count}")).collect();
    let deserved = if group.right_model { "" } else { ", deserved" };
    match names.as_slice() {
        [] => "0".into(),
        names => format!("{} ({}{deserved})", group.alarmed, names.join(", ")),
    }
}

fn oracle(text: &mut String, groups: &[Group]) {
    let some: Vec<_> = rows(groups).filter_map(|(g, r)| Some((g, r, r.oracle.as_ref()?))).collect();
    if some.is_empty() {
        return;
    }
    text.push_str(
        "\n## Beside the best prior\n\n\
         Median errors. *Best of each*: of 27 priors the one with the smallest true error in each data set, \
         which no method can know. *Best of all*: the one prior of the 27 that suits the kind best.\n\n\
         | kind | unknown | sets | error | best of each | ratio | best of all |\n|---|---|---|---|---|---|---|\n",
    );
    for (group, row, gain) in some {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.3} | {:.3} | {:.2} | {:.3} |",
            group.name,
            row.unknown,
            gain.sets,
            gain.median_error,
            gain.best_of_each,
            gain.ratio(),
            gain.best_of_all
        );
    }
}

fn alarms(text: &mut String, results: &Results) {
    if results.alarms.is_empty() {
        return;
    }
    text.push_str(
        "\n## False alarms\n\n\
         Right models: V, k, a, or W and V, smooth, with normal noise of a known level.\n\n\
         | values | fits | alarmed | off |\n|---|---|---|---|\n",
    );
    for group in &results.alarms {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            group.description,
            group.fits,
            alarmed(group),
            group.misleading
        );
    }
}

fn failures(text: &mut String, results: &Results) {
    let all: Vec<&Group> = results.kinds.iter().chain(&results.alarms).collect();
    if all.iter().all(|g| g.failed == 0 && g.not_converged == 0) {
        return;
    }
    text.push_str("\n## Without a result\n\n");
    for group in all.into_iter().filter(|g| g.failed > 0 || g.not_converged > 0) {
        let _ = writeln!(
            text,
            "- {}: {} without a result, {} not converged",
            group.name, group.failed, group.not_converged
        );
        for failure in &group.failures {
            let _ = writeln!(text, "  - {}", failure.lines().next().unwrap_or_default());
        }
    }
}
