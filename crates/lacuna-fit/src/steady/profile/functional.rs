//! Linear functionals ψ = ψ₀ + aᵀc of an unknown g = g₀ + Σ c_j Φ_j.
//!
//! | functional | a_j | ψ₀ |
//! |---|---|---|
//! | value at x | Φ_j(x) | g₀ |
//! | mean over [x₀, x₁] | (x₁ − x₀)⁻¹ ∫ Φ_j dx | g₀ |
//! | coefficient of cos ω_k x or sin ω_k x | √2 for that mode, else 0 | 0 |
//! | the value of a scalar | 1 | g₀ |
//! | parameter j of a closed form | its unit for that one, else 0 | θ⁰_j |
//!
//! g is the function F itself, or ln F of a positive one: its functionals are then reported as e^ψ,
//! which is the value at a point, the geometric mean over an interval, and the factor by which a
//! mode multiplies F.

use crate::FitError;
use crate::steady::modes::Wave;
use crate::steady::problem::ModalUnknown;

/// What a profile is taken of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Functional {
    /// The value of a scalar.
    Scalar,
    /// The value at a point.
    Value {
        /// The point, in the unit of x.
        at: f64,
    },
    /// The mean over an interval: its integral is that times the length.
    Mean {
        /// Where the interval begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
    /// A parameter of a closed form, as it stands.
    Parameter {
        /// Its index, from 0.
        index: usize,
    },
    /// The coefficient of cos ω_k x or sin ω_k x.
    Mode {
        /// k, from 1.
        k: usize,
        /// Which of them.
        wave: Wave,
    },
}

/// ψ₀ and a.
#[derive(Clone, Debug)]
pub(crate) struct LinearForm {
    pub offset: f64,
    /// One entry a mode of the unknown.
    pub row: Vec<f64>,
}

impl Functional {
    /// ψ₀ and a for one unknown.
    pub(crate) fn of(&self, unknown: &ModalUnknown) -> Result<LinearForm, FitError> {
        let modes = &unknown.prior.modes;
        let refuse = |requirement: &'static str| FitError::Functional { requirement };
        let is_scalar = modes.length == 0.0;
        if let Some(form) = modes.closed_form() {
            let Self::Parameter { index } = *self else {
                return Err(refuse("one of its parameters, as the unknown is a closed form"));
            };
            let (Some(&offset), Some(&unit)) = (form.origin().get(index), form.unit().get(index))
            else {
                return Err(refuse("the index of a parameter"));
            };
            let mut row = vec![0.0; form.len()];
            row[index] = unit;
            return Ok(LinearForm { offset, row });
        }
        let row = match *self {
            Self::Parameter { .. } => {
                return Err(refuse("no parameter, as the unknown is not a closed form"));
            }
            Self::Scalar if is_scalar => vec![1.0],
            Self::Scalar => {
                return Err(refuse("a point, an interval or a mode, as the unknown is a function"));
            }
            _ if is_scalar => {
                return Err(refuse("nothing but the unknown, as it is a single number"));
            }
            Self::Value { at } if modes.contains(at) => row_of(&modes.at(&[at])),
            Self::Mean { from, to } if modes.contains(from) && modes.contains(to) && from < to => {
                modes.means(from, to)
            }
            Self::Mode { k, wave } => {
                let place = modes.place(k, wave).ok_or_else(|| {
                    refuse("a mode that the function has: of its symmetry, k from 1 to 32")
                })?;
                let mut row = vec![0.0; modes.len()];
                row[place] = if wave == Wave::Constant { 1.0 } else { std::f64::consts::SQRT_2 };
                row
            }
            Self::Value { .. } => return Err(refuse("a point of the function's domain")),
            Self::Mean { .. } => {
                return Err(refuse("an interval of the function's domain, `from` below `to`"));
            }
        };
        if row.iter().all(|&a| a == 0.0) {
            return Err(refuse("a functional that changes with the function"));
        }
        let has_offset = !matches!(self, Self::Mode { wave: Wave::Cosine | Wave::Sine, .. });
        Ok(LinearForm { offset: if has_offset { unknown.center } else { 0.0 }, row })
    }
}

fn row_of(matrix: &faer::Mat<f64>) -> Vec<f64> {
    (0..matrix.ncols()).map(|j| matrix[(0, j)]).collect()
}
