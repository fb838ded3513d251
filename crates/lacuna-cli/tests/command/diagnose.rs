//! `diagnose`: what it leaves, before and after a fit, and mistakes in what it is asked.

use insta::assert_snapshot;

use crate::folder::Folder;

#[test]
fn data_and_plans_are_examined() {
    let folder = Folder::new().edit("[fit]", "[diagnose]\nnoise = 0.00001\n[fit]");
    let run = folder.run_well(&["diagnose", "problem.toml", "--out", "out"]);
    assert!(run.stdout.contains("W  identified"), "{}", run.stdout);
    let report = folder.read("out/report.html");
    assert!(report.contains("<h2>Verdicts</h2>") && report.contains("identified"));
    let file: serde_json::Value = serde_json::from_str(&folder.read("out/diagnosis.json")).unwrap();
    assert_eq!(file["schema"], "lacuna-diagnosis/1");
    assert_eq!(file["nominal"]["source"], "fit");
    let kernel = &file["unknowns"]["W"];
    assert_eq!(kernel["verdict"], "identified");
    assert!(kernel["relative_band"].as_f64().unwrap() < 0.25);
    assert!(kernel["directions"].as_u64().unwrap() >= 1);
    assert_eq!(kernel["reasons"].as_array().unwrap().len(), 0);
    assert!(file["spectrum"].as_array().unwrap().len() > 3);
    for plot in ["diagnosis-W", "diagnosis-spectrum", "diagnosis-modes"] {
        assert!(folder.read(&format!("out/plots/{plot}.svg")).starts_with("<svg"), "{plot}");
    }

    // Without data: a plan, at the truth.
    let planned = Folder::new().edit("data = \"state.csv\"", "points = 20\nnoise = 0.01");
    let run = planned.run_well(&["diagnose", "problem.toml", "--json"]);
    let file: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(file["nominal"]["source"], "truth");
    assert_eq!(file["experiments"][0]["planned"], true);
    // The search starts at the uniform state, which is one, and tells nothing.
    assert_eq!(file["unknowns"]["W"]["verdict"], "structurally-unidentified");
    assert_eq!(file["unknowns"]["W"]["reasons"][0]["code"], "constant-state");
    let remedy = file["unknowns"]["W"]["reasons"][0]["remedy"].as_str().unwrap();
    assert!(remedy.contains("push"), "{remedy}");
}

#[test]
fn a_recovery_has_its_diagnosis() {
    let folder = Folder::new();
    let run = folder.run_well(&["recover", "problem.toml", "--out", "out"]);
    assert!(run.stdout.contains("W  identified"), "{}", run.stdout);
    let summary: serde_json::Value =
        serde_json::from_str(&folder.read("out/summary.json")).unwrap();
    assert_eq!(summary["functions"]["W"]["verdict"], "identified");
    assert!(folder.read("out/diagnosis.json").contains("\"spectrum\""));
    assert!(folder.read("out/report.html").contains("<h2>Verdicts</h2>"));
}

#[test]
fn mistakes_are_named() {
    let refusal = |folder: Folder| folder.refusal_of(&["diagnose", "problem.toml"]);
    let planned = |keys: &str| Folder::new().edit("data = \"state.csv\"", keys);
    assert_snapshot!(
        refusal(planned("points = 2.5")),
        @"error: problem.toml:20: `experiments[1].points` must be a whole number, at least 1, or an array of positions, but is 2.5"
    );
    assert_snapshot!(
        refusal(planned("data = \"state.csv\"\npoints = 4")),
        @"error: problem.toml:21: `points` in experiment 1 has no meaning: it has data: their points are taken; drop it"
    );
    assert_snapshot!(
        refusal(planned("initial = \"1 + cos(\"")),
        @"error: problem.toml:20: `experiments[1].initial`: `1 + cos(`, character 9: found the end, expected a number, a name or `(`"
    );
    assert_snapshot!(
        refusal(planned("points = 9").edit("[fit]", "[diagnose]\nnominal = \"fit\"\n[fit]")),
        @r#"error: problem.toml:23: `nominal = "fit"` needs an experiment with `data`; or write `nominal = "prior"`"#
    );
    assert_snapshot!(
        refusal(planned("points = 9").edit("[truth]\nW", "[diagnose]\nnominal = \"truth\"\n#")),
        @r#"error: problem.toml:28: `nominal = "truth"` needs a line `W = …` in [truth]; or write `nominal = "prior"`"#
    );
    assert_snapshot!(
        refusal(Folder::new().edit("[fit]", "[diagnose]\ntolerance = -1\n[fit]")),
        @"error: problem.toml:23: `diagnose.tolerance` must be positive, but is -1"
    );
}
