//! Steady states: u = T(u; f) by a sequence of stages.
//!
//! By default Newton-Krylov from the guess, which keeps to the branch of a good guess also where
//! that branch is unstable and Picard would leave it. Where its first step would lead far and
//! against T(u) − u, to an unstable state that the guess is not near, or where it fails: damped
//! Picard until the residual is small, then Newton; then Anderson acceleration, and Newton again.
//!
//! A guess that is far from a solution is improved first where that is cheap: on a grid with a
//! quarter of the nodes, which has its own coarser grid. Where the coarse grids resolve the state
//! one evaluation of T on the finest grid confirms it.
//!
//! A Newton stage that fails hands nothing on: the next stage starts where it did. An Anderson
//! stage hands on where it ended, if that is better. Source of the stages: `DFTSolver` of feos-dft.

use lacuna_core::{Conditions, EvalError, EvalResult, Flow, Model, Stop, Tabulated};

use crate::anderson::{Anderson, AndersonOptions};
use crate::fixed_point::{FixedPoint, Iterate};
use crate::newton::{Newton, NewtonOptions};
use crate::record::{Method, Record, SolveCounts, SolveStep};

/// Relative residual of a guess for which a coarse grid is worth its while.
const FAR: f64 = 1e-2;
/// Tolerance on a coarse grid, relative to that on the next finer one.
const MARGIN: f64 = 0.1;
/// Nodes of the coarsest grid that is tried.
const FEWEST_NODES: usize = 64;

/// One stage of a solve.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Newton-Krylov: few iterations, stays near the guess, finds unstable states too.
    Newton(NewtonOptions),
    /// Anderson-accelerated Picard: robust far from a solution; at depth 0 it leaves unstable states.
    Anderson(AndersonOptions),
}

/// Options of [`steady_state`].
#[derive(Clone, Debug, PartialEq)]
pub struct SteadyStateOptions {
    /// Target for ‖T(u) − u‖ relative to the larger of ‖u‖ and ‖T(u)‖, where ‖u‖² = Σ w u² with the
    /// quadrature weights w. A residual that is round-off of T is accepted also above it.
    pub tolerance: f64,
    /// What is tried, in order, until one stage reaches the tolerance.
    pub stages: Vec<Stage>,
    /// Whether a guess far from a solution is first improved on a coarser grid, where the equation
    /// has one ([`Model::coarsen`]).
    pub coarse_start: bool,
}

impl Default for SteadyStateOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-12,
            stages: vec![
                Stage::Newton(NewtonOptions { cautious: true, ..NewtonOptions::default() }),
                Stage::Anderson(AndersonOptions::approach()),
                Stage::Newton(NewtonOptions::default()),
                Stage::Anderson(AndersonOptions::default()),
                Stage::Newton(NewtonOptions::default()),
            ],
            coarse_start: true,
        }
    }
}

/// A steady state and how it was found.
#[derive(Clone, Debug)]
pub struct SteadyState {
    /// The state, length n; the best one met if the solve did not converge.
    pub u: Vec<f64>,
    /// ‖T(u) − u‖ relative to the larger of ‖u‖ and ‖T(u)‖ at that state.
    pub residual: f64,
    /// Why the solve ended.
    pub stop: Stop,
    /// Every iteration of every stage, each stage with its start as iteration 0.
    pub history: Vec<SolveStep>,
    /// The work it took.
    pub counts: SolveCounts,
    /// The nodes of the next coarser grid and the work there, if the solve began on it. Still
    /// coarser grids come on top.
    pub coarse: Option<(usize, SolveCounts)>,
}

/// Solves u = T(u; f) for the state u, from `guess` (length n, as the result).
///
/// A density ([`Model::is_density`]) comes back positive at every node and with the mass of the
/// conditions to round-off, converged or not. Entries of the guess that are not finite (or, for a
/// density, not positive) are replaced, and a density is normalised. `watch` sees every iteration
/// and may end the solve.
///
/// Among several steady states the guess decides. The result says nothing about stability.
///
/// # Errors
/// [`EvalError::Shape`] for a guess of the wrong length, [`EvalError::OutOfDomain`] for a mass or
/// a quadrature weight that is not positive, and whatever T fails with at the guess. Not
/// converging is no error: see [`SteadyState::stop`]. A T that is NaN at the guess stops with
/// [`Stop::NonFinite`]; one that fails or is NaN later only shortens a step.
///
/// ```
/// use lacuna_core::{Conditions, EvalResult, Form, Functions, Pool, Scalar, Slot, SteadyModel};
/// use lacuna_core::Tabulated;
/// use lacuna_solve::{SteadyStateOptions, steady_state};
///
/// /// u = cos u at a single node.
/// struct Cosine;
/// impl SteadyModel for Cosine {
/// #    fn name(&self) -> &'static str { "cosine" }
/// #    fn slots(&self) -> &[Slot] { &[] }
/// #    fn forms(&self) -> &[Form] { &[Form::FixedPoint] }
/// #    fn weights(&self) -> &[f64] { &[1.0] }
/// #    fn is_density(&self) -> bool { false }
///     fn map<D: Scalar>(
///         &self,
///         u: &[D],
///         _: &dyn Functions<D>,
///         _: &Conditions,
///         _: &mut Pool<D>,
///         out: &mut [D],
///     ) -> EvalResult {
///         out[0] = u[0].cos();
///         Ok(())
///     }
///     // … and the name, the functions, the residual forms and the quadrature weights
/// }
///
/// let functions = Tabulated::from_values(vec![]);
/// let options = SteadyStateOptions::default();
/// let state =
///     steady_state(&Cosine, &functions, &Conditions::default(), &[1.0], &options, None)?;
/// assert!(state.stop.is_converged(), "{}", state.stop);
/// assert!((state.u[0] - 0.7390851332151607).abs() < 1e-15);
/// # Ok::<(), lacuna_core::EvalError>(())
/// ```
pub fn steady_state(
    model: &dyn Model,
    functions: &Tabulated<f64>,
    conditions: &Conditions,
    guess: &[f64],
    options: &SteadyStateOptions,
    watch: Option<&mut dyn FnMut(&SolveStep) -> Flow>,
) -> EvalResult<SteadyState> {
    let n = model.n_nodes();
    if guess.len() != n {
        return Err(EvalError::Shape { quantity: "guess", found: guess.len(), expected: n });
    }
    let mut problem = FixedPoint::new(model, functions, conditions)?;
    let mut start = Iterate::new(problem.sanitise(guess));
    problem.evaluate(&mut start)?;
    let mut coarse = None;
    if options.coarse_start && start.residual > FAR {
        coarse = start_on_coarse_grid(&mut problem, &mut start, conditions, options);
    }
    let mut record = Record::new(&start, watch);
    let stop = run_stages(&mut problem, start, options, &mut record);
    if stop.is_converged() {
        take_tails(&mut problem, options.tolerance, &mut record.best);
    }
    let counts = counts(&problem, &record.history);
    let Record { history, best, .. } = record;
    Ok(SteadyState { u: best.u, residual: best.residual, stop, history, counts, coarse })
}

/// Replaces the start by the solution on a coarser grid, if that is better.
fn start_on_coarse_grid(
    problem: &mut FixedPoint<'_>,
    start: &mut Iterate,
    conditions: &Conditions,
    options: &SteadyStateOptions,
) -> Option<(usize, SolveCounts)> {
    let coarse = problem.coarsen().filter(|c| c.model.n_nodes() >= FEWEST_NODES)?;
    let guess = coarse.transfer.restrict(&start.u);
    let (model, functions) = (coarse.model, &coarse.functions);
    // Well below the tolerance, so that what the coarse grid resolves is done.
    let tolerance = (MARGIN * options.tolerance).max(f64::EPSILON);
    let options = SteadyStateOptions { tolerance, ..options.clone() };
    let found = steady_state(model, functions, conditions, &guess, &options, None).ok()?;
    let mut refined = Iterate::new(problem.sanitise(&coarse.transfer.refine(&found.u)));
    let usable = found.stop.is_converged() && problem.evaluate(&mut refined).is_ok();
    if usable && refined.residual < start.residual {
        *start = refined;
    }
    Some((guess.len(), found.counts))
}

fn run_stages(
    problem: &mut FixedPoint<'_>,
    mut start: Iterate,
    options: &SteadyStateOptions,
    record: &mut Record<'_>,
) -> Stop {
    let tolerance = options.tolerance;
    let mut stop = if start.residual <= tolerance { Stop::Converged } else { Stop::MaxIterations };
    for (index, stage) in options.stages.iter().enumerate() {
        record.stage = index;
        stop = match stage {
            Stage::Newton(newton) => {
                let mut at = start.clone();
                let mut method = Newton::new(problem.weights(), newton);
                method.run(problem, &mut at, tolerance, newton, record)
            }
            Stage::Anderson(anderson) => {
                let last = index + 1 == options.stages.len();
                let target = if last { tolerance } else { tolerance.max(anderson.hand_over) };
                let mut method = Anderson::new(start.u.len(), anderson);
                let before = start.clone();
                let stop = method.run(problem, &mut start, target, anderson, record);
                if start.residual >= before.residual {
                    start = before;
                }
                // Handing over is not converging.
                match stop {
                    Stop::Converged if start.residual > tolerance => continue,
                    stop => stop,
                }
            }
        };
        if matches!(stop, Stop::Converged | Stop::Interrupted) {
            break;
        }
    }
    stop
}

/// Takes the tails of a density from T, unless the residual would suffer.
fn take_tails(problem: &mut FixedPoint<'_>, tolerance: f64, at: &mut Iterate) {
    let Some(density) = &problem.density else {
        return;
    };
    let mut polished = at.clone();
    density.take_tails(problem.weights(), &at.u, &at.map, &mut polished.u);
    if polished.u != at.u
        && problem.evaluate(&mut polished).is_ok()
        && polished.residual <= at.residual.max(tolerance)
    {
        at.copy_from(&polished);
    }
}

fn counts(problem: &FixedPoint<'_>, history: &[SolveStep]) -> SolveCounts {
    let steps = |method| history.iter().filter(move |s| s.method == method && s.iteration > 0);
    SolveCounts {
        map_evaluations: problem.derivative.evaluations,
        jacobian_products: problem.derivative.products,
        newton_iterations: steps(Method::Newton).count(),
        krylov_iterations: history.iter().map(|step| step.krylov_iterations).sum(),
        picard_iterations: steps(Method::Anderson).count(),
    }
}
