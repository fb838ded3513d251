//! Units where little is known: no data, zero functions, zero coupling, unknown scalars, one value.

use std::path::Path;

use lacuna::problem::{LoadedProblem, Problem};
use lacuna::{Setup, Units};

use super::compare::assert_same;
use super::rewritten::{Factors, rewritten};

const DENSITY: &str = r#"
[domain]
boundary = "periodic"
cells = [16]
[functions.W]
expression = "0"
[functions.V]
surrogate = "fourier"
"#;
const REACTION: &str = r#"
[model]
kind = "diffusion-reaction"
[domain]
boundary = "dirichlet"
cells = [16]
"#;

fn density(model: &str, rest: &str) -> LoadedProblem {
    read(&format!("[model]\nkind = \"aggregation-diffusion\"\n{model}\n{DENSITY}\n{rest}"))
}

fn reaction(a: &str, k: &str, f: &str, rest: &str) -> LoadedProblem {
    let function = |name: &str, text: &str| match text {
        "?" => format!("[functions.{name}]\nsurrogate = \"fourier\"\n"),
        known => format!("[functions.{name}]\nexpression = \"{known}\"\n"),
    };
    let functions = function("a", a) + &function("k", k) + &function("f", f);
    read(&format!("{REACTION}\n{functions}\n{rest}"))
}

fn read(text: &str) -> LoadedProblem {
    Problem::from_str(text, Path::new(".")).unwrap()
}

fn units(loaded: &LoadedProblem) -> Units {
    *Setup::new(loaded).unwrap().units()
}

/// Every problem, and which of length, time, state and coupling its numbers tell.
fn problems() -> Vec<(&'static str, LoadedProblem, [bool; 4])> {
    let planned = "[[experiments]]\npoints = 9\n";
    let held = "[[experiments]]\npoints = 9\nboundary_values = [1.0, 3.0]\n";
    vec![
        ("no coupling", density("diffusion = 2.0\ncoupling = 0.0", ""), [true, true, true, false]),
        (
            "an unknown diffusion",
            density("diffusion = { unknown = true, initial = 0.3 }\ncoupling = 1.5", planned),
            [true; 4],
        ),
        (
            "an unknown coupling",
            density("diffusion = 0.1\ncoupling = { unknown = true, initial = 5.0 }", planned),
            [true; 4],
        ),
        (
            "several masses and couplings",
            density(
                "diffusion = 0.1",
                "[[experiments]]\npoints = 9\nmass = 3.0\ncoupling = 0.2\n[[experiments]]\npoints = \
                 9\nmass = 0.5\ncoupling = -7.0\n",
            ),
            [true; 4],
        ),
        (
            "a range of couplings",
            density(
                "diffusion = 0.1\ncoupling = 0.0",
                "[branches]\nparameter = \"coupling\"\nto = 6.0\n",
            ),
            [true; 4],
        ),
        ("a known source, no data", reaction("?", "0", "4", planned), [true, false, false, true]),
        ("all known but k, no data", reaction("2", "?", "4", planned), [true, true, true, true]),
        ("boundary values", reaction("2", "?", "0", held), [true, true, true, true]),
        ("nothing but zeros", reaction("?", "0", "0", planned), [true, false, false, true]),
    ]
}

#[test]
fn units_are_positive_whatever_is_known() {
    for (what, loaded, _) in problems() {
        let Units { length, time, state, coupling } = units(&loaded);
        for unit in [length, time, state, coupling] {
            assert!(unit > 0.0 && unit.is_finite(), "{what}: {:?}", units(&loaded));
        }
    }
}

/// What the numbers of a problem tell scales with them; of the rest nothing depends on the unit.
#[test]
fn units_scale_with_the_problem() {
    let factors = Factors { length: 1e3, time: 1e-7, state: 1e5, coupling: 1e-9 };
    for (what, plain, told) in problems() {
        let (_dir, scaled) = rewritten(&plain, &factors);
        let (a, b) = (units(&plain), units(&scaled));
        assert_same(what, a.length, b.length / factors.length);
        for (told, a, b, factor) in [
            (told[1], a.time, b.time, factors.time),
            (told[2], a.state, b.state, factors.state),
            // The equation of the others has no coupling.
            (told[3] && what.contains("coupling"), a.coupling, b.coupling, factors.coupling),
        ] {
            if told {
                assert_same(what, a, b / factor);
            }
        }
    }
}
