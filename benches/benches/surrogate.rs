//! Function classes at 256 points: values, values with ∂f/∂θ, and the product with its transpose.
//!
//! `lanes` is the default of [`Surrogate`], dual numbers in lanes of eight, which every
//! hand-written derivative replaces.
#![expect(clippy::unwrap_used, reason = "a bench without its fixture has nothing to time")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use faer::Mat;
use lacuna::core::{Function, Points, Pool, Scalar, Surrogate};
use lacuna::surrogate::{
    Fourier, FourierOptions, Interval, Network, NetworkOptions, Spline, SplineOptions,
};

const POINTS: usize = 256;

/// A function class of which only the formula is kept, so that the defaults differentiate it.
struct ByLanes<S>(S);

impl<S: Surrogate> Surrogate for ByLanes<S> {
    fn n_params(&self) -> usize {
        Surrogate::n_params(&self.0)
    }

    fn initial(&self, seed: u64) -> Vec<f64> {
        Surrogate::initial(&self.0, seed)
    }

    fn eval<D: Scalar>(&self, theta: &[D], x: &[D]) -> D {
        self.0.eval(theta, x)
    }
}

fn class(c: &mut Criterion, id: &str, function: &dyn Function) {
    let mut group = c.benchmark_group(format!("surrogate/{id}, {POINTS} points"));
    let points = Points::line((0..POINTS).map(|i| i as f64 / POINTS as f64).collect());
    let theta = function.initial(0);
    let cotangent: Vec<f64> = (0..POINTS).map(|i| (0.3 * i as f64).sin()).collect();
    let mut pool = Pool::new();
    let mut values = vec![0.0; POINTS];
    group.bench_function("values", |b| {
        b.iter(|| function.values(black_box(&theta), &points, &mut pool, &mut values));
    });
    let mut jacobian = Mat::zeros(POINTS, theta.len());
    group.bench_function("linearise", |b| {
        b.iter(|| {
            let jacobian = jacobian.as_mut();
            function.linearise(black_box(&theta), &points, &mut pool, &mut values, jacobian);
        });
    });
    let mut gradient = vec![0.0; theta.len()];
    group.bench_function("pullback", |b| {
        b.iter(|| {
            function.pullback(black_box(&theta), &points, &cotangent, &mut pool, &mut gradient);
        });
    });
}

fn network(hidden: &[usize]) -> Network {
    let domain = vec![Interval::periodic(0.0, 1.0)];
    Network::new(NetworkOptions { domain, hidden: hidden.to_vec(), ..NetworkOptions::default() })
        .unwrap()
}

fn fourier() -> Fourier {
    let domain = vec![Interval::periodic(0.0, 1.0)];
    Fourier::new(FourierOptions { domain, modes: 32, ..FourierOptions::default() }).unwrap()
}

fn spline() -> Spline {
    let domain = vec![Interval::periodic(0.0, 1.0)];
    Spline::new(SplineOptions { domain, knots: 20, ..SplineOptions::default() }).unwrap()
}

fn benches(c: &mut Criterion) {
    class(c, "network 8-8", &network(&[8, 8]));
    class(c, "network 8-8 by lanes", &ByLanes(network(&[8, 8])));
    class(c, "network 16-16", &network(&[16, 16]));
    class(c, "network 16-16 by lanes", &ByLanes(network(&[16, 16])));
    class(c, "fourier 32 modes", &fourier());
    class(c, "fourier 32 modes by lanes", &ByLanes(fourier()));
    class(c, "spline 20 knots", &spline());
    class(c, "spline 20 knots by lanes", &ByLanes(spline()));
}

criterion_group!(surrogate, benches);
criterion_main!(surrogate);
