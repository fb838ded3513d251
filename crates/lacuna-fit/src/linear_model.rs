//! r + J δ at one iterate, reduced to a triangle that serves every damping.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Col, ColRef, MatMut, MatRef, Par};
use lacuna_core::{EvalError, FactoredJacobian, Matrix};

use crate::orthogonal::Orthogonal;

/// Steps of the power method for the largest singular value.
const POWER_ITERATIONS: usize = 10;

/// The linear model of r, and the memory to make and to use it.
#[derive(Default)]
pub(crate) struct LinearModel {
    /// T: J Z = Q T, min(m, k) × k, upper triangular (or trapezoidal).
    triangle: Matrix,
    /// Qᵀ r.
    rotated: Vec<f64>,
    /// Z, p × k with orthonormal columns, block by block; empty for the identity.
    row_space: Vec<RowSpace>,
    /// Blocks from earlier models, for their memory.
    spare: Vec<RowSpace>,
    n_params: usize,
    /// [J Z, r], factored.
    reduced: Orthogonal,
    /// [T, Qᵀ r] above [√λ I, 0], factored.
    damped: Orthogonal,
    coordinates: Matrix,
    image: Matrix,
}

/// Part of the row space of J: that of some rows of `right`, which share no column with others.
#[derive(Default)]
struct RowSpace {
    rows: Range<usize>,
    columns: Range<usize>,
    /// Z R_z, the transpose of those rows and columns.
    qr: Orthogonal,
    factor: Matrix,
}

impl RowSpace {
    /// Number of directions.
    fn rank(&self) -> usize {
        self.rows.len().min(self.columns.len())
    }
}

/// The rows of `right` in groups that have no column in common; rows of zeros are left out.
fn groups(right: MatRef<'_, f64>) -> Vec<(Range<usize>, Range<usize>)> {
    let mut groups: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for i in 0..right.nrows() {
        let row = right.row(i);
        let Some(first) = row.iter().position(|&x| x != 0.0) else { continue };
        let last = row.iter().rposition(|&x| x != 0.0).unwrap_or(first);
        let (mut rows, mut columns) = (i..i + 1, first..last + 1);
        while let Some((r, c)) =
            groups.pop_if(|(_, c)| c.start < columns.end && columns.start < c.end)
        {
            rows = r.start..rows.end;
            columns = c.start.min(columns.start)..c.end.max(columns.end);
        }
        groups.push((rows, columns));
    }
    groups
}

impl LinearModel {
    /// Becomes the model for this Jacobian and these residuals.
    ///
    /// # Errors
    /// If a value is not finite.
    pub(crate) fn update(
        &mut self,
        jacobian: &FactoredJacobian,
        residuals: &[f64],
    ) -> Result<(), EvalError> {
        let m = residuals.len();
        let left = jacobian.left.as_ref();
        self.spare.append(&mut self.row_space);
        // A wide J = I · J: as many directions as residuals are enough.
        let wide = !jacobian.has_right && left.ncols() > m;
        let right = match (jacobian.has_right, wide) {
            (true, _) => Some(jacobian.right.as_ref()),
            (_, true) => Some(left),
            _ => None,
        };
        self.n_params = right.map_or(left.ncols(), |right| right.ncols());
        if let Some(right) = right {
            for (rows, columns) in groups(right) {
                let mut space = self.spare.pop().unwrap_or_default();
                let part = right.get(rows.clone(), columns.clone()).transpose();
                space.qr.matrix(part.nrows(), part.ncols()).copy_from(part);
                space.qr.factor();
                space.qr.copy_upper(part.ncols(), &mut space.factor);
                (space.rows, space.columns) = (rows, columns);
                self.row_space.push(space);
            }
        }
        let rank = match right {
            None => self.n_params,
            Some(_) => self.row_space.iter().map(RowSpace::rank).sum(),
        };
        // The triangular factor of [J Z, r] is [T, Qᵀ r] above one more row.
        let mut reduced = self.reduced.matrix(m, rank + 1);
        if right.is_none() {
            reduced.as_mut().subcols_mut(0, rank).copy_from(left);
        }
        let mut start = 0;
        for space in &self.row_space {
            let mut target = reduced.as_mut().subcols_mut(start, space.rank());
            let factor = space.factor.as_ref().transpose();
            if wide {
                target.fill(0.0);
                target.subrows_mut(space.rows.start, space.rows.len()).copy_from(factor);
            } else {
                let left = left.subcols(space.rows.start, space.rows.len());
                matmul(target, Accum::Replace, left, factor, 1.0, Par::Seq);
            }
            start += space.rank();
        }
        reduced.col_mut(rank).copy_from(ColRef::from_slice(residuals));
        if !self.reduced.filled().is_all_finite() {
            return Err(EvalError::NonFinite { quantity: "the Jacobian" });
        }
        self.reduced.factor();
        self.reduced.copy_upper(rank, &mut self.triangle);
        let kept = m.min(rank);
        self.rotated.clear();
        self.rotated.extend(self.reduced.upper().col(rank).get(..kept).iter());
        Ok(())
    }

    /// The largest singular value of J, to a few per cent: by the power method on TᵀT.
    pub(crate) fn largest_singular_value(&self) -> f64 {
        let triangle = self.triangle.as_ref();
        let mut v = Col::<f64>::from_fn(triangle.ncols(), |i| 1.0 + 0.5 * (i as f64).sin());
        let mut value = 0.0;
        for _ in 0..POWER_ITERATIONS {
            let length = v.norm_l2();
            if length == 0.0 || !length.is_finite() {
                break;
            }
            let image = triangle * (v * faer::Scale(length.recip()));
            value = image.norm_l2();
            v = triangle.transpose() * image;
        }
        value
    }

    /// `delta` = the step Z z for damping λ; returns the decrease of the cost that the linear
    /// model promises, ½ ‖J δ‖² + λ ‖δ‖².
    pub(crate) fn step(&mut self, damping: f64, delta: &mut Vec<f64>) -> f64 {
        // [T, Qᵀ r; √λ I, 0] = Q' [S, s; 0, ·]: z = −S⁻¹ s.
        let triangle = self.triangle.as_ref();
        let (rows, rank) = (triangle.nrows(), triangle.ncols());
        let mut stacked = self.damped.matrix(rows + rank, rank + 1);
        stacked.fill(0.0);
        stacked.as_mut().submatrix_mut(0, 0, rows, rank).copy_from(triangle);
        stacked.as_mut().col_mut(rank).get_mut(..rows).copy_from(ColRef::from_slice(&self.rotated));
        for i in 0..rank {
            stacked[(rows + i, i)] = damping.sqrt();
        }
        self.damped.factor();
        let upper = self.damped.upper();
        let mut z = self.coordinates.reshape(rank, 1);
        for i in 0..rank {
            z[(i, 0)] = -upper[(i, rank)];
        }
        upper.get(..rank, ..rank).solve_upper_triangular_in_place(z.as_mut());
        delta.clear();
        delta.resize(self.n_params, 0.0);
        if !z.is_all_finite() {
            return 0.0;
        }
        let image = self.image.reshape(rows, 1);
        matmul(image, Accum::Replace, triangle, z.as_ref(), 1.0, Par::Seq);
        let change = self.image.as_ref().squared_norm_l2();
        let predicted = 0.5 * change + damping * z.as_ref().squared_norm_l2();
        self.expand(delta);
        predicted
    }

    /// `delta` = Z z, from zeros.
    fn expand(&mut self, delta: &mut [f64]) {
        let z = self.coordinates.as_ref();
        if self.row_space.is_empty() {
            delta.iter_mut().zip(z.col(0).iter()).for_each(|(delta, z)| *delta = *z);
            return;
        }
        let mut start = 0;
        for space in &mut self.row_space {
            let (rank, p) = (space.rank(), space.columns.len());
            let part = &mut delta[space.columns.clone()];
            let mut part = MatMut::from_column_major_slice_mut(part, p, 1);
            part.as_mut().subrows_mut(0, rank).copy_from(z.subrows(start, rank));
            space.qr.apply(part);
            start += rank;
        }
    }
}
