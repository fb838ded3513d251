//! Closed forms are fitted as written: estimates, standard errors, verdicts and checks.
//!
//! Right values for the files in `closed-forms/` were found by least squares without this project; other
//! data are simulated on a finer grid, with noise of their own.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/random.rs"]
mod random;

use std::path::Path;

use lacuna::identify::Verdict;
use lacuna::problem::Problem;
use lacuna::{Flow, RecoveredParameter, Recovery, Setup, Stop, Task, recover, write_recovery};
use random::Random;
use tempfile::TempDir;

fn from_text(text: &str, folder: &Path) -> lacuna::Result<Recovery> {
    recover(&Problem::from_str(text, folder)?, &|_| Flow::Continue)
}

/// A diffusion-reaction problem on [0, 1] with these functions and the data of `closed-forms/`.
fn of_file(functions: &str, experiment: &str) -> Recovery {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/closed-forms");
    from_text(&reaction(functions, experiment), &folder).unwrap()
}

fn reaction(functions: &str, experiment: &str) -> String {
    format!(
        "[model]\nkind = \"diffusion-reaction\"\n[domain]\nboundary = \"dirichlet\"\ncells = [200]\n\
         {functions}\n[[experiments]]\n{experiment}\n[fit]\nfolds = 0\n"
    )
}

fn known(name: &str, text: &str) -> String {
    format!("[functions.{name}]\nexpression = \"{text}\"\n")
}

fn form(name: &str, text: &str, parameters: &str) -> String {
    format!(
        "[functions.{name}]\nsurrogate = \"expression\"\nexpression = \"{text}\"\nparameters = {{ {parameters} }}\n"
    )
}

fn parameter<'a>(recovery: &'a Recovery, name: &str) -> &'a RecoveredParameter {
    let mut all = recovery.functions.iter().flat_map(|f| &f.parameters);
    all.find(|p| p.name == name).unwrap()
}

/// The estimate within `of_error` standard errors of `value`, and the standard error within 10 % of `error`.
fn expect(recovery: &Recovery, name: &str, value: f64, error: f64, of_error: f64) {
    let found = parameter(recovery, name);
    let words = found.in_words();
    assert!(found.determined, "{words}");
    assert!((found.value - value).abs() < of_error * error, "{words}, not {value}");
    let own = found.standard_error.unwrap();
    assert!((own / error - 1.0).abs() < 0.1, "{words}, not ± {error}");
    let [lower, upper] = found.interval.unwrap();
    assert!(lower < value && value < upper, "{words}");
}

fn verdict(recovery: &Recovery, name: &str) -> Verdict {
    recovery.diagnosis.as_ref().unwrap().verdict(name).unwrap()
}

const STEP: &str = "1 + (m - 1)*0.5*(sign(x - 0.25) - sign(x - 0.75))";

#[test]
fn a_layer_of_unknown_conductivity() {
    let layers =
        [STEP, "if(x < 0.25 or x > 0.75, 1, m)", "1 + (m - 1)*heaviside(0.25 - abs(x - 0.5))"];
    for text in layers {
        let functions = form("a", text, "m = 0.5") + &known("k", "0") + &known("f", "0");
        let recovery = of_file(&functions, "data = \"step.csv\"\nboundary_values = [0, 5.5]");
        assert_eq!(recovery.stop, Stop::Converged);
        // With the noise that the residuals show, 0.0454; with the true 0.05 the error is 0.0044.
        expect(&recovery, "m", 0.10034, 0.00397, 0.1);
        assert_eq!(verdict(&recovery, "a"), Verdict::Identified, "{text}");
        let a = &recovery.functions[0];
        let outer = a.x.iter().zip(&a.values).filter(|(x, _)| **x < 0.24 || **x > 0.76);
        assert!(outer.into_iter().all(|(_, a)| *a == 1.0), "known where it is known");
        // The mean over what is not known of it, where the residuals alone give 0.04538.
        let noise = recovery.states[0].measured.as_ref().unwrap().noise.unwrap();
        assert!((noise - 0.04538).abs() < 5e-4, "{noise}");
        assert_eq!(recovery.checks.failed, 0, "{:?}", recovery.checks);
    }
}

#[test]
fn two_parameters_from_noisy_and_from_exact_values() {
    let functions = form("a", "p + q*x", "p = 2.0, q = 0.5") + &known("k", "0") + &known("f", "1");
    let noisy = of_file(&functions, "data = \"noisy.csv\"");
    assert_eq!(noisy.stop, Stop::Converged);
    expect(&noisy, "p", 1.027, 0.026, 0.1);
    expect(&noisy, "q", 1.925, 0.073, 0.1);
    let square = noisy.states[0].measured.as_ref().unwrap().mean_square_residual.unwrap();
    assert!((square - 1.16).abs() < 0.01, "{square}");
    let correlation = parameter(&noisy, "p").correlations[1];
    assert!((-1.0..-0.5).contains(&correlation), "{correlation}");
    assert_eq!(verdict(&noisy, "a"), Verdict::Identified);

    let exact = of_file(&(functions + "[truth]\na = \"1 + 2*x\"\n"), "data = \"exact.csv\"");
    assert_eq!(exact.stop, Stop::Converged);
    assert!(
        exact.functions[0].relative_l2_error.unwrap() < 1e-6,
        "{:?}",
        exact.functions[0].parameters
    );
    assert!((parameter(&exact, "p").value - 1.0).abs() < 1e-6);
    assert!((parameter(&exact, "q").value - 2.0).abs() < 1e-6);
}

#[test]
fn a_step_of_the_reaction_rate() {
    let rate = form("k", "1 + (m - 1)*0.5*(1 + sign(x - 0.5))", "m = 5.0");
    let functions = known("a", "1") + &rate + &known("f", "10");
    let recovery = of_file(&functions, "data = \"kstep.csv\"");
    // From the solution in hyperbolic functions.
    expect(&recovery, "m", 20.0015, 0.02737, 0.1);
    let square = recovery.states[0].measured.as_ref().unwrap().mean_square_residual.unwrap();
    assert!((square - 0.87).abs() < 0.01, "{square}");
    assert_eq!(verdict(&recovery, "k"), Verdict::Identified);
    assert_eq!(recovery.checks.failed, 0, "{:?}", recovery.checks);
}

#[test]
fn a_form_that_misses_the_data_fails_its_checks() {
    // A constant cannot be a step from 1 to 20.
    let functions = known("a", "1") + &form("k", "m", "m = 5.0") + &known("f", "10");
    let recovery = of_file(&functions, "data = \"kstep.csv\"");
    assert!(recovery.checks.failed > 0, "{:?}", recovery.checks);
    let square = recovery.states[0].measured.as_ref().unwrap().mean_square_residual.unwrap();
    assert!(square > 20.0, "{square}");
    // So does a series of one mode for the network's work.
    let series = "[functions.k]\nsurrogate = \"fourier\"\nmodes = 1\n";
    let recovery = of_file(&(known("a", "1") + series + &known("f", "10")), "data = \"kstep.csv\"");
    assert!(recovery.checks.failed > 0, "{:?}", recovery.checks);
}

#[test]
fn parameters_that_act_together_or_not_at_all_are_named() {
    let f = known("k", "0") + &known("f", "1");
    let product =
        of_file(&(form("a", "p*q + b*x", "p = 1, q = 1.5, b = 1") + &f), "data = \"noisy.csv\"");
    assert_eq!(verdict(&product, "a"), Verdict::Structurally);
    assert!(!parameter(&product, "p").determined && !parameter(&product, "q").determined);
    expect(&product, "b", 1.925, 0.073, 0.3);
    let reasons = &product.diagnosis.as_ref().unwrap().unknowns[0].reasons;
    assert_eq!(reasons[0].code, "parameters-together");
    assert!(reasons[0].text.starts_with("p, q of a are not determined"), "{}", reasons[0].text);

    // A jump outside of the domain moves nothing.
    let outside =
        of_file(&(form("a", "1 + 2*x + (x > s)", "s = 1.5") + &f), "data = \"noisy.csv\"");
    assert_eq!(verdict(&outside, "a"), Verdict::Structurally);
    let s = parameter(&outside, "s");
    assert!(!s.determined && s.interval.is_none(), "{}", s.in_words());
    let reasons = &outside.diagnosis.as_ref().unwrap().unknowns[0].reasons;
    assert_eq!(reasons[0].code, "parameter-without-influence");
}

#[test]
fn a_form_that_starts_negative_is_refused_unless_it_is_constrained() {
    let rest = known("k", "0") + &known("f", "1");
    let text = reaction(&(form("a", "p + q*x", "p = 1, q = -2") + &rest), "data = \"noisy.csv\"");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/closed-forms");
    let error = from_text(&text, &folder).unwrap_err().to_string();
    assert!(error.contains("`a` has to be positive") && error.contains("constraint"), "{error}");
    let constrained = text.replace("parameters =", "constraint = \"positive\"\nparameters =");
    assert!(from_text(&constrained, &folder).unwrap().functions[0].values.iter().all(|a| *a > 0.0));
}

/// The steady state of a known problem on a grid of 1600 cells.
struct Truth {
    x: Vec<f64>,
    u: Vec<f64>,
}

impl Truth {
    fn new(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let setup = Setup::new(&Problem::from_str(text, folder.path()).unwrap()).unwrap();
        let state = lacuna::solve(&setup, &[], &mut |_, _| Flow::Continue).unwrap().swap_remove(0);
        assert!(state.stop.is_converged());
        Self { x: state.x, u: state.u }
    }

    fn at(&self, x: f64) -> f64 {
        let right = self.x.partition_point(|node| *node < x).clamp(1, self.x.len() - 1);
        let (a, b) = (self.x[right - 1], self.x[right]);
        self.u[right - 1] + (self.u[right] - self.u[right - 1]) * (x - a) / (b - a)
    }

    /// `count` values at random places within [0.02, 0.98] with this noise, as CSV.
    fn values(&self, count: usize, sd: f64, seed: u64) -> String {
        let mut random = Random(seed);
        let mut text = String::from("x,u,sd\n");
        for _ in 0..count {
            let x = 0.02 + 0.96 * random.uniform();
            text += &format!("{x},{},{sd}\n", self.at(x) + sd * random.normal());
        }
        text
    }

    /// Positions of `count` individuals distributed as the state, as CSV.
    fn positions(&self, count: usize, seed: u64) -> String {
        let mut random = Random(seed);
        let top = self.u.iter().copied().fold(0.0, f64::max);
        let mut text = String::from("x\n");
        let mut left = count;
        while left > 0 {
            let x = random.uniform();
            if top * random.uniform() < self.at(x) {
                text += &format!("{x}\n");
                left -= 1;
            }
        }
        text
    }
}

fn fit(text: &str, data: &str) -> Recovery {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("data.csv"), data).unwrap();
    from_text(text, folder.path()).unwrap()
}

/// Every parameter within three of its standard errors of the truth.
fn within(recovery: &Recovery, truth: &[(&str, f64)]) {
    assert_eq!(recovery.stop, Stop::Converged);
    for (name, value) in truth {
        let found = parameter(recovery, name);
        let error = found.standard_error.unwrap_or(0.0);
        assert!((found.value - value).abs() < 3.0 * error, "{}, not {value}", found.in_words());
    }
}

fn fine(text: &str) -> String {
    text.replace("cells = [200]", "cells = [1600]").replace("cells = [128]", "cells = [1600]")
}

/// Function, form, parameters as given, truth, true parameters.
type Case =
    (&'static str, &'static str, &'static str, &'static str, &'static [(&'static str, f64)]);

#[test]
fn other_forms_of_rates_sources_and_conductivities() {
    let cases: [Case; 4] = [
        ("k", "p*exp(-q*x)", "p = 20, q = 1", "8*exp(-2.5*x)", &[("p", 8.0), ("q", 2.5)]),
        (
            "f",
            "A*sin(w*x) + c",
            "A = 3, w = 5, c = 1",
            "10*sin(6*x) + 4",
            &[("A", 10.0), ("w", 6.0), ("c", 4.0)],
        ),
        ("a", "exp(b*x)*c", "b = 0.1, c = 1", "0.4*exp(1.5*x)", &[("b", 1.5), ("c", 0.4)]),
        (
            "a",
            "if(x < s, 1, m)",
            "s = 0.5, m = 1.5",
            "if(x < 0.613, 1, 0.3)",
            &[("s", 0.613), ("m", 0.3)],
        ),
    ];
    for (i, (name, text, start, truth, values)) in cases.into_iter().enumerate() {
        let others = [("a", "1"), ("k", "3"), ("f", "10")];
        let rest: String =
            others.iter().filter(|(n, _)| *n != name).map(|(n, t)| known(n, t)).collect();
        let solved =
            fine(&reaction(&(rest.clone() + &known(name, truth)), "boundary_values = [1, 2]"));
        let data = Truth::new(&solved).values(100, 0.01, 7 + i as u64);
        let experiment = "data = \"data.csv\"\nboundary_values = [1, 2]";
        let recovery = fit(&reaction(&(rest + &form(name, text, start)), experiment), &data);
        within(&recovery, values);
        assert_eq!(recovery.checks.failed, 0, "{text}: {:?}", recovery.checks);
    }
}

fn aggregation(functions: &str, experiment: &str) -> String {
    format!(
        "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\ncoupling = 0.15\n[domain]\nboundary = \"periodic\"\ncells = [128]\n\
         {functions}\n[[experiments]]\n{experiment}\n[fit]\nfolds = 0\n"
    )
}

#[test]
fn a_kernel_in_closed_form_from_values_counts_and_positions() {
    let kernel = |text: &str| known("W", text) + &known("V", "0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)");
    let truth = Truth::new(&fine(&aggregation(&kernel("-1.2*cos(2*pi*x)"), "")));
    let unknown =
        form("W", "-A*cos(2*pi*x)", "A = 0.5") + &known("V", "0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)");
    let text = aggregation(&unknown, "data = \"data.csv\"");
    for data in [truth.values(80, 0.03, 3), truth.positions(2000, 4)] {
        let recovery = fit(&text, &data);
        within(&recovery, &[("A", 1.2)]);
        assert_eq!(verdict(&recovery, "W"), Verdict::Identified);
    }
}

#[test]
fn a_closed_form_beside_a_series_shares_its_posterior() {
    let potential = "0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)";
    let solve = |coupling: &str| {
        let known = known("W", "-1.2*cos(2*pi*x)") + &known("V", potential);
        Truth::new(&fine(&aggregation(&known, &format!("coupling = {coupling}"))))
    };
    let folder = TempDir::new().unwrap();
    for (i, coupling) in ["0.05", "0.2"].into_iter().enumerate() {
        let data = solve(coupling).values(120, 0.02, 11 + i as u64);
        std::fs::write(folder.path().join(format!("{}.csv", i + 1)), data).unwrap();
    }
    let functions =
        form("W", "-A*cos(2*pi*x)", "A = 0.5") + "[functions.V]\nsurrogate = \"fourier\"\n";
    let experiments =
        "data = \"1.csv\"\ncoupling = 0.05\n[[experiments]]\ndata = \"2.csv\"\ncoupling = 0.2";
    let recovery = from_text(&aggregation(&functions, experiments), folder.path()).unwrap();
    within(&recovery, &[("A", 1.2)]);
    let error = parameter(&recovery, "A").standard_error.unwrap();
    assert!((0.005..0.5).contains(&error), "{error}");
    let (w, v) = (&recovery.functions[0], &recovery.functions[1]);
    // The band of W is that of A, and V has one from its modes.
    let band = w.band.as_ref().unwrap();
    let widest = band.upper.iter().zip(&band.lower).map(|(a, b)| 0.5 * (a - b)).fold(0.0, f64::max);
    assert!((widest / (1.96 * error) - 1.0).abs() < 0.02, "{widest} {error}");
    assert!(w.prior.is_none() && v.prior.is_some() && v.parameters.is_empty());
    let out = TempDir::new().unwrap();
    write_recovery(out.path(), &recovery).unwrap();
    let csv = std::fs::read_to_string(out.path().join("functions/W-parameters.csv")).unwrap();
    assert!(
        csv.starts_with("parameter,value,standard_error,lower,upper,determined\nA,1."),
        "{csv}"
    );
}

#[test]
fn sizes_and_starts_of_parameters_do_not_matter() {
    // The same closed form with parameters of size 1e-6 and 1e6, started far off.
    let rest = known("k", "0") + &known("f", "1");
    let of = |text: &str, start: &str| {
        of_file(&(form("a", text, start) + &rest), "data = \"noisy.csv\"")
    };
    let plain = of("p + q*x", "p = 2.0, q = 0.5");
    let scaled = of("1e6*p + 1e-6*q*x", "p = 9e-6, q = 3e5");
    for (name, factor) in [("p", 1e-6), ("q", 1e6)] {
        let (a, b) = (parameter(&plain, name), parameter(&scaled, name));
        assert!(
            (b.value / factor - a.value).abs() < 1e-3 * a.standard_error.unwrap(),
            "{}",
            b.in_words()
        );
        assert!(
            (b.standard_error.unwrap() / factor / a.standard_error.unwrap() - 1.0).abs() < 1e-3
        );
    }
}

#[test]
fn profiles_of_parameters_are_taken_and_close_to_normal_intervals() {
    let functions = form("a", "p + q*x", "p = 2.0, q = 0.5") + &known("k", "0") + &known("f", "1");
    let profiles = "[diagnose]\nprofiles = [{ function = \"a\", parameter = \"q\" }]\n";
    let recovery = of_file(&(functions.clone() + profiles), "data = \"noisy.csv\"");
    let profile = &recovery.diagnosis.as_ref().unwrap().profiles[0];
    assert_eq!(profile.quantity, "q of a");
    let [lower, upper] = parameter(&recovery, "q").interval.unwrap();
    let [from, to] = profile.interval.map(Option::unwrap);
    assert!((from - lower).abs() < 0.1 * (upper - lower), "{from} {lower}");
    assert!((to - upper).abs() < 0.1 * (upper - lower), "{to} {upper}");

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/closed-forms");
    let wrong = profiles.replace("\"q\"", "\"z\"");
    let text = reaction(&(functions + &wrong), "data = \"noisy.csv\"");
    let error = Problem::from_str(&text, &folder).unwrap_err().to_string();
    assert!(error.contains("a parameter of the closed form: p, q"), "{error}");
}

#[test]
fn an_absurd_misfit_is_a_failure_that_says_so() {
    // Data of 22 beside boundary values of 0, whatever the noise is said to be.
    let rest = known("k", "0") + &known("f", "1");
    let mut random = Random(5);
    let mut data = |sd: &str| {
        let mut text = format!("x,u{}\n", if sd.is_empty() { "" } else { ",sd" });
        for i in 0..40 {
            let x = 0.02 + 0.024 * f64::from(i);
            let u = 22.0 + x + 0.05 * random.normal();
            text += &format!("{x},{u}{sd}\n");
        }
        text
    };
    for sd in ["", ",0.05"] {
        let text = reaction(
            &(form("a", "p", "p = 1") + &rest),
            "data = \"data.csv\"\nboundary_values = [0, 0]",
        );
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("data.csv"), data(sd)).unwrap();
        let loaded = Problem::from_str(&text, folder.path()).unwrap();
        let recovery = Task::new(&loaded).unwrap().run(&|_| Flow::Continue).unwrap();
        assert_eq!(recovery.stop, Stop::Misfit, "{sd}");
        assert!(!recovery.is_converged());
        let said = &recovery.warnings[0];
        assert!(said.contains("does not describe experiment 1"), "{said}");
        assert!(said.contains("boundary values"), "{said}");
    }
}

/// 200 quick data sets: intervals cover as often as they say, with known and with unknown noise.
#[test]
fn intervals_cover() {
    let functions = |a: &str| a.to_owned() + &known("k", "0") + &known("f", "1");
    let truth = Truth::new(&fine(&reaction(&functions(&known("a", "1 + 2*x")), "")));
    let folder = TempDir::new().unwrap();
    let mut covered = [0; 2];
    let sets = 200;
    for seed in 0..sets {
        let data = truth.values(15, 0.002, 1000 + seed);
        // Every other set does not tell its noise.
        let data = if seed % 2 == 0 {
            data
        } else {
            let rows = data.lines().map(|line| line.rsplit_once(',').unwrap().0);
            rows.collect::<Vec<_>>().join("\n") + "\n"
        };
        std::fs::write(folder.path().join("data.csv"), data).unwrap();
        let text =
            reaction(&functions(&form("a", "p + q*x", "p = 2, q = 0.5")), "data = \"data.csv\"")
                .replace("cells = [200]", "cells = [50]")
                .replace("folds = 0", "folds = 0\nrestarts = 1");
        let recovery = from_text(&text, folder.path()).unwrap();
        let [lower, upper] = parameter(&recovery, "p").interval.unwrap();
        covered[(seed % 2) as usize] += usize::from(lower <= 1.0 && 1.0 <= upper);
    }
    // 100 of each: binomial, standard deviation 2.2.
    assert!(covered.iter().all(|c| (88..=100).contains(c)), "{covered:?}");
}
