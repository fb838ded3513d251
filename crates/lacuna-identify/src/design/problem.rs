//! What may be measured, at what cost, and what it says of the unknowns.
//!
//! Shapes: d coefficients z of all unknowns, n candidates, p rows of the goal G.

use faer::Mat;
use lacuna_core::EvalError;

/// What is made small; see the table of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// tr(G C Gᵀ).
    Trace,
    /// ½ ln det C.
    LogDet,
    /// λ_max(G C Gᵀ).
    Largest,
}

/// A measurement that can be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The experiment it belongs to.
    pub group: usize,
    /// Its cost c > 0, each time.
    pub cost: f64,
    /// How often it can be made, r ≥ 1.
    pub replicates: usize,
}

/// An experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Group {
    /// Cost C ≥ 0 of its first measurement beside that of the measurement.
    pub cost: f64,
}

/// The problem linearised at one plausible truth.
#[derive(Clone, Debug)]
pub struct LinearTruth {
    /// M⁰ = I + SᵀS, d × d.
    pub information: Mat<f64>,
    /// r_i, one column a candidate, d × n.
    pub directions: Mat<f64>,
    /// G, p × d.
    pub goal: Mat<f64>,
}

/// Candidates, costs and what they are for.
#[derive(Clone, Debug)]
pub struct DesignProblem {
    /// The experiments.
    pub groups: Vec<Group>,
    /// The measurements.
    pub candidates: Vec<Candidate>,
    /// Plausible truths, all of the same shapes.
    pub truths: Vec<LinearTruth>,
    /// What is made small, averaged over the truths.
    pub criterion: Criterion,
    /// The most that may be spent.
    pub budget: f64,
}

/// Why no design can be chosen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// There is nothing to choose from, or nothing to choose for.
    #[error("there are no {what}")]
    Nothing {
        /// What is missing.
        what: &'static str,
    },
    /// The budget pays for no measurement at all.
    #[error(
        "a budget of {budget} pays for no measurement: the cheapest costs {cheapest}, with its experiment"
    )]
    Budget {
        /// The budget.
        budget: f64,
        /// The cheapest measurement with the opening cost of its experiment.
        cheapest: f64,
    },
    /// A cost or count that makes no sense.
    #[error("{quantity} of entry {index} is {value}, but must be {requirement}")]
    Value {
        /// Which quantity.
        quantity: &'static str,
        /// The index in its list.
        index: usize,
        /// Its value.
        value: f64,
        /// What would be right.
        requirement: &'static str,
    },
    /// Something could not be computed.
    #[error(transparent)]
    Evaluation(#[from] EvalError),
}

impl DesignProblem {
    /// Number n of candidates.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Whether there are no candidates.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    pub(super) fn check(&self) -> Result<(), DesignError> {
        let lists = [
            ("candidates", self.candidates.is_empty()),
            ("experiments", self.groups.is_empty()),
            ("truths", self.truths.is_empty()),
        ];
        if let Some((what, _)) = lists.into_iter().find(|(_, empty)| *empty) {
            return Err(DesignError::Nothing { what });
        }
        let value = |quantity, index, value, requirement| {
            Err(DesignError::Value { quantity, index, value, requirement })
        };
        for (i, candidate) in self.candidates.iter().enumerate() {
            if !(candidate.cost > 0.0 && candidate.cost.is_finite()) {
                return value("the cost", i, candidate.cost, "positive");
            }
            if candidate.replicates == 0 {
                return value("the number of replicates", i, 0.0, "at least 1");
            }
            if candidate.group >= self.groups.len() {
                return value("the experiment", i, candidate.group as f64, "one of the list");
            }
        }
        for (i, group) in self.groups.iter().enumerate() {
            if !(group.cost >= 0.0 && group.cost.is_finite()) {
                return value("the opening cost", i, group.cost, "0 or positive");
            }
        }
        self.check_shapes()?;
        let first = |c: &Candidate| c.cost + self.groups[c.group].cost;
        let cheapest = self.candidates.iter().map(first).fold(f64::INFINITY, f64::min);
        if cheapest > self.budget {
            return Err(DesignError::Budget { budget: self.budget, cheapest });
        }
        Ok(())
    }

    fn check_shapes(&self) -> Result<(), EvalError> {
        let d = self.truths[0].information.nrows();
        for truth in &self.truths {
            let shapes = [
                ("the information", truth.information.nrows(), d),
                ("the information", truth.information.ncols(), d),
                ("a direction", truth.directions.nrows(), d),
                ("the directions", truth.directions.ncols(), self.len()),
                ("the goal", truth.goal.ncols(), d),
            ];
            if let Some((quantity, found, expected)) = shapes.into_iter().find(|s| s.1 != s.2) {
                return Err(EvalError::Shape { quantity, found, expected });
            }
            let finite = |m: &Mat<f64>| m.col_iter().all(|c| c.iter().all(|v| v.is_finite()));
            if !(finite(&truth.information) && finite(&truth.directions) && finite(&truth.goal)) {
                return Err(EvalError::NonFinite { quantity: "the linearised problem" });
            }
        }
        Ok(())
    }
}
