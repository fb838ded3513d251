//! Recoveries of whole problems, from data to functions.
//!
//! | module | what it shows |
//! |---|---|
//! | `reference` | the reference problems, to the accuracy promised |
//! | `scalars` | unknown σ and κ |
//! | `reaction` | the other equation: a, f and k |
//! | `design` | what else data may look like: pushes, other domains, other points, other orders |
//! | `classes` | closed forms with parameters, and constraints |
//! | `methods` | every formulation with every optimiser, and that threads change nothing |
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

mod classes;
mod design;
mod methods;
mod reaction;
mod reference;
mod scalars;
#[path = "../support/mod.rs"]
mod support;
