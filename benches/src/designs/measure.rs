//! Simulated measurements of true states, and fits to them.

use std::fs;
use std::path::Path;

use lacuna::fit::{Nominal, Observations, ObservedState, PriorChoice, PriorOptions, SteadyUnknown};
use lacuna::grid::{Boundary, Functionals};
use lacuna::problem::{LoadedProblem, Problem};
use lacuna::surrogate::interpolation::CubicSpline;
use lacuna::{Flow, Setup, solve};

use super::Failure;
use super::cases::{Case, Noise};
use crate::noise::random::Random;

/// Nodes of fits, and of the true states.
pub const CELLS: usize = 128;
pub const FINE: usize = 512;

/// What was measured of one state.
#[derive(Clone, Debug, Default)]
pub struct Data {
    pub x: Vec<f64>,
    pub u: Vec<f64>,
    pub sd: Vec<f64>,
}

/// The true states of a case.
pub struct Truth {
    case: Case,
    states: Vec<CubicSpline>,
    /// Root mean square of each.
    rms: Vec<f64>,
    /// Left end and length of the domain.
    pub extent: [f64; 2],
    periodic: bool,
}

impl Truth {
    pub fn new(case: &Case) -> Result<Self, Failure> {
        let loaded = Problem::from_str(&case.truth(FINE), Path::new("."))?;
        let setup = Setup::new(&loaded.as_given())?;
        let axis = setup.grid.axes()[0];
        let periodic = axis.boundary == Boundary::Periodic;
        let found = solve(&setup, &[], &mut |_, _| Flow::Continue)?;
        let (mut states, mut rms) = (Vec::new(), Vec::new());
        for state in found {
            if !state.stop.is_converged() {
                return Err(format!("{}: a true state {}", case.name, state.stop).into());
            }
            let square = state.u.iter().map(|u| u * u).sum::<f64>() / state.u.len() as f64;
            rms.push(square.sqrt());
            states.push(if periodic {
                CubicSpline::periodic(state.x, state.u, axis.length)?
            } else {
                let (mut x, mut u) = (vec![axis.origin], vec![0.0]);
                x.extend(state.x);
                u.extend(state.u);
                x.push(axis.origin + axis.length);
                u.push(0.0);
                CubicSpline::not_a_knot(x, u)?
            });
        }
        let extent = [axis.origin, axis.length];
        Ok(Self { case: *case, states, rms, extent, periodic })
    }

    /// `n` equally spaced points, shifted by a part of their distance on a circle.
    pub fn equally_spaced(&self, n: usize, part: f64) -> Vec<f64> {
        let [origin, length] = self.extent;
        let shift = if self.periodic { part } else { 0.5 };
        (0..n).map(|i| origin + (i as f64 + shift) * length / n as f64).collect()
    }

    /// State `e` at points.
    pub fn state(&self, e: usize, x: &[f64]) -> Vec<f64> {
        x.iter().map(|&x| self.states[e].eval(x)).collect()
    }

    /// Measurements of state `e` at points.
    pub fn measure(&self, e: usize, x: &[f64], random: &mut Random) -> Data {
        let exact = self.state(e, x);
        let mut data = Data { x: x.to_vec(), ..Data::default() };
        for u in exact {
            let error = random.normal();
            match self.case.noise {
                Noise::Absolute(level) => {
                    data.u.push(u + level * self.rms[e] * error);
                    data.sd.push(level * self.rms[e]);
                }
                Noise::Relative(level) => {
                    data.u.push(u * (level * error).exp());
                    data.sd.push(level);
                }
            }
        }
        data
    }
}

impl Data {
    /// The measurements of both.
    pub fn and(&self, other: &Self) -> Self {
        let join = |a: &[f64], b: &[f64]| a.iter().chain(b).copied().collect();
        Self {
            x: join(&self.x, &other.x),
            u: join(&self.u, &other.u),
            sd: join(&self.sd, &other.sd),
        }
    }

    /// Writes them as a file of a problem.
    pub fn write(&self, path: &Path, noise: Noise) -> Result<(), Failure> {
        let absolute = matches!(noise, Noise::Absolute(_));
        let mut text = String::from(if absolute { "x,u,sd\n" } else { "x,u\n" });
        for ((x, u), sd) in self.x.iter().zip(&self.u).zip(&self.sd) {
            text += &if absolute { format!("{x},{u},{sd}\n") } else { format!("{x},{u}\n") };
        }
        Ok(fs::write(path, text)?)
    }
}

/// The grid and the equation in which data of a case are fitted.
pub struct Fitting {
    case: Case,
    setup: Setup,
    /// True values of the compared unknown at the points of its slot.
    truth: Vec<f64>,
    compared: usize,
}

impl Fitting {
    pub fn new(case: &Case) -> Result<Self, Failure> {
        let none = vec![None; case.experiments.len()];
        let (mut truths, mut place) = (String::from("[truth]\n"), 0);
        for (s, [name, _, expression]) in case.unknown.iter().enumerate() {
            truths += &format!("{name} = \"{expression}\"\n");
            if *name == case.compared {
                place = s;
            }
        }
        let text = case.problem(CELLS, &none, &truths);
        let loaded: LoadedProblem = Problem::from_str(&text, Path::new("."))?;
        let setup = Setup::new(&loaded.as_given())?;
        let name = case.unknown[place][0];
        let compared = setup.unknowns.iter().position(|u| u.name == name).ok_or("no unknown")?;
        let slot = &setup.model.slots()[setup.unknowns[compared].unknown.slot];
        let function = setup.truth(name)?.ok_or("no truth")?.function;
        let mut truth = vec![0.0; slot.points.len()];
        for term in &function {
            truth.iter_mut().zip(term.values(&slot.points)).for_each(|(sum, v)| *sum += v);
        }
        Ok(Self { case: *case, setup, truth, compared })
    }

    /// The relative L² error of the compared unknown, recovered from these data (one an experiment);
    /// infinite where the fit fails.
    pub fn error(&self, data: &[Data]) -> f64 {
        self.fitted(data).map_or(f64::INFINITY, |values| self.relative_error(&values))
    }

    fn fitted(&self, data: &[Data]) -> Result<Vec<f64>, Failure> {
        let setup = &self.setup;
        let mut states = Vec::new();
        for (e, data) in data.iter().enumerate().filter(|(_, data)| !data.x.is_empty()) {
            let conditions = setup.conditions(e);
            let periodic = setup.grid.axes()[0].boundary == Boundary::Periodic;
            let ends = if periodic { &[][..] } else { &conditions.boundary_values[..] };
            let seen = Functionals::points(&setup.grid, &data.x, ends);
            let observations = match self.case.noise {
                Noise::Absolute(_) => {
                    Observations::gaussian(seen, data.u.clone(), data.sd.clone())?
                }
                Noise::Relative(_) => {
                    Observations::log_normal(seen, data.u.clone(), data.sd.clone())?
                }
            };
            let slots = setup.slots(e)?;
            states.push(ObservedState {
                conditions,
                slots,
                observations,
                unknown_noise: false,
                initial: None,
            });
        }
        let unknowns: Vec<SteadyUnknown> = setup
            .unknowns
            .iter()
            .map(|u| SteadyUnknown {
                unknown: u.unknown.clone(),
                positive: u.positive,
                prior: PriorOptions::default(),
            })
            .collect();
        let choice = PriorChoice::MarginalLikelihood;
        let model = setup.model.clone();
        let fit = Nominal::fit(model, &unknowns, states, choice, &|| Flow::Continue)?;
        Ok(fit.values()[self.compared].clone())
    }

    fn relative_error(&self, values: &[f64]) -> f64 {
        let slot = &self.setup.model.slots()[self.setup.unknowns[self.compared].unknown.slot];
        let total: f64 = slot.weights.iter().sum();
        let mean = |v: &[f64]| {
            let gauge = f64::from(u8::from(slot.gauge));
            gauge * v.iter().zip(&slot.weights).map(|(v, w)| v * w).sum::<f64>() / total
        };
        let (here, there) = (mean(values), mean(&self.truth));
        let parts = values.iter().zip(&self.truth).zip(&slot.weights);
        let (mut error, mut size) = (0.0, 0.0);
        for ((v, t), w) in parts {
            error += w * (v - here - (t - there)).powi(2);
            size += w * (t - there).powi(2);
        }
        (error / size).sqrt()
    }
}
