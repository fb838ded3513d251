//! The aggregation-diffusion equation at 256 nodes: T(u) and the residuals over each scalar;
//! ∂residual/∂W applied to 32 columns, and T at fixed functions with its products (∂T/∂u) v and
//! (∂T/∂u)ᵀ y, by hand and by dual numbers.
#![expect(clippy::unwrap_used, reason = "a bench without its fixture has nothing to time")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use faer::Mat;
use lacuna::core::{Dual, Form, Lanes, Linearisation, Model, Pool, Scalar};
use lacuna::models::AggregationDiffusion;
use lacuna_benches::fixtures::{KnownEquation, kuramoto, kuramoto_by_dual};

const NODES: usize = 256;
const COLUMNS: usize = 32;
const FORMS: [Form; 3] = [Form::LogFixedPoint, Form::FixedPoint, Form::Strong];

fn scalar<D: Scalar>(c: &mut Criterion, equation: &KnownEquation, name: &str) {
    let KnownEquation { model, functions, conditions, guess } = equation;
    let model: &dyn Model = model.as_ref();
    let mut group = c.benchmark_group(format!("model/n={NODES}"));
    let functions = functions.lift::<D>();
    let u: Vec<D> = guess
        .iter()
        .enumerate()
        .map(|(i, &u)| D::assemble(u, |t| (0.3 * (i + t) as f64).sin()))
        .collect();
    let mut out = vec![D::constant(0.0); NODES];
    let mut pool = Pool::new();
    group.bench_function(format!("map/{name}"), |b| {
        b.iter(|| model.map(black_box(&u), &functions, conditions, &mut pool, &mut out).unwrap());
    });
    for form in FORMS {
        group.bench_function(format!("residual {form}/{name}"), |b| {
            b.iter(|| {
                let u = black_box(&u);
                model.residual(form, u, &functions, conditions, &mut pool, &mut out).unwrap();
            });
        });
    }
}

fn tangent(c: &mut Criterion, equation: &KnownEquation) {
    let KnownEquation { model, functions, conditions, guess } = equation;
    let mut group = c.benchmark_group(format!("model/n={NODES}"));
    let directions = Mat::from_fn(NODES, COLUMNS, |i, j| (0.1 * (i * (j + 1)) as f64).sin());
    let mut out = Mat::zeros(NODES, COLUMNS);
    let mut pool = Pool::new();
    for form in FORMS {
        let mut residual = vec![0.0; NODES];
        model.residual_f64(form, guess, functions, conditions, &mut pool, &mut residual).unwrap();
        let at = Linearisation { form, u: guess, functions, conditions, residual: &residual };
        let slot = AggregationDiffusion::KERNEL;
        group.bench_function(format!("tangent {form}, {COLUMNS} columns/by hand"), |b| {
            b.iter(|| {
                let directions = black_box(directions.as_ref());
                model.tangent(&at, slot, directions, &mut pool, out.as_mut()).unwrap();
            });
        });
        group.bench_function(format!("tangent {form}, {COLUMNS} columns/by lanes"), |b| {
            b.iter(|| {
                let directions = black_box(directions.as_ref());
                model.tangent_by_lanes(&at, slot, directions, out.as_mut()).unwrap();
            });
        });
    }
}

fn state_map(c: &mut Criterion, equation: &KnownEquation, name: &str) {
    let KnownEquation { model, functions, conditions, guess } = equation;
    let mut group = c.benchmark_group(format!("model/n={NODES}, state map"));
    let mut state_map = model.state_map(functions, conditions);
    let (mut map, mut out) = (vec![0.0; NODES], vec![0.0; NODES]);
    group.bench_function(format!("map/{name}"), |b| {
        b.iter(|| state_map.map(black_box(guess), &mut map).unwrap());
    });
    state_map.set_state(guess, &map);
    let v: Vec<f64> = (0..NODES).map(|i| (0.3 * i as f64).sin()).collect();
    group.bench_function(format!("product/{name}"), |b| {
        b.iter(|| state_map.product(black_box(&v), &mut out).unwrap());
    });
    group.bench_function(format!("adjoint product/{name}"), |b| {
        b.iter(|| state_map.adjoint_product(black_box(&v), &mut out).unwrap());
    });
}

fn benches(c: &mut Criterion) {
    let equation = kuramoto(NODES).unwrap();
    scalar::<f64>(c, &equation, "f64");
    scalar::<Dual>(c, &equation, "dual");
    scalar::<Lanes>(c, &equation, "lanes");
    tangent(c, &equation);
    state_map(c, &equation, "by hand");
    state_map(c, &kuramoto_by_dual(NODES).unwrap(), "by dual");
}

criterion_group!(model, benches);
criterion_main!(model);
