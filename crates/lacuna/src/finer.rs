//! Fourier series as fine as the data ask for.
//!
//! How many modes a fit needs follows from the data (`resolution.rs` of `lacuna-fit`). A Fourier series
//! whose `modes` nobody gave has as many.

use std::collections::BTreeMap;
use std::time::Duration;

use lacuna_fit::SteadyFit;

use crate::problem::{FunctionSpec, LoadedProblem, SurrogateSpec};
use crate::{Recovery, Setup};

/// Names of functions with the highest mode of each.
pub(crate) type Highest = BTreeMap<&'static str, usize>;

/// The problem with finer series than those of `setup`, where a fit needed them.
pub(crate) fn finer(setup: &Setup, fit: &SteadyFit) -> Option<(LoadedProblem, Highest)> {
    let loaded = &setup.loaded;
    let mut given = loaded.given().clone();
    let mut found = Highest::new();
    for (unknown, prior) in setup.unknowns.iter().zip(&fit.priors) {
        let name = unknown.name;
        let Some(FunctionSpec::Unknown(spec)) = given.functions.get_mut(name) else { continue };
        let SurrogateSpec::Fourier { modes } = &mut spec.surrogate else { continue };
        let needed = prior.modes.resolution();
        if needed > *modes && is_default(loaded, name) {
            *modes = needed;
            found.insert(name, needed);
        }
    }
    (!found.is_empty()).then(|| (loaded.with_given(given), found))
}

/// Whether the file of the problem leaves the number of modes open.
fn is_default(loaded: &LoadedProblem, name: &str) -> bool {
    let has = |key: &str| loaded.locations.contains(&format!("functions.{name}{key}"));
    has("") && !has(".modes") && !has(".surrogate.modes")
}

/// A recovery with the series that were made finer, and the time that all of it took.
pub(crate) fn with_modes(mut recovery: Recovery, modes: &Highest, elapsed: Duration) -> Recovery {
    for function in &mut recovery.functions {
        let Some(&highest) = modes.get(function.name.as_str()) else { continue };
        // Finer still, where that was found only then.
        if function.finer.is_none() {
            function.finer = Some(highest);
            recovery.warnings.push(format!(
                "the data see waves of {} beyond the modes that a Fourier series has by default: it has \
                 {highest} here; `modes` fixes their number",
                function.name
            ));
        }
    }
    Recovery { elapsed, ..recovery }
}
