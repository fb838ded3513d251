//! Every formulation with every optimiser, and what must not matter: the number of threads.

use lacuna::problem::{
    Formulation, LoadedProblem, Optimiser, SurrogateSpec, Symmetry, UnknownFunction,
};
use lacuna::{Error, Flow, Recovery, aggregation_diffusion};
use tempfile::TempDir;

use crate::support::{example, network, recover, seek_in};

const FORMULATIONS: [Formulation; 3] =
    [Formulation::FixedPoint, Formulation::LogFixedPoint, Formulation::Strong];
const OPTIMISERS: [Optimiser; 4] =
    [Optimiser::Projection, Optimiser::LevenbergMarquardt, Optimiser::Lbfgs, Optimiser::Adam];

fn small(restarts: usize, max_iterations: usize) -> (TempDir, LoadedProblem) {
    let (dir, mut loaded) = example("two-states");
    seek_in(&mut loaded, &network(&[6, 6]));
    loaded.problem.fit.restarts = restarts;
    loaded.problem.fit.max_iterations = Some(max_iterations);
    (dir, loaded)
}

#[test]
fn every_optimiser_decreases_the_cost_of_every_formulation() {
    for formulation in FORMULATIONS {
        for optimiser in OPTIMISERS {
            let iterations = if optimiser == Optimiser::Adam { 200 } else { 15 };
            // The first start may be at the pilot, with little left to gain; the second is not.
            let (_dir, mut loaded) = small(2, iterations);
            loaded.problem.fit.formulation = formulation;
            loaded.problem.fit.optimiser = optimiser;
            if (formulation, optimiser) == (Formulation::FixedPoint, Optimiser::Projection) {
                let refused = lacuna::recover(&loaded, &|_| Flow::Continue).unwrap_err();
                assert!(matches!(refused, Error::Fit { .. }), "{refused}");
                assert!(refused.is_invalid_input(), "nothing is linear in that residual");
                continue;
            }
            let recovery = recover(&loaded);
            assert_eq!(recovery.formulation, formulation);
            let best = |history: &[f64]| history.iter().copied().fold(f64::INFINITY, f64::min);
            for (index, restart) in recovery.restarts.iter().enumerate() {
                let history = &restart.history;
                let (start, end) = (history[0], best(history));
                println!("{formulation:?} {optimiser:?} {index}: {start:.1e} to {end:.1e}");
                // As many again if the best converged and was polished.
                assert!(history.len() <= 2 * iterations + 1);
                let enough = if index == 0 { end <= start } else { end < 0.5 * start };
                assert!(enough, "{formulation:?} {optimiser:?}");
            }
            let kept = &recovery.restarts[recovery.best_restart].history;
            assert_eq!(recovery.cost, best(kept), "the best iterate is kept");
        }
    }
}

/// The three residuals vanish together, so all of them find the same functions; iterations end, and
/// the smoothness prior of iterative fits acts, before round-off is reached.
#[test]
fn formulations_agree_on_the_functions() {
    for formulation in FORMULATIONS {
        let on = |cells| aggregation_diffusion(0.1).domain(0.0, 1.0, cells);
        let (kernel, potential) = ("-cos(2*pi*x) + 0.3*cos(4*pi*x)", "0.1*sin(2*pi*x)");
        let truth = on(256).known("W", kernel).known("V", potential);
        let states = truth.condition("coupling", 0.1).condition("coupling", 0.2).solve().unwrap();
        let fourier = SurrogateSpec::Fourier { modes: 6 };
        let even = UnknownFunction { symmetry: Symmetry::Even, ..fourier.clone().into() };
        let mut loaded = on(64)
            .unknown("W", even)
            .unknown("V", fourier)
            .state(&states[0].x, &states[0].u, &[("coupling", 0.1)])
            .state(&states[1].x, &states[1].u, &[("coupling", 0.2)])
            .truth("W", kernel)
            .truth("V", potential)
            .build()
            .unwrap();
        loaded.problem.fit.formulation = formulation;
        loaded.problem.fit.restarts = 2;
        let recovery = recover(&loaded);
        println!("{formulation:?}: {:?} iterations", recovery.restarts[0].iterations);
        crate::support::assert_recovered(&recovery, "W", 1e-5);
        crate::support::assert_recovered(&recovery, "V", 1e-5);
    }
}

fn on_threads(threads: usize, loaded: &LoadedProblem) -> Recovery {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| recover(loaded))
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    for optimiser in [Optimiser::Auto, Optimiser::Adam] {
        let (_dir, mut loaded) = small(5, 25);
        loaded.problem.fit.optimiser = optimiser;
        loaded.problem.fit.seed = 11;
        let [one, two] = [1, 2].map(|threads| on_threads(threads, &loaded));
        assert_eq!(one.best_restart, two.best_restart);
        assert_eq!(one.cost.to_bits(), two.cost.to_bits());
        for (a, b) in one.functions.iter().zip(&two.functions) {
            let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&a.theta), bits(&b.theta), "{}", a.name);
            assert_eq!(bits(&a.values), bits(&b.values), "{}", a.name);
        }
        for (a, b) in one.restarts.iter().zip(&two.restarts) {
            assert_eq!(a.history, b.history);
            assert_eq!(a.seed, b.seed);
        }
        loaded.problem.fit.seed = 12;
        assert_ne!(recover(&loaded).functions[0].theta, one.functions[0].theta, "seeds matter");
    }
}

#[test]
fn the_watcher_may_stop_a_run_and_gets_what_there_is() {
    let (_dir, mut loaded) = small(3, 10_000);
    loaded.problem.fit.optimiser = Optimiser::Adam;
    let stop_late = |progress: &lacuna::Progress| {
        if progress.iteration >= 20 { Flow::Stop } else { Flow::Continue }
    };
    let recovery = lacuna::recover(&loaded, &stop_late).unwrap();
    assert_eq!(recovery.stop, lacuna::Stop::Interrupted);
    assert!(recovery.restarts.iter().all(|restart| restart.iterations <= 21));
    assert!(recovery.functions.iter().all(|f| f.values.iter().all(|v| v.is_finite())));
}
