//! The report of a recovery: `report.html`, which stands alone, and `plots/*.svg` for papers.
//!
//! ```text
//! figures  what is drawn, with captions      plot   how it is drawn (the only user of plotters)
//! summary  the box at the top                html   escaping, tables
//! page     the document                      number numbers for people
//! ```

mod figures;
mod html;
mod number;
mod page;
mod plot;
mod summary;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::{fs, io};

use lacuna::Recovery;

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

/// Writes `report.html` and `plots/*.svg` into `out_dir`, which is made if it does not exist.
///
/// Plots: `function-NAME.svg` for every unknown that is not a scalar, `state-K.svg` for every
/// experiment, `history.svg`, and with two restarts or more `waterfall.svg`.
///
/// # Errors
/// When a file or folder cannot be written.
pub fn write(out_dir: &Path, input: &ReportInput<'_>) -> io::Result<()> {
    let sections = figures::sections(input.recovery)?;
    let plots = out_dir.join("plots");
    fs::create_dir_all(&plots)?;
    for illustration in sections.iter().flat_map(|section| &section.illustrations) {
        fs::write(plots.join(format!("{}.svg", illustration.file)), &illustration.svg)?;
    }
    fs::write(out_dir.join("report.html"), page::html(input, &sections))
}
