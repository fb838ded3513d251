//! The uniform state of kernels with many modes: eigenvalues and primary branch points.

use std::f64::consts::PI;

use lacuna::core::{Conditions, Model};
use lacuna::steady::{Event, stability};
use serde::Serialize;

use super::{Measured, bessel, circle, circle_problem, diagram};

/// The first ten modes of W = −exp(b (cos x − 1)), each a double eigenvalue.
#[derive(Debug, Serialize)]
pub(super) struct Dispersion {
    pub(super) diffusion: f64,
    pub(super) coupling: f64,
    pub(super) unstable: usize,
    /// Largest |λ − λ_exact| / max(1, |λ_exact|).
    pub(super) error: f64,
}

/// The branch points of a kernel given by the amplitudes of its modes.
#[derive(Debug, Serialize)]
pub(super) struct Primary {
    pub(super) kernel: String,
    pub(super) exact: Vec<f64>,
    pub(super) found: Vec<f64>,
}

impl Primary {
    /// Largest error; infinite if their number is wrong.
    pub(super) fn error(&self) -> f64 {
        if self.exact.len() != self.found.len() {
            return f64::INFINITY;
        }
        super::largest_difference(&self.exact, &self.found)
    }
}

const SHARPNESS: f64 = 3.0;
const MODES: usize = 10;

pub(super) fn dispersion() -> Measured<Vec<Dispersion>> {
    let cases = [(0.3, 0.4), (0.3, -1.0), (0.05, 2.0), (0.02, 3.0)];
    cases.into_iter().map(|(diffusion, coupling)| one_dispersion(diffusion, coupling)).collect()
}

fn one_dispersion(diffusion: f64, coupling: f64) -> Measured<Dispersion> {
    let kernel = format!("-exp({SHARPNESS}*(cos(x) - 1))");
    let loaded = circle_problem(&kernel, [diffusion, coupling], 256, "")?;
    let setup = lacuna::Setup::new(&loaded.as_given())?;
    let functions = setup.known_functions(0)?;
    let model: &dyn Model = setup.model.as_ref();
    let uniform = vec![1.0 / (2.0 * PI); model.n_nodes()];
    let found = stability(model, &functions, &Conditions::default(), &uniform, 2 * MODES)?
        .ok_or("no evolution")?;
    let mut exact: Vec<f64> = (1..60u32)
        .flat_map(|k| {
            let transform = -2.0 * PI * (-SHARPNESS).exp() * bessel(k, SHARPNESS);
            let wave = f64::from(k);
            [-wave * wave * (diffusion + coupling * transform / (2.0 * PI)); 2]
        })
        .collect();
    exact.sort_by(|a, b| b.total_cmp(a));
    if found.eigenvalues.len() < 2 * MODES {
        return Err("too few eigenvalues".into());
    }
    let pairs = found.eigenvalues.iter().zip(&exact).take(2 * MODES);
    let error = pairs.map(|(f, e)| (f.re - e).hypot(f.im) / e.abs().max(1.0)).fold(0.0, f64::max);
    Ok(Dispersion { diffusion, coupling, unstable: found.unstable_directions, error })
}

pub(super) fn primary() -> Measured<Vec<Primary>> {
    let sigma = 0.5;
    let cases: [&[f64]; 3] = [
        &[1.0, 0.0, 0.8],
        &[0.9, 1.0, 0.6, 0.45, 0.7],
        &[0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.95, 0.85],
    ];
    cases
        .into_iter()
        .map(|amplitudes| {
            let present = || amplitudes.iter().enumerate().filter(|(_, a)| **a != 0.0);
            let kernel: String = present().map(|(k, a)| format!("-{a}*cos({}*x)", k + 1)).collect();
            let options = "from = 0.1\nto = 2.5\nswitching = false\ndeflation = false";
            let diagram = diagram(&circle(&kernel, sigma, 256, options)?)?;
            let mut exact: Vec<f64> = present().map(|(_, a)| 2.0 * sigma / a).collect();
            exact.sort_by(f64::total_cmp);
            let states = &diagram.branches[0].states;
            let at = states.iter().filter(|s| s.event == Some(Event::BranchPoint));
            Ok(Primary { kernel, exact, found: at.map(|s| s.parameter).collect() })
        })
        .collect()
}
