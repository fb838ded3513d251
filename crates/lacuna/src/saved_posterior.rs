//! The posterior of the recovered functions in `model.json`.
//!
//! For every unknown the prior on its modes, and the lower triangle of the covariance of all
//! coefficients (d × d), row by row: (0,0), (1,0), (1,1), …

use std::path::Path;

use lacuna_core::Bound;
use lacuna_fit::{ClosedForm, FunctionPrior, Link, Modes, PriorOptions};
use lacuna_identify::Posterior;
use serde::{Deserialize, Serialize};

use crate::{Error, Place, Result, Setup};

/// The posterior of all unknowns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPosterior {
    /// The prior of every unknown, in the order of the coefficients.
    pub unknowns: Vec<SavedPrior>,
    /// The relative error of exact data that it assumes; none where their noise is known or was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed_noise: Option<f64>,
    /// The lower triangle of the covariance.
    pub covariance: Vec<f64>,
}

/// The prior of one unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPrior {
    /// Its name in the problem file.
    pub name: String,
    /// Whether it is the exponential of its modes.
    pub positive: bool,
    /// Sobolev order.
    pub order: f64,
    /// Natural unit.
    pub unit: f64,
    /// Root mean square; none for a scalar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amplitude: Option<f64>,
    /// Length scale, in the unit of x; none for a scalar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_scale: Option<f64>,
    /// Highest k of its modes.
    pub resolution: usize,
    /// Number of its modes.
    pub modes: usize,
    /// Of a closed form: the unit of each parameter, which takes the place of a mode.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameter_units: Vec<f64>,
}

impl SavedPosterior {
    /// What to save, with the names of the unknowns and the error assumed of exact data.
    pub fn new(
        names: impl IntoIterator<Item = String>,
        posterior: &Posterior,
        assumed_noise: Option<f64>,
    ) -> Self {
        let unknowns = names.into_iter().zip(posterior.priors()).map(|(name, prior)| {
            let form = prior.modes.closed_form();
            let is_function = prior.modes.length > 0.0 && form.is_none();
            SavedPrior {
                name,
                positive: prior.link == Link::Exponential,
                order: prior.order(),
                unit: prior.unit,
                amplitude: is_function.then(|| prior.amplitude()),
                length_scale: is_function.then(|| prior.length_scale()),
                resolution: prior.modes.resolution(),
                modes: prior.modes.len(),
                parameter_units: form.map_or_else(Vec::new, |form| form.unit().to_vec()),
            }
        });
        Self { unknowns: unknowns.collect(), assumed_noise, covariance: posterior.lower() }
    }

    /// The posterior, on the slots of the equation.
    ///
    /// # Errors
    /// If it does not fit the equation, with `path` as the file at fault.
    pub fn posterior(&self, setup: &Setup, path: &Path) -> Result<Posterior> {
        let invalid = |message: String| Error::Model { place: Place::file(path), message };
        // Before anything is made of these numbers: there is a mode for every k, and a row for every mode.
        let modes: u128 = self.unknowns.iter().map(|saved| saved.modes as u128).sum();
        if self.covariance.len() as u128 != modes.saturating_mul(modes + 1) / 2 {
            return Err(invalid(format!(
                "its posterior has {modes} modes, and a covariance of {} numbers",
                self.covariance.len()
            )));
        }
        let has_too_few = |saved: &&SavedPrior| {
            saved.parameter_units.is_empty() && saved.resolution > saved.modes
        };
        if let Some(saved) = self.unknowns.iter().find(has_too_few) {
            return Err(invalid(format!(
                "its prior of `{}` has the `resolution` {} and {} modes",
                saved.name, saved.resolution, saved.modes
            )));
        }
        let mut priors = Vec::new();
        for saved in &self.unknowns {
            let Some(slot) = setup.model.slot(&saved.name) else {
                return Err(invalid(format!(
                    "its posterior names `{}`, which the equation does not have",
                    saved.name
                )));
            };
            let place = &setup.model.slots()[slot];
            let numbers = [Some(saved.unit), saved.amplitude, saved.length_scale];
            let positive = |number: &f64| *number > 0.0 && number.is_finite();
            if !numbers.iter().flatten().chain(&saved.parameter_units).all(positive)
                || !saved.order.is_finite()
            {
                return Err(invalid(format!(
                    "its prior of `{}` has a number that is not finite and positive",
                    saved.name
                )));
            }
            let modes = match setup.settled_form(slot).filter(|_| !saved.parameter_units.is_empty())
            {
                Some(Bound { function, theta }) => ClosedForm::new(function, place, saved.positive)
                    .map(|form| form.about(theta.clone(), saved.parameter_units.clone()))
                    .map_or_else(|| Modes::new(place, 0), |f| Modes::of_closed_form(place, f)),
                None => Modes::new(place, saved.resolution),
            };
            if modes.len() != saved.modes {
                return Err(invalid(format!(
                    "its posterior has {} modes of `{}`, and the grid has {}",
                    saved.modes,
                    saved.name,
                    modes.len()
                )));
            }
            let link = if saved.positive { Link::Exponential } else { Link::Identity };
            let options = PriorOptions {
                order: Some(saved.order),
                length_scale: saved.length_scale,
                amplitude: saved.amplitude,
            };
            priors.push(FunctionPrior::new(modes, link, saved.unit, options));
        }
        Posterior::from_lower(priors, &self.covariance).map_err(|e| invalid(e.to_string()))
    }
}
