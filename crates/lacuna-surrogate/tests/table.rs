//! Tables and interpolation: known functions, orders of convergence, derivatives, bad data.

mod common;

use common::*;
use lacuna_core::{Dual, Pool, Scalar, Surrogate};
use lacuna_surrogate::interpolation::CubicSpline;
use lacuna_surrogate::{Describe, Interval, SurrogateError, Table};

const TAU: f64 = std::f64::consts::TAU;

/// Largest error at 500 points of [0, 1], of value and derivative.
fn errors(table: &Table, f: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> [f64; 2] {
    let mut errors = [0.0_f64; 2];
    for i in 0..=500 {
        let x = i as f64 / 500.0;
        let dual = table.eval(&[], &[Dual::assemble(x, |_| 1.0)]);
        errors[0] = errors[0].max((dual.value() - f(x)).abs());
        errors[1] = errors[1].max((dual.tangent(0) - slope(x)).abs());
    }
    errors
}

/// Unequally spaced points of [0, 1), in no order.
fn scattered(n: usize) -> Vec<f64> {
    (0..n)
        .map(|i| {
            let x = ((7 * i) % n) as f64 / n as f64;
            x + 0.1 / n as f64 * (TAU * 3.0 * x).sin()
        })
        .collect()
}

#[test]
fn a_sine_is_reproduced_with_fourth_order() {
    let wave = |x: f64| (TAU * x + 0.4).sin();
    let slope = |x: f64| TAU * (TAU * x + 0.4).cos();
    for periodic in [true, false] {
        let errors_with = |n: usize| {
            let mut x = scattered(n);
            if !periodic {
                x.push(1.0);
            }
            let y = x.iter().map(|&x| wave(x)).collect();
            let domain = Interval { lower: 0.0, upper: 1.0, periodic };
            errors(&Table::new(&[domain], x, y).unwrap(), wave, slope)
        };
        let (coarse, fine) = (errors_with(40), errors_with(80));
        assert!((coarse[0] / fine[0]).log2() > 3.5, "{periodic}: {coarse:?} {fine:?}");
        assert!((coarse[1] / fine[1]).log2() > 2.5, "{periodic}: {coarse:?} {fine:?}");
        assert!(fine[0] < 1e-6);
    }
}

#[test]
fn cubics_are_reproduced_also_from_cell_centres() {
    let cubic = |x: f64| 1.0 - 2.0 * x + 3.0 * x * x - 4.0 * x.powi(3);
    let slope = |x: f64| -2.0 + 6.0 * x - 12.0 * x * x;
    for n in [4, 5, 9] {
        let x: Vec<f64> = (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect();
        let y = x.iter().map(|&x| cubic(x)).collect();
        let table = Table::new(&[Interval::bounded(0.0, 1.0)], x, y).unwrap();
        assert!(errors(&table, cubic, slope).iter().all(|&e| e < 1e-12));
    }
}

#[test]
fn beyond_one_interval_a_spline_goes_on_linearly() {
    let x = vec![0.0, 1.0, 2.0, 3.0, 4.0];
    let spline = CubicSpline::not_a_knot(x, vec![0.0, 1.0, 4.0, 9.0, 16.0]).unwrap();
    assert!((spline.eval(5.0) - 25.0_f64).abs() < 1e-12);
    assert!((spline.eval(7.0) - (25.0 + 2.0 * 10.0_f64)).abs() < 1e-12);
    assert!((spline.eval(-3.0) - (1.0 + 2.0 * 2.0_f64)).abs() < 1e-12);
}

#[test]
fn periodic_data_may_hold_one_end_or_both() {
    let domain = [Interval::periodic(-0.5, 0.5)];
    let wave = |&x: &f64| (TAU * x).cos();
    let one: Vec<f64> = (0..16).map(|i| -0.5 + i as f64 / 16.0).collect();
    let both: Vec<f64> = (0..=16).map(|i| -0.5 + i as f64 / 16.0).collect();
    let table_of = |x: Vec<f64>| {
        let y = x.iter().map(wave).collect();
        Table::new(&domain, x, y).unwrap()
    };
    let (one, both) = (table_of(one), table_of(both));
    for i in -40..40 {
        let x = 0.037 * i as f64;
        let (a, b, wrapped) =
            (one.eval(&[], &[x]), both.eval(&[], &[x]), one.eval(&[], &[x + 3.0]));
        assert!((a - b).abs() < 1e-13 && (a - wrapped).abs() < 1e-12);
    }
    assert_eq!(both.describe(), "table of 17 values, cubic spline, periodic");
}

#[test]
fn the_derivative_is_that_of_the_values() {
    for periodic in [true, false] {
        let x = scattered(12);
        let y = x.iter().map(|&x| (TAU * x).sin().exp()).collect();
        let domain = Interval { lower: 0.0, upper: 1.0, periodic };
        let table = Table::new(&[domain], x, y).unwrap();
        let points = points_in(domain, 7);
        check_taylor(&table, &[], &points, "table");
        check_fast_paths(&table, &[], &points, "table");
        let out = outputs(&table, &[], &points, &mut Pool::new());
        assert_eq!(out.jacobian.ncols(), 0);
    }
}

#[test]
fn bad_data_are_refused_with_the_reason() {
    let line = [Interval::bounded(0.0, 1.0)];
    let circle = [Interval::periodic(0.0, 1.0)];
    let error = |domain: &[Interval], x: &[f64], y: &[f64]| {
        Table::new(domain, x.to_vec(), y.to_vec()).unwrap_err()
    };
    assert_eq!(
        error(&line, &[0.0, 0.5, 1.0], &[0.0; 3]),
        SurrogateError::TooFewPoints { found: 3, required: 4 }
    );
    assert_eq!(
        error(&line, &[0.0, 0.5, 0.2, 0.5], &[0.0; 4]),
        SurrogateError::DuplicatePoint { first: 1, second: 3, x: 0.5 }
    );
    assert!(matches!(
        error(&line, &[0.0, 0.5, 0.2, 0.7], &[0.0, f64::NAN, 1.0, 1.0]),
        SurrogateError::NonFinite { quantity: "value", index: 1, .. }
    ));
    assert!(matches!(
        error(&line, &[0.0, 0.5, 0.2], &[0.0]),
        SurrogateError::Shape { found: 1, expected: 3, .. }
    ));
    assert!(matches!(
        error(&circle, &[0.0, 0.25, 0.5, 0.75, 1.0], &[0.0, 1.0, 2.0, 1.0, 0.5]),
        SurrogateError::PeriodicEnds { .. }
    ));
    assert_eq!(
        error(&circle, &[0.0, 0.25, 0.5, 1.0], &[0.0, 1.0, 2.0, 0.0]),
        SurrogateError::TooFewPoints { found: 3, required: 4 }
    );
    let message = error(&circle, &[0.0, 0.25, 0.5, 1.5], &[0.0; 4]).to_string();
    assert!(message.contains("within one period"), "{message}");
    assert!(matches!(
        error(&[line[0], line[0]], &[0.0], &[0.0]),
        SurrogateError::Dimension { class: "table", found: 2 }
    ));
}
