//! Condensed observations beside the same ones with a residual for every datum.

use faer::{Col, Mat};
use lacuna_grid::Functionals;

use super::tests::{grid, jacobian_of, state};
use super::{Information, Observations};
use crate::random::Random;

const NODES: usize = 24;
const MANY: usize = 300;

struct Case {
    name: &'static str,
    observations: Observations,
}

/// More data than nodes, drawn at the state; some are outliers.
fn cases(outliers: usize) -> Vec<Case> {
    let grid = grid(NODES);
    let u = state(&grid);
    let mut random = Random::new(5);
    let x: Vec<f64> = (0..MANY).map(|_| random.uniform()).collect();
    let points = || Functionals::points(&grid, &x, &[]);
    let ends: Vec<f64> = (0..=MANY).map(|i| i as f64 / MANY as f64).collect();
    let bins = |last: usize| Functionals::integrals(&grid, &ends[..last], &ends[1..=last], &[]);
    let mut y = vec![0.0; MANY];
    points().apply(&u, &mut y);
    for (i, y) in y.iter_mut().enumerate() {
        *y *= 1.0 + 0.1 * random.normal();
        if i < outliers {
            *y *= 3.0;
        }
    }
    let counts: Vec<f64> = (0..MANY).map(|i| (i % 4) as f64).collect();
    let sd: Vec<f64> = (0..MANY).map(|i| 0.1 + 0.01 * (i % 7) as f64).collect();
    let (few, most) = (counts[..MANY - 40].to_vec(), MANY - 40);
    let case = |name, made: lacuna_core::EvalResult<Observations>| Case {
        name,
        observations: made.unwrap(),
    };
    vec![
        case("gaussian", Observations::gaussian(points(), y.clone(), sd.clone())),
        case("log-normal", Observations::log_normal(points(), y.clone(), sd.clone())),
        case("student", Observations::student(points(), y.clone(), sd, 4.0)),
        case("floored", Observations::floored(points(), y, 0.1, 0.05)),
        case("poisson", Observations::poisson(bins(MANY), counts.clone(), 200.0)),
        case("multinomial", Observations::multinomial(bins(MANY), counts)),
        case("multinomial, a part", Observations::multinomial(bins(most), few)),
    ]
}

/// φ, Kᵀr, KᵀK and ‖r‖².
struct Said {
    phi: f64,
    score: Col<f64>,
    information: Mat<f64>,
    square: f64,
}

fn said(observations: &Observations, u: &[f64], information: Information) -> Said {
    let mut r = vec![0.0; observations.len()];
    let mut k = Mat::zeros(observations.len(), u.len());
    let identity = Mat::<f64>::identity(u.len(), u.len());
    let phi =
        observations.linearise(u, identity.as_ref(), information, &mut r, k.as_mut()).unwrap();
    Said {
        phi,
        score: k.transpose() * faer::ColRef::from_slice(&r),
        information: k.transpose() * &k,
        square: r.iter().map(|r| r * r).sum(),
    }
}

#[test]
fn condensed_observations_say_what_all_data_say() {
    let u = state(&grid(NODES));
    for Case { name, observations } in cases(5) {
        let condensed = observations.clone().condensed();
        assert_eq!((condensed.len(), condensed.n_data()), (NODES + 1, observations.n_data()));
        assert_eq!(condensed.scores(&u).unwrap(), observations.scores(&u).unwrap());
        for information in [Information::Working, Information::Expected] {
            for u in [&u, &u.iter().map(|u| 0.4 + u * u).collect::<Vec<f64>>()] {
                let all = said(&observations, u, information);
                let few = said(&condensed, u, information);
                assert!((few.phi / all.phi - 1.0).abs() < 1e-12, "{name}");
                assert!((few.square / all.square - 1.0).abs() < 1e-11, "{name}");
                let off = (&few.score - &all.score).norm_l2() / all.score.norm_l2();
                assert!(off < 1e-10, "{name}: {off}");
                let off = (&few.information - &all.information).norm_l2();
                assert!(off < 1e-11 * all.information.norm_l2(), "{name}: {off}");
            }
        }
        let mut r = vec![0.0; condensed.len()];
        let square = said(&condensed, &u, Information::Working).square;
        condensed.evaluate(&u, &mut r).unwrap();
        assert!((r.iter().map(|r| r * r).sum::<f64>() / square - 1.0).abs() < 1e-12, "{name}");
        // Parts and rescaled noise are condensed anew.
        let mut part = condensed.subset(&(0..100).collect::<Vec<usize>>());
        part.scale_noise(2.0);
        let mut right = observations.subset(&(0..100).collect::<Vec<usize>>());
        right.scale_noise(2.0);
        let [few, all] = [&part, &right].map(|o| said(o, &u, Information::Working));
        assert!((few.phi - all.phi).abs() < 1e-11 * all.phi.abs(), "{name}");
    }
}

#[test]
fn few_data_stay_as_they_are() {
    let u = state(&grid(NODES));
    for Case { name, observations } in cases(0) {
        let few = observations.subset(&[3, 50, 7, 111]).condensed();
        let rows = if ["student", "floored"].contains(&name) { NODES + 1 } else { 4 };
        assert_eq!(few.len(), rows, "{name}");
        let all = said(&observations.subset(&[3, 50, 7, 111]), &u, Information::Working);
        let found = said(&few, &u, Information::Working);
        assert!((&found.score - &all.score).norm_l2() < 1e-11 * all.score.norm_l2(), "{name}");
    }
}

/// The observed information is the second derivative of φ, and Kᵀr the first.
#[test]
fn observed_information_is_the_curvature_of_the_likelihood() {
    const H: f64 = 1e-4;
    let grid = grid(NODES);
    let u = state(&grid);
    let phi = |observations: &Observations, u: &[f64]| {
        observations.evaluate(u, &mut vec![0.0; observations.len()]).unwrap()
    };
    for Case { name, observations } in cases(5) {
        let curved = ["student", "floored"].contains(&name);
        let condensed = observations.condensed();
        let waves = |k: usize| -> Vec<f64> {
            let wave = |x: f64| (std::f64::consts::TAU * k as f64 * x).cos();
            grid.nodes().iter().map(|x| wave(x[0])).collect()
        };
        let du = Mat::from_fn(NODES, 4, |i, k| waves(k)[i]);
        let (mut r, mut k) = (vec![0.0; condensed.len()], Mat::zeros(condensed.len(), 4));
        let (info, out) = (Information::Observed, k.as_mut());
        condensed.linearise(&u, du.as_ref(), info, &mut r, out).unwrap();
        let score = k.transpose() * faer::ColRef::from_slice(&r);
        for j in 0..4 {
            let at = |h: f64| {
                let moved: Vec<f64> = u.iter().zip(waves(j)).map(|(u, w)| u + h * w).collect();
                phi(&condensed, &moved)
            };
            let slope = (at(H) - at(-H)) / (2.0 * H);
            assert!((score[j] - slope).abs() < 1e-5 * (1.0 + slope.abs()), "{name}, {j}");
            let second = (at(H) - 2.0 * at(0.0) + at(-H)) / (H * H);
            let found = k.col(j).squared_norm_l2();
            if curved {
                assert!((found / second - 1.0).abs() < 1e-4, "{name}, {j}: {found} {second}");
            }
        }
        let square = said(&condensed, &u, Information::Working).square;
        assert!((r.iter().map(|r| r * r).sum::<f64>() / square - 1.0).abs() < 1e-10, "{name}");
    }
}

#[test]
fn a_lone_outlier_has_the_expected_curvature_in_the_place_of_a_negative_one() {
    let grid = grid(NODES);
    let u = state(&grid);
    let point = Functionals::points(&grid, &[0.3], &[]);
    let far = Observations::student(point, vec![u[7] + 10.0], vec![0.1], 4.0).unwrap();
    let k = jacobian_of(&far.clone().condensed(), &u, Information::Observed);
    let expected = jacobian_of(&far, &u, Information::Working);
    let off = (k.transpose() * &k - expected.transpose() * &expected).norm_l2();
    assert!(off < 1e-10 * expected.squared_norm_l2() && off.is_finite(), "{off}");
}

#[test]
fn residuals_of_groups_are_those_of_sums_and_keep_all_squares() {
    let u = state(&grid(NODES));
    for Case { name, observations } in cases(0) {
        let found = observations.grouped(&u, 30).unwrap();
        let groups = found.residuals.len();
        assert!(groups <= 30 && found.sizes.iter().sum::<usize>() == observations.n_data());
        let square: f64 = found.residuals.iter().map(|r| r * r).sum();
        match &found.expected_counts {
            None => {
                let within = found.within.unwrap();
                if ["gaussian", "log-normal"].contains(&name) {
                    let scores = observations.scores(&u).unwrap();
                    let right: f64 = scores.iter().map(|r| r * r).sum();
                    assert!(((square + within.square) / right - 1.0).abs() < 1e-12, "{name}");
                }
                assert!(within.square > 0.0 && within.largest > 1.5, "{name}");
            }
            Some(expected) => {
                let all = observations.expected_counts(&u).unwrap();
                let (sum, right) = (expected.iter().sum::<f64>(), all.iter().sum::<f64>());
                assert!((sum / right - 1.0).abs() < 1e-12 && found.within.is_none(), "{name}");
            }
        }
        // As many groups as data: nothing is left out.
        let all = observations.grouped(&u, MANY).unwrap();
        assert!(all.sizes.is_empty() && all.within.is_none(), "{name}");
        assert_eq!(all.residuals.len(), observations.n_data());
    }
}

#[test]
fn simulated_sets_have_the_largest_of_as_many_normal_variables() {
    let observations = cases(0).remove(0).observations;
    let within = observations.grouped(&state(&grid(NODES)), 30).unwrap().within.unwrap();
    let drawn = within.drawn(4000, 3);
    let mut largest: Vec<f64> = drawn.iter().map(|d| d.largest).collect();
    largest.sort_by(f64::total_cmp);
    // (2Φ(t) − 1)^300 = ½ at t = 3.049.
    assert!((largest[2000] - 3.049).abs() < 0.03, "{}", largest[2000]);
    let mean = drawn.iter().map(|d| d.square).sum::<f64>() / 4000.0;
    assert!((mean / (MANY - within.groups) as f64 - 1.0).abs() < 0.01, "{mean}");
}
