//! The labelled designs: identification problems whose verdicts follow from theory.
//!
//! Each is a problem file with planned measurements and true functions, and for every unknown two labels:
//! jointly with the other unknowns, and separately, with those known. The words are those of the verdicts:
//!
//! - identified: the posterior 95 % band, 1.96 √(mean over x of the variance), is at most a quarter of the
//!   prior's root mean square A;
//! - structurally unidentified: a change beyond the gauge and noticeable at the prior's scale (at least 0.1 A)
//!   leaves every prediction as it is, at any precision;
//! - practically unidentified: neither.
//!
//! No case is near a boundary between two verdicts: bands are below 0.125 A or above 0.5 A, and what is lost
//! exactly is above 0.2 A or below 0.07 A.

mod branches;
mod flux;
mod flux_pairs;
mod kernel;
mod pairs;
mod potential;
mod reaction;
mod scalars;
mod triples;

use lacuna::identify::Verdict;

const IDENTIFIED: Verdict = Verdict::Identified;
const PRACTICAL: Verdict = Verdict::Practically;
const STRUCTURAL: Verdict = Verdict::Structurally;

/// What theory says of one unknown.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    /// Function or scalar.
    pub unknown: &'static str,
    /// Jointly with the other unknowns.
    pub joint: Verdict,
    /// With the other unknowns known.
    pub separate: Verdict,
}

const fn label(unknown: &'static str, joint: Verdict, separate: Verdict) -> Label {
    Label { unknown, joint, separate }
}

/// One identification problem.
#[derive(Clone, Copy, Debug)]
pub struct Design {
    /// What it is called.
    pub name: &'static str,
    /// The problem file.
    pub problem: &'static str,
    /// Of every unknown.
    pub labels: &'static [Label],
    /// Why the labels are what they are.
    pub reasoning: &'static str,
}

/// A group of designs.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// A heading.
    pub title: &'static str,
    /// Its designs.
    pub designs: &'static [Design],
}

/// All designs.
pub const THEMES: &[Theme] = &[
    Theme { title: "The kernel W, with V known", designs: kernel::DESIGNS },
    Theme { title: "The potential V, with W known", designs: potential::DESIGNS },
    Theme { title: "W and V", designs: pairs::DESIGNS },
    Theme { title: "W and V from two branches", designs: branches::DESIGNS },
    Theme { title: "Scalars, alone and with one function", designs: scalars::DESIGNS },
    Theme { title: "Three unknowns", designs: triples::DESIGNS },
    Theme { title: "Diffusion and reaction", designs: reaction::DESIGNS },
    Theme { title: "The flux constant", designs: flux::DESIGNS },
    Theme { title: "The flux constant: more designs", designs: flux_pairs::DESIGNS },
];
