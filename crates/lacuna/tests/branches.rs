//! `lacuna branches` through the library: the built-in examples, defaults, refusals.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;

use lacuna::examples::Example;
use lacuna::problem::{LoadedProblem, Problem};
use lacuna::steady::{BranchState, Event, EvolutionOptions, evolve};
use lacuna::{BranchDiagram, BranchPlan, Flow, Setup, write_branches};

fn example(name: &str) -> (tempfile::TempDir, LoadedProblem) {
    let dir = tempfile::tempdir().unwrap();
    let path = Example::find(name).unwrap().write(dir.path()).unwrap();
    (dir, Problem::from_path(&path).unwrap())
}

fn diagram(setup: &Setup) -> BranchDiagram {
    BranchPlan::new(setup).unwrap().run(&mut |_| Flow::Continue).unwrap()
}

fn unstable(state: &BranchState) -> usize {
    state.stability.as_ref().unwrap().unstable_directions
}

#[test]
fn the_observed_states_of_the_example_branches_are_found() {
    let (_dir, mut loaded) = example("branches");
    // What the two data files say must not help.
    loaded.problem.branches.from = Some(0.0);
    loaded.problem.branches.to = Some(10.0);
    let mut setup = Setup::new(&loaded.as_given()).unwrap();
    assert_eq!(setup.assume_truths().unwrap(), ["W", "V"]);
    let diagram = diagram(&setup);
    let at_data: Vec<&BranchState> = diagram
        .branches
        .iter()
        .flat_map(|b| &b.states)
        .filter(|s| s.event == Some(Event::Requested) && s.parameter == 8.0)
        .collect();
    for index in 0..2 {
        let observed = setup.observation(index, false).unwrap().unwrap().at_nodes;
        let largest = observed.iter().copied().fold(0.0, f64::max);
        let apart = |s: &BranchState| {
            s.u.iter().zip(&observed).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / largest
        };
        let nearest = at_data.iter().min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap();
        assert!(apart(nearest) < 1e-7, "state {index}: {:e}", apart(nearest));
        assert_eq!(unstable(nearest), 0);
    }
    assert_eq!(at_data.iter().filter(|s| unstable(s) == 0).count(), 2);
    assert!(at_data.iter().any(|s| unstable(s) == 1), "a saddle between them");
}

#[test]
fn what_is_written_can_be_read_back() {
    let (dir, mut loaded) = example("kuramoto-branches");
    loaded.problem.domain.cells = vec![64];
    let setup = Setup::new(&loaded).unwrap();
    let diagram = diagram(&setup);
    write_branches(dir.path(), &diagram).unwrap();
    let csv = std::fs::read_to_string(dir.path().join("branches.csv")).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("branch,step,coupling,norm,stable,unstable_directions,event"));
    let mut events = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), 7);
        let [branch, step] = [0, 1].map(|i| cells[i].parse::<usize>().unwrap());
        let state = &diagram.branches[branch - 1].states[step];
        assert_eq!(cells[2].parse::<f64>().unwrap(), state.parameter);
        assert_eq!(cells[4] == "true", unstable(state) == 0);
        let file = dir.path().join(format!("states/{branch}-{step}.csv"));
        assert_eq!(file.exists(), !cells[6].is_empty(), "{line}");
        if !cells[6].is_empty() {
            let text = std::fs::read_to_string(file).unwrap();
            assert!(text.starts_with("x,value\n"));
            assert_eq!(text.lines().count(), 65);
        }
        events.push(cells[6].to_owned());
    }
    let count = |event: &str| events.iter().filter(|e| *e == event).count();
    assert_eq!(count("fold"), 1);
    assert_eq!(diagram.count("branch-point"), 3);
    assert_eq!(count("value"), diagram.branches.len());

    // A state written is an experiment to recover from.
    let stable = diagram.branches[1].states.iter().position(|s| s.event == Some(Event::Requested));
    let text = std::fs::read_to_string(dir.path().join("problem.toml")).unwrap();
    let text = text.replace("cells = [256]", "cells = [64]").replace(
        "[branches]",
        &format!("[[experiments]]\ndata = \"states/2-{}.csv\"\n[branches]", stable.unwrap()),
    );
    let read = Problem::from_str(&text, dir.path()).unwrap();
    let observed = Setup::new(&read.as_given()).unwrap().observation(0, true).unwrap().unwrap();
    assert_eq!(observed.at_nodes, diagram.branches[1].states[stable.unwrap()].u);
}

#[test]
fn a_problem_that_says_nothing_of_branches_has_defaults() {
    let (_dir, loaded) = example("kuramoto-states");
    let setup = Setup::new(&loaded.as_given()).unwrap();
    let plan = BranchPlan::new(&setup).unwrap();
    assert_eq!(plan.parameter, "coupling");
    assert_eq!((plan.options.from, plan.options.to), (0.0, 8.0));
    assert_eq!(plan.options.values, [2.5, 4.0]);
}

/// Relative L² distance of a disturbed state from itself, before and after a time.
fn drift(setup: &Setup, u: &[f64], time: f64) -> [f64; 2] {
    let functions = setup.known_functions(0).unwrap();
    let conditions = setup.conditions(0);
    let mut evolution = setup.model.evolution(&functions, &conditions).unwrap();
    // A disturbance of no symmetry, with all long waves.
    let x = setup.grid.nodes().coordinates();
    let wave = |x: f64| -> f64 {
        let waves = 1..=4;
        waves
            .map(|k| (f64::from(k) * std::f64::consts::TAU * x / 10.0 + 0.7 * f64::from(k)).cos())
            .sum()
    };
    let mut start: Vec<f64> = u.iter().zip(x).map(|(u, x)| u * (1.0 + 1e-3 * wave(*x))).collect();
    let mass = setup.grid.integrate(&start);
    start.iter_mut().for_each(|u| *u /= mass);
    let options = EvolutionOptions { tolerance: 1e-6, ..EvolutionOptions::default() };
    let transient = evolve(evolution.as_mut(), &start, &[time], &options, None).unwrap();
    let distance = |v: &[f64]| -> f64 {
        let square = v.iter().zip(u).map(|(v, u)| (v - u).powi(2)).sum::<f64>();
        (square / u.iter().map(|u| u * u).sum::<f64>()).sqrt()
    };
    [distance(&start), distance(&transient.states[0])]
}

#[test]
fn stability_is_that_of_time_stepping() {
    let (_dir, mut loaded) = example("branches");
    loaded.problem.branches.from = Some(0.0);
    loaded.problem.branches.to = Some(10.0);
    let mut setup = Setup::new(&loaded.as_given()).unwrap();
    setup.assume_truths().unwrap();
    let diagram = diagram(&setup);
    let at_8 = diagram.branches.iter().flat_map(|b| &b.states);
    let at_8: Vec<&BranchState> = at_8.filter(|s| (s.parameter - 8.0).abs() < 1e-9).collect();
    let (mut stable, mut other) = (0, 0);
    for state in at_8 {
        let leading = state.stability.as_ref().unwrap().eigenvalues[0].re;
        // Long enough for the slowest direction to shrink, or the fastest to grow, by e⁵.
        let [before, after] = drift(&setup, &state.u, 5.0 / leading.abs());
        if unstable(state) == 0 {
            assert!(after < 0.1 * before, "{before} {after} {leading}");
            stable += 1;
        } else {
            assert!(after > 3.0 * before, "{before} {after} {leading}");
            other += 1;
        }
    }
    assert!(stable >= 2 && other >= 1, "{stable} {other}");
}

#[test]
fn mistakes_are_named() {
    let (_dir, loaded) = example("kuramoto-branches");
    let text = |section: &str| {
        let head = Example::find("kuramoto-branches").unwrap().problem();
        let head = &head[..head.find("[branches]").unwrap()];
        Problem::from_str(&format!("{head}[branches]\n{section}\n"), Path::new("."))
    };
    assert!(text("from = 1.0\nto = 2.0").is_ok());
    for (section, said) in [
        ("parameter = \"cuopling\"", "coupling"),
        ("parameter = \"diffusion\"\nfrom = -1.0", "branches.from"),
        ("from = 1.0\nto = 1.0", "branches.to"),
        ("step = 0.0", "branches.step"),
        ("start = \"cos(\"", "branches.start"),
        ("max_branches = 0", "branches.max_branches"),
        ("experiment = 3", "branches.experiment"),
        ("form = 1.0", "from"),
    ] {
        let error = text(section).unwrap_err().to_string();
        assert!(error.contains(said), "{section}: {error}");
    }
    let mut negative = loaded;
    negative.problem.branches.start = vec!["cos(x)".into()];
    let setup = Setup::new(&negative).unwrap();
    let error = BranchPlan::new(&setup).err().unwrap().to_string();
    assert!(error.contains("branches.start"), "{error}");

    let (_dir, reaction) = example("reaction-rate");
    let mut setup = Setup::new(&reaction).unwrap();
    setup.assume_truths().unwrap();
    let error = BranchPlan::new(&setup).err().unwrap().to_string();
    assert!(error.contains("no scalar"), "{error}");

    let (_dir, unknown) = example("kuramoto");
    let setup = Setup::new(&unknown).unwrap();
    let error = BranchPlan::new(&setup).err().unwrap().to_string();
    assert!(error.contains("`W` is unknown"), "{error}");
}
