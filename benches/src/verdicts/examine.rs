//! One design examined: its verdicts beside their labels, and a pair for every unknown that is not identified.

use std::error::Error;
use std::path::Path;

use lacuna::core::Flow;
use lacuna::identify::{Finding, Verdict};
use lacuna::problem::Problem;
use lacuna::{DiagnosePlan, Reason};
use serde::Serialize;

use super::designs::{Design, Label};
use super::pair::{Pair, construct};

/// Why something could not be examined, to pass between threads.
pub type Failure = Box<dyn Error + Send + Sync>;

/// One design.
#[derive(Debug, Serialize)]
pub struct Examined {
    /// Its name.
    pub name: &'static str,
    /// The problem file.
    pub problem: &'static str,
    /// Why the labels are what they are.
    pub reasoning: &'static str,
    /// Every unknown.
    pub unknowns: Vec<Checked>,
    /// Why there are none.
    pub failure: Option<String>,
}

/// One unknown.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Its name.
    pub unknown: &'static str,
    /// Jointly with the other unknowns.
    pub joint: Comparison,
    /// With the other unknowns known.
    pub separate: Comparison,
    /// What the diagnosis says of the reason.
    pub reasons: Vec<Reason>,
    /// Two functions that the data cannot tell apart; none where the label is `identified`.
    pub pair: Option<Pair>,
    /// Why there is no pair where there should be.
    pub without_pair: Option<String>,
}

/// A label and what was found.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// What theory says.
    pub label: &'static str,
    /// What the diagnosis says.
    pub verdict: &'static str,
    /// The predicted 95 % band relative to the scale.
    pub relative_band: f64,
    /// 95 % size, relative to the scale, of the largest change that no prediction sees.
    pub unseen: f64,
}

impl Comparison {
    fn new(label: Verdict, found: &Finding) -> Self {
        let Finding { verdict, relative_band, unseen, .. } = *found;
        Self { label: label.code(), verdict: verdict.code(), relative_band, unseen }
    }

    /// Whether the verdict is the label.
    pub fn right(&self) -> bool {
        self.label == self.verdict
    }
}

impl Checked {
    /// Whether theory says that it is not identified, jointly.
    pub fn needs_pair(&self) -> bool {
        self.joint.label != Verdict::Identified.code()
    }
}

impl Examined {
    /// Labels, jointly and separately, and how many of them are right.
    pub fn comparisons(&self) -> impl Iterator<Item = &Comparison> {
        self.unknowns.iter().flat_map(|u| [&u.joint, &u.separate])
    }
}

/// Examines a design.
pub fn examine(design: &Design) -> Examined {
    let Design { name, problem, reasoning, .. } = *design;
    let mut examined = Examined { name, problem, reasoning, unknowns: Vec::new(), failure: None };
    if let Err(failure) = fill(design, &mut examined) {
        examined.failure = Some(failure.to_string());
    }
    examined
}

fn fill(design: &Design, examined: &mut Examined) -> Result<(), Failure> {
    let loaded = Problem::from_str(design.problem, Path::new("."))?;
    let plan = DiagnosePlan::new(&loaded)?;
    let diagnosed = plan.run(&|| Flow::Continue)?;
    let examination = plan.examine(&|| Flow::Continue)?;
    for &Label { unknown, joint, separate } in design.labels {
        let index = diagnosed.unknowns.iter().position(|u| u.name == unknown);
        let index = index.ok_or_else(|| format!("`{unknown}` is not among the unknowns"))?;
        let found = &diagnosed.unknowns[index];
        let (mut pair, mut without_pair) = (None, None);
        if joint != Verdict::Identified {
            match construct(&plan, &examination, index, joint) {
                Ok(constructed) => pair = Some(constructed),
                Err(failure) => without_pair = Some(failure.to_string()),
            }
        }
        examined.unknowns.push(Checked {
            unknown,
            joint: Comparison::new(joint, &found.joint),
            separate: Comparison::new(separate, &found.separate),
            reasons: found.reasons.clone(),
            pair,
            without_pair,
        });
    }
    match diagnosed.unknowns.len() == design.labels.len() {
        true => Ok(()),
        false => Err("an unknown has no label".into()),
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::verdicts::designs::THEMES;

    fn designs() -> impl Iterator<Item = &'static Design> {
        THEMES.iter().flat_map(|theme| theme.designs)
    }

    #[test]
    fn designs_have_names_of_their_own_and_problems_that_can_be_read() {
        let mut names: Vec<&str> = designs().map(|d| d.name).collect();
        let count = names.len();
        assert!(count >= 40);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for design in designs() {
            let loaded = Problem::from_str(design.problem, Path::new("."));
            let loaded = loaded.unwrap_or_else(|error| panic!("{}: {error}", design.name));
            let mut unknowns = loaded.problem.unknowns();
            let mut labelled: Vec<&str> = design.labels.iter().map(|l| l.unknown).collect();
            unknowns.sort_unstable();
            labelled.sort_unstable();
            assert_eq!(unknowns, labelled, "{}", design.name);
        }
    }

    /// Verdicts without pairs, which take longer.
    #[test]
    fn verdicts_on_the_flux_constant_are_those_of_theory() {
        let themes = THEMES.iter().filter(|theme| theme.title.starts_with("The flux constant"));
        let designs: Vec<&Design> = themes.flat_map(|theme| theme.designs).collect();
        let wrong: Vec<String> = designs
            .par_iter()
            .flat_map_iter(|design| {
                let loaded = Problem::from_str(design.problem, Path::new(".")).unwrap();
                let diagnosed =
                    DiagnosePlan::new(&loaded).unwrap().run(&|| Flow::Continue).unwrap();
                design.labels.iter().filter_map(move |label| {
                    let found =
                        diagnosed.unknowns.iter().find(|u| u.name == label.unknown).unwrap();
                    let right = found.joint.verdict == label.joint
                        && found.separate.verdict == label.separate;
                    let codes: Vec<_> = found.reasons.iter().map(|r| r.code).collect();
                    let told = (found.joint.verdict == Verdict::Identified) == codes.is_empty();
                    let named = design.labels.len() > 1
                        || label.joint != Verdict::Structurally
                        || codes.iter().any(|c| ["flux-constant", "only-up-to-scale"].contains(c));
                    (!(right && told && named)).then(|| {
                        format!(
                            "{} {}: {:?} {:?} {codes:?}",
                            design.name, label.unknown, found.joint, found.separate
                        )
                    })
                })
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(designs.len() >= 30);
    }

    #[test]
    fn one_state_cannot_separate_kernel_and_potential_and_the_pair_proves_it() {
        let design = designs().find(|d| d.name == "pair-one-state").unwrap();
        let examined = examine(design);
        assert!(examined.failure.is_none(), "{examined:?}");
        assert!(examined.comparisons().all(Comparison::right), "{examined:?}");
        for checked in &examined.unknowns {
            let pair = checked.pair.as_ref().unwrap();
            assert!(pair.distance > 0.2, "{pair:?}");
            assert!(pair.largest_difference < 1e-4, "{pair:?}");
        }
    }
}
