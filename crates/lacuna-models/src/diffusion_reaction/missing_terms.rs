//! Terms beyond the equation, as sources δf that act alike in one state.
//!
//! With û the root mean square of u and s the natural scale of a source:
//!
//! - a reaction in the square of the state: δf = −s (u/û)²;
//! - diffusion that grows with the state, a (1 + u/û): δf = (a u u')'/û;
//! - a drift with velocity v = π ā/L: δf = −v u'.

use std::f64::consts::PI;

use lacuna_core::{Conditions, Functions, MissingTerm, SteadyModel, Tabulated};

use super::{DiffusionReaction, divergence};

impl DiffusionReaction {
    pub(super) fn sources_of_missing_terms(
        &self,
        u: &[f64],
        functions: &Tabulated,
        conditions: &Conditions,
    ) -> Vec<MissingTerm> {
        let n = u.len();
        let size = (u.iter().map(|u| u * u).sum::<f64>() / n as f64).sqrt();
        if size == 0.0 {
            return Vec::new();
        }
        let (cell, length) = (self.grid.cell(), self.grid.axes()[0].length);
        let a = functions.values(Self::CONDUCTIVITY);
        let scale = self.natural_scale(Self::SOURCE, u, functions);
        let speed = PI / length * a.iter().sum::<f64>() / a.len() as f64;
        let mut jumps = vec![0.0; n + 1];
        self.jumps(u, conditions, &mut jumps);
        let [lower, upper] = [conditions.boundary_values[0], conditions.boundary_values[1]];
        let grown: Vec<f64> = (0..=n)
            .map(|i| match i {
                0 => lower,
                _ if i == n => upper,
                _ => 0.5 * (u[i - 1] + u[i]),
            })
            .zip(a)
            .map(|(u, a)| -a * u / size)
            .collect();
        let mut diffused = vec![0.0; n];
        divergence(&grown, &jumps, &mut diffused);
        let slope = |i: usize| 0.5 * cell * (jumps[i] + jumps[i + 1]);
        let term = |name, change| MissingTerm { name, slot: Self::SOURCE, change };
        vec![
            term(
                "a reaction in the square of the state",
                u.iter().map(|u| -scale * (u / size).powi(2)).collect(),
            ),
            term("diffusion that grows with the state", diffused),
            term("a drift", (0..n).map(|i| -speed * slope(i)).collect()),
        ]
    }
}
