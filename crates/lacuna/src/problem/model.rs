//! `[model]`: which equation, and its scalars.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::domain::Boundary;
use super::names::named_enum;
use crate::units::Dimension;

named_enum! {
    /// The equations.
    pub enum ModelKind {
        /// ∂t u = ∇·(σ∇u + κ u ∇(W∗u) + u ∇V), mass ∫u given, at its steady state.
        AggregationDiffusion = "aggregation-diffusion",
        /// −∇·(a∇u) + k u = f.
        DiffusionReaction = "diffusion-reaction",
    }
}

/// A function or scalar of an equation, as the problem file names it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unknown {
    /// Its key.
    pub name: &'static str,
    /// One phrase for people.
    pub description: &'static str,
    /// Whether it has to be positive.
    pub positive: bool,
    /// Its value when the problem does not give it.
    pub default: Option<f64>,
    /// Its unit.
    pub dimension: Dimension,
    /// The base unit that is taken from it, if one is.
    pub sets: Option<Base>,
}

/// A base unit that follows from a part of the equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Time, from a rate.
    Time,
    /// The coupling.
    Coupling,
}

const fn part(name: &'static str, description: &'static str, dimension: Dimension) -> Unknown {
    Unknown { name, description, positive: false, default: None, dimension, sets: None }
}

impl Unknown {
    const fn positive(self) -> Self {
        Self { positive: true, ..self }
    }

    const fn or(self, default: f64) -> Self {
        Self { default: Some(default), ..self }
    }

    const fn setting(self, base: Base) -> Self {
        Self { sets: Some(base), ..self }
    }
}

const NUMBER: Dimension = Dimension { length: 0, time: 0, state: 0, coupling: 0 };
const RATE: Dimension = Dimension { time: -1, ..NUMBER };
const DIFFUSION: Dimension = Dimension { length: 2, ..RATE };

impl ModelKind {
    /// All equations.
    pub const ALL: [Self; 2] = [Self::AggregationDiffusion, Self::DiffusionReaction];

    /// Its functions, each of which the problem has to give.
    pub fn functions(self) -> &'static [Unknown] {
        const OF_KERNEL: Dimension = Dimension { length: 1, state: -1, coupling: -1, ..RATE };
        const W: Unknown = part("W", "interaction kernel", OF_KERNEL);
        const V: Unknown = part("V", "external potential", DIFFUSION);
        const A: Unknown = part("a", "conductivity", DIFFUSION).positive().setting(Base::Time);
        const K: Unknown = part("k", "reaction rate", RATE).setting(Base::Time);
        const OF_SOURCE: Dimension = Dimension { state: 1, ..RATE };
        const F: Unknown = part("f", "source", OF_SOURCE).setting(Base::Time);
        match self {
            Self::AggregationDiffusion => &[W, V],
            Self::DiffusionReaction => &[A, K, F],
        }
    }

    /// Its scalars: keys of `[model]` and of each experiment.
    pub fn scalars(self) -> &'static [Unknown] {
        const SIGMA: Unknown =
            part("diffusion", "diffusion coefficient σ", DIFFUSION).positive().setting(Base::Time);
        const OF_COUPLING: Dimension = Dimension { coupling: 1, ..NUMBER };
        const KAPPA: Unknown =
            part("coupling", "interaction strength κ", OF_COUPLING).or(1.0).setting(Base::Coupling);
        match self {
            Self::AggregationDiffusion => &[SIGMA, KAPPA],
            Self::DiffusionReaction => &[],
        }
    }

    /// Its functions and scalars.
    pub fn parts(self) -> impl Iterator<Item = Unknown> {
        self.functions().iter().chain(self.scalars()).copied()
    }

    /// One of them, by its key.
    pub fn part(self, name: &str) -> Option<Unknown> {
        self.parts().find(|part| part.name == name)
    }

    /// The boundary it is posed with.
    pub fn boundary(self) -> Boundary {
        match self {
            Self::AggregationDiffusion => Boundary::Periodic,
            Self::DiffusionReaction => Boundary::Dirichlet,
        }
    }

    /// Whether the state is a density, whose mass is given.
    pub fn is_density(self) -> bool {
        self == Self::AggregationDiffusion
    }
}

/// `[model]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// `kind`: which equation.
    pub kind: ModelKind,
    /// Every other key is a scalar of the equation: `diffusion`, `coupling`.
    #[serde(flatten)]
    pub scalars: BTreeMap<String, ScalarSpec>,
}

/// A scalar of an equation: `0.1`, or `{ unknown = true, initial = 0.2 }`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawScalar", into = "RawScalar")]
pub enum ScalarSpec {
    /// A known value.
    Known(f64),
    /// To be recovered.
    Unknown {
        /// `initial`: where the search starts; default 1.
        initial: f64,
        /// `positive`: whether it is kept positive. By default as the equation needs it; see
        /// `Unknown::positive`.
        positive: Option<bool>,
    },
}

impl ScalarSpec {
    /// The value if it is known.
    pub fn known(self) -> Option<f64> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown { .. } => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum RawScalar {
    Known(f64),
    Unknown {
        #[serde(default)]
        unknown: bool,
        #[serde(default = "one")]
        initial: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        positive: Option<bool>,
    },
}

fn one() -> f64 {
    1.0
}

impl TryFrom<RawScalar> for ScalarSpec {
    type Error = &'static str;

    fn try_from(raw: RawScalar) -> Result<Self, Self::Error> {
        match raw {
            RawScalar::Known(value) => Ok(Self::Known(value)),
            RawScalar::Unknown { unknown: true, initial, positive } => {
                Ok(Self::Unknown { initial, positive })
            }
            RawScalar::Unknown { unknown: false, .. } => {
                Err("a known scalar is written as a number, an unknown one as `{ unknown = true }`")
            }
        }
    }
}

impl From<ScalarSpec> for RawScalar {
    fn from(scalar: ScalarSpec) -> Self {
        match scalar {
            ScalarSpec::Known(value) => Self::Known(value),
            ScalarSpec::Unknown { initial, positive } => {
                Self::Unknown { unknown: true, initial, positive }
            }
        }
    }
}
