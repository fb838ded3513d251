//! Newton-Krylov for the synchronised state of Kuramoto's oscillators, σ = 1, κ = 2.5, from
//! 1 + ½ cos x.
#![expect(clippy::unwrap_used, reason = "a bench without its fixture has nothing to time")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lacuna::steady::{NewtonOptions, Stage, SteadyStateOptions, steady_state};
use lacuna_benches::fixtures::{KnownEquation, kuramoto};

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("solve/kuramoto newton-krylov");
    let stages = vec![Stage::Newton(NewtonOptions::default())];
    let options = SteadyStateOptions { stages, ..SteadyStateOptions::default() };
    for n in [256, 1024] {
        let KnownEquation { model, functions, conditions, guess } = kuramoto(n).unwrap();
        let solve = |guess: &[f64]| {
            steady_state(model.as_ref(), &functions, &conditions, guess, &options, None).unwrap()
        };
        assert!(solve(&guess).stop.is_converged());
        group.bench_function(format!("n={n}"), |b| b.iter(|| solve(black_box(&guess))));
    }
}

criterion_group!(solve, benches);
criterion_main!(solve);
