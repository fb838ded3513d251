//! Noise levels that are not known, and other choices of the strength of the prior.

use std::sync::Mutex;
use std::sync::PoisonError;

use lacuna::fit::{PriorChoice, SteadyOptions};
use serde::Serialize;

use super::ensemble::{Ensemble, over_sets, steady_state};
use super::two_states::{Class, Design, TwoStates};
use crate::statistics::{highest, lowest, median};

/// What is claimed of the standard deviations, over what they are.
pub const CLAIMED: f64 = 0.3;

/// Fits with noise levels left to the data.
#[derive(Clone, Debug, Serialize)]
pub struct UnknownNoise {
    /// [`CLAIMED`].
    pub claimed: f64,
    /// Recovered over true standard deviation, over all states: median, lowest, highest.
    pub recovered: [f64; 3],
    /// The fits.
    pub fits: Ensemble,
}

/// Fits `sets` sets whose standard deviations are claimed to be smaller than they are.
pub fn unknown_noise(problem: &TwoStates, sets: u64) -> UnknownNoise {
    let factors = Mutex::new(Vec::new());
    let fits = over_sets([&problem.truths[0], &problem.truths[1]], sets, |set| {
        let data = problem.draw(Design::STANDARD, set);
        let options = SteadyOptions::default();
        let fitted =
            problem.fit(&data, Class::Fourier, Default::default(), Some(CLAIMED), options)?;
        let found = fitted.fit.noise_factors.iter().map(|f| CLAIMED * f);
        factors.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        Ok(problem.compare(&fitted))
    });
    let factors = factors.into_inner().unwrap_or_else(PoisonError::into_inner);
    let recovered = [median(&factors), lowest(&factors), highest(&factors)];
    UnknownNoise { claimed: CLAIMED, recovered, fits }
}

/// Fits with one choice of the prior.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// Its name.
    pub name: &'static str,
    /// The fits.
    pub fits: Ensemble,
}

/// Every choice on `sets` sets.
pub fn prior_choices(problem: &TwoStates, sets: u64) -> Vec<Choice> {
    [
        ("marginal likelihood", PriorChoice::MarginalLikelihood),
        ("generalised cross-validation", PriorChoice::CrossValidation),
        ("L-curve", PriorChoice::LCurve),
        ("discrepancy principle", PriorChoice::Discrepancy),
    ]
    .map(|(name, choice)| {
        let fits = steady_state(problem, Design::STANDARD, Class::Fourier, sets, false, choice);
        Choice { name, fits }
    })
    .into()
}
