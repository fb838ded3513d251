//! Regenerated data of *two-states*: interaction kernel W (even) and potential V of an
//! aggregation-diffusion equation, L = 1, σ = 0.1, κ = 0.1 and 0.2.
//!
//! The true states at their 256 nodes are interpolated trigonometrically to points drawn uniformly
//! (or, for comparison, to 128 equally spaced ones), and get independent normal errors whose
//! standard deviation is a given part of that of the state. The inversion has 128 nodes.

use std::path::Path;
use std::sync::Arc;

use lacuna::core::{Bound, Conditions, Flow, Function, Interval, Model, Symmetry};
use lacuna::fit::{
    FitError, Observations, ObservedState, PriorOptions, SlotTerms, SteadyFit, SteadyOptions,
    SteadyUnknown, Unknown, fit_steady,
};
use lacuna::grid::{Functionals, Grid, trigonometric_interpolation};
use lacuna::models::AggregationDiffusion;
use lacuna::surrogate::{
    Fourier, FourierOptions, Known, Network, NetworkOptions, Spline, SplineOptions,
};
use serde::Serialize;

use super::Failure;
use super::random::{Random, Stream};
use super::score::{Recovered, Truth};
use super::{DATA, EXAMPLES, table};
use crate::fixtures;

/// Nodes of the inversion.
pub const CELLS: usize = 128;
const DIFFUSION: f64 = 0.1;
/// κ of each state.
pub const COUPLINGS: [f64; 2] = [0.1, 0.2];
const UNKNOWNS: usize = 2;

/// The class of both functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Class {
    /// Fourier series of 32 modes.
    Fourier,
    /// Networks of two hidden layers of 16, four starts.
    Network,
    /// Cubic splines of 40 knots.
    Spline,
}

impl Class {
    /// For a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fourier => "Fourier 32",
            Self::Network => "network 16-16",
            Self::Spline => "spline 40",
        }
    }

    /// Linear classes have one start: all lead to the same.
    pub fn starts(self) -> usize {
        if self == Self::Network { SteadyOptions::default().restarts } else { 1 }
    }

    /// The class on a domain.
    ///
    /// # Errors
    /// If it refuses its options.
    pub fn on(self, domain: Interval, symmetry: Symmetry) -> Result<Arc<dyn Function>, Failure> {
        let domain = vec![domain];
        Ok(match self {
            Self::Fourier => {
                let options = FourierOptions { domain, modes: 32, symmetry, constant: false };
                Arc::new(Fourier::new(options)?)
            }
            Self::Spline => Arc::new(Spline::new(SplineOptions { domain, knots: 40, symmetry })?),
            Self::Network => Arc::new(Network::new(NetworkOptions {
                domain,
                hidden: vec![16, 16],
                symmetry,
                output_bias: false,
                ..NetworkOptions::default()
            })?),
        })
    }
}

/// Where a state is observed, and how well.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Design {
    /// Points of each state.
    pub points: usize,
    /// Standard deviation of the errors, relative to that of the state.
    pub noise: f64,
    /// Whether the points are equally spaced, rather than random.
    pub equally_spaced: bool,
}

impl Design {
    /// That of the target: 60 random points, 2 %.
    pub const STANDARD: Self = Self { points: 60, noise: 0.02, equally_spaced: false };
}

/// What was observed of one state.
#[derive(Clone, Debug)]
pub struct Data {
    /// The points, increasing.
    pub x: Vec<f64>,
    /// The values.
    pub u: Vec<f64>,
    /// Standard deviation of their errors.
    pub sd: Vec<f64>,
}

/// The true functions and states, and the equation.
pub struct TwoStates {
    /// W and V.
    pub truths: [Truth; UNKNOWNS],
    states: [Vec<f64>; 2],
    grid: Grid,
    model: Arc<dyn Model>,
}

impl TwoStates {
    /// Reads them from the built-in example.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read() -> Result<Self, Failure> {
        let dir = Path::new(EXAMPLES).join("two-states");
        let state = |name: &str| -> Result<Vec<f64>, Failure> {
            Ok(table::read(&dir.join(name), 2)?.swap_remove(1))
        };
        let truth = |name: &'static str| -> Result<Truth, Failure> {
            let mut columns = table::read(&dir.join(format!("truth-{name}.csv")), 2)?;
            let values = columns.swap_remove(1);
            Ok(Truth::new(name, columns.swap_remove(0), values))
        };
        let grid = fixtures::circle(1.0, CELLS)?;
        let model = Arc::new(AggregationDiffusion::new(grid.clone(), Symmetry::Even)?);
        let states = [state("state-1.csv")?, state("state-2.csv")?];
        Ok(Self { truths: [truth("W")?, truth("V")?], states, grid, model })
    }

    /// The given sparse and noisy set.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn given() -> Result<[Data; 2], Failure> {
        let read = |name: &str| -> Result<Data, Failure> {
            let path = Path::new(DATA).join("sparse-noisy").join(name);
            let mut columns = table::read(&path, 3)?;
            let (sd, u) = (columns.swap_remove(2), columns.swap_remove(1));
            Ok(Data { x: columns.swap_remove(0), u, sd })
        };
        Ok([read("state-1.csv")?, read("state-2.csv")?])
    }

    /// Data set number `set`.
    pub fn draw(&self, design: Design, set: u64) -> [Data; 2] {
        [0, 1].map(|e| {
            let mut random = Random::new(Stream::State(e), set);
            let n = design.points;
            let mut x: Vec<f64> = if design.equally_spaced {
                (0..n).map(|i| i as f64 / n as f64).collect()
            } else {
                (0..n).map(|_| random.uniform()).collect()
            };
            x.sort_by(f64::total_cmp);
            let state = &self.states[e];
            let mean = state.iter().sum::<f64>() / state.len() as f64;
            let variance =
                state.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / state.len() as f64;
            let sd = design.noise * variance.sqrt();
            let u = self.exact(e, &x).iter().map(|u| u + sd * random.normal()).collect();
            Data { x, u, sd: vec![sd; n] }
        })
    }

    /// The true state `e` at points.
    fn exact(&self, e: usize, x: &[f64]) -> Vec<f64> {
        trigonometric_interpolation(0.0, 1.0, &self.states[e], x)
    }

    /// The same design without errors.
    pub fn without_errors(&self, data: &[Data; 2]) -> [Data; 2] {
        [0, 1].map(|e| Data { u: self.exact(e, &data[e].x), ..data[e].clone() })
    }

    /// Recovers both functions. Of `claimed` noise, multiples of the true standard deviations, the
    /// level is left to the data.
    ///
    /// # Errors
    /// As [`fit_steady`].
    pub fn fit(
        &self,
        data: &[Data; 2],
        class: Class,
        priors: [PriorOptions; UNKNOWNS],
        claimed: Option<f64>,
        options: SteadyOptions,
    ) -> Result<Fitted, Failure> {
        let known = |value: f64| SlotTerms {
            unknown: None,
            known: vec![Bound::known(Arc::new(Known(value)))],
        };
        let free = |s: usize| SlotTerms { unknown: Some(s), known: Vec::new() };
        let mut states = Vec::new();
        for (data, coupling) in data.iter().zip(COUPLINGS) {
            let functionals = Functionals::points(&self.grid, &data.x, &[]);
            let sd = data.sd.iter().map(|sd| claimed.unwrap_or(1.0) * sd).collect();
            states.push(ObservedState {
                conditions: Conditions::default(),
                slots: vec![free(0), free(1), known(DIFFUSION), known(coupling)],
                observations: Observations::gaussian(functionals, data.u.clone(), sd)?,
                unknown_noise: claimed.is_some(),
                initial: None,
            });
        }
        let kernel = class.on(Interval::periodic(-0.5, 0.5), Symmetry::Even)?;
        let potential = class.on(Interval::periodic(0.0, 1.0), Symmetry::None)?;
        let unknown = |slot: usize, function: Arc<dyn Function>| SteadyUnknown {
            unknown: Unknown { slot, function },
            positive: false,
            prior: priors[slot],
        };
        let unknowns = [unknown(0, kernel), unknown(1, potential)];
        let options = SteadyOptions { restarts: class.starts(), ..options };
        let fit: Result<SteadyFit, FitError> =
            fit_steady(self.model.clone(), &unknowns, states, &options, &|_, _| Flow::Continue);
        Ok(Fitted { fit: fit?, functions: unknowns.map(|u| u.unknown.function) })
    }

    /// Both functions of a fit beside the truth.
    pub fn compare(&self, fitted: &Fitted) -> [Recovered; UNKNOWNS] {
        [0, 1].map(|s| {
            let truth = &self.truths[s];
            Recovered {
                deviation: truth.deviation(fitted.values(s, &truth.x)),
                sd: fitted.fit.standard_deviation(s, &truth.x),
                sd_at_truth: None,
            }
        })
    }

    /// Fits `data` and, if `with_bound`, the same design without errors under the same prior.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn recover(
        &self,
        data: &[Data; 2],
        class: Class,
        with_bound: bool,
        options: SteadyOptions,
    ) -> Result<[Recovered; UNKNOWNS], Failure> {
        let fitted = self.fit(data, class, Default::default(), None, options)?;
        let mut recovered = self.compare(&fitted);
        if with_bound {
            let exact = self.without_errors(data);
            let at_truth = self.fit(&exact, Class::Fourier, fitted.priors(), None, options)?;
            for (s, recovered) in recovered.iter_mut().enumerate() {
                recovered.sd_at_truth = Some(at_truth.fit.standard_deviation(s, &self.truths[s].x));
            }
        }
        Ok(recovered)
    }
}

/// A fit and its classes.
pub struct Fitted {
    /// The fit.
    pub fit: SteadyFit,
    functions: [Arc<dyn Function>; UNKNOWNS],
}

impl Fitted {
    /// Values of function `s` at points.
    pub fn values(&self, s: usize, x: &[f64]) -> Vec<f64> {
        let start: usize = self.functions[..s].iter().map(|f| f.n_params()).sum();
        let function = &self.functions[s];
        let theta = &self.fit.theta()[start..start + function.n_params()];
        x.iter().map(|&x| function.eval(theta, &[x])).collect()
    }

    /// The priors as they were found, to be kept.
    pub fn priors(&self) -> [PriorOptions; UNKNOWNS] {
        [0, 1].map(|s| found_prior(&self.fit, s))
    }
}

/// The prior of unknown `s` as it was found.
pub fn found_prior(fit: &SteadyFit, s: usize) -> PriorOptions {
    let prior = &fit.priors[s];
    PriorOptions {
        order: Some(prior.order()),
        length_scale: Some(prior.length_scale()),
        amplitude: Some(prior.amplitude()),
    }
}
