//! The chain rule: lifting a real function with known derivative to any scalar.
//!
//! g(x + ε ẋ) = g(x) + ε g'(x) ẋ. A zero tangent stays zero where the slope is infinite, so that
//! constants such as √0 do not poison a derivative.

use lacuna_core::Scalar;

/// g(x), from g and g' at the real part of x.
#[inline]
pub(crate) fn chain<D: Scalar>(x: D, value: f64, slope: f64) -> D {
    D::assemble(value, |i| along(slope, x.tangent(i)))
}

/// g(a, b), from g and its two partial derivatives at the real parts.
#[inline]
pub(crate) fn chain2<D: Scalar>(a: D, b: D, value: f64, slope_a: f64, slope_b: f64) -> D {
    D::assemble(value, |i| along(slope_a, a.tangent(i)) + along(slope_b, b.tangent(i)))
}

fn along(slope: f64, tangent: f64) -> f64 {
    if tangent == 0.0 { 0.0 } else { slope * tangent }
}

/// Softplus, ln(1 + eˣ), without overflow.
pub(crate) fn softplus(x: f64) -> f64 {
    // Not `x.max(0.0)`, which would turn NaN into a number.
    let ramp = if x < 0.0 { 0.0 } else { x };
    ramp + (-x.abs()).exp().ln_1p()
}

/// The derivative of softplus, 1 / (1 + e⁻ˣ).
pub(crate) fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// The x with softplus(x) = y > 0.
pub(crate) fn softplus_inverse(y: f64) -> f64 {
    if y > 1.0 { y + (-(-y).exp()).ln_1p() } else { y.exp_m1().ln() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_core::Dual;

    #[test]
    fn softplus_is_stable_and_invertible() {
        assert_eq!(softplus(1e6), 1e6);
        assert!(softplus(-700.0) > 0.0);
        assert!(softplus(f64::NAN).is_nan());
        for y in [1e-300, 1e-8, 0.1, 1.0, 1.0 + 1e-12, 30.0, 1e5] {
            assert!((softplus(softplus_inverse(y)) / y - 1.0).abs() < 1e-12, "{y}");
        }
        for x in [-40.0, -1.0, 0.0, 2.0, 50.0] {
            let h = 1e-5;
            let slope = (softplus(x + h) - softplus(x - h)) / (2.0 * h);
            assert!((logistic(x) - slope).abs() < 1e-8, "{x}");
        }
    }

    #[test]
    fn an_infinite_slope_leaves_constants_alone() {
        assert_eq!(chain(Dual::constant(0.0), 0.0, f64::INFINITY).eps, 0.0);
    }
}
