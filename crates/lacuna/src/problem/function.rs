//! `[functions.NAME]`: what is known of each function of the equation.
//!
//! A known function has one of `expression`, `table` or `model`; an unknown one has a `surrogate`,
//! the options of that surrogate beside it (or in its own table, `surrogate = { kind = "fourier",
//! modes = 16 }`), and perhaps a `symmetry` and `constraint`s.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fault::{Located, ProblemFault, Section};
use super::list::one_or_many;
use super::names::named_enum;
use super::prior::FunctionPrior;
use super::source::{RawModel, Source, TablePoints};

/// `[functions.NAME]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawFunction", into = "RawFunction")]
pub enum FunctionSpec {
    /// The function is given.
    Known(Source),
    /// The function is to be recovered.
    Unknown(UnknownFunction),
}

/// A function to be recovered.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownFunction {
    /// `surrogate` and its options: the class in which it is sought.
    pub surrogate: SurrogateSpec,
    /// `symmetry` under x → −x.
    pub symmetry: Symmetry,
    /// `constraint`, one or several; empty for none.
    pub constraints: Vec<Constraint>,
    /// `prior`: what of its prior is held fixed.
    pub prior: FunctionPrior,
}

/// A class of functions.
#[derive(Clone, Debug, PartialEq)]
pub enum SurrogateSpec {
    /// `network`: fully connected.
    Network {
        /// `hidden`: widths of the hidden layers; default `[16, 16]`.
        hidden: Vec<usize>,
        /// `activation` of the hidden layers.
        activation: Activation,
        /// `harmonics`: how many the inputs of a periodic function are expanded into; by default
        /// as the network has it.
        harmonics: Option<usize>,
    },
    /// `fourier`: a truncated Fourier series.
    Fourier {
        /// `modes`: the highest; default 32.
        modes: usize,
    },
    /// `spline`: a cubic spline.
    Spline {
        /// `knots`, uniform; default 20.
        knots: usize,
    },
    /// `expression`: a closed form with unknown parameters.
    Expression {
        /// `expression` in x and the parameters.
        expression: String,
        /// `parameters` and where their search starts.
        parameters: BTreeMap<String, f64>,
    },
}

named_enum! {
    /// The names of the classes.
    pub enum SurrogateKind {
        /// Fully connected network.
        Network = "network",
        /// Fourier series.
        Fourier = "fourier",
        /// Cubic spline.
        Spline = "spline",
        /// Closed form with parameters.
        Expression = "expression",
    }
}

named_enum! {
    /// Activation functions of a network.
    pub enum Activation {
        /// tanh z.
        Tanh = "tanh",
        /// log(1 + exp z).
        Softplus = "softplus",
        /// sin z.
        Sin = "sin",
    }
}

named_enum! {
    /// A symmetry under x → −x.
    pub enum Symmetry {
        /// None.
        None = "none",
        /// f(−x) = f(x).
        Even = "even",
        /// f(−x) = −f(x).
        Odd = "odd",
    }
}

impl From<Symmetry> for lacuna_core::Symmetry {
    fn from(symmetry: Symmetry) -> Self {
        match symmetry {
            Symmetry::None => Self::None,
            Symmetry::Even => Self::Even,
            Symmetry::Odd => Self::Odd,
        }
    }
}

named_enum! {
    /// What holds for a function by construction.
    pub enum Constraint {
        /// Nothing. Never in [`UnknownFunction::constraints`].
        None = "none",
        /// f > 0.
        Positive = "positive",
        /// ∫f = 0.
        ZeroMean = "zero-mean",
    }
}

impl SurrogateKind {
    /// The keys it understands beside `symmetry` and `constraint`.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Self::Network => &["hidden", "activation", "harmonics"],
            Self::Fourier => &["modes"],
            Self::Spline => &["knots"],
            Self::Expression => &["expression", "parameters"],
        }
    }
}

impl SurrogateSpec {
    /// The name of the class.
    pub fn kind(&self) -> SurrogateKind {
        match self {
            Self::Network { .. } => SurrogateKind::Network,
            Self::Fourier { .. } => SurrogateKind::Fourier,
            Self::Spline { .. } => SurrogateKind::Spline,
            Self::Expression { .. } => SurrogateKind::Expression,
        }
    }
}

impl Default for SurrogateSpec {
    fn default() -> Self {
        Self::Network { hidden: vec![16, 16], activation: Activation::Tanh, harmonics: None }
    }
}

impl From<SurrogateSpec> for UnknownFunction {
    fn from(surrogate: SurrogateSpec) -> Self {
        Self {
            surrogate,
            symmetry: Symmetry::None,
            constraints: Vec::new(),
            prior: FunctionPrior::default(),
        }
    }
}

impl FunctionSpec {
    /// Its surrogate and options if it is to be recovered.
    pub fn unknown(&self) -> Option<&UnknownFunction> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(unknown) => Some(unknown),
        }
    }
}

/// `[functions.NAME]` key by key, as written.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RawFunction {
    #[serde(skip_serializing_if = "Option::is_none")]
    surrogate: Option<RawSurrogate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<RawTable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<RawModel>,
    #[serde(flatten)]
    options: RawOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    symmetry: Option<Symmetry>,
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    constraint: Vec<Constraint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prior: Option<FunctionPrior>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct RawOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<BTreeMap<String, f64>>,
    #[serde(deserialize_with = "one_or_many_option", skip_serializing_if = "Option::is_none")]
    hidden: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activation: Option<Activation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    harmonics: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    knots: Option<usize>,
}

fn one_or_many_option<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<usize>>, D::Error> {
    one_or_many(deserializer).map(Some)
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum RawSurrogate {
    Name(SurrogateKind),
    Table {
        kind: SurrogateKind,
        #[serde(flatten)]
        options: RawOptions,
    },
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum RawTable {
    Path(PathBuf),
    Points(TablePoints),
}

impl RawOptions {
    /// The keys that are present.
    fn keys(&self) -> Vec<&'static str> {
        [
            ("expression", self.expression.is_some()),
            ("parameters", self.parameters.is_some()),
            ("hidden", self.hidden.is_some()),
            ("activation", self.activation.is_some()),
            ("harmonics", self.harmonics.is_some()),
            ("modes", self.modes.is_some()),
            ("knots", self.knots.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, present)| present.then_some(key))
        .collect()
    }

    /// These options, and `others` where these are silent.
    fn or(self, others: Self) -> Self {
        Self {
            expression: self.expression.or(others.expression),
            parameters: self.parameters.or(others.parameters),
            hidden: self.hidden.or(others.hidden),
            activation: self.activation.or(others.activation),
            harmonics: self.harmonics.or(others.harmonics),
            modes: self.modes.or(others.modes),
            knots: self.knots.or(others.knots),
        }
    }
}

/// A fault at a key of a function, relative to its table.
type FunctionResult<T> = Result<T, Located>;

impl RawFunction {
    /// Makes sense of the keys of `[functions.NAME]`; faults are located at `functions.NAME.key`.
    pub(super) fn read(self, name: &str) -> FunctionResult<FunctionSpec> {
        let at = |key: &str, fault| Located::new(format!("functions.{name}.{key}"), fault);
        let section = Section::new(&format!("functions.{name}"));
        let (kind, nested) = match self.surrogate {
            Some(RawSurrogate::Name(kind)) => (Some(kind), RawOptions::default()),
            Some(RawSurrogate::Table { kind, options }) => (Some(kind), options),
            None => (None, RawOptions::default()),
        };
        let nested_keys = nested.keys();
        let options = nested.or(self.options);

        let mut sources = Vec::new();
        let expression_is_option = kind == Some(SurrogateKind::Expression);
        for (key, present) in [
            ("surrogate", kind.is_some()),
            ("expression", options.expression.is_some() && !expression_is_option),
            ("table", self.table.is_some()),
            ("model", self.model.is_some()),
        ] {
            if present {
                sources.push(key);
            }
        }
        if let [_, second, ..] = sources[..] {
            let fault = ProblemFault::SeveralSources { section, keys: sources.clone() };
            return Err(at(second, fault));
        }

        let Some(kind) = kind else {
            let foreign = options
                .keys()
                .into_iter()
                .filter(|&key| key != "expression")
                .chain(self.symmetry.is_some().then_some("symmetry"))
                .chain((!self.constraint.is_empty()).then_some("constraint"))
                .chain(self.prior.is_some().then_some("prior"))
                .next();
            let source = match (options.expression, self.table, self.model) {
                (Some(expression), ..) => Source::Expression(expression),
                (_, Some(RawTable::Path(path)), _) => Source::Table(path),
                (_, Some(RawTable::Points(points)), _) => Source::Points(points),
                (.., Some(model)) => model.into(),
                (None, None, None) => {
                    let fault = ProblemFault::NoSource { section };
                    return Err(Located::new(format!("functions.{name}"), fault));
                }
            };
            return match foreign {
                Some(key) => Err(at(key, ProblemFault::OptionOfUnknown { key, section })),
                None => Ok(FunctionSpec::Known(source)),
            };
        };

        let foreign = options.keys().into_iter().find(|key| !kind.options().contains(key));
        if let Some(key) = foreign {
            let path = match nested_keys.contains(&key) {
                true => format!("surrogate.{key}"),
                false => key.to_owned(),
            };
            let owner = Self::owner(key);
            return Err(at(&path, ProblemFault::ForeignOption { key, owner, section, kind }));
        }
        let surrogate = match kind {
            SurrogateKind::Network => SurrogateSpec::Network {
                hidden: options.hidden.unwrap_or_else(|| vec![16, 16]),
                activation: options.activation.unwrap_or(Activation::Tanh),
                harmonics: options.harmonics,
            },
            SurrogateKind::Fourier => SurrogateSpec::Fourier { modes: options.modes.unwrap_or(32) },
            SurrogateKind::Spline => SurrogateSpec::Spline { knots: options.knots.unwrap_or(20) },
            SurrogateKind::Expression => {
                let missing = |key| ProblemFault::MissingKey {
                    key,
                    section: section.clone(),
                    example: "expression = \"a*cos(x)\"` and `parameters = { a = 1.0 }",
                };
                SurrogateSpec::Expression {
                    expression: options
                        .expression
                        .ok_or_else(|| at("surrogate", missing("expression")))?,
                    parameters: options
                        .parameters
                        .filter(|parameters| !parameters.is_empty())
                        .ok_or_else(|| at("surrogate", missing("parameters")))?,
                }
            }
        };
        let mut constraints = self.constraint;
        constraints.retain(|&constraint| constraint != Constraint::None);
        Ok(FunctionSpec::Unknown(UnknownFunction {
            surrogate,
            symmetry: self.symmetry.unwrap_or(Symmetry::None),
            constraints,
            prior: self.prior.unwrap_or_default(),
        }))
    }

    /// The surrogate an option belongs to.
    fn owner(key: &str) -> SurrogateKind {
        use SurrogateKind::{Expression, Fourier, Network, Spline};
        [Network, Fourier, Spline]
            .into_iter()
            .find(|kind| kind.options().contains(&key))
            .unwrap_or(Expression)
    }
}

impl TryFrom<RawFunction> for FunctionSpec {
    type Error = ProblemFault;

    fn try_from(raw: RawFunction) -> Result<Self, Self::Error> {
        raw.read("NAME").map_err(|located| *located.fault)
    }
}

impl From<FunctionSpec> for RawFunction {
    fn from(spec: FunctionSpec) -> Self {
        let mut raw = Self::default();
        match spec {
            FunctionSpec::Known(Source::Expression(text)) => raw.options.expression = Some(text),
            FunctionSpec::Known(Source::Table(path)) => raw.table = Some(RawTable::Path(path)),
            FunctionSpec::Known(Source::Points(p)) => raw.table = Some(RawTable::Points(p)),
            FunctionSpec::Known(Source::Model(path)) => raw.model = Some(RawModel::Path(path)),
            FunctionSpec::Known(Source::Saved(model)) => {
                raw.model = Some(RawModel::Here(Box::new(Arc::unwrap_or_clone(model))));
            }
            FunctionSpec::Unknown(unknown) => {
                raw.surrogate = Some(RawSurrogate::Name(unknown.surrogate.kind()));
                raw.options = unknown.surrogate.into();
                raw.symmetry = (unknown.symmetry != Symmetry::None).then_some(unknown.symmetry);
                raw.constraint = unknown.constraints;
                let none = FunctionPrior::default();
                raw.prior = (unknown.prior != none).then_some(unknown.prior);
            }
        }
        raw
    }
}

impl From<SurrogateSpec> for RawOptions {
    fn from(surrogate: SurrogateSpec) -> Self {
        let mut raw = Self::default();
        match surrogate {
            SurrogateSpec::Network { hidden, activation, harmonics } => {
                raw.hidden = Some(hidden);
                raw.activation = Some(activation);
                raw.harmonics = harmonics;
            }
            SurrogateSpec::Fourier { modes } => raw.modes = Some(modes),
            SurrogateSpec::Spline { knots } => raw.knots = Some(knots),
            SurrogateSpec::Expression { expression, parameters } => {
                raw.expression = Some(expression);
                raw.parameters = Some(parameters);
            }
        }
        raw
    }
}
