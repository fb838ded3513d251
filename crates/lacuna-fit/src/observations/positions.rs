//! Positions x_i of N individuals drawn from the density ρ = u/M, M = ∫u.
//!
//! ln u is interpolated between the nodes, ln u(x) = Σ_j λ_j(x) ln u_j, so that with
//! c_j = Σ_i λ_j(x_i), Σ_j c_j = N, and the masses μ_j = w_j u_j of the nodes, M = Σ_j μ_j,
//!
//! ```text
//! φ = −Σ_j c_j ln u_j + N ln M = −Σ_j c_j ln(μ_j/M) + const,
//! ```
//!
//! a multinomial likelihood over the nodes with counts c, which need neither be whole nor
//! positive. In ln u it is an exponential family, of which KᵀK is the second derivative exactly.

use std::sync::Arc;

use lacuna_core::EvalResult;
use lacuna_grid::{Functionals, Grid};

use super::multinomial::Multinomial;
use super::{Likelihood, Weighting, select};
use crate::random::Random;

/// Pieces of a cell on which the density is taken as linear when positions are drawn.
const PIECES: usize = 16;

/// Positions that are interpolated at once: a stencil takes sixteen times the room of its position.
const AT_ONCE: usize = 1024;

#[derive(Clone, Debug)]
pub(super) struct Positions {
    grid: Arc<Grid>,
    x: Vec<f64>,
    nodes: Multinomial,
}

impl Positions {
    pub(super) fn new(grid: Arc<Grid>, x: Vec<f64>) -> Self {
        let mut counts = vec![0.0; grid.len()];
        for part in x.chunks(AT_ONCE) {
            let interpolation = Functionals::points(&grid, part, &[]);
            interpolation.add_adjoint(&[1.0; AT_ONCE][..part.len()], &mut counts);
        }
        Self { grid, x, nodes: Multinomial::new(counts) }
    }

    /// ln ρ at every position, into `out`.
    fn log_density_into(&self, masses: &[f64], out: &mut [f64]) {
        let at_nodes = self.log_density_at_nodes(masses);
        for (part, out) in self.x.chunks(AT_ONCE).zip(out.chunks_mut(AT_ONCE)) {
            Functionals::points(&self.grid, part, &[]).apply(&at_nodes, out);
        }
    }

    /// ln ρ at the nodes.
    fn log_density_at_nodes(&self, masses: &[f64]) -> Vec<f64> {
        let total: f64 = masses.iter().sum();
        masses.iter().zip(self.grid.weights()).map(|(mass, w)| (mass / (w * total)).ln()).collect()
    }
}

impl Likelihood for Positions {
    fn evaluate(&self, values: &mut [f64]) -> EvalResult<f64> {
        self.nodes.evaluate(values)
    }

    fn weighting(&self, predicted: Vec<f64>) -> Weighting {
        self.nodes.weighting(predicted)
    }

    fn n_data(&self) -> usize {
        self.x.len()
    }

    fn predicted(&self, predicted: &[f64], out: &mut [f64]) {
        self.log_density_into(predicted, out);
        for out in out {
            *out = out.exp();
        }
    }

    fn log_density(&self, predicted: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.x.len()];
        self.log_density_into(predicted, &mut out);
        out
    }

    fn has_functional_per_datum(&self) -> bool {
        false
    }

    fn expected_counts(&self, predicted: &[f64]) -> Option<Vec<f64>> {
        self.nodes.expected_counts(predicted)
    }

    fn subset(&self, data: &[usize]) -> Arc<dyn Likelihood> {
        Arc::new(Self::new(Arc::clone(&self.grid), select(&self.x, data)))
    }

    /// Counts at the nodes in place of positions: the likelihood of a state is the same.
    fn exact(&self, predicted: &[f64], precision: f64) -> Arc<dyn Likelihood> {
        self.nodes.exact(predicted, precision)
    }

    /// By inversion of the distribution function of a piecewise linear density.
    fn resample(&self, predicted: &[f64], random: &mut Random) -> Arc<dyn Likelihood> {
        let axis = self.grid.axes()[0];
        let pieces = PIECES * axis.cells;
        let width = axis.length / pieces as f64;
        let knots: Vec<f64> = (0..=pieces).map(|k| axis.origin + k as f64 * width).collect();
        let mut density = vec![0.0; knots.len()];
        let at_knots = Functionals::points(&self.grid, &knots, &[]);
        at_knots.apply(&self.log_density_at_nodes(predicted), &mut density);
        let mut mass = 0.0;
        let mut ends = Vec::with_capacity(pieces);
        density[0] = density[0].exp();
        for k in 0..pieces {
            density[k + 1] = density[k + 1].exp();
            mass += 0.5 * (density[k] + density[k + 1]);
            ends.push(mass);
        }
        let mut draw = |_: &f64| {
            let place = mass * random.uniform();
            let piece = ends.partition_point(|&end| end <= place).min(pieces - 1);
            let q = random.uniform();
            let (left, right) = (density[piece], density[piece + 1]);
            let root = (left * left * (1.0 - q) + right * right * q).sqrt();
            let step = (left + right) * q / (left + root);
            (knots[piece] + width * step).min(knots[pieces])
        };
        let x = self.x.iter().map(&mut draw).collect();
        Arc::new(Self::new(Arc::clone(&self.grid), x))
    }
}
