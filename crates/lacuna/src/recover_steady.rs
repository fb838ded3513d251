//! Recovery from observations as they are: sparse, irregular, noisy, counted (`steady-state`).

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use lacuna_core::{Argument, Flow, Stop};
use lacuna_fit::{
    HeldOut, ObservedState, PriorChoice, SteadyFit, SteadyOptions, SteadyUnknown, fit_steady,
};
use lacuna_identify::{Posterior, ensemble_band, laplace_band, state_band, student_95};

use crate::checks::{self, Check, Checks};
use crate::data::{MeasurementKind, Measurements};
use crate::diagnose;
use crate::diagnose::plan::unknowns as steady_unknowns;
use crate::discretisation::without_grid_error;
use crate::finer::{finer, with_modes};
use crate::leans::leans;
use crate::likelihood::observe;
use crate::misfit::misfits;
use crate::problem::{self, BandMethod, Formulation, LoadedProblem, Optimiser};
use crate::profiles::profiles;
use crate::recovered::{disagreements, recovered, restart, slot, too_few_states};
use crate::setup::Truth;
use crate::solve::own_start;
use crate::symmetric::on_both_sides;
use crate::task::steadfast;
use crate::units::number;
use crate::{
    Diagnosed, Error, FittedState, Inference, MeasuredState, Progress, RecoveredFunction,
    RecoveredParameter, RecoveredPrior, Recovery, Result, Setup,
};

/// Costs that differ by less are equally good: they are logarithms of probabilities.
const EQUALLY_GOOD: f64 = 2.0;
/// Mean square residual above which something is wrong: equation, noise or branch.
pub(crate) const TOO_LARGE: f64 = 2.0;
/// Probability above which a wall is spoken of.
const LIKELY_WALL: f64 = 0.1;
/// How often what the grid does to data is taken off them, each time at better parameters.
const GRID_CORRECTIONS: usize = 2;
const NO_DIAGNOSIS: &str = "whether the data determine the unknowns could not be examined at the functions that \
     were found: there is no diagnosis";
const NOT_MIXED: &str = "the bands were sampled, and the chains that sample them have not all seen the same: bands may \
     be too narrow; give more data, or a narrower `[prior]`";
/// A histogram of positions, for pictures.
const BINS: usize = 24;

/// What a recovery from observations as they are will do, before it does it.
pub struct SteadyPlan {
    /// The problem, ready to compute.
    pub setup: Setup,
    /// What was measured, one an experiment.
    pub measurements: Vec<Measurements>,
    /// Starts of the function classes; one where the start does not matter.
    pub restarts: usize,
    /// Remarks a reader should see before the fit.
    pub warnings: Vec<String>,
    states: Vec<ObservedState>,
    /// Their experiments in the problem.
    used: Vec<usize>,
    /// First noise levels, where they are unknown.
    first_noise: Vec<Option<f64>>,
    unknowns: Vec<SteadyUnknown>,
    truths: Vec<Option<Truth>>,
}

impl SteadyPlan {
    /// Reads the data of a problem and decides how its unknowns are found.
    ///
    /// # Errors
    /// If the data cannot be read or do not suit the equation.
    pub fn new(loaded: &LoadedProblem) -> Result<Self> {
        loaded.require_recoverable()?;
        let setup = Setup::new(loaded)?;
        let loaded = &setup.loaded.clone();
        let (mut measurements, mut states, mut first_noise) = (Vec::new(), Vec::new(), Vec::new());
        let mut used = Vec::new();
        let mut remarks = Vec::new();
        for index in 0..setup.n_experiments() {
            let Some(mut measured) = loaded.read_measurements(index)? else { continue };
            remarks.extend(measured.remarks.iter().cloned());
            if let Some((dealt, remark)) = on_both_sides(&setup, index, &measured) {
                measured = dealt;
                remarks.push(remark);
            }
            let observed = observe(&setup, index, &measured)?;
            used.push(index);
            first_noise.push(observed.noise);
            states.push(ObservedState {
                conditions: setup.conditions(index),
                slots: setup.slots(index)?,
                observations: observed.observations,
                unknown_noise: observed.noise.is_some(),
                initial: own_start(&setup, index)?,
            });
            measurements.push(measured);
        }
        let unknowns = steady_unknowns(&setup);
        let linear = |u: &SteadyUnknown| {
            let function = &u.unknown.function;
            function.linear_params() == (0..function.n_params())
        };
        // Starts of closed forms are tried before, in their parameters.
        let settled = |(u, named): (&SteadyUnknown, &crate::NamedUnknown)| {
            linear(u) || named.is_closed_form()
        };
        let restarts = if unknowns.iter().zip(&setup.unknowns).all(settled) {
            1
        } else {
            loaded.problem.fit.restarts
        };
        let truths =
            setup.unknowns.iter().map(|u| setup.truth(u.name)).collect::<Result<Vec<_>>>()?;
        let mut warnings: Vec<String> = too_few_states(&setup, states.len()).into_iter().collect();
        warnings.extend(remarks);
        let discrepancy = loaded.problem.prior.choice == problem::PriorChoice::Discrepancy;
        if discrepancy && first_noise.iter().any(Option::is_some) {
            warnings.push(
                "the discrepancy principle needs noise levels that are known: found together with \
                 the prior they push each other; give them, or choose another `[prior] choice`"
                    .into(),
            );
        }
        let optimiser = loaded.problem.fit.optimiser;
        if !matches!(optimiser, Optimiser::Auto | Optimiser::LevenbergMarquardt) {
            warnings.push(format!(
                "`steady-state` is fitted by levenberg-marquardt; `optimiser = \"{optimiser}\"` is \
                 not used"
            ));
        }
        Ok(Self {
            setup,
            measurements,
            restarts,
            warnings,
            states,
            used,
            first_noise,
            unknowns,
            truths,
        })
    }

    fn choice(&self) -> PriorChoice {
        match self.setup.loaded.problem.prior.choice {
            problem::PriorChoice::MarginalLikelihood => PriorChoice::MarginalLikelihood,
            problem::PriorChoice::Gcv => PriorChoice::CrossValidation,
            problem::PriorChoice::LCurve => PriorChoice::LCurve,
            problem::PriorChoice::Discrepancy => PriorChoice::Discrepancy,
            problem::PriorChoice::Fixed => PriorChoice::Fixed,
        }
    }

    /// What will be done, in a sentence.
    pub(crate) fn method(&self) -> String {
        format!(
            "fit the steady states to the observations as they are, smoothness by {}, {}",
            self.setup.loaded.problem.prior.choice,
            match self.restarts {
                1 => "one start".into(),
                n => format!("best of {n} starts"),
            }
        )
    }

    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let problem = &self.setup.loaded.problem;
        vec![
            ("formulation".into(), Formulation::SteadyState.to_string()),
            ("optimiser".into(), "levenberg-marquardt".into()),
            ("restarts".into(), self.restarts.to_string()),
            ("prior".into(), problem.prior.choice.to_string()),
            ("bands".into(), problem.bands.method.to_string()),
            ("folds".into(), problem.fit.folds.to_string()),
        ]
    }

    /// Carries it out. `watch` sees every iterate of every restart, from several threads, and may
    /// stop the run; the best result so far is then returned.
    ///
    /// # Errors
    /// If no restart could be evaluated.
    pub fn run(&self, watch: &(dyn Fn(&Progress) -> Flow + Sync)) -> Result<Recovery> {
        let begin = Instant::now();
        let stopped = AtomicBool::new(false);
        let watch = &steadfast(watch, &stopped);
        let again = || {
            watch(&Progress { restart: 0, restarts: self.restarts, iteration: 0, cost: f64::NAN })
        };
        let goes_on = || again() == Flow::Continue;
        let problem = &self.setup.loaded.problem;
        let seed = problem.fit.seed;
        let failed = |source| Error::Fit { place: self.setup.loaded.place("fit"), source };
        let mut options = SteadyOptions {
            choice: self.choice(),
            restarts: self.restarts,
            starts: problem.fit.restarts,
            seed,
            ..SteadyOptions::default()
        };
        if let Some(limit) = problem.fit.max_iterations {
            options.limits.max_iterations = limit;
        }
        let report = |restart: usize, step: &lacuna_core::Step<'_>| {
            let (iteration, cost) = (step.iteration, step.cost);
            watch(&Progress { restart, restarts: self.restarts, iteration, cost })
        };
        let fit_to = |states| {
            fit_steady(self.setup.model.clone(), &self.unknowns, states, &options, &report)
                .map_err(failed)
        };
        let mut fit = fit_to(self.states.clone())?;
        if let Some((finer, modes)) = finer(&self.setup, &fit).filter(|_| goes_on()) {
            let plan = Self { warnings: self.warnings.clone(), ..Self::new(&finer)? };
            return Ok(with_modes(plan.run(watch)?, &modes, begin.elapsed()));
        }
        if self.is_parametric() && fit.stop().is_converged() {
            // On a grid too coarse for more, the parameters are those of the grid's equation.
            for _ in 0..GRID_CORRECTIONS {
                let Ok(Some(states)) = self.without_grid_error(&fit) else { break };
                match fit_to(states) {
                    Ok(better) if goes_on() => fit = better,
                    _ => break,
                }
            }
        }
        let (fit, stop) = (&fit, fit.stop());
        let draws = match problem.bands.method {
            BandMethod::Ensemble if goes_on() => {
                Some(fit.draws(problem.bands.samples, seed, &again))
            }
            _ => None,
        };
        // Too few would make bands of chance.
        let draws = draws.filter(|_| goes_on());
        let functions = self.functions(fit, draws.as_deref());
        let states = (0..self.states.len())
            .map(|e| self.state(fit, e, draws.as_deref()).map_err(|e| failed(e.into())))
            .collect::<Result<Vec<_>>>()?;
        let folds = problem.fit.folds;
        let held_out = if folds > 1 { fit.cross_validate(folds, seed, &again) } else { None };
        let held_out_states = if folds > 1 { fit.cross_validate_states(&again) } else { None };
        let checks = if goes_on() {
            self.checks(fit, &states, held_out_states)
        } else {
            Checks::new(None, Vec::new())
        };
        let mut warnings = self.remarks(fit, &states, &checks);
        let misfits = misfits(&self.setup, &self.measurements, &self.used, fit, &states);
        let stop = if stop.is_converged() && !misfits.is_empty() { Stop::Misfit } else { stop };
        warnings.splice(0..0, misfits);
        let mut diagnosis = None;
        if goes_on() {
            diagnosis = diagnose::of_fit(&self.setup, fit, &self.measurements);
            if let Some(diagnosed) = &mut diagnosis {
                self.take_profiles(diagnosed, fit, &again);
            } else {
                warnings.push(NO_DIAGNOSIS.to_owned());
            }
        }
        let leans = match fit.nominal() {
            Ok(nominal) if goes_on() => leans(&self.setup, &nominal, &self.used, &functions),
            _ => Vec::new(),
        };
        let stop = if goes_on() { stop } else { Stop::Interrupted };
        Ok(self.setup.recovery_as_given(Recovery {
            units: *self.setup.units(),
            stop,
            leans,
            elapsed: begin.elapsed(),
            seed,
            formulation: Formulation::SteadyState,
            optimiser: "levenberg-marquardt",
            cost: fit.starts[fit.best].fit.cost,
            functions,
            states,
            restarts: fit.starts.iter().map(restart).collect(),
            best_restart: fit.best,
            warnings,
            inference: Some(Inference {
                prior_choice: problem.prior.choice.name(),
                log_evidence: fit.log_evidence,
                bands: match (problem.bands.method, &draws) {
                    (BandMethod::Laplace, _) | (BandMethod::Ensemble, None) => {
                        if fit.mixture.sampled { "sampling" } else { BandMethod::Laplace.name() }
                    }
                    (method, _) => method.name(),
                },
                held_out,
                held_out_states,
                refused_steps: fit.refused_steps,
            }),
            assumed_noise: None,
            posterior: Posterior::new(fit.priors.clone(), fit.covariance().clone()).ok(),
            diagnosis,
            checks,
        }))
    }

    /// Whether closed forms, and scalars beside them, are all that is unknown.
    fn is_parametric(&self) -> bool {
        let slots = self.setup.model.slots();
        let scalar = |u: &crate::NamedUnknown| slots[u.unknown.slot].argument == Argument::None;
        let unknowns = &self.setup.unknowns;
        unknowns.iter().any(crate::NamedUnknown::is_closed_form)
            && unknowns.iter().all(|u| u.is_closed_form() || scalar(u))
    }

    /// The observed states without what the grid does to them; none where the noise hides it.
    fn without_grid_error(&self, fit: &SteadyFit) -> Result<Option<Vec<ObservedState>>> {
        let theta: Vec<Vec<f64>> =
            self.ranges().into_iter().map(|range| fit.theta()[range].to_vec()).collect();
        let noise: Vec<Option<f64>> = self
            .first_noise
            .iter()
            .zip(&fit.noise_factors)
            .map(|(first, factor)| first.map(|sd| sd * factor))
            .collect();
        let (setup, measurements, used) = (&self.setup, &self.measurements, &self.used);
        let corrected = without_grid_error(setup, measurements, used, fit, &theta, &noise)?;
        let Some(corrected) = corrected else { return Ok(None) };
        let mut states = self.states.clone();
        for ((state, measured), &index) in states.iter_mut().zip(&corrected).zip(used) {
            state.observations = observe(setup, index, measured)?.observations;
        }
        Ok(Some(states))
    }

    /// With the profiles that the problem lists: they are not taken unasked, as each costs some fits.
    fn take_profiles(
        &self,
        diagnosed: &mut Diagnosed,
        fit: &SteadyFit,
        ask: &(dyn Fn() -> Flow + Sync),
    ) {
        let Some(specs) = &self.setup.loaded.problem.diagnose.profiles else { return };
        match profiles(&self.setup, &fit.fitted_modes(), specs, ask) {
            Ok(found) => diagnosed.profiles = found,
            Err(error) => diagnosed.remarks.push(format!("no profiles were taken: {error}")),
        }
    }

    fn checks(
        &self,
        fit: &SteadyFit,
        states: &[FittedState],
        held_out_states: Option<HeldOut>,
    ) -> Checks {
        let best = fit.starts[fit.best].fit.cost;
        let rival = |cost: f64| cost <= best + EQUALLY_GOOD;
        let half_widths = |s: usize, values: &[f64]| {
            let slot = slot(&self.setup, &self.setup.unknowns[s]);
            let is_scalar = slot.argument == Argument::None;
            let x = if is_scalar { vec![0.0] } else { slot.points.coordinates().to_vec() };
            let band = laplace_band(fit, s, &x, values);
            Some(band.lower.iter().zip(&band.upper).map(|(a, b)| 0.5 * (b - a)).collect())
        };
        let ranges = self.ranges();
        let restarts =
            disagreements(&self.setup, &ranges, &fit.starts, fit.best, &rival, &half_widths);
        checks::of_fit(&self.setup, fit, &self.measurements, states, held_out_states, &restarts)
    }

    fn ranges(&self) -> Vec<std::ops::Range<usize>> {
        let mut end = 0;
        let range = |u: &SteadyUnknown| {
            let start = end;
            end += u.unknown.function.n_params();
            start..end
        };
        self.unknowns.iter().map(range).collect()
    }

    fn functions(&self, fit: &SteadyFit, draws: Option<&[Vec<f64>]>) -> Vec<RecoveredFunction> {
        let has_bands = self.setup.loaded.problem.bands.method != BandMethod::None;
        let parts = self.setup.unknowns.iter().zip(self.ranges()).zip(&self.truths).enumerate();
        parts
            .map(|(s, ((unknown, range), truth))| {
                let theta = &fit.theta()[range];
                let mut function = recovered(&self.setup, unknown, theta, truth.as_ref());
                let is_scalar = function.argument == Argument::None;
                let x = if is_scalar { vec![0.0] } else { function.x.clone() };
                if has_bands {
                    let band = match draws {
                        Some(draws) => ensemble_band(fit, s, &x, &function.values, draws),
                        None => laplace_band(fit, s, &x, &function.values),
                    };
                    function.band = Some(band);
                }
                let parameters = fit.parameters(s);
                let is_form = !parameters.is_empty();
                if is_form {
                    let quantile = student_95(fit.degrees_of_freedom().unwrap_or(f64::INFINITY));
                    let new = |p| RecoveredParameter::new(p, quantile);
                    function.parameters = parameters.into_iter().map(new).collect();
                }
                if !is_scalar && !is_form {
                    let prior = &fit.priors[s];
                    function.prior = Some(RecoveredPrior {
                        order: prior.order(),
                        amplitude: prior.amplitude(),
                        length_scale: prior.length_scale(),
                    });
                }
                if slot(&self.setup, unknown).argument == Argument::Position {
                    function.support = self.support();
                }
                function
            })
            .collect()
    }

    fn state(
        &self,
        fit: &SteadyFit,
        e: usize,
        draws: Option<&[Vec<f64>]>,
    ) -> lacuna_core::EvalResult<FittedState> {
        let density = self.setup.model.is_density();
        let (u, band) = state_band(fit, e, density, draws)?;
        let has_bands = self.setup.loaded.problem.bands.method != BandMethod::None;
        let measured = &self.measurements[e];
        let spec = &self.setup.loaded.problem.experiments[e];
        let Shown { x: data_x, u: data_u } = self.shown(e);
        let n_scores = self.states[e].observations.len().max(1);
        let sources: Vec<String> =
            measured.sources.iter().map(|path| path.display().to_string()).collect();
        Ok(FittedState {
            name: spec.name.clone().unwrap_or_else(|| (e + 1).to_string()),
            source: sources.join(", "),
            conditions: self.setup.conditions_in_words(e),
            data_x,
            data_u,
            x: self.setup.grid.nodes().coordinates().to_vec(),
            observed: u.clone(),
            predicted: Some(u),
            predicted_stop: Some(Stop::Converged),
            relative_l2_misfit: None,
            band: has_bands.then_some(band),
            measured: Some(MeasuredState {
                kind: kind(measured),
                count: measured.len(),
                mean_square_residual: (!matches!(measured.kind, MeasurementKind::Positions { .. }))
                    .then(|| fit.chi_squares[e] / n_scores as f64),
                noise: self.first_noise[e]
                    .map(|sd| sd * fit.noise_factors[e] * self.setup.units().of_noise(measured)),
            }),
        })
    }

    /// What of the data can be drawn beside a state.
    fn shown(&self, e: usize) -> Shown {
        let mass = self.setup.conditions(e).mass;
        let centres = |lower: &[f64], upper: &[f64]| -> Vec<f64> {
            lower.iter().zip(upper).map(|(a, b)| 0.5 * (a + b)).collect()
        };
        let per_length = |count: &[f64], lower: &[f64], upper: &[f64]| -> Vec<f64> {
            let total: f64 = count.iter().sum::<f64>().max(1.0);
            let bins = count.iter().zip(lower.iter().zip(upper));
            bins.map(|(c, (a, b))| mass * c / (total * (b - a))).collect()
        };
        match &self.measurements[e].kind {
            MeasurementKind::Values { x, u, .. } => Shown { x: x.clone(), u: u.clone() },
            MeasurementKind::Averages { lower, upper, u, .. } => {
                Shown { x: centres(lower, upper), u: u.clone() }
            }
            MeasurementKind::Functionals { .. } => Shown { x: Vec::new(), u: Vec::new() },
            MeasurementKind::Counts { lower, upper, count, .. } => {
                Shown { x: centres(lower, upper), u: per_length(count, lower, upper) }
            }
            MeasurementKind::Positions { x } => {
                let axis = self.setup.grid.axes()[0];
                let width = axis.length / BINS as f64;
                let mut count = vec![0.0; BINS];
                for x in x {
                    let bin = ((x - axis.origin) / width).floor().clamp(0.0, (BINS - 1) as f64);
                    count[bin as usize] += 1.0;
                }
                let lower: Vec<f64> = (0..BINS).map(|i| axis.origin + i as f64 * width).collect();
                let upper: Vec<f64> = lower.iter().map(|a| a + width).collect();
                Shown { x: centres(&lower, &upper), u: per_length(&count, &lower, &upper) }
            }
        }
    }

    /// Where there are data of any experiment: within a fortieth of the domain of one.
    fn support(&self) -> Vec<[f64; 2]> {
        let axis = self.setup.grid.axes()[0];
        let (reach, end) = (axis.length / 40.0, axis.origin + axis.length);
        let mut pieces: Vec<[f64; 2]> = Vec::new();
        for measured in &self.measurements {
            match &measured.kind {
                MeasurementKind::Values { x, .. } | MeasurementKind::Positions { x } => {
                    pieces.extend(x.iter().map(|x| [x - reach, x + reach]));
                }
                MeasurementKind::Averages { lower, upper, .. }
                | MeasurementKind::Counts { lower, upper, .. } => {
                    pieces.extend(lower.iter().zip(upper).map(|(a, b)| [*a, *b]));
                }
                MeasurementKind::Functionals { .. } => pieces.push([axis.origin, end]),
            }
        }
        pieces.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let mut merged: Vec<[f64; 2]> = Vec::new();
        for [lower, upper] in pieces {
            let piece = [lower.max(axis.origin), upper.min(end)];
            match merged.last_mut() {
                Some(last) if piece[0] <= last[1] => last[1] = last[1].max(piece[1]),
                _ => merged.push(piece),
            }
        }
        merged
    }

    fn remarks(&self, fit: &SteadyFit, states: &[FittedState], checks: &Checks) -> Vec<String> {
        let mut remarks = self.warnings.clone();
        let too_large = |state: &FittedState| {
            let measured = state.measured.as_ref().filter(|m| m.noise.is_none());
            measured.and_then(|m| m.mean_square_residual).is_some_and(|square| square > TOO_LARGE)
        };
        // What is said below of a mean square need not be said twice.
        let said = |check: &Check| {
            check.check == "residuals"
                && states.iter().any(|state| state.name == check.of && too_large(state))
        };
        remarks.extend(checks.remarks(&said));
        for state in states {
            let Some(measured) = &state.measured else { continue };
            let Some(square) = measured.mean_square_residual else { continue };
            if square > TOO_LARGE && measured.noise.is_none() {
                remarks.push(format!(
                    "the observations of experiment {} lie further from its state than their noise \
                     allows (mean square residual {square:.1}): the equation, the noise level or the \
                     branch of the state may be wrong",
                    state.name
                ));
            }
        }
        if !fit.mixture.mixed {
            remarks.push(NOT_MIXED.to_owned());
        }
        for wall in fit.mixture.walls.iter().filter(|wall| wall.probability > LIKELY_WALL) {
            let region = self.setup.units().x_as_given(&wall.region);
            let (from, to) = (number(region[0]), number(region[1]));
            let name = self.setup.unknowns[wall.unknown].name;
            remarks.push(format!(
                "from x = {from} to {to} there is next to nobody: the data bound {name} there from \
                 below only, and how high it is moves its mean; its bands say so (upper ends there, \
                 lower ends elsewhere, come from what is thought of walls beforehand)"
            ));
        }
        if fit.refused_steps > 0 && !fit.stop().is_converged() {
            remarks.push(format!(
                "{} steps were refused because a state left its branch: the fit may have ended at \
                 the end of a branch; start from other data, or add observations there",
                fit.refused_steps
            ));
        }
        remarks
    }
}

/// Data to draw.
struct Shown {
    x: Vec<f64>,
    u: Vec<f64>,
}

fn kind(measured: &Measurements) -> &'static str {
    match measured.kind {
        MeasurementKind::Values { .. } => "values",
        MeasurementKind::Averages { .. } => "averages",
        MeasurementKind::Functionals { .. } => "functionals",
        MeasurementKind::Counts { .. } => "counts",
        MeasurementKind::Positions { .. } => "positions",
    }
}
