//! `cargo xtask tidy`: the style rules that no other tool checks.
//!
//! | files | rule |
//! |---|---|
//! | `.rs` | starts with `//!` |
//! | `.rs` | at most [`MAX_LINES`] lines, not counting `#[cfg(test)]` items |
//! | `.rs` | no macro that marks unfinished work or debugging |
//! | `.rs` under `crates/` | no path that leaves the repository, but in tests |
//! | text for people and tools | no tab, no trailing whitespace, one newline at the end, no note to repair later |
//! | all UTF-8 files | no absolute path of somebody's machine |
//! | `.md` | every relative link leads to something in the repository |
//!
//! All files of the tree are read, but for hidden folders (other than `.ci`, `.cargo`), folders
//! with a `CACHEDIR.TAG` (`target`), and `lacuna-out*`.

mod links;
mod rust;
mod text;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use rust::MAX_LINES;

/// One violation of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, relative to the root.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, message } = self;
        write!(f, "{}:{line}: {message}", path.display())
    }
}

/// Checks every rule on every file under `root`; the findings come in order of path and line.
///
/// # Errors
/// A file or folder could not be read.
pub fn run(root: &Path) -> io::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in files(root)? {
        let Ok(text) = String::from_utf8(fs::read(root.join(&path))?) else {
            continue;
        };
        let file = File { root, path, text };
        let mut found = [text::check(&file), rust::check(&file), links::check(&file)].concat();
        found.sort_by_key(|finding| finding.line);
        findings.append(&mut found);
    }
    Ok(findings)
}

/// A text file under examination.
struct File<'a> {
    root: &'a Path,
    /// Relative to `root`.
    path: PathBuf,
    text: String,
}

impl File<'_> {
    fn extension(&self) -> &str {
        let extension = self.path.extension().and_then(|e| e.to_str());
        extension.unwrap_or_default()
    }

    fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }
}

/// Numbers lines from 1, as people and editors do.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('\n').enumerate().map(|(i, line)| (i + 1, line))
}

/// Every file to check, relative to `root`, sorted.
fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_file() {
                files.push(path);
            } else if kind.is_dir() && !skipped(root, &path) {
                folders.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn skipped(root: &Path, folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let hidden = name.starts_with('.') && name != ".ci" && name != ".cargo";
    hidden || name.starts_with("lacuna-out") || root.join(folder).join("CACHEDIR.TAG").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the rules say about one file of a repository at the package's own folder.
    pub(super) fn messages(path: &str, text: &str) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = File { root, path: path.into(), text: text.into() };
        let found = [text::check(&file), rust::check(&file), links::check(&file)].concat();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_tidy_file_has_no_findings() {
        assert_eq!(messages("a.rs", "//! Doc.\n\nfn f() {}\n"), [""; 0]);
        assert_eq!(messages("a.md", "# Title\n\ntext\n"), [""; 0]);
    }

    #[test]
    fn every_file_is_visited_and_build_output_is_not() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = files(root).unwrap();
        assert!(files.contains(&"Cargo.toml".into()));
        assert!(files.contains(&"src/tidy/links.rs".into()));
        let all = super::files(&crate::root()).unwrap();
        assert!(all.contains(&".ci/run".into()));
        assert!(all.iter().all(|f| !f.starts_with("target") && !f.starts_with(".git")));
    }
}
