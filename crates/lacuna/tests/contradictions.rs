//! Contradictions between a problem and its data are found before any fit, and right data pass.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/random.rs"]
mod random;

use std::f64::consts::TAU;
use std::fmt::Write as _;

use lacuna::problem::{LoadedProblem, Problem};
use lacuna::{Error, Flow, SolvedState, Task};
use random::Random;
use tempfile::TempDir;

const CIRCLE: &str = "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 1.0\ncoupling = 0.0\n\
    [domain]\nboundary = \"periodic\"\nlength = [LENGTH]\ncells = [64]\n[functions.W]\n\
    expression = \"0\"\n[functions.V]\nsurrogate = \"fourier\"\n[[experiments]]\n\
    data = \"data.csv\"\n";
const ROD: &str = "[model]\nkind = \"diffusion-reaction\"\n[domain]\nboundary = \"dirichlet\"\n\
    cells = [64]\n[functions.a]\nexpression = \"1\"\n[functions.k]\nsurrogate = \"fourier\"\n\
    [functions.f]\nexpression = \"1\"\n[[experiments]]\ndata = \"data.csv\"\n";

fn loaded(problem: &str, data: &str) -> (TempDir, LoadedProblem) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("data.csv"), data).unwrap();
    let loaded = Problem::from_str(problem, folder.path()).unwrap();
    (folder, loaded)
}

/// What is said of a problem on a circle of this length, with more keys of its experiment.
fn on_circle(length: f64, more: &str, data: &str) -> Result<Vec<String>, String> {
    said(&(CIRCLE.replace("LENGTH", &length.to_string()) + more), data)
}

fn said(problem: &str, data: &str) -> Result<Vec<String>, String> {
    let (folder, loaded) = loaded(problem, data);
    let place = format!("{}/", folder.path().display());
    match Task::new(&loaded) {
        Ok(task) => Ok(task.warnings().iter().map(|w| w.replace(&place, "")).collect()),
        Err(error) => {
            assert!(error.is_invalid_input(), "{error}");
            Err(error.to_string().replace(&place, ""))
        }
    }
}

fn rows(header: &str, rows: &[[f64; 2]]) -> String {
    let mut text = format!("{header}\n");
    for [a, b] in rows {
        writeln!(text, "{a},{b}").unwrap();
    }
    text
}

#[test]
fn a_position_that_is_a_code_is_named() {
    for (code, line) in [("999", 4), ("-9999", 4), ("-99", 4), ("1e6", 4)] {
        let data = format!("angle\n10\n350\n{code}\n120\n80\n");
        let error = on_circle(360.0, "", &data).unwrap_err();
        assert!(error.contains(&format!("data.csv:{line}")), "{error}");
        assert!(error.contains("missing value"), "{error}");
    }
    // Directions counted from −180°, or beyond a turn.
    assert!(on_circle(360.0, "", "angle\n-170\n-99\n20\n170\n361\n").is_ok());
    assert!(on_circle(1000.0, "", "x\n17\n999\n20\n170\n361\n").is_ok());
}

#[test]
fn a_value_that_is_a_code_or_no_density_is_named() {
    let with = |value: f64, sd: bool| {
        let mut random = Random(4);
        let mut text = String::from(if sd { "x,u,sd\n" } else { "x,u\n" });
        for i in 0..60 {
            let x = f64::from(i) / 60.0;
            let u = 1.0 + 0.5 * (TAU * x).sin() + 0.1 * random.normal();
            let u = if i == 20 { value } else { u };
            writeln!(text, "{x},{u}{}", if sd { ",0.1" } else { "" }).unwrap();
        }
        text
    };
    for sd in [true, false] {
        for code in [-9999.0, -99.0, 999.0, -7.5, 1e20] {
            let error = on_circle(1.0, "", &with(code, sd)).unwrap_err();
            assert!(error.contains("data.csv:22"), "{error}");
            assert!(error.contains("drop"), "{error}");
        }
        for possible in [0.2, -0.1, 1.6] {
            on_circle(1.0, "", &with(possible, sd)).unwrap();
        }
    }
    // Temperatures may be negative, but not by a code.
    let mut rod: Vec<[f64; 2]> =
        (1..20).map(|i| [0.05 * f64::from(i), -3.0 * (0.15 * f64::from(i)).sin()]).collect();
    said(ROD, &rows("x,u", &rod)).unwrap();
    rod[6][1] = -999.0;
    assert!(said(ROD, &rows("x,u", &rod)).unwrap_err().contains("data.csv:8: -999 in column `u`"));
}

#[test]
fn a_cell_may_cross_the_end_of_a_circle() {
    let counts =
        |first: &str, second: &str| format!("lower,upper,count\n{first},5\n{second},7\n20,40,3\n");
    let (_folder, across) = loaded(&CIRCLE.replace("LENGTH", "360"), &counts("350,10", "10,20"));
    let (_folder, beyond) = loaded(&CIRCLE.replace("LENGTH", "360"), &counts("350,370", "10,20"));
    let kind = |loaded: &LoadedProblem| loaded.read_measurements(0).unwrap().unwrap().kind;
    assert_eq!(kind(&across), kind(&beyond));
    // The ends the wrong way round, or two cells that cross.
    assert!(on_circle(360.0, "", &counts("20,10", "30,40")).unwrap_err().contains("no width"));
    assert!(on_circle(360.0, "", &counts("350,10", "340,5")).unwrap_err().contains("overlaps"));
    let averages = "lower,upper,u\n0.9,0.15,1\n0.15,0.5,2\n0.5,0.9,0.4\n";
    on_circle(1.0, "", averages).unwrap();
}

/// u = 20 + 5 sin 3x, as in the first column, with noise.
fn drop(noise: f64, seed: u64) -> String {
    let mut random = Random(seed);
    let u = |x: f64| 20.0 + 5.0 * (3.0 * x).sin();
    let row = |i: i32| 0.1 * f64::from(i);
    let data: Vec<[f64; 2]> =
        (1..10).map(|i| [row(i), u(row(i)) * (1.0 + noise * random.normal())]).collect();
    rows("x,u", &data)
}

#[test]
fn ends_that_the_data_contradict_are_refused_unless_they_are_said() {
    let error = said(ROD, &drop(0.0, 0)).unwrap_err();
    assert!(error.contains("`boundary_values` is not given"), "{error}");
    assert!(error.contains("boundary_values = [20."), "{error}");
    let ends = |ends: &str| format!("{ROD}boundary_values = {ends}\n");
    let warned = said(&ends("[0, 0]"), &drop(0.0, 0)).unwrap();
    assert!(
        warned.iter().any(|w| w.contains("`boundary_values` gives u = 0 at the lower end")),
        "{warned:?}"
    );
    for noise in [0.0, 0.001, 0.01, 0.05] {
        for seed in 0..5 {
            let found = said(&ends("[20, 20.7056]"), &drop(noise, seed)).unwrap();
            assert!(!found.iter().any(|w| w.contains("boundary_values")), "{noise} {found:?}");
            said(ROD, &drop(noise, seed)).unwrap_err();
        }
    }
}

/// Two states of one equation, on a fine grid.
fn states() -> Vec<SolvedState> {
    lacuna::aggregation_diffusion(0.1)
        .domain(0.0, 1.0, 512)
        .known("W", "-cos(2*pi*x) + 0.3*cos(4*pi*x)")
        .known("V", "0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)")
        .condition("coupling", 0.1)
        .condition("coupling", 0.2)
        .solve()
        .unwrap()
}

fn noisy(state: &SolvedState, count: usize, level: f64, seed: u64) -> String {
    let mut random = Random(seed);
    let rms = (state.u.iter().map(|u| u * u).sum::<f64>() / state.u.len() as f64).sqrt();
    let data: Vec<[f64; 2]> = (0..count)
        .map(|_| {
            let i = (random.uniform() * 512.0) as usize;
            [state.x[i], state.u[i] + level * rms * random.normal()]
        })
        .collect();
    rows("x,u", &data)
}

#[test]
fn right_data_with_noise_of_any_level_pass() {
    let states = states();
    for (e, state) in states.iter().enumerate() {
        for count in [8, 15, 40, 200, 500] {
            for level in [1e-3, 0.02, 0.1, 0.4] {
                for seed in 0..3 {
                    let data = noisy(state, count, level, seed);
                    let found = on_circle(1.0, "", &data);
                    let found = found.unwrap_or_else(|e| panic!("{count} {level} {seed}: {e}"));
                    let mass = found.iter().filter(|w| w.contains("mass")).count();
                    assert_eq!(mass, 0, "state {e}, {count} values, noise {level}: {found:?}");
                }
            }
        }
    }
}

#[test]
fn a_mass_far_from_that_of_the_data_is_named() {
    let states = states();
    for (count, level) in [(60, 0.02), (200, 0.1), (500, 0.1)] {
        let data = noisy(&states[0], count, level, 3);
        let error = on_circle(1.0, "mass = 3.0\n", &data).unwrap_err();
        assert!(error.contains("have mass") && error.contains("normalise"), "{error}");
        assert!(on_circle(1.0, "mass = 3.0\nnormalise = true\n", &data).is_ok());
    }
    // Few values leave a doubt.
    let found = on_circle(1.0, "mass = 5.0\n", &noisy(&states[0], 25, 0.01, 5)).unwrap();
    assert!(found.iter().any(|w| w.contains("have mass")), "{found:?}");
    let cells = "lower,upper,u,sd\n0,0.5,1.5,0.01\n0.5,1,0.5,0.01\n";
    on_circle(1.0, "", cells).unwrap();
    assert!(on_circle(1.0, "mass = 2.0\n", cells).unwrap_err().contains("have mass 1"));
}

#[test]
fn a_reaction_of_any_noise_passes() {
    for ends in [[0.0, 0.0], [20.0, 20.7], [-3.0, 4.0]] {
        let known = format!(
            "[model]\nkind = \"diffusion-reaction\"\n[domain]\nboundary = \"dirichlet\"\n[functions]\n\
             a = {{ expression = \"0.05\" }}\nk = {{ expression = \"1 + 0.5*sin(2*pi*x)\" }}\n\
             f = {{ expression = \"10*sin(2*pi*x) + 3\" }}\n[[experiments]]\n\
             boundary_values = [{}, {}]\n",
            ends[0], ends[1]
        );
        let (_folder, known) = loaded(&known, "");
        let setup = lacuna::Setup::new(&known).unwrap();
        let states = lacuna::solve(&setup, &[], &mut |_, _| Flow::Continue).unwrap();
        let state = &states[0];
        let rms = (state.u.iter().map(|u| u * u).sum::<f64>() / state.u.len() as f64).sqrt();
        for count in [8, 15, 40, 150] {
            for level in [0.0, 1e-3, 0.02, 0.1] {
                for seed in 0..3 {
                    let mut random = Random(seed);
                    let data: Vec<[f64; 2]> = (0..count)
                        .map(|_| {
                            let i = (random.uniform() * state.u.len() as f64) as usize;
                            [state.x[i], state.u[i] + level * rms * random.normal()]
                        })
                        .collect();
                    let problem = format!("{ROD}boundary_values = [{}, {}]\n", ends[0], ends[1]);
                    let found = said(&problem, &rows("x,u", &data)).unwrap();
                    let false_alarm = found.iter().any(|w| w.contains("boundary_values"));
                    assert!(!false_alarm, "{ends:?} {count} {level} {seed} {found:?}");
                    if ends == [0.0, 0.0] {
                        said(ROD, &rows("x,u", &data)).unwrap();
                    }
                }
            }
        }
    }
}

#[test]
fn a_kernel_that_is_not_integrable_is_named() {
    let problem = |kernel: &str| {
        CIRCLE
            .replace("LENGTH", "1")
            .replace("expression = \"0\"", &format!("expression = \"{kernel}\""))
    };
    let data = "x\n0.1\n0.2\n0.7\n";
    assert!(said(&problem("-ln(abs(x))"), data).is_ok());
    assert!(said(&problem("abs(x)^(-0.5)"), data).is_ok());
    for kernel in ["1/abs(x)", "abs(x)^(-2)", "ln(x - 0.25)"] {
        let (_folder, loaded) = loaded(&problem(kernel), data);
        match Task::new(&loaded).map(|_| ()) {
            Err(Error::Infinite { name: "W", .. }) => {}
            other => panic!("{kernel}: {other:?}"),
        }
    }
}
