//! What can be wrong with a discretisation.

/// A grid that cannot be built, or an operator that a grid does not have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GridError {
    /// More or fewer dimensions than are available.
    #[error("{dimensions}-dimensional grids are not available yet; give one axis")]
    Dimensions {
        /// Number of axes given.
        dimensions: usize,
    },
    /// Too few cells to discretise anything.
    #[error("{cells} cells are too few; give at least {minimum}")]
    Cells {
        /// Number of cells given.
        cells: usize,
        /// Fewest that make sense.
        minimum: usize,
    },
    /// A length that is not positive and finite.
    #[error("the domain has length {length}; it must be positive and finite")]
    Length {
        /// The length given.
        length: f64,
    },
    /// An operator that needs another boundary.
    #[error("{operator} needs a {needed} boundary")]
    Boundary {
        /// What was asked for.
        operator: &'static str,
        /// The boundary it needs.
        needed: &'static str,
    },
}
