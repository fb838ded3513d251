//! Ctrl-C during a recovery saves what there is.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::folder::Folder;

/// More work than anybody would wait for: a single restart takes minutes.
fn endless() -> Folder {
    Folder::with_network()
        .edit("hidden = [4]", "hidden = [32, 32]")
        .edit("cells = [32]", "cells = [1024]")
        .edit(
            "optimiser = \"auto\"",
            "optimiser = \"adam\"\nmax_iterations = 100000000\ntolerance = 1e-300",
        )
}

fn interrupt(child: &Child) {
    signal(child, "-INT");
}

fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// When the work is under way.
const LATER: Duration = Duration::from_millis(700);

/// Waits until the work has begun.
fn wait_for_work(child: &mut Child, folder: &Folder, out: &str) {
    while !folder.path(out).join(".lacuna-new").exists() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it began");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Interrupts a command `after` its work has begun; its exit code, and what it leaves in `file`.
fn interrupted(
    folder: &Folder,
    arguments: &[&str],
    after: Duration,
    file: &str,
) -> (Option<i32>, serde_json::Value) {
    let mut child = folder
        .command(&[arguments, &["--quiet", "--out", "out"]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_work(&mut child, folder, "out");
    std::thread::sleep(after);
    let begin = Instant::now();
    interrupt(&child);
    let code = wait(child);
    let took = begin.elapsed();
    // A second is what a machine with nothing else to do takes: the suite `faults` measures that.
    assert!(took < Duration::from_secs(20), "{arguments:?} went on for {took:?}");
    (code, folder.read_json(&format!("out/{file}")))
}

/// Waits, and ends the process rather than the patience of whoever runs the tests.
fn wait(mut child: Child) -> Option<i32> {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    panic!("the interrupt was ignored");
}

#[test]
fn results_so_far_are_saved() {
    let folder = endless();
    let mut child = folder
        .command(&["recover", "problem.toml"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first line of progress says that the work has begun.
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("lowest cost"), "{line}");
    interrupt(&child);
    assert_eq!(wait(child), Some(1));
    let rest: String = stderr.lines().map(|line| line.unwrap() + "\n").collect();
    assert!(rest.contains("results so far will be saved"), "{rest}");

    let summary = folder.read_json("lacuna-out/summary.json");
    assert_eq!(summary["stop"], "interrupted");
    assert_eq!(folder.read_json("lacuna-out/model.json")["schema"], "lacuna-model/2");
    for file in ["report.html", "functions/W.csv", "states/1.csv"] {
        assert!(folder.path("lacuna-out").join(file).exists(), "{file}");
    }
    // What was saved is a model like any other.
    folder.run_well(&["solve", "lacuna-out/model.json", "--out", "solved"]);
}

/// The folder holds complete files or none, however early one stops.
#[test]
fn quiet_runs_are_interrupted_too() {
    let folder = endless();
    let child = folder
        .command(&["recover", "problem.toml", "--quiet", "--threads", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1000));
    interrupt(&child);
    assert_eq!(wait(child), Some(1));
    assert_eq!(folder.read_json("lacuna-out/summary.json")["stop"], "interrupted");
}

/// Nobody reads what is printed, and the end of a job is asked for: nothing is lost.
#[test]
fn readers_that_go_away_and_the_end_of_a_job_lose_nothing() {
    for name in ["-TERM", "-HUP"] {
        let folder = endless();
        let mut child = folder
            .command(&["recover", "problem.toml"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        // Longer than it takes until a line of progress finds no reader.
        std::thread::sleep(Duration::from_millis(2500));
        signal(&child, name);
        assert_eq!(wait(child), Some(1), "{name}");
        assert_eq!(folder.read_json("lacuna-out/summary.json")["stop"], "interrupted");
        assert!(folder.path("lacuna-out/report.html").exists());
    }
}

#[test]
fn what_is_not_complete_is_marked_and_is_exit_code_1() {
    let planned = Folder::new()
        .edit("data = \"state.csv\"", "points = 20\nnoise = 0.01")
        .edit("[fit]", "[diagnose]\nnominal = \"prior\"\ndraws = 80000\n[fit]");
    let (code, diagnosis) =
        interrupted(&planned, &["diagnose", "problem.toml"], LATER, "diagnosis.json");
    assert_eq!((code, &diagnosis["stop"]), (Some(1), &"interrupted".into()));

    let noisy = || Folder::new().edit("data =", "noise = 0.001\ndata =");
    let ensemble = noisy().edit("[fit]", "[bands]\nmethod = \"ensemble\"\nsamples = 80000\n[fit]");
    let (code, summary) =
        interrupted(&ensemble, &["recover", "problem.toml"], LATER, "summary.json");
    assert_eq!((code, &summary["stop"]), (Some(1), &"interrupted".into()));
    assert_eq!(summary["inference"]["bands"], "laplace", "not of a part of an ensemble");

    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml"]);
    let draws = ["--set", "coupling=2.5", "--bands", "samples", "--samples", "80000"];
    let predict = [&["predict", "lacuna-out/model.json"], &draws[..]].concat();
    let (code, summary) = interrupted(&folder, &predict, LATER, "summary.json");
    assert_eq!((code, &summary["predictions"][0]["stop"]), (Some(1), &"interrupted".into()));
}

/// A fit that is stopped before the number of its modes has settled keeps to the modes it has.
#[test]
fn a_fit_may_be_stopped_at_once() {
    let folder = Folder::empty();
    folder.run_well(&["init"]);
    let at_once = Duration::ZERO;
    let diagnose = ["diagnose", "problem.toml"];
    let (code, diagnosis) = interrupted(&folder, &diagnose, at_once, "diagnosis.json");
    assert_eq!((code, &diagnosis["stop"]), (Some(1), &"interrupted".into()));
}

#[test]
fn two_runs_do_not_write_into_one_folder() {
    let folder = endless();
    let mut child = folder
        .command(&["recover", "problem.toml", "--quiet"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_work(&mut child, &folder, "lacuna-out");
    let refusal = folder.refusal_of(&["recover", "problem.toml"]);
    assert_eq!(
        refusal,
        "error: lacuna-out: another run is writing into this folder; wait until it has ended, or choose \
         another with --out\n"
    );
    // A run that is killed is no obstacle, and leaves nothing half-written.
    signal(&child, "-KILL");
    wait(child);
    let folder = folder.edit("max_iterations = 100000000", "max_iterations = 1");
    assert_eq!(folder.run(&["recover", "problem.toml"]).code, Some(1));
    assert_eq!(folder.read_json("lacuna-out/summary.json")["stop"], "max-iterations");
    assert!(!folder.path("lacuna-out/.lacuna-new").exists());
}
