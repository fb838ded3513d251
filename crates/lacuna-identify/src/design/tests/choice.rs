//! Designs against all there are, and what must hold for every design.

use lacuna_core::{Flow, Stop};

use super::super::choose::{DesignOptions, choose, criterion_value};
use super::super::criterion::Smooth;
use super::super::problem::{Candidate, Criterion, DesignError, DesignProblem, Group};
use super::super::relaxation::for_tests::bound_at;
use super::{CRITERIA, Numbers, problem};

fn chosen(problem: &DesignProblem) -> super::super::ChosenDesign {
    choose(problem, &DesignOptions::default(), &mut |_| Flow::Continue).unwrap()
}

fn cost(problem: &DesignProblem, counts: &[f64]) -> f64 {
    let group = |g: usize| {
        let own = problem.candidates.iter().zip(counts).filter(|(c, _)| c.group == g);
        let points: f64 = own.map(|(c, n)| c.cost * n).sum();
        if points > 0.0 { points + problem.groups[g].cost } else { 0.0 }
    };
    (0..problem.groups.len()).map(group).sum()
}

/// The smallest Φ of all designs that can be paid, each candidate at most once.
fn brute_force(problem: &DesignProblem) -> f64 {
    let n = problem.len();
    let design = |bits: u32| -> Vec<f64> {
        (0..n).map(|i| if bits >> i & 1 == 1 { 1.0 } else { 0.0 }).collect()
    };
    (0..1_u32 << n)
        .map(design)
        .filter(|design| cost(problem, design) <= problem.budget)
        .map(|design| criterion_value(problem, &design).unwrap())
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn small_problems_are_solved_and_bounded() {
    let (mut solved, mut all) = (0, 0);
    for seed in 0..12 {
        for criterion in CRITERIA {
            let opening = [0.0, 0.7, 1.5][seed as usize % 3];
            let problem = problem(seed, 10, 3, opening, criterion);
            let (found, optimum) = (chosen(&problem), brute_force(&problem));
            let bound = found.bound.unwrap();
            let size = optimum.abs();
            assert!(bound <= optimum + 1e-9 * size, "{seed} {criterion:?}: {bound} {optimum}");
            assert!(found.value >= optimum - 1e-9 * size, "{seed} {criterion:?}");
            assert!(found.cost <= problem.budget + 1e-9);
            let gained = found.before - found.value;
            assert!(gained > 0.85 * (found.before - optimum), "{seed} {criterion:?}");
            all += 1;
            solved += usize::from(found.value <= optimum + 1e-7 * size);
        }
    }
    assert!(4 * solved >= 3 * all, "the best design was found in {solved} of {all}");
}

#[test]
fn any_tangent_bounds_every_design() {
    for criterion in CRITERIA {
        for seed in 20..24 {
            let problem = problem(seed, 9, 2, 0.8, criterion);
            let optimum = brute_force(&problem);
            let mut numbers = Numbers::new(seed);
            // Feasible or not: the tangent bounds the function everywhere.
            let weights: Vec<f64> = (0..9).map(|_| 0.5 + 0.5 * numbers.next()).collect();
            for power in [4, 32] {
                let bound = bound_at(&problem, Smooth { criterion, power }, &weights);
                assert!(bound <= optimum + 1e-9, "{criterion:?} {bound} {optimum}");
            }
        }
    }
}

#[test]
fn a_larger_budget_is_never_worse() {
    for criterion in CRITERIA {
        let mut last = [f64::INFINITY; 2];
        for budget in [2.0, 3.0, 5.0, 8.0, 20.0] {
            let problem = DesignProblem { budget, ..problem(30, 12, 3, 0.5, criterion) };
            let found = chosen(&problem);
            let now = [found.value, found.bound.unwrap()];
            assert!(now[0] <= last[0] + 1e-9, "{criterion:?} value");
            // Bounds are as sharp as the tolerance says.
            assert!(now[1] <= last[1] + 2e-3 * (found.before - now[1]), "{criterion:?} bound");
            last = now;
        }
    }
}

#[test]
fn with_money_for_everything_everything_is_measured() {
    for criterion in [Criterion::Trace, Criterion::LogDet] {
        let mut problem = problem(40, 6, 2, 1.0, criterion);
        problem.candidates[0].replicates = 3;
        problem.budget = 100.0;
        let found = chosen(&problem);
        assert_eq!(found.counts, [3, 1, 1, 1, 1, 1]);
        assert!(found.gap.unwrap() < 2e-3, "{:?}", found.gap);
    }
}

#[test]
fn the_order_of_measurement_ends_at_the_design() {
    let found = chosen(&problem(50, 10, 2, 0.0, Criterion::Trace));
    assert_eq!(found.gain.len(), 4);
    assert!(found.gain.windows(2).all(|pair| pair[1].value < pair[0].value));
    assert!((found.gain[3].value - found.value).abs() < 1e-13);
    for j in 0..2 {
        let n = found.covariance[j].nrows();
        let smaller =
            (0..n).all(|i| found.covariance[j][(i, i)] <= found.covariance_before[j][(i, i)]);
        assert!(smaller);
    }
}

/// One experiment tells of every coefficient, the other of one only, but each of its points alone
/// is better: the choice has to see experiments as wholes.
#[test]
fn an_experiment_is_worth_opening_for_its_bundle() {
    let mut problem = problem(60, 8, 2, 0.0, Criterion::Trace);
    for truth in &mut problem.truths {
        for i in 0..8 {
            let (good, axis) = (i % 2 == 0, i / 2);
            for row in 0..5 {
                let hit = if good { row == axis } else { row == 0 };
                let size = if good { 2.0 } else { 2.5 };
                truth.directions[(row, i)] = if hit { size } else { 0.0 };
            }
        }
    }
    problem.groups = vec![Group { cost: 4.0 }, Group { cost: 4.0 }];
    problem.budget = 8.0;
    let found = chosen(&problem);
    assert_eq!(found.counts, [1, 0, 1, 0, 1, 0, 1, 0]);
}

#[test]
fn dear_points_give_way_to_cheap_ones() {
    let mut problem = problem(70, 6, 1, 0.0, Criterion::LogDet);
    for truth in &mut problem.truths {
        for i in 0..6 {
            for row in 0..5 {
                truth.directions[(row, i)] = if row == i.min(4) { 1.0 } else { 0.0 };
            }
        }
        truth.directions[(4, 5)] = 1.5;
    }
    problem.candidates[5].cost = 4.0;
    let found = chosen(&problem);
    assert_eq!(found.counts[5], 0, "four points for the price of one");
    assert_eq!(found.counts.iter().sum::<usize>(), 4);
}

#[test]
fn an_interruption_keeps_what_there_is() {
    let problem = problem(80, 10, 2, 0.0, Criterion::Trace);
    let mut steps = 0;
    let found = choose(&problem, &DesignOptions::default(), &mut |_| {
        steps += 1;
        Flow::Stop
    })
    .unwrap();
    assert_eq!((steps, found.stop), (1, Stop::Interrupted));
    assert_eq!(found.counts.iter().sum::<usize>(), 4);
    assert_eq!(found.bound, None);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let good = || problem(90, 4, 2, 1.0, Criterion::Trace);
    let refused = |problem: DesignProblem| {
        choose(&problem, &DesignOptions::default(), &mut |_| Flow::Continue).unwrap_err()
    };
    let poor = DesignProblem { budget: 1.5, ..good() };
    assert_eq!(refused(poor), DesignError::Budget { budget: 1.5, cheapest: 2.0 });
    let nothing = DesignProblem { candidates: Vec::new(), ..good() };
    assert_eq!(refused(nothing), DesignError::Nothing { what: "candidates" });
    let mut free = good();
    free.candidates[1] = Candidate { cost: 0.0, ..free.candidates[1] };
    assert!(matches!(refused(free), DesignError::Value { quantity: "the cost", index: 1, .. }));
    let mut short = good();
    short.candidates.pop();
    assert!(matches!(refused(short), DesignError::Evaluation(_)));
}
