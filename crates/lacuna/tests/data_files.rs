//! How data files are read and written, and how their mistakes are reported.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use lacuna::Result;
use lacuna::data::{Extent, StateData, read_function_table, write_csv};

const UNIT: Extent = Extent { origin: 0.0, length: 1.0, periodic: true };
const BOUNDED: Extent = Extent { periodic: false, ..UNIT };

/// Eleven rows from line 2 on: x = 0, 0.1, …, 1 and u = 1.
fn rows() -> String {
    (0..=10).map(|i| format!("{},1\n", f64::from(i) / 10.0)).collect()
}

/// `x,u` and its rows, with one line replaced.
fn with_line(line: usize, text: &str) -> String {
    let whole = format!("x,u\n{}", rows());
    let replaced = whole.lines().enumerate().map(|(i, old)| if i + 1 == line { text } else { old });
    replaced.collect::<Vec<_>>().join("\n")
}

fn with_header(header: &str) -> String {
    with_line(1, header)
}

/// The first rows under the header.
fn first_rows(count: usize) -> String {
    with_header("x,u").lines().take(count + 1).collect::<Vec<_>>().join("\n")
}

fn read_text<T>(text: &str, read: impl FnOnce(&Path) -> Result<T>) -> (Result<T>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.csv");
    fs::write(&path, text).unwrap();
    (read(&path), format!("{}/", folder.path().display()))
}

fn state(text: &str, extent: &Extent) -> StateData {
    read_text(text, |path| StateData::read(path, extent)).0.unwrap()
}

fn failed<T>((result, folder): (Result<T>, String)) -> String {
    let error = result.err().expect("the file has a mistake");
    assert!(error.is_invalid_input());
    error.to_string().replace(&folder, "")
}

/// The message for a state with a mistake.
fn message(text: &str, extent: &Extent) -> String {
    failed(read_text(text, |path| StateData::read(path, extent)))
}

/// The message of a check that is made later.
fn later_message(result: Result<()>) -> String {
    let text = result.unwrap_err().to_string();
    let start = text.find("state.csv").unwrap();
    text[start..].to_owned()
}

/// The message for a tabulated function with a mistake.
fn table_message(text: &str) -> String {
    failed(read_text(text, read_function_table))
}

#[test]
fn an_empty_file() {
    assert_snapshot!(message("", &UNIT), @"state.csv: the file is empty; it needs a header such as `x,u` and one row a point");
}

#[test]
fn a_file_of_comments() {
    assert_snapshot!(message("# nothing\n\n", &UNIT), @"state.csv: the file is empty; it needs a header such as `x,u` and one row a point");
}

#[test]
fn a_header_alone() {
    assert_snapshot!(message("x,u\n", &UNIT), @"state.csv: there are only 0 points; a state needs at least 8");
}

#[test]
fn too_few_points() {
    assert_snapshot!(message(&first_rows(5), &UNIT), @"state.csv: there are only 5 points; a state needs at least 8");
}

#[test]
fn a_cell_that_is_not_a_number() {
    assert_snapshot!(message(&with_line(4, "0.2,abc"), &UNIT), @"state.csv:4: `abc` in column `u` is not a number");
}

#[test]
fn a_decimal_comma() {
    assert_snapshot!(message(&with_line(4, "0.2,\"1,5\""), &UNIT), @"state.csv:4: `1,5` in column `u` is not a number");
}

#[test]
fn an_empty_cell() {
    assert_snapshot!(message(&with_line(4, "0.2,"), &UNIT), @r#"state.csv:4: the cell in column `u` is empty; write a number or drop the row; in an experiment `missing = ""` skips such rows"#);
}

#[test]
fn a_cell_that_is_nan() {
    assert_snapshot!(message(&with_line(4, "0.2,NaN"), &UNIT), @r#"state.csv:4: `NaN` in column `u` is not finite; correct it or drop the row; in an experiment `missing = "NaN"` skips such rows"#);
}

#[test]
fn a_cell_that_is_infinite() {
    assert_snapshot!(message(&with_line(4, "-inf,1"), &UNIT), @r#"state.csv:4: `-inf` in column `x` is not finite; correct it or drop the row; in an experiment `missing = "-inf"` skips such rows"#);
}

#[test]
fn a_cell_that_is_missing_as_r_writes_it() {
    assert_snapshot!(message(&with_line(4, "0.2,NA"), &UNIT), @r#"state.csv:4: `NA` in column `u` is not finite; correct it or drop the row; in an experiment `missing = "NA"` skips such rows"#);
}

#[test]
fn a_row_that_is_too_long() {
    assert_snapshot!(message(&with_line(4, "0.2,1,2"), &UNIT), @"state.csv:4: the row has 3 cells, but the header has 2 columns");
}

#[test]
fn a_row_that_is_too_short() {
    assert_snapshot!(message(&with_line(4, "0.2"), &UNIT), @"state.csv:4: the row has 1 cell, but the header has 2 columns");
}

#[test]
fn a_line_behind_comments_and_blank_lines() {
    assert_snapshot!(message(&with_line(4, "# a comment\n\n\n0.2,abc"), &UNIT), @"state.csv:7: `abc` in column `u` is not a number");
}

#[test]
fn no_header() {
    assert_snapshot!(message(&rows(), &UNIT), @"state.csv:1: the first row is `0,1`, but must be a header such as `x,u`");
}

#[test]
fn a_missing_column() {
    assert_snapshot!(message(&with_header("x,sd"), &UNIT), @"state.csv:1: there is no column `u`, only `x`, `sd`; the header should be `x,u`");
}

#[test]
fn a_misspelt_column() {
    assert_snapshot!(message(&with_header("x,valeu"), &UNIT), @r#"state.csv:1: unknown column `valeu`: drop it, or in an experiment say which to read, as by `columns = { x = "..", u = ".." }`; did you mean `value`?"#);
}

#[test]
fn an_unknown_column() {
    assert_snapshot!(message(&with_header("x,density"), &UNIT), @r#"state.csv:1: unknown column `density`: drop it, or in an experiment say which to read, as by `columns = { x = "..", u = ".." }`; allowed here: `x`, `u`, `value`, `sd`, `observed`, `lower`, `upper`, `lower_50`, `upper_50`"#);
}

#[test]
fn a_repeated_column() {
    assert_snapshot!(message(&with_header("u,value"), &UNIT), @"state.csv:1: the column `u` is there twice; keep one");
}

#[test]
fn semicolons() {
    assert_snapshot!(message("x;u\n0,0;1,0\n", &UNIT), @"state.csv:1: columns are separated by `;`; separate them by commas, and write decimals with a point");
}

#[test]
fn tabs() {
    assert_snapshot!(message("x\tu\n0\t1\n", &UNIT), @"state.csv:1: columns are separated by tabs; separate them by commas, and write decimals with a point");
}

#[test]
fn positions_of_individuals() {
    assert_snapshot!(message("x\n0.1\n0.2\n", &UNIT), @"state.csv:1: the columns are those of positions, which cannot be interpolated to a state; the formulation `steady-state` needs no interpolation");
}

#[test]
fn positions_of_individuals_without_a_header() {
    assert_snapshot!(message("0.1\n0.2\n", &UNIT), @"state.csv:1: the first row is `0.1`, but must be a header such as `x,u`");
}

#[test]
fn two_dimensional_data() {
    assert_snapshot!(message("x,y,u\n0,0,1\n", &UNIT), @"state.csv:1: two-dimensional data (a column `y`) are not available yet; give a state in one dimension, with the header `x,u`");
}

#[test]
fn data_in_time() {
    assert_snapshot!(message("x,t,u\n0,0,1\n", &UNIT), @"state.csv:1: data in time (a column `t`) are not available yet; give a steady state, with the header `x,u`");
}

#[test]
fn a_point_given_twice() {
    assert_snapshot!(message(&with_line(7, "0.1,2"), &UNIT), @"state.csv:7: x = 0.1 was already given on line 3; keep one of the two rows");
}

#[test]
fn a_point_outside_the_domain() {
    assert_snapshot!(message(&with_line(7, "1.5,2"), &UNIT), @"state.csv:7: x = 1.5 lies outside the domain [0, 1]; set `origin` and `length` in [domain]");
}

#[test]
fn a_point_below_the_domain() {
    assert_snapshot!(message(&with_line(7, "-0.01,2"), &BOUNDED), @"state.csv:7: x = -0.01 lies outside the domain [0, 1]; set `origin` and `length` in [domain]");
}

#[test]
fn angles_in_degrees() {
    assert_snapshot!(message(&with_line(7, "180,2"), &UNIT), @"state.csv:7: x = 180 lies outside the domain [0, 1]; set `origin` and `length` in [domain], or convert degrees to radians");
}

#[test]
fn a_gap() {
    assert_snapshot!(message(&with_line(7, "0.45,2"), &UNIT), @"state.csv: the data are too sparse to interpolate: between x = 0.45 and x = 0.6 there is a gap of 15 % of the domain, more than 10 %; the formulation `steady-state` needs no interpolation");
}

#[test]
fn a_gap_that_wraps_around() {
    assert_snapshot!(message(&first_rows(10).replace("0,1", "0.05,1").replace("0.9,1", "0.85,1"), &UNIT), @"state.csv: the data are too sparse to interpolate: between x = 0.85 and x = 1.05 there is a gap of 20 % of the domain, more than 10 %; the formulation `steady-state` needs no interpolation");
}

#[test]
fn a_gap_at_the_boundary() {
    assert_snapshot!(message(&first_rows(9), &BOUNDED), @"state.csv: the data are too sparse to interpolate: between x = 0.8 and x = 1 there is a gap of 20 % of the domain, more than 10 %; the formulation `steady-state` needs no interpolation");
}

#[test]
fn periodic_ends_that_disagree() {
    assert_snapshot!(message(&with_line(12, "1,1.1"), &UNIT), @"state.csv:12: x = 1 is the same point as x = 0 on line 2 since the domain is periodic, but u is 1.1 here and 1.0 there; drop one of the two rows");
}

#[test]
fn noise_that_is_not_positive() {
    assert_snapshot!(message("x,u,sd\n0,1,0.1\n0.1,1,0\n", &UNIT), @"state.csv:3: sd = 0 is not positive; give the standard deviation of the noise, or drop the column");
}

#[test]
fn a_table_without_its_column() {
    assert_snapshot!(table_message("x,u\n0,1\n"), @r#"state.csv:1: unknown column `u`: drop it, or in an experiment say which to read, as by `columns = { x = "..", u = ".." }`; allowed here: `x`, `value`, `lower`, `upper`, `lower_50`, `upper_50`, `truth`"#);
}

#[test]
fn a_table_with_too_few_points() {
    assert_snapshot!(table_message("x,value\n0,1\n1,2\n"), @"state.csv: there are only 2 points; a tabulated function needs at least 4");
}

#[test]
fn a_table_with_a_point_given_twice() {
    assert_snapshot!(table_message("x,value\n0,1\n1,2\n2,3\n0,4\n5,4\n"), @"state.csv:5: x = 0 was already given on line 2; keep one of the two rows");
}

#[test]
fn a_density_that_is_not_positive() {
    assert_snapshot!(later_message(state(&with_line(7, "0.5,-0.25"), &UNIT).check_positive()), @r#"state.csv:7: u = -0.25 is not positive, and the formulation `log-fixed-point` takes the logarithm of u; write `formulation = "fixed-point"`, or correct the row or drop it"#);
}

#[test]
fn a_mass_that_is_not_one() {
    assert_snapshot!(later_message(state(&with_header("x,u"), &UNIT).check_mass(2.0 / 3.0, 1.0, 0.01)), @"state.csv: the data have mass 0.666667, which differs from the expected 1 by 33.3 %; write `mass = 0.666667` in their [[experiments]], or `normalise = true` to scale them");
}

#[test]
fn a_mass_within_tolerance_is_fine() {
    state(&with_header("x,u"), &UNIT).check_mass(1.009, 1.0, 0.01).unwrap();
    state(&with_header("x,u"), &UNIT).check_positive().unwrap();
}

#[test]
fn a_missing_state_and_a_missing_table() {
    let error = StateData::read(Path::new("nowhere/state.csv"), &UNIT).expect_err("no such file");
    assert_snapshot!(error, @"nowhere/state.csv: no such data file");
    let error = read_function_table(Path::new("nowhere/V.csv")).expect_err("no such file");
    assert_snapshot!(error, @"nowhere/V.csv: no such data file");
}

#[test]
fn rows_are_sorted_and_keep_their_lines() {
    let text = "# made by hand\r\nvalue , x,observed\r\n\r\n8,0.8,\r\n0,0,a\r\n".to_owned()
        + &(1..8).map(|i| format!("{i},0.{i},\"a, b\"\r\n")).collect::<String>()
        + "9,0.9,";
    let state = state(&format!("\u{feff}{text}"), &UNIT);
    assert_eq!(state.x, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
    assert_eq!(state.u, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    assert_eq!(state.lines, [5, 6, 7, 8, 9, 10, 11, 12, 4, 13]);
    assert_eq!(state.sd, None);
    assert_eq!(state.len(), 10);
}

#[test]
fn noise_levels_are_sorted_along() {
    let text: String = (0..10).rev().map(|i| format!("0.{i},1,{}\n", i + 1)).collect();
    let state = state(&format!("x,u,sd\n{text}"), &UNIT);
    assert_eq!(state.sd.unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
}

#[test]
fn the_upper_end_of_a_period_is_dropped() {
    assert_eq!(state(&with_header("x,u"), &UNIT).x.last(), Some(&0.9));
    assert_eq!(state(&with_header("x,u"), &BOUNDED).x.last(), Some(&1.0));
    assert_eq!(state(&with_line(12, "1,1.1"), &BOUNDED).u.last(), Some(&1.1));
}

#[test]
fn points_in_memory_meet_the_same_checks() {
    let x: Vec<f64> = (0..10).map(|i| f64::from(i) / 10.0).collect();
    let u = vec![1.0; 10];
    let state = StateData::from_points("state 1", x.clone(), u.clone(), None, &UNIT).unwrap();
    assert_eq!(state.lines[9], 10);
    let mut with_nan = u.clone();
    with_nan[3] = f64::NAN;
    let error = StateData::from_points("state 1", x.clone(), with_nan, None, &UNIT);
    assert_snapshot!(error.unwrap_err(), @r#"state 1:4: `NaN` in column `u` is not finite; correct it or drop the row; in an experiment `missing = "NaN"` skips such rows"#);
    let error = StateData::from_points("state 1", x[..9].to_vec(), u[..9].to_vec(), None, &UNIT);
    assert_snapshot!(error.unwrap_err(), @"state 1: the data are too sparse to interpolate: between x = 0.8 and x = 1 there is a gap of 20 % of the domain, more than 10 %; the formulation `steady-state` needs no interpolation");
}

#[test]
fn written_numbers_read_back_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("W.csv");
    let x = [-0.5, 0.0, 0.1, 1.0 / 3.0, 1e-300, -3.389702165994101e-33, f64::MAX];
    let value = [0.1 + 0.2, 1.0, -2.5, f64::MIN_POSITIVE, 5e-324, 1e22, 123456789.0];
    let bound = [0.0; 7];
    write_csv(&path, &["x", "value", "lower", "upper"], &[&x, &value, &bound, &bound]).unwrap();
    write_csv(&path, &["x", "value", "lower", "upper"], &[&x, &value, &bound, &bound]).unwrap();
    assert_snapshot!(fs::read_to_string(&path).unwrap().lines().take(3).collect::<Vec<_>>().join("\n"), @"
    x,value,lower,upper
    -0.5,0.30000000000000004,0.0,0.0
    0.0,1.0,0.0,0.0
    ");
    let mut expected: Vec<_> = x.into_iter().zip(value).collect();
    expected.sort_by(|a, b| a.0.total_cmp(&b.0));
    let table = read_function_table(&path).unwrap();
    let found: Vec<_> = table.x.into_iter().zip(table.value).collect();
    assert_eq!(found, expected);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn writing_into_a_missing_folder_fails_and_is_not_the_input_s_fault() {
    let error = write_csv(Path::new("nowhere/W.csv"), &["x"], &[&[1.0]]).unwrap_err();
    assert!(!error.is_invalid_input());
    assert!(error.to_string().starts_with("nowhere/W.csv: cannot be written: "));
}

#[test]
fn points_that_round_off_makes_one() {
    let rows: String = (0..30).map(|i| format!("{},1\n", f64::from(i) / 30.0)).collect();
    let error = message(&format!("x,u\n{rows}5e-324,1\n"), &UNIT);
    assert!(error.contains(":32:") && error.contains("line 2"), "{error}");
}
