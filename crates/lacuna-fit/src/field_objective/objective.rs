//! The field objective as an [`Objective`]: residuals and every derivative over θ.

use super::*;

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
            let bases = self.prepare(theta, residuals, workspace)?;
            for (i, basis) in bases.iter().enumerate() {
                let columns = self.ranges[i].clone();
                self.push_forward(
                    i,
                    basis.as_ref(),
                    columns,
                    residuals,
                    workspace,
                    jacobian.as_mut(),
                )?;
            }
            self.weigh(residuals);
            Ok(())
        })
    }

    fn linearise_factored(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
    ) -> EvalResult<FactoredJacobian> {
        self.with_workspace(|workspace| {
            let bases = self.prepare(theta, residuals, workspace)?;
            let factors: Vec<LowRank> = bases
                .into_iter()
                .enumerate()
                .map(|(i, basis)| match &self.constant_bases[i] {
                    Some(constant) => constant.clone(),
                    None => factor_low_rank(basis, RANK_TOLERANCE),
                })
                .collect();
            let columns = consecutive(factors.iter().map(|f| f.q.ncols()));
            let rank = columns.last().map_or(0, |c| c.end);
            let mut left = Mat::zeros(self.n_residuals(), rank);
            let mut right = Mat::zeros(rank, self.n_params());
            for (i, factor) in factors.iter().enumerate() {
                let (rows, params) = (columns[i].clone(), self.ranges[i].clone());
                right
                    .as_mut()
                    .submatrix_mut(rows.start, params.start, rows.len(), params.len())
                    .copy_from(&factor.r);
                self.push_forward(i, factor.q.as_ref(), rows, residuals, workspace, left.as_mut())?;
            }
            self.weigh(residuals);
            Ok(FactoredJacobian { left, right: Some(right) })
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
            let bases = self.prepare(theta, &mut raw, workspace)?;
            let mut column = Mat::zeros(out.len(), 1);
            out.fill(0.0);
            for (i, basis) in bases.iter().enumerate() {
                let delta = faer::ColRef::from_slice(&delta[self.ranges[i].clone()]);
                let direction = basis * delta;
                self.push_forward(i, direction.as_mat(), 0..1, &raw, workspace, column.as_mut())?;
                for (out, c) in out.iter_mut().zip(column.col(0).iter()) {
                    *out += c;
                }
            }
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
                let mut directions = Mat::zeros(points.len(), columns.len());
                let pool = &mut workspace.pool;
                unknown.function.linear_basis(theta, points, pool, directions.as_mut());
                let directions = directions.as_ref();
                self.push_forward(i, directions, columns, residuals, workspace, basis.as_mut())?;
            }
            self.weigh(residuals);
            Ok(())
        })
    }

    fn linear_norm(&self, theta: &[f64]) -> Option<Mat<f64>> {
        let columns = consecutive(self.linear.iter().map(Range::len));
        let rows =
            self.linear_unknowns.iter().map(|&i| 2 * self.slot_of(&self.unknowns[i]).points.len());
        let rows = consecutive(rows);
        let mut norm = Mat::zeros(rows.last()?.end, columns.last()?.end);
        let mut pool = Pool::new();
        for ((&i, columns), rows) in self.linear_unknowns.iter().zip(columns).zip(rows) {
            let slot = self.slot_of(&self.unknowns[i]);
            let n = slot.points.len();
            let mut basis = Mat::zeros(n, columns.len());
            let theta = &theta[self.ranges[i].clone()];
            self.unknowns[i].function.linear_basis(theta, &slot.points, &mut pool, basis.as_mut());
            let mut block =
                norm.as_mut().submatrix_mut(rows.start, columns.start, 2 * n, columns.len());
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
        Some(norm)
    }
}
