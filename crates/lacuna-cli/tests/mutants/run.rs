//! One run of the command, with an end, and what is wrong with it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);
/// A build for tests is slower than a release, and machines may have other work.
const SLOWER: u32 = if cfg!(debug_assertions) { 6 } else { 1 };

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; none after a signal.
    pub code: Option<i32>,
    /// Whether it was ended since it took too long.
    pub hung: bool,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the command in `folder`.
pub fn lacuna(folder: &Path, arguments: &[&str]) -> Ran {
    fs::create_dir_all(folder).unwrap();
    let open = |name: &str| fs::File::create(folder.join(name)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lacuna"))
        .args(arguments)
        .current_dir(folder)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(open(".stdout"))
        .stderr(open(".stderr"))
        .spawn()
        .unwrap();
    let (code, hung) = wait(&mut child);
    let read =
        |name: &str| String::from_utf8_lossy(&fs::read(folder.join(name)).unwrap()).into_owned();
    Ran { code, hung, stdout: read(".stdout"), stderr: read(".stderr") }
}

/// The same with arguments of a mutant.
pub fn run(folder: &Path, arguments: &[String]) -> Ran {
    lacuna(folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn wait(child: &mut Child) -> (Option<i32>, bool) {
    let start = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), false);
        }
        if start.elapsed() > PATIENCE * SLOWER {
            child.kill().unwrap();
            return (child.wait().unwrap().code(), true);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// What is wrong with a run, in a few words.
pub fn fault(ran: &Ran, folder: &Path) -> Option<String> {
    let panicked = || ran.stderr.lines().find(|line| line.contains("panicked at")).unwrap_or("?");
    match ran.code {
        _ if ran.hung => Some(format!("no end within {PATIENCE:?} times {SLOWER}")),
        None => Some(format!("ended by a signal: {}", last(&ran.stderr))),
        Some(101) => Some(panicked().to_owned()),
        Some(0) => not_finite(&folder.join("lacuna-out")),
        Some(1 | 2) if ran.stderr.contains("panicked at") => Some(panicked().to_owned()),
        Some(2) if !ran.stderr.contains("error: ") => Some("exit code 2 without a reason".into()),
        Some(1) if last(&ran.stderr).is_empty() && last(&ran.stdout).is_empty() => {
            Some("exit code 1 without a word".into())
        }
        Some(1 | 2) => None,
        Some(code) => Some(format!("exit code {code}")),
    }
}

fn last(text: &str) -> &str {
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("")
}

/// Keys whose value there is not always: of states that were not interpolated.
const MAY_BE_NULL: [&str; 1] = ["relative_l2_misfit"];

/// A number in a result that is none. In JSON that is a `null` or cannot be read.
fn not_finite(out: &Path) -> Option<String> {
    for entry in fs::read_dir(out).ok()? {
        let path = entry.ok()?.path();
        let name = || path.display().to_string();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "input")
                && let Some(found) = not_finite(&path)
            {
                return Some(found);
            }
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let found = match path.extension()?.to_str()? {
            "csv" => text.split([',', '\n']).any(|cell| ["NaN", "inf", "-inf"].contains(&cell)),
            "json" => match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(value) => has_null(&value),
                Err(_) => true,
            },
            "svg" => text.contains("NaN"),
            _ => false,
        };
        if found {
            return Some(format!("exit code 0 and not finite: {}", name()));
        }
    }
    None
}

fn has_null(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::Array(values) => values.iter().any(has_null),
        serde_json::Value::Object(values) => values
            .iter()
            .any(|(key, value)| has_null(value) && !MAY_BE_NULL.contains(&key.as_str())),
        _ => false,
    }
}
