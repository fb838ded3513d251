//! Linear functionals of a nodal state: what an instrument sees of it.
//!
//! m functionals of the state u at n nodes are the rows of
//!
//! ```text
//! ℓ(u) = L u + b,    L sparse, m × n,    b of length m,
//! ```
//!
//! where b comes from known values at the ends of a bounded axis. With ũ the local polynomial
//! interpolant of degree 7 through the 8 nearest knots (`functionals/stencil.rs`):
//!
//! | functional | value | unit |
//! |---|---|---|
//! | point | ũ(x) | of u |
//! | integral | ∫_a^b ũ dx | of u, times length |
//! | average | (b − a)⁻¹ ∫_a^b ũ dx | of u |
//! | weighted | Σ_j w_j φ_j u_j, by the quadrature of the grid | of φ u, times length |
//!
//! Integrals are split where the interpolant changes its polynomial and taken by the four-point
//! rule of Gauss and Legendre on each piece, exact to degree 7.

mod condense;
#[cfg(test)]
mod condense_tests;
mod stencil;
#[cfg(test)]
mod tests;

use faer::{MatMut, MatRef};

use crate::{Boundary, Grid};
pub use condense::Condensed;
use stencil::{Knot, Stencils};

/// m linear functionals of a nodal state of length n: sparse rows and an offset.
///
/// ```
/// use lacuna_grid::{Axis, Boundary, Functionals, Grid};
///
/// let circle = Axis { origin: 0.0, length: 1.0, cells: 64, boundary: Boundary::Periodic };
/// let grid = Grid::new(vec![circle])?;
/// let wave = |x: f64| (std::f64::consts::TAU * x).sin();
/// let u: Vec<f64> = grid.nodes().iter().map(|x| wave(x[0])).collect();
/// let mut seen = [0.0; 2];
/// Functionals::points(&grid, &[0.123, 1.9], &[]).apply(&u, &mut seen);
/// assert!((seen[0] - wave(0.123)).abs() < 1e-9 && (seen[1] - wave(1.9)).abs() < 1e-9);
/// # Ok::<(), lacuna_grid::GridError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Functionals {
    n_nodes: usize,
    /// Row i has the entries `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    entries: Vec<Entry>,
    offset: Vec<f64>,
}

/// One non-zero entry of L.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    node: usize,
    weight: f64,
}

impl Functionals {
    /// The state at each position of `x`.
    ///
    /// A position may lie anywhere on a circle, that is, be given plus any multiple of the length.
    /// Outside of an interval the outermost polynomial extrapolates. `boundary_values`: the values
    /// at the left and right end of a bounded axis, or empty if they are not known.
    ///
    /// # Panics
    /// If `boundary_values` are neither empty nor two values of a bounded axis.
    pub fn points(grid: &Grid, x: &[f64], boundary_values: &[f64]) -> Self {
        let mut rows = Rows::new(grid, boundary_values);
        for &x in x {
            rows.point(x, 1.0);
            rows.finish();
        }
        rows.functionals
    }

    /// The mean of the state over each of the intervals [`lower`, `upper`]; `boundary_values` as
    /// for [`points`](Self::points).
    ///
    /// On a circle `upper` may lie beyond its end, and the interval wraps around.
    ///
    /// # Panics
    /// If an interval is empty, there are not as many lower as upper ends, or `boundary_values`
    /// are not as above.
    pub fn averages(grid: &Grid, lower: &[f64], upper: &[f64], boundary_values: &[f64]) -> Self {
        assert!(lower.iter().zip(upper).all(|(a, b)| a < b), "an interval without length");
        let scale = |a: f64, b: f64| 1.0 / (b - a);
        Self::scaled_integrals(grid, lower, upper, boundary_values, scale)
    }

    /// The integral of the state over each of the intervals [`lower`, `upper`], which may wrap
    /// around a circle; `boundary_values` as for [`points`](Self::points).
    ///
    /// # Panics
    /// If an interval ends before it begins, there are not as many lower as upper ends, or
    /// `boundary_values` are not as above.
    pub fn integrals(grid: &Grid, lower: &[f64], upper: &[f64], boundary_values: &[f64]) -> Self {
        assert!(lower.iter().zip(upper).all(|(a, b)| a <= b), "an interval that ends too early");
        Self::scaled_integrals(grid, lower, upper, boundary_values, |_, _| 1.0)
    }

    fn scaled_integrals(
        grid: &Grid,
        lower: &[f64],
        upper: &[f64],
        boundary_values: &[f64],
        scale: impl Fn(f64, f64) -> f64,
    ) -> Self {
        assert_eq!(lower.len(), upper.len(), "as many lower as upper ends");
        let mut rows = Rows::new(grid, boundary_values);
        for (&a, &b) in lower.iter().zip(upper) {
            rows.integral(a, b, scale(a, b));
            rows.finish();
        }
        rows.functionals
    }

    /// ∫ φ u dx by the quadrature of the grid, for each weight function φ of `weights`, given at
    /// the n nodes.
    ///
    /// # Panics
    /// If a weight function does not have n values.
    pub fn weighted(grid: &Grid, weights: Vec<Vec<f64>>) -> Self {
        let mut functionals = Self::empty(grid.len());
        for phi in weights {
            assert_eq!(phi.len(), grid.len(), "one value of a weight function per node");
            let entries = phi.iter().zip(grid.weights()).enumerate();
            let entries = entries.map(|(node, (phi, w))| Entry { node, weight: phi * w });
            functionals.entries.extend(entries.filter(|entry| entry.weight != 0.0));
            functionals.finish_row(0.0);
        }
        functionals
    }

    /// w_j u_j for every node j: what each node contributes to ∫ u dx.
    pub fn node_integrals(grid: &Grid) -> Self {
        let mut functionals = Self::empty(grid.len());
        for (node, &weight) in grid.weights().iter().enumerate() {
            functionals.entries.push(Entry { node, weight });
            functionals.finish_row(0.0);
        }
        functionals
    }

    fn empty(n_nodes: usize) -> Self {
        Self { n_nodes, starts: vec![0], entries: Vec::new(), offset: Vec::new() }
    }

    fn finish_row(&mut self, offset: f64) {
        self.starts.push(self.entries.len());
        self.offset.push(offset);
    }

    /// The number m of functionals.
    pub fn len(&self) -> usize {
        self.offset.len()
    }

    /// Whether there is no functional.
    pub fn is_empty(&self) -> bool {
        self.offset.is_empty()
    }

    /// The number n of nodes.
    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    /// L u + b into `out` (m), for the state `u` (n).
    pub fn apply(&self, u: &[f64], out: &mut [f64]) {
        self.apply_linear(u, out);
        for (out, offset) in out.iter_mut().zip(&self.offset) {
            *out += offset;
        }
    }

    /// L δu into `out` (m), for a change `du` (n) of the state.
    pub fn apply_linear(&self, du: &[f64], out: &mut [f64]) {
        debug_assert_eq!((du.len(), out.len()), (self.n_nodes, self.len()));
        for (i, out) in out.iter_mut().enumerate() {
            *out = self.row(i).iter().map(|entry| entry.weight * du[entry.node]).sum();
        }
    }

    /// L δU into `out` (m × k), for k changes `du` (n × k) of the state.
    pub fn apply_to_columns(&self, du: MatRef<'_, f64>, mut out: MatMut<'_, f64>) {
        let mut copy = Vec::new();
        for j in 0..du.ncols() {
            let column = du.col(j);
            let column = match column.try_as_col_major() {
                Some(column) => column.as_slice(),
                None => {
                    copy.clear();
                    copy.extend(column.iter().copied());
                    &copy
                }
            };
            for i in 0..self.len() {
                out[(i, j)] = self.row(i).iter().map(|e| e.weight * column[e.node]).sum();
            }
        }
    }

    /// Adds Lᵀ y to `out` (n), for `y` of length m.
    pub fn add_adjoint(&self, y: &[f64], out: &mut [f64]) {
        debug_assert_eq!((y.len(), out.len()), (self.len(), self.n_nodes));
        for (i, y) in y.iter().enumerate() {
            for entry in self.row(i) {
                out[entry.node] += entry.weight * y;
            }
        }
    }

    /// The functionals with the indices `rows`, in that order.
    pub fn subset(&self, rows: &[usize]) -> Self {
        let mut subset = Self::empty(self.n_nodes);
        for &i in rows {
            subset.entries.extend_from_slice(self.row(i));
            subset.finish_row(self.offset[i]);
        }
        subset
    }

    /// Sums of consecutive functionals: row g is Σ `weights`_i ℓ_i over the next `sizes`_g rows.
    ///
    /// # Panics
    /// If the sizes do not add up to m, the number of weights.
    #[must_use]
    pub fn sums(&self, sizes: &[usize], weights: &[f64]) -> Self {
        let count: usize = sizes.iter().sum();
        assert!(count == self.len() && weights.len() == count, "sizes and weights of all rows");
        let mut sums = Self::empty(self.n_nodes);
        let mut dense = vec![0.0; self.n_nodes];
        let mut touched: Vec<usize> = Vec::new();
        let mut row = 0;
        for &size in sizes {
            let mut offset = 0.0;
            for (i, &weight) in weights.iter().enumerate().skip(row).take(size) {
                for entry in self.row(i) {
                    touched.push(entry.node);
                    dense[entry.node] += weight * entry.weight;
                }
                offset += weight * self.offset[i];
            }
            row += size;
            touched.sort_unstable();
            touched.dedup();
            let entries = touched
                .drain(..)
                .map(|node| Entry { node, weight: std::mem::take(&mut dense[node]) });
            sums.entries.extend(entries);
            sums.finish_row(offset);
        }
        sums
    }

    /// The same functionals with b = `offset` (m).
    ///
    /// # Panics
    /// If its length is wrong.
    #[must_use]
    pub fn with_offset(self, offset: Vec<f64>) -> Self {
        assert_eq!(offset.len(), self.len(), "one offset a functional");
        Self { offset, ..self }
    }

    fn row(&self, i: usize) -> &[Entry] {
        &self.entries[self.starts[i]..self.starts[i + 1]]
    }
}

/// Abscissae in [−1, 1] and weights of the four-point rule of Gauss and Legendre.
fn gauss_legendre() -> [[f64; 2]; 4] {
    let root = (6.0f64 / 5.0).sqrt();
    let inner = (3.0 / 7.0 - 2.0 / 7.0 * root).sqrt();
    let outer = (3.0 / 7.0 + 2.0 / 7.0 * root).sqrt();
    let heavy = (18.0 + 30f64.sqrt()) / 36.0;
    let light = (18.0 - 30f64.sqrt()) / 36.0;
    [[-outer, light], [-inner, heavy], [inner, heavy], [outer, light]]
}

/// Functionals under construction, one row at a time.
struct Rows<'a> {
    functionals: Functionals,
    stencils: Stencils,
    /// Width of a cell.
    cell: f64,
    boundary_values: &'a [f64],
    rule: [[f64; 2]; 4],
    /// The current row: its entries by node, the nodes it has touched, and its offset.
    dense: Vec<f64>,
    touched: Vec<usize>,
    is_touched: Vec<bool>,
    offset: f64,
}

impl<'a> Rows<'a> {
    fn new(grid: &Grid, boundary_values: &'a [f64]) -> Self {
        let axis = grid.axes()[0];
        let ends = axis.boundary == Boundary::Dirichlet && boundary_values.len() == 2;
        assert!(ends || boundary_values.is_empty(), "two end values, of a bounded axis, or none");
        Self {
            functionals: Functionals::empty(grid.len()),
            stencils: Stencils::new(axis, ends),
            cell: grid.cell(),
            boundary_values,
            rule: gauss_legendre(),
            dense: vec![0.0; grid.len()],
            touched: Vec::new(),
            is_touched: vec![false; grid.len()],
            offset: 0.0,
        }
    }

    /// Adds `scale` times the value at the position `x`.
    fn point(&mut self, x: f64, scale: f64) {
        let t = self.stencils.coordinate(x);
        self.value(self.stencils.piece(t), t, scale);
    }

    /// Adds `scale` times the integral from `a` to `b`.
    fn integral(&mut self, a: f64, b: f64, scale: f64) {
        let (lower, upper) = (self.stencils.coordinate(a), self.stencils.coordinate(b));
        let shift = self.stencils.shift();
        for piece in self.stencils.piece(lower)..=self.stencils.piece(upper) {
            let left = lower.max(piece as f64 + shift);
            let right = upper.min((piece + 1) as f64 + shift);
            let (centre, half) = (0.5 * (left + right), 0.5 * (right - left));
            if half <= 0.0 {
                continue;
            }
            for [abscissa, weight] in self.rule {
                self.value(piece, centre + half * abscissa, scale * self.cell * half * weight);
            }
        }
    }

    /// Adds `scale` times the polynomial of `piece` at the coordinate `t`.
    fn value(&mut self, piece: i64, t: f64, scale: f64) {
        let Self { stencils, boundary_values, dense, touched, is_touched, offset, .. } = self;
        stencils.weights(piece, t, |knot, weight| match knot {
            Knot::End(end) => *offset += scale * weight * boundary_values[end],
            Knot::Node(node) => {
                if !is_touched[node] {
                    is_touched[node] = true;
                    touched.push(node);
                }
                dense[node] += scale * weight;
            }
        });
    }

    /// Closes the current row and begins the next.
    fn finish(&mut self) {
        self.touched.sort_unstable();
        for node in self.touched.drain(..) {
            let weight = std::mem::take(&mut self.dense[node]);
            self.is_touched[node] = false;
            if weight != 0.0 {
                self.functionals.entries.push(Entry { node, weight });
            }
        }
        self.functionals.finish_row(std::mem::take(&mut self.offset));
    }
}
