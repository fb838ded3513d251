//! Departures against predictions of problems that were told otherwise.

use std::sync::Arc;

use lacuna_core::{Bound, Conditions, Model, Symmetry};
use lacuna_grid::{Boundary, Functionals};
use lacuna_surrogate::Expression;

use super::{aggregation, grid, reaction};
use crate::steady::ObservedState;
use crate::steady::departures::{Departure, DepartureKind, departures};
use crate::steady::map::ModalProblem;
use crate::steady::modes::{FunctionPrior, Link, Modes, PriorOptions};
use crate::steady::problem::{ModalUnknown, SteadyProblem};
use crate::{Observations, SlotTerms};

const CELLS: usize = 48;
const X: [f64; 6] = [0.05, 0.4, 0.77, 1.3, 1.45, 1.97];

/// What is told, relative to what is right.
#[derive(Clone, Copy)]
struct Told {
    scalar: [f64; 2],
    conditions: [f64; 2],
    source: f64,
}

const RIGHT: Told = Told { scalar: [1.0; 2], conditions: [0.0; 2], source: 0.0 };

fn expression(text: &str) -> SlotTerms {
    let function = Arc::new(Expression::new(text).unwrap());
    SlotTerms { unknown: None, known: vec![Bound::known(function)] }
}

fn problem(density: bool, told: Told) -> SteadyProblem {
    let (model, boundary): (Arc<dyn Model>, _) = if density {
        (aggregation(CELLS, Symmetry::Even), Boundary::Periodic)
    } else {
        (reaction(CELLS), Boundary::Dirichlet)
    };
    let slot = if density { 1 } else { 0 };
    let states = (0..2).map(|e| {
        let mut conditions = Conditions::default();
        if density {
            conditions.mass = [1.0, 1.3][e] * (1.0 + told.conditions[e]);
        } else {
            // In units of the state: see the comparison.
            conditions.boundary_values = vec![0.2 + told.conditions[e], 0.3];
        }
        let number = |value: f64| expression(&format!("{value}"));
        let slots = if density {
            vec![
                expression("-cos(pi*x)"),
                SlotTerms { unknown: Some(0), known: Vec::new() },
                number(0.3),
                number([0.2, 0.4][e] * told.scalar[e]),
            ]
        } else {
            vec![
                SlotTerms { unknown: Some(0), known: Vec::new() },
                expression("1+x"),
                expression(&format!("2+cos(x)+{}", told.source)),
            ]
        };
        // What is interpolated near the ends is another matter.
        let ends = if density { vec![] } else { vec![0.2, 0.3] };
        let functionals = Functionals::points(&grid(CELLS, boundary), &X, &ends);
        let observations = Observations::gaussian(functionals, vec![0.5; 6], vec![0.01; 6]);
        ObservedState {
            conditions,
            slots,
            observations: observations.unwrap(),
            unknown_noise: false,
            initial: None,
        }
    });
    let states: Vec<ObservedState> = states.collect();
    let link = if density { Link::Identity } else { Link::Exponential };
    let modes = Modes::new(&model.slots()[slot], 4);
    let prior = FunctionPrior::new(modes, link, 0.1, PriorOptions::default().or_order(2.0));
    let unknown = ModalUnknown { slot, prior, center: 0.0, offset: Vec::new() };
    let guess = vec![if density { 0.5 } else { 0.0 }; CELLS];
    SteadyProblem::new(model, vec![unknown], states, vec![guess; 2])
}

fn coefficients(problem: &SteadyProblem) -> Vec<f64> {
    (0..problem.n_modes()).map(|j| 0.1 * (1.0 + j as f64).sin()).collect()
}

fn scores(density: bool, told: Told) -> Vec<f64> {
    let problem = problem(density, told);
    let mut r = vec![0.0; problem.n_scores()];
    problem.evaluate(&coefficients(&problem), &mut r).unwrap();
    r
}

fn all(density: bool) -> (Vec<Departure>, Vec<Vec<f64>>) {
    let problem = problem(density, RIGHT);
    let reference = problem.refer(&problem.values(&coefficients(&problem))).unwrap();
    let states: Vec<Vec<f64>> = reference.states.iter().map(|s| s.u.clone()).collect();
    let parts = problem.states.iter().zip(&states);
    let scores: Vec<_> =
        parts.map(|(s, u)| s.observations.grouped(u, usize::MAX).unwrap()).collect();
    (departures(&problem, &reference, &scores).unwrap(), states)
}

fn column(all: &[Departure], kind: DepartureKind, j: usize) -> Vec<f64> {
    let found = all.iter().find(|d| d.kind == kind).unwrap_or_else(|| panic!("no {kind:?}"));
    found.columns.col(j).iter().copied().collect()
}

/// The column against the central difference of the scores along `alter`.
fn compare(density: bool, column: &[f64], alter: impl Fn(f64) -> Told) {
    const H: f64 = 1e-4;
    let (ahead, behind) = (scores(density, alter(H)), scores(density, alter(-H)));
    let size = column.iter().fold(0.0, |a: f64, c| a.max(c.abs()));
    assert!(size > 1e-3, "nothing changes");
    for ((c, a), b) in column.iter().zip(ahead).zip(behind) {
        let slope = (a - b) / (2.0 * H);
        assert!((c - slope).abs() < 1e-5 * size, "{c} {slope}");
    }
}

#[test]
fn errors_of_scalars_and_of_the_mass_change_the_predictions_so() {
    let (all, _) = all(true);
    let kappa = "coupling";
    compare(true, &column(&all, DepartureKind::Known(kappa), 0), |h| Told {
        scalar: [1.0 + h; 2],
        ..RIGHT
    });
    compare(true, &column(&all, DepartureKind::KnownOfEach(kappa), 1), |h| Told {
        scalar: [1.0, 1.0 + h],
        ..RIGHT
    });
    compare(true, &column(&all, DepartureKind::Mass, 0), |h| Told {
        conditions: [h, 0.0],
        ..RIGHT
    });
    assert!(all.iter().all(|d| d.kind != DepartureKind::Known("V")), "V is unknown");
    let anything = all.iter().find(|d| d.kind == DepartureKind::Anything).unwrap();
    // Sixteen slow waves in each of two states, each in its own rows.
    assert_eq!(anything.columns.ncols(), 32);
    assert_eq!(anything.columns[(0, 20)], 0.0);
}

#[test]
fn errors_of_functions_and_of_the_ends_change_the_predictions_so() {
    let (all, states) = all(false);
    let u = &states[0];
    let size = (u.iter().map(|u| u * u).sum::<f64>() / u.len() as f64).sqrt();
    compare(false, &column(&all, DepartureKind::BoundaryValues, 0), |h| Told {
        conditions: [size * h, 0.0],
        ..RIGHT
    });
    // The first mode of a source is its constant, in units of its root mean square.
    let weight = (0..CELLS).map(|i| (i as f64 + 0.5) * 2.0 / CELLS as f64);
    let size = (weight.map(|x| (2.0 + x.cos()).powi(2)).sum::<f64>() / CELLS as f64).sqrt();
    let constant = column(&all, DepartureKind::Known("f"), 0);
    compare(false, &constant, |h| Told { source: size * h, ..RIGHT });
}
