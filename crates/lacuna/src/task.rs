//! What `recover` will do with a problem: which formulation its data call for. Closed forms are always
//! fitted to the data as they are, by maximum likelihood.

use std::sync::atomic::{AtomicBool, Ordering};

use lacuna_core::{Flow, Stop};

use crate::data::Measurements;
use crate::problem::{
    ExperimentSpec, Formulation, FunctionSpec, LoadedProblem, SurrogateSpec, UnknownFunction,
};
use crate::{Error, Plan, Recovery, Result, Setup, SteadyPlan};

/// One iterate of one restart, as reported while a recovery runs.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Index of the restart.
    pub restart: usize,
    /// How many there are.
    pub restarts: usize,
    /// Iterations done in it.
    pub iteration: usize,
    /// Its cost ½ ‖r‖².
    pub cost: f64,
}

/// `watch`, which once it has said no keeps to it: what is left to do is then left out, and `stopped` tells.
pub(crate) fn steadfast<'a, T>(
    watch: &'a (dyn Fn(&T) -> Flow + Sync),
    stopped: &'a AtomicBool,
) -> impl Fn(&T) -> Flow + Sync + 'a {
    move |progress| {
        if !stopped.load(Ordering::Relaxed) && watch(progress) == Flow::Stop {
            stopped.store(true, Ordering::Relaxed);
        }
        if stopped.load(Ordering::Relaxed) { Flow::Stop } else { Flow::Continue }
    }
}

/// A recovery, planned.
pub enum Task {
    /// From states that are known at the nodes.
    Field(Box<Plan>),
    /// From observations as they are.
    Steady(Box<SteadyPlan>),
}

impl Task {
    /// Reads the data and decides: values that are dense and show that they are exact are taken at
    /// the nodes of the grid, all other observations are fitted as they are (`steady-state`).
    ///
    /// # Errors
    /// If the data cannot be read or do not suit the equation or the formulation.
    pub fn new(loaded: &LoadedProblem) -> Result<Self> {
        loaded.require_recoverable()?;
        let loaded = loaded.in_computing_units()?;
        let loaded = loaded.as_ref();
        match loaded.problem.fit.formulation {
            Formulation::SteadyState => SteadyPlan::new(loaded).map(Self::steady),
            // Parameters are wanted with their intervals, from exact data too.
            Formulation::Auto if is_parametric(loaded) => SteadyPlan::new(loaded).map(Self::steady),
            Formulation::Auto => {
                let measurements = loaded.measurements()?;
                if measurements.iter().all(Measurements::is_exact) {
                    return Self::at_the_nodes(loaded);
                }
                let mut plan = SteadyPlan::new(loaded)?;
                plan.warnings.extend(not_shown_exact(loaded, &measurements));
                Ok(Self::steady(plan))
            }
            _ => Self::at_the_nodes(loaded),
        }
    }

    fn at_the_nodes(loaded: &LoadedProblem) -> Result<Self> {
        Plan::new(loaded).map(|plan| Self::Field(Box::new(plan)))
    }

    fn steady(plan: SteadyPlan) -> Self {
        Self::Steady(Box::new(plan))
    }

    /// Carries it out. `watch` sees every iterate of every restart, from several threads, and may
    /// stop the run; the best result so far is then returned.
    ///
    /// States taken as exact that the recovered equation misses by more than their noise are fitted
    /// again as they are, with the noise unknown.
    ///
    /// # Errors
    /// If no restart could be evaluated.
    pub fn run(&self, watch: &(dyn Fn(&Progress) -> Flow + Sync)) -> Result<Recovery> {
        let mut recovery = self.found(watch).map_err(Error::while_working)?;
        if let Some(what) = recovery.not_finite() {
            recovery.stop = Stop::NonFinite;
            recovery
                .warnings
                .insert(0, format!("{what} is not finite: nothing here is to be used"));
        }
        Ok(recovery)
    }

    fn found(&self, watch: &(dyn Fn(&Progress) -> Flow + Sync)) -> Result<Recovery> {
        let plan = match self {
            Self::Field(plan) => plan,
            Self::Steady(plan) => return plan.run(watch),
        };
        let recovery = plan.run(watch)?;
        let loaded = &plan.setup.loaded;
        let is_own_choice = loaded.problem.fit.formulation == Formulation::Auto;
        let missed = if recovery.stop == Stop::Interrupted { None } else { plan.misses(&recovery) };
        let Some(missed) = missed.filter(|_| is_own_choice) else { return Ok(recovery) };
        let mut again = SteadyPlan::new(loaded)?;
        again.warnings.push(format!(
            "{missed}, and yet neighbouring values agree as exact ones do: the equation, a known \
             function or a condition may be wrong, or the class of an unknown function too coarse; \
             fitted again as `{}`, with the difference as noise of unknown level",
            Formulation::SteadyState
        ));
        let mut recovery =
            again.run(watch).map(|r| Recovery { elapsed: recovery.elapsed + r.elapsed, ..r })?;
        recovery.warnings.dedup();
        Ok(recovery)
    }

    /// The problem, with what was read of its files.
    pub fn loaded(&self) -> &LoadedProblem {
        &self.setup().loaded
    }

    /// The problem, ready to compute.
    pub fn setup(&self) -> &Setup {
        match self {
            Self::Field(plan) => &plan.setup,
            Self::Steady(plan) => &plan.setup,
        }
    }

    /// How many starts there will be.
    pub fn restarts(&self) -> usize {
        match self {
            Self::Field(plan) => plan.restarts,
            Self::Steady(plan) => plan.restarts,
        }
    }

    /// Remarks a reader should see before the fit.
    pub fn warnings(&self) -> &[String] {
        match self {
            Self::Field(plan) => &plan.warnings,
            Self::Steady(plan) => &plan.warnings,
        }
    }

    /// What will be done, in a sentence.
    pub fn method(&self) -> String {
        match self {
            Self::Field(plan) => {
                let starts = match plan.restarts {
                    1 => "one direct solve or start".into(),
                    n => format!("best of {n} random starts"),
                };
                let optimiser = plan.optimiser.name();
                format!("minimise the {} residual by {optimiser}, {starts}", plan.form)
            }
            Self::Steady(plan) => plan.method(),
        }
    }

    /// What is in force, defaults included, as names and values.
    pub fn settings(&self) -> Vec<(String, String)> {
        let setup = self.setup();
        let mut settings = vec![
            ("equation".to_string(), setup.model.name().to_string()),
            ("nodes".into(), setup.grid.len().to_string()),
        ];
        match self {
            Self::Field(plan) => settings.extend([
                ("formulation".into(), plan.form.to_string()),
                ("optimiser".into(), plan.optimiser.name().into()),
                ("restarts".into(), plan.restarts.to_string()),
                ("smoothness".into(), format!("{:e}", plan.smoothness)),
            ]),
            Self::Steady(plan) => settings.extend(plan.settings()),
        }
        settings
    }
}

/// Whether closed forms, and scalars beside them, are all that is unknown.
fn is_parametric(loaded: &LoadedProblem) -> bool {
    let mut unknown =
        loaded.problem.functions.values().filter_map(FunctionSpec::unknown).peekable();
    let is_form = |spec: &UnknownFunction| match &spec.surrogate {
        SurrogateSpec::Expression { parameters, .. } => !parameters.is_empty(),
        _ => false,
    };
    unknown.peek().is_some() && unknown.all(is_form)
}

/// What to say of dense values without a noise level that do not show that they are exact.
fn not_shown_exact(loaded: &LoadedProblem, measurements: &[Measurements]) -> Option<String> {
    let extent = loaded.problem.domain.extent();
    let unnamed = |(measured, spec): (&Measurements, &ExperimentSpec)| {
        let found = measured.roughness().filter(|_| {
            spec.noise.is_none() && measured.has_unknown_noise() && measured.is_dense(&extent)
        })?;
        let files: Vec<String> =
            measured.sources.iter().map(|path| path.display().to_string()).collect();
        let files = files.join(", ");
        Some(if found.is_noise {
            let kind = if found.is_proportional { "u" } else { "the rms of u" };
            format!("the values of {files} are rough, by about {:.1e} of {kind}", found.level)
        } else {
            format!("the values of {files} are too few or too uneven to show that they are exact")
        })
    };
    let said: Vec<String> =
        measurements.iter().zip(&loaded.problem.experiments).filter_map(unnamed).collect();
    (!said.is_empty()).then(|| {
        format!(
            "{}, and no noise level is given: it is taken as unknown and found with the functions; \
             write `noise` in the experiment, or a column `sd`, to give it; name the formulation \
             in [fit] if the values are exact",
            said.join("; ")
        )
    })
}

/// Recovers the unknown functions of a problem.
///
/// # Errors
/// As [`Task::new`] and [`Task::run`].
pub fn recover(
    loaded: &LoadedProblem,
    watch: &(dyn Fn(&Progress) -> Flow + Sync),
) -> Result<Recovery> {
    Task::new(loaded)?.run(watch)
}
