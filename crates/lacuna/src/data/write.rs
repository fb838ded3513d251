//! Writes results as CSV.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::{Error, Result};

/// Writes `columns` under `headers`, each number with the fewest digits that read back as the same
/// number. The file appears complete or not at all: it is written beside its place and renamed.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If the columns have different lengths or another number than the headers.
pub fn write_csv(path: &Path, headers: &[&str], columns: &[&[f64]]) -> Result<()> {
    assert_eq!(headers.len(), columns.len(), "one header a column");
    let rows = columns.first().map_or(0, |column| column.len());
    assert!(columns.iter().all(|column| column.len() == rows), "columns of one length");
    let mut text = headers.join(",");
    text.push('\n');
    for row in 0..rows {
        for (i, column) in columns.iter().enumerate() {
            let separator = if i == 0 { "" } else { "," };
            // `{:?}` is as short as `{}` and uses exponents where that would print long zeros.
            let _ = write!(text, "{separator}{:?}", column[row]);
        }
        text.push('\n');
    }
    write_whole(path, &text)
}

/// Writes a file that appears complete or not at all.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result<()> {
    try_write_whole(path, text).map_err(|source| Error::Write { path: path.to_owned(), source })
}

fn try_write_whole(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let temporary =
        path.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    fs::write(&temporary, text)
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| drop(fs::remove_file(&temporary)))
}
