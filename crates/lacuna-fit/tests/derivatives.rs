//! Derivatives of the field objective, against differences and against each other.
//!
//! Every residual form of both equations, with unknowns of every kind, two experiments that differ
//! in known scalars, pushes and in what is unknown, with and without a smoothness prior.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;

use common::{aggregation_diffusion, expression, fourier, known, network, number, unknown};
use faer::Mat;
use lacuna_core::taylor::TaylorTest;
use lacuna_core::{Bound, Conditions, FactoredJacobian, Form, Function, Model, Objective};
use lacuna_fit::{Experiment, FieldObjective, SlotTerms, Unknown};
use lacuna_grid::{Axis, Boundary, Grid};
use lacuna_models::{AggregationDiffusion, DiffusionReaction};
use lacuna_surrogate::{Constant, Network, NetworkOptions, Positive};

const CELLS: usize = 24;

struct Case {
    name: String,
    objective: FieldObjective,
}

/// The unknown together with known terms.
fn pushed(index: usize, push: Bound) -> SlotTerms {
    SlotTerms { unknown: Some(index), known: vec![push] }
}

fn density(model: &dyn Model, height: f64, phase: f64) -> Vec<f64> {
    let x = &model.slots()[AggregationDiffusion::POTENTIAL].points;
    x.iter()
        .map(|x| {
            let angle = 2.0 * std::f64::consts::PI * (x[0] - phase);
            1.0 + height * angle.cos() + 0.1 * (2.0 * angle).sin()
        })
        .collect()
}

/// W network or known, V Fourier or network, σ and κ unknown or known; in the second experiment
/// the unknown σ gives way to a known one, and V is pushed.
fn aggregation_cases() -> Vec<Case> {
    let model = aggregation_diffusion(CELLS);
    let slots = model.slots();
    let diffusion: Arc<dyn Function> = Arc::new(Positive::scalar(0.4).unwrap());
    let coupling: Arc<dyn Function> = Arc::new(Constant::new(0.7));
    let functions = [network(&slots[0], 4), fourier(&slots[1], 3), diffusion, coupling];
    let two_networks = [network(&slots[0], 4), network(&slots[1], 3)];
    let mut cases = Vec::new();
    for form in model.forms() {
        for wanted in [&[0, 1][..], &[0, 1, 2], &[0, 3], &[1, 2, 3], &[0, 1, 2, 3], &[2]] {
            let unknowns = wanted
                .iter()
                .map(|&slot| Unknown { slot, function: functions[slot].clone() })
                .collect();
            cases.push(aggregation_case(&model, *form, wanted, unknowns));
        }
        let unknowns = two_networks
            .iter()
            .enumerate()
            .map(|(slot, function)| Unknown { slot, function: function.clone() })
            .collect();
        cases.push(aggregation_case(&model, *form, &[0, 1], unknowns));
    }
    cases
}

fn aggregation_case(
    model: &Arc<dyn Model>,
    form: Form,
    wanted: &[usize],
    unknowns: Vec<Unknown>,
) -> Case {
    let truth = |slot: usize, e: usize| match slot {
        0 => expression("-cos(2*pi*x)"),
        1 => expression("0.1*sin(2*pi*x)"),
        2 => number([0.3, 0.5][e]),
        _ => number([0.8, 1.3][e]),
    };
    let experiments = (0..2)
        .map(|e| Experiment {
            state: density(model.as_ref(), [0.5, 0.7][e], [0.1, 0.4][e]),
            conditions: Conditions { mass: [1.0, 1.2][e], ..Default::default() },
            slots: (0..4)
                .map(|slot| match wanted.iter().position(|&w| w == slot) {
                    Some(i) if slot == 1 && e == 1 => pushed(i, expression("0.2*cos(2*pi*x)")),
                    Some(_) if slot == 2 && e == 1 && wanted.len() > 1 => known(truth(2, 1)),
                    Some(i) => unknown(i),
                    None => known(truth(slot, e)),
                })
                .collect(),
        })
        .collect();
    let objective = FieldObjective::new(model.clone(), form, unknowns, experiments).unwrap();
    let classes: Vec<usize> = objective.unknowns().iter().map(|u| u.function.n_params()).collect();
    Case { name: format!("aggregation-diffusion {form} {wanted:?} {classes:?}"), objective }
}

/// a > 0 network, k network, f Fourier, unknown in combinations; in the second experiment f is
/// pushed and, where something else is unknown as well, k is known.
fn reaction_cases() -> Vec<Case> {
    let axis = Axis { origin: 0.0, length: 1.0, cells: CELLS, boundary: Boundary::Dirichlet };
    let grid = Grid::new(vec![axis]).unwrap();
    let nodes: Vec<f64> = grid.nodes().coordinates().to_vec();
    let model: Arc<dyn Model> = Arc::new(DiffusionReaction::new(grid).unwrap());
    let slots = model.slots();
    let positive = Network::new(NetworkOptions {
        domain: slots[0].domain.clone(),
        hidden: vec![4, 3],
        ..Default::default()
    });
    let conductivity: Arc<dyn Function> = Arc::new(Positive::new(positive.unwrap()));
    let functions = [conductivity, network(&slots[1], 4), fourier(&slots[2], 3)];
    let mut cases = Vec::new();
    for &form in model.forms() {
        for wanted in [&[0][..], &[1], &[2], &[0, 1], &[1, 2], &[0, 1, 2]] {
            let truth = |slot: usize| expression(["0.5 + 0.2*x", "1 + sin(3*x)", "cos(2*x)"][slot]);
            let experiments = (0..2)
                .map(|e| Experiment {
                    state: nodes.iter().map(|x| (2.0 * x + e as f64).sin() + 0.3).collect(),
                    conditions: Conditions {
                        boundary_values: vec![0.2, -0.1 * e as f64],
                        ..Default::default()
                    },
                    slots: (0..3)
                        .map(|slot| match wanted.iter().position(|&w| w == slot) {
                            Some(i) if slot == 2 && e == 1 => pushed(i, expression("0.3*x")),
                            Some(_) if slot == 1 && e == 1 && wanted.len() > 1 => known(truth(1)),
                            Some(i) => unknown(i),
                            None => known(truth(slot)),
                        })
                        .collect(),
                })
                .collect();
            let unknowns = wanted
                .iter()
                .map(|&slot| Unknown { slot, function: functions[slot].clone() })
                .collect();
            let objective =
                FieldObjective::new(model.clone(), form, unknowns, experiments).unwrap();
            cases.push(Case { name: format!("diffusion-reaction {form} {wanted:?}"), objective });
        }
    }
    cases
}

/// Every case, without and with a smoothness prior on every other unknown or on all.
fn for_each_case(check: impl Fn(&str, &FieldObjective)) {
    let all = || aggregation_cases().into_iter().chain(reaction_cases());
    for case in all() {
        check(&case.name, &case.objective);
    }
    for weights in [[1e-3, 1e-2, 1e-3, 1e-3], [0.0, 1e-3, 0.0, 1e-3]] {
        for case in all() {
            let name = format!("{} smoothness {weights:?}", case.name);
            check(&name, &case.objective.with_smoothness(&weights));
        }
    }
}

/// Numbers in (−1, 1) without a pattern, the same in every run.
fn scatter(len: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
        .collect()
}

fn linearised(objective: &FieldObjective, theta: &[f64]) -> (Vec<f64>, Mat<f64>) {
    let (m, p) = (objective.n_residuals(), objective.n_params());
    let mut residuals = vec![0.0; m];
    let mut jacobian = Mat::zeros(m, p);
    objective.linearise(theta, &mut residuals, jacobian.as_mut()).unwrap();
    (residuals, jacobian)
}

fn residuals(objective: &FieldObjective, theta: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NAN; objective.n_residuals()];
    objective.residuals(theta, &mut out).unwrap();
    out
}

fn times(a: &Mat<f64>, x: &[f64]) -> Vec<f64> {
    (0..a.nrows()).map(|i| x.iter().enumerate().map(|(j, x)| a[(i, j)] * x).sum()).collect()
}

fn times_transposed(a: &Mat<f64>, y: &[f64]) -> Vec<f64> {
    (0..a.ncols()).map(|j| y.iter().enumerate().map(|(i, y)| a[(i, j)] * y).sum()).collect()
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, scale: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let difference: Vec<f64> = found.iter().zip(expected).map(|(f, e)| f - e).collect();
    assert!(
        norm(&difference) <= tolerance * (norm(expected) + scale),
        "{what}: off by {:.2e} of {:.2e}",
        norm(&difference),
        norm(expected) + scale
    );
}

#[test]
fn the_jacobian_passes_the_taylor_test() {
    for_each_case(|name, objective| {
        for seed in 0..2 {
            let theta = objective.initial(seed);
            let (_, jacobian) = linearised(objective, &theta);
            let direction = scatter(theta.len(), 11 + seed);
            let along = |h: f64| {
                let moved: Vec<f64> =
                    theta.iter().zip(&direction).map(|(t, d)| t + h * d).collect();
                residuals(objective, &moved)
            };
            let test = TaylorTest::run(along, &times(&jacobian, &direction), 1e-2, 8);
            assert!(test.passes(), "{name}, seed {seed}: orders {:?}", test.orders());
        }
    });
}

#[test]
fn the_factored_jacobian_is_the_jacobian() {
    for_each_case(|name, objective| {
        let theta = objective.initial(3);
        let (expected_residuals, expected) = linearised(objective, &theta);
        let mut residuals = vec![0.0; expected_residuals.len()];
        let mut factored = FactoredJacobian::default();
        objective.linearise_factored(&theta, &mut residuals, &mut factored).unwrap();
        let found = factored.product();
        assert_eq!(residuals, expected_residuals, "{name}");
        assert!(
            // Directions below 1e-7 of the largest are left out on purpose.
            (&found - &expected).norm_l2() <= 1e-6 * expected.norm_l2(),
            "{name}: off by {:.2e} of {:.2e}",
            (&found - &expected).norm_l2(),
            expected.norm_l2()
        );
    });
}

#[test]
fn the_gradient_and_both_products_agree_with_the_jacobian() {
    for_each_case(|name, objective| {
        let theta = objective.initial(5);
        let (m, p) = (objective.n_residuals(), objective.n_params());
        let (r, jacobian) = linearised(objective, &theta);
        let size = jacobian.norm_l2();
        assert_eq!(r, residuals(objective, &theta), "{name}");

        let mut gradient = vec![f64::NAN; p];
        let cost = objective.value_and_gradient(&theta, &mut gradient).unwrap();
        assert_close(&[cost], &[0.5 * norm(&r).powi(2)], 1e-13, 0.0, name);
        let expected = times_transposed(&jacobian, &r);
        assert_close(&gradient, &expected, 1e-12, size * norm(&r), name);

        let (delta, y) = (scatter(p, 7), scatter(m, 8));
        let mut product = vec![f64::NAN; m];
        objective.jvp(&theta, &delta, &mut product).unwrap();
        assert_close(&product, &times(&jacobian, &delta), 1e-12, size, name);
        let mut adjoint = vec![f64::NAN; p];
        objective.vjp(&theta, &y, &mut adjoint).unwrap();
        assert_close(&adjoint, &times_transposed(&jacobian, &y), 1e-12, size, name);
    });
}

#[test]
fn the_residual_is_affine_in_the_linear_parameters() {
    for_each_case(|name, objective| {
        let theta = objective.initial(9);
        let linear: Vec<usize> = objective.linear_params().iter().cloned().flatten().collect();
        assert_eq!(linear.len(), objective.n_linear_params(), "{name}");
        let (expected_residuals, jacobian) = linearised(objective, &theta);
        let mut r = vec![0.0; expected_residuals.len()];
        let mut basis = Mat::zeros(r.len(), linear.len());
        objective.linear_basis(&theta, &mut r, basis.as_mut()).unwrap();
        assert_eq!(r, expected_residuals, "{name}");
        for (j, &column) in linear.iter().enumerate() {
            let difference = basis.col(j) - jacobian.col(column);
            assert!(difference.norm_l2() <= 1e-12 * jacobian.norm_l2(), "{name} {column}");
        }

        // Large steps: no remainder at all.
        let step: Vec<f64> = scatter(linear.len(), 4).iter().map(|s| 10.0 * s).collect();
        let mut moved = theta.clone();
        for (&i, s) in linear.iter().zip(&step) {
            moved[i] += s;
        }
        let expected: Vec<f64> =
            r.iter().zip(times(&basis, &step)).map(|(r, change)| r + change).collect();
        assert_close(&residuals(objective, &moved), &expected, 1e-12, norm(&r), name);
    });
}

/// What can be eliminated, equation by equation.
#[test]
fn linear_parameters_are_those_the_equation_is_affine_in() {
    let n_linear = |cases: Vec<Case>, name: &str| {
        let case = cases.into_iter().find(|c| c.name.starts_with(name)).unwrap();
        (case.objective.n_linear_params(), case.objective.n_params())
    };
    // Output layer of W (4) and all of V (6); the exponential of T leaves nothing.
    let found = n_linear(aggregation_cases(), "aggregation-diffusion log-fixed-point [0, 1] ");
    assert_eq!(found.0, 4 + 6);
    let found = n_linear(aggregation_cases(), "aggregation-diffusion fixed-point [0, 1] ");
    assert_eq!(found.0, 0);
    // κ W is a product: only one factor can be eliminated.
    let found = n_linear(aggregation_cases(), "aggregation-diffusion log-fixed-point [0, 3]");
    assert_eq!(found.0, 4);
    let found = n_linear(reaction_cases(), "diffusion-reaction fixed-point [2]");
    assert_eq!(found.0, found.1);
}
