//! What bands are worth.

use lacuna::RecoveredFunction;

/// Share of the points in `at` where the truth lies in the 95 % band.
pub fn covered(f: &RecoveredFunction, at: impl Fn(f64) -> bool) -> f64 {
    let (truth, band) = (f.truth.as_ref().unwrap(), f.band.as_ref().unwrap());
    let points: Vec<usize> = (0..f.x.len()).filter(|&i| at(f.x[i])).collect();
    let inside = |i: &&usize| (band.lower[**i]..=band.upper[**i]).contains(&truth[**i]);
    points.iter().filter(inside).count() as f64 / points.len() as f64
}
