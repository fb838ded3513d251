//! The given set of sparse, noisy data, with default options: its errors and seconds, and the
//! functions with their bands for the figure.

use std::time::Instant;

use lacuna::fit::SteadyOptions;
use serde::Serialize;

use super::Failure;
use super::two_states::{Class, TwoStates};
use crate::statistics::median;

/// One class on the given set.
#[derive(Clone, Debug, Serialize)]
pub struct Given {
    /// The class.
    pub class: &'static str,
    /// Relative L² errors of W and V.
    pub errors: [f64; 2],
    /// Iterations of every start.
    pub iterations: Vec<usize>,
    /// Elapsed seconds of the fit, alone on all cores; median of the repetitions.
    pub seconds: f64,
    /// W and V, for the figure.
    #[serde(skip)]
    pub curves: Vec<Curve>,
}

/// A recovered function.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Name of the function.
    pub function: &'static str,
    /// Points.
    pub x: Vec<f64>,
    /// The truth there, its mean removed.
    pub truth: Vec<f64>,
    /// What was recovered.
    pub recovered: Vec<f64>,
    /// Posterior standard deviation.
    pub sd: Vec<f64>,
}

/// Fits the set with one class.
///
/// # Errors
/// If it cannot be read or fitted.
pub fn measure(problem: &TwoStates, class: Class, repetitions: usize) -> Result<Given, Failure> {
    let data = TwoStates::given()?;
    let options = SteadyOptions::default();
    let mut times = Vec::new();
    let mut fitted = problem.fit(&data, class, Default::default(), None, options)?;
    for _ in 0..repetitions {
        let begin = Instant::now();
        fitted = problem.fit(&data, class, Default::default(), None, options)?;
        times.push(begin.elapsed().as_secs_f64());
    }
    let compared = problem.compare(&fitted);
    let curves = problem.truths.iter().zip(&compared).map(|(truth, recovered)| Curve {
        function: truth.name,
        x: truth.x.clone(),
        truth: truth.values.clone(),
        recovered: truth.values.iter().zip(&recovered.deviation).map(|(t, d)| t + d).collect(),
        sd: recovered.sd.clone(),
    });
    Ok(Given {
        class: class.name(),
        errors: [0, 1].map(|s| problem.truths[s].relative(&compared[s].deviation)),
        iterations: fitted.fit.starts.iter().map(|s| s.fit.history.len() - 1).collect(),
        seconds: median(&times),
        curves: curves.collect(),
    })
}
