//! Cubic splines through given points (x_i, y_i).
//!
//! With h_i = x_{i+1} − x_i and the second derivatives M_i, a C² piecewise cubic satisfies
//!
//!   h_{i−1} M_{i−1} + 2 (h_{i−1} + h_i) M_i + h_i M_{i+1} = 6 ((y_{i+1} − y_i)/h_i − (y_i − y_{i−1})/h_{i−1}).
//!
//! Periodic data close this system cyclically. Otherwise the third derivative is continuous at the
//! second and the last but one point ("not a knot"), which keeps the order h⁴ up to the ends.
//!
//! Source: de Boor, A Practical Guide to Splines, chapter IV.

use lacuna_core::Scalar;

use crate::SurrogateError;

/// A cubic spline through given points.
///
/// ```
/// use lacuna_surrogate::interpolation::CubicSpline;
///
/// let x = vec![0.0, 1.0, 2.5, 4.0, 5.0];
/// let y = x.iter().map(|x: &f64| x.powi(3) - x).collect();
/// let spline = CubicSpline::not_a_knot(x, y)?;
/// assert!((spline.eval(3.0) - 24.0).abs() < 1e-12); // cubics are reproduced
/// # Ok::<(), lacuna_surrogate::SurrogateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CubicSpline {
    /// Breakpoints, increasing.
    x: Vec<f64>,
    /// f(x) = Σ_k pieces[i][k] (x − x_i)ᵏ on [x_i, x_{i+1}].
    pieces: Vec<[f64; 4]>,
    period: Option<f64>,
}

/// Fewest points that determine a spline here.
const FEWEST: usize = 4;

impl CubicSpline {
    /// The spline through at least 4 points in any order, "not a knot" at both ends.
    ///
    /// Beyond the ends it goes on as the same cubic for the width of one interval, so that data
    /// at cell centres reach the walls at full order, and linearly from there.
    pub fn not_a_knot(x: Vec<f64>, y: Vec<f64>) -> Result<Self, SurrogateError> {
        let (x, y) = sorted(x, y)?;
        let n = x.len();
        if n < FEWEST {
            return Err(SurrogateError::TooFewPoints { found: n, required: FEWEST });
        }
        let h: Vec<f64> = x.windows(2).map(|x| x[1] - x[0]).collect();
        let mut system = Tridiagonal::new(n - 2);
        for i in 1..n - 1 {
            system.lower[i - 1] = h[i - 1];
            system.diagonal[i - 1] = 2.0 * (h[i - 1] + h[i]);
            system.upper[i - 1] = h[i];
            system.right[i - 1] = bend(&y, &h, i - 1, i, i + 1);
        }
        // M_0 = (1 + q) M_1 − q M_2 with q = h_0/h_1, and the mirror image at the other end.
        let (first, last) = (h[0] / h[1], h[n - 2] / h[n - 3]);
        system.diagonal[0] += h[0] * (1.0 + first);
        system.upper[0] -= h[0] * first;
        system.diagonal[n - 3] += h[n - 2] * (1.0 + last);
        system.lower[n - 3] -= h[n - 2] * last;
        let inner = system.solve();
        let mut bends = Vec::with_capacity(n);
        bends.push((1.0 + first) * inner[0] - first * inner[1]);
        bends.extend_from_slice(&inner);
        bends.push((1.0 + last) * inner[n - 3] - last * inner[n - 4]);
        let pieces = (0..n - 1).map(|i| piece(y[i], y[i + 1], bends[i], bends[i + 1], h[i]));
        Ok(Self { pieces: pieces.collect(), x, period: None })
    }

    /// The spline with the given period through at least 4 points of one period, in any order.
    ///
    /// The data may hold both ends of the period; their values must then agree to 1e-6 of the
    /// data's range, and the upper one is dropped.
    pub fn periodic(x: Vec<f64>, y: Vec<f64>, period: f64) -> Result<Self, SurrogateError> {
        if !(period > 0.0 && period.is_finite()) {
            let quantity = "the period";
            return Err(SurrogateError::NotPositive { quantity, value: period });
        }
        let (mut x, mut y) = sorted(x, y)?;
        if let (&[x_lower, .., x_upper], &[lower, .., upper]) = (&x[..], &y[..])
            && (x_upper - x_lower - period).abs() <= 1e-9 * period
        {
            let range = y.iter().fold(0.0_f64, |range, y| range.max((y - lower).abs()));
            if (upper - lower).abs() > 1e-6 * range {
                return Err(SurrogateError::PeriodicEnds { x_lower, x_upper, lower, upper });
            }
            x.pop();
            y.pop();
        }
        let n = x.len();
        if n < FEWEST {
            return Err(SurrogateError::TooFewPoints { found: n, required: FEWEST });
        }
        if x[n - 1] - x[0] >= period {
            return Err(SurrogateError::Option {
                class: "periodic spline",
                option: "x",
                found: format!("spread from {} to {}", x[0], x[n - 1]),
                requirement: "within one period",
            });
        }
        x.push(x[0] + period);
        y.push(y[0]);
        let h: Vec<f64> = x.windows(2).map(|x| x[1] - x[0]).collect();
        let mut system = Tridiagonal::new(n);
        for i in 0..n {
            let before = (i + n - 1) % n;
            system.lower[i] = h[before];
            system.diagonal[i] = 2.0 * (h[before] + h[i]);
            system.upper[i] = h[i];
            system.right[i] = bend(&y, &h, before, i, i + 1);
        }
        let mut bends = system.solve_cyclic();
        bends.push(bends[0]);
        let pieces = (0..n).map(|i| piece(y[i], y[i + 1], bends[i], bends[i + 1], h[i]));
        Ok(Self { pieces: pieces.collect(), x, period: Some(period) })
    }

    /// The spline at x, for any scalar.
    pub fn eval<D: Scalar>(&self, x: D) -> D {
        let (lower, upper) = (self.x[0], self.x[self.x.len() - 1]);
        let x = match self.period {
            Some(period) => x - ((x.value() - lower) / period).floor() * period,
            None => x,
        };
        let last = self.pieces.len() - 1;
        let right = self.x.partition_point(|&knot| knot <= x.value());
        let i = right.saturating_sub(1).min(last);
        let [c0, c1, c2, c3] = self.pieces[i];
        let t = x - self.x[i];
        // One interval beyond either end, the cubic turns into its tangent.
        let nearest =
            x.value().max(2.0 * lower - self.x[1]).min(2.0 * upper - self.x[last]) - self.x[i];
        if self.period.is_none() && t.value() != nearest {
            let slope = c1 + nearest * (2.0 * c2 + nearest * 3.0 * c3);
            let value = c0 + nearest * (c1 + nearest * (c2 + nearest * c3));
            return (t - nearest) * slope + value;
        }
        ((t * c3 + c2) * t + c1) * t + c0
    }
}

/// The data in increasing order of x, checked.
fn sorted(x: Vec<f64>, y: Vec<f64>) -> Result<(Vec<f64>, Vec<f64>), SurrogateError> {
    if x.len() != y.len() {
        let quantity = "the list of values";
        let (found, expected) = (y.len(), x.len());
        return Err(SurrogateError::Shape { quantity, found, expected });
    }
    for (quantity, data) in [("argument", &x), ("value", &y)] {
        if let Some(index) = data.iter().position(|v| !v.is_finite()) {
            return Err(SurrogateError::NonFinite { quantity, value: data[index], index });
        }
    }
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&i, &j| x[i].total_cmp(&x[j]).then(i.cmp(&j)));
    if let Some(pair) = order.windows(2).find(|pair| x[pair[0]] == x[pair[1]]) {
        let (first, second) = (pair[0], pair[1]);
        return Err(SurrogateError::DuplicatePoint { first, second, x: x[first] });
    }
    Ok((order.iter().map(|&i| x[i]).collect(), order.iter().map(|&i| y[i]).collect()))
}

/// The right-hand side for the knot `here`, between two neighbours.
fn bend(y: &[f64], h: &[f64], before: usize, here: usize, after: usize) -> f64 {
    6.0 * ((y[after] - y[here]) / h[here] - (y[here] - y[before]) / h[before])
}

/// Coefficients of the cubic between two values with second derivatives m0 and m1.
fn piece(y0: f64, y1: f64, m0: f64, m1: f64, h: f64) -> [f64; 4] {
    [y0, (y1 - y0) / h - h * (2.0 * m0 + m1) / 6.0, 0.5 * m0, (m1 - m0) / (6.0 * h)]
}

/// lower_i M_{i−1} + diagonal_i M_i + upper_i M_{i+1} = right_i, diagonally dominant.
struct Tridiagonal {
    lower: Vec<f64>,
    diagonal: Vec<f64>,
    upper: Vec<f64>,
    right: Vec<f64>,
}

impl Tridiagonal {
    fn new(n: usize) -> Self {
        let zeros = vec![0.0; n];
        let (lower, diagonal, upper) = (zeros.clone(), zeros.clone(), zeros.clone());
        Self { lower, diagonal, upper, right: zeros }
    }

    /// The solution without the corner entries lower_0 and upper_{n−1}.
    fn solve(mut self) -> Vec<f64> {
        let n = self.right.len();
        for i in 1..n {
            let factor = self.lower[i] / self.diagonal[i - 1];
            self.diagonal[i] -= factor * self.upper[i - 1];
            self.right[i] -= factor * self.right[i - 1];
        }
        let mut solution = self.right;
        solution[n - 1] /= self.diagonal[n - 1];
        for i in (0..n - 1).rev() {
            solution[i] = (solution[i] - self.upper[i] * solution[i + 1]) / self.diagonal[i];
        }
        solution
    }

    /// The solution with them, M_{−1} = M_{n−1} and M_n = M_0, by Sherman and Morrison: the matrix
    /// is a tridiagonal one plus u vᵀ with u = (γ, 0, …, 0, upper_{n−1}) and
    /// v = (1, 0, …, 0, lower_0/γ).
    fn solve_cyclic(mut self) -> Vec<f64> {
        let n = self.right.len();
        let gamma = -self.diagonal[0];
        let (low, up) = (self.lower[0], self.upper[n - 1]);
        self.diagonal[0] -= gamma;
        self.diagonal[n - 1] -= up * low / gamma;
        let mut u = vec![0.0; n];
        u[0] = gamma;
        u[n - 1] = up;
        let correction = Self {
            lower: self.lower.clone(),
            diagonal: self.diagonal.clone(),
            upper: self.upper.clone(),
            right: u,
        }
        .solve();
        let mut solution = self.solve();
        let along_v = |m: &[f64]| m[0] + low / gamma * m[n - 1];
        let share = along_v(&solution) / (1.0 + along_v(&correction));
        solution.iter_mut().zip(&correction).for_each(|(m, z)| *m -= share * z);
        solution
    }
}
