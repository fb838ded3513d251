//! The best prior for a truth: what could be gained by knowing it.
//!
//! The same data are fitted with every prior of a grid for one unknown: order 1, 2, 3; length scales of 0.03,
//! 0.1 and 0.3 of the domain; the true root mean square (of ln f where f is positive) times ½, 1, 2. Priors
//! of other unknowns stay free. The oracle sees the truth and takes the smallest error of all.

use lacuna::core::Flow;
use lacuna::problem::{BandMethod, Constraint, FunctionPrior, FunctionSpec, Problem};
use lacuna::recover;
use rayon::prelude::*;

use super::Failure;
use super::data::Made;

const ORDERS: [f64; 3] = [1.0, 2.0, 3.0];
const LENGTHS: [f64; 3] = [0.03, 0.1, 0.3];
const AMPLITUDES: [f64; 3] = [0.5, 1.0, 2.0];
/// Points of the truth.
const POINTS: usize = 512;

/// Errors of unknown `name` with each prior of the grid; not a number where a fit had no result.
///
/// # Errors
/// If the problem cannot be read or is without truth.
pub fn errors(made: &Made, name: &str) -> Result<Vec<f64>, Failure> {
    let mut loaded = Problem::from_path(&made.path)?;
    loaded.problem.fit.folds = 0;
    loaded.problem.bands.method = BandMethod::None;
    let [lower, upper] = made.extent;
    let rms = true_amplitude(&loaded, name, made.extent)?;
    let mut priors = Vec::new();
    for order in ORDERS {
        for length in LENGTHS {
            for amplitude in AMPLITUDES {
                priors.push(FunctionPrior {
                    order: Some(order),
                    length_scale: Some(length * (upper - lower)),
                    amplitude: Some(amplitude * rms),
                });
            }
        }
    }
    let error = |prior: &FunctionPrior| -> f64 {
        let mut own = loaded.clone();
        if let Some(FunctionSpec::Unknown(unknown)) = own.problem.functions.get_mut(name) {
            unknown.prior = *prior;
        }
        let found = recover(&own, &|_| Flow::Continue).ok();
        let function = found.and_then(|r| r.functions.into_iter().find(|f| f.name == name));
        function.and_then(|f| f.relative_l2_error).unwrap_or(f64::NAN)
    };
    Ok(priors.par_iter().map(error).collect())
}

/// Root mean square of the truth about its mean, of its logarithm where it is positive.
fn true_amplitude(
    loaded: &lacuna::problem::LoadedProblem,
    name: &str,
    [lower, upper]: [f64; 2],
) -> Result<f64, Failure> {
    let Some(lacuna::problem::Source::Expression(text)) = loaded.problem.truth.get(name) else {
        return Err("the truth is no expression".into());
    };
    let spec = loaded.problem.functions.get(name).and_then(FunctionSpec::unknown);
    let positive = spec.is_some_and(|s| s.constraints.contains(&Constraint::Positive));
    let x = (0..POINTS).map(|i| lower + (upper - lower) * (i as f64 + 0.5) / POINTS as f64);
    let function = lacuna::surrogate::Expression::new(text)?;
    let bound = lacuna::core::Bound::known(std::sync::Arc::new(function));
    let values = bound.values(&lacuna::core::Points::line(x.collect()));
    let values: Vec<f64> = values.iter().map(|v| if positive { v.ln() } else { *v }).collect();
    let mean = values.iter().sum::<f64>() / POINTS as f64;
    Ok((values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / POINTS as f64).sqrt())
}
