//! Networks: derivatives, constraints and starts.

mod common;

use common::*;
use faer::linalg::solvers::SolveLstsq;
use faer::prelude::*;
use lacuna_core::{Points, Pool, Surrogate, Symmetry};
use lacuna_surrogate::{
    Activation, Describe, Interval, Network, NetworkOptions, Positive, SurrogateError, ZeroMean,
};

const HIDDEN: [&[usize]; 8] = [&[1], &[2], &[3], &[8], &[16], &[3, 2], &[16, 16], &[8, 1, 3]];

#[test]
fn fast_paths_agree_with_dual_numbers() {
    for hidden in HIDDEN {
        for network in networks(hidden) {
            let theta = network.initial(3);
            for n in POINT_COUNTS {
                let points = points_in(network.options().domain[0], n);
                check_fast_paths(&network, &theta, &points, &network.describe());
            }
        }
    }
}

#[test]
fn fast_paths_of_constrained_networks_agree_with_dual_numbers() {
    for network in networks(&[3, 2]) {
        let interval = network.options().domain[0];
        let theta = network.initial(5);
        for n in [1, 7, 65] {
            let points = points_in(interval, n);
            let positive = Positive::new(network.clone());
            check_fast_paths(&positive, &theta, &points, &positive.describe());
            let rule = points_in(interval, 6);
            let weights = vec![0.1, 0.2, 0.3, 0.1, 0.2, 0.7];
            let zero_mean = ZeroMean::new(network.clone(), rule, weights).unwrap();
            check_fast_paths(&zero_mean, &theta, &points, &zero_mean.describe());
        }
    }
}

#[test]
fn no_points_give_nothing() {
    let network = Network::new(NetworkOptions::default()).unwrap();
    let none = Points::line(Vec::new());
    let out = outputs(&network, &network.initial(0), &none, &mut Pool::new());
    assert!(out.values.is_empty());
    assert!(out.pullback.iter().all(|&g| g == 0.0));
}

#[test]
fn taylor_remainders_are_of_second_order() {
    for hidden in [&[8][..], &[3, 2], &[8, 3, 2]] {
        for network in networks(hidden) {
            let theta = network.initial(1);
            let points = points_in(network.options().domain[0], 7);
            check_taylor(&network, &theta, &points, &network.describe());
            check_taylor(&Positive::new(network), &theta, &points, "positive");
        }
    }
}

#[test]
fn constraints_hold_for_any_parameters() {
    for network in networks(&[8, 3]) {
        let NetworkOptions { domain, symmetry, .. } = network.options().clone();
        for seed in 0..3 {
            let theta: Vec<f64> = network.initial(seed).iter().map(|t| 3.0 * t).collect();
            check_symmetry(&network, &theta, symmetry, domain[0], &network.describe());
            let points = points_in(domain[0], 65);
            let mut values = vec![0.0; 65];
            let positive = Positive::new(network.clone());
            positive.values(&theta, &points, &mut Pool::new(), &mut values);
            assert!(values.iter().all(|&f| f > 0.0));
            let weights: Vec<f64> = (0..65).map(|i| 1.0 + (i % 3) as f64).collect();
            let zero_mean =
                ZeroMean::new(network.clone(), points.clone(), weights.clone()).unwrap();
            zero_mean.values(&theta, &points, &mut Pool::new(), &mut values);
            let mean: f64 = values.iter().zip(&weights).map(|(f, w)| f * w).sum();
            let size: f64 = values.iter().zip(&weights).map(|(f, w)| f.abs() * w).sum();
            assert!(mean.abs() < 1e-12 * (1.0 + size));
        }
    }
}

#[test]
fn f_is_affine_in_the_output_layer() {
    for network in networks(&[3, 2]) {
        let theta = network.initial(2);
        let points = points_in(network.options().domain[0], 7);
        let out = outputs(&network, &theta, &points, &mut Pool::new());
        for i in 0..7 {
            let combined: f64 = network
                .linear_params()
                .enumerate()
                .map(|(column, j)| out.linear_basis[(i, column)] * theta[j])
                .sum();
            assert!((combined - out.values[i]).abs() < 1e-12);
        }
    }
}

#[test]
fn starts_depend_on_the_seed_only() {
    let network = Network::new(NetworkOptions::default()).unwrap();
    assert_eq!(network.initial(4), network.initial(4));
    assert_ne!(network.initial(4), network.initial(5));
    assert!(network.initial(4).iter().all(|t| t.is_finite()));
}

/// The start is good if the output layer alone already fits a smooth function.
#[test]
fn the_output_layer_of_a_start_fits_a_smooth_function() {
    for domain in [Interval::periodic(-0.5, 0.5), Interval::bounded(-0.5, 0.5)] {
        for hidden in [vec![16], vec![16, 16]] {
            for seed in 0..8 {
                let options = NetworkOptions {
                    domain: vec![domain],
                    hidden: hidden.clone(),
                    ..Default::default()
                };
                let network = Network::new(options).unwrap();
                let x: Vec<f64> = (0..128).map(|i| -0.5 + i as f64 / 128.0).collect();
                let points = Points::line(x.clone());
                let basis = outputs(&network, &network.initial(seed), &points, &mut Pool::new())
                    .linear_basis;
                let target =
                    Mat::from_fn(128, 1, |i, _| (std::f64::consts::TAU * x[i]).sin().exp());
                let fitted = &basis * basis.col_piv_qr().solve_lstsq(&target);
                let error = (&fitted - &target).norm_l2() / target.norm_l2();
                assert!(error < 2e-2, "{domain:?} {hidden:?} seed {seed}: {error}");
            }
        }
    }
}

#[test]
fn descriptions_and_errors_say_what_matters() {
    let options = NetworkOptions { symmetry: Symmetry::Even, ..Default::default() };
    let network = Network::new(options.clone()).unwrap();
    assert_eq!(network.describe(), "network 16-16, tanh, even, 321 parameters");
    for hidden in [vec![], vec![3, 0]] {
        let error = Network::new(NetworkOptions { hidden, ..options.clone() }).unwrap_err();
        assert!(matches!(error, SurrogateError::Option { option: "hidden", .. }));
    }
    let domain = vec![Interval::bounded(0.0, 1.0)];
    let error = Network::new(NetworkOptions { domain, harmonics: 2, ..options }).unwrap_err();
    assert!(matches!(error, SurrogateError::Option { option: "harmonics", .. }));
    assert_eq!(Activation::default().name(), "tanh");
}
