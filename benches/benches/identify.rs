//! A diagnosis of two states at 256 nodes, and the linear algebra in it.

use criterion::{Criterion, criterion_group, criterion_main};
use lacuna::DiagnosePlan;
use lacuna::core::Flow;
use lacuna::identify::diagnose;
use lacuna::problem::Problem;

fn plan() -> DiagnosePlan {
    let text = "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 0.1\n\
                [domain]\nboundary = \"periodic\"\ncells = [256]\n\
                [functions.W]\nsurrogate = \"fourier\"\nsymmetry = \"even\"\n\
                [functions.V]\nsurrogate = \"fourier\"\n\
                [[experiments]]\ncoupling = 0.1\nnoise = 0.01\n\
                [[experiments]]\ncoupling = 0.2\nnoise = 0.01\n\
                [truth]\nW = \"-cos(2*pi*x)\"\nV = \"0.1*sin(2*pi*x)\"\n";
    let loaded = Problem::from_str(text, ".".as_ref()).expect("the problem is valid");
    DiagnosePlan::new(&loaded).expect("the problem can be examined")
}

fn diagnosis(c: &mut Criterion) {
    let plan = plan();
    let examination = plan.examine(&|| Flow::Continue).expect("the states exist");
    let mut group = c.benchmark_group("diagnosis, 2 states of 256 nodes");
    group.bench_function("whole", |b| b.iter(|| plan.run(&|| Flow::Continue)));
    group.bench_function("sensitivity", |b| b.iter(|| examination.nominal.sensitivity()));
    group.bench_function("verdicts", |b| b.iter(|| diagnose(&examination.sensitivity, &[], 0.25)));
    group.finish();
}

criterion_group!(benches, diagnosis);
criterion_main!(benches);
