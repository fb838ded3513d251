//! Cubic B-splines on uniform knots.
//!
//! With N intervals of width h = (b − a)/N and the cardinal B-spline B (support (−2, 2), C²):
//! f(x) = Σ_j c_j B((x − a)/h − j). On a circle j = 0, …, N − 1, taken modulo N; on an interval with
//! two ends j = −1, …, N + 1, which spans the same functions as clamped knots, and f continues
//! linearly beyond the ends. At most four terms are non-zero at any x.
//!
//! A function is made even or odd about x = 0 by tying mirrored coefficients, c_{j'} = ±c_j where
//! j' is the knot at −x_j; the free ones are θ. The knots have to be mapped onto themselves.
//!
//! Source: de Boor, A Practical Guide to Splines, chapters IX and X.

use lacuna_core::{Scalar, Symmetry};

use crate::{Basis, Describe, Interval, Linear, SurrogateError, describe, domain};

/// What to build a [`Spline`] from.
#[derive(Clone, Debug)]
pub struct SplineOptions {
    /// Domain, one interval a dimension (so far exactly one).
    pub domain: Vec<Interval>,
    /// Number N ≥ 4 of knot intervals.
    pub knots: usize,
    /// Symmetry about x = 0.
    pub symmetry: Symmetry,
}

impl Default for SplineOptions {
    fn default() -> Self {
        Self { domain: vec![Interval::default()], knots: 20, symmetry: Symmetry::None }
    }
}

/// A cubic spline with given knots and free coefficients, linear in all of them.
pub type Spline = Linear<SplineBasis>;

impl Spline {
    /// A spline on the given domain.
    pub fn new(options: SplineOptions) -> Result<Self, SurrogateError> {
        SplineBasis::new(&options).map(Linear::of)
    }
}

/// The basis functions of a [`Spline`].
#[derive(Clone, Debug)]
pub struct SplineBasis {
    interval: Interval,
    knots: usize,
    symmetry: Symmetry,
    /// For each coefficient c, which parameter it is and with which factor (0 or ±1).
    ties: Vec<Tie>,
    n_params: usize,
}

#[derive(Clone, Copy, Debug)]
struct Tie {
    parameter: usize,
    factor: f64,
}

impl SplineBasis {
    fn new(options: &SplineOptions) -> Result<Self, SurrogateError> {
        let &SplineOptions { ref domain, knots, symmetry } = options;
        let class = "spline";
        let interval = domain::only(domain, class)?;
        if knots < 4 {
            let (option, requirement) = ("knots", "at least 4");
            let found = knots.to_string();
            return Err(SurrogateError::Option { class, option, found, requirement });
        }
        let mirror = Mirror::new(interval, knots);
        if symmetry != Symmetry::None && mirror.is_none() {
            let Interval { lower, upper, periodic } = interval;
            let requirement = if periodic {
                "x = 0 has to be a knot or half-way between two, as on [-b, b]"
            } else {
                "use an interval [-b, b]"
            };
            return Err(SurrogateError::Symmetry { class, lower, upper, requirement });
        }
        let sign = match symmetry {
            Symmetry::None => None,
            Symmetry::Even => Some(1.0),
            Symmetry::Odd => Some(-1.0),
        };
        let count = if interval.periodic { knots } else { knots + 3 };
        let mut ties: Vec<Tie> = Vec::with_capacity(count);
        let mut n_params = 0;
        for j in 0..count {
            let tie = match (sign, &mirror) {
                (Some(sign), Some(mirror)) if mirror.of(j) < j => {
                    let mirrored = ties[mirror.of(j)];
                    Tie { factor: sign * mirrored.factor, ..mirrored }
                }
                (Some(-1.0), Some(mirror)) if mirror.of(j) == j => {
                    Tie { parameter: 0, factor: 0.0 }
                }
                _ => {
                    n_params += 1;
                    Tie { parameter: n_params - 1, factor: 1.0 }
                }
            };
            ties.push(tie);
        }
        Ok(Self { interval, knots, symmetry, ties, n_params })
    }

    /// The knot interval that holds x, and the position in it: 0 to 1, or beyond at the ends of
    /// a domain that is not periodic.
    fn locate<D: Scalar>(&self, x: D) -> (usize, D) {
        let t = (self.interval.wrap(x) - self.interval.lower)
            * (self.knots as f64 / self.interval.length());
        let cell = t.value().floor().clamp(0.0, (self.knots - 1) as f64);
        (cell as usize, t - cell)
    }
}

/// The index of the coefficient at −x_j, if there is one for every j.
struct Mirror {
    sum: isize,
    period: Option<isize>,
}

impl Mirror {
    fn new(interval: Interval, knots: usize) -> Option<Self> {
        // x_j + x_j' = 0 means j + j' = −2a/h.
        let sum = -2.0 * interval.lower / interval.length() * knots as f64;
        let on_knots = (sum - sum.round()).abs() < 1e-9 * knots as f64;
        if interval.periodic {
            let period = Some(knots as isize);
            on_knots.then_some(Self { sum: sum.round() as isize, period })
        } else {
            // Coefficients are stored from j = −1.
            interval.is_symmetric().then_some(Self { sum: knots as isize + 2, period: None })
        }
    }

    fn of(&self, j: usize) -> usize {
        let mirrored = self.sum - j as isize;
        self.period.map_or(mirrored, |period| mirrored.rem_euclid(period)) as usize
    }
}

/// The four B-splines that are non-zero at position u in a knot interval.
fn weights<D: Scalar>(u: D) -> [D; 4] {
    let v = -u + 1.0;
    let (u2, v2) = (u * u, v * v);
    let sixth = 1.0 / 6.0;
    [
        v2 * v * sixth,
        (u2 * (u - 2.0) * 3.0 + 4.0) * sixth,
        (v2 * (v - 2.0) * 3.0 + 4.0) * sixth,
        u2 * u * sixth,
    ]
}

/// Their derivatives with respect to u.
fn slopes(u: f64) -> [f64; 4] {
    let v = 1.0 - u;
    [-0.5 * v * v, 0.5 * u * (3.0 * u - 4.0), -0.5 * v * (3.0 * v - 4.0), 0.5 * u * u]
}

impl Basis for SplineBasis {
    fn len(&self) -> usize {
        self.n_params
    }

    fn visit<D: Scalar>(&self, x: D, mut term: impl FnMut(usize, D)) {
        let (cell, u) = self.locate(x);
        let end = u.value().clamp(0.0, 1.0);
        let weights = if self.interval.periodic || end == u.value() {
            weights(u)
        } else {
            let (values, slopes) = (weights(end), slopes(end));
            std::array::from_fn(|i| (u - end) * slopes[i] + values[i])
        };
        let count = self.ties.len();
        for (i, weight) in weights.into_iter().enumerate() {
            let j = if self.interval.periodic { (cell + i + count - 1) % count } else { cell + i };
            let Tie { parameter, factor } = self.ties[j];
            if factor != 0.0 {
                term(parameter, weight * factor);
            }
        }
    }

    fn start_scale(&self, _: usize) -> f64 {
        0.1
    }
}

impl Describe for SplineBasis {
    fn describe(&self) -> String {
        let symmetry = describe::symmetry(self.symmetry);
        let ends = if self.interval.periodic { "periodic" } else { "clamped" };
        let parameters = describe::parameters(self.n_params);
        format!("cubic spline, {} intervals, {ends}{symmetry}, {parameters}", self.knots)
    }
}
