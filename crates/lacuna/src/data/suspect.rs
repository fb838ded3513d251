//! Numbers in a column that cannot be meant: codes for missing values, impossible densities.
//!
//! Only what no measurement gives is refused, since there is no way round a refusal: a number that is
//! used as a code *and* lies far from all others, or a density below zero by many standard deviations.

use super::Extent;

/// Numbers that stand for missing values.
const CODES: &[f64] = &[
    99.0,
    999.0,
    9999.0,
    99999.0,
    999999.0,
    9999999.0,
    99.9,
    999.9,
    9999.9,
    99.99,
    999.99,
    9999.99,
    32767.0,
    32768.0,
    2147483647.0,
    2147483648.0,
    1e20,
    1e30,
    1e34,
    1e35,
    1e36,
    1e37,
];
/// The fill value of netCDF, to the digits that files give it with.
const FILL: f64 = 9.96921e36;
/// A code is taken as one when it is further from all others than this many times their range.
const FAR: f64 = 10.0;
/// Standard deviations below zero that noise does not reach.
const BELOW: f64 = 8.0;
/// The same in units of the root mean square of the other values, where no noise level is given.
const FAR_BELOW: f64 = 5.0;

fn is_code(value: f64) -> bool {
    CODES.contains(&value.abs()) || (value.abs() / FILL - 1.0).abs() < 1e-4
}

/// The least and the largest of the values that are no codes.
fn range_of_others(values: &[f64]) -> Option<(f64, f64)> {
    let others = || values.iter().copied().filter(|v| !is_code(*v));
    Some((others().reduce(f64::min)?, others().reduce(f64::max)?))
}

/// Values that are codes and lie far from the others.
pub(super) fn codes_among_values(values: &[f64]) -> Vec<bool> {
    let Some((least, largest)) = range_of_others(values) else { return vec![false; values.len()] };
    // Of a uniform state the range is zero: its size counts then.
    let reach = FAR * (largest - least).max(0.1 * least.abs().max(largest.abs()));
    let far = |v: f64| v < least - reach || v > largest + reach;
    values.iter().map(|&v| is_code(v) && far(v)).collect()
}

/// Counts that are codes of at least four digits and lie far from the others.
pub(super) fn codes_among_counts(counts: &[f64]) -> Vec<bool> {
    let far = codes_among_values(counts);
    counts.iter().zip(far).map(|(&c, far)| far && c.abs() > 5000.0).collect()
}

/// Places that are codes and lie outside of a domain that holds all others.
pub(super) fn codes_among_places(places: &[f64], extent: &Extent) -> Vec<bool> {
    let outside = |x: f64| !extent.contains(x);
    if places.iter().any(|&x| outside(x) && !is_code(x)) {
        return vec![false; places.len()];
    }
    places.iter().map(|&x| is_code(x) && outside(x)).collect()
}

/// Densities that noise cannot have made negative.
pub(super) fn impossible_densities(u: &[f64], sd: &[Option<f64>]) -> Vec<bool> {
    let least = u.iter().copied().fold(f64::INFINITY, f64::min);
    // What the smallest value is compared with: the root mean square of all that differ from it.
    let others: Vec<f64> = u.iter().copied().filter(|&v| v != least).collect();
    let rms = (others.iter().map(|v| v * v).sum::<f64>() / others.len().max(1) as f64).sqrt();
    let limit = |sd: &Option<f64>| match sd {
        // An outlier of heavy-tailed noise is no impossible one.
        Some(sd) => (BELOW * sd).max(rms),
        None => FAR_BELOW * rms,
    };
    u.iter().zip(sd).map(|(&u, sd)| u < 0.0 && !others.is_empty() && -u > limit(sd)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flagged(found: &[bool]) -> Vec<usize> {
        (0..found.len()).filter(|&i| found[i]).collect()
    }

    #[test]
    fn codes_far_from_the_others_are_found() {
        for code in [-9999.0, 999.0, -99.0, 1e20, -32768.0, 9.96921e36, -999.9] {
            let mut values: Vec<f64> = (0..30).map(|i| 1.0 + 0.1 * f64::from(i).sin()).collect();
            values[7] = code;
            values[20] = code;
            assert_eq!(flagged(&codes_among_values(&values)), [7, 20], "{code}");
        }
    }

    #[test]
    fn numbers_within_reach_of_the_others_are_values() {
        let temperatures: Vec<f64> = (0..30).map(|i| 90.0 + f64::from(i)).collect();
        assert!(temperatures.contains(&99.0));
        assert!(flagged(&codes_among_values(&temperatures)).is_empty());
        assert!(flagged(&codes_among_values(&[999.0; 20])).is_empty());
        // 100 only looks like one.
        assert!(flagged(&codes_among_values(&[1.0, 1.1, 0.9, 100.0])).is_empty());
        assert!(flagged(&codes_among_counts(&[3.0, 5.0, 999.0, 4.0])).is_empty());
        assert_eq!(flagged(&codes_among_counts(&[3.0, 5.0, 9999.0, 4.0])), [2]);
    }

    #[test]
    fn directions_may_be_counted_from_minus_half_a_turn() {
        let circle = Extent { origin: 0.0, length: 360.0, periodic: true };
        assert!(flagged(&codes_among_places(&[-99.0, -10.0, 20.0, 170.0], &circle)).is_empty());
        assert_eq!(flagged(&codes_among_places(&[-99.0, 10.0, 20.0, 170.0], &circle)), [0]);
    }

    #[test]
    fn noise_makes_no_density_impossible() {
        let noisy = |i: i32| 1.0 + 0.9 * (f64::from(i) * 1.7).sin() * 3.0;
        let u: Vec<f64> = (0..60).map(noisy).collect();
        assert!(u.iter().any(|&u| u < -1.0));
        assert!(flagged(&impossible_densities(&u, &[None; 60])).is_empty());
        assert!(flagged(&impossible_densities(&u, &[Some(0.9); 60])).is_empty());
        let mut wrong = u.clone();
        wrong[3] = -40.0;
        assert_eq!(flagged(&impossible_densities(&wrong, &[None; 60])), [3]);
        wrong[3] = -4.0;
        assert!(impossible_densities(&wrong, &[Some(0.1); 60])[3]);
        assert!(!impossible_densities(&wrong, &[Some(0.9); 60])[3]);
    }
}
