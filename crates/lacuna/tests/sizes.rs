//! Counts that no memory holds, or that a problem cannot use, are refused by name before anything is allocated.

mod problems;

use std::path::Path;

use insta::assert_snapshot;
use lacuna::problem::Problem;
use problems::{AD, DR};

fn refused(text: &str, from: &str, to: &str) -> String {
    let edited = text.replacen(from, to, 1);
    assert_ne!(edited, text);
    let error = Problem::from_str(&edited, Path::new("")).expect_err(to);
    assert!(error.is_invalid_input());
    error.to_string()
}

#[test]
fn every_count_without_bound_is_refused_by_name() {
    for huge in [1_000_000_000_u64, 4_294_967_296, i64::MAX as u64] {
        for (key, from, to) in [
            ("domain.cells", "[256]", format!("[{huge}]")),
            ("functions.W.hidden", "[16, 16]", format!("[{huge}]")),
            ("functions.W.hidden", "[16, 16]", format!("[16, {huge}]")),
            ("functions.W.harmonics", "hidden = [16, 16]", format!("harmonics = {huge}")),
            (
                "functions.W.modes",
                "\"network\"\nhidden = [16, 16]",
                format!("\"fourier\"\nmodes = {huge}"),
            ),
            (
                "functions.W.knots",
                "\"network\"\nhidden = [16, 16]",
                format!("\"spline\"\nknots = {huge}"),
            ),
            (
                "functions.W.surrogate.modes",
                "\"network\"\nhidden = [16, 16]",
                format!("{{ kind = \"fourier\", modes = {huge} }}"),
            ),
            ("experiments[1].points", "data = \"state-1.csv\"", format!("points = {huge}")),
            ("fit.restarts", "restarts = 8", format!("restarts = {huge}")),
            ("fit.folds", "restarts = 8", format!("folds = {huge}")),
            ("bands.samples", "[truth]", format!("[bands]\nsamples = {huge}\n[truth]")),
            ("diagnose.draws", "[truth]", format!("[diagnose]\ndraws = {huge}\n[truth]")),
            ("design.truths", "[truth]", format!("[design]\ntruths = {huge}\n[truth]")),
            ("design.points", "[truth]", format!("[design]\npoints = {huge}\n[truth]")),
            ("design.replicates", "[truth]", format!("[design]\nreplicates = {huge}\n[truth]")),
            ("branches.max_points", "[truth]", format!("[branches]\nmax_points = {huge}\n[truth]")),
            (
                "branches.max_branches",
                "[truth]",
                format!("[branches]\nmax_branches = {huge}\n[truth]"),
            ),
        ] {
            let said = refused(AD, from, &to);
            assert!(said.contains(&format!("`{key}` must be")), "{to}: {said}");
        }
    }
}

#[test]
fn what_is_refused_says_why() {
    let said = |from, to| refused(AD, from, to);
    assert_snapshot!(said("hidden = [16, 16]", "hidden = [100000, 100000]"), @"problem:14: `functions.W.hidden` must be of at most 1048576 parameters, but is [100000, 100000], with 10000500001 parameters");
    assert_snapshot!(said("\"network\"\nhidden = [16, 16]", "\"fourier\"\nmodes = 129"), @"problem:14: `functions.W.modes` must be at most 128: more cannot be told apart on the grid; write more `cells` for more, but is 129");
    assert_snapshot!(said("restarts = 8", "restarts = 86401"), @"problem:31: `fit.restarts` must be at most 86400, but is 86401");
    assert_snapshot!(said("[truth]", "[design]\npoints = 4097\n[truth]"), @"problem:35: `design.points` must be at most 4096 points, 16 a cell, but is 4097");
    // Between two ends an equation is linearised in functions on the grid, for which memory is estimated.
    let said = refused(DR, "[200]", "[1000000]");
    let (asked, free) = said.split_once(" of memory, and ").unwrap();
    assert_eq!(asked, "problem:7: `domain.cells` must be less: it needs about 80.0 TB");
    assert!(free.ends_with(" are free, but is 1000000"), "{free}");
}

#[test]
fn what_a_grid_can_use_is_accepted() {
    for (from, to) in [
        ("\"network\"\nhidden = [16, 16]", "\"fourier\"\nmodes = 128"),
        ("\"network\"\nhidden = [16, 16]", "\"spline\"\nknots = 257"),
        ("hidden = [16, 16]", "hidden = [200, 200, 200]"),
        ("[256]", "[65536]"),
        ("restarts = 8", "restarts = 5000"),
        // Defaults fit the smallest grid.
        ("cells = [256]", "cells = [8]"),
    ] {
        let edited = AD.replacen(from, to, 1);
        Problem::from_str(&edited, Path::new("")).unwrap_or_else(|error| panic!("{to}: {error}"));
    }
}

#[test]
fn cells_have_to_be_told_from_round_off() {
    let at = |origin: &str, length: &str| {
        let to = format!("origin = [{origin}]\nlength = [{length}]");
        AD.replacen("origin = [0.0]\nlength = [1.0]", &to, 1)
    };
    for (origin, length) in [("1e17", "1.0"), ("-1e17", "1.0"), ("1e17", "1e3"), ("1.0", "1e-12")] {
        let error = Problem::from_str(&at(origin, length), Path::new("")).unwrap_err().to_string();
        assert!(error.contains("`domain.origin` must be so near to 0"), "{error}");
    }
    for (origin, length) in [("1e9", "1.0"), ("2.4e6", "500.0"), ("0.0", "1e17"), ("-1e17", "1e18")]
    {
        Problem::from_str(&at(origin, length), Path::new("")).unwrap();
    }
}
