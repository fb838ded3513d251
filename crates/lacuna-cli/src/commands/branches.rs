//! `lacuna branches`: all steady states along one scalar, and their stability.

use std::path::{Path, PathBuf};

use lacuna::{
    BranchDiagram, BranchPlan, SavedModel, Setup, Stop, number, number_among, write_branches,
};

use super::{Result, claim, failed, outcome, print_json, read_problem};
use crate::arguments::Common;
use crate::interrupt;
use crate::progress::Steps;
use crate::report::{self, Provenance};

/// Follows the branches, writes everything and says what came of it.
pub fn run(problem: Option<&Path>, common: &Common) -> Result {
    let Ready { setup, provenance, inputs } = prepare(problem, common)?;
    let plan = BranchPlan::new(&setup)?;
    let mut folder = claim("branches", &inputs, common)?;
    if common.talks() {
        say!("{}", plan.method());
    }
    let mut steps = Steps::new(common.quiet || common.json);
    let diagram = plan.run(&mut |progress| {
        steps.update(|| {
            format!(
                "branch {}, {} points, {} = {}",
                progress.branch + 1,
                progress.points,
                plan.parameter,
                number(progress.parameter)
            )
        });
        interrupt::flow()
    });
    steps.finish();
    let diagram = diagram.map_err(|error| failed(&mut folder, error))?;
    write_branches(&folder.aside(), &diagram)?;
    folder.put_in_place()?;
    report::write_branches(&folder.aside(), &diagram, &provenance)?;
    folder.put_in_place()?;
    if common.json {
        print_json(&diagram.summary());
    } else if !common.quiet {
        tell(&diagram);
        say!("branches: {}", folder.path().join("branches.csv").display());
        say!("report: {}", folder.path().join("report.html").display());
    }
    let complete = diagram.stop != Stop::Interrupted && !diagram.branches.is_empty();
    Ok(outcome(complete, &folder))
}

/// A problem ready to compute.
struct Ready {
    setup: Setup,
    provenance: Provenance,
    /// The files that were read.
    inputs: Vec<PathBuf>,
}

/// The problem ready to compute, with every unknown that has a truth replaced by it.
fn prepare(problem: Option<&Path>, common: &Common) -> Result<Ready> {
    if let Some(path) = problem.filter(|p| p.extension().is_some_and(|e| e == "json")) {
        let setup = SavedModel::read(path)?.setup(path)?;
        let provenance = Provenance::new(&path.display().to_string(), "");
        return Ok(Ready { setup, provenance, inputs: vec![path.to_owned()] });
    }
    let input = read_problem(problem, "branches", "kuramoto-branches", common)?;
    let mut setup = Setup::new(&input.loaded)?;
    let assumed = setup.assume_truths()?;
    if common.talks() && !assumed.is_empty() {
        say!("taken from [truth]: {}", assumed.join(", "));
    }
    let provenance = Provenance::new(&input.title, &input.text);
    Ok(Ready { setup, provenance, inputs: input.loaded.files() })
}

fn tell(diagram: &BranchDiagram) {
    let summary = diagram.summary();
    let largest = diagram.norms.iter().flatten().fold(0.0, |largest: f64, n| largest.max(*n));
    for branch in &summary.branches {
        say!("branch {} ({}): {} states", branch.branch, branch.origin, branch.points);
        for event in &branch.events {
            let unstable = match event.unstable_directions {
                Some(0) => "stable".to_owned(),
                Some(count) => format!("{count} unstable"),
                None => "stability unknown".to_owned(),
            };
            say!(
                "  {:12} {} = {:<14} norm {}  {unstable}",
                event.event,
                diagram.parameter,
                number_among(event.parameter, diagram.from.abs().max(diagram.to.abs()), 10),
                number_among(event.norm, largest, 6)
            );
        }
    }
    for warning in &summary.warnings {
        say!("note: {warning}");
    }
    say!("{:.2} s", summary.seconds);
}
