//! `lacuna design`: what to measure next under a budget.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use lacuna::{DesignPlan, DesignProgress, Designed, write_json, write_text};

use super::{Result, claim, failed, outcome, phrase, print_json, read_problem};
use crate::arguments::Common;
use crate::interrupt;
use crate::progress::Steps;
use crate::report::{self, Provenance};

/// Designs, writes everything and says what came of it.
pub fn run(problem: Option<&Path>, common: &Common) -> Result {
    let input = read_problem(problem, "design", "sparse-noisy", common)?;
    let plan = DesignPlan::new(&input.loaded)?;
    let mut folder = claim("design", &input.loaded.files(), common)?;
    if common.talks() {
        say!("{}", plan.method());
    }
    let steps = Mutex::new(Steps::new(!common.talks()));
    let locked = || steps.lock().unwrap_or_else(PoisonError::into_inner);
    let designed = plan.run(&|progress| {
        locked().update(|| in_words(progress));
        interrupt::flow()
    });
    locked().finish();
    let designed = designed.map_err(|error| failed(&mut folder, error))?;
    write_json(&folder.aside().join("design.json"), &designed.summary())?;
    write_text(&folder.aside().join("points.csv"), &designed.form())?;
    folder.put_in_place()?;
    let provenance = Provenance::new(&input.title, &input.text);
    report::write_design(&folder.aside(), &designed, &provenance)?;
    folder.put_in_place()?;
    if common.json {
        print_json(&designed.summary());
    } else if !common.quiet {
        tell(&designed);
        say!("to take to the measurement: {}", folder.path().join("points.csv").display());
        say!("report: {}", folder.path().join("report.html").display());
    }
    Ok(outcome(designed.stop.is_converged(), &folder))
}

fn in_words(progress: &DesignProgress) -> String {
    let DesignProgress { stage, done, value } = *progress;
    match (value.is_finite(), done) {
        (true, 0) => format!("{stage}: bound {value:.4e}"),
        (true, n) => format!("{stage}: {n} measurements, criterion {value:.4e}"),
        (false, 0) => stage.to_owned(),
        (false, n) => format!("{stage}: {n}"),
    }
}

/// The design in a few lines.
fn tell(designed: &Designed) {
    for e in designed.experiments.iter().filter(|e| e.points > 0) {
        say!(
            "  experiment {} ({}): {} measurements, cost {}",
            e.name,
            phrase(&e.conditions),
            e.points,
            e.cost
        );
    }
    let criterion = &designed.criterion;
    let mut line = format!(
        "  criterion {}: {:.4e} now, {:.4e} with it",
        criterion.name, criterion.before, criterion.value
    );
    if let (Some(bound), Some(gap)) = (criterion.bound, criterion.gap) {
        line += &format!("; no design goes below {bound:.4e}, {:.1} % away", 100.0 * gap);
    }
    say!("{line}");
    for u in &designed.unknowns {
        say!(
            "  {}: 95 % band {:.3} of its scale now, {:.3} with it",
            u.name,
            u.relative_band.before,
            u.relative_band.after
        );
    }
    for remark in &designed.remarks {
        say!("  note: {remark}");
    }
    if !designed.stop.is_converged() {
        say!("  interrupted: this is the best design so far");
    }
}
