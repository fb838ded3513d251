//! Derivatives of observed steady states: Taylor remainders where the scores are residuals, the
//! gradient of φ where they are not, and dual numbers through T.

use std::sync::Arc;

use faer::{Mat, MatRef};
use lacuna_core::taylor::TaylorTest;
use lacuna_core::{
    Bound, Conditions, Dual, EvalResult, Function, Model, Objective, Scalar, Slot, Symmetry,
};
use lacuna_grid::{Boundary, Functionals};
use lacuna_models::DiffusionReaction;
use lacuna_solve::{SteadyStateOptions, TangentOptions, map_tangent, steady_state, tangent_solve};
use lacuna_surrogate::{
    Expression, Fourier, FourierOptions, Known, Network, NetworkOptions, Positive, Spline,
    SplineOptions,
};

use super::{aggregation, grid, reaction};
use crate::steady::map::ModalProblem;
use crate::steady::modes::{FunctionPrior, Link, Modes, PriorOptions};
use crate::steady::problem::{ModalUnknown, SteadyProblem};
use crate::steady::surrogate::SurrogateObjective;
use crate::steady::{ObservedState, SteadyUnknown, classes};
use crate::{Information, Observations, SlotTerms, Unknown};

const CELLS: usize = 32;
const X: [f64; 9] = [0.05, 0.21, 0.4, 0.77, 0.9, 1.3, 1.45, 1.81, 1.97];

struct Case {
    name: String,
    problem: SteadyProblem,
    unknowns: Vec<SteadyUnknown>,
}

impl Case {
    /// The states found anew: functions far from the last ones are no step from them.
    fn start_at(&self, theta: &[f64]) {
        let objective =
            SurrogateObjective::new(&self.problem, classes(&self.problem, &self.unknowns));
        let values = objective.values(theta);
        let model = self.problem.model.as_ref();
        let guess = vec![if model.is_density() { 0.5 } else { 0.0 }; model.n_nodes()];
        let states = self.problem.states.iter().enumerate().map(|(e, state)| {
            let functions = self.problem.functions(e, &values);
            let options = SteadyStateOptions::default();
            let conditions = &state.conditions;
            steady_state(model, &functions, conditions, &guess, &options, None).unwrap().u
        });
        self.problem.start_from(states.collect());
    }

    /// Parameters of all classes.
    fn theta(&self) -> Vec<f64> {
        let initial = self.unknowns.iter().flat_map(|u| u.unknown.function.initial(3));
        initial.map(|theta| 0.5 * theta).collect()
    }
}

fn expression(text: &str) -> Bound {
    Bound::known(Arc::new(Expression::new(text).unwrap()))
}

fn known(term: Bound) -> SlotTerms {
    SlotTerms { unknown: None, known: vec![term] }
}

fn unknown(index: usize, push: Option<Bound>) -> SlotTerms {
    SlotTerms { unknown: Some(index), known: push.into_iter().collect() }
}

fn class(kind: &str, slot: &Slot) -> Arc<dyn Function> {
    let (domain, symmetry) = (slot.domain.clone(), slot.symmetry);
    match kind {
        "network" => Arc::new(
            Network::new(NetworkOptions {
                domain,
                symmetry,
                hidden: vec![5],
                ..Default::default()
            })
            .unwrap(),
        ),
        "spline" => Arc::new(Spline::new(SplineOptions { domain, symmetry, knots: 7 }).unwrap()),
        _ => {
            let constant = !slot.gauge;
            let options = FourierOptions { domain, symmetry, modes: 4, constant };
            Arc::new(Fourier::new(options).unwrap())
        }
    }
}

/// Observations of each likelihood of a positive state on the circle.
fn observations(kind: &str) -> Observations {
    let grid = grid(CELLS, Boundary::Periodic);
    let lower: Vec<f64> = (0..8).map(|i| 0.25 * f64::from(i)).collect();
    let upper: Vec<f64> = lower.iter().map(|x| x + 0.25).collect();
    let counts = vec![3.0, 0.0, 5.0, 9.0, 12.0, 4.0, 2.0, 1.0];
    let values: Vec<f64> = X.iter().map(|x| 0.5 + 0.2 * (3.0 * x).sin()).collect();
    let points = Functionals::points(&grid, &X, &[]);
    match kind {
        "gaussian" => Observations::gaussian(points, values, vec![0.05; 9]),
        "log-normal" => Observations::log_normal(points, values, vec![0.05; 9]),
        "poisson" => {
            Observations::poisson(Functionals::integrals(&grid, &lower, &upper, &[]), counts, 40.0)
        }
        _ => Observations::positions(&grid, &X),
    }
    .unwrap()
}

fn problem(
    model: &Arc<dyn Model>,
    unknowns: &[SteadyUnknown],
    centers: &[f64],
    states: Vec<ObservedState>,
    guess: f64,
) -> SteadyProblem {
    let modal = unknowns
        .iter()
        .zip(centers)
        .map(|(unknown, &center)| {
            let slot = &model.slots()[unknown.unknown.slot];
            let link = if unknown.positive { Link::Exponential } else { Link::Identity };
            let modes = Modes::new(slot, 6);
            let prior = FunctionPrior::new(modes, link, 0.3, PriorOptions::default().or_order(2.0));
            ModalUnknown { slot: unknown.unknown.slot, prior, center, offset: Vec::new() }
        })
        .collect();
    let guesses = vec![vec![guess; model.n_nodes()]; states.len()];
    SteadyProblem::new(model.clone(), modal, states, guesses)
}

/// W, V and σ > 0 unknown, in two experiments; in the second V is pushed and σ known.
fn aggregation_case(likelihood: &str, kind: &str) -> Case {
    let model = aggregation(CELLS, Symmetry::Even);
    let unknowns: Vec<SteadyUnknown> = (0..3)
        .map(|slot| {
            let function: Arc<dyn Function> = match slot {
                2 => Arc::new(Positive::scalar(0.4).unwrap()),
                _ => class(kind, &model.slots()[slot]),
            };
            let prior = PriorOptions::default();
            SteadyUnknown { unknown: Unknown { slot, function }, positive: slot == 2, prior }
        })
        .collect();
    let states = (0..2)
        .map(|e| ObservedState {
            conditions: Conditions { mass: [1.0, 1.2][e], ..Default::default() },
            slots: vec![
                unknown(0, None),
                unknown(1, Some(expression(["0", "0.2*cos(pi*x)"][e]))),
                if e == 0 { unknown(2, None) } else { known(expression("0.5")) },
                known(Bound::known(Arc::new(Known([0.8, 1.3][e])))),
            ],
            observations: observations(likelihood),
            unknown_noise: false,
            initial: None,
        })
        .collect();
    let problem = problem(&model, &unknowns, &[0.0, 0.0, 0.4f64.ln()], states, 0.5);
    Case { name: format!("aggregation-diffusion {likelihood} {kind}"), problem, unknowns }
}

/// k > 0 and f unknown, or only one of them.
fn reaction_case(wanted: &[usize], kind: &str) -> Case {
    let model = reaction(CELLS);
    let unknowns: Vec<SteadyUnknown> = wanted
        .iter()
        .map(|&slot| {
            let positive = slot == DiffusionReaction::RATE;
            let domain = model.slots()[slot].domain.clone();
            let network = NetworkOptions { domain, hidden: vec![5], ..Default::default() };
            let function: Arc<dyn Function> = if positive {
                Arc::new(Positive::new(Network::new(network).unwrap()))
            } else {
                class(kind, &model.slots()[slot])
            };
            let prior = PriorOptions::default();
            SteadyUnknown { unknown: Unknown { slot, function }, positive, prior }
        })
        .collect();
    let grid = grid(CELLS, Boundary::Dirichlet);
    let values: Vec<f64> = X.iter().map(|x| x.sin()).collect();
    let functionals = Functionals::points(&grid, &X, &[0.2, -0.1]);
    let states = vec![ObservedState {
        conditions: Conditions { boundary_values: vec![0.2, -0.1], ..Default::default() },
        slots: (0..3)
            .map(|slot| match wanted.iter().position(|&w| w == slot) {
                Some(i) => unknown(i, None),
                None => known(expression(["0.5+0.2*x", "1+sin(3*x)^2", "2+cos(2*x)"][slot])),
            })
            .collect(),
        observations: Observations::gaussian(functionals, values, vec![0.05; 9]).unwrap(),
        unknown_noise: false,
        initial: None,
    }];
    let problem = problem(&model, &unknowns, &[0.1, 0.2][..wanted.len()], states, 0.0);
    Case { name: format!("diffusion-reaction {wanted:?} {kind}"), problem, unknowns }
}

fn exact_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in ["network", "fourier", "spline"] {
        cases.push(aggregation_case("gaussian", kind));
        for wanted in [&[DiffusionReaction::RATE][..], &[1, 2]] {
            cases.push(reaction_case(wanted, kind));
        }
    }
    cases.push(aggregation_case("log-normal", "fourier"));
    cases
}

fn wave(len: usize, scale: f64) -> Vec<f64> {
    (0..len).map(|i| scale * (1.7 * i as f64 + 0.4).sin()).collect()
}

fn moved(at: &[f64], direction: &[f64], h: f64) -> Vec<f64> {
    at.iter().zip(direction).map(|(a, d)| a + h * d).collect()
}

fn times(a: MatRef<'_, f64>, x: &[f64]) -> Vec<f64> {
    (a * faer::ColRef::from_slice(x)).iter().copied().collect()
}

#[test]
fn jacobians_of_residuals_pass_the_taylor_test() {
    for case in exact_cases() {
        let Case { name, problem, unknowns } = &case;
        let (m, d) = (problem.n_scores(), problem.n_modes());
        let (c, direction) = (wave(d, 0.1), wave(d, 1.0));
        let (mut r, mut jacobian) = (vec![0.0; m], Mat::zeros(m, d));
        problem.linearise(&c, Information::Working, &mut r, jacobian.as_mut()).unwrap();
        let along = |h: f64| {
            let mut r = vec![0.0; m];
            problem.evaluate(&moved(&c, &direction, h), &mut r).unwrap();
            r
        };
        let derivative = times(jacobian.as_ref(), &direction);
        let test = TaylorTest::run(along, &derivative, 0.02, 6);
        assert!(test.passes(), "{name}, modes: {test:?}");

        let theta = case.theta();
        case.start_at(&theta);
        let objective = SurrogateObjective::new(problem, classes(problem, unknowns));
        let (m, p) = (objective.n_residuals(), objective.n_params());
        let (mut r, mut jacobian) = (vec![0.0; m], Mat::zeros(m, p));
        objective.linearise(&theta, &mut r, jacobian.as_mut()).unwrap();
        let direction = wave(p, 1.0);
        let along = |h: f64| {
            let mut r = vec![0.0; m];
            objective.residuals(&moved(&theta, &direction, h), &mut r).unwrap();
            r
        };
        let derivative = times(jacobian.as_ref(), &direction);
        let test = TaylorTest::run(along, &derivative, 0.01, 6);
        assert!(test.passes(), "{name}, classes: {test:?}");
        assert_eq!(problem.n_refused(), 0, "{name}");
    }
}

/// φ along a direction, by central differences, against `expected`.
fn assert_slope(name: &str, expected: f64, phi: impl Fn(f64) -> EvalResult<f64>) {
    const H: f64 = 1e-4;
    let difference = (phi(H).unwrap() - phi(-H).unwrap()) / (2.0 * H);
    let error = (expected - difference).abs();
    assert!(error < 1e-5 * (1.0 + difference.abs()), "{name}: {expected} {difference}");
}

#[test]
fn scores_pulled_back_are_the_gradient() {
    for likelihood in ["poisson", "positions", "log-normal"] {
        for kind in ["network", "fourier", "spline"] {
            let case = aggregation_case(likelihood, kind);
            let Case { name, problem, unknowns } = &case;
            let (m, d) = (problem.n_scores(), problem.n_modes());
            let (c, direction) = (wave(d, 0.1), wave(d, 1.0));
            let (mut r, mut jacobian) = (vec![0.0; m], Mat::zeros(m, d));
            problem.linearise(&c, Information::Working, &mut r, jacobian.as_mut()).unwrap();
            let along = times(jacobian.as_ref(), &direction);
            let slope = r.iter().zip(&along).map(|(r, k)| r * k).sum();
            let out = vec![0.0; m];
            assert_slope(name, slope, |h| {
                problem.evaluate(&moved(&c, &direction, h), &mut out.clone())
            });

            let theta = case.theta();
            case.start_at(&theta);
            let objective = SurrogateObjective::new(problem, classes(problem, unknowns));
            let direction = wave(theta.len(), 1.0);
            let mut gradient = vec![0.0; theta.len()];
            let phi = objective.value_and_gradient(&theta, &mut gradient).unwrap();
            let slope = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
            let out = vec![0.0; objective.n_residuals()];
            assert_eq!(phi, objective.cost(&theta, &mut out.clone()).unwrap());
            assert_slope(name, slope, |h| {
                objective.cost(&moved(&theta, &direction, h), &mut out.clone())
            });
        }
    }
}

#[test]
fn states_respond_as_dual_numbers_through_the_map_say() {
    for Case { name, problem, .. } in exact_cases() {
        let c = wave(problem.n_modes(), 0.1);
        let values = problem.values(&c);
        let change = wave(problem.n_modes(), 1.0);
        let (h, above) = (1e-6, problem.values(&moved(&c, &change, 1e-6)));
        let below = problem.values(&moved(&c, &change, -h));
        for e in 0..problem.states.len() {
            let (u, directions) = problem.state_directions(e, &values).unwrap();
            let functions = problem.functions(e, &values);
            let mut lifted = functions.lift::<Dual>();
            for (slot, terms) in problem.states[e].slots.iter().enumerate() {
                let Some(s) = terms.unknown else { continue };
                for (i, value) in lifted.values_mut(slot).iter_mut().enumerate() {
                    let slope = (above[s][i] - below[s][i]) / (2.0 * h);
                    *value = Dual::assemble(value.value(), |_| slope);
                }
            }
            let conditions = &problem.states[e].conditions;
            let model = problem.model.as_ref();
            let mut rhs = vec![0.0; u.len()];
            map_tangent(model, &lifted, conditions, &u, &mut rhs).unwrap();
            let options = TangentOptions::default();
            let found = tangent_solve(model, &functions, conditions, &u, &rhs, &options).unwrap();
            for (a, b) in found.du.iter().zip(times(directions.as_ref(), &change)) {
                assert!((a - b).abs() < 1e-7 * (1.0 + b.abs()), "{name}: {a} {b}");
            }
        }
    }
}
