//! Case `derivatives`: of the residual of *two-states*, networks 16-16, at one θ for both sides.
//!
//! No smoothness prior: the residual is the peer's, 512 × 656.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use lacuna::Plan;
use lacuna::core::{EvalResult, FactoredJacobian, Objective};
use lacuna::problem::{FitSpec, Formulation};
use serde::Deserialize;

use super::Bench;
use super::results::{Row, Sample, Unit};
use super::two_states::{TwoStates, networks};
use crate::fixtures;

pub const CASE: &str = "derivatives";
const LIMIT: Duration = Duration::from_secs(300);
const FORMS: [Formulation; 2] = [Formulation::LogFixedPoint, Formulation::FixedPoint];

/// The row of a derivative (`Jacobian` or `gradient`) of one formulation.
pub fn quantity(derivative: &str, form: &str) -> String {
    let with = if derivative == "Jacobian" { "residual and" } else { "loss and" };
    format!("{with} {derivative}, {form}")
}

/// What `jacobian_jax.py` prints.
#[derive(Deserialize)]
struct Printed {
    forms: BTreeMap<String, Timed>,
    n_params: usize,
    n_residuals: usize,
    versions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Timed {
    jacobian: BTreeMap<String, Vec<f64>>,
    gradient: Vec<f64>,
    residual_norm: f64,
    jacobian_norm: f64,
}

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    let (objective, _) = objective_and_name(FORMS[0])?;
    let theta = objective.initial(0);
    let data = bench.write_json("derivatives.json", &TwoStates::new(16, theta.clone())?)?;
    let budget = if bench.quick { 0.3 } else { 2.0 };
    let args = [data.as_str(), "--budget", &budget.to_string()];
    let printed = bench.peer::<Printed>("JAX derivatives", "jacobian_jax.py", &args, LIMIT);
    if let Some(printed) = &printed {
        bench.results.versions.extend(printed.versions.clone());
    }
    for formulation in FORMS {
        let (objective, form) = objective_and_name(formulation)?;
        let (m, p) = (objective.n_residuals(), objective.n_params());
        let mut residuals = vec![0.0; m];
        let mut jacobian = faer::Mat::zeros(m, p);
        let mut gradient = vec![0.0; p];
        let mut product = FactoredJacobian::default();
        let full =
            repeated(budget, || objective.linearise(&theta, &mut residuals, jacobian.as_mut()))?;
        let norms = (norm(&residuals), jacobian.norm_l2());
        let factored = repeated(budget, || {
            objective.linearise_factored(&theta, &mut residuals, &mut product)
        })?;
        let value =
            repeated(budget, || objective.value_and_gradient(&theta, &mut gradient).map(|_| ()))?;
        let theirs = printed.as_ref().and_then(|printed| printed.forms.get(&form));
        if let (Some(printed), Some(theirs)) = (&printed, theirs) {
            let relative = |a: f64, b: f64| ((a - b) / b).abs();
            bench.results.note(
                CASE,
                format!(
                    "{form}: residual and Jacobian of {m} × {p} (JAX: {} × {}); norms agree to \
                     {:.0e} and {:.0e}.",
                    printed.n_residuals,
                    printed.n_params,
                    relative(norms.0, theirs.residual_norm),
                    relative(norms.1, theirs.jacobian_norm),
                ),
            );
        }
        let ways = theirs.map(|theirs| &theirs.jacobian).into_iter().flatten();
        bench.results.rows.push(Row {
            case: CASE,
            quantity: quantity("Jacobian", &form),
            unit: Unit::Seconds,
            peers: ways.map(|(way, s)| Sample::new(&format!("JAX, {way}"), s)).collect(),
            lacuna: vec![
                Sample::new("`linearise`", &full),
                Sample::new("`linearise_factored`", &factored),
            ],
        });
        let gradients = theirs.map(|theirs| Sample::new("JAX, value_and_grad", &theirs.gradient));
        bench.results.rows.push(Row {
            case: CASE,
            quantity: quantity("gradient", &form),
            unit: Unit::Seconds,
            peers: gradients.into_iter().collect(),
            lacuna: vec![Sample::new("`value_and_gradient`", &value)],
        });
    }
    Ok(())
}

/// The objective without prior, and the name of its formulation.
fn objective_and_name(
    formulation: Formulation,
) -> Result<(lacuna::fit::FieldObjective, String), Box<dyn Error>> {
    let mut loaded = fixtures::two_states(&networks(16))?;
    loaded.problem.fit = FitSpec { formulation, smoothness: Some(0.0), ..FitSpec::default() };
    let plan = Plan::new(&loaded.as_given())?;
    let objective = fixtures::objective(&plan, fixtures::experiments(&plan)?, 0)?;
    Ok((objective, plan.form.to_string()))
}

/// Seconds of single calls, at least 5 and for about `budget` seconds, after two to warm up.
fn repeated(budget: f64, mut call: impl FnMut() -> EvalResult) -> EvalResult<Vec<f64>> {
    for _ in 0..2 {
        call()?;
    }
    let mut seconds = Vec::new();
    let end = Instant::now() + Duration::from_secs_f64(budget);
    while seconds.len() < 5 || Instant::now() < end {
        let begin = Instant::now();
        call()?;
        seconds.push(begin.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}
