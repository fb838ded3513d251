//! The steady states of a known problem along one of its scalars, and their stability.
//!
//! u = T(u; λ) for λ from a to b, by continuation, branch switching and deflation
//! ([`lacuna_solve::branches`]). The norm of a state is its distance from the uniform one,
//! ‖u − ū‖ = (∫(u − ū)²)^½ with ū the mean of u.

mod output;

use std::time::{Duration, Instant};

use lacuna_core::{Argument, Flow, Functions, Model, Stop};
use lacuna_solve::{Branch, BranchOptions, BranchProgress, BranchStart, branches};

use crate::problem::{BranchesSpec, ProblemFault};
use crate::setup::expression;
use crate::solve::{given_start, uniform_start};
use crate::units::shown;
use crate::{Error, Result, Setup};

pub use output::{
    BRANCHES_SCHEMA, BranchSummary, BranchesSummary, EventSummary, NamedState, write_branches,
};

/// Parameters this close, relative to their range, are equal.
const EQUAL: f64 = 1e-10;

/// What [`BranchPlan::run`] will do.
#[derive(Clone)]
pub struct BranchPlan<'a> {
    setup: &'a Setup,
    experiment: usize,
    /// The scalar that varies, by its name in the problem file.
    pub parameter: &'static str,
    /// The same in words.
    pub description: &'static str,
    /// Options of the continuation, in the units of computation.
    pub options: BranchOptions,
    /// Where branches start, in the units of computation.
    pub starts: Vec<BranchStart>,
}

/// Branches of steady states, ready to be written and drawn.
#[derive(Clone, Debug)]
pub struct BranchDiagram {
    /// The scalar that varies, by its name in the problem file.
    pub parameter: &'static str,
    /// The same in words.
    pub description: &'static str,
    /// Where its range starts.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Nodes of the grid.
    pub x: Vec<f64>,
    /// The branches.
    pub branches: Vec<Branch>,
    /// ‖u − ū‖ of every state of every branch.
    pub norms: Vec<Vec<f64>>,
    /// Whether all that was found was followed.
    pub stop: Stop,
    /// Starts near which no steady state was found.
    pub failed_starts: usize,
    /// Evaluations of T.
    pub map_evaluations: usize,
    /// Products with I − ∂T/∂u.
    pub jacobian_products: usize,
    /// Wall-clock time.
    pub elapsed: Duration,
}

impl Setup {
    /// Puts the truth in the place of every unknown that has one; their names.
    ///
    /// # Errors
    /// If a truth cannot be read.
    pub fn assume_truths(&mut self) -> Result<Vec<&'static str>> {
        let mut names = Vec::new();
        for name in self.unknowns.iter().map(|u| u.name).collect::<Vec<_>>() {
            if let Some(truth) = self.truth(name)? {
                self.settle(name, truth.function);
                names.push(name);
            }
        }
        Ok(names)
    }
}

impl<'a> BranchPlan<'a> {
    /// What `[branches]` asks for, with defaults in the place of what it does not say.
    ///
    /// # Errors
    /// If the equation has no scalar, a function is unknown, or a start is no state.
    pub fn new(setup: &'a Setup) -> Result<Self> {
        let problem = &setup.loaded.problem;
        let spec = &problem.branches;
        let scalars = problem.model.kind.scalars();
        let wanted = spec.parameter.as_deref();
        let scalar = match wanted {
            Some(name) => scalars.iter().find(|scalar| scalar.name == name),
            None => scalars.last(),
        };
        let slot = scalar.and_then(|scalar| setup.model.slot(scalar.name));
        let (Some(scalar), Some(slot)) = (scalar, slot) else {
            let fault = ProblemFault::NotAvailable {
                what: format!("a branch of `{}`, which has no scalar to vary,", problem.model.kind),
                remedy: "`lacuna solve` finds its steady states",
            };
            return Err(setup.loaded.error("branches", fault));
        };
        debug_assert_eq!(setup.model.slots()[slot].argument, Argument::None);
        let experiment = spec.experiment - 1;
        let unit = setup.unit_of(scalar.name);
        let own = own_values(setup, slot)?;
        let largest = own.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let from = spec.from.unwrap_or(if scalar.positive { 0.1 * largest } else { 0.0 });
        let to = spec.to.unwrap_or(if largest > 0.0 { 2.0 * largest } else { 1.0 });
        let (lower, upper) = (from.min(to), from.max(to));
        if (upper - lower) <= 0.0 {
            let fault = ProblemFault::OutOfRange {
                key: "branches.to".into(),
                found: shown(to * unit).to_string(),
                requirement: format!("different from `branches.from`, {}", shown(from * unit)),
            };
            return Err(setup.loaded.error("branches", fault));
        }
        let mut values = if spec.values.is_empty() { own } else { spec.values.clone() };
        values.retain(|v| (lower..=upper).contains(v));
        let options = BranchOptions {
            slot,
            from,
            to,
            step: spec.step,
            min_step: spec.min_step,
            max_step: spec.max_step,
            max_points: spec.max_points,
            max_branches: spec.max_branches,
            values,
            switching: spec.switching,
            deflation: spec.deflation,
            ..BranchOptions::default()
        };
        let starts = starts(setup, spec, experiment, from)?;
        let (parameter, description) = (scalar.name, scalar.description);
        Ok(Self { setup, experiment, parameter, description, options, starts })
    }

    /// What will be done, in one sentence.
    pub fn method(&self) -> String {
        let unit = self.setup.unit_of(self.parameter);
        format!(
            "following the steady states along {} from {} to {}, from {} start{}",
            self.parameter,
            shown(self.options.from * unit),
            shown(self.options.to * unit),
            self.starts.len(),
            if self.starts.len() == 1 { "" } else { "s" }
        )
    }

    /// Follows the branches. `watch` sees every step and may end the work.
    ///
    /// # Errors
    /// If the equation cannot be evaluated.
    pub fn run(&self, watch: &mut dyn FnMut(&BranchProgress) -> Flow) -> Result<BranchDiagram> {
        let begun = Instant::now();
        let unit = self.setup.unit_of(self.parameter);
        let watch = &mut |progress: &BranchProgress| {
            watch(&BranchProgress { parameter: progress.parameter * unit, ..*progress })
        };
        let functions = self.setup.known_functions(self.experiment)?;
        let conditions = self.setup.conditions(self.experiment);
        let model: &dyn Model = self.setup.model.as_ref();
        let found = branches(model, &functions, &conditions, &self.starts, &self.options, watch)
            .map_err(|source| Error::Evaluation { source })?;
        let weights = model.weights();
        let norms = found
            .branches
            .iter()
            .map(|branch| branch.states.iter().map(|s| unevenness(weights, &s.u)).collect())
            .collect();
        Ok(self.setup.diagram_as_given(BranchDiagram {
            parameter: self.parameter,
            description: self.description,
            from: self.options.from,
            to: self.options.to,
            x: self.setup.grid.nodes().coordinates().to_vec(),
            branches: found.branches,
            norms,
            stop: found.stop,
            failed_starts: found.failed_starts,
            map_evaluations: found.map_evaluations,
            jacobian_products: found.jacobian_products,
            elapsed: begun.elapsed(),
        }))
    }
}

/// The values that the experiments give the scalar, each once.
fn own_values(setup: &Setup, slot: usize) -> Result<Vec<f64>> {
    let mut values: Vec<f64> = Vec::new();
    for index in 0..setup.n_experiments() {
        let value = setup.known_functions(index)?.values(slot)[0];
        if !values.iter().any(|v| (v - value).abs() <= EQUAL * value.abs()) {
            values.push(value);
        }
    }
    Ok(values)
}

fn starts(
    setup: &Setup,
    spec: &BranchesSpec,
    experiment: usize,
    from: f64,
) -> Result<Vec<BranchStart>> {
    let parameter = spec.start_at.unwrap_or(from);
    if spec.start.is_empty() {
        let given = given_start(setup, experiment)?;
        let u = given.unwrap_or_else(|| uniform_start(setup, experiment));
        return Ok(vec![BranchStart { u, parameter }]);
    }
    let read = |(i, text): (usize, &String)| {
        let key = format!("branches.start.{i}");
        let unit = setup.units().state;
        let u = expression(&setup.loaded, text, &key, unit)?.values(setup.grid.nodes());
        let usable = |u: &f64| u.is_finite() && (*u >= 0.0 || !setup.model.is_density());
        match u.iter().position(|u| !usable(u)) {
            Some(node) => Err(Error::Initial {
                place: setup.loaded.place(&key),
                key,
                x: shown(setup.grid.nodes().get(node)[0] * setup.units().length),
                value: shown(u[node] * unit),
            }),
            None => Ok(BranchStart { u, parameter }),
        }
    };
    spec.start.iter().enumerate().map(read).collect()
}

/// ‖u − ū‖.
fn unevenness(weights: &[f64], u: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    let mean = weights.iter().zip(u).map(|(w, u)| w * u).sum::<f64>() / total;
    weights.iter().zip(u).map(|(w, u)| w * (u - mean).powi(2)).sum::<f64>().sqrt()
}
