//! Suite `verdicts`: are the verdicts of `lacuna diagnose` right?
//!
//! Identification problems whose verdicts follow from theory (`designs/`) are examined at their true
//! functions (`examine.rs`), and for every unknown that is not identified two different functions that the
//! data cannot tell apart are constructed as the proof (`pair.rs`): both are solved for anew.
//!
//! `cargo xtask suite verdicts [--only TEXT] [--out DIR]` prints every pair and writes `verdicts.md`,
//! `verdicts.json` and a figure into DIR: by default `docs/results`, or with `--only`, which keeps the designs
//! with TEXT in their name, the folder `verdicts` beside the program.

mod designs;
mod examine;
mod figure;
mod follow;
mod pair;
mod report;

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use self::designs::{Design, THEMES};
use self::examine::{Examined, examine};
use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite verdicts [--only TEXT] [--out DIR]";

/// All that was found.
#[derive(Debug, Serialize)]
struct Results {
    schema: u32,
    command: &'static str,
    only: Option<String>,
    machine: Machine,
    themes: Vec<OfTheme>,
}

/// The designs of one theme.
#[derive(Debug, Serialize)]
struct OfTheme {
    title: &'static str,
    designs: Vec<Examined>,
}

impl Results {
    fn designs(&self) -> impl Iterator<Item = &Examined> {
        self.themes.iter().flat_map(|theme| &theme.designs)
    }
}

/// Runs the suite and writes its results.
///
/// # Errors
/// If an argument is unknown or a file cannot be written.
pub fn run(args: &[String]) -> Outcome {
    let mut only = None;
    let mut out = None;
    let mut args = args.iter().filter(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--only" => only = Some(args.next().ok_or(USAGE)?.clone()),
            "--out" => out = Some(PathBuf::from(args.next().ok_or(USAGE)?)),
            _ => return Err(USAGE.into()),
        }
    }
    let out = match out {
        Some(out) => out,
        None if only.is_some() => {
            let program = std::env::current_exe()?;
            program
                .ancestors()
                .nth(2)
                .ok_or("the suite runs from a target folder")?
                .join("verdicts")
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results"),
    };
    let wanted = |design: &&Design| only.as_ref().is_none_or(|text| design.name.contains(text));
    let themes: Vec<OfTheme> = THEMES
        .iter()
        .map(|theme| {
            let chosen: Vec<&Design> = theme.designs.iter().filter(wanted).collect();
            let designs: Vec<Examined> = chosen.into_par_iter().map(examine).collect();
            designs.iter().for_each(report::print);
            OfTheme { title: theme.title, designs }
        })
        .collect();
    let results = Results {
        schema: 1,
        command: "cargo xtask suite verdicts",
        only,
        machine: Machine::here(),
        themes,
    };
    println!("{}", report::summary(&results));
    fs::create_dir_all(&out)?;
    fs::write(out.join("verdicts.svg"), figure::draw(&results)?)?;
    fs::write(out.join("verdicts.md"), report::markdown(&results))?;
    fs::write(out.join("verdicts.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("verdicts.md").display());
    Ok(())
}
