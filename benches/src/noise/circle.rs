//! Positions on a circle without interaction: u = e^(−V)/∫e^(−V), σ = 1, W = 0, V unknown.

use std::sync::Arc;

use lacuna::core::{Bound, Conditions, Flow, Function, Interval, Symmetry};
use lacuna::fit::{
    Observations, ObservedState, PriorOptions, SlotTerms, SteadyFit, SteadyOptions, SteadyUnknown,
    Unknown, fit_steady,
};
use lacuna::grid::Grid;
use lacuna::models::AggregationDiffusion;
use lacuna::surrogate::Known;

use super::Failure;
use super::two_states::Class;
use crate::fixtures;

const CELLS: usize = 128;

/// The circle, its equation, and the class of V.
pub struct Circle {
    /// The grid.
    pub grid: Grid,
    model: Arc<AggregationDiffusion>,
    function: Arc<dyn Function>,
}

impl Circle {
    /// A circle [0, length).
    ///
    /// # Errors
    /// If the class refuses its options.
    pub fn new(length: f64) -> Result<Self, Failure> {
        let grid = fixtures::circle(length, CELLS)?;
        let model = Arc::new(AggregationDiffusion::new(grid.clone(), Symmetry::Even)?);
        let function = Class::Fourier.on(Interval::periodic(0.0, length), Symmetry::None)?;
        Ok(Self { grid, model, function })
    }

    /// V from what was observed.
    ///
    /// # Errors
    /// As [`fit_steady`].
    pub fn fit(
        &self,
        observations: Observations,
        prior: PriorOptions,
    ) -> Result<SteadyFit, Failure> {
        let known = |value: f64| SlotTerms {
            unknown: None,
            known: vec![Bound::known(Arc::new(Known(value)))],
        };
        let potential = SlotTerms { unknown: Some(0), known: Vec::new() };
        let state = ObservedState {
            conditions: Conditions::default(),
            slots: vec![known(0.0), potential, known(1.0), known(1.0)],
            observations,
            unknown_noise: false,
            initial: None,
        };
        let unknown = Unknown { slot: 1, function: self.function.clone() };
        let unknowns = [SteadyUnknown { unknown, positive: false, prior }];
        let options = SteadyOptions { restarts: 1, ..SteadyOptions::default() };
        let watch = |_: usize, _: &lacuna::core::Step<'_>| Flow::Continue;
        Ok(fit_steady(self.model.clone(), &unknowns, vec![state], &options, &watch)?)
    }

    /// V at points.
    pub fn potential(&self, fit: &SteadyFit, x: &[f64]) -> Vec<f64> {
        x.iter().map(|&x| self.function.eval(fit.theta(), &[x])).collect()
    }
}
