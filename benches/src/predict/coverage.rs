//! Coverage of the bands of predictions over regenerated *sparse-noisy* data: 60 random points a
//! state, errors of 2 %.
//!
//! A set is fitted as the example says. A point of a prediction is covered where the truth is within
//! its band; shares are over all nodes (and times but the first) of all sets.

use std::fs;
use std::path::Path;

use lacuna::data::write_csv;
use lacuna::identify::Band;
use lacuna::problem::{LoadedProblem, Problem};
use lacuna::{
    BandMethod, Changes, Flow, Initial, PredictOptions, Predicted, Predictor, SavedModel, recover,
};
use rayon::prelude::*;
use serde::Serialize;

use super::recovered::{conditions, transient_options};
use super::spectral;
use super::truth::{START, Truth, relative};
use crate::noise::two_states::{Data, Design, TwoStates};
use crate::noise::{EXAMPLES, Failure};
use crate::statistics::median;

/// One prediction over all sets.
#[derive(Debug, Serialize)]
pub struct Coverage {
    /// What is predicted.
    pub prediction: String,
    /// How its band is made.
    pub bands: &'static str,
    /// Share of points within the 95 % band.
    pub covered_95: f64,
    /// Share of points within the 50 % band.
    pub covered_50: f64,
    /// Lowest share within the 95 % band in a set.
    pub worst_set: f64,
    /// Median over the sets of the relative L² error (the largest over time).
    pub median_error: f64,
    /// Median of half the width of the 95 % band relative to the state (the largest over time).
    pub median_half_width: f64,
    /// Median share of the prediction's prior variance that the data have taken away.
    pub median_determined: f64,
    /// Draws lost, of all.
    pub lost_draws: usize,
    /// Sets with a warning that the prediction leaves what the data determined.
    pub warned: usize,
    /// Sets.
    pub sets: usize,
}

/// One prediction of one set.
struct Scored {
    within_95: f64,
    within_50: f64,
    error: f64,
    half_width: f64,
    determined: f64,
    lost: usize,
    warned: bool,
}

/// The truth of one kind of prediction.
struct Task {
    name: String,
    changes: Changes,
    options: PredictOptions,
    bands: &'static str,
    /// One a time; a single one for a steady state.
    exact: Vec<Vec<f64>>,
}

/// Every prediction over `sets` sets, and how many sets could not be fitted.
///
/// # Errors
/// If the truth cannot be computed.
pub fn measure(sets: u64) -> Result<(Vec<Coverage>, usize), Failure> {
    let tasks = tasks()?;
    let problem = TwoStates::read()?;
    let folder = std::env::temp_dir().join(format!("lacuna-predict-{}", std::process::id()));
    let outcomes: Vec<Result<Vec<Scored>, Failure>> = (0..sets)
        .into_par_iter()
        .map(|set| {
            let data = problem.draw(Design::STANDARD, set);
            one_set(&tasks, &data, &folder.join(set.to_string()))
        })
        .collect();
    fs::remove_dir_all(&folder)?;
    if let Some(failure) = outcomes.iter().find_map(|o| o.as_ref().err()) {
        eprintln!("a set was refused: {failure}");
    }
    let good: Vec<Vec<Scored>> = outcomes.into_iter().flatten().collect();
    let refused = sets as usize - good.len();
    let summaries = tasks.iter().enumerate().map(|(i, task)| {
        let own: Vec<&Scored> = good.iter().map(|scored| &scored[i]).collect();
        let mean = |value: &dyn Fn(&Scored) -> f64| {
            own.iter().map(|s| value(s)).sum::<f64>() / own.len() as f64
        };
        let middle = |value: &dyn Fn(&Scored) -> f64| {
            median(&own.iter().map(|s| value(s)).collect::<Vec<_>>())
        };
        Coverage {
            prediction: task.name.clone(),
            bands: task.bands,
            covered_95: mean(&|s| s.within_95),
            covered_50: mean(&|s| s.within_50),
            worst_set: own.iter().map(|s| s.within_95).fold(f64::INFINITY, f64::min),
            median_error: middle(&|s| s.error),
            median_half_width: middle(&|s| s.half_width),
            median_determined: middle(&|s| s.determined),
            lost_draws: own.iter().map(|s| s.lost).sum(),
            warned: own.iter().filter(|s| s.warned).count(),
            sets: own.len(),
        }
    });
    Ok((summaries.collect(), refused))
}

fn tasks() -> Result<Vec<Task>, Failure> {
    let mut tasks = Vec::new();
    for (words, changes) in conditions() {
        let truth = Truth::new(&changes)?;
        let exact = truth.steady(&truth.density("1")?)?;
        for (bands, method) in
            [("linearised", BandMethod::Linearised), ("samples", BandMethod::Samples)]
        {
            tasks.push(Task {
                name: format!("state, {words}"),
                changes: changes.clone(),
                options: PredictOptions { bands: method, ..PredictOptions::default() },
                bands,
                exact: vec![exact.clone()],
            });
        }
        let spec = transient_options();
        let times: Vec<f64> =
            (0..=spec.times).map(|i| spec.end * i as f64 / spec.times as f64).collect();
        tasks.push(Task {
            name: format!("transient, {words}"),
            changes,
            options: PredictOptions {
                initial: Some(Initial::parse(START)),
                transient: Some(spec),
                ..PredictOptions::default()
            },
            bands: "samples",
            exact: spectral::transient(&truth, &truth.density(START)?, &times)?,
        });
    }
    Ok(tasks)
}

/// The example with other data, written into `folder`.
fn problem_with(data: &[Data; 2], folder: &Path) -> Result<LoadedProblem, Failure> {
    let path = Path::new(EXAMPLES).join("sparse-noisy").join("problem.toml");
    let mut loaded = Problem::from_path(&path)?;
    fs::create_dir_all(folder)?;
    for (e, Data { x, u, sd }) in data.iter().enumerate() {
        let file = folder.join(format!("state-{}.csv", e + 1));
        write_csv(&file, &["x", "u", "sd"], &[x, u, sd])?;
        loaded.problem.experiments[e].data = vec![file];
    }
    Ok(loaded)
}

fn one_set(tasks: &[Task], data: &[Data; 2], folder: &Path) -> Result<Vec<Scored>, Failure> {
    let loaded = problem_with(data, folder)?;
    let recovery = recover(&loaded, &|_| Flow::Continue)?;
    let model = SavedModel::new(&loaded, &recovery)?;
    tasks
        .iter()
        .map(|task| {
            let predictor = Predictor::of_model(&model, Path::new("model.json"), &task.changes)?;
            let found = predictor.predict(&task.options, &|| Flow::Continue)?;
            let first = found.first().ok_or("nothing was predicted")?;
            let (states, bands): (Vec<&[f64]>, Vec<&Band>) = match &first.outcome {
                Predicted::State { u, band, .. } => (vec![u], band.iter().collect()),
                // The start is known.
                Predicted::Transient { u, bands, .. } => {
                    (u[1..].iter().map(Vec::as_slice).collect(), bands[1..].iter().collect())
                }
            };
            if bands.len() != states.len() {
                return Err(format!("{}: no band: {:?}", task.name, first.warnings).into());
            }
            let exact = &task.exact[task.exact.len() - states.len()..];
            let within = |of: fn(&Band) -> [&[f64]; 2]| {
                let mut inside = 0;
                for (exact, band) in exact.iter().zip(&bands) {
                    let [lower, upper] = of(band);
                    let edges = lower.iter().zip(upper);
                    inside +=
                        exact.iter().zip(edges).filter(|(u, (a, b))| u >= a && u <= b).count();
                }
                inside as f64 / exact.iter().map(Vec::len).sum::<usize>() as f64
            };
            let determination = first.determination.ok_or("a band has a width")?;
            let errors = states.iter().zip(exact).map(|(u, exact)| relative(u, exact));
            Ok(Scored {
                within_95: within(|band| [&band.lower, &band.upper]),
                within_50: within(|band| [&band.lower_half, &band.upper_half]),
                error: errors.fold(0.0, f64::max),
                half_width: determination.relative_half_width,
                determined: determination.share.unwrap_or(f64::NAN),
                lost: first.lost_draws,
                warned: first
                    .warnings
                    .iter()
                    .any(|w| w.contains("leaves what the data determined")),
            })
        })
        .collect()
}
