//! `lacuna diagnose`: whether the data, or planned measurements, determine the unknowns.

use std::path::Path;

use lacuna::{DiagnosePlan, Diagnosed, Stop, write_json};

use super::{Result, claim, failed, outcome, print_json, read_problem};
use crate::arguments::Common;
use crate::interrupt;
use crate::report::{self, Provenance};

/// Examines, writes everything and says what came of it.
pub fn run(problem: Option<&Path>, common: &Common) -> Result {
    let input = read_problem(problem, "diagnose", "two-states", common)?;
    let plan = DiagnosePlan::new(&input.loaded)?;
    let mut folder = claim("diagnose", &input.loaded.files(), common)?;
    if common.talks() {
        say!("{}", plan.method());
    }
    let diagnosed = plan.run(&interrupt::flow).map_err(|error| failed(&mut folder, error))?;
    write_json(&folder.aside().join("diagnosis.json"), &diagnosed.summary())?;
    folder.put_in_place()?;
    let provenance = Provenance::new(&input.title, &input.text);
    report::write_diagnosis(&folder.aside(), &diagnosed, &provenance)?;
    folder.put_in_place()?;
    if common.json {
        print_json(&diagnosed.summary());
    } else if !common.quiet {
        tell(&diagnosed);
        if diagnosed.stop == Stop::Interrupted {
            say!("  interrupted: this is what there was so far");
        }
        say!("report: {}", folder.path().join("report.html").display());
    }
    Ok(outcome(diagnosed.stop.is_converged(), &folder))
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
