//! Mistakes in the problem file: exit code 2, and a message that says where, what and how else.

use insta::assert_snapshot;

use crate::folder::Folder;

#[test]
fn missing_problem_file() {
    let folder = Folder::empty();
    assert_snapshot!(
        folder.refusal(),
        @"error: problem.toml: no such problem file; `lacuna init` writes one to start from"
    );
}

#[test]
fn missing_keys() {
    assert_snapshot!(
        Folder::new().edit("diffusion = 1.0\n", "").refusal(),
        @"error: problem.toml:1: missing key `diffusion` in [model] (diffusion coefficient σ); write `diffusion = 0.1` if it is known, `diffusion = { unknown = true, initial = 0.1 }` if not"
    );
    assert_snapshot!(
        Folder::new().edit("kind = \"aggregation-diffusion\"\n", "").refusal(),
        @r#"error: problem.toml:1: missing key `kind` in [model]; write `kind = "aggregation-diffusion"`"#
    );
    assert_snapshot!(
        Folder::new().edit("boundary = \"periodic\"\n", "").refusal(),
        @r#"error: problem.toml:6: missing key `boundary` in [domain]; write `boundary = "periodic"`"#
    );
    assert_snapshot!(
        Folder::new().edit("[functions.V]\nexpression = \"0\"\n", "").refusal(),
        @r#"error: problem.toml: `aggregation-diffusion` needs the function `V` (external potential): add a section [functions.V] with `expression = "0"` (or whatever it is) if it is known, or with `surrogate = "network"` if it is to be recovered"#
    );
    assert_snapshot!(
        Folder::new()
            .edit("data = \"state.csv\"", "name = \"first\"")
            .refusal_of(&["recover", "problem.toml"]),
        @r#"error: problem.toml:19: experiment 1 has no data to recover from; write `data = "state.csv"`"#
    );
}

#[test]
fn unknown_keys_get_the_nearest_suggested() {
    assert_snapshot!(
        Folder::new().edit("modes = 4", "mods = 4").refusal(),
        @"error: problem.toml:13: unknown key `mods` in [functions.W]; did you mean `modes`?"
    );
    assert_snapshot!(
        Folder::new().edit("diffusion = 1.0", "difusion = 1.0").refusal(),
        @"error: problem.toml:3: unknown key `difusion` in [model]; did you mean `diffusion`?"
    );
    assert_snapshot!(
        Folder::new().edit("[fit]", "[fitt]").refusal(),
        @"error: problem.toml:22: unknown key `fitt` in the problem file; did you mean `fit`?"
    );
    assert_snapshot!(
        Folder::new().edit("\"fourier\"", "\"furier\"").refusal(),
        @"error: problem.toml:12: `functions.W.surrogate` cannot be `furier`; did you mean `fourier`?"
    );
    assert_snapshot!(
        Folder::new().edit("[truth]\nW", "[truth]\nK").refusal(),
        @"error: problem.toml:28: `aggregation-diffusion` has no `K`; allowed here: `W`, `V`, `diffusion`, `coupling`"
    );
}

#[test]
fn wrong_types() {
    assert_snapshot!(
        Folder::new().edit("diffusion = 1.0", "diffusion = \"fast\"").refusal(),
        @r#"error: problem.toml:3: `model.diffusion` must be a number, or `{ unknown = true, initial = 0.2 }`, but is the string "fast""#
    );
    assert_snapshot!(
        Folder::new().edit("cells = [32]", "cells = [32.5]").refusal(),
        @"error: problem.toml:9: `domain.cells[1]` must be a whole number, not negative, but is 32.5"
    );
    assert_snapshot!(
        Folder::new().edit("modes = 4", "modes = \"four\"").refusal(),
        @r#"error: problem.toml:13: `functions.W.modes` must be a whole number, not negative, but is the string "four""#
    );
}

#[test]
fn text_that_is_no_toml() {
    let refusal = Folder::new().edit("cells = [32]", "cells = [32").refusal();
    assert!(refusal.starts_with("error: problem.toml:"), "{refusal}");
    assert!(refusal.contains("not valid TOML"), "{refusal}");
}

#[test]
fn values_out_of_range() {
    assert_snapshot!(
        Folder::new().edit("cells = [32]", "cells = [0]").refusal(),
        @"error: problem.toml:9: `domain.cells` must be at least 8, but is 0"
    );
    assert_snapshot!(
        Folder::new().edit("diffusion = 1.0", "diffusion = -0.1").refusal(),
        @"error: problem.toml:3: `model.diffusion` must be positive, but is -0.1"
    );
    assert_snapshot!(
        Folder::new().edit("diffusion = 1.0", "diffusion = nan").refusal(),
        @"error: problem.toml:3: `model.diffusion` must be a finite number, but is nan"
    );
    assert_snapshot!(
        Folder::new().edit("length = [6.283185307179586]", "length = [0.0]").refusal(),
        @"error: problem.toml:8: `domain.length` must be positive, but is 0"
    );
    assert_snapshot!(
        Folder::new().edit("restarts = 2", "restarts = 0").refusal(),
        @"error: problem.toml:25: `fit.restarts` must be at least 1, but is 0"
    );
}

#[test]
fn expressions_that_do_not_parse() {
    let with = |expression: &str| {
        Folder::new().edit("expression = \"0\"", &format!("expression = \"{expression}\""))
    };
    assert_snapshot!(
        with("0.1*sin(2*pi*x").refusal(),
        @"error: problem.toml:17: `functions.V.expression`: `0.1*sin(2*pi*x`, character 8: this `(` is never closed; add a `)`"
    );
    assert_snapshot!(
        with("0.1*sen(2*pi*x)").refusal(),
        @"error: problem.toml:17: `functions.V.expression`: `0.1*sen(2*pi*x)`, character 5: unknown name `sen`, did you mean `sin`?; known are sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, exp, ln, log, log10, log2, sqrt, cbrt, abs, sign, heaviside, not, min, max, atan2, pow, and, or, if"
    );
    assert_snapshot!(
        with("0.1*y").refusal(),
        @"error: problem.toml:17: `functions.V.expression`: `0.1*y`, character 5: unknown name `y`; known are x, r, pi, π, PI, tau, e"
    );
}

#[test]
fn nothing_to_recover() {
    let folder = Folder::new().edit(
        "surrogate = \"fourier\"\nmodes = 4\nsymmetry = \"even\"",
        "expression = \"-cos(x)\"",
    );
    assert_snapshot!(
        folder.refusal_of(&["recover", "problem.toml"]),
        @"error: problem.toml: nothing is unknown: give at least one function a `surrogate`, or a scalar `{ unknown = true, initial = 1.0 }`"
    );
    // It is a problem to solve, and that is what `check` says.
    let run = folder.run_well(&["check", "problem.toml"]);
    assert!(run.stdout.contains("`lacuna solve` finds these steady states"), "{}", run.stdout);
}

#[test]
fn formulations_the_equation_lacks() {
    let folder = Folder::empty();
    let text = r#"
[model]
kind = "diffusion-reaction"
[domain]
boundary = "dirichlet"
cells = [20]
[functions.a]
expression = "0.1"
[functions.k]
surrogate = "network"
hidden = [3]
[functions.f]
expression = "1"
[[experiments]]
data = "state.csv"
boundary_values = [0.5, 0.5]
[fit]
formulation = "log-fixed-point"
"#;
    folder.write("problem.toml", text);
    let rows: String =
        (0..20).map(|i| format!("{:?},0.5\n", (f64::from(i) + 0.5) / 20.0)).collect();
    folder.write("state.csv", &format!("x,u\n{rows}"));
    assert_snapshot!(
        folder.refusal(),
        @"error: problem.toml:17: `diffusion-reaction` has no `log-fixed-point` residual; it offers `fixed-point`, `strong`"
    );
}

#[test]
fn projection_with_nothing_linear() {
    let folder = Folder::new()
        .edit("optimiser = \"auto\"", "optimiser = \"projection\"")
        .edit("formulation = \"auto\"", "formulation = \"fixed-point\"");
    assert_snapshot!(
        folder.refusal_of(&["recover", "problem.toml"]),
        @"error: problem.toml:22: variable projection needs parameters in which the residual is linear, and there are none; use `levenberg-marquardt`"
    );
}

#[test]
fn mistakes_on_the_command_line() {
    let folder = Folder::new();
    let refused = |arguments: &[&str], words: &str| {
        let complaint = folder.refusal_of(arguments);
        assert!(complaint.contains(words), "{complaint}");
    };
    refused(&["recove", "problem.toml"], "unrecognized subcommand 'recove'");
    for threads in ["0", "1025", "1000000000", "18446744073709551616"] {
        refused(&["recover", "problem.toml", "--threads", threads], "at least 1 and at most 1024");
    }
    refused(&["recover", "problem.toml", "--seed", "-1"], "'-1'");
    refused(&["recover", "problem.toml", "--colour"], "unexpected argument '--colour'");
    refused(&["recover", "."], "cannot be read");
    refused(&[], "Usage: lacuna");
}

/// Names of files are bytes; numbers and expressions are text.
#[cfg(unix)]
#[test]
fn arguments_that_are_not_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let odd = OsStr::from_bytes(b"r\xe9sultats");
    let folder = Folder::new();
    let ran = folder.command(&["recover", "problem.toml", "--out"]).arg(odd).output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    let report = std::fs::read_to_string(folder.path(".").join(odd).join("report.html")).unwrap();
    assert!(report.contains("--out r\u{fffd}sultats"));
    for arguments in
        [&["recover"][..], &["predict", "--push"], &["recover", "problem.toml", "--threads"]]
    {
        let ran = folder.command(arguments).arg(odd).output().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    }
}
