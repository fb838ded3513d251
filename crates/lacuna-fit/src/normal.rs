//! The quantile function of the standard normal distribution.
//!
//! Rational approximations of relative accuracy 1e-16.
//! Source: Wichura, Algorithm AS 241 (PPND16), Appl. Statist. 37 (1988) 477.

/// x with Φ(x) = `p`, for 0 < p < 1; ±∞ at the ends.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 8] = [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ];
    const B: [f64; 8] = [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_545,
    ];
    const C: [f64; 8] = [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ];
    const D: [f64; 8] = [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ];
    const E: [f64; 8] = [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ];
    const F: [f64; 8] = [
        1.0,
        0.599_832_206_555_887_9,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ];
    let ratio = |upper: &[f64; 8], lower: &[f64; 8], x: f64| {
        let sum = |of: &[f64; 8]| of.iter().rev().fold(0.0, |sum, c| sum * x + c);
        sum(upper) / sum(lower)
    };
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(&A, &B, 0.180_625 - q * q);
    }
    let tail = (-p.min(1.0 - p).max(0.0).ln()).sqrt();
    if tail.is_infinite() {
        return f64::INFINITY.copysign(q);
    }
    let x = if tail <= 5.0 { ratio(&C, &D, tail - 1.6) } else { ratio(&E, &F, tail - 5.0) };
    x.copysign(q)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Φ(x) by Simpson's rule from 0.
    fn distribution(x: f64) -> f64 {
        const STEPS: i32 = 4000;
        let h = x / f64::from(STEPS);
        let density = |t: f64| (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt();
        let weight = |i: i32| match i {
            0 | STEPS => 1.0,
            i if i % 2 == 1 => 4.0,
            _ => 2.0,
        };
        0.5 + h / 3.0 * (0..=STEPS).map(|i| weight(i) * density(f64::from(i) * h)).sum::<f64>()
    }

    #[test]
    fn it_inverts_the_distribution() {
        for x in [-5.0, -3.0, -1.3, -0.2, 0.0, 0.7, 1.1, 2.5, 4.0] {
            let p = distribution(x);
            assert!((normal_quantile(p) - x).abs() < 1e-8, "{x}");
        }
    }

    #[test]
    fn far_tails_follow_mills_ratio() {
        for x in [6.0f64, 12.0, 30.0] {
            // Q(x) = φ(x)/(x + 1/(x + 2/(x + …))).
            let fraction = (1..200).rev().fold(x, |below, k| x + f64::from(k) / below);
            let p = (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt() / fraction;
            assert!((normal_quantile(p) + x).abs() < 1e-9 * x, "{x}");
        }
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }
}
