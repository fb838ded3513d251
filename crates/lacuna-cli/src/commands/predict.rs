//! `lacuna predict`: steady states and transients under conditions that were not observed.

use std::path::PathBuf;
use std::time::Instant;

use lacuna::{
    BandMethod, Changes, Initial, PredictOptions, Predicted, Prediction, PredictionSummary,
    Predictor, Stop, TransientOptions, write_predictions,
};

use super::{Result, claim, failed, outcome, phrase, print_json, read_problem};
use crate::arguments::{Bands, Common, Predict};
use crate::interrupt;
use crate::report::{self, Provenance};

/// Largest error of a time step relative to the state.
const TIME_TOLERANCE: f64 = 1e-8;

/// Predicts, writes everything and says what came of it.
pub fn run(arguments: &Predict, common: &Common) -> Result {
    let begin = Instant::now();
    let Ready { predictor, title, text, seed, mut inputs } = prepare(arguments, common)?;
    let options = options(arguments, seed);
    if let Some(Initial::File(path)) = &options.initial {
        inputs.push(path.clone());
    }
    let mut folder = claim("predict", &inputs, common)?;
    let predictions = predictor
        .predict(&options, &interrupt::flow)
        .map_err(|error| failed(&mut folder, error))?;
    let seconds = begin.elapsed().as_secs_f64();
    let summary = PredictionSummary::new(&predictions, seed, seconds);
    write_predictions(&folder.aside(), &predictions, &summary)?;
    folder.put_in_place()?;
    let provenance = Provenance::new(&title, &text);
    report::write_predictions(&folder.aside(), &predictions, &provenance)?;
    folder.put_in_place()?;
    if common.json {
        print_json(&summary);
    } else if !common.quiet {
        tell(&predictions);
        say!("states: {}", folder.path().join("states").display());
        say!("report: {}", folder.path().join("report.html").display());
    }
    let converged = predictions.iter().all(|p| p.outcome.stop().is_converged());
    Ok(outcome(converged, &folder))
}

struct Ready {
    predictor: Predictor,
    title: String,
    text: String,
    seed: u64,
    /// The files that were read.
    inputs: Vec<PathBuf>,
}

fn prepare(arguments: &Predict, common: &Common) -> Result<Ready> {
    let changes = Changes {
        scalars: arguments.set.iter().map(|a| (a.name.clone(), a.value)).collect(),
        push: arguments.push.clone(),
        mass: arguments.mass,
    };
    let path: Option<&PathBuf> = arguments.problem.as_ref();
    let model = path.filter(|p| p.extension().is_some_and(|e| e == "json"));
    if let Some(path) = model {
        let predictor = Predictor::from_model(path, &changes)?;
        let seed = common.seed.unwrap_or(predictor.setup().loaded.problem.fit.seed);
        let title = path.display().to_string();
        let text = format!("recovered model {title}");
        return Ok(Ready { predictor, title, text, seed, inputs: vec![path.clone()] });
    }
    let input = read_problem(path.map(PathBuf::as_path), "predict", "kuramoto-states", common)?;
    let predictor = Predictor::from_problem(&input.loaded, &changes)?;
    let seed = input.loaded.problem.fit.seed;
    let inputs = input.loaded.files();
    Ok(Ready { predictor, title: input.title, text: input.text, seed, inputs })
}

fn options(arguments: &Predict, seed: u64) -> PredictOptions {
    PredictOptions {
        bands: match arguments.bands {
            Bands::Auto => BandMethod::Auto,
            Bands::Linearised => BandMethod::Linearised,
            Bands::Samples => BandMethod::Samples,
            Bands::None => BandMethod::None,
        },
        samples: arguments.samples as usize,
        seed,
        initial: arguments.initial.as_deref().map(Initial::parse),
        transient: arguments.time.map(|end| TransientOptions {
            end,
            times: arguments.times as usize,
            tolerance: TIME_TOLERANCE,
        }),
        ..PredictOptions::default()
    }
}

fn tell(predictions: &[Prediction]) {
    let mut told: Vec<&str> = Vec::new();
    for prediction in predictions {
        let conditions = phrase(&prediction.conditions);
        let name = &prediction.name;
        let stop = prediction.outcome.stop();
        let mut line = match &prediction.outcome {
            Predicted::State { residual, from, .. } => {
                format!(
                    "prediction {name} ({conditions}): {stop}; residual {residual:.1e}, from {from}"
                )
            }
            Predicted::Transient { t, counts, .. } => format!(
                "prediction {name} ({conditions}): {stop}; to time {}, {} time steps",
                t.last().copied().unwrap_or(0.0),
                counts.accepted
            ),
        };
        if let Some(stability) = &prediction.stability {
            line += if stability.is_stable() { "; stable" } else { "; UNSTABLE" };
        }
        if let (Some(bands), Some(determination)) = (prediction.bands, prediction.determination) {
            line += &format!(
                "; 95 % band ±{:.2} % of the state ({bands})",
                100.0 * determination.relative_half_width
            );
        }
        say!("{line}");
        for warning in &prediction.warnings {
            if !told.contains(&warning.as_str()) {
                say!("  note: {warning}");
                told.push(warning);
            }
        }
        if stop == Stop::Interrupted {
            say!("  interrupted: this is what there was so far");
        }
    }
}
