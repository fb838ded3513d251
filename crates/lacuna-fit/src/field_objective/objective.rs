//! The field objective as an [`Objective`]: residuals and every derivative over θ.

use super::*;

impl FieldObjective {
    /// J from ∂F/∂θ in `bases`, which are factored on the way.
    fn factor_and_push(
        &self,
        bases: &mut [LowRank],
        residuals: &[f64],
        workspace: &mut Workspace,
        jacobian: &mut FactoredJacobian,
    ) -> EvalResult {
        for (basis, constant) in bases.iter_mut().zip(&self.constant_bases) {
            if !basis.filled().is_all_finite() {
                return Err(EvalError::NonFinite { quantity: "the derivative of a function" });
            }
            if constant.is_none() {
                basis.factor(RANK_TOLERANCE);
            }
        }
        let factor = |i: usize| self.constant_bases[i].as_ref().unwrap_or(&bases[i]);
        let rank: usize = (0..bases.len()).map(|i| factor(i).rank()).sum();
        jacobian.has_right = true;
        jacobian.left.reshape(self.n_residuals(), rank);
        jacobian.right.reshape(rank, self.n_params()).fill(0.0);
        let mut start = 0;
        for (i, params) in self.ranges.iter().enumerate() {
            let rows = start..start + factor(i).rank();
            let (mut left, mut right) = (jacobian.left.as_mut(), jacobian.right.as_mut());
            right.as_mut().get_mut(rows.clone(), params.clone()).copy_from(factor(i).r());
            let q = factor(i).q();
            self.push_forward(i, q, rows.clone(), residuals, workspace, left.as_mut())?;
            start = rows.end;
        }
        Ok(())
    }
}

impl Objective for FieldObjective {
    fn n_params(&self) -> usize {
        self.ranges.last().map_or(0, |r| r.end)
    }

    fn n_residuals(&self) -> usize {
        self.prior_rows().last().map_or(0, |(_, rows)| rows.end)
    }

    fn residuals(&self, theta: &[f64], out: &mut [f64]) -> EvalResult {
        self.with_workspace(|workspace| {
            self.place_theta(theta, workspace);
            self.raw_residuals(workspace, out)?;
            self.weigh(out);
            Ok(())
        })
    }

    fn linearise(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) -> EvalResult {
        self.with_workspace(|workspace| {
            self.prepare(theta, residuals, workspace)?;
            let bases = std::mem::take(&mut workspace.bases);
            let pushed = bases.iter().enumerate().try_for_each(|(i, basis)| {
                let (basis, columns) = (basis.filled(), self.ranges[i].clone());
                self.push_forward(i, basis, columns, residuals, workspace, jacobian.as_mut())
            });
            workspace.bases = bases;
            pushed?;
            self.weigh(residuals);
            Ok(())
        })
    }

    fn linearise_factored(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        jacobian: &mut FactoredJacobian,
    ) -> EvalResult {
        self.with_workspace(|workspace| {
            self.prepare(theta, residuals, workspace)?;
            let mut bases = std::mem::take(&mut workspace.bases);
            let finished = self.factor_and_push(&mut bases, residuals, workspace, jacobian);
            workspace.bases = bases;
            finished?;
            self.weigh(residuals);
            Ok(())
        })
    }

    fn value_and_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> EvalResult<f64> {
        self.with_workspace(|workspace| {
            let mut raw = workspace.pool.take_reals(self.n_residuals());
            let mut weighted = workspace.pool.take_reals(self.n_residuals());
            self.place_theta(theta, workspace);
            self.raw_residuals(workspace, &mut raw)?;
            weighted.copy_from_slice(&raw);
            self.weigh(&mut weighted);
            self.pull_back(theta, &raw, &weighted, workspace, gradient)?;
            let cost = 0.5 * weighted.iter().map(|r| r * r).sum::<f64>();
            workspace.pool.give_reals(raw);
            workspace.pool.give_reals(weighted);
            Ok(cost)
        })
    }

    fn jvp(&self, theta: &[f64], delta: &[f64], out: &mut [f64]) -> EvalResult {
        self.with_workspace(|workspace| {
            let mut raw = workspace.pool.take_reals(self.n_residuals());
            self.place_theta(theta, workspace);
            self.raw_residuals(workspace, &mut raw)?;
            let mut column = workspace.pool.take_reals(out.len());
            out.fill(0.0);
            for (i, unknown) in self.unknowns.iter().enumerate() {
                let (points, range) = (&self.slot_of(unknown).points, self.ranges[i].clone());
                let (theta, delta) = (&theta[range.clone()], &delta[range]);
                let mut moved = workspace.pool.take_reals(points.len());
                unknown.function.tangent(theta, delta, points, &mut workspace.pool, &mut moved);
                let direction = MatRef::from_column_major_slice(&moved, points.len(), 1);
                let image = MatMut::from_column_major_slice_mut(&mut column, out.len(), 1);
                self.push_forward(i, direction, 0..1, &raw, workspace, image)?;
                out.iter_mut().zip(&column).for_each(|(out, c)| *out += c);
                workspace.pool.give_reals(moved);
            }
            workspace.pool.give_reals(column);
            workspace.pool.give_reals(raw);
            Ok(())
        })
    }

    fn vjp(&self, theta: &[f64], y: &[f64], out: &mut [f64]) -> EvalResult {
        self.with_workspace(|workspace| {
            let mut raw = workspace.pool.take_reals(self.n_residuals());
            self.place_theta(theta, workspace);
            self.raw_residuals(workspace, &mut raw)?;
            self.pull_back(theta, &raw, y, workspace, out)?;
            workspace.pool.give_reals(raw);
            Ok(())
        })
    }

    fn linear_params(&self) -> &[Range<usize>] {
        &self.linear
    }

    fn linear_basis(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        mut basis: MatMut<'_, f64>,
    ) -> EvalResult {
        self.with_workspace(|workspace| {
            self.place_theta(theta, workspace);
            self.raw_residuals(workspace, residuals)?;
            let columns = consecutive(self.linear.iter().map(Range::len));
            for (&i, columns) in self.linear_unknowns.iter().zip(columns) {
                let unknown = &self.unknowns[i];
                let points = &self.slot_of(unknown).points;
                let theta = &theta[self.ranges[i].clone()];
                let (n, width) = (points.len(), columns.len());
                let mut room = workspace.pool.take_reals(n * width);
                let directions = MatMut::from_column_major_slice_mut(&mut room, n, width);
                unknown.function.linear_basis(theta, points, &mut workspace.pool, directions);
                let directions = MatRef::from_column_major_slice(&room, n, width);
                self.push_forward(i, directions, columns, residuals, workspace, basis.as_mut())?;
                workspace.pool.give_reals(room);
            }
            self.weigh(residuals);
            Ok(())
        })
    }

    fn linear_norm(&self, theta: &[f64]) -> Option<Mat<f64>> {
        let mut pool = Pool::new();
        let bases: Vec<Mat<f64>> = self
            .linear_unknowns
            .iter()
            .map(|&i| {
                let unknown = &self.unknowns[i];
                let points = &self.slot_of(unknown).points;
                let width = unknown.function.linear_params().len();
                let mut basis = Mat::zeros(points.len(), width);
                let theta = &theta[self.ranges[i].clone()];
                unknown.function.linear_basis(theta, points, &mut pool, basis.as_mut());
                basis
            })
            .collect();
        let unknowns = self.linear_unknowns.iter().map(|&i| &self.unknowns[i]);
        Some(self.norm_of(unknowns.zip(&bases)))
    }
}
