//! A first guess of the functions: the equation in its logarithmic form at smoothed states.
//!
//! σ ln û + κ W*û + V − c is linear in the functions. It is made small in the mean square with the
//! weight (N/n)/((var ln û + τ²) σ²) at each node, N the number of data: gaps between data, where
//! the smoothed state is a guess, count little. The prior is that of the fit. Where an unknown is
//! not linear (positive functions, closed forms), some Gauss-Newton steps are taken.
//!
//! Such a start explodes where the smoothed state is far from one of the equation. It competes with its
//! own fractions, down to none: functions that are all zero, at which states of a density are explicit.
//! The order in which they are tried is that of φ_data(c) + ½‖c/sd‖² at the solved states.

use faer::Mat;
use faer::linalg::solvers::SolveLstsq;
use lacuna_core::{Argument, EvalResult, Form, Linearisation, Pool, Tabulated};

use super::map::ModalProblem;
use super::modes::{FunctionPrior, Link};
use super::problem::SteadyProblem;
use super::smoothing::Smoothed;

/// Relative error of the equation at a smoothed state that is expected besides its variance.
const TOLERANCE: f64 = 0.1;
const STEPS: usize = 4;
/// Powers of ½ that are tried of the step of a closed form.
const HALVINGS: [i32; 5] = [0, 1, 2, 4, 6];

/// Fractions of the first guess that are compared.
const FRACTIONS: [f64; 4] = [1.0, 0.5, 0.2, 0.0];

/// Starts that every state can follow, the most probable one first.
pub(crate) fn starts(problem: &SteadyProblem, smoothed: &[Smoothed]) -> EvalResult<Vec<Vec<f64>>> {
    let guess = start(problem, smoothed)?;
    let sd: Vec<f64> =
        problem.unknowns.iter().flat_map(|u| u.prior.standard_deviations()).collect();
    let is_nothing = guess.iter().all(|c| *c == 0.0);
    let fractions = if is_nothing { &FRACTIONS[3..] } else { &FRACTIONS[..] };
    let mut residuals = vec![0.0; problem.n_scores()];
    let mut found = Vec::new();
    let mut first_error = None;
    for fraction in fractions {
        let c: Vec<f64> = guess.iter().map(|c| fraction * c).collect();
        match problem.evaluate(&c, &mut residuals) {
            Ok(cost) if cost.is_finite() => {
                let prior: f64 = c.iter().zip(&sd).map(|(c, sd)| (c / sd).powi(2)).sum();
                found.push((cost + 0.5 * prior, c));
            }
            Ok(_) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    match first_error {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found.into_iter().map(|(_, c)| c).collect()),
    }
}

/// Coefficients of all modes; zero where the equation has no logarithmic form.
pub(crate) fn start(problem: &SteadyProblem, smoothed: &[Smoothed]) -> EvalResult<Vec<f64>> {
    let d = problem.n_modes();
    let mut c = vec![0.0; d];
    if !problem.model.forms().contains(&Form::LogFixedPoint) || smoothed.is_empty() {
        return Ok(c);
    }
    let identity = problem.unknowns.iter().all(|u| u.prior.link == Link::Identity);
    let linear = identity && !problem.closed_forms()[0];
    let sd: Vec<f64> = problem
        .unknowns
        .iter()
        .flat_map(|u| FunctionPrior::standard_deviations(&u.prior))
        .collect();
    for _ in 0..if linear { 1 } else { STEPS } {
        let (jacobian, residuals) = linearise(problem, smoothed, &c)?;
        let m = residuals.len();
        // Over the change of z = c/sd, with the prior on z itself.
        let stacked = Mat::from_fn(m + d, d, |i, j| {
            if i < m { jacobian[(i, j)] * sd[j] } else { f64::from(u8::from(i - m == j)) }
        });
        let rhs = Mat::from_fn(
            m + d,
            1,
            |i, _| {
                if i < m { -residuals[i] } else { -c[i - m] / sd[i - m] }
            },
        );
        let step = stacked.qr().solve_lstsq(&rhs);
        let moved = |share: f64| -> Vec<f64> {
            (0..d).map(|j| c[j] + share * sd[j] * step[(j, 0)]).collect()
        };
        if !problem.closed_forms()[0] {
            c = moved(1.0);
            continue;
        }
        // A closed form may be anything but linear: the step has to lead down.
        let cost = |c: &[f64], residuals: &[f64]| -> f64 {
            let prior: f64 = c.iter().zip(&sd).map(|(c, sd)| (c / sd).powi(2)).sum();
            prior + residuals.iter().map(|r| r * r).sum::<f64>()
        };
        let here = cost(&c, &residuals);
        let leads_down = |trial: &Vec<f64>| {
            linearise(problem, smoothed, trial).is_ok_and(|(_, r)| cost(trial, &r) < here)
        };
        match HALVINGS.map(|k| moved(0.5f64.powi(k))).into_iter().find(leads_down) {
            Some(better) => c = better,
            None => break,
        }
    }
    Ok(c)
}

/// Weighted residuals of all experiments and their Jacobian with respect to the modes.
fn linearise(
    problem: &SteadyProblem,
    smoothed: &[Smoothed],
    c: &[f64],
) -> EvalResult<(Mat<f64>, Vec<f64>)> {
    let n = problem.model.n_nodes();
    let values = problem.values(c);
    let directions = problem.directions(c, &values);
    let mut jacobian = Mat::zeros(n * smoothed.len(), c.len());
    let mut residuals = Vec::with_capacity(n * smoothed.len());
    let mut pool = Pool::new();
    for (e, state) in smoothed.iter().enumerate() {
        let functions = problem.functions(e, &values);
        let observed = &problem.states[e];
        let mut raw = vec![0.0; n];
        let (form, conditions) = (Form::LogFixedPoint, &observed.conditions);
        problem.model.residual_f64(form, &state.u, &functions, conditions, &mut pool, &mut raw)?;
        let at =
            Linearisation { form, u: &state.u, functions: &functions, conditions, residual: &raw };
        let mut block = jacobian.as_mut().subrows_mut(e * n, n);
        let mut start = 0;
        for (s, unknown) in problem.unknowns.iter().enumerate() {
            let k = directions[s].ncols();
            let out = block.as_mut().subcols_mut(start, k);
            start += k;
            if observed.slots[unknown.slot].unknown != Some(s) {
                continue;
            }
            problem.model.tangent(&at, unknown.slot, directions[s].as_ref(), &mut pool, out)?;
        }
        // The unit of the residual is that of σ ln u.
        let scale = unit_of_potential(problem, &state.u, &functions);
        let weights = weights(state, observed.observations.n_observed(), scale);
        weigh(&state.u, &weights, block.as_mut(), &mut raw);
        residuals.extend(raw);
    }
    Ok((jacobian, residuals))
}

/// σ: the natural scale of a function of position that is known up to a constant.
fn unit_of_potential(problem: &SteadyProblem, u: &[f64], functions: &Tabulated) -> f64 {
    let slots = problem.model.slots();
    let potential = slots.iter().position(|s| s.gauge && s.argument == Argument::Position);
    potential.map_or(1.0, |slot| problem.model.natural_scale(slot, u, functions))
}

/// Square weights of the nodes.
fn weights(state: &Smoothed, n_data: usize, scale: f64) -> Vec<f64> {
    let share = n_data as f64 / state.u.len() as f64;
    let weight = |variance: &f64| share / ((variance + TOLERANCE * TOLERANCE) * scale * scale);
    state.variance.iter().map(weight).collect()
}

/// From √u (δ − mean) to √weight (δ − weighted mean), column by column.
fn weigh(u: &[f64], weights: &[f64], mut block: faer::MatMut<'_, f64>, raw: &mut [f64]) {
    let total: f64 = weights.iter().sum();
    let centre = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let delta: Vec<f64> = (0..u.len()).map(|i| value(i) / u[i].sqrt()).collect();
        let mean = delta.iter().zip(weights).map(|(d, w)| d * w).sum::<f64>() / total;
        delta.iter().zip(weights).map(|(d, w)| w.sqrt() * (d - mean)).collect()
    };
    for j in 0..block.ncols() {
        let column = block.as_ref().col(j);
        let new = centre(&|i| column[i]);
        block.as_mut().col_mut(j).iter_mut().zip(new).for_each(|(to, from)| *to = from);
    }
    let new = centre(&|i| raw[i]);
    raw.copy_from_slice(&new);
}
