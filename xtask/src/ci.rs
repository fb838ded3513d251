//! `cargo xtask ci`: what CI checks, step by step, stopping at the first failure.
//!
//! Every cargo command but `fmt` has `--locked`: a `Cargo.lock` that lags behind is a failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::process::{Cargo, Failure};

/// What `lacuna recover` must have written.
const OUTPUTS: [&str; 2] = ["summary.json", "report.html"];

/// Runs every step in `root`. The last line printed counts the tests.
///
/// # Errors
/// The first step that failed, and why.
pub fn run(root: &Path) -> Result<(), Failure> {
    let mut log = Log::default();
    let mut tests = Tests::default();
    log.step("fmt", || announced(Cargo::new(root, ["fmt", "--all", "--check"])).run())?;
    log.step("clippy", || {
        let args = "clippy --locked --quiet --workspace --all-targets -- -D warnings";
        announced(Cargo::new(root, args.split(' '))).run()
    })?;
    log.step("deny", || crate::deny::run_where_installed(root))?;
    log.step("test", || {
        let cargo = announced(Cargo::new(root, ["test", "--locked", "--workspace"]));
        let command = cargo.line().to_owned();
        cargo.run_watched(|line| tests.count(line))?;
        if tests.passed == 0 {
            return Err(Failure::NoTests { command });
        }
        Ok(())
    })?;
    log.step("doc", || {
        let args = "doc --locked --quiet --workspace --no-deps";
        let cargo = Cargo::new(root, args.split(' ')).env("RUSTDOCFLAGS", "-D warnings");
        announced(cargo).run()
    })?;
    log.step("recover", || recover(root))?;
    log.print();
    println!("{tests}");
    Ok(())
}

/// The main job, as a newcomer runs it: the built-in example, with the release build.
fn recover(root: &Path) -> Result<(), Failure> {
    let out = TemporaryFolder::new()?;
    let args = ["run", "--locked", "--release", "--", "recover", "--out"].map(Into::into);
    let args = args.into_iter().chain([out.0.clone().into_os_string()]);
    announced(Cargo::new(root, args)).run()?;
    for name in OUTPUTS {
        let path = out.0.join(name);
        if fs::metadata(&path).map_or(0, |file| file.len()) == 0 {
            return Err(Failure::NoOutput { path });
        }
    }
    Ok(())
}

fn announced(cargo: Cargo) -> Cargo {
    println!("$ {}", cargo.line());
    cargo
}

/// A new folder that goes when this does.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("lacuna-ci-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // A folder left behind in the system's temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The steps that passed, and their times.
#[derive(Default)]
struct Log {
    passed: Vec<(&'static str, Duration)>,
}

impl Log {
    fn step(
        &mut self,
        step: &'static str,
        run: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let start = Instant::now();
        let outcome = run();
        let elapsed = start.elapsed();
        match outcome {
            Ok(()) => {
                println!("== {step}: ok in {:.1} s", elapsed.as_secs_f64());
                self.passed.push((step, elapsed));
                Ok(())
            }
            Err(source) => Err(Failure::Step { step, elapsed, source: Box::new(source) }),
        }
    }

    fn print(&self) {
        println!("== ci: every step passed");
        for (step, elapsed) in &self.passed {
            println!("   {step:8} {:7.1} s", elapsed.as_secs_f64());
        }
        let total: Duration = self.passed.iter().map(|(_, elapsed)| *elapsed).sum();
        println!("   {:8} {:7.1} s", "total", total.as_secs_f64());
    }
}

/// The sum of cargo's `test result:` lines, one a test program.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tests {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Tests {
    fn count(&mut self, line: &str) {
        let Some((_, counts)) =
            line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Tests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { passed, failed, skipped } = self;
        write!(f, "tests: {passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_results_add_up() {
        let mut tests = Tests::default();
        for line in [
            "running 3 tests",
            "test a ... ok",
            "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            tests.count(line);
        }
        assert_eq!(tests.to_string(), "tests: 5 passed, 4 failed, 1 skipped");
    }

    #[test]
    fn a_failed_step_says_which_and_why() {
        let failure = Log::default()
            .step("clippy", || Err(Failure::NoOutput { path: "report.html".into() }))
            .unwrap_err()
            .to_string();
        assert!(failure.contains("step `clippy`"), "{failure}");
        assert!(failure.contains("report.html is missing"), "{failure}");
    }
}
