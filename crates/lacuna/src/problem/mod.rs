//! The problem file: an equation, what is known of its functions, and the experiments.
//!
//! A [`Problem`] is the content of `problem.toml` with all defaults filled in. It is read in four
//! steps, each with its own errors: TOML syntax; keys and shapes (`schema`); the meaning of
//! function keys; values ([`Problem::validate`]). As JSON, in `model.json`, it has the same keys.

mod branches;
mod check_design;
mod check_size;
mod check_unknown;
mod design;
mod diagnose;
mod domain;
mod experiment;
mod fault;
mod fit;
mod format;
mod function;
mod list;
mod loaded;
mod location;
mod model;
mod names;
mod nearest;
mod observation;
mod prior;
mod profile;
mod read;
mod reads;
mod schema;
mod shape;
mod source;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use branches::BranchesSpec;
pub use design::{DesignCriterion, DesignExperiment, DesignNoise, DesignSpec, FunctionalSpec};
pub use diagnose::{DiagnoseSpec, NominalChoice};
pub use domain::{Boundary, DomainSpec, Unit};
pub use experiment::{ExperimentSpec, PlannedPoints};
pub use fault::{ProblemFault, Section};
pub use fit::{FitSpec, Formulation, Optimiser, SolveSpec};
pub use format::MissingValue;
pub(crate) use format::TableFormat;
pub use function::{
    Activation, Constraint, FunctionSpec, SurrogateKind, SurrogateSpec, Symmetry, UnknownFunction,
};
pub use loaded::LoadedProblem;
pub use location::Locations;
pub use model::{Base, ModelKind, ModelSpec, ScalarSpec, Unknown};
pub use nearest::Suggestion;
pub(crate) use nearest::quoted;
pub(crate) use observation::StudentNoise;
pub use observation::{NoiseSpec, NoiseTable, ObservationKind, STUDENT_FREEDOM, UnknownNoise};
pub use prior::{BandMethod, BandsSpec, FunctionPrior, PriorChoice, PriorSpec};
pub use profile::{ProfileSpec, WaveName};
pub(crate) use reads::Kept;
pub use source::{Source, TablePoints};

/// A problem: the content of `problem.toml`.
///
/// ```
/// use lacuna::problem::{FunctionSpec, Problem};
///
/// let text = r#"
/// [model]
/// kind = "aggregation-diffusion"
/// diffusion = 0.1
///
/// [domain]
/// boundary = "periodic"
///
/// [functions.W]
/// surrogate = "network"
/// symmetry = "even"
///
/// [functions.V]
/// expression = "0.1*sin(2*pi*x)"
/// "#;
/// let loaded = Problem::from_str(text, ".".as_ref())?;
/// assert_eq!(loaded.problem.domain.cells, [256]);
/// assert!(matches!(loaded.problem.functions["W"], FunctionSpec::Unknown(_)));
/// # Ok::<(), lacuna::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// `[model]`: which equation, and its scalars.
    pub model: ModelSpec,
    /// `[domain]`: where it holds.
    pub domain: DomainSpec,
    /// `[functions.NAME]`: what is known of each of its functions.
    #[serde(default)]
    pub functions: BTreeMap<String, FunctionSpec>,
    /// `[[experiments]]`: steady states under known conditions.
    #[serde(default)]
    pub experiments: Vec<ExperimentSpec>,
    /// `[fit]`: how the unknowns are found.
    #[serde(default)]
    pub fit: FitSpec,
    /// `[prior]`: what is assumed of the unknown functions.
    #[serde(default)]
    pub prior: PriorSpec,
    /// `[bands]`: how uncertain they are.
    #[serde(default)]
    pub bands: BandsSpec,
    /// `[diagnose]`: whether the data determine the unknowns.
    #[serde(default)]
    pub diagnose: DiagnoseSpec,
    /// `[design]`: what to measure next.
    #[serde(default, skip_serializing_if = "DesignSpec::is_default")]
    pub design: DesignSpec,
    /// `[solve]`: how steady states are found.
    #[serde(default)]
    pub solve: SolveSpec,
    /// `[branches]`: which steady states are followed along a scalar.
    #[serde(default)]
    pub branches: BranchesSpec,
    /// `[truth]`: for benchmarks, what should be recovered.
    #[serde(default)]
    pub truth: BTreeMap<String, Source>,
}

impl Problem {
    /// Gives a scalar of the equation a value, in every experiment.
    ///
    /// # Errors
    /// If the equation has no such scalar, or it cannot have this value.
    pub fn set_scalar(&mut self, name: &str, value: f64) -> crate::Result<()> {
        let names = self.model.kind.scalars().iter().map(|scalar| scalar.name);
        if !names.clone().any(|scalar| scalar == name) {
            let suggestion = Suggestion::new(name, names);
            return Err(crate::Error::NoScalar { name: name.into(), suggestion });
        }
        self.model.scalars.insert(name.into(), ScalarSpec::Known(value));
        for experiment in &mut self.experiments {
            experiment.scalars.remove(name);
        }
        self.validate()
    }

    /// Whether an unknown is kept positive: as the equation needs it, or as the problem says.
    pub fn is_positive(&self, name: &str) -> bool {
        let of_equation = self.model.kind.part(name).is_some_and(|part| part.positive);
        if let Some(ScalarSpec::Unknown { positive, .. }) = self.model.scalars.get(name) {
            return positive.unwrap_or(of_equation);
        }
        let spec = self.functions.get(name).and_then(FunctionSpec::unknown);
        of_equation || spec.is_some_and(|spec| spec.constraints.contains(&Constraint::Positive))
    }

    /// The names of the unknown functions and scalars, in the order of the equation.
    pub fn unknowns(&self) -> Vec<&'static str> {
        let kind = self.model.kind;
        let is_unknown_function =
            |name| matches!(self.functions.get(name), Some(FunctionSpec::Unknown(_)));
        let is_unknown_scalar =
            |name| matches!(self.model.scalars.get(name), Some(ScalarSpec::Unknown { .. }));
        let functions =
            kind.functions().iter().map(|f| f.name).filter(|name| is_unknown_function(*name));
        let scalars = kind.scalars().iter().map(|s| s.name).filter(|name| is_unknown_scalar(*name));
        functions.chain(scalars).collect()
    }
}
