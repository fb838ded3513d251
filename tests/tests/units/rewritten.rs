//! A problem written in other units: every number of it, of its expressions and of its data files.
//!
//! Written without the product's own conversion: what is tested must not test itself.

use std::fs;
use std::path::Path;

use lacuna::problem::{
    ExperimentSpec, FunctionSpec, LoadedProblem, NoiseSpec, PlannedPoints, Problem, ScalarSpec,
    Source,
};
use tempfile::TempDir;

/// What one old unit is in the new ones.
#[derive(Clone, Copy, Debug)]
pub struct Factors {
    pub length: f64,
    pub time: f64,
    pub state: f64,
    pub coupling: f64,
}

impl Factors {
    /// Of a function or scalar of either equation.
    pub fn of(&self, name: &str) -> f64 {
        let Self { length, time, state, coupling } = *self;
        match name {
            "W" => length / time / state / coupling,
            "V" | "a" | "diffusion" => length / time * length,
            "coupling" => coupling,
            "k" => 1.0 / time,
            "f" => state / time,
            other => panic!("what is {other}?"),
        }
    }

    pub fn mass(&self) -> f64 {
        self.state * self.length
    }
}

/// `text`, an expression in x, in other units.
pub fn expression(text: &str, argument: f64, value: f64) -> String {
    let mut out = String::new();
    let mut name = String::new();
    let flush = |name: &mut String, out: &mut String| {
        match name.as_str() {
            "x" | "r" => *out += &format!("(x/{argument:e})"),
            other => *out += other,
        }
        name.clear();
    };
    for c in text.chars() {
        if c.is_alphanumeric() || c == '_' || c == '.' {
            name.push(c);
        } else {
            flush(&mut name, &mut out);
            out.push(c);
        }
    }
    flush(&mut name, &mut out);
    format!("{value:e}*({out})")
}

fn csv(from: &Path, to: &Path, factor: impl Fn(&str) -> f64) {
    let text = fs::read_to_string(from).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let header = lines.next().unwrap();
    let columns: Vec<&str> = header.split(',').map(str::trim).collect();
    let mut out = header.to_owned() + "\n";
    for line in lines {
        let cells = line.split(',').zip(&columns);
        let cells = cells.map(|(cell, column)| {
            format!("{:e}", cell.trim().parse::<f64>().unwrap() * factor(column))
        });
        out += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    fs::write(to, out).unwrap();
}

fn source(source: &mut Source, name: &str, factors: &Factors, from: &Path, to: &Path) {
    let (length, value) = (factors.length, factors.of(name));
    match source {
        Source::Expression(text) => *text = expression(text, length, value),
        Source::Table(path) => csv(&from.join(&*path), &to.join(&*path), |column| match column {
            "x" => length,
            _ => value,
        }),
        Source::Points(points) => {
            points.x.iter_mut().for_each(|x| *x *= length);
            points.value.iter_mut().for_each(|v| *v *= value);
        }
        Source::Model(_) | Source::Saved(_) => panic!("no example has a saved model"),
    }
}

fn experiment(spec: &mut ExperimentSpec, factors: &Factors, from: &Path, to: &Path) {
    for path in &spec.data {
        csv(&from.join(path), &to.join(path), |column| match column {
            "u" | "value" | "sd" => factors.state,
            "count" => 1.0,
            // Positions, whatever their column is called.
            _ => factors.length,
        });
    }
    spec.mass *= factors.mass();
    spec.boundary_values.iter_mut().for_each(|g| *g *= factors.state);
    for (name, value) in &mut spec.scalars {
        *value *= factors.of(name);
    }
    if let Some(exposure) = &mut spec.exposure {
        *exposure /= factors.mass();
    }
    if let Some(NoiseSpec::Sd(sd)) = &mut spec.noise {
        *sd *= factors.state;
    }
    if let Some(PlannedPoints::At(x)) = &mut spec.points {
        x.iter_mut().for_each(|x| *x *= factors.length);
    }
    if let Some(push) = &mut spec.push {
        *push = expression(push, factors.length, factors.of("V"));
    }
    if let Some(initial) = &mut spec.initial {
        *initial = expression(initial, factors.length, factors.state);
    }
}

/// The problem in other units, its data in the folder that is returned with it.
pub fn rewritten(loaded: &LoadedProblem, factors: &Factors) -> (TempDir, LoadedProblem) {
    let dir = TempDir::new().unwrap();
    let (from, to) = (&loaded.base_dir, dir.path());
    let mut problem: Problem = loaded.problem.clone();
    let lengths = problem.domain.origin.iter_mut().chain(&mut problem.domain.length);
    lengths.for_each(|x| *x *= factors.length);
    for (name, scalar) in &mut problem.model.scalars {
        match scalar {
            ScalarSpec::Known(value) | ScalarSpec::Unknown { initial: value, .. } => {
                *value *= factors.of(name);
            }
        }
    }
    for (name, function) in &mut problem.functions {
        match function {
            FunctionSpec::Known(known) => source(known, name, factors, from, to),
            FunctionSpec::Unknown(unknown) => {
                let prior = &mut unknown.prior;
                prior.length_scale = prior.length_scale.map(|l| l * factors.length);
            }
        }
    }
    for (name, truth) in &mut problem.truth {
        source(truth, name, factors, from, to);
    }
    if problem.experiments.is_empty() {
        // The mass that is meant where there is no experiment.
        problem.experiments.push(ExperimentSpec::default());
    }
    problem.experiments.iter_mut().for_each(|e| experiment(e, factors, from, to));
    let candidates = problem.design.experiments.iter_mut();
    candidates.for_each(|c| experiment(&mut c.experiment, factors, from, to));
    if let Some(initial) = &mut problem.solve.initial {
        *initial = expression(initial, factors.length, factors.state);
    }
    let branches = &mut problem.branches;
    let unit = branches.parameter.as_deref().map_or(1.0, |name| factors.of(name));
    for value in [&mut branches.from, &mut branches.to, &mut branches.start_at] {
        *value = value.map(|v| v * unit);
    }
    branches.values.iter_mut().for_each(|v| *v *= unit);
    let start = branches.start.iter_mut();
    start.for_each(|text| *text = expression(text, factors.length, factors.state));
    let loaded = LoadedProblem::new(problem, to).unwrap();
    (dir, loaded)
}
