//! The `lacuna` command as a user meets it: files, exit codes and what it prints.
//!
//! | module | what it shows |
//! |---|---|
//! | `folder` | a temporary folder with a small problem, in which the command runs |
//! | `outputs` | what `recover` leaves, and the options of every command |
//! | `predict` | what `predict` leaves, and mistakes in asking for it |
//! | `verbs` | `init`, `example`, `check`, `solve` |
//! | `branches` | `branches` |
//! | `design` | what to measure next |
//! | `interrupt` | Ctrl-C and its kin, readers that go away, two runs at once |
//! | `faults` | files that change, folders that are taken, fits that fail |
//! | `bad_problem` | mistakes in the problem file or on the command line |
//! | `diagnose` | whether data or plans determine the unknowns |
//! | `bad_data` | mistakes in data files |
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

mod bad_data;
mod bad_problem;
mod branches;
mod design;
mod diagnose;
mod faults;
mod folder;
mod interrupt;
mod outputs;
mod predict;
mod verbs;
