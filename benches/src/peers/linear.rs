//! Case `linear`: *two-states* with Fourier series of 32 modes for W and V, data in memory.

use std::error::Error;
use std::time::Instant;

use lacuna::problem::SurrogateSpec;
use lacuna::{Flow, Plan, recover};

use super::Bench;
use super::results::{Row, Sample, Unit};
use crate::fixtures;

pub const CASE: &str = "linear";
pub const QUANTITY: &str = "Fourier series of 32 modes, whole recovery";

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    let repeats = if bench.quick { 5 } else { 25 };
    let mut loaded = fixtures::two_states(&SurrogateSpec::Fourier { modes: 32 })?;
    let errors: Vec<f64> = recover(&loaded, &|_| Flow::Continue)?
        .functions
        .iter()
        .filter_map(|function| function.relative_l2_error)
        .collect();
    for index in 0..loaded.problem.experiments.len() {
        if let Some(state) = loaded.read_state(index)? {
            loaded.states.insert(index, state);
        }
    }
    // What a user without the truth has.
    loaded.problem.truth.clear();
    let (mut whole, mut fits) = (Vec::new(), Vec::new());
    for _ in 0..repeats {
        let begin = Instant::now();
        let plan = Plan::new(&loaded)?;
        let recovery = plan.run(&|_| Flow::Continue)?;
        whole.push(begin.elapsed().as_secs_f64());
        fits.push(recovery.elapsed.as_secs_f64());
    }
    let mut push = |quantity: &str, unit, values: &[f64]| {
        bench.results.rows.push(Row {
            case: CASE,
            quantity: quantity.into(),
            unit,
            peers: Vec::new(),
            lacuna: vec![Sample::new("`recover`", values)],
        });
    };
    push(QUANTITY, Unit::Seconds, &whole);
    push("Fourier series of 32 modes, the fit alone", Unit::Seconds, &fits);
    for (name, error) in ["W", "V"].into_iter().zip(errors) {
        push(&format!("error of {name}"), Unit::Error, &[error]);
    }
    Ok(())
}
