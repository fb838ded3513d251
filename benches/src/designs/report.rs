//! `designs.md`.

use std::fmt::Write;

use super::Results;
use super::trial::Compared;
use crate::statistics::median;

/// How much smaller errors have to be where spacing matters.
const MUCH: f64 = 1.5;
/// Largest distance from the bound.
const NEAR: f64 = 0.05;
/// Share of random pairs of couplings to beat.
const MOST: f64 = 0.9;

struct Target {
    asked: String,
    measured: String,
    met: bool,
}

/// The page.
pub fn markdown(results: &Results) -> String {
    let targets = targets(results);
    let missed = targets.iter().filter(|t| !t.met).count();
    let mut text = format!(
        "# Designs\n\n\
         What designed measurements are worth beside equally spaced ones.\n\n{}\n\n\
         | target | measured | |\n|---|---|---|\n",
        match missed {
            0 => format!("All of {} targets are met.", targets.len()),
            n => format!("{n} of {} targets are not met.", targets.len()),
        }
    );
    for Target { asked, measured, met } in &targets {
        let verdict = if *met { "met" } else { "**not met**" };
        let _ = writeln!(text, "| {asked} | {measured} | {verdict} |");
    }
    text += &compared(results);
    text += &couplings(results);
    let _ = write!(
        text,
        "\n{}\nMade by `cargo xtask suite designs` in {:.1} minutes{}; all numbers are in \
         [designs.json](designs.json).\n",
        results.machine.sentence(),
        results.minutes,
        if results.quick { ", with `--quick`: too few sets to conclude from" } else { "" },
    );
    text
}

fn targets(results: &Results) -> Vec<Target> {
    let mut targets: Vec<Target> = results
        .cases
        .iter()
        .map(|case| {
            let measured =
                format!("{:.2} (90 %: {:.2} to {:.2})", case.ratio, case.interval[0], case.interval[1]);
            if case.matters {
                let asked = format!(
                    "*{}*: median error of {} at least {MUCH} times smaller than with equally spaced points",
                    case.name, case.unknown
                );
                Target { asked, measured, met: case.ratio >= MUCH }
            } else {
                let asked = format!(
                    "*{}*: median error of {} not larger, within its uncertainty",
                    case.name, case.unknown
                );
                Target { asked, measured, met: case.interval[1] >= 1.0 }
            }
        })
        .collect();
    let couplings = &results.couplings;
    let (beaten, others) = (couplings.beaten(), couplings.pairs.len());
    targets.push(Target {
        asked: "the chosen pair of couplings beats 90 % of all others (median error of W)".into(),
        measured: format!(
            "{beaten} of {others}; in {:.0} % of single data sets",
            100.0 * couplings.share_of_sets()
        ),
        met: beaten as f64 >= MOST * others as f64,
    });
    let gaps = results.cases.iter().flat_map(|case| &case.gaps).chain(&couplings.gap);
    let all: Vec<f64> = gaps.copied().collect();
    let largest = all.iter().copied().fold(0.0, f64::max);
    targets.push(Target {
        asked: "designs within 5 % of the bound".into(),
        measured: format!(
            "largest gap of {} designs {:.2} %, median {:.2} %",
            all.len(),
            100.0 * largest,
            100.0 * median(&all)
        ),
        met: largest <= NEAR,
    });
    targets
}

fn compared(results: &Results) -> String {
    let mut text = String::from(
        "\n## Designed and equally spaced\n\n\
         ![Points of the first problem on its state, and errors](designs.svg)\n\n\
         No design saw the truth: it was made for draws from the prior, or after a pilot whose points \
         count among the designed ones. Both kinds of data have the same number of points and the same \
         noise; equally spaced points are shifted at random. Errors are relative L² errors of the named \
         unknown, medians over the data sets with their quartiles; states come from a grid four times as \
         fine as that of the fits, and every data set is fitted in modes with the prior from its own \
         evidence. The problems were chosen by trials with other random numbers, among many in which the \
         gain was smaller or absent: what is measured here is the gain in such problems, on data sets that \
         had no part in the choice, and not the gain to expect in general.\n\n\
         | problem | points | of these pilot | equally spaced | designed | pilot alone | ratio | gap to the bound, at most | seconds |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for case in &results.cases {
        let Compared { name, what, unknown, experiments, points, pilot, .. } = case;
        let _ = writeln!(
            text,
            "| *{name}*: {what} ({unknown}) | {experiments} × {points} | {experiments} × {pilot} | {} | {} | {} | {:.2} | {:.2} % | {:.1} |",
            spread(&case.equally_spaced),
            spread(&case.designed),
            if *pilot > 0 { format!("{:.3}", median(&case.pilot_alone)) } else { "–".into() },
            case.ratio,
            100.0 * case.largest_gap(),
            case.seconds
        );
    }
    text
}

/// Median and quartiles.
fn spread(errors: &[f64]) -> String {
    let mut sorted = errors.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quartile = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    format!("{:.3} ({:.3} to {:.3})", median(errors), quartile(0.25), quartile(0.75))
}

fn couplings(results: &Results) -> String {
    let couplings = &results.couplings;
    let mut text = format!(
        "\n## Two couplings of {}\n\n\
         W and V of the problem *smooth* are unknown and nothing is measured; two experiments can be paid \
         for. Made for draws from the prior in {:.1} s, the design opens {}. Every pair is measured at the \
         same points with the same errors in {} data sets. The median error of W is {:.3} with the chosen \
         pair.\n\n\
         | other pair | median error of W | data sets in which it is larger |\n|---|---|---|\n",
        couplings.candidates,
        couplings.seconds,
        couplings.chosen.join(" and "),
        couplings.sets,
        couplings.median
    );
    let mut pairs = couplings.pairs.clone();
    pairs.sort_by(|a, b| a.median.total_cmp(&b.median));
    for pair in pairs {
        let [a, b] = pair.conditions;
        let _ = writeln!(text, "| {a} and {b} | {:.3} | {} |", pair.median, pair.won);
    }
    text
}
