//! Score residuals at a state, one a datum or at most n + 1 in the place of many.
//!
//! With D L = Q R ([`Functionals::condense`]) the residuals r (m) and K = P D L become
//!
//! ```text
//! r̃ = (z, √(‖r‖² − ‖z‖²)),   K̃ = [R; 0],   z = Qᵀ r                       for P = I,
//! K̃ = [(I − c t tᵀ) R; 0],   t = Qᵀ s,   (I − c t tᵀ)² = I − t tᵀ,   (I − c t tᵀ) z = Qᵀ r
//! ```
//!
//! for P = I − s sᵀ: K̃ᵀK̃ = KᵀK, K̃ᵀr̃ = Kᵀr, and ‖r̃‖ = ‖r‖, which noise levels are found from. Where D is
//! constant, R is found once.

use std::sync::Arc;

use faer::{MatMut, MatRef};
use lacuna_core::EvalResult;
use lacuna_grid::Functionals;

use super::{Information, LinearResiduals, Observations, Weighting, finite};

/// K = (I − c s sᵀ) D L.
pub(super) struct Scores<'a> {
    pub(super) functionals: &'a Functionals,
    /// D; the identity if there is none.
    pub(super) diagonal: Option<Vec<f64>>,
    /// s and c.
    pub(super) direction: Option<(Vec<f64>, f64)>,
}

/// What does not depend on the state: R with Qᵀr as its offset, and the rest of ‖r‖².
#[derive(Clone, Debug)]
pub(super) struct Condensed {
    triangle: Arc<Functionals>,
    rest: f64,
}

/// φ, r̃ and K̃ at a state.
pub(super) struct CondensedScores {
    pub(super) phi: f64,
    pub(super) residuals: Vec<f64>,
    triangle: Arc<Functionals>,
    direction: Option<(Vec<f64>, f64)>,
}

impl Scores<'_> {
    /// K δU into `out`.
    pub(super) fn apply(&self, du: MatRef<'_, f64>, mut out: MatMut<'_, f64>) {
        let rows = self.functionals.len();
        let mut seen = out.as_mut().subrows_mut(0, rows);
        self.functionals.apply_to_columns(du, seen.as_mut());
        for j in 0..seen.ncols() {
            let mut column = seen.as_mut().col_mut(j);
            for (i, d) in self.diagonal.iter().flatten().enumerate() {
                column[i] *= d;
            }
            if let Some((s, c)) = &self.direction {
                let along: f64 = s.iter().enumerate().map(|(i, s)| s * column[i]).sum();
                for (i, s) in s.iter().enumerate() {
                    column[i] -= c * s * along;
                }
            }
        }
        let below = out.nrows() - rows;
        out.subrows_mut(rows, below).fill(0.0);
    }

    /// Kᵀ y into `out`.
    pub(super) fn pull(&self, y: &[f64], out: &mut [f64]) {
        let mut y = y[..self.functionals.len()].to_vec();
        if let Some((s, c)) = &self.direction {
            let along: f64 = s.iter().zip(&y).map(|(s, y)| s * y).sum();
            y.iter_mut().zip(s).for_each(|(y, s)| *y -= c * s * along);
        }
        y.iter_mut().zip(self.diagonal.iter().flatten()).for_each(|(y, d)| *y *= d);
        out.fill(0.0);
        self.functionals.add_adjoint(&y, out);
    }
}

impl CondensedScores {
    fn scores(&self) -> Scores<'_> {
        let direction = self.direction.clone();
        Scores { functionals: &self.triangle, diagonal: None, direction }
    }

    pub(super) fn apply(&self, du: MatRef<'_, f64>, out: MatMut<'_, f64>) {
        self.scores().apply(du, out);
    }

    pub(super) fn pull(&self, y: &[f64], out: &mut [f64]) {
        self.scores().pull(y, out);
    }
}

/// φ, r and K at a state, one row a datum.
pub(super) struct AllScores {
    pub(super) phi: f64,
    pub(super) residuals: Vec<f64>,
    weighting: Weighting,
}

impl Observations {
    /// φ, r and K at `u`, one row a datum.
    pub(super) fn all_scores(&self, u: &[f64], information: Information) -> EvalResult<AllScores> {
        let mut residuals = vec![0.0; self.n_scores()];
        let phi = self.evaluate_scores(u, &mut residuals)?;
        let seen = self.seen(u);
        let expected = match information {
            Information::Expected => self.likelihood.expected(&seen),
            Information::Working | Information::Observed => None,
        };
        let mut weighting = self.likelihood.weighting(seen);
        if let Some(expected) = expected {
            for ((r, old), new) in residuals.iter_mut().zip(&weighting.diagonal).zip(&expected) {
                *r *= old / new;
            }
            weighting.diagonal = expected;
        }
        Ok(AllScores { phi, residuals, weighting })
    }

    /// K with one row a datum.
    pub(super) fn operator(&self, scores: AllScores) -> Scores<'_> {
        let Weighting { diagonal, direction } = scores.weighting;
        let direction = direction.map(|s| (s, 1.0));
        Scores { functionals: &self.functionals, diagonal: Some(diagonal), direction }
    }

    /// φ, r̃ and K̃ at `u`.
    pub(super) fn condense(
        &self,
        u: &[f64],
        information: Information,
    ) -> EvalResult<CondensedScores> {
        if let Some(kept) = self.kept() {
            let triangle = kept.triangle.clone();
            let mut residuals = vec![0.0; triangle.len()];
            triangle.apply(u, &mut residuals);
            residuals.push(kept.rest.sqrt());
            let phi = finite(0.5 * residuals.iter().map(|r| r * r).sum::<f64>())?;
            return Ok(CondensedScores { phi, residuals, triangle, direction: None });
        }
        let AllScores { phi, residuals: r, weighting } = self.all_scores(u, information)?;
        let Some(s) = weighting.direction else {
            let found = self.functionals.condense(&weighting.diagonal, &[&r]);
            let mut residuals = found.rotated.concat();
            residuals.push(found.rest[0].sqrt());
            let triangle = Arc::new(found.functionals);
            return Ok(CondensedScores { phi, residuals, triangle, direction: None });
        };
        let found = self.functionals.condense(&weighting.diagonal, &[&r, &s]);
        let [mut z, t] = <[Vec<f64>; 2]>::try_from(found.rotated).unwrap_or_default();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        // √(1 − ‖t‖²), without cancellation.
        let root = found.rest[1].sqrt();
        let c = (1.0 - root) / dot(&t, &t).max(f64::MIN_POSITIVE);
        // Where s is a combination of the columns of D L, z has no part along t.
        let back = if root > SEEN { c * dot(&t, &z) / root } else { 0.0 };
        z.iter_mut().zip(&t).for_each(|(z, t)| *z += back * t);
        let rest = dot(&r, &r) - dot(&z, &z);
        z.push(rest.max(0.0).sqrt());
        let triangle = Arc::new(found.functionals);
        Ok(CondensedScores { phi, residuals: z, triangle, direction: Some((t, c)) })
    }

    /// What does not depend on the state, found once; none where D does.
    fn kept(&self) -> Option<&Condensed> {
        let cell = self.condensed.as_deref()?;
        if let Some(found) = cell.get() {
            return Some(found);
        }
        let LinearResiduals { scale, at_zero } = self.likelihood.linear_residuals()?;
        Some(cell.get_or_init(|| {
            let mut column = vec![0.0; self.n_scores()];
            self.functionals.apply(&vec![0.0; self.functionals.n_nodes()], &mut column);
            for ((r, d), at_zero) in column.iter_mut().zip(&scale).zip(&at_zero) {
                *r = d * *r + at_zero;
            }
            let found = self.functionals.condense(&scale, &[&column]);
            let triangle = Arc::new(found.functionals.with_offset(found.rotated.concat()));
            Condensed { triangle, rest: found.rest[0] }
        }))
    }
}

/// √(1 − ‖t‖²) below which s is a combination of the columns of D L.
const SEEN: f64 = 1e-7;
