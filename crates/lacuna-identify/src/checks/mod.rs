//! Checks that can expose a wrong model, and what they compare.
//!
//! - `residuals.rs`: what the fit leaves of each experiment, beside what a right model would leave:
//!   its size, its order along x, its largest value;
//! - `consistency`, there too: each experiment beside what the others predict of it;
//! - `restarts.rs`: equally good fits of one unknown, in function space.
//!
//! All numbers of the first two are compared with the same numbers of simulated data in which
//! everything is right (`linear.rs`), so that what the fit itself does to residuals is accounted for.

mod linear;
mod residuals;
mod restarts;
mod statistics;
#[cfg(test)]
mod tests;

pub use residuals::{
    ExperimentCheck, Places, ResidualCheckOptions, ResidualChecks, Tested, check_residuals,
};
pub use restarts::{Disagreement, disagreement};
