//! Whether counts are such as the problem can use and the memory can hold.
//!
//! With n cells, p parameters and m = Σ widths of a network, a computation keeps about
//!
//! - `A_CELL` numbers a cell, and between two ends `A_PAIR` numbers a pair of cells: the equation
//!   linearised in functions on the grid;
//! - 10 m numbers a cell for a network, and `A_PARAMETER` numbers a parameter in every restart;
//! - one number a cell for every draw of a band or truth, and `A_POINT` numbers a planned point and truth.
//!
//! Only the order of magnitude matters: what is refused could not be allocated.

use super::validate::{Check, out_of_range};
use super::{Boundary, Locations, PlannedPoints, Problem, SurrogateSpec};
use crate::memory::{available, in_words};

/// Most cells: beyond, round-off exceeds what a finer grid gains.
const CELLS: usize = 1 << 20;
/// Most parameters of one network.
const PARAMETERS: f64 = (1u32 << 20) as f64;
/// Most hidden layers of a network.
const LAYERS: usize = 64;
/// Most random starts, draws and so on: one every second for a day.
const REPEATS: usize = 86_400;
/// Most parts of the data for cross-validation.
const FOLDS: usize = 1000;
/// Most points of a branch, and branches.
const BRANCH_POINTS: usize = 1_000_000;
/// Smallest cell, in units of the round-off of positions: derivatives need some digits of its width.
const ROUND_OFF: f64 = 1e4;
/// Most planned points for a cell: between nodes a state has nothing more to tell.
const POINTS_A_CELL: usize = 16;

const A_CELL: f64 = 2000.0;
const A_PAIR: f64 = 10.0;
const A_PARAMETER: f64 = 100.0;
const A_POINT: f64 = 500.0;

impl Problem {
    pub(super) fn check_sizes(&self, locations: &Locations) -> Check {
        self.check_cells()?;
        self.check_classes(locations)?;
        self.check_repeats()?;
        let own = self.experiments.iter().enumerate();
        let own = own.map(|(i, experiment)| (format!("experiments.{i}"), experiment));
        let possible = self.design.experiments.iter().enumerate();
        let possible = possible.map(|(i, e)| (format!("design.experiments.{i}"), &e.experiment));
        for (key, experiment) in own.chain(possible) {
            if let Some(points) = &experiment.points {
                self.check_points(&format!("{key}.points"), points)?;
            }
        }
        self.check_points("design.points", &self.design.points)
    }

    fn cells(&self) -> usize {
        self.domain.cells.first().copied().unwrap_or(0)
    }

    fn check_cells(&self) -> Check {
        let (cells, extent) = (self.cells(), self.domain.extent());
        at_most("domain.cells", cells, CELLS, "")?;
        let n = cells as f64;
        let pairs = if self.domain.boundary == Boundary::Periodic { 0.0 } else { A_PAIR };
        fits("domain.cells", cells, n * A_CELL + n * n * pairs)?;
        let (width, largest) = (extent.length / n, extent.origin.abs().max(extent.end().abs()));
        if largest * f64::EPSILON * ROUND_OFF > width {
            let requirement = format!(
                "so near to 0 that cells of width {width:e} can be told from round-off; count positions from \
                 an end of the domain"
            );
            return Err(out_of_range("domain.origin", &extent.origin.to_string(), requirement));
        }
        Ok(())
    }

    fn check_classes(&self, locations: &Locations) -> Check {
        let cells = self.cells();
        let waves = if self.domain.boundary == Boundary::Periodic { cells / 2 } else { cells };
        for (name, function) in &self.functions {
            let Some(unknown) = function.unknown() else { continue };
            let option = |option: &str| {
                let nested = format!("functions.{name}.surrogate.{option}");
                let is_nested = locations.contains(&nested);
                if is_nested { nested } else { format!("functions.{name}.{option}") }
            };
            let told = "more cannot be told apart on the grid; write more `cells` for more";
            match &unknown.surrogate {
                SurrogateSpec::Network { hidden, harmonics, .. } => {
                    let harmonics = harmonics.unwrap_or(1);
                    at_most(&option("harmonics"), harmonics, waves.max(32), told)?;
                    self.check_network(&option("hidden"), hidden, harmonics)?;
                }
                SurrogateSpec::Fourier { modes } => {
                    at_most(&option("modes"), *modes, waves.max(32), told)?;
                }
                SurrogateSpec::Spline { knots } => {
                    at_most(&option("knots"), *knots, (cells + 1).max(20), told)?;
                }
                SurrogateSpec::Expression { .. } => {}
            }
        }
        Ok(())
    }

    fn check_network(&self, key: &str, hidden: &[usize], harmonics: usize) -> Check {
        if hidden.len() > LAYERS {
            let found = format!("an array of {}", hidden.len());
            return Err(out_of_range(key, &found, format!("at most {LAYERS} widths")));
        }
        let widths = || hidden.iter().map(|&width| width as f64);
        let into = std::iter::once(2.0 * harmonics as f64).chain(widths());
        let parameters: f64 = into.zip(widths().chain([1.0])).map(|(a, b)| (a + 1.0) * b).sum();
        let found = format!("{hidden:?}, with {parameters:.0} parameters");
        if parameters > PARAMETERS {
            return Err(out_of_range(key, &found, format!("of at most {PARAMETERS} parameters")));
        }
        let restarts = self.fit.restarts.min(REPEATS) as f64;
        let numbers = parameters * A_PARAMETER * restarts.min(64.0) + parameters * restarts;
        let width: f64 = widths().sum();
        fits(key, found, numbers + 10.0 * width * self.cells() as f64)
    }

    fn check_repeats(&self) -> Check {
        let diagnose = &self.diagnose;
        let cells = self.cells() as f64;
        for (key, value) in [
            ("fit.restarts", self.fit.restarts),
            ("bands.samples", self.bands.samples),
            ("diagnose.draws", diagnose.draws),
            ("design.truths", self.design.truths),
        ] {
            at_most(key, value, REPEATS, "")?;
            fits(key, value, value as f64 * cells * 4.0)?;
        }
        at_most("fit.folds", self.fit.folds, FOLDS, "")?;
        at_most("design.replicates", self.design.replicates, REPEATS, "")?;
        at_most("branches.max_points", self.branches.max_points, BRANCH_POINTS, "")?;
        at_most("branches.max_branches", self.branches.max_branches, BRANCH_POINTS, "")?;
        let modes = diagnose.profiles.iter().flatten().enumerate();
        let modes = modes.map(|(i, p)| (format!("diagnose.profiles.{i}.mode"), p.mode));
        let of_design =
            self.design.functional.iter().map(|f| ("design.functional.mode".into(), f.mode));
        for (key, mode) in modes.chain(of_design) {
            let most = self.cells() / 2;
            at_most(&key, mode.unwrap_or(0), most, "the grid has no higher ones")?;
        }
        Ok(())
    }

    fn check_points(&self, key: &str, points: &PlannedPoints) -> Check {
        let most = POINTS_A_CELL * self.cells();
        let (found, count) = match points {
            PlannedPoints::Count(count) => (count.to_string(), *count),
            PlannedPoints::At(x) => (format!("an array of {}", x.len()), x.len() as f64),
        };
        if count > most as f64 {
            let requirement = format!("at most {most} points, {POINTS_A_CELL} a cell");
            return Err(out_of_range(key, &found, requirement));
        }
        fits(key, found, count * A_POINT * self.design.truths.max(1) as f64)
    }
}

fn at_most(key: &str, value: usize, most: usize, why: &str) -> Check {
    if value <= most {
        return Ok(());
    }
    let colon = if why.is_empty() { "" } else { ": " };
    Err(out_of_range(key, &value.to_string(), format!("at most {most}{colon}{why}")))
}

/// Whether memory holds so many numbers.
fn fits(key: &str, found: impl ToString, numbers: f64) -> Check {
    let (needed, available) = (8.0 * numbers, available());
    if needed <= available {
        return Ok(());
    }
    let requirement = format!(
        "less: it needs about {} of memory, and {} are free",
        in_words(needed),
        in_words(available)
    );
    Err(out_of_range(key, &found.to_string(), requirement))
}
