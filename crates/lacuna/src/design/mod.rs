//! What to measure next: the best points of existing and possible experiments under a budget.
//!
//! The problem is linearised at several plausible truths (`truths.rs`): a quick fit to the data there
//! are and draws from its posterior, or draws from the prior. Data that exist count as measured. Rows
//! of possible measurements (`candidates.rs`) and what is wanted of them (`goal.rs`) go to
//! [`lacuna_identify::design`], which chooses and bounds.

mod candidates;
mod goal;
mod predicted;
mod result;
mod truths;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use lacuna_core::{Flow, Stop};
use lacuna_fit::SteadyUnknown;
use lacuna_identify::design::{
    Candidate, Criterion, DesignError, DesignOptions, DesignProblem, Group, LinearTruth, choose,
};

use self::candidates::{CandidateExperiment, NoiseLevel};
use self::goal::Goal;
pub use self::result::{
    BandBeforeAndAfter, ChosenPoint, DESIGN_SCHEMA, DesignSummary, Designed, DesignedExperiment,
    DesignedUnknown, Expected,
};
use self::truths::{Linearised, Source};
use crate::diagnose::plan::{PlannedExperiment, unknowns};
use crate::problem::{DesignCriterion, LoadedProblem, NominalChoice, ProblemFault};
use crate::task::steadfast;
use crate::{Error, Result, Setup};

/// What [`DesignPlan::run`] reports while it works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DesignProgress {
    /// What is being done.
    pub stage: &'static str,
    /// How much of it is done: truths, or measurements in the design; 0 where that says nothing.
    pub done: usize,
    /// The criterion of the best design so far, or the bound; not a number before there is one.
    pub value: f64,
}

/// What a design will be made of, before it is made.
pub struct DesignPlan {
    /// The problem, ready to compute, with an experiment for every candidate.
    pub setup: Setup,
    unknowns: Vec<SteadyUnknown>,
    measured: Vec<MeasuredExperiment>,
    candidates: Vec<CandidateExperiment>,
    source: Source,
    noise: NoiseLevel,
    goal: Goal,
}

/// An experiment with data.
struct MeasuredExperiment {
    index: usize,
    plan: PlannedExperiment,
}

impl DesignPlan {
    /// Reads `[design]` and the data there are.
    ///
    /// # Errors
    /// If nothing is unknown, data cannot be read, or what is nominal is not there.
    pub fn new(loaded: &LoadedProblem) -> Result<Self> {
        if loaded.problem.unknowns().is_empty() {
            return Err(loaded.error("", ProblemFault::NothingUnknown));
        }
        let loaded = loaded.in_computing_units()?;
        let loaded = loaded.as_ref();
        let extended = candidates::extend(loaded);
        let setup = Setup::new(&extended.loaded)?;
        let mut measured = Vec::new();
        for index in 0..loaded.problem.experiments.len() {
            let plan = PlannedExperiment::new(&setup, index)?;
            if plan.has_data {
                measured.push(MeasuredExperiment { index, plan });
            }
        }
        let candidates = extended
            .candidates
            .iter()
            .map(|candidate| CandidateExperiment::new(&setup, candidate))
            .collect::<Result<Vec<_>>>()?;
        let spec = &loaded.problem.design;
        let cheapest = candidates.iter().map(|c| spec.cost + c.cost).fold(f64::INFINITY, f64::min);
        if cheapest > spec.budget {
            let source = DesignError::Budget { budget: spec.budget, cheapest };
            return Err(Error::Design { place: loaded.place("design.budget"), source });
        }
        let missing = setup.unknowns.iter().find(|u| !loaded.problem.truth.contains_key(u.name));
        let refused = |nominal, needs: String| {
            loaded.error("design.nominal", ProblemFault::NoNominal { nominal, needs })
        };
        let source = match (loaded.problem.design.nominal, missing) {
            (NominalChoice::Truth, Some(unknown)) => {
                let needs = format!("a line `{} = …` in [truth]", unknown.name);
                return Err(refused("truth", needs));
            }
            (NominalChoice::Truth, None) => Source::Truth,
            (NominalChoice::Fit, _) if measured.is_empty() => {
                return Err(refused("fit", "an experiment with `data`".to_owned()));
            }
            (NominalChoice::Fit, _) => Source::Fit,
            (NominalChoice::Auto, _) if !measured.is_empty() => Source::Fit,
            (NominalChoice::Auto | NominalChoice::Prior, _) => Source::Prior,
        };
        let noise = NoiseLevel::new(loaded)?;
        let goal = Goal::new(&setup)?;
        let unknowns = unknowns(&setup);
        Ok(Self { setup, unknowns, measured, candidates, source, noise, goal })
    }

    /// What will be done, in a sentence.
    pub fn method(&self) -> String {
        let spec = &self.setup.loaded.problem.design;
        let points: usize = self.candidates.iter().map(|c| c.x.len()).sum();
        let truths = match self.source {
            Source::Truth => "at [truth]".to_owned(),
            Source::Fit => format!("for {} truths around a fit to the data", spec.truths),
            Source::Prior => format!("for {} truths drawn from the prior", spec.truths),
        };
        format!(
            "choose among {points} points of {} experiments with a budget of {}, criterion {}, \
             {truths}, noise {}",
            self.candidates.len(),
            spec.budget,
            spec.criterion,
            self.noise.in_words(self.setup.units())
        )
    }

    /// Carries it out. `watch` may stop it: the best design so far is then returned.
    ///
    /// # Errors
    /// If no truth has steady states, or the budget pays for nothing.
    pub fn run(&self, watch: &(dyn Fn(&DesignProgress) -> Flow + Sync)) -> Result<Designed> {
        self.designed(watch).map_err(Error::while_working)
    }

    fn designed(&self, watch: &(dyn Fn(&DesignProgress) -> Flow + Sync)) -> Result<Designed> {
        let begin = Instant::now();
        let stopped = AtomicBool::new(false);
        let watch = &steadfast(watch, &stopped);
        let truths = self.truths(watch)?;
        let problem = self.problem(&truths.linearised);
        let mut ask = |step: &lacuna_identify::design::DesignStep| {
            let progress =
                DesignProgress { stage: step.stage, done: step.measurements, value: step.value };
            if truths.interrupted { Flow::Stop } else { watch(&progress) }
        };
        let chosen = choose(&problem, &DesignOptions::default(), &mut ask)
            .map_err(|source| Error::Design { place: self.setup.loaded.place("design"), source })?;
        let mut designed = self.conclude(&truths, &problem, chosen);
        if truths.interrupted || stopped.load(Ordering::Relaxed) {
            designed.stop = Stop::Interrupted;
        }
        designed.elapsed = begin.elapsed();
        Ok(self.setup.designed_as_given(designed))
    }

    /// The linear algebra.
    fn problem(&self, truths: &[Linearised]) -> DesignProblem {
        let spec = &self.setup.loaded.problem.design;
        let groups = self.candidates.iter().map(|c| Group { cost: c.cost }).collect();
        let candidates = self.candidates.iter().enumerate().flat_map(|(group, c)| {
            c.x.iter().map(move |_| Candidate {
                group,
                cost: spec.cost,
                replicates: spec.replicates,
            })
        });
        let linear = truths.iter().map(|truth| LinearTruth {
            information: truth.information.clone(),
            directions: truth.directions.clone(),
            goal: self.goal.matrix(&truth.priors, &truth.values),
        });
        DesignProblem {
            groups,
            candidates: candidates.collect(),
            truths: linear.collect(),
            criterion: match spec.criterion {
                DesignCriterion::A | DesignCriterion::Functional => Criterion::Trace,
                DesignCriterion::D => Criterion::LogDet,
                DesignCriterion::E => Criterion::Largest,
            },
            budget: spec.budget,
        }
    }
}

/// Chooses what to measure next.
///
/// # Errors
/// As [`DesignPlan::new`] and [`DesignPlan::run`].
pub fn design(
    loaded: &LoadedProblem,
    watch: &(dyn Fn(&DesignProgress) -> Flow + Sync),
) -> Result<Designed> {
    DesignPlan::new(loaded)?.run(watch)
}
