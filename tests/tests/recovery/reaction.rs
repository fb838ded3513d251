//! −(a u')' + k u = f with one of its functions unknown.
//!
//! The data are solved for on a grid four times finer, so that the recovery does not undo the very
//! discretisation they were made with: its own is of second order, of first in the cells at the
//! ends, and bounds the accuracy.

use lacuna::problem::{Constraint, SurrogateSpec, UnknownFunction};
use lacuna::{ProblemBuilder, diffusion_reaction};

use crate::support::{assert_recovered, error, network, recover};

const CONDUCTIVITY: &str = "0.05 + 0.02*sin(2*pi*x)";
const RATE: &str = "0.1 + exp(-(x - 0.5)^2/(2*0.15^2))";
const SOURCE: &str = "1 + x*cos(3*x)";
const CELLS: usize = 200;

/// The problem with everything known, on `cells` cells.
fn truth(cells: usize) -> ProblemBuilder {
    diffusion_reaction()
        .domain(0.0, 1.0, cells)
        .known("a", CONDUCTIVITY)
        .known("k", RATE)
        .known("f", SOURCE)
}

/// The same with `name` unknown, seen through one state.
fn recovered(name: &str, class: impl Into<UnknownFunction>) -> lacuna::Recovery {
    let expression = [("a", CONDUCTIVITY), ("k", RATE), ("f", SOURCE)]
        .iter()
        .find_map(|&(n, expression)| (n == name).then_some(expression))
        .unwrap();
    let state = truth(4 * CELLS).solve().unwrap().remove(0);
    truth(CELLS)
        .unknown(name, class)
        .state(&state.x, &state.u, &[])
        .truth(name, expression)
        .recover()
        .unwrap()
}

#[test]
fn conductivity_by_a_network() {
    assert_recovered(&recovered("a", network(&[8, 8])), "a", 5e-3);
}

#[test]
fn conductivity_by_a_spline() {
    // A conductivity that is not kept positive may start where the equation has no meaning.
    let positive = UnknownFunction {
        constraints: vec![Constraint::Positive],
        ..SurrogateSpec::Spline { knots: 12 }.into()
    };
    assert_recovered(&recovered("a", positive), "a", 5e-3);
}

#[test]
fn source_by_a_network() {
    assert_recovered(&recovered("f", network(&[8, 8])), "f", 1e-2);
}

#[test]
fn source_by_a_spline_in_one_solve() {
    let recovery = recovered("f", SurrogateSpec::Spline { knots: 12 });
    assert_recovered(&recovery, "f", 1e-2);
    assert_eq!(recovery.restarts.len(), 1, "the residual is affine in f");
}

#[test]
fn rate_by_a_spline_in_one_solve() {
    // u vanishes at the ends, so there k is seen least and the error of the discretisation most.
    let recovery = recovered("k", SurrogateSpec::Spline { knots: 12 });
    assert_recovered(&recovery, "k", 1e-1);
    assert_eq!(recovery.restarts.len(), 1, "the residual is affine in k");
}

/// u = 1 + x², not 0 at the ends, solves −u'' + u = x² − 1.
#[test]
fn boundary_values_are_used() {
    let mut problem = diffusion_reaction()
        .domain(0.0, 1.0, CELLS)
        .known("a", "1")
        .known("k", "1")
        .known("f", "x^2 - 1")
        .unknown("k", SurrogateSpec::Spline { knots: 5 })
        .truth("k", "1");
    let x: Vec<f64> = (0..=100).map(|i| f64::from(i) / 100.0).collect();
    let u: Vec<f64> = x.iter().map(|x| 1.0 + x * x).collect();
    problem = problem.state(&x, &u, &[]);
    let mut loaded = problem.build().unwrap();
    loaded.problem.experiments[0].boundary_values = vec![1.0, 2.0];
    assert_recovered(&recover(&loaded), "k", 5e-3);
    loaded.problem.experiments[0].boundary_values = vec![1.1, 2.0];
    assert!(error(&recover(&loaded), "k") > 1e-2, "they matter");
}
