//! Running a script of the peers: a time limit, and one JSON object on its standard output.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

/// How often a process is asked whether it has ended.
const POLL: Duration = Duration::from_millis(50);

/// A Python interpreter with the peers' packages.
pub struct Python {
    pub interpreter: PathBuf,
    /// Folder of the scripts.
    pub scripts: PathBuf,
    /// Folder for what they print.
    pub logs: PathBuf,
}

impl Python {
    /// The object that a script prints as its last line; or why there is none.
    pub fn run<T: DeserializeOwned>(
        &self,
        script: &str,
        args: &[&str],
        limit: Duration,
    ) -> Result<T, String> {
        let mut command = Command::new(&self.interpreter);
        command.arg(self.scripts.join(script)).args(args);
        // The vectors are short: threads in BLAS make SciPy's L-BFGS ten times slower. JAX has its
        // own, and keeps them.
        command.env("OPENBLAS_NUM_THREADS", "1").env("OMP_NUM_THREADS", "1");
        command.env("JAX_PLATFORMS", "cpu").env("PYTHONDONTWRITEBYTECODE", "1");
        let printed = run_logged(command, &self.logs.join(script), limit)?;
        let last = printed.lines().last().unwrap_or_default();
        serde_json::from_str(last).map_err(|e| format!("{script} printed no result: {e}"))
    }
}

/// What a process prints, also kept in `log`.out beside `log`.err; or why it failed.
pub fn run_logged(mut command: Command, log: &Path, limit: Duration) -> Result<String, String> {
    let begin = Instant::now();
    let (out, err) = (log.with_added_extension("out"), log.with_added_extension("err"));
    let create = |path: &Path| File::create(path).map_err(|e| format!("{}: {e}", path.display()));
    command.stdin(Stdio::null()).stdout(create(&out)?).stderr(create(&err)?);
    let mut child = command.spawn().map_err(|e| format!("could not start: {e}"))?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            break status;
        }
        if begin.elapsed() > limit {
            // It may have ended in between.
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("stopped after {} s", limit.as_secs()));
        }
        thread::sleep(POLL);
    };
    if status.success() {
        return fs::read_to_string(&out).map_err(|e| e.to_string());
    }
    let complaint = fs::read_to_string(&err).unwrap_or_default();
    let last = complaint.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message");
    Err(format!("{status}: {last}"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(text: &str, limit: Duration) -> Result<String, String> {
        let name: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        let log = std::env::temp_dir().join(format!("lacuna-peers-{}-{name}", std::process::id()));
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        run_logged(command, &log, limit)
    }

    #[test]
    fn output_complaints_and_limits() {
        let long = Duration::from_secs(60);
        assert_eq!(shell("echo a", long), Ok("a\n".into()));
        assert!(shell("echo why >&2; exit 3", long).unwrap_err().ends_with(": why"));
        let short = Duration::from_millis(100);
        assert!(shell("exec sleep 60", short).unwrap_err().contains("stopped"));
    }
}
