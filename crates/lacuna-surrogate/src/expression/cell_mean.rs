//! Expressions with jumps, as a grid needs them: means over its cells.
//!
//! Where f(·; θ) jumps at s(θ) within the cell [a, b] of a point x (of width h around it, within the
//! domain), its value there becomes the mean over the cell,
//!
//! ((s − a) f(left) + (b − s) f(right))/(b − a), or (b − a)/((s − a)/f(left) + (b − s)/f(right))
//!
//! for conductances in series, with f at the middle of each part. Elsewhere it is f(x; θ). With g the
//! argument of the step (zero at s), ∂s/∂θ = −(∂g/∂θ)/(∂g/∂x): a position of a jump can be fitted by
//! derivatives, which the values of f at points alone never show. A condition that holds within less than
//! a cell (|x − s| < w) is not seen.

use lacuna_core::{Dual, Interval, Scalar, Surrogate};

use super::Expression;
use crate::Describe;

/// Halvings that place a jump within a cell to round-off.
const HALVINGS: usize = 60;
/// Most jumps in one cell.
const MOST_JUMPS: usize = 8;

/// How values on both sides of a jump are averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mean {
    /// Of rates and sources.
    Arithmetic,
    /// Of conductivities in series: both values have to be positive.
    Harmonic,
}

/// An expression whose jumps are averaged over the cells of a grid.
#[derive(Clone, Debug)]
pub struct CellMean {
    expression: Expression,
    width: f64,
    domain: Interval,
    mean: Mean,
}

impl CellMean {
    /// `expression`, averaged over cells of this width within the domain.
    pub fn new(expression: Expression, width: f64, domain: Interval, mean: Mean) -> Self {
        Self { expression, width, domain, mean }
    }

    /// The signs of the arguments of all steps.
    fn signs(&self, theta: &[f64], x: f64, out: &mut Vec<i8>) {
        out.clear();
        let sign = |g: f64| i8::from(g > 0.0) - i8::from(g < 0.0);
        self.expression.program.watched(theta, &[x], &mut Vec::new(), |g| out.push(sign(g)));
    }

    /// The first change of signs in (from, to], and which step changes.
    fn jump(&self, theta: &[f64], from: f64, to: f64) -> Option<Jump> {
        let (mut here, mut there) = (Vec::new(), Vec::new());
        self.signs(theta, from, &mut here);
        self.signs(theta, to, &mut there);
        if here == there {
            return None;
        }
        let (mut before, mut after) = (from, to);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (before + after);
            if middle <= before || middle >= after {
                break;
            }
            self.signs(theta, middle, &mut there);
            if here == there { before = middle } else { after = middle }
        }
        self.signs(theta, after, &mut there);
        let step = here.iter().zip(&there).position(|(a, b)| a != b)?;
        Some(Jump { at: after, step })
    }

    /// s as a function of θ.
    fn place<D: Scalar>(&self, theta: &[D], jump: &Jump) -> D {
        if D::TANGENTS == 0 {
            return D::constant(jump.at);
        }
        let program = &self.expression.program;
        let (mut along_theta, mut along_x) = (None, None);
        let mut count = 0;
        program.watched(theta, &[D::constant(jump.at)], &mut Vec::new(), |g| {
            if count == jump.step {
                along_theta = Some(g);
            }
            count += 1;
        });
        let real: Vec<Dual> = theta.iter().map(|t| Dual::constant(t.value())).collect();
        count = 0;
        program.watched(&real, &[Dual::assemble(jump.at, |_| 1.0)], &mut Vec::new(), |g| {
            if count == jump.step {
                along_x = Some(g.tangent(0));
            }
            count += 1;
        });
        match (along_theta, along_x) {
            (Some(g), Some(slope)) if slope != 0.0 => {
                D::assemble(jump.at, |i| -g.tangent(i) / slope)
            }
            _ => D::constant(jump.at),
        }
    }
}

struct Jump {
    at: f64,
    step: usize,
}

impl Surrogate for CellMean {
    fn n_params(&self) -> usize {
        self.expression.n_params()
    }

    fn initial(&self, seed: u64) -> Vec<f64> {
        self.expression.initial(seed)
    }

    fn parameter_names(&self) -> Vec<String> {
        self.expression.parameter_names()
    }

    fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D {
        let real: Vec<f64> = theta.iter().map(Scalar::value).collect();
        let half = 0.5 * self.width;
        let end = |by: f64| {
            let moved = x[0] + by;
            let kept = self.domain.periodic
                || (self.domain.lower..=self.domain.upper).contains(&moved.value());
            match kept {
                true => moved,
                false if by < 0.0 => D::constant(self.domain.lower),
                false => D::constant(self.domain.upper),
            }
        };
        let (lower, upper) = (end(-half), end(half));
        let Some(first) = self.jump(&real, lower.value(), upper.value()) else {
            return self.expression.eval(theta, x);
        };
        let mut sum = D::constant(0.0);
        let mut from = lower;
        let mut add = |from: D, to: D| {
            let f = self.expression.eval(theta, &[(from + to) * 0.5]);
            sum += match self.mean {
                Mean::Arithmetic => (to - from) * f,
                Mean::Harmonic => (to - from) / f,
            };
        };
        let mut next = Some(first);
        for _ in 0..MOST_JUMPS {
            let Some(jump) = next else { break };
            let to = self.place(theta, &jump);
            add(from, to);
            from = to;
            next = self.jump(&real, jump.at, upper.value());
        }
        add(from, upper);
        match self.mean {
            Mean::Arithmetic => sum / (upper - lower),
            Mean::Harmonic => (upper - lower) / sum,
        }
    }
}

impl Describe for CellMean {
    fn describe(&self) -> String {
        self.expression.describe()
    }
}
