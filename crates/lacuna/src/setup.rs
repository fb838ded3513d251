//! From a problem file to the objects that compute: equation, functions, experiments.

use std::sync::Arc;

use lacuna_core::{
    Argument, Bound, Conditions, Function, Interval, Model, Points, Slot, Surrogate, Symmetry,
    Tabulated,
};
use lacuna_fit::{Experiment, SlotTerms, Unknown};
use lacuna_grid::{Axis, Boundary, Grid};
use lacuna_models::{AggregationDiffusion, DiffusionReaction};
use lacuna_surrogate::{
    Activation, CellMean, Constant, Describe, Expression, ExpressionOptions, Fourier,
    FourierOptions, Known, Mean, Network, NetworkOptions, Positive, Scaled, Spline, SplineOptions,
    SurrogateError, Table, ZeroMean,
};

use crate::data::{FunctionTable, StateData};
use crate::observe::state_at_nodes;
use crate::problem::{
    self, Constraint, FunctionSpec, LoadedProblem, ModelKind, ProblemFault, ScalarSpec, Source,
    SurrogateSpec, UnknownFunction,
};
use crate::singular::mended;
use crate::units::shown;
use crate::{Error, Result};

/// Largest relative difference between the mass of data and the mass they should have.
const MASS_TOLERANCE: f64 = 0.01;

/// A problem made ready to compute.
pub struct Setup {
    /// Where it comes from.
    pub loaded: LoadedProblem,
    /// The grid.
    pub grid: Grid,
    /// The equation.
    pub model: Arc<dyn Model>,
    /// The unknowns, in the order of the equation's slots.
    pub unknowns: Vec<NamedUnknown>,
    /// The known part of every slot, before the experiments change anything.
    known: Vec<Vec<Bound>>,
}

/// An unknown of the problem.
#[derive(Clone)]
pub struct NamedUnknown {
    /// Its name in the problem file.
    pub name: &'static str,
    /// The slot it stands in and the function class that stands for it.
    pub unknown: Unknown,
    /// The function class in words.
    pub description: String,
    /// Whether it is positive by construction.
    pub positive: bool,
}

impl NamedUnknown {
    /// Whether it is sought as it stands, by its parameters.
    pub fn is_closed_form(&self) -> bool {
        !self.unknown.function.parameter_names().is_empty()
    }
}

/// An observed state, as read and at the nodes.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The data.
    pub data: StateData,
    /// The state at the nodes of the grid.
    pub at_nodes: Vec<f64>,
}

impl Setup {
    /// Builds everything but the data, in the units of computation.
    ///
    /// # Errors
    /// If the grid cannot be built, a table or saved model cannot be read, or a function class
    /// refuses its options.
    pub fn new(loaded: &LoadedProblem) -> Result<Self> {
        // Restarts run in parallel, linear algebra within them does not: results would otherwise depend
        // on the number of threads wherever another crate turns faer's own parallelism on.
        faer::set_global_parallelism(faer::Par::Seq);
        let loaded = loaded.in_computing_units()?;
        let loaded = loaded.as_ref();
        let problem = &loaded.problem;
        let grid = build_grid(loaded)?;
        let failed = |source| Error::Grid { place: loaded.place("domain"), source };
        let model: Arc<dyn Model> = match problem.model.kind {
            ModelKind::AggregationDiffusion => {
                let symmetry = kernel_symmetry(problem.functions.get("W"));
                Arc::new(AggregationDiffusion::new(grid.clone(), symmetry).map_err(failed)?)
            }
            ModelKind::DiffusionReaction => {
                Arc::new(DiffusionReaction::new(grid.clone()).map_err(failed)?)
            }
        };
        let mut unknowns = Vec::new();
        let mut known = Vec::new();
        for (index, slot) in model.slots().iter().enumerate() {
            let part = if slot.argument == Argument::None {
                scalar(loaded, slot)?
            } else {
                function(loaded, slot)?
            };
            known.push(match part {
                Part::Known(terms) => terms,
                Part::Unknown { function, description } => {
                    let positive = problem.is_positive(slot.name);
                    let unknown = Unknown { slot: index, function };
                    unknowns.push(NamedUnknown { name: slot.name, unknown, description, positive });
                    Vec::new()
                }
            });
        }
        Ok(Self { loaded: loaded.clone(), grid, model, unknowns, known })
    }

    /// Puts a function with its parameters in the place of the unknown called `name`.
    pub fn settle(&mut self, name: &str, terms: Vec<Bound>) {
        if let Some(at) = self.unknowns.iter().position(|u| u.name == name) {
            let unknown = self.unknowns.remove(at);
            self.known[unknown.unknown.slot] = terms;
        }
    }

    /// Number of experiments; a problem without any has one under the default conditions.
    pub fn n_experiments(&self) -> usize {
        self.loaded.problem.experiments.len().max(1)
    }

    /// The observed state of one experiment at the nodes, if there is one; for a density whose
    /// logarithm will be taken, all values have to be positive.
    ///
    /// # Errors
    /// If the data cannot be read or do not fit the equation.
    pub fn observation(&self, index: usize, takes_log: bool) -> Result<Option<Observation>> {
        let Some(given) = self.loaded.read_state_as_given(index)? else { return Ok(None) };
        if takes_log && self.model.is_density() {
            // Before the mass is checked, which a negative density falsifies too.
            given.check_positive()?;
        }
        let mut data = self.units().state(given.clone());
        let spec = &self.loaded.problem.experiments[index];
        let boundary = self.conditions(index).boundary_values;
        let density = self.model.is_density();
        let mut at_nodes = state_at_nodes(&data, &self.grid, density, &boundary);
        if density {
            let mass = self.grid.integrate(&at_nodes);
            if spec.normalise && mass > 0.0 {
                let scale = spec.mass / mass;
                for value in at_nodes.iter_mut().chain(&mut data.u) {
                    *value *= scale;
                }
            } else {
                let unit = self.units().mass();
                given.check_mass(mass * unit, spec.mass * unit, MASS_TOLERANCE)?;
            }
        }
        Ok(Some(Observation { data, at_nodes }))
    }

    /// The name of one experiment: its own, or its number from 1.
    pub fn experiment_name(&self, index: usize) -> String {
        let spec = self.loaded.problem.experiments.get(index);
        spec.and_then(|s| s.name.clone()).unwrap_or_else(|| (index + 1).to_string())
    }

    /// The conditions of one experiment.
    pub fn conditions(&self, index: usize) -> Conditions {
        match self.loaded.problem.experiments.get(index) {
            Some(spec) => {
                Conditions { mass: spec.mass, boundary_values: spec.boundary_values.clone() }
            }
            None => Conditions { mass: 1.0 / self.units().mass(), ..Conditions::default() },
        }
    }

    /// What stands in each slot during one experiment.
    ///
    /// # Errors
    /// If its push cannot be parsed.
    pub fn slots(&self, index: usize) -> Result<Vec<SlotTerms>> {
        let spec = self.loaded.problem.experiments.get(index);
        let slots = self.model.slots().iter().enumerate();
        slots
            .map(|(i, slot)| {
                let unknown = self.unknowns.iter().position(|u| u.unknown.slot == i);
                let mut terms = SlotTerms { unknown, known: self.known[i].clone() };
                if let Some(&value) = spec.and_then(|s| s.scalars.get(slot.name)) {
                    let value = Bound::known(Arc::new(Known(value)));
                    terms = SlotTerms { unknown: None, known: vec![value] };
                }
                if let (Some(push), true) = (spec.and_then(|s| s.push.as_deref()), slot.name == "V")
                {
                    let key = format!("experiments.{index}.push");
                    let unit = self.unit_of(slot.name);
                    let added = expression(&self.loaded, push, &key, unit)?;
                    self.check_finite(&added, &key, unit)?;
                    terms.known.push(added);
                }
                Ok(terms)
            })
            .collect()
    }

    /// Whether a push, whose values have the unit `unit`, is finite at all nodes.
    fn check_finite(&self, push: &Bound, key: &str, unit: f64) -> Result<()> {
        let values = push.values(self.grid.nodes());
        let Some(node) = values.iter().position(|value| !value.is_finite()) else { return Ok(()) };
        Err(Error::Infinite {
            place: self.loaded.place(key),
            name: "push",
            x: shown(self.grid.nodes().get(node)[0] * self.units().length),
            value: values[node] * unit,
        })
    }

    /// One experiment for the fit.
    ///
    /// # Errors
    /// As [`slots`](Self::slots).
    pub fn experiment(&self, index: usize, state: Vec<f64>) -> Result<Experiment> {
        Ok(Experiment { state, conditions: self.conditions(index), slots: self.slots(index)? })
    }

    /// The functions of one experiment, if none is unknown there.
    ///
    /// # Errors
    /// If one is unknown, naming it, or a push cannot be parsed.
    pub fn known_functions(&self, index: usize) -> Result<Tabulated> {
        let slots = self.slots(index)?;
        if let Some(unknown) = slots.iter().find_map(|s| s.unknown) {
            return Err(Error::StillUnknown {
                place: self.loaded.place(""),
                name: self.unknowns[unknown].name,
            });
        }
        let terms = slots.into_iter().map(|s| s.known).collect();
        Ok(Tabulated::new(self.model.slots(), terms))
    }

    /// The closed form that was put in the place of an unknown of slot `slot`, if one was.
    pub(crate) fn settled_form(&self, slot: usize) -> Option<&Bound> {
        self.known[slot].iter().find(|bound| !bound.function.parameter_names().is_empty())
    }

    /// Whether every unknown is a closed form.
    pub fn all_closed_forms(&self) -> bool {
        self.unknowns.iter().all(NamedUnknown::is_closed_form)
    }

    /// The conditions of one experiment in words, e.g. `[("coupling", "0.1")]`.
    pub fn conditions_in_words(&self, index: usize) -> Vec<(String, String)> {
        let mut words = Vec::new();
        let problem = self.loaded.given();
        let spec = problem.experiments.get(index);
        for scalar in problem.model.kind.scalars() {
            let own = spec.and_then(|s| s.scalars.get(scalar.name).copied());
            let common = problem.model.scalars.get(scalar.name).map(|s| s.known());
            let value = match (own, common) {
                (Some(value), _) | (None, Some(Some(value))) => value.to_string(),
                (None, Some(None)) => "unknown".into(),
                (None, None) => scalar.default.map_or_else(String::new, |v| v.to_string()),
            };
            words.push((scalar.name.to_string(), value));
        }
        if let Some(spec) = spec {
            if let Some(push) = &spec.push {
                words.push(("push".into(), push.clone()));
            }
            if problem.model.kind.is_density() && spec.mass != 1.0 {
                words.push(("mass".into(), spec.mass.to_string()));
            }
            if !problem.model.kind.is_density() {
                let values: Vec<String> = spec.boundary_values.iter().map(f64::to_string).collect();
                words.push(("boundary values".into(), values.join(", ")));
            }
        }
        words
    }

    /// The true function of an unknown, when the problem gives it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn truth(&self, name: &str) -> Result<Option<Truth>> {
        let Some(source) = self.loaded.problem.truth.get(name) else { return Ok(None) };
        let key = format!("truth.{name}");
        let slot = self.model.slot(name).map(|i| &self.model.slots()[i]);
        let Some(slot) = slot else { return Ok(None) };
        let table = self.loaded.read_table(source, &key)?;
        let function = known_source(&self.loaded, source, slot, &key)?;
        let points = table.map(|t| t.x.iter().map(|x| x / self.units().length).collect());
        Ok(Some(Truth { function, points }))
    }
}

/// A true function.
pub struct Truth {
    /// The function.
    pub function: Vec<Bound>,
    /// The points at which it is tabulated, if it is a table.
    pub points: Option<Vec<f64>>,
}

enum Part {
    Known(Vec<Bound>),
    Unknown { function: Arc<dyn Function>, description: String },
}

fn build_grid(loaded: &LoadedProblem) -> Result<Grid> {
    let domain = &loaded.problem.domain;
    let boundary = match domain.boundary {
        problem::Boundary::Periodic => Boundary::Periodic,
        problem::Boundary::Dirichlet | problem::Boundary::NoFlux => Boundary::Dirichlet,
    };
    let axes = (0..domain.dim())
        .map(|d| Axis {
            origin: domain.origin.get(d).copied().unwrap_or(0.0),
            length: domain.length.get(d).copied().unwrap_or(1.0),
            cells: domain.cells.get(d).copied().unwrap_or(256),
            boundary,
        })
        .collect();
    Grid::new(axes).map_err(|source| Error::Grid { place: loaded.place("domain"), source })
}

fn kernel_symmetry(spec: Option<&FunctionSpec>) -> Symmetry {
    spec.and_then(FunctionSpec::unknown).map_or(Symmetry::None, |u| u.symmetry.into())
}

fn scalar(loaded: &LoadedProblem, slot: &Slot) -> Result<Part> {
    let given = loaded.problem.model.scalars.get(slot.name).copied();
    let spec = given.or(slot.default.map(ScalarSpec::Known));
    match spec {
        Some(ScalarSpec::Unknown { initial, positive }) => {
            if positive.unwrap_or(slot.positive) {
                let key = format!("model.{}", slot.name);
                Positive::scalar(initial).map(unknown).map_err(|e| refused(loaded, &key, e))
            } else {
                Ok(unknown(Constant::new(initial)))
            }
        }
        Some(ScalarSpec::Known(value)) => {
            Ok(Part::Known(vec![Bound::known(Arc::new(Known(value)))]))
        }
        None => Err(Error::StillUnknown { place: loaded.place("model"), name: slot.name }),
    }
}

fn function(loaded: &LoadedProblem, slot: &Slot) -> Result<Part> {
    let key = format!("functions.{}", slot.name);
    match loaded.problem.functions.get(slot.name) {
        Some(FunctionSpec::Unknown(spec)) => {
            let units = loaded.units.of_slot(loaded.problem.model.kind, slot);
            let given = as_given(loaded, slot);
            let cells = loaded.problem.domain.cells[0];
            let part = surrogate(spec, slot, &AsGiven { slot: given, units, cells })
                .map_err(|e| refused(loaded, &key, e))?;
            check_start(loaded, slot, units, &part)?;
            Ok(part)
        }
        Some(FunctionSpec::Known(source)) => {
            known_function(loaded, source, slot, &key).map(Part::Known)
        }
        None => Err(Error::StillUnknown { place: loaded.place("functions"), name: slot.name }),
    }
}

fn unknown(class: impl Function + Describe + 'static) -> Part {
    let description = class.describe();
    Part::Unknown { function: Arc::new(class), description }
}

/// What a closed form is written for: its slot in the units of the problem, these units (of its argument
/// and of its values), and the cells of the grid.
struct AsGiven {
    slot: Slot,
    units: [f64; 2],
    cells: usize,
}

/// The class a surrogate specification asks for, on the domain of a slot.
fn surrogate(spec: &UnknownFunction, slot: &Slot, given: &AsGiven) -> Result<Part, SurrogateError> {
    let domain = slot.domain.clone();
    let symmetry = spec.symmetry.into();
    let zero_mean = spec.constraints.contains(&Constraint::ZeroMean);
    let positive = slot.positive || spec.constraints.contains(&Constraint::Positive);
    // A function known up to a constant, or of mean zero, needs none.
    let constant = positive || !(slot.gauge || zero_mean);
    match &spec.surrogate {
        SurrogateSpec::Network { hidden, activation, harmonics } => {
            let activation = match activation {
                problem::Activation::Tanh => Activation::Tanh,
                problem::Activation::Softplus => Activation::Softplus,
                problem::Activation::Sin => Activation::Sin,
            };
            let options = NetworkOptions {
                domain,
                hidden: hidden.clone(),
                activation,
                symmetry,
                harmonics: harmonics.unwrap_or(1),
                output_bias: constant,
            };
            constrain(Network::new(options)?, positive, zero_mean, slot)
        }
        &SurrogateSpec::Fourier { modes } => {
            let options = FourierOptions { domain, modes, symmetry, constant };
            constrain(Fourier::new(options)?, positive, zero_mean, slot)
        }
        &SurrogateSpec::Spline { knots } => {
            let options = SplineOptions { domain, knots, symmetry };
            constrain(Spline::new(options)?, positive, zero_mean, slot)
        }
        SurrogateSpec::Expression { expression, parameters } => {
            let parameters = parameters.iter().map(|(n, v)| (n.clone(), *v)).collect();
            let options = ExpressionOptions { parameters, ..ExpressionOptions::default() };
            let expression = Expression::with_options(expression, options)?;
            // What was written is what is fitted: only a constraint that is named changes it.
            let positive = spec.constraints.contains(&Constraint::Positive);
            let [argument, value] = given.units;
            let scaled = match (cell_mean(&expression, &given.slot, given.cells), positive) {
                (Some(f), true) => Scaled::describing(Positive::new(f), argument, value),
                (Some(f), false) => Scaled::describing(f, argument, value),
                (None, true) => Scaled::describing(Positive::new(expression), argument, value),
                (None, false) => Scaled::describing(expression, argument, value),
            };
            constrain(scaled, false, zero_mean, slot)
        }
    }
}

/// An expression with jumps, averaged over the cells of the grid: conductances are in series.
fn cell_mean(expression: &Expression, slot: &Slot, cells: usize) -> Option<CellMean> {
    let domain = slot.domain.first().filter(|_| expression.jumps())?;
    let mean = if slot.positive { Mean::Harmonic } else { Mean::Arithmetic };
    let width = domain.length() / cells as f64;
    Some(CellMean::new(expression.clone(), width, *domain, mean))
}

/// A closed form in a slot that has to be positive starts where it is.
fn check_start(
    loaded: &LoadedProblem,
    slot: &Slot,
    [argument, unit]: [f64; 2],
    part: &Part,
) -> Result<()> {
    let Part::Unknown { function, .. } = part else { return Ok(()) };
    if !slot.positive || function.parameter_names().is_empty() {
        return Ok(());
    }
    let start = Bound { function: function.clone(), theta: function.initial(0) };
    let values = start.values(&slot.points);
    match values.iter().position(|value| !(*value > 0.0 && value.is_finite())) {
        None => Ok(()),
        Some(i) => {
            let (name, value) = (slot.name, shown(values[i] * unit));
            let x = shown(slot.points.get(i)[0] * argument);
            let fault = ProblemFault::StartNotPositive { name, x, value };
            Err(loaded.error(&format!("functions.{name}.parameters"), fault))
        }
    }
}

fn constrain<S>(
    class: S,
    positive: bool,
    zero_mean: bool,
    slot: &Slot,
) -> Result<Part, SurrogateError>
where
    S: Surrogate + Describe + 'static,
{
    if positive {
        Ok(unknown(Positive::new(class)))
    } else if zero_mean {
        ZeroMean::new(class, slot.points.clone(), slot.weights.clone()).map(unknown)
    } else {
        Ok(unknown(class))
    }
}

/// A known function as the grid needs it.
fn known_function(
    loaded: &LoadedProblem,
    source: &Source,
    slot: &Slot,
    key: &str,
) -> Result<Vec<Bound>> {
    let terms = known_source(loaded, source, slot, key)?;
    if let (Source::Expression(text), Argument::Position) = (source, slot.argument) {
        let parsed = Expression::new(text).map_err(|e| refused(loaded, key, e.into()))?;
        let (given, cells) = (as_given(loaded, slot), loaded.problem.domain.cells[0]);
        if let Some(averaged) = cell_mean(&parsed, &given, cells) {
            let given = vec![Bound::known(Arc::new(averaged))];
            return Ok(loaded.units.terms(loaded.problem.model.kind, slot, given));
        }
    }
    Ok(terms)
}

/// A known function of a slot.
fn known_source(
    loaded: &LoadedProblem,
    source: &Source,
    slot: &Slot,
    key: &str,
) -> Result<Vec<Bound>> {
    let given = match source {
        Source::Expression(text) => {
            if slot.argument == Argument::None {
                let options =
                    ExpressionOptions { arguments: Vec::new(), ..ExpressionOptions::default() };
                let parsed = Expression::with_options(text, options)
                    .map_err(|e| refused(loaded, key, e.into()))?;
                vec![Bound::known(Arc::new(parsed))]
            } else {
                vec![finite(loaded, text, slot, key)?]
            }
        }
        Source::Table(_) | Source::Points(_) => {
            let Some(FunctionTable { x, value }) = loaded.read_table(source, key)? else {
                return Ok(Vec::new());
            };
            let Slot { domain, .. } = as_given(loaded, slot);
            let table = Table::new(&domain, x, value).map_err(|e| refused(loaded, key, e))?;
            vec![Bound::known(Arc::new(table))]
        }
        Source::Model(_) | Source::Saved(_) => {
            let Some(model) = loaded.read_model(source, key)? else { return Ok(Vec::new()) };
            model.function(slot.name, &loaded.model_file(source, key))?
        }
    };
    Ok(loaded.units.terms(loaded.problem.model.kind, slot, given))
}

/// The slot with its points and its domain in the units that were given.
fn as_given(loaded: &LoadedProblem, slot: &Slot) -> Slot {
    let [argument, _] = loaded.units.of_slot(loaded.problem.model.kind, slot);
    let interval =
        |i: &Interval| Interval { lower: argument * i.lower, upper: argument * i.upper, ..*i };
    let x = slot.points.coordinates().iter().map(|x| argument * x).collect();
    Slot {
        domain: slot.domain.iter().map(interval).collect(),
        points: Points::new(slot.points.dim(), x),
        ..slot.clone()
    }
}

/// A known expression, as given, that is finite where the equation asks for it; kernels may have
/// integrable singularities.
fn finite(loaded: &LoadedProblem, text: &str, slot: &Slot, key: &str) -> Result<Bound> {
    let parsed = Expression::new(text).map_err(|e| refused(loaded, key, e.into()))?;
    let slot = as_given(loaded, slot);
    let value = |x: f64| -> f64 { Surrogate::eval(&parsed, &[], &[x]) };
    let infinite =
        |x: f64| Error::Infinite { place: loaded.place(key), name: slot.name, x, value: value(x) };
    if slot.argument == Argument::Displacement {
        return mended(parsed.clone(), &slot).map_err(infinite);
    }
    // A potential may be a wall, where the density is zero.
    let allowed = |v: f64| v.is_finite() || (slot.gauge && v == f64::INFINITY);
    let is_position = slot.argument == Argument::Position;
    let mut nodes = slot.points.coordinates().iter().filter(|_| is_position);
    match nodes.find(|x| !allowed(value(**x))) {
        Some(&x) => Err(infinite(x)),
        None => Ok(Bound::known(Arc::new(parsed))),
    }
}

/// A known expression in x whose values have the unit `unit`.
pub(crate) fn expression(
    loaded: &LoadedProblem,
    text: &str,
    key: &str,
    unit: f64,
) -> Result<Bound> {
    Ok(loaded.units.function(parse(loaded, text, key)?, unit))
}

fn parse(loaded: &LoadedProblem, text: &str, key: &str) -> Result<Bound> {
    let parsed = Expression::new(text).map_err(|e| refused(loaded, key, e.into()))?;
    Ok(Bound::known(Arc::new(parsed)))
}

fn refused(loaded: &LoadedProblem, key: &str, source: SurrogateError) -> Error {
    Error::Function { place: loaded.place(key), key: key.into(), source: Box::new(source) }
}
