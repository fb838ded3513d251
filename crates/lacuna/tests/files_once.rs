//! Files are read once, when a run is planned: what happens to them afterwards changes nothing.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not see as tests")]

use std::fs;

use lacuna::examples::Example;
use lacuna::problem::Problem;
use lacuna::{DiagnosePlan, Flow, Recovery, SavedModel, Task};

fn recovered(name: &str, disturb: bool) -> (Recovery, SavedModel) {
    let folder = tempfile::TempDir::new().unwrap();
    let path = Example::find(name).unwrap().write(folder.path()).unwrap();
    let loaded = Problem::from_path(&path).unwrap();
    let task = Task::new(&loaded).unwrap();
    if disturb {
        fs::remove_dir_all(folder.path()).unwrap();
    }
    let recovery = task.run(&|_| Flow::Continue).unwrap();
    let model = SavedModel::new(task.loaded(), &recovery).unwrap();
    (recovery, model)
}

/// States at the nodes, values of unnamed noise, positions; truths in tables.
#[test]
fn a_recovery_needs_no_file_after_it_is_planned() {
    for name in ["reaction-rate", "sparse-noisy", "ants"] {
        let (undisturbed, expected) = recovered(name, false);
        let (recovery, model) = recovered(name, true);
        assert!(recovery.diagnosis.is_some(), "{name}");
        assert_eq!(recovery.stop, undisturbed.stop);
        assert_eq!(recovery.warnings, undisturbed.warnings, "{name}");
        for (a, b) in recovery.functions.iter().zip(&undisturbed.functions) {
            assert_eq!((&a.values, a.relative_l2_error), (&b.values, b.relative_l2_error));
        }
        assert_eq!(model, expected, "{name}");
    }
}

#[test]
fn a_diagnosis_needs_no_file_after_it_is_planned() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = Example::find("sparse-noisy").unwrap().write(folder.path()).unwrap();
    let plan = DiagnosePlan::new(&Problem::from_path(&path).unwrap()).unwrap();
    fs::remove_dir_all(folder.path()).unwrap();
    plan.run(&|| Flow::Continue).unwrap();
}
