//! The strength of the prior on a linear problem simulated from it: many values of one function.

use faer::{Mat, MatMut};
use lacuna_core::{EvalResult, Flow, Symmetry};

use super::aggregation;
use crate::random::Random;
use crate::steady::evidence::{Linearised, PriorChoice};
use crate::steady::map::{ModalProblem, fit_modes};
use crate::steady::modes::{FunctionPrior, Link, Modes, PriorOptions};

const DATA: usize = 300;
const NOISE: f64 = 0.05;
/// Of the simulated functions: differences of ln A and ln(ℓ/L) from what is expected of them.
const TRUTH: [f64; 2] = [0.4, -0.7];

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
    FunctionPrior::new(Modes::new(slot, 32), Link::Identity, 1.0, PriorOptions::default(), 2)
}

fn simulate(seed: u64) -> Linear {
    let mut truth = prior();
    truth.log_amplitude += TRUTH[0];
    truth.log_length += TRUTH[1];
    let mut random = Random::new(seed);
    let x: Vec<f64> = (0..DATA).map(|_| 2.0 * random.uniform()).collect();
    let modes = truth.modes.at(&x);
    let c: Vec<f64> = truth.standard_deviations().iter().map(|s| s * random.normal()).collect();
    let image = &modes * faer::ColRef::from_slice(&c);
    let data = image.iter().map(|g| g / NOISE + random.normal()).collect();
    Linear { design: Mat::from_fn(DATA, c.len(), |i, j| modes[(i, j)] / NOISE), data }
}

fn linearised(problem: &Linear, c: &[f64]) -> Linearised {
    let mut residuals = vec![0.0; DATA];
    problem.evaluate(c, &mut residuals).unwrap();
    Linearised::new(problem.design.as_ref(), &residuals, c, DATA)
}

#[test]
fn the_gradient_of_the_evidence_is_that_of_differences() {
    const H: f64 = 1e-4;
    let problem = simulate(1);
    let linearised = linearised(&problem, &vec![0.1; problem.n_modes()]);
    let at = |eta: [f64; 2]| {
        let mut priors = [prior()];
        priors[0].log_amplitude += eta[0];
        priors[0].log_length += eta[1];
        linearised.log_evidence(&mut priors).unwrap()
    };
    for eta in [[0.0, 0.0], [1.0, -0.5], [-1.0, 0.7]] {
        let (_, gradient) = at(eta);
        for k in 0..2 {
            let moved = |h: f64| {
                let mut eta = eta;
                eta[k] += h;
                at(eta).0
            };
            let difference = (moved(H) - moved(-H)) / (2.0 * H);
            let error = (gradient[k] - difference).abs();
            assert!(error < 1e-5 * (1.0 + difference.abs()), "{k}: {} {difference}", gradient[k]);
        }
    }
}

#[test]
fn the_linearised_data_do_not_depend_on_the_point_of_a_linear_problem() {
    let problem = simulate(2);
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
        let problem = simulate(100 + seed);
        let mut priors = [prior()];
        let linearised = linearised(&problem, &vec![0.0; problem.n_modes()]);
        while linearised.maximise_evidence(&mut priors).unwrap() > 1e-6 {}
        let (_, gradient) = linearised.log_evidence(&mut priors).unwrap();
        assert!(gradient.iter().all(|g| g.abs() < 1e-2), "{gradient:?}");
        let reference = prior();
        found.push([
            priors[0].log_amplitude - reference.log_amplitude,
            priors[0].log_length - reference.log_length,
        ]);
    }
    for (k, truth) in TRUTH.into_iter().enumerate() {
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
            let mut problem = simulate(seed);
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
