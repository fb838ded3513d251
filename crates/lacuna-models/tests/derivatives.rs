//! Derivatives of every equation, form and slot: hand-written against dual numbers, pullbacks
//! against tangents, and Taylor remainders.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use faer::Mat;
use lacuna_core::taylor::TaylorTest;
use lacuna_core::{
    Conditions, Dual, DualStateMap, Form, Functions, Linearisation, Model, Pool, Scalar, StateMap,
    Symmetry, Tabulated,
};
use lacuna_grid::{Axis, Boundary, Grid};
use lacuna_models::{AggregationDiffusion, DiffusionReaction};

fn wave(n: usize, seed: f64) -> Vec<f64> {
    (0..n).map(|i| (i as f64 * 0.37 * seed + seed).sin() + 0.3 * (i as f64 * seed).cos()).collect()
}

struct Case {
    model: Box<dyn Model>,
    u: Vec<f64>,
    functions: Tabulated<f64>,
    conditions: Conditions,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for n in [8, 9, 20] {
        let axis = Axis { origin: 0.2, length: 2.0, cells: n, boundary: Boundary::Periodic };
        for symmetry in [Symmetry::None, Symmetry::Even, Symmetry::Odd] {
            let grid = Grid::new(vec![axis]).unwrap();
            let model = AggregationDiffusion::new(grid, symmetry).unwrap();
            let mut kernel = wave(lacuna_core::SteadyModel::slots(&model)[0].points.len(), 1.1);
            if symmetry == Symmetry::Odd {
                kernel[0] = 0.0;
                if n % 2 == 0 {
                    kernel[n / 2] = 0.0;
                }
            }
            cases.push(Case {
                model: Box::new(model),
                u: wave(n, 0.9).iter().map(|v| 0.5 + 0.1 * v).collect(),
                functions: Tabulated::from_values(vec![kernel, wave(n, 0.6), vec![0.7], vec![1.3]]),
                conditions: Conditions { mass: 1.5, ..Conditions::default() },
            });
        }
        let axis = Axis { boundary: Boundary::Dirichlet, ..axis };
        let model = DiffusionReaction::new(Grid::new(vec![axis]).unwrap()).unwrap();
        cases.push(Case {
            model: Box::new(model),
            u: wave(n, 0.9),
            functions: Tabulated::from_values(vec![
                wave(n + 1, 0.4).iter().map(|v| 1.0 + 0.3 * v).collect(),
                wave(n, 0.6),
                wave(n, 0.8),
            ]),
            conditions: Conditions { boundary_values: vec![0.3, -0.4], ..Conditions::default() },
        });
    }
    cases
}

fn residual(case: &Case, form: Form, u: &[f64], functions: &Tabulated<f64>) -> Vec<f64> {
    let mut out = vec![0.0; u.len()];
    case.model.residual(form, u, functions, &case.conditions, &mut Pool::new(), &mut out).unwrap();
    out
}

#[test]
fn state_maps_agree_with_dual_numbers_and_are_adjoint() {
    for case in cases() {
        let n = case.u.len();
        let mut own = case.model.state_map(&case.functions, &case.conditions);
        let mut dual = DualStateMap::new(case.model.as_ref(), &case.functions, &case.conditions);
        let (v, y) = (wave(n, 1.7), wave(n, 2.3));
        let run = |map: &mut dyn StateMap| {
            let mut out = vec![vec![0.0; n]; 3];
            map.map(&case.u, &mut out[0]).unwrap();
            map.set_state(&case.u, &out[0].clone());
            map.product(&v, &mut out[1]).unwrap();
            map.adjoint_product(&y, &mut out[2]).unwrap();
            out
        };
        let (own, dual) = (run(own.as_mut()), run(&mut dual));
        for (a, b) in own.iter().flatten().zip(dual.iter().flatten()) {
            assert!((a - b).abs() < 1e-13 * (1.0 + b.abs()), "{}: {a} {b}", case.model.name());
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert!((dot(&own[1], &y) - dot(&own[2], &v)).abs() < 1e-12, "{}", case.model.name());
    }
}

#[test]
fn tangents_and_pullbacks_agree_with_dual_numbers() {
    for case in cases() {
        for &form in case.model.forms() {
            let r = residual(&case, form, &case.u, &case.functions);
            let at = Linearisation {
                form,
                u: &case.u,
                functions: &case.functions,
                conditions: &case.conditions,
                residual: &r,
            };
            for (slot, info) in case.model.slots().iter().enumerate() {
                let (m, n, k) = (info.points.len(), case.u.len(), 3);
                let dvalues = Mat::from_fn(m, k, |i, j| wave(m, 0.5 + 0.2 * j as f64)[i]);
                let mut pool = Pool::new();
                let mut by_hand = Mat::zeros(n, k);
                let mut by_duals = Mat::zeros(n, k);
                case.model
                    .tangent(&at, slot, dvalues.as_ref(), &mut pool, by_hand.as_mut())
                    .unwrap();
                case.model
                    .tangent_by_lanes(&at, slot, dvalues.as_ref(), by_duals.as_mut())
                    .unwrap();
                let difference = (&by_hand - &by_duals).norm_l2();
                let what = format!("{} {form} {} n={n}", case.model.name(), info.name);
                assert!(difference <= 1e-11 * by_duals.norm_l2().max(1.0), "{what} {difference}");
                assert!(by_duals.norm_l2() > 1e-3, "{what}: nothing to compare");

                let y = wave(n, 1.9);
                let mut pulled = vec![0.0; m];
                case.model.pullback(&at, slot, &y, &mut pool, &mut pulled).unwrap();
                for j in 0..k {
                    let left: f64 = (0..m).map(|i| pulled[i] * dvalues[(i, j)]).sum();
                    let right: f64 = (0..n).map(|i| y[i] * by_hand[(i, j)]).sum();
                    assert!((left - right).abs() < 1e-10 * right.abs().max(1.0), "{what}");
                }
            }
        }
    }
}

#[test]
fn taylor_remainders_with_respect_to_functions_and_state() {
    for case in cases() {
        for &form in case.model.forms() {
            for (slot, info) in case.model.slots().iter().enumerate() {
                let m = info.points.len();
                let direction = wave(m, 0.8);
                let moved = |h: f64| {
                    let mut functions = case.functions.clone();
                    for (v, d) in functions.values_mut(slot).iter_mut().zip(&direction) {
                        *v += h * d;
                    }
                    residual(&case, form, &case.u, &functions)
                };
                let r = residual(&case, form, &case.u, &case.functions);
                let at = Linearisation {
                    form,
                    u: &case.u,
                    functions: &case.functions,
                    conditions: &case.conditions,
                    residual: &r,
                };
                let dvalues = Mat::from_fn(m, 1, |i, _| direction[i]);
                let mut out = Mat::zeros(case.u.len(), 1);
                case.model
                    .tangent(&at, slot, dvalues.as_ref(), &mut Pool::new(), out.as_mut())
                    .unwrap();
                let derivative: Vec<f64> = out.col(0).iter().copied().collect();
                let test = TaylorTest::run(moved, &derivative, 1e-2, 6);
                assert!(test.passes(), "{} {form} {}: {test:?}", case.model.name(), info.name);
            }

            let direction: Vec<f64> = wave(case.u.len(), 1.4).iter().map(|v| 0.1 * v).collect();
            let u: Vec<Dual> =
                case.u.iter().zip(&direction).map(|(&u, &d)| Dual::assemble(u, |_| d)).collect();
            let mut out = vec![Dual::constant(0.0); u.len()];
            case.model
                .residual(
                    form,
                    &u,
                    &case.functions.lift(),
                    &case.conditions,
                    &mut Pool::new(),
                    &mut out,
                )
                .unwrap();
            let derivative: Vec<f64> = out.iter().map(|d| d.tangent(0)).collect();
            let moved = |h: f64| {
                let u: Vec<f64> = case.u.iter().zip(&direction).map(|(u, d)| u + h * d).collect();
                residual(&case, form, &u, &case.functions)
            };
            let test = TaylorTest::run(moved, &derivative, 1e-2, 6);
            assert!(test.passes(), "{} {form} state: {test:?}", case.model.name());
        }
    }
}

#[test]
fn declared_affinity_is_true() {
    for case in cases() {
        for &form in case.model.forms() {
            let slots: Vec<usize> = (0..case.model.slots().len()).collect();
            for &a in &slots {
                for &b in &slots {
                    let pair = if a == b { vec![a] } else { vec![a, b] };
                    let along = |h: f64| {
                        let mut functions = case.functions.clone();
                        for &slot in &pair {
                            let len = functions.values(slot).len();
                            let direction = wave(len, 0.8 + slot as f64);
                            for (v, d) in functions.values_mut(slot).iter_mut().zip(&direction) {
                                *v += h * 0.1 * d.abs();
                            }
                        }
                        residual(&case, form, &case.u, &functions)
                    };
                    let (zero, one, two) = (along(0.0), along(1.0), along(2.0));
                    let scale: f64 = zero.iter().map(|v| v.abs()).fold(1.0, f64::max);
                    let bend = (0..zero.len())
                        .map(|i| (two[i] - 2.0 * one[i] + zero[i]).abs())
                        .fold(0.0, f64::max);
                    let affine = case.model.is_affine(form, &pair);
                    assert_eq!(affine, bend < 1e-11 * scale, "{form} {pair:?} {bend}");
                }
            }
        }
    }
}

#[test]
fn manufactured_diffusion_reaction_is_solved_to_second_order() {
    let error = |n: usize| {
        let axis = Axis { origin: 0.0, length: 1.0, cells: n, boundary: Boundary::Dirichlet };
        let model = DiffusionReaction::new(Grid::new(vec![axis]).unwrap()).unwrap();
        // u = exp(x), a = 1 + x, k = 2: f = −(a u')' + k u = −(2 + x) e^x + 2 e^x = −x e^x.
        let at = |f: &dyn Fn(f64) -> f64, slot: usize| -> Vec<f64> {
            let slots = lacuna_core::SteadyModel::slots(&model);
            slots[slot].points.iter().map(|x| f(x[0])).collect()
        };
        let functions = Tabulated::from_values(vec![
            at(&|x| 1.0 + x, 0),
            at(&|_| 2.0, 1),
            at(&|x: f64| -x * x.exp(), 2),
        ]);
        let exact = at(&f64::exp, 1);
        let conditions =
            Conditions { boundary_values: vec![1.0, 1f64.exp()], ..Default::default() };
        let model: &dyn Model = &model;
        let mut out = vec![0.0; n];
        model
            .residual(Form::FixedPoint, &exact, &functions, &conditions, &mut Pool::new(), &mut out)
            .unwrap();
        out.iter().fold(0.0f64, |m, r| m.max(r.abs()))
    };
    let order = (error(64) / error(128)).log2();
    assert!((order - 2.0).abs() < 0.1, "order {order}");
}

#[test]
fn the_kuramoto_state_is_a_fixed_point_of_every_form() {
    // u = exp(a cos x)/(2π I0(a)) for W = −cos, V = 0 and a = κ I1(a)/(σ I0(a)).
    let n = 64;
    let a: f64 = 1.7;
    let length = 2.0 * std::f64::consts::PI;
    let axis = Axis { origin: 0.0, length, cells: n, boundary: Boundary::Periodic };
    let grid = Grid::new(vec![axis]).unwrap();
    let x: Vec<f64> = grid.nodes().coordinates().to_vec();
    let raw: Vec<f64> = x.iter().map(|x| (a * x.cos()).exp()).collect();
    let mass = grid.integrate(&raw);
    let u: Vec<f64> = raw.iter().map(|r| r / mass).collect();
    let first: Vec<f64> = u.iter().zip(&x).map(|(u, x)| u * x.cos()).collect();
    let coupling = a / grid.integrate(&first);
    for symmetry in [Symmetry::None, Symmetry::Even] {
        let model = AggregationDiffusion::new(grid.clone(), symmetry).unwrap();
        let model: &dyn Model = &model;
        let kernel = model.slots()[0].points.iter().map(|r| -r[0].cos()).collect();
        let functions =
            Tabulated::from_values(vec![kernel, vec![0.0; n], vec![1.0], vec![coupling]]);
        for &form in model.forms() {
            let mut out = vec![0.0; n];
            let conditions = Conditions::default();
            model.residual(form, &u, &functions, &conditions, &mut Pool::new(), &mut out).unwrap();
            assert!(out.iter().all(|r| r.abs() < 1e-12), "{form}");
        }
    }
}
