//! The units of a problem, from what is known of it.
//!
//! | unit | aggregation-diffusion | diffusion-reaction |
//! |---|---|---|
//! | L | length of the domain | length of the domain |
//! | U | largest mass over L | largest datum and boundary value, else f over the fastest rate |
//! | 1/T | σ/L² | the fastest known rate of π²a/L², k and f/U |
//! | C | largest κ | – |
//!
//! Of several values the largest counts. Where none is known (or all vanish) there are, in this order,
//! where the search for it starts, the truth, and 1: then nothing in the problem has that unit. If a
//! diffusion has set the rate, or is what is unknown, it is this diffusion that is to be of order one
//! and not its rate π²a/L²: T is longer by π².

use std::f64::consts::PI;
use std::sync::Arc;

use lacuna_core::{Bound, Points};
use lacuna_surrogate::{Expression, ExpressionOptions};

use super::Units;
use crate::Result;
use crate::data::MeasurementKind;
use crate::problem::{
    Base, ExperimentSpec, FunctionSpec, LoadedProblem, ScalarSpec, Source, SurrogateSpec, Unknown,
};

/// Points at which the size of a function is taken.
const SAMPLES: usize = 65;

/// The units in which `loaded`, a problem as it was given, is computed.
///
/// # Errors
/// If a table or a saved model cannot be read.
pub(crate) fn choose(loaded: &LoadedProblem) -> Result<Units> {
    let problem = &loaded.problem;
    let kind = problem.model.kind;
    let mut units = Units { length: problem.domain.extent().length, ..Units::default() };
    let setting = |base: Base| -> Result<Vec<Part>> {
        let parts = kind.parts().filter(|part| part.sets == Some(base));
        parts.map(|part| Part::new(loaded, part)).collect()
    };
    let clocks = setting(Base::Time)?;
    units.state = match kind.is_density() {
        true => largest(experiments(loaded).map(|e| e.mass)) / units.length,
        false => observed_state(loaded, units.length),
    };
    if !usable(units.state) {
        // A source over the fastest rate that does not depend on u.
        let rate = fastest(&clocks, |clock| clock.part.dimension.state == 0, &units, Part::size);
        let source = clocks.iter().filter(|clock| clock.part.dimension.state == 1);
        units.state = source.map(Part::size).fold(0.0, f64::max) / rate.value;
    }
    units.state = or_one(units.state);
    let known = fastest(&clocks, |_| true, &units, |clock| clock.known);
    let rate = match usable(known.value) {
        true => known,
        false => fastest(&clocks, |_| true, &units, |clock| clock.guessed),
    };
    let unknown_diffusion = clocks.iter().any(|clock| clock.is_unknown && clock.is_diffusion());
    let per_unit = if rate.of_diffusion || unknown_diffusion { PI * PI } else { 1.0 };
    units.time = or_one(per_unit / rate.value);
    units.coupling = or_one(setting(Base::Coupling)?.iter().map(Part::size).fold(0.0, f64::max));
    Ok(units)
}

fn usable(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

fn or_one(value: f64) -> f64 {
    if usable(value) { value } else { 1.0 }
}

/// The largest size; 0 of none.
fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().map(f64::abs).filter(|value| value.is_finite()).fold(0.0, f64::max)
}

/// The experiments; those that could be made, if there are none.
fn experiments(loaded: &LoadedProblem) -> impl Iterator<Item = &ExperimentSpec> {
    let problem = &loaded.problem;
    let possible = problem.design.experiments.iter().map(|design| &design.experiment);
    let any = !problem.experiments.is_empty();
    problem.experiments.iter().chain(possible.filter(move |_| !any))
}

/// One part of the equation and how large it is.
struct Part {
    part: Unknown,
    is_unknown: bool,
    /// The largest known value.
    known: f64,
    /// Where the search starts, else the truth.
    guessed: f64,
}

struct Rate {
    value: f64,
    of_diffusion: bool,
}

/// The fastest rate among `clocks`.
fn fastest(
    clocks: &[Part],
    counts: impl Fn(&Part) -> bool,
    units: &Units,
    size: impl Fn(&Part) -> f64,
) -> Rate {
    let mut fastest = Rate { value: 0.0, of_diffusion: false };
    for clock in clocks.iter().filter(|clock| counts(clock)) {
        // Without its time, which is 1 as yet.
        let own = size(clock) / units.of(clock.part.dimension);
        let value = if clock.is_diffusion() { PI * PI * own } else { own };
        if value > fastest.value {
            fastest = Rate { value, of_diffusion: clock.is_diffusion() };
        }
    }
    fastest
}

impl Part {
    fn new(loaded: &LoadedProblem, part: Unknown) -> Result<Self> {
        let problem = &loaded.problem;
        let of_model = problem.model.scalars.get(part.name);
        let of_experiments = experiments(loaded).filter_map(|e| e.scalars.get(part.name).copied());
        let function = problem.functions.get(part.name);
        let key = format!("functions.{}", part.name);
        let mut known = largest(of_model.and_then(|s| s.known()).into_iter().chain(of_experiments));
        if let Some(FunctionSpec::Known(source)) = function {
            known = known.max(size_of_source(loaded, source, part, &key)?);
        }
        let range = [problem.branches.from, problem.branches.to];
        let is_varied = problem.branches.parameter.as_deref().is_none_or(|name| name == part.name);
        if known == 0.0 && of_model.is_none_or(|s| s.known().is_some()) && is_varied {
            known = largest(range.into_iter().flatten());
        }
        let mut guessed = match (of_model, function) {
            (Some(ScalarSpec::Unknown { initial, .. }), _) => initial.abs(),
            (_, Some(FunctionSpec::Unknown(unknown))) => match &unknown.surrogate {
                SurrogateSpec::Expression { expression, parameters } => {
                    let parameters = parameters.iter().map(|(n, v)| (n.clone(), *v)).collect();
                    let options = ExpressionOptions { parameters, ..ExpressionOptions::default() };
                    size_of_expression(loaded, expression, options)
                }
                _ => 0.0,
            },
            _ => part.default.unwrap_or(0.0),
        };
        if let (Some(truth), false) = (problem.truth.get(part.name), usable(guessed)) {
            guessed = size_of_source(loaded, truth, part, &format!("truth.{}", part.name))?;
        }
        let is_unknown = problem.unknowns().contains(&part.name);
        Ok(Self { part, is_unknown, known, guessed })
    }

    fn size(&self) -> f64 {
        if usable(self.known) { self.known } else { self.guessed }
    }

    fn is_diffusion(&self) -> bool {
        self.part.dimension.length == 2
    }
}

/// The largest datum and boundary value of a state that is no density.
///
/// Data that cannot be read are left to those who need them: they say what is wrong.
fn observed_state(loaded: &LoadedProblem, length: f64) -> f64 {
    let mut found = largest(experiments(loaded).flat_map(|e| e.boundary_values.iter().copied()));
    for experiment in 0..loaded.problem.experiments.len() {
        let Ok(Some(measured)) = loaded.read_measurements(experiment) else { continue };
        found = found.max(match measured.kind {
            MeasurementKind::Values { u, .. } | MeasurementKind::Averages { u, .. } => largest(u),
            MeasurementKind::Functionals { weight, u, .. } => {
                let weights = weight
                    .iter()
                    .map(|text| size_of_expression(loaded, text, ExpressionOptions::default()));
                let means = u.iter().zip(weights).map(|(u, weight)| u / (weight * length));
                largest(means)
            }
            MeasurementKind::Counts { .. } | MeasurementKind::Positions { .. } => 0.0,
        });
    }
    found
}

/// Points over the whole domain, in the units of the problem.
fn samples(loaded: &LoadedProblem) -> Points {
    let extent = loaded.problem.domain.extent();
    let place = |i: usize| extent.origin + extent.length * (i as f64 / (SAMPLES - 1) as f64);
    Points::line((0..SAMPLES).map(place).collect())
}

/// 0 of an expression that cannot be parsed: who needs it says so.
fn size_of_expression(loaded: &LoadedProblem, text: &str, options: ExpressionOptions) -> f64 {
    let theta = options.parameters.iter().map(|(_, value)| *value).collect();
    let Ok(parsed) = Expression::with_options(text, options) else { return 0.0 };
    largest(Bound { function: Arc::new(parsed), theta }.values(&samples(loaded)))
}

fn size_of_source(
    loaded: &LoadedProblem,
    source: &Source,
    part: Unknown,
    key: &str,
) -> Result<f64> {
    Ok(match source {
        Source::Expression(text) => size_of_expression(loaded, text, ExpressionOptions::default()),
        Source::Table(_) | Source::Points(_) => {
            loaded.read_table(source, key)?.map_or(0.0, |table| largest(table.value))
        }
        Source::Model(_) | Source::Saved(_) => {
            let Some(model) = loaded.read_model(source, key)? else { return Ok(0.0) };
            let terms = model.function(part.name, &loaded.model_file(source, key))?;
            let points = samples(loaded);
            let mut sum = vec![0.0; points.len()];
            for term in terms {
                sum.iter_mut().zip(term.values(&points)).for_each(|(sum, value)| *sum += value);
            }
            largest(sum)
        }
    })
}
