//! Iterations do not allocate: after a warm-up, evaluations of the objective and of its derivatives
//! take no memory at all, and an iteration of a fit only copies of θ and factors of small matrices.
//!
//! Blocks are counted by `dhat` in place of the allocator, so this file is a program of its own with
//! a single test.

use lacuna::core::{FactoredJacobian, Flow, Objective};
use lacuna::fit::{LevenbergMarquardt, Limits, Optimiser, VariableProjection};
use lacuna::problem::{Activation, SurrogateSpec};
use lacuna_benches::fixtures::{experiments, objective, two_states};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// What was taken from the heap.
struct Taken {
    blocks: u64,
    bytes: u64,
}

/// What is taken while `work` runs.
fn taken(mut work: impl FnMut()) -> Taken {
    let before = dhat::HeapStats::get();
    work();
    let after = dhat::HeapStats::get();
    Taken {
        blocks: after.total_blocks - before.total_blocks,
        bytes: after.total_bytes - before.total_bytes,
    }
}

#[test]
fn iterations_take_no_memory() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let networks = SurrogateSpec::Network {
        hidden: vec![8, 8],
        activation: Activation::Tanh,
        harmonics: None,
    };
    let plan = lacuna::Plan::new(&two_states(&networks).unwrap()).unwrap();
    let objective = objective(&plan, experiments(&plan).unwrap(), 0).unwrap();
    let theta = objective.initial(0);
    let mut residuals = vec![0.0; objective.n_residuals()];
    let mut gradient = vec![0.0; theta.len()];
    let mut jacobian = FactoredJacobian::default();
    let mut evaluate = |times: usize| {
        for _ in 0..times {
            objective.residuals(&theta, &mut residuals).unwrap();
            objective.value_and_gradient(&theta, &mut gradient).unwrap();
            objective.linearise_factored(&theta, &mut residuals, &mut jacobian).unwrap();
        }
    };
    evaluate(5);
    // The test harness has a thread of its own: what it takes now and then is not ours.
    let least = (0..3).map(|_| taken(|| evaluate(5)).blocks).min();
    assert_eq!(least, Some(0));

    let (p, linear) = (theta.len() as u64, objective.n_linear_params() as u64);
    for projection in [false, true] {
        let fit = |iterations: usize| {
            let limits = Limits { max_iterations: iterations, target_cost: 0.0, ..Limits::NONE };
            let outer = LevenbergMarquardt { limits, ..LevenbergMarquardt::default() };
            let go_on = &mut |_: &lacuna::core::Step<'_>| Flow::Continue;
            if projection {
                let method = VariableProjection { outer, ..Default::default() };
                method.minimise(&objective, &theta, go_on).unwrap()
            } else {
                outer.minimise(&objective, &theta, go_on).unwrap()
            }
        };
        fit(40);
        let few = taken(|| drop(fit(20)));
        let many = taken(|| drop(fit(40)));
        let blocks = (many.blocks - few.blocks) / 20;
        let bytes = (many.bytes - few.bytes) / 20;
        // argmin hands θ on by copying it; the singular values of the eliminated part take small
        // matrices. Nothing grows with the number of residuals.
        let copies = 12 * 8 * p;
        let small = if projection { 24 * 8 * linear * linear } else { 0 };
        assert!(blocks <= 16, "{blocks} blocks an iteration");
        assert!(bytes <= copies + small, "{bytes} bytes an iteration");
    }
}
