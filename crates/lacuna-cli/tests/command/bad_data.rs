//! Mistakes in data files: exit code 2, and a message that says where, what and how else.

use insta::assert_snapshot;

use crate::folder::Folder;

#[test]
fn missing_data_files() {
    let folder = Folder::new().edit("state.csv", "stat.csv");
    assert_snapshot!(
        folder.refusal(),
        @"error: problem.toml:20: no such data file `stat.csv`; paths are relative to the problem file"
    );
    let folder = Folder::new().edit("expression = \"0\"", "table = \"V.csv\"");
    assert_snapshot!(
        folder.refusal(),
        @"error: problem.toml:16: no such data file `V.csv`; paths are relative to the problem file"
    );
}

#[test]
fn cells_that_are_no_numbers() {
    assert_snapshot!(
        Folder::new().with_cell("abc").refusal(),
        @"error: state.csv:4: `abc` in column `u` is not a number"
    );
    assert_snapshot!(
        Folder::new().with_cell("NaN").refusal(),
        @r#"error: state.csv:4: `NaN` in column `u` is not finite; correct it or drop the row; in an experiment `missing = "NaN"` skips such rows"#
    );
    for infinite in ["inf", "-inf", "1e999"] {
        let refusal = Folder::new().with_cell(infinite).refusal();
        let expected = format!(
            "error: state.csv:4: `{infinite}` in column `u` is not finite; correct it or drop the row; in an \
             experiment `missing = \"{infinite}\"` skips such rows\n"
        );
        assert_eq!(refusal, expected);
    }
    assert_snapshot!(
        Folder::new().with_cell("").refusal(),
        @r#"error: state.csv:4: the cell in column `u` is empty; write a number or drop the row; in an experiment `missing = ""` skips such rows"#
    );
    assert_snapshot!(
        Folder::new().with_cell("0.1,0.2").refusal(),
        @"error: state.csv:4: the row has 3 cells, but the header has 2 columns"
    );
}

/// What is wrong is the density, not the mass that it changes.
#[test]
fn densities_that_are_not_positive() {
    assert_snapshot!(
        at_the_nodes(Folder::new().with_cell("-0.25")).refusal(),
        @r#"error: state.csv:4: u = -0.25 is not positive, and the formulation `log-fixed-point` takes the logarithm of u; write `formulation = "fixed-point"`, or correct the row or drop it"#
    );
    assert_snapshot!(
        at_the_nodes(Folder::new().with_cell("0")).refusal(),
        @r#"error: state.csv:4: u = 0.0 is not positive, and the formulation `log-fixed-point` takes the logarithm of u; write `formulation = "fixed-point"`, or correct the row or drop it"#
    );
}

#[test]
fn mass_that_is_not_one() {
    let doubled = || Folder::new().edit_rows(|_, x, u| format!("{x},{:?}", 1.5 * u));
    assert_snapshot!(
        doubled().refusal(),
        @"error: state.csv: the data have mass 1.5, which differs from the expected 1 by 50 %; write `mass = 1.5` in their [[experiments]], or `normalise = true` to scale them"
    );
    // Both remedies work, and the first changes what κ means.
    for remedy in ["normalise = true", "mass = 1.5"] {
        let folder = doubled().edit("[[experiments]]", &format!("[[experiments]]\n{remedy}"));
        folder.run_well(&["recover", "problem.toml"]);
    }
}

/// With a formulation that needs the state at the nodes.
fn at_the_nodes(folder: Folder) -> Folder {
    folder.edit("formulation = \"auto\"", "formulation = \"log-fixed-point\"")
}

#[test]
fn duplicate_points() {
    // A formulation at the nodes interpolates; as observations they would be two of one point.
    let folder = at_the_nodes(Folder::new());
    let text = folder.read("state.csv");
    let fifth = text.lines().nth(5).unwrap();
    folder.write("state.csv", &format!("{text}{fifth}\n"));
    assert_snapshot!(
        folder.refusal(),
        @"error: state.csv:34: x = 0.7853981633974483 was already given on line 6; keep one of the two rows"
    );
}

#[test]
fn unsorted_points_are_fine() {
    let folder = Folder::new();
    folder.run_well(&["recover", "problem.toml", "--out", "sorted"]);
    let text = folder.read("state.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    let reversed: Vec<&str> = rows.lines().rev().collect();
    folder.write("state.csv", &format!("{header}\n{}\n", reversed.join("\n")));
    folder.run_well(&["recover", "problem.toml", "--out", "reversed"]);
    assert_eq!(folder.read("sorted/functions/W.csv"), folder.read("reversed/functions/W.csv"));
}

#[test]
fn points_outside_the_domain() {
    let folder = Folder::new();
    let text = folder.read("state.csv");
    folder.write("state.csv", &(text + "7,0.1\n"));
    assert_snapshot!(
        folder.refusal(),
        @"error: state.csv:34: x = 7 lies outside the domain [0, 6.283185307179586]; set `origin` and `length` in [domain]"
    );
    let degrees =
        Folder::new().edit_rows(|line, _, u| format!("{:?},{u:?}", 11.25 * (line - 2) as f64));
    assert_snapshot!(
        degrees.refusal(),
        @"error: state.csv:3: x = 11.25 lies outside the domain [0, 6.283185307179586]; set `origin` and `length` in [domain], or convert degrees to radians"
    );
}

#[test]
fn too_few_points() {
    let keep = |n: usize| {
        let folder = at_the_nodes(Folder::new());
        let text = folder.read("state.csv");
        let kept: Vec<&str> = text.lines().take(n + 1).collect();
        folder.write("state.csv", &(kept.join("\n") + "\n"));
        folder
    };
    assert_snapshot!(
        keep(5).refusal(),
        @"error: state.csv: there are only 5 points; a state needs at least 8"
    );
    assert_snapshot!(
        keep(25).refusal(),
        @"error: state.csv: the data are too sparse to interpolate: between x = 4.71238898038469 and x = 6.283185307179586 there is a gap of 25 % of the domain, more than 10 %; the formulation `steady-state` needs no interpolation"
    );
}

#[test]
fn files_of_another_shape() {
    let with = |text: &str| {
        let folder = at_the_nodes(Folder::new());
        folder.write("state.csv", text);
        folder.refusal()
    };
    assert_snapshot!(
        with(""),
        @"error: state.csv: the file is empty; it needs a header such as `x,u` and one row a point"
    );
    assert_snapshot!(
        with("0.0,0.5\n0.1,0.6\n"),
        @"error: state.csv:1: the first row is `0.0,0.5`, but must be a header such as `x,u`"
    );
    assert_snapshot!(
        with("x;u\n0,0;0,5\n"),
        @"error: state.csv:1: columns are separated by `;`; separate them by commas, and write decimals with a point"
    );
    assert_snapshot!(
        with("x\n0.1\n0.2\n"),
        @"error: state.csv: the columns are those of positions, which cannot be interpolated to a state; the formulation `steady-state` needs no interpolation"
    );
    assert_snapshot!(
        with("x,w\n0.1,0.2\n"),
        @r#"error: state.csv:1: unknown column `w`: drop it, or in an experiment say which to read, as by `columns = { x = "..", u = ".." }`; allowed here: `x`, `u`, `value`, `sd`, `observed`, `lower`, `upper`, `lower_50`, `upper_50`"#
    );
}
