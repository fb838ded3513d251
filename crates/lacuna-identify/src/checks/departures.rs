//! Whether an error of what is said to be known, or a term that the equation lacks, explains the data
//! better than noise.
//!
//! With a departure of relative size α the data are y = S z + α G w + ξ, w ~ N(0, I). What the unknowns
//! can take up is left to them: their prior is widened by ρ = 10, so that an unusual truth is no
//! evidence. With C = I + ρ²SSᵀ, A = GᵀC⁻¹G = QΛQᵀ and β = QᵀGᵀC⁻¹y the logarithm of the ratio of the
//! evidence to that of α = 0 is
//!
//! ```text
//! ln B(α) = ½ Σ_i [ α²β_i²/(1 + α²λ_i) − ln(1 + α²λ_i) ],
//! ```
//!
//! and the number looked at its maximum over α. Along one direction the size is β/λ ± λ^(−½). The smallest
//! size that would be seen in most cases is 4.5 λ^(−½), λ the largest eigenvalue: about 3.6 for 1 % among
//! thirty numbers, and 0.9 more. Departures with a larger one than 2 are not looked at: nothing of them
//! is seen, or the unknowns take them up.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};
use lacuna_core::EvalResult;
use lacuna_fit::{Departure, DepartureKind, LinearisedFit};

use super::linear::{NOT_FINITE, information};
use super::scores::{Column, Tail, Tested};

/// ρ.
const WIDER: f64 = 10.0;
/// Where a departure of one direction would be seen in most cases, in its standard deviations.
const SEEN: f64 = 4.5;
/// Largest relative size that is looked for.
const LARGEST: f64 = 2.0;
/// Sizes that are tried, relative to what would be seen of one direction at one standard deviation.
const SIZES: i32 = 13;

/// One departure, and what the data say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DepartureCheck {
    /// What may be wrong.
    pub kind: DepartureKind,
    /// The largest ln B; none where it would not be seen.
    pub tested: Option<Tested>,
    /// α with the largest evidence; with its sign where it has one direction.
    pub size: f64,
    /// Its standard deviation, where it has one direction.
    pub sd: Option<f64>,
    /// The smallest |α| that would be seen in most cases, at best.
    pub smallest_seen: f64,
}

/// What the unknowns leave of the data.
pub(super) struct Departures<'a> {
    fit: &'a LinearisedFit,
    factors: Llt<f64>,
    /// C⁻¹y, in units of the noise levels found.
    left: Mat<f64>,
}

/// A departure that has been compared with every data set.
pub(super) struct Departed {
    check: DepartureCheck,
    pub(super) column: Option<Column>,
}

impl<'a> Departures<'a> {
    /// Of data sets (m × N) with noise factors by experiment.
    pub(super) fn new(
        fit: &'a LinearisedFit,
        data: &Mat<f64>,
        noise: &[Vec<f64>],
    ) -> EvalResult<Self> {
        let wide = &fit.sensitivity * WIDER;
        let factors = information(wide.as_ref()).llt(Side::Lower).map_err(|_| NOT_FINITE)?;
        let mut modes = wide.transpose() * data;
        factors.solve_in_place(modes.as_mut());
        let left = super::residuals::measured_in_noise(data - &wide * modes, fit, noise);
        Ok(Self { fit, factors, left })
    }

    pub(super) fn of(&self, departure: &Departure) -> EvalResult<Departed> {
        let columns = departure.columns.as_ref();
        let taken_up = self.fit.sensitivity.transpose() * columns * WIDER;
        let mut answer = taken_up.clone();
        self.factors.solve_in_place(answer.as_mut());
        let seen = columns.transpose() * columns - taken_up.transpose() * answer;
        let pull = columns.transpose() * &self.left;
        let eigen = seen.self_adjoint_eigen(Side::Lower).map_err(|_| NOT_FINITE)?;
        let pull = eigen.U().transpose() * pull;
        let values: Vec<f64> = eigen.S().column_vector().iter().map(|v| v.max(0.0)).collect();
        let most = values.iter().fold(0.0, |most: f64, v| most.max(*v));
        let smallest_seen = SEEN / most.sqrt();
        let single = values.len() == 1;
        let mut check = DepartureCheck {
            kind: departure.kind,
            tested: None,
            size: 0.0,
            sd: single.then(|| 1.0 / most.sqrt()),
            smallest_seen,
        };
        if smallest_seen.is_nan() || smallest_seen > LARGEST {
            return Ok(Departed { check, column: None });
        }
        let best = |j: usize| {
            let ratio = |size: f64| {
                let square = size * size;
                let part = |(lambda, beta): (&f64, &f64)| {
                    let gain = 1.0 + square * lambda;
                    0.5 * (square * beta * beta / gain - gain.ln())
                };
                values.iter().zip(pull.col(j).iter()).map(part).sum::<f64>()
            };
            let sizes = (0..SIZES).map(|k| 0.5 * f64::from(k).exp2() / most.sqrt());
            sizes
                .filter(|size| *size <= LARGEST)
                .map(|size| (ratio(size), size))
                .fold((f64::NEG_INFINITY, 0.0), |a, b| if b.0 > a.0 { b } else { a })
        };
        let found: Vec<(f64, f64)> = (0..pull.ncols()).map(best).collect();
        check.size = if single { pull[(0, 0)] / most } else { found[0].1 };
        let column = Column::new(found.into_iter().map(|(ratio, _)| ratio).collect(), Tail::Upper);
        Ok(Departed { check, column: Some(column) })
    }
}

impl Departed {
    pub(super) fn conclude(self, largest: &[f64]) -> DepartureCheck {
        let tested = self.column.map(|column| column.tested(largest));
        DepartureCheck { tested, ..self.check }
    }
}
