//! Fits that do not describe their data at all: a failure, whatever the optimiser says.
//!
//! Of an experiment with data y_i, predictions ŷ_i and weights w_i = 1/sd_i² (in the logarithm where the
//! noise is relative), let R = Σ w (y − ŷ)² and T = Σ w (y − ȳ)². The fit fails where
//!
//! - the mean square residual in units of a noise level that was given is [`ABSURD`] or more;
//! - R ≥ 0.9 T although the data are smooth, i.e. neighbours differ by far less than T says (von Neumann's
//!   ratio below 0.5): there is something to explain, and the state explains none of it;
//! - R ≥ 2 T: a constant would lie closer;
//! - a density describes its data less well than the uniform one (log-likelihood lower by [`WORSE`]).
//!
//! Where the noise was given the last three also need a mean square residual above [`TOO_LARGE`], so that
//! data which are noise about a constant do not count.

use lacuna_fit::SteadyFit;

use crate::data::{MeasurementKind, Measurements, Noise};
use crate::recover_steady::TOO_LARGE;
use crate::{FittedState, Setup};

/// Mean square residual that no noise explains: residuals of 20 standard deviations.
pub const ABSURD: f64 = 400.0;
/// Log-likelihood by which a uniform density has to be better.
const WORSE: f64 = 10.0;
/// Part of T that R has to be, where the data are smooth and where they are not.
const NOTHING_EXPLAINED: f64 = 0.9;
const WORSE_THAN_CONSTANT: f64 = 2.0;
/// Fewest data of which smoothness is judged, and the ratio of von Neumann below which they are smooth.
const FEWEST: usize = 8;
const SMOOTH: f64 = 0.5;

/// Experiments that a fit to observations as they are does not describe at all, in words.
pub(crate) fn misfits(
    setup: &Setup,
    measurements: &[Measurements],
    used: &[usize],
    fit: &SteadyFit,
    states: &[FittedState],
) -> Vec<String> {
    let length: f64 = setup.model.weights().iter().sum();
    let of = |(e, (state, measurements)): (usize, (&FittedState, &Measurements))| {
        let (measured, u) = (state.measured.as_ref()?, state.predicted.as_ref()?);
        let uniform = vec![setup.conditions(used[e]).mass / length; setup.model.n_nodes()];
        let uniform_is_better_by = match setup.model.is_density() {
            true => Some(fit.log_likelihood(e, &uniform).ok()? - fit.log_likelihood(e, u).ok()?),
            false => None,
        };
        let (sd, relative) = match &measurements.kind {
            MeasurementKind::Values { noise, u, .. }
            | MeasurementKind::Averages { noise, u, .. } => match noise {
                Noise::Known(sd) => (sd.clone(), false),
                Noise::Relative(sd) => (sd.clone(), true),
                Noise::UnknownRelative => (vec![1.0; u.len()], true),
                _ => (vec![1.0; u.len()], false),
            },
            _ => (Vec::new(), false),
        };
        let predicted = fit.predicted(e).ok()?;
        let comparison = Comparison {
            kind: &measurements.kind,
            predicted: &predicted,
            mean_square: measured.mean_square_residual,
            noise_found: measured.noise.is_some(),
            relative,
            sd: &sd,
            uniform_is_better_by,
        };
        let why = misfit(&comparison)?;
        let name = &state.name;
        Some(format!("the recovered equation does not describe experiment {name}: {why}; {REMEDY}"))
    };
    states.iter().zip(measurements).enumerate().filter_map(of).collect()
}

/// What is compared of one experiment.
struct Comparison<'a> {
    /// Its measurements.
    kind: &'a MeasurementKind,
    /// What the fit predicts for each datum.
    predicted: &'a [f64],
    /// The mean square residual, where data have residuals.
    mean_square: Option<f64>,
    /// Whether the noise level was found from the data.
    noise_found: bool,
    /// Whether the noise is relative to the values.
    relative: bool,
    /// Standard deviation of each datum, up to a factor.
    sd: &'a [f64],
    /// By how much the log-likelihood of a uniform density is higher.
    uniform_is_better_by: Option<f64>,
}

/// Why the fit does not describe an experiment; nothing if it does.
fn misfit(of: &Comparison<'_>) -> Option<String> {
    let square = of.mean_square.unwrap_or(f64::INFINITY);
    if !of.noise_found && of.mean_square.is_some_and(|square| square >= ABSURD) {
        return Some(format!("its residuals are {:.0} times their noise", square.sqrt()));
    }
    if !of.noise_found && square <= TOO_LARGE {
        return None;
    }
    if of.uniform_is_better_by.is_some_and(|better| better > WORSE) {
        return Some("a uniform density would describe it better".to_owned());
    }
    let values = match of.kind {
        MeasurementKind::Values { u, .. } | MeasurementKind::Averages { u, .. } => u,
        _ => return None,
    };
    let scale = |v: f64| if of.relative { v.max(f64::MIN_POSITIVE).ln() } else { v };
    let y: Vec<f64> = values.iter().map(|&v| scale(v)).collect();
    let fitted: Vec<f64> = of.predicted.iter().map(|&v| scale(v)).collect();
    let w: Vec<f64> = of.sd.iter().map(|sd| sd.powi(-2)).collect();
    let Shares { unexplained, roughness } = shares(&y, &fitted, &w)?;
    if unexplained >= WORSE_THAN_CONSTANT {
        return Some("a constant would lie closer to its data".to_owned());
    }
    let smooth = y.len() >= FEWEST && roughness < SMOOTH;
    (smooth && unexplained >= NOTHING_EXPLAINED)
        .then(|| "it explains nothing of how its data vary".to_owned())
}

/// Whether a predicted state explains less than a tenth of how an observed one, free of noise, varies about
/// its mean.
pub(crate) fn explains_nothing(observed: &[f64], predicted: &[f64], weights: &[f64]) -> bool {
    /// Relative variation below which a state counts as constant.
    const CONSTANT: f64 = 1e-3;
    let sum = |of: &dyn Fn(usize) -> f64| -> f64 {
        weights.iter().enumerate().map(|(i, w)| w * of(i)).sum()
    };
    let mean = sum(&|i| observed[i]) / sum(&|_| 1.0);
    let variation = sum(&|i| (observed[i] - mean).powi(2));
    let size = sum(&|i| observed[i].powi(2));
    let missed = sum(&|i| (observed[i] - predicted[i]).powi(2));
    variation > CONSTANT * CONSTANT * size && missed >= NOTHING_EXPLAINED * variation
}

/// R/T, and von Neumann's ratio of squared differences of neighbours to 2 T.
struct Shares {
    unexplained: f64,
    roughness: f64,
}

fn shares(y: &[f64], fitted: &[f64], w: &[f64]) -> Option<Shares> {
    if y.len() < 3 || fitted.len() != y.len() || w.len() != y.len() {
        return None;
    }
    let total: f64 = w.iter().sum();
    let mean = y.iter().zip(w).map(|(y, w)| w * y).sum::<f64>() / total;
    let around = |of: &dyn Fn(usize) -> f64| -> f64 {
        (0..y.len()).map(|i| w[i] * (y[i] - of(i)).powi(2)).sum()
    };
    let (r, t) = (around(&|i| fitted[i]), around(&|_| mean));
    let plain_mean = y.iter().sum::<f64>() / y.len() as f64;
    let spread: f64 = y.iter().map(|y| (y - plain_mean).powi(2)).sum();
    let steps: f64 = y.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    // Data that are all equal: only the fit can be off.
    let size = y.iter().map(|y| y * y).sum::<f64>();
    let flat = spread <= 1e-20 * size;
    let unexplained = match (flat, t > 0.0) {
        (false, true) => r / t,
        _ => 0.0,
    };
    Some(Shares { unexplained, roughness: if flat { 1.0 } else { 0.5 * steps / spread } })
}

/// What to do about it.
pub(crate) const REMEDY: &str = "look at the boundary values, the mass and the units, at the known functions and scalars and at the \
     equation itself; or the state was found on another branch (`initial` of the experiment picks one)";

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(y: &[f64], fitted: &[f64], sd: f64, known: bool) -> Option<String> {
        let kind = MeasurementKind::Values {
            x: (0..y.len()).map(|i| i as f64).collect(),
            u: y.to_vec(),
            noise: if known { Noise::Known(vec![sd; y.len()]) } else { Noise::Unknown },
        };
        let squares = y.iter().zip(fitted).map(|(y, f)| ((y - f) / sd).powi(2));
        misfit(&Comparison {
            kind: &kind,
            predicted: fitted,
            mean_square: Some(squares.sum::<f64>() / y.len() as f64),
            noise_found: !known,
            relative: false,
            sd: &vec![sd; y.len()],
            uniform_is_better_by: None,
        })
    }

    #[test]
    fn what_explains_nothing_is_no_fit() {
        let wave: Vec<f64> = (0..40).map(|i| (0.2 * f64::from(i)).sin()).collect();
        let noise: Vec<f64> = (0..40).map(|i| if i % 3 == 0 { 0.1 } else { -0.05 }).collect();
        let sum =
            |c: f64| -> Vec<f64> { wave.iter().zip(&noise).map(|(a, b)| c * a + b).collect() };
        let zero = vec![0.0; 40];
        // Fisher-KPP at u = 0 beside data that vary, whether the noise is given or found.
        assert!(verdict(&sum(1.0), &zero, 0.01, true).is_some());
        assert!(verdict(&sum(1.0), &zero, 0.3, true).is_some());
        assert!(verdict(&sum(1.0), &zero, 0.7, false).is_some());
        // A fit that follows the data, one that misses a little, and noise about a constant.
        assert!(verdict(&sum(1.0), &wave, 0.07, true).is_none());
        assert!(verdict(&sum(1.0), &sum(0.9), 0.02, true).is_none());
        assert!(verdict(&noise, &zero, 0.07, true).is_none());
        assert!(verdict(&noise, &zero, 0.07, false).is_none());
        // Data about 22 and a fit at 0.
        let far: Vec<f64> = noise.iter().map(|n| n + 22.0).collect();
        assert!(verdict(&far, &zero, 22.0, false).is_some());
        // Residuals of 20 standard deviations.
        assert!(verdict(&wave, &sum(1.0), 0.001, true).is_some());
    }
}
