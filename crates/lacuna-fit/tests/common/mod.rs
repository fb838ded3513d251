//! A two-state problem with data made on a finer grid than the inversion uses.
//!
//! ∇·(σ∇u + κ u ∇(W*u) + u ∇V) = 0 on the circle of circumference 1, σ = 0.1, W = −cos 2πr,
//! V = 0.1 sin 2πx, observed at κ = 0.1 and κ = 0.2.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use lacuna_core::{Bound, Conditions, Form, Function, Model, Slot, Symmetry, Tabulated};
use lacuna_fit::{Experiment, FieldObjective, SlotTerms, Unknown};
use lacuna_grid::{Axis, Boundary, Grid};
use lacuna_models::AggregationDiffusion;
use lacuna_solve::{SteadyStateOptions, steady_state};
use lacuna_surrogate::{Expression, Fourier, FourierOptions, Known, Network, NetworkOptions};

pub const DIFFUSION: f64 = 0.1;
pub const COUPLINGS: [f64; 2] = [0.1, 0.2];
/// Nodes of the data for each node of the inversion.
const FINER: usize = 2;

pub fn circle(cells: usize) -> Grid {
    let axis = Axis { origin: 0.0, length: 1.0, cells, boundary: Boundary::Periodic };
    Grid::new(vec![axis]).unwrap()
}

pub fn aggregation_diffusion(cells: usize) -> Arc<dyn Model> {
    Arc::new(AggregationDiffusion::new(circle(cells), Symmetry::Even).unwrap())
}

pub fn number(value: f64) -> Bound {
    Bound::known(Arc::new(Known(value)))
}

pub fn expression(text: &str) -> Bound {
    Bound::known(Arc::new(Expression::new(text).unwrap()))
}

pub fn true_kernel() -> Bound {
    expression("-cos(2*pi*x)")
}

pub fn true_potential() -> Bound {
    expression("0.1*sin(2*pi*x)")
}

pub fn known(term: Bound) -> SlotTerms {
    SlotTerms { unknown: None, known: vec![term] }
}

pub fn unknown(index: usize) -> SlotTerms {
    SlotTerms { unknown: Some(index), known: Vec::new() }
}

/// The steady state at each coupling, at every `FINER`-th node of a finer grid.
pub fn observed_states(cells: usize) -> Vec<Vec<f64>> {
    let model = aggregation_diffusion(FINER * cells);
    let nodes = model.slots()[AggregationDiffusion::POTENTIAL].points.coordinates().to_vec();
    let coarse = aggregation_diffusion(cells);
    let wanted = coarse.slots()[AggregationDiffusion::POTENTIAL].points.coordinates().to_vec();
    let guess = vec![1.0; nodes.len()];
    COUPLINGS
        .iter()
        .map(|&coupling| {
            let terms = [true_kernel(), true_potential(), number(DIFFUSION), number(coupling)];
            let terms = terms.into_iter().map(|t| vec![t]).collect();
            let functions = Tabulated::new(model.slots(), terms);
            let options = SteadyStateOptions::default();
            let state = steady_state(
                model.as_ref(),
                &functions,
                &Conditions::default(),
                &guess,
                &options,
                None,
            )
            .unwrap();
            assert!(state.stop.is_converged(), "{}", state.stop);
            wanted
                .iter()
                .map(|x| {
                    let at = nodes.iter().position(|node| (node - x).abs() < 1e-12).unwrap();
                    state.u[at]
                })
                .collect()
        })
        .collect()
}

/// Unknown W and V seen in the observed states at two known couplings.
pub fn two_states(
    cells: usize,
    form: Form,
    kernel: Arc<dyn Function>,
    potential: Arc<dyn Function>,
) -> FieldObjective {
    let experiments = observed_states(cells)
        .into_iter()
        .zip(COUPLINGS)
        .map(|(state, coupling)| Experiment {
            state,
            conditions: Conditions::default(),
            slots: vec![unknown(0), unknown(1), known(number(DIFFUSION)), known(number(coupling))],
        })
        .collect();
    let unknowns = vec![
        Unknown { slot: AggregationDiffusion::KERNEL, function: kernel },
        Unknown { slot: AggregationDiffusion::POTENTIAL, function: potential },
    ];
    FieldObjective::new(aggregation_diffusion(cells), form, unknowns, experiments).unwrap()
}

pub fn network(slot: &Slot, width: usize) -> Arc<dyn Function> {
    Arc::new(
        Network::new(NetworkOptions {
            domain: slot.domain.clone(),
            hidden: vec![width; 2],
            symmetry: slot.symmetry,
            output_bias: !slot.gauge,
            ..Default::default()
        })
        .unwrap(),
    )
}

pub fn fourier(slot: &Slot, modes: usize) -> Arc<dyn Function> {
    Arc::new(
        Fourier::new(FourierOptions {
            domain: slot.domain.clone(),
            modes,
            symmetry: slot.symmetry,
            constant: !slot.gauge,
        })
        .unwrap(),
    )
}

/// Two networks of two hidden layers of `width` units.
pub fn two_networks(cells: usize, form: Form, width: usize) -> FieldObjective {
    let model = aggregation_diffusion(cells);
    let slots = model.slots();
    two_states(cells, form, network(&slots[0], width), network(&slots[1], width))
}

/// ‖f − truth‖ / ‖truth‖ at the points of slot `unknown`, after removing the means.
pub fn error(objective: &FieldObjective, theta: &[f64], index: usize) -> f64 {
    let slot = &objective.model().slots()[objective.unknowns()[index].slot];
    let truth = if index == 0 { true_kernel() } else { true_potential() };
    let function = objective.unknowns()[index].function.clone();
    let found = Bound { function, theta: theta[objective.ranges()[index].clone()].to_vec() };
    let centred = |bound: Bound| {
        let values = bound.values(&slot.points);
        let total: f64 = slot.weights.iter().sum();
        let mean = values.iter().zip(&slot.weights).map(|(v, w)| v * w).sum::<f64>() / total;
        values.into_iter().map(move |v| v - mean).collect::<Vec<_>>()
    };
    let (found, truth) = (centred(found), centred(truth));
    let norm = |v: &mut dyn Iterator<Item = f64>| {
        v.zip(&slot.weights).map(|(v, w)| w * v * v).sum::<f64>().sqrt()
    };
    norm(&mut found.iter().zip(&truth).map(|(f, t)| f - t)) / norm(&mut truth.iter().copied())
}
