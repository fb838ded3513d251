//! Tables as people have them: names of their own, missing values, other programs' habits.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "the other problem")]
mod problems;

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use lacuna::Result;
use lacuna::data::{MeasurementKind, Measurements, Noise, StateData, read_function_table};
use lacuna::problem::Problem;
use problems::AD;
use tempfile::TempDir;

/// The data of an experiment with `keys`, read from a table of these bytes.
fn read(bytes: impl AsRef<[u8]>, keys: &str) -> Result<Measurements, String> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("table.csv"), bytes).unwrap();
    let data = format!("data = \"table.csv\"\n{keys}\n");
    let text = AD.replacen("data = \"state-1.csv\"\n", &data, 1);
    assert_ne!(text, AD);
    let said = |error: lacuna::Error| {
        assert!(error.is_invalid_input());
        error.to_string().replace(&format!("{}/", folder.path().display()), "")
    };
    let loaded = Problem::from_str(&text, folder.path()).map_err(said)?;
    loaded.read_measurements(0).map(Option::unwrap).map_err(said)
}

fn values(x: &[f64], u: &[f64]) -> MeasurementKind {
    MeasurementKind::Values { x: x.to_vec(), u: u.to_vec(), noise: Noise::Unknown }
}

#[test]
fn columns_that_are_named_are_read_and_others_ignored() {
    let table = "site,depth,head,err,x,remark\na,0.25,2,0.1,9,\"wet, cold\"\nb,0.5,3,0.2,9,\n";
    let found = read(table, "columns = { x = \"depth\", u = \"head\", sd = \"err\" }").unwrap();
    let noise = Noise::Known(vec![0.1, 0.2]);
    let expected = MeasurementKind::Values { x: vec![0.25, 0.5], u: vec![2.0, 3.0], noise };
    assert_eq!(found.kind, expected);
    // Columns that keep their names need not be named.
    let table = "x,head,colour\n0.25,2,red\n0.5,3,blue\n";
    let found = read(table, "columns = { u = \"head\" }").unwrap();
    assert_eq!(found.kind, values(&[0.25, 0.5], &[2.0, 3.0]));
    let found = read("id,angle\n1,0.2\n2,0.1\n", "columns = { x = \"angle\" }").unwrap();
    assert_eq!(found.kind, MeasurementKind::Positions { x: vec![0.1, 0.2] });
    let counts = "from,to,n,rate\n0,0.5,3,0.1\n0.5,1,4,0.2\n";
    let keys = "columns = { lower = \"from\", upper = \"to\", count = \"n\" }";
    assert_eq!(read(counts, keys).unwrap().in_words(), "7 individuals in 2 bins, multinomial");
}

#[test]
fn names_that_are_not_there_or_mean_nothing() {
    let refused = |keys: &str| read("depth,head\n0.5,3\n", keys).unwrap_err();
    assert_snapshot!(refused("columns = { x = \"depht\", u = \"head\" }"), @"table.csv:1: there is no column `depht`, which `columns` of the experiment gives for `x`, only `depth`, `head`");
    assert_snapshot!(refused("columns = { x = \"depth\", u = \"head\", count = \"head\" }"), @"problem:22: `experiments[1].columns` must be of counts: lower, upper, count, but is `u`");
    assert_snapshot!(refused("columns = { y = \"depth\" }"), @"problem:22: unknown key `y` in `experiments[1].columns`; allowed here: `x`, `u`, `sd`, `lower`, `upper`, `count`, `functional`");
    assert_snapshot!(refused("columns = { x = \"depth\" }\nobservation = \"values\""), @"table.csv:1: there is no column `u`, only `depth`, `head`; the header should be `x,u`");
}

#[test]
fn rows_with_missing_values_are_skipped_and_counted() {
    let table = "x,u,note\n0.25,2,\n0.5,NA,\n0.6,-9999.0,\n0.7,-9999,\n0.75,3,NA\n0.8,,\n";
    let keys = "missing = [\"NA\", -9999, \"\"]\ncolumns = { x = \"x\", u = \"u\" }";
    let found = read(table, keys).unwrap();
    assert_eq!(found.kind, values(&[0.25, 0.75], &[2.0, 3.0]));
    assert_eq!(
        found.remarks[0].rsplit_once('/').unwrap().1,
        "table.csv: 4 rows with missing values skipped"
    );
    let positions = read("x\n0.5\nNA\n0.25\n", "missing = \"NA\"").unwrap();
    assert_eq!(positions.kind, MeasurementKind::Positions { x: vec![0.25, 0.5] });
    assert!(positions.remarks[0].contains("1 row with"), "{:?}", positions.remarks);
    assert_snapshot!(read("x,u\n0.5,NA\n", "missing = \"NA\"").unwrap_err(), @"table.csv: there are only 0 points; an experiment needs at least 1");
    assert_snapshot!(read("x,u\n0.5,3\n0.6,NA\n", "").unwrap_err(), @r#"table.csv:3: `NA` in column `u` is not finite; correct it or drop the row; in an experiment `missing = "NA"` skips such rows"#);
}

#[test]
fn index_columns_of_r_and_pandas_are_no_data() {
    for table in [
        "\"\",\"x\",\"u\"\n\"1\",0.25,2\n\"2\",0.5,3\n",
        ",x,u\n0,0.25,2\n1,0.5,3\n",
        "Unnamed: 0,x,u\n0,0.25,2\n1,0.5,3\n",
    ] {
        assert_eq!(read(table, "").unwrap().kind, values(&[0.25, 0.5], &[2.0, 3.0]), "{table}");
    }
    let positions = read(",heading\n0,0.5\n1,0.25\n", "").unwrap();
    assert_eq!(positions.kind, MeasurementKind::Positions { x: vec![0.25, 0.5] });
    assert_snapshot!(read("x,u\n1,0.25,2\n2,0.5,3\n", "").unwrap_err(), @"table.csv:2: the row has 3 cells, but the header has 2 columns; if the first are numbers of rows, write the file without them (in R: `row.names = FALSE`), and if numbers have decimal commas, write points");
}

#[test]
fn other_programs_habits_are_told() {
    let refused = |text: &str| read(text, "").unwrap_err();
    assert_snapshot!(refused("x,u\n0.25,1.0D-3\n"), @"table.csv:2: `1.0D-3` in column `u` is a number of Fortran; write its exponent with E, as in `1.0E-3`");
    assert_snapshot!(refused("x u\n0.25 2\n0.5 3\n"), @"table.csv:1: columns are separated by spaces; separate them by commas, and write decimals with a point");
    assert_snapshot!(refused("# depth, head\n0.25 2\n0.5 3\n"), @"table.csv:3: columns are separated by spaces; separate them by commas, and write decimals with a point");
    assert_snapshot!(refused("x;u\n0,25;2\n"), @"table.csv:1: columns are separated by `;`; separate them by commas, and write decimals with a point");
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| {
        let mark = [0xfeff].into_iter();
        mark.chain("x,u\n0.25,2\n".encode_utf16()).flat_map(bytes).collect::<Vec<u8>>()
    };
    for bytes in [utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes)] {
        assert_eq!(
            read(bytes, "").unwrap_err(),
            "table.csv: cannot be read: it is written in UTF-16; save it as UTF-8"
        );
    }
    assert_snapshot!(read(b"x,u\n0.25,2\n0.5,\xb5\n", "").unwrap_err(), @"table.csv:3: the row is not written in UTF-8; save the file as UTF-8");
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    for end in ["\n", "\r\n", "\r"] {
        let table = ["x,u", "0.25,2", "# moved", "0.5,abc", ""].join(end);
        assert_eq!(
            read(&table, "").unwrap_err(),
            "table.csv:4: `abc` in column `u` is not a number"
        );
        let table = ["x,u", "0.25,2", "", "0.5,3", ""].join(end);
        assert_eq!(read(&table, "").unwrap().kind, values(&[0.25, 0.5], &[2.0, 3.0]));
    }
}

#[test]
fn a_sector_across_north_is_one_from_either_side() {
    let unit = "origin = [0.0]\nlength = [1.0]\n";
    for (origin, cell) in [
        (0.0, "348.75,11.25"),
        (0.0, "348.75,371.25"),
        (0.0, "-11.25,11.25"),
        (-180.0, "348.75,11.25"),
        (-180.0, "-11.25,11.25"),
    ] {
        let folder = TempDir::new().unwrap();
        let table = format!("lower,upper,count\n{cell},3\n11.25,348.75,5\n");
        fs::write(folder.path().join("table.csv"), table).unwrap();
        let domain = format!("origin = [{origin:?}]\nlength = [360.0]\n");
        let text = AD.replacen(unit, &domain, 1).replacen("state-1.csv", "table.csv", 1);
        let loaded = Problem::from_str(&text, folder.path()).unwrap();
        let found = loaded.read_measurements(0).unwrap().unwrap();
        let MeasurementKind::Counts { lower, upper, count, .. } = found.kind else {
            panic!("counts")
        };
        let north = count.iter().position(|n| *n == 3.0).unwrap();
        assert_eq!(upper[north] - lower[north], 22.5, "{origin} {cell}");
        assert_eq!((lower[north] - 348.75).rem_euclid(360.0), 0.0, "{origin} {cell}");
    }
    // Most of a circle is not meant by so short a notation.
    let refused = read("lower,upper,count\n0.3,0.2,3\n", "").unwrap_err();
    assert!(refused.contains("the cell from 0.3 to 0.2"), "{refused}");
}

#[test]
fn a_cell_that_would_collapse_round_the_circle_has_no_width() {
    let table = "lower,upper,u\n-0.1,-0.09999999999999999,1.0\n0.1,0.2,1.1\n0.4,0.5,0.9\n";
    assert_snapshot!(read(table, "").unwrap_err(), @"table.csv:2: the cell from -0.1 to -0.09999999999999999 has no width or is wider than the domain; `lower` must be less than `upper`, unless a cell of at most half a circle crosses its end");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_at_once() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let said = |path: &Path| {
        let extent = lacuna::data::Extent { origin: 0.0, length: 1.0, periodic: true };
        let state = StateData::read(path, &extent).unwrap_err().to_string();
        let problem = Problem::from_path(path).unwrap_err().to_string();
        let model = lacuna::SavedModel::read(path).unwrap_err().to_string();
        assert_eq!((&problem, &model), (&state, &state));
        assert_eq!(read_function_table(path).unwrap_err().to_string(), state);
        state.rsplit_once(": ").unwrap().1.to_owned()
    };
    assert_eq!(said(&pipe), "it is a pipe or a device, not a file; give the path of a file");
    assert_eq!(said(Path::new("/dev/zero")), said(&pipe));
    assert_eq!(said(folder.path()), "it is a folder, not a file; give the path of a file");
}

#[test]
fn a_file_larger_than_memory_is_refused_before_it_is_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("table.csv");
    // Its size alone: no block of it is written.
    fs::File::create(&path).unwrap().set_len(1 << 42).unwrap();
    let refused = read_function_table(&path).unwrap_err();
    assert!(refused.is_invalid_input());
    let refused = refused.to_string();
    assert!(
        refused.contains("table.csv: cannot be read: reading it needs up to 17.6 TB"),
        "{refused}"
    );
    assert_eq!(
        refused.split(": ").last(),
        Problem::from_path(&path).unwrap_err().to_string().split(": ").last()
    );
}
