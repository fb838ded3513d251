//! Tabulated functions: the cubic spline through given values, and no parameters.

use lacuna_core::{Scalar, Surrogate};

use crate::interpolation::CubicSpline;
use crate::{Describe, Interval, SurrogateError, domain};

/// A known function given by its values.
///
/// ```
/// use lacuna_core::Surrogate;
/// use lacuna_surrogate::{Interval, Table};
///
/// let x: Vec<f64> = (0..40).map(|i| i as f64 / 40.0).collect();
/// let y = x.iter().map(|x| (std::f64::consts::TAU * x).sin()).collect();
/// let table = Table::new(&[Interval::periodic(0.0, 1.0)], x, y)?;
/// assert!((table.eval(&[], &[1.25]) - 1.0).abs() < 1e-5);
/// # Ok::<(), lacuna_surrogate::SurrogateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    interval: Interval,
    spline: CubicSpline,
    entries: usize,
}

impl Table {
    /// The function with f(x_i) = values_i, at least 4 of them, in any order.
    ///
    /// On a periodic domain arguments wrap; both ends may be given if their values agree. Else see
    /// [`CubicSpline::not_a_knot`] for what lies beyond the data.
    pub fn new(domain: &[Interval], x: Vec<f64>, values: Vec<f64>) -> Result<Self, SurrogateError> {
        let interval = domain::only(domain, "table")?;
        let entries = x.len();
        let spline = if interval.periodic {
            CubicSpline::periodic(x, values, interval.length())?
        } else {
            CubicSpline::not_a_knot(x, values)?
        };
        Ok(Self { interval, spline, entries })
    }
}

impl Surrogate for Table {
    fn n_params(&self) -> usize {
        0
    }

    fn initial(&self, _: u64) -> Vec<f64> {
        Vec::new()
    }

    fn eval<D: Scalar>(&self, _: &[D], x: &[D]) -> D {
        self.spline.eval(x[0])
    }
}

impl Describe for Table {
    fn describe(&self) -> String {
        let ends = if self.interval.periodic { ", periodic" } else { "" };
        format!("table of {} values, cubic spline{ends}", self.entries)
    }
}
