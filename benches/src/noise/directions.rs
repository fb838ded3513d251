//! Directions of individuals: the potential V, ρ = e^(−V)/∫e^(−V), of ants, turtles and wind.
//!
//! Wells are the local minima of V; the depth of one is how far V has to rise to get from there to a
//! deeper one (of the deepest: to the maximum). For wind, V is compared with a kernel density
//! estimate (`kernel_density.rs`) by the log-likelihood of held-out directions; both choose their
//! smoothness anew within the other nine tenths.

use std::f64::consts::TAU;
use std::path::Path;

use lacuna::fit::{Observations, PriorOptions};
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::circle::Circle;
use super::kernel_density::KernelDensity;
use super::random::{Random, Stream};
use super::{DATA, table};
use crate::statistics::{highest, lowest, median};

const FOLDS: usize = 10;
/// Points at which wells are looked for.
const SAMPLES: usize = 1440;
const DEGREES: f64 = 360.0;
/// Wells shallower than this, in units of σ, are not listed.
const SHALLOW: f64 = 0.05;

/// One file of directions.
#[derive(Clone, Debug, Serialize)]
pub struct Directions {
    /// Its name.
    pub name: &'static str,
    /// Individuals.
    pub positions: usize,
    /// The wells of V, the deepest first.
    pub wells: Vec<Well>,
    /// Elapsed seconds of the fit.
    pub seconds: f64,
}

/// A local minimum of V.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Well {
    /// Where, in degrees.
    pub degrees: f64,
    /// Its depth.
    pub depth: f64,
    /// Posterior standard deviation of V at its bottom.
    pub sd: f64,
}

/// Held-out log-likelihood, mean per direction.
#[derive(Clone, Debug, Serialize)]
pub struct HeldOut {
    /// How the folds were made.
    pub folds: &'static str,
    /// Partitions.
    pub partitions: usize,
    /// Of the potential, mean over the partitions.
    pub potential: f64,
    /// Of the kernel density estimate.
    pub kernel_density: f64,
    /// Of kernel density estimates with one bandwidth for all, the best for the held-out data.
    pub best_kernel_density: f64,
    /// Standard error of the mean advantage, from the scatter between directions.
    pub standard_error: f64,
    /// Partitions in which the potential was better.
    pub better: usize,
    /// The smallest and the largest advantage of the potential among the partitions.
    pub advantage: [f64; 2],
    /// Median over folds and partitions of the standard deviation of the kernels, 1/√k, degrees.
    pub bandwidth: f64,
}

/// Fits all three.
///
/// # Errors
/// If a file cannot be read, or a fit fails.
pub fn measure() -> Result<Vec<Directions>, Failure> {
    ["ants", "turtles", "wind"]
        .into_iter()
        .map(|name| {
            let (x, length) = read(name)?;
            let circle = Circle::new(length)?;
            let begin = std::time::Instant::now();
            let observations = Observations::positions(&circle.grid, &x)?;
            let fit = circle.fit(observations, PriorOptions::default())?;
            let seconds = begin.elapsed().as_secs_f64();
            let at: Vec<f64> = (0..SAMPLES).map(|i| i as f64 / SAMPLES as f64 * length).collect();
            let sd = fit.standard_deviation(0, &at);
            let wells = wells(&circle.potential(&fit, &at))
                .into_iter()
                .filter(|(_, depth)| *depth > SHALLOW)
                .map(|(i, depth)| Well { degrees: at[i] / length * DEGREES, depth, sd: sd[i] })
                .collect();
            Ok(Directions { name, positions: x.len(), wells, seconds })
        })
        .collect()
}

/// Directions, and a full turn in their unit.
fn read(name: &str) -> Result<(Vec<f64>, f64), Failure> {
    let path = Path::new(DATA).join(name).join("positions.csv");
    let mut columns = table::read(&path, 1)?;
    let length = if name == "wind" { TAU } else { DEGREES };
    Ok((columns.swap_remove(0), length))
}

/// Local minima of periodic values and their depths, the deepest first.
fn wells(v: &[f64]) -> Vec<(usize, f64)> {
    let n = v.len();
    let highest = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let barrier = |i: usize, step: usize| {
        let mut top = v[i];
        for k in 1..n {
            let value = v[(i + k * step) % n];
            if value < v[i] {
                return top;
            }
            top = top.max(value);
        }
        highest
    };
    let mut wells: Vec<(usize, f64)> = (0..n)
        .filter(|&i| v[i] < v[(i + 1) % n] && v[i] <= v[(i + n - 1) % n])
        .map(|i| (i, barrier(i, 1).min(barrier(i, n - 1)) - v[i]))
        .collect();
    wells.sort_by(|a, b| b.1.total_cmp(&a.1));
    wells
}

/// The wind by random partitions, and by contiguous folds.
///
/// # Errors
/// If the file cannot be read, or a fit fails.
pub fn held_out(partitions: u64) -> Result<Vec<HeldOut>, Failure> {
    let (x, length) = read("wind")?;
    let circle = Circle::new(length)?;
    let n = x.len();
    let random: Vec<Vec<usize>> = (0..partitions)
        .map(|p| {
            let order = Random::new(Stream::Partition, p).permutation(n);
            let mut fold = vec![0; n];
            order.into_iter().enumerate().for_each(|(place, i)| fold[i] = place % FOLDS);
            fold
        })
        .collect();
    let contiguous = vec![(0..n).map(|i| i * FOLDS / n).collect()];
    Ok(vec![
        compare(&circle, &x, "random", &random)?,
        compare(&circle, &x, "contiguous in time", &contiguous)?,
    ])
}

struct Fold {
    /// Indices of the held-out directions.
    held: Vec<usize>,
    /// Their log-likelihoods by the potential and by the estimate.
    potential: Vec<f64>,
    kernel_density: Vec<f64>,
    bandwidth: f64,
    /// Sums over them for every concentration that is considered.
    by_concentration: Vec<f64>,
}

fn compare(
    circle: &Circle,
    x: &[f64],
    folds: &'static str,
    partitions: &[Vec<usize>],
) -> Result<HeldOut, Failure> {
    let all: Vec<Fold> = (0..partitions.len() * FOLDS)
        .into_par_iter()
        .map(|k| one_fold(circle, x, &partitions[k / FOLDS], k % FOLDS))
        .collect::<Result<_, Failure>>()?;
    let count = (partitions.len() * x.len()) as f64;
    let total = |of: fn(&Fold) -> f64| all.iter().map(of).sum::<f64>() / count;
    let advantage = |fold: &Fold| -> f64 {
        fold.potential.iter().zip(&fold.kernel_density).map(|(p, k)| p - k).sum()
    };
    let advantages: Vec<f64> = all
        .chunks(FOLDS)
        .map(|own| own.iter().map(advantage).sum::<f64>() / x.len() as f64)
        .collect();
    // Partitions share their data: what is independent is the directions.
    let mut of_direction = vec![0.0; x.len()];
    for fold in &all {
        for (k, &i) in fold.held.iter().enumerate() {
            let own = fold.potential[k] - fold.kernel_density[k];
            of_direction[i] += own / partitions.len() as f64;
        }
    }
    let n = x.len() as f64;
    let mean = of_direction.iter().sum::<f64>() / n;
    let variance = of_direction.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let best = (0..KernelDensity::concentrations().count())
        .map(|c| all.iter().map(|fold| fold.by_concentration[c]).sum::<f64>() / count)
        .fold(f64::NEG_INFINITY, f64::max);
    let bandwidths: Vec<f64> = all.iter().map(|f| f.bandwidth).collect();
    Ok(HeldOut {
        folds,
        partitions: partitions.len(),
        potential: total(|f| f.potential.iter().sum()),
        kernel_density: total(|f| f.kernel_density.iter().sum()),
        best_kernel_density: best,
        standard_error: (variance / n).sqrt(),
        better: advantages.iter().filter(|a| **a > 0.0).count(),
        advantage: [lowest(&advantages), highest(&advantages)],
        bandwidth: median(&bandwidths),
    })
}

fn one_fold(circle: &Circle, x: &[f64], folds: &[usize], fold: usize) -> Result<Fold, Failure> {
    let held: Vec<usize> = (0..x.len()).filter(|&i| folds[i] == fold).collect();
    let held_x: Vec<f64> = held.iter().map(|&i| x[i]).collect();
    let kept: Vec<f64> = (0..x.len()).filter(|&i| folds[i] != fold).map(|i| x[i]).collect();
    let observations = Observations::positions(&circle.grid, &kept)?;
    let fit = circle.fit(observations, PriorOptions::default())?;
    let u = fit.state(0)?.u;
    let potential = Observations::positions(&circle.grid, &held_x)?.log_density(&u)?;
    let estimate = KernelDensity::fit(&kept);
    let with = |k| KernelDensity::with_concentration(&kept, k).log_densities(&held_x);
    let by_concentration =
        KernelDensity::concentrations().map(|k| with(k).iter().sum::<f64>()).collect();
    Ok(Fold {
        potential,
        kernel_density: estimate.log_densities(&held_x),
        bandwidth: estimate.concentration.powf(-0.5).to_degrees(),
        by_concentration,
        held,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wells_and_their_depths() {
        // Minima 0 at index 1 and 1 at index 4; barriers 5 and 3 between them.
        let v = [2.0, 0.0, 5.0, 2.0, 1.0, 3.0];
        assert_eq!(wells(&v), [(1, 5.0), (4, 2.0)]);
    }
}
