//! Observations of one state: the negative log-likelihood as generalised least squares.
//!
//! What is observed of a state u (n nodal values) has m predicted values μ = L u + b, linear
//! functionals, and a negative log-likelihood φ(μ). Each likelihood gives score residuals r(μ) of
//! length m and
//!
//! ```text
//! K = P D L,   D(μ) diagonal,   P = I or I − s sᵀ with a unit vector s(μ),
//!
//! Kᵀ r = ∂φ/∂u,      Kᵀ K = E[∂φ/∂u ∂φ/∂uᵀ]   (Fisher information),
//! ```
//!
//! so that a Gauss-Newton step on r with K is a step of Fisher scoring (McCullagh and Nelder,
//! Generalized Linear Models, 1989, section 2.5). K is the derivative of r for Gaussian and
//! log-normal noise only.
//!
//! | likelihood | datum | residual |
//! |---|---|---|
//! | Gaussian | value y, standard deviation s | (μ − y)/s |
//! | log-normal | value y > 0, relative deviation s | (ln μ − ln y)/s |
//! | Student | value y, scale s, ν degrees of freedom | `student.rs` |
//! | floored | value y, deviation √(s₀² + (ρμ)²) | `floored.rs` |
//! | Poisson | count c of a bin | (μ − c)/√μ |
//! | multinomial | count c of a bin, given the total N | (N p − c)/√(N p), p = μ/Σμ |
//! | positions | place x of one of N individuals | as multinomial, over the nodes |

mod condensed;
#[cfg(test)]
mod condensed_tests;
mod floored;
mod gaussian;
mod grouped;
mod laplace;
mod ln_gamma;
mod log_normal;
mod multinomial;
mod poisson;
mod positions;
mod student;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, OnceLock};

use faer::{MatMut, MatRef};
use lacuna_core::{EvalError, EvalResult};
use lacuna_grid::{Functionals, Grid};

use crate::random::Random;
use condensed::Condensed;
use floored::Floored;
use gaussian::Gaussian;
pub use grouped::{GroupedScores, WithinGroups};
pub(crate) use ln_gamma::ln_gamma;
use log_normal::LogNormal;
use multinomial::Multinomial;
use poisson::Poisson;
use positions::Positions;
use student::Student;

/// What was observed of one state, and how likely it is.
#[derive(Clone, Debug)]
pub struct Observations {
    functionals: Arc<Functionals>,
    likelihood: Arc<dyn Likelihood>,
    /// Whether many residuals are condensed, and what does not depend on the state of that.
    condensed: Option<Arc<OnceLock<Condensed>>>,
    /// How many independent data a score residual is worth.
    worth: f64,
}

/// What KᵀK is; Kᵀr is the gradient in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Information {
    /// What serves steps best: the Fisher information, for Student's errors that of their weights.
    Working,
    /// What the data say of the state: the second derivative of φ where it may be far from that.
    Observed,
    /// The Fisher information, which does not depend on values of the data.
    Expected,
}

/// D and s at predicted values μ.
struct Weighting {
    diagonal: Vec<f64>,
    /// The direction that P removes, of unit length.
    direction: Option<Vec<f64>>,
}

/// Residuals D (L u + b) − y of which D does not depend on the state.
struct LinearResiduals {
    scale: Vec<f64>,
    /// The residuals where μ = 0.
    at_zero: Vec<f64>,
}

/// A likelihood of the predicted values μ of length m.
trait Likelihood: fmt::Debug + Send + Sync {
    /// φ up to a constant; `values` holds μ before and r after.
    fn evaluate(&self, values: &mut [f64]) -> EvalResult<f64>;

    /// D and s at μ = `predicted`.
    fn weighting(&self, predicted: Vec<f64>) -> Weighting;

    /// D of the Fisher information, where that of [`weighting`](Self::weighting) depends on the data.
    fn expected(&self, _predicted: &[f64]) -> Option<Vec<f64>> {
        None
    }

    /// Whether ∂²φ/∂μ² may be far from D².
    fn is_curved(&self) -> bool {
        false
    }

    /// ∂²φ/∂μ² of every datum, where it may be far from D².
    fn curvature(&self, _predicted: &[f64]) -> Option<Vec<f64>> {
        None
    }

    /// Number of data.
    fn n_data(&self) -> usize;

    /// Number of independent observations.
    fn n_observed(&self) -> usize {
        self.n_data()
    }

    /// The prediction for each datum, in its unit.
    fn predicted(&self, predicted: &[f64], out: &mut [f64]);

    /// The normalised log-likelihood of each datum, at a μ for which φ is finite.
    fn log_density(&self, predicted: &[f64]) -> Vec<f64>;

    /// Whether each datum has its own functional.
    fn has_functional_per_datum(&self) -> bool {
        true
    }

    /// The count expected for each of the m functionals, where individuals are counted.
    fn expected_counts(&self, _predicted: &[f64]) -> Option<Vec<f64>> {
        None
    }

    /// The data with the indices `data`.
    fn subset(&self, data: &[usize]) -> Arc<dyn Likelihood>;

    /// Other data of the same design, drawn at μ for which φ is finite.
    fn resample(&self, predicted: &[f64], random: &mut Random) -> Arc<dyn Likelihood>;

    /// The data that are exactly as predicted, with standard deviations multiplied by `precision`
    /// (numbers of individuals divided by its square).
    fn exact(&self, predicted: &[f64], precision: f64) -> Arc<dyn Likelihood>;

    /// Residuals that are standard normal where all is right (counts: nearly), from μ, in place; and
    /// their derivatives, where these are not D.
    fn standardise(&self, values: &mut [f64]) -> EvalResult<Option<Vec<f64>>> {
        self.evaluate(values).map(|_| None)
    }

    /// The residuals as a linear function of μ, where they are one.
    fn linear_residuals(&self) -> Option<LinearResiduals> {
        None
    }

    /// The likelihood with every standard deviation multiplied, if it has any.
    fn with_noise_scaled(&self, _factor: f64) -> Option<Arc<dyn Likelihood>> {
        None
    }
}

impl Observations {
    fn new(functionals: Functionals, likelihood: Arc<dyn Likelihood>) -> Self {
        Self { functionals: Arc::new(functionals), likelihood, condensed: None, worth: 1.0 }
    }

    /// The same with another likelihood.
    fn with(&self, likelihood: Arc<dyn Likelihood>) -> Self {
        let condensed = self.condensed.as_ref().map(|_| Arc::default());
        Self { functionals: self.functionals.clone(), likelihood, condensed, worth: self.worth }
    }

    /// The same observations with at most n + 1 score residuals in the place of one a datum
    /// (`condensed.rs`): φ, Kᵀr, KᵀK and ‖r‖² are the same.
    #[must_use]
    pub fn condensed(self) -> Self {
        Self { condensed: Some(Arc::default()), ..self }
    }

    /// Values `values` (m) of the functionals, with independent normal errors of standard
    /// deviations `sd` (m), in the unit of the values.
    ///
    /// # Errors
    /// If the lengths differ, a value is not finite or a standard deviation not positive.
    pub fn gaussian(functionals: Functionals, values: Vec<f64>, sd: Vec<f64>) -> EvalResult<Self> {
        let likelihood = Gaussian::new(functionals.len(), values, sd)?;
        Ok(Self::new(functionals, Arc::new(likelihood)))
    }

    /// Values `values` (m) of the functionals, with independent errors of `scale` (m, in the unit of the
    /// values) times Student's t of `freedom` degrees of freedom: heavy tails.
    ///
    /// # Errors
    /// If the lengths differ, a value is not finite, or a scale or `freedom` not positive.
    pub fn student(
        functionals: Functionals,
        values: Vec<f64>,
        scale: Vec<f64>,
        freedom: f64,
    ) -> EvalResult<Self> {
        let likelihood = Student::new(functionals.len(), values, scale, freedom)?;
        Ok(Self::new(functionals, Arc::new(likelihood)))
    }

    /// Values `values` (m) of the functionals, with independent normal errors of the variance
    /// `floor`² + (`relative` · what is predicted)².
    ///
    /// # Errors
    /// If the lengths differ, a value is not finite, or a level not positive.
    pub fn floored(
        functionals: Functionals,
        values: Vec<f64>,
        relative: f64,
        floor: f64,
    ) -> EvalResult<Self> {
        let likelihood = Floored::new(functionals.len(), values, relative, floor)?;
        Ok(Self::new(functionals, Arc::new(likelihood)))
    }

    /// Positive values `values` (m) of the functionals, the logarithms of which have independent
    /// normal errors of standard deviations `sd` (m, without unit).
    ///
    /// # Errors
    /// If the lengths differ, or a value or a standard deviation is not positive.
    pub fn log_normal(
        functionals: Functionals,
        values: Vec<f64>,
        sd: Vec<f64>,
    ) -> EvalResult<Self> {
        let likelihood = LogNormal::new(functionals.len(), values, sd)?;
        Ok(Self::new(functionals, Arc::new(likelihood)))
    }

    /// Independent Poisson counts `counts` (m) with the means `exposure` · (L u + b): `functionals`
    /// are integrals over bins.
    ///
    /// # Errors
    /// If the lengths differ, a count is negative or the exposure not positive.
    pub fn poisson(functionals: Functionals, counts: Vec<f64>, exposure: f64) -> EvalResult<Self> {
        let likelihood = Poisson::new(functionals.len(), counts, exposure)?;
        Ok(Self::new(functionals, Arc::new(likelihood)))
    }

    /// Counts `counts` (m) of a given total over bins, with probabilities in proportion to the
    /// functionals. The bins need not cover the domain.
    ///
    /// # Errors
    /// If the lengths differ or a count is negative.
    pub fn multinomial(functionals: Functionals, counts: Vec<f64>) -> EvalResult<Self> {
        check_shape("counts", counts.len(), functionals.len())?;
        check_counts(&counts)?;
        Ok(Self::new(functionals, Arc::new(Multinomial::new(counts))))
    }

    /// Positions `x` of individuals, independent draws from the density u/∫u, the logarithm of
    /// which is interpolated between the nodes.
    ///
    /// # Errors
    /// If a position is not finite, or outside of a bounded domain.
    pub fn positions(grid: &Grid, x: &[f64]) -> EvalResult<Self> {
        let domain = grid.position_domain()[0];
        for (index, &value) in x.iter().enumerate() {
            let inside = domain.periodic || (domain.lower..=domain.upper).contains(&value);
            if !(value.is_finite() && inside) {
                let (quantity, requirement) = ("position", "finite and within the domain");
                return Err(EvalError::OutOfDomain { quantity, value, index, requirement });
            }
        }
        let functionals = Functionals::node_integrals(grid);
        let likelihood = Positions::new(Arc::new(grid.clone()), x.to_vec());
        Ok(Self::new(functionals, Arc::new(likelihood)))
    }

    /// Number of score residuals.
    pub fn len(&self) -> usize {
        if self.is_condensed() { self.functionals.n_nodes() + 1 } else { self.functionals.len() }
    }

    /// Whether there is no score residual.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn is_condensed(&self) -> bool {
        // What the data say of μ takes a row more than there may be data (`laplace.rs`).
        let few = self.functionals.len() <= self.functionals.n_nodes() + 1;
        self.condensed.is_some() && (!few || self.likelihood.is_curved())
    }

    /// Number of data: values, bins or positions.
    pub fn n_data(&self) -> usize {
        self.likelihood.n_data()
    }

    /// Number of independent observations: values, or individuals counted.
    pub fn n_observed(&self) -> usize {
        self.likelihood.n_observed()
    }

    /// With data that are together worth only `count` independent ones, when it comes to the level of their
    /// noise.
    #[must_use]
    pub fn worth(self, count: usize) -> Self {
        let worth = count as f64 / self.n_scores().max(1) as f64;
        Self { worth, ..self }
    }

    /// How many independent data the level of the noise is found from.
    pub fn n_independent(&self) -> f64 {
        self.worth * self.n_scores() as f64
    }

    /// Number of score residuals before any are condensed: of values and bins, as many as data.
    pub fn n_scores(&self) -> usize {
        self.functionals.len()
    }

    /// The score residuals at `u` before any are condensed.
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate).
    pub fn scores(&self, u: &[f64]) -> EvalResult<Vec<f64>> {
        let mut scores = vec![0.0; self.n_scores()];
        self.evaluate_scores(u, &mut scores)?;
        Ok(scores)
    }

    fn evaluate_scores(&self, u: &[f64], scores: &mut [f64]) -> EvalResult<f64> {
        check_shape("state", u.len(), self.functionals.n_nodes())?;
        self.functionals.apply(u, scores);
        finite(self.likelihood.evaluate(scores)?)
    }

    /// φ at the state `u` (n) up to a constant, and the score residuals into `residuals`
    /// ([`len`](Self::len)).
    ///
    /// # Errors
    /// If a length is wrong, a predicted value is where it has no likelihood, or φ is not finite.
    pub fn evaluate(&self, u: &[f64], residuals: &mut [f64]) -> EvalResult<f64> {
        check_shape("residuals", residuals.len(), self.len())?;
        if !self.is_condensed() {
            return self.evaluate_scores(u, residuals);
        }
        check_shape("state", u.len(), self.functionals.n_nodes())?;
        let at = self.condense(u, Information::Working)?;
        residuals.copy_from_slice(&at.residuals);
        Ok(at.phi)
    }

    /// φ, the score residuals, and K δU into `out` (len × k) for k changes `du` (n × k) of the state.
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate).
    pub fn linearise(
        &self,
        u: &[f64],
        du: MatRef<'_, f64>,
        information: Information,
        residuals: &mut [f64],
        mut out: MatMut<'_, f64>,
    ) -> EvalResult<f64> {
        check_shape("state", u.len(), self.functionals.n_nodes())?;
        check_shape("residuals", residuals.len(), self.len())?;
        if self.is_condensed() {
            let at = self.condense(u, information)?;
            residuals.copy_from_slice(&at.residuals);
            at.apply(du, out.as_mut());
            if information == Information::Observed {
                self.observe_curvature(u, du, residuals, out)?;
            }
            return Ok(at.phi);
        }
        let scores = self.all_scores(u, information)?;
        let phi = scores.phi;
        residuals.copy_from_slice(&scores.residuals);
        self.operator(scores).apply(du, out);
        Ok(phi)
    }

    /// K δU into `out` (len × k) at `u`, for k changes `du` (n × k) of the state.
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate).
    pub fn tangent(&self, u: &[f64], du: MatRef<'_, f64>, out: MatMut<'_, f64>) -> EvalResult {
        let mut residuals = vec![0.0; self.len()];
        self.linearise(u, du, Information::Working, &mut residuals, out).map(|_| ())
    }

    /// Kᵀ y into `out` (n) at `u`, for `y` ([`len`](Self::len)).
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate).
    pub fn pullback(&self, u: &[f64], y: &[f64], out: &mut [f64]) -> EvalResult {
        if self.is_condensed() {
            self.condense(u, Information::Working)?.pull(y, out);
        } else {
            self.operator(self.all_scores(u, Information::Working)?).pull(y, out);
        }
        Ok(())
    }

    /// Multiplies every standard deviation by `factor` > 0; counts and positions have none.
    pub fn scale_noise(&mut self, factor: f64) {
        if let Some(scaled) = self.likelihood.with_noise_scaled(factor) {
            *self = self.with(scaled);
        }
    }

    /// Whether there are standard deviations to scale.
    pub fn has_noise_scale(&self) -> bool {
        self.likelihood.with_noise_scaled(1.0).is_some()
    }

    /// What is predicted for each datum at `u`, into `out` ([`n_data`](Self::n_data)): the value,
    /// its median (log-normal), the mean count, or the density at the position.
    pub fn predicted(&self, u: &[f64], out: &mut [f64]) {
        self.likelihood.predicted(&self.seen(u), out);
    }

    /// The logarithm of the probability or density of each datum at `u`, constants included.
    ///
    /// Its sum is that of all data. Multinomial counts are not independent: the term ln N! of the
    /// total is shared in proportion to the counts.
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate).
    pub fn log_density(&self, u: &[f64]) -> EvalResult<Vec<f64>> {
        self.scores(u)?;
        Ok(self.likelihood.log_density(&self.seen(u)))
    }

    /// The data with the indices `data`: values, bins or individuals. Of multinomial counts, those
    /// of the chosen bins given their own total.
    pub fn subset(&self, data: &[usize]) -> Self {
        let chosen = self.with(self.likelihood.subset(data));
        if self.likelihood.has_functional_per_datum() {
            Self { functionals: Arc::new(self.functionals.subset(data)), ..chosen }
        } else {
            chosen
        }
    }

    /// Data of the same design drawn from the model at `u`, the same for the same `seed`.
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate).
    pub fn resample(&self, u: &[f64], seed: u64) -> EvalResult<Self> {
        self.scores(u)?;
        Ok(self.with(self.likelihood.resample(&self.seen(u), &mut Random::new(seed))))
    }

    /// The count expected for each of the [`scores`](Self::scores) at `u`, where individuals are counted; for
    /// positions, those that belong to each node.
    pub fn expected_counts(&self, u: &[f64]) -> Option<Vec<f64>> {
        self.likelihood.expected_counts(&self.seen(u))
    }

    /// s at `u`: the unit vector along which the [`scores`](Self::scores) are zero, if there is one.
    pub fn removed_direction(&self, u: &[f64]) -> Option<Vec<f64>> {
        self.likelihood.weighting(self.seen(u)).direction
    }

    /// Data of the same design that are exactly as the state `u` predicts, with standard deviations
    /// multiplied by `precision` (numbers of individuals divided by its square).
    ///
    /// # Errors
    /// If a predicted value is where it has no likelihood.
    pub fn exact(&self, u: &[f64], precision: f64) -> EvalResult<Self> {
        self.scores(u)?;
        Ok(self.with(self.likelihood.exact(&self.seen(u), precision)))
    }

    /// Sum of squares of all predictions at `u` in units of their noise: how well a change of the
    /// predictions by themselves would be seen.
    pub fn signal_square(&self, u: &[f64]) -> f64 {
        let seen = self.seen(u);
        let expected = self.likelihood.expected(&seen);
        let diagonal = expected.unwrap_or_else(|| self.likelihood.weighting(seen.clone()).diagonal);
        diagonal.iter().zip(&seen).map(|(d, mu)| (d * mu).powi(2)).sum()
    }

    fn seen(&self, u: &[f64]) -> Vec<f64> {
        let mut seen = vec![0.0; self.n_scores()];
        self.functionals.apply(u, &mut seen);
        seen
    }
}

fn finite(phi: f64) -> EvalResult<f64> {
    let not_finite = EvalError::NonFinite { quantity: "negative log-likelihood" };
    if phi.is_finite() { Ok(phi) } else { Err(not_finite) }
}

/// The entries of `values` with the indices `chosen`.
fn select(values: &[f64], chosen: &[usize]) -> Vec<f64> {
    chosen.iter().map(|&i| values[i]).collect()
}

fn check_shape(quantity: &'static str, found: usize, expected: usize) -> EvalResult {
    if found == expected { Ok(()) } else { Err(EvalError::Shape { quantity, found, expected }) }
}

fn check_positive(quantity: &'static str, values: &[f64]) -> EvalResult {
    let requirement = "positive and finite";
    check(quantity, values, requirement, |value| value > 0.0 && value.is_finite())
}

fn check_counts(counts: &[f64]) -> EvalResult {
    let requirement = "finite and not negative";
    check("count", counts, requirement, |value| value >= 0.0 && value.is_finite())
}

fn check(
    quantity: &'static str,
    values: &[f64],
    requirement: &'static str,
    holds: impl Fn(f64) -> bool,
) -> EvalResult {
    match values.iter().position(|&value| !holds(value)) {
        None => Ok(()),
        Some(index) => {
            let value = values[index];
            Err(EvalError::OutOfDomain { quantity, value, index, requirement })
        }
    }
}
