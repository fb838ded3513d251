//! The integrator of the library beside those of diffsol, on the same semi-discrete equation.
//!
//! diffsol gets R, R' v and a dense Jacobian (R' is full: every node acts on every other), and the
//! library's tolerance as `rtol`, with `atol` a thousandth of it times the mean density. Errors are
//! relative to the library at tolerance 10⁻¹², and to its agreement with diffsol's BDF at 10⁻¹¹.

use std::cell::RefCell;

use cpu_time::ProcessTime;
use diffsol::{
    FaerLU, FaerMat, FaerVec, OdeBuilder, OdeEquationsImplicit, OdeSolverMethod,
    OdeSolverStopReason, Vector,
};
use lacuna::core::{Evolution, sums::dot};
use lacuna::steady::{EvolutionOptions, evolve};
use serde::Serialize;

use super::truth::{START, Truth, relative};
use crate::noise::Failure;
use crate::statistics::median;

/// One start and end.
#[derive(Debug, Serialize)]
pub struct Case {
    /// In words.
    pub name: &'static str,
    /// The end.
    pub end: f64,
    /// Relative difference of the two references.
    pub references_apart: f64,
    /// Every method at every tolerance.
    pub rows: Vec<Row>,
}

/// One run.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The method.
    pub method: &'static str,
    /// Its tolerance.
    pub tolerance: f64,
    /// Relative L² error at the end.
    pub error: Option<f64>,
    /// |mass − 1| at the end.
    pub mass: f64,
    /// The smallest value after any step.
    pub lowest: f64,
    /// Largest growth of the free energy over a step, relative to its terms.
    pub energy_growth: f64,
    /// Steps.
    pub steps: usize,
    /// Seconds of processor time, median.
    pub seconds: f64,
    /// Why it failed.
    pub failure: Option<String>,
}

#[derive(Clone, Copy)]
enum Method {
    Own,
    Bdf,
    TrBdf2,
    Esdirk34,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Own => "extrapolated frozen steps",
            Self::Bdf => "diffsol BDF",
            Self::TrBdf2 => "diffsol TR-BDF2",
            Self::Esdirk34 => "diffsol ESDIRK34",
        }
    }
}

/// What a run ends with.
struct Ran {
    u: Vec<f64>,
    lowest: f64,
    energy_growth: f64,
    steps: usize,
}

/// Follows sign and free energy from step to step.
struct Watch {
    lowest: f64,
    growth: f64,
    energy: Option<f64>,
    steps: usize,
}

impl Watch {
    fn new() -> Self {
        Self { lowest: f64::INFINITY, growth: 0.0, energy: None, steps: 0 }
    }

    fn see(&mut self, evolution: &mut dyn Evolution, u: &[f64]) {
        self.steps += 1;
        self.lowest = self.lowest.min(u.iter().copied().fold(f64::INFINITY, f64::min));
        // The entropy of a negative density is taken as that of zero.
        if let Some(energy) = evolution.free_energy(u) {
            if let Some(before) = self.energy {
                self.growth = self.growth.max((energy.value - before) / energy.scale);
            }
            self.energy = Some(energy.value);
        }
    }
}

/// All cases.
///
/// # Errors
/// If the equation cannot be evaluated.
pub fn measure(repetitions: usize) -> Result<Vec<Case>, Failure> {
    let cases = [
        ("from a smooth start to t = 1", START, 1.0),
        ("from a narrow start, e^(400 (cos 2πx − 1)), to t = 0.1", "exp(400*(cos(2*pi*x)-1))", 0.1),
        ("from a smooth start to t = 1000, at its steady state", START, 1000.0),
    ];
    cases.into_iter().map(|(name, start, end)| case(name, start, end, repetitions)).collect()
}

fn case(name: &'static str, start: &str, end: f64, repetitions: usize) -> Result<Case, Failure> {
    let truth = Truth::at(0.4)?;
    let start = truth.density(start)?;
    let reference = own(&truth, &start, end, 1e-12)?.u;
    let other = library(&truth, &start, end, 1e-11, Method::Bdf)?.u;
    let mut rows = Vec::new();
    for method in [Method::Own, Method::Bdf, Method::TrBdf2, Method::Esdirk34] {
        for tolerance in [1e-4, 1e-6, 1e-8] {
            rows.push(row(&truth, &start, end, tolerance, method, &reference, repetitions)?);
        }
    }
    Ok(Case { name, end, references_apart: relative(&other, &reference), rows })
}

fn row(
    truth: &Truth,
    start: &[f64],
    end: f64,
    tolerance: f64,
    method: Method,
    reference: &[f64],
    repetitions: usize,
) -> Result<Row, Failure> {
    let mut times = Vec::new();
    let mut outcome = None;
    for _ in 0..repetitions {
        let begin = ProcessTime::now();
        outcome = Some(match method {
            Method::Own => own(truth, start, end, tolerance),
            other => library(truth, start, end, tolerance, other),
        });
        times.push(begin.elapsed().as_secs_f64());
    }
    let mut row = Row {
        method: method.name(),
        tolerance,
        error: None,
        mass: f64::NAN,
        lowest: f64::NAN,
        energy_growth: f64::NAN,
        steps: 0,
        seconds: median(&times),
        failure: None,
    };
    match outcome.ok_or("at least one repetition")? {
        Ok(ran) => {
            row.error = Some(relative(&ran.u, reference));
            row.mass = (dot(truth.evolution()?.weights(), &ran.u) - 1.0).abs();
            row.lowest = ran.lowest;
            row.energy_growth = ran.energy_growth;
            row.steps = ran.steps;
        }
        Err(failure) => row.failure = Some(failure.to_string()),
    }
    Ok(row)
}

fn own(truth: &Truth, start: &[f64], end: f64, tolerance: f64) -> Result<Ran, Failure> {
    let mut evolution = truth.evolution()?;
    let options = EvolutionOptions { tolerance, ..EvolutionOptions::default() };
    let found = evolve(evolution.as_mut(), start, &[end], &options, None)?;
    if !found.stop.is_converged() {
        return Err(found.stop.to_string().into());
    }
    // Every accepted step is checked for sign by the integrator; the end is what is kept.
    let lowest = found.last().iter().copied().fold(f64::INFINITY, f64::min);
    Ok(Ran {
        lowest,
        energy_growth: found.largest_energy_growth.unwrap_or(f64::NAN),
        steps: found.counts.accepted,
        u: found.states.into_iter().next_back().unwrap_or_default(),
    })
}

fn library(
    truth: &Truth,
    start: &[f64],
    end: f64,
    tolerance: f64,
    method: Method,
) -> Result<Ran, Failure> {
    let evolution = RefCell::new(truth.evolution()?);
    let failed = RefCell::new(None);
    let note = |outcome: lacuna::core::EvalResult| {
        if let Err(error) = outcome {
            *failed.borrow_mut() = Some(error);
        }
    };
    let n = start.len();
    let problem = OdeBuilder::<FaerMat<f64>>::new()
        .rtol(tolerance)
        .atol(vec![1e-3 * tolerance; n])
        .rhs_implicit(
            |u: &[f64], _: &[f64], _: f64, out: &mut [f64]| {
                note(evolution.borrow_mut().rate(u, out));
            },
            |u: &[f64], _: &[f64], _: f64, v: &[f64], out: &mut [f64]| {
                note(evolution.borrow_mut().rate_product(u, v, out));
            },
        )
        .init(|_: &[f64], _: f64, out: &mut [f64]| out.copy_from_slice(start), n)
        .build()?;
    let mut watcher = truth.evolution()?;
    let watch = |u: &[f64], watch: &mut Watch| watch.see(watcher.as_mut(), u);
    let ran = match method {
        Method::TrBdf2 => drive(problem.tr_bdf2::<FaerLU<f64>>()?, end, watch),
        Method::Esdirk34 => drive(problem.esdirk34::<FaerLU<f64>>()?, end, watch),
        _ => drive(problem.bdf::<FaerLU<f64>>()?, end, watch),
    }?;
    match failed.into_inner() {
        Some(error) => Err(error.into()),
        None => Ok(ran),
    }
}

fn drive<'a, E, S>(
    mut solver: S,
    end: f64,
    mut see: impl FnMut(&[f64], &mut Watch),
) -> Result<Ran, Failure>
where
    E: OdeEquationsImplicit<T = f64, V = FaerVec<f64>, M = FaerMat<f64>> + 'a,
    S: OdeSolverMethod<'a, E>,
{
    solver.set_stop_time(end)?;
    let mut watch = Watch::new();
    loop {
        let reason = solver.step()?;
        see(&solver.state().y.clone_as_vec(), &mut watch);
        if matches!(reason, OdeSolverStopReason::TstopReached) {
            break;
        }
    }
    Ok(Ran {
        u: solver.state().y.clone_as_vec(),
        lowest: watch.lowest,
        energy_growth: watch.growth,
        steps: watch.steps,
    })
}
