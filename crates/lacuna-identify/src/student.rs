//! Quantiles of Student's t distribution.
//!
//! Source: Hill, Algorithm 396, Communications of the ACM 13 (1970) 619.

use std::f64::consts::PI;

use crate::band::NORMAL;

/// The t that |t| exceeds with probability 5 % for `freedom` degrees of freedom; the normal quantile for
/// infinitely many.
pub fn student_95(freedom: f64) -> f64 {
    const P: f64 = 0.05;
    let n = freedom;
    if !n.is_finite() || n > 1e9 {
        return NORMAL[0];
    }
    if n <= 1.0 {
        return (0.5 * PI * P).tan().recip();
    }
    if n == 2.0 {
        return (2.0 / (P * (2.0 - P)) - 2.0).sqrt();
    }
    let a = (n - 0.5).recip();
    let b = 48.0 / (a * a);
    let mut c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (0.5 * a * PI).sqrt() * n;
    let mut y = (d * P).powf(2.0 / n);
    if y > 0.05 + a {
        let x = -NORMAL[0];
        let square = x * x;
        if n < 5.0 {
            c += 0.3 * (n - 4.5) * (x + 0.6);
        }
        c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
        let series = (((0.4 * square + 6.3) * square + 36.0) * square + 94.5) / c - square - 3.0;
        y = (a * ((series / b + 1.0) * x).powi(2)).exp_m1();
    } else {
        let first = ((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0;
        y = ((first.recip() + 0.5 / (n + 4.0)) * y - 1.0) * (n + 1.0) / (n + 2.0) + y.recip();
    }
    (n * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        let table = [
            (1.0, 12.706),
            (2.0, 4.303),
            (3.0, 3.182),
            (4.0, 2.776),
            (5.0, 2.571),
            (8.0, 2.306),
            (15.0, 2.131),
            (30.0, 2.042),
            (120.0, 1.980),
            (f64::INFINITY, 1.960),
        ];
        for (freedom, expected) in table {
            assert!((student_95(freedom) - expected).abs() < 1e-3, "{freedom}");
        }
    }
}
