//! Checks that can expose a wrong model, and what they compare.
//!
//! - `residuals.rs`: what the fit leaves of each experiment, beside what a right model would leave:
//!   its size, its order along x, its largest value;
//! - `consistency`, there too: each experiment beside what the others predict of it;
//! - `held_out.rs`: data beside what the rest of the data predict of them;
//! - `departures.rs`: whether an error of what is known, or a further term, explains the data better;
//! - `restarts.rs`: equally good fits of one unknown, in function space.
//!
//! All numbers but the last are compared with the same numbers of simulated data in which
//! everything is right (`linear.rs`), so that what the fit itself does to residuals is accounted for.

mod departures;
mod held_out;
mod linear;
mod residuals;
mod restarts;
mod scores;
mod statistics;
#[cfg(test)]
mod tests;

pub use departures::DepartureCheck;
pub use residuals::{
    ExperimentCheck, Places, ResidualCheckOptions, ResidualChecks, check_residuals,
};
pub use restarts::{Disagreement, disagreement};
pub use scores::Tested;
