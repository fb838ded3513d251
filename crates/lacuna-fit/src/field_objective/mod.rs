//! The least-squares objective of an equation at observed states.
//!
//! Over experiments e = 1…K with observed states û_e (length n), conditions and known functions,
//! r_e(θ) = √w ∘ residual(û_e; f_θ), r = (r_1, …, r_K), length m = K n, with quadrature weights
//! w: ½ ‖r‖² is half the integral of the squared residual. f_θ are the unknown functions, θ their
//! parameters one after the other.
//!
//! Derivatives compose. With F_s the values of unknown s at the points of its slot,
//! ∂r/∂θ_s = (∂r/∂F_s)(∂F_s/∂θ_s): the equation supplies the first factor, the function class the
//! second. Functions of one variable move in few directions, ∂F_s/∂θ_s ≈ Q_s R_s of rank
//! r_s ≪ p_s, so that the equation is differentiated along r_s directions and not p_s.
//!
//! With a smoothness prior of weight ε_s the residuals go on with √ε_s R_s F_s, the roughness of
//! each function (`roughness.rs`), in the order of the unknowns.

use std::f64::consts::PI;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use faer::{ColMut, Mat, MatMut, MatRef};
use lacuna_core::elementary::vectorised;
use lacuna_core::{
    Argument, Bound, Conditions, EvalError, EvalResult, FactoredJacobian, Form, Function,
    Linearisation, Model, Objective, Pool, Slot, Tabulated,
};

mod objective;
mod pilot;

use crate::FitError;
use crate::low_rank::LowRank;
use crate::roughness::Roughness;

/// Directions of ∂F/∂θ below this fraction of the largest are left out: θ would have to move by
/// its inverse for them to matter.
const RANK_TOLERANCE: f64 = 1e-7;

/// Columns of a Jacobian that are computed together.
const COLUMNS_AT_A_TIME: usize = 64;

/// One unknown function of the equation.
#[derive(Clone)]
pub struct Unknown {
    /// Index of its slot in the equation.
    pub slot: usize,
    /// The function class that stands in its place.
    pub function: Arc<dyn Function>,
}

/// What stands in one slot during one experiment: the sum of these.
#[derive(Clone, Default)]
pub struct SlotTerms {
    /// Index among the unknowns, if the unknown takes part.
    pub unknown: Option<usize>,
    /// Known terms.
    pub known: Vec<Bound>,
}

/// One observed steady state under known conditions.
#[derive(Clone)]
pub struct Experiment {
    /// The observed state û at the nodes, length n.
    pub state: Vec<f64>,
    /// Its conditions.
    pub conditions: Conditions,
    /// What stands in each slot.
    pub slots: Vec<SlotTerms>,
}

/// The least-squares objective of an equation at observed states: the residuals √w ∘ r(û_e; f_θ) of
/// every experiment e, then the roughness of every unknown with a smoothness prior.
pub struct FieldObjective {
    model: Arc<dyn Model>,
    form: Form,
    unknowns: Vec<Unknown>,
    /// Range of each unknown in θ.
    ranges: Vec<Range<usize>>,
    experiments: Vec<Experiment>,
    /// Values of the known terms of each experiment.
    known: Vec<Tabulated>,
    root_weights: Vec<f64>,
    /// Ranges of θ in which the residual is jointly affine, and the unknowns they belong to.
    linear: Vec<Range<usize>>,
    linear_unknowns: Vec<usize>,
    /// ∂F/∂θ of unknowns that are linear in all of θ: it never changes.
    constant_bases: Vec<Option<LowRank>>,
    /// √ε R of each unknown with a smoothness prior.
    priors: Vec<Option<Roughness>>,
    workspaces: Mutex<Vec<Workspace>>,
}

/// Buffers of one evaluation.
struct Workspace {
    pool: Pool<f64>,
    /// Values of each unknown at the points of its slot.
    values: Vec<Vec<f64>>,
    /// ∂F/∂θ of each unknown.
    bases: Vec<LowRank>,
    functions: Vec<Tabulated>,
}

impl FieldObjective {
    /// Sets up the objective.
    ///
    /// # Errors
    /// If nothing is unknown, there is no experiment, the equation lacks the form, or an array has
    /// the wrong length.
    pub fn new(
        model: Arc<dyn Model>,
        form: Form,
        unknowns: Vec<Unknown>,
        experiments: Vec<Experiment>,
    ) -> Result<Self, FitError> {
        if unknowns.is_empty() {
            return Err(FitError::NothingUnknown);
        }
        if experiments.is_empty() {
            return Err(FitError::NoExperiments);
        }
        let slots = model.slots();
        if let Some(u) = unknowns.iter().find(|u| slots[u.slot].argument == Argument::State) {
            return Err(FitError::StateArgument { name: slots[u.slot].name });
        }
        for experiment in &experiments {
            check_len("the observed state", experiment.state.len(), model.n_nodes())?;
            check_len("the slots of an experiment", experiment.slots.len(), slots.len())?;
        }
        let ranges = consecutive(unknowns.iter().map(|u| u.function.n_params()));
        let known = experiments
            .iter()
            .map(|e| Tabulated::new(slots, e.slots.iter().map(|s| s.known.clone()).collect()))
            .collect();
        let root_weights = model.weights().iter().map(|w| w.sqrt()).collect();
        let linear_unknowns = jointly_affine(model.as_ref(), form, &unknowns);
        let linear = linear_unknowns
            .iter()
            .map(|&i| {
                let own = unknowns[i].function.linear_params();
                ranges[i].start + own.start..ranges[i].start + own.end
            })
            .collect();
        let priors = unknowns.iter().map(|_| None).collect();
        let constant_bases = unknowns.iter().map(|u| constant_basis(u, &slots[u.slot])).collect();
        Ok(Self {
            model,
            form,
            unknowns,
            ranges,
            experiments,
            known,
            root_weights,
            linear,
            linear_unknowns,
            constant_bases,
            priors,
            workspaces: Mutex::new(Vec::new()),
        })
    }

    /// The same objective with a smoothness prior of weight ε on each unknown function; 0, or no
    /// entry at all, is none.
    ///
    /// ½ ε ‖R F‖² is added to the cost, where ‖R F‖² is the mean square of the second derivative in
    /// units of (domain length / 2π)⁻². Scalars have no roughness, and closed forms are taken as they are.
    #[must_use]
    pub fn with_smoothness(mut self, weights: &[f64]) -> Self {
        let slots = self.model.slots();
        self.priors = self
            .unknowns
            .iter()
            .zip(weights.iter().copied().chain(std::iter::repeat(0.0)))
            .map(|(u, weight)| {
                let free = u.function.parameter_names().is_empty();
                let matrix = Roughness::new(&slots[u.slot]).filter(|_| free && weight > 0.0)?;
                Some(matrix.scaled(weight.sqrt()))
            })
            .collect();
        self
    }

    /// How strongly the data see each unknown at θ: the largest ‖∂r/∂F δF‖² over slow variations
    /// δF of unit mean square (the lowest three harmonics, and the constant where it has meaning).
    ///
    /// # Errors
    /// If the residual cannot be evaluated.
    pub fn visibility(&self, theta: &[f64]) -> EvalResult<Vec<f64>> {
        self.with_workspace(|workspace| {
            let m = self.n_residuals();
            let mut raw = workspace.pool.take_reals(m);
            self.place_theta(theta, workspace);
            self.raw_residuals(workspace, &mut raw)?;
            let mut seen = Vec::with_capacity(self.unknowns.len());
            for (i, unknown) in self.unknowns.iter().enumerate() {
                let directions = slow_variations(self.slot_of(unknown));
                let k = directions.ncols();
                let mut image = Mat::zeros(m, k);
                let directions = directions.as_ref();
                self.push_forward(i, directions, 0..k, &raw, workspace, image.as_mut())?;
                let seen_by_data = image.subrows(0, self.n_data_residuals());
                let squares = (0..k).map(|j| seen_by_data.col(j).squared_norm_l2());
                seen.push(squares.fold(0.0, f64::max));
            }
            workspace.pool.give_reals(raw);
            Ok(seen)
        })
    }

    /// Whether every term of the residual holds an unknown function, so that all of them zero
    /// solves it and the data leave their common scale open.
    pub fn is_homogeneous(&self) -> bool {
        let slots: Vec<usize> = self.unknowns.iter().map(|u| u.slot).collect();
        if !self.model.is_affine(self.form, &slots) {
            return false;
        }
        let at_zero = self.with_workspace(|workspace| {
            let mut raw = vec![0.0; self.n_residuals()];
            workspace.values.iter_mut().for_each(|values| values.fill(0.0));
            self.place_values(workspace);
            self.raw_residuals(workspace, &mut raw)?;
            Ok(raw.iter().all(|&r| r == 0.0))
        });
        at_zero.unwrap_or(false)
    }

    /// Number of parameters in which the residual is jointly affine.
    pub fn n_linear_params(&self) -> usize {
        self.linear.iter().map(Range::len).sum()
    }

    /// Length K n of the part of the residual that comes from data; the prior follows.
    pub fn n_data_residuals(&self) -> usize {
        self.experiments.len() * self.root_weights.len()
    }

    /// The equation.
    pub fn model(&self) -> &Arc<dyn Model> {
        &self.model
    }

    /// The residual's form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The unknowns, in the order of their parameters.
    pub fn unknowns(&self) -> &[Unknown] {
        &self.unknowns
    }

    /// Range of each unknown's parameters in θ.
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.ranges
    }

    /// A random start, the same for the same seed.
    pub fn initial(&self, seed: u64) -> Vec<f64> {
        let seeds = (0..).map(|i| crate::multi_start::derive_seed(seed, i));
        self.unknowns.iter().zip(seeds).flat_map(|(u, seed)| u.function.initial(seed)).collect()
    }

    /// The functions of experiment `index` at θ.
    pub fn functions(&self, theta: &[f64], index: usize) -> Tabulated {
        let terms = self.experiments[index]
            .slots
            .iter()
            .map(|slot| {
                let unknown = slot.unknown.map(|i| Bound {
                    function: self.unknowns[i].function.clone(),
                    theta: theta[self.ranges[i].clone()].to_vec(),
                });
                unknown.into_iter().chain(slot.known.iter().cloned()).collect()
            })
            .collect();
        Tabulated::new(self.model.slots(), terms)
    }

    fn with_workspace<T>(
        &self,
        work: impl FnOnce(&mut Workspace) -> EvalResult<T>,
    ) -> EvalResult<T> {
        let shelf = || self.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = shelf().pop();
        let mut workspace = taken.unwrap_or_else(|| Workspace {
            pool: Pool::new(),
            values: self.unknowns.iter().map(|u| vec![0.0; self.slot_of(u).points.len()]).collect(),
            bases: self.unknowns.iter().map(|_| LowRank::default()).collect(),
            functions: self.known.clone(),
        });
        let result = work(&mut workspace);
        shelf().push(workspace);
        result
    }

    fn slot_of(&self, unknown: &Unknown) -> &Slot {
        &self.model.slots()[unknown.slot]
    }

    /// Brings `functions` up to date with `values`.
    fn place_values(&self, workspace: &mut Workspace) {
        for (e, experiment) in self.experiments.iter().enumerate() {
            for (slot, terms) in experiment.slots.iter().enumerate() {
                let Some(unknown) = terms.unknown else { continue };
                let known = lacuna_core::Functions::values(&self.known[e], slot);
                let target = workspace.functions[e].values_mut(slot);
                for ((t, k), v) in target.iter_mut().zip(known).zip(&workspace.values[unknown]) {
                    *t = k + v;
                }
            }
        }
    }

    fn place_theta(&self, theta: &[f64], workspace: &mut Workspace) {
        for (i, unknown) in self.unknowns.iter().enumerate() {
            let points = &self.slot_of(unknown).points;
            let theta = &theta[self.ranges[i].clone()];
            let Workspace { pool, values, .. } = workspace;
            unknown.function.values(theta, points, pool, &mut values[i]);
        }
        self.place_values(workspace);
    }

    /// Unweighted residuals of every experiment, from the functions in the workspace.
    fn raw_residuals(&self, workspace: &mut Workspace, out: &mut [f64]) -> EvalResult {
        let n = self.root_weights.len();
        for (e, experiment) in self.experiments.iter().enumerate() {
            self.model.residual_f64(
                self.form,
                &experiment.state,
                &workspace.functions[e],
                &experiment.conditions,
                &mut workspace.pool,
                &mut out[e * n..(e + 1) * n],
            )?;
        }
        for (i, rows) in self.prior_rows() {
            if let Some(prior) = &self.priors[i] {
                prior.apply(&workspace.values[i], &mut out[rows]);
            }
        }
        if out.iter().all(|r| r.is_finite()) {
            Ok(())
        } else {
            Err(EvalError::NonFinite { quantity: "the residual" })
        }
    }

    /// Rows of the residual that hold the prior of each unknown, possibly none.
    fn prior_rows(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let mut start = self.n_data_residuals();
        self.priors.iter().enumerate().map(move |(i, prior)| {
            let rows = start..start + prior.as_ref().map_or(0, Roughness::len);
            start = rows.end;
            (i, rows)
        })
    }

    fn linearisation<'a>(
        &'a self,
        e: usize,
        workspace: &'a [Tabulated],
        raw: &'a [f64],
    ) -> Linearisation<'a> {
        let n = self.root_weights.len();
        Linearisation {
            form: self.form,
            u: &self.experiments[e].state,
            functions: &workspace[e],
            conditions: &self.experiments[e].conditions,
            residual: &raw[e * n..(e + 1) * n],
        }
    }

    /// Writes ∂r/∂F_s · `directions` into columns `columns` of `out`.
    fn push_forward(
        &self,
        unknown: usize,
        directions: MatRef<'_, f64>,
        columns: Range<usize>,
        raw: &[f64],
        workspace: &mut Workspace,
        mut out: MatMut<'_, f64>,
    ) -> EvalResult {
        let n = self.root_weights.len();
        let slot = self.unknowns[unknown].slot;
        let Workspace { pool, functions, .. } = workspace;
        for (e, experiment) in self.experiments.iter().enumerate() {
            let mut block = out.as_mut().submatrix_mut(e * n, columns.start, n, columns.len());
            if experiment.slots[slot].unknown != Some(unknown) {
                block.fill(0.0);
                continue;
            }
            let at = self.linearisation(e, functions, raw);
            // Few columns at a time, so that they are still in the cache when they are weighed.
            for start in (0..columns.len()).step_by(COLUMNS_AT_A_TIME) {
                let count = COLUMNS_AT_A_TIME.min(columns.len() - start);
                let directions = directions.subcols(start, count);
                let mut block = block.as_mut().subcols_mut(start, count);
                self.model.tangent(&at, slot, directions, pool, block.as_mut())?;
                for j in 0..count {
                    scale_by(block.as_mut().col_mut(j), &self.root_weights);
                }
            }
        }
        for (i, rows) in self.prior_rows() {
            let mut block =
                out.as_mut().submatrix_mut(rows.start, columns.start, rows.len(), columns.len());
            match &self.priors[i] {
                Some(prior) if i == unknown => prior.apply_to_columns(directions, block),
                _ => block.fill(0.0),
            }
        }
        Ok(())
    }

    fn weigh(&self, residuals: &mut [f64]) {
        let data = &mut residuals[..self.n_data_residuals()];
        for state in data.chunks_exact_mut(self.root_weights.len()) {
            state.iter_mut().zip(&self.root_weights).for_each(|(r, w)| *r *= w);
        }
    }

    /// Values and ∂F/∂θ of every unknown, then raw residuals.
    fn prepare(
        &self,
        theta: &[f64],
        residuals: &mut [f64],
        workspace: &mut Workspace,
    ) -> EvalResult {
        for (i, unknown) in self.unknowns.iter().enumerate() {
            let points = &self.slot_of(unknown).points;
            let theta = &theta[self.ranges[i].clone()];
            let Workspace { pool, values, bases, .. } = workspace;
            let basis = bases[i].matrix(points.len(), theta.len());
            unknown.function.linearise(theta, points, pool, &mut values[i], basis);
        }
        self.place_values(workspace);
        self.raw_residuals(workspace, residuals)
    }

    /// `out = J(θ)ᵀ y` for weighted y, from raw residuals.
    fn pull_back(
        &self,
        theta: &[f64],
        raw: &[f64],
        y: &[f64],
        workspace: &mut Workspace,
        out: &mut [f64],
    ) -> EvalResult {
        let n = self.root_weights.len();
        for (i, unknown) in self.unknowns.iter().enumerate() {
            let points = &self.slot_of(unknown).points;
            let mut cotangent = workspace.pool.take_reals(points.len());
            let mut part = workspace.pool.take_reals(points.len());
            let mut weighted = workspace.pool.take_reals(n);
            cotangent.fill(0.0);
            for (e, experiment) in self.experiments.iter().enumerate() {
                if experiment.slots[unknown.slot].unknown != Some(i) {
                    continue;
                }
                for (k, weighted) in weighted.iter_mut().enumerate() {
                    *weighted = self.root_weights[k] * y[e * n + k];
                }
                let Workspace { pool, functions, .. } = workspace;
                let at = self.linearisation(e, functions, raw);
                self.model.pullback(&at, unknown.slot, &weighted, pool, &mut part)?;
                for (c, p) in cotangent.iter_mut().zip(&part) {
                    *c += p;
                }
            }
            if let Some(prior) = &self.priors[i] {
                let rows = self.prior_rows().nth(i).map_or(0..0, |(_, rows)| rows);
                prior.add_transposed(&y[rows], &mut cotangent);
            }
            let range = self.ranges[i].clone();
            let pool = &mut workspace.pool;
            unknown.function.pullback(
                &theta[range.clone()],
                points,
                &cotangent,
                pool,
                &mut out[range],
            );
            workspace.pool.give_reals(cotangent);
            workspace.pool.give_reals(part);
            workspace.pool.give_reals(weighted);
        }
        Ok(())
    }
}

/// `column = column ∘ factors`.
fn scale_by(mut column: ColMut<'_, f64>, factors: &[f64]) {
    match column.as_mut().try_as_col_major_mut() {
        Some(column) => {
            let column = column.as_slice_mut();
            vectorised(|| column.iter_mut().zip(factors).for_each(|(entry, w)| *entry *= w));
        }
        None => column.iter_mut().zip(factors).for_each(|(entry, w)| *entry *= w),
    }
}

fn check_len(quantity: &'static str, found: usize, expected: usize) -> Result<(), FitError> {
    if found == expected {
        Ok(())
    } else {
        Err(EvalError::Shape { quantity, found, expected }.into())
    }
}

fn consecutive(lengths: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut start = 0;
    lengths
        .map(|len| {
            start += len;
            start - len..start
        })
        .collect()
}

/// The unknowns whose linear parameters enter the residual jointly affinely, those with most
/// linear parameters first in line, in the order of θ.
fn jointly_affine(model: &dyn Model, form: Form, unknowns: &[Unknown]) -> Vec<usize> {
    let n_linear = |i: usize| unknowns[i].function.linear_params().len();
    let mut order: Vec<usize> = (0..unknowns.len()).filter(|&i| n_linear(i) > 0).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(n_linear(i)));
    let mut chosen: Vec<usize> = Vec::new();
    for candidate in order {
        let slots: Vec<usize> =
            chosen.iter().chain([&candidate]).map(|&i| unknowns[i].slot).collect();
        if model.is_affine(form, &slots) {
            chosen.push(candidate);
        }
    }
    chosen.sort_unstable();
    chosen
}

/// Functions of unit mean square that vary slowly over the domain of a slot, as columns.
fn slow_variations(slot: &Slot) -> Mat<f64> {
    const HARMONICS: usize = 3;
    let n = slot.points.len();
    let Some(domain) = slot.domain.first() else { return Mat::full(1, 1, 1.0) };
    let constant = usize::from(!slot.gauge);
    Mat::from_fn(n, constant + 2 * HARMONICS, |i, j| {
        if j < constant {
            return 1.0;
        }
        let harmonic = ((j - constant) / 2 + 1) as f64;
        let phase = 2.0 * PI * harmonic * (slot.points.get(i)[0] - domain.lower) / domain.length();
        let wave = if (j - constant).is_multiple_of(2) { phase.cos() } else { phase.sin() };
        2f64.sqrt() * wave
    })
}

fn constant_basis(unknown: &Unknown, slot: &Slot) -> Option<LowRank> {
    let p = unknown.function.n_params();
    (unknown.function.linear_params() == (0..p)).then(|| {
        let mut basis = LowRank::default();
        let room = basis.matrix(slot.points.len(), p);
        let theta = vec![0.0; p];
        unknown.function.linear_basis(&theta, &slot.points, &mut Pool::new(), room);
        basis.factor(RANK_TOLERANCE);
        basis
    })
}
