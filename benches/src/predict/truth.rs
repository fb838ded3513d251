//! *two-states* with its true functions, under any conditions.

use std::path::Path;
use std::sync::Arc;

use lacuna::core::{Bound, Conditions, Evolution, Functions, Model, Tabulated};
use lacuna::problem::{ExperimentSpec, FunctionSpec, Problem, Source};
use lacuna::steady::{SteadyStateOptions, steady_state};
use lacuna::surrogate::Expression;
use lacuna::{Changes, Setup};

use crate::noise::{EXAMPLES, Failure};

/// The initial state of all transients.
pub const START: &str = "1 + 0.5*cos(2*pi*x)";

/// The true equation under some conditions.
pub struct Truth {
    /// The problem.
    pub setup: Setup,
    /// Its functions.
    pub functions: Tabulated,
    /// Its conditions.
    pub conditions: Conditions,
}

impl Truth {
    /// With these changes.
    ///
    /// # Errors
    /// If the example cannot be read.
    pub fn new(changes: &Changes) -> Result<Self, Failure> {
        let path = Path::new(EXAMPLES).join("two-states").join("problem.toml");
        let mut loaded = Problem::from_path(&path)?;
        for name in ["W", "V"] {
            let table = Source::Table(format!("truth-{name}.csv").into());
            loaded.problem.functions.insert(name.into(), FunctionSpec::Known(table));
        }
        let experiment = ExperimentSpec { push: changes.push.clone(), ..ExperimentSpec::default() };
        loaded.problem.experiments = vec![experiment];
        for (name, value) in &changes.scalars {
            loaded.problem.set_scalar(name, *value)?;
        }
        let setup = Setup::new(&loaded.as_given())?;
        let functions = setup.known_functions(0)?;
        let conditions = setup.conditions(0);
        Ok(Self { setup, functions, conditions })
    }

    /// At a coupling.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn at(coupling: f64) -> Result<Self, Failure> {
        Self::new(&Changes { scalars: vec![("coupling".into(), coupling)], ..Changes::default() })
    }

    /// The equation.
    pub fn model(&self) -> &dyn Model {
        self.setup.model.as_ref()
    }

    /// The equation in time.
    ///
    /// # Errors
    /// If it has none.
    pub fn evolution(&self) -> Result<Box<dyn Evolution + '_>, Failure> {
        self.model()
            .evolution(&self.functions, &self.conditions)
            .ok_or_else(|| "the equation evolves".into())
    }

    /// An expression at the nodes, with the mass of a state.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn density(&self, text: &str) -> Result<Vec<f64>, Failure> {
        let mut u = Bound::known(Arc::new(Expression::new(text)?)).values(self.setup.grid.nodes());
        let mass = self.setup.grid.integrate(&u);
        u.iter_mut().for_each(|u| *u *= self.conditions.mass / mass);
        Ok(u)
    }

    /// The steady state near a guess.
    ///
    /// # Errors
    /// If there is none.
    pub fn steady(&self, guess: &[f64]) -> Result<Vec<f64>, Failure> {
        let options = SteadyStateOptions::default();
        let found =
            steady_state(self.model(), &self.functions, &self.conditions, guess, &options, None)?;
        if found.stop.is_converged() { Ok(found.u) } else { Err(found.stop.to_string().into()) }
    }

    /// The value of a scalar slot.
    pub fn scalar(&self, slot: usize) -> f64 {
        self.functions.values(slot)[0]
    }
}

/// ‖a − b‖/‖b‖ on equally spaced nodes.
pub fn relative(a: &[f64], b: &[f64]) -> f64 {
    let apart: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    let size: f64 = b.iter().map(|b| b * b).sum();
    (apart / size).sqrt()
}
