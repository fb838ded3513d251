//! GMRES: the generalised minimal residual method for A x = b with A known by its products.
//!
//! After k products the iterate minimises ‖b − A x‖ over x₀ + span{r₀, A r₀, …, A^(k−1) r₀}. The
//! basis V (n × k) is made orthonormal by modified Gram-Schmidt, a second time wherever the first
//! pass cancelled; the Hessenberg matrix A V_k = V_(k+1) H is made triangular by Givens rotations,
//! so the residual norm is known at every step without forming x. Norms are weighted by the
//! quadrature weights of the nodes, ‖x‖² = Σ w_i x_i².
//!
//! When the basis cannot be extended (an invariant subspace, the exact breakdown) the solution
//! lies in it if A is regular there. For a singular A with b in its range and
//! range ∩ kernel = {0}, e.g. a steady state that may be translated freely, the same holds: the
//! kernel is never entered. If b is not in the range, the column that cannot be inverted is left
//! out, and the outcome is `Stalled` with the residual that remains.
//!
//! Source: Saad, Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856; Brown, Walker, SIAM J. Matrix
//! Anal. Appl. 18 (1997) 37 for singular systems.

use lacuna_core::{EvalError, EvalResult, Stop};

use crate::inner::{add_scaled, dot, norm};

/// Gram-Schmidt is repeated when it removes more than this part of a vector.
const REORTHOGONALISE: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// What is left of a vector after orthogonalisation counts as zero below this part of it.
const BREAKDOWN: f64 = 10.0 * f64::EPSILON;
/// A pivot below this part of the largest one counts as zero.
const SINGULAR: f64 = 100.0 * f64::EPSILON;
/// A restart has to reduce the residual to this part of itself.
const PROGRESS: f64 = 0.99;

/// When [`Gmres`] stops.
#[derive(Clone, Debug, PartialEq)]
pub struct GmresOptions {
    /// Target for ‖b − A x‖ / ‖b‖.
    pub tolerance: f64,
    /// Limit on products with A that extend the basis.
    pub max_iterations: usize,
    /// Whether to form b − A x before reporting convergence, at the cost of one more product.
    pub verify: bool,
}

impl Default for GmresOptions {
    fn default() -> Self {
        Self { tolerance: 1e-12, max_iterations: 200, verify: true }
    }
}

/// How a solve ended.
#[derive(Clone, Debug, PartialEq)]
pub struct GmresOutcome {
    /// Why it ended.
    pub stop: Stop,
    /// Products that extended the basis.
    pub iterations: usize,
    /// ‖b − A x‖ / ‖b‖, 0 for b = 0; from the recurrence unless verified.
    pub residual: f64,
}

/// Workspace for systems of n unknowns. Made once, used many times; it grows with the number of
/// products a solve needs, to at most (restart + 1) · n numbers.
///
/// ```
/// use lacuna_solve::{Gmres, GmresOptions};
///
/// let mut gmres = Gmres::new(&[1.0, 1.0], 10);
/// let mut x = [0.0; 2];
/// let product = |v: &[f64], out: &mut [f64]| {
///     out[0] = 2.0 * v[0] + v[1];
///     out[1] = v[0] + 3.0 * v[1];
///     Ok(())
/// };
/// let outcome = gmres.solve(product, &[3.0, 5.0], &mut x, &GmresOptions::default())?;
/// assert!(outcome.stop.is_converged());
/// assert!((x[0] - 0.8).abs() < 1e-14 && (x[1] - 1.4).abs() < 1e-14);
/// # Ok::<(), lacuna_core::EvalError>(())
/// ```
pub struct Gmres {
    weights: Vec<f64>,
    restart: usize,
    /// v_0, v_1, …, one after the other; as many as were needed so far.
    basis: Vec<f64>,
    /// R by columns, `restart + 1` apart.
    triangle: Vec<f64>,
    cosines: Vec<f64>,
    sines: Vec<f64>,
    /// Qᵀ r₀: its last entry is the residual norm.
    rotated: Vec<f64>,
}

/// How one cycle between restarts ended.
enum Cycle {
    Full,
    Reached(f64),
    Singular(f64),
    NonFinite,
}

impl Gmres {
    /// Workspace for `weights.len()` unknowns and at most `restart` products between restarts.
    /// The weights are those of the norm, all positive; all 1 for the Euclidean norm.
    pub fn new(weights: &[f64], restart: usize) -> Self {
        let n = weights.len();
        let restart = restart.clamp(1, n.max(1));
        Self {
            weights: weights.to_vec(),
            restart,
            basis: vec![0.0; n],
            triangle: vec![0.0; (restart + 1) * restart],
            cosines: vec![0.0; restart],
            sines: vec![0.0; restart],
            rotated: vec![0.0; restart + 1],
        }
    }

    /// Solves A x = b, where `product(v, out)` sets `out = A v`; all vectors have length n.
    ///
    /// On entry x is the start, usually zero (which saves a product); on exit the best solution.
    ///
    /// # Errors
    /// [`EvalError::Shape`] for a wrong length, and whatever `product` fails with. Not converging
    /// is no error: see [`GmresOutcome::stop`].
    pub fn solve(
        &mut self,
        mut product: impl FnMut(&[f64], &mut [f64]) -> EvalResult,
        rhs: &[f64],
        x: &mut [f64],
        options: &GmresOptions,
    ) -> EvalResult<GmresOutcome> {
        let n = self.weights.len();
        for (quantity, found) in [("right-hand side", rhs.len()), ("solution", x.len())] {
            if found != n {
                return Err(EvalError::Shape { quantity, found, expected: n });
            }
        }
        let rhs_norm = norm(&self.weights, rhs);
        let outcome = |stop, iterations, residual: f64| {
            Ok(GmresOutcome { stop, iterations, residual: residual / rhs_norm })
        };
        if rhs_norm == 0.0 {
            x.fill(0.0);
            return Ok(GmresOutcome { stop: Stop::Converged, iterations: 0, residual: 0.0 });
        }
        let target = options.tolerance * rhs_norm;
        let (mut iterations, mut previous) = (0, f64::INFINITY);
        loop {
            let residual = self.start_cycle(&mut product, rhs, x)?;
            if !residual.is_finite() {
                return outcome(Stop::NonFinite, iterations, residual);
            }
            if residual <= target {
                return outcome(Stop::Converged, iterations, residual);
            }
            if residual > PROGRESS * previous {
                return outcome(Stop::Stalled, iterations, residual);
            }
            if iterations >= options.max_iterations {
                return outcome(Stop::MaxIterations, iterations, residual);
            }
            previous = residual;
            let left = options.max_iterations - iterations;
            match self.cycle(&mut product, x, target, left, &mut iterations)? {
                Cycle::Reached(estimate) if !options.verify => {
                    return outcome(Stop::Converged, iterations, estimate);
                }
                Cycle::Singular(estimate) => return outcome(Stop::Stalled, iterations, estimate),
                Cycle::NonFinite => return outcome(Stop::NonFinite, iterations, f64::NAN),
                Cycle::Full | Cycle::Reached(_) => {}
            }
        }
    }

    /// v_0 = (b − A x) / ‖b − A x‖; returns the norm.
    fn start_cycle(
        &mut self,
        product: &mut impl FnMut(&[f64], &mut [f64]) -> EvalResult,
        rhs: &[f64],
        x: &[f64],
    ) -> EvalResult<f64> {
        let first = &mut self.basis[..rhs.len()];
        if x.iter().all(|&x| x == 0.0) {
            first.copy_from_slice(rhs);
        } else {
            product(x, first)?;
            for (r, b) in first.iter_mut().zip(rhs) {
                *r = b - *r;
            }
        }
        let residual = norm(&self.weights, first);
        if residual > 0.0 {
            first.iter_mut().for_each(|r| *r /= residual);
        }
        self.rotated[0] = residual;
        Ok(residual)
    }

    fn cycle(
        &mut self,
        product: &mut impl FnMut(&[f64], &mut [f64]) -> EvalResult,
        x: &mut [f64],
        target: f64,
        left: usize,
        iterations: &mut usize,
    ) -> EvalResult<Cycle> {
        let stride = self.restart + 1;
        let mut columns = 0;
        let mut end = Cycle::Full;
        while columns < self.restart.min(left) {
            let Some(closed) = self.extend(product, columns)? else {
                return Ok(Cycle::NonFinite);
            };
            *iterations += 1;
            self.rotate(columns);
            columns += 1;
            let estimate = self.rotated[columns].abs();
            if closed && self.pivot_is_zero(columns - 1) {
                columns -= 1;
                end = Cycle::Singular(self.rotated[columns].abs());
                break;
            }
            if closed || estimate <= target {
                end = Cycle::Reached(estimate);
                break;
            }
        }
        // Back substitution: the coefficients overwrite the rotated right-hand side.
        for row in (0..columns).rev() {
            let mut sum = self.rotated[row];
            for column in row + 1..columns {
                sum -= self.triangle[column * stride + row] * self.rotated[column];
            }
            self.rotated[row] = sum / self.triangle[row * stride + row];
        }
        let n = x.len();
        for (column, &coefficient) in self.rotated[..columns].iter().enumerate() {
            add_scaled(x, coefficient, &self.basis[column * n..(column + 1) * n]);
        }
        Ok(end)
    }

    /// Appends v_(k+1) and column k of H. `Some(true)` if the space is invariant, `None` if a
    /// value is not finite.
    fn extend(
        &mut self,
        product: &mut impl FnMut(&[f64], &mut [f64]) -> EvalResult,
        k: usize,
    ) -> EvalResult<Option<bool>> {
        let n = self.weights.len();
        if self.basis.len() < (k + 2) * n {
            self.basis.resize((k + 2) * n, 0.0);
        }
        let (known, rest) = self.basis.split_at_mut((k + 1) * n);
        let new = &mut rest[..n];
        product(&known[k * n..], new)?;
        let column = &mut self.triangle[k * (self.restart + 1)..][..k + 2];
        column.fill(0.0);
        let before = norm(&self.weights, new);
        if !before.is_finite() {
            return Ok(None);
        }
        let mut length = before;
        for _pass in 0..2 {
            for (h, v) in column.iter_mut().zip(known.chunks_exact(n)) {
                let projection = dot(&self.weights, v, new);
                *h += projection;
                add_scaled(new, -projection, v);
            }
            let shrunk = norm(&self.weights, new);
            let cancelled = shrunk < REORTHOGONALISE * length;
            length = shrunk;
            if !cancelled {
                break;
            }
        }
        let closed = length <= BREAKDOWN * before;
        if !closed {
            column[k + 1] = length;
            new.iter_mut().for_each(|v| *v /= length);
        }
        Ok(Some(closed))
    }

    /// Makes column k of H triangular, and the right-hand side with it.
    fn rotate(&mut self, k: usize) {
        let column = &mut self.triangle[k * (self.restart + 1)..][..k + 2];
        for j in 0..k {
            let (upper, lower) = (column[j], column[j + 1]);
            column[j] = self.cosines[j] * upper + self.sines[j] * lower;
            column[j + 1] = self.cosines[j] * lower - self.sines[j] * upper;
        }
        let radius = column[k].hypot(column[k + 1]);
        let (cosine, sine) =
            if radius > 0.0 { (column[k] / radius, column[k + 1] / radius) } else { (1.0, 0.0) };
        column[k] = radius;
        column[k + 1] = 0.0;
        (self.cosines[k], self.sines[k]) = (cosine, sine);
        self.rotated[k + 1] = -sine * self.rotated[k];
        self.rotated[k] *= cosine;
    }

    fn pivot_is_zero(&self, k: usize) -> bool {
        let stride = self.restart + 1;
        let pivot = |j: usize| self.triangle[j * stride + j];
        let largest = (0..=k).map(pivot).fold(0.0, f64::max);
        pivot(k) <= SINGULAR * largest
    }
}
