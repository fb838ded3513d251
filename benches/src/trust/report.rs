//! `trust.md`.

use std::fmt::Write;

use super::Results;
use super::coverage::Outcome;
use super::problems::Kind;
use crate::statistics::median;

/// The page.
pub fn markdown(results: &Results) -> String {
    let all: Vec<&Outcome> = results.coverage.outcomes.iter().collect();
    let identified: Vec<&Outcome> = all.iter().copied().filter(|o| o.is_identified()).collect();
    let misleading = all.iter().filter(|o| o.is_misleading()).count();
    let share = 100.0 * misleading as f64 / all.len().max(1) as f64;
    let covered = 100.0 * mean(&identified);
    let met = |holds: bool| if holds { "met" } else { "missed" };
    let mut text = format!(
        "# Trust\n\n\
         What verdicts and bands are worth: {} data sets with random truths, recovered by default means \
         (Fourier series of 16 modes).\n\n\
         | asked | measured | |\n|---|---|---|\n\
         | `identified`: the truth in the 95 % band on 90 to 98 % of the domain | {covered:.1} % ({} unknowns) | {} |\n\
         | fits that look right and are off by more than three bands: below 2 % | {share:.1} % ({misleading} of {}) | {} |\n",
        results.sets,
        identified.len(),
        met((90.0..=98.0).contains(&covered)),
        all.len(),
        met(share < 2.0)
    );
    let limits = [0.05, 60.0];
    for (timed, limit) in results.speed.iter().zip(limits) {
        let _ = writeln!(
            text,
            "| a diagnosis of {} nodes × {} states ({} directions) below {limit} s | {:.3} s | {} |",
            timed.nodes,
            timed.states,
            timed.directions,
            timed.seconds,
            met(timed.seconds < limit)
        );
    }
    text.push_str(
        "\nThe larger diagnosis has 65,536 nodes on a circle and forms no n × n matrix.\n\n\
         ## By kind of problem\n\n\
         | problem | unknown | sets | identified | practically | structurally | covered where identified | \
         covered | median error | median error / band |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for kind in Kind::ALL {
        let of_kind: Vec<&Outcome> = all.iter().copied().filter(|o| o.kind == kind).collect();
        let mut names: Vec<&str> = of_kind.iter().map(|o| o.unknown.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let own: Vec<&Outcome> =
                of_kind.iter().copied().filter(|o| o.unknown == name).collect();
            let count = |code: &str| own.iter().filter(|o| o.verdict.starts_with(code)).count();
            let good: Vec<&Outcome> = own.iter().copied().filter(|o| o.is_identified()).collect();
            let errors: Vec<f64> = own.iter().filter_map(|o| o.error).collect();
            let ratios: Vec<f64> = own.iter().map(|o| o.error_over_band).collect();
            let _ = writeln!(
                text,
                "| {} | {name} | {} | {} | {} | {} | {} | {:.1} % | {:.3} | {:.2} |",
                kind.name(),
                own.len(),
                count("identified"),
                count("practically"),
                count("structurally"),
                if good.is_empty() {
                    "–".into()
                } else {
                    format!("{:.1} %", 100.0 * mean(&good))
                },
                100.0 * mean(&own),
                median(&errors),
                median(&ratios)
            );
        }
    }
    if !results.coverage.failures.is_empty() {
        text.push_str("\nWithout a result:\n\n");
        for failure in &results.coverage.failures {
            let _ = writeln!(text, "- {failure}");
        }
    }
    let _ = write!(
        text,
        "\n{}\nMade by `cargo xtask suite trust` in {:.0} s; all numbers are in \
         [trust.json](trust.json).\n",
        results.machine.sentence(),
        results.seconds
    );
    text
}

fn mean(outcomes: &[&Outcome]) -> f64 {
    outcomes.iter().map(|o| o.covered).sum::<f64>() / outcomes.len().max(1) as f64
}
