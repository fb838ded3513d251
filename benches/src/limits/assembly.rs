//! The Jacobian of *two-states* with networks 16-16: full, and as a product of small rank.
//!
//! With n_s points, p_s parameters and rank r_s for the unknown s = W, V, K experiments on n nodes
//! and C(n) = 5 n log₂ n + 8 (n/2 + 1) the operations of a convolution:
//!
//! - the networks: Σ n_s (5 p_s + 80 w), forward, backward and the products of the two;
//! - the equation along d_s directions of each unknown: K d_W C(n) + (4 K n + 5 n_s) (d_W + d_V),
//!   where the second term is the response of the residual and the smoothness prior;
//! - full: d_s = p_s. As a product: d_s = r_s, and 4 Σ n_s p_s r_s for the factorisation
//!   ∂F_s/∂θ_s = Q_s R_s that finds the directions.
//!
//! Bytes: ∂F/∂θ read and the result written, once each.

use std::error::Error;

use faer::Mat;
use lacuna::core::{FactoredJacobian, Objective};

use super::clock::seconds;
use super::kernel::{Kernel, TANH, convolution_operations};
use super::problem::{Instance, Size};
use super::roof::{Roof, Work};
use super::step::ranks;

/// Both ways to the Jacobian.
///
/// # Errors
/// If the problem cannot be set up or evaluated.
pub fn measure(roof: &Roof, budget: f64) -> Result<Vec<Kernel>, Box<dyn Error>> {
    let size = Size::DEFAULT;
    let Instance { objective, theta } = Instance::new(size)?;
    let (m, p) = (objective.n_residuals(), objective.n_params());
    let mut residuals = vec![0.0; m];
    let mut full = Mat::zeros(m, p);
    let mut product = FactoredJacobian::default();
    let full_seconds =
        seconds(budget, || objective.linearise(&theta, &mut residuals, full.as_mut()))?;
    let product_seconds =
        seconds(budget, || objective.linearise_factored(&theta, &mut residuals, &mut product))?;

    let points: Vec<f64> = objective
        .unknowns()
        .iter()
        .map(|u| objective.model().slots()[u.slot].points.len() as f64)
        .collect();
    let params: Vec<f64> =
        objective.unknowns().iter().map(|u| u.function.n_params() as f64).collect();
    let ranks: Vec<f64> =
        ranks(&product, objective.ranges()).into_iter().map(|rank| rank as f64).collect();
    let sum = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>();
    let networks = sum(&mut points
        .iter()
        .zip(&params)
        .map(|(n, p)| n * (5.0 * p + 2.0 * TANH * size.width as f64)));
    let (nodes, experiments) = (size.nodes as f64, size.experiments as f64);
    let along = |directions: &[f64]| {
        let response = directions
            .iter()
            .zip(&points)
            .map(|(d, points)| d * (4.0 * experiments * nodes + 5.0 * points));
        experiments * directions[0] * convolution_operations(size.nodes) + response.sum::<f64>()
    };
    let bases = 8.0 * sum(&mut points.iter().zip(&params).map(|(n, p)| n * p));
    let factors = sum(&mut (0..2).map(|s| 4.0 * points[s] * params[s] * ranks[s]));
    let rank: f64 = ranks.iter().sum();
    let [rows, columns] = [m as f64, p as f64];
    let work = |operations, written| Work {
        operations,
        bytes: bases + written,
        working_set: bases + written,
    };
    let formula = "networks + K d_W C(n) + Σ d_s (4 K n + 5 n_s), d_s = p_s";
    let product_formula = "the same with d_s = r_s, + 4 Σ n_s p_s r_s";
    Ok(vec![
        Kernel::new(
            roof,
            format!("`linearise`, {m} × {p}"),
            [formula, "8 (Σ n_s p_s + m p)"],
            work(networks + along(&params), 8.0 * rows * columns),
            full_seconds,
        ),
        Kernel::new(
            roof,
            format!("`linearise_factored`, {m} × {rank} by {rank} × {p}"),
            [product_formula, "8 (Σ n_s p_s + (m + p) r)"],
            work(networks + factors + along(&ranks), 8.0 * (rows + columns) * rank),
            product_seconds,
        ),
    ])
}
