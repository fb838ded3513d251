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
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
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
