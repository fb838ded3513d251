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

/// The noise of values in a file with this header, where the problem has `noise = spec`.
fn noise(spec: &str, file: &str) -> Result<Noise, String> {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("part.csv"), file).unwrap();
    let data = "data = \"state-1.csv\"";
    let text = AD.replace(data, &format!("data = \"part.csv\"\nnoise = {spec}"));
    let loaded = Problem::from_str(&text, folder.path()).map_err(|e| e.to_string())?;
    let measured = loaded.read_measurements(0).map_err(|e| e.to_string())?.unwrap();
    match measured.kind {
        MeasurementKind::Values { noise, .. } => Ok(noise),
        other => panic!("{other:?}"),
    }
}

#[test]
fn noise_is_a_number_a_name_or_a_table() {
    let plain = "x,u\n0.1,2\n0.2,3\n";
    let with_sd = "x,u,sd\n0.1,2,0.5\n0.2,3,0.25\n";
    let student = |freedom, scale| Ok(Noise::Student { freedom, scale });
    for (spec, file, expected) in [
        ("0.1", plain, Ok(Noise::Known(vec![0.1; 2]))),
        ("{ sd = 0.1 }", plain, Ok(Noise::Known(vec![0.1; 2]))),
        ("{ relative = 0.1 }", plain, Ok(Noise::Relative(vec![0.1; 2]))),
        (
            "{ relative = 0.1, floor = 0.02 }",
            plain,
            Ok(Noise::Floored { relative: 0.1, floor: 0.02 }),
        ),
        ("\"student\"", plain, student(4.0, None)),
        ("{ student = 3 }", plain, student(3.0, None)),
        ("{ student = 3, sd = 0.2 }", plain, student(3.0, Some(vec![0.2; 2]))),
        ("\"student\"", with_sd, student(4.0, Some(vec![0.5, 0.25]))),
    ] {
        assert_eq!(noise(spec, file), expected, "{spec}");
    }
    for spec in ["{ relative = 0.1, student = 4 }", "{ floor = 0.1 }", "{ sd = 0.1, floor = 0.1 }"]
    {
        let error = noise(spec, plain).unwrap_err();
        assert!(error.contains("no others go together"), "{spec}: {error}");
    }
    for spec in ["{ student = 0 }", "{ student = 4, sd = -1 }", "{ relative = 0.1, floor = 0 }"] {
        assert!(noise(spec, plain).is_err(), "{spec}");
    }
    assert!(noise("{ student = 4, sd = 0.1 }", with_sd).is_err());
}

#[test]
fn positions_of_all_files_come_in_order() {
    let (_folder, loaded) = with_files(&["x\n0.5\n# a remark\n0.25\n", "x\r\n0.1\r\n0.75\r\n"]);
    let kind = loaded.read_measurements(0).unwrap().unwrap().kind;
    assert_eq!(kind, MeasurementKind::Positions { x: vec![0.1, 0.25, 0.5, 0.75] });
}
