//! The feasible weights, as a logarithmic barrier.
//!
//! x = (w, y), n weights and G experiments:
//!
//! ```text
//! b(x) = −Σ_i [ln w_i + ln(r_i y_g(i) − w_i)] − Σ_g [ln y_g + ln(1 − y_g)] − ln(B − c·w − C·y)
//! ```
//!
//! At the minimum of t Φ + b, Φ is within (2n + 2G + 1)/t of its minimum (Boyd and Vandenberghe,
//! Convex Optimization, 2004, section 11.2).

use faer::MatMut;

use super::problem::DesignProblem;

pub(super) struct Barrier<'a> {
    problem: &'a DesignProblem,
}

impl<'a> Barrier<'a> {
    pub fn new(problem: &'a DesignProblem) -> Self {
        Self { problem }
    }

    /// Number of inequalities.
    pub fn count(&self) -> usize {
        2 * (self.problem.len() + self.problem.groups.len()) + 1
    }

    /// A point inside.
    pub fn start(&self) -> Vec<f64> {
        let all: f64 = self.problem.candidates.iter().map(|c| c.cost * c.replicates as f64).sum();
        let open: f64 = self.problem.groups.iter().map(|g| g.cost).sum();
        let y = 0.5_f64.min(0.5 * self.problem.budget / (all + open));
        let w = self.problem.candidates.iter().map(|c| 0.5 * c.replicates as f64 * y);
        w.chain(self.problem.groups.iter().map(|_| y)).collect()
    }

    fn left(&self, x: &[f64]) -> f64 {
        let costs = self.problem.candidates.iter().map(|c| c.cost);
        let costs = costs.chain(self.problem.groups.iter().map(|g| g.cost));
        self.problem.budget - costs.zip(x).map(|(c, x)| c * x).sum::<f64>()
    }

    /// b(x); infinite outside.
    pub fn value(&self, x: &[f64]) -> f64 {
        let (w, y) = x.split_at(self.problem.len());
        let mut sum = 0.0;
        let mut inside = true;
        let mut add = |slack: f64| {
            inside &= slack > 0.0;
            sum -= slack.ln();
        };
        for (c, &w) in self.problem.candidates.iter().zip(w) {
            add(w);
            add(c.replicates as f64 * y[c.group] - w);
        }
        for &y in y {
            add(y);
            add(1.0 - y);
        }
        add(self.left(x));
        if inside { sum } else { f64::INFINITY }
    }

    /// Adds ∇b and ∇²b.
    pub fn add_derivatives(&self, x: &[f64], gradient: &mut [f64], mut hessian: MatMut<'_, f64>) {
        let n = self.problem.len();
        let left = self.left(x);
        for (i, c) in self.problem.candidates.iter().enumerate() {
            let (r, g) = (c.replicates as f64, n + c.group);
            let slack = r * x[g] - x[i];
            let square = slack.powi(-2);
            gradient[i] += 1.0 / slack - 1.0 / x[i];
            gradient[g] -= r / slack;
            hessian[(i, i)] += x[i].powi(-2) + square;
            hessian[(i, g)] -= r * square;
            hessian[(g, i)] -= r * square;
            hessian[(g, g)] += r * r * square;
        }
        for g in n..x.len() {
            let rest = 1.0 - x[g];
            gradient[g] += 1.0 / rest - 1.0 / x[g];
            hessian[(g, g)] += x[g].powi(-2) + rest.powi(-2);
        }
        let costs: Vec<f64> = self
            .problem
            .candidates
            .iter()
            .map(|c| c.cost)
            .chain(self.problem.groups.iter().map(|g| g.cost))
            .collect();
        for (k, ck) in costs.iter().enumerate() {
            gradient[k] += ck / left;
            for (i, ci) in costs.iter().enumerate() {
                hessian[(i, k)] += ci * ck / (left * left);
            }
        }
    }
}
