//! Transients under changed conditions, with bands by draws.

use lacuna_core::{Flow, Functions as _, Stop};
use lacuna_identify::Setting;
use lacuna_solve::{EvolutionOptions, EvolutionStep, Stability, Transient, evolve};

use super::bands::{band_of_draws, beyond_data, lost_draws, relative_half_width};
use super::conditions::Predictor;
use super::follow::leading;
use super::steady::{in_words, unstable_in_words};
use super::{BandMethod, Determination, PredictOptions, Predicted, Prediction, TransientOptions};
use crate::problem::Base;
use crate::solve::initial_state;
use crate::{Error, Result};

/// Draws need no more accuracy than this.
const TOLERANCE_OF_DRAWS: f64 = 1e-6;
/// How near a steady state the end of a transient has to be for its stability to be told, relative to
/// it.
const NEAR: f64 = 0.05;

impl Predictor {
    pub(super) fn transients(
        &self,
        options: &PredictOptions,
        transient: TransientOptions,
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Result<Vec<Prediction>> {
        if !(transient.end.is_finite() && transient.end > 0.0) {
            return Err(Error::Time { time: transient.end });
        }
        let mut predictions = Vec::new();
        for target in self.targets() {
            let index = target.experiments[0];
            let start = match &options.initial {
                Some(initial) => initial.at_nodes(&self.after, index)?,
                None => initial_state(&self.after, &self.states, index)?,
            };
            let name = (predictions.len() + 1).to_string();
            let prediction = self.transient(name, index, &start, options, transient, watch)?;
            let stop = prediction.outcome.stop();
            predictions.push(prediction);
            if stop == Stop::Interrupted {
                break;
            }
        }
        Ok(predictions)
    }

    fn transient(
        &self,
        name: String,
        index: usize,
        start: &[f64],
        options: &PredictOptions,
        transient: TransientOptions,
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Result<Prediction> {
        let setting = self.setting(index)?;
        let count = transient.times.max(1);
        let end = transient.end / self.after.units().time;
        let times: Vec<f64> = (0..=count).map(|i| end * i as f64 / count as f64).collect();
        let evolution =
            EvolutionOptions { tolerance: transient.tolerance, ..EvolutionOptions::default() };
        let mut found = integrate(&setting, start, &times, &evolution, watch)?;
        self.energies_as_given(&setting, &mut found);
        let conditions = self.after.conditions_in_words(index);
        let mut warnings = Vec::new();
        let mut uncertain = Uncertain::default();
        match &self.posterior {
            Some(_) if options.bands != BandMethod::None && found.stop.is_converged() => {
                uncertain = self.draw(&setting, start, &found, &evolution, options, watch);
                lost_draws(uncertain.lost, options.samples, &mut warnings);
            }
            _ => warnings.extend(self.why_no_band(options)),
        }
        if options.bands == BandMethod::Linearised && uncertain.method.is_some() {
            warnings.push("the bands of transients are made by draws".into());
        }
        warnings.extend(self.assumption(uncertain.method));
        if let Some(determination) = &uncertain.determination {
            let phrase = in_words(&conditions);
            warnings.extend(beyond_data(&name, &phrase, determination, options.tolerance));
        }
        let stability = stability_near(&setting, found.last());
        if let Some(stability) = stability.as_ref().filter(|stability| !stability.is_stable()) {
            warnings.push(format!(
                "at its end the transient is near a steady state that is {}: it will leave it; \
                 integrate further, or start it a little aside",
                unstable_in_words(&self.after.stability_as_given(stability.clone()))
            ));
        }
        Ok(Prediction {
            name,
            conditions,
            stability,
            shares: None,
            x: self.after.grid.nodes().coordinates().to_vec(),
            outcome: Predicted::Transient {
                t: found.times,
                u: found.states,
                bands: uncertain.bands,
                steps: found.steps,
                largest_energy_growth: found.largest_energy_growth,
                counts: found.counts,
                stop: found.stop,
            },
            bands: uncertain.method,
            lost_draws: uncertain.lost,
            determination: uncertain.determination,
            warnings,
        })
    }

    /// Free energies to the units of the problem: u ln u shifts with the unit of u.
    fn energies_as_given(&self, setting: &Setting<'_>, found: &mut Transient) {
        let (kind, units) = (self.after.loaded.problem.model.kind, self.after.units());
        let diffusion = kind.scalars().iter().find(|scalar| scalar.sets == Some(Base::Time));
        let Some(diffusion) = diffusion else { return };
        let slot = setting.model.slot(diffusion.name);
        let sigma = slot.map_or(0.0, |slot| setting.functions.values(slot)[0]);
        let shift = sigma * setting.conditions.mass * units.state.ln();
        let unit = units.of(diffusion.dimension) * units.mass();
        for step in &mut found.steps {
            step.free_energy = step.free_energy.map(|energy| unit * (energy + shift));
        }
    }

    fn draw(
        &self,
        setting: &Setting<'_>,
        start: &[f64],
        found: &Transient,
        evolution: &EvolutionOptions,
        options: &PredictOptions,
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Uncertain {
        let Some(posterior) = &self.posterior else { return Uncertain::default() };
        let loose = EvolutionOptions {
            tolerance: evolution.tolerance.max(TOLERANCE_OF_DRAWS),
            ..*evolution
        };
        let (samples, seed) = (options.samples, options.seed);
        let draws =
            setting.drawn_transients(posterior, start, &found.times, &loose, samples, seed, watch);
        if !draws.complete || draws.outcomes.is_empty() {
            return Uncertain { lost: draws.lost, ..Uncertain::default() };
        }
        let density = setting.model.is_density();
        let bands: Vec<_> = found
            .states
            .iter()
            .enumerate()
            .map(|(i, u)| {
                let states: Vec<&[f64]> =
                    draws.outcomes.iter().map(|states| states[i].as_slice()).collect();
                band_of_draws(u, &states, density)
            })
            .collect();
        let weights = setting.model.weights();
        let widths = found.states.iter().zip(&bands);
        let relative_half_width =
            widths.map(|(u, band)| relative_half_width(weights, u, band)).fold(0.0, f64::max);
        // How much of the end state is the data's, where the transient has come near it.
        let end = found.last();
        let linearised = lacuna_identify::solve_near(
            setting.model,
            &setting.functions,
            &setting.conditions,
            end,
        )
        .and_then(|u| setting.linearise(posterior, &u).ok());
        let share = linearised.as_ref().map(|linearised| linearised.determined);
        let unseen = linearised.as_ref().map(|linearised| linearised.unseen);
        Uncertain {
            bands,
            method: Some("samples"),
            lost: draws.lost,
            determination: Some(Determination { share, unseen, relative_half_width }),
        }
    }
}

/// The stability of the steady state that the end of a transient has come near to.
fn stability_near(setting: &Setting<'_>, last: &[f64]) -> Option<Stability> {
    let (model, functions, conditions) = (setting.model, &setting.functions, &setting.conditions);
    let u = lacuna_identify::solve_near(model, functions, conditions, last)?;
    let square = |value: &dyn Fn(usize) -> f64| -> f64 {
        model.weights().iter().enumerate().map(|(i, w)| w * value(i).powi(2)).sum()
    };
    let apart = square(&|i| u[i] - last[i]).sqrt() / square(&|i| u[i]).sqrt();
    let modes = leading(model, functions, conditions, &u).filter(|_| apart < NEAR)?;
    Some(modes.stability)
}

#[derive(Default)]
struct Uncertain {
    bands: Vec<lacuna_identify::Band>,
    method: Option<&'static str>,
    lost: usize,
    determination: Option<Determination>,
}

fn integrate(
    setting: &Setting<'_>,
    start: &[f64],
    times: &[f64],
    options: &EvolutionOptions,
    watch: &(dyn Fn() -> Flow + Sync),
) -> Result<Transient> {
    let model = setting.model;
    let mut evolution = model
        .evolution(&setting.functions, &setting.conditions)
        .ok_or(Error::NoEvolution { model: model.name() })?;
    let mut report = |_: &EvolutionStep| watch();
    evolve(evolution.as_mut(), start, times, options, Some(&mut report))
        .map_err(|source| Error::Evaluation { source })
}
