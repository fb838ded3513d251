//! The report of a recovery: `report.html`, which stands alone, and `plots/*.svg` for papers.
//!
//! ```text
//! figures  what is drawn, with captions      plot   how it is drawn (the only user of plotters)
//! summary  the box at the top                html   escaping, tables
//! page     the document                      number numbers for people
//! ```

mod branches;
mod checks;
mod design;
mod diagnosis;
mod figures;
mod html;
mod leans;
mod number;
mod page;
mod plot;
mod prediction;
mod summary;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use lacuna::{
    BranchDiagram, Designed, Diagnosed, Prediction, Recovery, Result, make_dir, write_text,
};

/// What a report is made of. All text is escaped where needed.
#[derive(Clone, Copy, Debug)]
pub struct ReportInput<'a> {
    /// The result.
    pub recovery: &'a Recovery,
    /// Heading, e.g. the name of the problem file.
    pub title: &'a str,
    /// The problem file as read.
    pub problem: &'a str,
    /// Settings in force, defaults included.
    pub settings: &'a [(String, String)],
    /// Names and versions of the software.
    pub versions: &'a [(String, String)],
    /// The command line.
    pub command: &'a str,
    /// When it was run.
    pub date: &'a str,
}

/// Where a result comes from: for the end of a report.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// Heading, e.g. the name of the problem file.
    pub title: String,
    /// The problem file as read.
    pub problem: String,
    /// Names and versions of the software.
    pub versions: Vec<(String, String)>,
    /// The command line.
    pub command: String,
    /// When it was run.
    pub date: String,
}

impl Provenance {
    /// Of this run of the program.
    pub fn new(title: &str, problem: &str) -> Self {
        // Names of files need not be UTF-8.
        let arguments = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
        let command: Vec<String> = std::iter::once("lacuna".to_owned()).chain(arguments).collect();
        Self {
            title: title.to_owned(),
            problem: problem.to_owned(),
            versions: vec![
                ("lacuna".into(), env!("CARGO_PKG_VERSION").into()),
                ("system".into(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
            ],
            command: command.join(" "),
            date: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        }
    }
}

/// Writes `report.html`, `plots/diagnosis-*.svg` and `plots/profile-*.svg` of a diagnosis into `out_dir`.
///
/// # Errors
/// When a file or folder cannot be written.
pub fn write_diagnosis(
    out_dir: &Path,
    diagnosed: &Diagnosed,
    provenance: &Provenance,
) -> Result<()> {
    let sections = figures::diagnosis::section(diagnosed).and_then(|first| {
        let profiles = figures::profile::section(diagnosed)?;
        Ok(std::iter::once(first).chain(profiles).collect())
    });
    write_page(out_dir, sections, |sections| page::diagnosis_html(diagnosed, provenance, sections))
}

/// Writes `report.html` and `plots/design-*.svg` of a design into `out_dir`.
///
/// # Errors
/// When a file or folder cannot be written.
pub fn write_design(out_dir: &Path, designed: &Designed, provenance: &Provenance) -> Result<()> {
    let sections = figures::design::sections(designed);
    write_page(out_dir, sections, |sections| page::design_html(designed, provenance, sections))
}

/// Writes `report.html` and `plots/prediction-K.svg` (and `plots/energy-K.svg` of a transient) into
/// `out_dir`.
///
/// # Errors
/// When a file or folder cannot be written.
pub fn write_predictions(
    out_dir: &Path,
    predictions: &[Prediction],
    provenance: &Provenance,
) -> Result<()> {
    let sections = figures::prediction::sections(predictions);
    write_page(out_dir, sections, |sections| {
        page::prediction_html(predictions, provenance, sections)
    })
}

/// Writes `report.html` and `plots/branches.svg`, `plots/states-*.svg` of branches into `out_dir`.
///
/// # Errors
/// When a file or folder cannot be written.
pub fn write_branches(
    out_dir: &Path,
    diagram: &BranchDiagram,
    provenance: &Provenance,
) -> Result<()> {
    let sections = figures::branches::sections(diagram);
    write_page(out_dir, sections, |sections| page::branches_html(diagram, provenance, sections))
}

/// Writes `report.html` and `plots/*.svg` into `out_dir`, which is made if it does not exist.
///
/// Plots: `function-NAME.svg` for every unknown that is not a scalar, `state-K.svg` for every
/// experiment, `history.svg`, and with two restarts or more `waterfall.svg`.
///
/// # Errors
/// When a file or folder cannot be written.
pub fn write(out_dir: &Path, input: &ReportInput<'_>) -> Result<()> {
    write_page(out_dir, figures::sections(input.recovery), |sections| page::html(input, sections))
}

/// Writes figures and the page that shows them, each complete or not at all.
fn write_page(
    out_dir: &Path,
    sections: io::Result<Vec<figures::Section>>,
    html: impl FnOnce(&[figures::Section]) -> String,
) -> Result<()> {
    let page = out_dir.join("report.html");
    let sections =
        sections.map_err(|source| lacuna::Error::Write { path: page.clone(), source })?;
    let plots = out_dir.join("plots");
    make_dir(&plots)?;
    for illustration in sections.iter().flat_map(|section| &section.illustrations) {
        write_text(&plots.join(format!("{}.svg", illustration.file)), &illustration.svg)?;
    }
    write_text(&page, &html(&sections))
}
