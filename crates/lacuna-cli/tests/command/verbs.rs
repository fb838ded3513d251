//! `init`, `example`, `check` and `solve`.

use insta::assert_snapshot;

use crate::folder::{Folder, read_csv};

const EXAMPLES: [&str; 10] = [
    "two-states",
    "sparse-noisy",
    "branches",
    "kuramoto",
    "reaction-rate",
    "ants",
    "turtles",
    "wind",
    "kuramoto-states",
    "kuramoto-branches",
];

#[test]
fn init_writes_a_problem_that_is_in_order() {
    let folder = Folder::empty();
    let run = folder.run_well(&["init"]);
    assert!(run.stdout.contains("lacuna recover"), "{}", run.stdout);
    assert!(folder.read("problem.toml").starts_with('#'), "it is commented");
    folder.run_well(&["check", "problem.toml"]);
    folder.run_well(&["init", "deep/er"]);
    folder.run_well(&["check", "deep/er/problem.toml"]);
    // Again changes nothing; over work of one's own it refuses.
    folder.run_well(&["init"]);
    folder.write("problem.toml", "# my own\n");
    assert_snapshot!(
        folder.refusal_of(&["init"]),
        @"error: ./problem.toml: exists already with other content; move it away, choose another folder, or give --overwrite"
    );
    assert_eq!(folder.read("problem.toml"), "# my own\n");
}

#[test]
fn examples_are_listed() {
    let listed = Folder::empty().run_well(&["example"]).stdout;
    assert_snapshot!(listed, @r"
    two-states         interaction kernel and potential from two states at two couplings
    sparse-noisy       kernel and potential from 60 irregular, noisy points of each of two states
    branches           the same from two stable states of one equation
    kuramoto           interaction kernel of noisy oscillators, without a potential
    reaction-rate      reaction rate k(x) of a diffusion-reaction equation from one profile
    ants               potential from the directions of 100 ants
    turtles            potential from the directions of 76 turtles
    wind               potential from 310 wind directions
    kuramoto-states    steady states of noisy oscillators, everything known (for `solve`)
    kuramoto-branches  all steady states of oscillators with two harmonics (for `branches`)
    ");
    assert_eq!(listed.lines().count(), EXAMPLES.len());
}

#[test]
fn examples_are_written_and_in_order() {
    let folder = Folder::empty();
    for name in EXAMPLES {
        let run = folder.run_well(&["example", name]);
        let verb = match name {
            "kuramoto-states" => "solve",
            "kuramoto-branches" => "branches",
            _ => "recover",
        };
        assert!(run.stdout.contains(&format!("next: lacuna {verb} {name}/problem.toml")));
        folder.run_well(&["check", &format!("{name}/problem.toml")]);
    }
    folder.run_well(&["example", "kuramoto", "--out", "elsewhere"]);
    folder.run_well(&["recover", "elsewhere/problem.toml"]);
}

#[test]
fn an_unknown_example_gets_the_nearest_suggested() {
    let folder = Folder::empty();
    assert_snapshot!(
        folder.refusal_of(&["example", "two-state"]),
        @"error: no built-in example `two-state`; did you mean `two-states`?"
    );
    assert_snapshot!(
        folder.refusal_of(&["example", "heat"]),
        @"error: no built-in example `heat`; allowed here: `two-states`, `sparse-noisy`, `branches`, `kuramoto`, `reaction-rate`, `ants`, `turtles`, `wind`, `kuramoto-states`, `kuramoto-branches`"
    );
}

#[test]
fn check_says_what_will_be_done() {
    let folder = Folder::new();
    let run = folder.run_well(&["check", "problem.toml"]);
    assert_snapshot!(run.stdout, @r"
    problem.toml: in order
      equation     aggregation-diffusion
      domain       [0, 6.283185307179586], periodic, 32 cells
      known        V (external potential)
                   diffusion (diffusion coefficient σ)
                   coupling (interaction strength κ)
      unknown      W (interaction kernel): Fourier series, 4 modes, even, 4 parameters, up to a constant
      experiments  state.csv: 32 points, diffusion = 1, coupling = 2.24019372387009; mass 1.0000
      method       minimise the log-fixed-point residual by projection, one direct solve or start
      ready for    recover, diagnose, design
    ");
    assert!(!folder.path("lacuna-out").exists(), "it writes nothing");
}

/// What `diagnose` and `design` accept is in order.
#[test]
fn check_accepts_planned_measurements() {
    let ready = |folder: &Folder| {
        let run = folder.run_well(&["check", "problem.toml", "--json"]);
        let verdict: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        [verdict["ready_for"].clone(), verdict["not_for"].clone()].map(|list| list.to_string())
    };
    let planned = Folder::new().edit("data = \"state.csv\"", "points = 12");
    let [accepting, refusing] = ready(&planned);
    assert_eq!(accepting, r#"["diagnose","design"]"#);
    assert!(refusing.contains("recover: problem.toml:19: experiment 1 has no data"), "{refusing}");
    planned.run_well(&["diagnose", "problem.toml"]);
    let run = planned.run_well(&["check", "problem.toml"]);
    assert!(run.stdout.contains("  experiments  1: 12 planned points, diffusion = 1"), "{run:?}");
    // Without experiments at all something can be designed, and nothing diagnosed.
    let text = planned.read("problem.toml");
    let (head, rest) = text.split_once("[[experiments]]").unwrap();
    let tail = rest.find("\n[").map_or("", |at| &rest[at..]);
    planned.write("problem.toml", &format!("{head}{tail}"));
    assert_eq!(ready(&planned)[0], r#"["design"]"#);
    // What no command accepts is refused as by the first that could.
    let nothing = planned.edit("[functions.W]", "[design]\nbudget = 0.5\n[functions.W]");
    let refusal = nothing.refusal_of(&["check", "problem.toml"]);
    assert_eq!(refusal, nothing.refusal_of(&["recover", "problem.toml"]));
}

#[test]
fn check_runs_on_the_built_in_example_and_leaves_nothing() {
    let folder = Folder::empty();
    let run = folder.run_well(&["check"]);
    assert!(run.stdout.starts_with("built-in example two-states: in order"), "{}", run.stdout);
    assert!(run.stdout.contains("best of 8 random starts"), "{}", run.stdout);
    assert_eq!(std::fs::read_dir(folder.path(".")).unwrap().count(), 0);
}

#[test]
fn solve_runs_on_the_built_in_example() {
    let folder = Folder::empty();
    let run = folder.run_well(&["solve"]);
    assert_eq!(run.stdout.matches("converged").count(), 2, "{}", run.stdout);
    for state in ["1", "2"] {
        let (header, columns) =
            read_csv(&folder.path(&format!("lacuna-out-solve/states/{state}.csv")));
        assert_eq!(header, "x,value");
        assert_eq!(columns[0].len(), 256);
        assert!(columns[1].iter().all(|&u| u > 0.0));
    }
}

/// The recovered model under a coupling that was not in the data: W = −cos is known here, so
/// u = exp(a cos x)/Z with a = κR.
#[test]
fn solve_predicts_with_a_recovered_model() {
    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml"]);
    let model = "lacuna-out/model.json";
    let run = folder.run_well(&["solve", model, "--set", "coupling=3.0", "--out", "stronger"]);
    assert!(run.stdout.contains("coupling = 3"), "{}", run.stdout);
    let (_, columns) = read_csv(&folder.path("stronger/states/1.csv"));
    let cell = columns[0][1] - columns[0][0];
    let moment = columns[0].iter().zip(&columns[1]).map(|(x, u)| u * x.cos());
    let order = cell * moment.sum::<f64>();
    let peak = columns[1][0];
    for (x, u) in columns[0].iter().zip(&columns[1]) {
        let expected = peak * (3.0 * order * (x.cos() - 1.0)).exp();
        assert!((u - expected).abs() < 1e-7, "u({x}) = {u}, not {expected}");
    }
    assert!(order > 0.6, "more concentrated than at κ = 2.24: R = {order}");

    // Two settings at once, and the folder may have moved.
    std::fs::rename(folder.path(model), folder.path("moved.json")).unwrap();
    std::fs::remove_file(folder.path("state.csv")).unwrap();
    folder.run_well(&["solve", "moved.json", "--set", "coupling=1.5", "--set", "diffusion=0.5"]);
}

#[test]
fn solve_that_does_not_converge_is_exit_code_1() {
    let folder = Folder::empty();
    folder.run_well(&["example", "kuramoto-states"]);
    let path = "kuramoto-states/problem.toml";
    let text = folder.read(path).replace("[solve]", "[solve]\nmax_iterations = 1");
    folder.write(path, &text);
    let run = folder.run(&["solve", path]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(
        folder.read_json("lacuna-out-solve/summary.json")["states"][0]["stop"],
        "max-iterations"
    );
}

#[test]
fn solve_refuses_what_it_cannot_set_or_solve() {
    let folder = Folder::new();
    assert_snapshot!(
        folder.refusal_of(&["solve", "problem.toml", "--set", "couplin=1"]),
        @"error: --set couplin=1: the equation has no scalar `couplin`; did you mean `coupling`?"
    );
    assert_snapshot!(
        folder.refusal_of(&["solve", "problem.toml", "--set", "diffusion=-1"]),
        @"error: --set diffusion=-1: `model.diffusion` must be positive, but is -1"
    );
    assert_snapshot!(
        folder.refusal_of(&["solve", "problem.toml", "--set", "coupling"]),
        @r"
    error: invalid value 'coupling' for '--set <NAME=VALUE>': write NAME=VALUE, e.g. coupling=0.15

    For more information, try '--help'.
    "
    );
    assert_snapshot!(
        folder.refusal_of(&["solve", "problem.toml", "--set", "coupling=strong"]),
        @r"
    error: invalid value 'coupling=strong' for '--set <NAME=VALUE>': `strong` is not a number

    For more information, try '--help'.
    "
    );
    assert_snapshot!(
        folder.refusal_of(&["solve", "problem.toml"]),
        @"error: problem.toml: `W` is unknown, and steady states need every function; give it an `expression` or `table`, or `recover` it and solve the resulting model.json"
    );
}

#[test]
fn a_model_that_is_none_is_refused() {
    let folder = Folder::empty();
    folder.write("model.json", "{}");
    assert_snapshot!(
        folder.refusal_of(&["solve", "model.json"]),
        @"error: model.json: not a usable model: has no `schema`"
    );
    folder.write("model.json", r#"{"schema": "lacuna-model/9"}"#);
    assert_snapshot!(
        folder.refusal_of(&["solve", "model.json"]),
        @"error: model.json: not a usable model: has schema `lacuna-model/9`, and this version of lacuna reads `lacuna-model/2`"
    );
    folder.write("model.json", "[model]\nkind = \"aggregation-diffusion\"\n");
    assert_snapshot!(
        folder.refusal_of(&["solve", "model.json"]),
        @"error: model.json:1: not a usable model: it is not JSON; the name of a problem file ends in .toml"
    );
    let missing = folder.refusal_of(&["solve", "nothing.json"]);
    assert!(missing.starts_with("error: nothing.json: "), "{missing}");
}

/// Parameters that do not fit the problem beside them.
#[test]
fn a_damaged_model_is_refused() {
    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml"]);
    let mut model = folder.read_json("lacuna-out/model.json");
    model["recovered"]["W"]["theta"].as_array_mut().unwrap().pop();
    folder.write("model.json", &model.to_string());
    let run = folder.run(&["solve", "model.json"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_snapshot!(
        run.stderr,
        @"error: model.json: not a usable model: `W` has 3 parameters, and its function class needs 4"
    );
}

/// Numbers of a model that do not belong together, or are none.
#[test]
fn a_model_whose_numbers_cannot_be_is_refused_by_key() {
    let folder = Folder::new().edit("formulation = \"auto\"", "formulation = \"steady-state\"");
    folder.run_well(&["recover", "problem.toml", "--out", "fitted"]);
    let model = folder.read_json("fitted/model.json");
    assert!(model["posterior"]["covariance"].as_array().is_some_and(|c| c.len() > 2), "{model}");
    folder.run_well(&["predict", "fitted/model.json", "--out", "predicted"]);
    for (key, value, words) in [
        ("/states/0/32", None, "`states[0]` has 31 values, and the grid has 32"),
        ("/states", Some("[[], []]"), "`states` has 2 entries, and there are 1 experiments"),
        ("/units/length", Some("-1.0"), "`units` have to be positive"),
        (
            "/posterior/covariance/1",
            Some("1e17"),
            "`posterior.covariance` is not that of a posterior",
        ),
        (
            "/posterior/covariance/0",
            Some("-1.0"),
            "`posterior.covariance` is not that of a posterior",
        ),
        (
            "/posterior/covariance/0",
            Some("1e300"),
            "`posterior.covariance` is not that of a posterior",
        ),
        ("/posterior/covariance", Some("[1.0]"), "`posterior.covariance` has 1 entries"),
        ("/posterior/unknowns/0/modes", Some("1000000000000"), "more modes than the grid"),
        ("/posterior/unknowns/0/resolution", Some("1000000000000"), "more modes than the grid"),
        ("/posterior/unknowns/0/unit", Some("0.0"), "its numbers have to be positive"),
    ] {
        let mut changed = model.clone();
        match value {
            Some(value) => {
                *changed.pointer_mut(key).unwrap() = serde_json::from_str(value).unwrap()
            }
            None => drop(changed["states"][0].as_array_mut().unwrap().pop()),
        }
        folder.write("model.json", &changed.to_string());
        let refusal = folder.refusal_of(&["predict", "model.json", "--out", "other"]);
        assert!(refusal.contains(words), "{key}: {refusal}");
    }
}

/// A wall in what is added to V leaves no derivative to make bands with.
#[test]
fn a_push_that_is_not_finite_is_refused() {
    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml", "--out", "fitted"]);
    let refusal =
        folder.refusal_of(&["predict", "fitted/model.json", "--push", "1/x", "--out", "other"]);
    assert!(refusal.contains("push is inf at x = 0"), "{refusal}");
}
