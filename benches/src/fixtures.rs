//! Problems that benches and suites share.
//!
//! *two-states*: the built-in example, interaction kernel W and potential V of an
//! aggregation-diffusion equation from two noise-free states at 256 nodes.
//! *Kuramoto*: the same equation on the circle with W = −cos r, V = 0, σ = 1, κ = 2.5, whose steady
//! state is u = exp(a cos x)/(2π I₀(a)) with a = κ I₁(a)/(σ I₀(a)).

use std::f64::consts::TAU;
use std::path::Path;
use std::sync::Arc;

use lacuna::core::{
    Bound, Conditions, EvalResult, Form, Functions, Model, Pool, Scalar, Slot, SteadyModel,
    Symmetry, Tabulated,
};
use lacuna::fit::{Experiment, FieldObjective, FitError, Unknown};
use lacuna::grid::{Axis, Boundary, Grid, GridError};
use lacuna::models::AggregationDiffusion;
use lacuna::problem::{FunctionSpec, LoadedProblem, Problem, SurrogateSpec};
use lacuna::surrogate::{Expression, Known};
use lacuna::{Plan, Result};

const TWO_STATES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/lacuna/examples-data/two-states/problem.toml");

/// The built-in example *two-states* with one class in the place of both unknown functions; W
/// stays even.
///
/// # Errors
/// If it cannot be read.
pub fn two_states(class: &SurrogateSpec) -> Result<LoadedProblem> {
    let mut loaded = Problem::from_path(Path::new(TWO_STATES))?;
    for function in loaded.problem.functions.values_mut() {
        if let FunctionSpec::Unknown(unknown) = function {
            unknown.surrogate = class.clone();
        }
    }
    Ok(loaded)
}

/// The observed states of a plan as experiments.
///
/// # Errors
/// If a push cannot be parsed.
pub fn experiments(plan: &Plan) -> Result<Vec<Experiment>> {
    let states = plan.observations.iter().enumerate();
    states.map(|(i, observed)| plan.setup.experiment(i, observed.at_nodes.clone())).collect()
}

/// The objective that a plan minimises from `seed`, built anew from its experiments.
///
/// # Errors
/// As [`FieldObjective::new`].
pub fn objective(
    plan: &Plan,
    experiments: Vec<Experiment>,
    seed: u64,
) -> Result<FieldObjective, FitError> {
    let unknowns: Vec<Unknown> = plan.setup.unknowns.iter().map(|u| u.unknown.clone()).collect();
    let model = plan.setup.model.clone();
    let objective = FieldObjective::new(model, plan.form, unknowns, experiments)?;
    if plan.smoothness == 0.0 {
        return Ok(objective);
    }
    let seen = objective.visibility(&objective.initial(seed))?;
    let weights: Vec<f64> = seen.iter().map(|seen| plan.smoothness * seen).collect();
    Ok(objective.with_smoothness(&weights))
}

/// A periodic grid on [0, length].
///
/// # Errors
/// If there are too few cells.
pub fn circle(length: f64, cells: usize) -> Result<Grid, GridError> {
    let axis = Axis { origin: 0.0, length, cells, boundary: Boundary::Periodic };
    Grid::new(vec![axis])
}

/// An equation with all its functions known.
pub struct KnownEquation {
    /// The equation.
    pub model: Arc<dyn Model>,
    /// Its functions.
    pub functions: Tabulated,
    /// Its conditions.
    pub conditions: Conditions,
    /// A density near a steady state, length n.
    pub guess: Vec<f64>,
}

/// An equation of which only the formula is kept, so that the defaults differentiate it by dual
/// numbers.
pub struct ByDual<M>(pub M);

impl<M: SteadyModel> SteadyModel for ByDual<M> {
    fn name(&self) -> &'static str {
        SteadyModel::name(&self.0)
    }

    fn slots(&self) -> &[Slot] {
        SteadyModel::slots(&self.0)
    }

    fn forms(&self) -> &[Form] {
        SteadyModel::forms(&self.0)
    }

    fn weights(&self) -> &[f64] {
        SteadyModel::weights(&self.0)
    }

    fn is_density(&self) -> bool {
        SteadyModel::is_density(&self.0)
    }

    fn map<D: Scalar>(
        &self,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        SteadyModel::map(&self.0, u, functions, conditions, pool, out)
    }

    fn residual<D: Scalar>(
        &self,
        form: Form,
        u: &[D],
        functions: &dyn Functions<D>,
        conditions: &Conditions,
        pool: &mut Pool<D>,
        out: &mut [D],
    ) -> EvalResult {
        SteadyModel::residual(&self.0, form, u, functions, conditions, pool, out)
    }
}

/// Kuramoto's oscillators on a grid of `cells` nodes; the guess is 1 + ½ cos x, normalised.
///
/// # Errors
/// If there are too few cells.
pub fn kuramoto(cells: usize) -> Result<KnownEquation, Box<dyn std::error::Error>> {
    oscillators(cells, |model| Arc::new(model))
}

/// The same with derivatives by dual numbers, and without coarser grids.
///
/// # Errors
/// If there are too few cells.
pub fn kuramoto_by_dual(cells: usize) -> Result<KnownEquation, Box<dyn std::error::Error>> {
    oscillators(cells, |model| Arc::new(ByDual(model)))
}

fn oscillators(
    cells: usize,
    erase: impl FnOnce(AggregationDiffusion) -> Arc<dyn Model>,
) -> Result<KnownEquation, Box<dyn std::error::Error>> {
    let grid = circle(TAU, cells)?;
    let guess = grid.nodes().iter().map(|x| (1.0 + 0.5 * x[0].cos()) / TAU).collect();
    let model = AggregationDiffusion::new(grid, Symmetry::None)?;
    let terms = vec![
        vec![Bound::known(Arc::new(Expression::new("-cos(x)")?))],
        vec![Bound::known(Arc::new(Known(0.0)))],
        vec![Bound::known(Arc::new(Known(1.0)))],
        vec![Bound::known(Arc::new(Known(2.5)))],
    ];
    let functions = Tabulated::new(SteadyModel::slots(&model), terms);
    let conditions = Conditions::default();
    Ok(KnownEquation { model: erase(model), functions, conditions, guess })
}
