//! Profiles of numbers of the unknowns: which are asked for, and what is reported of them.

use lacuna_core::Flow;
use lacuna_fit::{
    FittedModes, Functional, Link, Profile, ProfileEnd, ProfileOptions, ProfileRequest, Wave,
};
use serde::Serialize;

use crate::problem::{FunctionSpec, ProfileSpec, Symmetry};
use crate::units::{number, shown};
use crate::{Error, Result, Setup};

/// Share of the data in the fall of the likelihood below which the prior closes an interval.
const BY_THE_PRIOR: f64 = 0.5;

/// A profile for people and files.
#[derive(Clone, Debug, Serialize)]
pub struct ProfiledNumber {
    /// Name of the unknown.
    pub function: String,
    /// What is profiled, e.g. `W(0.25)`.
    pub quantity: String,
    /// Whether the unknown is positive: Laplace's interval is then one of the logarithm.
    pub positive: bool,
    /// The most probable value.
    pub value: f64,
    /// 95 % interval; an end that was not found is null.
    pub interval: [Option<f64>; 2],
    /// 50 % interval.
    pub interval_50: [Option<f64>; 2],
    /// Laplace's 95 % interval.
    pub laplace: [f64; 2],
    /// Largest distance between the ends of the two 95 % intervals, relative to half of Laplace's width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure_from_laplace: Option<f64>,
    /// How the lower and the upper side ended.
    pub ends: [&'static str; 2],
    /// Share of the data in 2Δφ at both ends; the rest is the prior's.
    pub data_share: [Option<f64>; 2],
    /// What it says, in words.
    pub text: String,
    /// The points, by increasing value.
    pub points: ProfilePoints,
}

/// The points of a profile, all of one length.
#[derive(Clone, Debug, Serialize)]
pub struct ProfilePoints {
    /// The number.
    pub value: Vec<f64>,
    /// 2Δφ: twice the fall of the logarithm of the posterior density.
    pub deviance: Vec<f64>,
    /// The part of the data in it.
    pub data_deviance: Vec<f64>,
}

/// What is to be profiled: what the problem lists, else every unknown scalar and every parameter of a
/// closed form.
pub fn requested(setup: &Setup) -> Vec<ProfileSpec> {
    match &setup.loaded.problem.diagnose.profiles {
        Some(listed) => listed.clone(),
        None => {
            let slots = setup.model.slots();
            let of = |u: &crate::NamedUnknown| match slots[u.unknown.slot].argument {
                crate::Argument::None => vec![ProfileSpec::scalar(u.name)],
                _ => {
                    let names = u.unknown.function.parameter_names().into_iter();
                    names.map(|p| ProfileSpec::parameter(u.name, p)).collect()
                }
            };
            setup.unknowns.iter().flat_map(of).collect()
        }
    }
}

/// Profiles of a fit, in the order of `specs`. `ask` may stop them.
///
/// # Errors
/// If an unknown lacks what is asked of it, or the fit cannot be evaluated.
pub fn profiles(
    setup: &Setup,
    fit: &FittedModes,
    specs: &[ProfileSpec],
    ask: &(dyn Fn() -> Flow + Sync),
) -> Result<Vec<ProfiledNumber>> {
    let mut requests = Vec::new();
    let mut asked = Vec::new();
    for spec in specs {
        let place = setup.unknowns.iter().position(|u| u.name == spec.function);
        let Some(unknown) = place else { continue };
        let symmetry = match setup.loaded.problem.functions.get(&spec.function) {
            Some(FunctionSpec::Unknown(of)) => of.symmetry,
            _ => Symmetry::None,
        };
        let parameters = setup.unknowns[unknown].unknown.function.parameter_names();
        requests
            .push(ProfileRequest { unknown, functional: spec.functional(symmetry, &parameters) });
        asked.push(spec);
    }
    let found = fit.profiles(&requests, &ProfileOptions::default(), ask);
    let failed = |source| Error::Fit { place: setup.loaded.place("diagnose.profiles"), source };
    asked
        .into_iter()
        .zip(found)
        .map(|(spec, found)| {
            let profile = found.map_err(failed)?;
            Ok(ProfiledNumber::new(spec, &as_given(setup, &spec.function, profile)))
        })
        .collect()
}

/// A profile in the units of the problem.
fn as_given(setup: &Setup, name: &str, mut profile: Profile) -> Profile {
    let length = setup.units().length;
    // A parameter of a closed form is in the units it was written in.
    if matches!(profile.request.functional, Functional::Parameter { .. }) {
        return profile;
    }
    let of_mode = match &mut profile.request.functional {
        Functional::Value { at } => {
            *at = shown(*at * length);
            false
        }
        Functional::Mean { from, to } => {
            (*from, *to) = (shown(*from * length), shown(*to * length));
            false
        }
        Functional::Mode { .. } => true,
        Functional::Scalar | Functional::Parameter { .. } => false,
    };
    // A mode multiplies a positive function by a factor, which has no unit.
    let factor = of_mode && profile.link == Link::Exponential;
    let unit = if factor { 1.0 } else { setup.unit_of(name) };
    profile.scale(unit);
    profile
}

impl ProfiledNumber {
    fn new(spec: &ProfileSpec, profile: &Profile) -> Self {
        let name = spec.function.as_str();
        let [wide, half] = profile.intervals;
        let column = |of: &dyn Fn(&lacuna_fit::ProfilePoint) -> f64| -> Vec<f64> {
            profile.points.iter().map(of).collect()
        };
        let quantity = match &spec.parameter {
            Some(parameter) => format!("{parameter} of {name}"),
            None => quantity(name, &profile.request.functional, profile.link),
        };
        Self {
            function: name.to_owned(),
            text: text(&quantity, profile),
            quantity,
            positive: profile.link == Link::Exponential,
            value: profile.value,
            interval: [wide.lower, wide.upper],
            interval_50: [half.lower, half.upper],
            laplace: profile.laplace(0),
            departure_from_laplace: profile.departure_from_laplace(),
            ends: profile.ends.map(ProfileEnd::code),
            data_share: profile.data_share(),
            points: ProfilePoints {
                value: column(&|p| p.value),
                deviance: column(&|p| p.deviance),
                data_deviance: column(&|p| p.data_deviance),
            },
        }
    }
}

fn quantity(name: &str, functional: &Functional, link: Link) -> String {
    let mean = if link == Link::Exponential { "geometric mean" } else { "mean" };
    match functional {
        Functional::Scalar => name.to_owned(),
        Functional::Parameter { index } => format!("parameter {} of {name}", index + 1),
        Functional::Value { at } => format!("{name}({at})"),
        Functional::Mean { from, to } => format!("{mean} of {name} over [{from}, {to}]"),
        Functional::Mode { k, wave } => {
            let wave = match wave {
                Wave::Sine => "sine",
                Wave::Cosine | Wave::Constant => "cosine",
            };
            let what =
                if link == Link::Exponential { "e to the coefficient" } else { "coefficient" };
            format!("{what} of {wave} {k} of {name}")
        }
    }
}

fn text(quantity: &str, profile: &Profile) -> String {
    let [wide, _] = profile.intervals;
    let end = |end: Option<f64>| end.map_or_else(|| "?".to_owned(), number);
    let mut text = format!(
        "{quantity} = {}, 95 %: {} to {}",
        number(profile.value),
        end(wide.lower),
        end(wide.upper)
    );
    for (side, how) in ["below", "above"].into_iter().zip(profile.ends) {
        let words = match how {
            ProfileEnd::Crossed => continue,
            ProfileEnd::LostBranch => "open, as the steady state could not be followed further",
            ProfileEnd::TooManyPoints => "open, as the data never object: they do not bound it",
            ProfileEnd::LowerOptimum => "open, as better and better fits were found there",
            ProfileEnd::Interrupted => "unfinished, as it was stopped",
        };
        text += &format!("; {side} it is {words}");
    }
    let sides = ["below", "above"].into_iter().zip(profile.data_share()).zip(profile.ends);
    let by_prior: Vec<&str> = sides
        .filter(|((_, share), end)| {
            *end == ProfileEnd::Crossed && share.is_some_and(|share| share < BY_THE_PRIOR)
        })
        .map(|((side, _), _)| side)
        .collect();
    if !by_prior.is_empty() {
        let sides = by_prior.join(" and ");
        text += &format!("; {sides} it is the prior more than the data that bounds it");
    }
    text
}
