//! How long a diagnosis takes: two states at 256 nodes, and at 65,536 without forming a matrix.

use std::time::Instant;

use lacuna::DiagnosePlan;
use lacuna::core::Flow;
use lacuna::problem::Problem;
use serde::Serialize;

use super::problems::Made;
use crate::statistics::median;

/// The time of one diagnosis.
#[derive(Clone, Debug, Serialize)]
pub struct Timed {
    /// Nodes of the grid.
    pub nodes: usize,
    /// States.
    pub states: usize,
    /// Directions of the unknowns.
    pub directions: usize,
    /// Seconds, the median of the repetitions.
    pub seconds: f64,
    /// How often it was timed.
    pub repetitions: usize,
}

/// A diagnosis of W and V at their true functions, every node observed.
///
/// # Errors
/// If it fails.
pub fn measure(nodes: usize, repetitions: usize) -> Made<Timed> {
    let text = format!(
        "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\n\
         [domain]\nboundary = \"periodic\"\ncells = [{nodes}]\n\
         [functions.W]\nsurrogate = \"fourier\"\nsymmetry = \"even\"\n\
         [functions.V]\nsurrogate = \"fourier\"\n\
         [[experiments]]\ncoupling = 0.1\nnoise = 0.01\n\
         [[experiments]]\ncoupling = 0.2\nnoise = 0.01\n\
         [truth]\nW = \"-cos(2*pi*x) + 0.3*cos(4*pi*x)\"\nV = \"0.1*sin(2*pi*x)\"\n"
    );
    let plan = DiagnosePlan::new(&Problem::from_str(&text, ".".as_ref())?)?;
    let mut seconds = Vec::new();
    let mut directions = 0;
    for _ in 0..repetitions {
        let begin = Instant::now();
        let diagnosed = plan.run(&|| Flow::Continue)?;
        seconds.push(begin.elapsed().as_secs_f64());
        directions = diagnosed.of;
    }
    Ok(Timed { nodes, states: 2, directions, seconds: median(&seconds), repetitions })
}
