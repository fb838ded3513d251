//! Faults beside the input: files that change, folders that are taken, results that fail or would be lost.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;

use crate::folder::{Folder, Run};

/// W from a state with a known V.
fn known_potential() -> Folder {
    let folder = Folder::new().edit("expression = \"0\"", "table = \"V.csv\"");
    folder.write("V.csv", "x,value\n0,0\n1.5,0\n3,0\n4.5,0\n");
    folder
}

/// A recovered kernel in `first/model.json`, and a problem that takes it from there to recover V.
fn model_of_a_model() -> Folder {
    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml", "--out", "first"]);
    let text = folder.read("problem.toml");
    let kernel = "surrogate = \"fourier\"\nmodes = 4\nsymmetry = \"even\"";
    let text = text.replace(kernel, "model = \"first/model.json\"");
    let text = text.replace("expression = \"0\"", "surrogate = \"fourier\"\nmodes = 3");
    folder.write("second.toml", &text.replace("[truth]\nW = \"-cos(x)\"\n", ""));
    folder
}

#[test]
fn models_hold_the_models_they_call() {
    let folder = model_of_a_model();
    folder.run_well(&["recover", "second.toml", "--out", "second"]);
    let before = folder.run_well(&["predict", "second/model.json", "--out", "before"]).stdout;
    fs::remove_dir_all(folder.path("first")).unwrap();
    fs::create_dir(folder.path("elsewhere")).unwrap();
    fs::rename(folder.path("second/model.json"), folder.path("elsewhere/m.json")).unwrap();
    let after = folder.run_well(&["predict", "elsewhere/m.json", "--out", "after"]).stdout;
    assert_eq!(before.replace("before", "after"), after);
    assert_eq!(folder.read("before/states/1.csv"), folder.read("after/states/1.csv"));
    // And they are called on in turn.
    let text = folder.read("second.toml").replace("first/model.json", "elsewhere/m.json");
    folder.write("third.toml", &text);
    let refusal = folder.refusal_of(&["recover", "third.toml"]);
    assert!(
        refusal.contains("elsewhere/m.json: not a usable model: holds no recovered function `W`")
    );
}

#[test]
fn a_model_is_not_replaced_by_one_that_calls_it() {
    let folder = model_of_a_model();
    let model = folder.read("first/model.json");
    let refusal = folder.refusal_of(&["recover", "second.toml", "--out", "first"]);
    assert_snapshot!(
        refusal,
        @"error: first/model.json: is read by this run and would be replaced by its results; choose another folder with --out"
    );
    let overwriting = ["recover", "second.toml", "--out", "first", "--overwrite"];
    assert_eq!(folder.refusal_of(&overwriting), refusal);
    assert_eq!(folder.read("first/model.json"), model);
}

#[test]
fn models_that_call_each_other_are_refused() {
    let folder = model_of_a_model();
    folder.run_well(&["recover", "second.toml", "--out", "second"]);
    let mut model = folder.read_json("second/model.json");
    assert!(model["problem"]["functions"]["W"]["model"].is_object(), "taken in");
    model["problem"]["functions"]["W"]["model"] = "other.json".into();
    for name in ["model.json", "other.json"] {
        model["problem"]["functions"]["W"]["model"] =
            if name == "model.json" { "other.json".into() } else { "model.json".into() };
        folder.write(name, &model.to_string());
    }
    for verb in ["predict", "solve", "branches"] {
        let refusal = folder.refusal_of(&[verb, "model.json"]);
        assert!(refusal.contains("lead from model to model without end"), "{refusal}");
    }
    let text = folder.read("second.toml").replace("first/model.json", "other.json");
    folder.write("third.toml", &text);
    let refusal = folder.refusal_of(&["recover", "third.toml"]);
    assert!(refusal.contains("lead from model to model without end"), "{refusal}");
}

#[test]
fn results_are_replaced_as_a_whole() {
    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml"]);
    assert!(folder.path("lacuna-out/functions/W.csv").exists());
    folder.write("lacuna-out/notes.txt", "mine");
    let text = folder.read("problem.toml");
    let kernel = "surrogate = \"fourier\"\nmodes = 4\nsymmetry = \"even\"";
    let text = text.replace(kernel, "expression = \"-cos(x)\"");
    let text = text.replace("expression = \"0\"", "surrogate = \"fourier\"\nmodes = 3");
    folder.write("potential.toml", &text.replace("[truth]\nW = \"-cos(x)\"\n", ""));
    folder.run_well(&["recover", "potential.toml"]);
    assert!(folder.path("lacuna-out/functions/V.csv").exists());
    for stale in ["functions/W.csv", "plots/function-W.svg"] {
        assert!(!folder.path("lacuna-out").join(stale).exists(), "{stale}");
    }
    assert_eq!(folder.read("lacuna-out/notes.txt"), "mine");
    // Other verbs have folders of their own.
    let summary = folder.read("lacuna-out/summary.json");
    folder.run_well(&["predict", "lacuna-out/model.json"]);
    folder.run_well(&["diagnose", "potential.toml"]);
    folder.run_well(&["solve", "lacuna-out/model.json"]);
    assert_eq!(folder.read("lacuna-out/summary.json"), summary);
}

#[test]
fn files_of_somebody_else_are_not_replaced() {
    let folder = Folder::new();
    folder.write("model.json", "mine");
    assert_snapshot!(
        folder.refusal_of(&["recover", "problem.toml", "--out", "."]),
        @"error: ./model.json: was not written here by lacuna and would be replaced; move it away, choose another folder with --out, or give --overwrite"
    );
    assert_eq!(folder.read("model.json"), "mine");
    folder.run_well(&["recover", "problem.toml", "--out", ".", "--overwrite"]);
    assert!(folder.read("model.json").contains("lacuna-model/2"));
    assert!(folder.path("state.csv").exists());
}

#[test]
fn init_replaces_nothing_unasked() {
    let folder = Folder::empty();
    fs::write(folder.path("problem.toml"), [0xff, 0xfe, b'x']).unwrap();
    let refusal = folder.refusal_of(&["init"]);
    assert!(refusal.contains("exists already with other content"), "{refusal}");
    assert_eq!(fs::read(folder.path("problem.toml")).unwrap(), [0xff, 0xfe, b'x']);
    folder.run_well(&["init", "--overwrite"]);
    folder.run_well(&["check", "problem.toml"]);
}

#[test]
fn a_fit_that_fails_says_what_to_do_and_leaves_that() {
    // Squares of what is left over are infinite.
    let folder = Folder::new().edit("data =", "noise = 1e-200\ndata =");
    folder.run_well(&["check", "problem.toml"]);
    let run = folder.run(&["recover", "problem.toml", "--out", "out"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let summary = folder.read_json("out/summary.json");
    assert_eq!(summary["stop"], "failed");
    let message = summary["message"].as_str().unwrap();
    assert_eq!(run.stderr, format!("error: {message}\n"));
    assert_snapshot!(
        message,
        @"problem.toml:23: the fit failed: negative log-likelihood is not finite; look for values or noise levels of an absurd size; if there are none the data may say too little: add data, give their `noise`, or hold the priors fixed ([prior] choice = \"fixed\"); `lacuna diagnose` says what the data can determine"
    );
}

#[test]
fn a_posterior_that_is_none_is_refused() {
    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml", "--out", "recovered"]);
    let model = folder.read_json("recovered/model.json");
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut other = model.clone();
        change(&mut other);
        folder.write("model.json", &other.to_string());
        folder.refusal_of(&["predict", "model.json"])
    };
    let refusal = with(&|m| m["posterior"]["covariance"][0] = (-1.0).into());
    assert!(refusal.contains("`posterior.covariance` is not that of a posterior"), "{refusal}");
    let refusal =
        with(&|m| m["posterior"]["unknowns"][0]["resolution"] = 1_000_000_000_000_u64.into());
    assert!(refusal.contains("more modes than the grid of 32 cells has"), "{refusal}");
    let refusal = with(&|m| m["posterior"]["unknowns"][0]["amplitude"] = (-1.0).into());
    assert!(refusal.contains("its numbers have to be positive"), "{refusal}");
    let refusal = with(&|m| m["units"]["length"] = 0.0.into());
    assert!(refusal.contains("`units` have to be positive"), "{refusal}");
}

#[test]
fn a_model_is_no_problem() {
    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml", "--out", "recovered"]);
    let refusal = |verb| folder.refusal_of(&[verb, "recovered/model.json"]);
    assert_snapshot!(
        refusal("recover"),
        @"error: recovered/model.json:1:1: this is JSON, such as a recovered model, and not a problem file; `lacuna solve`, `predict` and `branches` take a model whose name ends in .json"
    );
    for verb in ["diagnose", "design", "check"] {
        assert_eq!(refusal(verb), refusal("recover"));
    }
}

#[test]
fn names_do_not_reach_the_terminal_raw() {
    let folder = Folder::new().edit("data =", "name = \"a\\u001b[31mb\\u009bc\"\ndata =");
    let Run { stdout, stderr, .. } = folder.run_well(&["recover", "problem.toml"]);
    assert!(stdout.contains("a\\u001b[31mb\\u009bc"), "{stdout}");
    let is_raw = |c: char| c.is_control() && c != '\n';
    assert!(!stdout.contains(is_raw) && !stderr.contains(is_raw), "{stdout:?} {stderr:?}");
    let run = folder.run_well(&["recover", "problem.toml", "--json"]);
    let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(summary["states"]["a\u{1b}[31mb\u{9b}c"].is_object());
}

#[test]
fn names_of_experiments_are_their_own() {
    let twice = "name = \"a\"\n\n[[experiments]]\nname = \"a\"\ndata =";
    assert_snapshot!(
        Folder::new().edit("data =", twice).refusal(),
        @"error: problem.toml:23: experiments 1 and 2 are both called `a`; give each a `name` of its own"
    );
    // An experiment without a name goes by its number.
    let twice = "name = \"2\"\ndata = \"state.csv\"\n\n[[experiments]]\ndata =";
    let refusal = Folder::new().edit("data =", twice).refusal();
    assert!(refusal.contains("experiments 1 and 2 are both called `2`"), "{refusal}");
}

/// What a recovery reads it has read when its work begins.
#[test]
fn files_that_change_while_a_fit_runs_change_nothing() {
    let undisturbed = known_potential();
    undisturbed.run_well(&["recover", "problem.toml"]);
    let folder = known_potential().edit("restarts = 2", "restarts = 300");
    let folder =
        folder.edit("surrogate = \"fourier\"\nmodes = 4", "surrogate = \"network\"\nhidden = [12]");
    let mut child = folder
        .command(&["recover", "problem.toml", "--quiet"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The journal says that the work has begun.
    while !folder.path("lacuna-out/.lacuna").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    folder.write("V.csv", "x,value\n0,99\n1.5,99\n3,99\n4.5,99\n");
    fs::remove_file(folder.path("state.csv")).unwrap();
    fs::remove_file(folder.path("problem.toml")).unwrap();
    let code = child.wait().unwrap().code();
    assert!(folder.path("lacuna-out/diagnosis.json").exists(), "{code:?}");
    let table = |folder: &Folder| {
        folder.read_json("lacuna-out/model.json")["problem"]["functions"]["V"].clone()
    };
    assert_eq!(table(&folder), table(&undisturbed));
    assert!(folder.read("lacuna-out/report.html").contains("restarts = 300"));
}
