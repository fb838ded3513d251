//! How an equation between two ends answers to any change of its functions on the grid, whatever is
//! observed.
//!
//! A change δF of the functions leaves a steady state u as it is where R_F(u; F) δF = 0, with R the
//! strong residual: neither the response of the state nor the data take part. Which changes of all
//! unknowns do so at every state, no number of measurements of these states can tell.
//!
//! The changes are all functions that n_c cells tell apart: cosines up to the highest, which are
//! complete, so that a change like c/u', whose slope at the ends no finite sum of the fit's modes has, is
//! among them. Residuals are averaged over the n_c cells, each of which holds the same number of nodes;
//! since the residual is a balance of each cell, that is again a discretisation of the equation, at the
//! same states. A slot with one point more than there are nodes keeps its one more: a discrete equation
//! has as many unseen changes as it has unknowns beyond its residuals.
//!
//! The prior for these changes has Sobolev order 1, the scale A and the length ℓ of the fit's. Its norm,
//! mean g² + ℓ² mean g'² but for a factor, asks nothing of the ends, and is large for a spike.

use std::ops::Range;

use faer::{Mat, MatRef};
use lacuna_core::{Argument, EvalResult, Form, Functions, Linearisation, Model, Pool, Tabulated};
use rayon::prelude::*;

use super::modes::{FunctionPrior, Link, Modes, columns};
use super::nominal::Nominal;

/// Sobolev order of the prior for changes on the grid.
const ORDER: f64 = 1.0;
/// Most modes of all unknowns together.
const MOST_MODES: usize = 400;
/// Most cells.
const MOST_CELLS: usize = 256;
/// Rounding of a residual, in units of ε/(h h_c): the states are differenced over a node's cell of the
/// width h, and their fluxes over the cells of the width h_c.
const ROUNDING: f64 = 64.0;

/// Derivatives of the strong residual in all unknowns as functions on the grid.
#[derive(Clone, Debug)]
pub struct GridTangents {
    /// The prior of every unknown: of order 1, in modes that are complete.
    pub priors: Vec<FunctionPrior>,
    /// Means of the residual over cells of all experiments × coefficients of all unknowns.
    pub jacobian: Mat<f64>,
    /// The columns of every unknown.
    pub columns: Vec<Range<usize>>,
    /// Norm of a change of the residual that may be rounding.
    pub rounding: f64,
}

impl Nominal {
    /// The derivatives on as many cells as are affordable, and on half as many; none of an equation
    /// whose unknowns do not live between two ends: there the modes of the fit are complete.
    ///
    /// # Errors
    /// If a derivative cannot be computed.
    pub fn grid_tangents(&self) -> EvalResult<Vec<GridTangents>> {
        let slots = self.problem.model.slots();
        let between_ends = |s: usize| {
            let slot = &slots[self.problem.unknowns[s].slot];
            let bounded = slot.domain.first().is_some_and(|d| !d.periodic);
            slot.argument == Argument::Position && bounded
        };
        let scalar = |s: usize| slots[self.problem.unknowns[s].slot].argument == Argument::None;
        let unknowns = 0..self.problem.unknowns.len();
        let bounded = unknowns.clone().filter(|&s| between_ends(s)).count();
        let strong = self.problem.model.forms().contains(&Form::Strong);
        if bounded == 0 || !strong || !unknowns.clone().all(|s| between_ends(s) || scalar(s)) {
            return Ok(Vec::new());
        }
        let n = self.problem.model.weights().len();
        let most = (MOST_MODES / bounded).min(MOST_CELLS);
        let nodes = n.div_ceil(most);
        [nodes, 2 * nodes].into_iter().map(|nodes| self.tangents_on_cells(nodes)).collect()
    }

    /// With cells of `nodes` nodes each, the last perhaps of fewer.
    fn tangents_on_cells(&self, nodes: usize) -> EvalResult<GridTangents> {
        let problem = &self.problem;
        let slots = problem.model.slots();
        let n = problem.model.weights().len();
        let cells = n.div_ceil(nodes);
        let priors: Vec<FunctionPrior> = problem
            .unknowns
            .iter()
            .map(|unknown| {
                if unknown.prior.modes.closed_form().is_some() {
                    return unknown.prior.clone();
                }
                let slot = &slots[unknown.slot];
                let count = (cells + slot.points.len()).saturating_sub(n).max(1);
                let modes = Modes::up_to(slot, count - 1);
                let mut prior = unknown.prior.with_modes(modes);
                prior.options.order = Some(ORDER);
                prior
            })
            .collect();
        let columns = columns(&priors);
        let directions: Vec<Mat<f64>> = priors
            .iter()
            .zip(&self.values)
            .map(|(prior, values)| {
                let modes = prior.modes.values();
                match prior.link {
                    Link::Identity => modes.to_owned(),
                    Link::Exponential => {
                        Mat::from_fn(modes.nrows(), modes.ncols(), |i, j| values[i] * modes[(i, j)])
                    }
                }
            })
            .collect();
        let observed: Vec<usize> = (0..problem.states.len())
            .filter(|&e| !problem.states[e].observations.is_empty())
            .collect();
        let width = columns.last().map_or(0, |last| last.end);
        let mut jacobian = Mat::zeros(observed.len() * cells, width);
        let mut terms = 0.0_f64;
        let parts: EvalResult<Vec<OfState>> =
            observed.par_iter().map(|&e| self.of_state(e, nodes, &directions)).collect();
        for (place, part) in parts?.iter().enumerate() {
            terms += part.terms * part.terms;
            for (block, columns) in part.blocks.iter().zip(&columns) {
                if let Some(block) = block {
                    let (start, width) = (place * cells, columns.len());
                    jacobian
                        .as_mut()
                        .submatrix_mut(start, columns.start, cells, width)
                        .copy_from(block);
                }
            }
        }
        let rounding = ROUNDING * f64::EPSILON * (n * cells) as f64 * terms.sqrt();
        Ok(GridTangents { priors, jacobian, columns, rounding })
    }

    /// One experiment: its rows by unknown, none where that takes no part.
    fn of_state(&self, e: usize, nodes: usize, directions: &[Mat<f64>]) -> EvalResult<OfState> {
        let problem = &self.problem;
        let functions = problem.functions(e, &self.values);
        let u = &self.states[e];
        let zero = vec![0.0; u.len()];
        let at = Linearisation {
            form: Form::Strong,
            u,
            functions: &functions,
            conditions: &problem.states[e].conditions,
            residual: &zero,
        };
        let model = problem.model.as_ref();
        let blocks: EvalResult<Vec<Option<Mat<f64>>>> = problem
            .unknowns
            .iter()
            .zip(directions)
            .enumerate()
            .map(|(s, (unknown, directions))| {
                let partakes = problem.states[e].slots[unknown.slot].unknown == Some(s);
                partakes
                    .then(|| cell_means(model, &at, unknown.slot, directions.as_ref(), nodes))
                    .transpose()
            })
            .collect();
        Ok(OfState { blocks: blocks?, terms: largest_term(model, &at, &functions, nodes)? })
    }
}

struct OfState {
    blocks: Vec<Option<Mat<f64>>>,
    /// Norm of the largest term of the equation.
    terms: f64,
}

/// Derivatives of the residual along `directions` (points × k), averaged over cells.
fn cell_means(
    model: &dyn Model,
    at: &Linearisation<'_>,
    slot: usize,
    directions: MatRef<'_, f64>,
    nodes: usize,
) -> EvalResult<Mat<f64>> {
    const AT_ONCE: usize = 16;
    let n = at.u.len();
    let cells = n.div_ceil(nodes);
    let mut means = Mat::zeros(cells, directions.ncols());
    let mut pool = Pool::new();
    let mut fine = Mat::zeros(n, AT_ONCE);
    for start in (0..directions.ncols()).step_by(AT_ONCE) {
        let width = AT_ONCE.min(directions.ncols() - start);
        let chosen = directions.subcols(start, width);
        model.tangent(at, slot, chosen, &mut pool, fine.as_mut().subcols_mut(0, width))?;
        for j in 0..width {
            for cell in 0..cells {
                let own = cell * nodes..((cell + 1) * nodes).min(n);
                let count = own.len() as f64;
                means[(cell, start + j)] = own.map(|i| fine[(i, j)]).sum::<f64>() / count;
            }
        }
    }
    Ok(means)
}

/// The largest of the norms of the terms that functions multiply: derivatives along the functions
/// themselves, and along them times a ramp, since the term of a conductivity alone may be zero.
fn largest_term(
    model: &dyn Model,
    at: &Linearisation<'_>,
    functions: &Tabulated,
    nodes: usize,
) -> EvalResult<f64> {
    let mut largest = 0.0_f64;
    for slot in 0..model.slots().len() {
        let values = functions.values(slot);
        let ramp = |i: usize| i as f64 / values.len() as f64;
        let along =
            Mat::from_fn(values.len(), 2, |i, j| values[i] * if j == 0 { 1.0 } else { ramp(i) });
        let terms = cell_means(model, at, slot, along.as_ref(), nodes)?;
        largest = largest.max(terms.col(0).norm_l2()).max(terms.col(1).norm_l2());
    }
    Ok(largest)
}
