//! Two stable states of one equation that are nearly shifts of each other by half a period: of even harmonics
//! the data see a sum of W and V only, and neither may be called known.

use std::path::Path;

use lacuna::identify::Verdict;
use lacuna::problem::Problem;
use lacuna::{Flow, recover};

#[test]
fn a_harmonic_that_either_function_may_have_leaves_wide_bands_for_both() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/two-branches");
    let problem = Problem::from_path(&folder.join("problem.toml")).unwrap();
    let recovery = recover(&problem, &|_| Flow::Continue).unwrap();
    let diagnosis = recovery.diagnosis.as_ref().unwrap();
    for function in &recovery.functions {
        let name = &function.name;
        let (band, truth) = (function.band.as_ref().unwrap(), function.truth.as_ref().unwrap());
        // Three standard deviations: both are off in the one harmonic, and so everywhere at once.
        let within = |i: &usize| {
            let [lower, upper] = [band.lower[*i], band.upper[*i]];
            (truth[*i] - 0.5 * (lower + upper)).abs() < 0.75 * (upper - lower)
        };
        let covered = (0..truth.len()).filter(within).count() as f64 / truth.len() as f64;
        assert!(covered > 0.9, "{name}: {covered}");
        let examined = diagnosis.unknowns.iter().find(|u| u.name == *name).unwrap();
        assert_ne!(examined.joint.verdict, Verdict::Identified, "{name}");
    }
}
