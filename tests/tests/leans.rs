//! What a result leans on: the derivative of the most probable functions with respect to what was said
//! to be known, against fits with that changed.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

use std::f64::consts::TAU;
use std::path::Path;

use lacuna::problem::Problem;
use lacuna::{Flow, Recovery};

/// What the problem says: σ, the factor of V, the coupling of the second experiment, the mass of both.
#[derive(Clone, Copy)]
struct Said {
    diffusion: f64,
    factor: f64,
    second: f64,
    mass: f64,
}

const RIGHT: Said = Said { diffusion: 1.0, factor: 1.0, second: 1.6, mass: 1.0 };
const N: usize = 64;

fn problem(said: Said, functions: &str, experiments: [&str; 2]) -> String {
    let Said { diffusion, second, mass, .. } = said;
    format!(
        "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = {diffusion}\n[domain]\n\
         boundary = \"periodic\"\nlength = [{TAU}]\ncells = [{N}]\n{functions}\
         [[experiments]]\n{}\ncoupling = 0.8\nmass = {mass}\n\
         [[experiments]]\n{}\ncoupling = {second}\nmass = {mass}\n",
        experiments[0], experiments[1]
    )
}

/// The states of W = −cos x − 0.5 cos 2x, V = 0.4 cos x + 0.3 cos(2x − 1), known to 1 %, in `dir`.
fn write_data(dir: &Path) {
    let functions = "[functions.W]\nexpression = \"-cos(x) - 0.5*cos(2*x)\"\n[functions.V]\n\
         expression = \"0.4*cos(x) + 0.3*cos(2*x - 1)\"\n";
    let truth = Problem::from_str(&problem(RIGHT, functions, ["", ""]), dir).unwrap();
    let setup = lacuna::Setup::new(&truth).unwrap();
    for (k, state) in
        lacuna::solve(&setup, &[], &mut |_, _| Flow::Continue).unwrap().iter().enumerate()
    {
        let mut csv = String::from("x,u,sd\n");
        for (i, (x, u)) in state.x.iter().zip(&state.u).enumerate() {
            // Numbers without a pattern, of standard deviation 1.
            let noise = ((i * 7919 + k * 104_729) % 1009) as f64 / 1009.0 - 0.5;
            let sd = 0.01 * u;
            csv += &format!("{x},{},{sd}\n", u + sd * noise * 12f64.sqrt());
        }
        std::fs::write(dir.join(format!("{k}.csv")), csv).unwrap();
    }
}

fn recover(dir: &Path, said: Said) -> Recovery {
    let factor = said.factor;
    let functions = format!(
        "[functions.W]\nsurrogate = \"fourier\"\nmodes = 31\nsymmetry = \"even\"\n\
         prior = {{ order = 2, length_scale = 1.0, amplitude = 1.0 }}\n[functions.V]\n\
         expression = \"{factor}*(0.4*cos(x) + 0.3*cos(2*x - 1))\"\n[prior]\nchoice = \"fixed\"\n"
    );
    let text = problem(said, &functions, ["data = \"0.csv\"", "data = \"1.csv\""]);
    lacuna::recover(&Problem::from_str(&text, dir).unwrap(), &|_| Flow::Continue).unwrap()
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt()
}

/// Every lean agrees with a fit in which that is 1 % off.
#[test]
fn leans_are_what_fits_with_the_known_changed_say() {
    let dir = tempfile::TempDir::new().unwrap();
    write_data(dir.path());
    let right = recover(dir.path(), RIGHT);
    let lean = |known: &str, experiment: Option<&str>| {
        let found =
            right.leans.iter().find(|l| l.known == known && l.experiment.as_deref() == experiment);
        found.unwrap_or_else(|| panic!("{known} {experiment:?} in {:?}", right.leans)).moved[0]
            .clone()
    };
    let of = |recovery: &Recovery| recovery.functions[0].values.clone();
    let band = right.functions[0].band.as_ref().unwrap();
    let half = root_mean_square(band.upper.iter().zip(&band.lower).map(|(a, b)| 0.5 * (a - b)));
    for (known, experiment, above, below) in [
        ("diffusion", None, Said { diffusion: 1.01, ..RIGHT }, Said { diffusion: 0.99, ..RIGHT }),
        ("V", None, Said { factor: 1.01, ..RIGHT }, Said { factor: 0.99, ..RIGHT }),
        ("coupling", Some("2"), Said { second: 1.616, ..RIGHT }, Said { second: 1.584, ..RIGHT }),
        ("mass", None, Said { mass: 1.01, ..RIGHT }, Said { mass: 0.99, ..RIGHT }),
    ] {
        let (above, below) = (of(&recover(dir.path(), above)), of(&recover(dir.path(), below)));
        // 1 % either way, against 10 %.
        let change = 5.0 * root_mean_square(above.iter().zip(&below).map(|(a, b)| a - b));
        let moved = lean(known, experiment);
        println!("{known}: {} against {}", moved.bands, change / half);
        assert!((moved.bands * half / change - 1.0).abs() < 0.05, "{known}");
    }
    // Only the product κ W enters: with both couplings 10 % larger W is 10 % smaller, but for its prior.
    let moved = lean("coupling", None);
    assert!((moved.relative.unwrap() - 0.1).abs() < 0.005, "{moved:?}");
    // Worst first, and said in one line.
    let worst: Vec<f64> = right.leans.iter().map(|l| l.largest().unwrap().bands).collect();
    assert!(worst.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(right.leans_most().unwrap().contains("were 10 % off, W would move by"));
}
