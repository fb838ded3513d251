//! Closed forms: unknowns that are sought as they stand, by their parameters.
//!
//! F(x; θ) with θ = θ⁰ + u ∘ c: the coordinates c (length p) are the parameters, in units u of their own
//! size, about θ⁰. They take the place of the coefficients of modes in fit, posterior, profiles and
//! checks; what is linear in the coefficients elsewhere is here by the tangents
//!
//! Φ_j = ∂F/∂c_j (∂ln F/∂c_j where F is positive) at c = 0.
//!
//! No smoothness is expected of a closed form. Its c have the prior N(0, [`PRIOR_SD`]²), so wide that the
//! estimate is that of maximum likelihood, and their covariance the inverse of Fisher's information;
//! what the data leave of it marks a direction that they do not see. Units and θ⁰ are moved to the fit
//! ([`ClosedForm::moved`]), so that neither depends on the values that the fit started from.

use std::sync::Arc;

use faer::linalg::solvers::SolveLstsq;
use faer::linalg::triangular_inverse::invert_upper_triangular;
use faer::{Mat, MatMut, MatRef, Par};
use lacuna_core::{EvalError, EvalResult, Function, Points, Pool, Scalar, Slot, Surrogate};

/// Prior standard deviation of a parameter, in units of its own size.
pub const PRIOR_SD: f64 = 1e3;
/// Posterior standard deviation in the same units from which a parameter counts as not determined: the
/// data do not bound it within a hundred times its size.
pub const UNDETERMINED: f64 = 0.1 * PRIOR_SD;

/// A closed form about given parameters.
#[derive(Clone)]
pub struct ClosedForm {
    function: Arc<dyn Function>,
    /// The points of its slot, and their weights in a mean.
    points: Points,
    weights: Vec<f64>,
    /// Whether only differences of its values matter.
    gauge: bool,
    /// Whether tangents are those of ln F.
    logarithm: bool,
    /// θ⁰.
    origin: Vec<f64>,
    /// u.
    unit: Vec<f64>,
}

impl std::fmt::Debug for ClosedForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClosedForm")
            .field("origin", &self.origin)
            .field("unit", &self.unit)
            .finish()
    }
}

impl ClosedForm {
    /// The closed form in a slot about its initial parameters; none if the function is not one.
    pub fn new(function: &Arc<dyn Function>, slot: &Slot, positive: bool) -> Option<Self> {
        if function.parameter_names().is_empty() {
            return None;
        }
        let total: f64 = slot.weights.iter().sum();
        let origin = function.initial(0);
        let unit = origin.iter().map(|&t| if t == 0.0 { 1.0 } else { t.abs() }).collect();
        Some(Self {
            function: function.clone(),
            points: slot.points.clone(),
            weights: slot.weights.iter().map(|w| w / total).collect(),
            gauge: slot.gauge,
            logarithm: positive,
            origin,
            unit,
        })
    }

    /// Names of the parameters.
    pub fn names(&self) -> Vec<String> {
        self.function.parameter_names()
    }

    /// Number p of parameters.
    pub fn len(&self) -> usize {
        self.origin.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.origin.is_empty()
    }

    /// Whether only differences of its values matter.
    pub fn is_gauge(&self) -> bool {
        self.gauge
    }

    /// θ⁰.
    pub fn origin(&self) -> &[f64] {
        &self.origin
    }

    /// u: the size of each parameter.
    pub fn unit(&self) -> &[f64] {
        &self.unit
    }

    /// θ at c.
    pub fn theta(&self, c: &[f64]) -> Vec<f64> {
        self.origin.iter().zip(&self.unit).zip(c).map(|((t, u), c)| t + u * c).collect()
    }

    /// c of θ.
    pub fn coordinates(&self, theta: &[f64]) -> Vec<f64> {
        self.origin.iter().zip(&self.unit).zip(theta).map(|((o, u), t)| (t - o) / u).collect()
    }

    /// The same about other parameters, in units of their sizes; of a parameter near zero its standard
    /// deviation `sd` (in the old units) is the unit, or the old unit where that is smaller.
    #[must_use]
    pub fn moved(&self, theta: &[f64], sd: &[f64]) -> Self {
        let unit = (0..self.len()).map(|j| theta[j].abs().max(self.unit[j] * sd[j].min(1.0)));
        Self { origin: theta.to_vec(), unit: unit.collect(), ..self.clone() }
    }

    /// The same about other parameters, in these units.
    #[must_use]
    pub fn about(self, origin: Vec<f64>, unit: Vec<f64>) -> Self {
        Self { origin, unit, ..self }
    }

    /// F at the points of the slot for c.
    pub fn values(&self, c: &[f64]) -> Vec<f64> {
        self.values_at(c, &self.points)
    }

    fn values_at(&self, c: &[f64], points: &Points) -> Vec<f64> {
        let mut values = vec![0.0; points.len()];
        self.function.values(&self.theta(c), points, &mut Pool::new(), &mut values);
        values
    }

    /// ∂F/∂c at c, points of the slot × p.
    pub fn directions(&self, c: &[f64]) -> Mat<f64> {
        self.directions_at(c, &self.points).1
    }

    fn directions_at(&self, c: &[f64], points: &Points) -> (Vec<f64>, Mat<f64>) {
        let mut values = vec![0.0; points.len()];
        let mut out = Mat::zeros(points.len(), self.len());
        let (theta, mut pool) = (self.theta(c), Pool::new());
        self.function.linearise(&theta, points, &mut pool, &mut values, out.as_mut());
        for (j, unit) in self.unit.iter().enumerate() {
            out.as_mut().col_mut(j).iter_mut().for_each(|entry| *entry *= unit);
        }
        (values, out)
    }

    /// Φ at `x`, one row a point.
    pub(crate) fn tangents(&self, x: &[f64]) -> Mat<f64> {
        let (values, mut out) =
            self.directions_at(&vec![0.0; self.len()], &Points::line(x.to_vec()));
        self.finish(&values, &mut out);
        out
    }

    /// Φ at the points of the slot.
    pub(crate) fn own_tangents(&self) -> Mat<f64> {
        let (values, mut out) = self.directions_at(&vec![0.0; self.len()], &self.points);
        self.finish(&values, &mut out);
        out
    }

    /// From ∂F/∂c to Φ: of the logarithm, or without the mean over the slot, where that is what matters.
    fn finish(&self, values: &[f64], out: &mut Mat<f64>) {
        if self.logarithm {
            for column in out.col_iter_mut() {
                column.iter_mut().zip(values).for_each(|(entry, value)| *entry /= value);
            }
        } else if self.gauge {
            let own = self.directions(&vec![0.0; self.len()]);
            for j in 0..self.len() {
                let mean: f64 = own.col(j).iter().zip(&self.weights).map(|(d, w)| d * w).sum();
                out.as_mut().col_mut(j).iter_mut().for_each(|entry| *entry -= mean);
            }
        }
    }

    /// The change of g = F (or ln F) at `x` from c = 0 to c, without its mean where only differences
    /// matter.
    pub fn change(&self, x: &[f64], c: &[f64]) -> Vec<f64> {
        let zero = vec![0.0; self.len()];
        let between = |points: &Points| -> Vec<f64> {
            let (new, old) = (self.values_at(c, points), self.values_at(&zero, points));
            let change = |(new, old): (&f64, &f64)| match self.logarithm {
                true => (new / old).ln(),
                false => new - old,
            };
            new.iter().zip(&old).map(change).collect()
        };
        let mut change = between(&Points::line(x.to_vec()));
        if self.gauge && !self.logarithm {
            let own = between(&self.points);
            let mean: f64 = own.iter().zip(&self.weights).map(|(d, w)| d * w).sum();
            change.iter_mut().for_each(|d| *d -= mean);
        }
        change
    }

    /// The c whose tangents come closest to the columns of g at the points of the slot, in the mean.
    pub(crate) fn nearest(&self, tangents: MatRef<'_, f64>, g: MatRef<'_, f64>) -> Mat<f64> {
        let p = self.len();
        let root: Vec<f64> = self.weights.iter().map(|w| w.sqrt()).collect();
        let n = root.len();
        // A little of the identity below, so that equal tangents share.
        let small = 1e-9 * tangents.norm_l2().max(f64::MIN_POSITIVE);
        let a = Mat::from_fn(n + p, p, |i, j| match i.checked_sub(n) {
            None => root[i] * tangents[(i, j)],
            Some(i) if i == j => small,
            Some(_) => 0.0,
        });
        let b =
            Mat::from_fn(n + p, g.ncols(), |i, k| if i < n { root[i] * g[(i, k)] } else { 0.0 });
        a.qr().solve_lstsq(&b)
    }
}

/// The closed form as a function of its coordinates c.
impl Surrogate for ClosedForm {
    fn dim(&self) -> usize {
        self.function.dim()
    }

    fn n_params(&self) -> usize {
        self.len()
    }

    fn initial(&self, _: u64) -> Vec<f64> {
        vec![0.0; self.len()]
    }

    fn parameter_names(&self) -> Vec<String> {
        self.names()
    }

    fn eval<D: Scalar>(&self, c: &[D], x: &[D]) -> D {
        let theta: Vec<D> = c
            .iter()
            .zip(self.origin.iter().zip(&self.unit))
            .map(|(c, (o, u))| *c * *u + *o)
            .collect();
        self.function.eval(&theta, x)
    }

    fn values(&self, c: &[f64], points: &Points, pool: &mut Pool<f64>, out: &mut [f64]) {
        self.function.values(&self.theta(c), points, pool, out);
    }

    fn linearise(
        &self,
        c: &[f64],
        points: &Points,
        pool: &mut Pool<f64>,
        values: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) {
        self.function.linearise(&self.theta(c), points, pool, values, jacobian.as_mut());
        for (j, unit) in self.unit.iter().enumerate() {
            jacobian.as_mut().col_mut(j).iter_mut().for_each(|entry| *entry *= unit);
        }
    }
}

/// R⁻¹ of the QR factors of K√s above the identity: (I + √s KᵀK √s)⁻¹ = R⁻¹R⁻ᵀ, without squares, which
/// would lose the directions that a wide prior leaves beside precise data.
pub(crate) fn root_of(jacobian: MatRef<'_, f64>, root: &[f64]) -> EvalResult<Mat<f64>> {
    const NOT_FINITE: EvalError = EvalError::NonFinite { quantity: "the posterior covariance" };
    let (m, d) = (jacobian.nrows(), root.len());
    let stacked = Mat::from_fn(m + d, d, |i, j| {
        if i < m { jacobian[(i, j)] * root[j] } else { f64::from(u8::from(i - m == j)) }
    });
    if !stacked.is_all_finite() {
        return Err(NOT_FINITE);
    }
    let qr = stacked.qr();
    let r = qr.R().subrows(0, d);
    let mut inverse = Mat::zeros(d, d);
    invert_upper_triangular(inverse.as_mut(), r, Par::Seq);
    if inverse.is_all_finite() { Ok(inverse) } else { Err(NOT_FINITE) }
}
