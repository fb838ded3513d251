//! The best a linear function can do within the budget, exactly.
//!
//! ```text
//! max Σ v_i w_i   over   0 ≤ w_i ≤ r_i y_g(i),  0 ≤ y_g ≤ 1,  Σ c_i w_i + Σ C_g y_g ≤ B,   v ≥ 0
//! ```
//!
//! Of one experiment, what is gained is a concave function of what is spent: a straight line to the
//! bundle of points with the best ratio of gain to cost, the opening cost included, then point by
//! point in order of v/c. Pieces of all experiments are bought in order of their slopes. For convex
//! Φ and any feasible w', Φ(w') ≥ Φ(w) + ∇Φ(w)·(w' − w): with v = −∇Φ(w) the maximum bounds Φ from
//! below for every design.

use super::problem::DesignProblem;

/// A piece of the concave function of one experiment.
#[derive(Clone, Copy)]
struct Piece {
    gain: f64,
    cost: f64,
}

/// The maximum, for `values` v (n); negative ones count as 0.
pub(super) fn largest_gain(problem: &DesignProblem, values: &[f64]) -> f64 {
    let mut pieces = Vec::new();
    for g in 0..problem.groups.len() {
        add_pieces(problem, values, g, &mut pieces);
    }
    pieces.sort_by(|a, b| (b.gain * a.cost).total_cmp(&(a.gain * b.cost)));
    let (mut left, mut gain) = (problem.budget, 0.0);
    for piece in pieces {
        if piece.cost >= left {
            return gain + piece.gain * left / piece.cost;
        }
        left -= piece.cost;
        gain += piece.gain;
    }
    gain
}

fn add_pieces(problem: &DesignProblem, values: &[f64], g: usize, pieces: &mut Vec<Piece>) {
    let own = problem.candidates.iter().zip(values).filter(|(c, v)| c.group == g && **v > 0.0);
    let mut points: Vec<Piece> = own
        .map(|(c, v)| {
            let r = c.replicates as f64;
            Piece { gain: v * r, cost: c.cost * r }
        })
        .collect();
    points.sort_by(|a, b| (b.gain * a.cost).total_cmp(&(a.gain * b.cost)));
    let mut bundle = Piece { gain: 0.0, cost: problem.groups[g].cost };
    let mut rest = points.iter();
    // The ratio of the bundle rises as long as the next point is better than the bundle.
    let mut next = rest.next();
    while let Some(point) = next {
        if point.gain * bundle.cost <= bundle.gain * point.cost && bundle.gain > 0.0 {
            break;
        }
        bundle = Piece { gain: bundle.gain + point.gain, cost: bundle.cost + point.cost };
        next = rest.next();
    }
    if bundle.gain > 0.0 {
        pieces.push(bundle);
    }
    pieces.extend(next.into_iter().chain(rest));
}
