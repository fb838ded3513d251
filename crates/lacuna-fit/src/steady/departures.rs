//! What else could be behind the data: how the predictions answer to errors of what was said to be
//! known, and to terms that the equation does not have.
//!
//! Each departure is a sum of q directions with independent standard normal weights, times its relative
//! size α. It changes the score residuals by α G w, with G (m × q) from the same implicit derivatives
//! as those of the unknowns, δu = (I − ∂T/∂u)⁻¹ δT:
//!
//! | departure | directions |
//! |---|---|
//! | a known scalar is wrong by a factor 1 + α | one for all experiments; one for each |
//! | the mass, or the values at the ends | those of each experiment |
//! | a known function is wrong by α of its size | slow modes, the same in all experiments |
//! | a term that the equation lacks | one for all experiments |
//! | any terms | slow modes of the general function of each experiment |

use faer::{Mat, MatRef};
use lacuna_core::{Argument, Conditions, EvalResult, Functions, Pool, Slot};

use super::modes::{FunctionPrior, Link, Modes, PriorOptions};
use super::problem::{Reference, SteadyProblem};
use crate::observations::GroupedScores;

/// Largest k of the modes of a function that may be wrong, and their Sobolev order.
const SLOWEST: usize = 8;
const ORDER: f64 = 2.0;
/// Most directions of one departure.
const MOST: usize = 120;

/// Something that may be wrong, and what it would change.
#[derive(Clone, Debug)]
pub struct Departure {
    /// What.
    pub kind: DepartureKind,
    /// G: the change of all score residuals, m × q, for a relative size of 1.
    pub columns: Mat<f64>,
}

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepartureKind {
    /// A known scalar or function, by its name in the problem.
    Known(&'static str),
    /// A known scalar, differently in every experiment.
    KnownOfEach(&'static str),
    /// The mass of every experiment.
    Mass,
    /// The values at the ends of every experiment.
    BoundaryValues,
    /// A term that the equation lacks.
    Term(&'static str),
    /// Any terms, differently in every experiment.
    Anything,
}

/// All departures of a problem at the functions of `reference`, seen by the `scores` of every experiment.
pub(super) fn departures(
    problem: &SteadyProblem,
    reference: &Reference,
    scores: &[GroupedScores],
) -> EvalResult<Vec<Departure>> {
    let all = Directions { problem, reference, scores };
    let mut found = Vec::new();
    let slots = problem.model.slots();
    for (index, slot) in slots.iter().enumerate() {
        let is_known = problem.states.iter().all(|s| s.slots[index].unknown.is_none());
        match slot.argument {
            _ if !is_known => {}
            Argument::State => {}
            Argument::None => {
                let each = all.scalar(index)?;
                let sum = Mat::from_fn(each.nrows(), 1, |i, _| each.row(i).iter().sum());
                found.push(Departure { kind: DepartureKind::Known(slot.name), columns: sum });
                if all.count() > 1 {
                    let kind = DepartureKind::KnownOfEach(slot.name);
                    found.push(Departure { kind, columns: each });
                }
            }
            Argument::Position | Argument::Displacement if all.is_factored() => {
                let columns = all.function(index, slot)?;
                found.push(Departure { kind: DepartureKind::Known(slot.name), columns });
            }
            Argument::Position | Argument::Displacement => {}
        }
    }
    let (kind, columns) = if problem.model.is_density() {
        (DepartureKind::Mass, all.mass()?)
    } else {
        (DepartureKind::BoundaryValues, all.boundary_values()?)
    };
    found.push(Departure { kind, columns });
    found.extend(all.terms()?);
    if let Some(slot) = problem.model.general_slot().filter(|_| all.is_factored()) {
        found.extend(all.anything(slot)?);
    }
    // What no datum sees, as an error of a scalar that is 0, is no departure.
    found.retain(|d| d.columns.norm_max() > 0.0);
    Ok(found)
}

struct Directions<'a> {
    problem: &'a SteadyProblem,
    reference: &'a Reference,
    scores: &'a [GroupedScores],
}

impl Directions<'_> {
    fn count(&self) -> usize {
        self.problem.states.len()
    }

    /// Whether many directions are cheap.
    fn is_factored(&self) -> bool {
        self.reference.states.iter().all(|s| s.response.is_some())
    }

    /// The changes of the score residuals of experiment `e` for changes of a slot.
    fn by_slot(&self, e: usize, slot: usize, changes: MatRef<'_, f64>) -> EvalResult<Mat<f64>> {
        let change = self.problem.slot_change(e, slot, changes, &self.reference.states[e])?;
        Ok(self.seen(e, change.as_ref()))
    }

    fn seen(&self, e: usize, change: MatRef<'_, f64>) -> Mat<f64> {
        let mut out = Mat::zeros(self.scores[e].residuals.len(), change.ncols());
        self.scores[e].apply(change, out.as_mut());
        out
    }

    fn n_rows(&self) -> usize {
        self.scores.iter().map(|s| s.residuals.len()).sum()
    }

    /// Side by side, each experiment in its own columns.
    fn each(&self, of: &dyn Fn(usize) -> EvalResult<Mat<f64>>) -> EvalResult<Mat<f64>> {
        let parts = (0..self.count()).map(of).collect::<EvalResult<Vec<_>>>()?;
        let mut out = Mat::zeros(self.n_rows(), parts.iter().map(Mat::ncols).sum());
        let (mut row, mut column) = (0, 0);
        for part in &parts {
            let (m, q) = (part.nrows(), part.ncols());
            out.as_mut().submatrix_mut(row, column, m, q).copy_from(part);
            (row, column) = (row + m, column + q);
        }
        Ok(out)
    }

    /// One above the other, all experiments in the same columns.
    fn together(&self, of: &dyn Fn(usize) -> EvalResult<Mat<f64>>) -> EvalResult<Mat<f64>> {
        let parts = (0..self.count()).map(of).collect::<EvalResult<Vec<_>>>()?;
        let mut out = Mat::zeros(self.n_rows(), parts.first().map_or(0, Mat::ncols));
        let mut row = 0;
        for part in &parts {
            out.as_mut().subrows_mut(row, part.nrows()).copy_from(part);
            row += part.nrows();
        }
        Ok(out)
    }

    fn scalar(&self, slot: usize) -> EvalResult<Mat<f64>> {
        self.each(&|e| {
            let value = self.reference.states[e].functions.values(slot)[0];
            self.by_slot(e, slot, Mat::from_fn(1, 1, |_, _| value).as_ref())
        })
    }

    fn function(&self, index: usize, slot: &Slot) -> EvalResult<Mat<f64>> {
        let size = |e: usize| {
            let here = &self.reference.states[e];
            let values = here.functions.values(index);
            let weights: f64 = slot.weights.iter().sum();
            let square: f64 = values.iter().zip(&slot.weights).map(|(v, w)| w * v * v).sum();
            match (square / weights).sqrt() {
                0.0 => self.problem.model.natural_scale(index, &here.u, &here.functions),
                size => size,
            }
        };
        let size = (0..self.count()).map(size).fold(0.0, f64::max);
        let modes = slow_modes(slot, SLOWEST);
        self.together(&|e| self.by_slot(e, index, (&modes * size).as_ref()))
    }

    /// Of a mass that is larger by itself: T is in proportion to it.
    fn mass(&self) -> EvalResult<Mat<f64>> {
        self.each(&|e| {
            let mass = 2.0 * self.problem.states[e].conditions.mass;
            self.by_conditions(e, &|conditions| conditions.mass = mass)
        })
    }

    /// Of one end after the other, by the root mean square of the state: T is affine in them. What an
    /// end adds to a functional beside it is left out.
    fn boundary_values(&self) -> EvalResult<Mat<f64>> {
        self.each(&|e| {
            let u = &self.reference.states[e].u;
            let size = (u.iter().map(|u| u * u).sum::<f64>() / u.len() as f64).sqrt();
            let ends = self.problem.states[e].conditions.boundary_values.len();
            let columns = (0..ends)
                .map(|end| self.by_conditions(e, &|c| c.boundary_values[end] += size))
                .collect::<EvalResult<Vec<_>>>()?;
            Ok(Mat::from_fn(columns[0].nrows(), ends, |i, j| columns[j][(i, 0)]))
        })
    }

    /// The change for other conditions, in which T is affine.
    fn by_conditions(&self, e: usize, alter: &dyn Fn(&mut Conditions)) -> EvalResult<Mat<f64>> {
        let here = &self.reference.states[e];
        let mut conditions = self.problem.states[e].conditions.clone();
        alter(&mut conditions);
        let n = here.u.len();
        let mut image = vec![0.0; n];
        let model = self.problem.model.as_ref();
        model.map_f64(&here.u, &here.functions, &conditions, &mut Pool::new(), &mut image)?;
        let change = Mat::from_fn(n, 1, |i, _| image[i] - here.u[i] - here.defect[i]);
        let change = self.problem.answered(e, here, change)?;
        Ok(self.seen(e, change.as_ref()))
    }

    fn terms(&self) -> EvalResult<Vec<Departure>> {
        let of = |e: usize| {
            let here = &self.reference.states[e];
            let conditions = &self.problem.states[e].conditions;
            self.problem.model.missing_terms(&here.u, &here.functions, conditions)
        };
        let terms: Vec<_> = (0..self.count()).map(of).collect();
        let count = terms.iter().map(Vec::len).min().unwrap_or(0);
        (0..count)
            .map(|k| {
                let columns = self.together(&|e| {
                    let term = &terms[e][k];
                    let change = Mat::from_fn(term.change.len(), 1, |i, _| term.change[i]);
                    self.by_slot(e, term.slot, change.as_ref())
                })?;
                Ok(Departure { kind: DepartureKind::Term(terms[0][k].name), columns })
            })
            .collect()
    }

    fn anything(&self, index: usize) -> EvalResult<Option<Departure>> {
        let slot = &self.problem.model.slots()[index];
        let waves = if slot.domain.iter().any(|d| d.periodic) { 2 } else { 1 };
        let resolution = (MOST / (waves * self.count())).min(SLOWEST);
        if resolution == 0 {
            return Ok(None);
        }
        let modes = slow_modes(slot, resolution);
        let columns = self.each(&|e| {
            let here = &self.reference.states[e];
            let size = self.problem.model.natural_scale(index, &here.u, &here.functions);
            self.by_slot(e, index, (&modes * size).as_ref())
        })?;
        Ok(Some(Departure { kind: DepartureKind::Anything, columns }))
    }
}

/// Modes at the points of a slot times their standard deviations, for a function of size 1.
fn slow_modes(slot: &Slot, resolution: usize) -> Mat<f64> {
    let modes = Modes::new(slot, resolution);
    let options = PriorOptions { amplitude: Some(1.0), ..PriorOptions::default() };
    let prior = FunctionPrior::new(modes, Link::Identity, 1.0, options.or_order(ORDER));
    let sd = prior.standard_deviations();
    let values = prior.modes.values();
    // The constant is known as well as the rest.
    Mat::from_fn(values.nrows(), sd.len(), |i, j| values[(i, j)] * sd[j].min(1.0))
}
