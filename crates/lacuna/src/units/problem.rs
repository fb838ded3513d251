//! The door: a problem, its data and what it calls from the units it is given in to those of
//! computation.

use lacuna_core::{Argument, Bound, Slot};
use lacuna_surrogate::Scaled;

use super::Units;
use crate::data::{MeasurementKind, Measurements, Noise, StateData};
use crate::problem::{
    DesignNoise, ExperimentSpec, FunctionSpec, FunctionalSpec, ModelKind, NoiseSpec, PlannedPoints,
    Problem, ProfileSpec, ScalarSpec,
};

fn shrink(values: &mut [f64], unit: f64) {
    values.iter_mut().for_each(|value| *value /= unit);
}

fn shrink_option(value: &mut Option<f64>, unit: f64) {
    if let Some(value) = value {
        *value /= unit;
    }
}

impl Units {
    /// A problem in these units. Expressions and tables stay as they are: what is made of them is
    /// converted ([`function`](Self::function)).
    pub(crate) fn problem(&self, given: &Problem) -> Problem {
        let mut problem = given.clone();
        let kind = problem.model.kind;
        shrink(&mut problem.domain.origin, self.length);
        shrink(&mut problem.domain.length, self.length);
        for (name, scalar) in &mut problem.model.scalars {
            let (ScalarSpec::Known(value) | ScalarSpec::Unknown { initial: value, .. }) = scalar;
            *value /= self.of_part(kind, name);
        }
        for (name, function) in &mut problem.functions {
            let positive = given.is_positive(name);
            let FunctionSpec::Unknown(unknown) = function else { continue };
            shrink_option(&mut unknown.prior.length_scale, self.length);
            if !positive {
                shrink_option(&mut unknown.prior.amplitude, self.of_part(kind, name));
            }
        }
        for experiment in &mut problem.experiments {
            self.experiment(kind, experiment);
        }
        for profile in problem.diagnose.profiles.iter_mut().flatten() {
            let ProfileSpec { at, from, to, .. } = profile;
            [at, from, to].into_iter().for_each(|x| shrink_option(x, self.length));
        }
        let design = &mut problem.design;
        if let Some(FunctionalSpec { at, from, to, .. }) = &mut design.functional {
            [at, from, to].into_iter().for_each(|x| shrink_option(x, self.length));
        }
        if let Some(DesignNoise::Sd(sd)) = &mut design.noise {
            *sd /= self.state;
        }
        self.points(&mut design.points);
        for experiment in &mut design.experiments {
            self.experiment(kind, &mut experiment.experiment);
        }
        let parameter = problem.branches.parameter.as_deref();
        let parameter = parameter.or(kind.scalars().last().map(|scalar| scalar.name));
        let unit = parameter.map_or(1.0, |name| self.of_part(kind, name));
        let branches = &mut problem.branches;
        for value in [&mut branches.from, &mut branches.to, &mut branches.start_at] {
            shrink_option(value, unit);
        }
        shrink(&mut branches.values, unit);
        problem
    }

    fn experiment(&self, kind: ModelKind, experiment: &mut ExperimentSpec) {
        experiment.mass /= self.mass();
        shrink(&mut experiment.boundary_values, self.state);
        if let Some(
            NoiseSpec::Sd(level)
            | NoiseSpec::Floored { floor: level, .. }
            | NoiseSpec::Student { sd: Some(level), .. },
        ) = &mut experiment.noise
        {
            *level /= self.state;
        }
        if let Some(exposure) = &mut experiment.exposure {
            *exposure *= self.mass();
        }
        if let Some(points) = &mut experiment.points {
            self.points(points);
        }
        for (name, value) in &mut experiment.scalars {
            *value /= self.of_part(kind, name);
        }
    }

    fn points(&self, points: &mut PlannedPoints) {
        if let PlannedPoints::At(x) = points {
            shrink(x, self.length);
        }
    }

    /// A state in these units.
    pub(crate) fn state(&self, mut data: StateData) -> StateData {
        shrink(&mut data.x, self.length);
        shrink(&mut data.u, self.state);
        if let Some(sd) = &mut data.sd {
            shrink(sd, self.state);
        }
        data
    }

    /// Measurements in these units.
    pub(crate) fn measurements(&self, mut measured: Measurements) -> Measurements {
        match &mut measured.kind {
            MeasurementKind::Values { x, u, noise } => {
                shrink(x, self.length);
                values(u, noise, self.state);
            }
            MeasurementKind::Averages { lower, upper, u, noise } => {
                shrink(lower, self.length);
                shrink(upper, self.length);
                values(u, noise, self.state);
            }
            MeasurementKind::Functionals { u, noise, .. } => values(u, noise, self.mass()),
            MeasurementKind::Counts { lower, upper, exposure, .. } => {
                shrink(lower, self.length);
                shrink(upper, self.length);
                if let Some(exposure) = exposure {
                    *exposure *= self.mass();
                }
            }
            MeasurementKind::Positions { x } => shrink(x, self.length),
        }
        measured
    }

    /// One unit of the standard deviation of measurements; of their logarithm it has none.
    pub(crate) fn of_noise(&self, measured: &Measurements) -> f64 {
        match &measured.kind {
            MeasurementKind::Values { noise, .. }
            | MeasurementKind::Averages { noise, .. }
            | MeasurementKind::Functionals { noise, .. }
                if matches!(noise, Noise::Relative(_) | Noise::UnknownRelative) =>
            {
                1.0
            }
            MeasurementKind::Functionals { .. } => self.mass(),
            _ => self.state,
        }
    }

    /// A function of position in the units of the problem, with values of the unit `value`.
    pub(crate) fn function(&self, given: Bound, value: f64) -> Bound {
        Scaled::bound(given, self.length, value)
    }

    /// Factors from the argument of a slot in these units to that in the problem's, and from values.
    pub(crate) fn of_slot(&self, kind: ModelKind, slot: &Slot) -> [f64; 2] {
        let argument = match slot.argument {
            Argument::Position | Argument::Displacement => self.length,
            Argument::State => self.state,
            Argument::None => 1.0,
        };
        [argument, self.of_part(kind, slot.name)]
    }

    /// Known functions of a slot in the units of the problem.
    pub(crate) fn terms(&self, kind: ModelKind, slot: &Slot, given: Vec<Bound>) -> Vec<Bound> {
        let [argument, value] = self.of_slot(kind, slot);
        given.into_iter().map(|bound| Scaled::bound(bound, argument, value)).collect()
    }

    /// The reverse of [`terms`](Self::terms).
    pub(crate) fn terms_as_given(
        &self,
        kind: ModelKind,
        slot: &Slot,
        own: Vec<Bound>,
    ) -> Vec<Bound> {
        let [argument, value] = self.of_slot(kind, slot).map(f64::recip);
        own.into_iter().map(|bound| Scaled::bound(bound, argument, value)).collect()
    }

    /// States at the nodes in these units.
    pub(crate) fn states(&self, given: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut states = given.to_vec();
        states.iter_mut().for_each(|u| shrink(u, self.state));
        states
    }

    /// Positions in the units of the problem.
    pub(crate) fn x_as_given(&self, x: &[f64]) -> Vec<f64> {
        x.iter().map(|x| self.length * x).collect()
    }
}

fn values(u: &mut [f64], noise: &mut Noise, unit: f64) {
    shrink(u, unit);
    match noise {
        Noise::Known(sd) | Noise::Student { scale: Some(sd), .. } => shrink(sd, unit),
        Noise::Floored { floor, .. } => *floor /= unit,
        Noise::Exact
        | Noise::Relative(_)
        | Noise::Student { scale: None, .. }
        | Noise::Unknown
        | Noise::UnknownRelative => {}
    }
}
