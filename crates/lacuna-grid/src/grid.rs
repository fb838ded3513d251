//! Uniform grids and their quadrature.
//!
//! An axis [origin, origin + length] is divided into n cells of width h = length/n. Nodes of a
//! periodic axis are origin + i h (the right end is the left end again); nodes of a bounded axis
//! are the cell centres origin + (i + ½) h. The quadrature weight of every node is h: the
//! trapezoidal rule, spectrally accurate, on a periodic axis, and the midpoint rule, of second
//! order, on a bounded one.

use lacuna_core::{Interval, Points, Scalar, Symmetry};

use crate::GridError;

/// What holds at the ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// The ends are the same point.
    Periodic,
    /// The state is given at the ends.
    Dirichlet,
}

/// One dimension of a domain and its division into cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Left end, in units of length.
    pub origin: f64,
    /// Length, in the same units.
    pub length: f64,
    /// Number of cells n.
    pub cells: usize,
    /// What holds at the ends.
    pub boundary: Boundary,
}

/// Fewest cells of an axis.
const MIN_CELLS: usize = 4;

/// A uniform grid.
///
/// ```
/// use lacuna_grid::{Axis, Boundary, Grid};
///
/// let circle = Axis { origin: 0.0, length: 1.0, cells: 100, boundary: Boundary::Periodic };
/// let grid = Grid::new(vec![circle])?;
/// let u: Vec<f64> =
///     grid.nodes().iter().map(|x| 1.0 + (2.0 * std::f64::consts::PI * x[0]).sin()).collect();
/// assert!((grid.integrate(&u) - 1.0).abs() < 1e-14);
/// # Ok::<(), lacuna_grid::GridError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    axes: Vec<Axis>,
    nodes: Points,
    weights: Vec<f64>,
}

impl Grid {
    /// A grid over the product of `axes`.
    ///
    /// # Errors
    /// If there is not exactly one axis, or it has too few cells or no positive length.
    pub fn new(axes: Vec<Axis>) -> Result<Self, GridError> {
        let [axis] = axes.as_slice() else {
            return Err(GridError::Dimensions { dimensions: axes.len() });
        };
        if axis.cells < MIN_CELLS {
            return Err(GridError::Cells { cells: axis.cells, minimum: MIN_CELLS });
        }
        if !(axis.length > 0.0 && axis.length.is_finite() && axis.origin.is_finite()) {
            return Err(GridError::Length { length: axis.length });
        }
        let h = axis.length / axis.cells as f64;
        let shift = match axis.boundary {
            Boundary::Periodic => 0.0,
            Boundary::Dirichlet => 0.5,
        };
        let nodes = (0..axis.cells).map(|i| axis.origin + (i as f64 + shift) * h).collect();
        let weights = vec![h; axis.cells];
        Ok(Self { axes, nodes: Points::line(nodes), weights })
    }

    /// One axis per dimension.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The nodes.
    pub fn nodes(&self) -> &Points {
        &self.nodes
    }

    /// Quadrature weights of the nodes.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are no nodes; never.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Width of a cell of the first axis.
    pub fn cell(&self) -> f64 {
        self.axes[0].length / self.axes[0].cells as f64
    }

    /// The domain of a function of position.
    pub fn position_domain(&self) -> Vec<Interval> {
        let span = |a: &Axis| Interval {
            lower: a.origin,
            upper: a.origin + a.length,
            periodic: a.boundary == Boundary::Periodic,
        };
        self.axes.iter().map(span).collect()
    }

    /// The domain of a function of displacement, [−L/2, L/2] on each axis.
    pub fn displacement_domain(&self) -> Vec<Interval> {
        let span = |a: &Axis| Interval {
            lower: -0.5 * a.length,
            upper: 0.5 * a.length,
            periodic: a.boundary == Boundary::Periodic,
        };
        self.axes.iter().map(span).collect()
    }

    /// ∫u over the domain, for nodal values u.
    pub fn integrate<D: Scalar>(&self, u: &[D]) -> D {
        let mut sum = D::constant(0.0);
        for (&u, &w) in u.iter().zip(&self.weights) {
            sum += u * w;
        }
        sum
    }

    /// Displacements between nodes of a periodic axis, and their quadrature weights.
    ///
    /// Without symmetry: 0, h, 2h, …, then the negative ones, −h last (the order of a discrete
    /// Fourier transform), all in (−L/2, L/2]. With a symmetry only those in [0, L/2]: each stands
    /// for itself and its mirror image, and its weight counts both.
    pub fn displacements(&self, symmetry: Symmetry) -> (Points, Vec<f64>) {
        let (n, h) = (self.axes[0].cells, self.cell());
        let half = n / 2;
        let (points, weights): (Vec<f64>, Vec<f64>) = match symmetry {
            Symmetry::None => (0..n)
                .map(|j| (if j <= half { j as f64 } else { j as f64 - n as f64 } * h, h))
                .unzip(),
            Symmetry::Even | Symmetry::Odd => (0..=half)
                .map(|j| {
                    let own_mirror = j == 0 || 2 * j == n;
                    (j as f64 * h, if own_mirror { h } else { 2.0 * h })
                })
                .unzip(),
        };
        (Points::line(points), weights)
    }

    /// Faces between cells of a bounded axis, n + 1 with both ends, and their quadrature weights.
    pub fn faces(&self) -> (Points, Vec<f64>) {
        let (n, h) = (self.axes[0].cells, self.cell());
        let points = (0..=n).map(|i| self.axes[0].origin + i as f64 * h).collect();
        let weights = (0..=n).map(|i| if i == 0 || i == n { 0.5 * h } else { h }).collect();
        (Points::line(points), weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(boundary: Boundary, cells: usize) -> Axis {
        Axis { origin: -1.0, length: 3.0, cells, boundary }
    }

    #[test]
    fn trapezoidal_rule_is_exact_for_resolved_modes() {
        for n in [4, 5, 63, 64, 65, 100] {
            let grid = Grid::new(vec![axis(Boundary::Periodic, n)]).unwrap();
            let k = 2.0 * std::f64::consts::PI / 3.0;
            let u: Vec<f64> = grid.nodes().iter().map(|x| 2.0 + (k * x[0]).cos()).collect();
            assert!((grid.integrate(&u) - 6.0).abs() < 1e-13);
        }
    }

    #[test]
    fn midpoint_rule_is_of_second_order() {
        let error = |n: usize| {
            let grid = Grid::new(vec![axis(Boundary::Dirichlet, n)]).unwrap();
            let u: Vec<f64> = grid.nodes().iter().map(|x| x[0].exp()).collect();
            (grid.integrate(&u) - (2f64.exp() - (-1f64).exp())).abs()
        };
        let order = (error(64) / error(128)).log2();
        assert!((order - 2.0).abs() < 0.01, "{order}");
    }

    #[test]
    fn weights_of_displacements_and_faces_sum_to_the_length() {
        for n in [4, 5, 64, 65] {
            let periodic = Grid::new(vec![axis(Boundary::Periodic, n)]).unwrap();
            for symmetry in [Symmetry::None, Symmetry::Even] {
                let (points, weights) = periodic.displacements(symmetry);
                assert!((weights.iter().sum::<f64>() - 3.0).abs() < 1e-13);
                assert!(points.iter().all(|r| r[0] > -1.5 && r[0] <= 1.5));
            }
            let bounded = Grid::new(vec![axis(Boundary::Dirichlet, n)]).unwrap();
            assert!((bounded.faces().1.iter().sum::<f64>() - 3.0).abs() < 1e-13);
        }
    }

    #[test]
    fn impossible_grids_are_refused() {
        let good = axis(Boundary::Periodic, 16);
        assert_eq!(Grid::new(vec![]), Err(GridError::Dimensions { dimensions: 0 }));
        assert_eq!(Grid::new(vec![good, good]), Err(GridError::Dimensions { dimensions: 2 }));
        assert!(matches!(
            Grid::new(vec![Axis { cells: 0, ..good }]),
            Err(GridError::Cells { cells: 0, .. })
        ));
        for length in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                Grid::new(vec![Axis { length, ..good }]),
                Err(GridError::Length { .. })
            ));
        }
    }
}
