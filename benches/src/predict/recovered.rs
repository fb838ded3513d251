//! Predictions with what was recovered from *two-states*, against the true equation.

use std::path::Path;
use std::time::Instant;

use lacuna::problem::Problem;
use lacuna::{
    BandMethod, Changes, Flow, Initial, PredictOptions, Predicted, Predictor, SavedModel,
    TransientOptions, recover,
};
use serde::Serialize;

use super::spectral;
use super::truth::{START, Truth, relative};
use crate::noise::{EXAMPLES, Failure};

/// A known push that was in no experiment.
pub const PUSH: &str = "0.1*cos(4*pi*x)";

/// One prediction beside the truth.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// Under which conditions, in words.
    pub conditions: String,
    /// Relative L² error of the steady state.
    pub state_error: f64,
    /// Largest relative L² error of the transient over its times.
    pub transient_error: f64,
    /// Relative L² difference of the state from the nearest one that was observed.
    pub from_observed: f64,
    /// Elapsed seconds of the state.
    pub state_seconds: f64,
    /// Elapsed seconds of the transient.
    pub transient_seconds: f64,
}

/// Conditions that were not observed.
pub fn conditions() -> Vec<(String, Changes)> {
    let at = |coupling: f64, push: Option<&str>| Changes {
        scalars: vec![("coupling".into(), coupling)],
        push: push.map(Into::into),
        mass: None,
    };
    vec![
        ("κ = 0.4".into(), at(0.4, None)),
        ("κ = 0.6".into(), at(0.6, None)),
        (format!("κ = 0.2, push {PUSH}"), at(0.2, Some(PUSH))),
    ]
}

/// The transients: to t = 2, at 20 times.
pub fn transient_options() -> TransientOptions {
    TransientOptions { end: 2.0, times: 20, tolerance: 1e-8 }
}

/// Recovers with the options of the example and predicts.
///
/// # Errors
/// If anything fails.
pub fn measure() -> Result<Vec<Compared>, Failure> {
    let path = Path::new(EXAMPLES).join("two-states").join("problem.toml");
    let loaded = Problem::from_path(&path)?;
    let recovery = recover(&loaded, &|_| Flow::Continue)?;
    let model = SavedModel::new(&loaded, &recovery)?;
    conditions().into_iter().map(|(words, changes)| compare(&model, words, &changes)).collect()
}

fn compare(model: &SavedModel, conditions: String, changes: &Changes) -> Result<Compared, Failure> {
    let truth = Truth::new(changes)?;
    let predictor = Predictor::of_model(model, Path::new("model.json"), changes)?;
    let go = || Flow::Continue;
    let options = PredictOptions { bands: BandMethod::None, ..PredictOptions::default() };
    let begin = Instant::now();
    let found = predictor.predict(&options, &go)?;
    let state_seconds = begin.elapsed().as_secs_f64();
    let Some(Predicted::State { u, .. }) = found.first().map(|p| &p.outcome) else {
        return Err("a steady state was asked for".into());
    };
    let exact = truth.steady(&truth.density("1")?)?;
    let state_error = relative(u, &exact);
    let nearest = model.states.iter().map(|s| relative(s, &exact)).fold(f64::INFINITY, f64::min);

    let options = PredictOptions {
        initial: Some(Initial::parse(START)),
        transient: Some(transient_options()),
        ..options
    };
    let begin = Instant::now();
    let found = predictor.predict(&options, &go)?;
    let transient_seconds = begin.elapsed().as_secs_f64();
    let Some(Predicted::Transient { t, u, .. }) = found.first().map(|p| &p.outcome) else {
        return Err("a transient was asked for".into());
    };
    let exact = spectral::transient(&truth, &truth.density(START)?, t)?;
    let transient_error =
        u.iter().zip(&exact).map(|(u, exact)| relative(u, exact)).fold(0.0, f64::max);
    Ok(Compared {
        conditions,
        state_error,
        transient_error,
        from_observed: nearest,
        state_seconds,
        transient_seconds,
    })
}
