//! Positions drawn from a known potential, V = −cos x − ½ cos(2x − 1) on [0, 2π), σ = 1.
//!
//! The bound comes from what is expected of N positions: the mass N u_j w_j/∫u at every node as a
//! multinomial count, which is the likelihood of positions with its expectation for data, under the
//! prior that the positions led to.

use std::f64::consts::TAU;

use lacuna::fit::{Observations, PriorOptions};
use lacuna::grid::Functionals;
use serde::Serialize;

use super::Failure;
use super::circle::Circle;
use super::ensemble::{Ensemble, over_sets};
use super::random::{Random, Stream};
use super::score::{Recovered, Truth};
use super::two_states::found_prior;

const SAMPLES: usize = 256;
/// Above −V everywhere.
const CEILING: f64 = 1.5;

/// All sets of one size.
#[derive(Clone, Debug, Serialize)]
pub struct Simulated {
    /// Positions in each.
    pub positions: usize,
    /// The fits.
    pub fits: Ensemble,
}

fn potential(x: f64) -> f64 {
    -x.cos() - 0.5 * (2.0 * x - 1.0).cos()
}

/// By rejection.
fn draw(n: usize, set: u64) -> Vec<f64> {
    let mut random = Random::new(Stream::Positions, set);
    let mut x = Vec::with_capacity(n);
    while x.len() < n {
        let at = TAU * random.uniform();
        if random.uniform() < (-potential(at) - CEILING).exp() {
            x.push(at);
        }
    }
    x
}

/// Fits `sets` sets of every size.
///
/// # Errors
/// If the equation cannot be set up.
pub fn measure(sizes: &[usize], sets: u64) -> Result<Vec<Simulated>, Failure> {
    let circle = Circle::new(TAU)?;
    let x: Vec<f64> = (0..SAMPLES).map(|i| TAU * i as f64 / SAMPLES as f64).collect();
    let values = x.iter().map(|&x| potential(x)).collect();
    let truth = Truth::new("V", x, values);
    let of_size = |&positions: &usize| Simulated {
        positions,
        fits: over_sets([&truth], sets, |set| recover(&circle, &truth, positions, set)),
    };
    Ok(sizes.iter().map(of_size).collect())
}

fn recover(
    circle: &Circle,
    truth: &Truth,
    positions: usize,
    set: u64,
) -> Result<[Recovered; 1], Failure> {
    let observations = Observations::positions(&circle.grid, &draw(positions, set))?;
    let fit = circle.fit(observations, PriorOptions::default())?;
    let weights = circle.grid.nodes().coordinates().iter().map(|&x| (-potential(x)).exp());
    let weights: Vec<f64> = weights.collect();
    let total: f64 = weights.iter().sum();
    let counts = weights.iter().map(|w| positions as f64 * w / total).collect();
    let expected = Observations::multinomial(Functionals::node_integrals(&circle.grid), counts)?;
    let at_truth = circle.fit(expected, found_prior(&fit, 0))?;
    Ok([Recovered {
        deviation: truth.deviation(circle.potential(&fit, &truth.x)),
        sd: fit.standard_deviation(0, &truth.x),
        sd_at_truth: Some(at_truth.standard_deviation(0, &truth.x)),
    }])
}
