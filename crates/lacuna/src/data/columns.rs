//! The numeric columns of a CSV file, each row with its line.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::DataFault;
use super::cell::{is_index, read_cell, separator};
use super::lines::Lines;
use super::unix_lines::UnixLines;
use crate::problem::{ObservationKind, Suggestion, TableFormat};
use crate::{Error, Place, Result};

/// What a file may hold.
pub(super) struct Layout {
    /// The header in the simplest case, for messages.
    pub(super) header: &'static str,
    /// Columns that are read, each with another name it may have.
    pub(super) columns: &'static [Column],
    /// Columns that are allowed and not read.
    pub(super) ignored: &'static [&'static str],
    /// Columns of data that are not available yet: name, what, remedy.
    pub(super) not_available: &'static [NotAvailable],
    /// Which column holds text, if one does.
    pub(super) text: Option<usize>,
    /// Whether a single column may have any name.
    pub(super) any_single: bool,
}

impl Layout {
    /// Nothing, to be filled in.
    pub(super) const PLAIN: Self = Self {
        header: "",
        columns: &[],
        ignored: &[],
        not_available: &[],
        text: None,
        any_single: false,
    };
}

/// One column that is read.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) alias: Option<&'static str>,
    pub(super) required: bool,
}

/// A column that is recognised, and what it says of the file.
pub(super) struct NotAvailable {
    pub(super) column: &'static str,
    pub(super) what: &'static str,
    pub(super) remedy: &'static str,
}

/// The columns of a layout as read, in its order, absent ones `None`.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) path: PathBuf,
    pub(super) columns: Vec<Option<Vec<f64>>>,
    /// The column of text, empty where the layout has none.
    pub(super) texts: Vec<String>,
    /// Line of each row, from 1.
    pub(super) lines: Lines,
    /// How many rows were skipped since a value is missing.
    pub(super) skipped: usize,
}

impl Columns {
    /// A required column.
    pub(super) fn take(&mut self, index: usize) -> Vec<f64> {
        self.columns[index].take().unwrap_or_default()
    }
}

/// Reads the columns of `layout` from a CSV file.
pub(super) fn read(path: &Path, layout: &Layout, format: TableFormat<'_>) -> Result<Columns> {
    parse(path, open(path, format)?, layout, format, None)
}

/// Each number of the only column of `layout` with its line, and nothing kept; how many rows were skipped
/// since it is missing.
pub(super) fn each(
    path: &Path,
    layout: &Layout,
    format: TableFormat<'_>,
    take: Take<'_>,
) -> Result<usize> {
    Ok(parse(path, open(path, format)?, layout, format, Some(take))?.skipped)
}

/// Takes a number and its line.
pub(super) type Take<'a> = &'a mut dyn FnMut(f64, u32) -> Result<()>;

/// What the columns of a CSV file are, without those that are not read; empty if it is.
pub(super) fn header(path: &Path, format: TableFormat<'_>) -> Result<Vec<String>> {
    for line in BufReader::new(open(path, format)?).lines() {
        let line = line.map_err(|source| unreadable(path, source))?;
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            let names = line.split(',').map(|name| name.trim().trim_matches('"').trim());
            let names: Vec<&str> = names.collect();
            let index = usize::from(names.len() > 1 && is_index(names[0]));
            let reads = |name: &&str| !format.is_named() || ObservationKind::reads(name);
            let meanings =
                names[index..].iter().filter_map(|name| format.meaning(name)).filter(reads);
            return Ok(meanings.map(str::to_owned).collect());
        }
    }
    Ok(vec![String::new()])
}

fn open(path: &Path, format: TableFormat<'_>) -> Result<UnixLines<Box<dyn BufRead>>> {
    UnixLines::open(path, format.snapshots).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => data_error(Place::file(path), DataFault::NoFile),
        _ => unreadable(path, source),
    })
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Read { path: path.to_owned(), source }
}

pub(super) fn data_error(place: Place, fault: DataFault) -> Error {
    Error::Data { place, fault: Box::new(fault) }
}

fn parse(
    path: &Path,
    text: impl io::Read,
    layout: &Layout,
    format: TableFormat<'_>,
    mut take: Option<Take<'_>>,
) -> Result<Columns> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text);
    let mut record = csv::StringRecord::new();
    let mut header: Option<Vec<Option<usize>>> = None;
    let mut columns: Vec<Option<Vec<f64>>> = layout.columns.iter().map(|_| None).collect();
    let (mut lines, mut skipped) = (Lines::default(), 0);
    let mut texts = Vec::new();
    while reader.read_record(&mut record).map_err(|error| not_read(path, error))? {
        if record.len() == 1 && record[0].is_empty() {
            continue;
        }
        // The position of the record is before any comments, that of the reader behind its end.
        let line = (reader.position().line() - 1) as u32;
        let at = |fault| data_error(Place::line(path, line), fault);
        let Some(targets) = &header else {
            let targets = read_header(&record, layout, format).map_err(at)?;
            for &target in targets.iter().flatten() {
                columns[target] = Some(Vec::new());
            }
            header = Some(targets);
            continue;
        };
        if record.len() != targets.len() {
            let (found, expected) = (record.len(), targets.len());
            let index = found == expected + 1 && record[0].parse::<u64>().is_ok();
            return Err(at(DataFault::Ragged { found, expected, index }));
        }
        let mut read = record.iter().zip(targets).filter(|(_, target)| target.is_some());
        if read.any(|(cell, _)| format.is_missing(cell)) {
            skipped += 1;
            continue;
        }
        for (cell, target) in record.iter().zip(targets) {
            if let Some(target) = *target {
                let column = layout.columns[target].name;
                if layout.text == Some(target) {
                    if cell.is_empty() {
                        return Err(at(DataFault::EmptyCell { column }));
                    }
                    texts.push(cell.to_owned());
                    continue;
                }
                let value = read_cell(cell, column).map_err(at)?;
                match &mut take {
                    Some(take) => take(value, line)?,
                    None => columns[target].get_or_insert_default().push(value),
                }
            }
        }
        if take.is_none() {
            lines.push(line);
        }
    }
    if header.is_none() {
        return Err(data_error(Place::file(path), DataFault::Empty { header: layout.header }));
    }
    Ok(Columns { path: path.to_owned(), columns, texts, lines, skipped })
}

/// What a file that is no table in UTF-8 is told.
fn not_read(path: &Path, error: csv::Error) -> Error {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(0, |pos| pos.line() as u32);
            data_error(Place::line(path, line), DataFault::NotUtf8)
        }
        _ => unreadable(path, io::Error::other(error)),
    }
}

/// For each column of the file, which column of the layout it is.
fn read_header(
    record: &csv::StringRecord,
    layout: &Layout,
    format: TableFormat<'_>,
) -> Result<Vec<Option<usize>>, DataFault> {
    let found = || record.iter().map(str::to_owned).collect();
    if let Some(separator) = separator(record, |name| layout.position(name).is_some()) {
        return Err(DataFault::Separator { separator });
    }
    if record.iter().all(|cell| cell.parse::<f64>().is_ok()) {
        let found = record.iter().collect::<Vec<_>>().join(",");
        return Err(DataFault::NoHeader { found, header: layout.header });
    }
    for (key, name) in format.columns {
        if !record.iter().any(|column| column == name.trim()) {
            let (column, name) = (key.clone(), name.clone());
            return Err(DataFault::NoNamedColumn { column, name, found: found() });
        }
    }
    let index = usize::from(record.len() > 1 && is_index(&record[0]));
    let mut targets = vec![None; index];
    if layout.any_single && record.len() == index + 1 {
        targets.push(Some(0));
        return Ok(targets);
    }
    for name in record.iter().skip(index) {
        let target = format.meaning(name).and_then(|name| layout.position(name));
        if let Some(target) = target.filter(|target| targets.contains(&Some(*target))) {
            return Err(DataFault::RepeatedColumn { column: layout.columns[target].name });
        }
        if target.is_none() && !format.is_named() && !layout.ignored.contains(&name) {
            let known = layout.not_available.iter().find(|known| known.column == name);
            return Err(match known {
                Some(known) => DataFault::NotAvailable { what: known.what, remedy: known.remedy },
                None => DataFault::UnknownColumn {
                    column: name.to_owned(),
                    suggestion: Suggestion::new(name, layout.names()),
                },
            });
        }
        targets.push(target);
    }
    for (i, column) in layout.columns.iter().enumerate() {
        if column.required && !targets.contains(&Some(i)) {
            let (column, header) = (column.name, layout.header);
            return Err(DataFault::MissingColumn { column, found: found(), header });
        }
    }
    Ok(targets)
}

impl Layout {
    /// Which of its columns is called `name`.
    fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name || c.alias == Some(name))
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let read = self.columns.iter().flat_map(|column| [Some(column.name), column.alias]);
        read.flatten().chain(self.ignored.iter().copied())
    }
}
