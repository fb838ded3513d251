//! Jumps averaged over cells: exact means, and derivatives with respect to where the jump is.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use lacuna_core::{Points, Surrogate};
use lacuna_surrogate::{CellMean, Expression, ExpressionOptions, Interval, Mean};

fn averaged(text: &str, parameters: &[(&str, f64)], mean: Mean) -> CellMean {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_string(), *value)).collect();
    let options = ExpressionOptions { parameters, ..Default::default() };
    let expression = Expression::with_options(text, options).unwrap();
    CellMean::new(expression, 0.1, Interval::bounded(0.0, 1.0), mean)
}

#[test]
fn a_jump_within_a_cell_is_a_mean() {
    let f = averaged("if(x < p, 1, m)", &[("p", 0.53), ("m", 4.0)], Mean::Arithmetic);
    let theta = f.initial(0);
    // The cell of 0.5 is [0.45, 0.55]: 0.8 of it is left of the jump.
    assert!((f.eval(&theta, &[0.5]) - (0.8 + 0.2 * 4.0)).abs() < 1e-12);
    assert_eq!((f.eval(&theta, &[0.4]), f.eval(&theta, &[0.6])), (1.0, 4.0));
    let series = averaged("if(x < p, 1, m)", &[("p", 0.53), ("m", 4.0)], Mean::Harmonic);
    assert!((series.eval(&theta, &[0.5]) - 1.0 / (0.8 + 0.2 / 4.0)).abs() < 1e-12);
    // Cells end with the domain.
    let edge = averaged("if(x < 0.02, 1, 0)", &[], Mean::Arithmetic);
    assert!((edge.eval::<f64>(&[], &[0.0]) - 0.4).abs() < 1e-12);
}

#[test]
fn a_layer_within_a_cell_has_two_jumps() {
    let f = averaged("1 + 2*(sign(x - 0.48) - sign(x - 0.52))/2", &[], Mean::Arithmetic);
    assert!((f.eval::<f64>(&[], &[0.45]) - (0.8 + 0.2 * 3.0)).abs() < 1e-12);
    assert!((f.eval::<f64>(&[], &[0.5]) - (0.6 + 0.4 * 3.0)).abs() < 1e-12);
    let f = averaged("heaviside(x - 0.46) + heaviside(x - 0.5)", &[], Mean::Arithmetic);
    assert!((f.eval::<f64>(&[], &[0.5]) - (0.4 + 0.5 * 2.0)).abs() < 1e-12);
}

#[test]
fn the_place_of_a_jump_has_a_derivative() {
    for mean in [Mean::Arithmetic, Mean::Harmonic] {
        let f = averaged("if(x^2 < p, 1 + x, m*exp(x))", &[("p", 0.28), ("m", 4.0)], mean);
        let x: Vec<f64> = (0..=10).map(|i| 0.1 * f64::from(i)).collect();
        let points = Points::line(x);
        check_taylor(&f, &[0.28, 4.0], &points, "a jump");
        let mut values = vec![0.0; points.len()];
        let mut jacobian = faer::Mat::zeros(points.len(), 2);
        f.linearise(
            &[0.28, 4.0],
            &points,
            &mut lacuna_core::Pool::new(),
            &mut values,
            jacobian.as_mut(),
        );
        let seen = (0..points.len()).filter(|&i| jacobian[(i, 0)] != 0.0).count();
        assert_eq!(seen, 1, "the jump lies in one cell");
    }
}

#[test]
fn without_jumps_nothing_changes() {
    let f = averaged("p*exp(-x) + abs(x - 0.52)", &[("p", 2.0)], Mean::Arithmetic);
    let plain = Expression::new("2*exp(-x) + abs(x - 0.52)").unwrap();
    for i in 0..=20 {
        let x = [0.05 * f64::from(i)];
        assert_eq!(f.eval(&[2.0], &x), plain.eval::<f64>(&[], &x));
    }
}
