//! Whether the residuals of each experiment, and what the others predict of it, are those of a right
//! model.
//!
//! Every number of `statistics.rs`, `linear.rs`, `held_out.rs` and `departures.rs` is taken of the data
//! and of N simulated data sets, and judged as `scores.rs` says. Where the noise level of an experiment
//! was found from its residuals, those of every set are measured in the level found from them:
//! f² = Σ r²/(n − tr H), H the part of the data that the fit follows.

use faer::{Mat, MatRef};
use lacuna_core::EvalResult;
use lacuna_fit::{LinearisedFit, LinearisedState};

use super::departures::{Departed, DepartureCheck, Departures};
use super::held_out::{Folds, held_out};
use super::linear::{consistency, noise_factors, residuals};
use super::scores::{Column, Tail, Tested};
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
    /// Folds in which data are held out; with fewer than two none are.
    pub folds: usize,
}

impl Default for ResidualCheckOptions {
    fn default() -> Self {
        Self { replicates: 1999, seed: 0, folds: 5 }
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
    /// Mean square of data that were held out, relative to what is predicted of them: noise and what
    /// the other data leave open.
    pub held_out: Option<Tested>,
    /// What else could be behind the data.
    pub departures: Vec<DepartureCheck>,
    /// The smallest adjusted p; 1 where nothing could be checked.
    pub p: f64,
    /// Numbers that were looked at.
    pub tests: usize,
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
    let noise = noise_factors(fit, &left)?;
    let mut columns = Vec::new();
    for (e, state) in fit.experiments.iter().enumerate() {
        let own = left.as_ref().subrows(state.rows.start, state.rows.len());
        let places = places.get(e).and_then(Option::as_ref);
        let mut of = of_sequence(state, places, own, derive(options.seed, e));
        if fit.experiments.len() > 1
            && let Some(found) = consistency(fit.sensitivity.as_ref(), &data, &state.rows)?
        {
            let values = found.values.iter().zip(&noise[e]).map(|(t, f)| t / (f * f)).collect();
            of.consistency = Some(Column::new(values, Tail::Upper));
            of.directions = found.directions;
        }
        columns.push(of);
    }
    let folds = Folds::deal(fit, options.folds, options.seed);
    let left = measured_in_noise(left, fit, &noise);
    let held_out =
        folds.map(|folds| held_out(fit.sensitivity.as_ref(), &left, &folds)).transpose()?;
    let held_out = held_out.map(|values| Column::new(values, Tail::Upper));
    let departures = Departures::new(fit, &data, &noise)?;
    let departed: Vec<Departed> =
        fit.departures.iter().map(|d| departures.of(d)).collect::<EvalResult<_>>()?;
    let mut largest = vec![f64::NEG_INFINITY; data.ncols()];
    let mut tests = 0;
    let of_experiments = columns.iter().flat_map(Columns::all).chain(&held_out);
    for column in of_experiments.chain(departed.iter().filter_map(|d| d.column.as_ref())) {
        tests += 1;
        largest.iter_mut().zip(&column.scores).for_each(|(most, score)| *most = most.max(*score));
    }
    let experiments: Vec<ExperimentCheck> =
        columns.into_iter().map(|of| conclude(of, &largest)).collect();
    let held_out = held_out.map(|column| column.tested(&largest));
    let departures: Vec<DepartureCheck> =
        departed.into_iter().map(|d| d.conclude(&largest)).collect();
    let others = held_out.iter().chain(departures.iter().filter_map(|d| d.tested.as_ref()));
    let p = experiments.iter().map(ExperimentCheck::p).chain(others.map(|t| t.adjusted));
    let p = p.fold(1.0, f64::min);
    Ok(ResidualChecks { experiments, held_out, departures, p, tests })
}

/// Residuals in units of the noise levels found from them.
pub(super) fn measured_in_noise(
    mut left: Mat<f64>,
    fit: &LinearisedFit,
    noise: &[Vec<f64>],
) -> Mat<f64> {
    for (state, factors) in fit.experiments.iter().zip(noise).filter(|(s, _)| s.unknown_noise) {
        for (j, factor) in factors.iter().enumerate() {
            let own = left.as_mut().col_mut(j).subrows_mut(state.rows.start, state.rows.len());
            own.iter_mut().for_each(|r| *r /= factor);
        }
    }
    left
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
