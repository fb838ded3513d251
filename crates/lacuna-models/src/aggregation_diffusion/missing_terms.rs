//! Terms beyond the equation, as potentials δ that act alike in one state.
//!
//! With a further flux J(x) the steady state obeys (σ log u + κ W*u + V)' = −δ',
//! δ' = (J − J₀)/u, where J₀ makes δ periodic:
//!
//! - diffusion that grows with the density, σ (1 + u/ū): δ = σ u/ū;
//! - growth r u (1 − u/K), K such that it adds nothing to the mass: J' = r u (1 − u/K);
//! - a drift with velocity v: J = v u.
//!
//! ū is the mean density, r = σ (2π/L)² and v = 2πσ/L: as strong as diffusion across the domain.

use std::f64::consts::TAU;

use lacuna_core::{Functions, MissingTerm, Tabulated};

use super::AggregationDiffusion;

impl AggregationDiffusion {
    pub(super) fn potentials_of_missing_terms(
        &self,
        u: &[f64],
        functions: &Tabulated,
    ) -> Vec<MissingTerm> {
        let n = u.len();
        let (cell, length) = (self.grid.cell(), self.grid.axes()[0].length);
        let diffusion = functions.values(Self::DIFFUSION)[0];
        let mass: f64 = u.iter().sum();
        let square: f64 = u.iter().map(|u| u * u).sum();
        let (mean, speed) = (mass / n as f64, TAU * diffusion / length);
        // At the faces on the right of the nodes.
        let density: Vec<f64> = (0..n).map(|i| 0.5 * (u[i] + u[(i + 1) % n])).collect();
        let mut flux = 0.0;
        let grown = u.iter().map(|u| {
            flux += cell * speed * TAU / length * (u - u * u * mass / square);
            flux
        });
        let grown: Vec<f64> = grown.collect();
        let drift: Vec<f64> = density.iter().map(|u| speed * u).collect();
        let term = |name, change| MissingTerm { name, slot: Self::POTENTIAL, change };
        vec![
            term(
                "diffusion that grows with the density",
                u.iter().map(|u| diffusion * u / mean).collect(),
            ),
            term("growth u (1 − u/K)", integrated(&grown, &density, cell)),
            term("a drift", integrated(&drift, &density, cell)),
        ]
    }
}

/// δ at the nodes, from J and u at the faces on their right.
fn integrated(flux: &[f64], density: &[f64], cell: f64) -> Vec<f64> {
    let resistance: f64 = density.iter().map(|u| 1.0 / u).sum();
    let total: f64 = flux.iter().zip(density).map(|(j, u)| j / u).sum();
    let constant = total / resistance;
    let mut potential = 0.0;
    flux.iter()
        .zip(density)
        .map(|(j, u)| {
            let here = potential;
            potential += cell * (j - constant) / u;
            here
        })
        .collect()
}
