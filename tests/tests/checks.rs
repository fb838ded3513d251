//! Checks and profiles through problem files: the examples of docs/checks.md as a reader would run them,
//! scalars with few data, and mistakes in `[diagnose] profiles`.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../../crates/lacuna/tests/support/random.rs"]
mod random;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use lacuna::core::Flow;
use lacuna::problem::Problem;
use lacuna::{DiagnosePlan, Recovery, Summary, recover};
use random::Random;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn run(text: &str, folder: &Path) -> Recovery {
    let loaded = Problem::from_str(text, folder).unwrap();
    recover(&loaded, &|_| Flow::Continue).unwrap()
}

#[test]
fn the_examples_of_the_documentation_have_the_outcomes_it_gives() {
    let text = fs::read_to_string(root().join("docs/checks.md")).unwrap();
    let mut seen = 0;
    for block in text.split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let recovery = run(block, root());
        for line in block.lines().map_while(|line| line.strip_prefix("# ")) {
            let (what, outcome) = line.split_once(": ").unwrap();
            let (check, of) = what.split_once(' ').unwrap_or((what, ""));
            let found = recovery.checks.list.iter().find(|c| c.check == check && c.of == of);
            let found = found.unwrap_or_else(|| panic!("{line}: no such check"));
            assert_eq!(found.failed, outcome == "failed", "{found:?}");
            assert_eq!(found.failed, found.remedy.is_some());
            seen += 1;
        }
        if block.contains("profiles") {
            let profiles = &recovery.diagnosis.as_ref().unwrap().profiles;
            let quantities: Vec<&str> = profiles.iter().map(|p| p.quantity.as_str()).collect();
            let expected =
                ["W(0.25)", "coefficient of cosine 1 of W", "coefficient of sine 1 of V"];
            assert_eq!(quantities[..3], expected);
            // The truth: W = −cos 2πr, V = 0.1 sin 2πx.
            for (profile, truth) in profiles.iter().zip([0.0, -1.0, 0.1]) {
                let [lower, upper] = profile.interval.map(Option::unwrap);
                let wide = upper - lower;
                assert!((lower - wide..upper + wide).contains(&truth), "{}", profile.text);
            }
        }
        let failed = recovery.checks.list.iter().filter(|c| c.failed).count();
        assert_eq!(recovery.checks.failed, failed);
        assert!(failed == 0 || recovery.warnings.len() >= failed, "{:?}", recovery.warnings);
        let summary = serde_json::to_value(Summary::new(&recovery)).unwrap();
        let list = summary["checks"]["list"].as_array().unwrap();
        assert_eq!(list.len(), recovery.checks.list.len());
    }
    assert!(seen >= 13, "{seen} outcomes in the documentation");
}

/// Twenty right models, a(x) from ten values with errors of 1 %: 0.02 of alarms each, so that more than
/// two in twenty come once in a hundred and forty suites.
#[test]
fn right_models_with_few_data_raise_no_alarm() {
    const SETS: u64 = 20;
    let known = "[model]\nkind = \"diffusion-reaction\"\n[domain]\nboundary = \"dirichlet\"\n\
                 cells = [CELLS]\n[functions.k]\nexpression = \"0.5\"\n[functions.f]\n\
                 expression = \"1\"\n[[experiments]]\nboundary_values = [0, 0.3]\n";
    let truth = known.replace("CELLS", "800")
        + "[functions.a]\nexpression = \"0.4*exp(0.5*sin(2*pi*x))\"\n";
    let setup = lacuna::Setup::new(&Problem::from_str(&truth, root()).unwrap()).unwrap();
    let state = lacuna::solve(&setup, &[], &mut |_, _| Flow::Continue).unwrap().remove(0);
    let sd = 0.01 * state.u.iter().fold(0.0, |a: f64, u| a.max(*u));
    let mut alarms = Vec::new();
    for set in 0..SETS {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Random(set);
        let mut rows = "x,u,sd\n".to_owned();
        for _ in 0..10 {
            let node = (random.uniform() * 800.0) as usize;
            let u = state.u[node] + sd * random.normal();
            writeln!(rows, "{},{u},{sd}", state.x[node]).unwrap();
        }
        fs::write(folder.path().join("state.csv"), rows).unwrap();
        let text = known.replace("CELLS", "100") + "data = \"state.csv\"\n";
        let text = text + "[functions.a]\nsurrogate = \"fourier\"\nconstraint = \"positive\"\n";
        let checks = run(&text, folder.path()).checks;
        assert!(checks.list.iter().any(|c| c.check == "held-out-data" && c.p.is_some()));
        alarms.extend(checks.list.into_iter().filter(|c| c.failed).map(|c| (set, c.text)));
    }
    let mut sets: Vec<u64> = alarms.iter().map(|(set, _)| *set).collect();
    sets.dedup();
    assert!(sets.len() <= 2, "{alarms:#?}");
}

/// a(x) from two states under a source that is told wrong; from one of them alone nothing can be said of
/// the equation.
#[test]
fn a_right_equation_is_not_contradicted_by_two_states() {
    let folder = tempfile::tempdir().unwrap();
    let problem = |a: &str, source: &str, states: &[[f64; 2]]| {
        let mut text = format!(
            "[model]\nkind = \"diffusion-reaction\"\n[domain]\nboundary = \"dirichlet\"\n\
             cells = [200]\n[functions.k]\nexpression = \"0.5\"\n[functions.f]\n\
             expression = \"{source}\"\n[functions.a]\n{a}\n"
        );
        for (e, ends) in states.iter().enumerate() {
            write!(text, "[[experiments]]\nboundary_values = {ends:?}\n").unwrap();
            if a.starts_with("surrogate") {
                writeln!(text, "data = \"{e}.csv\"").unwrap();
            }
        }
        text
    };
    let all = [[0.0, 0.3], [2.0, 0.3]];
    let truth = problem("expression = \"exp(0.5*sin(2*pi*x))\"", "1", &all);
    let setup = lacuna::Setup::new(&Problem::from_str(&truth, root()).unwrap()).unwrap();
    let states = lacuna::solve(&setup, &[], &mut |_, _| Flow::Continue).unwrap();
    let mut random = Random(7);
    for (e, state) in states.iter().enumerate() {
        let mut rows = "x,u,sd\n".to_owned();
        for node in (2..200).step_by(5) {
            writeln!(rows, "{},{},0.002", state.x[node], state.u[node] + 0.002 * random.normal())
                .unwrap();
        }
        fs::write(folder.path().join(format!("{e}.csv")), rows).unwrap();
    }
    let class = "surrogate = \"fourier\"\nconstraint = \"positive\"";
    let equation = |source: &str, states: &[[f64; 2]]| {
        let checks = run(&problem(class, source, states), folder.path()).checks;
        checks.list.into_iter().find(|c| c.check == "equation").unwrap()
    };
    let right = equation("1", &all);
    assert!(!right.failed, "{right:?}");
}

/// Values of u = e^(−V/σ)/Z, V = 0.1 cos 2πx, σ = 0.1, with errors ± 0.1 in a fixed pattern.
fn problem_of_a_scalar(folder: &Path, more: &str) -> String {
    let mut text = "x,u,sd\n".to_owned();
    // Z = I₀(1).
    let mass = 1.266_065_877_752;
    for i in 0..12 {
        let x = f64::from(i) / 12.0;
        let error = if i % 3 == 0 { 0.1 } else { -0.05 };
        let u = (-(std::f64::consts::TAU * x).cos()).exp() / mass + error;
        writeln!(text, "{x},{u},0.1").unwrap();
    }
    fs::write(folder.join("state.csv"), text).unwrap();
    format!(
        "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = {{ unknown = true, initial = 0.2 }}\n\
         coupling = 0.0\n[domain]\nboundary = \"periodic\"\ncells = [48]\n\
         [functions.W]\nexpression = \"0\"\n[functions.V]\nexpression = \"0.1*cos(2*pi*x)\"\n\
         [[experiments]]\ndata = \"state.csv\"\n{more}"
    )
}

#[test]
fn a_diagnosis_profiles_every_unknown_scalar() {
    let folder = tempfile::tempdir().unwrap();
    let text = problem_of_a_scalar(folder.path(), "");
    let loaded = Problem::from_str(&text, folder.path()).unwrap();
    let diagnosed = DiagnosePlan::new(&loaded).unwrap().run(&|| Flow::Continue).unwrap();
    let [profile] = diagnosed.profiles.as_slice() else { panic!("one profile") };
    assert_eq!(profile.quantity, "diffusion");
    let [lower, upper] = profile.interval.map(Option::unwrap);
    assert!(lower < 0.1 && 0.1 < upper && lower > 0.05 && upper < 0.2, "{}", profile.text);
    let summary = serde_json::to_value(diagnosed.summary()).unwrap();
    assert_eq!(summary["profiles"][0]["ends"][0], "crossed");

    // A recovery takes profiles only where the problem lists them.
    assert!(run(&text, folder.path()).diagnosis.unwrap().profiles.is_empty());
    let more = "[diagnose]\nprofiles = [{ function = \"diffusion\" }]\n";
    let listed = run(&problem_of_a_scalar(folder.path(), more), folder.path());
    let again = &listed.diagnosis.unwrap().profiles[0];
    let [other, _] = again.interval.map(Option::unwrap);
    assert!((other / lower - 1.0).abs() < 0.01, "{other} {lower}");
}

#[test]
fn without_data_there_is_nothing_to_profile() {
    let text = "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\n\
                coupling = { unknown = true, initial = 0.1 }\n\
                [domain]\nboundary = \"periodic\"\ncells = [48]\n\
                [functions.W]\nexpression = \"-cos(2*pi*x)\"\n\
                [functions.V]\nexpression = \"0.1*cos(2*pi*x)\"\n\
                [[experiments]]\nnoise = 0.01\n[truth]\ncoupling = 0.1\n\
                [diagnose]\nprofiles = [{ function = \"coupling\" }]\n";
    let loaded = Problem::from_str(text, root()).unwrap();
    let diagnosed = DiagnosePlan::new(&loaded).unwrap().run(&|| Flow::Continue).unwrap();
    assert!(diagnosed.profiles.is_empty());
    assert!(diagnosed.remarks.iter().any(|r| r.contains("profiles need data")));
}

#[test]
fn mistakes_in_profiles_name_the_key_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let fault = |entry: &str| {
        let more = format!("[diagnose]\nprofiles = [{entry}]\n");
        let text = problem_of_a_scalar(folder.path(), &more).replace(
            "[functions.V]\nexpression = \"0.1*cos(2*pi*x)\"",
            "[functions.V]\nsurrogate = \"fourier\"\nsymmetry = \"even\"",
        );
        Problem::from_str(&text, folder.path()).map(|_| ()).unwrap_err().to_string()
    };
    let cases = [
        ("{ function = \"W\" }", "an unknown: V, diffusion"),
        ("{ at = 0.5 }", "function"),
        ("{ function = \"V\" }", "one of `at = 0.25`"),
        ("{ function = \"V\", at = 0.5, mode = 1 }", "one of `at = 0.25`"),
        ("{ function = \"V\", from = 0.5 }", "one of `at = 0.25`"),
        ("{ function = \"V\", from = 0.5, to = 0.4 }", "above `from`, 0.5"),
        ("{ function = \"V\", mode = 0 }", "at least 1"),
        ("{ function = \"V\", mode = 1, wave = \"sine\" }", "no modes of that kind"),
        ("{ function = \"diffusion\", at = 0.5 }", "single number"),
        ("{ function = \"V\", mode = 1, wave = \"sinus\" }", "sine"),
    ];
    for (entry, expected) in cases {
        let found = fault(entry);
        assert!(found.contains(expected), "{entry}: {found}");
    }
}
