//! Positions of individuals, of which there may be very many.
//!
//! They are read as a stream. Up to a million are kept as they are; more are counted, as they come, in bins
//! that are far narrower than cells, so that memory does not grow with them.

use std::path::{Path, PathBuf};

use super::columns::{self, Layout, data_error};
use super::lines::Lines;
use super::read_measurements::{Reading, needed, no_rows, rows_skipped};
use super::{DataFault, MeasurementKind, Measurements, suspect};
use crate::{Error, Place, Result};

/// One column of any name.
pub(super) const LAYOUT: Layout =
    Layout { header: "x", columns: &[needed("x")], any_single: true, ..Layout::PLAIN };

/// Most positions that are kept.
const MOST: usize = 1 << 20;
/// Bins for more.
const BINS: usize = 1 << 15;

/// What was read so far.
struct Gathered<'a> {
    reading: &'a Reading<'a>,
    files: &'a [PathBuf],
    most: usize,
    x: Vec<f64>,
    /// Lines of each file, as long as positions are kept.
    lines: Vec<Lines>,
    /// Individuals in each bin, once there are too many.
    counts: Vec<f64>,
}

impl Reading<'_> {
    /// Positions alone.
    pub(super) fn read_positions(&self, files: &[PathBuf]) -> Result<Measurements> {
        self.positions(files, MOST)
    }

    fn positions(&self, files: &[PathBuf], most: usize) -> Result<Measurements> {
        let (x, lines, counts) = (Vec::new(), Vec::new(), Vec::new());
        let mut gathered = Gathered { reading: self, files, most, x, lines, counts };
        let mut remarks = Vec::new();
        for path in files {
            gathered.lines.push(Lines::default());
            let add = &mut |x: f64, line: u32| gathered.add(path, x, line);
            let skipped = columns::each(path, &LAYOUT, self.format, add)?;
            remarks.extend(rows_skipped(path, skipped));
        }
        let kind = gathered.conclude(&mut remarks)?;
        Ok(Measurements { sources: files.to_vec(), kind, remarks })
    }
}

impl Gathered<'_> {
    fn add(&mut self, path: &Path, x: f64, line: u32) -> Result<()> {
        if !self.counts.is_empty() {
            let may_wrap = self.reading.extent.periodic;
            if let Some(fault) = self.reading.misplaced(x, may_wrap, false) {
                return Err(data_error(Place::line(path, line), fault));
            }
            self.count(x);
            return Ok(());
        }
        self.x.push(x);
        if let Some(lines) = self.lines.last_mut() {
            lines.push(line);
        }
        if self.x.len() > self.most {
            self.check()?;
            self.counts = vec![0.0; BINS];
            for x in std::mem::take(&mut self.x) {
                self.count(x);
            }
            self.lines.clear();
        }
        Ok(())
    }

    /// Refuses positions that cannot be meant, all that are kept seen together.
    fn check(&self) -> Result<()> {
        let extent = self.reading.extent;
        let largest = self.x.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        let degrees = extent.looks_like_degrees(largest);
        let may_wrap = extent.periodic && !degrees;
        let codes = suspect::codes_among_places(&self.x, extent);
        let found = match codes.iter().position(|code| *code) {
            Some(place) => Some((place, DataFault::Code { column: "x", value: self.x[place] })),
            None => self.x.iter().enumerate().find_map(|(place, &x)| {
                Some((place, self.reading.misplaced(x, may_wrap, degrees)?))
            }),
        };
        let Some((mut row, fault)) = found else { return Ok(()) };
        let mut file = 0;
        while row >= self.lines[file].len() {
            row -= self.lines[file].len();
            file += 1;
        }
        Err(data_error(Place::line(&self.files[file], self.lines[file].of(row)), fault))
    }

    fn inside(&self, mut x: f64) -> f64 {
        self.reading.bring_inside(std::slice::from_mut(&mut x));
        x
    }

    fn count(&mut self, x: f64) {
        let extent = self.reading.extent;
        let part = (self.inside(x) - extent.origin) / extent.length;
        self.counts[((part * BINS as f64) as usize).min(BINS - 1)] += 1.0;
    }

    fn conclude(mut self, remarks: &mut Vec<String>) -> Result<MeasurementKind> {
        if !self.counts.is_empty() {
            let extent = self.reading.extent;
            let end = |k: usize| extent.origin + extent.length * k as f64 / BINS as f64;
            let total: f64 = self.counts.iter().sum();
            remarks.push(format!(
                "{total} positions are more than {MOST}: they were counted in {BINS} bins of equal width"
            ));
            let (lower, upper) = ((0..BINS).map(end).collect(), (1..=BINS).map(end).collect());
            let (count, exposure) = (self.counts, None);
            return Ok(MeasurementKind::Counts { lower, upper, count, exposure });
        }
        if self.x.is_empty() {
            return Err::<_, Error>(no_rows(self.files));
        }
        self.check()?;
        let mut x: Vec<f64> =
            std::mem::take(&mut self.x).into_iter().map(|x| self.inside(x)).collect();
        x.sort_unstable_by(f64::total_cmp);
        Ok(MeasurementKind::Positions { x })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::data::Extent;
    use crate::problem::{ObservationKind, TableFormat};

    fn read(text: &str, most: usize, periodic: bool) -> Result<Measurements> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        std::fs::write(&path, text).unwrap();
        let extent = Extent { origin: -1.0, length: 2.0, periodic };
        let reading = Reading {
            kind: ObservationKind::Positions,
            noise: None,
            exposure: None,
            density: true,
            extent: &extent,
            format: TableFormat::PLAIN,
        };
        reading.positions(&[path], most)
    }

    #[test]
    fn many_are_counted_where_they_are() {
        let mut text = String::from("x\n");
        for i in 0..40 {
            // Once round the circle each tenth time.
            let turn = if i % 10 == 9 { 2.0 } else { 0.0 };
            writeln!(text, "{}", -1.0 + 2.0 * f64::from(i) / 40.0 + 1e-3 + turn).unwrap();
        }
        let MeasurementKind::Positions { x } = read(&text, 40, true).unwrap().kind else {
            panic!("not kept")
        };
        assert_eq!(x.len(), 40);
        let measured = read(&text, 39, true).unwrap();
        assert!(measured.remarks[0].starts_with("40 positions"), "{:?}", measured.remarks);
        let MeasurementKind::Counts { lower, upper, count, exposure } = measured.kind else {
            panic!("not counted")
        };
        assert_eq!((count.iter().sum::<f64>(), exposure), (40.0, None));
        assert_eq!((lower[0], upper[BINS - 1]), (-1.0, 1.0));
        let held: Vec<usize> = (0..BINS).filter(|&k| count[k] > 0.0).collect();
        for (k, x) in held.into_iter().zip(x) {
            assert!((lower[k]..upper[k]).contains(&x), "{x}");
        }
    }

    #[test]
    fn a_position_outside_is_told_by_its_line_however_many_there_are() {
        let mut text = "x\n".to_owned() + &"0.5\n".repeat(50);
        text.push_str("3.5\n");
        for most in [10, 100] {
            let error = read(&text, most, false).unwrap_err().to_string();
            assert!(error.contains("x.csv:52:"), "{error}");
        }
    }
}
