//! Fits of one unknown that are equally good, compared in function space.
//!
//! d(f, g) = ‖f − g‖/‖f*‖ in the weighted L² of the function's points, f* the best fit. Fits nearer
//! than a threshold, directly or through others, are the same function (single linkage).

/// How far equally good fits of one unknown differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disagreement {
    /// Number of fits compared, the best among them.
    pub fits: usize,
    /// Functions that remain when near ones are counted once.
    pub distinct: usize,
    /// The largest d from the best fit.
    pub largest: f64,
    /// The largest ‖f − f*‖ relative to the root mean square of half the width of the 95 % band,
    /// where there is one: above 1 the fits differ by more than the band says.
    pub in_bands: Option<f64>,
}

/// Compares `fits`, values at the points, the best first; `half_widths` are those of the band.
pub fn disagreement(
    fits: &[Vec<f64>],
    weights: &[f64],
    half_widths: Option<&[f64]>,
    threshold: f64,
) -> Disagreement {
    let norm = |value: &dyn Fn(usize) -> f64| -> f64 {
        weights.iter().enumerate().map(|(i, w)| w * value(i).powi(2)).sum::<f64>().sqrt()
    };
    let distance = |a: &[f64], b: &[f64]| norm(&|i| a[i] - b[i]);
    let Some((best, rivals)) = fits.split_first() else {
        return Disagreement { fits: 0, distinct: 0, largest: 0.0, in_bands: None };
    };
    let size = norm(&|i| best[i]);
    let relative = |distance: f64| if distance > 0.0 { distance / size } else { 0.0 };
    let largest = rivals.iter().map(|rival| distance(rival, best)).fold(0.0, f64::max);
    let mut cluster: Vec<usize> = (0..fits.len()).collect();
    for i in 0..fits.len() {
        for j in 0..i {
            if relative(distance(&fits[i], &fits[j])) <= threshold {
                let (from, to) = (cluster[i], cluster[j]);
                cluster.iter_mut().filter(|c| **c == from).for_each(|c| *c = to);
            }
        }
    }
    cluster.sort_unstable();
    cluster.dedup();
    let band = half_widths.map(|half| norm(&|i| half[i])).filter(|band| *band > 0.0);
    Disagreement {
        fits: fits.len(),
        distinct: cluster.len(),
        largest: relative(largest),
        in_bands: band.map(|band| largest / band),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_fits_are_one_function() {
        let fits = [vec![1.0, 0.0], vec![1.01, 0.0], vec![1.02, 0.0], vec![0.0, 1.0]];
        let found = disagreement(&fits, &[1.0, 1.0], Some(&[0.1, 0.0]), 0.015);
        assert_eq!((found.fits, found.distinct), (4, 2));
        assert!((found.largest - f64::sqrt(2.0)).abs() < 1e-12);
        assert!((found.in_bands.unwrap() - 10.0 * f64::sqrt(2.0)).abs() < 1e-9);
    }

    #[test]
    fn one_fit_agrees_with_itself() {
        let found = disagreement(&[vec![0.0, 0.0]], &[1.0, 1.0], None, 0.02);
        assert_eq!((found.distinct, found.largest), (1, 0.0));
        assert_eq!(disagreement(&[], &[], None, 0.02).distinct, 0);
    }
}
