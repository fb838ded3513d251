//! Noisy Kuramoto oscillators: W = −cos x, V = 0. Beyond κ = 2σ there are clustered states
//! u = exp(a cos x)/(2π I₀(a)), a = κ I₁(a)/(σ I₀(a)), up to translation.

use std::f64::consts::{PI, TAU};

use lacuna::steady::Event;
use serde::Serialize;

use super::{Measured, bessel, circle, diagram, largest_difference};

/// The branch beside the exact one.
#[derive(Debug, Serialize)]
pub(super) struct Kuramoto {
    /// The branch point, exactly and as found.
    pub(super) exact: f64,
    pub(super) found: f64,
    /// States on the clustered branch.
    pub(super) states: usize,
    /// Largest max |u − u_exact|, and largest error of the mass.
    pub(super) error: f64,
    pub(super) mass: f64,
    /// Whether uniform states are unstable beyond the branch point only, and clustered ones stable.
    pub(super) stability_as_known: bool,
}

pub(super) fn measure() -> Measured<Kuramoto> {
    let (sigma, n) = (0.7, 256);
    let setup = circle("-cos(x)", sigma, n, "from = 0.5\nto = 6.0")?;
    let diagram = diagram(&setup)?;
    let [uniform, clustered] = &diagram.branches[..] else {
        return Err(format!("{} branches in place of 2", diagram.branches.len()).into());
    };
    let at = uniform.states.iter().find(|s| s.event == Some(Event::BranchPoint));
    let found = at.ok_or("no branch point")?.parameter;
    let exact = 2.0 * sigma;
    let (mut error, mut mass) = (0.0f64, 0.0f64);
    for state in &clustered.states[1..] {
        let a = strength(state.parameter / sigma);
        let x = |i: usize| TAU * i as f64 / n as f64 - PI;
        let u: Vec<f64> = (0..n).map(|i| (a * x(i).cos()).exp() / (TAU * bessel(0, a))).collect();
        error = error.max(largest_difference(&state.u, &u));
        mass = mass.max((state.u.iter().sum::<f64>() * TAU / n as f64 - 1.0).abs());
    }
    let count =
        |s: &lacuna::steady::BranchState| s.stability.as_ref().map(|s| s.unstable_directions);
    let known = |s: &lacuna::steady::BranchState| {
        let beyond = s.parameter > exact * (1.0 + 1e-8);
        count(s) == Some(if beyond { 2 } else { 0 })
    };
    let stability_as_known = uniform.states.iter().all(known)
        && clustered.states[1..].iter().all(|s| count(s) == Some(0));
    let states = clustered.states.len() - 1;
    Ok(Kuramoto { exact, found, states, error, mass, stability_as_known })
}

/// The positive a = s I₁(a)/I₀(a), by Newton's method from above.
fn strength(s: f64) -> f64 {
    let mut a = s;
    for _ in 0..200 {
        let ratio = bessel(1, a) / bessel(0, a);
        let slope = 1.0 - ratio / a - ratio * ratio;
        a -= (a - s * ratio) / (1.0 - s * slope);
    }
    a
}
