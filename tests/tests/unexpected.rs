//! Truths and data that the prior does not expect: regions where nobody is, jumps, values of few digits.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests use the rest")]
mod support;

#[path = "support/covered.rs"]
mod covered;

#[path = "../../crates/lacuna/tests/support/random.rs"]
mod random;

use std::fmt::Write as _;
use std::path::Path;

use covered::covered;
use lacuna::identify::Verdict;
use lacuna::problem::Problem;
use lacuna::{Recovery, SavedModel, SolvedState};
use random::Random;
use support::{function, recover};
use tempfile::TempDir;

/// Only V is unknown.
const ONLY_V: &str = "[functions.W]\nexpression = \"0\"\n[functions.V]\nsurrogate = \"fourier\"\n";

/// The states of an equation on a grid finer than that of the recovery.
fn states(w: &str, v: &str, couplings: &[f64]) -> Vec<SolvedState> {
    let mut problem = lacuna::aggregation_diffusion(0.1).domain(0.0, 1.0, 1024);
    problem = problem.known("W", w).known("V", v);
    for coupling in couplings {
        problem = problem.condition("coupling", *coupling);
    }
    problem.solve().unwrap()
}

fn written(name: &str, text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    folder
}

fn run(functions: &str, experiments: &str, truth: &str, folder: &Path) -> Recovery {
    let text = format!(
        "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\n[domain]\nboundary = \
         \"periodic\"\ncells = [128]\n{functions}\n{experiments}\n[fit]\nfolds = 0\n[truth]\n{truth}\n"
    );
    let path = folder.join("problem.toml");
    std::fs::write(&path, text).unwrap();
    recover(&Problem::from_path(&path).unwrap())
}

/// Ten σ high between 0.2 and 0.5: of 400 individuals none is there.
#[test]
fn behind_a_wall_a_potential_is_bounded_from_one_side() {
    let v = "0.05*cos(2*pi*x) + 1/((1 + exp((0.2 - x)/0.02))*(1 + exp((x - 0.5)/0.02)))";
    let state = &states("0", v, &[0.1])[0];
    let mut random = Random(3);
    let mut text = String::from("x\n");
    let total: f64 = state.u.iter().sum();
    for _ in 0..400 {
        let mut left = random.uniform() * total;
        let cell = state.u.iter().position(|u| {
            left -= u;
            left < 0.0
        });
        let place = (cell.unwrap() as f64 + random.uniform()) / 1024.0;
        writeln!(text, "{place}").unwrap();
    }
    let folder = written("positions.csv", &text);
    let data = "[[experiments]]\ndata = \"positions.csv\"";
    let recovery = run(ONLY_V, data, &format!("V = \"{v}\""), folder.path());
    let v = function(&recovery, "V");
    // The height is not known, and so neither is the mean that is taken off everywhere else.
    let behind = |x: f64| (0.25..0.45).contains(&x);
    assert!(covered(v, behind) > 0.9, "{}", covered(v, behind));
    assert!(covered(v, |x| !behind(x)) > 0.85, "{}", covered(v, |x| !behind(x)));
    let middle = v.x.iter().position(|x| *x > 0.35).unwrap();
    let band = v.band.as_ref().unwrap();
    let (below, above) =
        (v.values[middle] - band.lower[middle], band.upper[middle] - v.values[middle]);
    assert!(above > 3.0 * below, "{below} {above}");
    assert_ne!(recovery.diagnosis.as_ref().unwrap().unknowns[0].joint.verdict, Verdict::Identified);
    assert!(recovery.warnings.iter().any(|w| w.contains("next to nobody")), "{recovery:?}");
}

/// A plateau with jumps needs more waves than a Fourier series has unless it is told.
#[test]
fn a_series_is_as_fine_as_the_data_ask_for() {
    let v = "0.1*heaviside(x - 0.3)*heaviside(0.7 - x) + 0.02*sin(2*pi*x)";
    let state = &states("0", v, &[0.1])[0];
    let mut random = Random(5);
    let mut text = String::from("x,u,sd\n");
    for i in 0..160 {
        // None in the cells of the jumps.
        let at = (i as f64 + 0.5) / 160.0;
        if (at - 0.3).abs() < 0.01 || (at - 0.7).abs() < 0.01 {
            continue;
        }
        let u = state.u[(at * 1024.0) as usize] + 0.005 * random.normal();
        writeln!(text, "{},{u},0.005", ((at * 1024.0).floor()) / 1024.0).unwrap();
    }
    let folder = written("values.csv", &text);
    let truth = format!("V = \"{v}\"");
    let data = "[[experiments]]\ndata = \"values.csv\"";
    let fine = |modes: &str| run(&format!("{ONLY_V}{modes}"), data, &truth, folder.path());
    let [by_default, told] = ["", "modes = 32"].map(fine);
    assert_eq!(function(&told, "V").finer, None);
    assert_eq!(function(&told, "V").theta.len(), 64);
    let found = function(&by_default, "V");
    assert_eq!((found.finer, found.theta.len()), (Some(63), 126));
    assert!(by_default.warnings.iter().any(|w| w.contains("`modes`")), "{:?}", by_default.warnings);
    let square =
        |r: &Recovery| r.states[0].measured.as_ref().unwrap().mean_square_residual.unwrap();
    let [finer, coarser] = [&by_default, &told].map(square);
    assert!(finer < 0.8 * coarser, "{finer} {coarser}");
    // What is saved is what was found.
    let loaded = Problem::from_path(&folder.path().join("problem.toml")).unwrap();
    let saved = SavedModel::new(&loaded, &by_default).unwrap();
    let path = folder.path().join("model.json");
    saved.write(&path).unwrap();
    let setup = SavedModel::read(&path).unwrap().setup(&path).unwrap();
    let again = lacuna::solve(&setup, &[], &mut |_, _| lacuna::Flow::Continue).unwrap();
    let off = again[0].u.iter().zip(by_default.states[0].predicted.as_ref().unwrap());
    assert!(off.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs())) < 1e-8);
    // What was said of the data is said of the finer series too.
    let unnamed = text.replace("x,u,sd", "x,u").replace(",0.005\n", "\n");
    std::fs::write(folder.path().join("values.csv"), unnamed).unwrap();
    let of_unknown_noise = fine("");
    assert_eq!(function(&of_unknown_noise, "V").finer, Some(63));
    let said = &of_unknown_noise.warnings;
    assert!(said.iter().any(|w| w.contains("no noise level is given")), "{said:?}");
}

/// Two decimals of a density that is next to nothing in half of the domain: the zeros there are off
/// together.
#[test]
fn values_that_print_alike_are_no_independent_data() {
    let (w, v) = ("-cos(2*pi*x) - 0.6*cos(4*pi*x)", "-0.05*cos(2*pi*x) - 0.23*sin(2*pi*x)");
    let couplings = [0.03, 0.15];
    let folder = TempDir::new().unwrap();
    for (e, state) in states(w, v, &couplings).iter().enumerate() {
        let mut text = String::from("x,u\n");
        for i in 0..256 {
            writeln!(text, "{},{:.2}", state.x[4 * i], state.u[4 * i]).unwrap();
        }
        std::fs::write(folder.path().join(format!("{e}.csv")), text).unwrap();
    }
    let functions = "[functions.W]\nsurrogate = \"fourier\"\nsymmetry = \"even\"\n[functions.V]\n\
                     surrogate = \"fourier\"";
    let data = "[[experiments]]\ndata = \"0.csv\"\ncoupling = 0.03\n[[experiments]]\ndata = \"1.csv\"\n\
                coupling = 0.15";
    let truth = format!("W = \"{w}\"\nV = \"{v}\"");
    let recovery = run(functions, data, &truth, folder.path());
    for state in &recovery.states {
        let noise = state.measured.as_ref().unwrap().noise.unwrap();
        // A step of 0.01 over √12.
        assert!((noise / 2.89e-3 - 1.0).abs() < 0.1, "{noise}");
    }
    for name in ["W", "V"] {
        let share = covered(function(&recovery, name), |_| true);
        assert!(share > 0.7, "{name}: {share}");
    }
}
