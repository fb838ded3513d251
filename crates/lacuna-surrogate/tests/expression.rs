//! Expressions: meaning, derivatives, and what is said about mistakes.

mod common;

use common::*;
use lacuna_core::{Dual, LANES, Lanes, Points, Scalar, Surrogate};
use lacuna_surrogate::{Describe, Expression, ExpressionError, ExpressionOptions, Interval};

fn value(text: &str, x: f64) -> f64 {
    Expression::new(text).unwrap_or_else(|e| panic!("{e}")).eval(&[], &[x])
}

fn message(text: &str) -> String {
    Expression::new(text).expect_err("a mistake").to_string()
}

#[test]
fn expressions_mean_what_they_mean_in_mathematics() {
    use std::f64::consts::{E, PI, TAU};
    let x = 0.37;
    for (text, expected) in [
        ("-x^2", -x * x),
        ("(-x)^2", x * x),
        ("2*-x^2", -2.0 * x * x),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("2**3", 8.0),
        ("--x", x),
        ("+x - -x", 2.0 * x),
        ("1 - 2 - 3", -4.0),
        ("1 - 2 + 3", 2.0),
        ("8/4/2", 1.0),
        ("8/4*2", 4.0),
        ("2 + 3*4^2", 50.0),
        ("1e-3", 1e-3),
        ("1.5E+2 + .5 + 2.", 152.5),
        ("2*e", 2.0 * E),
        ("pi + π + PI + tau", 3.0 * PI + TAU),
        ("r", x),
        ("0.1*sin(2*pi*x)", 0.1 * (TAU * x).sin()),
        ("max(0, min(1, 3*x))", 1.0),
        ("max(x - 5, 1) + max(x, 2)", 3.0),
        ("atan2(-1, -x)", (-1.0_f64).atan2(-x)),
        ("pow(x, 3)", x.powi(3)),
        ("log(x) - ln(x) + log10(1000) + log2(8)", 6.0),
        ("cbrt(-8) + sqrt(9) + abs(-1) + sign(-x) + sign(0)", 1.0),
        ("exp(-x)*cosh(x) + sinh(x) + tanh(x)", (-x).exp() * x.cosh() + x.sinh() + x.tanh()),
        ("asin(x) + acos(x) + atan(x) + tan(x)", PI / 2.0 + x.atan() + x.tan()),
        ("(((x)))", x),
        ("2 − x", 2.0 - x),
        ("if(x < 0.37, 1, 2) + 10*(x <= 0.37) + 100*(x >= 0.37) + 1000*(x > 0.37)", 112.0),
        ("(x == 0.37) + 10*(x != 0.37)", 1.0),
        ("if(0.25 < x and x < 0.75, 0.1, 1)", 0.1),
        ("if(0.25 < x && x < 0.3 || x > 2, 0.1, 1)", 1.0),
        ("not x < 0.3 and x < 0.5", 1.0),
        ("!(x < 0.3) or 0", 1.0),
        ("not not 3", 1.0),
        ("heaviside(x - 0.3) + heaviside(x - 0.4) + heaviside(0)", 1.5),
        ("if(x > 1, 1/0, sin(x))", x.sin()),
        ("1 - x < 0.63 + 1e-9", 1.0),
    ] {
        let found = value(text, x);
        assert!((found - expected).abs() < 1e-14 * expected.abs().max(1.0), "{text}: {found}");
    }
}

#[test]
fn every_derivative_is_right() {
    let interval = Interval::bounded(0.1, 0.9);
    for text in [
        "sin(x)",
        "cos(x)",
        "tan(x)",
        "asin(x)",
        "acos(x)",
        "atan(x)",
        "sinh(x)",
        "cosh(x)",
        "tanh(3*x)",
        "exp(-x)",
        "ln(x)",
        "log10(x)",
        "log2(x)",
        "sqrt(x)",
        "cbrt(x - 2)",
        "abs(x - 2)",
        "sign(x)*x",
        "if(x < 0.55, exp(x), x^2)",
        "heaviside(x - 0.55)*x + min(x, 2)",
        "min(x^2, x^3)",
        "max(x^2, x^3)",
        "atan2(x - 2, x^2 - 3)",
        "x^x",
        "2^x",
        "x^2.5",
        "(x - 3)^3",
        "(x - 3)^-2",
        "1/(1 + x^2)",
        "-x^2/x",
    ] {
        let f = Expression::new(text).unwrap();
        check_taylor(&f, &[], &points_in(interval, 7), text);
    }
}

#[test]
fn integer_powers_of_negative_numbers_have_derivatives() {
    for (n, expected) in [(0, 0.0), (1, 1.0), (2, -4.0), (3, 12.0), (-1, -0.25), (7, 448.0)] {
        let f = Expression::new(&format!("x^{n}")).unwrap();
        let result = f.eval(&[], &[Dual::assemble(-2.0, |_| 1.0)]);
        assert_eq!(result.value(), (-2.0_f64).powi(n));
        assert!((result.tangent(0) - expected).abs() < 1e-12, "{n}");
    }
    let at_zero = Expression::new("x^3 + x^1 + x^0").unwrap();
    assert_eq!(at_zero.eval(&[], &[Dual::assemble(0.0, |_| 1.0)]).tangent(0), 1.0);
    assert!(value("x^0.5", -2.0).is_nan());
}

#[test]
fn all_lanes_carry_derivatives() {
    let f = Expression::new("sqrt(1 + x^2)").unwrap();
    let result = f.eval(&[], &[Lanes::assemble(0.75, |lane| lane as f64)]);
    for lane in 0..LANES {
        assert!((result.tangent(lane) - 0.6 * lane as f64).abs() < 1e-14);
    }
}

fn with_parameters() -> Expression {
    let parameters = [("D", 0.4), ("a", 1.2), ("e", 0.0)];
    let parameters = parameters.map(|(name, value)| (name.to_string(), value)).to_vec();
    Expression::with_options(
        "D*(exp(-2*a*x) - 2*exp(-a*x)) + e*x^2",
        ExpressionOptions { parameters, ..Default::default() },
    )
    .expect("valid expression")
}

#[test]
fn parameters_are_theta() {
    let f = with_parameters();
    assert_eq!(f.n_params(), 3);
    assert_eq!(f.initial(0), [0.4, 1.2, 0.0]);
    assert_eq!(f.initial(1), f.initial(1));
    for seed in 1..20 {
        for (start, given) in f.initial(seed).iter().zip(f.initial(0)) {
            assert!(*start != given && (start - given).abs() < 0.5 * given.abs().max(1.0));
        }
    }
    let interval = Interval::bounded(-1.0, 1.0);
    for n in POINT_COUNTS {
        check_fast_paths(&f, &f.initial(1), &points_in(interval, n), &f.describe());
    }
    check_taylor(&f, &f.initial(1), &points_in(interval, 7), &f.describe());
}

#[test]
fn arguments_may_have_other_names_and_number() {
    let in_plane = ExpressionOptions {
        arguments: vec![vec!["x".into()], vec!["y".into()]],
        ..Default::default()
    };
    let f = Expression::with_options("x - 2*y", in_plane).unwrap();
    assert_eq!(f.dim(), 2);
    let points = Points::new(2, vec![1.0, 2.0, 3.0, 4.0]);
    check_fast_paths(&f, &[], &points, "x - 2*y");
    assert_eq!(f.eval(&[], &[3.0, 4.0]), -5.0);
    let none = ExpressionOptions { arguments: vec![], ..Default::default() };
    let number = Expression::with_options("2*pi", none.clone()).unwrap();
    assert_eq!((number.dim(), number.eval::<f64>(&[], &[])), (0, std::f64::consts::TAU));
    assert!(Expression::with_options("x", none).is_err());
}

#[test]
fn mistakes_are_located_and_explained() {
    for (text, expected) in [
        ("", "the expression is empty; write e.g. `sin(2*pi*x)`, or `0`"),
        ("  ", "the expression is empty; write e.g. `sin(2*pi*x)`, or `0`"),
        ("2*z + 1", "`2*z + 1`, character 3: unknown name `z`; known are x, r, pi, π, PI, tau, e"),
        (
            "2x",
            "`2x`, character 2: found `x`, expected an operator (multiplication is written 2*x, not 2x)",
        ),
        ("(1 + x", "`(1 + x`, character 1: this `(` is never closed; add a `)`"),
        ("sin(x", "`sin(x`, character 4: this `(` is never closed; add a `)`"),
        ("1 + x)", "`1 + x)`, character 6: this `)` closes nothing; remove it or add a `(`"),
        ("1 +", "`1 +`, character 4: found the end, expected a number, a name or `(`"),
        ("1 + * x", "`1 + * x`, character 5: found `*`, expected a number, a name or `(`"),
        ("sin x", "`sin x`, character 5: found `x`, expected `(` after the function `sin`"),
        ("sin(x, 1)", "`sin(x, 1)`, character 1: `sin` takes 1 argument, not 2"),
        ("1 + max(x)", "`1 + max(x)`, character 5: `max` takes 2 arguments, not 1"),
        ("sin()", "`sin()`, character 1: `sin` takes 1 argument, not 0"),
        (
            "1.2.3",
            "`1.2.3`, character 4: found `.3`, expected an operator (multiplication is written 2*x, not 2x)",
        ),
        (
            "π $ 2",
            "`π $ 2`, character 3: found `$`, expected a number, a name, an operator (+ - * / ^ < > ==) or a parenthesis",
        ),
        ("x = 1", "`x = 1`, character 3: found `=`, expected `==` to compare"),
        ("x > 0 & x < 1", "`x > 0 & x < 1`, character 7: found `&`, expected `&&` or `and`"),
        (
            "0 < x < 1",
            "`0 < x < 1`, character 7: found `<`, expected one comparison at a time (a < x and x < b)",
        ),
        (
            "1 + if(x < 0.5, 2)",
            "`1 + if(x < 0.5, 2)`, character 5: `if` takes 3 arguments, a condition and two values, not 2",
        ),
        ("x <", "`x <`, character 4: found the end, expected a number, a name or `(`"),
    ] {
        assert_eq!(message(text), expected, "{text}");
    }
    assert!(message("coss(x)").contains("did you mean `cos`?"));
    assert!(message("Pi*x").contains("did you mean `pi`?"));
    assert!(message("sinus(x)").contains("known are sin, cos, "));
    assert!(message("gamma(x)").contains("unknown name `gamma`; known are sin, cos, "));
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let deep = format!("{}x{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(matches!(Expression::new(&deep), Err(ExpressionError::TooDeep { limit: 200, .. })));
    assert!(Expression::new(&"-".repeat(100_000)).is_err());
    assert!(Expression::new(&"2^".repeat(100_000)).is_err());
    assert!(Expression::new(&format!("x{}", " + x".repeat(100_000))).is_ok());
}

#[test]
fn parameters_need_usable_names_and_values() {
    let with = |parameters: &[(&str, f64)]| {
        let parameters = parameters.iter().map(|(name, v)| (name.to_string(), *v)).collect();
        let options = ExpressionOptions { parameters, ..Default::default() };
        Expression::with_options("1", options)
    };
    assert!(with(&[("k_1", 0.0)]).is_ok());
    for bad in [
        &[("x", 1.0)][..],
        &[("sin", 1.0)],
        &[("if", 1.0)],
        &[("and", 1.0)],
        &[("1k", 1.0)],
        &[("", 1.0)],
        &[("k", f64::NAN)],
    ] {
        assert!(matches!(with(bad), Err(ExpressionError::Parameter { .. })), "{bad:?}");
    }
    assert!(with(&[("k", 1.0), ("k", 2.0)]).is_err());
}
