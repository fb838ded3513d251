//! Functions from observations of steady states, end to end on small problems.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::f64::consts::TAU;
use std::sync::Arc;

use common::{
    COUPLINGS, DIFFUSION, aggregation_diffusion, circle, fourier, known, network, number,
    observed_states, unknown,
};
use lacuna_core::{Bound, Conditions, Flow, Function, Model, Stop};
use lacuna_fit::{
    Observations, ObservedState, PriorOptions, SteadyFit, SteadyOptions, SteadyUnknown, Unknown,
    fit_steady,
};
use lacuna_grid::Functionals;
use lacuna_surrogate::{Spline, SplineOptions};

const CELLS: usize = 64;

/// Independent standard normal numbers, the same for the same seed.
fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    };
    for _ in 0..16 {
        uniform();
    }
    (0..count).map(|_| (-2.0 * uniform().ln()).sqrt() * (TAU * uniform()).cos()).collect()
}

/// How the two states are seen.
#[derive(Clone, Copy)]
struct Design {
    /// Data of each state.
    points: usize,
    /// Standard deviation of the noise, and what is said of it.
    sd: f64,
    said: f64,
    unknown_noise: bool,
    reversed: bool,
    seed: u64,
}

impl Default for Design {
    fn default() -> Self {
        Self { points: 40, sd: 0.01, said: 0.01, unknown_noise: false, reversed: false, seed: 1 }
    }
}

fn states(design: Design) -> Vec<ObservedState> {
    let grid = circle(CELLS);
    let parts = observed_states(CELLS).into_iter().zip(COUPLINGS).enumerate();
    parts
        .map(|(e, (u, coupling))| {
            let mut order: Vec<usize> = (0..design.points).collect();
            if design.reversed {
                order.reverse();
            }
            let noise = noise(design.points, 10 * design.seed + e as u64);
            let node = |k: usize| (k * CELLS) / design.points;
            let x: Vec<f64> = order.iter().map(|&k| grid.nodes().get(node(k))[0]).collect();
            let y = order.iter().map(|&k| u[node(k)] + design.sd * noise[k]).collect();
            let functionals = Functionals::points(&grid, &x, &[]);
            ObservedState {
                conditions: Conditions::default(),
                slots: slots(coupling),
                observations: Observations::gaussian(functionals, y, vec![design.said; x.len()])
                    .unwrap(),
                unknown_noise: design.unknown_noise,
                initial: None,
            }
        })
        .collect()
}

fn slots(coupling: f64) -> Vec<lacuna_fit::SlotTerms> {
    vec![unknown(0), unknown(1), known(number(DIFFUSION)), known(number(coupling))]
}

fn unknowns(model: &dyn Model, kind: &str) -> Vec<SteadyUnknown> {
    (0..2)
        .map(|slot| {
            let of = &model.slots()[slot];
            let function: Arc<dyn Function> = match kind {
                "network" => network(of, 8),
                "fourier" => fourier(of, 8),
                _ => {
                    let (domain, symmetry) = (of.domain.clone(), of.symmetry);
                    Arc::new(Spline::new(SplineOptions { domain, knots: 16, symmetry }).unwrap())
                }
            };
            let unknown = Unknown { slot, function };
            SteadyUnknown { unknown, positive: false, prior: PriorOptions::default() }
        })
        .collect()
}

fn fit(kind: &str, states: Vec<ObservedState>) -> SteadyFit {
    let model = aggregation_diffusion(CELLS);
    let unknowns = unknowns(model.as_ref(), kind);
    let options = SteadyOptions { restarts: 2, ..SteadyOptions::default() };
    fit_steady(model, &unknowns, states, &options, &|_, _| Flow::Continue).unwrap()
}

/// Values of W and V without their means, as the classes have them.
fn functions(kind: &str, fit: &SteadyFit) -> Vec<Vec<f64>> {
    let model = aggregation_diffusion(CELLS);
    let mut theta = fit.theta();
    unknowns(model.as_ref(), kind)
        .into_iter()
        .enumerate()
        .map(|(slot, unknown)| {
            let (own, rest) = theta.split_at(unknown.unknown.function.n_params());
            theta = rest;
            let bound = Bound { function: unknown.unknown.function, theta: own.to_vec() };
            centred(slot, bound.values(&model.slots()[slot].points))
        })
        .collect()
}

fn centred(slot: usize, values: Vec<f64>) -> Vec<f64> {
    let model = aggregation_diffusion(CELLS);
    let weights = &model.slots()[slot].weights;
    let total: f64 = weights.iter().sum();
    let mean = values.iter().zip(weights).map(|(v, w)| v * w).sum::<f64>() / total;
    values.iter().map(|v| v - mean).collect()
}

/// ‖a − b‖ / ‖b‖ at the points of a slot.
fn relative(slot: usize, a: &[f64], b: &[f64]) -> f64 {
    let model = aggregation_diffusion(CELLS);
    let weights = &model.slots()[slot].weights;
    let square = |value: &dyn Fn(usize) -> f64| -> f64 {
        weights.iter().enumerate().map(|(i, w)| w * value(i).powi(2)).sum()
    };
    (square(&|i| a[i] - b[i]) / square(&|i| b[i])).sqrt()
}

fn truth(slot: usize) -> Vec<f64> {
    let term = if slot == 0 { common::true_kernel() } else { common::true_potential() };
    centred(slot, term.values(&aggregation_diffusion(CELLS).slots()[slot].points))
}

#[test]
fn exact_dense_data_give_the_functions_whatever_the_class_and_with_little_work() {
    let design = Design { points: CELLS, sd: 0.0, said: 1e-4, ..Design::default() };
    for kind in ["fourier", "spline", "network"] {
        let fit = fit(kind, states(design));
        for (slot, found) in functions(kind, &fit).iter().enumerate() {
            let error = relative(slot, found, &truth(slot));
            assert!(error < 0.02, "{kind} {slot}: {error}");
        }
        for start in &fit.starts {
            assert_eq!(start.fit.stop, Stop::Converged, "{kind}");
            assert!(start.fit.counts.derivatives <= 40, "{kind}: {:?}", start.fit.counts);
            assert!(start.fit.counts.residuals <= 60, "{kind}: {:?}", start.fit.counts);
        }
        assert_eq!(fit.refused_steps, 0);
    }
}

#[test]
fn all_classes_agree_on_noisy_data() {
    let found: Vec<Vec<Vec<f64>>> = ["fourier", "spline", "network"]
        .into_iter()
        .map(|kind| {
            let fit = fit(kind, states(Design::default()));
            for start in &fit.starts {
                assert_eq!(start.fit.stop, Stop::Converged);
                assert!(start.fit.counts.derivatives <= 40, "{kind}: {:?}", start.fit.counts);
            }
            functions(kind, &fit)
        })
        .collect();
    for slot in 0..2 {
        for other in &found[1..] {
            let difference = relative(slot, &other[slot], &found[0][slot]);
            assert!(difference < 0.1, "{slot}: {difference}");
        }
    }
}

#[test]
fn the_order_of_the_data_does_not_matter() {
    let (a, b) = (
        fit("fourier", states(Design::default())),
        fit("fourier", states(Design { reversed: true, ..Design::default() })),
    );
    let (a, b) = (functions("fourier", &a), functions("fourier", &b));
    for slot in 0..2 {
        assert!(relative(slot, &a[slot], &b[slot]) < 1e-6);
    }
}

#[test]
fn one_thread_or_two_give_the_same_bits() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let fit = fit("network", states(Design { points: 20, ..Design::default() }));
            let draws = fit.draws(3, 7, &|| Flow::Continue);
            (fit.theta().to_vec(), draws)
        })
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn unknown_noise_is_recovered() {
    let mut logs = Vec::new();
    for seed in 1..=4 {
        let design =
            Design { points: CELLS, said: 0.04, unknown_noise: true, seed, ..Design::default() };
        let fit = fit("fourier", states(design));
        logs.extend(fit.noise_factors.iter().map(|f| (f * 4.0).ln()));
    }
    // ln s of 64 values is uncertain by 1/√128.
    assert!(logs.iter().all(|l: &f64| l.abs() < 0.35), "{logs:?}");
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    assert!(mean.abs() < 0.15, "{logs:?}");
}

#[test]
fn draws_have_the_posterior_covariance_where_the_problem_is_nearly_linear() {
    let fit = fit("fourier", states(Design { sd: 0.002, said: 0.002, ..Design::default() }));
    let draws = fit.draws(120, 3, &|| Flow::Continue);
    assert_eq!(draws.len(), 120);
    let x: Vec<f64> = (0..8).map(|i| f64::from(i) / 8.0).collect();
    for s in 0..2 {
        let expected = fit.standard_deviation(s, &x);
        let deviations = fit.deviations(s, &x, &draws);
        let ratios: Vec<f64> = (0..x.len())
            .map(|i| {
                let square: f64 = deviations.iter().map(|d| d[i].powi(2)).sum();
                (square / draws.len() as f64).sqrt() / expected[i]
            })
            .collect();
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        assert!((mean - 1.0).abs() < 0.2, "{s}: {ratios:?}");
    }
    let drawn = fit.drawn_states(0, &draws[..20]);
    assert_eq!(drawn.len(), 20);
}

#[test]
fn held_out_data_tell_a_right_noise_level_from_a_wrong_one() {
    let rms = |said: f64| {
        let fit = fit("fourier", states(Design { points: CELLS, said, ..Design::default() }));
        let held_out = fit.cross_validate(5, 1, &|| Flow::Continue).unwrap();
        assert_eq!(held_out.folds, 5);
        held_out.residual_rms.unwrap()
    };
    let (right, wrong) = (rms(0.01), rms(0.002));
    assert!((0.85..1.25).contains(&right), "{right}");
    assert!(wrong > 3.0, "{wrong}");
}

#[test]
fn five_positions_give_wide_bands() {
    let x = [0.1, 0.62, 0.7, 0.75, 0.9];
    let state = ObservedState {
        conditions: Conditions::default(),
        slots: slots(0.2),
        observations: Observations::positions(&circle(CELLS), &x).unwrap(),
        unknown_noise: false,
        initial: None,
    };
    let fit = fit("network", vec![state]);
    let found = &functions("network", &fit)[1];
    let nodes = circle(CELLS).nodes().coordinates().to_vec();
    let sd = fit.standard_deviation(1, &nodes);
    // Nothing is claimed with confidence: the function found lies within its own band.
    let rms = |v: &[f64]| (v.iter().map(|v| v * v).sum::<f64>() / v.len() as f64).sqrt();
    assert!(rms(&sd) > rms(found), "{sd:?} {found:?}");
    let state = fit.state(0).unwrap();
    let relative: Vec<f64> = state.u.iter().zip(&state.sd).map(|(u, sd)| sd / u).collect();
    assert!(rms(&relative) > 0.2, "{relative:?}");
    assert!(fit.cross_validate(10, 1, &|| Flow::Continue).is_some());
    let draws = fit.draws(4, 1, &|| Flow::Continue);
    assert!(!draws.is_empty());
}
