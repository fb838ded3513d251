//! Closed forms with parameters, and what holds by construction.

use std::collections::BTreeMap;

use lacuna::problem::{Constraint, FunctionSpec, SurrogateSpec, Symmetry, UnknownFunction};
use lacuna::{aggregation_diffusion, diffusion_reaction};

use crate::support::{
    assert_recovered, example, function, network, recover, seek_in, unknown_functions,
};

fn closed_form(expression: &str, parameters: &[(&str, f64)]) -> SurrogateSpec {
    let parameters: BTreeMap<String, f64> =
        parameters.iter().map(|&(name, value)| (name.into(), value)).collect();
    SurrogateSpec::Expression { expression: expression.into(), parameters }
}

#[test]
fn parameters_of_closed_forms_are_found() {
    let on = |cells| aggregation_diffusion(0.1).domain(0.0, 1.0, cells);
    let (kernel, potential) = ("-0.8*exp(-10*(1 - cos(2*pi*x))/2)", "0.1*sin(2*pi*(x - 0.1))");
    let truth = on(512).known("W", kernel).known("V", potential);
    let states = truth.condition("coupling", 0.5).condition("coupling", 1.0).solve().unwrap();
    let recovery = on(128)
        .unknown(
            "W",
            closed_form("-depth*exp(-rate*(1 - cos(2*pi*x))/2)", &[("depth", 1.5), ("rate", 5.0)]),
        )
        .unknown("V", closed_form("h*sin(2*pi*(x - x0))", &[("h", 0.2), ("x0", 0.0)]))
        .state(&states[0].x, &states[0].u, &[("coupling", 0.5)])
        .state(&states[1].x, &states[1].u, &[("coupling", 1.0)])
        .truth("W", kernel)
        .truth("V", potential)
        .recover()
        .unwrap();
    assert!(recovery.is_converged());
    assert_recovered(&recovery, "W", 1e-7);
    assert_recovered(&recovery, "V", 1e-7);
    let close = |name: &str, expected: &[f64]| {
        let theta = &function(&recovery, name).theta;
        assert_eq!(theta.len(), expected.len());
        for (found, expected) in theta.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{name}: {theta:?}");
        }
    };
    close("W", &[0.8, 10.0]);
    // (h, x0) and (−h, x0 + ½) are one function.
    let theta = &function(&recovery, "V").theta;
    let phase = 2.0 * std::f64::consts::PI * theta[1];
    let expected = 0.2 * std::f64::consts::PI;
    assert!((theta[0] * phase.cos() - 0.1 * expected.cos()).abs() < 1e-6, "{theta:?}");
    assert!((theta[0] * phase.sin() - 0.1 * expected.sin()).abs() < 1e-6, "{theta:?}");
}

#[test]
fn a_positive_rate_is_positive_everywhere() {
    for class in [network(&[8, 8]), SurrogateSpec::Spline { knots: 20 }] {
        let (_dir, mut loaded) = example("reaction-rate");
        seek_in(&mut loaded, &class);
        loaded.problem.fit.restarts = 4;
        for unknown in unknown_functions(&mut loaded) {
            assert_eq!(unknown.constraints, [Constraint::Positive]);
        }
        let recovery = recover(&loaded);
        assert!(function(&recovery, "k").values.iter().all(|&k| k > 0.0));
        assert_recovered(&recovery, "k", 5e-3);
    }
}

/// V(−x) = −V(x), and with it V(x + 1/2) of the circle is odd about 1/2 as well.
#[test]
fn an_odd_potential_is_odd() {
    let on = |cells| aggregation_diffusion(0.1).domain(0.0, 1.0, cells);
    let (kernel, potential) = ("-cos(2*pi*x)", "0.1*sin(2*pi*x) - 0.03*sin(6*pi*x)");
    let truth = on(400).known("W", kernel).known("V", potential);
    let states = truth.condition("coupling", 0.1).condition("coupling", 0.2).solve().unwrap();
    for class in [network(&[8, 8]), SurrogateSpec::Fourier { modes: 12 }] {
        let with = |symmetry| UnknownFunction { symmetry, ..UnknownFunction::from(class.clone()) };
        let mut loaded = on(128)
            .unknown("W", with(Symmetry::Even))
            .unknown("V", with(Symmetry::Odd))
            .state(&states[0].x, &states[0].u, &[("coupling", 0.1)])
            .state(&states[1].x, &states[1].u, &[("coupling", 0.2)])
            .truth("W", kernel)
            .truth("V", potential)
            .build()
            .unwrap();
        loaded.problem.fit.restarts = 2;
        let recovery = recover(&loaded);
        assert_recovered(&recovery, "W", 5e-3);
        assert_recovered(&recovery, "V", 1e-3);
        for (name, sign) in [("W", 1.0), ("V", -1.0)] {
            let values = &function(&recovery, name).values;
            for (a, b) in values.iter().zip(values.iter().rev()) {
                assert!((a - sign * b).abs() < 1e-13, "{name}: {a} and {b}");
            }
        }
    }
}

/// f has mean zero at the cell centres to round-off, whatever the data say.
#[test]
fn a_source_of_zero_mean_has_zero_mean() {
    let cells = 200;
    let problem = |cells| {
        diffusion_reaction()
            .domain(0.0, 1.0, cells)
            .known("a", "0.1")
            .known("k", "1 + x")
            .known("f", "-sin(2*pi*x)")
    };
    let state = problem(4 * cells).solve().unwrap().remove(0);
    for class in [network(&[8, 8]), SurrogateSpec::Spline { knots: 12 }] {
        let of_zero_mean = UnknownFunction {
            constraints: vec![Constraint::ZeroMean],
            ..UnknownFunction::from(class)
        };
        let mut loaded = problem(cells)
            .unknown("f", of_zero_mean)
            .truth("f", "-sin(2*pi*x)")
            .state(&state.x, &state.u, &[])
            .build()
            .unwrap();
        loaded.problem.fit.restarts = 2;
        let recovery = recover(&loaded);
        assert_recovered(&recovery, "f", 5e-3);
        let f = function(&recovery, "f");
        // Trapezoidal rule on the fine points of the output, exact to its own second order.
        let h = f.x[1] - f.x[0];
        let ends = (f.values[0] + f.values[f.values.len() - 1]) / 2.0;
        let mean = h * (f.values.iter().sum::<f64>() - ends);
        assert!(mean.abs() < 1e-5, "{mean:e}");
    }
}

/// W and V are known up to constants and come with mean zero, whatever the class.
#[test]
fn what_is_known_up_to_a_constant_has_zero_mean() {
    let (_dir, mut loaded) = example("two-states");
    loaded.problem.fit.restarts = 1;
    loaded.problem.fit.max_iterations = Some(5);
    let spline = SurrogateSpec::Spline { knots: 20 };
    for class in [network(&[4]), SurrogateSpec::Fourier { modes: 8 }, spline] {
        seek_in(&mut loaded, &class);
        for f in recover(&loaded).functions {
            // Of a periodic function the last point is the first.
            let values = &f.values[1..];
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let largest = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            assert!(mean.abs() < 1e-10 * largest, "{}: {mean:e}", f.name);
        }
    }
}

#[test]
fn a_known_function_is_not_among_the_recovered() {
    let (_dir, mut loaded) = example("two-states");
    let table = lacuna::problem::Source::Table("truth-V.csv".into());
    loaded.problem.functions.insert("V".into(), FunctionSpec::Known(table));
    seek_in(&mut loaded, &SurrogateSpec::Fourier { modes: 32 });
    let recovery = recover(&loaded);
    assert_eq!(recovery.functions.len(), 1);
    assert_recovered(&recovery, "W", 1e-9);
}

/// A class may have more parameters than the grid tells apart.
#[test]
fn classes_finer_than_the_grid_are_no_reason_to_fail() {
    let (_dir, mut loaded) = example("kuramoto");
    loaded.problem.domain.cells = vec![32];
    let classes = [
        SurrogateSpec::Fourier { modes: 32 },
        SurrogateSpec::Fourier { modes: 40 },
        SurrogateSpec::Spline { knots: 60 },
    ];
    for class in classes {
        seek_in(&mut loaded, &class);
        let recovery = recover(&loaded);
        assert!(function(&recovery, "W").values.iter().all(|v| v.is_finite()), "{class:?}");
    }
}
