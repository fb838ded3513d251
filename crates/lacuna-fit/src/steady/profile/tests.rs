//! Tests of profiles: against what is known in closed form, against direct evaluation where one
//! number is unknown, and by the conditions of a constrained minimum elsewhere.

use std::sync::Arc;

use faer::{Mat, MatMut};
use lacuna_core::{Bound, Conditions, EvalResult, Function, Objective, Symmetry};
use lacuna_grid::{Boundary, Functionals};
use lacuna_models::AggregationDiffusion;
use lacuna_surrogate::{Expression, Known};

use super::*;
use crate::random::Random;
use crate::steady::modes::{Modes, PriorOptions, Wave};
use crate::steady::problem::ModalUnknown;
use crate::steady::tests::{aggregation, grid, reaction};
use crate::steady::{FunctionPrior, ObservedState};
use crate::{Information, Observations, SlotTerms};

const CELLS: usize = 32;
const GO_ON: Ask<'static> = &|| Flow::Continue;

/// r = B c − y with one prior standard deviation.
struct Linear {
    matrix: Mat<f64>,
    data: Vec<f64>,
}

impl ModalProblem for Linear {
    fn n_modes(&self) -> usize {
        self.matrix.ncols()
    }
    fn n_scores(&self) -> usize {
        self.data.len()
    }
    fn evaluate(&self, c: &[f64], residuals: &mut [f64]) -> EvalResult<f64> {
        let image = &self.matrix * faer::ColRef::from_slice(c);
        residuals.iter_mut().enumerate().for_each(|(i, r)| *r = image[i] - self.data[i]);
        Ok(0.5 * residuals.iter().map(|r| r * r).sum::<f64>())
    }
    fn linearise(
        &self,
        c: &[f64],
        _: Information,
        residuals: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) -> EvalResult<f64> {
        jacobian.copy_from(&self.matrix);
        self.evaluate(c, residuals)
    }
}

#[test]
fn the_profile_of_a_linear_problem_is_a_parabola() {
    let mut random = Random::new(4);
    let (m, d) = (9, 5);
    let matrix = Mat::from_fn(m, d, |_, _| random.normal());
    let data = (0..m).map(|_| random.normal()).collect();
    let problem = Linear { matrix, data };
    let sd = [2.0, 1.0, 0.5, 0.25, 0.1];
    let form = LinearForm { offset: 0.0, row: vec![1.0, -2.0, 0.5] };
    let direction = Direction::new(&form, 1, &sd);
    let options = ProfileOptions { smallest_decrease: 1e-14, ..ProfileOptions::default() };
    let path = direction.path(&problem, &sd, &options, GO_ON);
    let centre = path.centre(&[0.0; 5]).unwrap();
    for sign in [-1.0, 1.0] {
        let mut side = path.side(&centre, sign, NORMAL[0]);
        assert_eq!(side.end, ProfileEnd::Crossed);
        for target in NORMAL {
            let t = path.crossing(&centre, &mut side, target).unwrap();
            let expected = centre.at.t + sign * target * centre.sd;
            assert!((t - expected).abs() < 1e-8 * centre.sd, "{t} {expected}");
        }
        for point in &side.minima {
            let expected = ((point.t - centre.at.t) / centre.sd).powi(2);
            let found = 2.0 * (point.cost - centre.at.cost);
            assert!((found - expected).abs() < 1e-8, "{found} {expected}");
        }
        // Steps of r of one half, as the root is linear here.
        assert!(side.minima.len() <= 8, "{}", side.minima.len());
    }
}

fn known(value: f64) -> SlotTerms {
    SlotTerms { unknown: None, known: vec![Bound::known(Arc::new(Known(value)))] }
}

fn expression(text: &str) -> SlotTerms {
    let function: Arc<dyn Function> = Arc::new(Expression::new(text).unwrap());
    SlotTerms { unknown: None, known: vec![Bound::known(function)] }
}

fn free(index: usize) -> SlotTerms {
    SlotTerms { unknown: Some(index), known: Vec::new() }
}

/// The coupling κ of W = −cos πr under V = 0.01 cos πx, from values of the state that starts as
/// `guess`, κ = `coupling`, exact but taken to have errors `sd`.
///
/// Above κ = 2σ there is a state on each side of the circle; the one against V ends in a fold.
struct Coupling {
    problem: SteadyProblem,
    start: Vec<f64>,
}

fn coupling(coupling: f64, sd: f64, guess: impl Fn(f64) -> f64) -> Coupling {
    let model = aggregation(CELLS, Symmetry::Even);
    let prior = |slot: usize| {
        let modes = Modes::new(&model.slots()[slot], 8);
        FunctionPrior::new(modes, Link::Identity, 0.1, PriorOptions::default().or_order(3.0))
    };
    let slot = AggregationDiffusion::COUPLING;
    let unknown = ModalUnknown { slot, prior: prior(slot), center: 0.25, offset: Vec::new() };
    let x: Vec<f64> = (0..16).map(|i| 0.05 + f64::from(i) / 8.0).collect();
    let functionals = Functionals::points(&grid(CELLS, Boundary::Periodic), &x, &[]);
    let observed = |values: Vec<f64>| {
        Observations::gaussian(functionals.clone(), values, vec![sd; 16]).unwrap()
    };
    let state = ObservedState {
        conditions: Conditions::default(),
        slots: vec![expression("-cos(pi*x)"), expression("0.01*cos(pi*x)"), known(0.1), free(0)],
        observations: observed(vec![0.0; 16]),
        unknown_noise: false,
        initial: None,
    };
    let nodes: Vec<f64> = grid(CELLS, Boundary::Periodic).nodes().coordinates().to_vec();
    let guess: Vec<f64> = nodes.iter().map(|&x| guess(x)).collect();
    let mut problem = SteadyProblem::new(model, vec![unknown], vec![state], vec![guess]);
    let c = vec![coupling - 0.25];
    let u = problem.steady_states(&problem.values(&c)).unwrap();
    let mut values = vec![0.0; 16];
    problem.states[0].observations.predicted(&u[0], &mut values);
    problem.states[0].observations = observed(values);
    problem.start_from(u);
    let start = c.iter().zip(problem.unknowns[0].prior.standard_deviations()).map(|(c, s)| c / s);
    Coupling { start: start.collect(), problem }
}

fn towards(side: f64) -> impl Fn(f64) -> f64 {
    move |x| 0.5 + 0.4 * side * (std::f64::consts::PI * x).cos()
}

const SCALAR: ProfileRequest = ProfileRequest { unknown: 0, functional: Functional::Scalar };

#[test]
fn the_profile_of_the_only_unknown_is_the_posterior_itself() {
    let Coupling { problem, start } = coupling(0.24, 0.1, towards(-1.0));
    let options = ProfileOptions::default();
    let profile = profile(&problem, SCALAR, &start, &options, GO_ON).unwrap();
    let [interval, half] = profile.intervals;
    let phi = |value: f64| {
        let c = [value - 0.25];
        let z = c[0] / profile.prior_sd;
        problem.evaluate(&c, &mut [0.0; 16]).unwrap() + 0.5 * z * z
    };
    let best = phi(profile.value);
    for point in &profile.points {
        let found = 2.0 * (phi(point.value) - best);
        assert!((found - point.deviance).abs() < 1e-5, "{found} {point:?}");
    }
    let ends = [(interval.lower, 3.841), (interval.upper, 3.841), (half.lower, 0.455)];
    for (end, threshold) in ends {
        let deviance = 2.0 * (phi(end.unwrap()) - best);
        assert!((deviance - threshold).abs() < 0.02, "{deviance}");
    }
    assert!(half.lower > interval.lower && half.upper < interval.upper);
    // The state hardly changes far above the bifurcation, and much below it.
    let reach = [profile.value - interval.lower.unwrap(), interval.upper.unwrap() - profile.value];
    assert!(reach[1] > 1.1 * reach[0], "{reach:?}");
    assert!(profile.data_share().iter().all(|share| share.unwrap() > 0.9));
    assert!(profile.points.is_sorted_by(|a, b| a.value < b.value));
}

#[test]
fn a_state_that_never_ends_is_followed_however_far_the_interval_reaches() {
    // Few data of large error: the interval reaches far below the bifurcation and far above it.
    let Coupling { problem, start } = coupling(0.24, 0.6, towards(-1.0));
    let options = ProfileOptions::default();
    let profile = profile(&problem, SCALAR, &start, &options, GO_ON).unwrap();
    assert_eq!(profile.ends, [ProfileEnd::Crossed; 2], "{profile:?}");
    let [interval, _] = profile.intervals;
    assert!(interval.upper.unwrap() > 2.0 * interval.lower.unwrap(), "{interval:?}");
}

#[test]
fn a_side_on_which_the_state_ends_in_a_fold_is_open() {
    let Coupling { problem, start } = coupling(0.27, 1.0, towards(1.0));
    let options = ProfileOptions::default();
    let profile = profile(&problem, SCALAR, &start, &options, GO_ON).unwrap();
    assert_eq!(profile.ends[0], ProfileEnd::LostBranch, "{profile:?}");
    let [interval, _] = profile.intervals;
    assert_eq!(interval.lower, None);
    // The branch of V = 0 begins at κ = 0.2, and its fold lies above that.
    assert!(profile.points[0].value > 0.2, "{:?}", profile.points[0]);
    assert!(profile.departure_from_laplace().is_none());
}

#[test]
fn a_walk_can_be_stopped() {
    let Coupling { problem, start } = coupling(0.3, 0.03, towards(-1.0));
    let ask: Ask<'_> = &|| Flow::Stop;
    let options = ProfileOptions::default();
    let profile = profile(&problem, SCALAR, &start, &options, ask).unwrap();
    assert_eq!(profile.ends, [ProfileEnd::Interrupted; 2]);
    assert_eq!(profile.points.len(), 1);
}

/// W and V from the values of one state.
fn two_functions(link: Link) -> SteadyProblem {
    let model = aggregation(CELLS, Symmetry::Even);
    let unknown = |slot: usize| {
        let modes = Modes::new(&model.slots()[slot], 6);
        let link = if slot == 1 { link } else { Link::Identity };
        let prior = FunctionPrior::new(modes, link, 0.1, PriorOptions::default().or_order(2.0));
        ModalUnknown { slot, prior, center: 0.0, offset: Vec::new() }
    };
    let x: Vec<f64> = (0..20).map(|i| 0.03 + f64::from(i) / 10.0).collect();
    let functionals = Functionals::points(&grid(CELLS, Boundary::Periodic), &x, &[]);
    let u = x.iter().map(|x| 0.5 + 0.1 * (std::f64::consts::PI * x).sin()).collect();
    let observations = Observations::gaussian(functionals, u, vec![0.03; 20]).unwrap();
    let state = ObservedState {
        conditions: Conditions::default(),
        slots: vec![free(0), free(1), known(0.1), known(0.2)],
        observations,
        unknown_noise: false,
        initial: None,
    };
    let unknowns = vec![unknown(0), unknown(1)];
    SteadyProblem::new(model, unknowns, vec![state], vec![vec![0.5; CELLS]])
}

#[test]
fn every_point_is_a_minimum_under_its_constraint() {
    for link in [Link::Identity, Link::Exponential] {
        let problem = two_functions(link);
        let sd: Vec<f64> =
            problem.unknowns.iter().flat_map(|u| u.prior.standard_deviations()).collect();
        let form = Functional::Value { at: 0.4 }.of(&problem.unknowns[1]).unwrap();
        let first = problem.unknowns[0].prior.modes.len();
        let direction = Direction::new(&form, first, &sd);
        let options = ProfileOptions { smallest_decrease: 1e-10, ..ProfileOptions::default() };
        let start = vec![0.0; sd.len()];
        let found = both_sides(&problem, &direction, &sd, &start, &options, GO_ON).unwrap();
        let path = direction.path(&problem, &sd, &options, GO_ON);
        for minimum in found.sides.iter().flat_map(|side| &side.minima) {
            problem.start_from(vec![vec![0.5; CELLS]]);
            let mut gradient = vec![0.0; sd.len()];
            path.whitened.value_and_gradient(&minimum.z, &mut gradient).unwrap();
            let along: f64 = direction.n.iter().zip(&gradient).map(|(n, g)| n * g).sum();
            let rest: f64 =
                gradient.iter().zip(&direction.n).map(|(g, n)| (g - along * n).powi(2)).sum();
            assert!(rest.sqrt() < 1e-3 * (1.0 + along.abs()), "{} {along}", rest.sqrt());
        }
        assert_eq!([found.sides[0].end, found.sides[1].end], [ProfileEnd::Crossed; 2]);
    }
}

#[test]
fn values_of_positive_unknowns_are_positive() {
    let problem = two_functions(Link::Exponential);
    let start = vec![0.0; problem.n_modes()];
    let functional = Functional::Mean { from: 0.2, to: 0.6 };
    let request = ProfileRequest { unknown: 1, functional };
    let profile = profile(&problem, request, &start, &ProfileOptions::default(), GO_ON).unwrap();
    let [interval, _] = profile.intervals;
    let (lower, upper) = (interval.lower.unwrap(), interval.upper.unwrap());
    assert!(0.0 < lower && lower < profile.value && profile.value < upper);
    assert!(profile.laplace(0)[0] > 0.0);
}

#[test]
fn means_of_modes_are_those_of_their_values() {
    const PIECES: usize = 4000;
    let slots = [
        aggregation(CELLS, Symmetry::Even).slots()[0].clone(),
        aggregation(CELLS, Symmetry::Odd).slots()[0].clone(),
        aggregation(CELLS, Symmetry::Even).slots()[1].clone(),
        reaction(CELLS).slots()[1].clone(),
    ];
    for slot in slots {
        let modes = Modes::new(&slot, 5);
        let (from, to) = (0.3, 0.85);
        let x: Vec<f64> =
            (0..PIECES).map(|i| from + (to - from) * (i as f64 + 0.5) / PIECES as f64).collect();
        let values = modes.at(&x);
        for (j, mean) in modes.means(from, to).into_iter().enumerate() {
            let expected = values.col(j).iter().sum::<f64>() / PIECES as f64;
            assert!((mean - expected).abs() < 1e-6, "{j}: {mean} {expected}");
        }
        for wave in [Wave::Cosine, Wave::Sine] {
            let Some(place) = modes.place(2, wave) else { continue };
            // The second mode has two periods on a circle, one on an interval.
            let turns = if slot.domain[0].periodic { 2.0 } else { 1.0 };
            let phase = std::f64::consts::TAU * turns * 0.1 / slot.domain[0].length();
            let origin = if slot.domain[0].periodic { 0.0 } else { slot.domain[0].lower };
            let value = if wave == Wave::Cosine { phase.cos() } else { phase.sin() };
            let found = modes.at(&[origin + 0.1])[(0, place)];
            assert!((found - std::f64::consts::SQRT_2 * value).abs() < 1e-12);
        }
        assert_eq!(modes.place(0, Wave::Cosine), None);
    }
}

#[test]
fn functionals_that_an_unknown_lacks_are_refused() {
    let problem = two_functions(Link::Identity);
    let [kernel, _] = &problem.unknowns[..] else { panic!("two unknowns") };
    let refused = [
        Functional::Scalar,
        Functional::Mode { k: 1, wave: Wave::Sine },
        Functional::Mode { k: 0, wave: Wave::Cosine },
        Functional::Mean { from: 0.4, to: 0.4 },
        Functional::Value { at: f64::NAN },
    ];
    for functional in refused {
        let error = functional.of(kernel).unwrap_err();
        assert!(matches!(error, FitError::Functional { .. }), "{error}");
    }
    let Coupling { problem, .. } = coupling(0.3, 0.03, towards(-1.0));
    assert!(Functional::Value { at: 0.1 }.of(&problem.unknowns[0]).is_err());
    assert_eq!(Functional::Scalar.of(&problem.unknowns[0]).unwrap().offset, 0.25);
}
