//! What `recover` leaves, its exit codes, and the options of every command.

use std::f64::consts::PI;
use std::fs;

use crate::folder::{Folder, read_csv};

#[test]
fn recover_leaves_everything_the_contract_names() {
    let folder = Folder::new();
    let run = folder.run_well(&["recover", "problem.toml", "--out", "results"]);
    assert!(run.stdout.contains("relative L² error"), "{}", run.stdout);
    assert!(run.stdout.contains("results/report.html"), "{}", run.stdout);

    let (header, columns) = read_csv(&folder.path("results/functions/W.csv"));
    assert_eq!(header, "x,value");
    let x = &columns[0];
    assert!(x.len() >= 201, "{} points", x.len());
    assert!((x[0] + PI).abs() < 1e-12 && (x[x.len() - 1] - PI).abs() < 1e-12, "[−L/2, L/2]");
    assert!(x.windows(2).all(|pair| pair[0] < pair[1]));
    for (x, value) in x.iter().zip(&columns[1]) {
        assert!((value + x.cos()).abs() < 1e-8, "W({x}) = {value}");
    }
    assert!(!folder.path("results/functions/V.csv").exists(), "V is known");

    let (header, columns) = read_csv(&folder.path("results/states/1.csv"));
    assert_eq!(header, "x,value,observed");
    assert_eq!(columns[0].len(), 32);

    let summary = folder.read_json("results/summary.json");
    assert_eq!(summary["schema"], "lacuna-summary/1");
    assert_eq!(summary["stop"], "converged");
    assert_eq!(summary["seed"], 0);
    assert!(summary["seconds"].as_f64().unwrap() >= 0.0);
    assert!(summary["functions"]["W"]["relative_l2_error"].as_f64().unwrap() < 1e-8);
    assert!(summary["states"]["1"]["relative_l2_misfit"].as_f64().unwrap() < 1e-8);
    assert!(summary["functions"].get("V").is_none());

    let model = folder.read_json("results/model.json");
    assert_eq!(model["schema"], "lacuna-model/2");
    for plot in ["function-W", "state-1", "history"] {
        let svg = folder.read(&format!("results/plots/{plot}.svg"));
        assert!(svg.contains("<svg") && svg.trim_end().ends_with("</svg>"), "{plot}");
    }
}

#[test]
fn the_report_stands_alone() {
    let folder = Folder::with_network();
    folder.run_well(&["recover", "problem.toml"]);
    let html = folder.read("lacuna-out/report.html");
    assert!(html.starts_with("<!DOCTYPE html>") || html.starts_with("<!doctype html>"));
    assert!(html.contains("<svg"));
    for quote in ['"', '\''] {
        for attribute in ["src", "href"] {
            for target in ["http:", "https:", "//", "plots/", "/"] {
                let link = format!("{attribute}={quote}{target}");
                assert!(!html.contains(&link), "loads something: {link}");
            }
        }
    }
    for loading in ["@import", "url(http", "<script src", "<link "] {
        assert!(!html.contains(loading), "loads something: {loading}");
    }
    assert!(html.contains("aggregation-diffusion"), "the problem is in it");
    assert!(html.contains("lacuna recover problem.toml"), "the command is in it");
    assert!(folder.path("lacuna-out/plots/waterfall.svg").exists(), "two restarts");
}

/// The default folder, and a name that has to be made with all above it.
#[test]
fn results_go_where_they_should() {
    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml"]);
    assert!(folder.path("lacuna-out/report.html").exists());
    folder.run_well(&["recover", "problem.toml", "--out", "a/b c/d"]);
    assert!(folder.path("a/b c/d/report.html").exists());
    // Again over what is there.
    folder.run_well(&["recover", "problem.toml", "--out", "a/b c/d"]);
}

/// Paths are relative to the problem file, not to the folder one is in.
#[test]
fn data_lie_beside_the_problem() {
    let folder = Folder::new();
    fs::create_dir(folder.path("study")).unwrap();
    for file in ["problem.toml", "state.csv"] {
        fs::rename(folder.path(file), folder.path("study").join(file)).unwrap();
    }
    folder.run_well(&["recover", "study/problem.toml"]);
    assert!(folder.path("lacuna-out/summary.json").exists());
}

#[test]
fn too_few_iterations_are_exit_code_1_with_results() {
    let folder = Folder::with_network().edit("[fit]", "[fit]\nmax_iterations = 1");
    let run = folder.run(&["recover", "problem.toml"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("reached the iteration limit; raise it"), "{}", run.stdout);
    assert_eq!(folder.read_json("lacuna-out/summary.json")["stop"], "max-iterations");
    for file in ["report.html", "model.json", "functions/W.csv", "states/1.csv"] {
        assert!(folder.path("lacuna-out").join(file).exists(), "{file}");
    }
}

#[test]
fn an_output_that_cannot_be_written_is_exit_code_1() {
    let folder = Folder::new();
    // A file stands where the folder should be.
    for verb in ["recover", "solve"] {
        let folder = match verb {
            "solve" => Folder::new().edit(
                "surrogate = \"fourier\"\nmodes = 4\nsymmetry = \"even\"",
                "expression = \"-cos(x)\"",
            ),
            _ => Folder::new(),
        };
        let run = folder.run(&[verb, "problem.toml", "--out", "state.csv"]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.stderr.starts_with("error: state.csv: cannot be written: "), "{run:?}");
        assert_eq!(run.stdout, "");
    }
    // Without a problem file the example is written there first.
    let run = folder.run(&["recover", "--out", "state.csv"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("cannot be written"), "{run:?}");
}

#[test]
fn the_seed_of_the_command_line_counts() {
    let folder = Folder::with_network().edit("[fit]", "[fit]\nseed = 3");
    let kernel = |arguments: &[&str], out: &str| {
        folder.run_well(&[&["recover", "problem.toml", "--out", out], arguments].concat());
        let seed = folder.read_json(&format!("{out}/summary.json"))["seed"].as_u64().unwrap();
        (seed, folder.read(&format!("{out}/functions/W.csv")))
    };
    let (seed, of_problem) = kernel(&[], "a");
    assert_eq!(seed, 3);
    let (seed, of_four) = kernel(&["--seed", "4"], "b");
    assert_eq!(seed, 4);
    assert_ne!(of_problem, of_four);
    assert_eq!(kernel(&["--seed", "3"], "c").1, of_problem);
}

#[test]
fn threads_change_no_byte_of_the_functions() {
    let folder = Folder::with_network().edit("restarts = 2", "restarts = 5");
    for threads in ["1", "2"] {
        let out = format!("out-{threads}");
        folder.run_well(&["recover", "problem.toml", "--threads", threads, "--out", &out]);
    }
    for file in ["functions/W.csv", "states/1.csv"] {
        assert_eq!(
            fs::read(folder.path("out-1").join(file)).unwrap(),
            fs::read(folder.path("out-2").join(file)).unwrap(),
            "{file}"
        );
    }
}

#[test]
fn quiet_prints_nothing() {
    let folder = Folder::new();
    for arguments in [
        &["recover", "problem.toml"][..],
        &["check", "problem.toml"],
        &["solve", "lacuna-out/model.json"],
        &["solve"],
        &["example", "branches"],
        &["init", "fresh"],
    ] {
        let run = folder.run_well(&[arguments, &["--quiet"]].concat());
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""), "{arguments:?}");
    }
    let run = folder.run(&["recover", "nothing.toml", "--quiet"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.starts_with("error: "), "errors are printed still");
}

#[test]
fn json_is_json_and_nothing_else() {
    let folder = Folder::new();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let run = folder.run_well(&[arguments, &["--json"]].concat());
        assert_eq!(run.stderr, "", "{arguments:?}");
        serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}"))
    };
    let summary = json(&["recover", "problem.toml"]);
    assert_eq!(summary, folder.read_json("lacuna-out/summary.json"));
    let solved = json(&["solve", "lacuna-out/model.json", "--out", "solved"]);
    assert_eq!(solved["schema"], "lacuna-states/1");
    assert_eq!(solved["states"][0]["stop"], "converged");
    assert_eq!(solved, folder.read_json("solved/summary.json"));
    let verdict = json(&["check", "problem.toml"]);
    assert_eq!(verdict["equation"], "aggregation-diffusion");
    assert!(verdict["unknown"][0].as_str().unwrap().starts_with("W "));
    // Both: the JSON is what one asked for.
    let run = folder.run_well(&["check", "problem.toml", "--json", "--quiet"]);
    assert!(serde_json::from_str::<serde_json::Value>(&run.stdout).is_ok());
}
