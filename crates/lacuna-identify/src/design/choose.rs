//! The choice: several starts, the best of them exchanged, and how far from the bound it is.

use faer::Mat;
use lacuna_core::{EvalResult, Flow, Stop};

use super::branch::{Decision, Node};
use super::criterion::Smooth;
use super::exchange::exchange;
use super::greedy::{Ask, complete, fill};
use super::posterior::{Covariance, Posterior};
use super::problem::{Criterion, DesignError, DesignProblem};
use super::relaxation::{Relaxed, mean_value, relax, yardstick};
use super::schatten::Schatten;
use super::selection::Selection;

/// A start this much worse than the best design, in the same unit, is still exchanged.
const WORTH_TRYING: f64 = 0.05;

/// How [`choose`] goes about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DesignOptions {
    /// The relaxation stops when its bound is this near to its value, relative to the bound (for
    /// `LogDet` to what is gained).
    pub tolerance: f64,
    /// Power p of Ψ_p, which stands for the largest eigenvalue.
    pub power: usize,
    /// Most decisions on experiments that are made to sharpen the bound.
    pub branches: usize,
}

impl Default for DesignOptions {
    fn default() -> Self {
        Self { tolerance: 1e-3, power: 32, branches: 40 }
    }
}

/// What [`choose`] reports now and then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DesignStep {
    /// What is being done.
    pub stage: &'static str,
    /// Φ of the best design so far (Ψ_p in the place of the largest eigenvalue), or the bound.
    pub value: f64,
    /// Measurements in it.
    pub measurements: usize,
}

/// Φ after the first measurements, in the order in which they gain most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GainStep {
    /// The candidate measured next.
    pub candidate: usize,
    /// Φ with it.
    pub value: f64,
}

/// A design.
#[derive(Clone, Debug)]
pub struct ChosenDesign {
    /// How often each candidate is measured.
    pub counts: Vec<usize>,
    /// What it costs.
    pub cost: f64,
    /// Φ.
    pub value: f64,
    /// Φ without it.
    pub before: f64,
    /// No design of this budget has a smaller Φ; none if interrupted before it was known.
    pub bound: Option<f64>,
    /// How far Φ is above the bound: relative to the bound, for `LogDet` to before − bound.
    pub gap: Option<f64>,
    /// Its measurements one by one; none if interrupted.
    pub gain: Vec<GainStep>,
    /// C without it at each truth, d × d.
    pub covariance_before: Vec<Mat<f64>>,
    /// C with it.
    pub covariance: Vec<Mat<f64>>,
    /// `Converged` when no exchange improves it, or `Interrupted`.
    pub stop: Stop,
}

/// Chooses a design. `watch` may stop it; the best design so far is then returned.
///
/// # Errors
/// [`DesignError`].
pub fn choose(
    problem: &DesignProblem,
    options: &DesignOptions,
    watch: &mut dyn FnMut(&DesignStep) -> Flow,
) -> Result<ChosenDesign, DesignError> {
    problem.check()?;
    let smooth = Smooth { criterion: problem.criterion, power: options.power };
    let mut stop = Stop::Converged;
    let mut ask = |stage, value, measurements| {
        let flow = watch(&DesignStep { stage, value, measurements });
        if flow == Flow::Stop {
            stop = Stop::Interrupted;
        }
        flow
    };
    let mut best = Selection::new(problem, smooth, vec![0; problem.len()])?;
    let measurements = |s: &Selection<'_>| s.counts.iter().sum::<usize>();
    let mut watch = |s: &Selection<'_>| ask("greedy choice", s.value, measurements(s));
    let mut bound = None;
    if fill(&mut best, None, &mut watch)? == Flow::Stop {
        best = complete(best)?;
    } else {
        let tolerance = options.tolerance;
        let root = relax(problem, smooth, tolerance, &mut |bound| ask("relaxation", bound, 0))?;
        bound = Some(root.bound);
        let mut nodes = vec![Node::root(problem, root)];
        let mut starts = Vec::new();
        let mut flow = ask("relaxation", nodes[0].relaxed.bound, 0);
        if flow == Flow::Continue {
            let mut watch = |s: &Selection<'_>| ask("relaxation", s.value, measurements(s));
            starts.push(round(problem, smooth, &nodes[0].relaxed, &mut watch)?);
        }
        starts.push(best.clone());
        // From the better one first: it may be all there is time for.
        starts.sort_by(|a, b| a.value.total_cmp(&b.value));
        for start in starts {
            let mut watch = |s: &Selection<'_>| ask("exchange", s.value, measurements(s));
            if flow == Flow::Continue {
                flow = improve(&mut best, start, &mut watch)?;
            }
        }
        let mut value = selection_value(&best)?;
        let before = criterion_value(problem, &vec![0.0; problem.len()])?;
        for _ in 0..options.branches {
            nodes.sort_by(|a, b| b.relaxed.bound.total_cmp(&a.relaxed.bound));
            let Some(node) = nodes.pop() else { break };
            bound = Some(node.relaxed.bound);
            let unit = yardstick(problem.criterion, before, node.relaxed.bound);
            let near = value - node.relaxed.bound <= tolerance * unit;
            let Some(g) = node.undecided(problem).filter(|_| !near && flow == Flow::Continue)
            else {
                nodes.push(node);
                break;
            };
            for open in [true, false] {
                let mut watch = |bound| ask("experiments", bound, 0);
                let decision = Decision { group: g, open, enough: value };
                let Some(child) = node.with(problem, smooth, tolerance, decision, &mut watch)?
                else {
                    continue;
                };
                if flow == Flow::Continue && child.relaxed.bound < value {
                    let mut watch = |s: &Selection<'_>| ask("exchange", s.value, measurements(s));
                    let start = round(problem, smooth, &child.relaxed, &mut watch)?;
                    if start.value < best.value + WORTH_TRYING * unit {
                        flow = improve(&mut best, start, &mut watch)?;
                        value = selection_value(&best)?;
                    }
                }
                nodes.push(child);
            }
        }
        // What no node can beat; a node that was left early is no worse than the design itself.
        let least = nodes.iter().map(|n| n.relaxed.bound).fold(value, f64::min);
        bound = bound.map(|bound| if nodes.is_empty() { bound } else { least });
    }
    describe(&best, bound, stop)
}

/// Exchanges from `start`, and keeps what comes of it if that is better.
fn improve<'a>(
    best: &mut Selection<'a>,
    mut start: Selection<'a>,
    watch: Ask<'_>,
) -> EvalResult<Flow> {
    if start.beats(best) {
        *best = start.clone();
    }
    let flow = exchange(&mut start, watch)?;
    if start.beats(best) {
        *best = start;
    }
    Ok(flow)
}

fn selection_value(selection: &Selection<'_>) -> EvalResult<f64> {
    let weights: Vec<f64> = selection.counts.iter().map(|&c| c as f64).collect();
    criterion_value(selection.problem, &weights)
}

/// A design near the relaxed one: the experiments that are open for the most part, as far as they
/// can be paid, filled greedily.
fn round<'a>(
    problem: &'a DesignProblem,
    smooth: Smooth,
    relaxed: &Relaxed,
    ask: Ask<'_>,
) -> EvalResult<Selection<'a>> {
    let mut order: Vec<usize> = (0..problem.groups.len()).collect();
    order.sort_by(|&a, &b| relaxed.open[b].total_cmp(&relaxed.open[a]));
    let mut spent = vec![0.0; problem.groups.len()];
    for (candidate, w) in problem.candidates.iter().zip(&relaxed.weights) {
        spent[candidate.group] += candidate.cost * w;
    }
    let mut allowed = vec![false; problem.groups.len()];
    let mut left = problem.budget;
    for g in order {
        let share = problem.groups[g].cost + spent[g];
        // At least half of what the relaxation would spend there.
        if left >= problem.groups[g].cost + 0.5 * spent[g] {
            allowed[g] = true;
            left -= share;
        }
    }
    let mut selection = Selection::new(problem, smooth, vec![0; problem.len()])?;
    fill(&mut selection, Some(&allowed), ask)?;
    fill(&mut selection, None, ask)?;
    Ok(selection)
}

fn describe(
    best: &Selection<'_>,
    bound: Option<f64>,
    stop: Stop,
) -> Result<ChosenDesign, DesignError> {
    let problem = best.problem;
    let nothing = vec![0.0; problem.len()];
    let weights: Vec<f64> = best.counts.iter().map(|&c| c as f64).collect();
    let before = criterion_value(problem, &nothing)?;
    let value = criterion_value(problem, &weights)?;
    let gap = bound.map(|bound| (value - bound) / yardstick(problem.criterion, before, bound));
    let covariances = |weights: &[f64]| -> EvalResult<Vec<Mat<f64>>> {
        problem.truths.iter().map(|t| Covariance::new(t, weights).map(|c| c.matrix)).collect()
    };
    Ok(ChosenDesign {
        counts: best.counts.clone(),
        cost: best.cost,
        value,
        before,
        bound,
        gap,
        gain: if stop == Stop::Interrupted { Vec::new() } else { gains(best)? },
        covariance_before: covariances(&nothing)?,
        covariance: covariances(&weights)?,
        stop,
    })
}

/// The measurements of a design in the order in which they gain most.
fn gains(best: &Selection<'_>) -> EvalResult<Vec<GainStep>> {
    let problem = best.problem;
    let mut selection = Selection::new(problem, best.smooth, vec![0; problem.len()])?;
    let mut steps = Vec::new();
    loop {
        let changes = selection.survey()?;
        let left = (0..changes.len()).filter(|&i| selection.counts[i] < best.counts[i]);
        let Some(next) = left.min_by(|&a, &b| changes[a].total_cmp(&changes[b])) else {
            return Ok(steps);
        };
        selection.add(next, changes[next]);
        let weights: Vec<f64> = selection.counts.iter().map(|&c| c as f64).collect();
        steps.push(GainStep { candidate: next, value: criterion_value(problem, &weights)? });
    }
}

/// Φ itself.
pub(super) fn criterion_value(problem: &DesignProblem, weights: &[f64]) -> EvalResult<f64> {
    let smooth = Smooth { criterion: problem.criterion, power: 1 };
    if problem.criterion != Criterion::Largest {
        return mean_value(problem, smooth, weights);
    }
    let mut sum = 0.0;
    for truth in &problem.truths {
        let at = Posterior::new(truth, weights)?;
        sum += Schatten::new(&at.goal, 1)?.largest();
    }
    Ok(sum / problem.truths.len() as f64)
}
