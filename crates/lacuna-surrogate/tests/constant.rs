//! Numbers in the place of functions.

mod common;

use common::*;
use lacuna_core::{Points, Surrogate};
use lacuna_surrogate::{Constant, Describe, Known, Positive, SurrogateError};

#[test]
fn numbers_pass_every_check() {
    let nowhere = Points::none();
    let constant = Constant::new(-0.3);
    check_fast_paths(&constant, &[-0.3], &nowhere, "constant");
    check_taylor(&constant, &[-0.3], &nowhere, "constant");
    let positive = Positive::scalar(0.2).unwrap();
    for theta in [-50.0, -1.0, 0.0, 2.0, 50.0] {
        check_fast_paths(&positive, &[theta], &nowhere, "positive");
    }
    check_taylor(&positive, &[-1.2], &nowhere, "positive");
    check_fast_paths(&Known(3.0), &[], &nowhere, "known");
    assert_eq!(Known(3.0).eval::<f64>(&[], &[]), 3.0);
    assert_eq!(constant.dim(), 0);
    assert_eq!(constant.linear_params(), 0..1);
    assert_eq!(positive.linear_params(), 0..0);
    assert_eq!(positive.describe(), "constant, 1 parameter, positive");
}

#[test]
fn the_start_is_the_requested_value_and_others_are_near() {
    assert_eq!(Constant::new(0.7).initial(0), [0.7]);
    for value in [1e-9, 1e-3, 0.2, 1.0, 40.0, 1e6] {
        let positive = Positive::scalar(value).unwrap();
        let start = |seed: u64| positive.eval(&positive.initial(seed), &[]) / value;
        assert!((start(0) - 1.0).abs() < 1e-14, "{value}");
        for seed in 1..50 {
            assert!((0.6..1.5).contains(&start(seed)), "{value}: {}", start(seed));
        }
        assert_ne!(start(1), start(2));
        assert_eq!(start(1), start(1));
    }
}

#[test]
fn a_positive_number_starts_positive() {
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = Positive::scalar(value).unwrap_err();
        assert!(matches!(error, SurrogateError::NotPositive { .. }));
    }
}
