//! The equation before and after its conditions are changed.
//!
//! Changes apply to every experiment of the problem; experiments that no longer differ are one.

use std::path::Path;

use lacuna_core::{Bound, Conditions, Tabulated};
use lacuna_identify::{Posterior, Setting, UncertainSlot};
use lacuna_surrogate::{Expression, SurrogateError};

use crate::problem::{ExperimentSpec, LoadedProblem, Problem};
use crate::{Error, Place, Result, SavedModel, Setup};

/// Conditions other than those of the problem, in every experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Scalars by name.
    pub scalars: Vec<(String, f64)>,
    /// A known expression in x added to V, in place of the problem's own.
    pub push: Option<String>,
    /// ∫u.
    pub mass: Option<f64>,
}

impl Changes {
    /// Whether the push, if one was given, has values everywhere.
    fn check_push(&self, after: &Setup) -> Result<()> {
        if self.push.is_none() || after.n_experiments() == 0 {
            return Ok(());
        }
        match after.slots(0) {
            Err(Error::Infinite { name: "push", x, value, .. }) => {
                Err(Error::Infinite { place: Place::file("--push"), name: "push", x, value })
            }
            _ => Ok(()),
        }
    }

    /// In the units of the problem.
    fn apply(&self, problem: &mut Problem) -> Result<()> {
        let kind = problem.model.kind;
        if !kind.is_density() {
            let refused = |what, reason| {
                let model = kind.name();
                Err(Error::NoSuchCondition { what, model, reason })
            };
            if self.push.is_some() {
                return refused("push", "the equation has no V to add it to");
            }
            if self.mass.is_some() {
                return refused("mass", "the equation does not conserve mass");
            }
        }
        if let Some(push) = &self.push {
            Expression::new(push).map_err(|e| Error::GivenExpression {
                what: "push",
                given: push.clone(),
                source: Box::new(SurrogateError::from(e)),
            })?;
        }
        for (name, value) in &self.scalars {
            problem
                .set_scalar(name, *value)
                .map_err(|error| error.of_option(format!("--set {name}={value}")))?;
        }
        let experiments = &mut problem.experiments;
        if experiments.is_empty() && (self.push.is_some() || self.mass.is_some()) {
            experiments.push(ExperimentSpec::default());
        }
        for experiment in experiments {
            if let Some(push) = &self.push {
                experiment.push = Some(push.clone());
            }
            if let Some(mass) = self.mass {
                experiment.mass = mass;
            }
        }
        problem.validate()
    }
}

/// What an experiment was, and what it becomes.
pub(super) struct Target {
    /// Experiments (from 0) that have become this one.
    pub experiments: Vec<usize>,
}

/// An equation under changed conditions, ready to predict.
pub struct Predictor {
    /// Under the conditions that were observed.
    pub(super) before: Setup,
    /// Under the changed conditions.
    pub(super) after: Setup,
    /// Names and values of recovered functions.
    recovered: Vec<Recovered>,
    pub(super) posterior: Option<Posterior>,
    /// States that were observed, in the units of computation, one an experiment; empty where none
    /// were.
    pub(super) states: Vec<Vec<f64>>,
    /// Whether the functions were recovered.
    pub(super) is_recovered: bool,
    /// The relative error of exact data that the posterior assumes.
    pub(super) assumed_noise: Option<f64>,
}

struct Recovered {
    name: String,
    terms: Vec<Bound>,
}

impl Predictor {
    /// From `model.json`.
    ///
    /// # Errors
    /// If it cannot be read or the changes do not suit the equation.
    pub fn from_model(path: &Path, changes: &Changes) -> Result<Self> {
        let model = SavedModel::read(path)?;
        Self::of_model(&model, path, changes)
    }

    /// The same of a model in memory; `path` stands for its file.
    ///
    /// # Errors
    /// As [`from_model`](Self::from_model).
    pub fn of_model(model: &SavedModel, path: &Path, changes: &Changes) -> Result<Self> {
        let before = model.setup(path)?;
        let mut other = model.clone();
        changes.apply(&mut other.problem)?;
        let after = other.setup(path)?;
        changes.check_push(&after)?;
        let posterior = model.posterior.as_ref().map(|p| p.posterior(&before, path)).transpose()?;
        let unsettled = model.unsettled(path)?;
        let names = model.posterior.iter().flat_map(|p| &p.unknowns).map(|u| u.name.clone());
        let recovered = names
            .map(|name| {
                let terms = model.bind(&unsettled, &name, path)?;
                Ok(Recovered { name, terms })
            })
            .collect::<Result<Vec<_>>>()?;
        let states = before.units().states(&model.states);
        let assumed_noise = model.posterior.as_ref().and_then(|p| p.assumed_noise);
        let is_recovered = true;
        Ok(Self { before, after, recovered, posterior, states, is_recovered, assumed_noise })
    }

    /// From a problem whose functions are all known: its predictions have no band.
    ///
    /// # Errors
    /// If the changes do not suit the equation.
    pub fn from_problem(loaded: &LoadedProblem, changes: &Changes) -> Result<Self> {
        let before = Setup::new(loaded)?;
        let mut changed = before.loaded.given().clone();
        changes.apply(&mut changed)?;
        let after = Setup::new(&before.loaded.with_given(changed))?;
        changes.check_push(&after)?;
        after.known_functions(0)?;
        let (recovered, states) = (Vec::new(), Vec::new());
        let (posterior, assumed_noise, is_recovered) = (None, None, false);
        Ok(Self { before, after, recovered, posterior, states, is_recovered, assumed_noise })
    }

    /// The equation under the changed conditions.
    pub fn setup(&self) -> &Setup {
        &self.after
    }

    /// Experiments that have become the same, in the order of the problem.
    pub(super) fn targets(&self) -> Vec<Target> {
        let mut targets: Vec<(Target, Vec<(String, String)>)> = Vec::new();
        for index in 0..self.after.n_experiments() {
            let words = self.after.conditions_in_words(index);
            match targets.iter_mut().find(|(_, known)| *known == words) {
                Some((target, _)) => target.experiments.push(index),
                None => targets.push((Target { experiments: vec![index] }, words)),
            }
        }
        targets.into_iter().map(|(target, _)| target).collect()
    }

    /// The equation in one experiment, changed, and what is uncertain there.
    pub(super) fn setting(&self, index: usize) -> Result<Setting<'_>> {
        self.setting_of(&self.after, index)
    }

    /// The same as it was observed.
    pub(super) fn setting_before(&self, index: usize) -> Result<Setting<'_>> {
        self.setting_of(&self.before, index)
    }

    fn setting_of<'a>(&'a self, setup: &'a Setup, index: usize) -> Result<Setting<'a>> {
        let functions = setup.known_functions(index)?;
        let spec = setup.loaded.problem.experiments.get(index);
        let unknown = setup.loaded.problem.unknowns();
        let slots = setup.model.slots();
        let unknowns = self
            .recovered
            .iter()
            .map(|recovered| {
                // A scalar that was given a value is uncertain no longer.
                let set = spec.is_some_and(|s| s.scalars.contains_key(&recovered.name));
                if set || !unknown.contains(&recovered.name.as_str()) {
                    return None;
                }
                let slot = setup.model.slot(&recovered.name)?;
                let mut values = vec![0.0; slots[slot].points.len()];
                for term in &recovered.terms {
                    let part = term.values(&slots[slot].points);
                    values.iter_mut().zip(part).for_each(|(to, v)| *to += v);
                }
                Some(UncertainSlot { slot, values })
            })
            .collect();
        let conditions = setup.conditions(index);
        Ok(Setting { model: setup.model.as_ref(), functions, conditions, unknowns })
    }

    /// The names of what was recovered.
    pub(super) fn recovered_names(&self) -> impl Iterator<Item = &str> {
        self.recovered.iter().map(|recovered| recovered.name.as_str())
    }

    /// Functions and conditions of an experiment as it was observed.
    pub(super) fn observed(&self, index: usize) -> Result<(Tabulated, Conditions)> {
        Ok((self.before.known_functions(index)?, self.before.conditions(index)))
    }
}
