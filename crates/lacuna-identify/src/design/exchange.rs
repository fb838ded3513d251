//! Exchange: swap a measurement for another, or an experiment for another, until nothing improves.

use lacuna_core::{EvalResult, Flow};

use super::greedy::{Ask, best_bundle, fill};
use super::selection::Selection;

const SWEEPS: usize = 30;

/// Improves `selection`; `ask` sees its value now and then and may stop it.
pub(super) fn exchange(selection: &mut Selection<'_>, ask: Ask<'_>) -> EvalResult<Flow> {
    for _ in 0..SWEEPS {
        let before = selection.value;
        if swap_points(selection, ask)? == Flow::Stop || swap_groups(selection, ask)? == Flow::Stop
        {
            return Ok(Flow::Stop);
        }
        if selection.value >= before - 1e-9 * before.abs() {
            break;
        }
    }
    Ok(Flow::Continue)
}

fn swap_points(selection: &mut Selection<'_>, ask: Ask<'_>) -> EvalResult<Flow> {
    let costs = || selection.problem.candidates.iter().map(|c| c.cost);
    let first = costs().next();
    let equal_costs = costs().all(|c| Some(c) == first);
    for i in 0..selection.counts.len() {
        if selection.counts[i] == 0 {
            continue;
        }
        if ask(selection) == Flow::Stop {
            return Ok(Flow::Stop);
        }
        let mut without = selection.clone();
        without.remove(i);
        let changes = without.survey()?;
        let others = (0..changes.len()).filter(|&j| j != i && without.can_add(j));
        let best = others.min_by(|&a, &b| changes[a].total_cmp(&changes[b]));
        let mut trial = without.clone();
        if let Some(best) = best {
            trial.add(best, changes[best]);
            fill_if_affordable(&mut trial, ask)?;
        }
        if !equal_costs {
            // Several cheap measurements in the place of a dear one.
            fill(&mut without, None, ask)?;
            if without.beats(&trial) {
                trial = without;
            }
        }
        if trial.beats(selection) {
            *selection = trial.refreshed()?;
        }
    }
    Ok(Flow::Continue)
}

fn fill_if_affordable(trial: &mut Selection<'_>, ask: Ask<'_>) -> EvalResult<Flow> {
    let affordable = (0..trial.counts.len()).any(|j| trial.can_add(j));
    if affordable { fill(trial, None, ask) } else { Ok(Flow::Continue) }
}

/// Gives up one open experiment for one that is not.
fn swap_groups(selection: &mut Selection<'_>, ask: Ask<'_>) -> EvalResult<Flow> {
    let n_groups = selection.problem.groups.len();
    for old in 0..n_groups {
        for new in 0..n_groups {
            if selection.used[old] == 0 || selection.used[new] > 0 {
                continue;
            }
            if ask(selection) == Flow::Stop {
                return Ok(Flow::Stop);
            }
            let mut counts = selection.counts.clone();
            for (count, candidate) in counts.iter_mut().zip(&selection.problem.candidates) {
                if candidate.group == old {
                    *count = 0;
                }
            }
            let mut trial = Selection::new(selection.problem, selection.smooth, counts)?;
            let bundle = best_bundle(&trial, new, ask)?;
            bundle.points.iter().for_each(|p| trial.add(p.candidate, p.change));
            fill(&mut trial, None, ask)?;
            if trial.beats(selection) {
                *selection = trial.refreshed()?;
            }
        }
    }
    Ok(Flow::Continue)
}
