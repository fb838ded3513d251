//! Functions in other units: what they mean, and that their derivatives are those of dual numbers.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::*;
use lacuna_core::{Bound, Function, Points, Surrogate};
use lacuna_surrogate::{Expression, ExpressionOptions, Fourier, FourierOptions, Interval, Scaled};

const ARGUMENT: f64 = 1e-6;
const VALUE: f64 = 3e4;

fn classes() -> Vec<Arc<dyn Function>> {
    let parameters = vec![("a".into(), 0.7), ("b".into(), -1.3)];
    let options = ExpressionOptions { parameters, ..ExpressionOptions::default() };
    let expression = Expression::with_options("a*exp(b*x) + x^2", options).unwrap();
    let domain = vec![Interval::bounded(0.0, ARGUMENT)];
    let options = FourierOptions { domain, modes: 3, constant: true, ..FourierOptions::default() };
    vec![Arc::new(expression), Arc::new(Fourier::new(options).unwrap())]
}

#[test]
fn values_and_arguments_are_in_the_other_units() {
    for class in classes() {
        let theta = class.initial(3);
        let scaled = Scaled::new(class.clone(), ARGUMENT, VALUE);
        for x in [0.0, 0.3, 0.9] {
            let expected = class.eval_f64(&theta, &[ARGUMENT * x]) / VALUE;
            let found = scaled.eval(&theta, &[x]);
            assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{found} {expected}");
        }
    }
}

#[test]
fn derivatives_are_those_of_dual_numbers() {
    for (i, class) in classes().into_iter().enumerate() {
        let theta = class.initial(3);
        // Of order one, so that the comparison is.
        let scaled = Scaled::new(class, ARGUMENT, 0.5);
        let points = points_in(Interval::bounded(0.0, 1.0), 7);
        check_fast_paths(&scaled, &theta, &points, &format!("class {i}"));
        check_taylor(&scaled, &theta, &points, &format!("class {i}"));
    }
}

#[test]
fn the_same_units_leave_a_function_as_it_is() {
    let known: Arc<dyn Function> = Arc::new(Expression::new("sin(x)").unwrap());
    let bound = Scaled::bound(Bound::known(known.clone()), 1.0, 1.0);
    assert!(Arc::ptr_eq(&bound.function, &known));
    let scaled = Scaled::bound(Bound::known(known), 2.0, 1.0);
    assert_eq!(scaled.values(&Points::line(vec![0.5])), [1f64.sin()]);
}
