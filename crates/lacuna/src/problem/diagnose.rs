//! `[diagnose]`: whether the data determine the unknowns.

use serde::{Deserialize, Serialize};

use super::names::named_enum;
use super::profile::ProfileSpec;

named_enum! {
    /// At which functions the question is asked.
    pub enum NominalChoice {
        /// A quick fit if there are data, else the truth if the problem gives it, else the prior.
        Auto = "auto",
        /// A quick fit to the data.
        Fit = "fit",
        /// `[truth]`.
        Truth = "truth",
        /// Draws from the prior.
        Prior = "prior",
    }
}

/// `[diagnose]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiagnoseSpec {
    /// `tolerance`: largest 95 % band, relative to the prior's scale of a function, with which it
    /// counts as identified; default 0.25.
    pub tolerance: f64,
    /// `nominal`; default auto.
    pub nominal: NominalChoice,
    /// `draws` from the prior, where those are nominal; default 20.
    pub draws: usize,
    /// `noise` of data and plans that say nothing of theirs, relative to the root mean square of the
    /// state; default 1e-4.
    pub noise: f64,
    /// `profiles`: what to take profiles of, where there are data; default every unknown scalar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profiles: Option<Vec<ProfileSpec>>,
}

impl Default for DiagnoseSpec {
    fn default() -> Self {
        Self {
            tolerance: 0.25,
            nominal: NominalChoice::Auto,
            draws: 20,
            noise: 1e-4,
            profiles: None,
        }
    }
}
