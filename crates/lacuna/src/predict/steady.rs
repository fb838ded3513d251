//! Steady states under changed conditions.

use lacuna_core::{Flow, Functions as _, Model, Stop, Tabulated};
use lacuna_identify::Setting;
use lacuna_solve::{SteadyStateOptions, steady_state};

use super::bands::{Banded, band_of_state, beyond_data};
use super::conditions::{Predictor, Target};
use super::follow::{Followed, Path};
use super::{BandMethod, PredictOptions, Predicted, Prediction};
use crate::solve::initial_state;
use crate::{Error, Result};

/// States that differ by less than this part are one.
const SAME: f64 = 1e-6;

/// A state and how it was found.
struct Found {
    u: Vec<f64>,
    stop: Stop,
    residual: f64,
    from: String,
    warning: Option<String>,
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
            for found in self.find(&target, &setting, options, watch)? {
                let name = (predictions.len() + 1).to_string();
                let prediction = self.banded(name, index, &setting, found, options, watch);
                let stop = prediction.outcome.stop();
                predictions.push(prediction);
                if stop == Stop::Interrupted {
                    return Ok(predictions);
                }
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
            return Ok(vec![solve(setting, &guess, from, watch)?]);
        }
        if self.states.is_empty() {
            let guess = initial_state(&self.after, &[], index)?;
            return Ok(vec![solve(setting, &guess, "the start of the problem".into(), watch)?]);
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
            let is_new = |known: &Found| {
                !same(setting.model.weights(), &known.u, &state.u) || !state.stop.is_converged()
            };
            if found.is_empty() || (state.stop.is_converged() && found.iter().all(is_new)) {
                found.push(state);
            }
            if watch() == Flow::Stop {
                break;
            }
        }
        Ok(found)
    }

    /// The state of experiment `e` followed to the target.
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
        };
        let Followed { u, reached, interrupted } = path.follow(&self.states[e], &|| watch());
        let name = self.experiment_name(e);
        let from = format!("the state of experiment {name}");
        if interrupted {
            return Ok(Found {
                u,
                stop: Stop::Interrupted,
                residual: f64::NAN,
                from,
                warning: None,
            });
        }
        let mut found = solve(setting, &u, from, watch)?;
        if reached < 1.0 {
            let there: Vec<String> = self
                .before
                .conditions_in_words(e)
                .iter()
                .zip(self.after.conditions_in_words(e))
                .filter(|(before, after)| before.1 != after.1)
                .map(|((name, before), (_, after))| format!("{name} from {before} to {after}"))
                .collect();
            found.warning = Some(format!(
                "the state of experiment {name} could not be continued to these conditions: its branch \
                 was followed {:.1} % of the way ({}) and ends or turns there; the state given was \
                 searched for from there and may belong to another branch",
                100.0 * reached,
                there.join(", ")
            ));
        }
        Ok(found)
    }

    pub(super) fn experiment_name(&self, e: usize) -> String {
        let spec = self.after.loaded.problem.experiments.get(e);
        spec.and_then(|s| s.name.clone()).unwrap_or_else(|| (e + 1).to_string())
    }

    fn banded(
        &self,
        name: String,
        index: usize,
        setting: &Setting<'_>,
        found: Found,
        options: &PredictOptions,
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Prediction {
        let conditions = self.after.conditions_in_words(index);
        let banded = match &self.posterior {
            Some(posterior) if options.bands != BandMethod::None && found.stop.is_converged() => {
                band_of_state(setting, posterior, &found.u, options, watch)
            }
            _ => Banded::none(self.why_no_band(options).into_iter().collect()),
        };
        let Banded { band, method, lost, determination, mut warnings } = banded;
        warnings.extend(found.warning);
        warnings.extend(self.assumption(method));
        if let Some(determination) = &determination {
            let phrase = in_words(&conditions);
            warnings.extend(beyond_data(&name, &phrase, determination, options.tolerance));
        }
        let (u, stop, residual, from) = (found.u, found.stop, found.residual, found.from);
        Prediction {
            name,
            conditions,
            x: self.after.grid.nodes().coordinates().to_vec(),
            outcome: Predicted::State { u, band, stop, residual, from },
            bands: method,
            lost_draws: lost,
            determination,
            warnings,
        }
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
    watch: &(dyn Fn() -> Flow + Sync),
) -> Result<Found> {
    let options = SteadyStateOptions::default();
    let mut report = |_: &lacuna_solve::SolveStep| watch();
    let found = steady_state(
        setting.model,
        &setting.functions,
        &setting.conditions,
        guess,
        &options,
        Some(&mut report),
    )
    .map_err(|source| Error::Evaluation { source })?;
    let (u, stop, residual) = (found.u, found.stop, found.residual);
    Ok(Found { u, stop, residual, from, warning: None })
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

fn same(weights: &[f64], a: &[f64], b: &[f64]) -> bool {
    let square = |value: &dyn Fn(usize) -> f64| -> f64 {
        weights.iter().enumerate().map(|(i, w)| w * value(i).powi(2)).sum()
    };
    square(&|i| a[i] - b[i]).sqrt() <= SAME * square(&|i| a[i]).sqrt()
}
