//! `checks.md`.

use std::fmt::Write;

use super::Results;
use super::coverage::Coverage;
use super::equations::Exposed;
use super::power::{Expected, Power};
use super::right::Alarms;

/// Ranges that are asked for.
const COVERED: std::ops::RangeInclusive<f64> = 0.90..=0.98;
const DEPARTURE: f64 = 0.1;
const FALSE_ALARMS: [f64; 2] = [0.03, 0.08];
const FOUND: f64 = 0.8;
/// Right models that fail some check at 1 %, at most.
const DOUBTED: f64 = 0.02;

/// Something that should hold.
struct Target {
    asked: String,
    measured: String,
    met: bool,
}

/// The page.
pub fn markdown(results: &Results) -> String {
    let targets = targets(results);
    let missed = targets.iter().filter(|t| !t.met).count();
    let head = match missed {
        0 => format!("All of {} targets are met.", targets.len()),
        n => format!("{n} of {} targets are not met.", targets.len()),
    };
    let mut text = format!(
        "# Checks and profiles\n\n\
         What profiles of the likelihood cover, and which wrong models the checks expose. \
         [docs/checks.md](../checks.md) says what they are.\n\n{head}\n\n\
         | target | measured | |\n|---|---|---|\n"
    );
    for Target { asked, measured, met } in &targets {
        let verdict = if *met { "met" } else { "**not met**" };
        let _ = writeln!(text, "| {asked} | {measured} | {verdict} |");
    }
    text.push_str(&profiles(&results.coverage));
    text.push_str(&power(&results.power));
    text.push_str(&equations(&results.equations));
    text.push_str(&right(&results.right));
    let _ = write!(
        text,
        "\n{}\nMade by `cargo xtask suite checks` in {:.1} minutes{}; all numbers are in \
         [checks.json](checks.json).\n",
        results.machine.sentence(),
        results.minutes,
        if results.quick { ", with `--quick`: too few sets to conclude from" } else { "" },
    );
    text
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn targets(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    for c in &results.coverage {
        let name = format!("{}: {}", c.problem, c.quantity);
        if c.nearly_linear {
            targets.push(Target {
                asked: format!("{name}: ends within {DEPARTURE} of Laplace's half-width (median)"),
                measured: format!("{:.3}, largest {:.3}", c.departure, c.largest_departure),
                met: c.departure <= DEPARTURE,
            });
        } else {
            targets.push(Target {
                asked: format!("{name}: the 95 % profile interval covers 90 to 98 %"),
                measured: format!("{} of {} sets", percent(c.covered), c.profiles),
                met: COVERED.contains(&c.covered),
            });
        }
    }
    for p in &results.power {
        let measured =
            format!("{} at 1 %, {} at 5 %", percent(p.rejected_1), percent(p.rejected_5));
        match p.expected {
            Expected::Right => targets.push(Target {
                asked: format!("{}: alarms in at most 3 % at 1 %, 8 % at 5 %", p.name),
                measured,
                met: p.rejected_1 <= FALSE_ALARMS[0] && p.rejected_5 <= FALSE_ALARMS[1],
            }),
            Expected::Seen => targets.push(Target {
                asked: format!("{}: exposed in 80 % or more, at 1 %", p.name),
                measured,
                met: p.rejected_1 >= FOUND,
            }),
            Expected::Unseen => {}
        }
    }
    for size in sizes(&results.right) {
        let (doubted, sets) = doubted(&results.right, size);
        targets.push(Target {
            asked: format!("right models, {size} values: some check fails in at most 2 % at 1 %"),
            measured: format!("{} of {sets} sets", percent(doubted)),
            met: doubted <= DOUBTED,
        });
    }
    targets
}

fn sizes(right: &[Alarms]) -> Vec<usize> {
    let mut sizes: Vec<usize> = right.iter().map(|a| a.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// The share of all sets of this size in which some check fails, and their number.
fn doubted(right: &[Alarms], size: usize) -> (f64, usize) {
    let own = || right.iter().filter(|a| a.size == size);
    let sets: usize = own().map(|a| a.sets).sum();
    (own().map(|a| a.all * a.sets as f64).sum::<f64>() / sets as f64, sets)
}

fn equations(equations: &[Exposed]) -> String {
    let mut text = String::from(
        "\n## Wrong equations\n\n\
         60 random points a state, errors of 2 %. *Residuals alone*: share of sets in which residuals or an \
         experiment beside the others fail at 1 %, with nothing else looked at; *all checks*: with held-out \
         data and other equations too; *equation*: another equation is preferred.\n\n\
         | unknown | wrong | sets | failed | residuals alone | all checks | equation |\n\
         |---|---|--:|--:|--:|--:|--:|\n",
    );
    for e in equations {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            e.design,
            e.error,
            e.sets,
            e.failed,
            percent(e.residuals_alone),
            percent(e.all),
            percent(e.equation)
        );
    }
    text
}

fn right(right: &[Alarms]) -> String {
    let mut text = String::from(
        "\n## Right models\n\n\
         Truths that differ from set to set, errors of 2 %, 20 individuals a bin on average, ten positions \
         for each value. Share of sets that fail at 1 %: *any* check, and which.\n\n\
         | unknown | data | values | sets | failed | any | residuals | held-out | equation |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for a in right {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            a.problem,
            a.data,
            a.size,
            a.sets,
            a.failed,
            percent(a.all),
            percent(a.residuals),
            percent(a.held_out),
            percent(a.equation)
        );
    }
    text
}

fn profiles(coverage: &[Coverage]) -> String {
    let mut text = String::from(
        "\n## Profiles\n\n\
         Simulated data sets (states at twice the nodes of the inversion), fitted and profiled. *Covered*: \
         share of sets whose interval holds the truth, an open end counting as infinite. *Departure*: largest \
         distance between the ends of the 95 % interval of the profile and of Laplace, relative to half of \
         Laplace's width; median over the sets, and the largest. *Arms*: median ratio of the longer side of \
         the interval to the shorter. The functions of the first problem are fixed truths under a smoothness \
         prior found from the data, so that what is covered of them depends on the truth as well.\n\n\
         | problem | number | sets | failed | covered, 95 % | 50 % | Laplace, 95 % | open | departure | largest | arms |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for c in coverage {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {:.3} | {:.3} | {:.2} |",
            c.problem,
            c.quantity,
            c.profiles,
            c.failed,
            percent(c.covered),
            percent(c.covered_50),
            percent(c.laplace),
            percent(c.open),
            c.departure,
            c.largest_departure,
            c.asymmetry
        );
    }
    text
}

fn power(power: &[Power]) -> String {
    let mut text = String::from(
        "\n## Wrong models\n\n\
         Three states, W and V unknown, 60 random points each, errors of 2 %. A set is rejected where some \
         p, adjusted for all that are looked at, is below the level; *residuals* and *others* are the shares \
         of sets rejected at 1 % by what the fit leaves of an experiment, and by an experiment beside the \
         others. *Error of W*: median relative L² error, which shows what a model that is not exposed costs.\n\n\
         | model | sets | failed | at 1 % | at 5 % | residuals | others | error of W | why |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|---|\n",
    );
    for p in power {
        let kind = match p.expected {
            Expected::Right => "",
            Expected::Seen => "should be seen: ",
            Expected::Unseen => "cannot be seen: ",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {:.3} | {kind}{} |",
            p.name,
            p.sets,
            p.failed,
            percent(p.rejected_1),
            percent(p.rejected_5),
            percent(p.by_residuals),
            percent(p.by_others),
            p.error,
            p.reason
        );
    }
    text
}
