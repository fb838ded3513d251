//! Profiles of fits, end to end on a small problem.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::f64::consts::TAU;

use common::{
    COUPLINGS, DIFFUSION, aggregation_diffusion, circle, fourier, known, number, observed_states,
    unknown,
};
use lacuna_core::{Conditions, Flow};
use lacuna_fit::{
    Functional, Observations, ObservedState, PriorOptions, ProfileEnd, ProfileOptions,
    ProfileRequest, SteadyFit, SteadyOptions, SteadyUnknown, Unknown, Wave, fit_steady,
};
use lacuna_grid::Functionals;

const CELLS: usize = 48;

/// W and V from 24 values of each of two states, with errors ± `sd` in a fixed pattern.
fn fit(sd: f64) -> SteadyFit {
    let model = aggregation_diffusion(CELLS);
    let grid = circle(CELLS);
    let parts = observed_states(CELLS).into_iter().zip(COUPLINGS).enumerate();
    let states = parts.map(|(e, (u, coupling))| {
        let x: Vec<f64> = (0..24).map(|k| grid.nodes().get(2 * k)[0]).collect();
        let error = |k: usize| sd * f64::sqrt(2.0) * (TAU * 0.37 * (k * k + e) as f64).sin();
        let y = (0..24).map(|k| u[2 * k] + error(k)).collect();
        ObservedState {
            conditions: Conditions::default(),
            slots: vec![unknown(0), unknown(1), known(number(DIFFUSION)), known(number(coupling))],
            observations: Observations::gaussian(
                Functionals::points(&grid, &x, &[]),
                y,
                vec![sd; 24],
            )
            .unwrap(),
            unknown_noise: false,
            initial: None,
        }
    });
    let unknowns: Vec<SteadyUnknown> = (0..2)
        .map(|slot| SteadyUnknown {
            unknown: Unknown { slot, function: fourier(&model.slots()[slot], 8) },
            positive: false,
            prior: PriorOptions::default(),
        })
        .collect();
    let options = SteadyOptions { restarts: 1, ..SteadyOptions::default() };
    fit_steady(model.clone(), &unknowns, states.collect(), &options, &|_, _| Flow::Continue)
        .unwrap()
}

fn requests() -> Vec<ProfileRequest> {
    let of = |unknown, functional| ProfileRequest { unknown, functional };
    vec![
        of(0, Functional::Value { at: 0.0 }),
        of(0, Functional::Mode { k: 1, wave: Wave::Cosine }),
        of(1, Functional::Mode { k: 1, wave: Wave::Sine }),
        of(1, Functional::Mean { from: 0.2, to: 0.4 }),
    ]
}

const GO_ON: &(dyn Fn() -> Flow + Sync) = &|| Flow::Continue;

#[test]
fn with_little_noise_profiles_agree_with_laplace_and_hold_the_truth() {
    let fit = fit(0.002);
    let truths = [-1.0, -1.0, 0.1];
    let profiles = fit.profiles(&requests(), &ProfileOptions::default(), GO_ON);
    for (i, profile) in profiles.into_iter().enumerate() {
        let profile = profile.unwrap();
        assert_eq!(profile.ends, [ProfileEnd::Crossed; 2]);
        let departure = profile.departure_from_laplace().unwrap();
        assert!(departure < 0.1, "{i}: {departure}");
        let [interval, half] = profile.intervals;
        let [lower, upper] = [interval.lower.unwrap(), interval.upper.unwrap()];
        assert!(lower < half.lower.unwrap() && half.upper.unwrap() < upper);
        // The band owns up to what is not known of the prior too, which a profile keeps as it was found.
        if let Functional::Value { at } = profile.request.functional {
            let sd = fit.standard_deviation(0, &[at])[0];
            assert!(profile.sd < 1.02 * sd && profile.sd > 0.4 * sd, "{} {sd}", profile.sd);
        }
        if let Some(truth) = truths.get(i) {
            let (wide, middle) = (upper - lower, 0.5 * (lower + upper));
            assert!((truth - middle).abs() < wide, "{i}: {truth} {lower} {upper}");
        }
        assert!(profile.points.len() <= 22, "{}", profile.points.len());
    }
}

#[test]
fn one_thread_or_two_give_the_same_profiles() {
    let fit = fit(0.02);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let profiles = fit.profiles(&requests(), &ProfileOptions::default(), GO_ON);
            profiles.into_iter().map(|p| p.unwrap().points).collect::<Vec<_>>()
        })
    };
    assert_eq!(run(1), run(2));
    let alone = fit.profile(0, &Functional::Value { at: 0.0 }, &ProfileOptions::default(), GO_ON);
    assert_eq!(alone.unwrap().points, run(2)[0]);
}

#[test]
fn a_direction_that_the_data_do_not_see_is_held_by_the_prior() {
    let fit = fit(0.02);
    let share = |k: usize| {
        let functional = Functional::Mode { k, wave: Wave::Cosine };
        let profile = fit.profile(0, &functional, &ProfileOptions::default(), GO_ON).unwrap();
        let [lower, upper] = profile.data_share();
        (lower.unwrap() + upper.unwrap()) / 2.0
    };
    // û₈ is far below the noise.
    assert!(share(1) > 0.5, "{}", share(1));
    assert!(share(8) < 0.1, "{}", share(8));
}

#[test]
fn the_linearised_fit_leaves_the_residuals_of_the_fit() {
    let fit = fit(0.02);
    let linear = fit.linearised().unwrap();
    let (m, d) = (linear.sensitivity.nrows(), linear.sensitivity.ncols());
    assert_eq!((m, linear.data.len(), linear.experiments.len()), (48, 48, 2));
    // S z − y are the score residuals, whose squares sum to about those of the class.
    let replicates = linear.replicates(400, 3);
    let mean_square = |i: usize| (0..400).map(|j| replicates[(i, j)].powi(2)).sum::<f64>() / 400.0;
    for i in 0..m {
        let expected = 1.0 + (0..d).map(|j| linear.sensitivity[(i, j)].powi(2)).sum::<f64>();
        assert!((mean_square(i) / expected - 1.0).abs() < 0.4, "{i}");
    }
}
