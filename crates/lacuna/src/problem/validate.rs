//! Whether the values of a problem make sense, each by itself and together.

use std::collections::BTreeMap;

use lacuna_surrogate::{Expression, ExpressionOptions};

use super::check_unknown::{check_prior, check_unknown};
use super::fault::{Located, ProblemFault, Section, for_people};
use super::{
    Boundary, DomainSpec, ExperimentSpec, FunctionSpec, Locations, ModelKind, NoiseSpec,
    ObservationKind, PlannedPoints, Problem, ProfileSpec, ScalarSpec, Source, Suggestion,
    SurrogateSpec, Symmetry, WaveName,
};
use crate::Result;
use crate::data::MIN_TABLE_POINTS;

pub(super) type Check = std::result::Result<(), Located>;

/// Fewest cells of an axis.
const MIN_CELLS: usize = 8;

impl Problem {
    /// Checks the values of a problem made in memory. Problems read from files are checked already.
    ///
    /// # Errors
    /// At the first value that makes no sense.
    pub fn validate(&self) -> Result<()> {
        let locations = Locations::none();
        self.check(&locations).map_err(|located| locations.error(located))
    }

    pub(super) fn check(&self, locations: &Locations) -> Check {
        self.check_model()?;
        check_domain(&self.domain, self.model.kind)?;
        self.check_functions(locations)?;
        for (i, experiment) in self.experiments.iter().enumerate() {
            check_experiment(&format!("experiments.{i}"), experiment, self.model.kind, locations)?;
        }
        self.check_experiment_names()?;
        self.check_fit()?;
        self.check_diagnose()?;
        self.check_design(locations)?;
        self.check_branches()?;
        self.check_solve()?;
        self.check_truth()?;
        self.check_sizes(locations)
    }

    fn check_model(&self) -> Check {
        let kind = self.model.kind;
        for (name, scalar) in &self.model.scalars {
            let key = format!("model.{name}");
            check_scalar_name(&key, name, kind)?;
            let positive = is_positive(name, kind);
            match *scalar {
                ScalarSpec::Known(value) => check_scalar(&key, value, positive)?,
                ScalarSpec::Unknown { initial, positive: wanted } => {
                    check_scalar(&format!("{key}.initial"), initial, wanted.unwrap_or(positive))?;
                }
            }
        }
        for scalar in kind.scalars() {
            let given_by_all = !self.experiments.is_empty()
                && self.experiments.iter().all(|e| e.scalars.contains_key(scalar.name));
            let given = self.model.scalars.contains_key(scalar.name);
            if !given && scalar.default.is_none() && !given_by_all {
                let fault = ProblemFault::MissingScalar {
                    key: scalar.name,
                    description: scalar.description,
                };
                return Err(Located::new(format!("model.{}", scalar.name), fault));
            }
        }
        Ok(())
    }

    fn check_functions(&self, locations: &Locations) -> Check {
        let kind = self.model.kind;
        for (name, function) in &self.functions {
            let key = format!("functions.{name}");
            if !kind.functions().iter().any(|f| f.name == name) {
                return Err(no_such_part(
                    &key,
                    name,
                    kind,
                    kind.functions().iter().map(|f| f.name),
                ));
            }
            match function {
                FunctionSpec::Known(source) => {
                    let option = match source {
                        Source::Expression(_) => "expression",
                        Source::Table(_) | Source::Points(_) => "table",
                        Source::Model(_) | Source::Saved(_) => "model",
                    };
                    check_source(&format!("{key}.{option}"), source)?;
                }
                FunctionSpec::Unknown(unknown) => {
                    check_unknown(&key, unknown, locations)?;
                    check_prior(&key, &unknown.prior, self.prior.choice)?;
                }
            }
        }
        for function in kind.functions() {
            if !self.functions.contains_key(function.name) {
                let (name, description) = (function.name, function.description);
                let example = if function.positive { "1" } else { "0" };
                let fault =
                    ProblemFault::MissingFunction { model: kind, name, description, example };
                return Err(Located::new("", fault));
            }
        }
        Ok(())
    }

    /// Results are kept by name; an experiment without one goes by its number.
    fn check_experiment_names(&self) -> Check {
        let name = |(i, e): (usize, &ExperimentSpec)| e.name.clone().unwrap_or((i + 1).to_string());
        let names: Vec<String> = self.experiments.iter().enumerate().map(name).collect();
        for (second, name) in names.iter().enumerate() {
            if let Some(first) = names[..second].iter().position(|other| other == name) {
                let (first, second, name) = (first + 1, second + 1, name.clone());
                let fault = ProblemFault::RepeatedName { first, second, name };
                return Err(Located::new(format!("experiments.{}.name", second - 1), fault));
            }
        }
        Ok(())
    }

    fn check_fit(&self) -> Check {
        let fit = &self.fit;
        at_least("fit.restarts", fit.restarts, 1)?;
        if let Some(weight) = fit.smoothness.filter(|w| !(*w >= 0.0 && w.is_finite())) {
            return Err(out_of_range("fit.smoothness", &weight.to_string(), "0 or positive"));
        }
        at_least("bands.samples", self.bands.samples, 2)?;
        check_stopping("fit", fit.tolerance, fit.max_iterations)
    }

    fn check_diagnose(&self) -> Check {
        let diagnose = &self.diagnose;
        check_scalar("diagnose.tolerance", diagnose.tolerance, true)?;
        check_scalar("diagnose.noise", diagnose.noise, true)?;
        at_least("diagnose.draws", diagnose.draws, 1)?;
        for (i, spec) in diagnose.profiles.iter().flatten().enumerate() {
            self.check_profile(&format!("diagnose.profiles.{i}"), spec)?;
        }
        Ok(())
    }

    fn check_profile(&self, key: &str, spec: &ProfileSpec) -> Check {
        let name = spec.function.as_str();
        let unknowns = self.unknowns();
        if !unknowns.contains(&name) {
            let requirement = match unknowns.as_slice() {
                [] => "an unknown, and there is none".to_owned(),
                _ => format!("an unknown: {}", unknowns.join(", ")),
            };
            return Err(out_of_range(
                &format!("{key}.function"),
                &format!("\"{name}\""),
                requirement,
            ));
        }
        let given = [
            ("at", spec.at.is_some()),
            ("from", spec.from.is_some()),
            ("to", spec.to.is_some()),
            ("parameter", spec.parameter.is_some()),
            ("mode", spec.mode.is_some()),
            ("wave", spec.wave.is_some()),
        ];
        let given: Vec<&'static str> =
            given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
        let Some(FunctionSpec::Unknown(function)) = self.functions.get(name) else {
            return match given.first() {
                None => Ok(()),
                Some(extra) => Err(meaningless(key, extra, "the unknown is a single number")),
            };
        };
        if let SurrogateSpec::Expression { parameters, .. } = &function.surrogate
            && !parameters.is_empty()
        {
            let names: Vec<&str> = parameters.keys().map(String::as_str).collect();
            let requirement = format!("a parameter of the closed form: {}", names.join(", "));
            return match (given.as_slice(), spec.parameter.as_deref()) {
                (["parameter"], Some(name)) if names.contains(&name) => Ok(()),
                (["parameter"], Some(name)) => Err(out_of_range(
                    &format!("{key}.parameter"),
                    &format!("\"{name}\""),
                    requirement,
                )),
                _ => Err(out_of_range(key, &given.join(", "), requirement)),
            };
        }
        if !matches!(given.as_slice(), ["at"] | ["from", "to"] | ["mode"] | ["mode", "wave"]) {
            let requirement = "one of `at = 0.25`, `from = 0.2, to = 0.4` and `mode = 1`";
            let found = if given.is_empty() { "nothing".to_owned() } else { given.join(", ") };
            return Err(out_of_range(key, &found, requirement));
        }
        for (name, x) in [("at", spec.at), ("from", spec.from), ("to", spec.to)] {
            if let Some(x) = x {
                self.check_place(&format!("{key}.{name}"), x)?;
            }
        }
        if let (Some(from), Some(to)) = (spec.from, spec.to)
            && from >= to
        {
            let requirement = format!("above `from`, {from}");
            return Err(out_of_range(&format!("{key}.to"), &to.to_string(), requirement));
        }
        if let Some(mode) = spec.mode {
            at_least(&format!("{key}.mode"), mode, 1)?;
        }
        let absent = match function.symmetry {
            Symmetry::Even => Some(WaveName::Sine),
            Symmetry::Odd => Some(WaveName::Cosine),
            Symmetry::None => (!self.is_periodic()).then_some(WaveName::Sine),
        };
        if spec.wave.is_some() && spec.wave == absent {
            return Err(meaningless(key, "wave", "the function has no modes of that kind"));
        }
        Ok(())
    }

    fn is_periodic(&self) -> bool {
        self.domain.boundary == Boundary::Periodic
    }

    fn check_place(&self, key: &str, x: f64) -> Check {
        check_scalar(key, x, false)?;
        let (origin, length) = (self.domain.origin[0], self.domain.length[0]);
        if self.is_periodic() || (origin..=origin + length).contains(&x) {
            return Ok(());
        }
        let requirement = format!("within the domain [{origin}, {}]", origin + length);
        Err(out_of_range(key, &x.to_string(), requirement))
    }

    fn check_branches(&self) -> Check {
        let spec = &self.branches;
        let kind = self.model.kind;
        let names = || kind.scalars().iter().map(|scalar| scalar.name);
        let parameter = match &spec.parameter {
            Some(name) if !names().any(|n| n == name) => {
                return Err(no_such_part("branches.parameter", name, kind, names()));
            }
            Some(name) => name.as_str(),
            None => kind.scalars().last().map_or("", |scalar| scalar.name),
        };
        let positive = is_positive(parameter, kind);
        let ends = [("from", spec.from), ("to", spec.to), ("start_at", spec.start_at)];
        for (name, end) in ends {
            if let Some(value) = end {
                check_scalar(&format!("branches.{name}"), value, positive)?;
            }
        }
        for (i, &value) in spec.values.iter().enumerate() {
            check_scalar(&format!("branches.values.{i}"), value, positive)?;
        }
        if let (Some(from), Some(to)) = (spec.from, spec.to)
            && from == to
        {
            let requirement = format!("different from `from`, {from}");
            return Err(out_of_range("branches.to", &to.to_string(), &requirement));
        }
        for (i, start) in spec.start.iter().enumerate() {
            check_expression(&format!("branches.start.{i}"), start, None)?;
        }
        for (name, step) in
            [("step", spec.step), ("min_step", spec.min_step), ("max_step", spec.max_step)]
        {
            check_scalar(&format!("branches.{name}"), step, true)?;
        }
        at_least("branches.max_points", spec.max_points, 1)?;
        at_least("branches.max_branches", spec.max_branches, 1)?;
        at_least("branches.experiment", spec.experiment, 1)?;
        let count = self.experiments.len().max(1);
        if spec.experiment > count {
            let requirement = format!("the number of an experiment, at most {count}");
            let found = spec.experiment.to_string();
            return Err(out_of_range("branches.experiment", &found, &requirement));
        }
        Ok(())
    }

    fn check_solve(&self) -> Check {
        if let Some(initial) = &self.solve.initial {
            check_expression("solve.initial", initial, None)?;
        }
        check_stopping("solve", self.solve.tolerance, self.solve.max_iterations)
    }

    fn check_truth(&self) -> Check {
        let kind = self.model.kind;
        for (name, source) in &self.truth {
            let key = format!("truth.{name}");
            let parts = || kind.functions().iter().chain(kind.scalars()).map(|part| part.name);
            if !parts().any(|part| part == name) {
                return Err(no_such_part(&key, name, kind, parts()));
            }
            check_source(&key, source)?;
        }
        Ok(())
    }
}

fn check_domain(domain: &DomainSpec, kind: ModelKind) -> Check {
    if domain.boundary == Boundary::NoFlux {
        let remedy = "write `boundary = \"periodic\"`";
        return Err(not_available("domain.boundary", "`boundary = \"no-flux\"`", remedy));
    }
    if domain.boundary != kind.boundary() {
        let fault = ProblemFault::Boundary {
            model: kind,
            found: domain.boundary.name(),
            expected: kind.boundary().name(),
        };
        return Err(Located::new("domain.boundary", fault));
    }
    let counts = [
        ("origin", domain.origin.len()),
        ("length", domain.length.len()),
        ("cells", domain.cells.len()),
    ];
    if let Some((key, found)) = counts.into_iter().find(|&(_, count)| count != 1) {
        let key = format!("domain.{key}");
        if found == 0 {
            return Err(out_of_range(&key, "empty", "an array with one entry a dimension"));
        }
        let remedy = "give `origin`, `length` and `cells` one entry each";
        return Err(not_available(&key, &format!("a domain of {found} dimensions"), remedy));
    }
    for &origin in &domain.origin {
        check_scalar("domain.origin", origin, false)?;
    }
    for &length in &domain.length {
        check_scalar("domain.length", length, true)?;
    }
    for &cells in &domain.cells {
        at_least("domain.cells", cells, MIN_CELLS)?;
    }
    Ok(())
}

fn check_observation(key: &str, experiment: &ExperimentSpec, kind: ModelKind) -> Check {
    match experiment.noise {
        Some(NoiseSpec::Sd(sd)) => check_scalar(&format!("{key}.noise"), sd, true)?,
        Some(NoiseSpec::Relative { relative }) => {
            check_scalar(&format!("{key}.noise.relative"), relative, true)?;
        }
        Some(NoiseSpec::Floored { relative, floor }) => {
            check_scalar(&format!("{key}.noise.relative"), relative, true)?;
            check_scalar(&format!("{key}.noise.floor"), floor, true)?;
        }
        Some(NoiseSpec::Student { student, sd }) => {
            check_scalar(&format!("{key}.noise.student"), student, true)?;
            if let Some(sd) = sd {
                check_scalar(&format!("{key}.noise.sd"), sd, true)?;
            }
        }
        Some(NoiseSpec::Unclear(_)) => {
            let fault = ProblemFault::Meaningless {
                key: "noise",
                section: Section::new(key),
                reason: "`relative` may have a `floor` and `student` an `sd`; no others go together",
            };
            return Err(Located::new(format!("{key}.noise"), fault));
        }
        Some(NoiseSpec::Unknown(_)) | None => {}
    }
    if let Some(exposure) = experiment.exposure {
        check_scalar(&format!("{key}.exposure"), exposure, true)?;
    }
    match experiment.observation {
        Some(observation) => check_use(key, experiment, observation, kind),
        None => Ok(()),
    }
}

/// Whether the keys of an experiment make sense for what its data are.
pub(super) fn check_use(
    key: &str,
    experiment: &ExperimentSpec,
    observation: ObservationKind,
    kind: ModelKind,
) -> Check {
    let individuals = matches!(observation, ObservationKind::Counts | ObservationKind::Positions);
    let meaningless = |name: &'static str, reason| {
        let fault = ProblemFault::Meaningless { key: name, section: Section::new(key), reason };
        Err(Located::new(format!("{key}.{name}"), fault))
    };
    if individuals && !kind.is_density() {
        return meaningless("data", "individuals were counted, but the state is not a density");
    }
    if individuals && experiment.noise.is_some() {
        return meaningless("noise", "the chance in counts of individuals is known");
    }
    if observation != ObservationKind::Counts && experiment.exposure.is_some() {
        return meaningless("exposure", "the data are not counts in bins");
    }
    let columns = observation.columns();
    if let Some(unread) = experiment.columns.keys().find(|c| !columns.contains(&c.as_str())) {
        let requirement = format!("of {observation}: {}", columns.join(", "));
        return Err(out_of_range(&format!("{key}.columns"), &format!("`{unread}`"), requirement));
    }
    Ok(())
}

pub(super) fn check_experiment(
    key: &str,
    experiment: &ExperimentSpec,
    kind: ModelKind,
    locations: &Locations,
) -> Check {
    for (name, &value) in &experiment.scalars {
        let key = format!("{key}.{name}");
        check_scalar_name(&key, name, kind)?;
        check_scalar(&key, value, is_positive(name, kind))?;
    }
    let meaningless: &[(&str, &str)] = if kind.is_density() {
        &[("boundary_values", "the domain is periodic and has no boundary")]
    } else {
        &[
            ("mass", "the equation does not conserve mass"),
            ("normalise", "the equation does not conserve mass"),
            ("push", "the equation has no V to add it to"),
        ]
    };
    for &(name, reason) in meaningless {
        let key_of_name = format!("{key}.{name}");
        if locations.contains(&key_of_name) {
            let fault = ProblemFault::Meaningless { key: name, section: Section::new(key), reason };
            return Err(Located::new(key_of_name, fault));
        }
    }
    check_observation(key, experiment, kind)?;
    check_scalar(&format!("{key}.mass"), experiment.mass, true)?;
    let values = &experiment.boundary_values;
    if values.len() != 2 {
        let found = format!("an array of {}", values.len());
        let requirement = "two values, at the lower and the upper end";
        return Err(out_of_range(&format!("{key}.boundary_values"), &found, requirement));
    }
    for (i, &value) in values.iter().enumerate() {
        check_scalar(&format!("{key}.boundary_values.{i}"), value, false)?;
    }
    check_plan(key, experiment)?;
    match &experiment.push {
        Some(push) => check_expression(&format!("{key}.push"), push, None),
        None => Ok(()),
    }
}

pub(super) fn check_count_of_points(key: &str, points: &PlannedPoints) -> Check {
    match points {
        PlannedPoints::Count(count) if !(*count >= 1.0 && count.fract() == 0.0) => {
            let requirement = "a whole number, at least 1, or an array of positions";
            Err(out_of_range(key, &count.to_string(), requirement))
        }
        _ => Ok(()),
    }
}

fn check_plan(key: &str, experiment: &ExperimentSpec) -> Check {
    let key_of_points = format!("{key}.points");
    if let Some(points) = &experiment.points {
        check_count_of_points(&key_of_points, points)?;
    }
    match &experiment.points {
        Some(_) if !experiment.data.is_empty() => {
            let (section, reason) = (Section::new(key), "it has data: their points are taken");
            let fault = ProblemFault::Meaningless { key: "points", section, reason };
            return Err(Located::new(key_of_points, fault));
        }
        _ => {}
    }
    match &experiment.initial {
        Some(initial) => check_expression(&format!("{key}.initial"), initial, None),
        None => Ok(()),
    }
}

fn check_source(key: &str, source: &Source) -> Check {
    match source {
        Source::Expression(text) => check_expression(key, text, None),
        Source::Points(points) => {
            let (x, value) = (points.x.len(), points.value.len());
            if x != value || x < MIN_TABLE_POINTS {
                let fault = ProblemFault::TableShape { key: for_people(key), x, value };
                return Err(Located::new(key, fault));
            }
            Ok(())
        }
        Source::Table(_) | Source::Model(_) | Source::Saved(_) => Ok(()),
    }
}

/// Checks an expression in x and `parameters`.
pub(super) fn check_expression(
    key: &str,
    text: &str,
    parameters: Option<&BTreeMap<String, f64>>,
) -> Check {
    let parameters = parameters.into_iter().flatten().map(|(name, &value)| (name.clone(), value));
    let options = ExpressionOptions { parameters: parameters.collect(), ..Default::default() };
    match Expression::with_options(text, options) {
        Ok(_) => Ok(()),
        Err(source) => {
            let fault = ProblemFault::Expression { key: for_people(key), source };
            Err(Located::new(key, fault))
        }
    }
}

fn check_stopping(section: &str, tolerance: Option<f64>, max_iterations: Option<usize>) -> Check {
    if let Some(tolerance) = tolerance {
        check_scalar(&format!("{section}.tolerance"), tolerance, true)?;
    }
    match max_iterations {
        Some(count) => at_least(&format!("{section}.max_iterations"), count, 1),
        None => Ok(()),
    }
}

fn is_positive(name: &str, kind: ModelKind) -> bool {
    kind.scalars().iter().any(|scalar| scalar.name == name && scalar.positive)
}

fn check_scalar_name(key: &str, name: &str, kind: ModelKind) -> Check {
    let names = || kind.scalars().iter().map(|scalar| scalar.name);
    if names().any(|scalar| scalar == name) {
        return Ok(());
    }
    Err(no_such_part(key, name, kind, names()))
}

pub(super) fn check_scalar(key: &str, value: f64, positive: bool) -> Check {
    let requirement = if positive { "positive" } else { "finite" };
    if value.is_finite() && (value > 0.0 || !positive) {
        return Ok(());
    }
    Err(out_of_range(key, &value.to_string(), requirement))
}

pub(super) fn at_least(key: &str, value: usize, least: usize) -> Check {
    if value >= least {
        return Ok(());
    }
    let requirement = format!("at least {least}");
    Err(out_of_range(key, &value.to_string(), requirement))
}

pub(super) fn out_of_range(key: &str, found: &str, requirement: impl Into<String>) -> Located {
    let (key_for_people, requirement) = (for_people(key), requirement.into());
    let fault =
        ProblemFault::OutOfRange { key: key_for_people, found: found.to_owned(), requirement };
    Located::new(key, fault)
}

fn meaningless(key: &str, name: &'static str, reason: &'static str) -> Located {
    let fault = ProblemFault::Meaningless { key: name, section: Section::new(key), reason };
    Located::new(format!("{key}.{name}"), fault)
}

fn not_available(key: &str, what: &str, remedy: &'static str) -> Located {
    Located::new(key, ProblemFault::NotAvailable { what: what.to_owned(), remedy })
}

fn no_such_part(
    key: &str,
    name: &str,
    model: ModelKind,
    parts: impl Iterator<Item = &'static str>,
) -> Located {
    let suggestion = Suggestion::new(name, parts);
    Located::new(key, ProblemFault::NoSuchPart { model, name: name.to_owned(), suggestion })
}
