//! `design`: its files, its report, and a problem that is measured as it says.

use crate::folder::Folder;

const CANDIDATES: &str = r#"
[design]
budget = 12
points = 16
noise = { rms = 0.02 }
truths = 2

[[design.experiments]]
name = "weak"
coupling = 0.5
cost = 2

[[design.experiments]]
name = "strong"
coupling = 3.0
cost = 2
"#;

/// Nothing measured, two experiments to choose from.
fn planned() -> Folder {
    let folder = Folder::new();
    let text = folder.read("problem.toml").replace("[[experiments]]\ndata = \"state.csv\"\n", "");
    // Without a potential the uniform state is one, and shows nothing of W.
    let text = text.replace("expression = \"0\"", "expression = \"0.5*cos(x)\"");
    folder.write("problem.toml", &(text + CANDIDATES));
    folder
}

#[test]
fn a_design_leaves_its_files() {
    let folder = planned();
    let run = folder.run_well(&["design", "problem.toml", "--out", "out"]);
    assert!(run.stdout.contains("for 2 truths drawn from the prior"), "{}", run.stdout);
    assert!(run.stdout.contains("no design goes below"), "{}", run.stdout);
    let design = folder.read_json("out/design.json");
    assert_eq!(design["schema"], "lacuna-design/1");
    assert_eq!(design["stop"], "converged");
    let points = design["points"].as_array().unwrap();
    let cost: f64 = design["cost"].as_f64().unwrap();
    assert!(cost <= 12.0 && !points.is_empty());
    let opened = design["experiments"].as_array().unwrap().iter();
    let opened = opened.filter(|e| e["points"].as_u64().unwrap() > 0).count();
    assert_eq!(cost, points.len() as f64 + 2.0 * opened as f64);
    let band = &design["predicted"]["W"];
    assert!(band["relative_band"].as_f64() < band["relative_band_before"].as_f64());
    assert!(design["bound"].as_f64() <= design["criterion"]["value"].as_f64());
    assert_eq!(design["gain"].as_array().unwrap().len(), points.len() + 1);

    let form = folder.read("out/points.csv");
    assert_eq!(form.lines().next(), Some("experiment,x"));
    assert_eq!(form.lines().count(), points.len() + 1);
    let report = folder.read("out/report.html");
    for text in ["lacuna design", "What to measure", "No design goes below", "</html>"] {
        assert!(report.contains(text), "{text}");
    }
    assert!(!report.contains("src=") && !report.contains("<script"), "it stands alone");
    for plot in ["design-W.svg", "design-gain.svg"] {
        assert!(folder.read(&format!("out/plots/{plot}")).contains("<svg"), "{plot}");
    }
    // The same again gives the same.
    let again = folder.run_well(&["design", "problem.toml", "--json"]).stdout;
    let again: serde_json::Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["points"], design["points"]);
}

#[test]
fn data_there_are_count_as_measured() {
    let folder = Folder::new();
    let text = folder.read("problem.toml");
    folder.write("problem.toml", &(text + "[design]\nbudget = 3\npoints = 8\ntruths = 2\n"));
    let run = folder.run_well(&["design", "problem.toml"]);
    assert!(run.stdout.contains("around a fit to the data"), "{}", run.stdout);
    let design = folder.read_json("lacuna-out-design/design.json");
    assert_eq!(design["experiments"][0]["has_data"], true);
    assert_eq!(design["points"].as_array().unwrap().len(), 3);
    let before = design["predicted"]["W"]["relative_band_before"].as_f64().unwrap();
    assert!(before < 0.5, "exact data determine W: {before}");
}

#[test]
fn mistakes_are_named_with_their_line() {
    let refusal = |section: &str| {
        let folder = Folder::new();
        let text = folder.read("problem.toml");
        folder.write("problem.toml", &(text + section));
        folder.refusal_of(&["design", "problem.toml"])
    };
    let message = refusal("[design]\nbudget = -3\n");
    assert!(
        message.contains("problem.toml:30") && message.contains("must be positive"),
        "{message}"
    );
    let message = refusal("[design]\nbudget = 0.25\n");
    assert!(message.contains("pays for no measurement"), "{message}");
}

#[test]
fn points_are_places_of_the_domain() {
    let folder = planned();
    folder.run_well(&["design", "problem.toml", "--quiet", "--out", "out"]);
    let text = folder.read("out/points.csv");
    let x = text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap());
    let x: Vec<f64> = x.collect();
    assert!(x.len() > 3 && x.iter().all(|x| (0.0..std::f64::consts::TAU).contains(x)), "{x:?}");
}
