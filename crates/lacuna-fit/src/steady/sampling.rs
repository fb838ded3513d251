//! The posterior where its linearised form cannot be trusted: draws from it as it is.
//!
//! The mixture of the linearised problem (`mixture.rs`) is a reference: component k of weight w_k and
//! c = m_k + √s_k L_k⁻ᵀ ξ with D_k = L_k L_kᵀ, ξ standard normal. The posterior of (k, ξ) has the density
//! exp(−Ψ) over it, Ψ = φ_data(c) less the same of the linearised problem, at the noise levels of the
//! component: what the linearisation leaves out. Draws of the reference show by their weights e^{−Ψ} whether that matters
//! (the effective share of them, (Σ e^{−Ψ})²/n Σ e^{−2Ψ}; one-sided and curved likelihoods have a small
//! one). Where it does, Markov chains sample the posterior: ξ' = √(1 − β²) ξ + β ζ, k' = k or drawn by
//! the weights, accepted with probability min(1, e^{Ψ − Ψ'}), which the number of modes does not slow
//! down. States that cannot be followed are refused.
//!
//! Chains start apart. With B the variance of their means and W that within them, summed over coefficients,
//! R̂ = √(1 + B/W) is near 1 once all have seen the same: the chains go on, each time twice as long and
//! without what was before, until it is, and where it never is the fit says so.
//!
//! Source: Cotter, Roberts, Stuart, White, Stat. Sci. 28 (2013) 424; Gelman, Rubin, Stat. Sci. 7 (1992) 457.

use std::sync::Arc;

use faer::linalg::solvers::Llt;
use faer::linalg::triangular_solve::solve_upper_triangular_in_place;
use faer::{Mat, Par};
use lacuna_core::{EvalResult, Flow};
use rayon::prelude::*;

use super::map::{Ask, ModalProblem, set_noise};
use super::mixture::{Component, Mixture, Region};
use super::problem::SteadyProblem;
use crate::multi_start::derive_seed;
use crate::random::Random;

/// Draws that show whether the linearisation can be trusted, and the effective share of them below which
/// it is not.
const TRIALS: usize = 64;
const TRUSTED: f64 = 0.3;
/// Chains, their steps before they are sampled, those after, and draws taken of each.
const CHAINS: usize = 8;
const WARM_UP: usize = 300;
const STEPS: usize = 800;
const DRAWS: usize = 50;
/// How often they go on, and R̂ at which they need not.
const ROUNDS: u32 = 3;
const MIXED: f64 = 1.1;
/// Accepted share that the length of steps is adapted to.
const ACCEPTED: f64 = 0.3;
/// Standard deviation of the kernels that stand at the draws, over that of all.
const KERNEL: f64 = 0.2;

/// One component of the reference.
pub(super) struct Affine {
    /// m.
    pub mean: Vec<f64>,
    /// √s.
    pub root: Vec<f64>,
    /// D = L Lᵀ.
    pub factors: Llt<f64>,
}

impl Affine {
    fn at(&self, xi: &[f64]) -> Vec<f64> {
        let mut z = Mat::from_fn(xi.len(), 1, |i, _| xi[i]);
        solve_upper_triangular_in_place(self.factors.L().transpose(), z.as_mut(), Par::Seq);
        (0..xi.len()).map(|j| self.mean[j] + self.root[j] * z[(j, 0)]).collect()
    }
}

/// The posterior of one problem over its reference.
struct Target<'a> {
    problem: &'a SteadyProblem,
    regions: &'a [Region],
    reference: &'a Mixture,
    affine: Vec<Affine>,
}

/// A place of a chain.
#[derive(Clone)]
struct Place {
    component: usize,
    xi: Vec<f64>,
    c: Vec<f64>,
    /// Ψ.
    excess: f64,
}

impl<'a> Target<'a> {
    fn new(
        problem: &'a SteadyProblem,
        regions: &'a [Region],
        reference: &'a Mixture,
    ) -> EvalResult<Self> {
        let affine = |c: &Component| regions[c.region].fit.linearised.affine(&c.eta);
        let affine = reference.components.iter().map(affine).collect::<EvalResult<_>>()?;
        Ok(Self { problem, regions, reference, affine })
    }

    /// Ψ at a place; infinite where there is no state.
    fn place(&self, own: &mut SteadyProblem, component: usize, xi: Vec<f64>) -> Place {
        let c = self.affine[component].at(&xi);
        let Component { eta, region, .. } = &self.reference.components[component];
        set_noise(own, &eta.log_noise);
        let mut residuals = vec![0.0; own.n_scores()];
        let excess = match own.evaluate(&c, &mut residuals) {
            Ok(cost) => cost - self.regions[*region].fit.linearised.misfit(&c, eta),
            Err(_) => f64::INFINITY,
        };
        let excess = if excess.is_nan() { f64::INFINITY } else { excess };
        Place { component, xi, c, excess }
    }

    fn fresh(&self, own: &mut SteadyProblem, random: &mut Random) -> Place {
        let component = self.reference.place(random.uniform());
        let xi = self.innovation(random);
        self.place(own, component, xi)
    }

    fn innovation(&self, random: &mut Random) -> Vec<f64> {
        (0..self.regions[0].fit.coefficients.len()).map(|_| random.normal()).collect()
    }

    /// The effective share of draws of the reference.
    fn effective_share(&self, seed: u64) -> f64 {
        let excesses: Vec<f64> = (0..TRIALS)
            .into_par_iter()
            .map(|index| {
                let mut own = self.problem.clone();
                self.fresh(&mut own, &mut Random::new(derive_seed(seed, index as u64))).excess
            })
            .collect();
        let lowest = excesses.iter().copied().fold(f64::INFINITY, f64::min);
        if !lowest.is_finite() {
            return 0.0;
        }
        let weights = || excesses.iter().map(|excess| (lowest - excess).exp());
        let sum: f64 = weights().sum();
        sum * sum / (TRIALS as f64 * weights().map(|w| w * w).sum::<f64>())
    }

    /// A chain that has found its length of steps; shorter where it is told to stop.
    fn chain(&self, seed: u64, ask: Ask<'_>) -> Chain {
        let mut random = Random::new(seed);
        let mut own = self.problem.clone();
        let start = self.reference.place(random.uniform());
        let zero = vec![0.0; self.regions[0].fit.coefficients.len()];
        let here = self.place(&mut own, start, zero);
        let mut chain = Chain { random, own, here, log_beta: -1.0, draws: Vec::new() };
        for step in 1..=WARM_UP {
            if ask() == Flow::Stop {
                break;
            }
            let accepted = if self.advance(&mut chain) { 1.0 } else { 0.0 };
            let log_beta = chain.log_beta + (accepted - ACCEPTED) / (step as f64).sqrt();
            chain.log_beta = log_beta.min(0.0);
        }
        chain
    }

    /// [`DRAWS`] new draws, fewer where it is told to stop.
    fn go_on(&self, chain: &mut Chain, steps: usize, ask: Ask<'_>) {
        chain.draws.clear();
        for step in 1..=steps {
            if ask() == Flow::Stop {
                return;
            }
            self.advance(chain);
            if step.is_multiple_of(steps / DRAWS) {
                chain.draws.push(chain.here.clone());
            }
        }
    }

    /// One step; whether it was accepted.
    fn advance(&self, chain: &mut Chain) -> bool {
        let Chain { random, own, here, log_beta, .. } = chain;
        let beta = f64::exp(*log_beta);
        let keep = (1.0 - beta * beta).sqrt();
        let component = if random.uniform() < 0.5 {
            here.component
        } else {
            self.reference.place(random.uniform())
        };
        let xi = self.innovation(random);
        let xi = here.xi.iter().zip(&xi).map(|(old, new)| keep * old + beta * new).collect();
        let there = self.place(own, component, xi);
        let chance = (here.excess - there.excess).exp().min(1.0);
        let accepted = random.uniform() < chance || here.excess.is_infinite();
        if accepted {
            *here = there;
        }
        accepted
    }
}

/// A chain, its length of steps and its draws.
struct Chain {
    random: Random,
    own: SteadyProblem,
    here: Place,
    /// ln β.
    log_beta: f64,
    draws: Vec<Place>,
}

/// R̂ of several chains, each with as many draws: rows of coefficients.
fn mixing(chains: &[Vec<&[f64]>]) -> f64 {
    let mean = |rows: &[&[f64]]| -> Vec<f64> {
        let n = rows.len() as f64;
        (0..rows[0].len()).map(|j| rows.iter().map(|c| c[j]).sum::<f64>() / n).collect()
    };
    // Σ_j of the variance of rows.
    let variance = |rows: &[&[f64]]| -> f64 {
        let mean = mean(rows);
        let square = |c: &&[f64]| c.iter().zip(&mean).map(|(c, m)| (c - m).powi(2)).sum::<f64>();
        rows.iter().map(square).sum::<f64>() / (rows.len() - 1) as f64
    };
    let means: Vec<Vec<f64>> = chains.iter().map(|rows| mean(rows)).collect();
    let between = variance(&means.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let within = chains.iter().map(|rows| variance(rows)).sum::<f64>() / chains.len() as f64;
    (1.0 + between / within.max(f64::MIN_POSITIVE)).sqrt()
}

/// Draws from the posterior as a mixture of narrow kernels, where `reference` is not to be trusted; none
/// where it is, or where the chains were told to stop or nowhere have a state.
pub(super) fn sample(
    problem: &SteadyProblem,
    regions: &[Region],
    reference: &Mixture,
    seed: u64,
    ask: Ask<'_>,
) -> EvalResult<Option<Mixture>> {
    let target = Target::new(problem, regions, reference)?;
    if target.effective_share(seed) >= TRUSTED {
        return Ok(None);
    }
    let chain = |index: usize| target.chain(derive_seed(seed, (TRIALS + index) as u64), ask);
    let mut chains: Vec<Chain> = (0..CHAINS).into_par_iter().map(chain).collect();
    let mut mixed = false;
    for round in 0..ROUNDS {
        let steps = STEPS << round;
        chains.par_iter_mut().for_each(|chain| target.go_on(chain, steps, ask));
        let rows = |chain: &Chain| chain.draws.len() == DRAWS;
        if !chains.iter().all(rows) {
            return Ok(None);
        }
        let own: Vec<Vec<&[f64]>> =
            chains.iter().map(|c| c.draws.iter().map(|draw| draw.c.as_slice()).collect()).collect();
        mixed = mixing(&own) <= MIXED;
        if mixed {
            break;
        }
    }
    let draws: Vec<Place> = chains.into_iter().flat_map(|chain| chain.draws).collect();
    if draws.iter().any(|draw| draw.excess.is_infinite()) {
        return Ok(None);
    }
    let fit = &regions[0].fit.coefficients;
    let (n, d) = (draws.len() as f64, fit.len());
    let shift = |c: &[f64]| c.iter().zip(fit).map(|(c, at)| c - at).collect();
    let shifts: Vec<Vec<f64>> = draws.iter().map(|draw| shift(&draw.c)).collect();
    let table = Mat::from_fn(d, draws.len(), |j, i| shifts[i][j]);
    let square = &table * table.transpose() * faer::Scale(1.0 / n);
    let mean: Vec<f64> = table.row_iter().map(|row| row.iter().sum::<f64>() / n).collect();
    let spread = Mat::from_fn(d, d, |i, j| KERNEL * KERNEL * (square[(i, j)] - mean[i] * mean[j]));
    let kernel = Arc::new(spread);
    let component = |(draw, shift): (&Place, Vec<f64>)| Component {
        weight: 1.0 / n,
        shift,
        covariance: kernel.clone(),
        eta: reference.components[draw.component].eta.clone(),
        region: reference.components[draw.component].region,
    };
    let components = draws.iter().zip(shifts).map(component).collect();
    let covariance = square + &*kernel;
    Ok(Some(Mixture { components, covariance, sampled: true, mixed, ..reference.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_in_different_places_have_not_mixed() {
        let mut random = Random::new(1);
        let mut chains = |apart: f64| -> Vec<Vec<Vec<f64>>> {
            let mut chain = |k: usize| -> Vec<Vec<f64>> {
                (0..50).map(|_| vec![random.normal() + apart * k as f64, random.normal()]).collect()
            };
            (0..8).map(&mut chain).collect()
        };
        let found = |chains: &[Vec<Vec<f64>>]| {
            let rows: Vec<Vec<&[f64]>> =
                chains.iter().map(|rows| rows.iter().map(Vec::as_slice).collect()).collect();
            mixing(&rows)
        };
        // Of 50 independent draws each, B is a fiftieth of W.
        let together = found(&chains(0.0));
        assert!((1.0..1.03).contains(&together), "{together}");
        // Means at 0 to 7 have the variance 6 in one of two coefficients of variance 1.
        let apart = found(&chains(1.0));
        assert!((apart - 2.0).abs() < 0.1, "{apart}");
    }
}
