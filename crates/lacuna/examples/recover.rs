//! Recovers an interaction kernel and a potential from two observed steady states.
//!
//! cargo run --release -p lacuna --example recover

use lacuna::aggregation_diffusion;
use lacuna::problem::{SurrogateSpec, Symmetry, UnknownFunction};

fn main() -> lacuna::Result<()> {
    // Observations: here steady states of an equation we make up, on a finer grid.
    let truth = aggregation_diffusion(0.1)
        .domain(0.0, 1.0, 400)
        .known("W", "-cos(2*pi*x) + 0.3*cos(4*pi*x)")
        .known("V", "0.1*exp(sin(2*pi*x))");
    let states = truth.condition("coupling", 0.1).condition("coupling", 0.2).solve()?;

    // Recovery: a network for each function, fitted through the equation.
    let even = UnknownFunction {
        symmetry: Symmetry::Even,
        ..UnknownFunction::from(SurrogateSpec::default())
    };
    let recovery = aggregation_diffusion(0.1)
        .domain(0.0, 1.0, 128)
        .unknown("W", even)
        .unknown("V", SurrogateSpec::default())
        .state(&states[0].x, &states[0].u, &[("coupling", 0.1)])
        .state(&states[1].x, &states[1].u, &[("coupling", 0.2)])
        .truth("W", "-cos(2*pi*x) + 0.3*cos(4*pi*x)")
        .truth("V", "0.1*exp(sin(2*pi*x))")
        .recover()?;

    println!("{}", recovery.stop);
    for function in &recovery.functions {
        let error = function.relative_l2_error.unwrap_or(f64::NAN);
        println!("{}: {}, relative L² error {error:.1e}", function.name, function.surrogate);
    }
    Ok(())
}
