//! How well data are predicted that the fit has not seen: k-fold cross-validation.
//!
//! The data of each experiment are dealt into k folds; each fold is predicted from the others, with
//! the prior as it was found from all. The score residual r_i of a datum that was held out has the
//! variance 1 of its noise and k_iᵀ Σ k_i of what the others leave open, Σ their posterior covariance
//! and k_i the derivative of r_i.

use faer::Mat;
use lacuna_core::Flow;
use rayon::prelude::*;

use super::map::{Ask, ModalProblem, most_probable, posterior};
use super::problem::SteadyProblem;
use super::{SteadyFit, standard_deviations};
use crate::multi_start::derive_seed;
use crate::{Information, Observations};

/// The prediction of held-out data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// Folds that could be predicted.
    pub folds: usize,
    /// Mean log-likelihood of a held-out datum, constants included.
    pub mean_log_density: f64,
    /// Root mean square of the score residuals of held-out data, each relative to the standard
    /// deviation of its noise and of what the other data leave open of it together: about 1. None
    /// where data have no residual of their own, as positions.
    pub residual_rms: Option<f64>,
}

/// The fold of each of `n` data of experiment `e`, as even as possible, in an order that is
/// pseudo-random.
pub fn deal(n: usize, folds: usize, seed: u64, e: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    let key = |i: usize| derive_seed(derive_seed(seed, e as u64), i as u64);
    order.sort_by_key(|&i| key(i));
    let mut fold = vec![0; n];
    order.into_iter().enumerate().for_each(|(place, i)| fold[i] = place % folds.max(1));
    fold
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
    /// predicted, or `ask` stopped it.
    pub fn cross_validate(&self, folds: usize, seed: u64, ask: Ask<'_>) -> Option<HeldOut> {
        let sums: Vec<Sums> =
            (0..folds).into_par_iter().filter_map(|f| self.fold(f, folds, seed, ask)).collect();
        summary(&sums).filter(|_| ask() == Flow::Continue)
    }

    /// The same with whole experiments held out; none with fewer than three.
    pub fn cross_validate_states(&self, ask: Ask<'_>) -> Option<HeldOut> {
        let count = self.problem.states.len();
        if count < 3 {
            return None;
        }
        let sums: Vec<Sums> =
            (0..count).into_par_iter().filter_map(|e| self.without_state(e, ask)).collect();
        summary(&sums).filter(|_| ask() == Flow::Continue)
    }

    fn fold(&self, fold: usize, folds: usize, seed: u64, ask: Ask<'_>) -> Option<Sums> {
        if ask() == Flow::Stop {
            return None;
        }
        let states = self.problem.steady_states(&self.problem.values(&self.coefficients)).ok()?;
        let mut problem = self.problem.clone();
        problem.start_from(states);
        let mut held = Vec::new();
        for (e, state) in problem.states.iter_mut().enumerate() {
            let dealt = deal(state.observations.n_data(), folds, seed, e);
            let part = |own: bool| -> Vec<usize> {
                (0..dealt.len()).filter(|&i| (dealt[i] == fold) == own).collect()
            };
            let (out, kept) = (part(true), part(false));
            if out.is_empty() || kept.is_empty() {
                return None;
            }
            held.push((e, state.observations.subset(&out)));
            state.observations = state.observations.subset(&kept);
        }
        self.predict(&problem, &problem, held, ask)
    }

    /// How well the data `kept` predict those held out, by experiment of the `whole`.
    fn predict(
        &self,
        kept: &SteadyProblem,
        whole: &SteadyProblem,
        held: Vec<(usize, Observations)>,
        ask: Ask<'_>,
    ) -> Option<Sums> {
        let (c, _) = most_probable(kept, &self.priors, &self.coefficients, None, ask).ok()?;
        let (m, d) = (kept.n_scores(), kept.n_modes());
        let (mut residuals, mut jacobian) = (vec![0.0; m], Mat::zeros(m, d));
        kept.linearise(&c, Information::Working, &mut residuals, jacobian.as_mut()).ok()?;
        let covariance = posterior(&jacobian, &self.priors).ok()?;
        let values = kept.values(&c);
        let mut sums = Sums::default();
        for (e, observations) in held {
            let (u, directions) = whole.state_directions(e, &values).ok()?;
            let mut open = Mat::zeros(observations.n_scores(), d);
            let scores = observations.grouped(&u, usize::MAX).ok()?;
            scores.apply(directions.as_ref(), open.as_mut());
            let sd = standard_deviations(open.as_ref(), covariance.as_ref());
            sums.add(&observations, &u, &sd)?;
        }
        Some(sums)
    }

    fn without_state(&self, e: usize, ask: Ask<'_>) -> Option<Sums> {
        if ask() == Flow::Stop {
            return None;
        }
        let values = self.problem.values(&self.coefficients);
        let mut guesses = self.problem.steady_states(&values).ok()?;
        let (whole, mut problem) = (self.problem.clone(), self.problem.clone());
        whole.start_from(guesses.clone());
        let held = problem.remove_state(e);
        guesses.remove(e);
        problem.start_from(guesses);
        self.predict(&problem, &whole, vec![(e, held.observations)], ask)
    }
}

impl Sums {
    /// `sd`: of what is left open of each residual.
    fn add(&mut self, observations: &Observations, u: &[f64], sd: &[f64]) -> Option<()> {
        let residuals = observations.scores(u).ok()?;
        self.log_density += observations.log_density(u).ok()?.iter().sum::<f64>();
        self.squares +=
            residuals.iter().zip(sd).map(|(r, sd)| r * r / (1.0 + sd * sd)).sum::<f64>();
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
