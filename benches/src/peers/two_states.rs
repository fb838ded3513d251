//! The built-in example *two-states*, written for the peers.

use std::error::Error;

use lacuna::core::{Points, Pool};
use lacuna::problem::{Activation, SurrogateSpec};
use lacuna::{Plan, Setup, Truth};
use serde::Serialize;

use crate::fixtures;

/// Networks of two hidden layers of the given width.
pub fn networks(width: usize) -> SurrogateSpec {
    SurrogateSpec::Network { hidden: vec![width; 2], activation: Activation::Tanh, harmonics: None }
}

/// A tabulated function.
#[derive(Clone, Serialize)]
pub struct Table {
    pub x: Vec<f64>,
    pub value: Vec<f64>,
}

/// What the JAX scripts read.
#[derive(Serialize)]
pub struct TwoStates {
    pub diffusion: f64,
    pub length: f64,
    pub couplings: Vec<f64>,
    /// Observed states at the nodes.
    pub states: Vec<Vec<f64>>,
    #[serde(rename = "W")]
    pub kernel: Table,
    #[serde(rename = "V")]
    pub potential: Table,
    /// Hidden layers of both networks.
    pub hidden: Vec<usize>,
    /// Parameters at which derivatives are compared.
    pub theta: Vec<f64>,
}

impl TwoStates {
    /// The example with networks of two hidden layers of the given width.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn new(width: usize, theta: Vec<f64>) -> Result<Self, Box<dyn Error>> {
        let plan = Plan::new(&fixtures::two_states(&networks(width))?.as_given())?;
        let setup = &plan.setup;
        let couplings = (0..setup.n_experiments())
            .map(|e| scalar(setup, e, "coupling"))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            diffusion: scalar(setup, 0, "diffusion")?,
            length: setup.grid.axes()[0].length,
            couplings,
            states: plan.observations.iter().map(|o| o.at_nodes.clone()).collect(),
            kernel: truth(setup, "W")?,
            potential: truth(setup, "V")?,
            hidden: vec![width; 2],
            theta,
        })
    }
}

/// The true function called `name` at the points of its table.
///
/// # Errors
/// If the problem does not tell it.
pub fn truth(setup: &Setup, name: &str) -> Result<Table, Box<dyn Error>> {
    let Some(Truth { function, points: Some(x) }) = setup.truth(name)? else {
        return Err(format!("the example has no table of {name}").into());
    };
    let points = Points::line(x.clone());
    let mut value = vec![0.0; x.len()];
    for term in &function {
        for (sum, term) in value.iter_mut().zip(term.values(&points)) {
            *sum += term;
        }
    }
    Ok(Table { x, value })
}

/// A known scalar of one experiment.
fn scalar(setup: &Setup, experiment: usize, name: &str) -> Result<f64, Box<dyn Error>> {
    let missing = || format!("the example has no {name}");
    let slot = setup.model.slot(name).ok_or_else(missing)?;
    let terms = setup.slots(experiment)?.swap_remove(slot).known;
    let term = terms.first().ok_or_else(missing)?;
    let mut value = [f64::NAN];
    let none = Points::none();
    term.function.values(&term.theta, &none, &mut Pool::new(), &mut value);
    Ok(value[0])
}
