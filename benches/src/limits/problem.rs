//! The problem whose cost is measured, at any size.
//!
//! The equation of *two-states*, σ = 0.1 on [0, 1], W = −cos 2πr, V = 0.1 sin 2πx, observed without
//! noise at K couplings in [0.1, 0.2] on n nodes; W (even) and V networks of two hidden layers of
//! one width; residual `log-fixed-point`, with the smoothness prior that `recover` takes.

use std::error::Error;

use lacuna::fit::FieldObjective;
use lacuna::problem::{Activation, FitSpec, Formulation, Optimiser, SurrogateSpec};
use lacuna::problem::{Symmetry, UnknownFunction};
use lacuna::{Plan, aggregation_diffusion};
use serde::Serialize;

use crate::fixtures;

/// How large a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Nodes n of the grid.
    pub nodes: usize,
    /// Experiments K.
    pub experiments: usize,
    /// Width of the two hidden layers of both networks.
    pub width: usize,
}

impl Size {
    /// That of *two-states* with the default networks.
    pub const DEFAULT: Self = Self { nodes: 256, experiments: 2, width: 16 };
}

/// Networks of two hidden layers of one width.
pub fn networks(width: usize) -> SurrogateSpec {
    SurrogateSpec::Network { hidden: vec![width; 2], activation: Activation::Tanh, harmonics: None }
}

/// An objective and a random start.
pub struct Instance {
    /// The objective.
    pub objective: FieldObjective,
    /// Where it is evaluated.
    pub theta: Vec<f64>,
}

impl Instance {
    /// The problem of one size.
    ///
    /// # Errors
    /// If it cannot be set up.
    pub fn new(size: Size) -> Result<Self, Box<dyn Error>> {
        let Size { nodes, experiments, width } = size;
        let last = experiments.saturating_sub(1).max(1) as f64;
        let couplings: Vec<f64> = (0..experiments).map(|e| 0.1 + 0.1 * e as f64 / last).collect();
        let problem = aggregation_diffusion(0.1).domain(0.0, 1.0, nodes);
        let mut truth = problem.clone().known("W", "-cos(2*pi*x)").known("V", "0.1*sin(2*pi*x)");
        for &coupling in &couplings {
            truth = truth.condition("coupling", coupling);
        }
        let states = truth.solve()?;
        let kernel = UnknownFunction { symmetry: Symmetry::Even, ..networks(width).into() };
        let fit = FitSpec {
            formulation: Formulation::LogFixedPoint,
            optimiser: Optimiser::LevenbergMarquardt,
            ..FitSpec::default()
        };
        let mut problem = problem.unknown("W", kernel).unknown("V", networks(width)).fit(fit);
        for (state, &coupling) in states.iter().zip(&couplings) {
            problem = problem.state(&state.x, &state.u, &[("coupling", coupling)]);
        }
        let plan = Plan::new(&problem.build()?)?;
        let objective = fixtures::objective(&plan, fixtures::experiments(&plan)?, 0)?;
        let theta = objective.initial(0);
        Ok(Self { objective, theta })
    }
}
