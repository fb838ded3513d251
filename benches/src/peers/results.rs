//! What is measured, as plain data.

use std::collections::BTreeMap;

use serde::Serialize;

use super::targets::Target;
use crate::machine::Machine;
use crate::statistics::median;

/// Everything the suite writes.
#[derive(Serialize)]
pub struct Results {
    /// How it was started.
    pub command: String,
    /// Whether trainings were cut short; then the numbers say little.
    pub quick: bool,
    pub seeds: u64,
    pub machine: Option<Machine>,
    /// Versions of the peers' packages.
    pub versions: BTreeMap<String, String>,
    /// How long the suite took.
    pub minutes: f64,
    pub rows: Vec<Row>,
    /// What was checked on the way, in sentences.
    pub notes: Vec<Note>,
    pub skipped: Vec<Skipped>,
    pub targets: Vec<Target>,
}

/// One line of a table.
#[derive(Clone, Serialize)]
pub struct Row {
    pub case: &'static str,
    /// What is measured; unique within the case.
    pub quantity: String,
    pub unit: Unit,
    /// Some peers, or ways of using one.
    pub peers: Vec<Sample>,
    /// Some ways of using lacuna, the one to be compared first.
    pub lacuna: Vec<Sample>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Seconds,
    /// Relative L² error.
    Error,
}

/// Repeated measurements of one quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Who, and how.
    pub name: String,
    /// One a seed or repetition; none where the goal was not reached.
    pub values: Vec<Option<f64>>,
    /// Where the goal was not reached: the shortest time it was not reached in.
    pub at_least: Option<f64>,
}

#[derive(Serialize)]
pub struct Note {
    pub case: &'static str,
    pub text: String,
}

#[derive(Serialize)]
pub struct Skipped {
    pub what: String,
    pub why: String,
}

/// A ratio, or a bound on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ratio {
    Exactly(f64),
    /// The peer did not reach the goal.
    AtLeast(f64),
}

impl Results {
    pub fn new(args: &[String], quick: bool, seeds: u64) -> Self {
        let words = ["cargo xtask suite peers".to_owned()].into_iter().chain(args.iter().cloned());
        Self {
            command: words.collect::<Vec<_>>().join(" "),
            quick,
            seeds,
            machine: None,
            versions: BTreeMap::new(),
            minutes: 0.0,
            rows: Vec::new(),
            notes: Vec::new(),
            skipped: Vec::new(),
            targets: Vec::new(),
        }
    }

    pub fn skip(&mut self, what: &str, why: &str) {
        eprintln!("  skipped: {what}: {why}");
        self.skipped.push(Skipped { what: what.into(), why: why.into() });
    }

    pub fn note(&mut self, case: &'static str, text: String) {
        self.notes.push(Note { case, text });
    }

    pub fn row(&self, case: &str, quantity: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.case == case && row.quantity == quantity)
    }
}

impl Sample {
    pub fn new(name: &str, values: &[f64]) -> Self {
        let values = values.iter().copied().map(Some).collect();
        Self { name: name.into(), values, at_least: None }
    }

    /// The median, infinite when half of the values are missing; none of no values.
    pub fn median(&self) -> Option<f64> {
        let values: Vec<f64> = self.values.iter().map(|v| v.unwrap_or(f64::INFINITY)).collect();
        (!values.is_empty()).then(|| median(&values))
    }
}

impl Row {
    /// The peer's measurement of lowest median, counting those that did not reach the goal last.
    pub fn best_peer(&self) -> Option<&Sample> {
        let key = |s: &&Sample| {
            let median = s.median().unwrap_or(f64::INFINITY);
            (median, s.at_least.unwrap_or(f64::INFINITY))
        };
        self.peers.iter().min_by(|a, b| {
            let (a, b) = (key(a), key(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        })
    }

    /// How many times longer a peer takes than lacuna.
    pub fn ratio_to(&self, peer: &Sample) -> Option<Ratio> {
        let lacuna = self.lacuna.first()?.median().filter(|m| m.is_finite())?;
        let median = peer.median()?;
        if median.is_finite() {
            Some(Ratio::Exactly(median / lacuna))
        } else {
            Some(Ratio::AtLeast(peer.at_least? / lacuna))
        }
    }

    /// How many times longer the best peer takes than lacuna.
    pub fn ratio(&self) -> Option<Ratio> {
        self.ratio_to(self.best_peer()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(peers: Vec<Sample>) -> Row {
        let lacuna = vec![Sample::new("lacuna", &[2.0, 1.0, 4.0])];
        Row { case: "case", quantity: "q".into(), unit: Unit::Seconds, peers, lacuna }
    }

    #[test]
    fn the_ratio_is_to_the_fastest_peer() {
        let peers = vec![Sample::new("a", &[20.0]), Sample::new("b", &[10.0])];
        assert_eq!(row(peers).ratio(), Some(Ratio::Exactly(5.0)));
        assert_eq!(row(Vec::new()).ratio(), None);
    }

    #[test]
    fn a_goal_not_reached_bounds_the_ratio() {
        let missed =
            Sample { name: "a".into(), values: vec![None, Some(3.0), None], at_least: Some(30.0) };
        assert_eq!(missed.median(), Some(f64::INFINITY));
        assert_eq!(row(vec![missed]).ratio(), Some(Ratio::AtLeast(15.0)));
    }
}
