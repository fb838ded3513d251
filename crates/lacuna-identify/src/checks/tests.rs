//! The checks of residuals on linear problems: false alarms at the level promised, and wrong models
//! found.

use faer::Mat;
use lacuna_fit::{LinearisedFit, LinearisedState};

use super::*;

const POINTS: usize = 40;
const MODES: usize = 6;
const STATES: usize = 3;

/// Three experiments that see six modes cos ωx, sin ωx of one function.
fn right(seed: u64) -> LinearisedFit {
    let m = STATES * POINTS;
    let sensitivity = Mat::from_fn(m, MODES, |i, j| {
        let (e, x) = (i / POINTS, (i % POINTS) as f64 / POINTS as f64);
        let phase = std::f64::consts::TAU * (1 + j / 2) as f64 * x;
        (e + 1) as f64 * if j % 2 == 0 { phase.cos() } else { phase.sin() }
    });
    let state = |e: usize| LinearisedState {
        rows: e * POINTS..(e + 1) * POINTS,
        unknown_noise: false,
        expected_counts: None,
        removed: None,
        sizes: Vec::new(),
        within: None,
    };
    let mut fit = LinearisedFit {
        data: vec![0.0; m],
        sensitivity,
        experiments: (0..STATES).map(state).collect(),
    };
    let drawn = fit.replicates(1, seed);
    fit.data = (0..m).map(|i| drawn[(i, 0)]).collect();
    fit
}

fn check(fit: &LinearisedFit) -> ResidualChecks {
    let x = (0..POINTS).map(|i| i as f64 / POINTS as f64).collect();
    let places = Places { x, length: 1.0, is_circle: true };
    let options = ResidualCheckOptions { replicates: 399, seed: 1_000_000 };
    check_residuals(fit, &vec![Some(places); STATES], &options).unwrap()
}

#[test]
fn a_right_model_is_doubted_as_rarely_as_promised() {
    const COUNT: usize = 200;
    let alarms = (0..COUNT as u64).filter(|&seed| check(&right(seed)).p <= 0.1).count();
    // 20 of 200 expected, standard deviation 4.2.
    assert!((7..=33).contains(&alarms), "{alarms}");
    assert_eq!(check(&right(0)).tests, 6 * STATES);
}

#[test]
fn noise_that_is_larger_than_said_shows_in_the_level_alone() {
    let mut fit = right(3);
    fit.data[..POINTS].iter_mut().for_each(|y| *y *= 2.0);
    let found = check(&fit);
    let level = found.experiments[0].level.unwrap();
    assert!(level.adjusted < 0.01 && level.value > 2.0 * level.expected, "{level:?}");
    assert!(found.experiments[0].serial.unwrap().p > 0.01);
    assert!(found.experiments[1].p() > 0.05);
}

#[test]
fn noise_that_is_smaller_than_said_shows_too() {
    let mut fit = right(4);
    fit.data.iter_mut().for_each(|y| *y *= 0.3);
    let level = check(&fit).experiments[2].level.unwrap();
    assert!(level.adjusted < 0.01 && level.value < level.expected, "{level:?}");
}

#[test]
fn a_term_that_no_mode_can_take_up_is_a_slow_wave_and_a_correlation_of_neighbours() {
    let mut fit = right(5);
    fit.experiments.iter_mut().for_each(|e| e.unknown_noise = true);
    for i in 0..POINTS {
        let phase = std::f64::consts::TAU * 5.0 * i as f64 / POINTS as f64;
        fit.data[POINTS + i] += 2.0 * phase.cos();
    }
    let found = check(&fit);
    let [slow, serial] =
        [found.experiments[1].slow, found.experiments[1].serial].map(Option::unwrap);
    assert!(slow.adjusted < 0.01 && serial.p < 0.01, "{slow:?} {serial:?}");
    assert!(found.experiments[1].level.is_none());
    assert!(found.experiments[1].autocorrelation[0] > 0.3);
}

#[test]
fn an_experiment_of_another_function_disagrees_with_the_others() {
    let mut fit = right(6);
    // A mode of the opposite sign in the last experiment: it fits by itself.
    let other = |i: usize| -4.0 * fit.sensitivity[(i, 0)];
    let moved: Vec<f64> = (2 * POINTS..3 * POINTS).map(other).collect();
    fit.data[2 * POINTS..].iter_mut().zip(moved).for_each(|(y, by)| *y += by);
    let found = check(&fit);
    let consistency = found.experiments[2].consistency.unwrap();
    assert!(consistency.adjusted < 0.01, "{consistency:?}");
    assert_eq!(found.experiments[2].directions, MODES);
    // What T is where everything is right: the number of directions.
    assert!((consistency.expected - MODES as f64).abs() < 1.0, "{consistency:?}");
}

#[test]
fn an_outlier_is_found_whether_the_noise_is_known_or_not() {
    for unknown_noise in [false, true] {
        let mut fit = right(7);
        fit.experiments[0].unknown_noise = unknown_noise;
        fit.data[11] += 7.0;
        let found = check(&fit);
        let largest = found.experiments[0].largest.unwrap();
        assert!(largest.adjusted < 0.01, "{largest:?}");
    }
}

#[test]
fn counts_of_few_individuals_are_not_judged() {
    let mut fit = right(8);
    for state in &mut fit.experiments {
        state.expected_counts = Some(vec![0.5; POINTS]);
    }
    let found = check(&fit);
    assert_eq!(found.experiments[0].residuals, 2);
    assert!(found.experiments[0].level.is_none() && found.experiments[0].consistency.is_some());
}
