//! Functions of one variable as sums of modes, and a Gaussian prior on them.
//!
//! On a circle of length L the modes are √2 cos ω_k x and √2 sin ω_k x, ω_k = 2πk/L (only those of
//! the function's symmetry); between two ends √2 cos ω_k (x − a), ω_k = πk/L. They are orthonormal
//! in the mean over the domain. Where the constant of the function has meaning it is a mode too. A
//! scalar has that one only. A positive function is the exponential of such a sum.
//!
//! Prior: independent normal coefficients, of variance A² ρ_k / Σρ, ρ_k = (1 + (ω_k ℓ)²)^(−p): a
//! Matérn process of Sobolev order p with length scale ℓ and root mean square A. It is a prior on
//! the function, the same for every class that stands in its place. The constant has its own
//! standard deviation. p need not be whole: coefficients of a jump fall off as those of p = 1 do, of a
//! kink as of p = 2. What is not given of A, ℓ and p is a hyperparameter, with its own expectation:
//! ln(A/unit), ln(ℓ/L) and the logit of (p − 1)/2 are normal. A function may also be dominated by one
//! harmonic, whatever the spectrum of the rest: with probability ½ one of the first six has besides the
//! variance of the natural unit.
//!
//! Of a closed form (`closed_form.rs`) the modes are its tangents, one a parameter.

use std::ops::Range;
use std::sync::Arc;

use faer::{Mat, MatRef};
use lacuna_core::{Argument, Slot, Symmetry};

use super::closed_form::{ClosedForm, PRIOR_SD};

/// Standard deviation of the constant of a function, in natural units, and of the logarithm of a
/// positive one.
const SD_OF_CONSTANT: f64 = 3.0;
const SD_OF_LOG_CONSTANT: f64 = 2.0;

/// How a function follows from its modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// F = g.
    Identity,
    /// F = e^g: positive.
    Exponential,
}

/// The modes of one unknown at the points of its slot.
#[derive(Clone, Debug)]
pub struct Modes {
    lower: f64,
    /// Length of the domain; 0 for a scalar.
    pub length: f64,
    periodic: bool,
    list: Vec<Mode>,
    /// Points × modes; shared, since priors are copied often.
    values: Arc<Mat<f64>>,
    /// Weights of the points in means, of sum 1.
    weights: Vec<f64>,
    /// The closed form whose tangents these are.
    form: Option<Arc<ClosedForm>>,
}

#[derive(Clone, Copy, Debug)]
struct Mode {
    frequency: f64,
    wave: Wave,
}

/// The kinds of modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    /// 1.
    Constant,
    /// √2 cos ω_k x.
    Cosine,
    /// √2 sin ω_k x.
    Sine,
}

impl Modes {
    /// The largest k with which finding a function begins.
    pub const RESOLUTION: usize = 32;

    /// The constant where it has meaning, then modes up to k = `resolution`, as far as the points
    /// of the slot tell them apart.
    pub fn new(slot: &Slot, resolution: usize) -> Self {
        let n = slot.points.len();
        let distinct = match waves(slot).len() {
            2 => (n - 1) / 2,
            _ => n.saturating_sub(2),
        };
        Self::up_to(slot, resolution.min(distinct))
    }

    /// The constant where it has meaning, then modes up to k = `last`. Between two ends k = points − 1
    /// makes them complete: any values at equally spaced points are a sum of them.
    pub(super) fn up_to(slot: &Slot, last: usize) -> Self {
        let total: f64 = slot.weights.iter().sum();
        let weights = slot.weights.iter().map(|w| w / total).collect();
        let mut list = Vec::new();
        if !slot.gauge && slot.symmetry != Symmetry::Odd {
            list.push(Mode { frequency: 0.0, wave: Wave::Constant });
        }
        let (mut lower, mut length, mut periodic) = (0.0, 0.0, false);
        if let (Some(domain), true) = (slot.domain.first(), slot.argument != Argument::None) {
            (lower, length, periodic) = (domain.lower, domain.length(), domain.periodic);
            let turn = std::f64::consts::TAU / length * if periodic { 1.0 } else { 0.5 };
            for k in 1..=last {
                let mode = |&wave: &Wave| Mode { frequency: turn * k as f64, wave };
                list.extend(waves(slot).iter().map(mode));
            }
        }
        let (values, form) = (Arc::new(Mat::new()), None);
        let mut modes = Self { lower, length, periodic, list, values, weights, form };
        let x: Vec<f64> = if length > 0.0 {
            slot.points.iter().map(|x| x[0]).collect()
        } else {
            vec![0.0; slot.points.len()]
        };
        modes.values = Arc::new(modes.at(&x));
        modes
    }

    /// The tangents of a closed form.
    pub fn of_closed_form(slot: &Slot, form: ClosedForm) -> Self {
        let none = Self::new(slot, 0);
        Self {
            list: Vec::new(),
            values: Arc::new(form.own_tangents()),
            form: Some(Arc::new(form)),
            ..none
        }
    }

    /// The closed form whose tangents these are, if they are.
    pub fn closed_form(&self) -> Option<&ClosedForm> {
        self.form.as_deref()
    }

    /// Number d of modes.
    pub fn len(&self) -> usize {
        self.form.as_ref().map_or(self.list.len(), |form| form.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Weights of the points of the slot in means, of sum 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The largest k; 0 for a scalar, and for a closed form.
    pub fn resolution(&self) -> usize {
        self.wave_numbers().into_iter().max().unwrap_or(0)
    }

    /// k of every mode; 0 for the constant, and for tangents of a closed form.
    pub fn wave_numbers(&self) -> Vec<usize> {
        if self.form.is_some() {
            return vec![0; self.len()];
        }
        let turn = std::f64::consts::TAU / self.length * if self.periodic { 1.0 } else { 0.5 };
        let number = |m: &Mode| match m.wave {
            Wave::Constant => 0,
            Wave::Cosine | Wave::Sine => (m.frequency / turn).round() as usize,
        };
        self.list.iter().map(number).collect()
    }

    /// Φ at the points of the slot, points × d.
    pub fn values(&self) -> MatRef<'_, f64> {
        self.values.as_ref().as_ref()
    }

    /// Whether x lies in the domain, ends included; on a circle every finite x does.
    pub fn contains(&self, x: f64) -> bool {
        let slack = 1e-12 * self.length;
        let (lower, upper) = (self.lower - slack, self.lower + self.length + slack);
        x.is_finite() && (self.periodic || (lower..=upper).contains(&x))
    }

    /// The means of all modes over [from, to], length d.
    pub fn means(&self, from: f64, to: f64) -> Vec<f64> {
        let origin = self.origin();
        let mean = |&Mode { frequency, wave }: &Mode| {
            let (a, b) = (frequency * (from - origin), frequency * (to - origin));
            let scale = std::f64::consts::SQRT_2 / (frequency * (to - from));
            match wave {
                Wave::Constant => 1.0,
                Wave::Cosine => scale * (b.sin() - a.sin()),
                Wave::Sine => scale * (a.cos() - b.cos()),
            }
        };
        self.list.iter().map(mean).collect()
    }

    /// The index of the k-th mode of this kind, k from 1 (of the constant, whatever k), if there is
    /// one.
    pub fn place(&self, k: usize, wave: Wave) -> Option<usize> {
        let nth = if wave == Wave::Constant { 0 } else { k.checked_sub(1)? };
        let own = self.list.iter().enumerate().filter(|(_, mode)| mode.wave == wave);
        own.map(|(place, _)| place).nth(nth)
    }

    /// Places of the modes with wave number k.
    pub(crate) fn of_wave(&self, k: usize) -> Vec<usize> {
        let numbers = self.wave_numbers();
        (0..numbers.len()).filter(|&j| numbers[j] == k).collect()
    }

    /// Where the phase of the modes is zero.
    fn origin(&self) -> f64 {
        if self.periodic { 0.0 } else { self.lower }
    }

    /// Φ at other points, points × d.
    pub fn at(&self, x: &[f64]) -> Mat<f64> {
        if let Some(form) = &self.form {
            return form.tangents(x);
        }
        let origin = self.origin();
        Mat::from_fn(x.len(), self.len(), |i, j| {
            let Mode { frequency, wave } = self.list[j];
            let phase = frequency * (x[i] - origin);
            match wave {
                Wave::Constant => 1.0,
                Wave::Cosine => std::f64::consts::SQRT_2 * phase.cos(),
                Wave::Sine => std::f64::consts::SQRT_2 * phase.sin(),
            }
        })
    }

    /// The coefficients of values `g` at the points: Φᵀ (w ∘ g) for every column of g, or of the nearest
    /// tangents of a closed form.
    pub fn coefficients(&self, g: MatRef<'_, f64>) -> Mat<f64> {
        if let Some(form) = &self.form {
            return form.nearest(self.values(), g);
        }
        let weighted = Mat::from_fn(g.nrows(), g.ncols(), |i, j| self.weights[i] * g[(i, j)]);
        self.values.as_ref().transpose() * weighted
    }

    /// Root mean square of values at the points, without their mean.
    pub fn root_mean_square(&self, values: &[f64]) -> f64 {
        let mean: f64 = values.iter().zip(&self.weights).map(|(v, w)| w * v).sum();
        let square = |(v, w): (&f64, &f64)| w * (v - mean).powi(2);
        values.iter().zip(&self.weights).map(square).sum::<f64>().sqrt()
    }

    /// ln s_j of the prior variances s_j and their derivatives, for amplitude 1.
    fn shape(&self, order: f64, length_scale: f64) -> Vec<LogVariance> {
        let rho = |m: &Mode| {
            let q = (m.frequency * length_scale).powi(2);
            let falls = q.ln_1p();
            LogVariance {
                value: -order * falls,
                by_length: -2.0 * order * q / (1.0 + q),
                by_order: -falls,
            }
        };
        let raw: Vec<LogVariance> = self.list.iter().map(rho).collect();
        let waves = || self.list.iter().zip(&raw).filter(|(m, _)| m.wave != Wave::Constant);
        let total: f64 = waves().map(|(_, r)| r.value.exp()).sum();
        let mean = |of: fn(&LogVariance) -> f64| {
            waves().map(|(_, r)| r.value.exp() * of(r)).sum::<f64>() / total
        };
        let (by_length, by_order) = (mean(|r| r.by_length), mean(|r| r.by_order));
        raw.iter()
            .map(|r| LogVariance {
                value: r.value - total.ln(),
                by_length: r.by_length - by_length,
                by_order: r.by_order - by_order,
            })
            .collect()
    }
}

/// The kinds of modes a function of this slot has, beside the constant.
fn waves(slot: &Slot) -> &'static [Wave] {
    match (slot.domain.first().is_some_and(|d| d.periodic), slot.symmetry) {
        (false, _) | (true, Symmetry::Even) => &[Wave::Cosine],
        (true, Symmetry::Odd) => &[Wave::Sine],
        (true, Symmetry::None) => &[Wave::Cosine, Wave::Sine],
    }
}

/// ln s, ∂ ln s/∂ ln ℓ and ∂ ln s/∂p.
#[derive(Clone, Copy, Debug)]
struct LogVariance {
    value: f64,
    by_length: f64,
    by_order: f64,
}

/// What is fixed of a prior; what is not given follows from the data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PriorOptions {
    /// Sobolev order p.
    pub order: Option<f64>,
    /// ℓ, in the unit of x.
    pub length_scale: Option<f64>,
    /// A, in the unit of the function (of its logarithm, where it is positive).
    pub amplitude: Option<f64>,
}

impl PriorOptions {
    /// With this order, where none is given.
    #[must_use]
    pub fn or_order(self, order: f64) -> Self {
        Self { order: self.order.or(Some(order)), ..self }
    }
}

/// The prior of one function: its modes, what is fixed, and the present values of the rest.
#[derive(Clone, Debug)]
pub struct FunctionPrior {
    /// The modes.
    pub modes: Modes,
    /// The link.
    pub link: Link,
    /// Natural unit of the function, in which A is expected to be of order 1.
    pub unit: f64,
    /// What is fixed.
    pub options: PriorOptions,
    /// ln((p − 1)/(3 − p)), if p is not given.
    pub logit_order: f64,
    /// ln(A/unit).
    pub log_amplitude: f64,
    /// ln(ℓ/L).
    pub log_length: f64,
    /// k of the harmonic that dominates, if one does.
    pub dominant: Option<usize>,
}

/// What is thought of a hyperparameter η beforehand: η ~ N(mean, sd²).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expectation {
    pub mean: f64,
    pub sd: f64,
}

/// ln(A/unit).
const AMPLITUDE: Expectation = Expectation { mean: 0.0, sd: 1.0 };
/// ln(ℓ/L): about a tenth of the domain.
const LENGTH: Expectation = Expectation { mean: -std::f64::consts::LN_10, sd: 1.0 };
/// The logit of (p − 1)/2, with the moments that it has where p is uniform from 1 to 3.
const ORDER: Expectation = Expectation { mean: 0.0, sd: 1.8 };
/// The largest k of a harmonic that may dominate, and the probability that one of them does.
const MAY_DOMINATE: usize = 6;
const DOMINATED: f64 = 0.5;
/// The largest k of what a function may hold.
const FINEST: usize = 512;
/// The orders between which p may lie.
const ORDERS: [f64; 2] = [1.0, 3.0];

/// The places of every unknown among the coefficients of all.
pub(super) fn columns(priors: &[FunctionPrior]) -> Vec<Range<usize>> {
    let mut end = 0;
    let own = |prior: &FunctionPrior| {
        end += prior.modes.len();
        end - prior.modes.len()..end
    };
    priors.iter().map(own).collect()
}

impl FunctionPrior {
    /// A prior with its hyperparameters at their expectations.
    pub fn new(modes: Modes, link: Link, unit: f64, options: PriorOptions) -> Self {
        let length = modes.length;
        let log_length = options.length_scale.map_or(LENGTH.mean, |l| (l / length).ln());
        let log_amplitude = options.amplitude.map_or(AMPLITUDE.mean, |a| (a / unit).ln());
        let logit_order = ORDER.mean;
        let dominant = None;
        Self { modes, link, unit, options, logit_order, log_amplitude, log_length, dominant }
    }

    /// The same with another unit.
    #[must_use]
    pub fn in_unit(self, unit: f64) -> Self {
        Self::new(self.modes, self.link, unit, self.options)
    }

    /// p.
    pub fn order(&self) -> f64 {
        let [lowest, highest] = ORDERS;
        let share = 1.0 / (1.0 + (-self.logit_order).exp());
        self.options.order.unwrap_or(lowest + (highest - lowest) * share)
    }

    /// Whether it has hyperparameters: scalars and closed forms have none.
    fn has_shape(&self) -> bool {
        self.modes.length > 0.0 && self.modes.form.is_none()
    }

    /// Whether A follows from the data.
    pub(crate) fn has_free_amplitude(&self) -> bool {
        self.has_shape() && self.options.amplitude.is_none()
    }

    /// Which of A, ℓ and p follow from the data.
    fn is_free(&self) -> [bool; 3] {
        let PriorOptions { order, length_scale, amplitude } = self.options;
        [amplitude.is_none(), length_scale.is_none(), order.is_none()]
            .map(|free| free && self.has_shape())
    }

    /// The hyperparameters that follow from the data, and what is expected of them.
    pub(crate) fn free(&self) -> Vec<(f64, Expectation)> {
        let all =
            [(self.log_amplitude, AMPLITUDE), (self.log_length, LENGTH), (self.logit_order, ORDER)];
        all.into_iter().zip(self.is_free()).filter(|(_, free)| *free).map(|(own, _)| own).collect()
    }

    /// The same, as places to write.
    pub(super) fn free_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        let is_free = self.is_free();
        let all = [&mut self.log_amplitude, &mut self.log_length, &mut self.logit_order];
        all.into_iter().zip(is_free).filter(|(_, free)| *free).map(|(own, _)| own)
    }

    /// ln s_j, and its derivatives with respect to the free hyperparameters (d × free).
    pub(crate) fn log_variances(&self) -> (Vec<f64>, Mat<f64>) {
        if let Some(form) = &self.modes.form {
            return (vec![2.0 * PRIOR_SD.ln(); form.len()], Mat::zeros(form.len(), 0));
        }
        let length_scale = self.log_length.exp() * self.modes.length;
        let order = self.order();
        let shape = self.modes.shape(order, length_scale);
        let scale = 2.0 * (self.log_amplitude + self.unit.ln());
        let constant = match self.link {
            Link::Identity => 2.0 * (SD_OF_CONSTANT * self.unit).ln(),
            Link::Exponential => 2.0 * SD_OF_LOG_CONSTANT.ln(),
        };
        let [lowest, highest] = ORDERS;
        // ∂p/∂ logit.
        let by_logit = (order - lowest) * (highest - order) / (highest - lowest);
        let is_free = self.is_free();
        let dominant: Vec<usize> = self.dominant.map_or_else(Vec::new, |k| self.modes.of_wave(k));
        let besides = self.dominant_variance();
        let mut slopes = Mat::zeros(shape.len(), is_free.iter().filter(|free| **free).count());
        let values = (0..shape.len())
            .map(|j| {
                if self.modes.list[j].wave == Wave::Constant {
                    return constant;
                }
                let LogVariance { value, by_length, by_order } = shape[j];
                let value = (value + scale).clamp(-80.0, 50.0);
                let spectrum = value.exp();
                let total = if dominant.contains(&j) { spectrum + besides } else { spectrum };
                let own =
                    [2.0, by_length, by_order * by_logit].map(|slope| slope * spectrum / total);
                let free = own.into_iter().zip(is_free).filter(|(_, free)| *free);
                free.enumerate().for_each(|(k, (slope, _))| slopes[(j, k)] = slope);
                if total > spectrum { total.ln() } else { value }
            })
            .collect();
        (values, slopes)
    }

    /// The variance that the modes of a dominant harmonic have besides.
    pub(crate) fn dominant_variance(&self) -> f64 {
        self.unit * self.unit
    }

    /// Wave numbers of the harmonics that may dominate.
    pub(crate) fn may_dominate(&self) -> std::ops::RangeInclusive<usize> {
        1..=if self.has_free_amplitude() { self.modes.resolution().min(MAY_DOMINATE) } else { 0 }
    }

    /// ln of the odds beforehand of one certain harmonic that dominates, to none.
    pub(crate) fn log_odds_of_dominant(&self) -> f64 {
        (DOMINATED / (1.0 - DOMINATED)).ln() - (*self.may_dominate().end() as f64).ln()
    }

    /// The variance, at any point, of the waves that are left out: k from above the resolution to
    /// 512.
    pub fn variance_beyond(&self) -> f64 {
        let resolution = self.modes.resolution();
        if !self.has_shape() || resolution == 0 {
            return 0.0;
        }
        let highest = |m: &&Mode| m.wave != Wave::Constant;
        let Some(last) = self.modes.list.iter().rev().find(highest) else { return 0.0 };
        let ln_rho =
            |frequency: f64| -self.order() * (frequency * self.length_scale()).powi(2).ln_1p();
        let turn = last.frequency / resolution as f64;
        let numbers = self.modes.wave_numbers();
        let waves = numbers.iter().filter(|k| **k == resolution).count() as f64;
        let beyond: f64 = (resolution + 1..=FINEST).map(|k| ln_rho(turn * k as f64).exp()).sum();
        // Modes have a mean square of 1.
        let of_last = self.log_variances().0.into_iter().nth(numbers.len() - 1).unwrap_or(-80.0);
        waves * beyond * (of_last - ln_rho(last.frequency)).exp()
    }

    /// √s_j.
    pub fn standard_deviations(&self) -> Vec<f64> {
        self.log_variances().0.iter().map(|v| (0.5 * v).exp()).collect()
    }

    /// A, in the unit of the function.
    pub fn amplitude(&self) -> f64 {
        self.log_amplitude.exp() * self.unit
    }

    /// ℓ, in the unit of x.
    pub fn length_scale(&self) -> f64 {
        self.log_length.exp() * self.modes.length
    }

    /// The same prior with modes up to another k.
    pub fn with_modes(&self, modes: Modes) -> Self {
        Self { modes, ..self.clone() }
    }
}
