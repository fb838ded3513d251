//! The strength of the prior on a linear problem simulated from it: many values of one function.

use faer::{Mat, MatMut};
use lacuna_core::{EvalResult, Flow, Symmetry};

use super::aggregation;
use crate::Information;
use crate::random::Random;
use crate::steady::evidence::{Linearised, NoisePart, PriorChoice};
use crate::steady::hyperparameters::Hyperparameters;
use crate::steady::map::{ModalProblem, fit_modes};
use crate::steady::modes::{FunctionPrior, Link, Modes, PriorOptions};

const DATA: usize = 300;
const NOISE: f64 = 0.05;
/// Of the simulated functions: differences of ln A and ln(ℓ/L) from what is expected of them; p = 2.
const TRUTH: [f64; 2] = [0.4, -0.7];
/// Of the noise of the last third.
const LEVEL: f64 = 0.5;

/// r = (Φ c − y)/s.
struct Linear {
    design: Mat<f64>,
    data: Vec<f64>,
}

impl ModalProblem for Linear {
    fn n_modes(&self) -> usize {
        self.design.ncols()
    }
    fn n_scores(&self) -> usize {
        self.data.len()
    }
    fn evaluate(&self, c: &[f64], residuals: &mut [f64]) -> EvalResult<f64> {
        let image = &self.design * faer::ColRef::from_slice(c);
        for (i, r) in residuals.iter_mut().enumerate() {
            *r = image[i] - self.data[i];
        }
        Ok(0.5 * residuals.iter().map(|r| r * r).sum::<f64>())
    }
    fn linearise(
        &self,
        c: &[f64],
        _: Information,
        residuals: &mut [f64],
        mut jacobian: MatMut<'_, f64>,
    ) -> EvalResult<f64> {
        jacobian.copy_from(&self.design);
        self.evaluate(c, residuals)
    }
}

fn prior() -> FunctionPrior {
    let model = aggregation(128, Symmetry::Even);
    let slot = &model.slots()[1];
    FunctionPrior::new(Modes::new(slot, 32), Link::Identity, 1.0, PriorOptions::default())
}

/// With an unknown factor of the noise of the last third of the data.
fn hyperparameters() -> Hyperparameters {
    Hyperparameters { priors: vec![prior()], log_noise: vec![0.0], fixed_priors: false }
}

/// With ln of the factor of the noise of the last third.
fn simulate(seed: u64, level: f64) -> Linear {
    let mut truth = prior();
    truth.log_amplitude += TRUTH[0];
    truth.log_length += TRUTH[1];
    let mut random = Random::new(seed);
    let x: Vec<f64> = (0..DATA).map(|_| 2.0 * random.uniform()).collect();
    let modes = truth.modes.at(&x);
    let c: Vec<f64> = truth.standard_deviations().iter().map(|s| s * random.normal()).collect();
    let image = &modes * faer::ColRef::from_slice(&c);
    let noise = |i: usize| if 3 * i < 2 * DATA { 1.0 } else { level.exp() };
    let data =
        image.iter().enumerate().map(|(i, g)| g / NOISE + noise(i) * random.normal()).collect();
    Linear { design: Mat::from_fn(DATA, c.len(), |i, j| modes[(i, j)] / NOISE), data }
}

fn linearised(problem: &Linear, c: &[f64]) -> Linearised {
    let mut residuals = vec![0.0; DATA];
    let cost = problem.evaluate(c, &mut residuals).unwrap();
    let rows = 2 * DATA / 3..DATA;
    let part = NoisePart { count: rows.len() as f64, rows, log_factor: 0.0 };
    Linearised::new(problem.design.clone(), &residuals, cost, c, &[part], DATA)
}

#[test]
fn the_gradient_of_the_evidence_is_that_of_differences() {
    const H: f64 = 1e-4;
    let problem = simulate(1, LEVEL);
    let linearised = linearised(&problem, &vec![0.1; problem.n_modes()]);
    let at = |moved: &[f64]| {
        let mut eta = hyperparameters();
        let values: Vec<f64> = eta.read().iter().zip(moved).map(|(e, m)| e + m).collect();
        eta.write(&values);
        eta
    };
    for moved in [[0.0; 4], [1.0, -0.5, 0.4, 0.3], [-1.0, 0.7, -1.0, -0.6]] {
        let gradient = linearised.evaluate(&at(&moved)).unwrap().gradient;
        for k in 0..4 {
            let value = |h: f64| {
                let mut moved = moved;
                moved[k] += h;
                linearised.log_evidence(&at(&moved)).unwrap()
            };
            let difference = (value(H) - value(-H)) / (2.0 * H);
            let error = (gradient[k] - difference).abs();
            assert!(error < 1e-5 * (1.0 + difference.abs()), "{k}: {} {difference}", gradient[k]);
        }
    }
}

/// The information is the variance of the gradient over data simulated at these hyperparameters.
#[test]
fn the_information_is_the_variance_of_the_score() {
    const COUNT: usize = 400;
    let truth = |prior: &FunctionPrior| {
        let mut own = prior.clone();
        own.log_amplitude += TRUTH[0];
        own.log_length += TRUTH[1];
        own
    };
    let at = || Hyperparameters {
        priors: vec![truth(&prior())],
        log_noise: vec![LEVEL],
        fixed_priors: false,
    };
    let mut scores = Vec::new();
    let mut information = Mat::zeros(4, 4);
    for seed in 0..COUNT as u64 {
        let problem = simulate(1000 + seed, LEVEL);
        let linearised = linearised(&problem, &vec![0.0; problem.n_modes()]);
        let eta = at();
        let mut own = linearised.evaluate(&eta).unwrap();
        // What is expected of them beforehand is no part of the law of the data.
        for (k, (value, expected)) in eta.free().into_iter().enumerate() {
            own.gradient[k] += (value - expected.mean) / (expected.sd * expected.sd);
            own.information[(k, k)] -= 1.0 / (expected.sd * expected.sd);
        }
        information += own.information * faer::Scale(1.0 / COUNT as f64);
        scores.push(own.gradient);
    }
    for k in 0..4 {
        for l in 0..4 {
            let moment = scores.iter().map(|s| s[k] * s[l]).sum::<f64>() / COUNT as f64;
            let scale = (information[(k, k)] * information[(l, l)]).sqrt();
            // Five standard errors of a second moment.
            let error = (moment - information[(k, l)]).abs() / scale;
            assert!(error < 5.0 * (2.0 / COUNT as f64).sqrt(), "{k}{l}: {moment} {information:?}");
        }
    }
}

#[test]
fn the_linearised_data_do_not_depend_on_the_point_of_a_linear_problem() {
    let problem = simulate(2, LEVEL);
    let d = problem.n_modes();
    let (a, b) = (linearised(&problem, &vec![0.0; d]), linearised(&problem, &vec![0.3; d]));
    for (a, b) in a.data.iter().zip(&b.data) {
        assert!((a - b).abs() < 1e-9);
    }
}

#[test]
fn the_hyperparameters_of_simulated_functions_are_found_within_their_spread() {
    const COUNT: usize = 30;
    let mut found = Vec::new();
    for seed in 0..COUNT as u64 {
        let problem = simulate(100 + seed, LEVEL);
        let mut eta = hyperparameters();
        let linearised = linearised(&problem, &vec![0.0; problem.n_modes()]);
        while linearised.maximise_evidence(&mut eta).unwrap() > 1e-6 {}
        let gradient = linearised.evaluate(&eta).unwrap().gradient;
        assert!(gradient.iter().all(|g| g.abs() < 1e-2), "{gradient:?}");
        let reference = prior();
        found.push([
            eta.priors[0].log_amplitude - reference.log_amplitude,
            eta.priors[0].log_length - reference.log_length,
            eta.log_noise[0],
        ]);
    }
    for (k, truth) in [TRUTH[0], TRUTH[1], LEVEL].into_iter().enumerate() {
        let mean = found.iter().map(|f| f[k]).sum::<f64>() / COUNT as f64;
        let variance = found.iter().map(|f| (f[k] - mean).powi(2)).sum::<f64>() / COUNT as f64;
        assert!((mean - truth).abs() < variance.sqrt(), "{k}: {mean} ± {}", variance.sqrt());
        assert!(variance.sqrt() < 0.5, "{k}: {mean} ± {}", variance.sqrt());
    }
}

#[test]
fn every_choice_leaves_residuals_of_the_size_of_the_noise() {
    for choice in [
        PriorChoice::MarginalLikelihood,
        PriorChoice::CrossValidation,
        PriorChoice::LCurve,
        PriorChoice::Discrepancy,
    ] {
        let mut all = Vec::new();
        for seed in 5..13 {
            let start = [3.0, -3.0, 0.0][seed as usize % 3];
            let mut problem = simulate(seed, 0.0);
            let d = problem.n_modes();
            let mut far = prior();
            far.log_amplitude += start;
            let fit = fit_modes(&mut problem, vec![far], choice, &vec![0.0; d], &|| Flow::Continue);
            let fit = fit.unwrap();
            let mut residuals = vec![0.0; DATA];
            let cost = problem.evaluate(&fit.coefficients, &mut residuals).unwrap();
            let rms = (2.0 * cost / DATA as f64).sqrt();
            all.push(rms);
        }
        // The fit may use up every mode, and χ² scatters by three standard deviations.
        let lowest = (1.0 - 64.0 / DATA as f64).sqrt() - 3.0 / (2.0 * DATA as f64).sqrt();
        let range = lowest..1.2;
        assert!(all.iter().all(|rms| range.contains(rms)), "{choice:?}: {all:?}");
    }
}

/// Low-rank corrections for dominant harmonics are the evidence of the prior with them.
#[test]
fn evidences_of_dominant_harmonics_are_those_of_their_priors() {
    let problem = simulate(3, LEVEL);
    let linearised = linearised(&problem, &vec![0.1; problem.n_modes()]);
    let mut eta = hyperparameters();
    eta.priors[0].log_amplitude = -2.0;
    let values = linearised.log_evidences(&eta).unwrap();
    let dominants = eta.dominants();
    assert_eq!((values.len(), dominants.len()), (7, 7));
    for (value, dominant) in values.iter().zip(dominants) {
        eta.set_dominant(dominant);
        let odds = dominant.map_or(0.0, |_| eta.priors[0].log_odds_of_dominant());
        let direct = linearised.log_evidence(&eta).unwrap() + odds;
        assert!((value - direct).abs() < 1e-7 * direct.abs(), "{dominant:?}: {value} {direct}");
    }
    // The odds of all together are even.
    let odds: f64 = (0..6).map(|_| eta.priors[0].log_odds_of_dominant().exp()).sum();
    assert!((odds - 1.0).abs() < 1e-12, "{odds}");
}

#[test]
fn the_gradient_is_that_of_differences_where_a_harmonic_dominates() {
    const H: f64 = 1e-4;
    let problem = simulate(1, LEVEL);
    let linearised = linearised(&problem, &vec![0.1; problem.n_modes()]);
    let at = |k: usize, h: f64| {
        let mut eta = hyperparameters();
        eta.set_dominant(Some((0, 2)));
        let mut values = eta.read();
        values[k] += h;
        eta.write(&values);
        eta
    };
    for k in 0..4 {
        let gradient = linearised.evaluate(&at(k, 0.0)).unwrap().gradient[k];
        let value = |h: f64| linearised.log_evidence(&at(k, h)).unwrap();
        let difference = (value(H) - value(-H)) / (2.0 * H);
        let error = (gradient - difference).abs();
        assert!(error < 1e-5 * (1.0 + difference.abs()), "{k}: {gradient} {difference}");
    }
}

/// What is left out of coarse modes is what finer ones have more.
#[test]
fn the_variance_beyond_the_modes_is_that_of_finer_ones() {
    let coarse = prior();
    let model = aggregation(256, Symmetry::Even);
    let fine = coarse.with_modes(Modes::new(&model.slots()[1], 100));
    let [low, high] = [&coarse, &fine].map(|prior| prior.log_variances().0);
    let scale = (low[0] - high[0]).exp();
    let between: f64 = high[low.len()..].iter().map(|s| s.exp() * scale).sum();
    let difference = coarse.variance_beyond() - scale * fine.variance_beyond();
    assert!((difference / between - 1.0).abs() < 1e-9, "{difference} {between}");
}
