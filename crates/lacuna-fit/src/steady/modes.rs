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
//! standard deviation.
//!
//! Of a closed form (`closed_form.rs`) the modes are its tangents, one a parameter.

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
    /// Points × modes.
    values: Mat<f64>,
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
    /// The largest k that is used to find a function.
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
        let (values, form) = (Mat::new(), None);
        let mut modes = Self { lower, length, periodic, list, values, weights, form };
        let x: Vec<f64> = if length > 0.0 {
            slot.points.iter().map(|x| x[0]).collect()
        } else {
            vec![0.0; slot.points.len()]
        };
        modes.values = modes.at(&x);
        modes
    }

    /// The tangents of a closed form.
    pub fn of_closed_form(slot: &Slot, form: ClosedForm) -> Self {
        let none = Self::new(slot, 0);
        Self { list: Vec::new(), values: form.own_tangents(), form: Some(Arc::new(form)), ..none }
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
        self.values.as_ref()
    }

    /// Whether x lies in the domain, ends included; on a circle every finite x does.
    pub fn contains(&self, x: f64) -> bool {
        let inside = self.periodic || (self.lower..=self.lower + self.length).contains(&x);
        x.is_finite() && inside
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
            return form.nearest(self.values.as_ref(), g);
        }
        let weighted = Mat::from_fn(g.nrows(), g.ncols(), |i, j| self.weights[i] * g[(i, j)]);
        self.values.transpose() * weighted
    }

    /// Root mean square of values at the points, without their mean.
    pub fn root_mean_square(&self, values: &[f64]) -> f64 {
        let mean: f64 = values.iter().zip(&self.weights).map(|(v, w)| w * v).sum();
        let square = |(v, w): (&f64, &f64)| w * (v - mean).powi(2);
        values.iter().zip(&self.weights).map(square).sum::<f64>().sqrt()
    }

    /// ln s_j of the prior variances s_j, and ∂ ln s_j/∂ ln ℓ, for amplitude 1.
    fn shape(&self, order: f64, length_scale: f64) -> Vec<LogVariance> {
        let rho = |m: &Mode| {
            let q = (m.frequency * length_scale).powi(2);
            LogVariance { value: -order * q.ln_1p(), slope: -2.0 * order * q / (1.0 + q) }
        };
        let raw: Vec<LogVariance> = self.list.iter().map(rho).collect();
        let waves = || self.list.iter().zip(&raw).filter(|(m, _)| m.wave != Wave::Constant);
        let total: f64 = waves().map(|(_, r)| r.value.exp()).sum();
        let slope: f64 = waves().map(|(_, r)| r.value.exp() * r.slope).sum::<f64>() / total;
        raw.iter()
            .map(|r| LogVariance { value: r.value - total.ln(), slope: r.slope - slope })
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

/// ln s and ∂ ln s/∂ ln ℓ.
#[derive(Clone, Copy, Debug)]
struct LogVariance {
    value: f64,
    slope: f64,
}

/// What is fixed of a prior; what is not given follows from the data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PriorOptions {
    /// Sobolev order p.
    pub order: Option<usize>,
    /// ℓ, in the unit of x.
    pub length_scale: Option<f64>,
    /// A, in the unit of the function (of its logarithm, where it is positive).
    pub amplitude: Option<f64>,
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
    /// p.
    pub order: usize,
    /// ln(A/unit).
    pub log_amplitude: f64,
    /// ln(ℓ/L).
    pub log_length: f64,
}

/// What is thought of a hyperparameter η = ln(A/unit) or ln(ℓ/L) beforehand: η ~ N(mean, sd²).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expectation {
    pub mean: f64,
    pub sd: f64,
}

/// ln(A/unit).
const AMPLITUDE: Expectation = Expectation { mean: 0.0, sd: 1.0 };
/// ln(ℓ/L): about a tenth of the domain.
const LENGTH: Expectation = Expectation { mean: -std::f64::consts::LN_10, sd: 0.5 };

impl FunctionPrior {
    /// A prior with its hyperparameters at their expectations.
    pub fn new(modes: Modes, link: Link, unit: f64, options: PriorOptions, order: usize) -> Self {
        let length = modes.length;
        let log_length = options.length_scale.map_or(LENGTH.mean, |l| (l / length).ln());
        let log_amplitude = options.amplitude.map_or(AMPLITUDE.mean, |a| (a / unit).ln());
        let order = options.order.unwrap_or(order);
        Self { modes, link, unit, options, order, log_amplitude, log_length }
    }

    /// Whether it has hyperparameters: scalars and closed forms have none.
    fn has_shape(&self) -> bool {
        self.modes.length > 0.0 && self.modes.form.is_none()
    }

    /// Whether A follows from the data.
    pub(crate) fn has_free_amplitude(&self) -> bool {
        self.has_shape() && self.options.amplitude.is_none()
    }

    /// The hyperparameters that follow from the data, as places to read and write.
    pub(crate) fn free(&mut self) -> Vec<(&mut f64, Expectation)> {
        let shape = self.has_shape();
        let mut free = Vec::new();
        if self.has_free_amplitude() {
            free.push((&mut self.log_amplitude, AMPLITUDE));
        }
        if shape && self.options.length_scale.is_none() {
            free.push((&mut self.log_length, LENGTH));
        }
        free
    }

    /// ln s_j, and its derivatives with respect to the free hyperparameters (d × free).
    pub(crate) fn log_variances(&self) -> (Vec<f64>, Mat<f64>) {
        if let Some(form) = &self.modes.form {
            return (vec![2.0 * PRIOR_SD.ln(); form.len()], Mat::zeros(form.len(), 0));
        }
        let length_scale = self.log_length.exp() * self.modes.length;
        let shape = self.modes.shape(self.order as f64, length_scale);
        let scale = 2.0 * (self.log_amplitude + self.unit.ln());
        let constant = match self.link {
            Link::Identity => 2.0 * (SD_OF_CONSTANT * self.unit).ln(),
            Link::Exponential => 2.0 * SD_OF_LOG_CONSTANT.ln(),
        };
        let amplitude = self.has_free_amplitude();
        let length = self.has_shape() && self.options.length_scale.is_none();
        let columns = usize::from(amplitude) + usize::from(length);
        let mut slopes = Mat::zeros(shape.len(), columns);
        let values = (0..shape.len())
            .map(|j| {
                if self.modes.list[j].wave == Wave::Constant {
                    return constant;
                }
                if amplitude {
                    slopes[(j, 0)] = 2.0;
                }
                if length {
                    slopes[(j, columns - 1)] = shape[j].slope;
                }
                (shape[j].value + scale).clamp(-80.0, 50.0)
            })
            .collect();
        (values, slopes)
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
