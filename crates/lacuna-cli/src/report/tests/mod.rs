//! Reports of made-up recoveries. `LACUNA_KEEP_REPORTS=DIR` keeps the files to look at.

mod sample;

use std::path::PathBuf;
use std::{env, fs};

use lacuna::{Argument, Recovery, Stop};

use super::{ReportInput, write};

struct Written {
    folder: PathBuf,
    html: String,
}

impl Written {
    fn plot(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join("plots").join(name)).unwrap()
    }

    fn plots(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.join("plots")).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Holds for every report.
    fn check(&self) {
        assert!(self.html.starts_with("<!DOCTYPE html>"));
        assert!(self.html.len() < 1_000_000, "{} bytes", self.html.len());
        for outside in ["src=", "href=", "<script", "@import", "url("] {
            assert!(!self.html.contains(outside), "loads or runs something: {outside}");
        }
        let names = self.plots();
        assert_eq!(self.html.matches("<svg ").count(), names.len());
        for name in &names {
            let svg = self.plot(name);
            assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{name}");
            for wrong in ["NaN", "inf", "id=", "2147483647", "-2147483648"] {
                assert!(!svg.contains(wrong), "{wrong} in {name}");
            }
            assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count(), "{name}");
            stays_on_canvas(&svg, name);
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if env::var_os("LACUNA_KEEP_REPORTS").is_none() {
            fs::remove_dir_all(&self.folder).ok();
        }
    }
}

/// Every point of every curve lies inside the view box.
fn stays_on_canvas(svg: &str, name: &str) {
    let view_box = svg.split("viewBox=\"0 0 ").nth(1).unwrap().split('"').next().unwrap();
    let size: Vec<i64> = view_box.split(' ').map(|n| n.parse().unwrap()).collect();
    for points in svg.split("points=\"").skip(1) {
        for point in points.split('"').next().unwrap().split_whitespace() {
            let (x, y) = point.split_once(',').unwrap();
            let (x, y): (i64, i64) = (x.parse().unwrap(), y.parse().unwrap());
            assert!((0..=size[0]).contains(&x) && (0..=size[1]).contains(&y), "{name}: {point}");
        }
    }
}

fn report(name: &str, recovery: &Recovery) -> Written {
    let keep = env::var_os("LACUNA_KEEP_REPORTS").map(PathBuf::from);
    let unique = format!("lacuna-report-{name}-{}", std::process::id());
    let folder = keep.map_or(env::temp_dir().join(unique), |root| root.join(name));
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let input = ReportInput {
        recovery,
        title: "two-states.toml",
        problem: sample::PROBLEM,
        settings: &[
            pair("formulation", "auto"),
            pair("optimiser", "auto"),
            pair("restarts", "8"),
            pair("max iterations", "200"),
            pair("tolerance", "1e-8"),
        ],
        versions: &[pair("lacuna", "0.1.0"), pair("target", "x86_64-unknown-linux-gnu")],
        command: "lacuna recover two-states.toml --out lacuna-out --seed 0",
        date: "2026-03-02 14:07 UTC",
    };
    write(&folder, &input).unwrap();
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    let written = Written { folder, html };
    written.check();
    written
}

#[test]
fn a_usual_report_has_all_sections_and_plots() {
    let written = report("usual", &sample::recovery());
    for text in [
        "Recovered functions",
        "Observed and predicted states",
        "The search",
        "Experiments",
        "Restarts",
        "How to reproduce this",
        "The best of 8 restarts converged to the requested accuracy.",
        "zero mean over its domain",
        "Figure 6.",
        "lacuna recover two-states.toml",
        "kind = &quot;aggregation-diffusion&quot;",
    ] {
        assert!(written.html.contains(text), "{text}");
    }
    let names = written.plots();
    assert_eq!(
        names,
        ["function-V", "function-W", "history", "state-1", "state-2", "waterfall"]
            .map(|name| format!("{name}.svg"))
    );
    assert!(written.plot("function-W.svg").contains("truth"));
}

#[test]
fn one_restart_without_truth_that_was_interrupted() {
    let mut recovery = sample::noisy();
    recovery.stop = Stop::Interrupted;
    recovery.restarts.truncate(1);
    recovery.restarts[0].stop = Stop::Interrupted.code();
    recovery.restarts[0].history.truncate(1);
    recovery.best_restart = 0;
    for f in &mut recovery.functions {
        (f.truth, f.relative_l2_error) = (None, None);
    }
    recovery.states[1].predicted = None;
    recovery.states[1].predicted_stop = Some(Stop::Diverged);
    let written = report("interrupted", &recovery);
    assert!(written.html.contains("was interrupted; the best result so far is kept"));
    assert!(written.html.contains("No steady state of the recovered equation was found"));
    assert!(!written.html.contains("error</th>"));
    assert!(!written.plots().contains(&"waterfall.svg".to_owned()));
}

#[test]
fn noisy_data_are_dots() {
    let written = report("noisy", &sample::noisy());
    assert!(written.plot("state-1.svg").matches("<circle").count() > 60);
}

#[test]
fn many_dense_experiments_stay_small() {
    let mut recovery = sample::recovery();
    let one = recovery.states[0].clone();
    recovery.states = (1..=20)
        .map(|k| {
            let mut state = one.clone();
            state.name = k.to_string();
            sample::refine(&mut state, 4000);
            state
        })
        .collect();
    let long: Vec<f64> = (0..15_000).map(|i| 1.0 / f64::from(i + 1).powi(2)).collect();
    for restart in &mut recovery.restarts {
        restart.history.clone_from(&long);
    }
    report("many", &recovery);
}

#[test]
fn names_and_texts_are_escaped() {
    let mut recovery = sample::recovery();
    let evil = "<img src=x onerror=\"alert('1')\"> & friends, ".repeat(6);
    recovery.functions[0].name.clone_from(&evil);
    recovery.states[0].name.clone_from(&evil);
    recovery.states[0].source = "../../<data>.csv".to_owned();
    recovery.states[0].conditions.push((evil.clone(), evil.clone()));
    recovery.warnings.push(evil);
    // `check` looks for `src=`, which is harmless here as text.
    let folder = env::temp_dir().join(format!("lacuna-report-evil-{}", std::process::id()));
    let input = ReportInput {
        recovery: &recovery,
        title: "</title><script>",
        problem: "</pre><script>",
        settings: &[],
        versions: &[],
        command: "lacuna recover '<x>'",
        date: "<today>",
    };
    write(&folder, &input).unwrap();
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    let written = Written { folder, html };
    for wrong in ["<img", "<script", "<today>", "<data>", "<x>"] {
        assert!(!written.html.contains(wrong), "{wrong}");
    }
    for name in written.plots() {
        assert!(name.len() < 100 && !name.contains(['<', '/', ' ']), "{name}");
        assert!(!written.plot(&name).contains("<img"));
    }
}

#[test]
fn odd_numbers_are_survived() {
    let mut recovery = sample::recovery();
    recovery.stop = Stop::NonFinite;
    recovery.cost = f64::NAN;
    // A constant, a function with holes, and a name that differs in case only.
    recovery.functions[0].values.fill(2.0);
    recovery.functions[0].truth = None;
    recovery.functions[1].values[10..20].fill(f64::NAN);
    recovery.functions[1].name = "w".to_owned();
    recovery.functions.push(sample::scalar());
    // A prediction far off, and one of NaN.
    if let Some(predicted) = &mut recovery.states[0].predicted {
        for (i, u) in predicted.iter_mut().enumerate() {
            *u *= 1e6 * (i as f64 / 10.0).sin();
        }
    }
    recovery.states[1].predicted = Some(vec![f64::NAN; recovery.states[1].x.len()]);
    recovery.restarts[0].history = vec![1.0, 0.0, f64::NAN, f64::INFINITY];
    recovery.restarts[0].cost = 0.0;
    recovery.restarts[1].cost = f64::NAN;
    recovery.restarts[2].history.clear();
    let written = report("odd", &recovery);
    assert!(written.html.contains("not a number"));
    assert!(written.plots().contains(&"function-w-2.svg".to_owned()));
    assert!(written.html.contains("0.10021 (truth 0.10000)"));
}

#[test]
fn nothing_at_all_is_survived() {
    let mut recovery = sample::recovery();
    recovery.functions = vec![sample::scalar()];
    assert_eq!(recovery.functions[0].argument, Argument::None);
    recovery.states.clear();
    recovery.restarts.clear();
    let written = report("nothing", &recovery);
    assert!(written.plots().is_empty());
}
