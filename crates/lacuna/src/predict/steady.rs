//! Steady states under changed conditions, stable ones first.

use lacuna_core::{Conditions, Flow, Functions as _, Model, Stop, Tabulated};
use lacuna_identify::Setting;
use lacuna_solve::{LeadingModes, Settled, Stability, SteadyStateOptions, steady_state};

use super::bands::{Banded, bands_of_states, beyond_data};
use super::conditions::{Predictor, Target};
use super::fates::Way;
use super::follow::{Crossing, Followed, Path, leading};
use super::partners::{add_partners, is_same, settled};
use super::{BandMethod, PredictOptions, Predicted, Prediction};
use crate::solve::initial_state;
use crate::units::number;
use crate::{Error, Result};

/// The shortest part of the way over which a change of stability is looked for.
const FINEST: f64 = 1e-3;

/// A state and how it was found.
pub(super) struct Found {
    pub u: Vec<f64>,
    pub stop: Stop,
    pub residual: f64,
    pub from: String,
    pub notes: Vec<String>,
    pub modes: Option<LeadingModes>,
    pub route: Route,
}

/// How a state was come by.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// From the state of an experiment (from 0), as far as `reached` of the way, and in time from there.
    Followed { experiment: usize, crossings: Vec<Crossing>, reached: f64 },
    /// From a start that was given.
    Given,
    /// In time from an unstable state that was followed from an experiment, or given.
    Pushed { of: Option<usize> },
    /// In time from other starts.
    Searched,
}

impl Found {
    pub(super) fn settled(
        setting: &Setting<'_>,
        u: Vec<f64>,
        stability: Stability,
        from: String,
        route: Route,
    ) -> Self {
        let residual = residual(setting, &u);
        let modes = Some(LeadingModes { stability, vectors: Vec::new() });
        Self { u, stop: Stop::Converged, residual, from, notes: Vec::new(), modes, route }
    }

    pub(super) fn is_stable(&self) -> Option<bool> {
        self.modes.as_ref().map(|modes| modes.stability.is_stable())
    }

    /// The directions that grow, where it is unstable.
    pub(super) fn growing(&self) -> Option<&[Vec<f64>]> {
        let modes = self.modes.as_ref().filter(|modes| !modes.stability.is_stable())?;
        Some(&modes.vectors[..modes.stability.unstable_directions.min(modes.vectors.len())])
    }

    /// The experiment it was followed from.
    pub(super) fn experiment(&self) -> Option<usize> {
        match self.route {
            Route::Followed { experiment, .. } => Some(experiment),
            _ => None,
        }
    }

    /// Whether something happened on the way that makes other states likely.
    fn is_suspect(&self) -> bool {
        let passed = match &self.route {
            Route::Followed { crossings, reached, .. } => !crossings.is_empty() || *reached < 1.0,
            _ => false,
        };
        passed || self.is_stable() == Some(false) || !self.stop.is_converged()
    }
}

impl Predictor {
    pub(super) fn steady_states(
        &self,
        options: &PredictOptions,
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Result<Vec<Prediction>> {
        let mut predictions: Vec<Prediction> = Vec::new();
        for target in self.targets() {
            let index = target.experiments[0];
            let setting = self.setting(index)?;
            let mut found = self.find(&target, &setting, options, watch)?;
            if !found.iter().any(|f| f.stop == Stop::Interrupted) {
                let followed = found.iter().any(|f| f.experiment().is_some());
                let new = followed && target.experiments.iter().any(|e| self.is_changed(*e));
                let search = new || found.iter().any(Found::is_suspect);
                add_partners(&setting, &mut found, search, watch);
                found.sort_by_key(|f| f.is_stable() == Some(false));
                // What did not converge is given only where there is nothing better; why, always.
                let (mut good, bad): (Vec<Found>, Vec<Found>) =
                    found.into_iter().partition(|f| f.stop.is_converged());
                found = match good.first_mut() {
                    Some(first) => {
                        first.notes.extend(bad.into_iter().flat_map(|f| f.notes));
                        good
                    }
                    None => bad,
                };
            }
            let banded = self.banded(&setting, &found, options, watch)?;
            let first = predictions.len();
            let stable: Vec<String> = (0..found.len())
                .filter(|k| found[*k].is_stable() == Some(true))
                .map(|k| (first + k + 1).to_string())
                .collect();
            let interrupted = found.iter().any(|f| f.stop == Stop::Interrupted);
            for (found, banded) in found.into_iter().zip(banded) {
                let name = (predictions.len() + 1).to_string();
                predictions.push(self.prediction(name, index, found, banded, &stable, options));
            }
            if interrupted {
                break;
            }
        }
        Ok(predictions)
    }

    /// Every steady state of a target that the known ones lead to, from the nearest first.
    fn find(
        &self,
        target: &Target,
        setting: &Setting<'_>,
        options: &PredictOptions,
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Result<Vec<Found>> {
        let index = target.experiments[0];
        if let Some(initial) = &options.initial {
            let guess = initial.at_nodes(&self.after, index)?;
            let from = format!("the initial state {}", initial.text());
            return Ok(vec![solve(setting, &guess, from, Route::Given, watch)?]);
        }
        if self.states.is_empty() {
            let guess = initial_state(&self.after, &[], index)?;
            let from = "the start of the problem".into();
            return Ok(vec![solve(setting, &guess, from, Route::Given, watch)?]);
        }
        let mut starts = target.experiments.clone();
        let distance = |e: &usize| -> f64 {
            self.observed(*e).map_or(f64::INFINITY, |(functions, _)| {
                distance(self.after.model.as_ref(), &functions, &setting.functions)
            })
        };
        starts.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        let mut found: Vec<Found> = Vec::new();
        for e in starts {
            let state = self.follow(e, setting, watch)?;
            let is_new =
                |known: &Found| !is_same(setting, &known.u, &state.u) || !state.stop.is_converged();
            if found.is_empty() || (state.stop.is_converged() && found.iter().all(is_new)) {
                found.push(state);
            } else if let Some(known) = found.iter_mut().find(|known| !is_new(known)) {
                // What was passed on another way to the same state is worth knowing too.
                known.notes.extend(state.notes);
            }
            if watch() == Flow::Stop {
                break;
            }
        }
        Ok(found)
    }

    /// The state of experiment `e` followed to the target, and in time from the end of its branch.
    fn follow(
        &self,
        e: usize,
        setting: &Setting<'_>,
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Result<Found> {
        let (functions, conditions) = self.observed(e)?;
        let path = Path {
            model: setting.model,
            from: (&functions, &conditions),
            to: (&setting.functions, &setting.conditions),
            finest: Some(FINEST),
        };
        let followed = path.follow(&self.states[e], &|| watch());
        let Followed { u, reached, interrupted, crossings, .. } = followed;
        let name = self.experiment_name(e);
        let from = format!("the state of experiment {name}");
        let notes: Vec<String> =
            crossings.iter().map(|c| self.crossing_in_words(e, &name, *c)).collect();
        let route = Route::Followed { experiment: e, crossings, reached };
        if interrupted {
            let (stop, residual) = (Stop::Interrupted, f64::NAN);
            return Ok(Found { u, stop, residual, from, notes, modes: None, route });
        }
        let mut found = if reached < 1.0 {
            match settled(setting, &u, watch) {
                Some(Settled::State { u, stability }) => {
                    let from = format!("the end of the branch of experiment {name}, in time");
                    Found::settled(setting, u, stability, from, route)
                }
                _ => solve(setting, &u, from, route, watch)?,
            }
        } else {
            solve(setting, &u, from, route, watch)?
        };
        found.notes = notes;
        if reached < 1.0 {
            let given = if found.from.ends_with("in time") {
                "the state given is where the system goes from there, in time"
            } else {
                "the state given was searched for from there and may belong to another branch"
            };
            found.notes.push(format!(
                "the state of experiment {name} could not be continued to these conditions: its branch \
                 ends or turns at {}; {given}",
                self.on_the_way(e, reached)
            ));
        }
        Ok(found)
    }

    fn crossing_in_words(&self, e: usize, name: &str, crossing: Crossing) -> String {
        let Crossing { lambda, before, after } = crossing;
        let what = match (before, after) {
            (0, _) => "loses its stability",
            (_, 0) => "becomes stable",
            _ => "changes its number of unstable directions",
        };
        format!(
            "followed from experiment {name} the state {what} at {} (unstable directions: {before} \
             before, {after} after)",
            self.on_the_way(e, lambda)
        )
    }

    /// Where a part of the way is, e.g. "coupling = 0.45 (63.2 % of the way from 0.42 to 0.6)".
    fn on_the_way(&self, e: usize, lambda: f64) -> String {
        let before = self.before.conditions_in_words(e);
        let after = self.after.conditions_in_words(e);
        let mut places = Vec::new();
        for (name, to) in &after {
            let from = before.iter().find(|(n, _)| n == name).map(|(_, value)| value);
            let from = match (from, name.as_str()) {
                (Some(from), _) => from.clone(),
                (None, "mass") => "1".into(),
                (None, _) => "0".into(),
            };
            if from == *to {
                continue;
            }
            places.push(match (from.parse::<f64>(), to.parse::<f64>()) {
                (Ok(a), Ok(b)) => {
                    format!("{name} = {} (between {from} and {to})", number(a + lambda * (b - a)))
                }
                _ => format!("{:.1} % of the way of {name} from {from} to {to}", 100.0 * lambda),
            });
        }
        match places.len() {
            0 => "the observed conditions".into(),
            1 => places.swap_remove(0),
            _ => format!("{:.1} % of the way: {}", 100.0 * lambda, places.join(", ")),
        }
    }

    /// Whether the conditions of experiment `e` have been changed.
    pub(super) fn is_changed(&self, e: usize) -> bool {
        self.before.conditions_in_words(e) != self.after.conditions_in_words(e)
    }

    pub(super) fn experiment_name(&self, e: usize) -> String {
        self.after.experiment_name(e)
    }

    fn banded(
        &self,
        setting: &Setting<'_>,
        found: &[Found],
        options: &PredictOptions,
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Result<Vec<Banded>> {
        let Some(posterior) = self.posterior.as_ref().filter(|_| options.bands != BandMethod::None)
        else {
            let why = || self.why_no_band(options).into_iter().collect();
            return Ok(found.iter().map(|_| Banded::none(why())).collect());
        };
        let several = found.iter().filter(|f| f.is_stable() == Some(true)).count() > 1;
        let start = found.iter().find_map(Found::experiment);
        let way = match start.filter(|_| several || found.iter().any(Found::is_suspect)) {
            Some(experiment) => {
                let before = self.setting_before(experiment)?;
                Some(Way { before, state: &self.states[experiment], experiment })
            }
            None => None,
        };
        Ok(bands_of_states(setting, posterior, found, way.as_ref(), options, watch))
    }

    fn prediction(
        &self,
        name: String,
        index: usize,
        found: Found,
        banded: Banded,
        stable: &[String],
        options: &PredictOptions,
    ) -> Prediction {
        let conditions = self.after.conditions_in_words(index);
        let Banded { band, method, lost, determination, shares, warnings: of_band } = banded;
        let mut warnings: Vec<String> = self.instability(&found, stable).into_iter().collect();
        warnings.extend(found.notes);
        warnings.extend(of_band);
        warnings.extend(self.assumption(method));
        if let Some(shares) = &shares {
            warnings.extend(shares.in_words());
        }
        if let Some(determination) = &determination {
            let phrase = in_words(&conditions);
            warnings.extend(beyond_data(&name, &phrase, determination, options.tolerance));
        }
        if found.stop.is_converged() {
            warnings.extend(self.extrapolations(index, &found.u));
        }
        let (u, stop, residual, from) = (found.u, found.stop, found.residual, found.from);
        Prediction {
            name,
            conditions,
            x: self.after.grid.nodes().coordinates().to_vec(),
            outcome: Predicted::State { u, band, stop, residual, from },
            stability: found.modes.map(|modes| modes.stability),
            shares,
            bands: method,
            lost_draws: lost,
            determination,
            warnings,
        }
    }

    /// What to say of a state that is unstable.
    fn instability(&self, found: &Found, stable: &[String]) -> Option<String> {
        let stability = found.modes.as_ref()?.stability.clone();
        if stability.is_stable() {
            return None;
        }
        let rest = match stable {
            [] => "no stable one was found under these conditions".to_owned(),
            [one] => format!("the stable one is prediction {one}"),
            many => format!("the stable ones are predictions {}", many.join(", ")),
        };
        let what = unstable_in_words(&self.after.stability_as_given(stability));
        Some(format!("this state is {what}: the system leaves it; {rest}"))
    }

    /// What the bands rest on, where that was assumed.
    pub(super) fn assumption(&self, method: Option<&str>) -> Option<String> {
        let (noise, _) = (self.assumed_noise?, method?);
        Some(format!(
            "bands assume errors of {noise:e} of the root mean square in data that were given as exact \
             ([diagnose] noise)"
        ))
    }

    pub(super) fn why_no_band(&self, options: &PredictOptions) -> Option<String> {
        if options.bands == BandMethod::None || self.posterior.is_some() {
            return None;
        }
        Some(if self.is_recovered {
            "no band: the model does not say what its data left open (it was written by an older \
             version, or that could not be examined)"
                .into()
        } else {
            "no band: every function is known, so lower = upper = value".into()
        })
    }
}

/// E.g. "unstable (1 growing direction, rate 0.0120 per unit of time)", in the unit of the eigenvalues.
pub(crate) fn unstable_in_words(stability: &Stability) -> String {
    let rate = stability.eigenvalues.first().map_or(f64::NAN, |lambda| lambda.re);
    let directions = match stability.unstable_directions {
        1 => "1 growing direction".to_owned(),
        n => format!("{n} growing directions"),
    };
    format!("unstable ({directions}, rate {} per unit of time)", number(rate))
}

/// Conditions as one phrase.
pub(super) fn in_words(conditions: &[(String, String)]) -> String {
    let words: Vec<String> = conditions.iter().map(|(n, v)| format!("{n} = {v}")).collect();
    words.join(", ")
}

/// By all means.
fn solve(
    setting: &Setting<'_>,
    guess: &[f64],
    from: String,
    route: Route,
    watch: &(dyn Fn() -> Flow + Sync),
) -> Result<Found> {
    let options = SteadyStateOptions::default();
    let mut report = |_: &lacuna_solve::SolveStep| watch();
    let (model, functions, conditions) = (setting.model, &setting.functions, &setting.conditions);
    let found = steady_state(model, functions, conditions, guess, &options, Some(&mut report))
        .map_err(|source| Error::Evaluation { source })?;
    let (u, stop, residual) = (found.u, found.stop, found.residual);
    let modes = stop.is_converged().then(|| leading(model, functions, conditions, &u)).flatten();
    Ok(Found { u, stop, residual, from, notes: Vec::new(), modes, route })
}

/// ‖T(u) − u‖/‖u‖.
fn residual(setting: &Setting<'_>, u: &[f64]) -> f64 {
    let mut image = vec![0.0; u.len()];
    let (functions, conditions): (&Tabulated, &Conditions) =
        (&setting.functions, &setting.conditions);
    let mut pool = lacuna_core::Pool::new();
    if setting.model.map_f64(u, functions, conditions, &mut pool, &mut image).is_err() {
        return f64::NAN;
    }
    let weights = setting.model.weights();
    let square = |value: &dyn Fn(usize) -> f64| -> f64 {
        weights.iter().enumerate().map(|(i, w)| w * value(i).powi(2)).sum()
    };
    (square(&|i| image[i] - u[i]) / square(&|i| u[i])).sqrt()
}

/// How far two sets of functions are apart, each slot relative to its size.
fn distance(model: &dyn Model, a: &Tabulated, b: &Tabulated) -> f64 {
    let part = |slot: usize| -> f64 {
        let (a, b) = (a.values(slot), b.values(slot));
        let size: f64 = a.iter().zip(b).map(|(a, b)| a * a + b * b).sum();
        let apart: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
        if size > 0.0 { apart / size } else { 0.0 }
    };
    (0..model.slots().len()).map(part).sum()
}
