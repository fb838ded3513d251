//! exp and tanh over slices, at the speed of the machine's vector unit.
//!
//! Both are written without branches or calls, and the loops over them are compiled for the widest
//! vectors the machine has (found at run time by the `pulp` crate). The operations and their order
//! are the same on every machine, so the results are too.
//!
//! With x = k ln 2 + r, |r| ≤ ln(2)/2, eˣ = 2ᵏ (1 + (eʳ − 1)) with a Taylor polynomial for eʳ − 1
//! whose remainder is below round-off. With e = exp(2|z|) − 1 ≥ 0, tanh z = sign(z) e / (e + 2),
//! which has full relative accuracy.

use std::f64::consts::{LN_2, LOG2_E};

use pulp::Arch;

/// Runs `work` compiled for the widest vectors the machine has, as far as it is inlined.
#[inline(always)]
pub fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(work)
}

/// Replaces each x by eˣ, within 2 units in the last place; 0 below the range, ∞ above it.
pub fn exp_each(values: &mut [f64]) {
    vectorised(|| values.iter_mut().for_each(|x| *x = exp(*x)));
}

/// Replaces each z by tanh z, within 2 units in the last place.
pub fn tanh_each(values: &mut [f64]) {
    vectorised(|| values.iter_mut().for_each(|z| *z = tanh(*z)));
}

/// Replaces each z by tanh z and writes its derivative 1 − tanh² z; equal lengths.
pub fn tanh_and_slope_each(values: &mut [f64], slopes: &mut [f64]) {
    vectorised(|| {
        for (z, slope) in values.iter_mut().zip(slopes) {
            *z = tanh(*z);
            *slope = 1.0 - *z * *z;
        }
    });
}

/// tanh z, as [`tanh_each`].
#[inline(always)]
pub fn tanh(z: f64) -> f64 {
    let doubled = 2.0 * z.abs();
    // Not `min`, which would turn NaN into a number. tanh 20 is 1 to the last bit.
    let doubled = if doubled > 40.0 { 40.0 } else { doubled };
    let (k, tail) = reduce(doubled);
    let power = two_to_the(k);
    let e = power * tail + (power - 1.0);
    (e / (e + 2.0)).copysign(z)
}

/// eˣ, as [`exp_each`].
#[inline(always)]
fn exp(x: f64) -> f64 {
    // Beyond these eˣ is 0 or ∞ to the last bit; comparisons that keep NaN.
    let x = if x > 720.0 { 720.0 } else { x };
    let x = if x < -760.0 { -760.0 } else { x };
    let (k, tail) = reduce(x);
    // 2ᵏ in two factors: k may be beyond the range of exponents where eˣ is not.
    let half = (0.5 * k + ROUND) - ROUND;
    (1.0 + tail) * two_to_the(half) * two_to_the(k - half)
}

/// Adding 1.5 · 2⁵² leaves the rounded integer in the lowest bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// k and eʳ − 1 with x = k ln 2 + r.
#[inline(always)]
fn reduce(x: f64) -> (f64, f64) {
    /// ln 2 without its last 21 bits, so that k times it is exact, and the rest.
    const LN_2_HIGH: f64 = f64::from_bits(LN_2.to_bits() & !0x1f_ffff);
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let k = (x * LOG2_E + ROUND) - ROUND;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let mut tail = INVERSE_FACTORIALS[0];
    for coefficient in &INVERSE_FACTORIALS[1..] {
        tail = tail * r + coefficient;
    }
    (k, tail * r * r + r)
}

/// 2ᵏ for an integer −1022 ≤ k ≤ 1023.
#[inline(always)]
fn two_to_the(k: f64) -> f64 {
    f64::from_bits((k + ROUND).to_bits().wrapping_add(1023) << 52)
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

    #[test]
    fn exp_is_accurate_everywhere() {
        let grid = (-74_000..=70_970).map(|i| f64::from(i) * 1e-2 + 1e-3);
        let tiny = (0..300).flat_map(|i| [10f64.powi(-i), -10f64.powi(-i)]);
        for x in grid.chain(tiny) {
            let (ours, theirs) = (exp(x), x.exp());
            // Below 2⁻¹⁰²² the spacing of numbers is absolute.
            let bound = 5e-16 * theirs + f64::from_bits(1);
            assert!((ours - theirs).abs() <= bound, "{x}: {ours} {theirs}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp(-746.0), 0.0);
        assert_eq!(exp(f64::INFINITY), f64::INFINITY);
        assert_eq!(exp(710.0), f64::INFINITY);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn slices_give_what_single_values_give() {
        let start: Vec<f64> = (0..37).map(|i| 3.0 * f64::from(i * i).sin()).collect();
        let (mut exps, mut tanhs, mut pairs) = (start.clone(), start.clone(), start.clone());
        let mut slopes = vec![0.0; start.len()];
        exp_each(&mut exps);
        tanh_each(&mut tanhs);
        tanh_and_slope_each(&mut pairs, &mut slopes);
        for (i, &x) in start.iter().enumerate() {
            assert_eq!(exps[i], exp(x));
            assert_eq!(tanhs[i], tanh(x));
            assert_eq!((pairs[i], slopes[i]), (tanh(x), 1.0 - tanh(x) * tanh(x)));
        }
    }
}
