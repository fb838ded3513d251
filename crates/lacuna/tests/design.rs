//! Designs of whole problems: what is chosen, what it is worth, and choosing again after measuring.
#![expect(clippy::unwrap_used, reason = "helper functions of tests fail by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use lacuna::problem::Problem;
use lacuna::{Designed, Flow, Stop, design};

/// Kernel and potential, nothing measured.
const FROM_NOTHING: &str = r#"
[model]
kind = "aggregation-diffusion"
diffusion = 0.1
coupling = 0.1

[domain]
boundary = "periodic"
length = [1.0]
cells = [64]

[functions.W]
surrogate = "fourier"
symmetry = "even"

[functions.V]
surrogate = "fourier"
"#;

fn designed(text: &str, folder: &Path) -> Designed {
    let loaded = Problem::from_str(text, folder).unwrap();
    design(&loaded, &|_| Flow::Continue).unwrap()
}

fn with(section: &str) -> String {
    format!("{FROM_NOTHING}\n{section}")
}

#[test]
fn a_design_keeps_its_budget_and_narrows_the_bands() {
    let text = with(
        r#"
        [design]
        budget = 30
        points = 16
        noise = { rms = 0.02 }
        truths = 3
        cost = 1.5
        [[design.experiments]]
        coupling = 0.05
        name = "weak"
        cost = 2
        [[design.experiments]]
        coupling = 0.3
        name = "strong, cold"
        cost = 2
        [[design.experiments]]
        push = "0.1*cos(4*pi*x)"
        cost = 60
        "#,
    );
    let found = designed(&text, ".".as_ref());
    assert!(found.cost <= 30.0 && found.stop == Stop::Converged);
    let measurements: usize = found.experiments.iter().map(|e| e.points).sum();
    assert_eq!(measurements, found.points.len());
    let spent: f64 = found.experiments.iter().map(|e| e.cost).sum();
    assert!((spent - found.cost).abs() < 1e-9);
    let open = found.experiments.iter().filter(|e| e.points > 0);
    let priced: f64 = open.map(|_| 2.0).sum::<f64>() + 1.5 * measurements as f64;
    assert!((priced - found.cost).abs() < 1e-9, "points and openings");
    assert_eq!(found.experiments[2].points, 0, "what costs more than there is stays closed");
    assert_eq!(found.gain.len(), measurements + 1);
    assert!(found.gain.windows(2).all(|pair| pair[1] < pair[0]));
    let bound = found.criterion.bound.unwrap();
    assert!(bound <= found.criterion.value && found.criterion.value < found.criterion.before);
    for unknown in &found.unknowns {
        assert!((unknown.relative_band.before - 1.96).abs() < 0.01, "the prior itself");
        assert!(unknown.relative_band.after < 0.8 * unknown.relative_band.before);
        assert!(unknown.sd.iter().zip(&unknown.sd_before).all(|(after, before)| after <= before));
    }
    // A criterion is what it says: the sum of the squares of relative standard deviations.
    let squares =
        found.unknowns.iter().map(|u| (u.relative_band.after / 1.959_963_984_540_054).powi(2));
    let sum: f64 = squares.sum();
    assert!((sum - found.criterion.value).abs() < 1e-9 * sum);
    let form = found.form();
    assert_eq!(form.lines().count(), measurements + 1);
    assert!(form.contains("\"strong, cold\",") || !form.contains("strong"));
    let json = serde_json::to_value(found.summary()).unwrap();
    for key in ["schema", "points", "experiments", "criterion", "bound", "gap", "predicted", "gain"]
    {
        assert!(!json[key].is_null(), "{key}");
    }
    assert_eq!(json["gain"][0][0], 0);
    assert_eq!(json["predicted"]["W"]["relative_band"], found.unknowns[0].relative_band.after);
}

#[test]
fn a_design_for_a_functional_determines_it_best() {
    let section = |criterion: &str| {
        with(&format!(
            "[design]\nbudget = 8\npoints = 32\nnoise = {{ rms = 0.02 }}\ntruths = 2\n{criterion}\n\
             [[design.experiments]]\ncoupling = 0.1\n[[design.experiments]]\ncoupling = 0.3\n"
        ))
    };
    let of = |what: &str| {
        let text = section(&format!("criterion = \"functional\"\nfunctional = {what}"));
        designed(&text, ".".as_ref())
    };
    let functionals = [
        "{ function = \"V\", at = 0.25 }",
        "{ function = \"V\", mode = 2 }",
        "{ function = \"W\", mode = 1 }",
        "{ function = \"V\", from = 0.1, to = 0.4 }",
    ];
    let mut places = Vec::new();
    for what in functionals {
        let found = of(what);
        assert!(found.criterion.value < 0.5 * found.criterion.before, "{what}");
        places.push(found.points);
    }
    assert!(places.windows(2).all(|pair| pair[0] != pair[1]), "each has its own design");
    // The integral over the whole circle is known: the function has zero mean.
    let whole = of("{ function = \"V\", from = 0.0, to = 1.0 }");
    assert!(whole.criterion.before < 1e-12);
}

#[test]
fn a_scalar_is_designed_for() {
    let text = with(
        "[design]\nbudget = 10\npoints = 16\ntruths = 3\nunknowns = \"coupling\"\n\
         [[design.experiments]]\npush = \"0.1*cos(2*pi*x)\"\n",
    );
    let text = text
        .replace("coupling = 0.1", "coupling = { unknown = true, initial = 0.1 }")
        .replace("[functions.V]\nsurrogate = \"fourier\"", "[functions.V]\nexpression = \"0\"")
        .replace(
            "[functions.W]\nsurrogate = \"fourier\"\nsymmetry = \"even\"",
            "[functions.W]\nexpression = \"-cos(2*pi*x)\"",
        );
    let found = designed(&text, ".".as_ref());
    let [coupling] = &found.unknowns[..] else { panic!("one unknown") };
    assert!(coupling.relative_band.after < 0.5 * coupling.relative_band.before);
    assert_eq!(found.points.len(), 10);
}

/// Positive rate of a diffusion-reaction equation: where the state vanishes nothing is seen of it.
#[test]
fn points_of_a_profile_keep_away_from_its_zeros() {
    let text = r#"
        [model]
        kind = "diffusion-reaction"
        [domain]
        boundary = "dirichlet"
        length = [1.0]
        cells = [80]
        [functions.a]
        expression = "0.01"
        [functions.f]
        expression = "-sin(2*pi*x)"
        [functions.k]
        surrogate = "network"
        constraint = "positive"
        [design]
        budget = 12
        points = 40
        noise = 0.02
        truths = 4
    "#;
    let found = designed(text, ".".as_ref());
    assert_eq!(found.points.len(), 12);
    let zeros = [0.0, 0.5, 1.0];
    let near = |x: f64| zeros.iter().any(|z| (x - z).abs() < 0.03);
    let at_zeros = found.points.iter().filter(|p| near(p.x)).count();
    assert!(at_zeros <= 1, "{:?}", found.points);
    assert!(found.unknowns[0].positive);
}

/// The true state with reproducible errors, as a file.
fn measure(folder: &Path, file: &str, coupling: f64, points: &[f64], seed: u64) {
    let loaded = Problem::from_str(
        &FROM_NOTHING
            .replace(
                "[functions.W]\nsurrogate = \"fourier\"\nsymmetry = \"even\"",
                "[functions.W]\nexpression = \"-cos(2*pi*x)-0.2*cos(4*pi*x)\"",
            )
            .replace(
                "[functions.V]\nsurrogate = \"fourier\"",
                "[functions.V]\nexpression = \"0.1*sin(2*pi*x)\"",
            )
            .replace("coupling = 0.1", &format!("coupling = {coupling}")),
        folder,
    )
    .unwrap();
    let setup = lacuna::Setup::new(&loaded).unwrap();
    let state = lacuna::solve(&setup, &[], &mut |_, _| Flow::Continue).unwrap().swap_remove(0);
    let exact = lacuna::grid::trigonometric_interpolation(0.0, 1.0, &state.u, points);
    let mut text = "x,u,sd\n".to_owned();
    let mut numbers = seed;
    for (x, u) in points.iter().zip(exact) {
        numbers = numbers * 48_271 % 0x7fff_ffff;
        let error = 0.02 * 3f64.sqrt() * (2.0 * numbers as f64 / f64::from(0x7fff_ffff_u32) - 1.0);
        writeln!(text, "{x},{},0.02", u + error).unwrap();
    }
    fs::write(folder.join(file), text).unwrap();
}

#[test]
fn choose_measure_and_choose_again() {
    let folder = tempfile::tempdir().unwrap();
    let pilot: Vec<f64> = (0..12).map(|i| f64::from(i) / 12.0).collect();
    for (file, coupling, seed) in [("a-1.csv", 0.05, 7), ("b-1.csv", 0.2, 8)] {
        measure(folder.path(), file, coupling, &pilot, seed);
    }
    let problem = |a: &str, b: &str| {
        with(&format!(
            "[[experiments]]\nname = \"a\"\ncoupling = 0.05\ndata = [{a}]\n\
             [[experiments]]\nname = \"b\"\ncoupling = 0.2\ndata = [{b}]\n\
             [design]\nbudget = 12\npoints = 32\ntruths = 4\n"
        ))
    };
    let first = designed(&problem("\"a-1.csv\"", "\"b-1.csv\""), folder.path());
    assert_eq!(first.nominal, "fit");
    assert!(first.noise.contains("as in the data"), "{}", first.noise);
    assert!(first.experiments.iter().all(|e| e.has_data && e.data_x.len() == 12));
    assert_eq!(first.points.len(), 12);

    for (name, coupling, seed) in [("a", 0.05, 17), ("b", 0.2, 18)] {
        let own = first.points.iter().filter(|p| p.experiment == name);
        let x: Vec<f64> = own.map(|p| p.x).collect();
        if !x.is_empty() {
            measure(folder.path(), &format!("{name}-2.csv"), coupling, &x, seed);
        }
    }
    let files = |name: &str| {
        let second = format!("{name}-2.csv");
        let there = folder.path().join(&second).exists();
        if there { format!("\"{name}-1.csv\", \"{second}\"") } else { format!("\"{name}-1.csv\"") }
    };
    let second = designed(&problem(&files("a"), &files("b")), folder.path());
    let data: usize = second.experiments.iter().map(|e| e.data_x.len()).sum();
    assert_eq!(data, 36);
    for (before, now) in first.unknowns.iter().zip(&second.unknowns) {
        // What the first design promised is where the second begins, but for what the data changed
        // of the fit and its prior.
        let ratio = now.relative_band.before / before.relative_band.after;
        assert!((0.5..2.0).contains(&ratio), "{}: {ratio}", now.name);
        assert!(now.relative_band.after < now.relative_band.before);
    }
}

#[test]
fn an_interruption_leaves_a_design() {
    let text = with(
        "[design]\nbudget = 6\npoints = 16\ntruths = 4\n[[design.experiments]]\ncoupling = 0.2\n",
    );
    let loaded = Problem::from_str(&text, ".".as_ref()).unwrap();
    let found = design(&loaded, &|_| Flow::Stop).unwrap();
    assert_eq!(found.stop, Stop::Interrupted);
    assert_eq!((found.points.len(), found.truths), (6, 1));
    assert_eq!(found.criterion.bound, None);
}

#[test]
fn what_makes_no_sense_is_refused_with_place_and_remedy() {
    let message = |section: &str| {
        let text = with(section);
        match Problem::from_str(&text, ".".as_ref()) {
            Err(error) => error.to_string(),
            Ok(loaded) => design(&loaded, &|_| Flow::Continue).unwrap_err().to_string(),
        }
    };
    let cases = [
        ("[design]\nbudget = 0", "`design.budget` must be positive"),
        ("[design]\nbudgte = 1", "unknown key `budgte` in [design]"),
        ("[design]\ncriterion = \"B\"", "`design.criterion` cannot be `B`"),
        ("[design]\ncriterion = \"functional\"", "functional = { function = \"W\", at = 0.25 }"),
        ("[design]\nfunctional = { function = \"W\", at = 0.1 }", "`criterion` is not"),
        (
            "[design]\ncriterion = \"functional\"\nfunctional = { function = \"U\", at = 0.1 }",
            "`design.functional.function` cannot be `U`",
        ),
        (
            "[design]\ncriterion = \"functional\"\nfunctional = { function = \"W\", at = 0.1, mode = 1 }",
            "either `at`, `mode`, or `from` and `to`",
        ),
        (
            "[design]\ncriterion = \"functional\"\nfunctional = { function = \"W\", mode = 99 }",
            "`design.functional.mode` must be at most 32",
        ),
        ("[design]\nunknowns = [\"W\", \"X\"]", "cannot be `X`"),
        ("[design]\npoints = 2.5", "`design.points` must be a whole number"),
        ("[design]\nnominal = \"fit\"", "data"),
        ("[design]\nnominal = \"truth\"", "[truth]"),
        ("[design]\nbudget = 0.5", "pays for no measurement: the cheapest costs 1"),
        ("[[design.experiments]]\ncost = -1", "must be 0 or positive"),
        ("[[design.experiments]]\npush = \"sin(\"", "design.experiments[1].push"),
        ("[[design.experiments]]\ndata = \"a.csv\"", "unknown key `data`"),
    ];
    for (section, expected) in cases {
        let found = message(section);
        assert!(found.contains(expected), "{section}\n{found}");
    }
}
