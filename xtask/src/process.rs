//! Starting cargo, and what can go wrong in a command.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

/// Why a command of `xtask` did not do its job.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A process ended badly.
    #[error("`{command}` failed ({status})")]
    Process {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A process could not be started, or its output not read.
    #[error("`{command}` could not run: {source}")]
    Start {
        /// The command line.
        command: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file that should have been written is missing or empty.
    #[error("{} is missing or empty", path.display())]
    NoOutput {
        /// The file.
        path: PathBuf,
    },
    /// The test command ended well without running a test.
    #[error("`{command}` ran no test")]
    NoTests {
        /// The command line.
        command: String,
    },
    /// Style rules are broken; the findings have been printed.
    #[error("tidy found {findings} violation(s), listed above")]
    Untidy {
        /// How many.
        findings: usize,
    },
    /// There is no such fuzz target.
    #[error("no fuzz target is called `{name}`; they are problem, table, model and expression")]
    NoTarget {
        /// The name given.
        name: String,
    },
    /// A step of `ci` failed.
    #[error("ci stopped at step `{step}` after {:.1} s: {source}", elapsed.as_secs_f64())]
    Step {
        /// The step.
        step: &'static str,
        /// How long it ran.
        elapsed: Duration,
        /// Why it failed.
        source: Box<Failure>,
    },
    /// The source tree could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A cargo command line, run in the root of the workspace.
pub struct Cargo {
    command: Command,
    line: String,
}

impl Cargo {
    /// `cargo ARGS` in `root`, with the cargo that runs `xtask`.
    pub fn new<I: IntoIterator<Item: AsRef<OsStr>>>(root: &Path, args: I) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(args).current_dir(root);
        let words = command.get_args().map(OsStr::to_string_lossy);
        let line = std::iter::once("cargo".into()).chain(words).collect::<Vec<_>>().join(" ");
        Self { command, line }
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self.line = format!("{name}=\"{value}\" {}", self.line);
        self
    }

    /// The command line, for people.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Runs it with this process's input and output.
    ///
    /// # Errors
    /// It could not be started, or did not end with exit code 0.
    pub fn run(mut self) -> Result<(), Failure> {
        let status = self.command.status().map_err(|e| self.cannot_run(e))?;
        self.judge(status)
    }

    /// Runs it, passing each line of its standard output on and to `watch`.
    ///
    /// # Errors
    /// It could not be started or read, or did not end with exit code 0.
    pub fn run_watched(mut self, mut watch: impl FnMut(&str)) -> Result<(), Failure> {
        let mut child =
            self.command.stdout(Stdio::piped()).spawn().map_err(|e| self.cannot_run(e))?;
        if let Some(stdout) = child.stdout.take() {
            for bytes in BufReader::new(stdout).split(b'\n') {
                let bytes = bytes.map_err(|e| self.cannot_run(e))?;
                let line = String::from_utf8_lossy(&bytes);
                println!("{line}");
                watch(&line);
            }
        }
        let status = child.wait().map_err(|e| self.cannot_run(e))?;
        self.judge(status)
    }

    fn cannot_run(&self, source: io::Error) -> Failure {
        Failure::Start { command: self.line.clone(), source }
    }

    fn judge(self, status: ExitStatus) -> Result<(), Failure> {
        if status.success() { Ok(()) } else { Err(Failure::Process { command: self.line, status }) }
    }
}
