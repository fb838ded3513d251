//! Masses, conductivities and sources far from one: the same data in several units, and the right
//! answer in all of them.
//!
//! The data (folder `data`) are noisy values of known problems: two states of an
//! aggregation-diffusion equation, 60 points with 2 % of the mean; −(a u')' = f with f or a known, 60
//! points with 1 % of the largest u; −(a u')' + k u = f with u of order 1 and of order 100.

use std::path::Path;

use lacuna::identify::Verdict;
use lacuna::problem::Problem;
use lacuna::{DiagnosePlan, Flow, Recovery};

use super::support::{assert_recovered, error, function};

fn recover(text: &str) -> Recovery {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/units/data");
    let loaded = Problem::from_str(text, &data).unwrap();
    lacuna::recover(&loaded, &|_| Flow::Continue).unwrap()
}

fn verdict(recovery: &Recovery, name: &str) -> Verdict {
    recovery.diagnosis.as_ref().unwrap().verdict(name).unwrap()
}

/// The equation of both: data of mass M, W divided by it.
fn of_mass(mass: &str, experiments: &str) -> String {
    format!(
        r#"
        [model]
        kind = "aggregation-diffusion"
        diffusion = 0.1
        [domain]
        boundary = "periodic"
        cells = [128]
        [functions.W]
        surrogate = "fourier"
        symmetry = "even"
        [functions.V]
        surrogate = "fourier"
        {experiments}
        [truth]
        W = "(-cos(2*pi*x)+0.3*cos(4*pi*x))/{mass}"
        V = "0.1*sin(2*pi*x)+0.05*cos(4*pi*x)"
        "#
    )
}

#[test]
fn a_kernel_does_not_depend_on_the_unit_of_mass() {
    let found = ["1", "1000", "0.0001", "1e+06"].map(|mass| {
        let experiment = |k: usize, coupling: f64| {
            format!(
                "[[experiments]]\ndata = \"mass-{mass}-{k}.csv\"\ncoupling = {coupling}\nmass = \
                 {mass}\n"
            )
        };
        let experiments = experiment(1, 0.1) + &experiment(2, 0.2);
        let recovery = recover(&of_mass(mass, &experiments.replace("mass = 1\n", "mass = 1.0\n")));
        assert_recovered(&recovery, "W", 0.06);
        assert_recovered(&recovery, "V", 0.06);
        (error(&recovery, "W"), verdict(&recovery, "W"), recovery.checks.failed)
    });
    for other in &found[1..] {
        assert_eq!((other.1, other.2), (found[0].1, found[0].2));
        // The files hold 12 digits.
        assert!((other.0 - found[0].0).abs() < 1e-3 * found[0].0, "{found:?}");
    }
}

#[test]
fn a_plan_does_not_depend_on_the_unit_of_mass() {
    let found = ["1.0", "1e6"].map(|mass| {
        let noise = 0.01 * mass.parse::<f64>().unwrap();
        let own = format!("coupling = 0.1\npoints = 60\nmass = {mass}\nnoise = {noise:?}\n");
        let push = "push = \"0.2*cos(2*pi*x) + 0.1*sin(4*pi*x)\"\n";
        let experiments = format!("[[experiments]]\n{own}[[experiments]]\n{push}{own}");
        let loaded = Problem::from_str(&of_mass(mass, &experiments), Path::new(".")).unwrap();
        let mut loaded = loaded;
        loaded.problem.truth.clear();
        let found = DiagnosePlan::new(&loaded).unwrap().run(&|| Flow::Continue).unwrap();
        ["W", "V"].map(|name| found.verdict(name).unwrap())
    });
    assert_eq!(found[0], found[1]);
}

fn of_reaction(length: &str, functions: &str, data: &str, truth: &str) -> String {
    format!(
        r#"
        [model]
        kind = "diffusion-reaction"
        [domain]
        boundary = "dirichlet"
        length = [{length}]
        cells = [200]
        {functions}
        [[experiments]]
        data = {data}
        [truth]
        {truth}
        "#
    )
}

#[test]
fn a_conductivity_is_found_in_every_unit() {
    let problem = |length: &str, f: &str, data: &str, a: &str| {
        let functions = format!(
            "[functions.a]\nsurrogate = \"fourier\"\nmodes = 20\nconstraint = \"positive\"\n\
             [functions.k]\nexpression = \"0\"\n[functions.f]\nexpression = \"{f}\"\n"
        );
        let truth = format!("a = \"{a}*(1+0.5*sin(3*x/{length}))\"");
        recover(&of_reaction(length, &functions, &format!("\"{data}\""), &truth))
    };
    let plain = problem("1.0", "1.0", "forced.csv", "1.0");
    let water = problem("0.001", "0.001", "water.csv", "1e-09");
    for recovery in [&plain, &water] {
        assert_recovered(recovery, "a", 0.05);
        assert_eq!(recovery.checks.failed, 0, "{:?}", recovery.checks);
        assert_eq!(verdict(recovery, "a"), verdict(&plain, "a"));
    }
    assert_recovered(&problem("1.0", "1000000.0", "exact.csv", "1000000.0"), "a", 0.01);
}

#[test]
fn a_source_is_found_in_every_unit() {
    let problem = |length: &str, a: &str, data: &str, f: &str| {
        let functions = format!(
            "[functions.f]\nsurrogate = \"fourier\"\nmodes = 20\n[functions.k]\nexpression = \"0\"\n\
             [functions.a]\nexpression = \"{a}*(1+0.5*sin(3*x/{length}))\"\n"
        );
        recover(&of_reaction(length, &functions, &format!("\"{data}\""), &format!("f = \"{f}\"")))
    };
    let plain = problem("1.0", "1.0", "forced.csv", "1.0");
    let band = |recovery: &Recovery, f: f64| -> f64 {
        let band = function(recovery, "f").band.as_ref().unwrap();
        band.upper.iter().zip(&band.lower).map(|(a, b)| (a - b) / f).sum()
    };
    for (recovery, f) in [
        (&problem("0.05", "45.0", "heated.csv", "1439999.9999999998"), 1.44e6),
        (&problem("1.0", "1e-9", "slow.csv", "1e-9"), 1e-9),
        (&plain, 1.0),
    ] {
        assert_recovered(recovery, "f", 0.09);
        assert_eq!(verdict(recovery, "f"), verdict(&plain, "f"));
        let (own, expected) = (band(recovery, f), band(&plain, 1.0));
        assert!((own - expected).abs() < 0.02 * expected, "{own} {expected}");
    }
}

/// u of 50 to 100 and the same divided by 100.
#[test]
fn a_source_does_not_depend_on_the_unit_of_the_state() {
    let problem = |data: &str, ends: &str, unit: &str| {
        let functions = "[functions.a]\nexpression = \"1+0.5*sin(3*x)\"\n\
                         [functions.k]\nexpression = \"2+cos(4*x)\"\n\
                         [functions.f]\nsurrogate = \"fourier\"\nmodes = 20\n";
        let data = format!("\"{data}\"\nboundary_values = {ends}");
        let truth = format!("f = \"5*exp(-((x-0.4)/0.2)^2)*{unit}\"");
        recover(&of_reaction("1.0", functions, &data, &truth))
    };
    let small = problem("hundredths.csv", "[1.0, 0.5]", "1.0");
    let large = problem("degrees.csv", "[100.0, 50.0]", "100.0");
    assert_recovered(&small, "f", 0.09);
    assert_recovered(&large, "f", 0.09);
    assert!((error(&small, "f") - error(&large, "f")).abs() < 1e-3 * error(&small, "f"));
}
