//! Suite `faults`: runs of the command that are killed, ended, or not listened to, at random moments.
//!
//! `cargo xtask suite faults [RUNS [PROGRAM]]`, 100 runs of each kind by default. After each run every file in
//! the folder of results has to be whole, a run that was ended has to leave its results so far within
//! `PROMPT`, what a printed line called done has to be there, and the next run has to succeed.

mod inspect;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use self::inspect::{Found, inspect};
use crate::suite::Outcome;

const RUNS: usize = 100;
/// Within this a run that is asked to stop has to have written what there is, with the processor shared.
const PROMPT: Duration = Duration::from_secs(1);
/// A run that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// What is done to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Kill,
    Terminate,
    ClosedPipe,
}

/// One command, and how long it takes undisturbed.
struct Verb {
    arguments: Vec<String>,
    /// The file whose presence says that results are there.
    result: &'static str,
    took: Duration,
}

/// Runs the suite.
///
/// # Errors
/// If a run lost or broke something, naming the runs.
pub fn run(args: &[String]) -> Outcome {
    let runs = args.first().map_or(Ok(RUNS), |text| text.parse())?;
    let program = match args.get(1) {
        Some(path) => fs::canonicalize(path)?,
        None => built()?,
    };
    let folder = std::env::temp_dir().join(format!("lacuna-faults-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = disturb_all(&program, &folder, runs);
    fs::remove_dir_all(&folder)?;
    outcome
}

/// The command, built for release.
fn built() -> Result<PathBuf, Box<dyn std::error::Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--quiet", "--workspace", "--bin", "lacuna"]);
    let status = build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).status()?;
    if !status.success() {
        return Err("the command cannot be built".into());
    }
    let suite = std::env::current_exe()?;
    Ok(suite.with_file_name(format!("lacuna{}", std::env::consts::EXE_SUFFIX)))
}

fn disturb_all(program: &Path, folder: &Path, runs: usize) -> Outcome {
    let verbs = prepare(program, folder)?;
    let mut faults = Vec::new();
    println!(
        "| fault | runs | before the work | results so far | complete | slowest stop | wrong |"
    );
    println!("|---|---|---|---|---|---|---|");
    for fault in [Fault::Kill, Fault::Terminate, Fault::ClosedPipe] {
        let mut counts = [0; 3];
        let mut slowest = Duration::ZERO;
        let wrong = faults.len();
        for run in 0..runs {
            let verb = &verbs[run % verbs.len()];
            let share = fraction(run as u64, fault as u64);
            match disturb(program, folder, verb, fault, share) {
                Ok(seen) => {
                    counts[seen.stage as usize] += 1;
                    slowest = slowest.max(seen.stopped_after);
                }
                Err(what) => faults.push(format!("{fault:?}, run {run} ({share:.3}): {what}")),
            }
        }
        let [none, part, all] = counts;
        let wrong = faults.len() - wrong;
        println!("| {fault:?} | {runs} | {none} | {part} | {all} | {slowest:.2?} | {wrong} |");
    }
    for fault in &faults {
        println!("{fault}");
    }
    if faults.is_empty() { Ok(()) } else { Err("something was lost or broken".into()) }
}

/// The commands, each run once undisturbed.
fn prepare(program: &Path, folder: &Path) -> Result<Vec<Verb>, Box<dyn std::error::Error>> {
    let own = |arguments: &[&str]| -> Result<(), String> {
        let output = Command::new(program).args(arguments).current_dir(folder).output();
        let output = output.map_err(|e| e.to_string())?;
        if output.status.success() { Ok(()) } else { Err(format!("{arguments:?}: {output:?}")) }
    };
    own(&["init", "two"])?;
    own(&["example", "ants"])?;
    own(&["recover", "ants/problem.toml", "--out", "model"])?;
    let mut verbs = Vec::new();
    for (arguments, result) in [
        (&["recover", "two/problem.toml"][..], "summary.json"),
        (&["recover", "ants/problem.toml"], "summary.json"),
        (&["diagnose", "two/problem.toml"], "diagnosis.json"),
        (&["predict", "model/model.json", "--push", "-0.3*cos(x)"], "summary.json"),
        (&["branches"], "summary.json"),
    ] {
        let begin = Instant::now();
        own(&[arguments, &["--out", "out"]].concat())?;
        let took = begin.elapsed();
        fs::remove_dir_all(folder.join("out"))?;
        let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        verbs.push(Verb { arguments, result, took });
    }
    Ok(verbs)
}

/// Which results a run left.
#[derive(Clone, Copy)]
enum Stage {
    Nothing,
    Part,
    All,
}

struct Seen {
    stage: Stage,
    stopped_after: Duration,
}

fn disturb(
    program: &Path,
    folder: &Path,
    verb: &Verb,
    fault: Fault,
    share: f64,
) -> Result<Seen, String> {
    let out = folder.join("out");
    let mut child = Command::new(program)
        .args(&verb.arguments)
        .args(["--out", "out"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    std::thread::sleep(verb.took.mul_f64(share));
    let begin = Instant::now();
    match fault {
        Fault::Kill => child.kill().map_err(|e| e.to_string())?,
        Fault::Terminate => terminate(&child)?,
        Fault::ClosedPipe => drop((child.stdout.take(), child.stderr.take())),
    }
    let status = wait(&mut child)?;
    let stopped_after = if fault == Fault::ClosedPipe { Duration::ZERO } else { begin.elapsed() };
    let [stdout, stderr] = [
        child.stdout.take().map(|mut pipe| text_of(&mut pipe)).unwrap_or_default(),
        child.stderr.take().map(|mut pipe| text_of(&mut pipe)).unwrap_or_default(),
    ];
    let found = inspect(&out, verb.result)?;
    if stdout.contains("report: ") && !out.join("report.html").exists() {
        return Err("a report was called done that is not there".into());
    }
    let stage = match (fault, status.code()) {
        (_, Some(0)) if found == Found::Complete => Stage::All,
        (Fault::Kill, None) => Stage::Part,
        // Before it listens a signal ends it.
        (Fault::Terminate, None) if found == Found::Nothing => Stage::Nothing,
        (Fault::Terminate, Some(1)) if stderr.contains("anything to save") => Stage::Nothing,
        (Fault::Terminate, Some(1)) if found != Found::Nothing => Stage::Part,
        (_, code) => return Err(format!("exit code {code:?}, {found:?} found; {stderr}")),
    };
    if stopped_after > PROMPT {
        return Err(format!("went on for {stopped_after:.2?}"));
    }
    // Half of all folders are left to the next run.
    if share < 0.5 {
        let mut again = Command::new(program);
        again.args(&verb.arguments).args(["--out", "out", "--quiet"]);
        let again = again.current_dir(folder).output().map_err(|e| e.to_string())?;
        if !again.status.success() || inspect(&out, verb.result)? != Found::Complete {
            return Err(format!("the next run fails: {again:?}"));
        }
    }
    fs::remove_dir_all(&out).or_else(|e| if out.exists() { Err(e.to_string()) } else { Ok(()) })?;
    Ok(Seen { stage, stopped_after })
}

fn terminate(child: &Child) -> Result<(), String> {
    let status = Command::new("kill").arg(child.id().to_string()).stderr(Stdio::null()).status();
    // It may have ended already.
    status.map(drop).map_err(|e| e.to_string())
}

fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let begin = Instant::now();
    while begin.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().map_err(|e| e.to_string())?;
    Err(format!("hung for {LIMIT:?}"))
}

fn text_of(pipe: &mut impl Read) -> String {
    let mut text = Vec::new();
    let _ = pipe.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// A number in [0, 1) for a run, the same every time (splitmix64).
fn fraction(run: u64, kind: u64) -> f64 {
    let mut z = (run + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (kind << 32);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
