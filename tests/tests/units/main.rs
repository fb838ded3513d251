//! Results do not depend on units: every verb on every built-in example, written in other units.
//!
//! | module | what it shows |
//! |---|---|
//! | `verbs` | recover, check, diagnose, design, predict, branches and solve give the same, scaled |
//! | `cases` | masses, conductivities and sources far from one, with their right answers |
//! | `odd` | units where little is known |
//! | `saved` | `model.json` speaks the units of its problem, and files without units can be read |
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

mod cases;
mod compare;
mod odd;
mod rewritten;
mod saved;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod support;
mod verbs;
