//! Identities that every likelihood must satisfy, at a state far from the data.

use std::f64::consts::TAU;

use faer::Mat;
use lacuna_core::{EvalError, EvalResult};
use lacuna_grid::{Axis, Boundary, Functionals, Grid};

use super::ln_gamma::ln_gamma;
use super::{Information, Observations};

const LOWER: [f64; 6] = [0.0, 0.1, 0.3, 0.5, 0.62, 0.8];
const UPPER: [f64; 6] = [0.1, 0.3, 0.5, 0.6, 0.8, 0.95];
const COUNTS: [f64; 6] = [4.0, 0.0, 11.0, 2.0, 7.0, 1.0];
const POSITIONS: [f64; 7] = [0.03, 0.11, 0.12, 0.5, 0.77, 0.9999, 1.3];

struct Case {
    name: &'static str,
    observations: Observations,
}

pub(super) fn grid(cells: usize) -> Grid {
    let axis = Axis { origin: 0.0, length: 1.0, cells, boundary: Boundary::Periodic };
    Grid::new(vec![axis]).unwrap()
}

pub(super) fn state(grid: &Grid) -> Vec<f64> {
    let u = |x: f64| 1.3 + 0.5 * (TAU * x).sin() - 0.2 * (2.0 * TAU * x).cos();
    grid.nodes().iter().map(|x| u(x[0])).collect()
}

fn direction(n: usize) -> Vec<f64> {
    (0..n).map(|i| (1.7 * i as f64 + 0.4).sin()).collect()
}

fn bins(grid: &Grid) -> Functionals {
    Functionals::integrals(grid, &LOWER, &UPPER, &[])
}

fn values(grid: &Grid) -> Functionals {
    Functionals::averages(grid, &LOWER, &UPPER, &[])
}

fn cases(grid: &Grid) -> Vec<Case> {
    let y = vec![1.0, 1.4, 0.7, 2.0, 1.1, 0.3];
    let sd = vec![0.1, 0.2, 0.1, 0.3, 0.5, 0.2];
    let case = |name, made: EvalResult<Observations>| Case { name, observations: made.unwrap() };
    vec![
        case("gaussian", Observations::gaussian(values(grid), y.clone(), sd.clone())),
        case("log-normal", Observations::log_normal(values(grid), y.clone(), sd.clone())),
        case("poisson", Observations::poisson(bins(grid), COUNTS.to_vec(), 30.0)),
        case("multinomial", Observations::multinomial(bins(grid), COUNTS.to_vec())),
        case("positions", Observations::positions(grid, &POSITIONS)),
        case("student", Observations::student(values(grid), y.clone(), sd, 4.0)),
        case("floored", Observations::floored(values(grid), y, 0.2, 0.1)),
    ]
}

fn phi(observations: &Observations, u: &[f64]) -> f64 {
    observations.evaluate(u, &mut vec![0.0; observations.len()]).unwrap()
}

fn gradient(observations: &Observations, u: &[f64]) -> Vec<f64> {
    let mut r = vec![0.0; observations.len()];
    observations.evaluate(u, &mut r).unwrap();
    let mut gradient = vec![f64::NAN; u.len()];
    observations.pullback(u, &r, &mut gradient).unwrap();
    gradient
}

/// K, formed by the tangent of the unit vectors.
fn jacobian(observations: &Observations, u: &[f64]) -> Mat<f64> {
    jacobian_of(observations, u, Information::Working)
}

pub(super) fn jacobian_of(
    observations: &Observations,
    u: &[f64],
    information: Information,
) -> Mat<f64> {
    let (mut r, mut k) = (vec![0.0; observations.len()], Mat::zeros(observations.len(), u.len()));
    let identity = Mat::<f64>::identity(u.len(), u.len());
    observations.linearise(u, identity.as_ref(), information, &mut r, k.as_mut()).unwrap();
    k
}

fn information(observations: &Observations, u: &[f64]) -> Mat<f64> {
    let k = jacobian(observations, u);
    k.transpose() * &k
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `u` + `step` · `d`.
fn moved(u: &[f64], d: &[f64], step: f64) -> Vec<f64> {
    u.iter().zip(d).map(|(u, d)| u + step * d).collect()
}

fn assert_same(name: &str, found: &Mat<f64>, right: &Mat<f64>, tolerance: f64) {
    let error = (found - right).norm_l2() / right.norm_l2();
    assert!(error < tolerance, "{name}: {error}");
}

#[test]
fn pullback_of_the_residuals_is_the_gradient() {
    for n in [5, 16] {
        let grid = grid(n);
        let (u, d) = (state(&grid), direction(n));
        for Case { name, observations } in cases(&grid) {
            let slope = dot(&gradient(&observations, &u), &d);
            let remainder = |step: f64| {
                (phi(&observations, &moved(&u, &d, step)) - phi(&observations, &u) - step * slope)
                    .abs()
            };
            let order = (remainder(2e-3) / remainder(1e-3)).log2();
            assert!((order - 2.0).abs() < 0.05, "{name}, {n} nodes: order {order}");
            let step = 1e-5;
            let central = (phi(&observations, &moved(&u, &d, step))
                - phi(&observations, &moved(&u, &d, -step)))
                / (2.0 * step);
            assert!((central - slope).abs() < 1e-6 * (1.0 + slope.abs()), "{name}: {central}");
        }
    }
}

#[test]
fn pullback_is_the_transpose_of_the_tangent() {
    let grid = grid(16);
    let u = state(&grid);
    for Case { name, observations } in cases(&grid) {
        let k = jacobian(&observations, &u);
        let y = direction(observations.len());
        let mut back = vec![f64::NAN; u.len()];
        observations.pullback(&u, &y, &mut back).unwrap();
        for (j, back) in back.iter().enumerate() {
            let right: f64 = (0..y.len()).map(|i| k[(i, j)] * y[i]).sum();
            assert!((back - right).abs() < 1e-12, "{name}: {back} and {right}");
        }
    }
}

#[test]
fn tangents_of_gaussian_and_log_normal_residuals_are_their_derivative() {
    let grid = grid(16);
    let (u, d) = (state(&grid), direction(16));
    for Case { name, observations } in cases(&grid).into_iter().take(2) {
        let k = jacobian(&observations, &u);
        let residuals = |step: f64| {
            let mut r = vec![0.0; observations.len()];
            observations.evaluate(&moved(&u, &d, step), &mut r).unwrap();
            r
        };
        let (after, before) = (residuals(1e-5), residuals(-1e-5));
        for i in 0..observations.len() {
            let slope: f64 = (0..16).map(|j| k[(i, j)] * d[j]).sum();
            assert!(((after[i] - before[i]) / 2e-5 - slope).abs() < 1e-7, "{name}");
        }
    }
}

/// g gᵀ with the weight `weight`, added to `sum`.
fn add_outer(sum: &mut Mat<f64>, g: &[f64], weight: f64) {
    for j in 0..g.len() {
        for i in 0..g.len() {
            sum[(i, j)] += weight * g[i] * g[j];
        }
    }
}

#[test]
fn information_of_poisson_counts_is_the_expected_square_of_the_score() {
    let grid = grid(12);
    let u = state(&grid);
    let mut seen = [0.0; 6];
    bins(&grid).apply(&u, &mut seen);
    let exposure = 30.0;
    let mut expected = Mat::zeros(12, 12);
    // Independent counts: the information is the sum of that of the bins.
    for (bin, seen) in seen.iter().enumerate() {
        let mean: f64 = exposure * seen;
        for c in 0..120 {
            let c = f64::from(c);
            let one = bins(&grid).subset(&[bin]);
            let one = Observations::poisson(one, vec![c], exposure).unwrap();
            let probability = (c * mean.ln() - mean - ln_gamma(c + 1.0)).exp();
            add_outer(&mut expected, &gradient(&one, &u), probability);
        }
    }
    let all = Observations::poisson(bins(&grid), COUNTS.to_vec(), exposure).unwrap();
    assert_same("poisson", &information(&all, &u), &expected, 1e-12);
}

#[test]
fn information_of_multinomial_counts_is_the_expected_square_of_the_score() {
    let grid = grid(12);
    let u = state(&grid);
    let mut seen = [0.0; 6];
    bins(&grid).apply(&u, &mut seen);
    let sum: f64 = seen.iter().sum();
    let total: f64 = COUNTS.iter().sum();
    let mut expected = Mat::zeros(12, 12);
    // N independent individuals: N times the information of one.
    for (bin, seen) in seen.iter().enumerate() {
        let mut counts = vec![0.0; 6];
        counts[bin] = 1.0;
        let one = Observations::multinomial(bins(&grid), counts).unwrap();
        add_outer(&mut expected, &gradient(&one, &u), total * seen / sum);
    }
    let all = Observations::multinomial(bins(&grid), COUNTS.to_vec()).unwrap();
    assert_same("multinomial", &information(&all, &u), &expected, 1e-12);
}

#[test]
fn information_of_positions_is_the_second_derivative_in_the_logarithm() {
    let grid = grid(10);
    let u = state(&grid);
    let observations = Observations::positions(&grid, &POSITIONS).unwrap();
    // ∂φ/∂(ln u) = u ∂φ/∂u.
    let slopes = |u: &[f64]| -> Vec<f64> {
        gradient(&observations, u).iter().zip(u).map(|(g, u)| g * u).collect()
    };
    let step = 1e-5;
    let mut second = Mat::zeros(10, 10);
    for j in 0..10 {
        let (mut up, mut down) = (u.clone(), u.clone());
        up[j] *= f64::exp(step);
        down[j] *= f64::exp(-step);
        for (i, (a, b)) in slopes(&up).iter().zip(slopes(&down)).enumerate() {
            second[(i, j)] = (a - b) / (2.0 * step);
        }
    }
    let plain = information(&observations, &u);
    let found = Mat::from_fn(10, 10, |i, j| u[i] * plain[(i, j)] * u[j]);
    assert_same("positions", &found, &second, 1e-8);
}

#[test]
fn information_of_positions_is_the_expected_square_of_the_score() {
    let grid = grid(32);
    let u = state(&grid);
    // Expectation over the density by the trapezoidal rule, for one individual.
    let mut expected = Mat::zeros(32, 32);
    let places: Vec<f64> = (0..1600).map(|i| f64::from(i) / 1600.0).collect();
    let all = Observations::positions(&grid, &places).unwrap();
    let mut density = vec![0.0; 1600];
    all.predicted(&u, &mut density);
    for (&x, density) in places.iter().zip(&density) {
        let one = Observations::positions(&grid, &[x]).unwrap();
        add_outer(&mut expected, &gradient(&one, &u), density / 1600.0);
    }
    let one = Observations::positions(&grid, &[0.3]).unwrap();
    let found = information(&one, &u);
    // λ_i λ_j is not concentrated on nodes, so the two agree along smooth directions only.
    for k in 1..4 {
        let d: Vec<f64> = grid
            .nodes()
            .iter()
            .zip(&u)
            .map(|(x, u)| u * (TAU * f64::from(k) * x[0]).cos())
            .collect();
        let form = |m: &Mat<f64>| -> f64 {
            (0..32).map(|i| (0..32).map(|j| d[i] * m[(i, j)] * d[j]).sum::<f64>()).sum()
        };
        assert!((form(&found) / form(&expected) - 1.0).abs() < 1e-4, "mode {k}");
    }
}

#[test]
fn the_mass_of_the_state_tells_positions_and_multinomial_counts_nothing() {
    let grid = grid(16);
    let u = state(&grid);
    let tripled: Vec<f64> = u.iter().map(|u| 3.0 * u).collect();
    for Case { name, observations } in cases(&grid).into_iter().skip(3).take(2) {
        assert!((phi(&observations, &u) - phi(&observations, &tripled)).abs() < 1e-12, "{name}");
        assert!(dot(&gradient(&observations, &u), &u).abs() < 1e-11, "{name}");
    }
}

#[test]
fn a_subset_and_the_rest_add_up() {
    let grid = grid(16);
    let u = state(&grid);
    let other: Vec<f64> = u.iter().map(|u| u * u + 0.1).collect();
    for Case { name, observations } in cases(&grid) {
        let chosen = [4, 1, 2];
        let rest: Vec<usize> = (0..observations.n_data()).filter(|i| !chosen.contains(i)).collect();
        let part = observations.subset(&chosen);
        let remainder = observations.subset(&rest);
        assert_eq!(part.n_data() + remainder.n_data(), observations.n_data());
        assert_eq!(part.n_observed() + remainder.n_observed(), observations.n_observed());
        let mut groups = 0.0;
        if name == "multinomial" {
            // Given the total, how it is shared between the two groups of bins is data as well.
            for (state, sign) in [(&u, 1.0), (&other, -1.0)] {
                let mut seen = [0.0; 6];
                bins(&grid).apply(state, &mut seen);
                let sum: f64 = seen.iter().sum();
                for group in [&chosen[..], &rest] {
                    let mass: f64 = group.iter().map(|&i| seen[i]).sum();
                    let count: f64 = group.iter().map(|&i| COUNTS[i]).sum();
                    groups -= sign * count * (mass / sum).ln();
                }
            }
        }
        let change = |o: &Observations| phi(o, &u) - phi(o, &other);
        let sum = change(&part) + change(&remainder) + groups;
        assert!((change(&observations) - sum).abs() < 1e-10, "{name}");
    }
}

#[test]
fn log_densities_differ_from_phi_by_a_constant_and_are_normalised() {
    let grid = grid(16);
    let u = state(&grid);
    let other: Vec<f64> = u.iter().map(|u| u * u + 0.1).collect();
    for Case { name, observations } in cases(&grid) {
        let log_likelihood = |u: &[f64]| observations.log_density(u).unwrap().iter().sum::<f64>();
        let change = log_likelihood(&u) - log_likelihood(&other);
        let right = phi(&observations, &other) - phi(&observations, &u);
        assert!((change - right).abs() < 1e-10, "{name}");
    }
    let point = || Functionals::points(&grid, &[0.2], &[]);
    let integral = |make: &dyn Fn(f64) -> EvalResult<Observations>, step: f64| -> f64 {
        let density = |i: i32| make(step * f64::from(i)).unwrap().log_density(&u).unwrap()[0].exp();
        (1..4000).map(density).sum::<f64>() * step
    };
    let gaussian = |y| Observations::gaussian(point(), vec![y], vec![0.1]);
    let log_normal = |y| Observations::log_normal(point(), vec![y], vec![0.1]);
    assert!((integral(&gaussian, 1e-3) - 1.0).abs() < 1e-10);
    assert!((integral(&log_normal, 1e-3) - 1.0).abs() < 1e-10);
    let floored = |y| Observations::floored(point(), vec![y], 0.05, 0.05);
    assert!((integral(&floored, 1e-3) - 1.0).abs() < 1e-10);
    // Beyond the ends lie 24/t⁴ of it.
    let student = |y| Observations::student(point(), vec![y], vec![2e-3], 4.0);
    assert!((integral(&student, 1e-3) - 1.0).abs() < 1e-9);
    let poisson = |c| Observations::poisson(point(), vec![c - 1.0], 10.0);
    assert!((integral(&poisson, 1.0) - 1.0).abs() < 1e-10);
    let two = || bins(&grid).subset(&[0, 2]);
    let multinomial: f64 = (0..=9)
        .map(|c| vec![f64::from(c), f64::from(9 - c)])
        .map(|counts| Observations::multinomial(two(), counts).unwrap().log_density(&u).unwrap())
        .map(|terms| terms.iter().sum::<f64>().exp())
        .sum();
    assert!((multinomial - 1.0).abs() < 1e-10);
    let positions = |x: f64| Observations::positions(&grid, &[x]);
    let mass: f64 = (0..1000)
        .map(|i| positions(f64::from(i) / 1000.0).unwrap().log_density(&u).unwrap()[0].exp())
        .sum();
    assert!((mass / 1000.0 - 1.0).abs() < 1e-4, "{mass}");
}

/// Mean and variance of a statistic of 4,000 resampled data sets.
struct Moments {
    mean: f64,
    variance: f64,
}

fn moments(draws: impl Iterator<Item = f64>) -> Moments {
    let draws: Vec<f64> = draws.collect();
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Moments { mean, variance }
}

/// The score has mean 0 and the Fisher information as its variance, if data come from the model.
#[test]
fn resampled_data_have_the_score_of_the_model() {
    let grid = grid(32);
    let u = state(&grid);
    let d: Vec<f64> = grid.nodes().iter().zip(&u).map(|(x, u)| u * (TAU * x[0]).cos()).collect();
    for Case { name, observations } in cases(&grid) {
        let score = |seed| {
            let drawn = observations.resample(&u, seed).unwrap();
            dot(&gradient(&drawn, &u), &d)
        };
        let found = moments((0..4000).map(score));
        let k = jacobian_of(&observations, &u, Information::Expected);
        let along = |i: usize| (0..32).map(|j| k[(i, j)] * d[j]).sum::<f64>();
        let variance: f64 = (0..observations.len()).map(|i| along(i).powi(2)).sum();
        assert!(found.mean.abs() < 4.0 * (variance / 4000.0).sqrt(), "{name}: {}", found.mean);
        let ratio = found.variance / variance;
        assert!((ratio - 1.0).abs() < 0.12, "{name}: {ratio}");
    }
}

#[test]
fn the_same_seed_draws_the_same_data() {
    let grid = grid(16);
    let u = state(&grid);
    for Case { name, observations } in cases(&grid) {
        let drawn = |seed| gradient(&observations.resample(&u, seed).unwrap(), &u);
        assert_eq!(drawn(3), drawn(3), "{name}");
        assert_ne!(drawn(3), drawn(4), "{name}");
        let again = observations.resample(&u, 3).unwrap();
        assert_eq!(again.n_data(), observations.n_data(), "{name}");
    }
}

#[test]
fn large_poisson_counts_have_the_right_mean_and_variance() {
    let grid = grid(16);
    let u = state(&grid);
    let mut mean = [0.0];
    let one = Observations::poisson(bins(&grid).subset(&[2]), vec![0.0], 1e5).unwrap();
    one.predicted(&u, &mut mean);
    let score = |seed| {
        let mut r = [0.0];
        one.resample(&u, seed).unwrap().evaluate(&u, &mut r).unwrap();
        -r[0]
    };
    let found = moments((0..4000).map(score));
    assert!(mean[0] > 1e4);
    assert!(found.mean.abs() < 4.0 / 4000f64.sqrt(), "{}", found.mean);
    assert!((found.variance - 1.0).abs() < 0.1, "{}", found.variance);
}

#[test]
fn only_values_have_a_noise_to_scale() {
    let grid = grid(16);
    let u = state(&grid);
    for Case { name, mut observations } in cases(&grid) {
        let before = phi(&observations, &u);
        observations.scale_noise(2.0);
        let values = ["gaussian", "log-normal", "student", "floored"].contains(&name);
        assert_eq!(observations.has_noise_scale(), values, "{name}");
        if ["student", "floored"].contains(&name) {
            let found = phi(&observations, &u);
            assert!(found < before && found > 0.25 * before, "{name}: {found} {before}");
            continue;
        }
        let factor = if values { 0.25 } else { 1.0 };
        assert!((phi(&observations, &u) - factor * before).abs() < 1e-12 * before.abs(), "{name}");
    }
}

#[test]
fn predictions_are_in_the_unit_of_the_data() {
    let grid = grid(64);
    let u = state(&grid);
    let of = |observations: &Observations| {
        let mut out = vec![f64::NAN; observations.n_data()];
        observations.predicted(&u, &mut out);
        out
    };
    let cases = cases(&grid);
    let mut integrals = [0.0; 6];
    bins(&grid).apply(&u, &mut integrals);
    let sum: f64 = integrals.iter().sum();
    for (bin, integral) in integrals.iter().enumerate() {
        let average = integral / (UPPER[bin] - LOWER[bin]);
        assert!((of(&cases[0].observations)[bin] - average).abs() < 1e-13);
        assert!((of(&cases[1].observations)[bin] - average).abs() < 1e-13);
        assert!((of(&cases[2].observations)[bin] - 30.0 * integral).abs() < 1e-13);
        assert!((of(&cases[3].observations)[bin] - 25.0 * integral / sum).abs() < 1e-13);
    }
    let mut at = [0.0; 7];
    Functionals::points(&grid, &POSITIONS, &[]).apply(&u, &mut at);
    for (found, u) in of(&cases[4].observations).iter().zip(at) {
        assert!((found - u / 1.3).abs() < 1e-7);
    }
}

#[test]
fn no_individuals_tell_nothing() {
    let grid = grid(16);
    let u = state(&grid);
    let none = Observations::multinomial(bins(&grid), vec![0.0; 6]).unwrap();
    let nobody = Observations::positions(&grid, &[]).unwrap();
    for observations in [none, nobody] {
        assert_eq!(phi(&observations, &u), 0.0);
        assert_eq!(information(&observations, &u).norm_l2(), 0.0);
        assert_eq!(observations.n_observed(), 0);
    }
}

#[test]
fn wrong_input_is_refused() {
    let grid = grid(16);
    let shape = |made: EvalResult<Observations>| matches!(made, Err(EvalError::Shape { .. }));
    let domain =
        |made: EvalResult<Observations>| matches!(made, Err(EvalError::OutOfDomain { .. }));
    let six = |value: f64| vec![value; 6];
    assert!(shape(Observations::gaussian(values(&grid), vec![1.0], six(1.0))));
    assert!(shape(Observations::log_normal(values(&grid), six(1.0), vec![1.0])));
    assert!(shape(Observations::poisson(bins(&grid), vec![], 1.0)));
    assert!(shape(Observations::multinomial(bins(&grid), vec![])));
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(domain(Observations::gaussian(values(&grid), six(1.0), six(wrong))));
        assert!(domain(Observations::log_normal(values(&grid), six(wrong), six(1.0))));
        assert!(domain(Observations::poisson(bins(&grid), six(1.0), wrong)));
    }
    for wrong in [-1.0, f64::NAN] {
        assert!(domain(Observations::poisson(bins(&grid), six(wrong), 1.0)));
        assert!(domain(Observations::multinomial(bins(&grid), six(wrong))));
    }
    for wrong in [0.0, f64::NAN] {
        assert!(domain(Observations::student(values(&grid), six(1.0), six(wrong), 4.0)));
        assert!(domain(Observations::student(values(&grid), six(1.0), six(1.0), wrong)));
        assert!(domain(Observations::floored(values(&grid), six(1.0), wrong, 0.1)));
        assert!(domain(Observations::floored(values(&grid), six(1.0), 0.1, wrong)));
    }
    assert!(domain(Observations::gaussian(values(&grid), six(f64::NAN), six(1.0))));
    assert!(domain(Observations::positions(&grid, &[0.1, f64::NAN])));
    let interval = Axis { origin: 0.0, length: 1.0, cells: 8, boundary: Boundary::Dirichlet };
    let interval = Grid::new(vec![interval]).unwrap();
    assert!(domain(Observations::positions(&interval, &[1.1])));

    for Case { name, observations } in cases(&grid) {
        let mut r = vec![0.0; observations.len()];
        let found = observations.evaluate(&[1.0; 3], &mut r);
        assert!(matches!(found, Err(EvalError::Shape { .. })), "{name}");
        assert!(observations.evaluate(&[f64::NAN; 16], &mut r).is_err(), "{name}");
        let negative = observations.evaluate(&[-1.0; 16], &mut r);
        let any_sign = ["gaussian", "student", "floored"].contains(&name);
        assert_eq!(negative.is_ok(), any_sign, "{name}");
        assert_eq!(observations.resample(&[-1.0; 16], 0).is_ok(), any_sign, "{name}");
    }
}
