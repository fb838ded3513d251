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

use faer::{Mat, MatRef};
use lacuna_core::{EvalError, EvalResult, Flow, Model, Tabulated};
use lacuna_solve::{SteadyStateOptions, steady_state};
use rayon::prelude::*;

use super::map::ModalProblem;
use super::modes::{FunctionPrior, Link, Modes, columns};
use super::problem::{ModalUnknown, ObservedState, SteadyProblem};
use super::profile::FittedModes;
use super::wall::{divide, walls};
use super::{
    PriorChoice, SteadyFit, SteadyUnknown, check, fit_prior, modes_of, set_up, smallest_unit,
    smooth_all,
};
use crate::pilot::approximate;
use crate::{FitError, Information, Observations};

/// Sobolev order of a prior that is not given and not chosen by data.
pub(super) const ORDER: f64 = 3.0;
/// Starts of closed forms in a quick fit.
const STARTS: usize = 4;

/// A problem at given functions.
pub struct Nominal {
    pub(super) problem: SteadyProblem,
    pub(super) values: Vec<Vec<f64>>,
    pub(super) states: Vec<Vec<f64>>,
    fitted: Option<Arc<FittedModes>>,
    posterior: Option<Mat<f64>>,
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
    /// Posterior covariance of all coefficients (d × d), where the functions come from a fit: what is
    /// not known of the priors is in it. None: it follows from the priors as they stand.
    pub posterior: Option<Mat<f64>>,
}

/// A change of several unknowns by powers of one factor that leaves every prediction as it is.
#[derive(Clone, Debug)]
pub struct ScalingDirection {
    /// The unknowns that change.
    pub unknowns: Vec<usize>,
    /// The change of all coefficients, d, up to a factor.
    pub direction: Vec<f64>,
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
            let mut modes = modes_of(unknown, slot);
            if let Some(form) = modes.closed_form() {
                let start = vec![0.0; form.len()];
                if let Some(c) = approximate(slot, form, values, &start) {
                    let moved = form.moved(&form.theta(&c), &vec![1.0; c.len()]);
                    modes = Modes::of_closed_form(slot, moved);
                }
            }
            let prior = FunctionPrior::new(modes, link, 1.0, unknown.prior.or_order(ORDER));
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
        Ok(Self { problem, values, states, fitted: None, posterior: None })
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
        let found = fit_prior(&mut problem, &smoothed, choice, STARTS, ask)?;
        let coefficients = &found.fit().coefficients;
        let values = problem.values(coefficients);
        let fitted = Arc::new(FittedModes::new(&problem, coefficients));
        let mut nominal = Self::at(&problem, values)?.with_fitted(Some(fitted));
        let walls = walls(&problem, found.fit())?;
        nominal.posterior = Some(divide(found.mixture, walls).open());
        Ok(nominal)
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
        Ok(Self { problem, values, states, fitted: None, posterior: None })
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
        let expected = Information::Expected;
        self.problem.linearise_modes(&self.values, expected, &mut residuals, jacobian.as_mut())?;
        let priors = self.priors();
        let columns = columns(&priors);
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
            posterior: self.posterior.clone(),
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
            let expected = Information::Expected;
            let out = effect.as_mut();
            problem.push_forward(&self.values, &directions, expected, &mut residuals, out)?;
            let largest = (0..k).map(|s| effect.col(s).norm_l2()).fold(0.0, f64::max);
            let sum = (0..k).fold(faer::Col::<f64>::zeros(m), |sum, s| sum + effect.col(s));
            if largest == 0.0 || sum.norm_l2() > UNCHANGED * largest {
                continue;
            }
            let mut direction = vec![0.0; jacobian.ncols()];
            let mut possible = true;
            for &s in &moved {
                let prior = &problem.unknowns[s].prior;
                let g = match prior.link {
                    Link::Identity => changes[s].clone(),
                    Link::Exponential => Mat::from_fn(changes[s].nrows(), 1, |i, _| {
                        changes[s][(i, 0)] / self.values[s][i]
                    }),
                };
                let coefficients = prior.modes.coefficients(g.as_ref());
                if let Some(form) = prior.modes.closed_form() {
                    // Not every closed form can be multiplied by a factor.
                    let mut off = prior.modes.values() * &coefficients - &g;
                    if form.is_gauge() {
                        let weights = prior.modes.weights().iter().zip(off.col(0).iter());
                        let mean: f64 = weights.map(|(w, off)| w * off).sum();
                        off.col_mut(0).iter_mut().for_each(|off| *off -= mean);
                    }
                    possible &= off.norm_l2() <= UNCHANGED * g.norm_l2();
                }
                for (j, column) in columns[s].clone().enumerate() {
                    direction[column] = coefficients[(j, 0)];
                }
            }
            if possible {
                found.push(ScalingDirection { unknowns: moved, direction });
            }
        }
        Ok(found)
    }
}

/// Relative root mean square below which a function is a constant but for rounding.
const CONSTANT: f64 = 1e-12;
/// Relative change of predictions below which an equation counts as unchanged.
const UNCHANGED: f64 = 1e-8;

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
        let mut nominal = Nominal::at(&self.problem, self.values.clone())?;
        nominal.posterior = Some(self.mixture.open());
        Ok(nominal)
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
        Link::Identity => smallest_unit((0..states.len()).map(unit)),
    };
    let mut prior = prior.clone().in_unit(unit);
    let size = prior.modes.root_mean_square(offset);
    let largest = offset.iter().fold(0.0, |largest: f64, v| largest.max(v.abs()));
    if prior.has_free_amplitude() && size > CONSTANT * largest {
        prior.log_amplitude = (size / unit).ln();
    }
    prior
}
