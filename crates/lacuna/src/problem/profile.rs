//! `[diagnose] profiles`: numbers of the unknowns whose likelihood is followed away from its maximum.

use lacuna_fit::{Functional, Wave};
use serde::{Deserialize, Serialize};

use super::function::Symmetry;
use super::names::named_enum;

named_enum! {
    /// `wave` of a Fourier mode.
    pub enum WaveName {
        /// cos 2πkx/L (πkx/L between two ends).
        Cosine = "cosine",
        /// sin 2πkx/L.
        Sine = "sine",
    }
}

/// One entry of `profiles`: a scalar by its name alone, of a function one of `at`, `from` with `to`,
/// and `mode`, of a closed form `parameter`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileSpec {
    /// `function`: the name of the unknown.
    pub function: String,
    /// `at`: its value at a point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// `from`, with `to`: its mean over an interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// `parameter`: one of the parameters of a closed form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// `mode` k ≥ 1: its Fourier coefficient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<usize>,
    /// `wave` of the mode; default cosine, sine for an odd function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave: Option<WaveName>,
}

impl ProfileSpec {
    /// Of a scalar.
    pub fn scalar(name: impl Into<String>) -> Self {
        Self { function: name.into(), ..Self::default() }
    }

    /// Of a parameter of a closed form.
    pub fn parameter(function: impl Into<String>, name: impl Into<String>) -> Self {
        Self { function: function.into(), parameter: Some(name.into()), ..Self::default() }
    }

    /// The functional, for an unknown of this symmetry with these parameters; a scalar where nothing else
    /// is given.
    pub fn functional(&self, symmetry: Symmetry, parameters: &[String]) -> Functional {
        if let Some(name) = &self.parameter {
            let index = parameters.iter().position(|p| p == name).unwrap_or(parameters.len());
            return Functional::Parameter { index };
        }
        match *self {
            Self { at: Some(at), .. } => Functional::Value { at },
            Self { from: Some(from), to: Some(to), .. } => Functional::Mean { from, to },
            Self { mode: Some(k), wave, .. } => {
                let odd = symmetry == Symmetry::Odd;
                let natural = if odd { WaveName::Sine } else { WaveName::Cosine };
                let wave = match wave.unwrap_or(natural) {
                    WaveName::Cosine => Wave::Cosine,
                    WaveName::Sine => Wave::Sine,
                };
                Functional::Mode { k, wave }
            }
            _ => Functional::Scalar,
        }
    }
}
