//! Greedy choice: always the measurement that gains most for its cost.
//!
//! An experiment that is not open competes with the best bundle of its points, its opening cost
//! included: the bundle grows as long as its ratio of gain to cost does.

use lacuna_core::EvalResult;

use super::selection::Selection;

/// Spends what is left of the budget, on experiments for which `allowed` (all if `None`).
pub(super) fn fill(selection: &mut Selection<'_>, allowed: Option<&[bool]>) -> EvalResult<()> {
    loop {
        let changes = selection.changes()?;
        let groups = &selection.problem.groups;
        let is_allowed = |g: usize| allowed.is_none_or(|allowed| allowed[g]);
        let mut best: Option<(f64, Vec<usize>)> = None;
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
            if best.as_ref().is_none_or(|(r, _)| ratio > *r) {
                best = Some((ratio, vec![i]));
            }
        }
        for g in (0..closed.len()).filter(|&g| closed[g]) {
            let bundle = best_bundle(selection, g, false)?;
            if best.as_ref().is_none_or(|(r, _)| bundle.ratio > *r) && !bundle.points.is_empty() {
                best = Some((bundle.ratio, bundle.points));
            }
        }
        let Some((_, points)) = best else { return Ok(()) };
        for i in points {
            selection.add(i)?;
        }
    }
}

/// Points of one experiment to begin it with.
pub(super) struct Bundle {
    pub points: Vec<usize>,
    /// Gain for cost.
    pub ratio: f64,
}

/// The bundle of experiment `g` with the best ratio; with `whole`, as many points as can be paid.
pub(super) fn best_bundle(selection: &Selection<'_>, g: usize, whole: bool) -> EvalResult<Bundle> {
    let mut trial = selection.clone();
    let mut bundle = Bundle { points: Vec::new(), ratio: 0.0 };
    let mut points = Vec::new();
    loop {
        let changes = trial.changes()?;
        let own = (0..changes.len())
            .filter(|&i| trial.problem.candidates[i].group == g && trial.can_add(i));
        let per_cost = |i: usize| -changes[i] / trial.problem.candidates[i].cost;
        let Some(best) = own.max_by(|&a, &b| per_cost(a).total_cmp(&per_cost(b))) else {
            return Ok(bundle);
        };
        trial.add(best)?;
        points.push(best);
        let ratio = (selection.value - trial.value) / (trial.cost - selection.cost);
        if ratio >= bundle.ratio || whole {
            bundle = Bundle { points: points.clone(), ratio };
        } else if ratio < 0.9 * bundle.ratio {
            // Gains may grow for some points (the average of a ratio), but not for long.
            return Ok(bundle);
        }
    }
}
