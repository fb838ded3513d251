//! The exit: results from the units of computation to those of the problem.
//!
//! Numbers without a dimension (costs, relative errors, verdicts, residuals in units of their noise)
//! stay as they are, and so do the parameters θ of functions and the posterior: they belong to the
//! functions as they were computed, and `model.json` holds the units beside them.

use lacuna_core::Argument;
use lacuna_identify::Band;
use lacuna_solve::Stability;

use super::{Units, scale};
use crate::problem::{DesignCriterion, ModelKind};
use crate::{
    BranchDiagram, Designed, Diagnosed, FittedState, Predicted, Prediction, RecoveredFunction,
    Recovery, Setup, SolvedState,
};

fn scale_band(band: &mut Option<Band>, unit: f64) {
    if let Some(Band { lower, upper, lower_half, upper_half, .. }) = band {
        [lower, upper, lower_half, upper_half].into_iter().for_each(|edge| scale(edge, unit));
    }
}

impl Setup {
    fn kind(&self) -> ModelKind {
        self.loaded.problem.model.kind
    }

    /// What computations of this problem are done in.
    pub fn units(&self) -> &Units {
        &self.loaded.units
    }

    /// One unit of a function or scalar.
    pub(crate) fn unit_of(&self, name: &str) -> f64 {
        self.units().of_part(self.kind(), name)
    }

    /// One unit of the argument of a function.
    fn unit_of_argument(&self, argument: Argument) -> f64 {
        match argument {
            Argument::None => 1.0,
            Argument::Position | Argument::Displacement => self.units().length,
            Argument::State => self.units().state,
        }
    }

    pub(crate) fn recovery_as_given(&self, mut recovery: Recovery) -> Recovery {
        recovery.functions.iter_mut().for_each(|function| self.function_as_given(function));
        recovery.states.iter_mut().for_each(|state| self.fitted_as_given(state));
        recovery.diagnosis = recovery.diagnosis.map(|found| self.diagnosed_as_given(found));
        recovery
    }

    fn function_as_given(&self, function: &mut RecoveredFunction) {
        let unit = self.unit_of(&function.name);
        let of_argument = self.unit_of_argument(function.argument);
        scale(&mut function.x, of_argument);
        scale(&mut function.values, unit);
        if let Some(truth) = &mut function.truth {
            scale(truth, unit);
        }
        function.offset *= unit;
        scale_band(&mut function.band, unit);
        if let Some(prior) = &mut function.prior {
            prior.length_scale *= of_argument;
            let positive = self.unknowns.iter().any(|u| u.name == function.name && u.positive);
            prior.amplitude *= if positive { 1.0 } else { unit };
        }
        function.support.iter_mut().for_each(|piece| scale(piece, of_argument));
    }

    fn fitted_as_given(&self, state: &mut FittedState) {
        let Units { length, state: unit, .. } = *self.units();
        [&mut state.data_x, &mut state.x].into_iter().for_each(|x| scale(x, length));
        [&mut state.data_u, &mut state.observed].into_iter().for_each(|u| scale(u, unit));
        if let Some(predicted) = &mut state.predicted {
            scale(predicted, unit);
        }
        scale_band(&mut state.band, unit);
    }

    pub(crate) fn diagnosed_as_given(&self, mut diagnosed: Diagnosed) -> Diagnosed {
        let unit = |name: &str, positive: bool| if positive { 1.0 } else { self.unit_of(name) };
        let changes: Vec<f64> =
            diagnosed.unknowns.iter().map(|u| unit(&u.name, u.positive)).collect();
        for (unknown, change) in diagnosed.unknowns.iter_mut().zip(&changes) {
            scale(&mut unknown.x, self.unit_of_argument(unknown.argument));
            scale(&mut unknown.nominal, self.unit_of(&unknown.name));
            unknown.scale *= change;
            scale(&mut unknown.sd, *change);
            scale(&mut unknown.prior_sd, *change);
            unknown.weakest.iter_mut().zip(&changes).for_each(|(g, change)| scale(g, *change));
        }
        diagnosed
    }

    pub(crate) fn designed_as_given(&self, mut designed: Designed) -> Designed {
        let Units { length, state: unit, .. } = *self.units();
        designed.points.iter_mut().for_each(|point| point.x *= length);
        for experiment in &mut designed.experiments {
            let positions = [&mut experiment.data_x, &mut experiment.x, &mut experiment.chosen];
            positions.into_iter().for_each(|x| scale(x, length));
            let states = [
                &mut experiment.data_u,
                &mut experiment.state,
                &mut experiment.lowest,
                &mut experiment.highest,
                &mut experiment.chosen_u,
            ];
            states.into_iter().for_each(|u| scale(u, unit));
        }
        for unknown in &mut designed.unknowns {
            scale(&mut unknown.x, self.unit_of_argument(unknown.argument));
            scale(&mut unknown.nominal, self.unit_of(&unknown.name));
            if !unknown.positive {
                scale(&mut unknown.sd_before, self.unit_of(&unknown.name));
                scale(&mut unknown.sd, self.unit_of(&unknown.name));
            }
        }
        let variance = self.unit_of_functional().powi(2);
        let criterion = &mut designed.criterion;
        criterion.value *= variance;
        criterion.before *= variance;
        criterion.bound = criterion.bound.map(|bound| bound * variance);
        scale(&mut designed.gain, variance);
        designed
    }

    /// One unit of the functional that a design is for; 1 where it is for functions, relative to their
    /// scales.
    fn unit_of_functional(&self) -> f64 {
        let design = &self.loaded.problem.design;
        let Some(functional) = &design.functional else { return 1.0 };
        if design.criterion != DesignCriterion::Functional {
            return 1.0;
        }
        let of_logarithm =
            self.unknowns.iter().any(|u| u.name == functional.function && u.positive);
        let value = if of_logarithm { 1.0 } else { self.unit_of(&functional.function) };
        let integral = functional.at.is_none() && functional.mode.is_none();
        let is_integral = integral && functional.from.is_some();
        if is_integral { value * self.units().length } else { value }
    }

    /// Rates of growth, 1/time.
    pub(crate) fn stability_as_given(&self, mut stability: Stability) -> Stability {
        let time = self.units().time;
        stability.rate /= time;
        for eigenvalue in &mut stability.eigenvalues {
            eigenvalue.re /= time;
            eigenvalue.im /= time;
        }
        stability
    }

    pub(crate) fn solved_as_given(&self, mut state: SolvedState) -> SolvedState {
        scale(&mut state.x, self.units().length);
        scale(&mut state.u, self.units().state);
        state.stability = state.stability.map(|stability| self.stability_as_given(stability));
        state
    }

    pub(crate) fn prediction_as_given(&self, mut prediction: Prediction) -> Prediction {
        let Units { length, time, state: unit, .. } = *self.units();
        scale(&mut prediction.x, length);
        prediction.stability =
            prediction.stability.map(|stability| self.stability_as_given(stability));
        match &mut prediction.outcome {
            Predicted::State { u, band, .. } => {
                scale(u, unit);
                scale_band(band, unit);
            }
            Predicted::Transient { t, u, bands, steps, .. } => {
                scale(t, time);
                u.iter_mut().for_each(|u| scale(u, unit));
                for band in bands {
                    let Band { lower, upper, lower_half, upper_half, .. } = band;
                    let edges = [lower, upper, lower_half, upper_half];
                    edges.into_iter().for_each(|edge| scale(edge, unit));
                }
                for step in steps {
                    step.time *= time;
                    step.length *= time;
                }
            }
        }
        prediction
    }

    pub(crate) fn diagram_as_given(&self, mut diagram: BranchDiagram) -> BranchDiagram {
        let Units { length, state: unit, .. } = *self.units();
        let parameter = self.unit_of(diagram.parameter);
        diagram.from *= parameter;
        diagram.to *= parameter;
        scale(&mut diagram.x, length);
        for norms in &mut diagram.norms {
            scale(norms, unit * length.sqrt());
        }
        for state in diagram.branches.iter_mut().flat_map(|branch| &mut branch.states) {
            scale(&mut state.u, unit);
            state.parameter *= parameter;
            state.stability =
                state.stability.take().map(|stability| self.stability_as_given(stability));
        }
        diagram
    }
}
