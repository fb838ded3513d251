//! All steady states of an equation along one of its scalars: u = T(u; λ), λ from a to b.
//!
//! A branch is a curve of states (u(s), λ(s)), u of length n, followed by pseudo-arclength
//! continuation with a bordered Newton-Krylov method (`trace.rs`, `corrector.rs`, `family.rs`).
//! Stability comes from the leading eigenvalues of the linearised evolution (`spectrum.rs`); where
//! one crosses zero are folds, branch points and Hopf points (`locate.rs`). Branches that leave a
//! branch point are followed too, and deflation finds states that no branch leads to
//! (`diagram.rs`, `deflation.rs`).
//!
//! Source: Keller (1977); Farrell et al., SIAM J. Sci. Comput. 37 (2015) A2026.

mod corrector;
mod deflation;
mod diagram;
mod family;
mod locate;
mod spectrum;
mod station;
mod trace;

use lacuna_core::{Argument, Conditions, EvalError, EvalResult, Flow, Model, Stop, Tabulated};

pub use self::spectrum::{Eigenvalue, Stability};

use self::diagram::Atlas;
use self::family::{Family, Point};
use self::spectrum::SpectrumOptions;
use crate::inner::norm;

/// What happens at a state of a branch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// The branch turns back in the parameter.
    Fold,
    /// Branches cross.
    BranchPoint,
    /// A pair of complex eigenvalues crosses the imaginary axis: oscillations appear.
    Hopf {
        /// Their angular frequency, 1/time.
        frequency: f64,
    },
    /// The parameter has one of the values asked for.
    Requested,
}

impl Event {
    /// Its name in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fold => "fold",
            Self::BranchPoint => "branch-point",
            Self::Hopf { .. } => "hopf",
            Self::Requested => "value",
        }
    }
}

/// One state of a branch.
#[derive(Clone, Debug)]
pub struct BranchState {
    /// The state u, length n.
    pub u: Vec<f64>,
    /// The parameter λ.
    pub parameter: f64,
    /// Its stability; none where the equation does not say how a state evolves.
    pub stability: Option<Stability>,
    /// What happens there.
    pub event: Option<Event>,
}

/// How a branch was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From a given state, by its index.
    Start(usize),
    /// From a branch point: a state of another branch.
    BranchPoint {
        /// Index of that branch.
        branch: usize,
        /// Index of the state.
        state: usize,
    },
    /// By deflation.
    Deflation,
}

/// Why a branch ends where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchEnd {
    /// The parameter left its range.
    Range,
    /// It starts there, at a branch point.
    Origin,
    /// It met a branch point of another branch.
    Joined {
        /// Index of that branch.
        branch: usize,
    },
    /// It met a branch point along the kernel, where it turns into its own mirror image.
    HeadOn,
    /// It returned to where it started.
    Closed,
    /// The limit on points was reached.
    MaxPoints,
    /// No step, however small, led on.
    Lost,
    /// The caller asked to stop.
    Interrupted,
}

impl BranchEnd {
    /// One phrase for reports.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Range => "the end of the range",
            Self::Origin => "a branch point",
            Self::Joined { .. } => "a branch point of another branch",
            Self::HeadOn => "a branch point met head-on",
            Self::Closed => "where it started: the branch is closed",
            Self::MaxPoints => "the limit on points; raise `max_points`",
            Self::Lost => "a point from which no step succeeded; lower `min_step` or add cells",
            Self::Interrupted => "an interruption",
        }
    }
}

/// A curve of steady states.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its states in order.
    pub states: Vec<BranchState>,
    /// How it was found.
    pub origin: Origin,
    /// Why it ends at its first and at its last state.
    pub ends: Vec<BranchEnd>,
}

/// Where a branch is to start: a guess of a steady state.
#[derive(Clone, Debug)]
pub struct BranchStart {
    /// The guess, length n.
    pub u: Vec<f64>,
    /// The parameter it is for.
    pub parameter: f64,
}

/// Options of [`branches`].
#[derive(Clone, Debug)]
pub struct BranchOptions {
    /// The scalar that varies: a slot of the equation with [`Argument::None`].
    pub slot: usize,
    /// Where its range starts.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// First step along a branch. Steps are relative: 1 is the norm of the first state, or the
    /// whole range of the parameter.
    pub step: f64,
    /// Shortest step.
    pub min_step: f64,
    /// Longest step.
    pub max_step: f64,
    /// Most points of a branch in one direction, besides events.
    pub max_points: usize,
    /// Most branches.
    pub max_branches: usize,
    /// How many leading eigenvalues are computed, besides the unstable ones.
    pub eigenvalues: usize,
    /// Values of the parameter at which states are wanted, besides the ends of the range.
    pub values: Vec<f64>,
    /// Whether branches that leave a branch point are followed.
    pub switching: bool,
    /// Whether states that no branch leads to are searched for, at `values` and at the ends.
    pub deflation: bool,
}

impl Default for BranchOptions {
    fn default() -> Self {
        Self {
            slot: 0,
            from: 0.0,
            to: 1.0,
            step: 0.01,
            min_step: 1e-7,
            max_step: 0.05,
            max_points: 1000,
            max_branches: 20,
            eigenvalues: 4,
            values: Vec::new(),
            switching: true,
            deflation: true,
        }
    }
}

impl BranchOptions {
    /// The range of the parameter, lower end first.
    fn range(&self) -> (f64, f64) {
        (self.from.min(self.to), self.from.max(self.to))
    }

    fn length(&self) -> f64 {
        (self.to - self.from).abs()
    }
}

/// What [`branches`] reports after each step.
#[derive(Clone, Copy, Debug)]
pub struct BranchProgress {
    /// Index of the branch.
    pub branch: usize,
    /// Its points so far.
    pub points: usize,
    /// The parameter reached.
    pub parameter: f64,
}

/// The branches of an equation along one scalar.
#[derive(Clone, Debug)]
pub struct Diagram {
    /// The branches, in the order in which they were found.
    pub branches: Vec<Branch>,
    /// Whether all that was found was followed: `Converged`, or `MaxIterations` where
    /// `max_branches` was reached first.
    pub stop: Stop,
    /// Given states near which no steady state was found.
    pub failed_starts: usize,
    /// Evaluations of T.
    pub map_evaluations: usize,
    /// Products with I − ∂T/∂u.
    pub jacobian_products: usize,
}

/// Follows the branches through the states near `starts` and all that leave them.
///
/// `watch` sees every step and may end the work; what there is so far is returned.
///
/// # Errors
/// [`EvalError::Shape`] for a start of the wrong length, [`EvalError::OutOfDomain`] for a range
/// that is empty or a slot that is no scalar, and whatever T fails with at a state.
pub fn branches(
    model: &dyn Model,
    functions: &Tabulated,
    conditions: &Conditions,
    starts: &[BranchStart],
    options: &BranchOptions,
    watch: &mut dyn FnMut(&BranchProgress) -> Flow,
) -> EvalResult<Diagram> {
    check(model, starts, options)?;
    let n = model.n_nodes();
    let unit = match starts.first() {
        Some(start) if norm(model.weights(), &start.u) > 0.0 => norm(model.weights(), &start.u),
        _ => norm(model.weights(), &vec![1.0; n]),
    };
    let mut family =
        Family::new(model, functions, conditions, options.slot, options.length(), unit)?;
    let mut atlas = Atlas::new(&mut family, options);
    atlas.run(starts, watch)?;
    let (branches, stop, failed_starts) = atlas.finish();
    Ok(Diagram {
        branches,
        stop,
        failed_starts,
        map_evaluations: family.evaluations,
        jacobian_products: family.products,
    })
}

fn check(model: &dyn Model, starts: &[BranchStart], options: &BranchOptions) -> EvalResult {
    let expected = model.n_nodes();
    for start in starts {
        if start.u.len() != expected {
            let found = start.u.len();
            return Err(EvalError::Shape { quantity: "start of a branch", found, expected });
        }
    }
    let scalar =
        |slot: usize| model.slots().get(slot).is_some_and(|slot| slot.argument == Argument::None);
    if !scalar(options.slot) {
        return Err(EvalError::OutOfDomain {
            quantity: "the parameter of a branch",
            value: options.slot as f64,
            index: 0,
            requirement: "the index of a scalar of the equation",
        });
    }
    if !(options.length() > 0.0 && options.length().is_finite()) {
        return Err(EvalError::OutOfDomain {
            quantity: "the length of the range of the parameter",
            value: options.length(),
            index: 0,
            requirement: "positive and finite",
        });
    }
    Ok(())
}

/// The linearised evolution at a steady state: its leading eigenvalues and their eigenvectors.
#[derive(Clone, Debug)]
pub struct LeadingModes {
    /// The eigenvalues.
    pub stability: Stability,
    /// One an eigenvalue: the real part of its eigenvector, or for the second of a complex pair the
    /// imaginary one. Length n, L² norm one.
    pub vectors: Vec<Vec<f64>>,
}

/// The leading eigenvalues of the evolution linearised at the steady state `u` (length n), to a
/// relative accuracy of about 1e-11: the unstable ones and `count` more.
///
/// None where the equation does not say how a state evolves. Where translates of u are steady
/// states too, the eigenvalue zero of translation is left out.
///
/// # Errors
/// [`EvalError::Shape`] for a state of the wrong length, and whatever T fails with.
pub fn stability(
    model: &dyn Model,
    functions: &Tabulated,
    conditions: &Conditions,
    u: &[f64],
    count: usize,
) -> EvalResult<Option<Stability>> {
    let found = leading_modes(model, functions, conditions, u, count, 1e-12)?;
    Ok(found.map(|modes| modes.stability))
}

/// The same with the eigenvectors, to the relative accuracy `tolerance`.
///
/// # Errors
/// As [`stability`].
pub fn leading_modes(
    model: &dyn Model,
    functions: &Tabulated,
    conditions: &Conditions,
    u: &[f64],
    count: usize,
    tolerance: f64,
) -> EvalResult<Option<LeadingModes>> {
    let mut family = fixed(model, functions, conditions, u)?;
    let point = Point { u: u.to_vec(), parameter: 0.0 };
    let phase = family.translation(&point);
    let options = SpectrumOptions { count, tolerance, start: &[], shifted: true };
    let spectrum = family.spectrum(&point, phase.as_deref(), &options)?;
    Ok(spectrum.map(|s| LeadingModes { stability: s.stability, vectors: s.vectors }))
}

/// Whether two states differ by no more than the part `tolerance` of themselves, or are translates of
/// each other that far, where translates of a steady state are steady states.
///
/// # Errors
/// [`EvalError::Shape`] for a state of the wrong length.
pub fn same_state(
    model: &dyn Model,
    functions: &Tabulated,
    conditions: &Conditions,
    [a, b]: [&[f64]; 2],
    tolerance: f64,
) -> EvalResult<bool> {
    let mut family = fixed(model, functions, conditions, a)?;
    Ok(family.is_same(a, b, 0.0, tolerance))
}

fn fixed<'a>(
    model: &'a dyn Model,
    functions: &'a Tabulated,
    conditions: &'a Conditions,
    u: &[f64],
) -> EvalResult<Family<'a>> {
    let (found, expected) = (u.len(), model.n_nodes());
    if found != expected {
        return Err(EvalError::Shape { quantity: "state", found, expected });
    }
    Family::fixed(model, functions, conditions, norm(model.weights(), u))
}
