//! From observations to the state at the nodes.
//!
//! Points that are the nodes are taken as they are. Points equally spaced round a circle are
//! interpolated trigonometrically, all others by a cubic spline (periodic, or not-a-knot with the
//! known boundary values as further points). Of a positive density it is the logarithm that is
//! interpolated: it is smooth where the potential is, and the result stays positive.

use lacuna_grid::{Boundary, Grid, trigonometric_interpolation};
use lacuna_surrogate::interpolation::CubicSpline;

use crate::data::StateData;

/// Two points nearer than this share of a cell are the same.
const SAME_POINT: f64 = 1e-6;

/// The state at the nodes of `grid`.
pub(crate) fn state_at_nodes(
    data: &StateData,
    grid: &Grid,
    is_density: bool,
    boundary_values: &[f64],
) -> Vec<f64> {
    let nodes = grid.nodes().coordinates();
    // A circle has no boundary, whatever values stand there.
    let periodic = grid.axes()[0].boundary == Boundary::Periodic;
    let boundary_values = if periodic { &[] } else { boundary_values };
    let tolerance = SAME_POINT * grid.cell();
    let same = |a: &[f64], b: &[f64]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < tolerance)
    };
    if same(&data.x, nodes) {
        return data.u.clone();
    }
    let through_log = is_density && data.u.iter().chain(boundary_values).all(|&u| u > 0.0);
    let transform = |values: &[f64]| -> Vec<f64> {
        values.iter().map(|u| if through_log { u.ln() } else { *u }).collect()
    };
    let mut values = interpolate(&data.x, &transform(&data.u), grid, &transform(boundary_values));
    if through_log {
        for value in &mut values {
            *value = value.exp();
        }
    }
    values
}

fn interpolate(x: &[f64], y: &[f64], grid: &Grid, boundary_values: &[f64]) -> Vec<f64> {
    let nodes = grid.nodes().coordinates();
    let axis = &grid.axes()[0];
    let spline = if axis.boundary == Boundary::Periodic {
        let spacing = axis.length / x.len() as f64;
        let equal = x
            .iter()
            .enumerate()
            .all(|(i, xi)| (xi - x[0] - i as f64 * spacing).abs() < SAME_POINT * spacing);
        if equal {
            return trigonometric_interpolation(x[0], axis.length, y, nodes);
        }
        CubicSpline::periodic(x.to_vec(), y.to_vec(), axis.length)
    } else {
        let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        let far = 1e-3 * grid.cell();
        if x[0] - axis.origin > far {
            points.insert(0, (axis.origin, boundary_values[0]));
        }
        let end = axis.origin + axis.length;
        if end - x[x.len() - 1] > far {
            points.push((end, boundary_values[1]));
        }
        let (x, y) = points.into_iter().unzip();
        CubicSpline::not_a_knot(x, y)
    };
    // Data are checked for number and distinctness when they are read.
    let spline = spline.unwrap_or_else(|e| unreachable!("checked data refused: {e}"));
    nodes.iter().map(|&node| spline.eval(node)).collect()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use lacuna_grid::Axis;

    use super::*;
    use crate::data::Extent;

    fn data(x: Vec<f64>, f: impl Fn(f64) -> f64, periodic: bool) -> StateData {
        let u = x.iter().map(|&x| f(x)).collect();
        let extent = Extent { origin: 0.0, length: 1.0, periodic };
        StateData::from_points("test", x, u, None, &extent).unwrap()
    }

    fn grid(boundary: Boundary) -> Grid {
        Grid::new(vec![Axis { origin: 0.0, length: 1.0, cells: 64, boundary }]).unwrap()
    }

    fn worst(grid: &Grid, found: &[f64], f: impl Fn(f64) -> f64) -> f64 {
        grid.nodes().iter().zip(found).map(|(x, v)| (v - f(x[0])).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn nodes_are_taken_as_they_are() {
        let grid = grid(Boundary::Periodic);
        let data = data(grid.nodes().coordinates().to_vec(), |x| 1.0 + 0.1 * x, true);
        assert_eq!(state_at_nodes(&data, &grid, true, &[]), data.u);
    }

    #[test]
    fn equally_spaced_periodic_data_are_interpolated_to_round_off() {
        let grid = grid(Boundary::Periodic);
        let f = |x: f64| (2.0 * (2.0 * PI * x).sin() + (6.0 * PI * x).cos()).exp();
        let x = (0..50).map(|i| (i as f64 + 0.3) / 50.0).collect();
        let found = state_at_nodes(&data(x, f, true), &grid, true, &[]);
        assert!(worst(&grid, &found, f) < 1e-10);
    }

    #[test]
    fn irregular_data_are_interpolated_to_fourth_order() {
        let f = |x: f64| 2.0 + (2.0 * PI * x).sin();
        for boundary in [Boundary::Periodic, Boundary::Dirichlet] {
            let grid = grid(boundary);
            let error = |n: usize| {
                let x = (0..n).map(|i| (i as f64 + 0.3 + 0.2 * (i as f64).sin()) / n as f64);
                let data = data(x.collect(), f, boundary == Boundary::Periodic);
                worst(&grid, &state_at_nodes(&data, &grid, true, &[2.0, 2.0]), f)
            };
            let order = (error(40) / error(160)).log2() / 2.0;
            assert!(order > 3.0, "{boundary:?} {order}");
        }
    }
}
