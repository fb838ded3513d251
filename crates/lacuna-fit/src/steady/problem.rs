//! Steady states observed as they were: u_e(F) solved for, and compared with every datum where it
//! was made.
//!
//! Experiments e = 1…K have conditions, known functions and observations of u_e = T(u_e; F). For
//! unknown functions F_s, at the points of their slots,
//!
//! ∂u_e/∂F_s δF = (I − ∂T/∂u)⁻¹ (∂T/∂F_s) δF,
//!
//! with I − ∂T/∂u factored once per state. The states of the last linearisation and their responses
//! give the first guess of the next ones, and tell when a solve has ended on another branch: where
//! the state moves by far more than its response says, the step was too long, and is refused. Where
//! the functions leave only one state there is no branch to lose, and nothing is refused.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use faer::{Mat, MatMut, MatRef};
use lacuna_core::{
    Conditions, EvalError, EvalResult, Form, Functions, Linearisation, Model, Pool, Tabulated,
};
use lacuna_solve::{
    NewtonOptions, Response, Stage, SteadyStateOptions, TangentOptions, TangentSolver, steady_state,
};
use rayon::prelude::*;

use super::map::ModalProblem;
use super::modes::{FunctionPrior, Link, Modes};
use crate::{Information, Observations, SlotTerms};

/// Relative residual of the states.
const TOLERANCE: f64 = 1e-10;
/// A state is on another branch when it differs from the predicted one by more than this part of
/// the predicted change and this part of the state.
const OFF_PREDICTION: f64 = 0.75;
const OFF_STATE: f64 = 0.1;
/// Most nodes for which I − ∂T/∂u is formed and factored.
const MOST_FACTORED: usize = 2048;

/// One state under known conditions, and what was observed of it.
#[derive(Clone)]
pub struct ObservedState {
    /// Its conditions.
    pub conditions: Conditions,
    /// What stands in each slot.
    pub slots: Vec<SlotTerms>,
    /// The observations.
    pub observations: Observations,
    /// Whether their standard deviations are known only up to a common factor.
    pub unknown_noise: bool,
    /// Where the search for the state starts, at the nodes; of several states it picks one. By default
    /// the data smoothed.
    pub initial: Option<Vec<f64>>,
}

/// One unknown: its slot, its prior and g where all coefficients are zero.
#[derive(Clone)]
pub(crate) struct ModalUnknown {
    pub slot: usize,
    pub prior: FunctionPrior,
    pub center: f64,
    /// What is added to the centre at every point of the slot; nothing if empty.
    pub offset: Vec<f64>,
}

/// States at some functions, with their responses.
pub(super) struct Reference {
    values: Vec<Vec<f64>>,
    pub(super) states: Vec<StateHere>,
}

pub(super) struct StateHere {
    pub(super) functions: Tabulated,
    pub(super) u: Vec<f64>,
    /// T(u) − u.
    pub(super) defect: Vec<f64>,
    /// None on grids too large to form it: the response is then found direction by direction.
    pub(super) response: Option<Response>,
}

/// The states last found, and the functions they belong to.
struct Solved {
    values: Vec<Vec<f64>>,
    states: Vec<Vec<f64>>,
}

#[derive(Default)]
struct Memory {
    /// First guesses, before there is a reference.
    guesses: Vec<Vec<f64>>,
    reference: Option<Arc<Reference>>,
    last: Option<Solved>,
}

/// The problem over values of the unknown functions.
pub(crate) struct SteadyProblem {
    pub(crate) model: Arc<dyn Model>,
    pub(crate) unknowns: Vec<ModalUnknown>,
    pub(crate) states: Vec<ObservedState>,
    known: Vec<Tabulated>,
    /// Factor of the noise of each experiment so far.
    pub(super) noise: Vec<f64>,
    /// Shared by all copies, so that no refusal of any order or start is forgotten.
    refused: Arc<AtomicUsize>,
    memory: Mutex<Memory>,
}

impl Clone for SteadyProblem {
    fn clone(&self) -> Self {
        let memory = self.memory();
        let memory = Memory {
            guesses: memory.guesses.clone(),
            reference: memory.reference.clone(),
            last: None,
        };
        Self {
            model: self.model.clone(),
            unknowns: self.unknowns.clone(),
            states: self.states.clone(),
            known: self.known.clone(),
            noise: self.noise.clone(),
            refused: self.refused.clone(),
            memory: Mutex::new(memory),
        }
    }
}

impl SteadyProblem {
    pub(crate) fn new(
        model: Arc<dyn Model>,
        unknowns: Vec<ModalUnknown>,
        states: Vec<ObservedState>,
        guesses: Vec<Vec<f64>>,
    ) -> Self {
        let known = states
            .iter()
            .map(|s| {
                let terms = s.slots.iter().map(|slot| slot.known.clone()).collect();
                Tabulated::new(model.slots(), terms)
            })
            .collect();
        let memory = Mutex::new(Memory { guesses, ..Memory::default() });
        let noise = vec![1.0; states.len()];
        let refused = Arc::default();
        Self { model, unknowns, states, known, noise, refused, memory }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets all states: the next solve starts from these guesses.
    pub(crate) fn start_from(&self, guesses: Vec<Vec<f64>>) {
        *self.memory() = Memory { guesses, ..Memory::default() };
    }

    /// How often a step was refused because a state left its branch, in all copies.
    pub(crate) fn n_refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }

    /// The factor of the noise of each experiment.
    pub(crate) fn noise_factors(&self) -> Vec<f64> {
        self.noise.clone()
    }

    /// Σ N ln of the factors of the noise.
    pub(crate) fn log_noise(&self) -> f64 {
        let parts = self.states.iter().zip(&self.noise);
        parts.map(|(s, factor)| s.observations.n_independent() * factor.ln()).sum()
    }

    /// Leaves out experiment `e`.
    pub(crate) fn remove_state(&mut self, e: usize) -> ObservedState {
        self.known.remove(e);
        self.noise.remove(e);
        self.states.remove(e)
    }

    /// Moves every closed form to the parameters at `c`, given the posterior standard deviations of all
    /// coordinates; `c` becomes the same functions in the new coordinates.
    pub(crate) fn recentre(&mut self, c: &mut [f64], sd: &[f64]) {
        let mut start = 0;
        for unknown in &mut self.unknowns {
            let own = start..start + unknown.prior.modes.len();
            start = own.end;
            if let Some(form) = unknown.prior.modes.closed_form() {
                let moved = form.moved(&form.theta(&c[own.clone()]), &sd[own.clone()]);
                c[own].fill(0.0);
                let slot = &self.model.slots()[unknown.slot];
                unknown.prior.modes = Modes::of_closed_form(slot, moved);
            }
        }
    }

    /// Whether an unknown is a closed form, and whether all are.
    pub(crate) fn closed_forms(&self) -> [bool; 2] {
        let is_form = |u: &ModalUnknown| u.prior.modes.closed_form().is_some();
        [self.unknowns.iter().any(is_form), self.unknowns.iter().all(is_form)]
    }

    /// Values of every unknown at the points of its slot.
    pub(crate) fn values(&self, c: &[f64]) -> Vec<Vec<f64>> {
        let mut start = 0;
        self.unknowns
            .iter()
            .map(|unknown| {
                let modes = &unknown.prior.modes;
                let own = &c[start..start + modes.len()];
                start += modes.len();
                if let Some(form) = modes.closed_form() {
                    return form.values(own);
                }
                let g = modes.values() * faer::ColRef::from_slice(own);
                let offset = |i: usize| unknown.offset.get(i).copied().unwrap_or(0.0);
                let points = g.iter().enumerate();
                points.map(|(i, g)| unknown.value(g + unknown.center + offset(i))).collect()
            })
            .collect()
    }

    /// ∂F/∂c of each unknown at c, with values F there: points × modes.
    pub(super) fn directions(&self, c: &[f64], values: &[Vec<f64>]) -> Vec<Mat<f64>> {
        let parts = self.unknowns.iter().zip(values);
        let mut start = 0;
        parts
            .map(|(unknown, values)| {
                let own = start..start + unknown.prior.modes.len();
                start = own.end;
                if let Some(form) = unknown.prior.modes.closed_form() {
                    return form.directions(&c[own]);
                }
                let modes = unknown.prior.modes.values();
                match unknown.prior.link {
                    Link::Identity => modes.to_owned(),
                    Link::Exponential => {
                        Mat::from_fn(modes.nrows(), modes.ncols(), |i, j| values[i] * modes[(i, j)])
                    }
                }
            })
            .collect()
    }

    /// What is known of the functions of one experiment.
    pub(super) fn known(&self, experiment: usize) -> &Tabulated {
        &self.known[experiment]
    }

    /// The functions of one experiment.
    pub(crate) fn functions(&self, experiment: usize, values: &[Vec<f64>]) -> Tabulated {
        let mut functions = self.known[experiment].clone();
        for (slot, terms) in self.states[experiment].slots.iter().enumerate() {
            let Some(unknown) = terms.unknown else { continue };
            let known = self.known[experiment].values(slot);
            for ((to, known), value) in
                functions.values_mut(slot).iter_mut().zip(known).zip(&values[unknown])
            {
                *to = known + value;
            }
        }
        functions
    }

    /// The steady states at these functions.
    pub(crate) fn steady_states(&self, values: &[Vec<f64>]) -> EvalResult<Vec<Vec<f64>>> {
        let (reference, guesses) = {
            let memory = self.memory();
            if let Some(last) = &memory.last
                && last.values == values
            {
                return Ok(last.states.clone());
            }
            (memory.reference.clone(), memory.guesses.clone())
        };
        let found: EvalResult<Vec<Vec<f64>>> = (0..self.states.len())
            .into_par_iter()
            .map(|e| match &reference {
                Some(reference) => self.follow(e, values, reference),
                None => self.find(e, &self.functions(e, values), &guesses[e]),
            })
            .collect();
        match &found {
            Ok(states) => {
                let (values, states) = (values.to_vec(), states.clone());
                self.memory().last = Some(Solved { values, states });
            }
            Err(EvalError::LostBranch { .. }) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        found
    }

    /// The state that is found from a guess which may be far from it.
    fn find(&self, e: usize, functions: &Tabulated, guess: &[f64]) -> EvalResult<Vec<f64>> {
        if let Ok(state) = self.solve(e, functions, guess) {
            return Ok(state);
        }
        let options = SteadyStateOptions {
            tolerance: TOLERANCE,
            coarse_start: false,
            ..SteadyStateOptions::default()
        };
        let conditions = &self.states[e].conditions;
        let model = self.model.as_ref();
        let found = steady_state(model, functions, conditions, guess, &options, None)?;
        if found.stop.is_converged() {
            Ok(found.u)
        } else {
            Err(EvalError::NoState { experiment: e, residual: found.residual })
        }
    }

    pub(crate) fn solve(
        &self,
        e: usize,
        functions: &Tabulated,
        guess: &[f64],
    ) -> EvalResult<Vec<f64>> {
        self.solve_under(functions, &self.states[e].conditions, guess)
    }

    /// The steady state near a guess.
    pub(super) fn solve_under(
        &self,
        functions: &Tabulated,
        conditions: &Conditions,
        guess: &[f64],
    ) -> EvalResult<Vec<f64>> {
        let newton = NewtonOptions { polish: false, ..NewtonOptions::default() };
        let options = SteadyStateOptions {
            tolerance: TOLERANCE,
            stages: vec![Stage::Newton(newton)],
            coarse_start: false,
        };
        let model = self.model.as_ref();
        let found = steady_state(model, functions, conditions, guess, &options, None)?;
        if found.stop.is_converged() {
            Ok(found.u)
        } else {
            Err(EvalError::LostBranch { quantity: "Newton's method did not converge" })
        }
    }

    /// The state on the branch of the reference.
    fn follow(&self, e: usize, values: &[Vec<f64>], reference: &Reference) -> EvalResult<Vec<f64>> {
        let here = &reference.states[e];
        let n = here.u.len();
        let mut change = Mat::<f64>::zeros(n, 1);
        for (s, (new, old)) in values.iter().zip(&reference.values).enumerate() {
            let moved = Mat::from_fn(new.len(), 1, |i, _| new[i] - old[i]);
            if let Some(part) = self.state_change(e, s, moved.as_ref(), here)? {
                change += part;
            }
        }
        let guess: Vec<f64> = (0..n).map(|i| here.u[i] + change[(i, 0)]).collect();
        let functions = self.functions(e, values);
        if self.model.has_one_state(&functions) {
            return self.find(e, &functions, &here.u);
        }
        let found = self.solve(e, &functions, &guess)?;
        let norm = |value: &dyn Fn(usize) -> f64| -> f64 {
            let weights = self.model.weights();
            (0..n).map(|i| weights[i] * value(i).powi(2)).sum::<f64>().sqrt()
        };
        let off = norm(&|i| found[i] - guess[i]);
        let allowed = OFF_PREDICTION * norm(&|i| change[(i, 0)]) + OFF_STATE * norm(&|i| here.u[i]);
        if off <= allowed {
            Ok(found)
        } else {
            Err(EvalError::LostBranch { quantity: "the state jumped" })
        }
    }

    /// δu for changes of unknown `s` (points × k); none if it takes no part.
    fn state_change(
        &self,
        e: usize,
        s: usize,
        directions: MatRef<'_, f64>,
        here: &StateHere,
    ) -> EvalResult<Option<Mat<f64>>> {
        let slot = self.unknowns[s].slot;
        if self.states[e].slots[slot].unknown != Some(s) {
            return Ok(None);
        }
        self.slot_change(e, slot, directions, here).map(Some)
    }

    /// δu for changes of the function in `slot` (points × k), known or not.
    pub(super) fn slot_change(
        &self,
        e: usize,
        slot: usize,
        directions: MatRef<'_, f64>,
        here: &StateHere,
    ) -> EvalResult<Mat<f64>> {
        let at = Linearisation {
            form: Form::FixedPoint,
            u: &here.u,
            functions: &here.functions,
            conditions: &self.states[e].conditions,
            residual: &here.defect,
        };
        let mut change = Mat::zeros(here.u.len(), directions.ncols());
        self.model.tangent(&at, slot, directions, &mut Pool::new(), change.as_mut())?;
        self.answered(e, here, change)
    }

    /// (I − ∂T/∂u)⁻¹ of changes of T (n × k).
    pub(super) fn answered(
        &self,
        e: usize,
        here: &StateHere,
        mut change: Mat<f64>,
    ) -> EvalResult<Mat<f64>> {
        match &here.response {
            Some(response) => response.solve_in_place(change.as_mut()),
            None => self.respond(e, here, change.as_mut())?,
        }
        Ok(change)
    }

    /// (I − ∂T/∂u)⁻¹ of every column, each by GMRES.
    fn respond(&self, e: usize, here: &StateHere, change: MatMut<'_, f64>) -> EvalResult {
        let mut columns: Vec<_> = change.col_iter_mut().collect();
        let share = columns.len().div_ceil(rayon::current_num_threads()).max(1);
        columns.par_chunks_mut(share).try_for_each(|columns| {
            let conditions = &self.states[e].conditions;
            let options = TangentOptions::default();
            let model = self.model.as_ref();
            let mut solver =
                TangentSolver::new(model, &here.functions, conditions, &here.u, &options)?;
            let mut response = vec![0.0; here.u.len()];
            for column in columns {
                let rhs: Vec<f64> = column.as_ref().iter().copied().collect();
                solver.solve(&rhs, &mut response)?;
                let entries = column.as_mut().iter_mut();
                entries.zip(&response).for_each(|(to, from)| *to = *from);
            }
            Ok(())
        })
    }

    /// States and responses at these functions, which become the reference.
    pub(super) fn refer(&self, values: &[Vec<f64>]) -> EvalResult<Arc<Reference>> {
        if let Some(reference) = &self.memory().reference
            && reference.values == values
        {
            return Ok(reference.clone());
        }
        let found = self.steady_states(values)?;
        let states: EvalResult<Vec<StateHere>> = found
            .into_par_iter()
            .enumerate()
            .map(|(e, u)| {
                let functions = self.functions(e, values);
                let conditions = &self.states[e].conditions;
                let response = (u.len() <= MOST_FACTORED)
                    .then(|| Response::new(self.model.as_ref(), &functions, conditions, &u))
                    .transpose()?;
                let mut defect = vec![0.0; u.len()];
                self.model.map_f64(&u, &functions, conditions, &mut Pool::new(), &mut defect)?;
                defect.iter_mut().zip(&u).for_each(|(t, u)| *t -= u);
                Ok(StateHere { functions, u, defect, response })
            })
            .collect();
        let reference = Arc::new(Reference { values: values.to_vec(), states: states? });
        self.memory().reference = Some(reference.clone());
        Ok(reference)
    }

    /// The functions of the reference.
    pub(super) fn reference(&self) -> Option<Vec<Vec<f64>>> {
        self.memory().reference.as_ref().map(|here| here.values.clone())
    }

    /// Rows of the score residuals that belong to each experiment.
    pub(crate) fn rows(&self) -> Vec<Range<usize>> {
        let mut start = 0;
        self.states
            .iter()
            .map(|s| {
                start += s.observations.len();
                start - s.observations.len()..start
            })
            .collect()
    }

    /// Number of score residuals.
    pub(crate) fn n_rows(&self) -> usize {
        self.states.iter().map(|s| s.observations.len()).sum()
    }

    /// φ_data at these functions, and the score residuals.
    pub(crate) fn evaluate_at(&self, values: &[Vec<f64>], out: &mut [f64]) -> EvalResult<f64> {
        let states = self.steady_states(values)?;
        let mut sum = 0.0;
        for ((state, u), rows) in self.states.iter().zip(&states).zip(self.rows()) {
            sum += state.observations.evaluate(u, &mut out[rows])?;
        }
        Ok(sum)
    }

    /// φ_data, the score residuals, and their derivatives along `directions` (points × k_s) of each
    /// unknown, side by side in `out` (m × Σ k_s).
    pub(crate) fn push_forward(
        &self,
        values: &[Vec<f64>],
        directions: &[MatRef<'_, f64>],
        information: Information,
        residuals: &mut [f64],
        mut out: MatMut<'_, f64>,
    ) -> EvalResult<f64> {
        let reference = self.refer(values)?;
        let mut sum = 0.0;
        for (e, rows) in self.rows().into_iter().enumerate() {
            let here = &reference.states[e];
            let observations = &self.states[e].observations;
            let width = directions.iter().map(|d| d.ncols()).sum();
            let mut changes = Mat::zeros(here.u.len(), width);
            let mut start = 0;
            for (s, directions) in directions.iter().enumerate() {
                let k = directions.ncols();
                if let Some(change) = self.state_change(e, s, *directions, here)? {
                    changes.as_mut().subcols_mut(start, k).copy_from(change);
                }
                start += k;
            }
            let own = &mut residuals[rows.clone()];
            let block = out.as_mut().subrows_mut(rows.start, rows.len());
            sum += observations.linearise(&here.u, changes.as_ref(), information, own, block)?;
        }
        Ok(sum)
    }

    /// δu of experiment `e` along all modes at these functions (n × d), and u itself; closed forms are
    /// at their origins.
    pub(crate) fn state_directions(
        &self,
        e: usize,
        values: &[Vec<f64>],
    ) -> EvalResult<(Vec<f64>, Mat<f64>)> {
        let directions = self.directions(&vec![0.0; self.n_modes()], values);
        self.state_along(e, values, &directions)
    }

    /// The same along any directions (points × k_s) of every unknown, side by side.
    pub(crate) fn state_along(
        &self,
        e: usize,
        values: &[Vec<f64>],
        directions: &[Mat<f64>],
    ) -> EvalResult<(Vec<f64>, Mat<f64>)> {
        let reference = self.refer(values)?;
        let here = &reference.states[e];
        let width = directions.iter().map(Mat::ncols).sum();
        let mut out = Mat::zeros(here.u.len(), width);
        let mut start = 0;
        for (s, directions) in directions.iter().enumerate() {
            let k = directions.ncols();
            if let Some(change) = self.state_change(e, s, directions.as_ref(), here)? {
                out.as_mut().subcols_mut(start, k).copy_from(change);
            }
            start += k;
        }
        Ok((here.u.clone(), out))
    }

    /// φ_data, score residuals and their Jacobian with respect to all modes, at these functions; closed
    /// forms are at their origins.
    pub(crate) fn linearise_modes(
        &self,
        values: &[Vec<f64>],
        information: Information,
        residuals: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) -> EvalResult<f64> {
        let origin = vec![0.0; self.n_modes()];
        self.linearise_along(&origin, values, information, residuals, jacobian)
    }

    pub(super) fn linearise_along(
        &self,
        c: &[f64],
        values: &[Vec<f64>],
        information: Information,
        residuals: &mut [f64],
        jacobian: MatMut<'_, f64>,
    ) -> EvalResult<f64> {
        let directions = self.directions(c, values);
        let directions: Vec<MatRef<'_, f64>> = directions.iter().map(Mat::as_ref).collect();
        self.push_forward(values, &directions, information, residuals, jacobian)
    }
}
