//! Extrapolation of frozen implicit Euler steps.
//!
//! Row j does the step H in j equal frozen steps, T_{j,1}. Their error has an expansion in powers of
//! H/j, so that (Aitken, Neville)
//!
//!   T_{j,k} = T_{j,k−1} + (T_{j,k−1} − T_{j−1,k−1}) / (j/(j−k+1) − 1)
//!
//! is of order k. The error of T_{j,j} is estimated by T_{j,j} − T_{j,j−1}. All T_{j,k} are damped
//! fully where the equation is infinitely stiff, and are exact at steady states. The weights of the
//! T_{j,1} in T_{j,k} have sum 1, so a linear invariant is kept; some are negative, so positivity is
//! not. T_{j,1} itself is positive, of order 1, with its error estimated by
//! (j − 1)(T_{j−1,1} − T_{j,1}).
//!
//! Source: Deuflhard, SIAM Rev. 27 (1985) 505; Hairer and Wanner, Solving ODEs II, IV.9.

use lacuna_core::{EvalError, EvalResult, Evolution};

/// Largest order.
pub(super) const ORDERS: usize = 8;

/// The states of two rows of the table.
pub(super) struct Extrapolation {
    /// T_{j,1} … T_{j,j} of the present row.
    row: Vec<Vec<f64>>,
    before: Vec<Vec<f64>>,
    /// j.
    filled: usize,
    middle: Vec<f64>,
}

/// Which entry of the present row is offered.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    column: usize,
    /// Estimated error over what is allowed.
    pub error: f64,
    /// Whether it is positive where it has to be.
    pub positive: bool,
}

impl Extrapolation {
    pub(super) fn new(n: usize) -> Self {
        let table = || vec![vec![0.0; n]; ORDERS];
        Self { row: table(), before: table(), filled: 0, middle: vec![0.0; n] }
    }

    pub(super) fn begin(&mut self) {
        self.filled = 0;
    }

    /// Computes the next row, j frozen steps.
    pub(super) fn row(
        &mut self,
        evolution: &mut dyn Evolution,
        u: &[f64],
        length: f64,
    ) -> EvalResult {
        std::mem::swap(&mut self.row, &mut self.before);
        self.filled += 1;
        let j = self.filled;
        let part = length / j as f64;
        let Self { row, before, middle, .. } = self;
        let first = &mut row[0];
        first.copy_from_slice(u);
        for _ in 0..j {
            middle.copy_from_slice(first);
            evolution.frozen_step(middle, middle, part, first)?;
        }
        if !first.iter().all(|u| u.is_finite()) {
            return Err(EvalError::NonFinite { quantity: "the state after a time step" });
        }
        for k in 1..j {
            let factor = 1.0 / (j as f64 / (j - k) as f64 - 1.0);
            let (known, rest) = row.split_at_mut(k);
            let pairs = known[k - 1].iter().zip(&before[k - 1]);
            for (out, (&finer, &coarser)) in rest[0].iter_mut().zip(pairs) {
                *out = finer + (finer - coarser) * factor;
            }
        }
        Ok(())
    }

    /// The best entry of the present row; errors are divided by `scale`.
    pub(super) fn best(&self, evolution: &dyn Evolution, scale: f64) -> Candidate {
        let j = self.filled;
        if j == 1 {
            // Nothing to compare with: a method of order 1 is run at a given step.
            return Candidate { column: 0, error: 0.0, positive: true };
        }
        let weights = evolution.weights();
        let distance = |a: &[f64], b: &[f64]| {
            let parts = weights.iter().zip(a.iter().zip(b));
            parts.map(|(w, (a, b))| w * (a - b).powi(2)).sum::<f64>().sqrt()
        };
        let density = evolution.mass().is_some();
        let top = &self.row[j - 1];
        let error = distance(top, &self.row[j - 2]) / scale;
        // Far from where a density starts it may be smaller than any number, and is then 0.
        if !density || top.iter().all(|&u| u >= 0.0) {
            return Candidate { column: j - 1, error, positive: true };
        }
        let plain = (j - 1) as f64 * distance(&self.row[0], &self.before[0]) / scale;
        if plain <= 1.0 {
            return Candidate { column: 0, error: plain, positive: true };
        }
        Candidate { column: j - 1, error, positive: false }
    }

    pub(super) fn state_mut(&mut self, candidate: Candidate) -> &mut Vec<f64> {
        &mut self.row[candidate.column]
    }
}
