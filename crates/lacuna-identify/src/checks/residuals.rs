//! Whether the residuals of each experiment, and what the others predict of it, are those of a right
//! model.
//!
//! Every number of `statistics.rs` and T of `linear.rs` is taken of the data and of N simulated data
//! sets. Its score is −ln of the share of simulated numbers at least as large, continued beyond the
//! largest ones as an exponential tail (for the mean square: at either end, the share doubled), so that
//! scores of different numbers can be compared. Its p is the share of the N + 1 sets with a score at
//! least as large. Because many numbers are looked at, the score is also set beside the largest score
//! of every set: the adjusted p is the share of sets whose largest is at least as large (Westfall and
//! Young, Resampling-Based Multiple Testing, 1993, section 2.5). A right model gives any adjusted p
//! below α in at most α of all cases.

use faer::{Mat, MatRef};
use lacuna_core::EvalResult;
use lacuna_fit::{LinearisedFit, LinearisedState};

use super::linear::{consistency, residuals};
use super::statistics::{Sequence, grouped_counts, single_rows};

/// Fewest residuals (groups of counts) that are looked at.
const FEWEST: usize = 6;
/// Lags of the autocorrelation that is reported.
const LAGS: usize = 3;

/// How residuals are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResidualCheckOptions {
    /// N, at least 1: the smallest p is 1/(N + 1).
    pub replicates: usize,
    /// From which the simulated data derive.
    pub seed: u64,
}

impl Default for ResidualCheckOptions {
    fn default() -> Self {
        Self { replicates: 1999, seed: 0 }
    }
}

/// Where the residuals of one experiment belong.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// x of each score residual.
    pub x: Vec<f64>,
    /// Length of the domain.
    pub length: f64,
    /// Whether it is a circle.
    pub is_circle: bool,
}

/// A number, what it is where everything is right, and how rarely it is as extreme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// The number.
    pub value: f64,
    /// Its mean over the simulated data.
    pub expected: f64,
    /// p of this number alone.
    pub p: f64,
    /// p adjusted for all numbers that were looked at.
    pub adjusted: f64,
}

/// The checks of one experiment; what cannot be checked is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentCheck {
    /// Residuals, or groups of counts.
    pub residuals: usize,
    /// Mean square of the residuals; none where the noise level was found from them.
    pub level: Option<Tested>,
    /// Correlation of near residuals.
    pub serial: Option<Tested>,
    /// Mean square along slow waves.
    pub slow: Option<Tested>,
    /// Neighbours of the same sign.
    pub kept_signs: Option<Tested>,
    /// The largest residual in its expected standard deviations.
    pub largest: Option<Tested>,
    /// T: how far the experiment is from what the others predict of it.
    pub consistency: Option<Tested>,
    /// Directions that T compares.
    pub directions: usize,
    /// Correlation of residuals one, two and three places apart; empty without places.
    pub autocorrelation: Vec<f64>,
}

/// The checks of all experiments.
#[derive(Clone, Debug, PartialEq)]
pub struct ResidualChecks {
    /// One an experiment.
    pub experiments: Vec<ExperimentCheck>,
    /// The smallest adjusted p; 1 where nothing could be checked.
    pub p: f64,
    /// Numbers that were looked at.
    pub tests: usize,
}

/// Where a number is suspicious.
#[derive(Clone, Copy, PartialEq)]
enum Tail {
    Upper,
    Both,
}

/// The tail begins at this number from the end.
const IN_TAIL: usize = 20;

/// −ln of the share of `sorted` numbers (increasing) that are at least as large as `value`.
fn score(sorted: &[f64], value: f64) -> f64 {
    let n = sorted.len();
    let above = n - sorted.partition_point(|other| *other < value);
    let place = n - IN_TAIL.min(n.div_ceil(2));
    let (from, tail) = (sorted[place], &sorted[place..]);
    if above >= tail.len() {
        return -(above as f64 / n as f64).ln();
    }
    let excess = tail.iter().map(|v| v - from).sum::<f64>() / tail.len() as f64;
    let beyond = if excess > 0.0 { (value - from) / excess } else { (tail.len() - above) as f64 };
    beyond - (tail.len() as f64 / n as f64).ln()
}

/// One number of all data sets, the observed one first.
struct Column {
    values: Vec<f64>,
    scores: Vec<f64>,
}

impl Column {
    fn new(values: Vec<f64>, tail: Tail) -> Self {
        // The observed number may be far out: it has no part in what is expected.
        let mut upper = values[1..].to_vec();
        upper.sort_by(f64::total_cmp);
        let lower: Vec<f64> = upper.iter().rev().map(|v| -v).collect();
        let of = |&value: &f64| match tail {
            Tail::Upper => score(&upper, value),
            Tail::Both => {
                let larger = score(&upper, value).max(score(&lower, -value));
                (larger - std::f64::consts::LN_2).max(0.0)
            }
        };
        let scores = values.iter().map(of).collect();
        Self { values, scores }
    }

    fn tested(&self, largest: &[f64]) -> Tested {
        let simulated = &self.values[1..];
        let share = |scores: &[f64]| {
            let as_large = scores.iter().filter(|s| **s >= self.scores[0]).count();
            as_large as f64 / scores.len() as f64
        };
        Tested {
            value: self.values[0],
            expected: simulated.iter().sum::<f64>() / simulated.len().max(1) as f64,
            p: share(&self.scores),
            adjusted: share(largest),
        }
    }
}

/// The numbers of one experiment.
#[derive(Default)]
struct Columns {
    residuals: usize,
    level: Option<Column>,
    serial: Option<Column>,
    slow: Option<Column>,
    kept_signs: Option<Column>,
    largest: Option<Column>,
    consistency: Option<Column>,
    directions: usize,
    autocorrelation: Vec<f64>,
}

impl Columns {
    fn all(&self) -> impl Iterator<Item = &Column> {
        let of_sequence = [&self.level, &self.serial, &self.slow, &self.kept_signs, &self.largest];
        of_sequence.into_iter().chain([&self.consistency]).flatten()
    }
}

/// Checks the residuals of a fit. `places` has one entry an experiment, `None` where its data belong
/// to no place.
///
/// # Errors
/// If the sensitivities are not finite.
pub fn check_residuals(
    fit: &LinearisedFit,
    places: &[Option<Places>],
    options: &ResidualCheckOptions,
) -> EvalResult<ResidualChecks> {
    let replicates = fit.replicates(options.replicates.max(1), options.seed);
    let data = Mat::from_fn(replicates.nrows(), replicates.ncols() + 1, |i, j| match j {
        0 => fit.data[i],
        _ => replicates[(i, j - 1)],
    });
    drop(replicates);
    let left = residuals(fit.sensitivity.as_ref(), &data)?;
    let mut columns = Vec::new();
    for (e, state) in fit.experiments.iter().enumerate() {
        let own = left.as_ref().subrows(state.rows.start, state.rows.len());
        let places = places.get(e).and_then(Option::as_ref);
        let mut of = of_sequence(state, places, own, derive(options.seed, e));
        if fit.experiments.len() > 1
            && let Some(found) = consistency(fit.sensitivity.as_ref(), &data, &state.rows)?
        {
            of.consistency = Some(Column::new(found.values, Tail::Upper));
            of.directions = found.directions;
        }
        columns.push(of);
    }
    let mut largest = vec![f64::NEG_INFINITY; data.ncols()];
    let mut tests = 0;
    for column in columns.iter().flat_map(Columns::all) {
        tests += 1;
        largest.iter_mut().zip(&column.scores).for_each(|(most, score)| *most = most.max(*score));
    }
    let experiments: Vec<ExperimentCheck> =
        columns.into_iter().map(|of| conclude(of, &largest)).collect();
    let p = experiments.iter().map(ExperimentCheck::p).fold(1.0, f64::min);
    Ok(ResidualChecks { experiments, p, tests })
}

impl ExperimentCheck {
    /// The smallest adjusted p of this experiment; 1 where nothing could be checked.
    pub fn p(&self) -> f64 {
        let of_sequence = [self.level, self.serial, self.slow, self.kept_signs, self.largest];
        of_sequence
            .iter()
            .chain([&self.consistency])
            .flatten()
            .map(|t| t.adjusted)
            .fold(1.0, f64::min)
    }
}

fn of_sequence(
    state: &LinearisedState,
    places: Option<&Places>,
    own: MatRef<'_, f64>,
    seed: u64,
) -> Columns {
    let x = places.map(|p| mean_places(&p.x, &state.sizes)).filter(|x| x.len() == own.nrows());
    let groups = match &state.expected_counts {
        Some(expected) => grouped_counts(expected, x.as_deref()),
        None => single_rows(own.nrows(), x.as_deref()),
    };
    let count = groups.len();
    if count < FEWEST {
        return Columns { residuals: count, ..Columns::default() };
    }
    let simulated = own.subcols(1, own.ncols() - 1);
    let length = x.as_ref().and(places).map(|p| p.length);
    let is_circle = places.is_some_and(|p| p.is_circle);
    let sequence = Sequence::new(groups, length, is_circle, simulated);
    let every = |tail: Tail, number: &dyn Fn(&[f64]) -> f64| {
        let values = (0..own.ncols()).map(|j| number(&sequence.residuals(own, j))).collect();
        Column::new(values, tail)
    };
    let unknown_noise = state.unknown_noise;
    let (level, largest) = match &state.within {
        Some(within) => {
            let mut sets = vec![*within];
            sets.extend(within.drawn(simulated.ncols(), seed));
            let squares: Vec<f64> = (0..own.ncols())
                .map(|j| sequence.mean_square(&sequence.residuals(own, j)) * count as f64)
                .zip(&sets)
                .map(|(between, within)| (between + within.square) / within.data as f64)
                .collect();
            let largest = sets.iter().zip(&squares).map(|(set, square)| {
                set.largest / if unknown_noise { square.sqrt().max(f64::MIN_POSITIVE) } else { 1.0 }
            });
            let largest = Column::new(largest.collect(), Tail::Upper);
            ((!unknown_noise).then(|| Column::new(squares, Tail::Both)), largest)
        }
        None => (
            (!unknown_noise).then(|| every(Tail::Both, &|r| sequence.mean_square(r))),
            every(Tail::Upper, &|r| sequence.largest(r, unknown_noise)),
        ),
    };
    let observed = sequence.residuals(own, 0);
    let ordered = sequence.is_ordered();
    Columns {
        residuals: state.within.map_or(count, |within| within.data),
        level,
        serial: ordered.then(|| every(Tail::Upper, &|r| sequence.serial(r))),
        slow: ordered.then(|| every(Tail::Upper, &|r| sequence.slow(r, unknown_noise))),
        kept_signs: ordered.then(|| every(Tail::Upper, &|r| sequence.kept_signs(r))),
        largest: Some(largest),
        autocorrelation: if ordered { sequence.autocorrelation(&observed, LAGS) } else { vec![] },
        ..Columns::default()
    }
}

/// Another seed for each experiment, none that of the simulated data.
fn derive(seed: u64, experiment: usize) -> u64 {
    seed.wrapping_add((experiment as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The mean place of the data of every row.
fn mean_places(x: &[f64], sizes: &[usize]) -> Vec<f64> {
    if sizes.is_empty() {
        return x.to_vec();
    }
    let mut rest = x;
    let mut means = Vec::with_capacity(sizes.len());
    for &size in sizes {
        let (own, others) = rest.split_at(size.min(rest.len()));
        rest = others;
        means.push(own.iter().sum::<f64>() / size as f64);
    }
    means
}

fn conclude(of: Columns, largest: &[f64]) -> ExperimentCheck {
    let tested = |column: Option<Column>| column.map(|c| c.tested(largest));
    ExperimentCheck {
        residuals: of.residuals,
        level: tested(of.level),
        serial: tested(of.serial),
        slow: tested(of.slow),
        kept_signs: tested(of.kept_signs),
        largest: tested(of.largest),
        consistency: tested(of.consistency),
        directions: of.directions,
        autocorrelation: of.autocorrelation,
    }
}
