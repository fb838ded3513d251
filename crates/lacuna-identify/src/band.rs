//! Pointwise bands.
//!
//! Laplace: the quantiles of the posterior of g at each point, a mixture of normal distributions over
//! what is not known of prior and noise, Σ w_k Φ((q − m_k)/s_k) = ½ ± ½ level; g is the function f, or
//! ln f of a positive one, whose band is f e^q. Ensemble: the same with empirical quantiles of the
//! deviations of the draws.

use lacuna_core::EvalResult;
use lacuna_fit::{Link, Normal, NormalMixture, StateBand, SteadyFit};

/// Probabilities of the two bands, the wider one first.
pub const LEVELS: [f64; 2] = [0.95, 0.5];

/// Quantiles of the standard normal distribution at ½ + level/2.
pub(crate) const NORMAL: [f64; 2] = [1.959_963_984_540_054, 0.674_489_750_196_081_7];

/// Where values lie with 95 % and with 50 % probability; all vectors have one entry a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Lower end of the 95 % band.
    pub lower: Vec<f64>,
    /// Upper end of the 95 % band.
    pub upper: Vec<f64>,
    /// Lower end of the 50 % band.
    pub lower_half: Vec<f64>,
    /// Upper end of the 50 % band.
    pub upper_half: Vec<f64>,
}

impl Band {
    /// From values and, for each level, how far g lies below and above at each point.
    fn around(values: &[f64], link: Link, reach: [[Vec<f64>; 2]; 2]) -> Self {
        let moved = |by: &[f64]| -> Vec<f64> {
            let move_by = |(value, by): (&f64, &f64)| match link {
                Link::Identity => value + by,
                Link::Exponential => value * by.exp(),
            };
            values.iter().zip(by).map(move_by).collect()
        };
        let [[lower, upper], [lower_half, upper_half]] = reach;
        Self {
            lower: moved(&lower),
            upper: moved(&upper),
            lower_half: moved(&lower_half),
            upper_half: moved(&upper_half),
        }
    }

    /// The band of normal deviations with these standard deviations.
    pub fn normal(values: &[f64], sd: &[f64], link: Link) -> Self {
        let reach =
            NORMAL.map(|z| [-z, z].map(|z| sd.iter().map(|sd| z * sd).collect::<Vec<f64>>()));
        Self::around(values, link, reach)
    }

    /// The band of empirical deviations, one vector a draw; without draws it has no width.
    pub fn empirical(values: &[f64], deviations: &[Vec<f64>], link: Link) -> Self {
        let n = values.len();
        let mut reach = LEVELS.map(|_| [vec![0.0; n], vec![0.0; n]]);
        let mut column = Vec::with_capacity(deviations.len());
        for i in 0..n {
            column.clear();
            column.extend(deviations.iter().map(|d| d[i]));
            column.sort_by(f64::total_cmp);
            for (level, [lower, upper]) in LEVELS.iter().zip(&mut reach) {
                lower[i] = quantile(&column, 0.5 - 0.5 * level);
                upper[i] = quantile(&column, 0.5 + 0.5 * level);
            }
        }
        Self::around(values, link, reach)
    }
}

/// Linear between order statistics; 0 for none.
fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = probability * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// The q below which a mixture lies with the probability with which a standard normal variable lies
/// below `z`.
pub fn mixture_quantile(NormalMixture(parts): &NormalMixture, z: f64) -> f64 {
    const ITERATIONS: usize = 60;
    let below = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
    let probability = below(z);
    // The quantile of the mixture lies between those of its parts.
    let of = |p: &Normal| p.mean + z * p.sd;
    let mut lower = parts.iter().map(of).fold(f64::INFINITY, f64::min);
    let mut upper = parts.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    let width = upper - lower;
    for _ in 0..ITERATIONS {
        let middle = 0.5 * (lower + upper);
        if upper - lower <= 1e-6 * width {
            break;
        }
        let share = |p: &Normal| p.weight * below((middle - p.mean) / p.sd);
        if parts.iter().map(share).sum::<f64>() < probability {
            lower = middle;
        } else {
            upper = middle;
        }
    }
    0.5 * (lower + upper)
}

/// Laplace's band of unknown `s`, with values `values` at `x`.
pub fn laplace_band(fit: &SteadyFit, s: usize, x: &[f64], values: &[f64]) -> Band {
    let marginals = fit.marginals(s, x);
    let reach = NORMAL.map(|z| {
        [-z, z].map(|z| marginals.iter().map(|m| mixture_quantile(m, z)).collect::<Vec<f64>>())
    });
    Band::around(values, fit.priors[s].link, reach)
}

/// The band of unknown `s` from draws of [`SteadyFit::draws`].
pub fn ensemble_band(
    fit: &SteadyFit,
    s: usize,
    x: &[f64],
    values: &[f64],
    draws: &[Vec<f64>],
) -> Band {
    Band::empirical(values, &fit.deviations(s, x, draws), fit.priors[s].link)
}

/// The state of experiment `e` and its band: from draws where there are some, else Laplace's. A
/// density is banded in its logarithm, so that the band stays positive.
///
/// # Errors
/// If the state cannot be computed.
pub fn state_band(
    fit: &SteadyFit,
    e: usize,
    is_density: bool,
    draws: Option<&[Vec<f64>]>,
) -> EvalResult<(Vec<f64>, Band)> {
    let StateBand { u, sd } = fit.state(e)?;
    let link = if is_density { Link::Exponential } else { Link::Identity };
    let band = match draws {
        Some(draws) => {
            let deviation = |state: Vec<f64>| -> Vec<f64> {
                let pairs = state.iter().zip(&u);
                pairs.map(|(s, u)| if is_density { (s / u).ln() } else { s - u }).collect()
            };
            let states = fit.drawn_states(e, draws);
            let deviations: Vec<Vec<f64>> = states.into_iter().map(deviation).collect();
            Band::empirical(&u, &deviations, link)
        }
        None if is_density => {
            let relative: Vec<f64> = sd.iter().zip(&u).map(|(sd, u)| sd / u).collect();
            Band::normal(&u, &relative, link)
        }
        None => Band::normal(&u, &sd, link),
    };
    Ok((u, band))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_and_empirical_bands_agree_on_normal_draws() {
        // Quantiles of the normal distribution at equal probabilities stand for draws.
        let quantiles = [-1.96, -0.674, 0.0, 0.674, 1.96];
        let draws: Vec<Vec<f64>> = quantiles.iter().map(|q| vec![2.0 * q]).collect();
        let normal = Band::normal(&[1.0], &[2.0], Link::Identity);
        let empirical = Band::empirical(&[1.0], &draws, Link::Identity);
        assert!((normal.upper_half[0] - empirical.upper_half[0]).abs() < 0.01);
        assert!(empirical.lower[0] < empirical.lower_half[0]);
        assert!(normal.lower[0] < empirical.lower[0] + 1.0);
    }

    #[test]
    fn bands_of_positive_functions_are_positive() {
        let band = Band::normal(&[0.1], &[3.0], Link::Exponential);
        assert!(band.lower[0] > 0.0 && band.upper[0] > 10.0);
        assert!(band.lower[0] < band.lower_half[0] && band.upper_half[0] < band.upper[0]);
    }

    #[test]
    fn no_draws_give_no_width() {
        let band = Band::empirical(&[1.0, 2.0], &[], Link::Identity);
        assert_eq!((band.lower, band.upper), (vec![1.0, 2.0], vec![1.0, 2.0]));
    }
}
