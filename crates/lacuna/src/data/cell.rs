//! Single cells of a table, and what a cell that cannot be read says of its file.

use super::DataFault;

/// Whether a column without a name of its own holds the numbers of the rows, as R and pandas write them.
pub(super) fn is_index(name: &str) -> bool {
    name.is_empty() || name == "Unnamed: 0"
}

/// What separates the columns of a header where commas do not.
pub(super) fn separator(
    header: &csv::StringRecord,
    is_known: impl Fn(&str) -> bool,
) -> Option<&'static str> {
    for (character, separator) in [(';', "`;`"), ('\t', "tabs")] {
        if header.iter().any(|cell| cell.contains(character)) {
            return Some(separator);
        }
    }
    let single = header.get(0).filter(|_| header.len() == 1)?;
    let words = || single.split_whitespace();
    (words().count() > 1 && words().any(|word| is_known(word.trim_matches('"'))))
        .then_some("spaces")
}

/// The number in a cell.
pub(super) fn read_cell(cell: &str, column: &'static str) -> Result<f64, DataFault> {
    if cell.is_empty() {
        return Err(DataFault::EmptyCell { column });
    }
    let text = || cell.to_owned();
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(DataFault::NotFinite { column, text: text() }),
        Err(_) if cell == "NA" => Err(DataFault::NotFinite { column, text: text() }),
        Err(_) if is_fortran(cell) => Err(DataFault::FortranExponent { column, text: text() }),
        Err(_)
            if cell.split_whitespace().nth(1).is_some_and(|word| word.parse::<f64>().is_ok()) =>
        {
            Err(DataFault::Separator { separator: "spaces" })
        }
        Err(_) => Err(DataFault::NotANumber { column, text: text() }),
    }
}

/// Whether a cell is a number once the D of its exponent is an E.
fn is_fortran(cell: &str) -> bool {
    cell.contains(['d', 'D']) && cell.replace(['d', 'D'], "e").parse::<f64>().is_ok()
}
