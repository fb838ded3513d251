//! Columns of numbers from a CSV file with a header.

use std::fs;
use std::path::Path;

use super::Failure;

/// The first `columns` columns.
///
/// # Errors
/// If the file cannot be read, or a row lacks a number.
pub fn read(path: &Path, columns: usize) -> Result<Vec<Vec<f64>>, Failure> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut table = vec![Vec::new(); columns];
    for (i, line) in text.lines().enumerate().skip(1) {
        let mut cells = line.split(',');
        for column in &mut table {
            let cell = cells.next().ok_or_else(|| short(path, i))?;
            column.push(cell.trim().parse().map_err(|_| short(path, i))?);
        }
    }
    Ok(table)
}

fn short(path: &Path, line: usize) -> String {
    format!("{}:{}: a number is missing", path.display(), line + 1)
}
