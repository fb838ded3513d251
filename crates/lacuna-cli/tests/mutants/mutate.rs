//! What people, editors and other programs do to files, and what none of them would.

use std::ops::Range;

use crate::random::Random;

const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "2",
    "3",
    "7",
    "0.5",
    "-0.25",
    "1e-3",
    "1e-12",
    "1e-300",
    "5e-324",
    "1e3",
    "1e9",
    "1e17",
    "-1e17",
    "1e300",
    "1.7976931348623157e308",
    "nan",
    "inf",
    "-inf",
    "NaN",
    "9223372036854775807",
    "1000000000",
    "4294967296",
    "-9999",
    "999",
    "1.0D-3",
    "0x1F",
    "1_000",
    "",
    "\"\"",
    "null",
    "true",
    "[]",
    "[1.0, 2.0]",
    "360",
    "1e-9",
];
const WORDS: &[&str] = &[
    "periodic",
    "dirichlet",
    "network",
    "fourier",
    "spline",
    "expression",
    "even",
    "odd",
    "none",
    "positive",
    "zero-mean",
    "auto",
    "fixed-point",
    "log-fixed-point",
    "strong",
    "steady-state",
    "adam",
    "lbfgs",
    "levenberg-marquardt",
    "projection",
    "unknown",
    "unknown-relative",
    "student",
    "ensemble",
    "laplace",
    "prior",
    "truth",
    "fit",
    "A",
    "D",
    "E",
    "functional",
    "gcv",
    "l-curve",
    "discrepancy",
    "fixed",
    "counts",
    "positions",
    "averages",
    "functionals",
    "values",
    "1/x",
    "x^1e9",
    "exp(exp(9*x))",
    "sqrt(x-9)",
    "ln(0*x)",
    "",
    "\u{1b}[31m",
    "aggregation-diffusion",
    "diffusion-reaction",
    "W",
    "V",
    "coupling",
    "model.json",
    "problem.toml",
];
const LINES: &[&str] = &[
    "cells = [8]",
    "cells = [9]",
    "cells = [31]",
    "origin = [1e17]",
    "origin = [-0.5]",
    "length = [1e-9]",
    "length = [360.0]",
    "restarts = 2",
    "folds = 3",
    "mass = 2.0",
    "mass = 1e-6",
    "normalise = true",
    "noise = 0.01",
    "noise = \"unknown\"",
    "noise = { relative = 0.1 }",
    "noise = \"student\"",
    "points = 5",
    "points = [0.1, 0.2, 0.2]",
    "exposure = 10.0",
    "initial = \"1 + 0.5*cos(2*pi*x)\"",
    "initial = \"0\"",
    "push = \"0.1*sin(2*pi*x)\"",
    "boundary_values = [1.0, 2.0]",
    "symmetry = \"even\"",
    "symmetry = \"odd\"",
    "constraint = \"positive\"",
    "constraint = \"zero-mean\"",
    "modes = 3",
    "knots = 5",
    "hidden = [3]",
    "harmonics = 2",
    "prior = { order = 3, length_scale = 0.1, amplitude = 1.0 }",
    "formulation = \"steady-state\"",
    "formulation = \"strong\"",
    "optimiser = \"adam\"",
    "smoothness = 1.0",
    "max_iterations = 1",
    "tolerance = 1e-300",
    "tolerance = 1e3",
    "missing = [\"NA\", 1.0]",
    "columns = { x = \"x\", u = \"u\" }",
    "name = \"1\"",
    "unit = \"degrees\"",
    "[design]",
    "budget = 3",
    "criterion = \"D\"",
    "criterion = \"E\"",
    "[bands]",
    "method = \"ensemble\"",
    "method = \"none\"",
    "samples = 3",
    "[diagnose]",
    "nominal = \"prior\"",
    "draws = 2",
    "[solve]",
    "[truth]",
    "W = \"0\"",
    "V = \"x\"",
    "coupling = { unknown = true, initial = 0.1 }",
    "diffusion = { unknown = true, initial = 1.0 }",
    "[functions.W]",
    "[functions.V]",
    "[[experiments]]",
    "[prior]",
    "choice = \"gcv\"",
    "choice = \"l-curve\"",
    "[branches]",
    "max_points = 5",
    "deflation = false",
];

/// The tokens of a text that `belongs` tells apart from the rest.
fn tokens(text: &str, belongs: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| belongs(*c)) {
        let end = at + c.len_utf8();
        match found.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => found.push(at..end),
        }
    }
    found
}

fn numbers(text: &str) -> Vec<Range<usize>> {
    let belongs = |c: char| c.is_ascii_digit() || ".+-eE".contains(c);
    let mut found = tokens(text, belongs);
    found.retain(|range| text[range.clone()].parse::<f64>().is_ok());
    found
}

fn words(text: &str) -> Vec<Range<usize>> {
    tokens(text, |c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

fn replaced(text: &str, at: &[Range<usize>], random: &mut Random, by: &str) -> String {
    match at.get(random.below(at.len())) {
        Some(range) => [&text[..range.start], by, &text[range.end..]].concat(),
        None => text.to_owned(),
    }
}

/// The lines of a text, changed.
fn lines(text: &str, change: impl FnOnce(&mut Vec<&str>)) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    change(&mut lines);
    lines.join("\n") + "\n"
}

/// A number that is still one.
fn scaled(text: &str, random: &mut Random) -> String {
    let from = numbers(text);
    let Some(range) = from.get(random.below(from.len())) else { return text.to_owned() };
    let factor = [-1.0, 0.5, 0.9, 1.1, 2.0, 10.0, 1e-6, 1e6][random.below(8)];
    let by = text[range.clone()].parse::<f64>().map_or(0.0, |value| value * factor);
    let by = if by.fract() == 0.0 && by.abs() < 1e9 { format!("{by}") } else { format!("{by:?}") };
    [&text[..range.start], &by, &text[range.end..]].concat()
}

/// One change of a text of any kind.
fn change(text: &str, random: &mut Random) -> String {
    let count = text.lines().count();
    match random.below(9) {
        0 | 1 => {
            let by = random.pick(NUMBERS);
            replaced(text, &numbers(text), random, by)
        }
        2 => scaled(text, random),
        3 => {
            let by = random.pick(WORDS);
            replaced(text, &words(text), random, by)
        }
        4 => {
            let from = words(text);
            let other = from.get(random.below(from.len())).map_or("", |range| &text[range.clone()]);
            replaced(text, &from, random, other)
        }
        5 if count > 0 => lines(text, |lines| {
            lines.remove(random.below(count));
        }),
        6 if count > 0 => lines(text, |lines| {
            let line = lines[random.below(count)];
            lines.insert(random.below(count + 1), line);
        }),
        7 if count > 1 => lines(text, |lines| lines.swap(random.below(count), random.below(count))),
        _ => {
            let characters = [
                "\0",
                "\u{1b}[2J",
                "é",
                "\u{202e}",
                ",",
                ";",
                "\t",
                "\"",
                "=",
                "[",
                "]",
                "{",
                "-",
                "#",
                "\r",
            ];
            let at: Vec<Range<usize>> = text.char_indices().map(|(at, _)| at..at).collect();
            let by = random.pick(&characters);
            replaced(text, &at, random, by)
        }
    }
}

/// A problem file with one or two changes, many of which still mean something.
pub fn problem(text: &str, random: &mut Random) -> Vec<u8> {
    let mut text = text.to_owned();
    for _ in 0..=random.below(2) {
        let count = text.lines().count();
        text = if random.one_in(2) {
            lines(&text, |lines| {
                lines.insert(random.below(count + 1), random.pick(LINES));
            })
        } else {
            change(&text, random)
        };
    }
    bytes(text, random)
}

/// A table with one or two changes: of cells, of whole columns, of how it is written.
pub fn table(text: &str, random: &mut Random) -> Vec<u8> {
    let mut text = text.to_owned();
    for _ in 0..=random.below(2) {
        text = match random.below(8) {
            0 => column(&text, random),
            1 => lines(&text, |lines| {
                let keep = 1 + random.below(lines.len().max(1));
                lines.truncate(keep);
            }),
            2 => lines(&text, |lines| lines.reverse()),
            3 => {
                let headers = [
                    "x,u",
                    "x",
                    "lower,upper,u",
                    "lower,upper,count",
                    "functional,u",
                    "x,u,sd",
                    "x,value",
                    ",x,u",
                ];
                let header = random.pick(&headers);
                lines(&text, |lines| {
                    if let Some(first) = lines.first_mut() {
                        *first = header;
                    }
                })
            }
            _ => change(&text, random),
        };
    }
    bytes(text, random)
}

/// A column all of one number, or every number of it times another.
fn column(text: &str, random: &mut Random) -> String {
    let (which, factor) = (random.below(3), random.pick(NUMBERS).to_owned());
    let constant = random.one_in(2);
    let mut rows = text.lines();
    let header = rows.next().unwrap_or("").to_owned();
    let changed = rows.map(|row| {
        let mut cells: Vec<String> = row.split(',').map(str::to_owned).collect();
        if let Some(cell) = cells.get_mut(which) {
            *cell = match (cell.parse::<f64>(), factor.parse::<f64>()) {
                (Ok(value), Ok(factor)) if !constant => format!("{:?}", value * factor),
                _ => factor.clone(),
            };
        }
        cells.join(",")
    });
    std::iter::once(header).chain(changed).collect::<Vec<_>>().join("\n") + "\n"
}

/// A saved model with one or two changes.
pub fn model(text: &str, random: &mut Random) -> Vec<u8> {
    let mut text = text.to_owned();
    for _ in 0..=random.below(2) {
        text = change(&text, random);
    }
    bytes(text, random)
}

/// The bytes of a text, sometimes as no editor should write them.
fn bytes(text: String, random: &mut Random) -> Vec<u8> {
    match random.below(160) {
        0 => text.replace('\n', "\r").into_bytes(),
        1 => text.replace('\n', "\r\n").into_bytes(),
        2 => {
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        }
        3 => text.replace(',', ";").into_bytes(),
        4 => text.replace(',', " ").into_bytes(),
        5 => Vec::new(),
        6 => {
            let mut bytes = text.into_bytes();
            bytes.truncate(random.below(bytes.len()));
            bytes
        }
        7 => {
            let mut bytes = text.into_bytes();
            let at = random.below(bytes.len());
            bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << random.below(8));
            bytes
        }
        _ => text.into_bytes(),
    }
}

/// Arguments of a command, some of which are wrong.
pub fn arguments(verb: &str, random: &mut Random) -> Vec<String> {
    let number = |random: &mut Random| random.pick(NUMBERS);
    let expression =
        ["1 + 0.5*cos(2*pi*x)", "0", "x", "1/x", "sin(", "exp(900)", "state.csv", ".", "-1"];
    let mut words: Vec<String> = Vec::new();
    let mut add = |option: &str, value: &str| words.extend([option.to_owned(), value.to_owned()]);
    if verb == "predict" {
        match random.below(5) {
            0 => add("--push", random.pick(&expression)),
            1 => add("--mass", number(random)),
            2 => add("--initial", random.pick(&expression)),
            3 => add("--time", number(random)),
            _ => add("--bands", random.pick(&["samples", "linearised", "none", "nonsense"])),
        }
        if random.one_in(3) {
            add("--samples", "10");
        }
    }
    if matches!(verb, "predict" | "solve") && random.one_in(2) {
        let name = random.pick(&["coupling", "diffusion", "mass", ""]);
        add("--set", &format!("{name}={}", number(random)));
    }
    match random.below(4) {
        0 => add("--seed", number(random)),
        1 => add("--threads", number(random)),
        2 => words.push("--json".into()),
        _ => {}
    }
    words
}
