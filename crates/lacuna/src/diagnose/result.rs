//! What a diagnosis returns: plain data, and its file `diagnosis.json`.

use std::collections::BTreeMap;
use std::time::Duration;

use lacuna_core::{Argument, Stop};
use lacuna_identify::{Finding, Verdict};
use serde::Serialize;

use crate::ProfiledNumber;

/// Schema of `diagnosis.json`.
pub const DIAGNOSIS_SCHEMA: &str = "lacuna-diagnosis/1";

/// What the data of a problem can say of its unknowns.
#[derive(Clone, Debug)]
pub struct Diagnosed {
    /// At which functions the question was asked.
    pub nominal: NominalSource,
    /// Largest relative band of what counts as identified.
    pub tolerance: f64,
    /// Every experiment.
    pub experiments: Vec<ExaminedExperiment>,
    /// Every unknown, in the order of the equation.
    pub unknowns: Vec<ExaminedUnknown>,
    /// All unknowns together.
    pub joint: Finding,
    /// Number of directions of all unknowns together.
    pub of: usize,
    /// Singular values of the sensitivity operator, the largest first.
    pub spectrum: Vec<f64>,
    /// Share of each singular direction in each unknown.
    pub shares: Vec<Vec<f64>>,
    /// The interaction kernel mode by mode, where it is unknown.
    pub modes: Option<KernelModes>,
    /// Whether all was examined that was asked for: `Converged`, or `Interrupted`.
    pub stop: Stop,
    /// Remarks a reader should see.
    pub remarks: Vec<String>,
    /// Profiles of the likelihood, where there are data.
    pub profiles: Vec<ProfiledNumber>,
    /// Wall-clock time without reading and writing.
    pub elapsed: Duration,
}

/// Nominal functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NominalSource {
    /// "fit", "truth" or "prior".
    pub source: &'static str,
    /// How many draws from the prior were examined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draws: Option<usize>,
    /// How many had no steady state that was found, and say nothing.
    #[serde(skip_serializing_if = "is_zero")]
    pub without_state: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// One experiment, as examined.
#[derive(Clone, Debug, Serialize)]
pub struct ExaminedExperiment {
    /// Its name or number.
    pub name: String,
    /// Its conditions, for people.
    pub conditions: Vec<(String, String)>,
    /// Number of measurements.
    pub points: usize,
    /// Whether there are data, or only a plan.
    pub planned: bool,
    /// Its noise, in words.
    pub noise: String,
    /// Whether the noise was assumed.
    pub noise_assumed: bool,
}

/// Why an unknown is not determined, and what would help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// A short name.
    pub code: &'static str,
    /// The reason in plain words.
    pub text: String,
    /// What would help.
    pub remedy: String,
}

/// One unknown, as examined.
#[derive(Clone, Debug)]
pub struct ExaminedUnknown {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: &'static str,
    /// What it depends on.
    pub argument: Argument,
    /// Whether it is positive, so that changes are of its logarithm.
    pub positive: bool,
    /// With the other unknowns unknown.
    pub joint: Finding,
    /// With the other unknowns known.
    pub separate: Finding,
    /// How many directions it has.
    pub of: usize,
    /// What its band is relative to, in its unit (of its logarithm, where it is positive).
    pub scale: f64,
    /// Over how many draws from the prior the verdict holds, if those were examined.
    pub holds: Option<usize>,
    /// Why it is not determined, the most important reason first.
    pub reasons: Vec<Reason>,
    /// Points of its domain; one 0 for a scalar.
    pub x: Vec<f64>,
    /// The nominal function there, with zero mean if only that is determined.
    pub nominal: Vec<f64>,
    /// The predicted posterior standard deviation there (of the logarithm, where it is positive).
    pub sd: Vec<f64>,
    /// The same before the data.
    pub prior_sd: Vec<f64>,
    /// The change that the data see least of: of every unknown, at the points of that unknown.
    pub weakest: Vec<Vec<f64>>,
}

/// The kernel W mode by mode: W_k acts through û_k alone.
#[derive(Clone, Debug, Serialize)]
pub struct KernelModes {
    /// Name of the unknown.
    pub unknown: String,
    /// The modes that matter at the prior's scale.
    pub rows: Vec<ModeRow>,
}

/// One Fourier mode of a kernel.
#[derive(Clone, Debug, Serialize)]
pub struct ModeRow {
    /// k: cos 2πkx/L.
    pub k: usize,
    /// |û_k|/M of every state in which the kernel takes part.
    pub state_amplitudes: Vec<f64>,
    /// Error of the mode relative to the kernel's scale, for data of relative error 1, if it alone were
    /// unknown; null where the data do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise_amplification: Option<f64>,
    /// Its standard deviation beforehand, relative to the scale.
    pub prior_sd: f64,
    /// The same predicted for after the data, with all unknowns unknown.
    pub posterior_sd: f64,
}

/// The content of `diagnosis.json`.
#[derive(Serialize)]
pub struct DiagnosisSummary<'a> {
    schema: &'static str,
    version: &'static str,
    stop: &'static str,
    nominal: NominalSource,
    tolerance: f64,
    unknowns: BTreeMap<&'a str, UnknownSummary<'a>>,
    joint: FindingSummary,
    spectrum: &'a [f64],
    shares: BTreeMap<&'a str, Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modes: Option<&'a KernelModes>,
    experiments: &'a [ExaminedExperiment],
    remarks: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    profiles: &'a [ProfiledNumber],
    seconds: f64,
}

#[derive(Serialize)]
struct FindingSummary {
    verdict: &'static str,
    directions: usize,
    of: usize,
    relative_band: f64,
}

#[derive(Serialize)]
struct UnknownSummary<'a> {
    #[serde(flatten)]
    finding: FindingSummary,
    reasons: &'a [Reason],
    separate: FindingSummary,
    scale: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<usize>,
    x: &'a [f64],
    nominal: &'a [f64],
    sd: &'a [f64],
    weakest: BTreeMap<&'a str, &'a [f64]>,
}

impl FindingSummary {
    fn new(finding: &Finding, of: usize) -> Self {
        let Finding { verdict, directions, relative_band, .. } = *finding;
        Self { verdict: verdict.code(), directions, of, relative_band }
    }
}

impl Diagnosed {
    /// What is written to `diagnosis.json`.
    pub fn summary(&self) -> DiagnosisSummary<'_> {
        let names = || self.unknowns.iter().map(|u| u.name.as_str());
        DiagnosisSummary {
            schema: DIAGNOSIS_SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            stop: self.stop.code(),
            nominal: self.nominal,
            tolerance: self.tolerance,
            unknowns: self.unknowns.iter().map(|u| (u.name.as_str(), self.unknown(u))).collect(),
            joint: FindingSummary::new(&self.joint, self.of),
            spectrum: &self.spectrum,
            shares: names()
                .enumerate()
                .map(|(a, name)| (name, self.shares.iter().map(|s| s[a]).collect()))
                .collect(),
            modes: self.modes.as_ref(),
            experiments: &self.experiments,
            remarks: &self.remarks,
            profiles: &self.profiles,
            seconds: self.elapsed.as_secs_f64(),
        }
    }

    fn unknown<'a>(&'a self, u: &'a ExaminedUnknown) -> UnknownSummary<'a> {
        let names = self.unknowns.iter().map(|u| u.name.as_str());
        UnknownSummary {
            finding: FindingSummary::new(&u.joint, u.of),
            reasons: &u.reasons,
            separate: FindingSummary::new(&u.separate, u.of),
            scale: u.scale,
            holds: u.holds,
            x: &u.x,
            nominal: &u.nominal,
            sd: &u.sd,
            weakest: names.zip(u.weakest.iter().map(Vec::as_slice)).collect(),
        }
    }

    /// The verdict on an unknown, by name.
    pub fn verdict(&self, name: &str) -> Option<Verdict> {
        self.unknowns.iter().find(|u| u.name == name).map(|u| u.joint.verdict)
    }
}
