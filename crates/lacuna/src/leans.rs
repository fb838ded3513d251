//! What a result leans on: how far each recovered function or scalar would move if a known one were
//! [`OFF`] off, in units of its 95 % band.
//!
//! "Moved by 1.4" means that the change, root mean square over the domain, is 1.4 times half the width of
//! the band: what the band says of the function then holds only if the known number is right. The
//! derivative is that of the most probable functions (`lacuna_identify::Leaning`), without a second fit.

use lacuna_core::Argument;
use lacuna_fit::{KnownPart, Link, Nominal};
use lacuna_identify::{BAND, Leaning};
use serde::Serialize;

use crate::{RecoveredFunction, Setup};

/// How far off a known scalar or function is imagined to be, relative to it.
const OFF: f64 = 0.1;
/// Most experiments for which each is asked by itself.
const MOST_EXPERIMENTS: usize = 12;

/// What would follow if one thing that was taken as known were 10 % off.
#[derive(Clone, Debug, Serialize)]
pub struct Lean {
    /// The known scalar or function.
    pub known: String,
    /// The experiment in which it would be off; none for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experiment: Option<String>,
    /// How far off, relative to it (a boundary value: to the largest value of the state).
    pub off: f64,
    /// What each unknown would do.
    pub moved: Vec<Moved>,
}

/// The change of one unknown.
#[derive(Clone, Debug, Serialize)]
pub struct Moved {
    /// Its name.
    pub unknown: String,
    /// The change, root mean square over the domain, relative to half the width of the 95 % band.
    pub bands: f64,
    /// The same relative to the function; none where that vanishes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative: Option<f64>,
}

impl Lean {
    /// The largest move.
    pub fn largest(&self) -> Option<&Moved> {
        self.moved.iter().max_by(|a, b| a.bands.total_cmp(&b.bands))
    }

    /// E.g. "if coupling of experiment 2 were 10 % off, V would move by 1.4 half-widths of its 95 % band".
    pub fn in_words(&self) -> String {
        let of = self.experiment.as_ref().map_or(String::new(), |e| format!(" of experiment {e}"));
        let (known, off) = (&self.known, 100.0 * self.off);
        match self.largest() {
            Some(Moved { unknown, bands, .. }) => format!(
                "if {known}{of} were {off:.0} % off, {unknown} would move by {} half-widths of its \
                 95 % band",
                short(*bands)
            ),
            None => format!("nothing moves if {known}{of} is {off:.0} % off"),
        }
    }
}

fn short(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}

/// What the result leans on most; none where it was not examined.
pub(crate) fn worst(leans: &[Lean]) -> Option<&Lean> {
    let bands = |lean: &&Lean| lean.largest().map_or(0.0, |moved| moved.bands);
    leans.iter().max_by(|a, b| bands(a).total_cmp(&bands(b)))
}

/// All that a result leans on, worst first. `used` are the indices in the problem of the experiments
/// that were fitted.
pub(crate) fn leans(
    setup: &Setup,
    nominal: &Nominal,
    used: &[usize],
    functions: &[RecoveredFunction],
) -> Vec<Lean> {
    let Ok(sensitivity) = nominal.sensitivity() else { return Vec::new() };
    let Ok(leaning) = Leaning::new(&sensitivity) else { return Vec::new() };
    let all: Vec<usize> = (0..used.len()).collect();
    let mut out = Vec::new();
    for (part, name) in parts(setup) {
        let having: Vec<usize> =
            all.iter().copied().filter(|&e| nominal.has_known(part, e)).collect();
        let mut groups: Vec<(Option<usize>, &[usize])> = Vec::new();
        if !having.is_empty() {
            groups.push((None, &having));
        }
        // Of a function the whole is asked: it is one function in all experiments.
        let is_function = matches!(part, KnownPart::Slot(s)
            if setup.model.slots()[s].argument != Argument::None);
        if (2..=MOST_EXPERIMENTS).contains(&having.len()) && !is_function {
            groups.extend(having.iter().enumerate().map(|(i, &e)| (Some(e), &having[i..=i])));
        }
        for (experiment, group) in groups {
            let Ok(response) = nominal.known_response(part, group) else { continue };
            if response.iter().all(|r| *r == 0.0) {
                continue;
            }
            let c = leaning.coefficients(&response);
            let moved = functions.iter().enumerate().map(|(s, function)| {
                let prior = &sensitivity.priors[s];
                let modes = prior.modes.at(&function.points());
                let own = &c[sensitivity.columns[s].clone()];
                let g = &modes * faer::ColRef::from_slice(own);
                let change = g.iter().zip(&function.values).map(|(g, value)| match prior.link {
                    Link::Identity => OFF * g,
                    Link::Exponential => OFF * g * value,
                });
                let change = root_mean_square(change);
                let relative = change / root_mean_square(function.values.iter().copied());
                Moved {
                    unknown: function.name.clone(),
                    bands: change / half_width(function, &leaning, &sensitivity, s),
                    relative: Some(relative).filter(|relative| relative.is_finite()),
                }
            });
            out.push(Lean {
                known: name.clone(),
                experiment: experiment.map(|e| setup.experiment_name(used[e])),
                off: OFF,
                // A band without width says nothing of a move.
                moved: moved.filter(|moved: &Moved| moved.bands.is_finite()).collect(),
            });
        }
    }
    let bands = |lean: &Lean| lean.largest().map_or(0.0, |moved| moved.bands);
    out.sort_by(|a, b| bands(b).total_cmp(&bands(a)));
    out
}

/// Everything a problem may say, by its name.
fn parts(setup: &Setup) -> Vec<(KnownPart, String)> {
    let slots = setup.model.slots().iter().enumerate();
    let mut parts: Vec<(KnownPart, String)> =
        slots.map(|(s, slot)| (KnownPart::Slot(s), slot.name.to_owned())).collect();
    parts.push((KnownPart::Mass, "mass".into()));
    for end in 0..2 {
        parts.push((KnownPart::BoundaryValue(end), format!("boundary value {}", end + 1)));
    }
    parts
}

/// Half the width of the 95 % band, root mean square over the domain: as reported, or that of the
/// linearised posterior where no band is.
fn half_width(
    function: &RecoveredFunction,
    leaning: &Leaning,
    sensitivity: &lacuna_fit::Sensitivity,
    s: usize,
) -> f64 {
    if let Some(band) = &function.band {
        return root_mean_square(band.upper.iter().zip(&band.lower).map(|(a, b)| 0.5 * (a - b)));
    }
    let prior = &sensitivity.priors[s];
    let modes = prior.modes.at(&function.points());
    let covariance = leaning.covariance();
    let columns = sensitivity.columns[s].clone();
    let own =
        covariance.as_ref().submatrix(columns.start, columns.start, columns.len(), columns.len());
    let spread = &modes * own;
    root_mean_square((0..modes.nrows()).map(|i| {
        let sd = (spread.row(i) * modes.row(i).transpose()).max(0.0).sqrt();
        let scale = if prior.link == Link::Exponential { function.values[i] } else { 1.0 };
        BAND * sd * scale
    }))
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0f64);
    for value in values {
        sum += value * value;
        count += 1.0;
    }
    (sum / count.max(1.0)).sqrt()
}
