//! How good a recovered function is: its error, and whether its bands cover.
//!
//! With the deviation d = F − F_true (means removed) at N points of the domain, the error is
//! ‖d‖/‖F_true‖, and a band of z standard deviations covers the share of points with |d| < z sd;
//! z = 1.96 and 0.6745 for 95 % and 50 %. The bound is √(mean sd²)/rms F_true with the posterior sd
//! at the truth: the root mean square error expected of the best estimate.

use serde::Serialize;

use crate::statistics::{highest, median};

const Z_95: f64 = 1.959_964;
const Z_50: f64 = 0.674_490;

/// A true function at points spread evenly over its domain, its mean removed.
pub struct Truth {
    /// Name of the function.
    pub name: &'static str,
    /// The points.
    pub x: Vec<f64>,
    /// Its values.
    pub values: Vec<f64>,
}

impl Truth {
    /// Removes the mean of `values`.
    pub fn new(name: &'static str, x: Vec<f64>, mut values: Vec<f64>) -> Self {
        remove_mean(&mut values);
        Self { name, x, values }
    }

    /// The deviation of a function with these values at the points.
    pub fn deviation(&self, mut values: Vec<f64>) -> Vec<f64> {
        remove_mean(&mut values);
        values.iter().zip(&self.values).map(|(v, t)| v - t).collect()
    }

    /// The root mean square of `values`, relative to that of the truth.
    pub fn relative(&self, values: &[f64]) -> f64 {
        rms(values) / rms(&self.values)
    }
}

/// Removes the mean.
pub fn remove_mean(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|v| *v -= mean);
}

fn rms(values: &[f64]) -> f64 {
    (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt()
}

/// One recovered function.
pub struct Recovered {
    /// Its deviation from the truth.
    pub deviation: Vec<f64>,
    /// Its posterior standard deviation; empty if there is none.
    pub sd: Vec<f64>,
    /// The posterior standard deviation at the truth, if it was computed.
    pub sd_at_truth: Option<Vec<f64>>,
}

/// One function over all data sets.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Its name.
    pub function: &'static str,
    /// Median of the relative L² errors.
    pub median_error: f64,
    /// The largest of them.
    pub highest_error: f64,
    /// Share of the domain that 95 % bands cover, mean over the sets.
    pub covered_95: Option<f64>,
    /// The same of 50 % bands.
    pub covered_50: Option<f64>,
    /// Median of the root mean square of the bands' standard deviation, relative to the truth.
    pub median_sd: Option<f64>,
    /// Norm of the mean deviation over the sets, relative to the truth.
    pub bias: f64,
    /// What that norm is expected to be where there is no bias.
    pub bias_by_chance: f64,
    /// Median of the bounds.
    pub bound: Option<f64>,
    /// Median error over median bound.
    pub over_bound: Option<f64>,
    /// Root mean square error over root mean square bound.
    pub rms_over_bound: Option<f64>,
}

/// Of all sets that could be fitted.
pub fn summarise(truth: &Truth, sets: &[&Recovered]) -> Summary {
    let errors: Vec<f64> = sets.iter().map(|r| truth.relative(&r.deviation)).collect();
    let has_bands = !sets.is_empty() && sets.iter().all(|r| !r.sd.is_empty());
    let mean = |of: &dyn Fn(&Recovered) -> f64| {
        has_bands.then(|| sets.iter().map(|r| of(r)).sum::<f64>() / sets.len() as f64)
    };
    let sds: Vec<f64> = sets.iter().map(|r| truth.relative(&r.sd)).collect();
    let bounds: Vec<f64> =
        sets.iter().filter_map(|r| r.sd_at_truth.as_ref()).map(|sd| truth.relative(sd)).collect();
    let bound = (!bounds.is_empty()).then(|| median(&bounds));
    let n = sets.len() as f64;
    let mean_deviation: Vec<f64> =
        (0..truth.x.len()).map(|i| sets.iter().map(|r| r.deviation[i]).sum::<f64>() / n).collect();
    let scatter: Vec<f64> = (0..truth.x.len())
        .map(|i| {
            let square = |r: &&Recovered| (r.deviation[i] - mean_deviation[i]).powi(2);
            (sets.iter().map(square).sum::<f64>() / (n - 1.0) / n).sqrt()
        })
        .collect();
    let median_error = median(&errors);
    Summary {
        function: truth.name,
        median_error,
        highest_error: highest(&errors),
        covered_95: mean(&|r| covered(r, Z_95)),
        covered_50: mean(&|r| covered(r, Z_50)),
        median_sd: has_bands.then(|| median(&sds)),
        bias: truth.relative(&mean_deviation),
        bias_by_chance: truth.relative(&scatter),
        bound,
        over_bound: bound.map(|bound| median_error / bound),
        rms_over_bound: bound.map(|_| rms(&errors) / rms(&bounds)),
    }
}

fn covered(recovered: &Recovered, z: f64) -> f64 {
    let pairs = recovered.deviation.iter().zip(&recovered.sd);
    pairs.filter(|(d, sd)| d.abs() < z * **sd).count() as f64 / recovered.sd.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_bands_and_bias_of_known_deviations() {
        let truth = Truth::new("V", vec![0.0, 1.0, 2.0, 3.0], vec![3.0, 1.0, 3.0, 1.0]);
        assert_eq!(truth.values, [1.0, -1.0, 1.0, -1.0]);
        let set = |d: f64| Recovered {
            deviation: truth.deviation(vec![5.0 + d, 3.0, 5.0 - d, 3.0]),
            sd: vec![0.2, 0.2, 0.04, 0.2],
            sd_at_truth: Some(vec![0.1; 4]),
        };
        let (up, down) = (set(0.1), set(-0.1));
        let summary = summarise(&truth, &[&up, &down]);
        assert!((summary.median_error - 0.1 / 2f64.sqrt()).abs() < 1e-12);
        assert!(summary.bias < 1e-12 && summary.bias_by_chance > 0.05);
        assert_eq!((summary.covered_95, summary.covered_50), (Some(0.75), Some(0.75)));
        assert!((summary.over_bound.unwrap() - 1.0 / 2f64.sqrt()).abs() < 1e-12);
    }
}
