//! Fourier series and splines: derivatives, constraints, and functions they must reproduce.

mod common;

use common::*;
use faer::Mat;
use faer::linalg::solvers::SolveLstsq;
use lacuna_core::{Dual, Points, Pool, Scalar, Surrogate, Symmetry};
use lacuna_surrogate::{
    Basis, Describe, Fourier, FourierOptions, Interval, Linear, Positive, Spline, SplineOptions,
    SurrogateError, ZeroMean,
};

fn fouriers() -> Vec<(Fourier, FourierOptions)> {
    let mut all = Vec::new();
    for symmetry in SYMMETRIES {
        for interval in intervals() {
            for modes in [1, 2, 16] {
                for constant in [true, false] {
                    let domain = vec![interval];
                    let options = FourierOptions { domain, modes, symmetry, constant };
                    all.push((Fourier::new(options.clone()).expect("valid options"), options));
                }
            }
        }
    }
    all
}

fn splines() -> Vec<(Spline, SplineOptions)> {
    let mut all = Vec::new();
    for symmetry in SYMMETRIES {
        for interval in intervals() {
            for knots in [4, 5, 20] {
                let options = SplineOptions { domain: vec![interval], knots, symmetry };
                all.push((Spline::new(options.clone()).expect("valid options"), options));
            }
        }
    }
    all
}

fn check_all<B: Basis + Describe + Clone>(f: &Linear<B>, interval: Interval, symmetry: Symmetry) {
    let theta = f.initial(2);
    let name = f.describe();
    assert_eq!(f.linear_params(), 0..f.n_params());
    for n in POINT_COUNTS {
        let points = points_in(interval, n);
        check_fast_paths(f, &theta, &points, &name);
        check_fast_paths(&Positive::new(f.clone()), &theta, &points, &name);
        let rule = points_in(interval, 6);
        let zero_mean = ZeroMean::new(f.clone(), rule, vec![1.0; 6]).expect("six weights");
        check_fast_paths(&zero_mean, &theta, &points, &name);
    }
    check_taylor(f, &theta, &points_in(interval, 7), &name);
    check_symmetry(f, &theta, symmetry, interval, &name);
}

/// Largest error of the least-squares fit to `target` at 200 points.
fn error_of_fit<S: Surrogate>(f: &S, interval: Interval, target: impl Fn(f64) -> f64) -> f64 {
    let points = points_in(interval, 200);
    let zeros = vec![0.0; f.n_params()];
    let mut basis = Mat::zeros(200, f.n_params());
    f.linear_basis(&zeros, &points, &mut Pool::new(), basis.as_mut());
    let target = Mat::from_fn(200, 1, |i, _| target(points.coordinates()[i]));
    (&basis * basis.col_piv_qr().solve_lstsq(&target) - &target).norm_max()
}

#[test]
fn fourier_series_pass_every_check() {
    for (f, FourierOptions { domain, symmetry, .. }) in fouriers() {
        check_all(&f, domain[0], symmetry);
    }
}

#[test]
fn splines_pass_every_check() {
    for (f, SplineOptions { domain, symmetry, .. }) in splines() {
        check_all(&f, domain[0], symmetry);
    }
}

#[test]
fn fourier_modes_are_what_the_documentation_says() {
    let options = FourierOptions { modes: 2, ..Default::default() };
    let f = Fourier::new(options).unwrap();
    let theta = [1.0, 2.0, 3.0, 4.0, 5.0];
    for x in [-0.4, 0.1, 0.33] {
        let phase = std::f64::consts::TAU * x;
        let expected = 1.0
            + 2.0 * phase.cos()
            + 3.0 * phase.sin()
            + 4.0 * (2.0 * phase).cos()
            + 5.0 * (2.0 * phase).sin();
        assert!((f.eval(&theta, &[x]) - expected).abs() < 1e-14);
    }
    let options = FourierOptions {
        domain: vec![Interval::bounded(0.0, 2.0)],
        modes: 2,
        constant: false,
        ..Default::default()
    };
    let cosines = Fourier::new(options).unwrap();
    let x = 0.7;
    let expected = (0.5 * std::f64::consts::PI * x).cos() - (std::f64::consts::PI * x).cos();
    assert!((cosines.eval(&[1.0, -1.0], &[x]) - expected).abs() < 1e-15);
    assert_eq!(cosines.describe(), "cosine series, 2 modes, 2 parameters");
}

#[test]
fn fourier_series_converge_to_smooth_functions() {
    let circle = Interval::periodic(-0.5, 0.5);
    let omega = std::f64::consts::TAU;
    for (symmetry, target) in [
        (Symmetry::None, (|p: f64| p.sin().exp()) as fn(f64) -> f64),
        (Symmetry::Even, |p: f64| p.cos().exp()),
        (Symmetry::Odd, |p: f64| p.sin() / (2.0 - p.cos())),
    ] {
        let options = FourierOptions { modes: 24, symmetry, ..Default::default() };
        let f = Fourier::new(options).unwrap();
        assert!(error_of_fit(&f, circle, |x| target(omega * x)) < 1e-11);
    }
    // With two ends: derivatives that vanish at the ends, or not.
    let line = Interval::bounded(-1.0, 1.0);
    for (symmetry, target) in [
        (Symmetry::None, (|x: f64| (1.0 - x * x).powi(2)) as fn(f64) -> f64),
        (Symmetry::Even, |x: f64| (1.0 - x * x).powi(2)),
        (Symmetry::Odd, |x: f64| x.powi(3) - 3.0 * x),
    ] {
        let domain = vec![line];
        let options = FourierOptions { domain, modes: 24, symmetry, constant: true };
        assert!(error_of_fit(&Fourier::new(options).unwrap(), line, target) < 1e-3);
    }
}

#[test]
fn splines_contain_cubics_and_converge_with_fourth_order() {
    let line = Interval::bounded(-1.0, 1.0);
    for (symmetry, target) in [
        (Symmetry::None, (|x: f64| 1.0 + x - 2.0 * x * x + x.powi(3)) as fn(f64) -> f64),
        (Symmetry::Even, |x: f64| 1.0 - 2.0 * x * x),
        (Symmetry::Odd, |x: f64| x - 2.0 * x.powi(3)),
    ] {
        for knots in [6, 7] {
            let options = SplineOptions { domain: vec![line], knots, symmetry };
            assert!(error_of_fit(&Spline::new(options).unwrap(), line, target) < 1e-12);
        }
    }
    let circle = Interval::periodic(0.0, 1.0);
    let error = |knots: usize| {
        let options = SplineOptions { domain: vec![circle], knots, symmetry: Symmetry::None };
        let f = Spline::new(options).unwrap();
        error_of_fit(&f, circle, |x| (std::f64::consts::TAU * x).sin())
    };
    assert!((error(10) / error(20)).log2() > 3.7);
}

#[test]
fn splines_are_twice_differentiable_and_go_on_linearly() {
    for (f, SplineOptions { domain, knots, .. }) in splines() {
        let theta = f.initial(1);
        let lifted: Vec<Dual> = theta.iter().map(|&t| Dual::constant(t)).collect();
        let slope = |x: f64| f.eval(&lifted, &[Dual::assemble(x, |_| 1.0)]).tangent(0);
        let interval = domain[0];
        for knot in 1..knots {
            let x = interval.lower + interval.length() * knot as f64 / knots as f64;
            let h = 1e-7;
            let (left, right) = ((slope(x) - slope(x - h)) / h, (slope(x + h) - slope(x)) / h);
            assert!((left - right).abs() < 1e-3, "{} at {x}", f.describe());
        }
        if !interval.periodic {
            for (end, out) in [(interval.lower, -0.4), (interval.upper, 0.4)] {
                let expected = f.eval(&theta, &[end]) + out * slope(end);
                assert!((f.eval(&theta, &[end + out]) - expected).abs() < 1e-12);
                assert!((slope(end + out) - slope(end)).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn the_number_of_parameters_is_the_dimension_of_the_space() {
    let count = |interval, knots, symmetry| {
        let f = Spline::new(SplineOptions { domain: vec![interval], knots, symmetry }).unwrap();
        let points = Points::line(points_in(interval, 400).coordinates().to_vec());
        let mut basis = Mat::zeros(400, f.n_params());
        let theta = vec![0.0; f.n_params()];
        f.linear_basis(&theta, &points, &mut Pool::new(), basis.as_mut());
        let singular = basis.singular_values().unwrap();
        assert!(singular[f.n_params() - 1] > 1e-3 * singular[0], "independent");
        f.n_params()
    };
    let [circle, line] = intervals();
    assert_eq!(count(circle, 8, Symmetry::None), 8);
    assert_eq!(count(circle, 8, Symmetry::Even), 5);
    assert_eq!(count(circle, 8, Symmetry::Odd), 3);
    assert_eq!(count(line, 8, Symmetry::None), 11);
    assert_eq!(count(line, 8, Symmetry::Even), 6);
    assert_eq!(count(line, 8, Symmetry::Odd), 5);
}

#[test]
fn symmetry_needs_a_symmetric_domain() {
    let domain = vec![Interval::bounded(0.0, 1.0)];
    let options = SplineOptions { domain: domain.clone(), symmetry: Symmetry::Even, knots: 8 };
    assert!(matches!(Spline::new(options), Err(SurrogateError::Symmetry { .. })));
    let options = FourierOptions { domain, symmetry: Symmetry::Odd, ..Default::default() };
    assert!(matches!(Fourier::new(options), Err(SurrogateError::Symmetry { .. })));
    let domain = vec![Interval::periodic(0.03, 1.03)];
    let options = SplineOptions { domain, symmetry: Symmetry::Even, knots: 8 };
    let error = Spline::new(options).unwrap_err().to_string();
    assert!(error.contains("half-way between two"), "{error}");
    // On a circle every interval with a knot at 0 will do.
    let circle = Interval::periodic(0.0, 1.0);
    let options = SplineOptions { domain: vec![circle], symmetry: Symmetry::Odd, knots: 9 };
    check_all(&Spline::new(options).unwrap(), circle, Symmetry::Odd);
}

#[test]
fn senseless_options_are_refused() {
    let options = FourierOptions { modes: 0, constant: false, ..Default::default() };
    assert!(matches!(Fourier::new(options), Err(SurrogateError::Option { option: "modes", .. })));
    let options = SplineOptions { knots: 3, ..Default::default() };
    assert!(matches!(Spline::new(options), Err(SurrogateError::Option { option: "knots", .. })));
    let error = Spline::new(SplineOptions { domain: vec![], ..Default::default() }).unwrap_err();
    assert!(error.to_string().contains("0 dimensions"), "{error}");
}
