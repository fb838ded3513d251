//! Mutants: problems, tables and models from the built-in examples, changed at random, through every command.
//!
//! No mutant may end in a panic or a signal, take more than `PATIENCE`, end with another exit code than 0, 1
//! and 2 or without saying why, or leave a number that is not finite behind exit code 0.
//!
//! `LACUNA_MUTANTS` says how many there are (`cargo xtask suite mutants --count N`), `LACUNA_MUTANTS_FROM` the
//! first; what fails is kept in the folder `mutants` beside the program.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod mutate;
mod random;
mod run;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use random::Random;
use run::Ran;

/// Mutants of a run of all tests.
const COUNT: usize = 60;

#[test]
fn mutants_are_refused_or_computed() {
    let number = |name: &str, default| {
        std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
    };
    let (first, count) = (number("LACUNA_MUTANTS_FROM", 0), number("LACUNA_MUTANTS", COUNT));
    let folder = tempfile::tempdir().unwrap();
    let originals = Originals::new(folder.path());
    let next = AtomicUsize::new(first);
    let found = Mutex::new(Found::default());
    thread::scope(|scope| {
        for worker in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (originals, next, found) = (&originals, &next, &found);
            let folder = folder.path().join(format!("worker-{worker}"));
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= first + count {
                        return;
                    }
                    let mutant = originals.mutant(index, &folder);
                    let ran = run::run(&folder, &mutant);
                    found.lock().unwrap().add(index, &mutant, &ran, &folder);
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    println!("{count} mutants from {first}: exit codes {:?}", found.codes);
    assert!(found.faults.is_empty(), "{}", found.faults.join("\n"));
}

/// What is mutated.
struct Originals {
    problems: Vec<Files>,
    model: String,
}

/// A folder: names and contents, `problem.toml` first.
type Files = Vec<(String, String)>;

const SMALL: &str = "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\n[domain]\nboundary = \
                     \"periodic\"\ncells = [24]\n[functions.W]\nexpression = \"0\"\n[functions.V]\nsurrogate = \
                     \"fourier\"\nmodes = 3\n[[experiments]]\ndata = \"state.csv\"\n";

impl Originals {
    fn new(folder: &Path) -> Self {
        let mut problems = Vec::new();
        let names = run::lacuna(folder, &["example"]).stdout;
        let names = names.lines().filter_map(|line| line.split_whitespace().next());
        for name in names.filter(|name| !name.starts_with("examples")) {
            let out = folder.join(name);
            let ran = run::lacuna(folder, &["example", name, "--out", &out.to_string_lossy()]);
            if ran.code != Some(0) {
                continue;
            }
            let mut files: Files = fs::read_dir(&out)
                .unwrap()
                .filter_map(|entry| {
                    let path = entry.unwrap().path();
                    let text = fs::read_to_string(&path).ok()?;
                    Some((path.file_name().unwrap().to_string_lossy().into_owned(), text))
                })
                .collect();
            files.sort_by_key(|(name, _)| (name != "problem.toml", name.clone()));
            files[0].1 = smaller(&files[0].1);
            problems.push(files);
        }
        assert!(problems.len() > 5, "examples: {}", problems.len());
        let rows = (0..12).map(|i| {
            let x = f64::from(i) / 12.0;
            format!("{x},{},0.05\n", 1.0 + 0.3 * (std::f64::consts::TAU * x).sin())
        });
        let table = "x,u,sd\n".to_owned() + &rows.collect::<String>();
        let small = vec![("problem.toml".into(), SMALL.into()), ("state.csv".into(), table)];
        let place = folder.join("small");
        write(&place, &small);
        let ran = run::lacuna(&place, &["recover", "problem.toml", "--threads", "1"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let model = fs::read_to_string(place.join("lacuna-out/model.json")).unwrap();
        problems.push(small);
        Self { problems, model }
    }

    /// Writes mutant `index` into `folder`; the arguments of its command.
    fn mutant(&self, index: usize, folder: &Path) -> Vec<String> {
        let random = &mut Random::new(index as u64);
        let mut files = self.problems[random.below(self.problems.len())].clone();
        files.push(("model.json".into(), self.model.clone()));
        // A folder left by a mutant before could change what this one does.
        let _ = fs::remove_dir_all(folder);
        write(folder, &files);
        let of_model = random.one_in(5);
        let which = match random.below(5) {
            _ if of_model => files.len() - 1,
            0 | 1 => 0,
            2 => files.len(),
            _ => 1 + random.below(files.len() - 2),
        };
        if let Some((name, text)) = files.get(which) {
            let bytes = match which {
                _ if of_model => mutate::model(text, random),
                0 => mutate::problem(text, random),
                _ => mutate::table(text, random),
            };
            fs::write(folder.join(name), bytes).unwrap();
        }
        let verbs = ["recover", "diagnose", "design", "check", "solve", "branches", "predict"];
        let verb = if of_model { random.pick(&verbs[4..]) } else { random.pick(&verbs) };
        let input = if of_model { "model.json" } else { "problem.toml" };
        let mut words: Vec<String> = [verb, input, "--threads", "1"].map(String::from).to_vec();
        // Arguments are the third thing that may be wrong.
        if which == files.len() || random.one_in(4) {
            words.extend(mutate::arguments(verb, random));
            if words[4..].iter().any(|word| word == "--threads") {
                words.drain(2..4);
            }
        }
        words
    }
}

/// The same problem with less work.
fn smaller(text: &str) -> String {
    let keys =
        ["cells", "restarts", "max_iterations", "folds", "draws", "truths", "samples", "hidden"];
    let kept =
        text.lines().filter(|line| !keys.iter().any(|key| line.trim_start().starts_with(key)));
    let mut text = kept.collect::<Vec<_>>().join("\n") + "\n";
    for (section, keys) in [
        ("[domain]", "cells = [32]"),
        ("[fit]", "restarts = 1\nmax_iterations = 20\nfolds = 0"),
        ("[diagnose]", "draws = 2"),
        ("[design]", "truths = 2"),
    ] {
        match text.find(section) {
            Some(at) => text.insert_str(at + section.len(), &format!("\n{keys}\n#")),
            None => text += &format!("{section}\n{keys}\n"),
        }
    }
    text
}

fn write(folder: &Path, files: &Files) {
    fs::create_dir_all(folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}

/// What mutants did.
#[derive(Default)]
struct Found {
    codes: BTreeMap<Option<i32>, usize>,
    faults: Vec<String>,
}

impl Found {
    fn add(&mut self, index: usize, mutant: &[String], ran: &Ran, folder: &Path) {
        *self.codes.entry(ran.code).or_default() += 1;
        let Some(fault) = run::fault(ran, folder) else { return };
        let kept = kept_in().join(index.to_string());
        let _ = fs::remove_dir_all(&kept);
        let line =
            format!("mutant {index}: {fault}: lacuna {}: {}", mutant.join(" "), kept.display());
        println!("{line}");
        self.faults.push(line);
        copy(folder, &kept);
    }
}

/// Where what failed is kept.
fn kept_in() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_lacuna")).with_file_name("mutants")
}

/// Copies the files of a folder, not those below it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}
