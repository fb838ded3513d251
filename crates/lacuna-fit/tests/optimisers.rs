//! Every optimiser on a small two-state problem, and the restarts around them.
//!
//! The data come from a grid of 128 nodes, the inversion uses 64 of them; W = −cos 2πr and
//! V = 0.1 sin 2πx are unknown. Bounds on work stand some 20 % above what was measured when the
//! tests were written, so a worse algorithm fails them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{error, fourier, two_networks, two_states};
use faer::Mat;
use lacuna_core::{EvalError, EvalResult, Flow, Form, Objective, Stop};
use lacuna_fit::{
    Adam, FieldObjective, Fit, FitError, Lbfgs, LevenbergMarquardt, Limits, Optimiser, Start,
    VariableProjection, multi_start,
};

const CELLS: usize = 64;
const WIDTH: usize = 8;

fn log_networks() -> FieldObjective {
    two_networks(CELLS, Form::LogFixedPoint, WIDTH)
}

fn limits(max_iterations: usize) -> Limits {
    Limits { max_iterations, patience: max_iterations, target_cost: 0.0, ..Limits::NONE }
}

fn optimisers(max_iterations: usize) -> Vec<Box<dyn Optimiser>> {
    let limits = limits(max_iterations);
    let outer = LevenbergMarquardt { limits, ..Default::default() };
    vec![
        Box::new(VariableProjection { outer: outer.clone(), ..Default::default() }),
        Box::new(outer),
        Box::new(Lbfgs { limits, ..Default::default() }),
        Box::new(Adam { limits, ..Default::default() }),
    ]
}

fn minimise(optimiser: &dyn Optimiser, objective: &dyn Objective, theta: &[f64]) -> Fit {
    optimiser.minimise(objective, theta, &mut |_| Flow::Continue).unwrap()
}

fn cost(objective: &dyn Objective, theta: &[f64]) -> f64 {
    let mut r = vec![0.0; objective.n_residuals()];
    objective.residuals(theta, &mut r).unwrap();
    0.5 * r.iter().map(|r| r * r).sum::<f64>()
}

#[test]
fn every_optimiser_lowers_the_cost_and_reports_it_truly() {
    let objective = log_networks();
    let theta = objective.initial(0);
    let before = cost(&objective, &theta);
    // Factor by which 40 iterations lower the cost, and evaluations of r and of its derivative.
    let expected = [("projection", 1e-11, 49, 49), ("levenberg-marquardt", 1e-8, 49, 49)];
    let expected = expected.into_iter().chain([("lbfgs", 5e-4, 0, 137), ("adam", 2e-2, 0, 49)]);
    for (optimiser, (name, factor, residuals, derivatives)) in optimisers(40).iter().zip(expected) {
        assert_eq!(optimiser.name(), name);
        let fit = minimise(optimiser.as_ref(), &objective, &theta);
        assert!(fit.cost < factor * before, "{name}: {:.2e} of {before:.2e}", fit.cost);
        assert!(fit.counts.residuals <= residuals, "{name}: {:?}", fit.counts);
        assert!(fit.counts.derivatives <= derivatives, "{name}: {:?}", fit.counts);
        assert_eq!(fit.theta.len(), objective.n_params());
        let lowest = fit.history.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(fit.cost, lowest, "{name}");
        let truly = cost(&objective, &fit.theta);
        // Round-off of r, not of its square.
        let slack = 1e-13 * before.sqrt() * fit.cost.sqrt() + 1e-15 * before;
        assert!((truly - fit.cost).abs() <= slack, "{name}: {truly:.6e} for {:.6e}", fit.cost);
    }
}

#[test]
fn steps_without_the_jacobian_lower_the_cost_of_networks() {
    let objective = log_networks();
    let theta = objective.initial(0);
    let before = cost(&objective, &theta);
    let outer =
        LevenbergMarquardt { limits: limits(20), matrix_free_above: 0, ..Default::default() };
    let projection = VariableProjection { outer: outer.clone(), ..Default::default() };
    // Measured: 7.7e-12 and 1.4e-8 of the cost are left.
    for (optimiser, factor) in [(&projection as &dyn Optimiser, 1e-10), (&outer, 1e-7)] {
        let fit = minimise(optimiser, &objective, &theta);
        let name = optimiser.name();
        assert!(fit.cost < factor * before, "{name}: {:.2e} of {before:.2e}", fit.cost);
    }
}

#[test]
fn projection_recovers_both_functions_from_every_start() {
    let objective = log_networks();
    let seen = objective.visibility(&objective.initial(0)).unwrap();
    let weights: Vec<f64> = seen.iter().map(|seen| 1e-11 * seen).collect();
    let objective = objective.with_smoothness(&weights);
    let watch = |_, _: &lacuna_core::Step<'_>| Flow::Continue;
    for start in multi_start(&objective, &VariableProjection::default(), 4, 1, &watch).unwrap() {
        let Fit { theta, stop, counts, .. } = &start.fit;
        let (kernel, potential) = (error(&objective, theta, 0), error(&objective, theta, 1));
        assert_eq!(*stop, Stop::Converged);
        assert!(kernel < 5e-3 && potential < 1e-5, "W {kernel:.1e}, V {potential:.1e}");
        assert!(counts.derivatives <= 175 && counts.residuals <= 177, "{counts:?}");
    }
}

#[test]
fn a_watcher_interrupts_and_the_best_so_far_comes_back() {
    let objective = log_networks();
    let start = objective.initial(2);
    for optimiser in optimisers(1000) {
        let name = optimiser.name();
        let mut seen: Vec<(f64, Vec<f64>)> = Vec::new();
        let fit = optimiser
            .minimise(&objective, &start, &mut |step| {
                assert_eq!(step.iteration, seen.len(), "{name}");
                seen.push((step.cost, step.theta.to_vec()));
                if seen.len() == 6 { Flow::Stop } else { Flow::Continue }
            })
            .unwrap();
        assert_eq!(fit.stop, Stop::Interrupted, "{name}");
        assert_eq!(seen.len(), 6, "{name}");
        let (best, theta) = seen.iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        assert_eq!((&fit.cost, &fit.theta), (best, theta), "{name}");
        // Every iterate reported is one of the full problem, with its linear parameters.
        for (reported, theta) in &seen {
            let truly = cost(&objective, theta);
            assert!((truly - reported).abs() <= 1e-9 * reported, "{name}: {truly} {reported}");
        }
    }
}

/// An objective whose residual is NaN.
struct NotANumber;

impl Objective for NotANumber {
    fn n_params(&self) -> usize {
        2
    }
    fn n_residuals(&self) -> usize {
        3
    }
    fn residuals(&self, _: &[f64], out: &mut [f64]) -> EvalResult {
        out.fill(f64::NAN);
        Ok(())
    }
    fn linearise(
        &self,
        theta: &[f64],
        r: &mut [f64],
        mut jacobian: faer::MatMut<'_, f64>,
    ) -> EvalResult {
        jacobian.fill(1.0);
        self.residuals(theta, r)
    }
    fn linear_params(&self) -> &[std::ops::Range<usize>] {
        const FIRST: std::ops::Range<usize> = 0..1;
        &[FIRST]
    }
}

#[test]
fn data_that_are_not_a_number_are_an_error() {
    let mut experiment = lacuna_fit::Experiment {
        state: common::observed_states(CELLS).swap_remove(0),
        conditions: Default::default(),
        slots: vec![
            common::unknown(0),
            common::known(common::true_potential()),
            common::known(common::number(common::DIFFUSION)),
            common::known(common::number(0.1)),
        ],
    };
    experiment.state[5] = f64::NAN;
    let model = common::aggregation_diffusion(CELLS);
    let function = fourier(&model.slots()[0], 4);
    for form in model.forms() {
        let unknowns = vec![lacuna_fit::Unknown { slot: 0, function: function.clone() }];
        let experiments = vec![experiment.clone()];
        let objective = FieldObjective::new(model.clone(), *form, unknowns, experiments).unwrap();
        let theta = objective.initial(0);
        for optimiser in optimisers(10) {
            let result = optimiser.minimise(&objective, &theta, &mut |_| Flow::Continue);
            match result {
                Err(FitError::Evaluation(EvalError::NonFinite { .. })) => {}
                Err(FitError::NothingLinear) if objective.n_linear_params() == 0 => {}
                other => panic!("{} {form}: {other:?}", optimiser.name()),
            }
        }
    }
    for optimiser in optimisers(10) {
        let result = optimiser.minimise(&NotANumber, &[0.5, 0.5], &mut |_| Flow::Continue);
        let is_error = matches!(result, Err(FitError::Evaluation(EvalError::NonFinite { .. })));
        assert!(is_error, "{}: {result:?}", optimiser.name());
    }
}

fn restarts(objective: &FieldObjective, threads: usize) -> Vec<Start> {
    let optimiser = VariableProjection {
        outer: LevenbergMarquardt { limits: limits(12), ..Default::default() },
        ..Default::default()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| multi_start(objective, &optimiser, 6, 7, &|_, _| Flow::Continue)).unwrap()
}

#[test]
fn restarts_do_not_depend_on_the_number_of_threads() {
    let objective = log_networks();
    let (one, two) = (restarts(&objective, 1), restarts(&objective, 2));
    assert_eq!(one.len(), 6);
    for (i, (a, b)) in one.iter().zip(&two).enumerate() {
        assert_eq!((a.index, a.seed), (i, b.seed));
        assert_eq!(a.fit.theta, b.fit.theta);
        assert_eq!((a.fit.cost, &a.fit.history), (b.fit.cost, &b.fit.history));
        assert_eq!(a.fit.counts, b.fit.counts);
    }
    // Other starts, other ends; and the same again from the same seed.
    assert!(one.windows(2).all(|pair| pair[0].seed != pair[1].seed));
    assert!(one.windows(2).all(|pair| pair[0].fit.theta != pair[1].fit.theta));
    assert_eq!(restarts(&objective, 2)[3].fit.theta, one[3].fit.theta);
}

#[test]
fn a_watcher_stops_every_restart() {
    let objective = log_networks();
    let optimiser = VariableProjection::default();
    let starts = multi_start(&objective, &optimiser, 3, 0, &|_, step| {
        if step.iteration == 2 { Flow::Stop } else { Flow::Continue }
    })
    .unwrap();
    for start in &starts {
        assert_eq!((start.fit.stop, start.fit.history.len()), (Stop::Interrupted, 3));
    }
}

#[test]
fn a_watcher_may_stop_at_the_start() {
    let objective = log_networks();
    let start = objective.initial(2);
    for optimiser in optimisers(1000) {
        let fit = optimiser.minimise(&objective, &start, &mut |_| Flow::Stop).unwrap();
        assert_eq!((fit.stop, fit.history.len()), (Stop::Interrupted, 1), "{}", optimiser.name());
    }
}

#[test]
fn projection_without_linear_parameters_says_so() {
    let objective = two_networks(CELLS, Form::FixedPoint, WIDTH);
    let theta = objective.initial(0);
    let result = VariableProjection::default().minimise(&objective, &theta, &mut |_| {
        panic!("nothing is evaluated");
    });
    assert_eq!(result.unwrap_err(), FitError::NothingLinear);
}

#[test]
fn a_linear_problem_is_solved_in_one_step() {
    let model = common::aggregation_diffusion(CELLS);
    let slots = model.slots();
    let functions = [fourier(&slots[0], 3), fourier(&slots[1], 3)];
    let [kernel, potential] = functions;
    let objective = two_states(CELLS, Form::LogFixedPoint, kernel, potential);
    let (m, p) = (objective.n_residuals(), objective.n_params());
    assert_eq!(objective.n_linear_params(), p);

    let start = objective.initial(0);
    let mut steps = 0;
    let fit = VariableProjection::default()
        .minimise(&objective, &start, &mut |_| {
            steps += 1;
            Flow::Continue
        })
        .unwrap();
    assert_eq!((steps, fit.stop), (1, Stop::Converged));
    assert!(fit.counts.residuals <= 2 && fit.counts.derivatives == 0, "{:?}", fit.counts);
    assert!(error(&objective, &fit.theta, 0) < 1e-8, "{:.1e}", error(&objective, &fit.theta, 0));
    assert!(error(&objective, &fit.theta, 1) < 1e-9, "{:.1e}", error(&objective, &fit.theta, 1));

    // The same from the dense Jacobian at the start: θ − J⁺ r.
    let (mut r, mut jacobian) = (vec![0.0; m], Mat::zeros(m, p));
    objective.linearise(&start, &mut r, jacobian.as_mut()).unwrap();
    let step = jacobian.thin_svd().unwrap().pseudoinverse() * faer::ColRef::from_slice(&r);
    let dense: Vec<f64> = start.iter().zip(step.iter()).map(|(t, s)| t - s).collect();
    let size = dense.iter().map(|x| x * x).sum::<f64>().sqrt();
    for (found, expected) in fit.theta.iter().zip(&dense) {
        assert!((found - expected).abs() < 1e-8 * size, "{found} {expected}");
    }
    assert!(fit.cost <= (1.0 + 1e-6) * cost(&objective, &dense) + 1e-28);
}
