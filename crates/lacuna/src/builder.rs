//! Problems made in Rust rather than read from a file.

use std::collections::BTreeMap;

use crate::data::StateData;
use crate::problem::{
    Boundary, DomainSpec, ExperimentSpec, FitSpec, FunctionSpec, LoadedProblem, ModelKind,
    ModelSpec, Problem, ScalarSpec, SolveSpec, Source, UnknownFunction,
};
use crate::{Flow, Recovery, Result, Setup, SolvedState, Task};

/// A problem under construction; see [`aggregation_diffusion`].
#[derive(Clone, Debug)]
pub struct ProblemBuilder {
    problem: Problem,
    states: Vec<Option<(Vec<f64>, Vec<f64>)>>,
}

/// Starts a problem for ∂_t u = ∇·(σ∇u + κ u ∇(W*u) + u ∇V) at its steady states.
///
/// Two states of one equation, computed here, determine the kernel and the potential:
///
/// ```
/// use lacuna::problem::{SurrogateSpec, Symmetry, UnknownFunction};
/// use lacuna::aggregation_diffusion;
///
/// // Observations: steady states of a known equation, at two couplings.
/// let truth = aggregation_diffusion(0.1)
///     .domain(0.0, 1.0, 128)
///     .known("W", "-cos(2*pi*x)")
///     .known("V", "0.1*sin(2*pi*x)");
/// let states = truth.clone().condition("coupling", 0.1).condition("coupling", 0.2).solve()?;
///
/// // Recovery: neither function is known, the states are.
/// let even = UnknownFunction {
///     symmetry: Symmetry::Even,
///     ..UnknownFunction::from(SurrogateSpec::Fourier { modes: 8 })
/// };
/// let recovery = aggregation_diffusion(0.1)
///     .domain(0.0, 1.0, 128)
///     .unknown("W", even)
///     .unknown("V", SurrogateSpec::Fourier { modes: 8 })
///     .state(&states[0].x, &states[0].u, &[("coupling", 0.1)])
///     .state(&states[1].x, &states[1].u, &[("coupling", 0.2)])
///     .truth("W", "-cos(2*pi*x)")
///     .recover()?;
/// assert!(recovery.functions[0].relative_l2_error.unwrap() < 1e-8);
/// # Ok::<(), lacuna::Error>(())
/// ```
pub fn aggregation_diffusion(diffusion: f64) -> ProblemBuilder {
    let builder = ProblemBuilder::new(ModelKind::AggregationDiffusion, Boundary::Periodic);
    builder.scalar("diffusion", ScalarSpec::Known(diffusion))
}

/// Starts a problem for −(a u')' + k u = f with given values at the ends.
pub fn diffusion_reaction() -> ProblemBuilder {
    ProblemBuilder::new(ModelKind::DiffusionReaction, Boundary::Dirichlet)
}

impl ProblemBuilder {
    fn new(kind: ModelKind, boundary: Boundary) -> Self {
        let problem = Problem {
            model: ModelSpec { kind, scalars: BTreeMap::new() },
            domain: DomainSpec::new(boundary),
            functions: BTreeMap::new(),
            experiments: Vec::new(),
            fit: FitSpec::default(),
            prior: Default::default(),
            bands: Default::default(),
            diagnose: Default::default(),
            design: Default::default(),
            branches: Default::default(),
            solve: SolveSpec::default(),
            truth: BTreeMap::new(),
        };
        Self { problem, states: Vec::new() }
    }

    /// The domain [origin, origin + length] in `cells` cells.
    #[must_use]
    pub fn domain(mut self, origin: f64, length: f64, cells: usize) -> Self {
        self.problem.domain = DomainSpec {
            origin: vec![origin],
            length: vec![length],
            cells: vec![cells],
            ..self.problem.domain
        };
        self
    }

    /// A scalar of the equation, known or not.
    #[must_use]
    pub fn scalar(mut self, name: &str, value: ScalarSpec) -> Self {
        self.problem.model.scalars.insert(name.into(), value);
        self
    }

    /// A known function, as an expression in x.
    #[must_use]
    pub fn known(mut self, name: &str, expression: &str) -> Self {
        let known = FunctionSpec::Known(Source::Expression(expression.into()));
        self.problem.functions.insert(name.into(), known);
        self
    }

    /// An unknown function and the class in which it is sought.
    #[must_use]
    pub fn unknown(mut self, name: &str, class: impl Into<UnknownFunction>) -> Self {
        self.problem.functions.insert(name.into(), FunctionSpec::Unknown(class.into()));
        self
    }

    /// An observed state u at points x, and the scalars that differ in its experiment.
    #[must_use]
    pub fn state(self, x: &[f64], u: &[f64], scalars: &[(&str, f64)]) -> Self {
        self.push_experiment(scalars, Some((x.to_vec(), u.to_vec())))
    }

    /// An experiment without data, in which one scalar differs: to solve for.
    #[must_use]
    pub fn condition(self, name: &str, value: f64) -> Self {
        self.push_experiment(&[(name, value)], None)
    }

    fn push_experiment(
        mut self,
        scalars: &[(&str, f64)],
        state: Option<(Vec<f64>, Vec<f64>)>,
    ) -> Self {
        let scalars = scalars.iter().map(|&(name, value)| (name.to_string(), value)).collect();
        self.problem.experiments.push(ExperimentSpec { scalars, ..ExperimentSpec::default() });
        self.states.push(state);
        self
    }

    /// The true function behind an unknown, as an expression, to report errors against.
    #[must_use]
    pub fn truth(mut self, name: &str, expression: &str) -> Self {
        self.problem.truth.insert(name.into(), Source::Expression(expression.into()));
        self
    }

    /// How the unknowns are found.
    #[must_use]
    pub fn fit(mut self, fit: FitSpec) -> Self {
        self.problem.fit = fit;
        self
    }

    /// The problem, checked.
    ///
    /// # Errors
    /// If it is not valid, or a state cannot be used.
    pub fn build(self) -> Result<LoadedProblem> {
        let extent = self.problem.domain.extent();
        let mut loaded = LoadedProblem::new(self.problem, "")?;
        for (index, state) in self.states.into_iter().enumerate() {
            if let Some((x, u)) = state {
                let name = format!("state {}", index + 1);
                let data = StateData::from_points(&name, x, u, None, &extent)?;
                loaded.states.insert(index, data);
            }
        }
        Ok(loaded)
    }

    /// Recovers the unknowns.
    ///
    /// # Errors
    /// As [`build`](Self::build) and [`crate::recover`].
    pub fn recover(self) -> Result<Recovery> {
        Task::new(&self.build()?)?.run(&|_| Flow::Continue)
    }

    /// Solves for the steady state of every experiment.
    ///
    /// # Errors
    /// As [`build`](Self::build) and [`crate::solve`](crate::solve()).
    pub fn solve(self) -> Result<Vec<SolvedState>> {
        let setup = Setup::new(&self.build()?)?;
        crate::solve(&setup, &[], &mut |_, _| Flow::Continue)
    }
}
