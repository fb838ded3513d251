//! The direct solve for the pilot, and the norm in which what the data leave open is smallest.

use super::*;
use crate::pilot::pilot_basis;
use crate::{Pilot, solve_least_squares_in_norm};

impl FieldObjective {
    /// The unknowns in a linear class, where the residual is affine in all of them together; see
    /// [`Pilot`].
    ///
    /// # Errors
    /// If the residual cannot be evaluated.
    pub fn pilot(&self) -> EvalResult<Option<Pilot>> {
        const RANK_TOLERANCE: f64 = 1e-13;
        const SIGNIFICANCE: f64 = 4.0;
        let slots: Vec<usize> = self.unknowns.iter().map(|u| u.slot).collect();
        if !self.model.is_affine(self.form, &slots) {
            return Ok(None);
        }
        let bases: Vec<Mat<f64>> =
            self.unknowns.iter().map(|u| pilot_basis(self.slot_of(u))).collect();
        let columns = consecutive(bases.iter().map(Mat::ncols));
        let width = columns.last().map_or(0, |c| c.end);
        let solution = self.with_workspace(|workspace| {
            let mut raw = vec![0.0; self.n_residuals()];
            workspace.values.iter_mut().for_each(|values| values.fill(0.0));
            self.place_values(workspace);
            self.raw_residuals(workspace, &mut raw)?;
            let mut images = Mat::zeros(raw.len(), width);
            for (i, (basis, columns)) in bases.iter().zip(&columns).enumerate() {
                let (basis, columns) = (basis.as_ref(), columns.clone());
                self.push_forward(i, basis, columns, &raw, workspace, images.as_mut())?;
            }
            self.weigh(&mut raw);
            let norm = self.norm_of(self.unknowns.iter().zip(&bases));
            let (images, norm) = (images.as_ref(), norm.as_ref());
            solve_least_squares_in_norm(images, &raw, norm, RANK_TOLERANCE, SIGNIFICANCE)
        })?;
        let values = bases.iter().zip(columns).map(|(basis, columns)| {
            let values = basis * faer::ColRef::from_slice(&solution.x[columns]);
            values.iter().copied().collect()
        });
        Ok(Some(Pilot { values: values.collect() }))
    }

    /// N with ‖N c‖ the size of the functions Σ_j c_j basis_j: their roughness above their values,
    /// function by function.
    pub(super) fn norm_of<'a>(
        &self,
        parts: impl Iterator<Item = (&'a Unknown, &'a Mat<f64>)>,
    ) -> Mat<f64> {
        let parts: Vec<_> = parts.collect();
        let columns = consecutive(parts.iter().map(|(_, basis)| basis.ncols()));
        let rows = consecutive(parts.iter().map(|(_, basis)| 2 * basis.nrows()));
        let end = |ranges: &[Range<usize>]| ranges.last().map_or(0, |range| range.end);
        let mut norm = Mat::zeros(end(&rows), end(&columns));
        for (((unknown, basis), columns), rows) in parts.into_iter().zip(columns).zip(rows) {
            let slot = self.slot_of(unknown);
            let n = basis.nrows();
            let mut block = norm.as_mut().get_mut(rows, columns.clone());
            if let Some(roughness) = Roughness::new(slot) {
                roughness.apply_to_columns(basis.as_ref(), block.as_mut().subrows_mut(0, n));
            }
            let total: f64 = slot.weights.iter().sum();
            for j in 0..columns.len() {
                for k in 0..n {
                    block[(n + k, j)] = (slot.weights[k] / total).sqrt() * basis[(k, j)];
                }
            }
        }
        norm
    }
}
