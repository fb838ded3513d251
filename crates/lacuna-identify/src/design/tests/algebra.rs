//! Updates against inverses, derivatives against remainders, the linear bound against its dual.

use faer::Mat;
use lacuna_core::taylor::TaylorTest;

use super::super::bound::largest_gain;
use super::super::criterion::Smooth;
use super::super::posterior::Posterior;
use super::super::problem::{Candidate, Group};
use super::super::relaxation::for_tests::gradient_and_hessian;
use super::super::relaxation::mean_value;
use super::super::schatten::{Schatten, Scratch};
use super::super::selection::Selection;
use super::{CRITERIA, Numbers, problem};

const POWER: usize = 12;

#[test]
fn updates_agree_with_inverses() {
    let problem = problem(1, 7, 2, 0.0, CRITERIA[0]);
    let truth = &problem.truths[0];
    let mut updated = Posterior::new(truth, &[0.0; 7]).unwrap();
    for (k, w) in [(2, 1.0), (5, 2.0), (0, 0.5), (2, -1.0)] {
        updated.update(k, w);
    }
    let direct = Posterior::new(truth, &[0.5, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0]).unwrap();
    assert!((updated.log_det - direct.log_det).abs() < 1e-12);
    assert!((&updated.goal - &direct.goal).norm_max() < 1e-13);
    assert!((&updated.seen - &direct.seen).norm_max() < 1e-13);
    let q = updated.leverage.iter().zip(&direct.leverage).map(|(a, b)| (a - b).abs());
    assert!(q.fold(0.0, f64::max) < 1e-13);
}

#[test]
fn predicted_changes_are_the_changes() {
    for criterion in CRITERIA {
        let problem = problem(2, 9, 3, 0.0, criterion);
        let smooth = Smooth { criterion, power: POWER };
        let mut counts = vec![0; 9];
        counts[4] = 1;
        let mut base = Selection::new(&problem, smooth, counts.clone()).unwrap();
        let changes = base.survey().unwrap();
        for i in (0..9).filter(|i| *i != 4) {
            counts[i] = 1;
            let direct = Selection::new(&problem, smooth, counts.clone()).unwrap();
            counts[i] = 0;
            let change = direct.value - base.value;
            assert!((changes[i] - change).abs() < 1e-11, "{criterion:?} {i}");
            assert!(change <= 1e-14, "a measurement never hurts");
        }
    }
}

#[test]
fn a_removed_measurement_leaves_no_trace() {
    let problem = problem(3, 8, 2, 1.5, CRITERIA[0]);
    let smooth = Smooth { criterion: CRITERIA[0], power: POWER };
    let base = Selection::new(&problem, smooth, vec![0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
    let mut moved = base.clone();
    let change = moved.survey().unwrap()[2];
    moved.add(2, change);
    assert!((moved.cost - (base.cost + 2.5)).abs() < 1e-14, "a point and its experiment");
    let direct = Selection::new(&problem, smooth, moved.counts.clone()).unwrap();
    assert!((moved.value - direct.value).abs() < 1e-13);
    moved.remove(2);
    moved.survey().unwrap();
    assert!((moved.cost - base.cost).abs() < 1e-14);
    assert!((moved.value - base.value).abs() < 1e-13);
    assert_eq!(moved.counts, base.counts);
}

#[test]
fn powers_of_a_changed_matrix() {
    let mut numbers = Numbers::new(4);
    let a = Mat::from_fn(6, 6, |_, _| numbers.next());
    let b = &a * a.transpose() + Mat::<f64>::identity(6, 6);
    let s = Mat::from_fn(6, 1, |_, _| 0.3 * numbers.next());
    for (power, alpha) in [(1, 0.5), (2, 0.5), (7, 0.4), (32, -0.8)] {
        let at = Schatten::new(&b, power).unwrap();
        let rotated = at.rotated(&s);
        let mut scratch = Scratch::new(power);
        let found = at.after(rotated.col(0).iter().copied(), alpha, &mut scratch);
        let changed = Mat::from_fn(6, 6, |i, j| b[(i, j)] - alpha * s[(i, 0)] * s[(j, 0)]);
        let direct = Schatten::new(&changed, power).unwrap().value();
        assert!((found - direct).abs() < 1e-11 * direct, "{power}: {found} {direct}");
    }
    let high = Schatten::new(&b, 200).unwrap();
    assert!(high.value() >= high.largest() && high.value() < 1.02 * high.largest());
}

#[test]
fn gradients_and_hessians() {
    for criterion in CRITERIA {
        let problem = problem(5, 8, 2, 0.0, criterion);
        let smooth = Smooth { criterion, power: POWER };
        let mut numbers = Numbers::new(6);
        let at: Vec<f64> = (0..8).map(|_| 0.6 + 0.3 * numbers.next()).collect();
        let along: Vec<f64> = (0..8).map(|_| numbers.next()).collect();
        let moved =
            |h: f64| -> Vec<f64> { at.iter().zip(&along).map(|(a, d)| a + h * d).collect() };
        let (gradient, hessian) = gradient_and_hessian(&problem, smooth, &at);
        let slope: f64 = gradient.iter().zip(&along).map(|(g, d)| g * d).sum();
        let value = |h: f64| vec![mean_value(&problem, smooth, &moved(h)).unwrap()];
        let test = TaylorTest::run(value, &[slope], 0.05, 8);
        assert!(test.passes(), "{criterion:?} gradient {:?}", test.orders());
        let second = &hessian * faer::ColRef::from_slice(&along);
        let second: Vec<f64> = second.iter().copied().collect();
        let slopes = |h: f64| gradient_and_hessian(&problem, smooth, &moved(h)).0;
        let test = TaylorTest::run(slopes, &second, 0.05, 8);
        assert!(test.passes(), "{criterion:?} Hessian {:?}", test.orders());
    }
}

/// min over λ ≥ 0 of λB + Σ_g max(0, Σ_i r_i max(0, v_i − λc_i) − λC_g), by ternary search.
fn dual(problem: &super::DesignProblem, values: &[f64]) -> f64 {
    let at = |lambda: f64| {
        let group = |g: usize| -> f64 {
            let own = problem.candidates.iter().zip(values).filter(|(c, _)| c.group == g);
            let points = own.map(|(c, v)| c.replicates as f64 * (v - lambda * c.cost).max(0.0));
            (points.sum::<f64>() - lambda * problem.groups[g].cost).max(0.0)
        };
        lambda * problem.budget + (0..problem.groups.len()).map(group).sum::<f64>()
    };
    let (mut lower, mut upper) = (0.0, 1e3);
    for _ in 0..300 {
        let (a, b) = (lower + (upper - lower) / 3.0, upper - (upper - lower) / 3.0);
        if at(a) < at(b) { upper = b } else { lower = a }
    }
    at(lower)
}

#[test]
fn the_linear_bound_equals_its_dual() {
    for seed in 0..40 {
        let mut numbers = Numbers::new(100 + seed);
        let mut problem = problem(seed, 12, 3, 0.0, CRITERIA[0]);
        for candidate in &mut problem.candidates {
            candidate.cost = 1.5 + numbers.next();
            candidate.replicates = if numbers.next() > 0.3 { 2 } else { 1 };
        }
        for group in &mut problem.groups {
            *group = Group { cost: if numbers.next() > 0.5 { 0.0 } else { 2.0 + numbers.next() } };
        }
        problem.budget = 8.0 + 6.0 * numbers.next();
        let values: Vec<f64> = (0..12).map(|_| numbers.next() + 0.3).collect();
        let (found, dual) = (largest_gain(&problem, &values), dual(&problem, &values));
        assert!((found - dual).abs() < 1e-9 * dual, "{seed}: {found} {dual}");
    }
}

#[test]
fn an_experiment_is_bought_as_a_bundle() {
    let mut problem = problem(7, 2, 1, 3.0, CRITERIA[0]);
    problem.candidates[1] = Candidate { cost: 1.0, ..problem.candidates[1] };
    problem.budget = 2.5;
    // Both points and the experiment cost 5 and gain 4: half of that can be paid.
    assert!((largest_gain(&problem, &[3.0, 1.0]) - 2.0).abs() < 1e-14);
    problem.budget = 50.0;
    assert!((largest_gain(&problem, &[3.0, 1.0]) - 4.0).abs() < 1e-14);
}
