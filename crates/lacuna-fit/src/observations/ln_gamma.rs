//! ln Γ(x) for x > 0: Stirling's series at y = x + k ≥ 10, and Γ(x) = Γ(y)/(x (x + 1) … (y − 1)).
//!
//! ln Γ(y) ≈ (y − ½) ln y − y + ½ ln 2π + 1/(12 y) − 1/(360 y³) + 1/(1260 y⁵) − 1/(1680 y⁷) + 1/(1188 y⁹)
//! (Abramowitz and Stegun, 6.1.41).

use std::f64::consts::TAU;

pub(crate) fn ln_gamma(x: f64) -> f64 {
    let (mut y, mut product) = (x, 1.0);
    while y < 10.0 {
        product *= y;
        y += 1.0;
    }
    let z = 1.0 / (y * y);
    let tail = z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z / 1188.0));
    let series = (1.0 / 12.0 - z * (1.0 / 360.0 - tail)) / y;
    (y - 0.5) * y.ln() - y + 0.5 * TAU.ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_factorials_and_of_the_root_of_pi() {
        let mut factorial: f64 = 0.0;
        for n in 1..200 {
            factorial += f64::from(n).ln();
            let found = ln_gamma(f64::from(n) + 1.0);
            assert!((found - factorial).abs() < 2e-13 * factorial.max(1.0), "{n}: {found}");
        }
        assert!((ln_gamma(0.5) - 0.5 * std::f64::consts::PI.ln()).abs() < 1e-13);
    }
}
