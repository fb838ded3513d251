//! Bands of predictions, and whether the data determine them.
//!
//! Densities are banded in their logarithm. A prediction has left what the data determined where its
//! 95 % band is wider than the tolerance, or where the data have taken away less than
//! [`LEAST_SHARE`] of its prior variance (a quarter of the prior standard deviation is then left).

use lacuna_core::Flow;
use lacuna_fit::Link;
use lacuna_identify::{Band, LinearisedState, Posterior, Setting};

use super::{BandMethod, Determination, PredictOptions};

/// Least part of a prediction's prior variance that the data should have taken away.
const LEAST_SHARE: f64 = 0.9375;
/// Draws lost above which a band is doubtful.
const MANY_LOST: f64 = 0.05;

/// A band and how it came about.
pub(super) struct Banded {
    pub band: Option<Band>,
    pub method: Option<&'static str>,
    pub lost: usize,
    pub determination: Option<Determination>,
    pub warnings: Vec<String>,
}

impl Banded {
    pub(super) fn none(warnings: Vec<String>) -> Self {
        Self { band: None, method: None, lost: 0, determination: None, warnings }
    }
}

fn link(density: bool) -> Link {
    if density { Link::Exponential } else { Link::Identity }
}

/// The band of drawn states around u.
pub(super) fn band_of_draws(u: &[f64], draws: &[&[f64]], density: bool) -> Band {
    let deviations: Vec<Vec<f64>> = draws
        .iter()
        .map(|state| {
            let pairs = state.iter().zip(u);
            pairs.map(|(s, u)| if density { (s / u).ln() } else { s - u }).collect()
        })
        .collect();
    Band::empirical(u, &deviations, link(density))
}

fn band_of_deviations(u: &[f64], sd: &[f64], density: bool) -> Band {
    if density {
        let relative: Vec<f64> = sd.iter().zip(u).map(|(sd, u)| sd / u).collect();
        Band::normal(u, &relative, Link::Exponential)
    } else {
        Band::normal(u, sd, Link::Identity)
    }
}

/// The band of a steady state.
pub(super) fn band_of_state(
    setting: &Setting<'_>,
    posterior: &Posterior,
    u: &[f64],
    options: &PredictOptions,
    watch: &(dyn Fn() -> Flow + Sync),
) -> Banded {
    let linearised = match setting.linearise(posterior, u) {
        Ok(linearised) => linearised,
        Err(error) => {
            return Banded::none(vec![format!("no band: {error}")]);
        }
    };
    let density = setting.model.is_density();
    let mut warnings = Vec::new();
    if linearised.is_singular {
        warnings.push(
            "the state may be moved freely in some direction (a translation): its band is that of \
             its shape at this place"
                .into(),
        );
    }
    let (band, method, lost) = match options.bands {
        BandMethod::Samples => {
            let draws = setting.drawn_states(
                posterior,
                u,
                &linearised,
                options.samples,
                options.seed,
                watch,
            );
            lost_draws(draws.lost, options.samples, &mut warnings);
            if draws.complete && !draws.outcomes.is_empty() {
                let states: Vec<&[f64]> = draws.outcomes.iter().map(Vec::as_slice).collect();
                (band_of_draws(u, &states, density), "samples", draws.lost)
            } else {
                (band_of_deviations(u, &linearised.sd, density), "linearised", draws.lost)
            }
        }
        _ => (band_of_deviations(u, &linearised.sd, density), "linearised", 0),
    };
    let determination = determination(setting, u, &band, &linearised);
    Banded {
        band: Some(band),
        method: Some(method),
        lost,
        determination: Some(determination),
        warnings,
    }
}

fn determination(
    setting: &Setting<'_>,
    u: &[f64],
    band: &Band,
    linearised: &LinearisedState,
) -> Determination {
    let relative_half_width = relative_half_width(setting.model.weights(), u, band);
    Determination { share: Some(linearised.determined), relative_half_width }
}

/// √∫(half width)² / √∫u².
pub(super) fn relative_half_width(weights: &[f64], u: &[f64], band: &Band) -> f64 {
    let square = |value: &dyn Fn(usize) -> f64| -> f64 {
        weights.iter().enumerate().map(|(i, w)| w * value(i).powi(2)).sum()
    };
    let width = square(&|i| 0.5 * (band.upper[i] - band.lower[i]));
    (width / square(&|i| u[i]).max(f64::MIN_POSITIVE)).sqrt()
}

pub(super) fn lost_draws(lost: usize, samples: usize, warnings: &mut Vec<String>) {
    if lost as f64 > MANY_LOST * samples as f64 {
        warnings.push(format!(
            "{lost} of {samples} draws have no state on this branch: within what the data leave \
             open the state may not exist, or have another form; the band is that of the others"
        ));
    }
}

/// What to say where a prediction leaves what the data determined.
pub(super) fn beyond_data(
    name: &str,
    conditions: &str,
    determination: &Determination,
    tolerance: f64,
) -> Option<String> {
    let Determination { share, relative_half_width } = *determination;
    let wide = relative_half_width > tolerance;
    let mut reasons = Vec::new();
    if wide {
        reasons.push(format!(
            "its 95 % band is ±{:.0} % of the state (more than {:.0} %)",
            100.0 * relative_half_width,
            100.0 * tolerance
        ));
    }
    // A prior that was narrow enough needs no data.
    if let Some(share) = share.filter(|share| *share < LEAST_SHARE && relative_half_width > 0.02) {
        reasons.push(format!(
            "the data have taken away only {:.0} % of its prior variance: the rest is assumption",
            100.0 * share
        ));
    }
    (!reasons.is_empty()).then(|| {
        format!(
            "prediction {name} leaves what the data determined: {}; measure a state under these \
             conditions ({conditions}), or between them and those observed, and recover again",
            reasons.join(", and ")
        )
    })
}
