//! Sets of points, each with one coordinate per dimension.
//!
//! Stored point by point: coordinates `[x0, y0, x1, y1, …]`, length `len · dim`. The argument of a
//! scalar unknown is the single point of dimension 0.

/// Points in `dim` dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    dim: usize,
    len: usize,
    coordinates: Vec<f64>,
}

impl Points {
    /// Points of dimension `dim >= 1` from coordinates stored point by point.
    ///
    /// # Panics
    /// If `dim` is zero or does not divide the number of coordinates.
    pub fn new(dim: usize, coordinates: Vec<f64>) -> Self {
        assert!(dim > 0, "use Points::none for functions without argument");
        assert_eq!(coordinates.len() % dim, 0, "incomplete last point");
        let len = coordinates.len() / dim;
        Self { dim, len, coordinates }
    }

    /// Points on a line.
    pub fn line(coordinates: Vec<f64>) -> Self {
        Self::new(1, coordinates)
    }

    /// The single argument of a function without argument.
    pub fn none() -> Self {
        Self { dim: 0, len: 1, coordinates: Vec::new() }
    }

    /// Coordinates per point.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Coordinates of point `i`, length `dim`.
    pub fn get(&self, i: usize) -> &[f64] {
        &self.coordinates[i * self.dim..(i + 1) * self.dim]
    }

    /// All points in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        (0..self.len).map(|i| self.get(i))
    }

    /// All coordinates, point by point.
    pub fn coordinates(&self) -> &[f64] {
        &self.coordinates
    }
}
