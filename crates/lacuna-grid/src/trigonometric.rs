//! Trigonometric interpolation of equally spaced periodic samples.
//!
//! The trigonometric polynomial through n samples f_j at x_j = x_0 + jL/n is evaluated by the
//! barycentric formula with weights (−1)^j and kernel 1/sin (n odd) or 1/tan (n even) of
//! π(x − x_j)/L: O(n) a point, and stable. Source: Berrut (1984); Henrici (1979).

use std::f64::consts::PI;

/// Values at `points` of the trigonometric interpolant of `samples` at x_0 + jL/n.
pub fn trigonometric_interpolation(
    first: f64,
    length: f64,
    samples: &[f64],
    points: &[f64],
) -> Vec<f64> {
    let n = samples.len();
    points
        .iter()
        .map(|x| {
            let position = (x - first) / length * n as f64;
            let nearest = position.round();
            if (position - nearest).abs() < 1e-11 * n as f64 {
                return samples[(nearest as i64).rem_euclid(n as i64) as usize];
            }
            let (mut numerator, mut denominator) = (0.0, 0.0);
            for (j, sample) in samples.iter().enumerate() {
                let angle = PI * (position - j as f64) / n as f64;
                let kernel =
                    if n.is_multiple_of(2) { 1.0 / angle.tan() } else { 1.0 / angle.sin() };
                let weight = if j % 2 == 0 { kernel } else { -kernel };
                numerator += weight * sample;
                denominator += weight;
            }
            numerator / denominator
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reproduces_resolved_functions_anywhere() {
        let f = |x: f64| 0.3 + (2.0 * PI * x / 3.0).sin() - 0.2 * (4.0 * 2.0 * PI * x / 3.0).cos();
        for n in [9, 10, 64, 65] {
            let samples: Vec<f64> = (0..n).map(|j| f(-1.0 + 3.0 * j as f64 / n as f64)).collect();
            let points: Vec<f64> = (0..40).map(|i| -1.0 + 0.0777 * i as f64).collect();
            let values = trigonometric_interpolation(-1.0, 3.0, &samples, &points);
            for (x, v) in points.iter().zip(&values) {
                assert!((v - f(*x)).abs() < 1e-12, "n {n} x {x}");
            }
            let nodes: Vec<f64> = (0..n).map(|j| -1.0 + 3.0 * j as f64 / n as f64).collect();
            let same = trigonometric_interpolation(-1.0, 3.0, &samples, &nodes);
            assert_eq!(same, samples);
        }
    }
}
