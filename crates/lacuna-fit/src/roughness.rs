//! The smoothness prior, in function space.
//!
//! For a function f with values F at the points x_i of its slot, weights w_i, on a domain of length
//! L: (R F)_i = √(w_i/Σw) ℓ² f''(x_i), ℓ = L/2π, so that ‖R F‖² is the mean square of the
//! dimensionless second derivative: for f = cos(2πkx/L) it is k⁴/2. It is evaluated at the points
//! and not at parameters, so it is the same for every function class. f'' is the centred second
//! difference; it wraps round a circle, uses mirror images where the slot holds half of a
//! symmetric function, and is left out at the ends of a bounded interval.

use faer::Mat;
use lacuna_core::{Slot, Symmetry};

/// R, (rows × points); `None` for scalars.
pub(crate) fn roughness(slot: &Slot) -> Option<Mat<f64>> {
    let &[domain] = slot.domain.as_slice() else { return None };
    let n = slot.points.len();
    let spacing = (slot.points.get(1)[0] - slot.points.get(0)[0]).abs();
    let curvature = (domain.length() / (2.0 * std::f64::consts::PI) / spacing).powi(2);
    let total: f64 = slot.weights.iter().sum();
    let mut matrix = Mat::zeros(n, n);
    for i in 0..n {
        let neighbours = if slot.symmetry != Symmetry::None {
            let whole = (domain.length() / spacing).round() as usize;
            mirrored_neighbours(i, n, whole, slot.symmetry)
        } else if domain.periodic {
            [((i + n - 1) % n, 1.0), ((i + 1) % n, 1.0)]
        } else if i == 0 || i + 1 == n {
            continue;
        } else {
            [(i - 1, 1.0), (i + 1, 1.0)]
        };
        let scale = curvature * (slot.weights[i] / total).sqrt();
        matrix[(i, i)] -= 2.0 * scale;
        for (j, sign) in neighbours {
            matrix[(i, j)] += sign * scale;
        }
    }
    Some(matrix)
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
        let image = roughness(slot).unwrap() * faer::ColRef::from_slice(&values);
        image.squared_norm_l2()
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
                assert!(roughness(&model.slots()[2]).is_none());
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
}
