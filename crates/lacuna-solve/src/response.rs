//! The response of a steady state to many changes at once: I − ∂T/∂u formed and factored.
//!
//! (I − ∂T/∂u) δU = R for R (n × k), or the transposed system. Forming the matrix costs n products
//! with ∂T/∂u, its LU factorisation 2n³/3 operations and each solve 2n² a column: for grids of up
//! to some thousand nodes and dozens of directions this is far cheaper than a Krylov solve for each
//! (`sensitivity.rs`).
//!
//! Where the state may be translated freely the matrix is singular. Its pseudo-inverse then takes
//! the place of the inverse, so that the response has no part along the translation.

use faer::linalg::solvers::{PartialPivLu, Solve};
use faer::{Mat, MatMut};
use lacuna_core::{Conditions, EvalError, EvalResult, Model, Tabulated};

/// A pivot below this part of the largest one counts as zero, and so does a singular value.
const SINGULAR: f64 = 1e-11;

/// I − ∂T/∂u at one state, factored.
#[derive(Debug)]
pub struct Response {
    factors: Factors,
}

#[derive(Debug)]
enum Factors {
    Lu(PartialPivLu<f64>),
    PseudoInverse(Mat<f64>),
}

impl Response {
    /// At the state `u`, length n, for these functions and conditions.
    ///
    /// # Errors
    /// Whatever T fails with, or [`EvalError::NonFinite`].
    pub fn new(
        model: &dyn Model,
        functions: &Tabulated,
        conditions: &Conditions,
        u: &[f64],
    ) -> EvalResult<Self> {
        let n = u.len();
        let mut map = vec![0.0; n];
        let mut derivative = model.state_map(functions, conditions);
        derivative.map(u, &mut map)?;
        derivative.set_state(u, &map);
        let mut matrix = Mat::<f64>::zeros(n, n);
        let mut direction = vec![0.0; n];
        for j in 0..n {
            direction[j] = 1.0;
            derivative.product(&direction, &mut map)?;
            direction[j] = 0.0;
            for (entry, m) in matrix.as_mut().col_mut(j).iter_mut().zip(&map) {
                *entry = -m;
            }
            matrix[(j, j)] += 1.0;
        }
        if !matrix.as_ref().is_all_finite() {
            return Err(EvalError::NonFinite { quantity: "the derivative of T" });
        }
        let lu = matrix.partial_piv_lu();
        let pivots = || lu.U().diagonal().column_vector().iter().map(|p| p.abs());
        let (smallest, largest) =
            (pivots().fold(f64::INFINITY, f64::min), pivots().fold(0.0, f64::max));
        let factors = if smallest > SINGULAR * largest {
            Factors::Lu(lu)
        } else {
            Factors::PseudoInverse(pseudo_inverse(&matrix)?)
        };
        Ok(Self { factors })
    }

    /// Whether the state has no derivative in some direction, which is then left out.
    pub fn is_singular(&self) -> bool {
        matches!(self.factors, Factors::PseudoInverse(_))
    }

    /// `rhs` (n × k) becomes (I − ∂T/∂u)⁻¹ rhs.
    pub fn solve_in_place(&self, mut rhs: MatMut<'_, f64>) {
        match &self.factors {
            Factors::Lu(lu) => lu.solve_in_place(rhs.as_mut()),
            Factors::PseudoInverse(inverse) => {
                let solution = inverse * rhs.as_ref();
                rhs.copy_from(&solution);
            }
        }
    }

    /// `rhs` (n × k) becomes (I − ∂T/∂u)⁻ᵀ rhs: one solve gives a gradient.
    pub fn solve_transpose_in_place(&self, mut rhs: MatMut<'_, f64>) {
        match &self.factors {
            Factors::Lu(lu) => lu.solve_transpose_in_place(rhs.as_mut()),
            Factors::PseudoInverse(inverse) => {
                let solution = inverse.transpose() * rhs.as_ref();
                rhs.copy_from(&solution);
            }
        }
    }
}

fn pseudo_inverse(matrix: &Mat<f64>) -> EvalResult<Mat<f64>> {
    let svd = matrix
        .svd()
        .map_err(|_| EvalError::NonFinite { quantity: "the singular values of the derivative" })?;
    let values = svd.S().column_vector();
    let floor = SINGULAR.sqrt() * values.iter().copied().fold(0.0, f64::max);
    let inverse = |i: usize| if values[i] > floor { values[i].recip() } else { 0.0 };
    let scaled = Mat::from_fn(matrix.ncols(), matrix.nrows(), |i, j| svd.V()[(i, j)] * inverse(j));
    Ok(scaled * svd.U().transpose())
}
