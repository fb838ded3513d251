//! `lacuna branches`.

use crate::folder::Folder;

#[test]
fn the_built_in_example_is_followed_and_drawn() {
    let folder = Folder::empty();
    let run = folder.run_well(&["branches"]);
    for said in
        ["branch 1 (start 1)", "fold", "branch-point", "report: lacuna-out-branches/report.html"]
    {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    let csv = folder.read("lacuna-out-branches/branches.csv");
    assert!(csv.starts_with("branch,step,coupling,norm,stable,unstable_directions,event\n"));
    let svg = folder.read("lacuna-out-branches/plots/branches.svg");
    for name in ["stable", "unstable", "fold", "branch point"] {
        assert!(svg.contains(name), "{name}");
    }
    let report = folder.read("lacuna-out-branches/report.html");
    assert!(report.contains("<svg") && report.contains("Events"));
    assert!(!report.contains("src="), "nothing is loaded");
    let summary = folder.read_json("lacuna-out-branches/summary.json");
    assert_eq!(summary["schema"], "lacuna-branches/1");
    assert_eq!(summary["stop"], "converged");
    for branch in summary["branches"].as_array().unwrap() {
        for event in branch["events"].as_array().unwrap() {
            let file = format!("lacuna-out-branches/{}", event["file"].as_str().unwrap());
            assert!(folder.read(&file).starts_with("x,value\n"));
        }
    }
}

#[test]
fn json_is_the_summary() {
    let folder = Folder::empty();
    folder.run_well(&["example", "kuramoto-branches", "--out", "."]);
    let text = folder.read("problem.toml").replace("cells = [256]", "cells = [64]");
    folder.write("problem.toml", &text);
    let run = folder.run_well(&["branches", "problem.toml", "--json", "--out", "here"]);
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(printed, folder.read_json("here/summary.json"));
}

#[test]
fn what_cannot_vary_is_refused() {
    let folder = Folder::empty();
    folder.run_well(&["example", "kuramoto-branches", "--out", "."]);
    let text = folder.read("problem.toml").replace("\"coupling\"", "\"copuling\"");
    folder.write("problem.toml", &text);
    let said = folder.refusal_of(&["branches", "problem.toml"]);
    assert!(said.contains("problem.toml:") && said.contains("`coupling`"), "{said}");
}
