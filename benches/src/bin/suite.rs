//! `cargo xtask suite [NAME [ARGS]]`: the table of suites.

use std::process::ExitCode;

use lacuna_benches::suite::{Suite, dispatch};

/// Every suite. A row is
/// `Suite { name: "recovery", description: "…", run: lacuna_benches::recovery::run }`.
const SUITES: &[Suite] = &[
    Suite {
        name: "checks",
        description: "what profiles of the likelihood cover, and which wrong models the checks expose; ten minutes",
        run: lacuna_benches::checks::run,
    },
    Suite {
        name: "branches",
        description: "branches of steady states beside exact ones, their stability and times; one minute",
        run: lacuna_benches::branches::run,
    },
    Suite {
        name: "designs",
        description: "designed measurements beside equally spaced ones, and which couplings to choose; ten minutes",
        run: lacuna_benches::designs::run,
    },
    Suite {
        name: "faults",
        description: "the command killed, ended, and not listened to at random moments; three minutes",
        run: lacuna_benches::faults::run,
    },
    Suite {
        name: "honesty",
        description: "bands, verdicts and alarms for 20 kinds of truth that the prior does not expect; ten minutes",
        run: lacuna_benches::honesty::run,
    },
    Suite {
        name: "limits",
        description: "the kernels beside what the machine can do, and how cost grows; four minutes",
        run: lacuna_benches::limits::run,
    },
    Suite {
        name: "methods",
        description: "two-states by every optimiser and formulation: errors and seconds; two minutes",
        run: lacuna_benches::methods::run,
    },
    Suite {
        name: "noise",
        description: "functions from sparse, noisy and counted data, with their bands; five minutes",
        run: lacuna_benches::noise::run,
    },
    Suite {
        name: "peers",
        description: "beside JAX, SciPy and DeepXDE (installed from PyPI) on the same data; ten minutes",
        run: lacuna_benches::peers::run,
    },
    Suite {
        name: "trust",
        description: "are verdicts and bands of 200 varied recoveries to be trusted, and how fast; two minutes",
        run: lacuna_benches::trust::run,
    },
    Suite {
        name: "verdicts",
        description: "verdicts of lacuna diagnose beside labels from theory, with proofs; half a minute",
        run: lacuna_benches::verdicts::run,
    },
    Suite {
        name: "predict",
        description: "evolution, integrators, and predictions with their bands; fifteen minutes",
        run: lacuna_benches::predict::run,
    },
    Suite {
        name: "mutants",
        description: "10,000 problems, tables and models changed at random, through every command; hours",
        run: lacuna_benches::mutants::run,
    },
];

fn main() -> ExitCode {
    // As the library does; diffsol turns faer's own parallelism on.
    faer::set_global_parallelism(faer::Par::Seq);
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(SUITES, &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
