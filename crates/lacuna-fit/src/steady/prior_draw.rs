//! Functions drawn from the prior at its natural scale, for questions that are asked before there are data.

use lacuna_core::{Model, Tabulated};

use super::nominal::ORDER;
use super::problem::{ModalUnknown, ObservedState};
use super::{SteadyUnknown, prior_of, smallest_unit};
use crate::multi_start::derive_seed;
use crate::random::Random;

/// Values of the unknowns drawn from the prior at its natural scale, each at the points of its slot; the
/// same for the same seed.
pub fn prior_draw(
    model: &dyn Model,
    unknowns: &[SteadyUnknown],
    states: &[ObservedState],
    seed: u64,
) -> Vec<Vec<f64>> {
    let units = natural_units(model, unknowns, states);
    let draw = |(s, (unknown, unit)): (usize, (&SteadyUnknown, f64))| {
        let (prior, center) = prior_of(model, &of_order(unknown));
        let prior = prior.in_unit(unit);
        let mut random = Random::new(derive_seed(seed, s as u64));
        if let Some(form) = prior.modes.closed_form() {
            // Near the values that were given.
            let c: Vec<f64> = (0..form.len()).map(|_| 0.1 * random.normal()).collect();
            return form.values(&c);
        }
        let c: Vec<f64> =
            prior.standard_deviations().iter().map(|sd| sd * random.normal()).collect();
        let modal = ModalUnknown { slot: unknown.unknown.slot, prior, center, offset: Vec::new() };
        let g = modal.prior.modes.values() * faer::ColRef::from_slice(&c);
        g.iter().map(|g| modal.value(g + center)).collect()
    };
    unknowns.iter().zip(units).enumerate().map(draw).collect()
}

/// The natural unit of every unknown, with all unknowns at their centres and a uniform state.
fn natural_units(
    model: &dyn Model,
    unknowns: &[SteadyUnknown],
    states: &[ObservedState],
) -> Vec<f64> {
    let centers: Vec<Vec<f64>> = unknowns
        .iter()
        .map(|u| {
            let slot = &model.slots()[u.unknown.slot];
            let (prior, center) = prior_of(model, &of_order(u));
            if let Some(form) = prior.modes.closed_form() {
                return form.values(&vec![0.0; form.len()]);
            }
            let modal = ModalUnknown { slot: u.unknown.slot, prior, center, offset: Vec::new() };
            vec![modal.value(center); slot.points.len()]
        })
        .collect();
    let length: f64 = model.weights().iter().sum();
    let unit = |s: usize| {
        let unit = |state: &ObservedState| {
            let terms = state.slots.iter().map(|slot| slot.known.clone()).collect();
            let mut functions = Tabulated::new(model.slots(), terms);
            for (slot, terms) in state.slots.iter().enumerate() {
                if let Some(unknown) = terms.unknown {
                    let values = functions.values_mut(slot);
                    values.iter_mut().zip(&centers[unknown]).for_each(|(to, v)| *to += v);
                }
            }
            let u = vec![state.conditions.mass / length; model.n_nodes()];
            model.natural_scale(unknowns[s].unknown.slot, &u, &functions)
        };
        smallest_unit(states.iter().map(unit))
    };
    (0..unknowns.len()).map(unit).collect()
}

fn of_order(unknown: &SteadyUnknown) -> SteadyUnknown {
    SteadyUnknown { prior: unknown.prior.or_order(ORDER), ..unknown.clone() }
}
