//! Bytes of a CSV file: as data of an experiment of either equation, and as a tabulated function.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use lacuna::data::read_function_table;
use lacuna::problem::{LoadedProblem, Problem};
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("lacuna-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
});

const CIRCLE: &str = "[model]\nkind = \"aggregation-diffusion\"\ndiffusion = 1.0\n[domain]\nboundary = \
                      \"periodic\"\n[functions.W]\nexpression = \"0\"\n[functions.V]\nsurrogate = \
                      \"fourier\"\n";
const INTERVAL: &str = "[model]\nkind = \"diffusion-reaction\"\n[domain]\nboundary = \"dirichlet\"\n\
                        [functions.a]\nexpression = \"1\"\n[functions.k]\nsurrogate = \"fourier\"\n\
                        [functions.f]\nexpression = \"1\"\n";
const PLAIN: &str = "[[experiments]]\ndata = \"table.csv\"\n";
const NAMED: &str = "columns = { x = \"a\", u = \"b\" }\nmissing = [\"NA\", -9999]\n";

static PROBLEMS: LazyLock<Vec<LoadedProblem>> = LazyLock::new(|| {
    [CIRCLE.to_owned() + PLAIN, CIRCLE.to_owned() + PLAIN + NAMED, INTERVAL.to_owned() + PLAIN]
        .iter()
        .map(|text| Problem::from_str(text, &FOLDER).expect("a problem"))
        .collect()
});

fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.join("table.csv");
    std::fs::write(&path, bytes).expect("a file");
    let _ = read_function_table(&path);
    for problem in PROBLEMS.iter() {
        let _ = problem.read_state(0);
        if let Ok(Some(measured)) = problem.read_measurements(0) {
            assert!(!measured.is_empty() && !measured.in_words().is_empty());
        }
    }
});
