//! Greedy choice: always the measurement that gains most for its cost.
//!
//! An experiment that is not open competes with the best bundle of its points, its opening cost
//! included: the bundle grows as long as its ratio of gain to cost does.

use lacuna_core::{EvalResult, Flow};

use super::selection::Selection;

/// A ratio this far below the best so far will not rise above it again.
const PAST: f64 = 0.9;

/// Sees a selection now and then, and may stop what is done with it.
pub(super) type Ask<'a> = &'a mut dyn FnMut(&Selection<'_>) -> Flow;

/// Spends what is left of the budget, on experiments for which `allowed` (all if `None`), until `ask`
/// stops it; what `ask` said.
pub(super) fn fill(
    selection: &mut Selection<'_>,
    allowed: Option<&[bool]>,
    ask: Ask<'_>,
) -> EvalResult<Flow> {
    loop {
        let changes = selection.survey()?;
        let groups = &selection.problem.groups;
        let is_allowed = |g: usize| allowed.is_none_or(|allowed| allowed[g]);
        let mut best = Bundle { points: Vec::new(), ratio: f64::NEG_INFINITY };
        let mut closed = vec![false; groups.len()];
        for (i, change) in changes.iter().enumerate() {
            let g = selection.problem.candidates[i].group;
            if !is_allowed(g) || !selection.can_add(i) {
                continue;
            }
            if selection.used[g] == 0 && groups[g].cost > 0.0 {
                closed[g] = true;
                continue;
            }
            let ratio = -change / selection.price(i);
            if ratio > best.ratio {
                best = Bundle { points: vec![Addition { candidate: i, change: *change }], ratio };
            }
        }
        for g in (0..closed.len()).filter(|&g| closed[g]) {
            let bundle = best_bundle(selection, g, ask)?;
            if bundle.ratio > best.ratio && !bundle.points.is_empty() {
                best = bundle;
            }
        }
        if best.points.is_empty() {
            return Ok(Flow::Continue);
        }
        best.points.iter().for_each(|p| selection.add(p.candidate, p.change));
        if ask(selection) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
}

/// Spends what is left of the budget in a moment: on what would gain most for its cost if it were alone.
pub(super) fn complete(mut selection: Selection<'_>) -> EvalResult<Selection<'_>> {
    let changes = selection.survey()?;
    let mut order: Vec<usize> = (0..changes.len()).collect();
    let ratios: Vec<f64> = order.iter().map(|&i| -changes[i] / selection.price(i)).collect();
    order.sort_by(|&a, &b| ratios[b].total_cmp(&ratios[a]));
    loop {
        let before = selection.cost;
        for &i in &order {
            if selection.can_add(i) {
                selection.add(i, changes[i]);
            }
        }
        if selection.cost == before {
            return selection.refreshed();
        }
    }
}

/// A measurement, and what it changes of Φ when those before it are made.
#[derive(Clone, Copy)]
pub(super) struct Addition {
    pub candidate: usize,
    pub change: f64,
}

/// Measurements of one experiment to begin it with.
pub(super) struct Bundle {
    pub points: Vec<Addition>,
    /// Gain for cost.
    pub ratio: f64,
}

/// The bundle of experiment `g` with the best ratio; of those that were tried until `ask` stopped it.
pub(super) fn best_bundle(selection: &Selection<'_>, g: usize, ask: Ask<'_>) -> EvalResult<Bundle> {
    let mut trial = selection.clone();
    let mut bundle = Bundle { points: Vec::new(), ratio: 0.0 };
    let mut points = Vec::new();
    loop {
        let changes = trial.survey()?;
        let own = (0..changes.len())
            .filter(|&i| trial.problem.candidates[i].group == g && trial.can_add(i));
        let per_cost = |i: usize| -changes[i] / trial.problem.candidates[i].cost;
        let Some(best) = own.max_by(|&a, &b| per_cost(a).total_cmp(&per_cost(b))) else {
            return Ok(bundle);
        };
        trial.add(best, changes[best]);
        points.push(Addition { candidate: best, change: changes[best] });
        let ratio = (selection.value - trial.value) / (trial.cost - selection.cost);
        if ratio >= bundle.ratio {
            bundle = Bundle { points: points.clone(), ratio };
        } else if ratio < PAST * bundle.ratio {
            return Ok(bundle);
        }
        if ask(selection) == Flow::Stop {
            return Ok(bundle);
        }
    }
}
