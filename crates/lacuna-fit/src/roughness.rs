//! The smoothness prior, in function space.
//!
//! For a function f with values F at the points x_i of its slot, weights w_i, on a domain of length
//! L: (R F)_i = √(w_i/Σw) ℓ² f''(x_i), ℓ = L/2π, so that ‖R F‖² is the mean square of the
//! dimensionless second derivative: for f = cos(2πkx/L) it is k⁴/2. It is evaluated at the points
//! and not at parameters, so it is the same for every function class. f'' is the centred second
//! difference; it wraps round a circle, uses mirror images where the slot holds half of a
//! symmetric function, and is left out at the ends of a bounded interval.

use faer::{MatMut, MatRef};
use lacuna_core::{Slot, Symmetry};

/// R, a square matrix with three entries a row.
#[derive(Clone, Debug)]
pub(crate) struct Roughness {
    rows: Vec<[Entry; 3]>,
}

/// One entry of a row: its column and its value.
#[derive(Clone, Copy, Debug)]
struct Entry {
    column: usize,
    value: f64,
}

impl Roughness {
    /// R for the points of a slot; `None` for scalars.
    pub(crate) fn new(slot: &Slot) -> Option<Self> {
        let &[domain] = slot.domain.as_slice() else { return None };
        let n = slot.points.len();
        let spacing = (slot.points.get(1)[0] - slot.points.get(0)[0]).abs();
        let curvature = (domain.length() / (2.0 * std::f64::consts::PI) / spacing).powi(2);
        let total: f64 = slot.weights.iter().sum();
        let row = |i: usize| {
            let neighbours = if slot.symmetry != Symmetry::None {
                let whole = (domain.length() / spacing).round() as usize;
                mirrored_neighbours(i, n, whole, slot.symmetry)
            } else if domain.periodic {
                [((i + n - 1) % n, 1.0), ((i + 1) % n, 1.0)]
            } else if i == 0 || i + 1 == n {
                return [Entry { column: i, value: 0.0 }; 3];
            } else {
                [(i - 1, 1.0), (i + 1, 1.0)]
            };
            let scale = curvature * (slot.weights[i] / total).sqrt();
            let [left, right] =
                neighbours.map(|(column, sign)| Entry { column, value: sign * scale });
            [left, Entry { column: i, value: -2.0 * scale }, right]
        };
        Some(Self { rows: (0..n).map(row).collect() })
    }

    /// The same times a factor.
    #[must_use]
    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        for entry in self.rows.iter_mut().flatten() {
            entry.value *= factor;
        }
        self
    }

    /// Number of rows, and of columns.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// `out = R values`.
    pub(crate) fn apply(&self, values: &[f64], out: &mut [f64]) {
        for (out, row) in out.iter_mut().zip(&self.rows) {
            *out = row.iter().map(|e| e.value * values[e.column]).sum();
        }
    }

    /// `out = R values`, column by column.
    pub(crate) fn apply_to_columns(&self, values: MatRef<'_, f64>, mut out: MatMut<'_, f64>) {
        for j in 0..values.ncols() {
            let (column, target) = (values.col(j), out.as_mut().col_mut(j));
            if let (Some(column), Some(target)) =
                (column.try_as_col_major(), target.try_as_col_major_mut())
            {
                self.apply(column.as_slice(), target.as_slice_mut());
                continue;
            }
            for (i, row) in self.rows.iter().enumerate() {
                out[(i, j)] = row.iter().map(|e| e.value * values[(e.column, j)]).sum();
            }
        }
    }

    /// `out += Rᵀ values`.
    pub(crate) fn add_transposed(&self, values: &[f64], out: &mut [f64]) {
        for (value, row) in values.iter().zip(&self.rows) {
            for entry in row {
                out[entry.column] += entry.value * value;
            }
        }
    }
}

/// Neighbours of displacement i h among those in [0, L/2], and the sign of their mirror images.
fn mirrored_neighbours(i: usize, n: usize, whole: usize, symmetry: Symmetry) -> [(usize, f64); 2] {
    let sign = if symmetry == Symmetry::Odd { -1.0 } else { 1.0 };
    let left = if i == 0 { (1, sign) } else { (i - 1, 1.0) };
    let right = if i + 1 < n { (i + 1, 1.0) } else { (whole - i - 1, sign) };
    [left, right]
}

#[cfg(test)]
mod tests {
    use lacuna_core::SteadyModel;
    use lacuna_grid::{Axis, Boundary, Grid};
    use lacuna_models::{AggregationDiffusion, DiffusionReaction};

    use super::*;

    fn mean_square(slot: &Slot, f: impl Fn(f64) -> f64) -> f64 {
        let values: Vec<f64> = slot.points.iter().map(|x| f(x[0])).collect();
        let mut image = vec![0.0; values.len()];
        Roughness::new(slot).unwrap().apply(&values, &mut image);
        image.iter().map(|v| v * v).sum()
    }

    #[test]
    fn a_mode_has_half_its_wave_number_to_the_fourth() {
        for cells in [128, 129] {
            let axis = Axis { origin: 0.3, length: 2.0, cells, boundary: Boundary::Periodic };
            let k = 2.0 * std::f64::consts::PI * 3.0 / 2.0;
            for symmetry in [Symmetry::None, Symmetry::Even, Symmetry::Odd] {
                let grid = Grid::new(vec![axis]).unwrap();
                let model = AggregationDiffusion::new(grid, symmetry).unwrap();
                let odd = symmetry == Symmetry::Odd;
                let wave = |x: f64| if odd { (k * x).sin() } else { (k * x).cos() };
                for slot in &model.slots()[..2] {
                    let found = mean_square(slot, wave);
                    assert!(
                        (found / 40.5 - 1.0).abs() < 0.01,
                        "{} {symmetry:?} {found}",
                        slot.name
                    );
                }
                assert!(Roughness::new(&model.slots()[2]).is_none());
            }
        }
    }

    #[test]
    fn straight_lines_are_smooth_on_an_interval() {
        let axis = Axis { origin: 0.0, length: 2.0, cells: 50, boundary: Boundary::Dirichlet };
        let model = DiffusionReaction::new(Grid::new(vec![axis]).unwrap()).unwrap();
        for slot in model.slots() {
            assert!(mean_square(slot, |x| 3.0 - 2.0 * x) < 1e-16);
            assert!(mean_square(slot, |x| x * x) > 1e-3);
        }
    }

    #[test]
    fn columns_and_transpose_agree_with_the_product() {
        let axis = Axis { origin: 0.0, length: 1.0, cells: 9, boundary: Boundary::Periodic };
        let grid = Grid::new(vec![axis]).unwrap();
        for symmetry in [Symmetry::None, Symmetry::Even, Symmetry::Odd] {
            let model = AggregationDiffusion::new(grid.clone(), symmetry).unwrap();
            let matrix = Roughness::new(&model.slots()[0]).unwrap().scaled(0.5);
            let n = matrix.len();
            let identity = faer::Mat::<f64>::identity(n, n);
            let mut dense = faer::Mat::<f64>::zeros(n, n);
            matrix.apply_to_columns(identity.as_ref(), dense.as_mut());
            let x: Vec<f64> = (0..n).map(|i| (i as f64).sin()).collect();
            let (mut image, mut transposed) = (vec![0.0; n], vec![1.0; n]);
            matrix.apply(&x, &mut image);
            matrix.add_transposed(&x, &mut transposed);
            for i in 0..n {
                let row: f64 = (0..n).map(|j| dense[(i, j)] * x[j]).sum();
                let column: f64 = (0..n).map(|j| dense[(j, i)] * x[j]).sum();
                assert!((image[i] - row).abs() < 1e-12);
                assert!((transposed[i] - 1.0 - column).abs() < 1e-12);
            }
        }
    }
}
