//! `verdicts.md`, and what is printed.

use std::fmt::Write;

use super::examine::{Checked, Comparison, Examined};
use super::pair::{CHI_SQUARE, NOTHING, NOTICED, TOLERANCE, TwoFunctions};
use super::{OfTheme, Results};

/// Points at which the functions of a pair are written down, over the range of their points.
const SHOWN: usize = 5;

/// Prints one design with its pairs.
pub fn print(examined: &Examined) {
    println!("{}", examined.name);
    if let Some(failure) = &examined.failure {
        println!("  FAILED: {failure}");
    }
    for checked in &examined.unknowns {
        for (way, compared) in [("jointly", &checked.joint), ("separately", &checked.separate)] {
            let Comparison { label, verdict, relative_band, unseen } = compared;
            let mark = if compared.right() { "right" } else { "WRONG" };
            println!(
                "  {:9} {way:10} {verdict:25} {mark} (label {label}), band {relative_band:.3}, unseen \
                 {unseen:.2}",
                checked.unknown
            );
        }
        if let Some(pair) = &checked.pair {
            println!(
                "  {:9} pair: {:.2} of the scale apart, predictions within {:.1e} of the noise, χ² {:.1e}",
                checked.unknown, pair.distance, pair.largest_difference, pair.chi_square
            );
            for two in &pair.functions {
                println!("            {}", values(two));
            }
        }
        if let Some(failure) = &checked.without_pair {
            println!("  {:9} WITHOUT PAIR: {failure}", checked.unknown);
        }
    }
}

/// Two versions of a function at a few points.
fn values(two: &TwoFunctions) -> String {
    let last = two.x.len() - 1;
    let places: Vec<usize> = match last {
        0 => vec![0],
        _ => (0..SHOWN).map(|i| i * last / (SHOWN - 1)).collect(),
    };
    let at = |of: &[f64]| -> String {
        places.iter().map(|&i| format!("{:.3}", of[i])).collect::<Vec<_>>().join(", ")
    };
    let (first, second) = (at(&two.first), at(&two.second));
    match last {
        0 => format!("{} = {first} | {second}", two.unknown),
        _ => format!("{}({}) = {first} | {second}", two.unknown, at(&two.x)),
    }
}

struct Count {
    designs: usize,
    failed: usize,
    labels: usize,
    right: usize,
    needed: usize,
    pairs: usize,
}

fn count(results: &Results) -> Count {
    let needing = || results.designs().flat_map(|d| &d.unknowns).filter(|u| u.needs_pair());
    Count {
        designs: results.designs().count(),
        failed: results.designs().filter(|d| d.failure.is_some()).count(),
        labels: results.designs().flat_map(Examined::comparisons).count(),
        right: results.designs().flat_map(Examined::comparisons).filter(|c| c.right()).count(),
        needed: needing().count(),
        pairs: needing().filter(|u| u.pair.is_some()).count(),
    }
}

/// One line.
pub fn summary(results: &Results) -> String {
    let Count { designs, failed, labels, right, needed, pairs } = count(results);
    let failures = match failed {
        0 => String::new(),
        n => format!(" {n} designs could not be examined."),
    };
    format!(
        "{right} of {labels} labels of {designs} designs are right; {pairs} of {needed} unknowns that are \
         not identified have their pair.{failures}"
    )
}

/// The page.
pub fn markdown(results: &Results) -> String {
    let Count { designs, failed, labels, right, needed, pairs } = count(results);
    let mark = |met: bool| if met { "met" } else { "**not met**" };
    let mut text = format!(
        "# Verdicts\n\n\
         Identification problems whose verdicts follow from theory, beside what `lacuna diagnose` says of \
         them.\n\n{}\n\n\
         | target | measured | |\n|---|---|---|\n\
         | at least 40 labelled designs | {designs} | {} |\n\
         | all verdicts right | {right} of {labels} | {} |\n\
         | a pair of different functions that fit equally for each unidentified unknown | {pairs} of \
         {needed} | {} |\n\n",
        summary(results),
        mark(designs >= 40),
        mark(right == labels && failed == 0),
        mark(pairs == needed && failed == 0),
    );
    text.push_str(
        "The labels, with their reasoning, were written down from the equations and checked by an \
         independent computation in NumPy (Fourier and Chebyshev collocation, dense Newton) before the \
         diagnosis was run on them. Every problem has planned measurements and true functions, and is \
         examined at these. *Jointly*: with all other unknowns unknown; *separately*: with them known. The \
         band is 1.96 times the predicted posterior standard deviation (root mean square over the domain), \
         *unseen* the 95 % size of the largest change that leaves every prediction as it is; both relative \
         to the prior's scale A. Identified is a band of at most 0.25, structurally unidentified an unseen \
         change of at least 0.1. No design is near these limits.\n\n",
    );
    let _ = writeln!(
        text,
        "The pairs: the true function, and another one with the same predictions, to which a path of such \
         functions leads, or in a practical case one that was fitted to them. Both are solved for anew. Of a structural case they are at least {NOTICED} A apart and all predictions agree \
         within {NOTHING} of the noise; of a practical one at least {TOLERANCE} A, with χ² = Σ ((p₂ − p₁)/sd)² at \
         most {CHI_SQUARE}, so that no test at 5 % tells them apart. Where several functions are unknown all of them \
         may differ. All functions are in [verdicts.json](verdicts.json).\n\n\
         ![Pairs of functions that the data cannot tell apart](verdicts.svg)\n"
    );
    for theme in &results.themes {
        of_theme(theme, &mut text);
    }
    let _ = write!(
        text,
        "\n{}\nMade by `cargo xtask suite verdicts`{}.\n",
        results.machine.sentence(),
        match &results.only {
            Some(only) => format!(" with `--only {only}`"),
            None => String::new(),
        }
    );
    text
}

fn of_theme(theme: &OfTheme, text: &mut String) {
    if theme.designs.is_empty() {
        return;
    }
    let _ = write!(
        text,
        "\n## {}\n\n\
         | design | unknown | jointly | band | unseen | separately | band | reason given | pair: distance | \
         largest difference / noise | χ² |\n|---|---|---|--:|--:|---|--:|---|--:|--:|--:|\n",
        theme.title
    );
    for design in &theme.designs {
        if let Some(failure) = &design.failure {
            let _ = writeln!(text, "| {} | **failed**: {failure} |", design.name);
        }
        for (row, checked) in design.unknowns.iter().enumerate() {
            let name = if row == 0 { design.name } else { "" };
            let _ = writeln!(text, "| {name} | {}", of_unknown(checked));
        }
    }
    text.push('\n');
    for design in &theme.designs {
        let _ = writeln!(text, "- **{}**: {}", design.name, design.reasoning);
    }
}

fn of_unknown(checked: &Checked) -> String {
    let verdict = |c: &Comparison| {
        let short = c.verdict.trim_end_matches("-unidentified");
        if c.right() { short.to_owned() } else { format!("**{short}**, should be {}", c.label) }
    };
    let reasons: Vec<&str> = checked.reasons.iter().map(|r| r.code).collect();
    let pair = match (&checked.pair, checked.needs_pair()) {
        (Some(pair), _) => format!(
            "{:.2} | {:.1e} | {:.1e}",
            pair.distance, pair.largest_difference, pair.chi_square
        ),
        (None, true) => "**none** | | ".into(),
        (None, false) => " | | ".into(),
    };
    format!(
        "{} | {} | {:.3} | {:.2} | {} | {:.3} | {} | {pair} |",
        checked.unknown,
        verdict(&checked.joint),
        checked.joint.relative_band,
        checked.joint.unseen,
        verdict(&checked.separate),
        checked.separate.relative_band,
        reasons.join(", "),
    )
}
