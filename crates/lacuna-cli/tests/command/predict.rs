//! `predict`: files, remarks, and mistakes on the command line.

use insta::assert_snapshot;

use crate::folder::{Folder, read_csv};

fn with_example(name: &str) -> Folder {
    let folder = Folder::empty();
    folder.run_well(&["example", name]);
    folder
}

#[test]
fn a_known_problem_is_followed_in_time() {
    let folder = with_example("kuramoto-states");
    let run = folder.run_well(&[
        "predict",
        "kuramoto-states/problem.toml",
        "--set",
        "coupling=4",
        "--initial",
        "1+0.2*cos(x)",
        "--time",
        "3",
        "--times",
        "5",
        "--out",
        "p",
    ]);
    assert!(run.stdout.contains("every function is known"), "{}", run.stdout);
    let csv = folder.read("p/states/1.csv");
    assert!(csv.starts_with("t,x,value,lower,upper\n0.0,"), "{}", &csv[..60]);
    for file in
        ["p/summary.json", "p/report.html", "p/plots/prediction-1.svg", "p/plots/energy-1.svg"]
    {
        assert!(!folder.read(file).is_empty());
    }
    // A transient is no steady state.
    let refusal = folder.refusal_of(&[
        "predict",
        "kuramoto-states/problem.toml",
        "--initial",
        "p/states/1.csv",
    ]);
    assert!(refusal.contains("data in time (a column `t`)"), "{refusal}");
}

#[test]
fn a_recovered_model_is_predicted_with_it_and_back() {
    let folder = with_example("ants");
    folder.run_well(&["recover", "ants/problem.toml", "--out", "r"]);
    assert!(folder.read("r/model.json").contains("\"posterior\""));
    let run = folder.run_well(&[
        "predict",
        "r/model.json",
        "--push",
        "-0.3*cos(x)",
        "--bands",
        "samples",
        "--samples",
        "30",
        "--out",
        "p",
        "--json",
    ]);
    assert!(run.stdout.contains("\"bands\": \"samples\""), "{}", run.stdout);
    let (header, columns) = read_csv(&folder.path("p/states/1.csv"));
    assert_eq!(header, "x,value,lower,upper");
    let edges = columns[2].iter().zip(&columns[3]);
    for (value, (lower, upper)) in columns[1].iter().zip(edges) {
        assert!(0.0 < *lower && lower <= value && value <= upper, "{lower} {value} {upper}");
    }
    // What was predicted may start a transient.
    folder.run_well(&[
        "predict",
        "r/model.json",
        "--initial",
        "p/states/1.csv",
        "--time",
        "0.5",
        "--bands",
        "none",
        "--out",
        "q",
    ]);
}

#[test]
fn mistakes_are_named() {
    let folder = with_example("kuramoto-states");
    let problem = "kuramoto-states/problem.toml";
    assert_snapshot!(
        folder.refusal_of(&["predict", problem, "--push", "sin("]),
        @"error: the push `sin(` cannot be read: `sin(`, character 5: found the end, expected a number, a name or `(`"
    );
    assert_snapshot!(
        folder.refusal_of(&["predict", problem, "--initial", "sin(x)", "--time", "1"]),
        @"error: the initial state `sin(x)` gives u = -0.02454122852291 at x = 3.166136346196; it must be finite, and not negative where u is a density"
    );
    assert_snapshot!(
        folder.refusal_of(&["predict", problem, "--set", "couplin=1"]),
        @"error: --set couplin=1: the equation has no scalar `couplin`; did you mean `coupling`?"
    );
    let missing = folder.refusal_of(&["predict", problem, "--initial", "nothing.csv"]);
    assert!(missing.starts_with("error: nothing.csv: "), "{missing}");
    folder.run_well(&["example", "reaction-rate"]);
    let text = folder.read("reaction-rate/problem.toml");
    let known = text
        .replace("surrogate = \"network\"\nconstraint = \"positive\"", "expression = \"1\"")
        .replace("[truth]\nk = \"truth-k.csv\"\n", "")
        .replace("data = \"state.csv\"\n", "");
    folder.write("known.toml", &known);
    assert_snapshot!(
        folder.refusal_of(&["predict", "known.toml", "--push", "x"]),
        @"error: a push has no meaning for `diffusion-reaction`: the equation has no V to add it to"
    );
}
