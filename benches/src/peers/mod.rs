//! Suite `peers`: lacuna beside the pipelines in use today, on the same data in the same run.
//!
//! | case | peer, in `benches/peers` | lacuna |
//! |---|---|---|
//! | `recovery` | JAX: Adam, then L-BFGS, on ‖T(û) − û‖² | variable projection, one start and the default eight |
//! | `steady` | `scipy.optimize.newton_krylov` on the same map | `steady_state` |
//! | `derivatives` | jitted JAX: full Jacobian, gradient | `FieldObjective` |
//! | `reaction-rate` | DeepXDE, as its documentation has it | `recover` |
//! | `linear` | – | `recover` with Fourier series |
//! | `process` | – | the command `lacuna recover` |
//!
//! The peers run in a virtual environment made from `benches/peers/requirements.txt`. What cannot
//! be run is listed with the reason, and never a failure.

mod derivatives;
mod environment;
mod linear;
mod process;
mod reaction_rate;
mod recovery;
mod report;
mod results;
mod script;
mod steady;
mod targets;
mod two_states;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::results::Results;
use self::script::Python;
use crate::machine::Machine;
use crate::suite::Outcome;

const USAGE: &str =
    "usage: cargo xtask suite peers [--quick] [--seeds N] [--only CASE]... [--out DIR]";

/// What a case does to the results; an error skips it.
type Case = fn(&mut Bench) -> Result<(), Box<dyn Error>>;

const CASES: &[(&str, Case)] = &[
    ("recovery", recovery::run),
    ("steady", steady::run),
    ("derivatives", derivatives::run),
    ("reaction-rate", reaction_rate::run),
    ("linear", linear::run),
    ("process", process::run),
];

/// What a case works with.
struct Bench {
    /// Fewer repetitions and shorter trainings, to see that all works.
    quick: bool,
    seeds: u64,
    /// The peers' interpreter, or why there is none.
    python: Result<Python, String>,
    /// Where files for the peers go.
    folder: PathBuf,
    results: Results,
}

impl Bench {
    /// Runs a script of the peers; none, and an entry in the list of what was skipped, if it fails.
    fn peer<T: serde::de::DeserializeOwned>(
        &mut self,
        what: &str,
        script: &str,
        args: &[&str],
        limit: Duration,
    ) -> Option<T> {
        eprintln!("  {what} …");
        let outcome = match &self.python {
            Ok(python) => python.run(script, args, limit),
            Err(reason) => Err(reason.clone()),
        };
        outcome.map_err(|reason| self.results.skip(what, &reason)).ok()
    }

    /// Writes a JSON file for the peers; its path.
    fn write_json(&self, name: &str, value: &impl serde::Serialize) -> std::io::Result<String> {
        let path = self.folder.join(name);
        fs::write(&path, serde_json::to_vec(value)?)?;
        Ok(path.to_string_lossy().into_owned())
    }
}

/// What the command line asks for.
#[derive(Debug, Default, PartialEq)]
struct Options {
    quick: bool,
    seeds: Option<u64>,
    only: Vec<String>,
    out: Option<PathBuf>,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = args.iter().filter(|arg| *arg != "--");
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\n{USAGE}"));
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--seeds" => {
                    let seeds = value()?.parse().ok().filter(|&seeds: &u64| seeds > 0);
                    options.seeds =
                        Some(seeds.ok_or_else(|| format!("--seeds: a number from 1\n{USAGE}"))?);
                }
                "--only" => {
                    let name = value()?;
                    if CASES.iter().all(|(case, _)| case != name) {
                        let names: Vec<&str> = CASES.iter().map(|(case, _)| *case).collect();
                        return Err(format!("no case `{name}`; there are {}", names.join(", ")));
                    }
                    options.only.push(name.clone());
                }
                "--out" => options.out = Some(value()?.into()),
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }
}

/// Runs the suite and writes `peers.md` and `peers.json`: into `docs/results` when it ran as a
/// whole, else into `target/peers`, unless `--out` says otherwise.
///
/// # Errors
/// If an argument is unknown or a file cannot be written.
pub fn run(args: &[String]) -> Outcome {
    let options = Options::parse(args)?;
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("the suite runs from a target folder")?;
    let folder = target.join("peers");
    fs::create_dir_all(&folder)?;
    let whole = !options.quick && options.only.is_empty();
    let out = options.out.unwrap_or_else(|| {
        if whole {
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results")
        } else {
            folder.clone()
        }
    });

    let begin = Instant::now();
    eprintln!("Python environment …");
    let python = environment::prepare(&folder);
    if let Err(reason) = &python {
        eprintln!("  none: {reason}");
    }
    let seeds = options.seeds.unwrap_or(if options.quick { 1 } else { 3 });
    let results = Results::new(args, options.quick, seeds);
    let mut bench = Bench { quick: options.quick, seeds, python, folder, results };
    for (name, case) in CASES {
        if options.only.is_empty() || options.only.iter().any(|only| only == name) {
            eprintln!("{name}");
            if let Err(error) = case(&mut bench) {
                bench.results.skip(name, &error.to_string());
            }
        }
    }
    let mut results = bench.results;
    results.minutes = begin.elapsed().as_secs_f64() / 60.0;
    results.machine = Some(Machine::here());
    results.targets = targets::judge(&results);

    fs::create_dir_all(&out)?;
    fs::write(out.join("peers.md"), report::markdown(&results))?;
    fs::write(out.join("peers.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    eprintln!("written: {}", out.join("peers.md").display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, String> {
        Options::parse(&args.iter().map(|&a| a.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_in_any_order() {
        let expected = Options {
            quick: true,
            seeds: Some(2),
            only: vec!["steady".into(), "linear".into()],
            out: Some("results".into()),
        };
        let args = "--only steady --seeds 2 --quick --only linear --out results";
        assert_eq!(parse(&args.split(' ').collect::<Vec<_>>()), Ok(expected));
        assert_eq!(parse(&["--"]), Ok(Options::default()));
    }

    #[test]
    fn wrong_options_are_explained() {
        assert!(parse(&["--only", "foo"]).unwrap_err().contains("reaction-rate"));
        for args in [&["--seeds", "0"][..], &["--seeds"], &["foo"]] {
            assert!(parse(args).unwrap_err().contains("usage"), "{args:?}");
        }
    }
}
