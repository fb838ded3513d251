//! Activations g and their derivatives.
//!
//! tanh is written so that compilers turn a loop over it into vector instructions: no branch, no
//! call. With e = exp(2|z|) − 1 ≥ 0, tanh z = sign(z) e / (e + 2), which has full relative
//! accuracy; e comes from 2|z| = k ln 2 + r, |r| ≤ ln(2)/2, as 2ᵏ (exp(r) − 1) + (2ᵏ − 1) with a
//! Taylor polynomial whose remainder is below round-off.

use lacuna_core::Scalar;

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
            Self::Tanh => z.iter_mut().for_each(|z| *z = tanh(*z)),
            Self::Softplus => z.iter_mut().for_each(|z| *z = softplus(*z)),
            Self::Sin => z.iter_mut().for_each(|z| *z = z.sin()),
        }
    }

    /// Replaces each z by g(z) and writes g'(z).
    pub(super) fn values_and_slopes(self, z: &mut [f64], slopes: &mut [f64]) {
        let pairs = z.iter_mut().zip(slopes);
        match self {
            Self::Tanh => pairs.for_each(|(z, slope)| {
                *z = tanh(*z);
                *slope = 1.0 - *z * *z;
            }),
            Self::Softplus => pairs.for_each(|(z, slope)| {
                *slope = logistic(*z);
                *z = softplus(*z);
            }),
            Self::Sin => pairs.for_each(|(z, slope)| (*z, *slope) = z.sin_cos()),
        }
    }
}

/// tanh z, within 2 units in the last place.
#[inline(always)]
fn tanh(z: f64) -> f64 {
    let doubled = 2.0 * z.abs();
    // Not `min`, which would turn NaN into a number. tanh 20 is 1 to the last bit.
    let e = exp_m1(if doubled > 40.0 { 40.0 } else { doubled });
    (e / (e + 2.0)).copysign(z)
}

/// eˣ − 1 for 0 ≤ x ≤ 40.
#[inline(always)]
fn exp_m1(x: f64) -> f64 {
    use std::f64::consts::{LN_2, LOG2_E};
    /// ln 2 without its last 21 bits, so that k times it is exact, and the rest.
    const LN_2_HIGH: f64 = f64::from_bits(LN_2.to_bits() & !0x1f_ffff);
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    /// Adding 1.5 · 2⁵² leaves the rounded integer in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;

    let shifted = x * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let mut tail = INVERSE_FACTORIALS[0];
    for coefficient in &INVERSE_FACTORIALS[1..] {
        tail = tail * r + coefficient;
    }
    power * (tail * r * r + r) + (power - 1.0)
}

/// 1/13!, 1/12!, …, 1/2!.
const INVERSE_FACTORIALS: [f64; 12] = {
    let mut inverse = [0.0; 12];
    let mut factorial = 1.0;
    let mut n = 2;
    while n <= 13 {
        factorial *= n as f64;
        inverse[13 - n] = 1.0 / factorial;
        n += 1;
    }
    inverse
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_is_accurate_everywhere() {
        let grid = (-60_000..=60_000).map(|i| i as f64 * 4e-4);
        let tiny = (0..300).map(|i| 10f64.powi(-i));
        for z in grid.chain(tiny) {
            let (ours, theirs) = (tanh(z), z.tanh());
            assert!((ours - theirs).abs() <= 1e-15 * theirs.abs(), "{z}: {ours} {theirs}");
            assert_eq!(tanh(-z), -ours);
        }
        assert_eq!(tanh(f64::INFINITY), 1.0);
        assert_eq!(tanh(1e300), 1.0);
        assert!(tanh(f64::NAN).is_nan());
    }
}
