//! Problems of the studies of right models and of wrong equations: true states on a grid twice as fine
//! as that of the inversion, data of any kind simulated from them, fits in modes, and their checks.

use std::sync::Arc;

use lacuna::core::{
    Argument, Bound, Conditions, Flow, Form, Functions, Model, Pool, Symmetry, Tabulated,
};
use lacuna::fit::{
    LinearisedFit, Nominal, Observations, ObservedState, PriorChoice, PriorOptions, SlotTerms,
    SteadyUnknown, Unknown,
};
use lacuna::grid::{Axis, Boundary, Functionals, Grid};
use lacuna::identify::{Places, ResidualCheckOptions, ResidualChecks, check_residuals};
use lacuna::models::{AggregationDiffusion, DiffusionReaction};
use lacuna::steady::{SteadyStateOptions, steady_state};
use lacuna::surrogate::{Constant, Expression, Fourier, FourierOptions, Positive};

use super::Failure;
use crate::noise::random::Random;

/// Nodes of the inversion, and of the data for each of them.
const CELLS: usize = 64;
const FINER: usize = 2;
/// Simulated data sets of every check.
const REPLICATES: usize = 999;

/// The equations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Aggregation-diffusion on a circle of length 1: W, V, σ, κ.
    Circle,
    /// Diffusion-reaction on [0, 1]: a, k, f.
    Interval,
}

/// A true state.
#[derive(Clone, Debug)]
pub struct Truth {
    /// The functions of the equation, by slot.
    pub functions: Vec<String>,
    /// Mass and ends; for a growing population the mass is what comes out.
    pub conditions: Conditions,
    /// What the equation that is fitted does not have.
    pub beyond: Beyond,
}

/// Terms of the truth that the equation lacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beyond {
    /// None.
    Nothing,
    /// Growth r u (1 − u) on the circle, r in units of σ(2π)².
    Growth(f64),
    /// Diffusion σ u^(m − 1) on the circle.
    PorousMedium(f64),
    /// A reaction c u² on the interval.
    Square(f64),
}

/// How a state is observed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// n values at random places, with errors relative to the standard deviation of the state.
    Values(usize, f64),
    /// The same, with a level that is not told.
    UnknownNoise(usize, f64),
    /// So many individuals in each of n bins, on average.
    Counts(usize, f64),
    /// Places of so many individuals.
    Positions(usize),
}

/// What is told of a state, and observed.
pub struct Told {
    /// Functions by slot; `None` where unknown.
    pub functions: Vec<Option<String>>,
    /// Conditions.
    pub conditions: Conditions,
    /// Its data.
    pub data: Simulated,
}

/// Data of one state.
pub struct Simulated {
    observations: Observations,
    unknown_noise: bool,
    places: Places,
}

fn grid(kind: Kind, cells: usize) -> Result<Grid, Failure> {
    let boundary = match kind {
        Kind::Circle => Boundary::Periodic,
        Kind::Interval => Boundary::Dirichlet,
    };
    Ok(Grid::new(vec![Axis { origin: 0.0, length: 1.0, cells, boundary }])?)
}

fn model(kind: Kind, grid: Grid, symmetry: Symmetry) -> Result<Arc<dyn Model>, Failure> {
    Ok(match kind {
        Kind::Circle => Arc::new(AggregationDiffusion::new(grid, symmetry)?),
        Kind::Interval => Arc::new(DiffusionReaction::new(grid)?),
    })
}

fn expression(text: &str) -> Result<Bound, Failure> {
    Ok(Bound::known(Arc::new(Expression::new(text)?)))
}

/// A true state at the nodes of the finer grid, and its conditions as they came out.
///
/// # Errors
/// If none is found.
pub fn solve(kind: Kind, truth: &Truth) -> Result<(Vec<f64>, Conditions), Failure> {
    let grid = grid(kind, FINER * CELLS)?;
    let model = model(kind, grid.clone(), Symmetry::None)?;
    let terms = truth.functions.iter().map(|text| Ok(vec![expression(text)?]));
    let functions = Tabulated::new(model.slots(), terms.collect::<Result<Vec<_>, Failure>>()?);
    let guess =
        vec![if kind == Kind::Circle { truth.conditions.mass } else { 0.0 }; grid.nodes().len()];
    let options = SteadyStateOptions::default();
    let found =
        steady_state(model.as_ref(), &functions, &truth.conditions, &guess, &options, None)?;
    if !found.stop.is_converged() {
        return Err(format!("the true state: {}", found.stop).into());
    }
    let mut u = found.u;
    let mut conditions = truth.conditions.clone();
    let mut image = vec![0.0; u.len()];
    let mut strong = |u: &[f64]| -> Result<Vec<f64>, Failure> {
        let form = Form::Strong;
        model.residual_f64(form, u, &functions, &conditions, &mut Pool::new(), &mut image)?;
        Ok(image.clone())
    };
    match truth.beyond {
        Beyond::Nothing => {}
        Beyond::Growth(rate) => {
            let rate = rate * functions.values(2)[0] * std::f64::consts::TAU.powi(2);
            newton(&mut u, &mut |u| {
                let mut out = strong(u)?;
                out.iter_mut().zip(u).for_each(|(out, u)| *out += rate * u * (1.0 - u));
                Ok(out)
            })?;
            conditions.mass = u.iter().sum::<f64>() / u.len() as f64;
        }
        Beyond::Square(rate) => newton(&mut u, &mut |u| {
            let mut out = strong(u)?;
            out.iter_mut().zip(u).for_each(|(out, u)| *out += rate * u * u);
            Ok(out)
        })?,
        Beyond::PorousMedium(m) => {
            let diffusion = functions.values(2)[0];
            let mass = conditions.mass;
            let mut image = vec![0.0; u.len()];
            u.push(0.0);
            newton(&mut u, &mut |z| {
                let (u, level) = z.split_at(z.len() - 1);
                model.map_f64(u, &functions, &conditions, &mut Pool::new(), &mut image)?;
                let enthalpy = |u: f64| diffusion * (u.powf(m - 1.0) - 1.0) / (m - 1.0);
                let parts = u.iter().zip(&image);
                let mut out: Vec<f64> =
                    parts.map(|(u, t)| enthalpy(*u) - diffusion * t.ln() - level[0]).collect();
                out.push(u.iter().sum::<f64>() / u.len() as f64 - mass);
                Ok(out)
            })?;
            u.pop();
        }
    }
    Ok((u, conditions))
}

type Residual<'a> = dyn FnMut(&[f64]) -> Result<Vec<f64>, Failure> + 'a;

/// Newton's method with a Jacobian by central differences.
fn newton(z: &mut [f64], residual: &mut Residual<'_>) -> Result<(), Failure> {
    use faer::linalg::solvers::Solve;
    const STEP: f64 = 1e-6;
    let n = z.len();
    for _ in 0..30 {
        let here = residual(z)?;
        let mut jacobian = faer::Mat::zeros(n, n);
        for j in 0..n {
            let at = z[j];
            let mut sides = [1.0, -1.0].map(|side| {
                z[j] = at + side * STEP;
                residual(z)
            });
            z[j] = at;
            let [ahead, behind] = &mut sides;
            if let (Ok(ahead), Ok(behind)) = (ahead, behind) {
                for i in 0..n {
                    jacobian[(i, j)] = (ahead[i] - behind[i]) / (2.0 * STEP);
                }
            }
        }
        let mut step = faer::Mat::from_fn(n, 1, |i, _| here[i]);
        jacobian.partial_piv_lu().solve_in_place(step.as_mut());
        let largest = (0..n).map(|i| step[(i, 0)].abs()).fold(0.0, f64::max);
        // A density stays positive, as it may be raised to a power.
        let room = (0..n).filter(|&i| step[(i, 0)] > 0.0 && z[i] > 0.0);
        let room = room.map(|i| 0.5 * z[i] / step[(i, 0)]).fold(1.0, f64::min);
        let share = (0.2 / largest).min(room);
        z.iter_mut().enumerate().for_each(|(i, z)| *z -= share * step[(i, 0)]);
        if largest < 1e-9 {
            return Ok(());
        }
    }
    Err("the true state: Newton's method did not converge".into())
}

/// Data of a state at the nodes of the finer grid.
///
/// # Errors
/// If they are refused.
pub fn simulate(
    kind: Kind,
    u: &[f64],
    conditions: &Conditions,
    seen: Seen,
    random: &mut Random,
) -> Result<Simulated, Failure> {
    let (fine, coarse) = (grid(kind, FINER * CELLS)?, grid(kind, CELLS)?);
    let ends: &[f64] = match kind {
        Kind::Circle => &[],
        Kind::Interval => &conditions.boundary_values,
    };
    let at = |x: &[f64]| {
        let mut out = vec![0.0; x.len()];
        Functionals::points(&fine, x, ends).apply(u, &mut out);
        out
    };
    let mean = u.iter().sum::<f64>() / u.len() as f64;
    let spread = (u.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / u.len() as f64).sqrt();
    let mut places = |n: usize| {
        let mut x: Vec<f64> = (0..n).map(|_| random.uniform()).collect();
        x.sort_by(f64::total_cmp);
        x
    };
    let highest = u.iter().fold(0.0, |a: f64, b| a.max(*b)) * 1.05;
    let (observations, x) = match seen {
        Seen::Values(n, noise) | Seen::UnknownNoise(n, noise) => {
            let x = places(n);
            let sd = noise * spread;
            let values = at(&x).into_iter().map(|u| u + sd * random.normal()).collect();
            let said = if matches!(seen, Seen::Values(..)) { sd } else { 0.05 * spread };
            let functionals = Functionals::points(&coarse, &x, ends);
            (Observations::gaussian(functionals, values, vec![said; n])?, x)
        }
        Seen::Counts(n, each) => {
            let drawn = individuals(&at, highest, (each * n as f64) as usize, random);
            let mut counts = vec![0.0; n];
            for x in drawn {
                counts[((x * n as f64) as usize).min(n - 1)] += 1.0;
            }
            let edge = |i: usize| i as f64 / n as f64;
            let (lower, upper): (Vec<f64>, Vec<f64>) =
                (0..n).map(|i| (edge(i), edge(i + 1))).unzip();
            let functionals = Functionals::integrals(&coarse, &lower, &upper, ends);
            let centres = (0..n).map(|i| 0.5 * (edge(i) + edge(i + 1))).collect();
            (Observations::multinomial(functionals, counts)?, centres)
        }
        Seen::Positions(n) => {
            let drawn = individuals(&at, highest, n, random);
            let nodes = coarse.nodes().coordinates().to_vec();
            (Observations::positions(&coarse, &drawn)?, nodes)
        }
    };
    Ok(Simulated {
        observations,
        unknown_noise: matches!(seen, Seen::UnknownNoise(..)),
        places: Places { x, length: 1.0, is_circle: kind == Kind::Circle },
    })
}

/// Draws from a density, by rejection.
fn individuals(
    density: &dyn Fn(&[f64]) -> Vec<f64>,
    highest: f64,
    n: usize,
    random: &mut Random,
) -> Vec<f64> {
    let mut drawn = Vec::with_capacity(n);
    while drawn.len() < n {
        let x: Vec<f64> = (0..n).map(|_| random.uniform()).collect();
        let kept = density(&x).into_iter().zip(&x).filter(|(u, _)| random.uniform() * highest < *u);
        drawn.extend(kept.map(|(_, x)| *x));
    }
    drawn.truncate(n);
    drawn
}

/// The fit to data of several states, linearised, and the places of the data.
pub struct Linear {
    /// The fit.
    pub fit: LinearisedFit,
    places: Vec<Option<Places>>,
}

/// Fits what is unknown in modes.
///
/// # Errors
/// As [`Nominal::fit`].
pub fn fit(kind: Kind, told: Vec<Told>) -> Result<Linear, Failure> {
    let grid = grid(kind, CELLS)?;
    let model = model(kind, grid, Symmetry::Even)?;
    let wanted: Vec<usize> =
        (0..model.slots().len()).filter(|&slot| told[0].functions[slot].is_none()).collect();
    let unknowns = wanted.iter().map(|&slot| unknown(model.as_ref(), slot));
    let unknowns = unknowns.collect::<Result<Vec<_>, Failure>>()?;
    let (mut states, mut places) = (Vec::new(), Vec::new());
    for Told { functions, conditions, data } in told {
        let slots = functions.iter().enumerate().map(|(slot, text)| {
            Ok(SlotTerms {
                unknown: wanted.iter().position(|&w| w == slot),
                known: text.iter().map(|text| expression(text)).collect::<Result<_, Failure>>()?,
            })
        });
        let slots = slots.collect::<Result<Vec<_>, Failure>>()?;
        let Simulated { observations, unknown_noise, places: own } = data;
        states.push(ObservedState {
            conditions,
            slots,
            observations,
            initial: None,
            unknown_noise,
        });
        places.push(Some(own));
    }
    let choice = PriorChoice::default();
    let nominal = Nominal::fit(model, &unknowns, states, choice, &|| Flow::Continue)?;
    let fit = nominal.fitted().ok_or("a fit has modes")?.linearised()?;
    Ok(Linear { fit, places })
}

fn unknown(model: &dyn Model, slot: usize) -> Result<SteadyUnknown, Failure> {
    let of = &model.slots()[slot];
    let positive = of.positive;
    let function: Arc<dyn lacuna::core::Function> = match of.argument {
        Argument::None => Arc::new(Constant::new(0.1)),
        _ => {
            let (domain, symmetry) = (of.domain.clone(), of.symmetry);
            let series =
                Fourier::new(FourierOptions { domain, modes: 8, symmetry, constant: !of.gauge })?;
            if positive { Arc::new(Positive::new(series)) } else { Arc::new(series) }
        }
    };
    Ok(SteadyUnknown {
        unknown: Unknown { slot, function },
        positive,
        prior: PriorOptions::default(),
    })
}

impl Linear {
    /// All checks.
    ///
    /// # Errors
    /// If a number is not finite.
    pub fn check(&self, seed: u64) -> Result<ResidualChecks, Failure> {
        let options = ResidualCheckOptions { replicates: REPLICATES, seed, folds: 5 };
        Ok(check_residuals(&self.fit, &self.places, &options)?)
    }

    /// Residuals and experiments alone, without held-out data and other equations.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_residuals_alone(&self, seed: u64) -> Result<ResidualChecks, Failure> {
        let fit = LinearisedFit { departures: Vec::new(), ..self.fit.clone() };
        let options = ResidualCheckOptions { replicates: REPLICATES, seed, folds: 1 };
        Ok(check_residuals(&fit, &self.places, &options)?)
    }
}
