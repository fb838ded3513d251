//! A tabulated function: values f(x_i) at points x_i.

use std::path::Path;

use super::DataFault;
use super::columns::{self, Column, Layout, data_error};
use crate::problem::TableFormat;
use crate::{Place, Result};

/// Fewest points of a tabulated function: a cubic spline goes through them.
pub const MIN_TABLE_POINTS: usize = 4;

const LAYOUT: Layout = Layout {
    header: "x,value",
    columns: &[
        Column { name: "x", alias: None, required: true },
        Column { name: "value", alias: None, required: true },
    ],
    ignored: &["lower", "upper", "lower_50", "upper_50", "truth"],
    ..Layout::PLAIN
};

/// A tabulated function, sorted by x, all numbers finite.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionTable {
    /// Points, strictly increasing, at least 4.
    pub x: Vec<f64>,
    /// Values there.
    pub value: Vec<f64>,
}

/// Reads a CSV file with columns `x,value`.
///
/// # Errors
/// If the file cannot be read, has fewer than 4 points or gives one twice.
pub fn read_function_table(path: &Path) -> Result<FunctionTable> {
    let mut file = columns::read(path, &LAYOUT, TableFormat::PLAIN)?;
    let (x, value) = (file.take(0), file.take(1));
    FunctionTable::sorted(x, value, |row| match row {
        Some(row) => Place::line(path, file.lines.of(row)),
        None => Place::file(path),
    })
}

impl FunctionTable {
    /// From numbers in memory; faults are reported at `place`, and rows stand for lines.
    ///
    /// # Errors
    /// If there are fewer than 4 points or one is given twice.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn new(place: Place, x: Vec<f64>, value: Vec<f64>) -> Result<Self> {
        assert_eq!(x.len(), value.len(), "as many values as points");
        Self::sorted(x, value, |_| place.clone())
    }

    fn sorted(
        x: Vec<f64>,
        value: Vec<f64>,
        place: impl Fn(Option<usize>) -> Place,
    ) -> Result<Self> {
        let mut order: Vec<usize> = (0..x.len()).collect();
        order.sort_by(|&i, &j| x[i].total_cmp(&x[j]));
        let repeated =
            order.windows(2).filter(|pair| x[pair[0]] == x[pair[1]]).min_by_key(|pair| pair[1]);
        if let Some(&[first, second]) = repeated {
            let first_line = place(Some(first)).line.unwrap_or(first as u32 + 1);
            let fault = DataFault::Duplicate { x: x[second], first_line };
            return Err(data_error(place(Some(second)), fault));
        }
        if x.len() < MIN_TABLE_POINTS {
            let fault = DataFault::TooFew {
                found: x.len(),
                needed: MIN_TABLE_POINTS,
                what: "a tabulated function",
            };
            return Err(data_error(place(None), fault));
        }
        let pick = |values: &[f64]| order.iter().map(|&i| values[i]).collect();
        Ok(Self { x: pick(&x), value: pick(&value) })
    }
}
