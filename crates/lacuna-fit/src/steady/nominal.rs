//! A problem at given functions: its steady states, what is observed of them, and how the predictions
//! answer to small changes of the functions.
//!
//! With unknown functions F_s = F⁰_s + Σ_j c_j φ_j (F⁰_s e^{Σ c_j φ_j} where they are positive) and
//! noise-whitened predictions r of all observations, K = ∂r/∂c at c = 0 (m × d). With the prior
//! variances s of the coefficients, S = K √s is the sensitivity operator in function space: singular
//! values of S compare what the data see of a direction with what was thought of it beforehand.
//!
//! Nothing of this needs values of the data, only their design and noise: an experiment may be
//! examined before it is made.

use std::ops::Range;
use std::sync::Arc;

use faer::linalg::solvers::SolveLstsq;
use faer::{Mat, MatRef};
use lacuna_core::{EvalError, EvalResult, Flow, Model, Tabulated};
use lacuna_solve::{SteadyStateOptions, steady_state};
use rayon::prelude::*;

use super::map::ModalProblem;
use super::modes::{self, FunctionPrior, Link, Modes};
use super::problem::{ModalUnknown, ObservedState, SteadyProblem};
use super::profile::FittedModes;
use super::{
    PriorChoice, SteadyFit, SteadyUnknown, check, choose_order, prior_of, set_up, smooth_all,
};
use crate::multi_start::derive_seed;
use crate::random::Random;
use crate::{FitError, Observations};

/// Sobolev order of a prior that is not given and not chosen by data.
const ORDER: usize = 3;

/// A problem at given functions.
pub struct Nominal {
    problem: SteadyProblem,
    values: Vec<Vec<f64>>,
    states: Vec<Vec<f64>>,
    fitted: Option<Arc<FittedModes>>,
}

/// What observations say of the unknown functions near given ones.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// The prior of every unknown.
    pub priors: Vec<FunctionPrior>,
    /// The steady state of every experiment at the nodes.
    pub states: Vec<Vec<f64>>,
    /// The functions: values of every unknown at the points of its slot.
    pub values: Vec<Vec<f64>>,
    /// K, m × d.
    pub jacobian: Mat<f64>,
    /// The rows of every experiment.
    pub rows: Vec<Range<usize>>,
    /// The columns of every unknown.
    pub columns: Vec<Range<usize>>,
    /// Root of the sum of squares of all predictions in units of their noise: the signal of a relative
    /// change of 1.
    pub signal: f64,
    /// Whether an unknown takes part, by experiment and unknown.
    pub takes_part: Vec<Vec<bool>>,
    /// Changes along which the equation is unchanged.
    pub scalings: Vec<ScalingDirection>,
}

/// A change of several unknowns by powers of one factor that leaves every prediction as it is.
#[derive(Clone, Debug)]
pub struct ScalingDirection {
    /// The unknowns that change.
    pub unknowns: Vec<usize>,
    /// The change of all coefficients, d, up to a factor.
    pub direction: Vec<f64>,
}

/// Other functions that predict nearly the same.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// Values of every unknown at the points of its slot.
    pub values: Vec<Vec<f64>>,
    /// Root mean square of the change of each unknown (of its logarithm, where it is positive).
    pub distances: Vec<f64>,
    /// Largest change of a prediction, in units of its noise.
    pub largest_residual: f64,
    /// Sum of squares of the changes of all predictions, in units of the noise.
    pub chi_square: f64,
    /// Largest change of a state at a node, relative to the largest value of the state.
    pub state_change: f64,
}

impl Nominal {
    /// The steady states at `values` of the unknowns (each at the points of its slot), found from
    /// `guesses` (one state an experiment).
    ///
    /// The amplitude of a prior that does not fix it becomes the root mean square of the function, or
    /// its natural unit where that is zero.
    ///
    /// # Errors
    /// If a state cannot be found, naming why.
    pub fn new(
        model: Arc<dyn Model>,
        unknowns: &[SteadyUnknown],
        states: Vec<ObservedState>,
        values: Vec<Vec<f64>>,
        guesses: Vec<Vec<f64>>,
    ) -> Result<Self, FitError> {
        check(model.as_ref(), unknowns, &states)?;
        let modal = unknowns.iter().zip(&values).map(|(unknown, values)| {
            let slot = &model.slots()[unknown.unknown.slot];
            let link = if unknown.positive { Link::Exponential } else { Link::Identity };
            let modes = Modes::new(slot, modes::RESOLUTION);
            let prior = FunctionPrior::new(modes, link, 1.0, unknown.prior, ORDER);
            let offset = match link {
                Link::Identity => values.clone(),
                Link::Exponential => values.iter().map(|v| v.max(f64::MIN_POSITIVE).ln()).collect(),
            };
            ModalUnknown { slot: unknown.unknown.slot, prior, center: 0.0, offset }
        });
        let modal: Vec<ModalUnknown> = modal.collect();
        let mut problem = SteadyProblem::new(model, modal, states, guesses.clone());
        let states = solve_all(&problem, &values, &guesses)?;
        for s in 0..problem.unknowns.len() {
            problem.unknowns[s].prior = scaled(&problem, s, &values, &states);
        }
        problem.start_from(states.clone());
        Ok(Self { problem, values, states, fitted: None })
    }

    /// A quick fit in modes, without function classes: prior and unknown noise levels from the data.
    ///
    /// # Errors
    /// As [`fit_steady`](super::fit_steady).
    pub fn fit(
        model: Arc<dyn Model>,
        unknowns: &[SteadyUnknown],
        states: Vec<ObservedState>,
        choice: PriorChoice,
        ask: &(dyn Fn() -> Flow + Sync),
    ) -> Result<Self, FitError> {
        check(model.as_ref(), unknowns, &states)?;
        let smoothed = smooth_all(model.as_ref(), &states)?;
        let mut problem = set_up(model, unknowns, states, &smoothed);
        let fit = choose_order(&mut problem, unknowns, &smoothed, choice, ask)?;
        let values = problem.values(&fit.coefficients);
        let fitted = Arc::new(FittedModes::new(&problem, &fit.coefficients));
        Ok(Self::at(&problem, values)?.with_fitted(Some(fitted)))
    }

    /// The problem of a fit at other values of its functions.
    pub(super) fn at(problem: &SteadyProblem, values: Vec<Vec<f64>>) -> Result<Self, FitError> {
        let states = problem.steady_states(&values)?;
        let mut problem = problem.clone();
        for (unknown, values) in problem.unknowns.iter_mut().zip(&values) {
            unknown.center = 0.0;
            unknown.offset = match unknown.prior.link {
                Link::Identity => values.clone(),
                Link::Exponential => values.iter().map(|v| v.ln()).collect(),
            };
        }
        problem.start_from(states.clone());
        Ok(Self { problem, values, states, fitted: None })
    }

    /// The steady state of every experiment at the nodes.
    pub fn states(&self) -> &[Vec<f64>] {
        &self.states
    }

    /// Values of every unknown at the points of its slot.
    pub fn values(&self) -> &[Vec<f64>] {
        &self.values
    }

    /// The prior of every unknown.
    pub fn priors(&self) -> Vec<FunctionPrior> {
        self.problem.unknowns.iter().map(|u| u.prior.clone()).collect()
    }

    /// What is observed of experiment `e`.
    pub fn observations(&self, e: usize) -> &Observations {
        &self.problem.states[e].observations
    }

    /// Puts other observations in the place of those of experiment `e`.
    pub fn observe(&mut self, e: usize, observations: Observations) {
        self.problem.states[e].observations = observations;
    }

    /// The functions of experiment `e`, known and unknown.
    pub fn functions(&self, e: usize) -> Tabulated {
        self.problem.functions(e, &self.values)
    }

    /// Puts other priors in the place of its own.
    #[must_use]
    pub fn with_priors(mut self, priors: Vec<FunctionPrior>) -> Self {
        for (unknown, prior) in self.problem.unknowns.iter_mut().zip(priors) {
            unknown.prior = prior;
        }
        self
    }

    /// The fit to data that the functions come from, if they come from one.
    pub fn fitted(&self) -> Option<&Arc<FittedModes>> {
        self.fitted.as_ref()
    }

    /// Says from which fit the functions come.
    #[must_use]
    pub fn with_fitted(mut self, fitted: Option<Arc<FittedModes>>) -> Self {
        self.fitted = fitted;
        self
    }

    /// The problem linearised at the functions.
    ///
    /// # Errors
    /// If a derivative cannot be computed.
    pub fn sensitivity(&self) -> EvalResult<Sensitivity> {
        let (m, d) = (self.problem.n_scores(), self.problem.n_modes());
        let mut residuals = vec![0.0; m];
        let mut jacobian = Mat::zeros(m, d);
        self.problem.linearise_modes(&self.values, &mut residuals, jacobian.as_mut())?;
        let priors = self.priors();
        let mut end = 0;
        let columns: Vec<Range<usize>> = priors
            .iter()
            .map(|prior| {
                end += prior.modes.len();
                end - prior.modes.len()..end
            })
            .collect();
        let takes_part = self.problem.states.iter().map(|state| {
            let unknowns = self.problem.unknowns.iter().enumerate();
            unknowns.map(|(s, unknown)| state.slots[unknown.slot].unknown == Some(s)).collect()
        });
        let takes_part = takes_part.collect();
        let squares = self.problem.states.iter().zip(&self.states);
        let square: f64 = squares.map(|(s, u)| s.observations.signal_square(u)).sum();
        let scalings = self.scalings(&jacobian, &columns)?;
        Ok(Sensitivity {
            priors,
            states: self.states.clone(),
            values: self.values.clone(),
            rows: self.problem.rows(),
            jacobian,
            columns,
            signal: square.sqrt(),
            takes_part,
            scalings,
        })
    }

    /// The scalings of the equation whose functions are all unknown (or zero), by the derivative of
    /// every prediction along them.
    fn scalings(
        &self,
        jacobian: &Mat<f64>,
        columns: &[Range<usize>],
    ) -> EvalResult<Vec<ScalingDirection>> {
        let problem = &self.problem;
        let mut found = Vec::new();
        for scaling in problem.model.scalings() {
            let of = |slot: usize| scaling.iter().find(|part| part.slot == slot);
            let moved: Vec<usize> = (0..self.values.len())
                .filter(|&s| {
                    let moves = self.values[s].iter().any(|v| *v != 0.0);
                    moves && of(problem.unknowns[s].slot).is_some()
                })
                .collect();
            if moved.len() < 2 {
                continue;
            }
            let changes: Vec<Mat<f64>> = (0..self.values.len())
                .map(|s| {
                    let values = &self.values[s];
                    let power = of(problem.unknowns[s].slot).map_or(0.0, |p| f64::from(p.power));
                    Mat::from_fn(values.len(), 1, |i, _| power * values[i])
                })
                .collect();
            let (m, k) = (jacobian.nrows(), changes.len());
            let mut effect = Mat::zeros(m, k);
            let mut residuals = vec![0.0; m];
            let directions: Vec<MatRef<'_, f64>> = changes.iter().map(Mat::as_ref).collect();
            problem.push_forward(&self.values, &directions, &mut residuals, effect.as_mut())?;
            let largest = (0..k).map(|s| effect.col(s).norm_l2()).fold(0.0, f64::max);
            let sum = (0..k).fold(faer::Col::<f64>::zeros(m), |sum, s| sum + effect.col(s));
            if largest == 0.0 || sum.norm_l2() > UNCHANGED * largest {
                continue;
            }
            let mut direction = vec![0.0; jacobian.ncols()];
            for &s in &moved {
                let prior = &problem.unknowns[s].prior;
                let g = match prior.link {
                    Link::Identity => changes[s].clone(),
                    Link::Exponential => Mat::from_fn(changes[s].nrows(), 1, |i, _| {
                        changes[s][(i, 0)] / self.values[s][i]
                    }),
                };
                let coefficients = prior.modes.coefficients(g.as_ref());
                for (j, column) in columns[s].clone().enumerate() {
                    direction[column] = coefficients[(j, 0)];
                }
            }
            found.push(ScalingDirection { unknowns: moved, direction });
        }
        Ok(found)
    }

    /// Functions near F⁰ displaced by `z` (d, in units of the prior's standard deviations) that predict
    /// as F⁰ does, as far as the functions allow: the observations of F⁰, with their noise multiplied
    /// by `precision`, are fitted with the prior centred at the displacement.
    ///
    /// # Errors
    /// If no state can be followed there.
    pub fn alternative(&self, z: &[f64], precision: f64) -> Result<Alternative, FitError> {
        let mut problem = self.problem.clone();
        let mut exact = vec![0.0; problem.n_scores()];
        for (state, u) in problem.states.iter_mut().zip(&self.states) {
            state.observations = state.observations.exact(u, precision)?;
        }
        let priors = self.priors();
        let sd: Vec<f64> = priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        problem.refer(&self.values)?;
        // The displacement may be too far for the states to follow at once.
        let mut c = vec![0.0; sd.len()];
        for step in 1..=STEPS {
            let share = f64::from(step) / f64::from(STEPS);
            let center: Vec<f64> = z.iter().map(|z| share * z).collect();
            nearest_fit(&problem, &sd, &center, &mut c)?;
        }
        let values = problem.values(&c);
        let states = problem.steady_states(&values)?;
        let mut own = self.problem.clone();
        for (state, u) in own.states.iter_mut().zip(&self.states) {
            state.observations = state.observations.exact(u, 1.0)?;
        }
        let mut start = 0;
        for (state, u) in own.states.iter().zip(&states) {
            let rows = start..start + state.observations.len();
            start = rows.end;
            state.observations.evaluate(u, &mut exact[rows])?;
        }
        let distance = |prior: &FunctionPrior, start: usize| -> f64 {
            c[start..start + prior.modes.len()].iter().map(|c| c * c).sum::<f64>().sqrt()
        };
        let mut start = 0;
        let distances = priors
            .iter()
            .map(|prior| {
                start += prior.modes.len();
                distance(prior, start - prior.modes.len())
            })
            .collect();
        let change = |(a, b): (&Vec<f64>, &Vec<f64>)| -> f64 {
            let largest = b.iter().fold(0.0, |largest: f64, u| largest.max(u.abs()));
            let moved = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            moved / largest
        };
        Ok(Alternative {
            values,
            distances,
            largest_residual: exact.iter().map(|r| r.abs()).fold(0.0, f64::max),
            chi_square: exact.iter().map(|r| r * r).sum(),
            state_change: states.iter().zip(&self.states).map(change).fold(0.0, f64::max),
        })
    }
}

/// Minimises ½‖r(c)‖² + ½‖c/sd − center‖² from `c` by undamped Gauss-Newton steps, halved where the
/// states cannot follow: near the minimum the residuals are small, and damping in proportion to their
/// steep derivative would hold back the flat directions that are wanted.
fn nearest_fit(
    problem: &SteadyProblem,
    sd: &[f64],
    center: &[f64],
    c: &mut Vec<f64>,
) -> EvalResult {
    let (m, d) = (problem.n_scores(), sd.len());
    let mut residuals = vec![0.0; m];
    let mut jacobian = Mat::zeros(m, d);
    let off = |c: &[f64]| -> Vec<f64> {
        c.iter().zip(sd).zip(center).map(|((c, sd), center)| c / sd - center).collect()
    };
    let square = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
    for _ in 0..MOST_STEPS {
        problem.linearise(c, &mut residuals, jacobian.as_mut())?;
        let away = off(c);
        let cost = square(&residuals) + square(&away);
        let stacked = Mat::from_fn(m + d, d, |i, j| {
            if i < m { jacobian[(i, j)] * sd[j] } else { f64::from(u8::from(i - m == j)) }
        });
        let rhs = Mat::from_fn(m + d, 1, |i, _| if i < m { -residuals[i] } else { -away[i - m] });
        let step = stacked.qr().solve_lstsq(&rhs);
        let mut share = 1.0;
        let moved = loop {
            let new: Vec<f64> = (0..d).map(|j| c[j] + share * sd[j] * step[(j, 0)]).collect();
            let outcome = problem.evaluate(&new, &mut residuals);
            if outcome.is_ok() && square(&residuals) + square(&off(&new)) < cost {
                *c = new;
                break true;
            }
            share *= 0.5;
            if share < SMALLEST_SHARE {
                break false;
            }
        };
        if !moved || share * step.norm_l2() < SETTLED {
            break;
        }
    }
    Ok(())
}

/// Relative change of predictions below which an equation counts as unchanged.
const UNCHANGED: f64 = 1e-8;
/// Steps in which a displacement is made.
const STEPS: u32 = 4;
/// Gauss-Newton steps of each, the smallest part of one, and the change of z that ends them.
const MOST_STEPS: usize = 12;
const SMALLEST_SHARE: f64 = 1e-3;
const SETTLED: f64 = 1e-6;

impl Sensitivity {
    /// S = K √s, m × d, without what is known to be unseen.
    pub fn whitened(&self) -> Mat<f64> {
        let sd: Vec<f64> =
            self.priors.iter().flat_map(FunctionPrior::standard_deviations).collect();
        let mut s =
            Mat::from_fn(self.jacobian.nrows(), sd.len(), |i, j| self.jacobian[(i, j)] * sd[j]);
        for scaling in &self.scalings {
            // A scaling of functions that are no finite sum of modes is seen a little in modes.
            let z: Vec<f64> = scaling.direction.iter().zip(&sd).map(|(c, sd)| c / sd).collect();
            let z = faer::ColRef::from_slice(&z);
            let square = z.transpose() * z;
            let seen = &s * z;
            s -= &seen * z.transpose() * (1.0 / square);
        }
        s
    }
}

impl SteadyFit {
    /// The problem at the recovered functions, with the prior and the noise that were found.
    ///
    /// # Errors
    /// If a state cannot be computed.
    pub fn nominal(&self) -> Result<Nominal, FitError> {
        Nominal::at(&self.problem, self.values.clone())
    }
}

/// States smoothed one by one, for guesses; none where the equation has no density.
///
/// # Errors
/// If a state cannot be smoothed.
pub fn smoothed_states(
    model: &dyn Model,
    states: &[ObservedState],
) -> Result<Vec<Vec<f64>>, FitError> {
    Ok(smooth_all(model, states)?.into_iter().map(|s| s.u).collect())
}

/// Values of the unknowns drawn from the prior at its natural scale, each at the points of its slot; the
/// same for the same seed.
pub fn prior_draw(
    model: &dyn Model,
    unknowns: &[SteadyUnknown],
    states: &[ObservedState],
    seed: u64,
) -> Vec<Vec<f64>> {
    let units = natural_units(model, unknowns, states);
    let draw = |(s, (unknown, unit)): (usize, (&SteadyUnknown, f64))| {
        let (prior, center) = prior_of(model, unknown, ORDER);
        let prior = FunctionPrior::new(prior.modes, prior.link, unit, prior.options, prior.order);
        let mut random = Random::new(derive_seed(seed, s as u64));
        let c: Vec<f64> =
            prior.standard_deviations().iter().map(|sd| sd * random.normal()).collect();
        let modal = ModalUnknown { slot: unknown.unknown.slot, prior, center, offset: Vec::new() };
        let g = modal.prior.modes.values() * faer::ColRef::from_slice(&c);
        g.iter().map(|g| modal.value(g + center)).collect()
    };
    unknowns.iter().zip(units).enumerate().map(draw).collect()
}

/// The natural unit of every unknown, with all unknowns at their centres and a uniform state.
fn natural_units(
    model: &dyn Model,
    unknowns: &[SteadyUnknown],
    states: &[ObservedState],
) -> Vec<f64> {
    let centers: Vec<Vec<f64>> = unknowns
        .iter()
        .map(|u| {
            let slot = &model.slots()[u.unknown.slot];
            let (prior, center) = prior_of(model, u, ORDER);
            let modal = ModalUnknown { slot: u.unknown.slot, prior, center, offset: Vec::new() };
            vec![modal.value(center); slot.points.len()]
        })
        .collect();
    let length: f64 = model.weights().iter().sum();
    let unit = |s: usize| {
        let unit = |state: &ObservedState| {
            let terms = state.slots.iter().map(|slot| slot.known.clone()).collect();
            let mut functions = Tabulated::new(model.slots(), terms);
            for (slot, terms) in state.slots.iter().enumerate() {
                if let Some(unknown) = terms.unknown {
                    let values = functions.values_mut(slot);
                    values.iter_mut().zip(&centers[unknown]).for_each(|(to, v)| *to += v);
                }
            }
            let u = vec![state.conditions.mass / length; model.n_nodes()];
            model.natural_scale(unknowns[s].unknown.slot, &u, &functions)
        };
        let unit = states.iter().map(unit).fold(f64::INFINITY, f64::min);
        if unit > 0.0 && unit.is_finite() { unit } else { 1.0 }
    };
    (0..unknowns.len()).map(unit).collect()
}

/// The steady state of every experiment at these functions, by all means.
fn solve_all(
    problem: &SteadyProblem,
    values: &[Vec<f64>],
    guesses: &[Vec<f64>],
) -> EvalResult<Vec<Vec<f64>>> {
    (0..problem.states.len())
        .into_par_iter()
        .map(|e| {
            let functions = problem.functions(e, values);
            let conditions = &problem.states[e].conditions;
            let options = SteadyStateOptions::default();
            let model = problem.model.as_ref();
            let found = steady_state(model, &functions, conditions, &guesses[e], &options, None)?;
            if found.stop.is_converged() {
                Ok(found.u)
            } else {
                Err(EvalError::NoState { experiment: e, residual: found.residual })
            }
        })
        .collect()
}

/// The prior of unknown `s` with its natural unit, and its amplitude where that is not given.
fn scaled(
    problem: &SteadyProblem,
    s: usize,
    values: &[Vec<f64>],
    states: &[Vec<f64>],
) -> FunctionPrior {
    let ModalUnknown { slot, prior, offset, .. } = &problem.unknowns[s];
    let unit =
        |e: usize| problem.model.natural_scale(*slot, &states[e], &problem.functions(e, values));
    let unit = match prior.link {
        Link::Exponential => 1.0,
        Link::Identity => (0..states.len()).map(unit).fold(f64::INFINITY, f64::min),
    };
    let unit = if unit > 0.0 && unit.is_finite() { unit } else { 1.0 };
    let (modes, options) = (prior.modes.clone(), prior.options);
    let mut prior = FunctionPrior::new(modes, prior.link, unit, options, prior.order);
    let size = prior.modes.root_mean_square(offset);
    if prior.has_free_amplitude() && size > 0.0 {
        prior.log_amplitude = (size / unit).ln();
    }
    prior
}
