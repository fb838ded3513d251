//! Why an iteration ended. An outcome, not an error.

use std::fmt;

/// Why an iterative method stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The requested accuracy was reached.
    Converged,
    /// The iteration limit was reached first.
    MaxIterations,
    /// No further progress was possible although the target was not reached.
    Stalled,
    /// The iterates ran away.
    Diverged,
    /// A value became NaN or infinite.
    NonFinite,
    /// The result does not describe the data.
    Misfit,
    /// The caller asked to stop.
    Interrupted,
}

impl Stop {
    /// Whether the requested accuracy was reached.
    pub fn is_converged(self) -> bool {
        self == Self::Converged
    }

    /// A short machine-readable name, as written to `summary.json`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::MaxIterations => "max-iterations",
            Self::Stalled => "stalled",
            Self::Diverged => "diverged",
            Self::NonFinite => "non-finite",
            Self::Misfit => "misfit",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Converged => "converged to the requested accuracy",
            Self::MaxIterations => {
                "reached the iteration limit; raise it, or start from a better guess"
            }
            Self::Stalled => {
                "made no further progress; try another start, a larger function class or a looser tolerance"
            }
            Self::Diverged => "ran away; start closer to the solution or damp more",
            Self::NonFinite => {
                "met a value that is not finite; check the data, scale the functions or start elsewhere"
            }
            Self::Misfit => "does not describe the data; see the notes",
            Self::Interrupted => "was interrupted; the best result so far is kept",
        })
    }
}
