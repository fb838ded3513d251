//! The example *two-states*: one linearisation of its objective with networks, one iteration of
//! Levenberg-Marquardt and of variable projection, and its whole recovery with networks and with
//! Fourier series.
//!
//! An iteration is a fit of one: the cost of the start and the first λ are in it.
#![expect(clippy::unwrap_used, reason = "a bench without its fixture has nothing to time")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lacuna::core::{FactoredJacobian, Flow, Objective};
use lacuna::fit::{LevenbergMarquardt, Limits, Optimiser, VariableProjection};
use lacuna::problem::{Activation, SurrogateSpec};
use lacuna::{Plan, recover};
use lacuna_benches::fixtures::{experiments, objective, two_states};

fn networks() -> SurrogateSpec {
    let hidden = vec![16, 16];
    SurrogateSpec::Network { hidden, activation: Activation::Tanh, harmonics: None }
}

fn linearise(c: &mut Criterion) {
    let mut group = c.benchmark_group("fit/two-states log-fixed-point, networks 16-16");
    let plan = Plan::new(&two_states(&networks()).unwrap()).unwrap();
    let objective = objective(&plan, experiments(&plan).unwrap(), 0).unwrap();
    let theta = objective.initial(0);
    let mut residuals = vec![0.0; objective.n_residuals()];
    let mut gradient = vec![0.0; theta.len()];
    group.bench_function("residuals", |b| {
        b.iter(|| objective.residuals(black_box(&theta), &mut residuals).unwrap());
    });
    group.bench_function("value_and_gradient", |b| {
        b.iter(|| objective.value_and_gradient(black_box(&theta), &mut gradient).unwrap());
    });
    group.bench_function("linearise_factored", |b| {
        let mut product = FactoredJacobian::default();
        b.iter(|| {
            objective.linearise_factored(black_box(&theta), &mut residuals, &mut product).unwrap();
        });
    });
}

fn iteration(c: &mut Criterion) {
    let mut group = c.benchmark_group("fit/two-states log-fixed-point, networks 16-16");
    let plan = Plan::new(&two_states(&networks()).unwrap()).unwrap();
    let objective = objective(&plan, experiments(&plan).unwrap(), 0).unwrap();
    let theta = objective.initial(0);
    let default = LevenbergMarquardt::default();
    let limits = Limits { max_iterations: 1, ..default.limits };
    let outer = LevenbergMarquardt { limits, ..default };
    let projection = VariableProjection { outer: outer.clone(), ..VariableProjection::default() };
    for method in [&outer as &dyn Optimiser, &projection] {
        group.bench_function(format!("{}, one iteration", method.name()), |b| {
            b.iter(|| {
                let theta = black_box(&theta);
                method.minimise(&objective, theta, &mut |_| Flow::Continue).unwrap()
            });
        });
    }
}

fn recovery_with_networks(c: &mut Criterion) {
    let mut group = c.benchmark_group("fit/two-states log-fixed-point, networks 16-16");
    group.sample_size(10);
    let plan = Plan::new(&two_states(&networks()).unwrap()).unwrap();
    group.bench_function("run, 8 restarts", |b| {
        b.iter(|| plan.run(&|_| Flow::Continue).unwrap());
    });
}

fn recovery(c: &mut Criterion) {
    let mut group = c.benchmark_group("fit/two-states log-fixed-point, fourier 32 modes");
    group.sample_size(20);
    let loaded = two_states(&SurrogateSpec::Fourier { modes: 32 }).unwrap();
    let plan = Plan::new(&loaded).unwrap();
    group.bench_function("run", |b| b.iter(|| plan.run(&|_| Flow::Continue).unwrap()));
    group.bench_function("recover, with reading files", |b| {
        b.iter(|| recover(black_box(&loaded), &|_| Flow::Continue).unwrap());
    });
}

criterion_group!(fit, linearise, iteration, recovery_with_networks, recovery);
criterion_main!(fit);
