//! Stable steady states beside the ones that were followed.
//!
//! From an unstable state u the system leaves along its growing directions φ: u pushed along ±φ is
//! followed in time to where it settles. So is the last state of a branch that ends before the target.
//! Where the conditions are new, a few waves on the uniform density are followed in time too, since a
//! stable state may be one that no observed state leads to.

use std::f64::consts::TAU;

use lacuna_core::{Flow, Model};
use lacuna_identify::{Setting, draws};
use lacuna_solve::{SettleOptions, Settled, Stability, pushed, same_state, settle};

use super::steady::{Found, Route};

/// How far an unstable state is pushed, relative to it.
const PUSH: f64 = 0.1;
/// Growing directions that are tried.
const DIRECTIONS: usize = 2;
/// States that differ by less than this part are one.
pub(super) const SAME: f64 = 1e-5;
/// Waves that a search starts from, and their strength in ln u.
const WAVES: [usize; 2] = [1, 2];
const STRENGTH: f64 = 1.5;

/// Where a start goes in time.
pub(super) fn settled(
    setting: &Setting<'_>,
    start: &[f64],
    watch: &(dyn Fn() -> Flow + Sync),
) -> Option<Settled> {
    let options = SettleOptions::default();
    let (model, functions, conditions) = (setting.model, &setting.functions, &setting.conditions);
    settle(model, functions, conditions, start, &options, &|| watch()).ok().flatten()
}

/// Both sides of every growing direction of an unstable state.
pub(super) fn sides(model: &dyn Model, u: &[f64], growing: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let directions = growing.iter().take(DIRECTIONS);
    directions.flat_map(|phi| [PUSH, -PUSH].map(|part| pushed(model, u, phi, part))).collect()
}

/// Whether two states of a setting are the same, or translates where that is the same.
pub(super) fn is_same(setting: &Setting<'_>, a: &[f64], b: &[f64]) -> bool {
    let (model, functions, conditions) = (setting.model, &setting.functions, &setting.conditions);
    same_state(model, functions, conditions, [a, b], SAME).unwrap_or(false)
}

/// Adds the stable states that those found lead to, and with `search` those that a search finds.
pub(super) fn add_partners(
    setting: &Setting<'_>,
    found: &mut Vec<Found>,
    search: bool,
    watch: &(dyn Fn() -> Flow + Sync),
) {
    for k in 0..found.len() {
        let Some(growing) = found[k].growing().map(<[Vec<f64>]>::to_vec) else { continue };
        let (u, from, of) = (found[k].u.clone(), found[k].from.clone(), found[k].experiment());
        let mut ways_out = Vec::new();
        for start in sides(setting.model, &u, &growing) {
            let from = format!("the unstable state ({from}), pushed along its growing direction");
            match settled(setting, &start, watch) {
                Some(Settled::State { u, stability }) => {
                    add(setting, found, u, stability, from, Route::Pushed { of });
                }
                Some(Settled::Unbounded) => ways_out.push("grows beyond all bounds"),
                Some(Settled::Unsettled) => ways_out.push("does not settle to a steady state"),
                None => {}
            }
        }
        ways_out.dedup();
        for way in ways_out {
            found[k].notes.push(format!("pushed along its growing direction, the state {way}"));
        }
    }
    if search && setting.model.is_density() {
        let starts = waves(setting);
        let ends = draws(starts.len(), watch, |i| settled(setting, &starts[i as usize], watch));
        for end in ends.outcomes {
            if let Settled::State { u, stability } = end {
                let from = "a search in time from other starts".to_owned();
                add(setting, found, u, stability, from, Route::Searched);
            }
        }
    }
}

fn add(
    setting: &Setting<'_>,
    found: &mut Vec<Found>,
    u: Vec<f64>,
    stability: Stability,
    from: String,
    route: Route,
) {
    if !found.iter().any(|known| known.stop.is_converged() && is_same(setting, &known.u, &u)) {
        found.push(Found::settled(setting, u, stability, from, route));
    }
}

/// The uniform density times e^{±STRENGTH cos(2πm x/L)}, at four phases.
fn waves(setting: &Setting<'_>) -> Vec<Vec<f64>> {
    let n = setting.model.n_nodes();
    let level = setting.conditions.mass / setting.model.weights().iter().sum::<f64>();
    let wave = |mode: usize, quarter: usize| {
        let phase = |i: usize| TAU * ((mode * i) as f64 / n as f64 + quarter as f64 / 4.0);
        (0..n).map(|i| level * (STRENGTH * phase(i).cos()).exp()).collect()
    };
    WAVES.iter().flat_map(|&mode| (0..4).map(move |quarter| wave(mode, quarter))).collect()
}
