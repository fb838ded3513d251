//! What `recover` will do with a problem: which formulation its data call for. Closed forms are always
//! fitted to the data as they are, by maximum likelihood.

use lacuna_core::Flow;

use crate::data::Measurements;
use crate::problem::{Formulation, FunctionSpec, LoadedProblem, SurrogateSpec, UnknownFunction};
use crate::{Plan, Recovery, Result, Setup, SteadyPlan};

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

/// A recovery, planned.
pub enum Task {
    /// From states that are known at the nodes.
    Field(Box<Plan>),
    /// From observations as they are.
    Steady(Box<SteadyPlan>),
}

impl Task {
    /// Reads the data and decides: observations that are sparse, noisy or counted are fitted as
    /// they are (`steady-state`), dense exact states at the nodes of the grid.
    ///
    /// # Errors
    /// If the data cannot be read or do not suit the equation or the formulation.
    pub fn new(loaded: &LoadedProblem) -> Result<Self> {
        loaded.require_recoverable()?;
        match loaded.problem.fit.formulation {
            Formulation::SteadyState => Self::as_measured(loaded, None),
            // Parameters are wanted with their intervals, from exact data too.
            Formulation::Auto if is_parametric(loaded) => Self::as_measured(loaded, None),
            Formulation::Auto => {
                let measurements = loaded.measurements()?;
                let extent = loaded.problem.domain.extent();
                if measurements.iter().any(|m| !m.is_dense(&extent)) {
                    return Self::as_measured(loaded, None);
                }
                match measurements.iter().find(|m| m.looks_noisy()) {
                    Some(noisy) => Self::as_measured(loaded, Some(noisy)),
                    None => Self::at_the_nodes(loaded),
                }
            }
            _ => Self::at_the_nodes(loaded),
        }
    }

    fn at_the_nodes(loaded: &LoadedProblem) -> Result<Self> {
        Plan::new(loaded).map(|plan| Self::Field(Box::new(plan)))
    }

    /// `noisy` are the values that were said to be exact and do not look so.
    fn as_measured(loaded: &LoadedProblem, noisy: Option<&Measurements>) -> Result<Self> {
        let mut plan = SteadyPlan::new(loaded)?;
        if let Some(noisy) = noisy {
            let files: Vec<String> =
                noisy.sources.iter().map(|path| path.display().to_string()).collect();
            plan.warnings.push(format!(
                "the values of {} are rough as noise is, and no noise level is given: it is \
                 taken as unknown; write `noise` in the experiment, or the formulation, to say \
                 otherwise",
                files.join(", ")
            ));
        }
        Ok(Self::Steady(Box::new(plan)))
    }

    /// Carries it out. `watch` sees every iterate of every restart, from several threads, and may
    /// stop the run; the best result so far is then returned.
    ///
    /// # Errors
    /// If no restart could be evaluated.
    pub fn run(&self, watch: &(dyn Fn(&Progress) -> Flow + Sync)) -> Result<Recovery> {
        match self {
            Self::Field(plan) => plan.run(watch),
            Self::Steady(plan) => plan.run(watch),
        }
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
