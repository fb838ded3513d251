//! What lacuna set out to reach, and whether the numbers say that it did.

use serde::Serialize;

use super::results::{Ratio, Results};
use super::{derivatives, linear, process, recovery, steady};

/// A goal and what was measured.
#[derive(Debug, Serialize)]
pub struct Target {
    pub text: String,
    pub goal: Goal,
    pub needed: f64,
    /// None when it was not measured.
    pub measured: Option<f64>,
    /// Whether `measured` only bounds a ratio from below.
    pub is_bound: bool,
    pub met: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// Time of the best peer over time of lacuna, at least.
    Ratio,
    /// Seconds of lacuna, at most.
    Seconds,
}

/// Every target, judged by the medians.
pub fn judge(results: &Results) -> Vec<Target> {
    use Goal::{Ratio, Seconds};
    let below = recovery::below;
    let nodes = steady::quantity;
    let rows: [(&str, String, Goal, f64); 10] = [
        (recovery::CASE, below(1e-2, "16-16", true), Ratio, 200.0),
        (recovery::CASE, below(1e-2, "16-16", false), Ratio, 100.0),
        (recovery::CASE, below(1e-3, "16-16", true), Seconds, 0.5),
        (recovery::CASE, below(1e-3, "8-8", true), Seconds, 0.15),
        (steady::CASE, nodes(1024), Ratio, 20.0),
        (steady::CASE, nodes(65536), Ratio, 5.0),
        (derivatives::CASE, derivatives::quantity("Jacobian", "log-fixed-point"), Ratio, 3.0),
        (derivatives::CASE, derivatives::quantity("Jacobian", "fixed-point"), Ratio, 3.0),
        (linear::CASE, linear::QUANTITY.into(), Seconds, 5e-3),
        (process::CASE, process::QUANTITY.into(), Seconds, 2.0),
    ];
    let targets = rows.into_iter().map(|(case, quantity, goal, needed)| {
        let measured = measure(results, case, &quantity, goal);
        let (measured, is_bound) = match measured {
            Some(self::Ratio::Exactly(value)) => (Some(value), false),
            Some(self::Ratio::AtLeast(value)) => (Some(value), true),
            None => (None, false),
        };
        let met = measured.map(|value| match goal {
            Ratio => value >= needed,
            Seconds => value <= needed,
        });
        Target { text: format!("{case}: {quantity}"), goal, needed, measured, is_bound, met }
    });
    targets.collect()
}

fn measure(results: &Results, case: &str, quantity: &str, goal: Goal) -> Option<Ratio> {
    let row = results.row(case, quantity)?;
    match goal {
        Goal::Ratio => row.ratio(),
        Goal::Seconds => row.lacuna.first()?.median().map(Ratio::Exactly),
    }
}
