//! Whether data determine the unknowns of a problem, before or after a fit.
//!
//! The predictions of all observations are linearised at nominal functions: the truth, a quick fit, draws
//! from the prior, or what a recovery found ([`lacuna_identify::diagnose`]). What the linear algebra says
//! is put into words by `reasons.rs`.

mod parameters;
pub(crate) mod plan;
mod reasons;
mod repeats;
mod result;
mod words;

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use lacuna_core::{Argument, Flow, Slot, Stop, Symmetry};
use lacuna_fit::{Nominal, ObservedState, Sensitivity, SteadyFit, SteadyUnknown, prior_draw};
use lacuna_identify::{Diagnosis, Posterior, diagnose as examine};
use rayon::prelude::*;

use self::plan::{
    Level, Made, PlannedExperiment, assume_noise, examined, intervals, quick_choice, true_values,
    unknowns,
};
use self::reasons::Evidence;
pub use self::result::{
    DIAGNOSIS_SCHEMA, Diagnosed, DiagnosisSummary, ExaminedExperiment, ExaminedUnknown,
    KernelModes, ModeRow, NominalSource, Reason,
};
use crate::data::Measurements;
use crate::problem::{FunctionSpec, LoadedProblem, NominalChoice, ProblemFault, SurrogateSpec};
use crate::profiles::{profiles, requested};
use crate::task::steadfast;
use crate::{Error, Result, Setup};

/// What a diagnosis will do, before it does it.
pub struct DiagnosePlan {
    /// The problem, ready to compute.
    pub setup: Setup,
    unknowns: Vec<SteadyUnknown>,
    experiments: Vec<PlannedExperiment>,
    source: NominalChoice,
}

/// A problem at nominal functions, examined.
pub struct Examination {
    /// The problem there.
    pub nominal: Nominal,
    /// Its linearisation.
    pub sensitivity: Sensitivity,
    /// What follows from that.
    pub diagnosis: Diagnosis,
}

impl DiagnosePlan {
    /// Reads the data of a problem, as far as there are any.
    ///
    /// # Errors
    /// If nothing is unknown, data cannot be read, or what is nominal is not there.
    pub fn new(loaded: &LoadedProblem) -> Result<Self> {
        if loaded.problem.unknowns().is_empty() {
            return Err(loaded.error("", ProblemFault::NothingUnknown));
        }
        if loaded.problem.experiments.is_empty() {
            return Err(loaded.error("", ProblemFault::NoExperiments));
        }
        let setup = Setup::new(loaded)?;
        let experiments = (0..setup.n_experiments())
            .map(|index| PlannedExperiment::new(&setup, index))
            .collect::<Result<Vec<_>>>()?;
        let missing = setup.unknowns.iter().find(|u| !loaded.problem.truth.contains_key(u.name));
        let any_data = experiments.iter().any(|e| e.has_data);
        let source = match (loaded.problem.diagnose.nominal, missing) {
            (NominalChoice::Auto, _) if any_data => NominalChoice::Fit,
            (NominalChoice::Auto, None) => NominalChoice::Truth,
            (NominalChoice::Auto, Some(_)) => NominalChoice::Prior,
            (NominalChoice::Truth, Some(unknown)) => {
                let fault = ProblemFault::NoNominal {
                    nominal: "truth",
                    needs: format!("a line `{} = …` in [truth]", unknown.name),
                };
                return Err(loaded.error("diagnose.nominal", fault));
            }
            (NominalChoice::Fit, _) if !any_data => {
                let needs = "an experiment with `data`".to_owned();
                let fault = ProblemFault::NoNominal { nominal: "fit", needs };
                return Err(loaded.error("diagnose.nominal", fault));
            }
            (choice, _) => choice,
        };
        let unknowns = unknowns(&setup);
        Ok(Self { setup, unknowns, experiments, source })
    }

    /// What will be done, in a sentence.
    pub fn method(&self) -> String {
        let at = match self.source {
            NominalChoice::Truth => "the functions of [truth]".to_owned(),
            NominalChoice::Prior => {
                format!("{} draws from the prior", self.setup.loaded.problem.diagnose.draws)
            }
            NominalChoice::Fit | NominalChoice::Auto => "a quick fit to the data".to_owned(),
        };
        format!("examine what {} experiments can say, at {at}", self.experiments.len())
    }

    /// Carries it out; `ask` may stop it.
    ///
    /// # Errors
    /// If no steady state can be found.
    pub fn run(&self, ask: &(dyn Fn() -> Flow + Sync)) -> Result<Diagnosed> {
        self.examined(ask).map_err(Error::while_working)
    }

    fn examined(&self, ask: &(dyn Fn() -> Flow + Sync)) -> Result<Diagnosed> {
        let begin = Instant::now();
        let (ask, stopped) = (&|(): &()| ask(), AtomicBool::new(false));
        let ask = steadfast(ask, &stopped);
        let ask = &|| ask(&());
        let (mut diagnosed, examination) = match self.source {
            NominalChoice::Prior => self.over_prior(ask)?,
            _ => {
                let examination = self.examine(ask)?;
                (self.conclude(&examination), examination)
            }
        };
        let contradictions = self.experiments.iter().flat_map(|e| e.contradictions.clone());
        diagnosed.remarks.extend(contradictions);
        if ask() == Flow::Continue {
            self.take_profiles(&examination, &mut diagnosed, ask)?;
        }
        if ask() == Flow::Stop {
            diagnosed.stop = Stop::Interrupted;
        }
        diagnosed.elapsed = begin.elapsed();
        Ok(self.setup.diagnosed_as_given(diagnosed))
    }

    /// The problem at its nominal functions; of draws from the prior, at the first that has states.
    ///
    /// # Errors
    /// If no steady state can be found.
    pub fn examine(&self, ask: &(dyn Fn() -> Flow + Sync)) -> Result<Examination> {
        match self.source {
            NominalChoice::Truth => self.examine_at(&true_values(&self.setup)?),
            NominalChoice::Prior => Ok(self.over_prior(ask)?.1),
            NominalChoice::Fit | NominalChoice::Auto => {
                let nominal = self.fit(ask)?;
                self.linearise(nominal)
            }
        }
    }

    /// Profiles of what the problem lists, if the functions come from data.
    fn take_profiles(
        &self,
        examination: &Examination,
        diagnosed: &mut Diagnosed,
        ask: &(dyn Fn() -> Flow + Sync),
    ) -> Result<()> {
        match examination.nominal.fitted() {
            Some(fitted) => {
                let specs = requested(&self.setup);
                diagnosed.profiles = profiles(&self.setup, fitted, &specs, ask)?;
            }
            None if self.setup.loaded.problem.diagnose.profiles.is_some() => {
                let remark = "profiles need data, and functions found from them: none were taken";
                diagnosed.remarks.push(remark.to_owned());
            }
            None => {}
        }
        Ok(())
    }

    fn states(&self) -> Vec<ObservedState> {
        self.experiments.iter().map(|e| e.state.clone()).collect()
    }

    fn failed(&self, source: lacuna_fit::FitError) -> Error {
        Error::Fit { place: self.setup.loaded.place("experiments"), source }
    }

    /// At given values of the unknowns.
    ///
    /// # Errors
    /// If no steady state can be found there.
    pub fn examine_at(&self, values: &[Vec<f64>]) -> Result<Examination> {
        let guesses = self.experiments.iter().map(|e| e.guess.clone()).collect();
        let model = self.setup.model.clone();
        let mut nominal =
            Nominal::new(model, &self.unknowns, self.states(), values.to_vec(), guesses)
                .map_err(|e| self.failed(e))?;
        for (e, experiment) in self.experiments.iter().enumerate() {
            if let Level::Assumed(seen) | Level::Unknown(seen) = &experiment.level {
                assume_noise(&self.setup, &mut nominal, e, seen).map_err(|e| self.failed(e))?;
            }
        }
        self.linearise(nominal)
    }

    fn fit(&self, ask: &(dyn Fn() -> Flow + Sync)) -> Result<Nominal> {
        let measured: Vec<usize> =
            (0..self.experiments.len()).filter(|&e| self.experiments[e].has_data).collect();
        let states = measured.iter().map(|&e| self.experiments[e].state.clone()).collect();
        let model = self.setup.model.clone();
        let choice = quick_choice(&self.setup);
        let failed = |e| self.failed(e);
        let fitted =
            Nominal::fit(model.clone(), &self.unknowns, states, choice, ask).map_err(failed)?;
        if measured.len() == self.experiments.len() {
            return Ok(fitted);
        }
        let mut guesses: Vec<Vec<f64>> = self.experiments.iter().map(|e| e.guess.clone()).collect();
        for (place, &e) in measured.iter().enumerate() {
            guesses[e] = fitted.states()[place].clone();
        }
        let values = fitted.values().to_vec();
        let mut nominal = Nominal::new(model, &self.unknowns, self.states(), values, guesses)
            .map_err(failed)?
            .with_priors(fitted.priors())
            .with_fitted(fitted.fitted().cloned());
        for (place, &e) in measured.iter().enumerate() {
            nominal.observe(e, fitted.observations(place).clone());
        }
        for (e, experiment) in self.experiments.iter().enumerate() {
            if let (Level::Assumed(seen), false) = (&experiment.level, experiment.has_data) {
                assume_noise(&self.setup, &mut nominal, e, seen).map_err(|e| self.failed(e))?;
            }
        }
        Ok(nominal)
    }

    fn linearise(&self, nominal: Nominal) -> Result<Examination> {
        let tolerance = self.setup.loaded.problem.diagnose.tolerance;
        examination(&self.setup, nominal, tolerance).map_err(|e| self.failed(e))
    }

    fn over_prior(&self, ask: &(dyn Fn() -> Flow + Sync)) -> Result<(Diagnosed, Examination)> {
        let problem = &self.setup.loaded.problem;
        let (states, count) = (self.states(), problem.diagnose.draws);
        let found: Vec<Option<Result<Examination>>> = (0..count)
            .into_par_iter()
            .map(|draw| {
                if ask() == Flow::Stop {
                    return None;
                }
                let seed = problem.fit.seed.wrapping_add(draw as u64);
                let model = self.setup.model.as_ref();
                Some(self.examine_at(&prior_draw(model, &self.unknowns, &states, seed)))
            })
            .collect();
        let mut examined = Vec::new();
        let mut first_error = None;
        for outcome in found.into_iter().flatten() {
            match outcome {
                Ok(examination) => examined.push(examination),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        if examined.is_empty() {
            let none = lacuna_fit::FitError::Interrupted;
            return Err(first_error.unwrap_or_else(|| self.failed(none)));
        }
        let verdicts = |a: usize| -> Vec<_> {
            examined.iter().map(|e| e.diagnosis.unknowns[a].joint.verdict).collect()
        };
        let n = self.unknowns.len();
        let by_unknown: Vec<Vec<_>> = (0..n).map(verdicts).collect();
        let count_of = |a: usize, draw: usize| {
            by_unknown[a].iter().filter(|v| **v == by_unknown[a][draw]).count()
        };
        // The draw most like the others speaks for them.
        let agreement = |draw: usize| (0..n).map(|a| count_of(a, draw)).sum::<usize>();
        let mut typical = 0;
        for draw in 1..examined.len() {
            if agreement(draw) > agreement(typical) {
                typical = draw;
            }
        }
        let holds: Vec<usize> = (0..n).map(|a| count_of(a, typical)).collect();
        let total = examined.len();
        let examination = examined.swap_remove(typical);
        let mut diagnosed = self.conclude(&examination);
        for (unknown, holds) in diagnosed.unknowns.iter_mut().zip(holds) {
            unknown.holds = Some(holds);
        }
        diagnosed.nominal =
            NominalSource { source: "prior", draws: Some(total), without_state: count - total };
        if total < count {
            diagnosed.remarks.push(format!(
                "{} of {count} draws from the prior have no steady state that was found, and say \
                 nothing",
                count - total
            ));
        }
        Ok((diagnosed, examination))
    }

    fn conclude(&self, examination: &Examination) -> Diagnosed {
        let source = match self.source {
            NominalChoice::Truth => "truth",
            NominalChoice::Prior => "prior",
            NominalChoice::Fit | NominalChoice::Auto => "fit",
        };
        let observed = self.experiments.iter().map(|e| e.observed.clone()).collect();
        let experiments: Vec<ExaminedExperiment> =
            self.experiments.iter().map(|e| e.words.clone()).collect();
        conclude(&self.setup, examination, source, experiments, observed)
    }
}

fn examination(
    setup: &Setup,
    nominal: Nominal,
    tolerance: f64,
) -> Result<Examination, lacuna_fit::FitError> {
    let sensitivity = nominal.sensitivity()?;
    // A closed form cannot follow just any change of a function.
    let closed_form = |u: &crate::NamedUnknown| match setup.loaded.problem.functions.get(u.name) {
        Some(FunctionSpec::Unknown(spec)) => {
            matches!(spec.surrogate, SurrogateSpec::Expression { .. })
        }
        _ => false,
    };
    let tangents = match setup.unknowns.iter().any(closed_form) {
        true => Vec::new(),
        false => nominal.grid_tangents()?,
    };
    let diagnosis = examine(&sensitivity, &tangents, tolerance)?;
    Ok(Examination { nominal, sensitivity, diagnosis })
}

/// The diagnosis of a fit to observations as they are.
pub(crate) fn of_fit(
    setup: &Setup,
    fit: &SteadyFit,
    measurements: &[Measurements],
) -> Option<Diagnosed> {
    let begin = Instant::now();
    let tolerance = setup.loaded.problem.diagnose.tolerance;
    let examination = examination(setup, fit.nominal().ok()?, tolerance).ok()?;
    let observed = measurements.iter().map(|m| intervals(setup, &m.kind)).collect();
    let experiments = measurements
        .iter()
        .enumerate()
        .map(|(index, m)| examined(setup, index, m.len(), m.in_words(), Made::Measured))
        .collect();
    let mut diagnosed = conclude(setup, &examination, "fit", experiments, observed);
    diagnosed.elapsed = begin.elapsed();
    Some(diagnosed)
}

/// What is concluded of functions that were recovered from dense exact states.
pub(crate) struct Conclusion {
    /// The diagnosis.
    pub diagnosed: Diagnosed,
    /// The posterior at the noise that was assumed.
    pub posterior: Option<Posterior>,
    /// The problem at these functions.
    pub nominal: Nominal,
}

/// The diagnosis of functions that were recovered from dense exact states.
pub(crate) fn of_values(loaded: &LoadedProblem, values: &[Vec<f64>]) -> Option<Conclusion> {
    let begin = Instant::now();
    let plan = DiagnosePlan { source: NominalChoice::Fit, ..DiagnosePlan::new(loaded).ok()? };
    let examination = plan.examine_at(values).ok()?;
    let mut diagnosed = plan.conclude(&examination);
    diagnosed.elapsed = begin.elapsed();
    let Examination { sensitivity, diagnosis, nominal } = examination;
    let posterior = Posterior::new(sensitivity.priors, diagnosis.covariance).ok();
    Some(Conclusion { diagnosed, posterior, nominal })
}

fn conclude(
    setup: &Setup,
    examination: &Examination,
    source: &'static str,
    experiments: Vec<ExaminedExperiment>,
    observed: Vec<Vec<[f64; 2]>>,
) -> Diagnosed {
    let Examination { sensitivity, diagnosis, .. } = examination;
    let evidence = Evidence { setup, sensitivity, diagnosis, observed, experiments: &experiments };
    let places: Vec<Places> =
        setup.unknowns.iter().map(|u| Places::new(&setup.model.slots()[u.unknown.slot])).collect();
    let unknowns = setup.unknowns.iter().enumerate().map(|(a, unknown)| {
        let found = &diagnosis.unknowns[a];
        let slot = &setup.model.slots()[unknown.unknown.slot];
        let prior = &sensitivity.priors[a];
        let modes = prior.modes.at(&places[a].x);
        let spread = &modes * &found.covariance;
        let sd: Vec<f64> = (0..modes.nrows())
            .map(|i| (spread.row(i) * modes.row(i).transpose()).max(0.0).sqrt())
            .collect();
        let own = prior.standard_deviations();
        let prior_sd = |i: usize| {
            let square = |(j, sd): (usize, &f64)| (sd * modes[(i, j)]).powi(2);
            own.iter().enumerate().map(square).sum::<f64>().sqrt()
        };
        // Of a closed form nothing was expected beforehand.
        let prior_sd = match prior.modes.closed_form() {
            Some(_) => sd.clone(),
            None => (0..modes.nrows()).map(prior_sd).collect(),
        };
        let mut nominal = places[a].take(&sensitivity.values[a]);
        if slot.gauge {
            let total: f64 = slot.weights.iter().sum();
            let weighted = sensitivity.values[a].iter().zip(&slot.weights);
            let mean = weighted.map(|(v, w)| v * w).sum::<f64>() / total;
            nominal.iter_mut().for_each(|value| *value -= mean);
        }
        ExaminedUnknown {
            name: unknown.name.into(),
            description: slot.description,
            argument: slot.argument,
            positive: unknown.positive,
            joint: found.joint,
            separate: found.separate,
            of: found.of,
            scale: found.scale,
            holds: None,
            reasons: evidence.reasons(a),
            x: places[a].x.clone(),
            nominal,
            sd,
            prior_sd,
            weakest: (0..setup.unknowns.len())
                .map(|b| {
                    if let Some(change) = &found.unseen_change {
                        return places[b].take(&change[b]);
                    }
                    let prior = &sensitivity.priors[b];
                    let sd = prior.standard_deviations();
                    let z = &found.weakest[sensitivity.columns[b].clone()];
                    let c: Vec<f64> = z.iter().zip(&sd).map(|(z, sd)| z * sd).collect();
                    let g = prior.modes.at(&places[b].x) * faer::ColRef::from_slice(&c);
                    g.iter().copied().collect()
                })
                .collect(),
        }
    });
    Diagnosed {
        stop: Stop::Converged,
        nominal: NominalSource { source, draws: None, without_state: 0 },
        tolerance: setup.loaded.problem.diagnose.tolerance,
        unknowns: unknowns.collect(),
        joint: diagnosis.joint,
        of: sensitivity.jacobian.ncols(),
        spectrum: diagnosis.spectrum.clone(),
        shares: diagnosis.shares.clone(),
        modes: evidence.kernel_modes(),
        remarks: evidence.remarks(),
        profiles: Vec::new(),
        experiments,
        elapsed: std::time::Duration::ZERO,
    }
}

/// Points of the whole domain of a function, in order, from the points of its slot.
pub(crate) struct Places {
    pub(crate) x: Vec<f64>,
    from: Vec<usize>,
    sign: Vec<f64>,
}

impl Places {
    pub(crate) fn new(slot: &Slot) -> Self {
        if slot.argument == Argument::None {
            return Self { x: vec![0.0], from: vec![0], sign: vec![1.0] };
        }
        let mut places: Vec<Place> = slot
            .points
            .iter()
            .enumerate()
            .map(|(from, x)| Place { x: x[0], from, sign: 1.0 })
            .collect();
        if slot.symmetry != Symmetry::None {
            let sign = if slot.symmetry == Symmetry::Odd { -1.0 } else { 1.0 };
            let mirrored: Vec<Place> = places
                .iter()
                .filter(|p| p.x != 0.0)
                .map(|p| Place { x: -p.x, from: p.from, sign })
                .collect();
            places.extend(mirrored);
        }
        places.sort_by(|a, b| a.x.total_cmp(&b.x));
        Self {
            x: places.iter().map(|p| p.x).collect(),
            from: places.iter().map(|p| p.from).collect(),
            sign: places.iter().map(|p| p.sign).collect(),
        }
    }

    pub(crate) fn take(&self, values: &[f64]) -> Vec<f64> {
        self.from.iter().zip(&self.sign).map(|(&from, sign)| sign * values[from]).collect()
    }
}

struct Place {
    x: f64,
    from: usize,
    sign: f64,
}
