//! Where each key stands in the text of a problem file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Located;
use crate::{Error, Place};

/// The lines of the keys of a problem.
///
/// Keys are paths such as `functions.W.hidden`; entries of arrays are counted from 0, as in
/// `experiments.0.data`.
#[derive(Clone, Debug)]
pub struct Locations {
    file: PathBuf,
    lines: BTreeMap<String, u32>,
}

impl Locations {
    /// For a problem that comes from no file.
    pub fn none() -> Self {
        Self { file: "problem".into(), lines: BTreeMap::new() }
    }

    /// The keys of the parsed `text` of `file`.
    pub(super) fn new(file: &Path, text: &str, root: &DeTable<'_>) -> Self {
        let mut locations = Self { file: file.to_owned(), lines: BTreeMap::new() };
        locations.visit_table("", root, &LineIndex::new(text));
        locations
    }

    fn visit_table(&mut self, path: &str, table: &DeTable<'_>, index: &LineIndex) {
        for (key, value) in table {
            let path = child(path, key.get_ref());
            self.lines.insert(path.clone(), index.line(key.span().start));
            self.visit(&path, value, index);
        }
    }

    fn visit(&mut self, path: &str, value: &Spanned<DeValue<'_>>, index: &LineIndex) {
        match value.get_ref() {
            DeValue::Table(table) => self.visit_table(path, table, index),
            DeValue::Array(entries) => {
                for (i, entry) in entries.iter().enumerate() {
                    let path = child(path, &i.to_string());
                    self.lines.insert(path.clone(), index.line(entry.span().start));
                    self.visit(&path, entry, index);
                }
            }
            _ => {}
        }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whether the file has this key.
    pub fn contains(&self, key: &str) -> bool {
        self.lines.contains_key(key)
    }

    /// Where a key stands; if it does not, the section it would stand in.
    pub fn place(&self, key: &str) -> Place {
        let mut key = key;
        loop {
            if let Some(&line) = self.lines.get(key) {
                return Place::line(&self.file, line);
            }
            match key.rsplit_once('.') {
                Some((parent, _)) => key = parent,
                None => return Place::file(&self.file),
            }
        }
    }

    pub(super) fn error(&self, located: Located) -> Error {
        Error::Problem { place: self.place(&located.key), fault: located.fault }
    }
}

/// The path of a key inside the table or array at `path`.
pub(super) fn child(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Line and column of byte offsets.
pub(super) struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1));
        Self { text, starts: starts.collect() }
    }

    fn line(&self, offset: usize) -> u32 {
        self.starts.partition_point(|&start| start <= offset) as u32
    }

    /// The start of a span in `file`, with its column.
    pub(super) fn place(&self, file: &Path, span: Option<Range<usize>>) -> Place {
        let Some(span) = span else {
            return Place::file(file);
        };
        let line = self.line(span.start);
        let start = self.starts[line as usize - 1];
        let column =
            self.text.get(start..span.start).map(|before| before.chars().count() as u32 + 1);
        Place { file: file.to_owned(), line: Some(line), column }
    }
}
