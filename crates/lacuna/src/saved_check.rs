//! Whether the numbers of a `model.json` belong together and are numbers, before anything is made of them.
//!
//! Their lengths follow from the problem: n values a state, at most one state an experiment, at most n modes
//! an unknown, d(d + 1)/2 covariances of d coefficients.

use crate::{SavedModel, SavedPosterior, SavedPrior};

impl SavedModel {
    /// What is wrong, naming the key.
    pub(crate) fn check(&self) -> Result<(), String> {
        let units = [self.units.length, self.units.time, self.units.state, self.units.coupling];
        if !units.into_iter().all(is_positive) {
            return Err("`units` have to be positive".into());
        }
        let cells = self.problem.domain.cells.first().copied().unwrap_or(0);
        let experiments = self.problem.experiments.len().max(1);
        if self.states.len() > experiments {
            let found = self.states.len();
            return Err(format!(
                "`states` has {found} entries, and there are {experiments} experiments"
            ));
        }
        for (i, state) in self.states.iter().enumerate() {
            if state.len() != cells {
                let found = state.len();
                return Err(format!("`states[{i}]` has {found} values, and the grid has {cells}"));
            }
            if !state.iter().all(|u| u.is_finite()) {
                return Err(format!("`states[{i}]` has values that are not finite"));
            }
        }
        for (name, saved) in &self.recovered {
            if !saved.theta.iter().chain([&saved.offset]).all(|value| value.is_finite()) {
                return Err(format!("`recovered.{name}` has values that are not finite"));
            }
        }
        self.posterior.as_ref().map_or(Ok(()), |posterior| posterior.check(cells))
    }
}

/// Largest variance of a coefficient, far above any that a fit leaves.
const LARGEST: f64 = 1e100;

fn is_positive(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

impl SavedPosterior {
    fn check(&self, cells: usize) -> Result<(), String> {
        for unknown in &self.unknowns {
            unknown
                .check(cells)
                .map_err(|fault| format!("`posterior` of `{}`: {fault}", unknown.name))?;
        }
        let d: usize = self.unknowns.iter().map(|unknown| unknown.modes).sum();
        let (found, needed) = (self.covariance.len(), d * (d + 1) / 2);
        if found != needed {
            return Err(format!(
                "`posterior.covariance` has {found} entries, and {d} coefficients need {needed}"
            ));
        }
        // Necessary for a covariance, and enough against numbers that were changed: c_ij² ≤ c_ii c_jj.
        let at = |i: usize, j: usize| self.covariance[i * (i + 1) / 2 + j];
        let bound = |i: usize| (0.0..=LARGEST).contains(&at(i, i));
        let within = |i: usize, j: usize| at(i, j).powi(2) <= (1.0 + 1e-6) * at(i, i) * at(j, j);
        if (0..d).all(|i| bound(i) && (0..i).all(|j| within(i, j))) {
            return Ok(());
        }
        Err("`posterior.covariance` is not that of a posterior".into())
    }
}

impl SavedPrior {
    fn check(&self, cells: usize) -> Result<(), String> {
        if self.modes.max(self.resolution) > cells.max(self.parameter_units.len()) {
            return Err(format!("more modes than the grid of {cells} cells has"));
        }
        let positive = [Some(self.unit), self.amplitude, self.length_scale].into_iter().flatten();
        let positive = positive.chain(self.parameter_units.iter().copied());
        if self.order >= 0.0 && positive.chain([1.0 + self.order]).all(is_positive) {
            return Ok(());
        }
        Err("its numbers have to be positive".into())
    }
}
