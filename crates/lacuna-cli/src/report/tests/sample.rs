//! A made-up recovery of the reference equation: steady states of
//! ∇·(σ∇u + κ u∇(W*u) + u∇V) = 0 on [0, 1), found by iterating u ← exp(−(κ W*u + V)/σ)/Z.

use std::f64::consts::PI;
use std::time::Duration;

use lacuna::problem::Formulation;
use lacuna::{Argument, FittedState, RecoveredFunction, Recovery, Restart, Stop, Units};

pub const PROBLEM: &str = r#"[model]
kind = "aggregation-diffusion"
diffusion = 0.1

[domain]
boundary = "periodic"
length = [1.0]
cells = [256]

[functions.W]                    # unknown
surrogate = "network"
hidden = [16, 16]
symmetry = "even"

[functions.V]
surrogate = "network"
hidden = [16, 16]

[[experiments]]
data = "state-1.csv"
coupling = 0.1

[[experiments]]
data = "state-2.csv"
coupling = 0.5

[truth]
W = "-cos(2*pi*x)"
V = "0.1*sin(2*pi*x) + 0.05*cos(4*pi*x)"
"#;

const SIGMA: f64 = 0.1;
const CELLS: usize = 256;

fn kernel(r: f64) -> f64 {
    -(2.0 * PI * r).cos()
}

fn potential(x: f64) -> f64 {
    0.1 * (2.0 * PI * x).sin() + 0.05 * (4.0 * PI * x).cos()
}

/// A recovery without noise: errors of 1e-4.
pub fn recovery() -> Recovery {
    Recovery {
        units: Units::default(),
        stop: Stop::Converged,
        elapsed: Duration::from_millis(2310),
        seed: 0,
        formulation: Formulation::LogFixedPoint,
        optimiser: "projection",
        cost: 3.217e-9,
        functions: vec![
            function("W", "interaction kernel", Argument::Displacement, -0.5, &kernel),
            function("V", "external potential", Argument::Position, 0.0, &potential),
        ],
        states: vec![state(1, 0.1), state(2, 0.5)],
        restarts: (0..8).map(restart).collect(),
        best_restart: 4,
        warnings: vec![
            "3 of 8 restarts ended at a cost more than ten times the best; the functions of the \
             others agree to 0.1 %."
                .to_owned(),
        ],
        inference: None,
        posterior: None,
        assumed_noise: None,
        diagnosis: None,
        checks: Default::default(),
        leans: Vec::new(),
    }
}

/// The same from 60 irregular points with 5 % noise a state.
pub fn noisy() -> Recovery {
    let mut recovery = recovery();
    recovery.stop = Stop::MaxIterations;
    for (k, state) in recovery.states.iter_mut().enumerate() {
        let size = state.observed.iter().fold(0.0, |a: f64, b| a.max(*b));
        let points = 0..60u32;
        state.data_x = points.map(|i| noise(i + 500 * k as u32).abs()).collect();
        state.data_x.sort_by(f64::total_cmp);
        let exact = |x: f64| state.observed[((x * CELLS as f64) as usize).min(CELLS - 1)];
        state.data_u = (0..)
            .zip(&state.data_x)
            .map(|(i, x)| exact(*x) + 0.05 * size * noise(i + 7000))
            .collect();
        state.relative_l2_misfit = Some(0.051);
    }
    recovery
}

pub fn scalar() -> RecoveredFunction {
    RecoveredFunction {
        name: "diffusion".to_owned(),
        description: "diffusion coefficient",
        argument: Argument::None,
        surrogate: "scalar, positive".to_owned(),
        finer: None,
        gauge: false,
        x: vec![f64::NAN],
        values: vec![0.10021],
        truth: Some(vec![0.1]),
        relative_l2_error: Some(2.1e-3),
        theta: vec![-2.3],
        offset: 0.0,
        band: None,
        prior: None,
        support: Vec::new(),
        parameters: Vec::new(),
    }
}

/// The same state on `n` nodes.
pub fn refine(state: &mut FittedState, n: usize) {
    let pick = |v: &[f64]| -> Vec<f64> {
        let at = |i: usize| i as f64 * (v.len() - 1) as f64 / (n - 1) as f64;
        let blend = |t: f64| {
            let left = (t.floor() as usize).min(v.len() - 2);
            v[left] + (t - left as f64) * (v[left + 1] - v[left])
        };
        (0..n).map(|i| blend(at(i))).collect()
    };
    for values in [&mut state.data_x, &mut state.data_u, &mut state.x, &mut state.observed] {
        *values = pick(values);
    }
    state.predicted = state.predicted.as_deref().map(pick);
}

fn function(
    name: &str,
    description: &'static str,
    argument: Argument,
    start: f64,
    truth: &dyn Fn(f64) -> f64,
) -> RecoveredFunction {
    let x: Vec<f64> = (0..=256).map(|i| start + f64::from(i) / 256.0).collect();
    let truth: Vec<f64> = x.iter().map(|x| truth(*x)).collect();
    let size = truth.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
    let error = |x: &f64| 4e-4 * size * ((6.0 * PI * x).cos() + 0.5 * (10.0 * PI * x).cos());
    RecoveredFunction {
        name: name.to_owned(),
        description,
        argument,
        surrogate: "network 16-16, tanh, even, 321 parameters".to_owned(),
        finer: None,
        gauge: true,
        values: x.iter().zip(&truth).map(|(x, f)| f + error(x)).collect(),
        x,
        truth: Some(truth),
        relative_l2_error: Some(4.3e-4),
        theta: vec![0.0; 321],
        offset: 0.1,
        band: None,
        prior: None,
        support: Vec::new(),
        parameters: Vec::new(),
    }
}

fn state(k: usize, kappa: f64) -> FittedState {
    let x: Vec<f64> = (0..CELLS).map(|i| (i as f64 + 0.5) / CELLS as f64).collect();
    let mut u = vec![1.0; CELLS];
    for _ in 0..100 {
        let field = |x: &f64| {
            let sum = x_and(&u).map(|(y, u)| kernel(x - y) * u).sum::<f64>();
            (-(kappa * sum / CELLS as f64 + potential(*x)) / SIGMA).exp()
        };
        let next: Vec<f64> = x.iter().map(field).collect();
        let mass = next.iter().sum::<f64>() / CELLS as f64;
        u = next.iter().map(|v| v / mass).collect();
    }
    let predicted =
        x_and(&u).map(|(x, u)| u * (1.0 + 4e-4 * (6.0 * PI * x).sin())).collect::<Vec<f64>>();
    FittedState {
        name: k.to_string(),
        source: format!("state-{k}.csv"),
        conditions: vec![("coupling".to_owned(), kappa.to_string())],
        data_x: x.clone(),
        data_u: u.clone(),
        x,
        observed: u,
        predicted: Some(predicted),
        predicted_stop: Some(Stop::Converged),
        relative_l2_misfit: Some(2.9e-4),
        band: None,
        measured: None,
    }
}

fn x_and(u: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    u.iter().enumerate().map(|(i, u)| ((i as f64 + 0.5) / CELLS as f64, *u))
}

fn restart(index: usize) -> Restart {
    let floor = [2e-7, 3.3e-9, 8e-5, 3.22e-9, 3.217e-9, 4e-6, 3.3e-9, 1.1e-4][index];
    let rate = 0.25 + 0.05 * index as f64;
    let length = 40 + 12 * index as u32;
    let history: Vec<f64> = (0..length)
        .map(|i| floor + (0.3 + 0.1 * noise(i)) * (-rate * f64::from(i)).exp())
        .chain([floor])
        .collect();
    Restart {
        index,
        seed: 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(index as u64 + 1),
        stop: if floor < 1e-8 { "converged" } else { "stalled" },
        cost: floor,
        iterations: length as usize,
        residual_evaluations: length as usize + 9,
        derivative_evaluations: length as usize,
        history,
    }
}

/// A number in (−1, 1) that looks random.
fn noise(i: u32) -> f64 {
    let mixed = (f64::from(i) * 12.9898).sin() * 43_758.545;
    2.0 * mixed.fract().abs() - 1.0
}
