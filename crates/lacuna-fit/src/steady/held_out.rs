//! How well data are predicted that the fit has not seen: k-fold cross-validation.
//!
//! The data of each experiment are dealt into k folds; each fold is predicted from the others, with
//! the prior as it was found from all. A model that is wrong predicts them worse than it fits.

use lacuna_core::Flow;
use rayon::prelude::*;

use super::SteadyFit;
use super::map::most_probable;
use crate::multi_start::derive_seed;

/// The prediction of held-out data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// Folds that could be predicted.
    pub folds: usize,
    /// Mean log-likelihood of a held-out datum, constants included.
    pub mean_log_density: f64,
    /// Root mean square of the score residuals of held-out data: about 1, and a little more for what
    /// the fit does not know, where noise levels are right. None where data have no residual of
    /// their own, as positions.
    pub residual_rms: Option<f64>,
}

/// One fold.
#[derive(Default)]
struct Sums {
    log_density: f64,
    squares: f64,
    data: usize,
    scores: usize,
    /// Whether every datum has a residual.
    one_each: bool,
}

impl SteadyFit {
    /// Cross-validation with `folds` folds of the data, dealt by `seed`; none if no fold could be
    /// predicted.
    pub fn cross_validate(&self, folds: usize, seed: u64) -> Option<HeldOut> {
        let sums: Vec<Sums> =
            (0..folds).into_par_iter().filter_map(|f| self.fold(f, folds, seed)).collect();
        summary(&sums)
    }

    /// The same with whole experiments held out; none with fewer than three.
    pub fn cross_validate_states(&self) -> Option<HeldOut> {
        let count = self.problem.states.len();
        if count < 3 {
            return None;
        }
        let sums: Vec<Sums> =
            (0..count).into_par_iter().filter_map(|e| self.without_state(e)).collect();
        summary(&sums)
    }

    fn fold(&self, fold: usize, folds: usize, seed: u64) -> Option<Sums> {
        let states = self.problem.steady_states(&self.problem.values(&self.coefficients)).ok()?;
        let mut problem = self.problem.clone();
        problem.start_from(states);
        let mut held = Vec::new();
        for (e, state) in problem.states.iter_mut().enumerate() {
            // A pseudo-random order, the same for every fold.
            let mut order: Vec<usize> = (0..state.observations.n_data()).collect();
            let key = |i: usize| derive_seed(derive_seed(seed, e as u64), i as u64);
            order.sort_by_key(|&i| key(i));
            let part = |own: bool| -> Vec<usize> {
                let mut chosen: Vec<usize> = order
                    .iter()
                    .enumerate()
                    .filter(|(place, _)| (place % folds == fold) == own)
                    .map(|(_, &i)| i)
                    .collect();
                chosen.sort_unstable();
                chosen
            };
            let (out, kept) = (part(true), part(false));
            if out.is_empty() || kept.is_empty() {
                return None;
            }
            held.push(state.observations.subset(&out));
            state.observations = state.observations.subset(&kept);
        }
        let ask = &|| Flow::Continue;
        let (c, _) = most_probable(&problem, &self.priors, &self.coefficients, None, ask).ok()?;
        let states = problem.steady_states(&problem.values(&c)).ok()?;
        let mut sums = Sums::default();
        for (observations, u) in held.iter().zip(&states) {
            sums.add(observations, u)?;
        }
        Some(sums)
    }

    fn without_state(&self, e: usize) -> Option<Sums> {
        let values = self.problem.values(&self.coefficients);
        let mut guesses = self.problem.steady_states(&values).ok()?;
        let mut problem = self.problem.clone();
        let held = problem.remove_state(e);
        let guess = guesses.remove(e);
        problem.start_from(guesses);
        let ask = &|| Flow::Continue;
        let (c, _) = most_probable(&problem, &self.priors, &self.coefficients, None, ask).ok()?;
        let values = problem.values(&c);
        let functions = self.problem.functions(e, &values);
        let u = self.problem.solve(e, &functions, &guess).ok()?;
        let mut sums = Sums::default();
        sums.add(&held.observations, &u)?;
        Some(sums)
    }
}

impl Sums {
    fn add(&mut self, observations: &crate::Observations, u: &[f64]) -> Option<()> {
        let residuals = observations.scores(u).ok()?;
        self.log_density += observations.log_density(u).ok()?.iter().sum::<f64>();
        self.squares += residuals.iter().map(|r| r * r).sum::<f64>();
        self.data += observations.n_observed();
        self.scores += residuals.len();
        self.one_each = observations.n_data() == residuals.len();
        Some(())
    }
}

fn summary(sums: &[Sums]) -> Option<HeldOut> {
    let data: usize = sums.iter().map(|s| s.data).sum();
    let scores: usize = sums.iter().map(|s| s.scores).sum();
    (data > 0).then(|| HeldOut {
        folds: sums.len(),
        mean_log_density: sums.iter().map(|s| s.log_density).sum::<f64>() / data as f64,
        residual_rms: sums
            .iter()
            .all(|s| s.one_each)
            .then(|| (sums.iter().map(|s| s.squares).sum::<f64>() / scores as f64).sqrt()),
    })
}
