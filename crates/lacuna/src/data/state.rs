//! An observed state: values u_i at points x_i of the domain, perhaps with noise levels sd_i.

use std::path::{Path, PathBuf};

use super::columns::{self, Column, Columns, Layout, NotAvailable, data_error};
use super::extent::{Gap, MAX_GAP};
use super::lines::Lines;
use super::{DataFault, Extent};
use crate::problem::{ObservationKind, TableFormat};
use crate::{Error, Place, Result};

/// Fewest points of a state.
pub const MIN_POINTS: usize = 8;

pub(super) const LAYOUT: Layout = Layout {
    header: "x,u",
    columns: &[
        Column { name: "x", alias: None, required: true },
        Column { name: "u", alias: Some("value"), required: true },
        Column { name: "sd", alias: None, required: false },
    ],
    ignored: &["observed", "lower", "upper", "lower_50", "upper_50"],
    not_available: &[
        NotAvailable {
            column: "y",
            what: "two-dimensional data (a column `y`)",
            remedy: "give a state in one dimension, with the header `x,u`",
        },
        NotAvailable {
            column: "t",
            what: "data in time (a column `t`)",
            remedy: "give a steady state, with the header `x,u`",
        },
    ],
    ..Layout::PLAIN
};

/// An observed state, sorted by x, all numbers finite.
#[derive(Clone, Debug, PartialEq)]
pub struct StateData {
    /// The file it comes from.
    pub path: PathBuf,
    /// Points, strictly increasing, in the domain.
    pub x: Vec<f64>,
    /// Values there.
    pub u: Vec<f64>,
    /// Standard deviations of the noise, positive.
    pub sd: Option<Vec<f64>>,
    /// The line each point stands on, from 1.
    pub lines: Vec<u32>,
}

impl StateData {
    /// Reads a CSV file with columns `x,u` or `x,u,sd` and checks that its points suffice to
    /// interpolate the state over `extent`.
    ///
    /// # Errors
    /// If the file cannot be read, or a check fails.
    pub fn read(path: &Path, extent: &Extent) -> Result<Self> {
        Self::read_as(path, extent, TableFormat::PLAIN)
    }

    /// The same of a file with columns of other names, or missing values.
    pub(crate) fn read_as(path: &Path, extent: &Extent, format: TableFormat<'_>) -> Result<Self> {
        let file = columns::read(path, &LAYOUT, format).map_err(|error| match error {
            Error::Data { place, fault } => {
                Error::Data { place, fault: Box::new(single_column(*fault)) }
            }
            other => other,
        })?;
        Self::from_columns(file, extent)
    }

    /// The same from numbers in memory; `name` stands for the file and rows for lines.
    ///
    /// # Errors
    /// If a check fails.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn from_points(
        name: &str,
        x: Vec<f64>,
        u: Vec<f64>,
        sd: Option<Vec<f64>>,
        extent: &Extent,
    ) -> Result<Self> {
        assert_eq!(x.len(), u.len(), "as many values as points");
        assert!(sd.as_ref().is_none_or(|sd| sd.len() == x.len()), "as many noise levels as points");
        let lines: Lines = (1..).take(x.len()).collect();
        for (name_of_column, column) in [("x", Some(&x)), ("u", Some(&u)), ("sd", sd.as_ref())] {
            let bad = column.and_then(|column| column.iter().position(|v| !v.is_finite()));
            if let (Some(row), Some(column)) = (bad, column) {
                let fault =
                    DataFault::NotFinite { column: name_of_column, text: column[row].to_string() };
                return Err(data_error(Place::line(Path::new(name), lines.of(row)), fault));
            }
        }
        Self::from_columns(
            Columns {
                path: name.into(),
                columns: vec![Some(x), Some(u), sd],
                texts: Vec::new(),
                lines,
                skipped: 0,
            },
            extent,
        )
    }

    fn from_columns(mut file: Columns, extent: &Extent) -> Result<Self> {
        let (x, u) = (file.take(0), file.take(1));
        let sd = file.columns[2].take();
        let mut order: Vec<usize> = (0..x.len()).collect();
        order.sort_by(|&i, &j| x[i].total_cmp(&x[j]));
        let sorted = |values: &[f64]| order.iter().map(|&i| values[i]).collect();
        let mut state = Self {
            x: sorted(&x),
            u: sorted(&u),
            sd: sd.as_deref().map(sorted),
            lines: order.iter().map(|&i| file.lines.of(i)).collect(),
            path: file.path,
        };
        state.check_points(extent)?;
        state.check_noise()?;
        state.check_duplicates(extent)?;
        state.close_period(extent)?;
        if state.x.len() < MIN_POINTS {
            let fault =
                DataFault::TooFew { found: state.x.len(), needed: MIN_POINTS, what: "a state" };
            return Err(data_error(Place::file(&state.path), fault));
        }
        state.check_gaps(extent)?;
        Ok(state)
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Whether there are no points. Never, for a state that was read.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// Checks that the logarithm of u can be taken, as the formulation `log-fixed-point` needs.
    ///
    /// # Errors
    /// At the first line (in the order of the file) where u ≤ 0.
    pub fn check_positive(&self) -> Result<()> {
        match self.first_line(|i| self.u[i] <= 0.0) {
            Some(i) => Err(self.error(i, DataFault::NotPositive { u: self.u[i] })),
            None => Ok(()),
        }
    }

    /// Checks the mass ∫u of the data against that of the experiment, up to a relative `tolerance`.
    ///
    /// # Errors
    /// If they differ by more.
    pub fn check_mass(&self, found: f64, expected: f64, tolerance: f64) -> Result<()> {
        if (found - expected).abs() <= tolerance * expected {
            return Ok(());
        }
        Err(data_error(Place::file(&self.path), DataFault::Mass { found, expected }))
    }

    fn check_points(&self, extent: &Extent) -> Result<()> {
        let Some(i) = self.first_line(|i| !extent.contains(self.x[i])) else {
            return Ok(());
        };
        let largest = self.x.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
        let degrees = extent.looks_like_degrees(largest);
        Err(self.error(i, DataFault::OutsideDomain { x: self.x[i], extent: *extent, degrees }))
    }

    fn check_noise(&self) -> Result<()> {
        let Some(sd) = &self.sd else {
            return Ok(());
        };
        match self.first_line(|i| sd[i] <= 0.0) {
            Some(i) => Err(self.error(i, DataFault::NoiseNotPositive { sd: sd[i] })),
            None => Ok(()),
        }
    }

    fn check_duplicates(&self, extent: &Extent) -> Result<()> {
        // The sort is stable: of two equal points the one further down the file comes later.
        let same = |i: usize| i > 0 && !extent.tells_apart(self.x[i - 1], self.x[i]);
        let Some(i) = self.first_line(same) else {
            return Ok(());
        };
        let fault = DataFault::Duplicate { x: self.x[i], first_line: self.lines[i - 1] };
        Err(self.error(i, fault))
    }

    /// On a periodic domain the two ends are one point; keeps the lower one.
    fn close_period(&mut self, extent: &Extent) -> Result<()> {
        let last = match self.x.len() {
            0 | 1 => return Ok(()),
            n => n - 1,
        };
        let both_ends = self.x[last] - self.x[0] >= extent.length - extent.tolerance();
        if !extent.periodic || !both_ends {
            return Ok(());
        }
        let (first_u, u) = (self.u[0], self.u[last]);
        if (u - first_u).abs() > 1e-9 * u.abs().max(first_u.abs()) {
            let fault = DataFault::PeriodicEnds {
                x: self.x[last],
                u,
                first_x: self.x[0],
                first_u,
                first_line: self.lines[0],
            };
            return Err(self.error(last, fault));
        }
        self.x.pop();
        self.u.pop();
        self.lines.pop();
        if let Some(sd) = &mut self.sd {
            sd.pop();
        }
        Ok(())
    }

    fn check_gaps(&self, extent: &Extent) -> Result<()> {
        let Some(gap) = extent.widest_gap(&self.x).filter(Gap::is_too_wide) else {
            return Ok(());
        };
        let Gap { from, to, fraction } = gap;
        let fault = DataFault::Sparse { from, to, fraction, limit: MAX_GAP };
        Err(data_error(Place::file(&self.path), fault))
    }

    /// Of the points for which `fails`, the one on the first line.
    fn first_line(&self, fails: impl Fn(usize) -> bool) -> Option<usize> {
        (0..self.x.len()).filter(|&i| fails(i)).min_by_key(|&i| self.lines[i])
    }

    fn error(&self, i: usize, fault: DataFault) -> Error {
        data_error(Place::line(&self.path, self.lines[i]), fault)
    }
}

/// A single column `x` is not a state without values but a list of individuals.
fn single_column(fault: DataFault) -> DataFault {
    match fault {
        DataFault::MissingColumn { column: "u", found, .. } if found == ["x"] => {
            DataFault::NotValues { found: ObservationKind::Positions }
        }
        other => other,
    }
}
