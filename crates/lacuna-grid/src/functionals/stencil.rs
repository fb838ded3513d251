//! Local polynomial interpolation between the knots of a uniform axis.
//!
//! In the coordinate t = (x − origin)/h the nodes lie at t_k = k + s, with s = 0 on a periodic
//! axis and s = ½ on a bounded one. Between t_k and t_{k+1} the interpolant is the polynomial
//! through the p nearest knots,
//!
//! ```text
//! u(t) ≈ Σ_j λ_j(t) u_j,   λ_j(t) = Π_{i≠j} (t − t_i)/(t_j − t_i),   Σ_j λ_j = 1,
//! ```
//!
//! continuous, of degree p − 1 = 7 unless there are fewer than 8 knots. On a periodic axis p is
//! even, so that the stencil is centred; at the ends of a bounded axis it is one-sided, and end
//! values that are given are knots too, at t = 0 and t = n.

use crate::{Axis, Boundary};

/// Most knots of a stencil.
const WIDTH: usize = 8;

/// What a knot contributes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knot {
    /// The value at this node.
    Node(usize),
    /// The given value at the left (0) or right (1) end.
    End(usize),
}

/// The stencils of one axis.
pub(super) struct Stencils {
    axis: Axis,
    ends: bool,
    width: usize,
}

impl Stencils {
    /// For `axis`, with its end points as knots if `ends`.
    pub(super) fn new(axis: Axis, ends: bool) -> Self {
        let width = match axis.boundary {
            Boundary::Periodic => WIDTH.min(axis.cells - axis.cells % 2),
            Boundary::Dirichlet => WIDTH.min(axis.cells + if ends { 2 } else { 0 }),
        };
        Self { axis, ends, width }
    }

    /// The coordinate t of the position `x`.
    pub(super) fn coordinate(&self, x: f64) -> f64 {
        (x - self.axis.origin) * self.axis.cells as f64 / self.axis.length
    }

    /// s, the coordinate of the first node.
    pub(super) fn shift(&self) -> f64 {
        match self.axis.boundary {
            Boundary::Periodic => 0.0,
            Boundary::Dirichlet => 0.5,
        }
    }

    /// The index k with t_k ≤ `t` < t_{k+1}.
    pub(super) fn piece(&self, t: f64) -> i64 {
        (t - self.shift()).floor() as i64
    }

    /// Calls `add` with every knot of the polynomial of `piece` and its weight λ at `t`.
    pub(super) fn weights(&self, piece: i64, t: f64, mut add: impl FnMut(Knot, f64)) {
        let first = self.first(piece);
        let mut knots = [0.0; WIDTH];
        let knots = &mut knots[..self.width];
        for (knot, k) in knots.iter_mut().zip(first..) {
            *knot = self.position(k);
        }
        for (j, &own) in knots.iter().enumerate() {
            let mut weight = 1.0;
            for (i, &other) in knots.iter().enumerate() {
                if i != j {
                    weight *= (t - other) / (own - other);
                }
            }
            add(self.knot(first + j as i64), weight);
        }
    }

    /// Index of the first knot of the stencil of `piece`; node k has index k.
    fn first(&self, piece: i64) -> i64 {
        let width = self.width as i64;
        let centred = piece + 1 - width / 2;
        match self.axis.boundary {
            Boundary::Periodic => centred,
            Boundary::Dirichlet => {
                let end = i64::from(self.ends);
                centred.clamp(-end, self.axis.cells as i64 + end - width)
            }
        }
    }

    /// Coordinate of the knot with index `k`.
    fn position(&self, k: i64) -> f64 {
        match self.knot(k) {
            Knot::Node(_) => k as f64 + self.shift(),
            Knot::End(0) => 0.0,
            Knot::End(_) => self.axis.cells as f64,
        }
    }

    /// What the knot with index `k` stands for.
    fn knot(&self, k: i64) -> Knot {
        let n = self.axis.cells as i64;
        match self.axis.boundary {
            Boundary::Periodic => Knot::Node(k.rem_euclid(n) as usize),
            Boundary::Dirichlet if k < 0 => Knot::End(0),
            Boundary::Dirichlet if k >= n => Knot::End(1),
            Boundary::Dirichlet => Knot::Node(k as usize),
        }
    }
}
