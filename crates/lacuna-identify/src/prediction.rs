//! From what a fit leaves open of the functions to what that leaves open of a state.
//!
//! Under new conditions the functions are F̂ + δF(c), c ~ N(0, Σ) (`posterior.rs`). Linearised, with
//! u = T(u; F̂):
//!
//!   δu = D c,  D = (I − ∂T/∂u)⁻¹ ∂T/∂F ∂F/∂c  (n × d),   Var u_i = (D Σ Dᵀ)_ii,
//!
//! and (D diag(s) Dᵀ)_ii beforehand: the share of Σ_i w_i Var u_i that the data have taken away says
//! how much of the prediction is theirs. Along the columns of R, R Rᵀ = Σ (`posterior.rs`), Var splits
//! into parts (D R)_ij², of which those where the data left more than half of the prior variance are
//! unseen. Or by draws of c, with the state solved for in each, from the linearised one; a draw whose
//! state is not near it has left the branch and is counted. In time each draw is integrated from the
//! same start.

use faer::Mat;
use lacuna_core::{Conditions, EvalResult, Flow, Form, Linearisation, Model, Pool, Tabulated};
use lacuna_solve::{
    EvolutionOptions, NewtonOptions, Response, Stage, SteadyStateOptions, evolve, steady_state,
};
use rayon::prelude::*;

use crate::Posterior;

/// A drawn state is on another branch when it differs from the linearised one by more than this
/// part of the linearised change and this part of the state.
const OFF_PREDICTION: f64 = 0.75;
const OFF_STATE: f64 = 0.1;
/// Parts in which a draw that is too far for one step is followed.
const PARTS: [usize; 3] = [1, 2, 6];
const TOLERANCE: f64 = 1e-10;
/// The data have not seen a direction of which they left this part of the prior variance.
const UNSEEN: f64 = 0.5;

/// An equation under given conditions, and which of its functions are uncertain there.
pub struct Setting<'a> {
    /// The equation.
    pub model: &'a dyn Model,
    /// Its functions at F̂.
    pub functions: Tabulated,
    /// Its conditions.
    pub conditions: Conditions,
    /// For every unknown of the posterior, its slot and F̂ there; none where it takes no part.
    pub unknowns: Vec<Option<UncertainSlot>>,
}

/// The place of an uncertain function.
#[derive(Clone, Debug)]
pub struct UncertainSlot {
    /// Its slot.
    pub slot: usize,
    /// F̂ at the points of the slot, without what is known beside it.
    pub values: Vec<f64>,
}

/// A state linearised in the uncertain coefficients.
pub struct LinearisedState {
    /// D, n × d.
    pub directions: Mat<f64>,
    /// Posterior standard deviation at the nodes.
    pub sd: Vec<f64>,
    /// Prior standard deviation at the nodes.
    pub prior_sd: Vec<f64>,
    /// The part of the prediction's prior variance that the data have taken away, 0 to 1.
    pub determined: f64,
    /// The part of the posterior variance that comes from directions the data have not seen, 0 to 1.
    pub unseen: f64,
    /// Whether some direction of the state has no derivative: it may be translated freely.
    pub is_singular: bool,
}

/// What came of draws.
pub struct Draws<T> {
    /// One entry a draw that could be followed, by its index.
    pub outcomes: Vec<T>,
    /// Draws that could not be.
    pub lost: usize,
    /// Whether all were made.
    pub complete: bool,
}

impl Setting<'_> {
    /// The functions at F̂ + δF(c).
    pub fn functions_at(&self, posterior: &Posterior, c: &[f64]) -> Tabulated {
        let mut functions = self.functions.clone();
        for (s, uncertain) in self.unknowns.iter().enumerate() {
            let Some(UncertainSlot { slot, values }) = uncertain else { continue };
            let change = posterior.change(s, values, c);
            functions.values_mut(*slot).iter_mut().zip(change).for_each(|(to, by)| *to += by);
        }
        functions
    }

    /// Whether translates of the steady state u are steady states too.
    pub fn may_be_translated(&self, u: &[f64]) -> bool {
        self.model.translation(u, &self.functions, &mut Pool::new(), &mut vec![0.0; u.len()])
    }

    /// The steady state u (length n) linearised.
    ///
    /// # Errors
    /// If T cannot be differentiated there.
    pub fn linearise(&self, posterior: &Posterior, u: &[f64]) -> EvalResult<LinearisedState> {
        let n = u.len();
        let mut pool = Pool::new();
        let response = Response::new(self.model, &self.functions, &self.conditions, u)?;
        let mut defect = vec![0.0; n];
        self.model.map_f64(u, &self.functions, &self.conditions, &mut pool, &mut defect)?;
        defect.iter_mut().zip(u).for_each(|(t, u)| *t -= u);
        let at = Linearisation {
            form: Form::FixedPoint,
            u,
            functions: &self.functions,
            conditions: &self.conditions,
            residual: &defect,
        };
        let d = posterior.covariance().ncols();
        let mut directions = Mat::zeros(n, d);
        for (s, uncertain) in self.unknowns.iter().enumerate() {
            let Some(UncertainSlot { slot, values }) = uncertain else { continue };
            let columns = posterior.columns(s);
            let own = posterior.directions(s, values);
            let mut block = directions.as_mut().subcols_mut(columns.start, columns.len());
            self.model.tangent(&at, *slot, own.as_ref(), &mut pool, block.as_mut())?;
        }
        response.solve_in_place(directions.as_mut());
        let spread = &directions * posterior.covariance();
        let prior = posterior.prior_deviations();
        let variance = |i: usize| -> f64 {
            (0..d).map(|j| spread[(i, j)] * directions[(i, j)]).sum::<f64>().max(0.0)
        };
        let prior_variance =
            |i: usize| -> f64 { (0..d).map(|j| (directions[(i, j)] * prior[j]).powi(2)).sum() };
        let (mut left, mut before) = (0.0, 0.0);
        let (mut sd, mut prior_sd) = (Vec::with_capacity(n), Vec::with_capacity(n));
        for (i, w) in self.model.weights().iter().enumerate() {
            let (own, prior) = (variance(i), prior_variance(i));
            left += w * own;
            before += w * prior;
            sd.push(own.sqrt());
            prior_sd.push(prior.sqrt());
        }
        let determined = if before > 0.0 { (1.0 - left / before).clamp(0.0, 1.0) } else { 1.0 };
        let (root, left_of_prior) = posterior.root();
        let parts = &directions * root;
        let (mut all, mut unseen) = (0.0, 0.0);
        for (j, rho) in left_of_prior.iter().enumerate() {
            let column = parts.col(j).iter().zip(self.model.weights());
            let part: f64 = column.map(|(d, w)| w * d * d).sum();
            all += part;
            unseen += if *rho > UNSEEN { part } else { 0.0 };
        }
        let unseen = if all > 0.0 { unseen / all } else { 0.0 };
        let is_singular = response.is_singular();
        Ok(LinearisedState { directions, sd, prior_sd, determined, unseen, is_singular })
    }

    /// The linearised state at c: u + D c, or u e^{Dc/u} where it is a density, since it would become
    /// negative.
    pub fn linear_state(&self, u: &[f64], linearised: &LinearisedState, c: &[f64]) -> Vec<f64> {
        let change: Vec<f64> =
            (&linearised.directions * faer::ColRef::from_slice(c)).iter().copied().collect();
        moved(self.model, u, u, &change, 1.0)
    }

    /// The steady state at c near the linearised one, followed from u.
    pub fn state_at(
        &self,
        posterior: &Posterior,
        u: &[f64],
        linearised: &LinearisedState,
        c: &[f64],
    ) -> Option<Vec<f64>> {
        PARTS.iter().find_map(|parts| self.follow(posterior, u, linearised, c, *parts))
    }

    /// The steady state near u in each of `count` draws.
    pub fn drawn_states(
        &self,
        posterior: &Posterior,
        u: &[f64],
        linearised: &LinearisedState,
        count: usize,
        seed: u64,
        ask: &(dyn Fn() -> Flow + Sync),
    ) -> Draws<Vec<f64>> {
        draws(count, ask, |index| {
            self.state_at(posterior, u, linearised, &posterior.draw(seed, index))
        })
    }

    /// The state at c, in equal parts from u.
    fn follow(
        &self,
        posterior: &Posterior,
        u: &[f64],
        linearised: &LinearisedState,
        c: &[f64],
        parts: usize,
    ) -> Option<Vec<f64>> {
        let change: Vec<f64> =
            (&linearised.directions * faer::ColRef::from_slice(c)).iter().copied().collect();
        let mut here = u.to_vec();
        for part in 1..=parts {
            let share = part as f64 / parts as f64;
            let c: Vec<f64> = c.iter().map(|c| c * share).collect();
            let step = 1.0 / parts as f64;
            let guess = moved(self.model, &here, u, &change, step);
            let functions = self.functions_at(posterior, &c);
            let found = solve_near(self.model, &functions, &self.conditions, &guess)?;
            let weights = self.model.weights();
            let norm = |value: &dyn Fn(usize) -> f64| -> f64 {
                let squares = weights.iter().enumerate().map(|(i, w)| w * value(i).powi(2));
                squares.sum::<f64>().sqrt()
            };
            let off = norm(&|i| found[i] - guess[i]);
            let allowed =
                OFF_PREDICTION * norm(&|i| guess[i] - here[i]) + OFF_STATE * norm(&|i| here[i]);
            if off > allowed {
                return None;
            }
            here = found;
        }
        Some(here)
    }

    /// The states at `times` from `start` in each of `count` draws.
    #[expect(clippy::too_many_arguments, reason = "what to integrate, and how to draw")]
    pub fn drawn_transients(
        &self,
        posterior: &Posterior,
        start: &[f64],
        times: &[f64],
        options: &EvolutionOptions,
        count: usize,
        seed: u64,
        ask: &(dyn Fn() -> Flow + Sync),
    ) -> Draws<Vec<Vec<f64>>> {
        draws(count, ask, |index| {
            let c = posterior.draw(seed, index);
            let functions = self.functions_at(posterior, &c);
            let mut evolution = self.model.evolution(&functions, &self.conditions)?;
            let mut watch = |_: &lacuna_solve::EvolutionStep| ask();
            let found = evolve(evolution.as_mut(), start, times, options, Some(&mut watch)).ok()?;
            found.stop.is_converged().then_some(found.states)
        })
    }
}

/// `here` moved by a step along the change of u, in the logarithm for a density.
fn moved(model: &dyn Model, here: &[f64], u: &[f64], change: &[f64], step: f64) -> Vec<f64> {
    let entries = here.iter().zip(change).zip(u);
    entries
        .map(|((here, change), u)| {
            if model.is_density() { here * (step * change / u).exp() } else { here + step * change }
        })
        .collect()
}

/// By Newton's method alone, which stays near the guess.
pub fn solve_near(
    model: &dyn Model,
    functions: &Tabulated,
    conditions: &Conditions,
    guess: &[f64],
) -> Option<Vec<f64>> {
    let options = SteadyStateOptions {
        tolerance: TOLERANCE,
        stages: vec![Stage::Newton(NewtonOptions { polish: false, ..NewtonOptions::default() })],
        coarse_start: false,
    };
    let found = steady_state(model, functions, conditions, guess, &options, None).ok()?;
    found.stop.is_converged().then_some(found.u)
}

/// `draw` of every index below `count`, in parallel and in order; none of it counts as lost. `ask` is
/// asked whether to go on.
pub fn draws<T: Send>(
    count: usize,
    ask: &(dyn Fn() -> Flow + Sync),
    draw: impl Fn(u64) -> Option<T> + Sync,
) -> Draws<T> {
    // None: not made. Some(None): lost.
    let all: Vec<Option<Option<T>>> = (0..count as u64)
        .into_par_iter()
        .map(|index| (ask() == Flow::Continue).then(|| draw(index)))
        .collect();
    let complete = all.iter().all(Option::is_some) && ask() == Flow::Continue;
    let made = all.iter().flatten().count();
    let outcomes: Vec<T> = all.into_iter().flatten().flatten().collect();
    let lost = if complete { made - outcomes.len() } else { 0 };
    Draws { outcomes, lost, complete }
}
