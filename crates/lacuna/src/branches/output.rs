//! What is written of branches: `branches.csv`, `states/B-S.csv`, `summary.json`.
//!
//! A row of `branches.csv` is a state; its columns `branch` (B, from 1) and `step` (S, from 0 along
//! the branch) name the file of its state, which is there for every event and both ends.

use std::fmt::Write as _;
use std::path::Path;

use lacuna_solve::{BranchEnd, Event, Origin};
use serde::Serialize;

use super::BranchDiagram;
use crate::Result;
use crate::data::{write_csv, write_whole};
use crate::output::make_dir;

/// Version of the format of the `summary.json` of branches.
pub const BRANCHES_SCHEMA: &str = "lacuna-branches/1";

/// A state that has a file of its own.
#[derive(Clone, Debug)]
pub struct NamedState {
    /// Index of its branch, from 0.
    pub branch: usize,
    /// Index of the state on it.
    pub step: usize,
    /// What happens there: an event, or `end`.
    pub event: &'static str,
}

/// The content of `summary.json` after `branches`.
#[derive(Clone, Debug, Serialize)]
pub struct BranchesSummary {
    /// [`BRANCHES_SCHEMA`].
    pub schema: &'static str,
    /// Version of lacuna.
    pub version: &'static str,
    /// Whether all that was found was followed, in one word.
    pub stop: &'static str,
    /// Wall-clock time in seconds.
    pub seconds: f64,
    /// The scalar that varies.
    pub parameter: &'static str,
    /// Where its range starts.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Every branch.
    pub branches: Vec<BranchSummary>,
    /// Evaluations of T.
    pub map_evaluations: usize,
    /// Products with I − ∂T/∂u.
    pub jacobian_products: usize,
    /// Remarks.
    pub warnings: Vec<String>,
}

/// One branch in `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct BranchSummary {
    /// Its number, from 1.
    pub branch: usize,
    /// How it was found.
    pub origin: String,
    /// Why it ends at its first and at its last state.
    pub ends: Vec<&'static str>,
    /// Its number of states.
    pub points: usize,
    /// Its events, and its ends.
    pub events: Vec<EventSummary>,
}

/// One state that has a file.
#[derive(Clone, Debug, Serialize)]
pub struct EventSummary {
    /// Its row in `branches.csv`.
    pub step: usize,
    /// The parameter.
    pub parameter: f64,
    /// ‖u − ū‖.
    pub norm: f64,
    /// `fold`, `branch-point`, `hopf`, `value` or `end`.
    pub event: &'static str,
    /// Dimension of the unstable manifold, if known.
    pub unstable_directions: Option<usize>,
    /// Leading eigenvalues of the linearised evolution, real and imaginary part.
    pub eigenvalues: Vec<[f64; 2]>,
    /// Whether the eigenvalue zero of translations was left out.
    pub translation_left_out: bool,
    /// The file of the state.
    pub file: String,
}

impl NamedState {
    /// Its file below `states/`.
    pub fn file(&self) -> String {
        format!("{}-{}.csv", self.branch + 1, self.step)
    }
}

impl BranchDiagram {
    /// The states that have files: events and ends.
    pub fn named_states(&self) -> Vec<NamedState> {
        let mut named = Vec::new();
        for (branch, found) in self.branches.iter().enumerate() {
            for step in 0..found.states.len() {
                let event = self.event(branch, step);
                if !event.is_empty() {
                    named.push(NamedState { branch, step, event });
                }
            }
        }
        named
    }

    /// What happens at a state, as in `branches.csv`; empty if nothing does.
    pub fn event(&self, branch: usize, step: usize) -> &'static str {
        let states = &self.branches[branch].states;
        match states[step].event {
            Some(event) => event.code(),
            None if step == 0 || step + 1 == states.len() => "end",
            None => "",
        }
    }

    /// How a branch was found, in words.
    pub fn origin(&self, branch: usize) -> String {
        match self.branches[branch].origin {
            Origin::Start(start) => format!("start {}", start + 1),
            Origin::BranchPoint { branch, state } => {
                let at = self.branches[branch].states[state].parameter;
                format!("branch point of branch {} at {} = {at:.8}", branch + 1, self.parameter)
            }
            Origin::Deflation => "deflation".into(),
        }
    }

    /// What a reader should know before trusting the diagram.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.failed_starts > 0 {
            warnings.push(format!(
                "near {} of the starts no steady state was found",
                self.failed_starts
            ));
        }
        if self.stop == lacuna_core::Stop::MaxIterations {
            warnings.push("more branches were found than `max_branches`; raise it".into());
        }
        if self.stop == lacuna_core::Stop::Interrupted {
            warnings.push("the work was interrupted; branches may be missing".into());
        }
        for (number, branch) in self.branches.iter().enumerate() {
            for end in &branch.ends {
                if matches!(end, BranchEnd::MaxPoints | BranchEnd::Lost) {
                    let what = end.describe();
                    warnings.push(format!("branch {} ends at {what}", number + 1));
                }
            }
            let converged =
                |s: &lacuna_solve::BranchState| s.stability.as_ref().is_none_or(|s| s.converged);
            let doubtful = branch.states.iter().filter(|s| !converged(s)).count();
            if doubtful > 0 {
                warnings.push(format!(
                    "on branch {} the leading eigenvalues of {doubtful} states did not all \
                     converge",
                    number + 1
                ));
            }
        }
        warnings
    }

    /// The content of `summary.json`.
    pub fn summary(&self) -> BranchesSummary {
        let branches = self.branches.iter().enumerate().map(|(branch, found)| BranchSummary {
            branch: branch + 1,
            origin: self.origin(branch),
            ends: found.ends.iter().map(|end| end.describe()).collect(),
            points: found.states.len(),
            events: self.events(branch),
        });
        BranchesSummary {
            schema: BRANCHES_SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            stop: self.stop.code(),
            seconds: self.elapsed.as_secs_f64(),
            parameter: self.parameter,
            from: self.from,
            to: self.to,
            branches: branches.collect(),
            map_evaluations: self.map_evaluations,
            jacobian_products: self.jacobian_products,
            warnings: self.warnings(),
        }
    }

    fn events(&self, branch: usize) -> Vec<EventSummary> {
        let states = &self.branches[branch].states;
        let named = self.named_states().into_iter().filter(|named| named.branch == branch);
        named
            .map(|named| {
                let state = &states[named.step];
                let stability = state.stability.as_ref();
                EventSummary {
                    step: named.step,
                    parameter: state.parameter,
                    norm: self.norms[branch][named.step],
                    event: named.event,
                    unstable_directions: stability.map(|s| s.unstable_directions),
                    eigenvalues: stability.map_or_else(Vec::new, |s| {
                        s.eigenvalues.iter().map(|lambda| [lambda.re, lambda.im]).collect()
                    }),
                    translation_left_out: stability.is_some_and(|s| s.translation),
                    file: format!("states/{}", named.file()),
                }
            })
            .collect()
    }

    /// The content of `branches.csv`.
    pub fn csv(&self) -> String {
        let mut text =
            format!("branch,step,{},norm,stable,unstable_directions,event\n", self.parameter);
        for (branch, found) in self.branches.iter().enumerate() {
            for (step, state) in found.states.iter().enumerate() {
                let (stable, unstable) = match &state.stability {
                    Some(s) => (s.is_stable().to_string(), s.unstable_directions.to_string()),
                    None => (String::new(), String::new()),
                };
                let _ = writeln!(
                    text,
                    "{},{step},{:?},{:?},{stable},{unstable},{}",
                    branch + 1,
                    state.parameter,
                    self.norms[branch][step],
                    self.event(branch, step)
                );
            }
        }
        text
    }

    /// How often an event was met, over all branches; the start of a branch at a branch point is
    /// not counted again.
    pub fn count(&self, wanted: &str) -> usize {
        let first_of_two = |named: &NamedState| {
            let origin = self.branches[named.branch].origin;
            named.step > 0 || !matches!(origin, Origin::BranchPoint { .. })
        };
        self.named_states().iter().filter(|n| n.event == wanted && first_of_two(n)).count()
    }

    /// Whether a state is an event that a figure marks.
    pub fn is_marked(event: Option<Event>) -> bool {
        event.is_some_and(|event| event != Event::Requested)
    }
}

/// Writes `branches.csv`, `states/` and `summary.json` into `out`, which is made if needed.
///
/// # Errors
/// If a file cannot be written.
pub fn write_branches(out: &Path, diagram: &BranchDiagram) -> Result<()> {
    make_dir(&out.join("states"))?;
    write_whole(&out.join("branches.csv"), &diagram.csv())?;
    for named in diagram.named_states() {
        let state = &diagram.branches[named.branch].states[named.step];
        let path = out.join("states").join(named.file());
        write_csv(&path, &["x", "value"], &[&diagram.x, &state.u])?;
    }
    crate::output::write_json(&out.join("summary.json"), &diagram.summary())
}
