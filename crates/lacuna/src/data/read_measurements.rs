//! From CSV files to [`Measurements`]: the columns decide what was observed.

use std::path::{Path, PathBuf};

use lacuna_surrogate::Expression;

use super::columns::{self, Column, Layout, data_error};
use super::measurements::dense;
use super::{DataFault, Extent, MeasurementKind, Measurements, Noise, StateData};
use crate::problem::{NoiseSpec, ObservationKind, StudentNoise, UnknownNoise};
use crate::{Error, Place, Result};

const fn needed(name: &'static str) -> Column {
    Column { name, alias: None, required: true }
}

const U: Column = Column { name: "u", alias: Some("value"), required: true };
const SD: Column = Column { name: "sd", alias: None, required: false };

const AVERAGES: Layout = Layout {
    header: "lower,upper,u",
    columns: &[needed("lower"), needed("upper"), U, SD],
    ignored: &["x"],
    ..Layout::PLAIN
};
const FUNCTIONALS: Layout = Layout {
    header: "functional,u",
    columns: &[needed("functional"), U, SD],
    text: Some(0),
    ..Layout::PLAIN
};
const COUNTS: Layout = Layout {
    header: "lower,upper,count",
    columns: &[needed("lower"), needed("upper"), needed("count")],
    ignored: &["x"],
    ..Layout::PLAIN
};
const POSITIONS: Layout =
    Layout { header: "x", columns: &[needed("x")], any_single: true, ..Layout::PLAIN };

/// What the columns of a file say that it observes.
pub(crate) fn kind_of(path: &Path) -> Result<ObservationKind> {
    let header = columns::header(path)?;
    let has = |name: &str| header.iter().any(|column| column == name);
    let named = ["u", "value", "sd", "lower", "upper", "count", "functional"];
    Ok(match &header[..] {
        [single] if is_name(single) && !named.contains(&single.as_str()) => {
            ObservationKind::Positions
        }
        _ if has("functional") => ObservationKind::Functionals,
        _ if has("count") => ObservationKind::Counts,
        _ if has("lower") && has("upper") && !has("x") => ObservationKind::Averages,
        _ => ObservationKind::Values,
    })
}

/// Whether a header of one column is its name, not a number or several columns in disguise.
fn is_name(single: &str) -> bool {
    !single.is_empty() && single.parse::<f64>().is_err() && !single.contains([';', '\t'])
}

/// How data are to be read.
pub(crate) struct Reading<'a> {
    /// What they are.
    pub(crate) kind: ObservationKind,
    /// Noise as the problem gives it.
    pub(crate) noise: Option<NoiseSpec>,
    /// Expected individuals for each unit of ∫u.
    pub(crate) exposure: Option<f64>,
    /// The domain.
    pub(crate) extent: &'a Extent,
}

struct Row {
    /// x, or lower and upper; 0 where there is none.
    place: [f64; 2],
    functional: Option<Box<str>>,
    u: f64,
    sd: Option<f64>,
    file: u32,
    line: u32,
}

fn no_rows(files: &[PathBuf]) -> Error {
    let path = files.first().cloned().unwrap_or_default();
    let fault = DataFault::TooFew { found: 0, needed: 1, what: "an experiment" };
    data_error(Place::file(path), fault)
}

impl Reading<'_> {
    /// Reads files that belong together.
    ///
    /// # Errors
    /// If one cannot be read, or a row makes no sense.
    pub(crate) fn read(&self, files: &[PathBuf]) -> Result<Measurements> {
        if self.kind == ObservationKind::Positions {
            return self.read_positions(files);
        }
        let mut rows = Vec::new();
        for (file, path) in files.iter().enumerate() {
            self.read_rows(file, path, &mut rows)?;
        }
        self.assemble(files, rows)
    }

    /// Positions alone: there may be many, and a row would take eight times their room.
    fn read_positions(&self, files: &[PathBuf]) -> Result<Measurements> {
        let (mut x, mut lines) = (Vec::new(), Vec::new());
        for path in files {
            let mut file = columns::read(path, &POSITIONS)?;
            x.append(&mut file.take(0));
            lines.push(file.lines);
        }
        if x.is_empty() {
            return Err(no_rows(files));
        }
        let largest = x.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        let degrees = self.extent.looks_like_degrees(largest);
        let may_wrap = self.extent.periodic && !degrees;
        if let Some(place) = x.iter().position(|x| !may_wrap && !self.extent.contains(*x)) {
            let fault = DataFault::OutsideDomain { x: x[place], extent: *self.extent, degrees };
            let (mut file, mut row) = (0, place);
            while row >= lines[file].len() {
                row -= lines[file].len();
                file += 1;
            }
            return Err(data_error(Place::line(&files[file], lines[file][row]), fault));
        }
        x.iter_mut().for_each(|x| self.bring_inside(std::slice::from_mut(x)));
        x.sort_unstable_by(f64::total_cmp);
        Ok(Measurements { sources: files.to_vec(), kind: MeasurementKind::Positions { x } })
    }

    /// The same of a state held in memory.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn measurements_of(&self, state: &StateData) -> Result<Measurements> {
        let rows = (0..state.len()).map(|i| Row {
            place: [state.x[i], 0.0],
            functional: None,
            u: state.u[i],
            sd: state.sd.as_ref().map(|sd| sd[i]),
            file: 0,
            line: state.lines[i],
        });
        self.assemble(std::slice::from_ref(&state.path), rows.collect())
    }

    /// How many numbers say where a row was observed.
    fn places(&self) -> usize {
        match self.kind {
            ObservationKind::Functionals => 0,
            ObservationKind::Values | ObservationKind::Positions => 1,
            ObservationKind::Averages | ObservationKind::Counts => 2,
        }
    }

    fn read_rows(&self, file: usize, path: &Path, rows: &mut Vec<Row>) -> Result<()> {
        let (layout, value, sd) = match self.kind {
            ObservationKind::Values => (&super::state::LAYOUT, Some(1), Some(2)),
            ObservationKind::Averages => (&AVERAGES, Some(2), Some(3)),
            ObservationKind::Functionals => (&FUNCTIONALS, Some(1), Some(2)),
            ObservationKind::Counts => (&COUNTS, Some(2), None),
            ObservationKind::Positions => (&POSITIONS, None, None),
        };
        let places = self.places();
        let mut file_columns = columns::read(path, layout)?;
        let texts = std::mem::take(&mut file_columns.texts);
        let mut texts = texts.into_iter().map(String::into_boxed_str);
        let column = |index: usize| file_columns.columns[index].as_deref();
        rows.reserve_exact(file_columns.lines.len());
        for (i, &line) in file_columns.lines.iter().enumerate() {
            let at = |index: usize| column(index).map(|values| values[i]);
            let place = [0, 1].map(|d| if d < places { at(d).unwrap_or(0.0) } else { 0.0 });
            rows.push(Row {
                place,
                functional: texts.next(),
                u: value.and_then(at).unwrap_or(0.0),
                sd: sd.and_then(at),
                file: file as u32,
                line,
            });
        }
        Ok(())
    }

    /// Checks rows and brings them into order.
    fn assemble(&self, files: &[PathBuf], mut rows: Vec<Row>) -> Result<Measurements> {
        if rows.is_empty() {
            return Err(no_rows(files));
        }
        let error =
            |row: &Row, fault| data_error(Place::line(&files[row.file as usize], row.line), fault);
        let largest = rows.iter().flat_map(|r| &r.place).fold(0.0, |m: f64, x| m.max(x.abs()));
        let with_sd = rows[0].sd.is_some();
        for row in &rows {
            self.check(row, largest, with_sd).map_err(|fault| error(row, fault))?;
        }
        if self.kind == ObservationKind::Values {
            self.close_period(&mut rows);
        }
        let places = self.places();
        rows.iter_mut().for_each(|row| self.bring_inside(&mut row.place[..places]));
        // Rows that are equal in all of these are the same.
        rows.sort_unstable_by(|a, b| {
            a.functional
                .cmp(&b.functional)
                .then(a.place[0].total_cmp(&b.place[0]))
                .then(a.place[1].total_cmp(&b.place[1]))
                .then(a.u.total_cmp(&b.u))
                .then(a.sd.unwrap_or(0.0).total_cmp(&b.sd.unwrap_or(0.0)))
        });
        if self.kind == ObservationKind::Counts {
            self.check_overlap(&rows, &error)?;
        }
        let place = |d: usize| -> Vec<f64> { rows.iter().map(|row| row.place[d]).collect() };
        let u: Vec<f64> = rows.iter().map(|row| row.u).collect();
        let kind = match self.kind {
            ObservationKind::Values => {
                let x = place(0);
                let noise = self.noise(&rows, dense(&x, self.extent));
                MeasurementKind::Values { x, u, noise }
            }
            ObservationKind::Averages => MeasurementKind::Averages {
                lower: place(0),
                upper: place(1),
                u,
                noise: self.noise(&rows, false),
            },
            ObservationKind::Functionals => MeasurementKind::Functionals {
                weight: rows
                    .iter()
                    .filter_map(|row| row.functional.as_deref())
                    .map(str::to_owned)
                    .collect(),
                u,
                noise: self.noise(&rows, false),
            },
            ObservationKind::Counts => MeasurementKind::Counts {
                lower: place(0),
                upper: place(1),
                count: u,
                exposure: self.exposure,
            },
            ObservationKind::Positions => MeasurementKind::Positions { x: place(0) },
        };
        Ok(Measurements { sources: files.to_vec(), kind })
    }

    fn check(&self, row: &Row, largest: f64, with_sd: bool) -> Result<(), DataFault> {
        let circle = self.extent.periodic;
        let degrees = self.extent.looks_like_degrees(largest);
        let may_wrap = circle && self.kind != ObservationKind::Values && !degrees;
        let places = &row.place[..self.places()];
        if let Some(&x) = places.iter().find(|x| !may_wrap && !self.extent.contains(**x)) {
            return Err(DataFault::OutsideDomain { x, extent: *self.extent, degrees });
        }
        if let [lower, upper] = *places {
            let widest = self.extent.length * (1.0 + 1e-9);
            if upper <= lower || upper - lower > widest {
                return Err(DataFault::Bin { lower, upper });
            }
        }
        if self.kind == ObservationKind::Counts && (row.u < 0.0 || row.u.fract() != 0.0) {
            return Err(DataFault::NotACount { count: row.u });
        }
        if let Some(functional) = &row.functional {
            Expression::new(functional).map_err(|source| DataFault::Expression { source })?;
        }
        if row.sd.is_some() != with_sd {
            return Err(DataFault::SomeNoise);
        }
        // The column may give the scales of Student's t.
        let takes_column = |noise: NoiseSpec| noise.student().is_some_and(|s| s.sd.is_none());
        if row.sd.is_some() && self.noise.is_some_and(|noise| !takes_column(noise)) {
            return Err(DataFault::NoiseTwice);
        }
        if let Some(sd) = row.sd.filter(|&sd| sd <= 0.0) {
            return Err(DataFault::NoiseNotPositive { sd });
        }
        let relative = matches!(
            self.noise,
            Some(NoiseSpec::Relative { .. } | NoiseSpec::Unknown(UnknownNoise::Relative))
        );
        if relative && row.u <= 0.0 {
            return Err(DataFault::RelativeNotPositive { u: row.u });
        }
        Ok(())
    }

    /// The two ends of a circle are one point: drops a value at the upper end that repeats one at
    /// the lower.
    fn close_period(&self, rows: &mut Vec<Row>) {
        let extent = self.extent;
        if !extent.periodic {
            return;
        }
        let is_lower = |row: &Row| row.place[0] <= extent.origin + extent.tolerance();
        let lower: Vec<f64> = rows.iter().filter(|row| is_lower(row)).map(|row| row.u).collect();
        let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        rows.retain(|row| {
            let is_upper = row.place[0] >= extent.end() - extent.tolerance();
            !(is_upper && lower.iter().any(|&u| same(u, row.u)))
        });
    }

    fn bring_inside(&self, place: &mut [f64]) {
        let extent = self.extent;
        if !extent.periodic {
            place.iter_mut().for_each(|x| *x = x.clamp(extent.origin, extent.end()));
        } else if let Some(&first) = place.first() {
            let shift = extent.wrap(first) - first;
            place.iter_mut().for_each(|x| *x += shift);
        }
    }

    fn check_overlap(&self, rows: &[Row], error: &impl Fn(&Row, DataFault) -> Error) -> Result<()> {
        let slack = 1e-9 * self.extent.length;
        let around = if self.extent.periodic { Some((rows.len() - 1, 0)) } else { None };
        let neighbours = (1..rows.len()).map(|i| (i - 1, i)).chain(around);
        for (a, b) in neighbours {
            let turn = if b == 0 { self.extent.length } else { 0.0 };
            if rows[a].place[1] > rows[b].place[0] + turn + slack {
                let (lower, upper) = (rows[b].place[0], rows[b].place[1]);
                return Err(error(&rows[b], DataFault::Overlap { lower, upper }));
            }
        }
        Ok(())
    }

    fn noise(&self, rows: &[Row], dense: bool) -> Noise {
        let column = || -> Option<Vec<f64>> { rows.iter().map(|row| row.sd).collect() };
        if let Some(StudentNoise { freedom, sd }) = self.noise.and_then(NoiseSpec::student) {
            let scale = sd.map_or_else(column, |sd| Some(vec![sd; rows.len()]));
            return Noise::Student { freedom, scale };
        }
        match self.noise {
            Some(NoiseSpec::Sd(sd)) => Noise::Known(vec![sd; rows.len()]),
            Some(NoiseSpec::Relative { relative }) => Noise::Relative(vec![relative; rows.len()]),
            Some(NoiseSpec::Floored { relative, floor }) => Noise::Floored { relative, floor },
            Some(NoiseSpec::Unknown(UnknownNoise::Absolute)) => Noise::Unknown,
            Some(NoiseSpec::Unknown(UnknownNoise::Relative)) => Noise::UnknownRelative,
            _ => match column() {
                Some(sd) => Noise::Known(sd),
                None if dense => Noise::Exact,
                None => Noise::Unknown,
            },
        }
    }
}
