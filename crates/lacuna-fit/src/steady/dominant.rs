//! Harmonics that may dominate and would change the answer, each with a fit of its own.
//!
//! Two functions may stand in for one another in one harmonic alone, as even harmonics of κ W and V do in
//! states that are shifts of each other. The harmonic goes to the function whose other ones are large, and
//! the linearised problem there may see the alternative as far less probable than it is. Where a
//! harmonic that may dominate (`modes.rs`), or none, would move its coefficients by two of their standard
//! deviations, or these by a factor of two, and is not excluded by far, the whole fit is made again with
//! it. All fits are weighted by their evidence, and the most probable one is reported.

use lacuna_core::{EvalResult, Flow};

use super::PriorChoice;
use super::evidence::Conditional;
use super::map::{Ask, ModalFit, fit_modes, set_noise};
use super::mixture::{Mixture, Region, most_probable_of};
use super::prior_fit::{PriorFit, explore};
use super::problem::SteadyProblem;
use crate::FitError;

/// Smallest weight in the linearised problem of what is tried, and most that are.
const POSSIBLE: f64 = 1e-4;
const MOST: usize = 3;
/// Changes of coefficients in standard deviations, and of their variances, that matter.
const MOVED: f64 = 2.0;
const WIDENED: f64 = 4.0;

/// With the fits of all dominant harmonics that would change the answer; `problem` becomes that of the
/// most probable one.
pub(super) fn with_others(
    problem: &mut SteadyProblem,
    found: PriorFit,
    ask: Ask<'_>,
) -> Result<PriorFit, FitError> {
    let PriorFit { mut regions, mixture } = found;
    let mut problems = vec![problem.clone()];
    for dominant in candidates(&regions[0])? {
        if ask() == Flow::Stop {
            break;
        }
        let mut own = problem.clone();
        // Where the states cannot follow, the linearised problem has to do.
        let Ok(region) = refit(&mut own, &regions[0], dominant, ask) else { continue };
        regions[0].own[dominant] = false;
        regions.push(region);
        problems.push(own);
    }
    if regions.len() == 1 {
        return Ok(PriorFit { regions, mixture });
    }
    let best = most_probable_of(&regions);
    regions.swap(0, best);
    *problem = problems.swap_remove(best);
    let priors = &regions[0].fit.eta.priors;
    problem.unknowns.iter_mut().zip(priors).for_each(|(u, prior)| u.prior = prior.clone());
    let mixture = Mixture::new(&regions)?;
    Ok(PriorFit { regions, mixture })
}

/// Which of the dominant harmonics would change the answer, the most probable first.
fn candidates(region: &Region) -> EvalResult<Vec<usize>> {
    let Region { fit, .. } = region;
    let mut eta = fit.eta.clone();
    let dominants = eta.dominants();
    let present = eta.dominant();
    let shares = region.shares();
    let possible: Vec<usize> = (0..dominants.len())
        .filter(|&d| dominants[d] != present && shares[d] >= POSSIBLE)
        .collect();
    if possible.is_empty() {
        return Ok(possible);
    }
    let here = fit.linearised.conditional(&eta)?;
    let mut found = Vec::new();
    for d in possible {
        let dominant = dominants[d];
        eta.set_dominant(dominant);
        let there = fit.linearised.conditional(&eta)?;
        let mut places = [dominant, present].into_iter().flatten().flat_map(|own| eta.places(own));
        if places.any(|j| changes(&here, &there, j)) {
            found.push(d);
        }
    }
    found.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
    found.truncate(MOST);
    Ok(found)
}

fn changes(here: &Conditional, there: &Conditional, j: usize) -> bool {
    let (old, new) = (here.covariance[(j, j)], there.covariance[(j, j)]);
    let moved = (there.mean[j] - here.mean[j]).powi(2) > MOVED * MOVED * old;
    moved || new > WIDENED * old || old > WIDENED * new
}

/// The whole fit with this harmonic dominant, from where the linearised problem has it.
fn refit(
    problem: &mut SteadyProblem,
    region: &Region,
    dominant: usize,
    ask: Ask<'_>,
) -> Result<Region, FitError> {
    let mut eta = region.fit.eta.clone();
    let mut own = vec![false; region.own.len()];
    own[dominant] = true;
    eta.set_dominant(eta.dominants()[dominant]);
    let start = region.fit.linearised.conditional(&eta)?.mean;
    set_noise(problem, &eta.log_noise);
    let choice = PriorChoice::MarginalLikelihood;
    let from = |problem: &mut SteadyProblem, start: &[f64]| -> Result<ModalFit, FitError> {
        fit_modes(problem, eta.priors.clone(), choice, start, ask)
    };
    let fit = match from(problem, &start) {
        Ok(fit) => fit,
        Err(_) => from(problem, &region.fit.coefficients)?,
    };
    explore(problem, fit, own, ask)
}
