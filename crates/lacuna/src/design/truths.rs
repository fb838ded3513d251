//! Plausible truths, and the problem linearised at each.
//!
//! With data: a quick fit, then draws from its posterior. Without: draws from the prior at its natural
//! scale. Draws that have no steady state in some experiment are replaced, up to a limit. How smooth the
//! functions are is not known either: length scales that the problem does not fix differ between truths by
//! up to [`SPREAD`] standard deviations of what is thought of them beforehand, so that a design resolves
//! neither only what is smooth nor only what is rough.

use faer::Mat;
use lacuna_core::Flow;
use lacuna_fit::{
    FitError, FunctionPrior, Link, Modes, Nominal, ObservedState, Sensitivity, SteadyUnknown,
    prior_draw,
};
use rayon::prelude::*;

use super::{DesignPlan, DesignProgress};
use crate::diagnose::plan::{Level, assume_noise, quick_choice, true_values};
use crate::{Error, Result};

/// Draws tried for one that is kept, at most.
const TRIALS: usize = 6;

/// Standard deviation of the logarithm of a length scale beforehand, as in the fit.
const SD_OF_LOG_LENGTH: f64 = 0.5;
/// Largest deviation, in standard deviations.
const SPREAD: f64 = 1.5;

/// Where plausible truths come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// `[truth]`, for studies of what a design is worth.
    Truth,
    /// A fit to the data and draws from its posterior.
    Fit,
    /// Draws from the prior.
    Prior,
}

impl Source {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Truth => "truth",
            Self::Fit => "fit",
            Self::Prior => "prior",
        }
    }
}

/// The problem at one truth. d coefficients, n candidates.
pub(super) struct Linearised {
    /// I + SᵀS of the data there are, d × d.
    pub information: Mat<f64>,
    /// Whitened rows of the candidates, one column each, d × n.
    pub directions: Mat<f64>,
    pub priors: Vec<FunctionPrior>,
    /// Values of every unknown at the points of its slot.
    pub values: Vec<Vec<f64>>,
    /// The state of every candidate experiment at the nodes.
    pub states: Vec<Vec<f64>>,
}

/// All of them.
pub(super) struct Truths {
    pub linearised: Vec<Linearised>,
    /// Draws that had no steady state.
    pub without_state: usize,
    pub interrupted: bool,
}

/// The first truth, from which others are drawn.
struct Base {
    values: Vec<Vec<f64>>,
    /// Guesses of the states of all experiments there are data of, then of all candidates.
    guesses: Vec<Vec<f64>>,
    /// Priors to hold on to.
    priors: Option<Vec<FunctionPrior>>,
    /// Experiments with data, their noise as far as it was found.
    measured: Vec<ObservedState>,
    posterior: Option<Sensitivity>,
}

impl DesignPlan {
    pub(super) fn truths(
        &self,
        watch: &(dyn Fn(&DesignProgress) -> Flow + Sync),
    ) -> Result<Truths> {
        let spec = &self.setup.loaded.problem.design;
        let step = |stage, done| watch(&DesignProgress { stage, done, value: f64::NAN });
        let base = self.base(&|| step("fit to the data", 0))?;
        let count = if self.source == Source::Truth { 1 } else { spec.truths };
        let mut truths = Truths { linearised: Vec::new(), without_state: 0, interrupted: false };
        let mut first_error = None;
        let mut next = 0;
        while truths.linearised.len() < count && next < TRIALS * count {
            let batch = next..next + (count - truths.linearised.len());
            next = batch.end;
            let found: Vec<Option<Result<Linearised>>> = batch
                .into_par_iter()
                .map(|index| {
                    if index > 0 && step("truths", index) == Flow::Stop {
                        return None;
                    }
                    Some(self.at(&base, index))
                })
                .collect();
            for outcome in found {
                match outcome {
                    None => truths.interrupted = true,
                    Some(Ok(linearised)) => truths.linearised.push(linearised),
                    Some(Err(error)) => {
                        truths.without_state += 1;
                        first_error = first_error.or(Some(error));
                    }
                }
            }
            if truths.interrupted {
                break;
            }
        }
        match first_error {
            Some(error) if truths.linearised.is_empty() => Err(error),
            _ if truths.linearised.is_empty() => Err(self.failed(FitError::NoExperiments)),
            _ => Ok(truths),
        }
    }

    fn failed(&self, source: FitError) -> Error {
        Error::Fit { place: self.setup.loaded.place("design"), source }
    }

    fn base(&self, ask: &(dyn Fn() -> Flow + Sync)) -> Result<Base> {
        let mut measured: Vec<ObservedState> =
            self.measured.iter().map(|e| e.plan.state.clone()).collect();
        let mut guesses: Vec<Vec<f64>> =
            self.measured.iter().map(|e| e.plan.guess.clone()).collect();
        guesses.extend(self.candidates.iter().map(|c| c.guess.clone()));
        let values = match self.source {
            Source::Truth => true_values(&self.setup)?,
            // Drawn one by one.
            Source::Prior => Vec::new(),
            Source::Fit => {
                let choice = quick_choice(&self.setup);
                let model = self.setup.model.clone();
                let fitted = Nominal::fit(model, &self.unknowns, measured.clone(), choice, ask)
                    .map_err(|e| self.failed(e))?;
                for (e, state) in measured.iter_mut().enumerate() {
                    state.observations = fitted.observations(e).clone();
                    guesses[e] = fitted.states()[e].clone();
                }
                for (c, candidate) in self.candidates.iter().enumerate() {
                    if let Some(place) = candidate.same_as.and_then(|i| self.place_of(i)) {
                        guesses[measured.len() + c] = fitted.states()[place].clone();
                    }
                }
                let posterior = fitted.sensitivity().map_err(|e| self.failed(e.into()))?;
                let priors = Some(fitted.priors());
                let values = fitted.values().to_vec();
                return Ok(Base { values, guesses, priors, measured, posterior: Some(posterior) });
            }
        };
        Ok(Base { values, guesses, priors: None, measured, posterior: None })
    }

    /// The place among the measured of experiment `index`.
    fn place_of(&self, index: usize) -> Option<usize> {
        self.measured.iter().position(|e| e.index == index)
    }

    /// By how much ln ℓ of truth `index` differs from what is expected; 0 for the first.
    fn log_stretch(&self, index: usize) -> f64 {
        let count = self.setup.loaded.problem.design.truths;
        if index == 0 || count < 3 {
            return 0.0;
        }
        let place = ((index - 1) % (count - 1)) as f64 / (count - 2) as f64;
        SPREAD * SD_OF_LOG_LENGTH * (2.0 * place - 1.0)
    }

    /// The unknowns with the length scales of truth `index`.
    fn stretched(&self, index: usize) -> Vec<SteadyUnknown> {
        let stretch = self.log_stretch(index).exp();
        let stretched = |unknown: &SteadyUnknown| {
            let mut unknown = unknown.clone();
            let slot = &self.setup.model.slots()[unknown.unknown.slot];
            let modes = Modes::new(slot, 1);
            if unknown.prior.length_scale.is_none() && modes.length > 0.0 {
                let prior = FunctionPrior::new(modes, Link::Identity, 1.0, unknown.prior);
                unknown.prior.length_scale = Some(stretch * prior.length_scale());
            }
            unknown
        };
        self.unknowns.iter().map(stretched).collect()
    }

    fn values(
        &self,
        base: &Base,
        unknowns: &[SteadyUnknown],
        index: usize,
    ) -> Result<Vec<Vec<f64>>> {
        let seed = self.setup.loaded.problem.fit.seed.wrapping_add(index as u64);
        match (self.source, &base.posterior) {
            (Source::Prior, _) => {
                let states: Vec<ObservedState> = self.states(base);
                Ok(prior_draw(self.setup.model.as_ref(), unknowns, &states, seed))
            }
            (Source::Fit, Some(posterior)) if index > 0 => {
                posterior.posterior_draw(seed).map_err(|e| self.failed(e.into()))
            }
            _ => Ok(base.values.clone()),
        }
    }

    fn states(&self, base: &Base) -> Vec<ObservedState> {
        let candidates = self.candidates.iter().map(|c| c.state.clone());
        base.measured.iter().cloned().chain(candidates).collect()
    }

    /// The problem at truth `index`.
    fn at(&self, base: &Base, index: usize) -> Result<Linearised> {
        let unknowns = match self.source {
            Source::Prior => self.stretched(index),
            Source::Fit | Source::Truth => self.unknowns.clone(),
        };
        let values = self.values(base, &unknowns, index)?;
        let model = self.setup.model.clone();
        let failed = |e| self.failed(e);
        let mut nominal =
            Nominal::new(model, &unknowns, self.states(base), values, base.guesses.clone())
                .map_err(failed)?;
        if let Some(priors) = &base.priors {
            let mut priors = priors.clone();
            for prior in &mut priors {
                if prior.options.length_scale.is_none() && prior.modes.length > 0.0 {
                    prior.log_length += self.log_stretch(index);
                }
            }
            nominal = nominal.with_priors(priors);
        } else {
            for (e, measured) in self.measured.iter().enumerate() {
                if let Level::Assumed(seen) | Level::Unknown(seen) = &measured.plan.level {
                    assume_noise(&self.setup, &mut nominal, e, seen).map_err(|e| self.failed(e))?;
                }
            }
        }
        let sensitivity = nominal.sensitivity().map_err(|e| self.failed(e.into()))?;
        let whitened = sensitivity.whitened();
        let first = self.measured.len();
        let start = sensitivity.rows.get(first).map_or(whitened.nrows(), |rows| rows.start);
        let d = whitened.ncols();
        let data = whitened.subrows(0, start);
        let information = Mat::<f64>::identity(d, d) + data.transpose() * data;
        let mut directions = Mat::zeros(d, whitened.nrows() - start);
        for (c, candidate) in self.candidates.iter().enumerate() {
            let u = &sensitivity.states[first + c];
            let mut seen = vec![0.0; candidate.x.len()];
            candidate.functionals.apply(u, &mut seen);
            let sd = self.noise.standard_deviations(u, &seen);
            for (row, sd) in sensitivity.rows[first + c].clone().zip(sd) {
                // Without a scale for the noise nothing can be said of the measurement.
                let scale = if sd > 0.0 { 1.0 / sd } else { 0.0 };
                for j in 0..d {
                    directions[(j, row - start)] = scale * whitened[(row, j)];
                }
            }
        }
        Ok(Linearised {
            information,
            directions,
            priors: sensitivity.priors,
            values: sensitivity.values,
            states: sensitivity.states[first..].to_vec(),
        })
    }
}
