//! What becomes of a prediction in draws from what the data left open.
//!
//! In draw i of the functions every state k that was found is followed from its linearisation, and its
//! stability computed; and, where more than one state may be meant, the observed state is followed to
//! the new conditions with the functions of the draw, over a bifurcation or the end of its branch, to
//! where it settles. The band of state k is that of
//!
//! - state k of the draw, where it is there and as stable as in the result;
//! - else where the draw ends, if that is nearest to k: a bifurcation that some draws have passed and
//!   others have not makes the band wide, and one that all have passed splits it into those of the
//!   states beyond.

use lacuna_core::Flow;
use lacuna_identify::{LinearisedState, Posterior, Setting, draws};
use lacuna_solve::{LeadingModes, Settled};
use serde::Serialize;

use super::follow::{Path, leading};
use super::partners::{settled, sides};
use super::steady::{Found, Route};

/// The shortest step over which a draw looks for a change of stability.
const FINEST: f64 = 0.02;
/// Shares above this are not spoken of.
const CERTAIN: f64 = 0.995;

/// The way to the target, to be gone by every draw.
pub(super) struct Way<'a> {
    /// The equation under the observed conditions.
    pub before: Setting<'a>,
    /// The state there.
    pub state: &'a [f64],
    /// Of which experiment (from 0) that is.
    pub experiment: usize,
}

/// What the draws say of one state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct DrawShares {
    /// Number of draws.
    pub draws: usize,
    /// Part of them in which the state is there.
    pub exists: f64,
    /// Part of them in which it is there and stable; none where the equation does not evolve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stable: Option<f64>,
    /// Part of them in which the observed state, followed to these conditions, ends near this one;
    /// none where that was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<f64>,
}

impl DrawShares {
    /// What a reader should see of it.
    pub(super) fn in_words(&self) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(stable) = self.stable.filter(|stable| *stable < CERTAIN) {
            parts.push(format!(
                "this state is there in {:.0} % of them and stable in {:.0} %",
                100.0 * self.exists,
                100.0 * stable
            ));
        }
        if let Some(reached) = self.reached.filter(|reached| *reached < CERTAIN) {
            parts.push(format!(
                "the observed state followed to these conditions ends at or near it in {:.0} %",
                100.0 * reached
            ));
        }
        (!parts.is_empty()).then(|| {
            format!("of {} draws from what the data left open: {}", self.draws, parts.join("; "))
        })
    }
}

/// The draws of one state.
pub(super) struct StateDraws {
    pub shares: DrawShares,
    /// What its band is made of.
    pub states: Vec<Vec<f64>>,
    /// Draws that have nothing for it.
    pub lost: usize,
}

struct Here {
    u: Vec<f64>,
    unstable: Option<usize>,
}

enum End {
    /// At a state that was found.
    At(usize),
    /// Elsewhere.
    Other(Vec<f64>),
}

struct Draw {
    states: Vec<Option<Here>>,
    ends: Option<Vec<End>>,
}

/// The draws of every state found; none if they were interrupted.
pub(super) fn fates(
    setting: &Setting<'_>,
    posterior: &Posterior,
    found: &[(&Found, LinearisedState)],
    way: Option<&Way<'_>>,
    [samples, seed]: [u64; 2],
    watch: &(dyn Fn() -> Flow + Sync),
) -> Option<Vec<StateDraws>> {
    let made = draws(samples as usize, watch, |index| {
        let c = posterior.draw(seed, index);
        let drawn = Setting {
            model: setting.model,
            functions: setting.functions_at(posterior, &c),
            conditions: setting.conditions.clone(),
            unknowns: Vec::new(),
        };
        let states: Vec<Option<Here>> = found
            .iter()
            .map(|(known, linearised)| {
                let u = setting.state_at(posterior, &known.u, linearised, &c)?;
                let unstable = modes(&drawn, &u).map(|m| m.stability.unstable_directions);
                Some(Here { u, unstable })
            })
            .collect();
        let ends = way.and_then(|way| way.ends(posterior, &c, &drawn, found, &states, watch));
        Some(Draw { states, ends })
    });
    if !made.complete {
        return None;
    }
    Some((0..found.len()).map(|k| of_state(setting, found, k, &made.outcomes, way)).collect())
}

fn modes(setting: &Setting<'_>, u: &[f64]) -> Option<LeadingModes> {
    leading(setting.model, &setting.functions, &setting.conditions, u)
}

impl Way<'_> {
    /// Where the observed state goes with the functions of a draw; none if it is not there.
    fn ends(
        &self,
        posterior: &Posterior,
        c: &[f64],
        drawn: &Setting<'_>,
        found: &[(&Found, LinearisedState)],
        states: &[Option<Here>],
        watch: &(dyn Fn() -> Flow + Sync),
    ) -> Option<Vec<End>> {
        let functions = self.before.functions_at(posterior, c);
        let path = |finest| Path {
            model: drawn.model,
            from: (&functions, &self.before.conditions),
            to: (&drawn.functions, &drawn.conditions),
            finest,
        };
        let mut followed = path(None).follow(self.state, &|| watch());
        if followed.reached == 0.0 {
            return None;
        }
        let unstable = |u: &[f64]| modes(drawn, u).filter(|m| !m.stability.is_stable());
        let mut growing = if followed.reached < 1.0 { None } else { unstable(&followed.u) };
        if growing.is_some() {
            // The long steps may have missed the turn of an imperfect bifurcation.
            let slowly = path(Some(FINEST)).follow(self.state, &|| watch());
            if slowly.reached == 1.0 {
                growing = unstable(&slowly.u);
                followed = slowly;
            }
        }
        if followed.reached == 1.0 && growing.is_none() {
            return Some(vec![End::Other(followed.u)]);
        }
        // States that the result left for in the same way.
        let there = |k: usize| matches!(&states[k], Some(here) if here.unstable == Some(0));
        let same_way = |route: &Route| match (route, &growing) {
            (Route::Pushed { of }, Some(_)) => *of == Some(self.experiment),
            (Route::Followed { reached, .. }, None) => *reached < 1.0,
            _ => false,
        };
        let known: Vec<End> = (0..found.len())
            .filter(|&k| same_way(&found[k].0.route) && there(k))
            .map(End::At)
            .collect();
        if !known.is_empty() {
            return Some(known);
        }
        let starts = match growing {
            Some(modes) => sides(drawn.model, &followed.u, &modes.vectors[..1]),
            None => vec![followed.u],
        };
        let ends = starts.iter().filter_map(|start| match settled(drawn, start, watch) {
            Some(Settled::State { u, .. }) => Some(End::Other(u)),
            _ => None,
        });
        Some(ends.collect())
    }
}

fn of_state(
    setting: &Setting<'_>,
    found: &[(&Found, LinearisedState)],
    k: usize,
    draws: &[Draw],
    way: Option<&Way<'_>>,
) -> StateDraws {
    let stable = found[k].0.is_stable();
    let known = &found[k].0.u;
    let invariant = setting.may_be_translated(known);
    let mut out = StateDraws { shares: DrawShares::default(), states: Vec::new(), lost: 0 };
    let (mut exists, mut stays, mut judged, mut reached, mut gone) = (0, 0, 0, 0.0, 0);
    for draw in draws {
        let here = draw.states[k].as_ref();
        exists += usize::from(here.is_some());
        judged += usize::from(here.is_some_and(|h| h.unstable.is_some()));
        stays += usize::from(here.is_some_and(|h| h.unstable == Some(0)));
        let mut near: Vec<Vec<f64>> = Vec::new();
        if let Some(ends) = &draw.ends {
            gone += 1;
            let part = 1.0 / ends.len().max(1) as f64;
            for end in ends {
                let at_k = match end {
                    End::At(other) => *other == k,
                    End::Other(u) => {
                        let is_nearest = nearest(setting, found, draw, u) == Some(k);
                        if is_nearest {
                            near.push(if invariant { aligned(u, known) } else { u.clone() });
                        }
                        is_nearest
                    }
                };
                reached += if at_k { part } else { 0.0 };
            }
        }
        let own = here.filter(|h| stable != Some(true) || h.unstable.is_none_or(|n| n == 0));
        match own {
            Some(here) => out.states.push(here.u.clone()),
            None if stable == Some(true) && !near.is_empty() => out.states.extend(near),
            None => out.lost += 1,
        }
    }
    let share = |count: usize| count as f64 / draws.len().max(1) as f64;
    out.shares = DrawShares {
        draws: draws.len(),
        exists: share(exists),
        stable: (judged > 0 || exists == 0 && stable.is_some()).then(|| share(stays)),
        reached: (way.is_some() && gone > 0).then(|| reached / gone as f64),
    };
    out
}

/// The stable state found that is nearest to an end, in the draw where that has it.
fn nearest(
    setting: &Setting<'_>,
    found: &[(&Found, LinearisedState)],
    draw: &Draw,
    u: &[f64],
) -> Option<usize> {
    let distance = |k: usize| -> f64 {
        let known = match &draw.states[k] {
            Some(here) if here.unstable.is_none_or(|n| n == 0) => &here.u,
            _ => &found[k].0.u,
        };
        let moved = if setting.may_be_translated(known) { aligned(u, known) } else { u.to_vec() };
        let parts = moved.iter().zip(known).zip(setting.model.weights());
        parts.map(|((a, b), w)| w * (a - b).powi(2)).sum()
    };
    (0..found.len())
        .filter(|&k| found[k].0.is_stable() != Some(false))
        .map(|k| (k, distance(k)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(k, _)| k)
}

/// u shifted by whole nodes to where it is most like another state.
fn aligned(u: &[f64], like: &[f64]) -> Vec<f64> {
    let n = u.len();
    let correlation = |shift: usize| -> f64 { (0..n).map(|i| u[(i + shift) % n] * like[i]).sum() };
    let best = (0..n)
        .map(|shift| (shift, correlation(shift)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(0, |best| best.0);
    (0..n).map(|i| u[(i + best) % n]).collect()
}
