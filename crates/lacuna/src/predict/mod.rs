//! Predictions: states and transients under conditions that were not observed.
//!
//! A [`Predictor`] holds an equation whose functions are known or recovered, under changed
//! conditions (`conditions.rs`). Steady states are followed from those that were observed
//! (`follow.rs`), and with them stable ones beside an unstable state or beyond the end of a branch
//! (`partners.rs`); transients are integrated from a given start (`transient.rs`). Where the saved
//! model says what the data left open of the functions, each prediction gets a band (`bands.rs`,
//! `fates.rs`), and a warning where it leaves what the data determined (`bands.rs`, `beyond.rs`).

mod bands;
mod beyond;
mod conditions;
mod fates;
mod follow;
mod initial;
mod output;
mod partners;
mod steady;
mod transient;

use std::sync::atomic::{AtomicBool, Ordering};

use lacuna_core::{Flow, Stop};
use lacuna_identify::Band;
use lacuna_solve::{EvolutionCounts, EvolutionStep, Stability};

pub use self::conditions::{Changes, Predictor};
pub use self::fates::DrawShares;
pub use self::initial::Initial;
pub use self::output::{PREDICTION_SCHEMA, PredictionSummary, write_predictions};
pub(crate) use self::steady::unstable_in_words;
use crate::task::steadfast;
use crate::{Error, Result};

/// How the uncertainty of the functions is passed on to a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandMethod {
    /// By the derivative of a steady state; by draws for a transient.
    Auto,
    /// By the derivative, for steady states.
    Linearised,
    /// By draws.
    Samples,
    /// Not at all.
    None,
}

/// How predictions are made.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictOptions {
    /// How bands are made.
    pub bands: BandMethod,
    /// Draws, where bands are made by draws.
    pub samples: usize,
    /// Seed from which all draws derive.
    pub seed: u64,
    /// Largest half-width of a 95 % band relative to the state (both root mean squares) that counts
    /// as determined.
    pub tolerance: f64,
    /// Where a steady state is looked for, or a transient starts.
    pub initial: Option<Initial>,
    /// A transient instead of steady states.
    pub transient: Option<TransientOptions>,
}

impl Default for PredictOptions {
    fn default() -> Self {
        Self {
            bands: BandMethod::Auto,
            samples: 200,
            seed: 0,
            tolerance: 0.25,
            initial: None,
            transient: None,
        }
    }
}

/// Which transient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransientOptions {
    /// Its end.
    pub end: f64,
    /// Number of equally spaced times at which it is given, the start not among them.
    pub times: usize,
    /// Largest error of a time step relative to the state.
    pub tolerance: f64,
}

/// One prediction.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// Name for people and files.
    pub name: String,
    /// Its conditions, for people.
    pub conditions: Vec<(String, String)>,
    /// Nodes of the grid.
    pub x: Vec<f64>,
    /// What was found.
    pub outcome: Predicted,
    /// What the evolution linearised at the state says, or at the steady state that a transient has
    /// come near to at its end; none where that is not known.
    pub stability: Option<Stability>,
    /// What draws from what the data left open say of it, where they were made.
    pub shares: Option<DrawShares>,
    /// How the band was made, if there is one.
    pub bands: Option<&'static str>,
    /// Draws that could not be followed.
    pub lost_draws: usize,
    /// How far the data determine it.
    pub determination: Option<Determination>,
    /// Remarks a reader should see.
    pub warnings: Vec<String>,
}

/// A steady state or a transient.
#[derive(Clone, Debug)]
pub enum Predicted {
    /// A steady state.
    State {
        /// The state at the nodes.
        u: Vec<f64>,
        /// Its band.
        band: Option<Band>,
        /// How the search ended.
        stop: Stop,
        /// ‖T(u) − u‖/‖u‖.
        residual: f64,
        /// Where it was found from, for people.
        from: String,
    },
    /// A transient.
    Transient {
        /// Times, the first of them 0.
        t: Vec<f64>,
        /// The state at each time.
        u: Vec<Vec<f64>>,
        /// The band at each time.
        bands: Vec<Band>,
        /// Every time step.
        steps: Vec<EvolutionStep>,
        /// Largest growth of the free energy in one step relative to its terms.
        largest_energy_growth: Option<f64>,
        /// The work.
        counts: EvolutionCounts,
        /// How it ended.
        stop: Stop,
    },
}

impl Predicted {
    /// How it ended.
    pub fn stop(&self) -> Stop {
        match self {
            Self::State { stop, .. } | Self::Transient { stop, .. } => *stop,
        }
    }
}

/// How far the data determine a prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Determination {
    /// The part of the prediction's prior variance that the data have taken away, 0 to 1; for a
    /// transient, of the steady state under the same conditions, where there is one.
    pub share: Option<f64>,
    /// The part of its variance that comes from directions of the functions that the data have not
    /// seen, 0 to 1; for a transient as above.
    pub unseen: Option<f64>,
    /// Half the width of the 95 % band relative to the state, both root mean squares over the
    /// domain; the largest over time.
    pub relative_half_width: f64,
}

impl Predictor {
    /// Predicts every steady state that follows from the known ones, or every transient.
    ///
    /// `watch` is asked now and then whether to go on, from several threads; what there is by then is
    /// returned.
    ///
    /// # Errors
    /// If a function is unknown, an initial state cannot be used, or the equation cannot be
    /// evaluated.
    pub fn predict(
        &self,
        options: &PredictOptions,
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Result<Vec<Prediction>> {
        let (watch, stopped) = (&|(): &()| watch(), AtomicBool::new(false));
        let watch = steadfast(watch, &stopped);
        let watch = &|| watch(&());
        let found = match options.transient {
            Some(transient) => self.transients(options, transient, watch),
            None => self.steady_states(options, watch),
        };
        let mut found = found.map_err(Error::while_working)?;
        if let (true, Some(last)) = (stopped.load(Ordering::Relaxed), found.last_mut()) {
            // Whatever it says of itself, its band or what would follow it may be missing.
            let (Predicted::State { stop, .. } | Predicted::Transient { stop, .. }) =
                &mut last.outcome;
            *stop = Stop::Interrupted;
        }
        Ok(found.into_iter().map(|one| self.after.prediction_as_given(one)).collect())
    }
}
