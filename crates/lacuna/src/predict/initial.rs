//! The state that a search or a transient starts from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lacuna_core::Bound;
use lacuna_surrogate::{Expression, SurrogateError};

use crate::observe::state_at_nodes;
use crate::units::shown;
use crate::{Error, Result, Setup};

/// An initial state.
#[derive(Clone, Debug, PartialEq)]
pub enum Initial {
    /// A CSV file `x,u`, interpolated to the nodes.
    File(PathBuf),
    /// An expression in x.
    Expression(String),
}

impl Initial {
    /// A file where there is one of this name, or the text ends as one; else an expression.
    pub fn parse(text: &str) -> Self {
        let path = Path::new(text);
        let named_so = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        if named_so || path.is_file() {
            Self::File(path.to_owned())
        } else {
            Self::Expression(text.to_owned())
        }
    }

    /// What was given.
    pub fn text(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Expression(text) => text.clone(),
        }
    }

    /// The state at the nodes, with the mass of the experiment where it is a density.
    ///
    /// # Errors
    /// If it cannot be read, or is no state.
    pub(super) fn at_nodes(&self, setup: &Setup, index: usize) -> Result<Vec<f64>> {
        let density = setup.model.is_density();
        let units = setup.units();
        let conditions = setup.conditions(index);
        let mut u = match self {
            Self::File(path) => {
                let data = units.state(setup.loaded.read_start(path)?);
                state_at_nodes(&data, &setup.grid, density, &conditions.boundary_values)
            }
            Self::Expression(text) => {
                let parsed = Expression::new(text).map_err(|e| Error::GivenExpression {
                    what: "initial state",
                    given: text.clone(),
                    source: Box::new(SurrogateError::from(e)),
                })?;
                let given = Bound::known(Arc::new(parsed));
                units.function(given, units.state).values(setup.grid.nodes())
            }
        };
        let usable = |u: &f64| u.is_finite() && (*u >= 0.0 || !density);
        let mass = setup.grid.integrate(&u);
        let fault = u.iter().position(|u| !usable(u)).or((density && mass <= 0.0).then_some(0));
        if let Some(node) = fault {
            let x = shown(setup.grid.nodes().get(node)[0] * units.length);
            let value = shown(u[node] * units.state);
            return Err(Error::InitialState { given: self.text(), x, value });
        }
        if density {
            let scale = conditions.mass / mass;
            u.iter_mut().for_each(|u| *u *= scale);
        }
        Ok(u)
    }
}
