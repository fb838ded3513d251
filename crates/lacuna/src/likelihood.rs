//! From measurements to their likelihood on the grid.

use lacuna_core::Bound;
use lacuna_fit::Observations;
use lacuna_grid::Functionals;

use crate::data::{MeasurementKind, Measurements, Noise, lattice_step};
use crate::setup::expression;
use crate::{Error, Result, Setup};

/// First guess of an unknown noise level, relative to the standard deviation of the values.
const FIRST_NOISE: f64 = 0.05;

/// Observations, and the first level of their noise where it is unknown.
pub(crate) struct Observed {
    pub(crate) observations: Observations,
    pub(crate) noise: Option<f64>,
}

pub(crate) fn observe(setup: &Setup, index: usize, measured: &Measurements) -> Result<Observed> {
    let grid = &setup.grid;
    let key = format!("experiments.{index}.data");
    let failed = |source: lacuna_core::EvalError| Error::Fit {
        place: setup.loaded.place(&key),
        source: source.into(),
    };
    let periodic = grid.axes()[0].boundary == lacuna_grid::Boundary::Periodic;
    let ends = if periodic { Vec::new() } else { setup.conditions(index).boundary_values };
    let known = |observations: lacuna_core::EvalResult<Observations>| {
        observations.map(|observations| Observed { observations, noise: None }).map_err(failed)
    };
    match &measured.kind {
        MeasurementKind::Values { x, u, noise } => {
            noisy(Functionals::points(grid, x, &ends), u, noise).map_err(failed)
        }
        MeasurementKind::Averages { lower, upper, u, noise } => {
            noisy(Functionals::averages(grid, lower, upper, &ends), u, noise).map_err(failed)
        }
        MeasurementKind::Functionals { weight, u, noise } => {
            let at_nodes = |text: &String| {
                let weight = expression(&setup.loaded, text, &key, 1.0);
                weight.map(|weight: Bound| weight.values(grid.nodes()))
            };
            let weights = weight.iter().map(at_nodes).collect::<Result<Vec<_>>>()?;
            noisy(Functionals::weighted(grid, weights), u, noise).map_err(failed)
        }
        MeasurementKind::Counts { lower, upper, count, exposure } => {
            let bins = Functionals::integrals(grid, lower, upper, &ends);
            known(match exposure {
                Some(exposure) => Observations::poisson(bins, count.clone(), *exposure),
                None => Observations::multinomial(bins, count.clone()),
            })
        }
        MeasurementKind::Positions { x } => known(Observations::positions(grid, x)),
    }
}

fn noisy(functionals: Functionals, u: &[f64], noise: &Noise) -> lacuna_core::EvalResult<Observed> {
    let n = u.len();
    let mean = u.iter().sum::<f64>() / n.max(1) as f64;
    let spread = (u.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / n.max(1) as f64).sqrt();
    let first = FIRST_NOISE * if spread > 0.0 { spread } else { mean.abs().max(1.0) };
    let values = u.to_vec();
    let (observations, noise) = match noise {
        Noise::Known(sd) => (Observations::gaussian(functionals, values, sd.clone())?, None),
        Noise::Relative(sd) => (Observations::log_normal(functionals, values, sd.clone())?, None),
        Noise::Floored { relative, floor } => {
            (Observations::floored(functionals, values, *relative, *floor)?, None)
        }
        Noise::Student { freedom, scale: Some(scale) } => {
            (Observations::student(functionals, values, scale.clone(), *freedom)?, None)
        }
        Noise::Student { freedom, scale: None } => {
            let Runs { sd, count } = of_runs(first, u);
            let observed = Observations::student(functionals, values, sd, *freedom)?;
            (observed.worth(count), Some(first))
        }
        Noise::Unknown | Noise::Exact => {
            let Runs { sd, count } = of_runs(first, u);
            (Observations::gaussian(functionals, values, sd)?.worth(count), Some(first))
        }
        Noise::UnknownRelative => {
            let sd = vec![FIRST_NOISE; n];
            (Observations::log_normal(functionals, values, sd)?, Some(FIRST_NOISE))
        }
    };
    Ok(Observed { observations, noise })
}

/// Unknown standard deviations up to a common factor, and how many independent values there are.
struct Runs {
    sd: Vec<f64>,
    count: usize,
}

/// Values of few digits are off together as long as they print alike: m neighbours of one number say no
/// more than one of them, each as much as one of m independent values of a standard deviation √m times
/// as large.
fn of_runs(first: f64, u: &[f64]) -> Runs {
    if lattice_step(u).is_none() {
        return Runs { sd: vec![first; u.len()], count: u.len() };
    }
    let runs = || u.chunk_by(|a, b| a == b);
    let sd = runs().flat_map(|run| vec![first * (run.len() as f64).sqrt(); run.len()]).collect();
    Runs { sd, count: runs().count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_printed_number_count_as_one() {
        let printed = [0.01, 0.0, 0.0, 0.0, 0.0, 0.02, 0.02, 0.05];
        let found = of_runs(3.0, &printed);
        let two = 3.0 * 2f64.sqrt();
        assert_eq!(found.sd, [3.0, 6.0, 6.0, 6.0, 6.0, two, two, 3.0]);
        assert_eq!(found.count, 4);
        // Not where equal values are no matter of digits.
        let measured = [0.0, 0.0, std::f64::consts::PI, 1.0, std::f64::consts::E];
        let found = of_runs(3.0, &measured);
        assert_eq!((found.sd, found.count), (vec![3.0; 5], 5));
    }
}
