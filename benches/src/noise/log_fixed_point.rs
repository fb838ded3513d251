//! The same data by the formulation log-fixed-point, for comparison: the state is interpolated to
//! the nodes and stands in the equation itself, √û (σ ln û + κ W*û + V − c).
//!
//! Data, Fourier series and weights are given to the product as a problem, with `normalise = true`,
//! since noise spoils the mass too. Values that are not positive have no logarithm: the product
//! refuses them, and they are left out here, as it advises. The smoothness prior is that of the product by default; and, as
//! the most that could be had, of the weight with the smallest median error of W, found by looking
//! at the truth.

use lacuna::Plan;
use lacuna::core::{Bound, Flow};
use lacuna::data::StateData;
use lacuna::problem::{Formulation, LoadedProblem, SurrogateSpec};
use serde::Serialize;

use super::Failure;
use super::ensemble::{Ensemble, over_sets};
use super::score::Recovered;
use super::two_states::{CELLS, Data, Design, TwoStates};
use crate::fixtures;

/// Weights of the smoothness prior among which the best is taken.
const WEIGHTS: [f64; 8] = [1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1e-1, 1.0, 10.0];

/// Both.
#[derive(Clone, Debug, Serialize)]
pub struct LogFixedPoint {
    /// Sets with a value that is not positive.
    pub with_non_positive: usize,
    /// Such values in a set, on average over all sets.
    pub left_out: f64,
    /// With the default weight.
    pub by_default: Ensemble,
    /// With the best weight; none where no set could be interpolated.
    pub best: Option<Best>,
}

/// The fits with the best weight.
#[derive(Clone, Debug, Serialize)]
pub struct Best {
    /// The weight.
    pub weight: f64,
    /// Its fits.
    pub fits: Ensemble,
}

/// Fits `sets` data sets.
///
/// # Errors
/// If the built-in example cannot be read.
pub fn measure(problem: &TwoStates, design: Design, sets: u64) -> Result<LogFixedPoint, Failure> {
    let mut loaded = fixtures::two_states(&SurrogateSpec::Fourier { modes: 32 })?;
    loaded.problem.domain.cells = vec![CELLS];
    loaded.problem.fit.formulation = Formulation::LogFixedPoint;
    for experiment in &mut loaded.problem.experiments {
        experiment.normalise = true;
    }
    let fits = |weight: Option<f64>| {
        over_sets([&problem.truths[0], &problem.truths[1]], sets, |set| {
            recover(problem, &loaded, &problem.draw(design, set), weight)
        })
    };
    let by_default = fits(None);
    let mut best: Option<Best> = None;
    if !by_default.functions.is_empty() {
        for weight in WEIGHTS {
            let new = Best { weight, fits: fits(Some(weight)) };
            let error = |b: &Best| b.fits.functions[0].median_error;
            if best.as_ref().is_none_or(|best| error(&new) < error(best)) {
                best = Some(new);
            }
        }
    }
    let non_positive = |set: u64| {
        let data = problem.draw(design, set);
        data.iter().flat_map(|data| &data.u).filter(|u| **u <= 0.0).count()
    };
    let counts: Vec<usize> = (0..sets).map(non_positive).collect();
    Ok(LogFixedPoint {
        with_non_positive: counts.iter().filter(|count| **count > 0).count(),
        left_out: counts.iter().sum::<usize>() as f64 / sets as f64,
        by_default,
        best,
    })
}

fn recover(
    problem: &TwoStates,
    template: &LoadedProblem,
    data: &[Data; 2],
    weight: Option<f64>,
) -> Result<[Recovered; 2], Failure> {
    let mut loaded = template.clone();
    loaded.problem.fit.smoothness = weight;
    let extent = loaded.problem.domain.extent();
    for (e, data) in data.iter().enumerate() {
        let name = format!("state {}", e + 1);
        let positive = data.x.iter().zip(&data.u).filter(|(_, u)| **u > 0.0);
        let (x, u) = positive.map(|(x, u)| (*x, *u)).unzip();
        let state = StateData::from_points(&name, x, u, None, &extent)?;
        loaded.states.insert(e, state);
    }
    let plan = Plan::new(&loaded.as_given())?;
    let objective = fixtures::objective(&plan, fixtures::experiments(&plan)?, 0)?;
    let start = objective.initial(0);
    let fit = plan.optimiser.minimise(&objective, &start, &mut |_| Flow::Continue)?;
    Ok([0, 1].map(|s| {
        let truth = &problem.truths[s];
        let function = plan.setup.unknowns[s].unknown.function.clone();
        let theta = fit.theta[objective.ranges()[s].clone()].to_vec();
        let values = Bound { function, theta }.values(&lacuna::core::Points::line(truth.x.clone()));
        Recovered { deviation: truth.deviation(values), sd: Vec::new(), sd_at_truth: None }
    }))
}
