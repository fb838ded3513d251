//! Periodic convolution W*u of n nodal values: real, with one direction of u, with eight.
//!
//! The kernel carries no derivatives, as in products with ∂T/∂u.
#![expect(clippy::unwrap_used, reason = "a bench without its fixture has nothing to time")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lacuna::core::{Dual, Lanes, Pool, Scalar};
use lacuna::grid::Convolution;
use lacuna_benches::fixtures::circle;

fn bench<D: Scalar>(c: &mut Criterion, scalar: &str) {
    let mut group = c.benchmark_group("convolution/apply");
    for n in [256, 1024, 4096] {
        let convolution = Convolution::new(&circle(1.0, n).unwrap()).unwrap();
        let kernel: Vec<D> = (0..n).map(|i| D::constant((0.7 * i as f64).sin())).collect();
        let u: Vec<D> = (0..n)
            .map(|i| D::assemble((1.3 * i as f64).cos(), |t| (0.3 * (i + t) as f64).sin()))
            .collect();
        let mut out = vec![D::constant(0.0); n];
        let mut pool = Pool::new();
        group.bench_function(BenchmarkId::new(scalar, format!("n={n}")), |b| {
            b.iter(|| convolution.apply(black_box(&kernel), black_box(&u), &mut pool, &mut out));
        });
    }
}

fn benches(c: &mut Criterion) {
    bench::<f64>(c, "f64");
    bench::<Dual>(c, "dual");
    bench::<Lanes>(c, "lanes");
}

criterion_group!(convolution, benches);
criterion_main!(convolution);
