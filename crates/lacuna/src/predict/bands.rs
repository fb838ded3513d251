//! Bands of predictions, and whether the data determine them.
//!
//! Densities are banded in their logarithm. A prediction has left what the data determined where its
//! 95 % band is wider than the tolerance, or where the data have taken away less than
//! [`LEAST_SHARE`] of its prior variance (a quarter of the prior standard deviation is then left).
//!
//! A steady state is banded by its derivative, unless a few draws show that this is not to be trusted:
//! the state does not answer linearly, it does not exist in some, or its leading eigenvalue may have
//! either sign. Then, and where several states may be meant, it is banded by draws (`fates.rs`).

use lacuna_core::Flow;
use lacuna_fit::Link;
use lacuna_identify::{Band, LinearisedState, Posterior, Setting, draws};

use super::fates::{DrawShares, Way, fates};
use super::follow::leading;
use super::steady::Found;
use super::{BandMethod, Determination, PredictOptions};

/// Least part of a prediction's prior variance that the data should have taken away.
const LEAST_SHARE: f64 = 0.9375;
/// Draws lost above which a band is doubtful.
const MANY_LOST: f64 = 0.05;

/// Draws that test whether the derivative may be trusted.
const PROBES: usize = 12;
/// Departure from the linear answer, relative to it, above which it is not.
const NONLINEAR: f64 = 0.3;
/// A leading eigenvalue within so many standard deviations of zero has no certain sign.
const NEAR_ZERO: f64 = 3.0;

/// A band and how it came about.
pub(super) struct Banded {
    pub band: Option<Band>,
    pub method: Option<&'static str>,
    pub lost: usize,
    pub determination: Option<Determination>,
    pub shares: Option<DrawShares>,
    pub warnings: Vec<String>,
}

impl Banded {
    pub(super) fn none(warnings: Vec<String>) -> Self {
        Self { band: None, method: None, lost: 0, determination: None, shares: None, warnings }
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

/// The bands of steady states under the same conditions. There is a `way` where draws may differ in
/// which of them is meant.
pub(super) fn bands_of_states(
    setting: &Setting<'_>,
    posterior: &Posterior,
    found: &[Found],
    way: Option<&Way<'_>>,
    options: &PredictOptions,
    watch: &(dyn Fn() -> Flow + Sync),
) -> Vec<Banded> {
    let linearised = |found: &Found| setting.linearise(posterior, &found.u);
    let mut out: Vec<Banded> = Vec::new();
    let mut linear: Vec<(&Found, LinearisedState)> = Vec::new();
    for found in found {
        out.push(match linearised(found) {
            Ok(_) if !found.stop.is_converged() => Banded::none(Vec::new()),
            Ok(linearised) => {
                let banded = linear_band(setting, found, &linearised);
                linear.push((found, linearised));
                banded
            }
            Err(error) => Banded::none(vec![format!("no band: {error}")]),
        });
    }
    let doubt = match (way, options.bands) {
        (_, BandMethod::Samples) => None,
        (Some(_), _) => Some("more than one state may be meant".to_owned()),
        (None, _) => doubt(setting, posterior, &linear, options, watch),
    };
    if options.bands == BandMethod::Linearised {
        if let Some(doubt) = doubt {
            let remark = format!(
                "the derivative is not to be trusted for this band ({doubt}): make it by draws"
            );
            out.iter_mut().for_each(|banded| banded.warnings.push(remark.clone()));
        }
        return out;
    }
    if doubt.is_none() && options.bands != BandMethod::Samples {
        return out;
    }
    let numbers = [options.samples as u64, options.seed];
    let Some(fates) = fates(setting, posterior, &linear, way, numbers, watch) else {
        return out;
    };
    let banded = out.iter_mut().filter(|banded| banded.band.is_some());
    for ((banded, (found, _)), fate) in banded.zip(&linear).zip(fates) {
        banded.lost = fate.lost;
        banded.shares = Some(fate.shares);
        lost_draws(fate.lost, options.samples, &mut banded.warnings);
        if !fate.states.is_empty() {
            let states: Vec<&[f64]> = fate.states.iter().map(Vec::as_slice).collect();
            let band = band_of_draws(&found.u, &states, setting.model.is_density());
            if let Some(determination) = &mut banded.determination {
                determination.relative_half_width =
                    relative_half_width(setting.model.weights(), &found.u, &band);
            }
            banded.band = Some(band);
            banded.method = Some("samples");
        }
    }
    out
}

fn linear_band(setting: &Setting<'_>, found: &Found, linearised: &LinearisedState) -> Banded {
    let mut warnings = Vec::new();
    if linearised.is_singular {
        warnings.push(
            "the state may be moved freely in some direction (a translation): its band is that of \
             its shape at this place"
                .into(),
        );
    }
    let band = band_of_deviations(&found.u, &linearised.sd, setting.model.is_density());
    let determination = Determination {
        share: Some(linearised.determined),
        unseen: Some(linearised.unseen),
        relative_half_width: relative_half_width(setting.model.weights(), &found.u, &band),
    };
    Banded {
        band: Some(band),
        method: Some("linearised"),
        lost: 0,
        determination: Some(determination),
        shares: None,
        warnings,
    }
}

/// A drawn state beside its linear guess.
struct Probe {
    /// ‖u − guess‖².
    off: f64,
    /// ‖guess − û‖².
    moved: f64,
    /// The rate of its fastest growing change.
    growth: Option<f64>,
}

/// Why the derivative cannot be trusted with these bands, if a few draws say so.
fn doubt(
    setting: &Setting<'_>,
    posterior: &Posterior,
    linear: &[(&Found, LinearisedState)],
    options: &PredictOptions,
    watch: &(dyn Fn() -> Flow + Sync),
) -> Option<String> {
    let weights = setting.model.weights();
    let square = |a: &[f64], b: &[f64]| -> f64 {
        weights.iter().zip(a.iter().zip(b)).map(|(w, (a, b))| w * (a - b).powi(2)).sum()
    };
    linear.iter().find_map(|(found, linearised)| {
        let probes = draws(PROBES, watch, |index| {
            let c = posterior.draw(options.seed, index);
            let guess = setting.linear_state(&found.u, linearised, &c);
            let u = setting.state_at(posterior, &found.u, linearised, &c)?;
            let functions = setting.functions_at(posterior, &c);
            let growth = leading(setting.model, &functions, &setting.conditions, &u)
                .and_then(|modes| modes.stability.eigenvalues.first().map(|l| l.re));
            Some(Probe { off: square(&u, &guess), moved: square(&guess, &found.u), growth })
        });
        if !probes.complete {
            return None;
        }
        if probes.lost > 0 {
            return Some("within what the data leave open the state may not exist".into());
        }
        let sum = |part: &dyn Fn(&Probe) -> f64| -> f64 { probes.outcomes.iter().map(part).sum() };
        if sum(&|p| p.off) > NONLINEAR.powi(2) * sum(&|p| p.moved) {
            return Some("the state does not answer linearly to what the data leave open".into());
        }
        let growth = found.modes.as_ref()?.stability.eigenvalues.first()?.re;
        let spread = sum(&|p| p.growth.map_or(0.0, |g| (g - growth).powi(2))) / PROBES as f64;
        (growth.abs() < NEAR_ZERO * spread.sqrt()).then(|| {
            "within what the data leave open it may be stable or unstable: a bifurcation is near"
                .into()
        })
    })
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
    let Determination { share, unseen, relative_half_width } = *determination;
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
    if let Some(unseen) = unseen.filter(|part| *part > 0.5 && relative_half_width > 0.02) {
        reasons.push(format!(
            "{:.0} % of what is open about it comes from parts of the functions that the data have not \
             seen",
            100.0 * unseen
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
