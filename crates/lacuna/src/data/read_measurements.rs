//! From CSV files to [`Measurements`]: the columns decide what was observed.

use std::path::{Path, PathBuf};

use lacuna_surrogate::Expression;

use super::columns::{self, Column, Layout, data_error};
use super::measurements::dense;
use super::suspect;
use super::{DataFault, Extent, MeasurementKind, Measurements, Noise, Roughness, StateData};
use crate::problem::{NoiseSpec, ObservationKind, StudentNoise, TableFormat, UnknownNoise};
use crate::{Error, Place, Result};

pub(super) const fn needed(name: &'static str) -> Column {
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

/// What the columns of a file say that it observes.
pub(crate) fn kind_of(path: &Path, format: TableFormat<'_>) -> Result<ObservationKind> {
    let header = columns::header(path, format)?;
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
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    /// What they are.
    pub(crate) kind: ObservationKind,
    /// Noise as the problem gives it.
    pub(crate) noise: Option<NoiseSpec>,
    /// Expected individuals for each unit of ∫u.
    pub(crate) exposure: Option<f64>,
    /// Whether u is a density.
    pub(crate) density: bool,
    /// The domain.
    pub(crate) extent: &'a Extent,
    /// How the files are written.
    pub(crate) format: TableFormat<'a>,
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

pub(super) fn no_rows(files: &[PathBuf]) -> Error {
    let path = files.first().cloned().unwrap_or_default();
    let fault = DataFault::TooFew { found: 0, needed: 1, what: "an experiment" };
    data_error(Place::file(path), fault)
}

pub(super) fn rows_skipped(path: &Path, count: usize) -> Option<String> {
    let rows = if count == 1 { "row" } else { "rows" };
    let path = path.display();
    (count > 0).then(|| format!("{path}: {count} {rows} with missing values skipped"))
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
        let (mut rows, mut remarks) = (Vec::new(), Vec::new());
        for (file, path) in files.iter().enumerate() {
            let skipped = self.read_rows(file, path, &mut rows)?;
            remarks.extend(rows_skipped(path, skipped));
        }
        Ok(Measurements { remarks, ..self.assemble(files, rows)? })
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

    /// Adds the rows of one file; how many were skipped.
    fn read_rows(&self, file: usize, path: &Path, rows: &mut Vec<Row>) -> Result<usize> {
        let (layout, value, sd) = match self.kind {
            ObservationKind::Values => (&super::state::LAYOUT, Some(1), Some(2)),
            ObservationKind::Averages => (&AVERAGES, Some(2), Some(3)),
            ObservationKind::Functionals => (&FUNCTIONALS, Some(1), Some(2)),
            ObservationKind::Counts => (&COUNTS, Some(2), None),
            ObservationKind::Positions => (&super::positions::LAYOUT, None, None),
        };
        let places = self.places();
        let mut file_columns = columns::read(path, layout, self.format)?;
        let texts = std::mem::take(&mut file_columns.texts);
        let mut texts = texts.into_iter().map(String::into_boxed_str);
        let column = |index: usize| file_columns.columns[index].as_deref();
        rows.reserve_exact(file_columns.lines.len());
        for (i, line) in file_columns.lines.iter().enumerate() {
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
        Ok(file_columns.skipped)
    }

    /// Checks rows and brings them into order.
    fn assemble(&self, files: &[PathBuf], mut rows: Vec<Row>) -> Result<Measurements> {
        if rows.is_empty() {
            return Err(no_rows(files));
        }
        let error =
            |row: &Row, fault| data_error(Place::line(&files[row.file as usize], row.line), fault);
        if self.places() == 2 {
            rows.iter_mut().for_each(|row| self.close_cell(&mut row.place));
        }
        if let Some((row, fault)) = self.suspect(&rows) {
            return Err(error(&rows[row], fault));
        }
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
                let noise = self.noise(&rows).unwrap_or_else(|| self.unnamed_noise(&x, &u));
                MeasurementKind::Values { x, u, noise }
            }
            ObservationKind::Averages => MeasurementKind::Averages {
                lower: place(0),
                upper: place(1),
                u,
                noise: self.noise(&rows).unwrap_or(Noise::Unknown),
            },
            ObservationKind::Functionals => MeasurementKind::Functionals {
                weight: rows
                    .iter()
                    .filter_map(|row| row.functional.as_deref())
                    .map(str::to_owned)
                    .collect(),
                u,
                noise: self.noise(&rows).unwrap_or(Noise::Unknown),
            },
            ObservationKind::Counts => MeasurementKind::Counts {
                lower: place(0),
                upper: place(1),
                count: u,
                exposure: self.exposure,
            },
            ObservationKind::Positions => MeasurementKind::Positions { x: place(0) },
        };
        Ok(Measurements { sources: files.to_vec(), kind, remarks: Vec::new() })
    }

    /// On a circle a cell such as 348.75 to 11.25 crosses the end, if it is not wider than the rest.
    fn close_cell(&self, place: &mut [f64]) {
        let extent = self.extent;
        if let [lower, upper] = place
            && extent.periodic
            && upper < lower
            && !extent.turns(*lower)
            && !extent.turns(*upper)
        {
            let turned = extent.wrap(*upper) - extent.wrap(*lower);
            let width = if turned < 0.0 { turned + extent.length } else { turned };
            if width <= 0.5 * extent.length {
                *upper = *lower + width;
            }
        }
    }

    /// The first row with a number that cannot be meant.
    fn suspect(&self, rows: &[Row]) -> Option<(usize, DataFault)> {
        let first = |bad: &[bool]| {
            (0..rows.len()).filter(|&i| bad[i]).min_by_key(|&i| (rows[i].file, rows[i].line))
        };
        let column = |values: Vec<f64>, name: &'static str, found: &dyn Fn(&[f64]) -> Vec<bool>| {
            let row = first(&found(&values))?;
            Some((row, DataFault::Code { column: name, value: values[row] }))
        };
        let u: Vec<f64> = rows.iter().map(|row| row.u).collect();
        match self.kind {
            // Positions are read, and examined, by themselves.
            ObservationKind::Positions => None,
            ObservationKind::Counts => column(u, "count", &suspect::codes_among_counts),
            _ => column(u.clone(), "u", &suspect::codes_among_values).or_else(|| {
                if !self.density || self.kind == ObservationKind::Functionals {
                    return None;
                }
                let sd = |row: &Row| match self.noise {
                    Some(NoiseSpec::Sd(sd)) => Some(sd),
                    _ => row.sd,
                };
                let sd: Vec<Option<f64>> = rows.iter().map(sd).collect();
                let row = first(&suspect::impossible_densities(&u, &sd))?;
                Some((row, DataFault::NegativeDensity { u: u[row], sd: sd[row] }))
            }),
        }
    }

    /// What is wrong with a place, which may go round a circle or not; `degrees` where all look like
    /// angles on a circle in radians.
    pub(super) fn misplaced(&self, x: f64, may_wrap: bool, degrees: bool) -> Option<DataFault> {
        let extent = *self.extent;
        if may_wrap {
            return extent.turns(x).then_some(DataFault::ManyTurns { x, extent });
        }
        (!extent.contains(x)).then_some(DataFault::OutsideDomain { x, extent, degrees })
    }

    fn check(&self, row: &Row, largest: f64, with_sd: bool) -> Result<(), DataFault> {
        let circle = self.extent.periodic;
        let degrees = self.extent.looks_like_degrees(largest);
        let may_wrap = circle && self.kind != ObservationKind::Values && !degrees;
        let places = &row.place[..self.places()];
        if let Some(fault) = places.iter().find_map(|&x| self.misplaced(x, may_wrap, degrees)) {
            return Err(fault);
        }
        if let [lower, upper] = *places {
            let widest = self.extent.length * (1.0 + 1e-9);
            // A cell narrower than round-off would collapse when it is brought round the circle.
            if upper - lower <= self.extent.tolerance() || upper - lower > widest {
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

    pub(super) fn bring_inside(&self, place: &mut [f64]) {
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

    /// What the problem or the column `sd` says.
    fn noise(&self, rows: &[Row]) -> Option<Noise> {
        let column = || -> Option<Vec<f64>> { rows.iter().map(|row| row.sd).collect() };
        if let Some(StudentNoise { freedom, sd }) = self.noise.and_then(NoiseSpec::student) {
            let scale = sd.map_or_else(column, |sd| Some(vec![sd; rows.len()]));
            return Some(Noise::Student { freedom, scale });
        }
        match self.noise {
            Some(NoiseSpec::Sd(sd)) => Some(Noise::Known(vec![sd; rows.len()])),
            Some(NoiseSpec::Relative { relative }) => {
                Some(Noise::Relative(vec![relative; rows.len()]))
            }
            Some(NoiseSpec::Floored { relative, floor }) => {
                Some(Noise::Floored { relative, floor })
            }
            Some(NoiseSpec::Unknown(UnknownNoise::Absolute)) => Some(Noise::Unknown),
            Some(NoiseSpec::Unknown(UnknownNoise::Relative)) => Some(Noise::UnknownRelative),
            _ => column().map(Noise::Known),
        }
    }

    /// Values without a noise level are exact only where they show it.
    fn unnamed_noise(&self, x: &[f64], u: &[f64]) -> Noise {
        let roughness = Roughness::of(x, u);
        if dense(x, self.extent) && roughness.is_exact() {
            Noise::Exact
        } else if self.density && roughness.is_proportional && u.iter().all(|u| *u > 0.0) {
            Noise::UnknownRelative
        } else {
            Noise::Unknown
        }
    }
}
