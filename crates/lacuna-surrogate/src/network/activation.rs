//! Activations g and their derivatives.

use lacuna_core::Scalar;
use lacuna_core::elementary::{tanh, tanh_and_slope_each, tanh_each};

use crate::calculus::{chain, logistic, softplus};

/// The nonlinearity of a network's hidden units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Activation {
    /// tanh z.
    #[default]
    Tanh,
    /// ln(1 + eᶻ).
    Softplus,
    /// sin z.
    Sin,
}

impl Activation {
    /// Its name in a problem file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tanh => "tanh",
            Self::Softplus => "softplus",
            Self::Sin => "sin",
        }
    }

    /// g(z) for any scalar.
    pub(super) fn apply<D: Scalar>(self, z: D) -> D {
        let x = z.value();
        let (value, slope) = match self {
            Self::Tanh => (tanh(x), 1.0 - tanh(x) * tanh(x)),
            Self::Softplus => (softplus(x), logistic(x)),
            Self::Sin => x.sin_cos(),
        };
        chain(z, value, slope)
    }

    /// Replaces each z by g(z).
    pub(super) fn values(self, z: &mut [f64]) {
        match self {
            Self::Tanh => tanh_each(z),
            Self::Softplus => z.iter_mut().for_each(|z| *z = softplus(*z)),
            Self::Sin => z.iter_mut().for_each(|z| *z = z.sin()),
        }
    }

    /// Replaces each z by g(z) and writes g'(z).
    pub(super) fn values_and_slopes(self, z: &mut [f64], slopes: &mut [f64]) {
        match self {
            Self::Tanh => tanh_and_slope_each(z, slopes),
            Self::Softplus => {
                for (z, slope) in z.iter_mut().zip(slopes) {
                    *slope = logistic(*z);
                    *z = softplus(*z);
                }
            }
            Self::Sin => {
                z.iter_mut().zip(slopes).for_each(|(z, slope)| (*z, *slope) = z.sin_cos());
            }
        }
    }
}
