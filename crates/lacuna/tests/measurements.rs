//! What data files say was observed, and where an interpolated state is refused.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod problems;

use insta::assert_snapshot;
use lacuna::data::{MeasurementKind, Measurements, Noise};
use lacuna::examples::EXAMPLES;
use lacuna::problem::{LoadedProblem, Problem};
use problems::{AD, DR};
use tempfile::TempDir;

/// The problem with these files for `state-1.csv` of its first experiment.
fn with_files(files: &[&str]) -> (TempDir, LoadedProblem) {
    let folder = TempDir::new().unwrap();
    let names: Vec<String> = (0..files.len()).map(|i| format!("part-{i}.csv")).collect();
    for (name, text) in names.iter().zip(files) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let text = AD.replace("data = \"state-1.csv\"", &format!("data = {names:?}"));
    let loaded = Problem::from_str(&text, folder.path()).unwrap();
    (folder, loaded)
}

fn measured(files: &[&str]) -> Measurements {
    with_files(files).1.read_measurements(0).unwrap().unwrap()
}

fn state_refused(files: &[&str]) -> String {
    let (folder, loaded) = with_files(files);
    let error = loaded.read_state(0).expect_err("no state");
    error.to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn the_ends_of_a_circle_are_one_point_where_they_agree() {
    let closed = measured(&["x,u\n1,2\n0.5,3\n0,2\n"]);
    let noise = Noise::Unknown;
    let expected = MeasurementKind::Values { x: vec![0.0, 0.5], u: vec![2.0, 3.0], noise };
    assert_eq!(closed.kind, expected);
    assert_eq!(measured(&["x,u\n1,2\n", "x,u\n0.5,3\n0,2\n"]).kind, expected);
    // Two values that differ are replicates.
    assert_eq!(measured(&["x,u\n1,2.1\n0.5,3\n0,2\n"]).len(), 3);
}

#[test]
fn the_ends_of_an_interval_are_two_points() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("state.csv"), "x,u\n0,2\n1,2\n").unwrap();
    let loaded = Problem::from_str(DR, folder.path()).unwrap();
    assert_eq!(loaded.read_measurements(0).unwrap().unwrap().len(), 2);
}

#[test]
fn only_values_are_interpolated_to_a_state() {
    assert_snapshot!(state_refused(&["angle\n0.1\n0.2\n"]), @"part-0.csv: the columns are those of positions, which cannot be interpolated to a state; the formulation `steady-state` needs no interpolation");
    assert_snapshot!(state_refused(&["lower,upper,count\n0,0.5,3\n"]), @"part-0.csv: the columns are those of counts, which cannot be interpolated to a state; the formulation `steady-state` needs no interpolation");
    assert_snapshot!(state_refused(&["x,u\n0,1\n", "x\n0.1\n"]), @"part-1.csv: the columns are those of positions, but the first file of the experiment has values; give each an experiment of its own");
}

#[test]
fn a_header_of_one_column_that_is_no_name_is_not_positions() {
    assert_snapshot!(state_refused(&[""]), @"part-0.csv: the file is empty; it needs a header such as `x,u` and one row a point");
    assert_snapshot!(state_refused(&["x;u\n0;1\n"]), @"part-0.csv:1: columns are separated by `;`; separate them by commas, and write decimals with a point");
    assert_snapshot!(state_refused(&["0.5\n0.6\n"]), @"part-0.csv:1: the first row is `0.5`, but must be a header such as `x,u`");
}

#[test]
fn the_data_of_every_example_are_read() {
    for example in EXAMPLES {
        let folder = TempDir::new().unwrap();
        let loaded = Problem::from_path(&example.write(folder.path()).unwrap()).unwrap();
        for i in 0..loaded.problem.experiments.len() {
            let data = loaded.read_measurements(i).unwrap();
            let expected = match example.name {
                "ants" => 100,
                "turtles" => 76,
                "wind" => 310,
                "sparse-noisy" => 60,
                _ => continue,
            };
            assert_eq!(data.unwrap().len(), expected, "{}", example.name);
        }
    }
}
