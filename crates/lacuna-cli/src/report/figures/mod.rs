//! The figures of a report, each with its caption and the name of its file.

pub mod branches;
pub mod design;
pub mod diagnosis;
mod function;
mod history;
pub mod prediction;
pub mod profile;
mod state;
mod waterfall;

use std::io;

use lacuna::Recovery;

use super::plot::Figure;

/// A drawn figure.
#[derive(Clone, Debug)]
pub struct Illustration {
    /// Name in `plots/`, without `.svg`.
    pub file: String,
    /// The drawing, an SVG document.
    pub svg: String,
    /// What is seen, in plain text.
    pub caption: String,
}

impl Illustration {
    fn new(file: impl Into<String>, figure: &Figure, caption: String) -> io::Result<Self> {
        Ok(Self { file: file.into(), svg: figure.render()?, caption })
    }
}

/// Figures under one heading.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its heading.
    pub heading: &'static str,
    /// Its figures, perhaps none.
    pub illustrations: Vec<Illustration>,
}

/// All figures of a recovery, in the order of the report.
pub fn sections(recovery: &Recovery) -> io::Result<Vec<Section>> {
    let collect =
        |illustrations: Vec<Option<Illustration>>| illustrations.into_iter().flatten().collect();
    let functions = recovery.functions.iter().map(function::draw).collect::<io::Result<_>>()?;
    let states = recovery.states.iter().map(state::draw).collect::<io::Result<_>>()?;
    let search = vec![history::draw(recovery)?, waterfall::draw(recovery)?];
    let mut sections = vec![
        Section { heading: "Recovered functions", illustrations: collect(functions) },
        Section { heading: "Observed and predicted states", illustrations: collect(states) },
        Section { heading: "The search", illustrations: collect(search) },
    ];
    if let Some(diagnosed) = &recovery.diagnosis {
        sections.insert(2, diagnosis::section(diagnosed)?);
        sections.splice(3..3, profile::section(diagnosed)?);
    }
    make_files_unique(&mut sections);
    sections.retain(|section| !section.illustrations.is_empty());
    Ok(sections)
}

/// Index of the restart that was kept. After an interruption there may be fewer than were asked for.
fn kept_restart(recovery: &Recovery) -> Option<usize> {
    recovery.restarts.get(recovery.best_restart).map(|restart| restart.index)
}

/// What costs are drawn above: 0 for sums of squares, the lowest for logarithms of probabilities.
fn base_cost(recovery: &Recovery) -> f64 {
    let lowest = || recovery.restarts.iter().map(|r| r.cost).fold(f64::INFINITY, f64::min);
    if recovery.inference.is_some() { lowest() } else { 0.0 }
}

/// `name` as a part of a file name: letters, digits, `_` and `-` survive.
fn file_part(name: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || c == '_' || c == '-' { c } else { '_' }
    };
    name.chars().take(60).map(safe).collect()
}

fn make_files_unique(sections: &mut [Section]) {
    let mut taken: Vec<String> = Vec::new();
    for illustration in sections.iter_mut().flat_map(|s| &mut s.illustrations) {
        let wanted = illustration.file.clone();
        // Also apart on file systems that ignore case: `function-w` and `function-W`.
        let mut suffix = 1;
        while taken.contains(&illustration.file.to_lowercase()) {
            suffix += 1;
            illustration.file = format!("{wanted}-{suffix}");
        }
        taken.push(illustration.file.to_lowercase());
    }
}

/// The first letter of `text` in upper case.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}
