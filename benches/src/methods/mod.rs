//! Suite `methods`: which optimiser on which residual recovers what, and how fast.
//!
//! The built-in example *two-states* with W and V as networks of hidden layers 16, 16: every
//! optimiser × every formulation × three seeds, one random start each; and with Fourier series of
//! 32 modes, solved directly. Options are the defaults of the product, and so is the smoothness
//! prior. Reported are relative L² errors against the true functions after removing means.
//!
//! `cargo xtask suite methods [--out DIR]` writes `methods.md` and `methods.json` into DIR, by
//! default `docs/results`.

pub(crate) mod measure;
mod prose;
mod report;

use std::fs;
use std::path::PathBuf;

use lacuna::problem::{Activation, FitSpec, Formulation, Optimiser, SurrogateSpec};

use self::measure::{Row, measure};
use crate::fixtures;
use crate::machine::Machine;
use crate::suite::Outcome;

const SEEDS: [u64; 3] = [0, 1, 2];
const FORMULATIONS: [Formulation; 3] =
    [Formulation::LogFixedPoint, Formulation::FixedPoint, Formulation::Strong];
const OPTIMISERS: [Optimiser; 4] =
    [Optimiser::Projection, Optimiser::LevenbergMarquardt, Optimiser::Lbfgs, Optimiser::Adam];
/// Seconds after which a single run is cut.
const CUT: f64 = 60.0;

/// One line of the table before it is measured.
struct Method {
    class: SurrogateSpec,
    formulation: Formulation,
    optimiser: Optimiser,
    seeds: &'static [u64],
}

fn methods() -> Vec<Method> {
    let networks = SurrogateSpec::Network {
        hidden: vec![16, 16],
        activation: Activation::Tanh,
        harmonics: None,
    };
    let mut methods = Vec::new();
    for formulation in FORMULATIONS {
        for optimiser in OPTIMISERS {
            methods.push(Method { class: networks.clone(), formulation, optimiser, seeds: &SEEDS });
        }
    }
    for formulation in [Formulation::LogFixedPoint, Formulation::Strong] {
        methods.push(Method {
            class: SurrogateSpec::Fourier { modes: 32 },
            formulation,
            optimiser: Optimiser::Projection,
            seeds: &SEEDS[..1],
        });
    }
    methods
}

/// Runs the suite and writes its results.
///
/// # Errors
/// If an argument is unknown, the example cannot be set up, or a file cannot be written.
pub fn run(args: &[String]) -> Outcome {
    let dir = match args {
        [] => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/results")),
        [flag, dir] if flag == "--out" => PathBuf::from(dir),
        _ => return Err("usage: cargo xtask suite methods [--out DIR]".into()),
    };
    let mut rows: Vec<Row> = Vec::new();
    for method in methods() {
        let Method { class, formulation, optimiser, seeds } = method;
        eprint!("{class} {formulation} {optimiser} …", class = measure::name(&class));
        let mut loaded = fixtures::two_states(&class)?;
        let fit = FitSpec { formulation, optimiser, restarts: 1, ..FitSpec::default() };
        loaded.problem.fit = fit;
        let row = measure(&loaded, &class, seeds)?;
        eprintln!(" {}", report::progress(&row));
        rows.push(row);
    }
    let machine = Machine::here();
    fs::create_dir_all(&dir)?;
    fs::write(dir.join("methods.md"), report::markdown(&machine, &rows))?;
    fs::write(dir.join("methods.json"), report::json(&machine, &rows)?)?;
    Ok(())
}
