//! The built-in example *branches*, everything known: its two observed states are stable states of
//! one equation (σ = 1, κ = 8), and were made without this project. Neither is given to the search,
//! which starts from the uniform density.

use std::path::Path;

use lacuna::Setup;
use lacuna::problem::Problem;
use lacuna::steady::Event;
use serde::Serialize;

use super::{Curve, Measured, curves, diagram};

const PROBLEM: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/lacuna/examples-data/branches/problem.toml");

/// What was found at the coupling of the data.
#[derive(Debug, Serialize)]
pub(super) struct Places {
    pub(super) coupling: f64,
    /// Unstable directions of every state there.
    pub(super) unstable: Vec<usize>,
    /// ‖u − observed‖/‖observed‖ of the nearest state, for each observed one.
    pub(super) distances: Vec<f64>,
    /// Whether those are stable.
    pub(super) stable: Vec<bool>,
    pub(super) branches: usize,
    pub(super) seconds: f64,
    pub(super) curves: Vec<Curve>,
}

pub(super) fn measure() -> Measured<Places> {
    let mut setup = Setup::new(&Problem::from_path(Path::new(PROBLEM))?.as_given())?;
    setup.assume_truths()?;
    let diagram = diagram(&setup)?;
    let at: Vec<_> = diagram
        .branches
        .iter()
        .flat_map(|b| &b.states)
        .filter(|s| s.event == Some(Event::Requested))
        .collect();
    let count = |s: &lacuna::steady::BranchState| {
        s.stability.as_ref().map_or(usize::MAX, |s| s.unstable_directions)
    };
    let (mut distances, mut stable) = (Vec::new(), Vec::new());
    for index in 0..setup.n_experiments() {
        let observed = setup.observation(index, false)?.ok_or("no data")?.at_nodes;
        let norm = |u: &[f64]| u.iter().map(|u| u * u).sum::<f64>().sqrt();
        let apart = |u: &[f64]| {
            let difference: Vec<f64> = u.iter().zip(&observed).map(|(a, b)| a - b).collect();
            norm(&difference) / norm(&observed)
        };
        let nearest = at.iter().min_by(|a, b| apart(&a.u).total_cmp(&apart(&b.u)));
        let nearest = nearest.ok_or("no state at the coupling of the data")?;
        distances.push(apart(&nearest.u));
        stable.push(count(nearest) == 0);
    }
    Ok(Places {
        coupling: at.first().map_or(f64::NAN, |s| s.parameter),
        unstable: at.iter().map(|s| count(s)).collect(),
        distances,
        stable,
        branches: diagram.branches.len(),
        seconds: diagram.elapsed.as_secs_f64(),
        curves: curves(&diagram),
    })
}
