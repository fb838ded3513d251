//! What the problem file means and how its mistakes are reported.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod problems;

use std::path::Path;

use insta::assert_snapshot;
use lacuna::problem::{
    Activation, Boundary, Constraint, Formulation, FunctionSpec, LoadedProblem, Optimiser, Problem,
    ScalarSpec, Source, SurrogateSpec, Symmetry, Unit,
};
use problems::{AD, DR};

fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "no {from:?} to edit");
        text.replacen(from, to, 1)
    })
}

fn load(text: &str) -> LoadedProblem {
    match Problem::from_str(text, Path::new("")) {
        Ok(loaded) => loaded,
        Err(error) => panic!("{error}\n{text}"),
    }
}

fn load_edited(text: &str, edits: &[(&str, &str)]) -> Problem {
    load(&edited(text, edits)).problem
}

/// The message for a problem with a mistake edited in.
fn message(text: &str, edits: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("problem.toml");
    std::fs::write(&path, edited(text, edits)).unwrap();
    let error = Problem::from_path(&path).expect_err("a mistake was edited in");
    assert!(error.is_invalid_input());
    let folder = format!("{}/", folder.path().display());
    error.to_string().replace(&folder, "")
}

#[test]
fn a_misspelt_key() {
    assert_snapshot!(message(AD, &[("coupling = 1.0", "couplng = 1.0")]), @"problem.toml:4: unknown key `couplng` in [model]; did you mean `coupling`?");
}

#[test]
fn an_unknown_key_without_a_near_one() {
    assert_snapshot!(message(AD, &[("coupling = 1.0", "kappa = 1.0")]), @"problem.toml:4: unknown key `kappa` in [model]; allowed here: `kind`, `diffusion`, `coupling`");
}

#[test]
fn an_unknown_section() {
    assert_snapshot!(message(AD, &[("[fit]", "[fitt]")]), @"problem.toml:28: unknown key `fitt` in the problem file; did you mean `fit`?");
}

#[test]
fn an_unknown_key_of_an_experiment() {
    assert_snapshot!(message(AD, &[("coupling = 0.2", "couplings = 0.2")]), @"problem.toml:26: unknown key `couplings` in experiment 2; did you mean `coupling`?");
}

#[test]
fn an_unknown_key_of_an_unknown_scalar() {
    assert_snapshot!(message(AD, &[("coupling = 1.0", "coupling = { unknown = true, inital = 0.2 }")]), @"problem.toml:4: unknown key `inital` in `model.coupling`; did you mean `initial`?");
}

#[test]
fn a_missing_key() {
    assert_snapshot!(message(AD, &[("kind = \"aggregation-diffusion\"\n", "")]), @r#"problem.toml:1: missing key `kind` in [model]; write `kind = "aggregation-diffusion"`"#);
}

#[test]
fn a_missing_section() {
    assert_snapshot!(message(AD, &[("[domain]\nboundary = \"periodic\"\norigin = [0.0]\nlength = [1.0]\ncells = [256]\n", "")]), @r#"problem.toml: missing section [domain]; it needs at least `boundary = "periodic"`"#);
}

#[test]
fn a_missing_scalar() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1\n", "")]), @"problem.toml:1: missing key `diffusion` in [model] (diffusion coefficient σ); write `diffusion = 0.1` if it is known, `diffusion = { unknown = true, initial = 0.1 }` if not");
}

#[test]
fn a_missing_parameter_table() {
    assert_snapshot!(message(AD, &[("surrogate = \"network\"\nhidden = [16, 16]", "surrogate = \"expression\"\nexpression = \"a*cos(x)\"")]), @r#"problem.toml:13: missing key `parameters` in [functions.W]; write `expression = "a*cos(x)"` and `parameters = { a = 1.0 }`"#);
}

#[test]
fn a_string_where_a_number_belongs() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1", "diffusion = \"0.1\"")]), @r#"problem.toml:3: `model.diffusion` must be a number, or `{ unknown = true, initial = 0.2 }`, but is the string "0.1""#);
}

#[test]
fn a_number_where_a_string_belongs() {
    assert_snapshot!(message(AD, &[("expression = \"0.1*sin(2*pi*x)\"", "expression = 0.1")]), @"problem.toml:18: `functions.V.expression` must be a string, but is 0.1");
}

#[test]
fn a_fraction_where_a_count_belongs() {
    assert_snapshot!(message(AD, &[("cells = [256]", "cells = [25.6]")]), @"problem.toml:10: `domain.cells[1]` must be a whole number, not negative, but is 25.6");
}

#[test]
fn a_negative_count() {
    assert_snapshot!(message(AD, &[("seed = 0", "seed = -1")]), @"problem.toml:32: `fit.seed` must be a whole number, not negative, but is -1");
}

#[test]
fn a_string_where_a_list_of_widths_belongs() {
    assert_snapshot!(message(AD, &[("hidden = [16, 16]", "hidden = \"16\"")]), @r#"problem.toml:14: `functions.W.hidden` must be an array of widths such as `[16, 16]`, but is the string "16""#);
}

#[test]
fn a_number_where_a_flag_belongs() {
    assert_snapshot!(message(AD, &[("coupling = 0.2", "normalise = 1")]), @"problem.toml:26: `experiments[2].normalise` must be true or false, but is 1");
}

#[test]
fn a_value_for_a_table() {
    assert_snapshot!(message(AD, &[("[model]\n", "fit = 3\n[model]\n"), ("[fit]\nformulation = \"auto\"\noptimiser = \"auto\"\nrestarts = 8\nseed = 0\n", "")]), @"problem.toml:1: `fit` must be a table, but is 3");
}

#[test]
fn experiments_in_single_brackets() {
    assert_snapshot!(message(AD, &[("[[experiments]]\ndata = \"state-1.csv\"\ncoupling = 0.1\n", ""), ("[[experiments]]", "[experiments]")]), @"problem.toml:21: `experiments` must be an array of tables (a header in double brackets), but is a table");
}

#[test]
fn an_infinite_number() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1", "diffusion = inf")]), @"problem.toml:3: `model.diffusion` must be a finite number, but is inf");
}

#[test]
fn a_misspelt_value() {
    assert_snapshot!(message(AD, &[("surrogate = \"network\"", "surrogate = \"netwrk\"")]), @"problem.toml:13: `functions.W.surrogate` cannot be `netwrk`; did you mean `network`?");
}

#[test]
fn a_value_without_a_near_one() {
    assert_snapshot!(message(AD, &[("optimiser = \"auto\"", "optimiser = \"newton\"")]), @"problem.toml:30: `fit.optimiser` cannot be `newton`; allowed here: `auto`, `projection`, `levenberg-marquardt`, `lbfgs`, `adam`");
}

#[test]
fn a_misspelt_equation() {
    assert_snapshot!(message(AD, &[("kind = \"aggregation-diffusion\"", "kind = \"agregation-diffusion\"")]), @"problem.toml:2: `model.kind` cannot be `agregation-diffusion`; did you mean `aggregation-diffusion`?");
}

#[test]
fn a_misspelt_boundary() {
    assert_snapshot!(message(AD, &[("boundary = \"periodic\"", "boundary = \"Periodic\"")]), @"problem.toml:7: `domain.boundary` cannot be `Periodic`; did you mean `periodic`?");
}

#[test]
fn toml_without_a_closing_quote() {
    assert_snapshot!(message(AD, &[("boundary = \"periodic\"", "boundary = \"periodic")]), @r#"problem.toml:7:21: not valid TOML: invalid basic string, expected `"`"#);
}

#[test]
fn toml_without_a_value() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1", "diffusion =")]), @"problem.toml:3:12: not valid TOML: string values must be quoted, expected literal string");
}

#[test]
fn toml_with_a_key_twice() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1", "diffusion = 0.1\ndiffusion = 0.2")]), @"problem.toml:4:1: not valid TOML: duplicate key (at `diffusion`)");
}

#[test]
fn no_cells() {
    assert_snapshot!(message(AD, &[("cells = [256]", "cells = [0]")]), @"problem.toml:10: `domain.cells` must be at least 8, but is 0");
}

#[test]
fn too_few_cells() {
    assert_snapshot!(message(AD, &[("cells = [256]", "cells = 4")]), @"problem.toml:10: `domain.cells` must be at least 8, but is 4");
}

#[test]
fn an_empty_list_of_cells() {
    assert_snapshot!(message(AD, &[("cells = [256]", "cells = []")]), @"problem.toml:10: `domain.cells` must be a whole number, or an array with one a dimension, but is an empty array");
}

#[test]
fn no_length() {
    assert_snapshot!(message(AD, &[("length = [1.0]", "length = [0.0]")]), @"problem.toml:9: `domain.length` must be positive, but is 0");
}

#[test]
fn a_negative_length() {
    assert_snapshot!(message(AD, &[("length = [1.0]", "length = -2")]), @"problem.toml:9: `domain.length` must be positive, but is -2");
}

#[test]
fn two_dimensions() {
    assert_snapshot!(message(AD, &[("length = [1.0]", "length = [1.0, 1.0]")]), @"problem.toml:9: a domain of 2 dimensions is not available yet; give `origin`, `length` and `cells` one entry each");
}

#[test]
fn a_negative_diffusion() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1", "diffusion = -0.1")]), @"problem.toml:3: `model.diffusion` must be positive, but is -0.1");
}

#[test]
fn no_diffusion() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1", "diffusion = 0")]), @"problem.toml:3: `model.diffusion` must be positive, but is 0");
}

#[test]
fn a_negative_diffusion_in_an_experiment() {
    assert_snapshot!(message(AD, &[("coupling = 0.2", "diffusion = -0.2")]), @"problem.toml:26: `experiments[2].diffusion` must be positive, but is -0.2");
}

#[test]
fn an_unknown_diffusion_with_a_negative_start() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1", "diffusion = { unknown = true, initial = -1 }")]), @"problem.toml:3: `model.diffusion.initial` must be positive, but is -1");
}

#[test]
fn a_scalar_table_that_is_not_unknown() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1", "diffusion = { initial = 1 }")]), @"problem.toml:3: missing key `unknown` in `model.diffusion`; write `unknown = true`");
}

#[test]
fn a_scalar_table_that_denies_being_unknown() {
    assert_snapshot!(message(AD, &[("diffusion = 0.1", "diffusion = { unknown = false, initial = 1 }")]), @"problem.toml:3: `model.diffusion.unknown` must be true (what is known is written as a number), but is false");
}

#[test]
fn no_restarts() {
    assert_snapshot!(message(AD, &[("restarts = 8", "restarts = 0")]), @"problem.toml:31: `fit.restarts` must be at least 1, but is 0");
}

#[test]
fn no_tolerance() {
    assert_snapshot!(message(AD, &[("restarts = 8", "tolerance = 0.0")]), @"problem.toml:31: `fit.tolerance` must be positive, but is 0");
}

#[test]
fn no_hidden_layers() {
    assert_snapshot!(message(AD, &[("hidden = [16, 16]", "hidden = []")]), @"problem.toml:14: `functions.W.hidden` must be an array of widths such as `[16, 16]`, but is an empty array");
}

#[test]
fn a_layer_without_units() {
    assert_snapshot!(message(AD, &[("hidden = [16, 16]", "hidden = [16, 0]")]), @"problem.toml:14: `functions.W.hidden[2]` must be at least 1, but is 0");
}

#[test]
fn no_modes() {
    assert_snapshot!(message(AD, &[("surrogate = \"network\"\nhidden = [16, 16]", "surrogate = { kind = \"fourier\", modes = 0 }")]), @"problem.toml:13: `functions.W.surrogate.modes` must be at least 1, but is 0");
}

#[test]
fn an_option_of_another_surrogate() {
    assert_snapshot!(message(AD, &[("hidden = [16, 16]", "modes = 16")]), @r#"problem.toml:14: `modes` is an option of `surrogate = "fourier"`, but [functions.W] has `surrogate = "network"`, whose options are `hidden`, `activation`, `harmonics`"#);
}

#[test]
fn an_option_of_another_surrogate_in_a_table() {
    assert_snapshot!(message(AD, &[("surrogate = \"network\"\nhidden = [16, 16]", "surrogate = { kind = \"spline\", modes = 8 }")]), @r#"problem.toml:13: `modes` is an option of `surrogate = "fourier"`, but [functions.W] has `surrogate = "spline"`, whose options are `knots`"#);
}

#[test]
fn an_option_of_unknown_functions_on_a_known_one() {
    assert_snapshot!(message(AD, &[("expression = \"0.1*sin(2*pi*x)\"", "expression = \"0\"\nsymmetry = \"even\"")]), @"problem.toml:19: `symmetry` is an option of unknown functions, but [functions.V] is known; drop it, or give a `surrogate` instead");
}

#[test]
fn a_function_given_twice() {
    assert_snapshot!(message(AD, &[("hidden = [16, 16]", "table = \"W.csv\"")]), @"problem.toml:14: [functions.W] has `surrogate`, `table`; keep one: `surrogate` if the function is unknown, `expression`, `table` or `model` if it is known");
}

#[test]
fn a_function_given_in_no_way() {
    assert_snapshot!(message(AD, &[("expression = \"0.1*sin(2*pi*x)\"\n", "")]), @r#"problem.toml:17: [functions.V] says nothing of its function; write `surrogate = "network"` if it is unknown, `expression`, `table` or `model` if it is known"#);
}

#[test]
fn a_function_that_is_missing() {
    assert_snapshot!(message(AD, &[("[functions.V]\nexpression = \"0.1*sin(2*pi*x)\"\n", "")]), @r#"problem.toml: `aggregation-diffusion` needs the function `V` (external potential): add a section [functions.V] with `expression = "0"` (or whatever it is) if it is known, or with `surrogate = "network"` if it is to be recovered"#);
}

#[test]
fn a_function_the_equation_does_not_have() {
    assert_snapshot!(message(AD, &[("[functions.V]", "[functions.U]")]), @"problem.toml:17: `aggregation-diffusion` has no `U`; allowed here: `W`, `V`");
}

#[test]
fn a_truth_the_equation_does_not_have() {
    assert_snapshot!(message(AD, &[("W = \"-cos(2*pi*x)\"", "w = \"-cos(2*pi*x)\"")]), @"problem.toml:35: `aggregation-diffusion` has no `w`; did you mean `W`?");
}

#[test]
fn contradicting_constraints() {
    assert_snapshot!(message(AD, &[("symmetry = \"even\"", "symmetry = \"odd\"\nconstraint = \"positive\"")]), @"problem.toml:16: [functions.W] cannot be both positive and odd; drop one");
}

#[test]
fn an_inline_table_of_different_lengths() {
    assert_snapshot!(message(AD, &[("expression = \"0.1*sin(2*pi*x)\"", "table = { x = [0.0, 0.5], value = [1.0] }")]), @"problem.toml:18: `functions.V.table` must have as many `x` as `value`, at least 4, but has 2 and 1");
}

#[test]
fn an_empty_expression() {
    assert_snapshot!(message(AD, &[("expression = \"0.1*sin(2*pi*x)\"", "expression = \"\"")]), @"problem.toml:18: `functions.V.expression`: the expression is empty; write e.g. `sin(2*pi*x)`, or `0`");
}

#[test]
fn an_expression_that_does_not_parse() {
    assert_snapshot!(message(AD, &[("expression = \"0.1*sin(2*pi*x)\"", "expression = \"0.1*sin(2*pi*x\"")]), @"problem.toml:18: `functions.V.expression`: `0.1*sin(2*pi*x`, character 8: this `(` is never closed; add a `)`");
}

#[test]
fn an_expression_with_an_unknown_name() {
    assert_snapshot!(message(AD, &[("W = \"-cos(2*pi*x)\"", "W = \"-cos(2*pi*z)\"")]), @"problem.toml:35: `truth.W`: `-cos(2*pi*z)`, character 11: unknown name `z`; known are x, r, pi, π, PI, tau, e");
}

#[test]
fn an_expression_with_an_unused_name() {
    assert_snapshot!(message(AD, &[("surrogate = \"network\"\nhidden = [16, 16]", "surrogate = { kind = \"expression\", expression = \"b*cos(x)\", parameters = { a = 1 } }")]), @"problem.toml:13: `functions.W.surrogate.expression`: `b*cos(x)`, character 1: unknown name `b`; known are x, r, a, pi, π, PI, tau, e");
}

#[test]
fn degrees() {
    let edits = [("length = [1.0]\ncells = [256]", "length = [360]\nunit = \"degrees\"")];
    let problem = load_edited(AD, &edits);
    assert_eq!(problem.domain.unit, Some(Unit::Degrees));
    assert_eq!(problem.domain.length, [360.0]);
    assert_round_trip(&problem);
}

#[test]
fn a_boundary_without_flux() {
    assert_snapshot!(message(AD, &[("boundary = \"periodic\"", "boundary = \"no-flux\"")]), @r#"problem.toml:7: `boundary = "no-flux"` is not available yet; write `boundary = "periodic"`"#);
}

#[test]
fn a_boundary_of_another_equation() {
    assert_snapshot!(message(AD, &[("boundary = \"periodic\"", "boundary = \"dirichlet\"")]), @r#"problem.toml:7: `aggregation-diffusion` is not posed with a `dirichlet` boundary; write `boundary = "periodic"`"#);
}

#[test]
fn the_steady_state_formulation() {
    let edits = [("formulation = \"auto\"", "formulation = \"steady-state\"")];
    let problem = load_edited(AD, &edits);
    assert_eq!(problem.fit.formulation, Formulation::SteadyState);
    assert_eq!(problem.fit.formulation.form(), None);
    assert_round_trip(&problem);
}

#[test]
fn boundary_values_on_a_circle() {
    assert_snapshot!(message(AD, &[("coupling = 0.2", "boundary_values = [0.0, 1.0]")]), @"problem.toml:26: `boundary_values` in experiment 2 has no meaning: the domain is periodic and has no boundary; drop it");
}

#[test]
fn mass_in_an_equation_that_does_not_conserve_it() {
    assert_snapshot!(message(DR, &[("data = \"state.csv\"", "data = \"state.csv\"\nmass = 1.0")]), @"problem.toml:21: `mass` in experiment 1 has no meaning: the equation does not conserve mass; drop it");
}

#[test]
fn one_boundary_value() {
    assert_snapshot!(message(DR, &[("boundary_values = [0, 0]", "boundary_values = [0]")]), @"problem.toml:21: `experiments[1].boundary_values` must be two values, at the lower and the upper end, but is an array of 1");
}

#[test]
fn a_scalar_the_equation_does_not_have() {
    assert_snapshot!(message(DR, &[("kind = \"diffusion-reaction\"", "kind = \"diffusion-reaction\"\ndiffusion = 0.1")]), @"problem.toml:3: `diffusion-reaction` has no `diffusion`; drop it");
}

#[test]
fn a_conductivity_that_is_missing() {
    assert_snapshot!(message(DR, &[("[functions.a]\nexpression = \"0.01\"\n", "")]), @r#"problem.toml: `diffusion-reaction` needs the function `a` (conductivity): add a section [functions.a] with `expression = "1"` (or whatever it is) if it is known, or with `surrogate = "network"` if it is to be recovered"#);
}

#[test]
fn a_missing_problem_file() {
    let error = Problem::from_path(Path::new("nowhere/problem.toml")).expect_err("no such file");
    assert!(error.is_invalid_input());
    assert_snapshot!(error, @"nowhere/problem.toml: no such problem file; `lacuna init` writes one to start from");
}

#[test]
fn a_missing_data_file() {
    let error = load(AD).read_state(1).expect_err("no such file");
    assert!(error.is_invalid_input());
    assert_snapshot!(error, @"problem:25: no such data file `state-2.csv`; paths are relative to the problem file");
}

#[test]
fn a_missing_table() {
    let loaded = load(&edited(AD, &[(r#"expression = "0.1*sin(2*pi*x)""#, r#"table = "V.csv""#)]));
    let error = loaded.self_contained().expect_err("no such file");
    assert_snapshot!(error, @"problem:18: no such data file `V.csv`; paths are relative to the problem file");
}

#[test]
fn nothing_to_recover_from() {
    let (without, _) = AD.split_once("[[experiments]]").unwrap();
    let error = load(without).require_recoverable().expect_err("no experiments");
    assert_snapshot!(error, @r#"problem: there is nothing to recover from: add at least one [[experiments]] with `data = "state.csv"`"#);
    let loaded = load(&edited(AD, &[("data = \"state-2.csv\"\n", "")]));
    let error = loaded.require_recoverable().expect_err("no data");
    assert_snapshot!(error, @r#"problem:24: experiment 2 has no data to recover from; write `data = "state.csv"`"#);
}

#[test]
fn nothing_to_recover() {
    let known =
        [("surrogate = \"network\"\nhidden = [16, 16]\nsymmetry = \"even\"", "expression = \"0\"")];
    let error = load(&edited(AD, &known)).require_recoverable().expect_err("nothing unknown");
    assert_snapshot!(error, @"problem: nothing is unknown: give at least one function a `surrogate`, or a scalar `{ unknown = true, initial = 1.0 }`");
}

#[test]
fn a_valid_problem_in_aggregation_and_diffusion() {
    let loaded = load(AD);
    loaded.require_recoverable().unwrap();
    let problem = loaded.problem;
    assert_eq!(problem.model.scalars["diffusion"], ScalarSpec::Known(0.1));
    assert_eq!(problem.domain.boundary, Boundary::Periodic);
    let w = problem.functions["W"].unknown().unwrap();
    assert_eq!(w.surrogate, SurrogateSpec::default());
    assert_eq!(w.symmetry, Symmetry::Even);
    let v = FunctionSpec::Known(Source::Expression("0.1*sin(2*pi*x)".into()));
    assert_eq!(problem.functions["V"], v);
    assert_eq!(problem.experiments[1].data, [Path::new("state-2.csv")]);
    assert_eq!(problem.experiments[1].scalars["coupling"], 0.2);
    assert_eq!(problem.experiments[1].mass, 1.0);
    assert_eq!(problem.fit.restarts, 8);
    assert_eq!(problem.truth["W"], Source::Expression("-cos(2*pi*x)".into()));
    assert_eq!(problem.unknowns(), ["W"]);
}

#[test]
fn a_valid_problem_in_diffusion_and_reaction() {
    let problem = load(DR).problem;
    assert_eq!(problem.domain.cells, [200]);
    assert_eq!(problem.domain.origin, [0.0]);
    let k = problem.functions["k"].unknown().unwrap();
    assert_eq!(k.constraints, [Constraint::Positive]);
    assert_eq!(problem.fit.formulation, Formulation::Auto);
    assert_eq!(problem.fit.optimiser, Optimiser::Auto);
    assert_eq!(problem.unknowns(), ["k"]);
}

#[test]
fn options_stand_beside_the_surrogate_or_in_its_table() {
    let network = "surrogate = \"network\"\nhidden = [16, 16]";
    for (text, expected) in [
        ("surrogate = \"fourier\"\nmodes = 8", SurrogateSpec::Fourier { modes: 8 }),
        ("surrogate = { kind = \"fourier\", modes = 8 }", SurrogateSpec::Fourier { modes: 8 }),
        ("surrogate.kind = \"fourier\"", SurrogateSpec::Fourier { modes: 32 }),
        ("surrogate = \"spline\"", SurrogateSpec::Spline { knots: 20 }),
        (
            "surrogate = \"network\"\nhidden = 8\nactivation = \"sin\"\nharmonics = 3",
            SurrogateSpec::Network {
                hidden: vec![8],
                activation: Activation::Sin,
                harmonics: Some(3),
            },
        ),
        (
            "surrogate = \"expression\"\nexpression = \"a*cos(x)\"\nparameters = { a = 1 }",
            SurrogateSpec::Expression {
                expression: "a*cos(x)".into(),
                parameters: [("a".to_owned(), 1.0)].into(),
            },
        ),
    ] {
        let problem = load_edited(AD, &[(network, text)]);
        assert_eq!(problem.functions["W"].unknown().unwrap().surrogate, expected, "{text}");
        assert_round_trip(&problem);
    }
}

#[test]
fn known_functions_come_from_several_sources() {
    let expression = "expression = \"0.1*sin(2*pi*x)\"";
    for text in [
        "table = \"V.csv\"",
        "table = { x = [0, 0.25, 0.5, 0.75], value = [0.0, 0.1, 0.1, 0.0] }",
        "model = \"other/model.json\"",
    ] {
        let problem = load_edited(AD, &[(expression, text)]);
        assert!(problem.functions["V"].unknown().is_none());
        assert_round_trip(&problem);
    }
}

#[test]
fn plain_numbers_stand_for_one_dimension() {
    let edits =
        [("origin = [0.0]", "origin = -1"), ("length = [1.0]", "length = 2"), ("[256]", "64")];
    let problem = load_edited(AD, &edits);
    assert_eq!(problem.domain.origin, [-1.0]);
    assert_eq!(problem.domain.length, [2.0]);
    assert_eq!(problem.domain.cells, [64]);
    assert_eq!(problem.domain.extent().end(), 1.0);
}

#[test]
fn an_unknown_scalar_may_be_known_in_an_experiment() {
    let edits = [("coupling = 1.0", "coupling = { unknown = true }")];
    let problem = load_edited(AD, &edits);
    let unknown = ScalarSpec::Unknown { initial: 1.0, positive: None };
    assert_eq!(problem.model.scalars["coupling"], unknown);
    assert_eq!(problem.unknowns(), ["W", "coupling"]);
    assert_round_trip(&problem);
}

#[test]
fn a_scalar_may_be_given_by_every_experiment() {
    let edits = [
        ("diffusion = 0.1\n", ""),
        ("coupling = 0.1", "diffusion = 0.1"),
        ("coupling = 0.2", "diffusion = 0.2"),
    ];
    assert_eq!(load_edited(AD, &edits).experiments[1].scalars["diffusion"], 0.2);
}

#[test]
fn truth_is_an_expression_a_number_or_a_path() {
    let edits = [("W = \"-cos(2*pi*x)\"", "W = \"truth-W.csv\"\nV = \"x\"\ndiffusion = 0.1")];
    let problem = load_edited(AD, &edits);
    assert_eq!(problem.truth["W"], Source::Table("truth-W.csv".into()));
    assert_eq!(problem.truth["diffusion"], Source::Expression("0.1".into()));
    assert_round_trip(&problem);
}

#[test]
fn tables_move_into_the_problem() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("V.csv"), "x,value\n0.5,2\n0,1\n0.75,3\n0.25,1.5\n").unwrap();
    let text = edited(AD, &[("expression = \"0.1*sin(2*pi*x)\"", "table = \"V.csv\"")]);
    let loaded = Problem::from_str(&text, folder.path()).unwrap();
    let problem = loaded.self_contained().unwrap();
    let FunctionSpec::Known(Source::Points(points)) = &problem.functions["V"] else {
        panic!("{:?}", problem.functions["V"]);
    };
    assert_eq!(
        (&points.x[..], &points.value[..]),
        (&[0.0, 0.25, 0.5, 0.75][..], &[1.0, 1.5, 2.0, 3.0][..])
    );
    assert_round_trip(&problem);
}

#[test]
fn a_problem_survives_json() {
    assert_round_trip(&load(AD).problem);
    assert_round_trip(&load(DR).problem);
}

#[test]
fn a_problem_made_in_memory_is_checked_too() {
    let mut problem = load(AD).problem;
    problem.fit.restarts = 0;
    let error = LoadedProblem::new(problem, "").expect_err("no restarts");
    assert_snapshot!(error, @"problem: `fit.restarts` must be at least 1, but is 0");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_not_matter() {
    let text = format!("\u{feff}{}", AD.replace('\n', "\r\n"));
    assert_eq!(load(&text).problem, load(AD).problem);
}

fn assert_round_trip(problem: &Problem) {
    let json = serde_json::to_string_pretty(problem).unwrap();
    let back: Problem = serde_json::from_str(&json).unwrap();
    assert_eq!(&back, problem, "{json}");
}
