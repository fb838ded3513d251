//! A dense matrix whose memory is kept when its shape changes.

use faer::{MatMut, MatRef};

/// A column-major matrix for results and workspaces that are filled again and again.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    values: Vec<f64>,
    rows: usize,
    columns: usize,
}

impl Matrix {
    /// Gives it another shape; the entries are unspecified afterwards. Allocates only if it never
    /// was as large.
    pub fn reshape(&mut self, rows: usize, columns: usize) -> MatMut<'_, f64> {
        self.values.resize(rows * columns, 0.0);
        (self.rows, self.columns) = (rows, columns);
        self.as_mut()
    }

    /// Number of rows.
    pub fn nrows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn ncols(&self) -> usize {
        self.columns
    }

    /// A view.
    pub fn as_ref(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.values, self.rows, self.columns)
    }

    /// A view to write to.
    pub fn as_mut(&mut self) -> MatMut<'_, f64> {
        MatMut::from_column_major_slice_mut(&mut self.values, self.rows, self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_shape_keeps_the_memory() {
        let mut matrix = Matrix::default();
        matrix.reshape(3, 4).fill(1.0);
        let capacity = matrix.values.capacity();
        matrix.reshape(2, 5)[(1, 4)] = 7.0;
        assert_eq!((matrix.nrows(), matrix.ncols(), matrix.as_ref()[(1, 4)]), (2, 5, 7.0));
        assert_eq!(matrix.values.capacity(), capacity);
    }
}
