//! The reference problems, each recovered to the accuracy promised.
//!
//! Errors are relative L², means removed where the equation leaves a constant open. Settings are
//! the defaults but for what the test says.

use lacuna::problem::SurrogateSpec;

use crate::support::{
    assert_recovered, error, example, network, recover, seek_in, unknown_functions,
};

const FOURIER: SurrogateSpec = SurrogateSpec::Fourier { modes: 32 };

#[test]
fn two_states_by_small_networks_from_five_seeds() {
    let (_dir, mut loaded) = example("two-states");
    seek_in(&mut loaded, &network(&[8, 8]));
    for seed in 0..5 {
        loaded.problem.fit.seed = seed;
        let recovery = recover(&loaded);
        println!("seed {seed}");
        assert!(recovery.is_converged());
        assert_recovered(&recovery, "W", 2e-3);
        assert_recovered(&recovery, "V", 1e-3);
    }
}

/// Networks [16, 16] and seed 0 are what the built-in problem has.
#[test]
fn two_states_as_built_in_from_five_seeds() {
    let (_dir, mut loaded) = example("two-states");
    for unknown in unknown_functions(&mut loaded) {
        assert_eq!(unknown.surrogate, network(&[16, 16]));
    }
    assert_eq!(loaded.problem.fit.seed, 0);
    for seed in 0..5 {
        loaded.problem.fit.seed = seed;
        let recovery = recover(&loaded);
        println!("seed {seed}");
        assert!(recovery.is_converged());
        assert_eq!(recovery.warnings, Vec::<String>::new());
        assert_recovered(&recovery, "W", 1e-3);
        assert_recovered(&recovery, "V", 1e-3);
        for state in &recovery.states {
            assert!(state.relative_l2_misfit.unwrap() < 1e-5, "{state:?}");
        }
    }
}

#[test]
fn two_states_by_fourier_series() {
    let (_dir, mut loaded) = example("two-states");
    seek_in(&mut loaded, &FOURIER);
    let recovery = recover(&loaded);
    assert!(recovery.is_converged());
    assert_recovered(&recovery, "W", 1e-9);
    assert_recovered(&recovery, "V", 1e-9);
    assert_eq!(recovery.restarts.len(), 1, "one direct solve");
}

#[test]
fn branches_by_fourier_series() {
    let (_dir, mut loaded) = example("branches");
    seek_in(&mut loaded, &FOURIER);
    let recovery = recover(&loaded);
    assert_recovered(&recovery, "W", 1e-4);
    assert_recovered(&recovery, "V", 1e-4);
}

#[test]
fn branches_by_networks() {
    let (_dir, loaded) = example("branches");
    let recovery = recover(&loaded);
    assert!(recovery.is_converged());
    assert_recovered(&recovery, "W", 2e-2);
    assert_recovered(&recovery, "V", 2e-2);
}

#[test]
fn kuramoto_by_fourier_series() {
    let (_dir, loaded) = example("kuramoto");
    let recovery = recover(&loaded);
    assert!(recovery.is_converged());
    assert_recovered(&recovery, "W", 1e-8);
}

/// The potential is known there, so one state alone determines the kernel.
#[test]
fn kuramoto_from_either_state_alone() {
    for dropped in [0, 1] {
        let (_dir, mut loaded) = example("kuramoto");
        loaded.problem.experiments.remove(dropped);
        // Modes beyond those the state has are seen through round-off only.
        seek_in(&mut loaded, &SurrogateSpec::Fourier { modes: 8 });
        assert_recovered(&recover(&loaded), "W", 1e-8);
    }
}

#[test]
fn reaction_rate_by_a_network() {
    let (_dir, loaded) = example("reaction-rate");
    let recovery = recover(&loaded);
    assert!(recovery.is_converged());
    assert_recovered(&recovery, "k", 5e-3);
}

#[test]
fn reaction_rate_by_a_spline() {
    let (_dir, mut loaded) = example("reaction-rate");
    seek_in(&mut loaded, &SurrogateSpec::Spline { knots: 20 });
    let recovery = recover(&loaded);
    assert!(recovery.is_converged());
    assert_recovered(&recovery, "k", 5e-3);
}

/// One state does not determine both functions, and nothing should pretend that it does.
#[test]
fn one_state_does_not_determine_kernel_and_potential() {
    let (_dir, mut loaded) = example("two-states");
    loaded.problem.experiments.truncate(1);
    loaded.problem.fit.restarts = 4;
    seek_in(&mut loaded, &network(&[8, 8]));
    let recovery = recover(&loaded);
    assert!(error(&recovery, "W") > 0.1, "the data do not hold this: {}", error(&recovery, "W"));
    let warned = recovery.warnings.iter().any(|warning| warning.contains('W'));
    assert!(warned, "{:?}", recovery.warnings);
}
