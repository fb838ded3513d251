//! How the cost of an iteration grows with the problem: t ≈ C sᵅ in one size s at a time.
//!
//! The exponent α is the slope of the least-squares line through (log s, log t). Where a cost that
//! does not grow hides in t, the slope between the two largest sizes is closer to the limit.

use std::error::Error;

use serde::Serialize;

use super::problem::Size;
use super::step::{StepCost, measure};

/// One size that grows, the others held at those of *two-states*.
#[derive(Clone, Debug, Serialize)]
pub struct Growth {
    /// What grows.
    pub along: &'static str,
    /// Its values.
    pub at: Vec<f64>,
    /// The cost at each.
    pub costs: Vec<StepCost>,
}

/// One part of the cost.
#[derive(Clone, Copy)]
pub struct Part {
    /// What is shown.
    pub name: &'static str,
    /// Its seconds.
    pub seconds: fn(&StepCost) -> f64,
}

/// What grows.
pub const PARTS: [Part; 4] = [
    Part { name: "residual", seconds: |cost| cost.residual },
    Part { name: "factored linearisation", seconds: |cost| cost.linearisation },
    Part { name: "step", seconds: |cost| cost.step },
    Part { name: "whole iteration", seconds: |cost| cost.iteration },
];

/// Slopes in log-log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponent {
    /// Of the least-squares line.
    pub fitted: f64,
    /// Between the last two.
    pub last: f64,
}

/// Exponents of values `t` at sizes `s`.
pub fn exponent(s: &[f64], t: &[f64]) -> Exponent {
    let [x, y] = [s, t].map(|v| v.iter().map(|v| v.ln()).collect::<Vec<f64>>());
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(&x), mean(&y));
    let covariance: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
    let variance: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
    let last = match (&x[..], &y[..]) {
        ([.., x0, x1], [.., y0, y1]) => (y1 - y0) / (x1 - x0),
        _ => f64::NAN,
    };
    Exponent { fitted: covariance / variance, last }
}

/// Measures along nodes, experiments and parameters.
///
/// # Errors
/// If a problem cannot be set up or evaluated.
pub fn run(quick: bool, budget: f64) -> Result<Vec<Growth>, Box<dyn Error>> {
    let base = Size::DEFAULT;
    let cut = |values: &[usize]| -> Vec<usize> {
        values.iter().copied().take(if quick { 3 } else { values.len() }).collect()
    };
    let nodes = cut(&[64, 128, 256, 512, 1024, 2048]);
    let nodes = nodes.into_iter().map(|nodes| Size { nodes, ..base }).collect();
    let experiments = cut(&[1, 2, 4, 8, 16]);
    let experiments = experiments.into_iter().map(|experiments| Size { experiments, ..base });
    let widths = cut(&[4, 8, 16, 32, 64]);
    let widths = widths.into_iter().map(|width| Size { width, ..base }).collect();
    Ok(vec![
        along("nodes", nodes, |cost| cost.size.nodes, budget)?,
        along("experiments", experiments.collect(), |cost| cost.size.experiments, budget)?,
        along("parameters", widths, |cost| cost.params, budget)?,
    ])
}

fn along(
    name: &'static str,
    sizes: Vec<Size>,
    at: fn(&StepCost) -> usize,
    budget: f64,
) -> Result<Growth, Box<dyn Error>> {
    let costs =
        sizes.into_iter().map(|size| measure(size, budget)).collect::<Result<Vec<_>, _>>()?;
    Ok(Growth { along: name, at: costs.iter().map(|cost| at(cost) as f64).collect(), costs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_of_a_power() {
        let s = [1.0, 2.0, 4.0, 8.0];
        let found = exponent(&s, &s.map(|s: f64| 3.0 * s.powf(1.5)));
        assert!((found.fitted - 1.5).abs() < 1e-12 && (found.last - 1.5).abs() < 1e-12);
        let found = exponent(&s, &s.map(|s: f64| 100.0 + s * s));
        assert!(found.fitted < found.last && found.last < 2.0);
    }
}
