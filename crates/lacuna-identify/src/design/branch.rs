//! Branch and bound over which experiments are opened.
//!
//! The relaxation may open experiments in part, which whole designs cannot. Where it does, two
//! smaller relaxations take its place: with that experiment paid in full, and without it. Each design
//! belongs to one of them, so the least of their bounds holds for all. What comes out is a sharper
//! bound, and sets of experiments to try.

use faer::Mat;
use lacuna_core::{EvalResult, Flow};

use super::criterion::Smooth;
use super::problem::{Candidate, DesignProblem, Group, LinearTruth};
use super::relaxation::{Relaxed, relax};

/// Parts of an experiment between these are neither none nor all of it.
const PART: [f64; 2] = [0.02, 0.98];

/// What is decided of the experiments, and the bound that follows.
pub(super) struct Node {
    /// Whether an experiment is paid for in full, or left out; undecided otherwise.
    pub decided: Vec<Option<bool>>,
    pub relaxed: Relaxed,
}

/// Whether an experiment is opened, and a bound that is enough to know.
#[derive(Clone, Copy)]
pub(super) struct Decision {
    pub group: usize,
    pub open: bool,
    pub enough: f64,
}

impl Node {
    /// Nothing decided.
    pub fn root(problem: &DesignProblem, relaxed: Relaxed) -> Self {
        Self { decided: vec![None; problem.groups.len()], relaxed }
    }

    /// The experiment to decide next: the one that is most in part, if one is.
    pub fn undecided(&self, problem: &DesignProblem) -> Option<usize> {
        let in_part = |g: &usize| {
            let y = self.relaxed.open[*g];
            self.decided[*g].is_none()
                && problem.groups[*g].cost > 0.0
                && PART[0] < y
                && y < PART[1]
        };
        let distance = |g: usize| (self.relaxed.open[g] - 0.5).abs();
        let all = (0..problem.groups.len()).filter(in_part);
        all.min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
    }

    /// The node with one more experiment decided; none if that cannot be paid or leaves nothing. The
    /// relaxation is left as soon as its bound is enough.
    pub fn with(
        &self,
        problem: &DesignProblem,
        smooth: Smooth,
        tolerance: f64,
        decision: Decision,
        ask: &mut dyn FnMut(f64) -> Flow,
    ) -> EvalResult<Option<Self>> {
        let Decision { group, open, enough } = decision;
        let mut decided = self.decided.clone();
        decided[group] = Some(open);
        let Some(restricted) = restrict(problem, &decided) else { return Ok(None) };
        let mut stop = |bound: f64| if bound >= enough { Flow::Stop } else { ask(bound) };
        let mut relaxed = relax(&restricted.problem, smooth, tolerance, &mut stop)?;
        relaxed.bound = relaxed.bound.max(self.relaxed.bound);
        let mut weights = vec![0.0; problem.len()];
        for (&i, &w) in restricted.kept.iter().zip(&relaxed.weights) {
            weights[i] = w;
        }
        relaxed.weights = weights;
        for (open, decided) in relaxed.open.iter_mut().zip(&decided) {
            *open = decided.map_or(*open, |decided| if decided { 1.0 } else { 0.0 });
        }
        Ok(Some(Self { decided, relaxed }))
    }
}

struct Restricted {
    problem: DesignProblem,
    /// The candidates that are left.
    kept: Vec<usize>,
}

fn restrict(problem: &DesignProblem, decided: &[Option<bool>]) -> Option<Restricted> {
    let paid = problem.groups.iter().zip(decided).filter(|(_, d)| **d == Some(true));
    let budget = problem.budget - paid.map(|(group, _)| group.cost).sum::<f64>();
    let kept: Vec<usize> = (0..problem.len())
        .filter(|&i| decided[problem.candidates[i].group] != Some(false))
        .collect();
    if budget <= 0.0 || kept.is_empty() {
        return None;
    }
    let group = |(group, decided): (&Group, &Option<bool>)| {
        if decided.is_some() { Group { cost: 0.0 } } else { *group }
    };
    let truth = |truth: &LinearTruth| LinearTruth {
        information: truth.information.clone(),
        directions: Mat::from_fn(truth.directions.nrows(), kept.len(), |i, j| {
            truth.directions[(i, kept[j])]
        }),
        goal: truth.goal.clone(),
    };
    let candidates: Vec<Candidate> = kept.iter().map(|&i| problem.candidates[i]).collect();
    let restricted = DesignProblem {
        groups: problem.groups.iter().zip(decided).map(group).collect(),
        candidates,
        truths: problem.truths.iter().map(truth).collect(),
        criterion: problem.criterion,
        budget,
    };
    Some(Restricted { problem: restricted, kept })
}
