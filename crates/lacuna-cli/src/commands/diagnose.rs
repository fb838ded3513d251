//! `lacuna diagnose`: whether the data, or planned measurements, determine the unknowns.

use std::path::Path;

use lacuna::{DiagnosePlan, Diagnosed, make_dir, write_json};

use super::{Outcome, Result, print_json, read_problem};
use crate::arguments::Common;
use crate::interrupt;
use crate::report::{self, Provenance};

/// Examines, writes everything and says what came of it.
pub fn run(problem: Option<&Path>, common: &Common) -> Result {
    let input = read_problem(problem, "two-states", common)?;
    let plan = DiagnosePlan::new(&input.loaded)?;
    let out = common.out();
    make_dir(&out)?;
    if common.talks() {
        say!("{}", plan.method());
    }
    let diagnosed = plan.run(&interrupt::flow)?;
    write_json(&out.join("diagnosis.json"), &diagnosed.summary())?;
    let provenance = Provenance::new(&input.title, &input.text);
    report::write_diagnosis(&out, &diagnosed, &provenance)
        .map_err(|source| lacuna::Error::Write { path: out.join("report.html"), source })?;
    if common.json {
        print_json(&diagnosed.summary());
    } else if !common.quiet {
        tell(&diagnosed);
        say!("report: {}", out.join("report.html").display());
    }
    Ok(Outcome::Done)
}

/// The verdicts in a few lines.
pub fn tell(diagnosed: &Diagnosed) {
    let width = diagnosed.unknowns.iter().map(|u| u.name.len()).max().unwrap_or(0);
    for u in &diagnosed.unknowns {
        let mut line = format!(
            "  {:width$}  {}: {} of {} directions well determined, 95 % band {:.2} of its scale",
            u.name, u.joint.verdict, u.joint.directions, u.of, u.joint.relative_band
        );
        if diagnosed.unknowns.len() > 1 && u.separate.verdict != u.joint.verdict {
            line += &format!(" (alone: {})", u.separate.verdict);
        }
        if let (Some(holds), Some(draws)) = (u.holds, diagnosed.nominal.draws) {
            line += &format!("; so for {holds} of {draws} draws from the prior");
        }
        say!("{line}");
        for reason in &u.reasons {
            say!("  {:width$}  because {}", "", reason.text);
            say!("  {:width$}  remedy: {}", "", reason.remedy);
        }
    }
    for profile in &diagnosed.profiles {
        say!("  profile: {}", profile.text);
    }
    for remark in &diagnosed.remarks {
        say!("  note: {remark}");
    }
}
