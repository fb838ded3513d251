//! What is found with the functions: parameters η of the priors, and noise levels that nobody gave.
//!
//! η are independent and normal beforehand, wide enough to be overruled by some ten data.

use faer::Mat;

use super::modes::{Expectation, FunctionPrior, columns};

/// ln of a noise level over the first guess of it.
const NOISE: Expectation = Expectation { mean: 0.0, sd: 2.5 };

/// The priors of all unknowns, and ln of every unknown noise level over the first guess of it.
#[derive(Clone, Debug)]
pub(crate) struct Hyperparameters {
    pub priors: Vec<FunctionPrior>,
    pub log_noise: Vec<f64>,
    /// Whether the priors stay as they are.
    pub fixed_priors: bool,
}

impl Hyperparameters {
    /// Those that follow from the data, and what is expected of them: of the priors, then of the noise.
    pub(crate) fn free(&self) -> Vec<(f64, Expectation)> {
        let priors =
            self.priors.iter().filter(|_| !self.fixed_priors).flat_map(FunctionPrior::free);
        priors.chain(self.log_noise.iter().map(|noise| (*noise, NOISE))).collect()
    }

    pub(crate) fn read(&self) -> Vec<f64> {
        self.free().into_iter().map(|(eta, _)| eta).collect()
    }

    pub(crate) fn write(&mut self, values: &[f64]) {
        let fixed = self.fixed_priors;
        let priors = self.priors.iter_mut().filter(|_| !fixed).flat_map(FunctionPrior::free_mut);
        priors.chain(&mut self.log_noise).zip(values).for_each(|(eta, value)| *eta = *value);
    }

    /// Without a dominant harmonic, then one unknown and k after the other.
    pub(crate) fn dominants(&self) -> Vec<Option<(usize, usize)>> {
        let free = self.priors.iter().enumerate().filter(|_| !self.fixed_priors);
        let each = free.flat_map(|(s, prior)| prior.may_dominate().map(move |k| Some((s, k))));
        std::iter::once(None).chain(each).collect()
    }

    /// With this harmonic of one unknown dominant, and no other.
    pub(crate) fn set_dominant(&mut self, which: Option<(usize, usize)>) {
        for (s, prior) in self.priors.iter_mut().enumerate() {
            prior.dominant = which.filter(|(own, _)| *own == s).map(|(_, k)| k);
        }
    }

    /// The harmonic that dominates.
    pub(crate) fn dominant(&self) -> Option<(usize, usize)> {
        self.priors.iter().enumerate().find_map(|(s, prior)| prior.dominant.map(|k| (s, k)))
    }

    /// Places of a harmonic of one unknown among all modes.
    pub(crate) fn places(&self, (s, k): (usize, usize)) -> Vec<usize> {
        let start = columns(&self.priors)[s].start;
        self.priors[s].modes.of_wave(k).iter().map(|j| start + j).collect()
    }

    /// ln p(η), up to a constant.
    pub(crate) fn log_expectation(&self) -> f64 {
        self.free().into_iter().map(|(eta, e)| -0.5 * ((eta - e.mean) / e.sd).powi(2)).sum()
    }

    /// ∂ ln s/∂η of the free hyperparameters of the priors, d × p.
    pub(crate) fn slopes(&self) -> Mat<f64> {
        let d = self.priors.iter().map(|p| p.modes.len()).sum();
        if self.fixed_priors {
            return Mat::zeros(d, 0);
        }
        let own: Vec<Mat<f64>> = self.priors.iter().map(|p| p.log_variances().1).collect();
        let mut slopes = Mat::zeros(d, own.iter().map(Mat::ncols).sum());
        let (mut row, mut column) = (0, 0);
        for own in own {
            let (rows, columns) = own.shape();
            slopes.as_mut().submatrix_mut(row, column, rows, columns).copy_from(&own);
            row += rows;
            column += columns;
        }
        slopes
    }
}
