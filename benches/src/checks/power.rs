//! Wrong models of three states, and how often the checks of residuals expose them.
//!
//! σ = 0.1, κ = 0.05, 0.12 and 0.19, W and V unknown, 60 random points a state, errors of 2 % of the
//! standard deviation of the state. The functions are free, so that what they can absorb is absorbed.

use lacuna::identify::{Places, ResidualCheckOptions, check_residuals};
use rayon::prelude::*;
use serde::Serialize;

use super::Failure;
use super::simulated::{Data, Equation, Inversion, Part, Wanted, state};
use crate::noise::random::{Random, Stream};
use crate::statistics::median;

const STATES: usize = 3;
const COUPLINGS: [f64; STATES] = [0.05, 0.12, 0.19];
const DIFFUSION: f64 = 0.1;
const POINTS: usize = 60;
const NOISE: f64 = 0.02;
const KERNEL: &str = "-cos(2*pi*x)+0.3*cos(4*pi*x)";
const POTENTIAL: &str = "0.1*sin(2*pi*x)+0.05*cos(4*pi*x)";
/// Simulated data sets of every check.
const REPLICATES: usize = 999;

/// What theory says of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Expected {
    /// Nothing is wrong.
    Right,
    /// Something is wrong, and leaves what no function of the problem can absorb.
    Seen,
    /// Something is wrong, and some functions of the problem explain the data all the same.
    Unseen,
}

/// One model and what the checks said of it.
#[derive(Clone, Debug, Serialize)]
pub struct Power {
    /// The model.
    pub name: &'static str,
    /// What theory says.
    pub expected: Expected,
    /// Why.
    pub reason: &'static str,
    /// Data sets that were fitted.
    pub sets: usize,
    /// Data sets that could not be.
    pub failed: usize,
    /// Share in which some adjusted p is below 1 %.
    pub rejected_1: f64,
    /// The same at 5 %.
    pub rejected_5: f64,
    /// Share in which one of the residuals of an experiment is, at 1 %.
    pub by_residuals: f64,
    /// Share in which an experiment beside the others is, at 1 %.
    pub by_others: f64,
    /// Median relative L² error of W, means removed.
    pub error: f64,
}

/// A model: how the data come about, and what the fit is told.
#[derive(Clone)]
struct Scenario {
    name: &'static str,
    expected: Expected,
    reason: &'static str,
    truths: [Equation; STATES],
    told_diffusion: f64,
    told_couplings: [f64; STATES],
    potential_known: Option<&'static str>,
    /// Errors relative to what is said of them.
    noise: f64,
    unknown_noise: bool,
    /// Correlation of the errors of neighbours.
    correlation: f64,
    /// Error of one datum of the second state, in standard deviations.
    mistake: f64,
}

struct Outcome {
    p: f64,
    residuals: f64,
    others: f64,
    error: f64,
}

/// All models with `sets` data sets each, the right ones with twice as many.
///
/// # Errors
/// If the inversion cannot be set up.
pub fn measure(sets: usize) -> Result<Vec<Power>, Failure> {
    let inversion = Inversion::new()?;
    let all = scenarios().into_iter().enumerate().map(|(part, scenario)| {
        let sets = if scenario.expected == Expected::Right { 2 * sets } else { sets };
        let outcomes: Vec<Result<Outcome, Failure>> = (0..sets as u64)
            .into_par_iter()
            .map(|set| one_set(&inversion, &scenario, part, set))
            .collect();
        let fitted: Vec<Outcome> = outcomes.into_iter().filter_map(Result::ok).collect();
        let share = |is: &dyn Fn(&Outcome) -> bool| {
            fitted.iter().filter(|o| is(o)).count() as f64 / fitted.len().max(1) as f64
        };
        let errors: Vec<f64> = fitted.iter().map(|o| o.error).collect();
        eprintln!("        {}", scenario.name);
        Power {
            name: scenario.name,
            expected: scenario.expected,
            reason: scenario.reason,
            sets: fitted.len(),
            failed: sets - fitted.len(),
            rejected_1: share(&|o| o.p < 0.01),
            rejected_5: share(&|o| o.p < 0.05),
            by_residuals: share(&|o| o.residuals < 0.01),
            by_others: share(&|o| o.others < 0.01),
            error: median(&errors),
        }
    });
    Ok(all.collect())
}

fn one_set(
    inversion: &Inversion,
    scenario: &Scenario,
    part: usize,
    set: u64,
) -> Result<Outcome, Failure> {
    let mut random = Random::new(Stream::Checks(100 + part), set);
    let mut data = Vec::new();
    for (e, truth) in scenario.truths.iter().enumerate() {
        let mut x: Vec<f64> = (0..POINTS).map(|_| random.uniform()).collect();
        x.sort_by(f64::total_cmp);
        let mut u = state(truth, &x)?;
        let mean = u.iter().sum::<f64>() / POINTS as f64;
        let variance = u.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / POINTS as f64;
        let said = NOISE * variance.sqrt();
        let rho = scenario.correlation;
        let mut error = random.normal();
        for u in &mut u {
            *u += scenario.noise * said * error;
            error = rho * error + (1.0 - rho * rho).sqrt() * random.normal();
        }
        if e == 1 {
            u[POINTS / 3] += scenario.mistake * said;
        }
        data.push(Data { x, u, said, unknown_noise: scenario.unknown_noise });
    }
    let (wanted, potential) = match scenario.potential_known {
        Some(text) => (vec![Wanted::Kernel], Part::Known(text.into())),
        None => (vec![Wanted::Kernel, Wanted::Potential], Part::Unknown(1)),
    };
    let parts: Vec<[Part; 4]> = scenario
        .told_couplings
        .iter()
        .map(|&coupling| {
            let (diffusion, coupling) =
                (Part::Number(scenario.told_diffusion), Part::Number(coupling));
            [Part::Unknown(0), potential.clone(), diffusion, coupling]
        })
        .collect();
    let fit = inversion.fit(&wanted, &data, &parts)?;
    let linearised = fit.fitted().ok_or("a fit has modes")?.linearised()?;
    let places: Vec<Option<Places>> = data
        .iter()
        .map(|d| Some(Places { x: d.x.clone(), length: 1.0, is_circle: true }))
        .collect();
    let options = ResidualCheckOptions { replicates: REPLICATES, seed: set, folds: 5 };
    let found = check_residuals(&linearised, &places, &options)?;
    let least = |values: &mut dyn Iterator<Item = f64>| values.fold(1.0, f64::min);
    let others = least(
        &mut found.experiments.iter().filter_map(|e| e.consistency).map(|tested| tested.adjusted),
    );
    let residuals = least(&mut found.experiments.iter().flat_map(|e| {
        let all = [e.level, e.serial, e.slow, e.kept_signs, e.largest];
        all.into_iter().flatten().map(|tested| tested.adjusted)
    }));
    let kernel = &inversion.model().slots()[0];
    let error = relative_error(&fit.values()[0], &kernel.points, &kernel.weights);
    Ok(Outcome { p: found.p, residuals, others, error })
}

/// Of W, means removed.
fn relative_error(values: &[f64], points: &lacuna::core::Points, weights: &[f64]) -> f64 {
    let tau = std::f64::consts::TAU;
    let truth: Vec<f64> = (0..values.len())
        .map(|i| -(tau * points.get(i)[0]).cos() + 0.3 * (2.0 * tau * points.get(i)[0]).cos())
        .collect();
    let total: f64 = weights.iter().sum();
    let mean = |v: &[f64]| v.iter().zip(weights).map(|(v, w)| v * w).sum::<f64>() / total;
    let (own, other) = (mean(values), mean(&truth));
    let parts = || values.iter().zip(&truth).zip(weights);
    let off: f64 = parts().map(|((v, t), w)| w * (v - own - t + other).powi(2)).sum();
    let size: f64 = parts().map(|((_, t), w)| w * (t - other).powi(2)).sum();
    (off / size).sqrt()
}

fn scenarios() -> Vec<Scenario> {
    let equation = |kernel: &str, potential: &str, coupling: f64| Equation {
        kernel: kernel.into(),
        potential: potential.into(),
        diffusion: DIFFUSION,
        coupling,
    };
    let right = Scenario {
        name: "right",
        expected: Expected::Right,
        reason: "nothing is wrong",
        truths: COUPLINGS.map(|coupling| equation(KERNEL, POTENTIAL, coupling)),
        told_diffusion: DIFFUSION,
        told_couplings: COUPLINGS,
        potential_known: None,
        noise: 1.0,
        unknown_noise: false,
        correlation: 0.0,
        mistake: 0.0,
    };
    let wrong = |name, expected, reason| Scenario { name, expected, reason, ..right.clone() };
    let seen = |name, reason| wrong(name, Expected::Seen, reason);
    let unseen = |name, reason| wrong(name, Expected::Unseen, reason);
    let pushed = |push: &str| format!("{POTENTIAL}+{push}");
    let [first, second, third] = right.truths.clone();
    vec![
        right.clone(),
        Scenario { name: "right, noise level unknown", unknown_noise: true, ..right.clone() },
        Scenario {
            noise: 1.5,
            ..seen("errors 1.5 times what is said", "residuals are larger than their noise")
        },
        Scenario {
            noise: 0.5,
            ..seen("errors half of what is said", "residuals are smaller than their noise")
        },
        Scenario {
            correlation: 0.7,
            ..seen(
                "errors of neighbours correlated by 0.7",
                "errors that are smooth along x look like a term that is missing, where no function \
                 takes them up",
            )
        },
        Scenario {
            mistake: 6.0,
            ..seen("one datum wrong by 6 standard deviations", "one residual is large")
        },
        Scenario {
            told_couplings: [0.05, 0.12, 0.12],
            ..seen(
                "κ of the third state told as 0.12 instead of 0.19",
                "two states under the same conditions differ",
            )
        },
        Scenario {
            told_couplings: [0.05, 0.12, 0.17],
            ..seen(
                "κ of the third state told as 0.17 instead of 0.19",
                "W and V must explain three states; they can explain two of them with any κ",
            )
        },
        Scenario {
            truths: [first.clone(), second.clone(), Equation { diffusion: 0.11, ..third.clone() }],
            ..seen(
                "σ of the third state 0.11 instead of 0.1",
                "σ log u of one state is out of proportion to the others",
            )
        },
        Scenario {
            truths: [
                first.clone(),
                second.clone(),
                equation(KERNEL, &pushed("0.01*cos(6*pi*x)"), COUPLINGS[2]),
            ],
            ..seen(
                "a push 0.01 cos 6πx of the third state not told",
                "the same V does not fit all states",
            )
        },
        Scenario {
            truths: COUPLINGS.map(|coupling| {
                equation(&format!("{KERNEL}+0.5*sin(2*pi*x)"), POTENTIAL, coupling)
            }),
            ..seen(
                "W has an odd part 0.5 sin 2πr, and is taken as even",
                "κ W_odd * u grows with κ, so that no common V takes it up",
            )
        },
        Scenario {
            potential_known: Some("0"),
            ..seen(
                "V is left out",
                "the force of an even W on a state that is not symmetric cannot stand in for V at \
                 three κ",
            )
        },
        Scenario {
            truths: COUPLINGS
                .map(|coupling| equation(KERNEL, &pushed("0.05*cos(6*pi*x)"), coupling)),
            ..unseen(
                "a push 0.05 cos 6πx of all states not told",
                "it is a part of V, and what is recovered is V with the push",
            )
        },
        Scenario {
            told_couplings: COUPLINGS.map(|coupling| 1.5 * coupling),
            ..unseen("all κ told 1.5 times as large", "only κ W enters: W becomes W/1.5")
        },
        Scenario {
            told_diffusion: 1.5 * DIFFUSION,
            ..unseen(
                "σ of all states told 1.5 times as large",
                "σ, V and W share a scale: V and W become 1.5 times as large",
            )
        },
    ]
}
