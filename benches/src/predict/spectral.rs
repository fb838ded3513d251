//! True transients by another discretisation in space and in time than the library's: derivatives by
//! Fourier series, and the classical method of Runge and Kutta with a fixed step.
//!
//! The largest |λ| of diffusion on n nodes is σ (π n/L)²; the step is 2.5/|λ|, within the 2.78 for
//! which the method is stable.

use lacuna::core::{Form, Pool};
use lacuna::models::AggregationDiffusion;

use super::truth::Truth;
use crate::noise::Failure;

/// The states at `times` (ascending), from `start`.
///
/// # Errors
/// If the equation cannot be evaluated.
pub fn transient(truth: &Truth, start: &[f64], times: &[f64]) -> Result<Vec<Vec<f64>>, Failure> {
    let n = start.len();
    let axis = truth.setup.grid.axes()[0];
    let sigma = truth.scalar(AggregationDiffusion::DIFFUSION);
    let fastest = sigma * (std::f64::consts::PI * n as f64 / axis.length).powi(2);
    let longest = 2.5 / fastest;
    let mut pool = Pool::new();
    let mut rate = |u: &[f64], out: &mut [f64]| {
        let (f, c) = (&truth.functions, &truth.conditions);
        truth.model().residual_f64(Form::Strong, u, f, c, &mut pool, out)
    };
    let mut u = start.to_vec();
    let mut stages = [vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n]];
    let mut at = vec![0.0; n];
    let (mut now, mut states) = (0.0, Vec::new());
    for &time in times {
        let steps = ((time - now) / longest).ceil() as usize;
        let h = (time - now) / steps.max(1) as f64;
        for _ in 0..steps {
            for stage in 0..4 {
                let part = [0.0, 0.5, 0.5, 1.0][stage] * h;
                at.copy_from_slice(&u);
                if stage > 0 {
                    at.iter_mut().zip(&stages[stage - 1]).for_each(|(at, k)| *at += part * k);
                }
                rate(&at, &mut stages[stage])?;
            }
            for (i, u) in u.iter_mut().enumerate() {
                let [a, b, c, d] = [0, 1, 2, 3].map(|s| stages[s][i]);
                *u += h / 6.0 * (a + 2.0 * (b + c) + d);
            }
        }
        now = time;
        states.push(u.clone());
    }
    Ok(states)
}
