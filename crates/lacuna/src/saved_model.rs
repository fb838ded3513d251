//! `model.json`: a recovered equation as data, to evaluate, predict with or resume from.
//!
//! It holds the problem with the points of its tables and the saved models that it calls, the parameters of every unknown, the
//! constant that fixes its gauge, the observed states at the nodes and, where the fit gave one, the
//! posterior of the functions (`saved_posterior.rs`). Parameters and posterior belong to the functions
//! as they were computed, in `units`; all else is in the units of the problem. A file of the first
//! version has no units: it was computed in those of the problem. Loading it runs no code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lacuna_core::Bound;
use lacuna_surrogate::Known;
use serde::{Deserialize, Serialize};

use crate::data::read_text;
use crate::problem::{FunctionSpec, LoadedProblem, Problem, SurrogateSpec};
use crate::{Error, Place, Recovery, Result, SavedPosterior, Setup, Units};

/// Version of the format.
pub const MODEL_SCHEMA: &str = "lacuna-model/2";
/// The version before, which had no units.
const WITHOUT_UNITS: &str = "lacuna-model/1";

/// Saved models that lead to one another, at most: deeper is no longer read as JSON either.
const DEEPEST: usize = 16;

/// The content of `model.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedModel {
    /// [`MODEL_SCHEMA`].
    pub schema: String,
    /// Version of lacuna that wrote it.
    pub version: String,
    /// The problem, with the points of its tables and the models it calls in place of their paths.
    pub problem: Problem,
    /// What the parameters and the posterior are in.
    #[serde(default)]
    pub units: Units,
    /// What was recovered, by name.
    pub recovered: BTreeMap<String, SavedFunction>,
    /// The observed states at the nodes, one an experiment.
    pub states: Vec<Vec<f64>>,
    /// What the data leave open of the functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posterior: Option<SavedPosterior>,
}

/// Parameters of a recovered function U f(x/L; θ) + offset, U and L its units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedFunction {
    /// θ.
    pub theta: Vec<f64>,
    /// The constant that gives it zero mean, or 0.
    pub offset: f64,
}

impl SavedModel {
    /// What to save of a recovery.
    ///
    /// # Errors
    /// If a table or saved model of the problem cannot be read.
    pub fn new(loaded: &LoadedProblem, recovery: &Recovery) -> Result<Self> {
        let mut problem = loaded.self_contained()?;
        problem.fit.seed = recovery.seed;
        for (f, modes) in recovery.functions.iter().filter_map(|f| Some((f, f.finer?))) {
            if let Some(FunctionSpec::Unknown(unknown)) = problem.functions.get_mut(&f.name) {
                unknown.surrogate = SurrogateSpec::Fourier { modes };
            }
        }
        let save = |f: &crate::RecoveredFunction| SavedFunction {
            theta: f.theta.clone(),
            offset: f.offset,
        };
        Ok(Self {
            schema: MODEL_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            problem,
            units: recovery.units,
            recovered: recovery.functions.iter().map(|f| (f.name.clone(), save(f))).collect(),
            states: recovery.states.iter().map(|s| s.observed.clone()).collect(),
            posterior: recovery.posterior.as_ref().map(|posterior| {
                let names = recovery.functions.iter().map(|f| f.name.clone());
                SavedPosterior::new(names, posterior, recovery.assumed_noise)
            }),
        })
    }

    /// Reads `model.json`, and the models that it calls by their paths.
    ///
    /// # Errors
    /// If there is no such file, it is not one of this version, or it leads back to itself.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_within(path, &[])
    }

    /// The same of a model that others call, the outermost first.
    pub(crate) fn read_within(path: &Path, others: &[PathBuf]) -> Result<Self> {
        let here = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut within = others.to_vec();
        within.push(here.clone());
        if others.contains(&here) || others.len() >= DEEPEST {
            let way: Vec<String> = within.iter().map(|p| p.display().to_string()).collect();
            let message = format!(
                "its functions lead from model to model without end ({}); recover one of them from \
                 data, or give it as a table",
                way.join(" to ")
            );
            return Err(Error::Model { place: Place::file(path), message });
        }
        let mut model = Self::parse(path)?;
        let loaded = LoadedProblem::new(model.problem, parent(path))?.in_models(within);
        model.problem = loaded.self_contained()?;
        Ok(model)
    }

    fn parse(path: &Path) -> Result<Self> {
        let text =
            read_text(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let invalid = |line: Option<u32>, message: String| Error::Model {
            place: Place { file: path.to_owned(), line, column: None },
            message,
        };
        if !text.trim_start().starts_with('{') {
            let message = "it is not JSON; the name of a problem file ends in .toml".into();
            return Err(invalid(Some(1), message));
        }
        let value: serde_json::Value = serde_json::from_str(&text)
            .map_err(|e| invalid(u32::try_from(e.line()).ok(), e.to_string()))?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(MODEL_SCHEMA | WITHOUT_UNITS) => {}
            Some(other) => {
                let message = format!(
                    "has schema `{other}`, and this version of lacuna reads `{MODEL_SCHEMA}`"
                );
                return Err(invalid(None, message));
            }
            None => return Err(invalid(None, "has no `schema`".into())),
        }
        let model: Self =
            serde_json::from_value(value).map_err(|e| invalid(None, e.to_string()))?;
        model.problem.validate().map_err(|error| match error {
            Error::Problem { fault, .. } => invalid(None, format!("its problem: {fault}")),
            other => other,
        })?;
        model.check().map_err(|message| invalid(None, message))?;
        Ok(model)
    }

    /// The model as far as the function called `name` needs it.
    pub(crate) fn only(&self, name: &str) -> Self {
        let mut problem = self.problem.clone();
        problem.truth.clear();
        let mut recovered = self.recovered.clone();
        recovered.retain(|other, _| other == name);
        Self { problem, recovered, states: Vec::new(), posterior: None, ..self.clone() }
    }

    /// Writes `model.json`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        crate::output::write_json(path, self)
    }

    /// The problem, ready to compute with the recovered functions in the place of the unknowns.
    ///
    /// # Errors
    /// If the file's parameters do not fit its problem.
    pub fn setup(&self, path: &Path) -> Result<Setup> {
        let mut setup = self.unsettled(path)?;
        for unknown in setup.unknowns.clone() {
            let terms = self.bind(&setup, unknown.name, path)?;
            setup.settle(unknown.name, terms);
        }
        Ok(setup)
    }

    /// The problem, ready to compute in the units of the file, its unknowns as yet unknown.
    pub(crate) fn unsettled(&self, path: &Path) -> Result<Setup> {
        let loaded = LoadedProblem::new(self.problem.clone(), parent(path))?;
        Setup::new(&loaded.in_units(self.units))
    }

    /// The recovered function called `name` in the units of the problem, as a known one.
    pub(crate) fn function(&self, name: &str, path: &Path) -> Result<Vec<Bound>> {
        let setup = self.unsettled(path)?;
        let terms = self.bind(&setup, name, path)?;
        let slot = setup.model.slot(name).map(|slot| &setup.model.slots()[slot]);
        let kind = self.problem.model.kind;
        Ok(slot.map_or_else(Vec::new, |slot| self.units.terms_as_given(kind, slot, terms)))
    }

    /// The recovered function called `name` in the units of `setup`, which are those of the file.
    pub(crate) fn bind(&self, setup: &Setup, name: &str, path: &Path) -> Result<Vec<Bound>> {
        let invalid = |message: String| Error::Model { place: Place::file(path), message };
        let (Some(saved), Some(unknown)) =
            (self.recovered.get(name), setup.unknowns.iter().find(|u| u.name == name))
        else {
            return Err(invalid(format!("holds no recovered function `{name}`")));
        };
        let function = unknown.unknown.function.clone();
        if saved.theta.len() != function.n_params() {
            return Err(invalid(format!(
                "`{name}` has {} parameters, and its function class needs {}",
                saved.theta.len(),
                function.n_params()
            )));
        }
        let offset = saved.offset / setup.unit_of(name);
        let offset = Bound::known(std::sync::Arc::new(Known(offset)));
        Ok(vec![Bound { function, theta: saved.theta.clone() }, offset])
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}
