//! A design under construction: how often each candidate is measured, what that costs, and the
//! posteriors at all truths.

use lacuna_core::EvalResult;
use rayon::prelude::*;

use super::criterion::{Smooth, Survey};
use super::posterior::Posterior;
use super::problem::DesignProblem;

/// Costs within this share of the budget above it are round-off.
const ROUND_OFF: f64 = 1e-9;

#[derive(Clone)]
pub(super) struct Selection<'a> {
    pub problem: &'a DesignProblem,
    pub smooth: Smooth,
    /// Measurements made of each candidate.
    pub counts: Vec<usize>,
    /// Measurements made of each experiment.
    pub used: Vec<usize>,
    pub cost: f64,
    /// Φ with the measurements made; not a number between a removal and the next survey.
    pub value: f64,
    posteriors: Vec<Posterior<'a>>,
}

impl<'a> Selection<'a> {
    /// With these counts.
    pub fn new(problem: &'a DesignProblem, smooth: Smooth, counts: Vec<usize>) -> EvalResult<Self> {
        let weights: Vec<f64> = counts.iter().map(|&c| c as f64).collect();
        let posteriors = problem
            .truths
            .par_iter()
            .map(|truth| Posterior::new(truth, &weights))
            .collect::<EvalResult<Vec<_>>>()?;
        let mut used = vec![0; problem.groups.len()];
        let mut cost = 0.0;
        for (candidate, &count) in problem.candidates.iter().zip(&counts) {
            used[candidate.group] += count;
            cost += candidate.cost * count as f64;
        }
        let opened = used.iter().zip(&problem.groups).filter(|(used, _)| **used > 0);
        cost += opened.map(|(_, group)| group.cost).sum::<f64>();
        let mut new = Self { problem, smooth, counts, used, cost, value: 0.0, posteriors };
        new.value = new.evaluate()?;
        Ok(new)
    }

    /// The same, free of the round-off of many updates.
    pub fn refreshed(self) -> EvalResult<Self> {
        Self::new(self.problem, self.smooth, self.counts)
    }

    fn evaluate(&self) -> EvalResult<f64> {
        let mut sum = 0.0;
        for posterior in &self.posteriors {
            sum += self.smooth.value(posterior)?;
        }
        Ok(sum / self.posteriors.len() as f64)
    }

    /// What one more measurement of candidate `i` costs, with its experiment if that is not open.
    pub fn price(&self, i: usize) -> f64 {
        let candidate = &self.problem.candidates[i];
        let opening = self.problem.groups[candidate.group].cost;
        candidate.cost + if self.used[candidate.group] == 0 { opening } else { 0.0 }
    }

    pub fn can_add(&self, i: usize) -> bool {
        let budget = self.problem.budget;
        self.counts[i] < self.problem.candidates[i].replicates
            && self.cost + self.price(i) <= budget * (1.0 + ROUND_OFF)
    }

    /// One more measurement of candidate `i`, which changes Φ by `change`.
    pub fn add(&mut self, i: usize, change: f64) {
        self.cost += self.price(i);
        self.counts[i] += 1;
        self.used[self.problem.candidates[i].group] += 1;
        self.posteriors.par_iter_mut().for_each(|p| p.update(i, 1.0));
        self.value += change;
    }

    /// Removes one measurement of candidate `i`, which has one. Φ is then unknown until
    /// [`survey`](Self::survey).
    pub fn remove(&mut self, i: usize) {
        self.counts[i] -= 1;
        self.used[self.problem.candidates[i].group] -= 1;
        self.cost -= self.price(i);
        self.posteriors.par_iter_mut().for_each(|p| p.update(i, -1.0));
        self.value = f64::NAN;
    }

    /// The change of Φ by one more measurement of each candidate (n); brings Φ itself up to date.
    pub fn survey(&mut self) -> EvalResult<Vec<f64>> {
        let n = self.counts.len();
        let parts: Vec<Survey> = self
            .posteriors
            .par_iter()
            .map(|posterior| self.smooth.survey(posterior, n))
            .collect::<EvalResult<_>>()?;
        let share = 1.0 / parts.len() as f64;
        let mut changes = vec![0.0; n];
        self.value = 0.0;
        for part in parts {
            self.value += share * part.value;
            changes.iter_mut().zip(part.changes).for_each(|(sum, change)| *sum += share * change);
        }
        Ok(changes)
    }

    /// Whether it is better than `other` by more than round-off.
    pub fn beats(&self, other: &Self) -> bool {
        self.value < other.value - 1e-9 * other.value.abs()
    }
}
