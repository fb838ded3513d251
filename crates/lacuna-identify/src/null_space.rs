//! Changes of functions on the grid that leave every state as it is.
//!
//! G takes coefficients z of all unknowns, in prior standard deviations of order 1, to changes of the
//! strong residual at all states ([`GridTangents`]). Where G z is rounding no state changes: P is the
//! projection onto these z. Of an unknown with the columns a and the scale A, the square root of the
//! largest eigenvalue of √s_a P_aa √s_a is the largest unseen change, one prior standard deviation long.
//!
//! Since a conductivity has one value more than there are balances, the discrete flux constant
//! δa = c/(jump of u) is always unseen. Where u' has a zero it is a spike, and no function: on finer grids
//! its largest change goes to zero with the width of a cell, while that of a function stays. Hence the size
//! U at the width h is extrapolated to h = 0, linearly from that at 2h: U_0 = 2 U(h) − U(2h), but not more
//! than U(h) and not less than 0.

use std::ops::Range;

use faer::{Mat, MatRef};
use lacuna_core::EvalResult;
use lacuna_fit::{FunctionPrior, GridTangents};

use crate::band::NORMAL;
use crate::seen::{Seen, scaled_block, symmetric_eigenvalues, weakest};

/// G on the grid and on one of half as many cells.
pub(crate) struct NullSpaces<'a> {
    grids: Vec<Whitened<'a>>,
}

/// G on one grid.
struct Whitened<'a> {
    tangents: &'a GridTangents,
    /// R of G = Q R, or G itself.
    r: Mat<f64>,
    /// √s of every unknown.
    sd: Vec<Vec<f64>>,
}

/// P for some of the unknowns, on each grid.
pub(crate) struct Unseen<'a> {
    spaces: &'a NullSpaces<'a>,
    projections: Vec<Mat<f64>>,
    kept: Vec<usize>,
}

/// How much of one unknown is unseen.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lost {
    /// 95 % size of the largest change relative to the scale, as the grid is refined.
    pub size: f64,
    /// How many independent changes are at least as large as what is noticed.
    pub directions: usize,
}

impl<'a> NullSpaces<'a> {
    pub fn new(tangents: &'a [GridTangents]) -> Self {
        Self { grids: tangents.iter().map(Whitened::new).collect() }
    }

    /// Where only the unknowns `kept` may change.
    pub fn among(&'a self, kept: &[usize]) -> EvalResult<Unseen<'a>> {
        let projections =
            self.grids.iter().map(|grid| grid.unseen(kept)).collect::<EvalResult<_>>()?;
        Ok(Unseen { spaces: self, projections, kept: kept.to_vec() })
    }
}

impl<'a> Whitened<'a> {
    fn new(tangents: &'a GridTangents) -> Self {
        let sd: Vec<Vec<f64>> =
            tangents.priors.iter().map(FunctionPrior::standard_deviations).collect();
        let all: Vec<f64> = sd.iter().flatten().copied().collect();
        let jacobian = &tangents.jacobian;
        let g = Mat::from_fn(jacobian.nrows(), all.len(), |i, j| jacobian[(i, j)] * all[j]);
        let d = g.ncols();
        let r = if g.nrows() > d { g.qr().R().subrows(0, d).to_owned() } else { g };
        Self { tangents, r, sd }
    }

    fn unseen(&self, kept: &[usize]) -> EvalResult<Mat<f64>> {
        let chosen: Vec<usize> =
            kept.iter().flat_map(|&a| self.tangents.columns[a].clone()).collect();
        let part = Mat::from_fn(self.r.nrows(), chosen.len(), |i, j| self.r[(i, chosen[j])]);
        Ok(Seen::new(part.as_ref())?.unseen(self.tangents.rounding))
    }
}

impl Unseen<'_> {
    /// The columns of unknown `a` among those kept, on grid `g`.
    fn own(&self, g: usize, a: usize) -> Range<usize> {
        let columns = &self.spaces.grids[g].tangents.columns;
        let before = self.kept.iter().take_while(|b| **b != a);
        let start: usize = before.map(|&b| columns[b].len()).sum();
        start..start + columns[a].len()
    }

    /// How much of unknown `a`, of this scale, is lost, where `noticed` is the smallest size that counts.
    pub fn lost(&self, a: usize, scale: f64, noticed: f64) -> EvalResult<Lost> {
        let mut sizes = Vec::new();
        let mut directions = 0;
        for (g, projection) in self.projections.iter().enumerate() {
            let sd = &self.spaces.grids[g].sd[a];
            let block = scaled_block(projection, &self.own(g, a), sd);
            let squares = symmetric_eigenvalues(block.as_ref())?;
            let size = |square: &f64| NORMAL[0] * square.max(0.0).sqrt() / scale;
            sizes.push(squares.last().map_or(0.0, size));
            if g == 0 {
                directions = squares.iter().filter(|s| size(s) > noticed).count();
            }
        }
        let size = match sizes[..] {
            [fine, coarse] => (2.0 * fine - coarse).min(fine).max(0.0),
            _ => 0.0,
        };
        Ok(Lost { size, directions })
    }

    /// The unseen change that changes unknown `a` most, one prior standard deviation long: of every
    /// unknown at the points of its slot (of the logarithm, where it is positive).
    pub fn change(&self, a: usize) -> EvalResult<Vec<Vec<f64>>> {
        let grid = &self.spaces.grids[0];
        let z = weakest(&self.projections[0], &self.own(0, a), &grid.sd[a])?;
        let of = |b: usize| -> Vec<f64> {
            let own = self.own(0, b);
            let c: Vec<f64> = z[own].iter().zip(&grid.sd[b]).map(|(z, sd)| z * sd).collect();
            let g = grid.tangents.priors[b].modes.values() * faer::ColRef::from_slice(&c);
            g.iter().copied().collect()
        };
        let largest = |change: &[f64]| {
            change.iter().fold(0.0, |l: f64, c| if c.abs() > l.abs() { *c } else { l })
        };
        let mut change: Vec<Vec<f64>> = self.kept.iter().map(|&b| of(b)).collect();
        // A direction has no sign of its own: upwards, so that pictures are alike.
        if largest(&change[self.kept.iter().position(|b| *b == a).unwrap_or(0)]) < 0.0 {
            change.iter_mut().flatten().for_each(|c| *c = -*c);
        }
        Ok(change)
    }

    /// Covariance of the unseen changes, at the prior of order 1, in the modes of `priors`.
    pub fn covariance(&self, priors: &[FunctionPrior]) -> Mat<f64> {
        let grid = &self.spaces.grids[0];
        let d = priors.iter().map(|prior| prior.modes.len()).sum();
        let mut map = Mat::<f64>::zeros(d, self.projections[0].nrows());
        let mut start = 0;
        for &b in &self.kept {
            let values: MatRef<'_, f64> = grid.tangents.priors[b].modes.values();
            let coefficients = priors[b].modes.coefficients(values);
            for (j, column) in self.own(0, b).enumerate() {
                for i in 0..coefficients.nrows() {
                    map[(start + i, column)] = coefficients[(i, j)] * grid.sd[b][j];
                }
            }
            start += coefficients.nrows();
        }
        &map * &self.projections[0] * map.transpose()
    }
}
