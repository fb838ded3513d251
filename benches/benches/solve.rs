//! Steady states of Kuramoto's oscillators, σ = 1, κ = 2.5, from 1 + ½ cos x: Newton-Krylov with
//! products by hand and by dual numbers, and with a start on coarser grids.
#![expect(clippy::unwrap_used, reason = "a bench without its fixture has nothing to time")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lacuna::steady::{NewtonOptions, Stage, SteadyStateOptions, steady_state};
use lacuna_benches::fixtures::{KnownEquation, kuramoto, kuramoto_by_dual};

fn solve(c: &mut Criterion, equation: &KnownEquation, id: &str, coarse_start: bool) {
    let KnownEquation { model, functions, conditions, guess } = equation;
    let stages = vec![Stage::Newton(NewtonOptions::default())];
    let options = SteadyStateOptions { stages, coarse_start, ..SteadyStateOptions::default() };
    let solve = |guess: &[f64]| {
        steady_state(model.as_ref(), functions, conditions, guess, &options, None).unwrap()
    };
    let found = solve(guess);
    assert!(found.stop.is_converged());
    assert_eq!(found.coarse.is_some(), coarse_start);
    let mut group = c.benchmark_group("solve/kuramoto newton-krylov");
    group.bench_function(id, |b| b.iter(|| solve(black_box(guess))));
}

fn benches(c: &mut Criterion) {
    for n in [256, 1024] {
        solve(c, &kuramoto(n).unwrap(), &format!("n={n}/by hand"), false);
        solve(c, &kuramoto_by_dual(n).unwrap(), &format!("n={n}/by dual"), false);
    }
    for n in [1024, 4096] {
        solve(c, &kuramoto(n).unwrap(), &format!("n={n}/by hand, coarse start"), true);
    }
}

criterion_group!(solve_benches, benches);
criterion_main!(solve_benches);
