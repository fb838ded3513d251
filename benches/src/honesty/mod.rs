//! Suite `honesty`: what bands, verdicts and checks are worth for truths that the prior does not expect.
//!
//! Problems of 20 kinds (`kinds.rs`, `plans.rs`, `shapes.rs`) are drawn at random, their data made on a finer grid than
//! the inversion uses (`data.rs`), and recovered by default means (`score.rs`); for some sets the best prior
//! of a grid is found with the truth at hand (`oracle.rs`). Right models with 8 to 200 values show how
//! often checks raise a false alarm (`alarms.rs`).
//!
//! `cargo xtask suite honesty [--sets N] [--only KIND] [--oracle N] [--alarms N] [--threads N] [--out DIR]`
//! writes `honesty.md` and `honesty.json` into DIR: by default `docs/results`, or with fewer sets or kinds
//! than all the folder `honesty` beside the program. `--only` may be repeated; `--only alarms` leaves the
//! kinds out.

mod alarms;
mod data;
mod kinds;
mod measure;
mod oracle;
mod plans;
mod report;
mod score;
mod shapes;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use self::kinds::Kind;
use self::measure::{Group, Subject};
use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str = "usage: cargo xtask suite honesty [--sets N] [--only KIND]... [--oracle N] \
                     [--alarms N] [--threads N] [--out DIR]";
/// Sets of each kind, sets with an oracle, and sets of each number of values for false alarms.
const SETS: u64 = 40;
const ORACLE_SETS: u64 = 4;
const ALARM_SETS: u64 = 100;
/// What `--only` calls the false alarms.
const ALARMS: &str = "alarms";

/// Why something could not be measured, to pass between threads.
type Failure = Box<dyn Error + Send + Sync>;

/// All that was measured.
#[derive(Debug, Serialize)]
struct Results {
    schema: u32,
    machine: Machine,
    minutes: f64,
    kinds: Vec<Group>,
    alarms: Vec<Group>,
}

struct Options {
    sets: u64,
    oracle: u64,
    alarms: u64,
    only: Vec<String>,
    threads: Option<usize>,
    out: Option<PathBuf>,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, Box<dyn Error>> {
        let (sets, oracle, alarms) = (SETS, ORACLE_SETS, ALARM_SETS);
        let mut options = Self { sets, oracle, alarms, only: Vec::new(), threads: None, out: None };
        let mut args = args.iter().filter(|arg| *arg != "--");
        while let Some(arg) = args.next() {
            let value = args.next().ok_or(USAGE)?;
            let number = || value.parse::<u64>().map_err(|_| USAGE);
            match arg.as_str() {
                "--sets" => options.sets = number()?,
                "--oracle" => options.oracle = number()?,
                "--alarms" => options.alarms = number()?,
                "--threads" => options.threads = Some(value.parse().map_err(|_| USAGE)?),
                "--only" => options.only.push(value.clone()),
                "--out" => options.out = Some(PathBuf::from(value)),
                _ => return Err(USAGE.into()),
            }
        }
        let names = || Kind::ALL.iter().map(|kind| kind.name()).chain([ALARMS]);
        match options.only.iter().find(|only| names().all(|name| name != only.as_str())) {
            None => Ok(options),
            Some(unknown) => {
                let known = names().collect::<Vec<_>>().join(", ");
                Err(format!("no kind is called `{unknown}`; there are {known}").into())
            }
        }
    }

    fn is_full(&self) -> bool {
        let full = (SETS, ORACLE_SETS, ALARM_SETS);
        self.only.is_empty() && (self.sets, self.oracle, self.alarms) == full
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// Runs the suite and writes its results.
///
/// # Errors
/// If an argument is unknown or a file cannot be written.
pub fn run(args: &[String]) -> Outcome {
    let options = Options::parse(args)?;
    if let Some(threads) = options.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    }
    let program = std::env::current_exe()?;
    let scratch = program.ancestors().nth(2).ok_or("the suite runs from a target folder")?;
    let scratch = scratch.join("honesty");
    let out = match &options.out {
        Some(out) => out.clone(),
        None if !options.is_full() => scratch.clone(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results"),
    };
    let results = measure(&options, &scratch.join("sets"));
    fs::create_dir_all(&out)?;
    fs::write(out.join("honesty.md"), report::markdown(&results))?;
    fs::write(out.join("honesty.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("honesty.md").display());
    Ok(())
}

fn measure(options: &Options, scratch: &Path) -> Results {
    let begin = Instant::now();
    let stage = |name: &str| eprintln!("{:5.0} s  {name} …", begin.elapsed().as_secs_f64());
    let mut kinds = Vec::new();
    for (stream, kind) in Kind::ALL.into_iter().enumerate() {
        if !options.wants(kind.name()) {
            continue;
        }
        stage(kind.name());
        let subject = Subject {
            name: kind.name().into(),
            description: kind.description().into(),
            right_model: kind.is_right_model(),
            stream,
            plan: &|_, random| kind.plan(random),
            oracle_sets: options.oracle,
        };
        kinds.push(measure::measure(&subject, options.sets, scratch));
    }
    let mut right = Vec::new();
    for count in alarms::COUNTS {
        if !options.wants(ALARMS) {
            continue;
        }
        stage(&format!("right models of {count} values"));
        let subject = Subject {
            name: format!("right-{count}"),
            description: format!("{count} values"),
            right_model: true,
            stream: 100 + count,
            plan: &|set, random| alarms::plan(set, count, random),
            oracle_sets: 0,
        };
        right.push(measure::measure(&subject, options.alarms, scratch));
    }
    let minutes = begin.elapsed().as_secs_f64() / 60.0;
    Results { schema: 1, machine: Machine::here(), minutes, kinds, alarms: right }
}
