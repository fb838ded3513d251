//! Simulated steady states of one aggregation-diffusion equation on the circle [0, 1), and fits to a
//! few noisy values of them.
//!
//! States are computed at 96 nodes and interpolated trigonometrically to the points; the inversion has
//! 48 nodes. The search for a state starts from u = 1 + ½ cos 2π(x − ¾), the side to which the
//! potentials of this suite push.

use std::f64::consts::TAU;
use std::sync::Arc;

use lacuna::core::{Bound, Conditions, Flow, Function, Model, Symmetry, Tabulated};
use lacuna::fit::{
    Nominal, Observations, ObservedState, PriorChoice, PriorOptions, SlotTerms, SteadyUnknown,
    Unknown,
};
use lacuna::grid::{Functionals, Grid, trigonometric_interpolation};
use lacuna::models::AggregationDiffusion;
use lacuna::steady::{SteadyStateOptions, steady_state};
use lacuna::surrogate::{Constant, Expression, Fourier, FourierOptions, Known, Positive};

use super::Failure;
use crate::fixtures;

/// Nodes of the inversion, and of the data for each of them.
const CELLS: usize = 48;
const FINER: usize = 2;

/// The functions and conditions of one state.
#[derive(Clone, Debug)]
pub struct Equation {
    /// W, an expression.
    pub kernel: String,
    /// V, an expression.
    pub potential: String,
    /// σ.
    pub diffusion: f64,
    /// κ.
    pub coupling: f64,
}

/// The data of one state.
#[derive(Clone, Debug)]
pub struct Data {
    /// Points, increasing.
    pub x: Vec<f64>,
    /// Values.
    pub u: Vec<f64>,
    /// Their standard deviation, as it is said.
    pub said: f64,
    /// Whether it is to be found from the data.
    pub unknown_noise: bool,
}

/// What stands in each of the slots W, V, σ, κ of an experiment: an index of an unknown, or what is known.
#[derive(Clone, Debug)]
pub enum Part {
    /// This unknown.
    Unknown(usize),
    /// This expression.
    Known(String),
    /// This number.
    Number(f64),
}

/// An unknown.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// W, even.
    Kernel,
    /// V.
    Potential,
    /// σ, positive, searched from this.
    Diffusion(f64),
    /// κ, searched from this.
    Coupling(f64),
}

/// The true state at points.
///
/// # Errors
/// If an expression is wrong or no state is found.
pub fn state(equation: &Equation, x: &[f64]) -> Result<Vec<f64>, Failure> {
    let grid = fixtures::circle(1.0, FINER * CELLS)?;
    let guess: Vec<f64> =
        grid.nodes().iter().map(|x| 1.0 + 0.5 * (TAU * (x[0] - 0.75)).cos()).collect();
    // The kernel need not be even.
    let model = AggregationDiffusion::new(grid, Symmetry::None)?;
    let number = |value: f64| Bound::known(Arc::new(Known(value)));
    let terms = vec![
        vec![expression(&equation.kernel)?],
        vec![expression(&equation.potential)?],
        vec![number(equation.diffusion)],
        vec![number(equation.coupling)],
    ];
    let functions = Tabulated::new(Model::slots(&model), terms);
    let options = SteadyStateOptions::default();
    let found = steady_state(&model, &functions, &Conditions::default(), &guess, &options, None)?;
    if !found.stop.is_converged() {
        return Err(format!("the true state: {}", found.stop).into());
    }
    Ok(trigonometric_interpolation(0.0, 1.0, &found.u, x))
}

fn expression(text: &str) -> Result<Bound, Failure> {
    Ok(Bound::known(Arc::new(Expression::new(text)?)))
}

/// The inversion.
pub struct Inversion {
    grid: Grid,
    model: Arc<dyn Model>,
}

impl Inversion {
    /// On its grid.
    ///
    /// # Errors
    /// If the grid is refused.
    pub fn new() -> Result<Self, Failure> {
        let grid = fixtures::circle(1.0, CELLS)?;
        let model = Arc::new(AggregationDiffusion::new(grid.clone(), Symmetry::Even)?);
        Ok(Self { grid, model })
    }

    /// The equation.
    pub fn model(&self) -> &dyn Model {
        self.model.as_ref()
    }

    /// Fits the unknowns in modes to data of several states, of which `parts` says what is known.
    ///
    /// # Errors
    /// As [`Nominal::fit`].
    pub fn fit(
        &self,
        wanted: &[Wanted],
        data: &[Data],
        parts: &[[Part; 4]],
    ) -> Result<Nominal, Failure> {
        let unknowns = wanted
            .iter()
            .map(|wanted| self.unknown(*wanted))
            .collect::<Result<Vec<SteadyUnknown>, Failure>>()?;
        let mut states = Vec::new();
        for (data, parts) in data.iter().zip(parts) {
            let slots = parts.iter().map(|part| {
                Ok(match part {
                    Part::Unknown(index) => SlotTerms { unknown: Some(*index), known: Vec::new() },
                    Part::Known(text) => {
                        SlotTerms { unknown: None, known: vec![expression(text)?] }
                    }
                    Part::Number(value) => SlotTerms {
                        unknown: None,
                        known: vec![Bound::known(Arc::new(Known(*value)))],
                    },
                })
            });
            let functionals = Functionals::points(&self.grid, &data.x, &[]);
            let sd = vec![data.said; data.x.len()];
            states.push(ObservedState {
                conditions: Conditions::default(),
                slots: slots.collect::<Result<Vec<_>, Failure>>()?,
                observations: Observations::gaussian(functionals, data.u.clone(), sd)?,
                unknown_noise: data.unknown_noise,
                initial: None,
            });
        }
        let choice = PriorChoice::default();
        Ok(Nominal::fit(self.model.clone(), &unknowns, states, choice, &|| Flow::Continue)?)
    }

    fn unknown(&self, wanted: Wanted) -> Result<SteadyUnknown, Failure> {
        let series = |slot: usize| -> Result<Arc<dyn Function>, Failure> {
            let of = &self.model.slots()[slot];
            let (domain, symmetry) = (of.domain.clone(), of.symmetry);
            let options = FourierOptions { domain, modes: 8, symmetry, constant: false };
            Ok(Arc::new(Fourier::new(options)?))
        };
        type A = AggregationDiffusion;
        let (slot, function, positive): (usize, Arc<dyn Function>, bool) = match wanted {
            Wanted::Kernel => (A::KERNEL, series(A::KERNEL)?, false),
            Wanted::Potential => (A::POTENTIAL, series(A::POTENTIAL)?, false),
            Wanted::Diffusion(from) => (A::DIFFUSION, Arc::new(Positive::scalar(from)?), true),
            Wanted::Coupling(from) => (A::COUPLING, Arc::new(Constant::new(from)), false),
        };
        let unknown = Unknown { slot, function };
        Ok(SteadyUnknown { unknown, positive, prior: PriorOptions::default() })
    }
}
