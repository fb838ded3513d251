//! `cargo xtask fuzz [TARGET] [--seconds N]`: the fuzz targets of `fuzz/`, each for a minute.
//!
//! `fuzz/` is a workspace of its own. Without a sanitizer (there is no unsafe code) libFuzzer needs nothing
//! that the stable compiler lacks. What it finds is kept in `target/fuzz/found`, what it learns in
//! `target/fuzz/TARGET`, which begins with the built-in examples.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Cargo, Failure};
use crate::tools::{Tool, path_with};

/// The targets, and which files of the examples they begin with.
const TARGETS: [(&str, &str); 4] =
    [("problem", "toml"), ("table", "csv"), ("model", "json"), ("expression", "txt")];
const EXPRESSIONS: [&str; 4] = [
    "-cos(2*pi*x)",
    "if(x > 0.25 and x < 0.75, 0.1, 1)",
    "max(abs(x), 1e-2)^-2",
    "atan2(x, 1) or not x",
];

/// Runs the target called `only`, or all, for `seconds` each.
///
/// # Errors
/// cargo-fuzz is neither there nor can be installed, a target is unknown, or one found something.
pub fn run(root: &Path, only: Option<&str>, seconds: u32) -> Result<(), Failure> {
    let tools = Tool { name: "fuzz" }.folder(root)?;
    if let Some(name) = only.filter(|name| TARGETS.iter().all(|(target, _)| target != name)) {
        return Err(Failure::NoTarget { name: name.to_owned() });
    }
    for (target, extension) in TARGETS {
        if only.is_some_and(|only| only != target) {
            continue;
        }
        let corpus = seed(root, target, extension)?;
        let time = format!("-max_total_time={seconds}");
        let found = root.join("target/fuzz/found");
        fs::create_dir_all(&found)?;
        let found = format!("-artifact_prefix={}/{target}-", found.display());
        let corpus = corpus.to_string_lossy();
        let run = ["fuzz", "run", "--release", "--sanitizer", "none", target, &corpus, "--"];
        let args: Vec<&str> = run.into_iter().chain([&*time, &found, "-max_len=16384"]).collect();
        let cargo = Cargo::new(root, &args).env("PATH", &path_with(&tools));
        println!("$ cargo {}", args.join(" "));
        cargo.run()?;
    }
    Ok(())
}

/// The folder of a target's corpus, with what it begins with.
fn seed(root: &Path, target: &str, extension: &str) -> Result<PathBuf, Failure> {
    let corpus = root.join("target/fuzz").join(target);
    fs::create_dir_all(&corpus)?;
    for (i, text) in EXPRESSIONS.iter().enumerate().filter(|_| extension == "txt") {
        fs::write(corpus.join(format!("expression-{i}")), text)?;
    }
    for example in fs::read_dir(root.join("crates/lacuna/examples-data"))? {
        let example = example?.path();
        for file in fs::read_dir(&example).into_iter().flatten() {
            let file = file?.path();
            if file.extension().is_some_and(|found| found == extension) {
                let names = [&example, &file].map(|path| path.file_name().unwrap_or_default());
                fs::copy(&file, corpus.join(names.map(|n| n.to_string_lossy()).join("-")))?;
            }
        }
    }
    Ok(corpus)
}
