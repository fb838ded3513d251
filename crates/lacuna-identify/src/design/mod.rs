//! Optimal experimental design: which points of which experiments to measure under a budget.
//!
//! For each of several plausible truths j, predictions are linearised in the prior-whitened
//! coefficients z ~ N(0, I_d) of all unknown functions. A measurement i at noise level σ_i is a
//! direction r_ij of length d (its derivative divided by σ_i). With counts w_i,
//!
//! ```text
//! M_j(w) = M_j⁰ + Σ_i w_i r_ij r_ijᵀ,   M_j⁰ = I + S_jᵀ S_j (prior and data there are),   C_j = M_j⁻¹,
//! Φ(w) = (1/J) Σ_j Φ_j(w)
//! ```
//!
//! | [`Criterion`] | Φ_j | |
//! |---|---|---|
//! | `Trace` | tr(G_j C_j G_jᵀ) | A-optimal; one row of G: the variance of a functional |
//! | `LogDet` | ½ ln det C_j | D-optimal: minus the information gained, in nats |
//! | `Largest` | λ_max(G_j C_j G_jᵀ) | E-optimal |
//!
//! G maps z to functions in their L² norm. Every Φ is convex in w. A measurement costs c_i each
//! time, up to r_i times, and belongs to an experiment g that costs C_g once when any of its
//! measurements is made; the total is at most B. Choosing is greedy, then by exchange
//! (`greedy.rs`, `exchange.rs`; Fedorov, Theory of Optimal Experiments, 1972); how good it is, the
//! convex relaxation says (`relaxation.rs`), by a bound that no design can beat (`bound.rs`), sharpened
//! over which experiments are opened (`branch.rs`).

mod barrier;
mod bound;
mod branch;
mod choose;
mod criterion;
mod exchange;
mod greedy;
mod posterior;
mod problem;
mod relaxation;
mod schatten;
mod selection;
#[cfg(test)]
mod tests;

pub use choose::{ChosenDesign, DesignOptions, DesignStep, GainStep, choose};
pub use problem::{Candidate, Criterion, DesignError, DesignProblem, Group, LinearTruth};
