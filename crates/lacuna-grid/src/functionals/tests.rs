//! Functionals against closed forms: p(x) = Σ_k c_k x^k of degree 7 and u(x) = exp(sin 2πx/L).

use std::f64::consts::TAU;

use faer::Mat;

use super::*;
use crate::Axis;

const SIZES: [usize; 5] = [4, 5, 8, 9, 64];
const ORIGIN: f64 = -0.5;
const LENGTH: f64 = 2.0;

pub(super) fn grid(boundary: Boundary, cells: usize) -> Grid {
    Grid::new(vec![Axis { origin: ORIGIN, length: LENGTH, cells, boundary }]).unwrap()
}

pub(super) fn sample(grid: &Grid, f: impl Fn(f64) -> f64) -> Vec<f64> {
    grid.nodes().iter().map(|x| f(x[0])).collect()
}

fn applied(functionals: &Functionals, u: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NAN; functionals.len()];
    functionals.apply(u, &mut out);
    out
}

/// A polynomial of degree `degree` in (x − 0.3) and its antiderivative.
fn polynomial(degree: i32, x: f64) -> f64 {
    (0..=degree).map(|k| f64::from(k % 3 + 1) * (x - 0.3).powi(k)).sum()
}

fn antiderivative(degree: i32, x: f64) -> f64 {
    let term = |k| f64::from(k % 3 + 1) * (x - 0.3).powi(k + 1) / f64::from(k + 1);
    (0..=degree).map(term).sum()
}

fn close(found: &[f64], right: &[f64], tolerance: f64) -> bool {
    found.len() == right.len() && found.iter().zip(right).all(|(a, b)| (a - b).abs() < tolerance)
}

#[test]
fn polynomials_on_an_interval_are_reproduced() {
    let x: Vec<f64> = (0..=40).map(|i| ORIGIN + LENGTH * f64::from(i) / 40.0).collect();
    let (lower, upper) = (&x[..33], &x[8..]);
    for n in SIZES {
        for ends in [false, true] {
            let grid = grid(Boundary::Dirichlet, n);
            let degree = 7.min(n as i32 - 1 + if ends { 2 } else { 0 });
            let p = |x: f64| polynomial(degree, x);
            let u = sample(&grid, p);
            let values = [p(ORIGIN), p(ORIGIN + LENGTH)];
            let values = if ends { &values[..] } else { &[] };

            let found = applied(&Functionals::points(&grid, &x, values), &u);
            let right: Vec<f64> = x.iter().map(|&x| p(x)).collect();
            assert!(close(&found, &right, 1e-11), "{n} {ends}");

            let right: Vec<f64> = lower
                .iter()
                .zip(upper)
                .map(|(&a, &b)| antiderivative(degree, b) - antiderivative(degree, a))
                .collect();
            let found = applied(&Functionals::integrals(&grid, lower, upper, values), &u);
            assert!(close(&found, &right, 1e-11), "{n} {ends}");
            let right: Vec<f64> = right.iter().map(|integral| integral / 0.4).collect();
            let found = applied(&Functionals::averages(&grid, lower, upper, values), &u);
            assert!(close(&found, &right, 1e-11), "{n} {ends}");
        }
    }
}

#[test]
fn end_values_make_an_offset() {
    let grid = grid(Boundary::Dirichlet, 16);
    let ends = [ORIGIN, ORIGIN + LENGTH];
    let found = applied(&Functionals::points(&grid, &ends, &[3.0, -2.0]), &[0.0; 16]);
    assert!(close(&found, &[3.0, -2.0], 1e-15));
}

#[test]
fn harmonics_on_a_circle_are_seen_from_anywhere() {
    let grid = grid(Boundary::Periodic, 512);
    let f = |x: f64| 1.0 + (TAU * x / LENGTH).sin() - 0.3 * (2.0 * TAU * x / LENGTH).cos();
    let u = sample(&grid, f);
    let x: Vec<f64> = (-50..50).map(|i| f64::from(i) * 0.0777).collect();
    let right: Vec<f64> = x.iter().map(|&x| f(x)).collect();
    assert!(close(&applied(&Functionals::points(&grid, &x, &[]), &u), &right, 1e-13));
}

#[test]
fn tiny_circles_keep_constants_nodes_and_mass() {
    for n in SIZES {
        let grid = grid(Boundary::Periodic, n);
        let u: Vec<f64> = (0..n).map(|i| (i * i % 7) as f64 - 0.5).collect();
        let nodes: Vec<f64> = grid.nodes().iter().map(|x| x[0] + LENGTH).collect();
        assert!(close(&applied(&Functionals::points(&grid, &nodes, &[]), &u), &u, 1e-12));

        let x: Vec<f64> = (0..50).map(|i| 0.07 * f64::from(i)).collect();
        let found = applied(&Functionals::points(&grid, &x, &[]), &vec![2.0; n]);
        assert!(close(&found, &[2.0; 50], 1e-12));

        let start = 0.123;
        let whole = Functionals::integrals(&grid, &[start], &[start + LENGTH], &[]);
        assert!(close(&applied(&whole, &u), &[grid.integrate(&u)], 1e-12), "{n}");
        let twice = Functionals::integrals(&grid, &[start], &[start + 2.0 * LENGTH], &[]);
        assert!(close(&applied(&twice, &u), &[2.0 * grid.integrate(&u)], 1e-12), "{n}");
        let nothing = Functionals::integrals(&grid, &[start], &[start], &[]);
        assert_eq!(applied(&nothing, &u), [0.0]);
    }
}

/// ∫_a^b exp(sin(2πx/L)) dx by a composite rule of Simpson with 20,000 panels.
fn reference_integral(a: f64, b: f64) -> f64 {
    let panels = 20_000;
    let h = (b - a) / f64::from(2 * panels);
    let f = |i: i32| wave(a + f64::from(i) * h);
    let sum: f64 = (0..panels).map(|i| f(2 * i) + 4.0 * f(2 * i + 1) + f(2 * i + 2)).sum();
    sum * h / 3.0
}

fn wave(x: f64) -> f64 {
    (TAU * x / LENGTH).sin().exp()
}

#[test]
fn points_and_integrals_converge_with_order_eight() {
    let x: Vec<f64> = (0..200).map(|i| 0.01 * f64::from(i) + 0.0037).collect();
    let (lower, upper) = ([-0.31, 0.2, 1.3], [0.9, 0.27, 2.1]);
    let right: Vec<f64> = x.iter().map(|&x| wave(x)).collect();
    let right_integrals: Vec<f64> =
        lower.iter().zip(upper).map(|(&a, b)| reference_integral(a, b)).collect();
    let error = |found: &[f64], right: &[f64]| {
        found.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    let errors: Vec<[f64; 2]> = [32, 64]
        .into_iter()
        .map(|n| {
            let grid = grid(Boundary::Periodic, n);
            let u = sample(&grid, wave);
            let points = applied(&Functionals::points(&grid, &x, &[]), &u);
            let integrals = applied(&Functionals::integrals(&grid, &lower, &upper, &[]), &u);
            [error(&points, &right), error(&integrals, &right_integrals)]
        })
        .collect();
    for kind in 0..2 {
        let order = (errors[0][kind] / errors[1][kind]).log2();
        assert!(order > 7.5, "{order} from {errors:?}");
    }
}

#[test]
fn an_order_eight_error_near_the_ends_too() {
    let error = |n: usize| {
        let grid = grid(Boundary::Dirichlet, n);
        let u = sample(&grid, wave);
        let ends = [wave(ORIGIN), wave(ORIGIN + LENGTH)];
        let x: Vec<f64> = (0..=200).map(|i| ORIGIN + 0.01 * f64::from(i)).collect();
        let found = applied(&Functionals::points(&grid, &x, &ends), &u);
        found.iter().zip(&x).map(|(u, &x)| (u - wave(x)).abs()).fold(0.0, f64::max)
    };
    let order = (error(64) / error(128)).log2();
    assert!(order > 7.0, "{order}");
}

#[test]
fn weighted_functionals_are_the_quadrature() {
    let grid = grid(Boundary::Periodic, 9);
    let u = sample(&grid, wave);
    let phi = sample(&grid, |x| if x > 0.5 { x } else { 0.0 });
    let product: Vec<f64> = phi.iter().zip(&u).map(|(a, b)| a * b).collect();
    let found = applied(&Functionals::weighted(&grid, vec![phi, vec![1.0; 9]]), &u);
    assert!(close(&found, &[grid.integrate(&product), grid.integrate(&u)], 1e-14));
    let found = applied(&Functionals::node_integrals(&grid), &u);
    assert!((found.iter().sum::<f64>() - grid.integrate(&u)).abs() < 1e-14);
}

#[test]
fn adjoint_columns_and_subsets_agree_with_the_rows() {
    let grid = grid(Boundary::Dirichlet, 11);
    let (lower, upper) = ([-0.4, 0.0, 0.31, 1.2], [0.7, 0.3, 0.33, 1.5]);
    let functionals = Functionals::integrals(&grid, &lower, &upper, &[1.0, 2.0]);
    assert_eq!((functionals.len(), functionals.n_nodes()), (4, 11));
    let du: Vec<f64> = (0..11).map(|i| f64::from(i).cos()).collect();
    let y = [0.3, -1.0, 2.0, 0.7];
    let (mut forward, mut backward) = ([0.0; 4], [1.0; 11]);
    functionals.apply_linear(&du, &mut forward);
    functionals.add_adjoint(&y, &mut backward);
    let left: f64 = forward.iter().zip(&y).map(|(a, b)| a * b).sum();
    let right: f64 = backward.iter().zip(&du).map(|(a, b)| (a - 1.0) * b).sum();
    assert!((left - right).abs() < 1e-14);

    let mut out = Mat::zeros(4, 2);
    let transposed = Mat::from_fn(2, 11, |j, i| du[i] * (j + 1) as f64);
    functionals.apply_to_columns(transposed.transpose(), out.as_mut());
    assert!((0..4).all(|i| out[(i, 0)] == forward[i]));
    assert!((0..4).all(|i| (out[(i, 1)] - 2.0 * forward[i]).abs() < 1e-14));

    let all = applied(&functionals, &du);
    assert_eq!(applied(&functionals.subset(&[3, 1]), &du), [all[3], all[1]]);
    assert!(functionals.subset(&[]).is_empty());
}

#[test]
#[should_panic(expected = "two end values")]
fn a_circle_has_no_end_values() {
    Functionals::points(&grid(Boundary::Periodic, 8), &[0.0], &[1.0, 2.0]);
}
